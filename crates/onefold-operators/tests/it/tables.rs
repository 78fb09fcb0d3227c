//! Small tables, cut into batches at will.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::util::display::array_value_to_string;
use onefold_operators::Table;
use proptest::prelude::*;

pub(crate) struct Owned {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

impl Owned {
    pub(crate) fn new(columns: Vec<(&str, ArrayRef)>) -> Self {
        let field =
            |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let columns = columns.into_iter().map(|(_, array)| array).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).expect("batch");
        Owned {
            schema,
            batches: vec![batch],
        }
    }

    /// The same rows in batches of these sizes, again and again.
    pub(crate) fn cut(&self, sizes: &[usize]) -> Self {
        let whole = &self.batches[0];
        let mut batches = Vec::new();
        let mut start = 0;
        for size in sizes.iter().cycle() {
            let size = (*size).min(whole.num_rows() - start);
            batches.push(whole.slice(start, size));
            start += size;
            if start == whole.num_rows() {
                break;
            }
        }
        Owned {
            schema: Arc::clone(&self.schema),
            batches,
        }
    }

    pub(crate) fn table(&self) -> Table<'_> {
        Table::new(&self.schema, &self.batches).expect("table")
    }
}

/// Sizes to cut a table into, not all of them 0.
pub(crate) fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..9usize, 0..4).prop_map(|mut sizes| {
        sizes.push(5);
        sizes
    })
}

pub(crate) fn text<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter(values))
}

pub(crate) fn int(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values))
}

/// Times in microseconds.
pub(crate) fn time(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(values).with_timezone("UTC"))
}

pub(crate) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The rows as text, cells joined by `|`, a null as nothing.
pub(crate) fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in batches {
        assert!(batch.num_rows() <= onefold_operators::BATCH_ROWS);
        for row in 0..batch.num_rows() {
            let cell = |column: &ArrayRef| array_value_to_string(column, row).expect("text");
            lines.push(
                batch
                    .columns()
                    .iter()
                    .map(cell)
                    .collect::<Vec<_>>()
                    .join("|"),
            );
        }
    }
    lines
}

pub(crate) fn names(schema: &SchemaRef) -> Vec<&str> {
    schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect()
}
