//! A table and its rows by number.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array, new_empty_array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, SchemaRef};

use crate::error::{Error, Kind};
use crate::gather::{Gatherer, one_piece};
use crate::parallel::map_items;

/// Most rows of a table.
pub(crate) const MAX_ROWS: usize = u32::MAX as usize - 1;

/// In place of a row number: no row.
pub const NO_ROW: u32 = u32::MAX;

/// Most rows of a batch that an operator makes.
pub const BATCH_ROWS: usize = 8192;

/// Rows an entry of the index from row to part.
const BLOCK: usize = 4096;

/// Batches of one schema, in order. The number of a row is its position among all rows, from 0.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    schema: &'a SchemaRef,
    batches: &'a [RecordBatch],
    rows: usize,
}

impl<'a> Table<'a> {
    /// Fails where a batch does not have the columns of the schema, or where there are more rows than a `u32` can number.
    pub fn new(schema: &'a SchemaRef, batches: &'a [RecordBatch]) -> Result<Self, Error> {
        for (index, batch) in batches.iter().enumerate() {
            if !has_columns(batch, schema) {
                return Err(Kind::BatchSchema { batch: index }.into());
            }
        }
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        if rows > MAX_ROWS {
            return Err(Kind::TooManyRows.into());
        }
        Ok(Table {
            schema,
            batches,
            rows,
        })
    }

    /// Schema of all batches.
    pub fn schema(&self) -> &'a SchemaRef {
        self.schema
    }

    /// The rows.
    pub fn batches(&self) -> &'a [RecordBatch] {
        self.batches
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows with these numbers, in this order, in batches of [`BATCH_ROWS`]. Texts are not copied: views point into the table's
    /// buffers.
    ///
    /// # Panics
    /// Where a number is not one of a row.
    pub fn gather(&self, rows: &[u32], threads: usize) -> Result<Vec<RecordBatch>, Error> {
        let gather = self.gatherer();
        map_items(threads, batch_ranges(rows.len()), |range| {
            gather.batch(&rows[range])
        })
        .into_iter()
        .collect()
    }

    /// Gathers rows a batch at a time.
    pub fn gatherer(&self) -> Gatherer {
        Gatherer::new(self)
    }

    pub(crate) fn field(&self, column: usize) -> Result<&'a Field, Error> {
        field(self.schema, column)
    }

    /// A column in one piece. Texts stay in the buffers of their batches.
    pub(crate) fn column(&self, column: usize) -> Result<ArrayRef, Error> {
        let chunks: Vec<&ArrayRef> = self.chunks(column).collect();
        match chunks.as_slice() {
            [] => Ok(new_empty_array(self.field(column)?.data_type())),
            [only] => Ok(Arc::clone(only)),
            [first, ..] if first.data_type() == &DataType::Utf8View => {
                let chunks: Vec<ArrayRef> = self.chunks(column).cloned().collect();
                Ok(Arc::new(one_piece(&chunks)))
            }
            several => {
                let several: Vec<&dyn Array> = several.iter().map(|c| c.as_ref()).collect();
                Ok(concat(&several)?)
            }
        }
    }

    /// The chunks of a column, one a batch.
    pub(crate) fn chunks(&self, column: usize) -> impl Iterator<Item = &'a ArrayRef> {
        self.batches.iter().map(move |batch| batch.column(column))
    }
}

/// The array, its texts in a buffer of their own.
pub(crate) fn compact_texts(array: ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => array,
    }
}

/// The field of a column.
pub(crate) fn field(schema: &SchemaRef, column: usize) -> Result<&Field, Error> {
    let fields = schema.fields();
    match fields.get(column) {
        Some(field) => Ok(field),
        None => Err(Kind::NoSuchColumn {
            index: column,
            columns: fields.len(),
        }
        .into()),
    }
}

/// Whether a batch has the columns of a schema, by name and type.
pub(crate) fn has_columns(batch: &RecordBatch, schema: &SchemaRef) -> bool {
    let found = batch.schema_ref();
    Arc::ptr_eq(found, schema)
        || (found.fields().len() == schema.fields().len()
            && found
                .fields()
                .iter()
                .zip(schema.fields())
                .all(|(f, s)| f.name() == s.name() && f.data_type() == s.data_type()))
}

/// A batch of so many rows, which no columns tell.
pub(crate) fn batch(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, Error> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}

/// Ranges of `0..rows`, one an output batch.
pub(crate) fn batch_ranges(rows: usize) -> Vec<Range<usize>> {
    (0..rows)
        .step_by(BATCH_ROWS)
        .map(|start| start..(start + BATCH_ROWS).min(rows))
        .collect()
}

/// Row numbers for `take`: null for [`NO_ROW`].
pub(crate) fn indices(rows: &[u32]) -> UInt32Array {
    let nulls = rows.contains(&NO_ROW).then(|| {
        NullBuffer::new(BooleanBuffer::collect_bool(rows.len(), |row| {
            rows[row] != NO_ROW
        }))
    });
    UInt32Array::new(rows.to_vec().into(), nulls)
}

/// The rows of each column.
pub(crate) fn take_all<'a>(
    columns: impl IntoIterator<Item = &'a ArrayRef>,
    rows: &UInt32Array,
) -> Result<Vec<ArrayRef>, Error> {
    let columns = columns.into_iter();
    Ok(columns
        .map(|column| take(column, rows, None))
        .collect::<Result<_, _>>()?)
}

/// The batch in pieces of at most [`BATCH_ROWS`] rows, each with its first row.
pub(crate) fn pieces(batch: &RecordBatch) -> impl Iterator<Item = (usize, RecordBatch)> + '_ {
    batch_ranges(batch.num_rows())
        .into_iter()
        .map(|range| (range.start, batch.slice(range.start, range.len())))
}

/// Place of a row: batch and row in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) part: u32,
    pub(crate) row: u32,
}

/// Where each row of a table is.
pub(crate) struct Places {
    /// First row of each batch, then the number of rows.
    starts: Vec<u32>,
    /// Batch of the first row of each block of `BLOCK` rows, then the last batch.
    blocks: Vec<u32>,
}

impl Places {
    pub(crate) fn new(batches: &[RecordBatch]) -> Self {
        let mut starts = vec![0u32];
        let mut rows = 0;
        for batch in batches {
            rows += batch.num_rows();
            starts.push(rows as u32);
        }
        let blocks = (0..rows)
            .step_by(BLOCK)
            .map(|row| starts.partition_point(|start| *start as usize <= row) as u32 - 1)
            .chain([batches.len().saturating_sub(1) as u32])
            .collect();
        Places { starts, blocks }
    }

    /// Of rows that are in one part.
    pub(crate) fn in_one_piece(rows: usize) -> Self {
        Places {
            starts: vec![0, rows as u32],
            blocks: vec![0; rows.div_ceil(BLOCK) + 1],
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0) as usize
    }

    /// Place of a row.
    #[inline]
    pub(crate) fn at(&self, row: u32) -> At {
        let block = row as usize / BLOCK;
        let low = self.blocks[block] as usize;
        let high = self.blocks[block + 1] as usize;
        let part = low + self.starts[low + 1..=high].partition_point(|start| *start <= row);
        At {
            part: part as u32,
            row: row - self.starts[part],
        }
    }

    /// The rows `range` as stretches of one batch each: batch, first row in it, number of rows.
    pub(crate) fn stretches(
        &self,
        range: Range<usize>,
        longest: usize,
    ) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let mut next = range.start;
        std::iter::from_fn(move || {
            if next >= range.end {
                return None;
            }
            let at = self.at(next as u32);
            let end = (self.starts[at.part as usize + 1] as usize)
                .min(range.end)
                .min(next + longest);
            let stretch = (at.part as usize, at.row as usize, end - next);
            next = end;
            Some(stretch)
        })
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Schema;

    use super::*;

    /// Batches whose only column holds the numbers of their rows.
    fn numbered(sizes: &[usize]) -> (SchemaRef, Vec<RecordBatch>) {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::UInt32, false)]));
        let mut next = 0;
        let batches = sizes.iter().map(|size| {
            let numbers = UInt32Array::from_iter_values(next..next + *size as u32);
            next += *size as u32;
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers)]).expect("batch")
        });
        let batches = batches.collect();
        (schema, batches)
    }

    #[test]
    fn rows_are_found_whatever_the_batches() {
        for sizes in [
            vec![],
            vec![0],
            vec![1],
            vec![0, 3, 0, 0, 5000, 1, 1, 0, 4095, 4097, 0],
            vec![10_000, 1, 9000],
        ] {
            let (schema, batches) = numbered(&sizes);
            let table = Table::new(&schema, &batches).expect("table");
            let rows: Vec<u32> = (0..table.rows() as u32).rev().collect();
            let gathered = table.gather(&rows, 2).expect("gathered");
            let found: Vec<u32> = gathered
                .iter()
                .flat_map(|batch| {
                    assert!(batch.num_rows() <= BATCH_ROWS);
                    let numbers = batch.column(0).as_any().downcast_ref::<UInt32Array>();
                    numbers.expect("numbers").values().to_vec()
                })
                .collect();
            assert_eq!(found, rows, "{sizes:?}");

            let places = Places::new(&batches);
            let mut next = 0;
            for (part, row, len) in places.stretches(0..table.rows(), 700) {
                assert!(len <= 700 && len > 0);
                for row in row..row + len {
                    let at = places.at(next);
                    assert_eq!((at.part as usize, at.row as usize), (part, row));
                    next += 1;
                }
            }
            assert_eq!(next as usize, table.rows());
        }
    }

    #[test]
    fn a_batch_of_another_schema_is_refused() {
        let (schema, _) = numbered(&[]);
        let other = Arc::new(Schema::new(vec![Field::new("m", DataType::UInt32, false)]));
        let batches = [RecordBatch::new_empty(other)];
        let error = Table::new(&schema, &batches).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "batch 0 does not have the columns of its table"
        );
    }
}
