//! Output batches, and the columns of input batches.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

/// Most rows of a batch that an operator makes.
pub const BATCH_ROWS: usize = 8192;

/// Ranges of `0..rows`, one for each output batch.
pub fn batch_ranges(rows: usize) -> Vec<Range<usize>> {
    (0..rows)
        .step_by(BATCH_ROWS)
        .map(|start| start..(start + BATCH_ROWS).min(rows))
        .collect()
}

/// Whether a batch has the columns of a schema, by name and type.
pub fn has_columns(batch: &RecordBatch, schema: &SchemaRef) -> bool {
    let found = batch.schema_ref();
    Arc::ptr_eq(found, schema)
        || (found.fields().len() == schema.fields().len()
            && found
                .fields()
                .iter()
                .zip(schema.fields())
                .all(|(f, s)| f.name() == s.name() && f.data_type() == s.data_type()))
}

/// Adds 1 to the count of each row in which the column is null. The chunks together have as many rows as there are counts.
///
/// # Panics
/// The chunks have more rows than there are counts.
pub fn count_nulls<'a>(chunks: impl IntoIterator<Item = &'a ArrayRef>, counts: &mut [u16]) {
    let mut rest = counts;
    for chunk in chunks {
        let (counts, after) = rest.split_at_mut(chunk.len());
        rest = after;
        if let Some(nulls) = chunk.logical_nulls() {
            for (count, valid) in counts.iter_mut().zip(nulls.iter()) {
                *count = count.saturating_add(u16::from(!valid));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, NullArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    #[test]
    fn ranges_cover_all_rows() {
        assert!(batch_ranges(0).is_empty());
        assert_eq!(batch_ranges(BATCH_ROWS).len(), 1);
        let ranges = batch_ranges(2 * BATCH_ROWS + 1);
        let expected = [
            0..BATCH_ROWS,
            BATCH_ROWS..2 * BATCH_ROWS,
            2 * BATCH_ROWS..2 * BATCH_ROWS + 1,
        ];
        assert_eq!(ranges, expected);
    }

    #[test]
    fn nulls_are_counted_by_row() {
        let chunks: [ArrayRef; 2] = [
            Arc::new(Int64Array::from(vec![Some(1), None])),
            Arc::new(NullArray::new(1)),
        ];
        let mut counts = [0, u16::MAX, 7];
        count_nulls(&chunks, &mut counts);
        assert_eq!(counts, [0, u16::MAX, 8]);
    }

    #[test]
    fn columns_are_told_by_name_and_type() {
        let schema = |name: &str, data_type, nullable| -> SchemaRef {
            Arc::new(Schema::new(vec![Field::new(name, data_type, nullable)]))
        };
        let batch = RecordBatch::new_empty(schema("n", DataType::Int64, true));
        assert!(has_columns(&batch, &schema("n", DataType::Int64, false)));
        assert!(!has_columns(&batch, &schema("m", DataType::Int64, true)));
        assert!(!has_columns(&batch, &schema("n", DataType::UInt64, true)));
        assert!(!has_columns(&batch, &Arc::new(Schema::empty())));
    }
}
