//! Batches made of columns, and rows taken from columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use onefold_rows::{NO_ROW, batch_ranges};

use crate::error::Error;

/// A batch of so many rows, for columns that may be none.
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

/// Row numbers for `take`, null for [`NO_ROW`].
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

/// The batch in pieces of at most [`BATCH_ROWS`](onefold_rows::BATCH_ROWS) rows, each with the number of its first row.
pub(crate) fn pieces(batch: &RecordBatch) -> impl Iterator<Item = (usize, RecordBatch)> + '_ {
    batch_ranges(batch.num_rows())
        .into_iter()
        .map(|range| (range.start, batch.slice(range.start, range.len())))
}

/// The array. Texts move to a buffer of their own.
pub(crate) fn compact_texts(array: ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => array,
    }
}
