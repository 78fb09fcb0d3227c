//! What can be wrong with a request. Dirty values never are: they are data.

use std::fmt;

use arrow::error::ArrowError;

/// Why an operator could not do its work.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request does not fit the tables: a column that is not there, types that cannot be compared, a name taken twice.
    Options,
    /// A batch does not have the columns of its table.
    Schema,
    /// A key that should be on one row is on several; [`Error::duplicate_keys`] has them.
    DuplicateKeys,
    /// More rows than one table can number.
    TooLarge,
    /// An Arrow kernel refused: our bug or a type that it cannot handle.
    Arrow,
}

impl Error {
    /// The kind, for exit codes and hints.
    pub fn kind(&self) -> ErrorKind {
        match &self.0 {
            Kind::NoSuchColumn { .. }
            | Kind::KeyType { .. }
            | Kind::TimeType { .. }
            | Kind::TimeMismatch { .. }
            | Kind::KeyMismatch { .. }
            | Kind::KeyCount { .. }
            | Kind::ColumnTwice(_)
            | Kind::NameTaken { .. } => ErrorKind::Options,
            Kind::BatchSchema { .. } => ErrorKind::Schema,
            Kind::Duplicates(_) => ErrorKind::DuplicateKeys,
            Kind::TooManyRows => ErrorKind::TooLarge,
            Kind::Arrow(_) => ErrorKind::Arrow,
        }
    }

    /// The keys that are on several rows though one was expected.
    pub fn duplicate_keys(&self) -> Option<&DuplicateKeys> {
        match &self.0 {
            Kind::Duplicates(duplicates) => Some(duplicates),
            _ => None,
        }
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Error(Kind::Arrow(error))
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("there is no column {index}, the table has {columns}")]
    NoSuchColumn { index: usize, columns: usize },
    #[error("column `{column}` is {data_type}, which cannot be a key")]
    KeyType { column: String, data_type: String },
    #[error("column `{column}` is {data_type}, which is no time")]
    TimeType { column: String, data_type: String },
    #[error(
        "times differ in type: `{left}` is {left_type} on the left, `{right}` is {right_type} on the right"
    )]
    TimeMismatch {
        left: String,
        left_type: String,
        right: String,
        right_type: String,
    },
    #[error(
        "keys differ in type: `{left}` is {left_type} on the left, `{right}` is {right_type} on the right"
    )]
    KeyMismatch {
        left: String,
        left_type: String,
        right: String,
        right_type: String,
    },
    #[error("{left} key columns on the left, {right} on the right")]
    KeyCount { left: usize, right: usize },
    #[error("column `{0}` is named twice")]
    ColumnTwice(String),
    #[error("the result has a column `{name}` already, which `{column}` would also be called")]
    NameTaken { column: String, name: String },
    #[error("batch {batch} does not have the columns of its table")]
    BatchSchema { batch: usize },
    #[error("{0}")]
    Duplicates(DuplicateKeys),
    #[error("more than {max} rows", max = onefold_rows::MAX_ROWS)]
    TooManyRows,
    #[error("arrow: {0}")]
    Arrow(ArrowError),
}

/// Keys on several rows of a table that should have one row a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKeys {
    /// The first of them by their first row, at most [`DuplicateKeys::LISTED`].
    pub listed: Vec<DuplicateKey>,
    /// How many there are in all.
    pub keys: u64,
}

impl DuplicateKeys {
    /// Most keys that are listed.
    pub const LISTED: usize = 10;
}

/// A key on several rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKey {
    /// Its values as text, joined by `, `.
    pub key: String,
    /// Row numbers of its first two rows.
    pub rows: [u32; 2],
    /// How many rows have it.
    pub count: u32,
}

impl fmt::Display for DuplicateKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.keys {
            1 => write!(f, "1 key is on more than one row: ")?,
            keys => write!(f, "{keys} keys are on more than one row: ")?,
        }
        for (index, duplicate) in self.listed.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(
                f,
                "{separator}`{}` ({} rows)",
                duplicate.key, duplicate.count
            )?;
        }
        match self.keys.saturating_sub(self.listed.len() as u64) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
