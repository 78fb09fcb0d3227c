//! Rows of a table, gathered by number.
//!
//! # Algorithm
//! The chunks of each column are laid open once (`chunks`). Each row is then one load, however many batches the table has.
//!
//! # Memory
//! A few words a chunk, and 16 bytes a row of a column kept as numbers of UUIDs, whose texts are written again for each row gathered. The
//! batches stay where they are, and live as long as what was gathered from them.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::SchemaRef;
use onefold_rows::{NO_ROW, Place, Places};

use crate::batch::batch;
use crate::chunks::{Chunks, NOWHERE};
use crate::error::Error;

/// Gathers rows of a table by their numbers.
pub struct Gatherer {
    schema: SchemaRef,
    columns: Vec<Chunks>,
    places: Places,
}

impl Gatherer {
    pub(crate) fn new(schema: &SchemaRef, batches: &[RecordBatch]) -> Self {
        let chunks = |column: usize| batches.iter().map(move |batch| batch.column(column));
        let columns =
            (0..schema.fields().len()).map(|column| Chunks::new(chunks(column).cloned().collect()));
        Gatherer {
            schema: Arc::clone(schema),
            columns: columns.collect(),
            places: Places::new(batches.iter().map(RecordBatch::num_rows)),
        }
    }

    /// Keeps a column of texts as the numbers of its UUIDs, so that the texts can be freed.
    pub(crate) fn with_uuids(mut self, column: usize, numbers: ScalarBuffer<u128>) -> Self {
        self.columns[column].set_uuids(numbers);
        self
    }

    /// The rows with these numbers, in this order. Texts are not copied: views point into the table's buffers.
    ///
    /// # Panics
    /// Where a number is not one of a row.
    pub fn batch(&self, rows: &[u32]) -> Result<RecordBatch, Error> {
        let columns = self.columns(0..self.columns.len(), rows)?;
        batch(&self.schema, columns, rows.len())
    }

    /// The rows of some columns; nulls for [`NO_ROW`].
    pub(crate) fn columns(
        &self,
        columns: impl Iterator<Item = usize>,
        rows: &[u32],
    ) -> Result<Vec<ArrayRef>, Error> {
        let mut some_missing = false;
        let place = |row: &u32| match *row {
            NO_ROW => {
                some_missing = true;
                NOWHERE
            }
            row => self.places.at(row),
        };
        let places: Vec<Place> = rows.iter().map(place).collect();
        columns
            .map(|column| {
                let data_type = self.schema.field(column).data_type();
                self.columns[column].gather(data_type, rows, &places, some_missing)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Array, BooleanArray, Date32Array, Decimal128Array, Int64Array, ListArray,
        RecordBatchOptions, StringArray, StringViewArray, TimestampMicrosecondArray,
    };
    use arrow::compute::concat_batches;
    use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};

    use super::*;
    use crate::table::Table;

    fn rows(from: i64, to: i64) -> RecordBatch {
        let every = |n: i64, no: i64| (n % no != 0).then_some(n);
        let text = |n: i64| match n % 4 {
            0 => None,
            1 => Some(String::new()),
            2 => Some(format!("short {n}")),
            _ => Some(format!("a text too long for its view {n}")),
        };
        let all = || from..to;
        let lists = all().map(|n| every(n, 3).map(|n| vec![Some(n); n as usize % 3]));
        let instants = TimestampMicrosecondArray::from_iter_values(all()).with_timezone("UTC");
        let decimals = Decimal128Array::from_iter(all().map(|n| every(n, 5).map(i128::from)));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("whole", Arc::new(Int64Array::from_iter_values(all()))),
            (
                "some",
                Arc::new(Int64Array::from_iter(all().map(|n| every(n, 7)))),
            ),
            (
                "view",
                Arc::new(StringViewArray::from_iter(all().map(text))),
            ),
            ("text", Arc::new(StringArray::from_iter(all().map(text)))),
            ("instant", Arc::new(instants)),
            (
                "day",
                Arc::new(Date32Array::from_iter_values(all().map(|n| n as i32))),
            ),
            (
                "amount",
                Arc::new(decimals.with_precision_and_scale(20, 2).expect("decimal")),
            ),
            (
                "flag",
                Arc::new(BooleanArray::from_iter(
                    all().map(|n| every(n, 3).map(|n| n % 2 == 0)),
                )),
            ),
            (
                "list",
                Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists)),
            ),
        ];
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let columns = columns.into_iter().map(|(_, array)| array).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("batch")
    }

    #[test]
    fn rows_come_from_whatever_batch_has_them() {
        let whole = rows(0, 300);
        let zone = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        assert_eq!(whole.schema().field(4).data_type(), &zone);
        let wanted: Vec<u32> = (0..1000u32).map(|n| n * 7919 % 300).collect();
        let expected = arrow::compute::take_record_batch(
            &whole,
            &wanted
                .iter()
                .copied()
                .collect::<arrow::array::UInt32Array>(),
        );
        let expected = expected.expect("rows");
        let cuts: [&[i64]; 3] = [&[0, 300], &[0, 1, 1, 150, 300], &[0, 100, 101, 299, 300]];
        for cuts in cuts {
            let own = cuts.windows(2).map(|cut| rows(cut[0], cut[1]));
            let slices = cuts.windows(2);
            let slices = slices.map(|c| whole.slice(c[0] as usize, (c[1] - c[0]) as usize));
            for batches in [own.collect::<Vec<_>>(), slices.collect()] {
                let schema = whole.schema();
                let table = Table::new(&schema, &batches).expect("table");
                let gatherer = table.gatherer();
                assert_eq!(gatherer.batch(&wanted).expect("rows"), expected);
                // What was gathered can be gathered from.
                let again = [gatherer.batch(&wanted).expect("rows"), whole.clone()];
                let again = Table::new(&schema, &again).expect("table");
                let back = again.gatherer().batch(&[1, 1000, 1299, 0]).expect("rows");
                let one = |row: usize| whole.slice(row, 1);
                let expected = [
                    one(wanted[1] as usize),
                    one(0),
                    one(299),
                    one(wanted[0] as usize),
                ];
                assert_eq!(back, concat_batches(&schema, &expected).expect("rows"));
            }
        }
    }

    #[test]
    fn no_row_is_null_in_every_column() {
        let batches = [rows(0, 10), rows(10, 20)];
        let schema = batches[0].schema();
        let gatherer = Table::new(&schema, &batches).expect("table").gatherer();
        let columns = gatherer.columns(0..schema.fields().len(), &[11, NO_ROW, 13]);
        for (found, field) in columns.expect("columns").iter().zip(schema.fields()) {
            assert_eq!(found.null_count(), 1, "{}", field.name());
            assert!(found.is_null(1), "{}", field.name());
        }
    }

    #[test]
    fn a_table_without_batches_has_only_no_row() {
        let schema = rows(0, 1).schema();
        let gatherer = Table::new(&schema, &[]).expect("table").gatherer();
        let columns = gatherer.columns(0..schema.fields().len(), &[NO_ROW, NO_ROW]);
        for (found, field) in columns.expect("columns").iter().zip(schema.fields()) {
            assert_eq!(
                (found.data_type(), found.null_count()),
                (field.data_type(), 2)
            );
        }
        let none = gatherer.batch(&[]).expect("no rows");
        let options = RecordBatchOptions::new().with_row_count(Some(0));
        assert_eq!(
            none,
            RecordBatch::try_new_with_options(schema, none.columns().to_vec(), &options)
                .expect("batch")
        );
    }
}
