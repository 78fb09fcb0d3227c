//! Small tables, cut into batches at will.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
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
            lines.push(
                batch
                    .columns()
                    .iter()
                    .map(|column| cell(column, row))
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

/// A zone named UTC cannot be formatted without a table of zones.
fn cell(column: &ArrayRef, row: usize) -> String {
    let text = |array: &dyn Array, row| array_value_to_string(array, row).expect("text");
    match column.as_any().downcast_ref::<TimestampMicrosecondArray>() {
        Some(times) if times.is_valid(row) => {
            text(&times.slice(row, 1).with_timezone_opt::<&str>(None), 0) + "Z"
        }
        Some(_) => String::new(),
        None => text(column, row),
    }
}
