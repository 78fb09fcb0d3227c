//! Cells, row by row, to the text of a sheet.

use super::limits::{MAX_COLUMNS, MAX_ROWS, MAX_TEXT};
use super::trouble::Trouble;

/// A cell as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    /// A number, a date, a time or a truth value, in standard form.
    Typed(&'a str),
    /// An error such as `#N/A`.
    Error(&'a str),
}

/// A sheet in the making.
#[derive(Debug)]
pub(super) struct Grid {
    text: Vec<u8>,
    /// Bytes that the text may have.
    most: usize,
    /// Where the next cell may stand.
    row: u32,
    column: u32,
    /// For each column the last row that has something in it.
    last_filled: Vec<Option<u32>>,
    /// Formulas that have no value.
    pub(super) unvalued: u64,
}

/// The text of a sheet.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// See [`crate::workbook`].
    pub(crate) text: Vec<u8>,
    /// For each column the last row, from 0, that has something in it.
    pub(crate) last_filled: Vec<Option<u32>>,
    /// Formulas that have no value.
    pub(crate) unvalued: u64,
}

impl Default for Grid {
    fn default() -> Self {
        Self::of_at_most(MAX_TEXT)
    }
}

impl Grid {
    /// An empty one, whose text may have so many bytes.
    pub(super) fn of_at_most(most: usize) -> Self {
        Self {
            text: Vec::new(),
            most,
            row: 0,
            column: 0,
            last_filled: Vec::new(),
            unvalued: 0,
        }
    }

    /// Adds a cell, right of or below all others. White space alone is nothing.
    pub(super) fn add(&mut self, row: u32, column: u32, cell: Cell<'_>) -> Result<(), Trouble> {
        let (Cell::Text(text) | Cell::Typed(text) | Cell::Error(text)) = cell;
        if text.trim().is_empty() {
            return Ok(());
        }
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            return Err(Trouble::damaged(format_args!(
                "a cell stands in row {} and column {}",
                u64::from(row) + 1,
                u64::from(column) + 1
            )));
        }
        if row < self.row || (row == self.row && column < self.column) {
            return Err(Trouble::damaged(format_args!(
                "the cells of row {} are not in order",
                row + 1
            )));
        }
        while self.row < row {
            self.text.push(b'\n');
            self.row += 1;
            self.column = 0;
        }
        // A cell that is written is followed by a comma or the end of its row.
        let written = self.column.saturating_sub(1);
        let commas = column.saturating_sub(written);
        self.text.extend((0..commas).map(|_| b','));
        self.column = column + 1;
        self.write(cell);
        if self.text.len() > self.most {
            let what = format!("with a sheet of more than {} GiB", self.most >> 30);
            return Err(Trouble::too_large(&what));
        }
        let columns = self.last_filled.len().max(column as usize + 1);
        self.last_filled.resize(columns, None);
        if let Some(last) = self.last_filled.get_mut(column as usize) {
            *last = Some(row);
        }
        Ok(())
    }

    fn write(&mut self, cell: Cell<'_>) {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"+-.:".contains(&b);
        match cell {
            Cell::Typed(text) if text.bytes().all(is_plain) => {
                self.text.extend_from_slice(text.as_bytes());
            }
            Cell::Error(text) => {
                let plain = text
                    .bytes()
                    .filter(|b| is_plain(*b) || b"/!?_ ".contains(b));
                self.text.push(b'#');
                self.text.extend(plain);
            }
            Cell::Text(text) | Cell::Typed(text) => {
                self.text.push(b'"');
                for byte in text.bytes() {
                    match byte {
                        b'"' => self.text.extend_from_slice(b"\"\""),
                        b'\\' => self.text.extend_from_slice(b"\\\\"),
                        b'\n' => self.text.extend_from_slice(b"\\n"),
                        b'\r' => self.text.extend_from_slice(b"\\r"),
                        byte => self.text.push(byte),
                    }
                }
                self.text.push(b'"');
            }
        }
    }

    pub(super) fn finish(mut self) -> Sheet {
        if !self.text.is_empty() {
            self.text.push(b'\n');
        }
        Sheet {
            text: self.text,
            last_filled: self.last_filled,
            unvalued: self.unvalued,
        }
    }
}
