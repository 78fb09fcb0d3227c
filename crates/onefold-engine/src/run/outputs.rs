//! Writers of outputs: rows are encoded on the threads that push them, and written in order.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use onefold_spec::model::{Content, Output};
use onefold_write::{Format, Publication, RowEncoder, StagedFile, TableWriter, TextFile};

use crate::error::{Error, Kind};
use crate::fault;
use crate::places::{address, with_address};
use crate::report::SourceReport;
use crate::sql::Projection;
use crate::steps::step::{Work, Worker, of_type};

/// An output that is being written.
pub(super) struct Writer {
    path: String,
    table: String,
    columns: Arc<Projection>,
    /// The addresses of the rows are written too, as a last column.
    has_addresses: bool,
    rows: u64,
    is_kept: bool,
    form: Form,
}

/// What the file is.
enum Form {
    /// Text, encoded batch by batch.
    Text {
        encoder: Arc<RowEncoder>,
        file: TextFile,
    },
    Parquet(Box<TableWriter<StagedFile>>),
    /// Nothing, since the table has no columns.
    Nothing {
        file: StagedFile,
        format: Format,
    },
}

/// A file that is complete but not published.
pub(super) struct Written {
    pub(super) path: String,
    pub(super) table: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

impl Writer {
    /// Begins an output of a table with these columns. A source that is kept keeps the addresses of its rows.
    pub(super) fn begin(
        output: &Output,
        columns: Option<&Projection>,
        is_source: bool,
        publication: &Publication,
        threads: usize,
    ) -> Result<Self, Error> {
        let path = output.path.value.clone();
        let (Content::Table { table, format, .. }, Some(columns)) = (&output.content, columns)
        else {
            return Err(Error::internal(format!("output `{path}` has no columns")));
        };
        let file = match output.is_kept {
            true => publication.stage_record(Path::new(&path))?,
            false => publication.stage(Path::new(&path))?,
        };
        let format = format.clone();
        let has_columns = !columns.schema.fields().is_empty();
        let has_addresses = output.is_kept && is_source && has_columns;
        let form = match format {
            Format::Csv { .. } | Format::Parquet if !has_columns => Form::Nothing { file, format },
            Format::Parquet => {
                let schema = match has_addresses {
                    true => with_address(&columns.schema),
                    false => Arc::clone(&columns.schema),
                };
                let writer = TableWriter::start(&schema, &format, file, threads)?;
                Form::Parquet(Box::new(writer))
            }
            _ => {
                let encoder = RowEncoder::new(&columns.schema, &format)?;
                let mut text = Vec::new();
                encoder.begin(&mut text);
                let mut file = TextFile::new(file, &path).map_err(|e| unwritable(&path, &e))?;
                file.write_all(&text).map_err(|e| unwritable(&path, &e))?;
                Form::Text {
                    encoder: Arc::new(encoder),
                    file,
                }
            }
        };
        Ok(Self {
            path,
            table: table.value.clone(),
            columns: Arc::new(columns.clone()),
            has_addresses,
            rows: 0,
            is_kept: output.is_kept,
            form,
        })
    }

    /// Encodes batches.
    pub(super) fn worker(&self) -> Arc<dyn Worker> {
        let columns = Arc::clone(&self.columns);
        match &self.form {
            Form::Nothing { .. } => {
                Arc::new(|batch: RecordBatch| Ok(Box::new(batch.num_rows() as u64) as Work))
            }
            Form::Parquet(_) if self.has_addresses => Arc::new(move |batch: RecordBatch| {
                let place = address(&batch.schema()).ok_or("rows without addresses")?;
                let made = columns.apply(&batch)?;
                let mut with = made.columns().to_vec();
                with.push(Arc::clone(batch.column(place)));
                let batch = RecordBatch::try_new(with_address(&made.schema()), with);
                Ok(Box::new(batch.map_err(|e| e.to_string())?) as Work)
            }),
            Form::Parquet(_) => Arc::new(move |batch: RecordBatch| {
                let batch = columns.apply(&batch)?;
                Ok(Box::new(batch) as Work)
            }),
            Form::Text { encoder, .. } => {
                let encoder = Arc::clone(encoder);
                // What rows took lately tells how much room the next ones need.
                let bytes_a_row = AtomicUsize::new(64);
                let path = self.path.clone();
                Arc::new(move |batch: RecordBatch| {
                    fault::point("encoder", &path);
                    let batch = columns.apply(&batch)?;
                    let rows = batch.num_rows();
                    let room = rows * bytes_a_row.load(Ordering::Relaxed);
                    let mut text = Vec::with_capacity(room + room / 8);
                    let encoded = encoder.rows(&batch, 1, &mut text);
                    encoded.map_err(|e| e.to_string())?;
                    if rows > 0 {
                        bytes_a_row.store(text.len().div_ceil(rows), Ordering::Relaxed);
                    }
                    Ok(Box::new((rows as u64, text)) as Work)
                })
            }
        }
    }

    /// Writes the work on a batch.
    pub(super) fn take(&mut self, work: Work) -> Result<(), Error> {
        match &mut self.form {
            Form::Nothing { .. } => self.rows += of_type::<u64>(work)?,
            Form::Parquet(writer) => writer.write(&of_type::<RecordBatch>(work)?)?,
            Form::Text { encoder, file } => {
                let (rows, text): (u64, Vec<u8>) = of_type(work)?;
                let text = match self.rows == 0 && rows > 0 {
                    true => encoder.without_separator(&text),
                    false => &text,
                };
                self.rows += rows;
                file.write_all(text)
                    .map_err(|e| unwritable(&self.path, &e))?;
            }
        }
        Ok(())
    }

    /// Completes the file. `source`: the source that the table is, if it is one.
    pub(super) fn finish(self, source: Option<&SourceReport>) -> Result<Written, Error> {
        let (rows, bytes) = match self.form {
            Form::Nothing { file, format } => {
                // A table without columns is that of files which hold nothing: as delimited text an empty file, as long as it has no rows.
                if !self.is_kept && (self.rows > 0 || format == Format::Parquet) {
                    return Err(without_columns(&self.path, &self.table, source));
                }
                (self.rows, file.finish()?)
            }
            Form::Parquet(writer) => {
                let (file, rows) = writer.finish()?;
                (rows, file.finish()?)
            }
            Form::Text { encoder, mut file } => {
                let mut text = Vec::new();
                encoder.end(self.rows, &mut text);
                file.write_all(&text)
                    .map_err(|e| unwritable(&self.path, &e))?;
                (self.rows, file.finish()?)
            }
        };
        Ok(Written {
            path: self.path,
            table: self.table,
            rows,
            bytes,
        })
    }
}

/// Writes an output that is a text; its size.
pub(super) fn write_text(path: &str, text: &str, publication: &Publication) -> Result<u64, Error> {
    write_bytes(path, text.as_bytes(), publication)
}

/// Writes a file that is published with the others; its size.
pub(super) fn write_bytes(
    path: &str,
    bytes: &[u8],
    publication: &Publication,
) -> Result<u64, Error> {
    let mut file = publication.stage(Path::new(path))?;
    file.write_all(bytes).map_err(|e| unwritable(path, &e))?;
    Ok(file.finish()?)
}

fn unwritable(path: &str, error: &std::io::Error) -> Error {
    let message = format!("could not write `{path}`: {error}");
    Error::new(Kind::Resources, message)
}

fn without_columns(path: &str, table: &str, source: Option<&SourceReport>) -> Error {
    let files = source.iter().flat_map(|source| &source.files);
    let empty = files.filter(|file| file.records == 0);
    let empty: Vec<String> = empty.map(|file| format!("`{}`", file.name)).collect();
    let since = match empty.is_empty() {
        true => String::new(),
        false => format!(" (no records in {})", empty.join(", ")),
    };
    let message =
        format!("output `{path}`: table `{table}` has no columns{since}, so only JSON can hold it");
    let error = Error::new(Kind::Configuration, message);
    error.hint("declare the `fields` of its source, or write JSON")
}
