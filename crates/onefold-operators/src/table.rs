//! A table: batches whose rows are numbered.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, SchemaRef};
use onefold_rows::parallel::map_items;
use onefold_rows::{MAX_ROWS, Places, batch_ranges, has_columns};

use crate::column::Nulls;
use crate::error::{Error, Kind};
use crate::gather::Gatherer;
use crate::keys::Keys;
use crate::schema::field;

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

    /// The rows with these numbers, in this order, in batches of [`BATCH_ROWS`](crate::BATCH_ROWS). Texts are not copied: views point into
    /// the table's buffers.
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
        Gatherer::new(self.schema, self.batches)
    }

    /// The numbers of the rows.
    pub(crate) fn places(&self) -> Places {
        Places::new(self.batches.iter().map(RecordBatch::num_rows))
    }

    /// The keys of the rows.
    pub(crate) fn keys(&self, on: &[usize], nulls: Nulls) -> Result<Keys, Error> {
        Keys::of_batches(self.schema, self.batches, on, nulls)
    }

    /// The keys of the rows as one part. Texts that are all UUIDs become numbers.
    pub(crate) fn keys_in_one_piece(
        &self,
        on: &[usize],
        nulls: Nulls,
        threads: usize,
    ) -> Result<Keys, Error> {
        Keys::in_one_piece(self.schema, self.batches, on, nulls, threads)
    }

    pub(crate) fn field(&self, column: usize) -> Result<&'a Field, Error> {
        field(self.schema, column)
    }

    /// The chunks of a column, one a batch.
    pub(crate) fn chunks(&self, column: usize) -> impl Iterator<Item = &'a ArrayRef> {
        self.batches.iter().map(move |batch| batch.column(column))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::UInt32Array;
    use arrow::datatypes::{DataType, Schema};
    use onefold_rows::BATCH_ROWS;

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
    fn rows_are_gathered_whatever_the_batches() {
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
