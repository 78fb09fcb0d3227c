//! Rows as text: CSV, JSON arrays, JSON Lines.
//!
//! A batch is resolved once into [`column::Column`]s, plain slices with the type as an enum; then one loop runs over the rows and, inside
//! it, over the columns, and appends to one buffer. A cell costs a predictable jump and a copy of fixed width where the value is short:
//! nothing is allocated a cell, and clean text is never looked at byte by byte.

mod append;
mod cell;
mod civil;
mod column;
mod csv;
mod formula;
mod json;
mod number;
mod quoted;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;

use crate::error::{Cause, Error};
use crate::format::{self, Format};
use column::Column;

pub(crate) use cell::{Cell, Cells};

/// Formats the rows of one table as text. Immutable, so threads may share it.
///
/// The bytes of a file are [`begin`](Self::begin), [`rows`](Self::rows) of every batch in order, [`end`](Self::end).
///
/// | type | CSV | JSON |
/// |---|---|---|
/// | text | as it is | string; UTF-8 stays, only `"`, `\` and control characters are escaped |
/// | integers, decimals | exact, decimals with all digits of their scale | number |
/// | floats | shortest text that reads back the same; `NaN`, `inf`, `-inf` | number; `null` for the three |
/// | boolean | `true`, `false` | same |
/// | date, time | `2023-01-15`, `10:30:00` | string |
/// | timestamp | `2024-07-10T10:00:00Z`; 3, 6 or 9 digits of fraction where not zero; no `Z` where the type has no zone | string |
/// | duration, interval | ISO 8601, `PT1H30M` | string |
/// | binary | lower-case hexadecimal | string |
/// | list, struct, map | compact JSON as text | nested |
/// | missing | the null text | `null` |
///
/// Dictionaries are written as their values. Unions, run-end encoded and list-view columns are refused by [`RowEncoder::new`].
#[derive(Debug)]
pub struct RowEncoder {
    schema: SchemaRef,
    syntax: Syntax,
}

#[derive(Debug)]
enum Syntax {
    Csv(csv::Dialect),
    Json(json::Layout),
}

impl RowEncoder {
    /// An encoder for tables of this schema.
    ///
    /// # Errors
    /// [`ErrorKind::Options`](crate::ErrorKind::Options) for an unusable delimiter; [`ErrorKind::Schema`](crate::ErrorKind::Schema) for
    /// a column type without a text form, two JSON keys of one name, and a CSV without columns; [`ErrorKind::Internal`](crate::ErrorKind::Internal) for the formats that
    /// are no text.
    pub fn new(schema: &SchemaRef, format: &Format) -> Result<Self, Error> {
        format::check(format)?;
        let name = match format {
            Format::Csv { .. } => "CSV",
            Format::Json { .. } | Format::JsonLines => "JSON",
            Format::Parquet | Format::Xlsx { .. } => {
                return Err(Cause::Internal("not a text format").into());
            }
        };
        check_types(schema, name)?;
        let syntax = match format {
            Format::Csv {
                delimiter,
                null,
                header,
                bom,
                spreadsheet_safe,
            } => Syntax::Csv(csv::Dialect::new(
                schema,
                *delimiter,
                null,
                *header,
                *bom,
                *spreadsheet_safe,
            )?),
            Format::Json { indent } => {
                Syntax::Json(json::Layout::new(schema, json::Framing::Array, *indent)?)
            }
            _ => Syntax::Json(json::Layout::new(schema, json::Framing::Lines, None)?),
        };
        Ok(Self {
            schema: SchemaRef::clone(schema),
            syntax,
        })
    }

    /// Appends what stands before the first row; how many names of columns were changed so that a spreadsheet is safe from them.
    pub fn begin(&self, out: &mut Vec<u8>) -> u64 {
        match &self.syntax {
            Syntax::Csv(dialect) => dialect.begin(out),
            Syntax::Json(layout) => {
                layout.begin(out);
                0
            }
        }
    }

    /// Appends the rows of a batch; how many cells were changed so that a spreadsheet is safe from them.
    ///
    /// `rows_before` is the number of rows of the file before this batch; only whether it is zero matters, since a JSON array has no
    /// separator before its first row.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) where the columns are not of the types that the encoder was made for.
    pub fn rows(
        &self,
        batch: &RecordBatch,
        rows_before: u64,
        out: &mut Vec<u8>,
    ) -> Result<u64, Error> {
        check_batch(&self.schema, batch)?;
        let columns = batch
            .columns()
            .iter()
            .map(|array| Column::new(array))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(match &self.syntax {
            Syntax::Csv(dialect) => dialect.rows(&columns, batch.num_rows(), out),
            Syntax::Json(layout) => {
                layout.rows(&columns, batch.num_rows(), rows_before, out);
                0
            }
        })
    }

    /// The rows of a batch encoded as if others stood before it, made the first of the file: for encoding batches on threads that do
    /// not know which comes first.
    pub fn without_separator<'t>(&self, rows: &'t [u8]) -> &'t [u8] {
        match &self.syntax {
            Syntax::Csv(_) => rows,
            Syntax::Json(layout) => layout.without_separator(rows),
        }
    }

    /// Appends what stands after the last of `total_rows` rows.
    pub fn end(&self, total_rows: u64, out: &mut Vec<u8>) {
        if let Syntax::Json(layout) = &self.syntax {
            layout.end(total_rows, out);
        }
    }
}

/// Refuses columns that have no text form.
pub(crate) fn check_types(schema: &SchemaRef, format: &'static str) -> Result<(), Error> {
    let mut fields = schema.fields().iter();
    fields.try_for_each(|field| column::check(field.data_type(), field.name(), format))
}

/// Compares the column types of a batch with those of its table; names and nullability are the table's.
pub(crate) fn check_batch(schema: &SchemaRef, batch: &RecordBatch) -> Result<(), Error> {
    if batch.num_columns() != schema.fields().len() {
        return Err(Cause::Batch(format!(
            "{} columns where the table has {}",
            batch.num_columns(),
            schema.fields().len()
        ))
        .into());
    }
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        if field.data_type() != array.data_type() {
            return Err(Cause::Batch(format!(
                "column {} is {} where the table has {}",
                field.name(),
                array.data_type(),
                field.data_type()
            ))
            .into());
        }
    }
    Ok(())
}

/// `2024-07-10T10:00:00Z` of seconds since 1970.
pub(crate) fn utc_seconds(seconds: i64) -> String {
    let mut text = Vec::new();
    civil::timestamp(seconds, civil::Ticks::Second, true, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
