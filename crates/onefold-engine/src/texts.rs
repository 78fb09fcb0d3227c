//! The rows of a table as text, as a CSV file would hold them.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use onefold_write::{Format, RowEncoder};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::Error;

/// A table as text, column by column.
pub(crate) struct Rows {
    names: Vec<String>,
    /// Types of the columns.
    pub(crate) types: Vec<DataType>,
    columns: Vec<Vec<Option<String>>>,
    len: usize,
}

impl Rows {
    /// Reads the first `most` rows of a table that a run has published as Parquet.
    pub(crate) fn read(path: &Path, most: usize) -> Result<Self, Error> {
        let file = std::fs::File::open(path).map_err(Error::internal)?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(Error::internal)?;
        let reader = reader.with_limit(most);
        let schema = Arc::clone(reader.schema());
        Self::of(&schema, reader.build().map_err(Error::internal)?)
    }

    /// Rows that are there.
    pub(crate) fn of(
        schema: &SchemaRef,
        batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    ) -> Result<Self, Error> {
        let mut rows = Self {
            names: schema
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect(),
            types: schema
                .fields()
                .iter()
                .map(|field| field.data_type().clone())
                .collect(),
            columns: schema.fields().iter().map(|_| Vec::new()).collect(),
            len: 0,
        };
        let format = Format::Csv {
            delimiter: b',',
            null: String::new(),
            header: false,
            bom: false,
            spreadsheet_safe: false,
        };
        let mut text = Vec::new();
        for batch in batches {
            let batch = batch?;
            rows.len += batch.num_rows();
            for (place, cells) in rows.columns.iter_mut().enumerate() {
                if let Some(texts) = batch.column(place).as_string_view_opt() {
                    cells.extend(texts.iter().map(|text| text.map(str::to_owned)));
                    continue;
                }
                let column = batch.project(&[place])?;
                let encoder = RowEncoder::new(&column.schema(), &format)?;
                for row in 0..column.num_rows() {
                    if column.column(0).is_null(row) {
                        cells.push(None);
                        continue;
                    }
                    text.clear();
                    encoder.rows(&column.slice(row, 1), 1, &mut text)?;
                    cells.push(Some(unquoted(&String::from_utf8_lossy(&text))));
                }
            }
        }
        Ok(rows)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The values of a row.
    pub(crate) fn row(&self, row: usize) -> Vec<Option<String>> {
        let places = 0..self.columns.len();
        places
            .map(|place| self.value(row, place).map(str::to_owned))
            .collect()
    }

    /// The values of each row.
    pub(crate) fn into_rows(self) -> impl Iterator<Item = Vec<Option<String>>> {
        let columns = self.columns.into_iter();
        let mut columns: Vec<_> = columns.map(Vec::into_iter).collect();
        let row = move |_| {
            columns
                .iter_mut()
                .map(|cells| cells.next().flatten())
                .collect()
        };
        (0..self.len).map(row)
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// A value; `None` where it is missing.
    pub(crate) fn value(&self, row: usize, column: usize) -> Option<&str> {
        self.columns.get(column)?.get(row)?.as_deref()
    }
}

/// The value of a line of one cell.
fn unquoted(line: &str) -> String {
    let cell = line.strip_suffix('\n').unwrap_or(line);
    let inner = cell
        .strip_prefix('"')
        .and_then(|cell| cell.strip_suffix('"'));
    match inner {
        Some(inner) => inner.replace("\"\"", "\""),
        None => cell.to_owned(),
    }
}
