//! The rows of a file, batch by batch, and the raw columns of a plan among them.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use crate::error::Error;
use crate::input::Input;

use super::column::{Column, Form};
use super::explode::{Elements, Explode, Exploded};
use super::guard::{guarded, said, unpanicked, unsound};
use super::tree::{Node, Step};
use super::values::Values;

/// Rows of a batch, at most.
const ROWS: usize = 16 * 1024;
/// Stored bytes of a batch, about.
const BATCH_BYTES: u64 = 64 << 20;

/// Where the raw columns of a plan lie in a file.
pub(crate) struct Places {
    pub(super) columns: Arc<[Node]>,
    /// Of each raw column, the steps from the top; `None`: the file has no such column.
    pub(super) steps: Vec<Option<Vec<Step>>>,
    /// How the values of each are written.
    pub(super) forms: Vec<Form>,
    /// How a row becomes one for each element of a list.
    pub(super) explode: Option<Explode>,
    /// Raw columns that hold the number of the element.
    pub(super) numbered: Vec<usize>,
}

/// The rows of a file.
pub(crate) struct Rows {
    input: Input,
    is_encrypted: bool,
    metadata: ArrowReaderMetadata,
    reader: ParquetRecordBatchReader,
    leaves: Vec<usize>,
    /// Read, not given out.
    ready: VecDeque<RecordBatch>,
    /// Rows that the footer promises, and those that have been read.
    promised: u64,
    read: u64,
}

fn reader(
    input: &Input,
    metadata: &ArrowReaderMetadata,
    leaves: &[usize],
    batch: usize,
    group: Option<usize>,
) -> Result<ParquetRecordBatchReader, ParquetError> {
    let handle = input.open()?.chunks();
    let schema = metadata.metadata().file_metadata().schema_descr();
    let mask = ProjectionMask::leaves(schema, leaves.iter().copied());
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone())
        .with_projection(mask)
        .with_batch_size(batch);
    if let Some(group) = group {
        builder = builder.with_row_groups(vec![group]);
    }
    builder.build()
}

impl Rows {
    /// Begins to read some leaves of a file.
    pub(super) fn open(
        input: &Input,
        is_encrypted: bool,
        metadata: ArrowReaderMetadata,
        leaves: Vec<usize>,
    ) -> Result<Self, Error> {
        let groups = metadata.metadata().row_groups();
        let promised = groups
            .iter()
            .map(|group| group.num_rows().cast_unsigned())
            .sum();
        let bytes = groups.iter().flat_map(|group| {
            let columns = leaves.iter().filter_map(|leaf| group.columns().get(*leaf));
            columns.map(|column| column.uncompressed_size().max(0).cast_unsigned())
        });
        let bytes: u64 = bytes.fold(0, u64::saturating_add);
        let per_row = (bytes / u64::max(promised, 1)).max(1);
        let batch = (BATCH_BYTES / per_row).clamp(1, ROWS as u64) as usize;
        let reader = guarded(|| reader(input, &metadata, &leaves, batch, None));
        let reader = unpanicked(reader, "its columns cannot be read");
        let reader = reader.map_err(|what| unsound(input.label(), &what))?;
        Ok(Rows {
            input: input.clone(),
            is_encrypted,
            metadata,
            reader,
            leaves,
            ready: VecDeque::new(),
            promised,
            read: 0,
        })
    }

    /// Which share of the rows has been read.
    pub(crate) fn share(&self) -> f64 {
        self.read as f64 / self.promised.max(1) as f64
    }

    /// The next rows; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.ready.is_empty()
            && let Some(batch) = self.read()?
        {
            self.read += batch.num_rows() as u64;
            light(batch, &mut self.ready);
        }
        if let Some(batch) = self.ready.pop_front() {
            return Ok(Some(batch));
        }
        if self.read != self.promised {
            let what = format!(
                "its row groups have {} rows, its pages {}",
                self.promised, self.read
            );
            return Err(unsound(self.input.label(), &what));
        }
        Ok(None)
    }

    fn read(&mut self) -> Result<Option<RecordBatch>, Error> {
        let read = guarded(|| self.reader.next().transpose());
        let what = match read {
            Some(Ok(batch)) => return Ok(batch),
            Some(Err(error)) => said(&ParquetError::from(error)),
            None => "a page is corrupt".to_owned(),
        };
        let error = unsound(self.input.label(), &self.place_of_fault().unwrap_or(what));
        Err(match self.is_encrypted {
            true => error.hint("some of its columns are encrypted, and no keys are known here"),
            false => error,
        })
    }

    /// Reads the columns one by one to say which of them cannot be read.
    fn place_of_fault(&self) -> Option<String> {
        let metadata = self.metadata.metadata();
        for group in 0..metadata.num_row_groups() {
            for leaf in &self.leaves {
                let done = guarded(|| {
                    let mut reader =
                        reader(&self.input, &self.metadata, &[*leaf], ROWS, Some(group))?;
                    reader.try_for_each(|batch| batch.map(|_| ()).map_err(ParquetError::from))
                });
                if let Err(what) = unpanicked(done, "a page is corrupt") {
                    let column = metadata.file_metadata().schema_descr().column(*leaf);
                    let path = column.path().parts().join(".");
                    return Some(format!(
                        "column `{path}` in row group {}: {what}",
                        group + 1
                    ));
                }
            }
        }
        None
    }
}

/// Largest text of a batch, as it is stored: written as JSON it may be six times as long, and must be addressed by 32 bits.
const MAX_BYTES: usize = 256 << 20;

/// Cuts a batch until no piece is too heavy.
fn light(batch: RecordBatch, pieces: &mut VecDeque<RecordBatch>) {
    let rows = batch.num_rows();
    let bytes: usize = batch.columns().iter().map(bytes_of).sum();
    if bytes <= MAX_BYTES || rows <= 1 {
        pieces.push_back(batch);
        return;
    }
    light(batch.slice(0, rows / 2), pieces);
    light(batch.slice(rows / 2, rows - rows / 2), pieces);
}

/// Bytes of the texts of an array: those of a dictionary as often as they occur.
fn bytes_of(array: &ArrayRef) -> usize {
    if let Some(views) = array.as_binary_view_opt() {
        return views.lengths().map(|length| length as usize).sum();
    }
    if let Some(group) = array.as_struct_opt() {
        return group.columns().iter().map(bytes_of).sum();
    }
    match array.as_list_opt::<i32>() {
        Some(lists) => {
            let offsets = lists.offsets();
            let (first, last) = (offsets[0] as usize, offsets[lists.len()] as usize);
            bytes_of(&lists.values().slice(first, last - first))
        }
        None => array.len(),
    }
}

impl Places {
    /// The raw columns of a batch; without one, of no rows.
    pub(crate) fn columns(&self, batch: Option<&RecordBatch>) -> Vec<Column> {
        let rows = batch.map_or(0, RecordBatch::num_rows);
        self.columns_of(batch, None, rows, &[])
    }

    /// The elements of a batch, where its rows become such.
    pub(crate) fn explode(&self, batch: Option<&RecordBatch>) -> Option<Exploded> {
        let explode = self.explode.as_ref()?;
        let rows = batch.map_or(0, RecordBatch::num_rows);
        let first = explode.lists.first().and_then(|steps| steps.first());
        let top = match (first, batch) {
            (Some(Step::Field(number)), Some(batch)) => {
                self.columns.get(*number).and_then(|node| {
                    let array = batch.column_by_name(&node.name)?;
                    Some((node, array))
                })
            }
            _ => None,
        };
        Some(explode.rows(top, rows))
    }

    /// The raw columns of some elements of a batch, without their numbers.
    pub(crate) fn columns_of_elements(
        &self,
        batch: Option<&RecordBatch>,
        elements: &Elements,
    ) -> Vec<Column> {
        let records = Some(elements.records.as_slice());
        self.columns_of(batch, records, elements.len(), &elements.places)
    }

    /// Puts the numbers of elements into the raw columns that hold them.
    pub(crate) fn number(&self, columns: &mut [Column], elements: &Elements) {
        for cell in &self.numbered {
            if let Some(column) = columns.get_mut(*cell) {
                *column = elements.column();
            }
        }
    }

    /// `records`: of each row, that of the batch.
    fn columns_of(
        &self,
        batch: Option<&RecordBatch>,
        records: Option<&[Option<u32>]>,
        rows: usize,
        each: &[Vec<Option<u32>>],
    ) -> Vec<Column> {
        let columns = self.steps.iter().zip(&self.forms).map(|(steps, form)| {
            let (first, inside) = steps.as_ref()?.split_first()?;
            let Step::Field(number) = first else {
                return None;
            };
            let column = self.columns.get(*number)?;
            let array = batch?.column_by_name(&column.name)?;
            let values = Values::new(column, array);
            let (found, places) = values.at(inside, records.map(<[_]>::to_vec), rows, each);
            Some(Column::new(found.clone(), places, rows, *form))
        });
        columns
            .map(|column| column.unwrap_or_else(|| Column::missing(rows)))
            .collect()
    }
}
