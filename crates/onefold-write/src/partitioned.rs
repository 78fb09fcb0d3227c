//! A table as a folder of Parquet files, dealt out by the values of some columns: `day=2024-01-05/part-00000.parquet`.
//!
//! The layout is that of Hive, which DuckDB, Polars, Spark and Athena read: a folder a column, `NAME=VALUE`, within each other; the columns
//! themselves are not in the files. A value is the text that CSV has for it. Characters that a folder's name may not have, and `%`, are
//! percent-escaped. A missing value is [`MISSING`]. A table without rows is one file without rows, there, so that its columns are known.
//!
//! # Algorithm
//! Rows are gathered as they come. Each time a fixed number of them or of their bytes is together, each partition among them gets a
//! file. A row of a partition comes before the ones after it in the table, in the same file or in one of a lower number. Where the
//! files are cut depends on the rows alone, not on batches or threads.
//!
//! # Memory
//! The rows gathered, whatever the number of partitions, and one file that is being written. The name of each partition.

use std::collections::HashMap;
use std::fs::Permissions;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Schema, SchemaRef};

use crate::error::{Cause, Error};
use crate::parquet::ParquetEncoder;
use crate::publish::{Publication, StagedFile};
use crate::row_sizes::row_sizes;
use crate::text::{Cells, check_batch, check_types};

/// The folder of a missing value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// Rows that are gathered before files are written.
const GATHERED: usize = 1_048_576;

/// Bytes of such rows.
const GATHERED_BYTES: u64 = 256 << 20;

/// Rows of a file for which more threads are not worth their start.
const SMALL: usize = 16_384;

/// Longest name of a folder, in bytes, on nearly all file systems.
const LONGEST_NAME: usize = 255;

/// A table on its way into the files of its partitions.
pub struct PartitionedWriter {
    /// Path of the folder.
    folder: String,
    schema: SchemaRef,
    /// The columns of the files.
    stored: Vec<usize>,
    /// The columns that rows are dealt out by, with their names as folders have them.
    by: Vec<(usize, String)>,
    most: usize,
    threads: usize,
    gathered: Vec<RecordBatch>,
    gathered_rows: usize,
    gathered_bytes: u64,
    /// Gathered bytes for which files are written.
    enough_bytes: u64,
    /// Of files where none are yet.
    permissions: Option<Permissions>,
    /// In the order of their first rows.
    partitions: Vec<Partition>,
    /// Number of a partition by its folder.
    numbers: HashMap<String, usize>,
    written: Partitions,
}

/// What a [`PartitionedWriter`] has written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partitions {
    /// Rows in all files.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Partitions that have rows.
    pub partitions: u64,
    /// Paths of the files, relative to the output folder, in the order in which they were written.
    pub files: Vec<String>,
}

struct Partition {
    folder: String,
    /// Gathered rows: number of the batch, and of the row in it.
    rows: Vec<(usize, usize)>,
    files: usize,
}

impl std::fmt::Debug for PartitionedWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartitionedWriter")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl PartitionedWriter {
    /// A writer of tables of this schema into `folder`, dealt out by the columns `by`, into at most `most` partitions.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) for a column that is not there or has no text form, and where no column is left
    /// for the files.
    pub fn new(
        schema: &SchemaRef,
        folder: &str,
        by: &[&str],
        most: usize,
        threads: usize,
    ) -> Result<Self, Error> {
        let mut columns = Vec::new();
        for name in by {
            let Ok(place) = schema.index_of(name) else {
                return Err(Cause::Batch(format!("there is no column {name}")).into());
            };
            let only: SchemaRef = Arc::new(Schema::new(vec![Arc::clone(&schema.fields()[place])]));
            check_types(&only, "the name of a folder")?;
            let mut text = String::new();
            escape(name, &mut text);
            columns.push((place, text));
        }
        let is_stored = |place: &usize| columns.iter().all(|(by, _)| by != place);
        let stored: Vec<usize> = (0..schema.fields().len()).filter(is_stored).collect();
        if stored.is_empty() {
            return Err(Cause::NoColumns("Parquet").into());
        }
        Ok(Self {
            folder: folder.trim_end_matches(['/', '\\']).to_owned(),
            schema: SchemaRef::clone(schema),
            stored,
            by: columns,
            most,
            threads,
            gathered: Vec::new(),
            gathered_rows: 0,
            gathered_bytes: 0,
            enough_bytes: GATHERED_BYTES,
            permissions: None,
            partitions: Vec::new(),
            numbers: HashMap::new(),
            written: Partitions::default(),
        })
    }

    /// Gives these permissions to files where none are yet.
    #[must_use]
    pub fn with_permissions(mut self, permissions: Option<Permissions>) -> Self {
        self.permissions = permissions;
        self
    }

    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) for more partitions than allowed, and a value too long for the name of a
    /// folder; those of [`Publication::stage`] and [`ParquetEncoder::write`].
    pub fn write(&mut self, batch: &RecordBatch, publication: &Publication) -> Result<(), Error> {
        check_batch(&self.schema, batch)?;
        let stored = batch.project(&self.stored).map_err(of_arrow)?;
        let mut start = 0;
        for (row, size) in row_sizes(&stored).into_iter().enumerate() {
            self.gathered_rows += 1;
            self.gathered_bytes += size;
            if self.gathered_rows == GATHERED || self.gathered_bytes >= self.enough_bytes {
                let end = row + 1;
                self.gather(&batch.slice(start, end - start))?;
                start = end;
                self.write_gathered(publication)?;
            }
        }
        match batch.num_rows() - start {
            0 => Ok(()),
            left => self.gather(&batch.slice(start, left)),
        }
    }

    /// Writes what is left; the account of all.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self, publication: &Publication) -> Result<Partitions, Error> {
        self.written.partitions = self.partitions.len() as u64;
        if self.partitions.is_empty() {
            let folders = self.by.iter();
            let folders: String = folders
                .map(|(_, name)| format!("/{name}={MISSING}"))
                .collect();
            let schema = self.schema_of_files()?;
            let rows = RecordBatch::new_empty(Arc::clone(&schema));
            let path = format!("{}{folders}/part-00000.parquet", self.folder);
            let file = publication.stage_with(Path::new(&path), self.permissions.clone())?;
            let file = encoded(file, (&schema, &rows), self.threads)?;
            self.written.add(path, file, publication)?;
        }
        self.write_gathered(publication)?;
        Ok(self.written)
    }

    fn gather(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let places: Vec<usize> = self.by.iter().map(|(place, _)| *place).collect();
        let keys = batch.project(&places).map_err(of_arrow)?;
        let cells = Cells::new(&keys)?;
        let (mut folder, mut buffer) = (String::new(), Vec::new());
        for row in 0..batch.num_rows() {
            folder.clear();
            for (number, (_, name)) in self.by.iter().enumerate() {
                let start = folder.len();
                folder.push('/');
                folder.push_str(name);
                folder.push('=');
                buffer.clear();
                match cells.text(number, row, &mut buffer) {
                    None => folder.push_str(MISSING),
                    Some(text) => {
                        let text = String::from_utf8_lossy(text);
                        match text.chars().next() {
                            Some(first) if is_read_as_missing(&text) => {
                                folder.push_str(&format!("%{:02X}", u32::from(first)));
                                folder.extend(text.chars().skip(1));
                            }
                            _ => escape(&text, &mut folder),
                        }
                    }
                }
                if folder.len() - start - 1 > LONGEST_NAME {
                    return Err(Cause::PartitionName(name.clone()).into());
                }
            }
            let number = match self.numbers.get(&folder) {
                Some(number) => *number,
                None => self.begin(&folder)?,
            };
            if let Some(partition) = self.partitions.get_mut(number) {
                partition.rows.push((self.gathered.len(), row));
            }
        }
        self.gathered
            .push(batch.project(&self.stored).map_err(of_arrow)?);
        Ok(())
    }

    /// Begins a partition; its number.
    fn begin(&mut self, folder: &str) -> Result<usize, Error> {
        let number = self.partitions.len();
        if number == self.most {
            return Err(Cause::Partitions(self.most).into());
        }
        self.partitions.push(Partition {
            folder: folder.to_owned(),
            rows: Vec::new(),
            files: 0,
        });
        self.numbers.insert(folder.to_owned(), number);
        Ok(number)
    }

    /// Writes a file for each partition that has gathered rows.
    fn write_gathered(&mut self, publication: &Publication) -> Result<(), Error> {
        let schema = self.schema_of_files()?;
        let batches: Vec<&RecordBatch> = self.gathered.iter().collect();
        for partition in &mut self.partitions {
            if partition.rows.is_empty() {
                continue;
            }
            let rows = std::mem::take(&mut partition.rows);
            let rows = interleave_record_batch(&batches, &rows).map_err(of_arrow)?;
            let path = format!(
                "{}{}/part-{:05}.parquet",
                self.folder, partition.folder, partition.files
            );
            let file = publication.stage_with(Path::new(&path), self.permissions.clone())?;
            let file = encoded(file, (&schema, &rows), self.threads)?;
            self.written.add(path, file, publication)?;
            partition.files += 1;
        }
        self.gathered.clear();
        (self.gathered_rows, self.gathered_bytes) = (0, 0);
        Ok(())
    }

    fn schema_of_files(&self) -> Result<SchemaRef, Error> {
        let schema = self.schema.project(&self.stored).map_err(of_arrow)?;
        Ok(Arc::new(schema))
    }
}

impl Partitions {
    /// Completes a file with so many rows.
    fn add(
        &mut self,
        path: String,
        (file, rows): (StagedFile, u64),
        publication: &Publication,
    ) -> Result<(), Error> {
        self.bytes += publication.finish_with_others(file)?;
        self.rows += rows;
        self.files.push(path);
        Ok(())
    }
}

/// Writes rows, with the names of a schema, into a file; how many they are.
fn encoded(
    file: StagedFile,
    (schema, rows): (&SchemaRef, &RecordBatch),
    threads: usize,
) -> Result<(StagedFile, u64), Error> {
    let threads = match rows.num_rows() {
        0..=SMALL => 1,
        _ => threads,
    };
    let mut encoder = ParquetEncoder::new(schema, file, threads)?;
    encoder.write(rows)?;
    encoder.finish()
}

/// Whether a text looks like a missing value, from which it is told by an escape: DuckDB takes `NULL` for one too.
fn is_read_as_missing(text: &str) -> bool {
    text == MISSING || text.eq_ignore_ascii_case("null")
}

/// Appends a text as the name of a folder may have it: what Hive escapes, and what Windows does not allow.
fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        let is_plain = !char.is_ascii_control() && !"\"#%'*/:=?\\{[]^<>|".contains(char);
        if is_plain {
            out.push(char);
        } else {
            out.push_str(&format!("%{:02X}", u32::from(char)));
        }
    }
}

fn of_arrow(error: arrow::error::ArrowError) -> Error {
    Cause::Batch(error.to_string()).into()
}

#[cfg(test)]
mod tests;
