//! The one error of this crate.

use std::io;
use std::path::{Path, PathBuf};

/// Why encoding or publishing failed. [`Error::kind`] says what a caller can do about it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Cause>);

/// What kind of failure an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A format option cannot be honoured (a delimiter that is a quote).
    Options,
    /// A table cannot be written in the format: a type without a text form, two columns of one name, a batch of another schema.
    Schema,
    /// A table is larger than its format allows.
    TooLarge,
    /// An output path is not usable: outside the output folder, a folder, on another file system, claimed twice. Or a place where
    /// Onefold keeps files of its own leads elsewhere.
    Path,
    /// Another run holds the output folder.
    Locked,
    /// The operating system refused to read or write.
    Io,
    /// The disk or the quota is full.
    OutOfSpace,
    /// The commit journal of an earlier run is damaged.
    Journal,
    /// A record of an earlier run is not as it was published.
    Damaged,
    /// A staged file was never finished, so the set is not whole.
    Unfinished,
    /// Old files were partly replaced and could not be put back; the next [`crate::Publication::begin`] completes the set.
    Interrupted,
    /// A fault of ours.
    Internal,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("delimiter {} cannot separate fields", shown(*.0))]
    Delimiter(u8),
    #[error("column {column} has type {data_type}, which {format} cannot hold")]
    Type {
        column: String,
        data_type: String,
        format: &'static str,
    },
    #[error("column {0} occurs twice, and a JSON object holds a key once")]
    DuplicateColumn(String),
    #[error("a table without columns has no {0} form")]
    NoColumns(&'static str),
    #[error(
        "a sheet of a workbook holds 1,048,576 rows with the names of the columns, and there are more"
    )]
    SheetRows,
    #[error("a sheet of a workbook holds 16,384 columns, and there are {0}")]
    SheetColumns(usize),
    #[error(
        "a cell of a workbook holds 32,767 characters, and column {column} has {characters} in row {row} of the sheet"
    )]
    SheetCell {
        column: String,
        row: u64,
        characters: usize,
    },
    #[error("there are more than {0} partitions")]
    Partitions(usize),
    /// The column. Its value may be a secret.
    #[error("a value of {0} is too long for the name of a folder")]
    PartitionName(String),
    #[error("cannot make the workbook: {0}")]
    Workbook(String),
    #[error("a mask by hash needs a key")]
    NoKey,
    #[error("batch does not fit the table: {0}")]
    Batch(String),
    #[error("output {path}: {reason}")]
    Path { path: PathBuf, reason: String },
    #[error("{path} {reason}: onefold keeps its own files in the output folder itself")]
    Home { path: PathBuf, reason: &'static str },
    #[error("{out_dir} is in use by another run ({holder})")]
    Locked { out_dir: PathBuf, holder: String },
    #[error("cannot {action} {path}: {source}")]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("cannot write the output: {0}")]
    Sink(io::Error),
    #[error("cannot encode as Parquet: {0}")]
    Parquet(::parquet::errors::ParquetError),
    #[error("{path} is damaged ({reason}), so an interrupted publication cannot be completed")]
    Journal { path: PathBuf, reason: &'static str },
    #[error("{path} is damaged: its checksum is not the one in {checksums}")]
    Damaged { path: PathBuf, checksums: PathBuf },
    #[error("staged output {0} was not finished")]
    Unfinished(PathBuf),
    #[error("publication stopped half-way and completes at the next start: {0}")]
    Interrupted(Error),
    #[error("{0}")]
    Internal(&'static str),
}

fn shown(byte: u8) -> String {
    format!("'{}'", char::from(byte).escape_default())
}

impl Error {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Cause::Delimiter(_) | Cause::NoKey => ErrorKind::Options,
            Cause::SheetRows
            | Cause::SheetColumns(_)
            | Cause::SheetCell { .. }
            | Cause::Partitions(_)
            | Cause::PartitionName(_) => ErrorKind::TooLarge,
            Cause::Workbook(_) => ErrorKind::Internal,
            Cause::Type { .. }
            | Cause::DuplicateColumn(_)
            | Cause::NoColumns(_)
            | Cause::Batch(_) => ErrorKind::Schema,
            Cause::Path { .. } | Cause::Home { .. } => ErrorKind::Path,
            Cause::Locked { .. } => ErrorKind::Locked,
            Cause::Io { source, .. } | Cause::Sink(source) => io_kind(source),
            Cause::Parquet(error) => parquet_kind(error),
            Cause::Journal { .. } => ErrorKind::Journal,
            Cause::Damaged { .. } => ErrorKind::Damaged,
            Cause::Unfinished(_) => ErrorKind::Unfinished,
            Cause::Interrupted(_) => ErrorKind::Interrupted,
            Cause::Internal(_) => ErrorKind::Internal,
        }
    }

    /// Whether the disk or the quota is full.
    pub fn is_out_of_space(&self) -> bool {
        match &*self.0 {
            Cause::Interrupted(error) => error.is_out_of_space(),
            _ => self.kind() == ErrorKind::OutOfSpace,
        }
    }

    /// Whether it is about the partitions of a table.
    pub fn is_of_partitions(&self) -> bool {
        matches!(&*self.0, Cause::Partitions(_) | Cause::PartitionName(_))
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Cause::Io {
            action,
            path: path.to_owned(),
            source,
        }
        .into()
    }

    pub(crate) fn path(path: &Path, reason: impl Into<String>) -> Self {
        Cause::Path {
            path: path.to_owned(),
            reason: reason.into(),
        }
        .into()
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self(Box::new(cause))
    }
}

impl From<::parquet::errors::ParquetError> for Error {
    fn from(error: ::parquet::errors::ParquetError) -> Self {
        Cause::Parquet(error).into()
    }
}

fn io_kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::OutOfSpace,
        _ => ErrorKind::Io,
    }
}

fn parquet_kind(error: &::parquet::errors::ParquetError) -> ErrorKind {
    use ::parquet::errors::ParquetError;
    match error {
        ParquetError::External(source) => match source.downcast_ref::<io::Error>() {
            Some(source) => io_kind(source),
            None => ErrorKind::Internal,
        },
        ParquetError::NYI(_) | ParquetError::ArrowError(_) => ErrorKind::Schema,
        _ => ErrorKind::Internal,
    }
}
