//! Writers of outputs: rows are encoded on the threads that push them, and written in order.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use onefold_operators::compact;
use onefold_resolve::state::State;
use onefold_spec::model::{Content, Pipeline};
use onefold_write::{
    Format, PartitionedWriter, Publication, RowEncoder, Sheet, StagedFile, TableWriter, TextFile,
};

use super::partitioned::{PartitionedFolder, PartitionedFolders};
use super::workbooks::{Workbooks, unfit};
use super::written::Written;
use crate::error::{Error, Kind};
use crate::fault;
use crate::places::{ADDRESS, address, with_address};
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
    /// Name of the sheet of a workbook.
    sheet: Option<String>,
    form: Form,
}

/// What the file is.
enum Form {
    /// Text, encoded batch by batch.
    Text {
        encoder: Arc<RowEncoder>,
        file: TextFile,
        /// Cells changed so that a spreadsheet is safe from them; `None` where nobody asks for it.
        guarded_cells: Option<u64>,
    },
    Parquet(Box<TableWriter<StagedFile>>),
    /// A sheet of a workbook.
    Sheet(Box<Sheet>),
    /// A folder of Parquet files.
    Partitioned {
        writer: Box<PartitionedWriter>,
        folder: PartitionedFolder,
    },
    /// Nothing, since the table has no columns.
    Nothing {
        file: StagedFile,
        format: Format,
    },
}

/// An output that has all its rows.
pub(super) enum Ended {
    /// Its file is complete.
    Written(Written),
    /// Its sheet is full; the workbook may wait for others.
    Sheet(Written, Box<Sheet>),
}

/// A batch as text.
struct Encoded {
    rows: u64,
    text: Vec<u8>,
    guarded_cells: u64,
}

impl Writer {
    /// Begins an output of a table with these columns. A source that is kept keeps the addresses of its rows.
    pub(super) fn begin(
        (number, pipeline): (usize, &Pipeline),
        columns: Option<&Projection>,
        (publication, workbooks, folders): (&Publication, &mut Workbooks, &mut PartitionedFolders),
        threads: usize,
    ) -> Result<Self, Error> {
        let Some(output) = pipeline.outputs.get(number) else {
            return Err(Error::internal("no such output"));
        };
        let path = output.path.value.clone();
        let (
            Content::Table {
                table,
                format,
                partitions,
                ..
            },
            Some(columns),
        ) = (&output.content, columns)
        else {
            return Err(Error::internal(format!("output `{path}` has no columns")));
        };
        let stage = || match output.is_kept {
            true => publication.stage_record(Path::new(&path)),
            false => publication.stage(Path::new(&path)),
        };
        let format = format.clone();
        let has_columns = !columns.schema.fields().is_empty();
        let mut sources = pipeline.sources.iter();
        let is_source = sources.any(|source| source.name.value == table.value);
        // A field of that name comes first.
        let is_free = columns.schema.column_with_name(ADDRESS).is_none();
        let has_addresses = output.is_kept && is_source && has_columns && is_free;
        let form = match format {
            Format::Parquet if let Some(by) = partitions => {
                let folder = folders.take(number)?;
                let names: Vec<&str> = by.columns.iter().map(|name| name.as_str()).collect();
                let schema = &columns.schema;
                let permissions = match folder.example() {
                    Some(file) => publication.permissions_of(file)?,
                    None => None,
                };
                let writer =
                    PartitionedWriter::new(schema, folder.path(), &names, by.most, threads)?
                        .with_permissions(permissions);
                Form::Partitioned {
                    writer: Box::new(writer),
                    folder,
                }
            }
            Format::Xlsx { .. } => {
                let sheet = workbooks.begin(number, pipeline, &columns.schema, publication)?;
                Form::Sheet(Box::new(sheet))
            }
            Format::Csv { .. } | Format::Parquet if !has_columns => Form::Nothing {
                file: stage()?,
                format,
            },
            Format::Parquet => {
                let schema = match has_addresses {
                    true => with_address(&columns.schema),
                    false => Arc::clone(&columns.schema),
                };
                let writer = TableWriter::start(&schema, &format, stage()?, threads)?;
                Form::Parquet(Box::new(writer))
            }
            _ => {
                let encoder = RowEncoder::new(&columns.schema, &format)?;
                let mut text = Vec::new();
                let guarded_names = encoder.begin(&mut text);
                let mut file = TextFile::new(stage()?, &path).map_err(|e| unwritable(&path, &e))?;
                file.write_all(&text).map_err(|e| unwritable(&path, &e))?;
                let is_safe = matches!(
                    format,
                    Format::Csv {
                        spreadsheet_safe: true,
                        ..
                    }
                );
                Form::Text {
                    encoder: Arc::new(encoder),
                    file,
                    guarded_cells: is_safe.then_some(guarded_names),
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
            sheet: output.content.sheet().map(str::to_owned),
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
            Form::Parquet(_) | Form::Sheet(_) => Arc::new(move |batch: RecordBatch| {
                let batch = columns.apply(&batch)?;
                Ok(Box::new(batch) as Work)
            }),
            // Its rows are gathered: they shall hold no more than they need.
            Form::Partitioned { .. } => Arc::new(move |batch: RecordBatch| {
                let batch = columns.apply(&batch)?;
                Ok(Box::new(compact(batch)) as Work)
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
                    let guarded_cells = encoder.rows(&batch, 1, &mut text);
                    let guarded_cells = guarded_cells.map_err(|e| e.to_string())?;
                    if rows > 0 {
                        bytes_a_row.store(text.len().div_ceil(rows), Ordering::Relaxed);
                    }
                    Ok(Box::new(Encoded {
                        rows: rows as u64,
                        text,
                        guarded_cells,
                    }) as Work)
                })
            }
        }
    }

    /// Writes the work on a batch.
    pub(super) fn take(&mut self, work: Work, publication: &Publication) -> Result<(), Error> {
        match &mut self.form {
            Form::Nothing { .. } => self.rows += of_type::<u64>(work)?,
            Form::Parquet(writer) => writer.write(&of_type::<RecordBatch>(work)?)?,
            Form::Partitioned { writer, .. } => {
                let written = writer.write(&of_type::<RecordBatch>(work)?, publication);
                written.map_err(|error| unfit(&self.path, error))?;
            }
            Form::Sheet(sheet) => {
                let written = sheet.write(&of_type::<RecordBatch>(work)?);
                written.map_err(|error| unfit(&self.path, error))?;
            }
            Form::Text {
                encoder,
                file,
                guarded_cells,
            } => {
                let encoded: Encoded = of_type(work)?;
                let text = match self.rows == 0 && encoded.rows > 0 {
                    true => encoder.without_separator(&encoded.text),
                    false => &encoded.text,
                };
                self.rows += encoded.rows;
                if let Some(cells) = guarded_cells {
                    *cells += encoded.guarded_cells;
                }
                file.write_all(text)
                    .map_err(|e| unwritable(&self.path, &e))?;
            }
        }
        Ok(())
    }

    /// Completes the file. `source`: the source that the table is, if it is one.
    pub(super) fn finish(
        self,
        source: Option<&SourceReport>,
        publication: &Publication,
    ) -> Result<Ended, Error> {
        let has_columns = !self.columns.schema.fields().is_empty();
        let mut partitions = None;
        let (rows, bytes, guarded_cells) = match self.form {
            Form::Nothing { file, format } => {
                // A table without columns is that of files which hold nothing: as delimited text an empty file, as long as it has no rows.
                if !self.is_kept && (self.rows > 0 || format == Format::Parquet) {
                    return Err(without_columns(&self.path, &self.table, source));
                }
                (self.rows, file.finish()?, None)
            }
            Form::Parquet(writer) => {
                let (file, rows) = writer.finish()?;
                (rows, file.finish()?, None)
            }
            Form::Partitioned { writer, folder } => {
                let made = writer.finish(publication);
                let made = made.map_err(|error| unfit(&self.path, error))?;
                folder.end(made.files, publication)?;
                partitions = Some(made.partitions);
                (made.rows, made.bytes, None)
            }
            Form::Sheet(sheet) => {
                if !has_columns && sheet.rows() > 0 {
                    return Err(without_columns(&self.path, &self.table, source));
                }
                let written = Written {
                    path: self.path,
                    table: self.table,
                    rows: sheet.rows(),
                    bytes: 0,
                    sheet: self.sheet,
                    partitions: None,
                    guarded_cells: None,
                };
                return Ok(Ended::Sheet(written, sheet));
            }
            Form::Text {
                encoder,
                mut file,
                guarded_cells,
            } => {
                let mut text = Vec::new();
                encoder.end(self.rows, &mut text);
                file.write_all(&text)
                    .map_err(|e| unwritable(&self.path, &e))?;
                (self.rows, file.finish()?, guarded_cells)
            }
        };
        Ok(Ended::Written(Written {
            path: self.path,
            table: self.table,
            rows,
            bytes,
            sheet: None,
            partitions,
            guarded_cells,
        }))
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

/// Writes the state of a table, which is published with the outputs.
pub(super) fn write_state(
    path: &str,
    state: &State,
    publication: &Publication,
    threads: usize,
) -> Result<(), Error> {
    let mut file = publication.stage(Path::new(path))?;
    let written = state.write(&mut file, threads);
    written.map_err(|e| unwritable(path, &e))?;
    // The disk works on it while the outputs are written.
    publication.finish_with_others(file)?;
    Ok(())
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
