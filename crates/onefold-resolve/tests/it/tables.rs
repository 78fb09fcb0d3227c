//! Small tables in and out.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray, UInt64Array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::util::display::array_value_to_string;
use onefold_resolve::SourceRecords;

pub(crate) type Row<'a> = Vec<Option<&'a str>>;

/// A source of text columns; the first is the key. An address column (row * 100) follows.
pub(crate) fn text_source(
    name: &str,
    label: &str,
    columns: &[&str],
    rows: &[Row<'_>],
) -> SourceRecords {
    let mut fields: Vec<Field> = columns
        .iter()
        .map(|name| Field::new(*name, DataType::Utf8View, true))
        .collect();
    fields.push(Field::new("_address", DataType::UInt64, false));
    let mut arrays: Vec<ArrayRef> = (0..columns.len())
        .map(|column| {
            let values: StringViewArray = rows.iter().map(|row| row[column]).collect();
            Arc::new(values) as ArrayRef
        })
        .collect();
    let addresses = UInt64Array::from_iter_values((0..rows.len() as u64).map(|row| row * 100));
    arrays.push(Arc::new(addresses));
    source_of(
        name,
        label,
        Schema::new(fields),
        arrays,
        Some(0),
        Some(columns.len()),
    )
}

pub(crate) fn source_of(
    name: &str,
    label: &str,
    schema: Schema,
    arrays: Vec<ArrayRef>,
    key: Option<usize>,
    address: Option<usize>,
) -> SourceRecords {
    let schema = Arc::new(schema);
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).expect("batch");
    SourceRecords {
        name: name.to_owned(),
        label: label.to_owned(),
        schema,
        batches: vec![batch],
        key,
        address,
    }
}

/// The same source in batches of at most `rows` rows, with an empty one in front.
pub(crate) fn rebatched(mut source: SourceRecords, rows: usize) -> SourceRecords {
    let whole = concat_batches(&source.schema, &source.batches).expect("one schema");
    source.batches = vec![whole.slice(0, 0)];
    source.batches.extend(
        (0..whole.num_rows())
            .step_by(rows)
            .map(|start| whole.slice(start, rows.min(whole.num_rows() - start))),
    );
    source
}

/// Rows of a table as text, fields joined by `|`, nulls as `-`; the header first.
pub(crate) fn lines(schema: &SchemaRef, batches: &[RecordBatch]) -> Vec<String> {
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut lines = vec![names.join("|")];
    for batch in batches {
        assert_eq!(batch.schema_ref(), schema);
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = batch
                .columns()
                .iter()
                .map(|column| {
                    if column.is_null(row) {
                        "-".to_owned()
                    } else {
                        array_value_to_string(column, row).expect("text")
                    }
                })
                .collect();
            lines.push(cells.join("|"));
        }
    }
    lines
}

/// One column of a table as text.
pub(crate) fn column(batches: &[RecordBatch], name: &str) -> Vec<String> {
    batches
        .iter()
        .flat_map(|batch| {
            let column = batch.column_by_name(name).expect("column");
            (0..batch.num_rows()).map(|row| {
                if column.is_null(row) {
                    "-".to_owned()
                } else {
                    array_value_to_string(column, row).expect("text")
                }
            })
        })
        .collect()
}
