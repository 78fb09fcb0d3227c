//! `order_by:`: a stable sort of a whole table.

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::SchemaRef;
use std::sync::Arc;

use crate::error::Error;
use crate::sql::SortKey;

const ROWS: usize = 8192;

/// Sorts the rows; equal keys stay in the order in which they came.
pub(crate) fn sort(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    keys: &[SortKey],
) -> Result<Vec<RecordBatch>, Error> {
    let whole = concat_batches(schema, batches)?;
    let mut columns: Vec<SortColumn> = Vec::with_capacity(keys.len() + 1);
    for key in keys {
        let values = key
            .value
            .evaluate(&whole)
            .map_err(|e| Error::new(crate::Kind::Data, format!("order_by: {e}")))?;
        columns.push(SortColumn {
            values,
            options: Some(key.options),
        });
    }
    // The row's number as the last key makes the sort stable.
    let rows: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..whole.num_rows() as u32));
    columns.push(SortColumn {
        values: rows,
        options: None,
    });
    let order = lexsort_to_indices(&columns, None)?;
    let sorted = take_record_batch(&whole, &order)?;
    Ok((0..sorted.num_rows())
        .step_by(ROWS)
        .map(|at| sorted.slice(at, ROWS.min(sorted.num_rows() - at)))
        .collect())
}
