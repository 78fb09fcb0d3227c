//! Rejects: what was refused, where it stands, and why.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder, UInt64Array, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use serde::Serialize;

/// A record that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Name of the file, relative to the input folder.
    pub file: Arc<str>,
    /// 1-based number of the record in its file, broken ones counted, a header not.
    pub record: u64,
    /// 1-based number of the element that it is in its record, where the source explodes an array; missing for the record as a whole.
    pub element: Option<u64>,
    /// 1-based physical line on which it starts.
    pub line: u64,
    /// Offset of its first byte in the decoded, decompressed file.
    pub byte_offset: u64,
    /// Stable code of the first error.
    pub code: Cow<'static, str>,
    /// The first error, for people.
    pub reason: String,
    /// Every error of the record.
    pub errors: Vec<FieldError>,
    /// The record's text, cut at 4 KiB.
    pub raw: String,
    /// Declared fields as raw text, in declared order; missing where the record is not well formed.
    pub fields: Vec<Option<String>>,
}

/// One error of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field at fault; empty for the record as a whole.
    pub column: String,
    /// Stable code.
    pub code: Cow<'static, str>,
    /// For people.
    pub message: String,
    /// The raw value.
    pub value: Option<String>,
}

/// Longest raw text kept of a record, in bytes.
pub(crate) const MAX_RAW: usize = 4096;

/// `text`, cut at [`MAX_RAW`] where it is longer.
pub(crate) fn capped(text: &str) -> String {
    if text.len() <= MAX_RAW {
        return text.to_owned();
    }
    let end = (0..=MAX_RAW)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0);
    format!("{}...", text.get(..end).unwrap_or_default())
}

const FIXED: [(&str, DataType); 7] = [
    ("record", DataType::UInt64),
    ("file", DataType::Utf8),
    ("line", DataType::UInt64),
    ("byte_offset", DataType::UInt64),
    ("code", DataType::Utf8),
    ("reason", DataType::Utf8),
    ("errors", DataType::Utf8),
];

/// The column of the number of the element, the second, where the source explodes an array.
const ELEMENT: &str = "element";

/// Columns of the table `SOURCE.rejects`: `record`, `file`, `line`, `byte_offset`, `code`, `reason`, `errors` (JSON), the declared fields
/// as text, `raw`; where the source explodes an array (`exploded`), `element` behind `record`. A declared field with one of these names
/// keeps the name `field_NAME`.
pub fn rejects_schema<'a>(fields: impl IntoIterator<Item = &'a str>, exploded: bool) -> SchemaRef {
    let mut columns: Vec<Field> = FIXED
        .iter()
        .map(|(n, t)| Field::new(*n, t.clone(), false))
        .collect();
    if exploded {
        columns.insert(1, Field::new(ELEMENT, DataType::UInt64, true));
    }
    let fixed: Vec<String> = columns.iter().map(|f| f.name().clone()).collect();
    for name in fields {
        let taken = name == "raw" || fixed.iter().any(|fixed| fixed == name);
        let name = if taken {
            format!("field_{name}")
        } else {
            name.to_owned()
        };
        columns.push(Field::new(name, DataType::Utf8, true));
    }
    columns.push(Field::new("raw", DataType::Utf8, false));
    Arc::new(Schema::new(columns))
}

/// Rejects as rows of [`rejects_schema`].
pub fn rejects_batch(schema: &SchemaRef, rejects: &[Reject]) -> Result<RecordBatch, ArrowError> {
    let numbers = |get: fn(&Reject) -> u64| {
        let mut column = UInt64Builder::with_capacity(rejects.len());
        rejects.iter().for_each(|r| column.append_value(get(r)));
        Arc::new(column.finish()) as ArrayRef
    };
    fn texts<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> ArrayRef {
        let (rows, bytes) = values.clone().fold((0, 0), |(rows, bytes), value| {
            (rows + 1, bytes + value.map_or(0, str::len))
        });
        let mut column = StringBuilder::with_capacity(rows, bytes);
        values.for_each(|v| column.append_option(v));
        Arc::new(column.finish())
    }
    let mut columns = vec![
        numbers(|r| r.record),
        texts(rejects.iter().map(|r| Some(&*r.file))),
        numbers(|r| r.line),
        numbers(|r| r.byte_offset),
        texts(rejects.iter().map(|r| Some(&*r.code))),
        texts(rejects.iter().map(|r| Some(r.reason.as_str()))),
        errors_json(rejects)?,
    ];
    if schema.field(1).name() == ELEMENT {
        let elements = rejects.iter().map(|r| r.element);
        columns.insert(1, Arc::new(elements.collect::<UInt64Array>()));
    }
    for i in 0..schema.fields().len() - columns.len() - 1 {
        columns.push(texts(rejects.iter().map(|r| r.fields.get(i)?.as_deref())));
    }
    columns.push(texts(rejects.iter().map(|r| Some(r.raw.as_str()))));
    RecordBatch::try_new(Arc::clone(schema), columns)
}

/// The errors of each, in the order in which the fields are declared.
fn errors_json(rejects: &[Reject]) -> Result<ArrayRef, ArrowError> {
    let mut column = StringBuilder::new();
    let mut json = Vec::new();
    for reject in rejects {
        json.clear();
        serde_json::to_writer(&mut json, &reject.errors)
            .map_err(|e| ArrowError::JsonError(e.to_string()))?;
        column.append_value(std::str::from_utf8(&json)?);
    }
    Ok(Arc::new(column.finish()))
}
