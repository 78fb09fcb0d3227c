//! Values that `on_invalid: null` made missing: what stood there, where, and why it was refused.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::reject::FieldError;

/// A value of an accepted record that was made missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nulled {
    /// Name of the file, relative to the input folder.
    pub file: Arc<str>,
    /// 1-based number of the record in its file, broken ones counted, a header not.
    pub record: u64,
    /// 1-based physical line on which the record starts.
    pub line: u64,
    /// Offset of the record's first byte in the decoded, decompressed file.
    pub byte_offset: u64,
    /// Number of the field among those of its source.
    pub(crate) field: u32,
    /// The field, its raw value, cut at 4 KiB, and why it was refused.
    pub error: FieldError,
}

/// Columns of the table `SOURCE.nulled`: `record`, `file`, `line`, `byte_offset`, `field`, `value`, `code`, `reason`.
pub fn nulled_schema() -> SchemaRef {
    let column = |name: &str, data_type| Field::new(name, data_type, name == "value");
    Arc::new(Schema::new(vec![
        column("record", DataType::UInt64),
        column("file", DataType::Utf8),
        column("line", DataType::UInt64),
        column("byte_offset", DataType::UInt64),
        column("field", DataType::Utf8),
        column("value", DataType::Utf8),
        column("code", DataType::Utf8),
        column("reason", DataType::Utf8),
    ]))
}

/// Values as rows of [`nulled_schema`].
pub fn nulled_batch(schema: &SchemaRef, values: &[Nulled]) -> Result<RecordBatch, ArrowError> {
    let numbers = |get: fn(&Nulled) -> u64| {
        let mut column = UInt64Builder::with_capacity(values.len());
        values.iter().for_each(|v| column.append_value(get(v)));
        Arc::new(column.finish()) as ArrayRef
    };
    let texts = |get: fn(&Nulled) -> Option<&str>| {
        let mut column = StringBuilder::new();
        values.iter().for_each(|v| column.append_option(get(v)));
        Arc::new(column.finish()) as ArrayRef
    };
    let columns = vec![
        numbers(|v| v.record),
        texts(|v| Some(&v.file)),
        numbers(|v| v.line),
        numbers(|v| v.byte_offset),
        texts(|v| Some(&v.error.column)),
        texts(|v| v.error.value.as_deref()),
        texts(|v| Some(&v.error.code)),
        texts(|v| Some(&v.error.message)),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}
