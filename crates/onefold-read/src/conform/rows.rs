//! The raw records of one chunk, cells over its text or columns of Parquet.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::buffer::Buffer;

use super::raw::{Cells, Raw};
use crate::parquet;
use crate::plan::{PlannedField, PlannedOrigin};
use crate::raw::Records;
use crate::unreadable::Unreadable;
use crate::views::ViewColumn;

/// Raw records of one chunk, wherever they come from.
pub(crate) enum RawRows {
    /// Cells over the chunk's text.
    Cells { text: String, records: Records },
    /// Columns of Parquet, one for each raw column.
    Columns {
        columns: Vec<parquet::Column>,
        rows: usize,
    },
}

impl RawRows {
    pub(crate) fn len(&self) -> usize {
        match self {
            RawRows::Cells { records, .. } => records.len(),
            RawRows::Columns { rows, .. } => *rows,
        }
    }
}

/// Rows whose text has become an Arrow buffer.
pub(super) enum Shared {
    Cells { text: Buffer, records: Records },
    Columns(Vec<parquet::Column>),
}

pub(super) fn share(rows: RawRows) -> (Buffer, Buffer, Shared) {
    match rows {
        RawRows::Cells { text, records } => {
            let text = Buffer::from_vec(text.into_bytes());
            let side = Buffer::from_vec(records.side.clone().into_bytes());
            (text.clone(), side, Shared::Cells { text, records })
        }
        RawRows::Columns { columns, .. } => {
            let empty = Buffer::from_vec(Vec::<u8>::new());
            (empty.clone(), empty, Shared::Columns(columns))
        }
    }
}

/// The text that a chunk's buffer was made from.
pub(super) fn utf8(text: &Buffer) -> &str {
    #[expect(unsafe_code, reason = "the text was a String a moment ago")]
    // SAFETY: `share` made the buffer from a String, and buffers do not change.
    unsafe {
        std::str::from_utf8_unchecked(text.as_slice())
    }
}

impl Shared {
    fn get(&self, row: usize, cell: usize) -> Option<&str> {
        match self {
            Shared::Cells { text, records } => records.get(utf8(text), row, cell),
            Shared::Columns(columns) => {
                let text = &columns[cell].texts().text;
                text.is_valid(row).then(|| text.value(row))
            }
        }
    }

    /// Rows with a value that has no text in any of the raw columns, in order.
    pub(super) fn unreadable(&self, cells: &[usize]) -> Vec<(u32, Unreadable)> {
        let columns = match self {
            Shared::Columns(columns) => columns,
            Shared::Cells { text, records } => {
                return error_cells(utf8(text), records, cells);
            }
        };
        let cells = cells
            .iter()
            .flat_map(|cell| &columns[*cell].texts().unreadable);
        let mut rows: Vec<_> = cells.copied().collect();
        rows.sort_by_key(|(row, _)| *row);
        rows.dedup_by_key(|(row, _)| *row);
        rows
    }

    /// A raw column as Arrow text, for SQL.
    pub(super) fn column(
        &self,
        cell: usize,
        rows: usize,
        text: &Buffer,
        side: &Buffer,
    ) -> ArrayRef {
        match self {
            Shared::Columns(columns) => Arc::new(columns[cell].texts().text.clone()),
            Shared::Cells {
                text: chunk,
                records,
            } => {
                let raw = Cells {
                    text: utf8(chunk),
                    records,
                    column: cell,
                };
                let mut out = ViewColumn::with_capacity(rows);
                for row in 0..rows {
                    let found = raw
                        .get(row)
                        .filter(|v| !v.is_empty() && !records.is_error(raw.text, row, cell));
                    match (found, raw.place(row)) {
                        (Some(value), Some((buffer, start))) => out.push(value, buffer, start),
                        _ => out.push_null(),
                    }
                }
                out.finish(text, side)
            }
        }
    }

    pub(super) fn raw_value(&self, field: &PlannedField, row: usize) -> Option<String> {
        match &field.origin {
            PlannedOrigin::Cell(cell) => self.get(row, *cell).map(str::to_owned),
            PlannedOrigin::Value(value) => Some(value.clone()),
            PlannedOrigin::Sql { .. } | PlannedOrigin::Absent => None,
        }
    }

    pub(super) fn has(&self, row: usize, cell: usize) -> bool {
        match self {
            Shared::Cells { records, .. } => records.has(row, cell),
            Shared::Columns(columns) => columns[cell].is_valid(row),
        }
    }

    /// Rows of a sheet whose cell shows an error, in order.
    pub(super) fn error_cells(&self, cell: usize) -> Vec<(u32, Unreadable)> {
        match self {
            Shared::Cells { text, records } => error_cells(utf8(text), records, &[cell]),
            Shared::Columns(_) => Vec::new(),
        }
    }

    /// Some of the rows.
    pub(super) fn pick(&self, rows: &[u32]) -> Self {
        match self {
            Shared::Cells { text, records } => Shared::Cells {
                text: text.clone(),
                records: records.pick(rows),
            },
            Shared::Columns(columns) => {
                Shared::Columns(columns.iter().map(|column| column.pick(rows)).collect())
            }
        }
    }
}

/// Rows of which one of the cells shows an error, in order; only sheets have such.
fn error_cells(text: &str, records: &Records, cells: &[usize]) -> Vec<(u32, Unreadable)> {
    if !records.is_sheet {
        return Vec::new();
    }
    let is_error = |row: &usize| {
        let mut cells = cells.iter();
        cells.any(|cell| records.is_error(text, *row, *cell))
    };
    (0..records.len())
        .filter(is_error)
        .map(|row| (row as u32, Unreadable::ErrorCell))
        .collect()
}
