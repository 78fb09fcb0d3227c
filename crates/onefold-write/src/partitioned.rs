//! A table as a folder of Parquet files, dealt out by the values of some columns: `day=2024-01-05/part-0.parquet`.
//!
//! The layout is that of Hive, which DuckDB, Polars, Spark and Athena read: a folder a column, `NAME=VALUE`, within each other; the columns
//! themselves are not in the files. A value is the text that CSV has for it. Characters that a folder's name may not have, and `%`, are
//! percent-escaped. A missing value is [`MISSING`].
//!
//! # Algorithm
//! Rows are gathered as they come. Each time a fixed number of them is together, each partition among them gets a file. A row of a
//! partition comes before the ones after it in the table, in the same file or in one of a lower number. Where the files are cut
//! depends on the rows alone, not on batches or threads.
//!
//! # Memory
//! The rows gathered, whatever the number of partitions, and one file that is being written.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Schema, SchemaRef};

use crate::error::{Cause, Error};
use crate::parquet::ParquetEncoder;
use crate::publish::Publication;
use crate::text::{Cells, check_batch, check_types};

/// The folder of a missing value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// Rows that are gathered before files are written.
const GATHERED: usize = 524_288;

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
            partitions: Vec::new(),
            numbers: HashMap::new(),
            written: Partitions::default(),
        })
    }

    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) for more partitions than allowed, and a value too long for the name of a
    /// folder; those of [`Publication::stage`] and [`ParquetEncoder::write`].
    pub fn write(&mut self, batch: &RecordBatch, publication: &Publication) -> Result<(), Error> {
        check_batch(&self.schema, batch)?;
        let mut start = 0;
        while start < batch.num_rows() {
            let len = (GATHERED - self.gathered_rows).min(batch.num_rows() - start);
            self.gather(&batch.slice(start, len))?;
            start += len;
            if self.gathered_rows == GATHERED {
                self.write_gathered(publication)?;
            }
        }
        Ok(())
    }

    /// Writes what is left; the account of all.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self, publication: &Publication) -> Result<Partitions, Error> {
        self.write_gathered(publication)?;
        self.written.partitions = self.partitions.len() as u64;
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
                    // A text that looks like a missing value is told from it.
                    Some(text) if text == MISSING.as_bytes() => {
                        folder.push_str("%5F");
                        folder.extend(MISSING.chars().skip(1));
                    }
                    Some(text) => escape(&String::from_utf8_lossy(text), &mut folder),
                }
                if folder.len() - start - 1 > LONGEST_NAME {
                    let name = folder.get(start + 1..).unwrap_or_default();
                    let shown: String = name.chars().take(60).collect();
                    return Err(Cause::PartitionName(shown).into());
                }
            }
            let number = match self.numbers.entry(folder.clone()) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    if self.partitions.len() == self.most {
                        return Err(Cause::Partitions(self.most).into());
                    }
                    self.partitions.push(Partition {
                        folder: folder.clone(),
                        rows: Vec::new(),
                        files: 0,
                    });
                    *entry.insert(self.partitions.len() - 1)
                }
            };
            if let Some(partition) = self.partitions.get_mut(number) {
                partition.rows.push((self.gathered.len(), row));
            }
        }
        self.gathered
            .push(batch.project(&self.stored).map_err(of_arrow)?);
        self.gathered_rows += batch.num_rows();
        Ok(())
    }

    /// Writes a file for each partition that has gathered rows.
    fn write_gathered(&mut self, publication: &Publication) -> Result<(), Error> {
        let schema = Arc::new(self.schema.project(&self.stored).map_err(of_arrow)?);
        let batches: Vec<&RecordBatch> = self.gathered.iter().collect();
        for partition in &mut self.partitions {
            if partition.rows.is_empty() {
                continue;
            }
            let rows = std::mem::take(&mut partition.rows);
            let rows = interleave_record_batch(&batches, &rows).map_err(of_arrow)?;
            let path = format!(
                "{}{}/part-{}.parquet",
                self.folder, partition.folder, partition.files
            );
            let file = publication.stage(Path::new(&path))?;
            let mut encoder = ParquetEncoder::new(&schema, file, self.threads)?;
            encoder.write(&rows)?;
            let (file, count) = encoder.finish()?;
            self.written.bytes += file.finish()?;
            self.written.rows += count;
            self.written.files.push(path);
            partition.files += 1;
        }
        self.gathered.clear();
        self.gathered_rows = 0;
        Ok(())
    }
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
mod tests {
    use arrow::array::*;

    use super::*;

    fn table(rows: &[(Option<&str>, i64)]) -> RecordBatch {
        let keys = StringArray::from_iter(rows.iter().map(|(key, _)| *key));
        let numbers = Int64Array::from_iter_values(rows.iter().map(|(_, number)| *number));
        RecordBatch::try_from_iter_with_nullable([
            ("k", Arc::new(keys) as ArrayRef, true),
            ("n", Arc::new(numbers) as ArrayRef, true),
        ])
        .expect("a table")
    }

    fn written(
        batches: &[RecordBatch],
        most: usize,
    ) -> Result<(Partitions, tempfile::TempDir), Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let publication = Publication::begin(folder.path(), "run")?;
        let mut writer = PartitionedWriter::new(&batches[0].schema(), "t", &["k"], most, 2)?;
        for batch in batches {
            writer.write(batch, &publication)?;
        }
        let partitions = writer.finish(&publication)?;
        publication.commit()?;
        Ok((partitions, folder))
    }

    #[test]
    fn values_are_names_of_folders() {
        let rows = table(&[
            (Some("a/b"), 1),
            (None, 2),
            (Some(""), 3),
            (Some(".."), 4),
            (Some("é 100%"), 5),
            (Some(MISSING), 6),
            (Some("a/b"), 7),
            (Some("x\n\u{7f}"), 8),
        ]);
        let (partitions, folder) = written(&[rows], 10).expect("written");
        assert_eq!(partitions.rows, 8);
        assert_eq!(partitions.partitions, 7);
        assert_eq!(
            partitions.files,
            [
                "t/k=a%2Fb/part-0.parquet",
                "t/k=__HIVE_DEFAULT_PARTITION__/part-0.parquet",
                "t/k=/part-0.parquet",
                "t/k=../part-0.parquet",
                "t/k=é 100%25/part-0.parquet",
                "t/k=%5F_HIVE_DEFAULT_PARTITION__/part-0.parquet",
                "t/k=x%0A%7F/part-0.parquet",
            ]
        );
        let bytes = partitions.files.iter().map(|path| {
            let metadata = std::fs::metadata(folder.path().join(path));
            metadata.expect("a file").len()
        });
        assert_eq!(bytes.sum::<u64>(), partitions.bytes);
    }

    #[test]
    fn too_many_partitions_and_too_long_a_name() {
        let rows = table(&[(Some("a"), 1), (Some("b"), 2), (Some("a"), 3)]);
        assert!(written(std::slice::from_ref(&rows), 2).is_ok());
        let error = written(&[rows], 1).expect_err("too many");
        assert_eq!(error.kind(), crate::ErrorKind::TooLarge);
        assert_eq!(error.to_string(), "there are more than 1 partitions");
        let long = "é".repeat(127);
        let error = written(&[table(&[(Some(&long), 1)])], 1).expect_err("too long");
        assert_eq!(error.kind(), crate::ErrorKind::TooLarge);
    }

    #[test]
    fn files_depend_on_the_rows_alone() {
        let rows: Vec<(Option<&str>, i64)> = (0..GATHERED as i64 + 1_000)
            .map(|n| (Some(if n % 7 == 0 { "a" } else { "b" }), n))
            .collect();
        let whole = table(&rows);
        let (expected, folder) = written(std::slice::from_ref(&whole), 2).expect("written");
        assert_eq!(expected.files.len(), 4);
        assert_eq!(expected.rows as usize, rows.len());
        let parts: Vec<RecordBatch> = (0..whole.num_rows())
            .step_by(100_001)
            .map(|start| whole.slice(start, 100_001.min(whole.num_rows() - start)))
            .collect();
        let (found, other) = written(&parts, 2).expect("written");
        assert_eq!(found, expected);
        for path in &found.files {
            let read = |folder: &tempfile::TempDir| {
                std::fs::read(folder.path().join(path)).expect("a file")
            };
            assert!(read(&folder) == read(&other), "{path}");
        }
    }

    #[test]
    fn a_column_must_be_left() {
        let rows = table(&[(Some("a"), 1)]);
        let error = PartitionedWriter::new(&rows.schema(), "t", &["k", "n"], 1, 1);
        assert_eq!(
            error.expect_err("none is left").kind(),
            crate::ErrorKind::Schema
        );
    }
}
