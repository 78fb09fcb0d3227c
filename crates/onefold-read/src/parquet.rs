//! Parquet sources: columns are brought to text and pass the same rules as any other source, or, undeclared, stay what they are.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StructArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Fields, SchemaRef};
use arrow::util::display::FormatOptions;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::error::Error;
use crate::fields::{Plan, RawColumn};
use crate::input::InputFile;
use crate::raw::Keep;

const ROWS: usize = 16 * 1024;

/// Opens a file. The library may panic on corrupt files; that is a corrupt file too.
pub(crate) fn open(file: &InputFile) -> Result<ParquetRecordBatchReader, Error> {
    let handle = File::open(&file.path).map_err(|e| Error::io(&file.path, e))?;
    let corrupt = |what: String| {
        Error::unreadable(
            &file.path,
            format_args!("it is no sound Parquet file: {what}"),
        )
    };
    std::panic::catch_unwind(|| {
        ParquetRecordBatchReaderBuilder::try_new(handle)
            .and_then(|b| b.with_batch_size(ROWS).build())
    })
    .unwrap_or_else(|_| {
        Err(parquet::errors::ParquetError::General(
            "its metadata is corrupt".into(),
        ))
    })
    .map_err(|e| corrupt(e.to_string()))
}

/// The next batch of a file.
pub(crate) fn next(
    reader: &mut ParquetRecordBatchReader,
    file: &InputFile,
) -> Result<Option<RecordBatch>, Error> {
    let corrupt = |what: String| {
        Error::unreadable(
            &file.path,
            format_args!("it is no sound Parquet file: {what}"),
        )
    };
    let mut reader = std::panic::AssertUnwindSafe(reader);
    match std::panic::catch_unwind(move || reader.next()) {
        Ok(None) => Ok(None),
        Ok(Some(batch)) => batch.map(Some).map_err(|e| corrupt(e.to_string())),
        Err(_) => Err(corrupt("a page is corrupt".into())),
    }
}

/// Names of a file's columns.
pub(crate) fn columns(schema: &SchemaRef) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}

/// The raw columns of a batch as text; a column that the file lacks is all missing.
pub(crate) fn raw_columns(
    plan: &Plan,
    batch: &RecordBatch,
    file: &InputFile,
) -> Result<Vec<ArrayRef>, Error> {
    plan.raw
        .iter()
        .map(|column| text(batch, column, file))
        .collect()
}

/// Whether a schema has a column, or a path into its structs.
pub(crate) fn has(schema: &SchemaRef, path: &[String]) -> bool {
    let mut fields = schema.fields();
    for (depth, name) in path.iter().enumerate() {
        match fields.find(name).map(|(_, field)| field.data_type()) {
            Some(DataType::Struct(inside)) => fields = inside,
            Some(_) => return depth + 1 == path.len(),
            None => return false,
        }
    }
    true
}

/// Columns, and fields of the structs that a plan looks into, that the plan does not mention.
pub(crate) fn unknown(plan: &Plan, schema: &SchemaRef) -> Vec<String> {
    let mut found = Vec::new();
    gather_unknown(plan, schema.fields(), &mut Vec::new(), &mut found);
    found
}

fn gather_unknown(plan: &Plan, fields: &Fields, path: &mut Vec<String>, found: &mut Vec<String>) {
    for field in fields {
        path.push(field.name().clone());
        let mut mentions = plan
            .raw
            .iter()
            .filter(|column| column.path.starts_with(path))
            .peekable();
        if mentions.peek().is_none() {
            let column = path.join(".");
            if !plan.ignored.has(&column) {
                found.push(column);
            }
        } else if let DataType::Struct(inside) = field.data_type()
            && mentions.any(|column| column.path.len() > path.len())
        {
            gather_unknown(plan, inside, path, found);
        }
        path.pop();
    }
}

fn text(batch: &RecordBatch, column: &RawColumn, file: &InputFile) -> Result<ArrayRef, Error> {
    let Some(found) = find(batch, &column.path).filter(|_| column.keep != Keep::Presence) else {
        return Ok(arrow::array::new_null_array(
            &DataType::Utf8View,
            batch.num_rows(),
        ));
    };
    let options = CastOptions {
        safe: true,
        format_options: FormatOptions::default()
            .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ")),
    };
    // Zoned time stamps are brought to UTC first, so that their text needs no zone of its own.
    let found = match found.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            let utc = DataType::Timestamp(*unit, Some("UTC".into()));
            cast_with_options(&found, &utc, &options)
        }
        _ => Ok(found),
    };
    found
        .and_then(|a| cast_with_options(&a, &DataType::Utf8, &options))
        .and_then(|a| cast_with_options(&a, &DataType::Utf8View, &options))
        .map_err(|e| {
            Error::unreadable(
                &file.path,
                format_args!(
                    "column `{}` cannot be read as text: {e}",
                    column.path.join(".")
                ),
            )
        })
}

fn find(batch: &RecordBatch, path: &[String]) -> Option<ArrayRef> {
    let (first, inside) = path.split_first()?;
    let mut found = Arc::clone(batch.column_by_name(first)?);
    for name in inside {
        let part = found.as_any().downcast_ref::<StructArray>()?;
        found = Arc::clone(part.column_by_name(name)?);
    }
    Some(found)
}
