//! A table in a Parquet file: its columns, its rows by number, and all of its rows on all processors.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::metadata::PageIndexPolicy;
use serde::Serialize;

use crate::before::unreadable;
use crate::error::{Error, Kind};
use crate::explain::type_name;
use crate::fault;
use crate::places::without_addresses;

/// Rows that are read at once where all are read.
const BATCH: usize = 32_768;

/// A table that a run has left, open.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    columns: Vec<Column>,
    /// Number of the first row of each row group, and of the row after the last.
    starts: Vec<u64>,
}

/// A column.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as messages call it.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What can be done with its values.
    #[serde(skip)]
    pub shape: Shape,
}

/// What can be done with the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Texts.
    Text,
    /// Numbers.
    Number,
    /// Dates and times.
    Time,
    /// True and false.
    Truth,
    /// Lists and structures: they are shown, and neither sorted nor counted.
    Nested,
}

impl Shape {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            t if t.is_string() => Self::Text,
            DataType::Boolean => Self::Truth,
            t if t.is_numeric() => Self::Number,
            DataType::Date32 | DataType::Timestamp(..) => Self::Time,
            DataType::Time32(_) | DataType::Time64(_) => Self::Text,
            _ => Self::Nested,
        }
    }
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|e| unreadable(path, &e))?;
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        // A broken file may panic the reader.
        let metadata = fault::caught(|| {
            ArrowReaderMetadata::load(&file, options).map_err(|e| unreadable(path, &e))
        })?;
        let mut starts = vec![0];
        let mut rows = 0;
        for group in metadata.metadata().row_groups() {
            rows += u64::try_from(group.num_rows()).unwrap_or(0);
            starts.push(rows);
        }
        if rows > u64::from(u32::MAX) {
            let message = format!("`{}` has more rows than can be looked at", path.display());
            return Err(Error::new(Kind::Resources, message));
        }
        let visible = without_addresses(metadata.schema());
        let columns = visible.fields().iter().map(|field| Column {
            name: field.name().clone(),
            type_name: type_name(field.data_type()),
            shape: Shape::of(field.data_type()),
        });
        Ok(Self {
            path: path.to_path_buf(),
            columns: columns.collect(),
            metadata,
            starts,
        })
    }

    /// Its columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Its rows.
    pub fn rows(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// The place of a column.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn column(&self, name: &str) -> Result<usize, Error> {
        let place = self.columns.iter().position(|column| column.name == name);
        place.ok_or_else(|| {
            let error = Error::new(Kind::Configuration, format!("there is no column `{name}`"));
            let names = self.columns.iter().map(|column| column.name.as_str());
            match onefold_spec::nearest(name, names) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    /// Rows by their numbers, in the order of the numbers.
    pub(super) fn gather(&self, columns: &[usize], rows: &[u32]) -> Result<RecordBatch, Error> {
        let mut sorted: Vec<u32> = rows.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let (schema, order) = self.projected(columns)?;
        let groups: Vec<usize> = self
            .groups()
            .filter(|(_, first, end)| {
                let at = sorted.partition_point(|row| u64::from(*row) < *first);
                sorted.get(at).is_some_and(|row| u64::from(*row) < *end)
            })
            .map(|(group, _, _)| group)
            .collect();
        let mut selectors: Vec<RowSelector> = Vec::new();
        // Rows are counted over the groups that are read.
        let mut before = 0;
        let mut done = 0;
        for (_, first, end) in self.groups().filter(|(group, ..)| groups.contains(group)) {
            let from = sorted.partition_point(|row| u64::from(*row) < first);
            let to = sorted.partition_point(|row| u64::from(*row) < end);
            for row in &sorted[from..to] {
                let place = (before + (u64::from(*row) - first)) as usize;
                if place > done {
                    selectors.push(RowSelector::skip(place - done));
                }
                match selectors.last_mut() {
                    Some(last) if !last.skip => last.row_count += 1,
                    _ => selectors.push(RowSelector::select(1)),
                }
                done = place + 1;
            }
            before += end - first;
        }
        if (done as u64) < before {
            selectors.push(RowSelector::skip((before - done as u64) as usize));
        }
        let mut batches = Vec::new();
        if !groups.is_empty() {
            let reader = self.builder(columns)?.with_row_groups(groups);
            let reader = reader.with_row_selection(RowSelection::from(selectors));
            let reader = reader.build().map_err(|e| unreadable(&self.path, &e))?;
            for batch in reader {
                batches.push(batch?.project(&order)?);
            }
        }
        let found = concat_batches(&schema, &batches)?;
        let places = rows.iter().map(|row| sorted.binary_search(row));
        let places = places.map(|place| place.unwrap_or(0) as u32);
        Ok(take_record_batch(
            &found,
            &UInt32Array::from_iter_values(places),
        )?)
    }

    /// Number, first row and end of each row group.
    fn groups(&self) -> impl Iterator<Item = (usize, u64, u64)> {
        let pairs = self.starts.iter().zip(self.starts.iter().skip(1));
        pairs
            .enumerate()
            .map(|(group, (first, end))| (group, *first, *end))
    }

    /// The columns as asked for, and where each of them is among those that the reader gives, which are in the order of the file.
    pub(super) fn projected(&self, columns: &[usize]) -> Result<(SchemaRef, Vec<usize>), Error> {
        let mut sorted = columns.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let place = |column: &usize| sorted.binary_search(column).unwrap_or_default();
        let schema = self.metadata.schema().project(columns)?;
        Ok((schema.into(), columns.iter().map(place).collect()))
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    fn builder(&self, columns: &[usize]) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
        let file = File::open(&self.path).map_err(|e| unreadable(&self.path, &e))?;
        let metadata = self.metadata.clone();
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        Ok(builder.with_projection(mask))
    }

    /// All rows of some columns, in order.
    pub(super) fn read(&self, columns: &[usize]) -> Result<ParquetRecordBatchReader, Error> {
        let reader = self.builder(columns)?.with_batch_size(BATCH).build();
        reader.map_err(|e| unreadable(&self.path, &e))
    }

    /// Reads some columns of all rows on all processors. `each` sees, with the state of its thread, the number of the first row of a batch
    /// and the batch, whose columns are in the order of the file; it says whether it wants to see more. The states of all threads come back.
    pub(super) fn scan<T: Send>(
        &self,
        columns: &[usize],
        start: impl Fn() -> T + Sync,
        each: impl Fn(&mut T, u64, &RecordBatch) -> Result<bool, Error> + Sync,
    ) -> Result<Vec<T>, Error> {
        let groups: Vec<_> = self.groups().collect();
        let next = AtomicUsize::new(0);
        let work = || {
            fault::caught(|| {
                let mut state = start();
                while let Some((group, first, _)) = groups.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let reader = self.builder(columns)?.with_row_groups(vec![*group]);
                    let reader = reader.with_batch_size(BATCH).build();
                    let mut row = *first;
                    for batch in reader.map_err(|e| unreadable(&self.path, &e))? {
                        let batch = batch?;
                        if !each(&mut state, row, &batch)? {
                            // Nobody else needs to go on either.
                            next.store(groups.len(), Ordering::Relaxed);
                            return Ok(state);
                        }
                        row += batch.num_rows() as u64;
                    }
                }
                Ok(state)
            })
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = processors.min(groups.len()).max(1);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut states = vec![work()?];
            for other in others {
                let state = other.join();
                states.push(state.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(states)
        })
    }
}
