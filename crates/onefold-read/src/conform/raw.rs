//! The raw values of one field, wherever they lie.

use arrow::array::{Array, StringViewArray};

use crate::raw::Records;
use crate::views::In;
use crate::written::Written;

/// Raw values of one field.
pub(super) trait Raw {
    fn get(&self, row: usize) -> Option<&str>;
    /// Where the value lies, if in a buffer that the typed column may share.
    fn place(&self, row: usize) -> Option<(In, usize)>;
    /// What the value was before it became text.
    fn written(&self, row: usize) -> Written;
    /// Whether values kept as JSON have been read as such.
    fn is_json(&self) -> bool {
        false
    }
}

pub(super) struct Cells<'a> {
    pub(super) text: &'a str,
    pub(super) records: &'a Records,
    pub(super) column: usize,
}

impl Raw for Cells<'_> {
    #[inline]
    fn get(&self, row: usize) -> Option<&str> {
        self.records.get(self.text, row, self.column)
    }

    #[inline]
    fn place(&self, row: usize) -> Option<(In, usize)> {
        let cell = self.records.cells[row * self.records.width + self.column];
        Some((
            if cell.is_side() { In::Side } else { In::Text },
            cell.start(),
        ))
    }

    fn written(&self, row: usize) -> Written {
        let cell = self.records.cells[row * self.records.width + self.column];
        let before = self.text.as_bytes().get(cell.start().wrapping_sub(1));
        // Among the values of JSON that are not text, only numbers can be read as numbers.
        match self.records.is_json && !cell.is_side() && before != Some(&b'"') {
            true => Written::Number,
            false => Written::Text,
        }
    }

    fn is_json(&self) -> bool {
        self.records.is_json
    }
}

/// The cells of a sheet: numbers and dates are known to be such, and an error has no value.
pub(super) struct SheetCells<'a>(pub(super) Cells<'a>);

impl Raw for SheetCells<'_> {
    fn get(&self, row: usize) -> Option<&str> {
        let Cells {
            text,
            records,
            column,
        } = &self.0;
        let found = records.get(text, row, *column);
        found.filter(|_| !records.is_error(text, row, *column))
    }

    fn place(&self, row: usize) -> Option<(In, usize)> {
        self.0.place(row)
    }

    fn written(&self, row: usize) -> Written {
        let Cells {
            text,
            records,
            column,
        } = &self.0;
        if !records.is_bare(row, *column) {
            return Written::Text;
        }
        let value = records.get(text, row, *column).unwrap_or_default();
        let is_date = value.as_bytes().get(4) == Some(&b'-') && value.len() >= 8;
        match is_date || value.contains(':') {
            true => Written::Time,
            false => Written::Number,
        }
    }
}

/// An Arrow column of text.
pub(super) struct Texts<'a> {
    pub(super) array: &'a StringViewArray,
    pub(super) written: Written,
}

impl Raw for Texts<'_> {
    fn get(&self, row: usize) -> Option<&str> {
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    fn place(&self, _: usize) -> Option<(In, usize)> {
        None
    }

    fn written(&self, _: usize) -> Written {
        self.written
    }
}

impl Raw for str {
    fn get(&self, _: usize) -> Option<&str> {
        Some(self)
    }

    fn place(&self, _: usize) -> Option<(In, usize)> {
        None
    }

    fn written(&self, _: usize) -> Written {
        Written::Author
    }
}

/// Raw values of a field that a version does not have.
pub(super) struct Absent;

impl Raw for Absent {
    fn get(&self, _: usize) -> Option<&str> {
        None
    }

    fn place(&self, _: usize) -> Option<(In, usize)> {
        None
    }

    fn written(&self, _: usize) -> Written {
        Written::Text
    }
}
