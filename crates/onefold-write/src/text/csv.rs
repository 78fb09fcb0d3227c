//! Delimited text after RFC 4180, a missing value told from an empty text.
//!
//! A text is quoted where it holds the delimiter, a quote, CR or LF, and where it looks like the null text: with `null: ""` an empty text
//! is `""` and a missing one is nothing. Outer spaces need no quotes; RFC 4180 counts them as part of the field. A file of one column
//! never has a blank line, which readers skip: there an empty cell is `""`, the one place where empty and missing coincide.
//!
//! A file for spreadsheets has an apostrophe in front of each text that one takes as a formula (see [`super::formula`]). It is part of
//! the text: whether a text is quoted is judged with it.

use arrow::array::StringViewArray;
use arrow::datatypes::SchemaRef;

use super::append::{any, any_of_block, append, append_block};
use super::column::{Column, Text, Values};
use super::formula::{GUARD, needs_guard};
use super::json;
use crate::error::{Cause, Error};

const BOM: &[u8] = "\u{feff}".as_bytes();

#[derive(Debug)]
pub(super) struct Dialect {
    delimiter: u8,
    null: Vec<u8>,
    /// The null text as the view of a short text, so that a short text is compared in one step.
    null_view: Option<u128>,
    /// What a missing value is written as: the null text, in quotes where it needs them.
    missing: Vec<u8>,
    /// Numbers and dates may need quotes: the delimiter or the null text could be one of them.
    numbers_need_care: bool,
    /// One column: an empty cell would be a blank line.
    sole_column: bool,
    /// Texts that a spreadsheet takes as a formula are guarded.
    spreadsheet_safe: bool,
    /// What the file begins with: a byte order mark, the line of names.
    header: Vec<u8>,
    /// Names of columns that are guarded.
    guarded_names: u64,
}

impl Dialect {
    pub(super) fn new(
        schema: &SchemaRef,
        delimiter: u8,
        null: &str,
        header: bool,
        bom: bool,
        spreadsheet_safe: bool,
    ) -> Result<Self, Error> {
        if schema.fields().is_empty() {
            return Err(Cause::NoColumns("CSV").into());
        }
        let sole_column = schema.fields().len() == 1;
        let in_number = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte);
        let mut dialect = Self {
            delimiter,
            null: null.as_bytes().to_vec(),
            null_view: short_view(null),
            missing: Vec::new(),
            numbers_need_care: in_number(delimiter)
                || (!null.is_empty() && null.bytes().all(in_number)),
            sole_column,
            spreadsheet_safe,
            header: Vec::new(),
            guarded_names: 0,
        };
        let mut missing = Vec::new();
        if dialect.has_special(null.as_bytes()) || (sole_column && null.is_empty()) {
            quoted(null.as_bytes(), &mut missing);
        } else {
            append(&mut missing, null.as_bytes());
        }
        dialect.missing = missing;
        if bom {
            append(&mut dialect.header, BOM);
        }
        if header {
            let mut line = Vec::new();
            dialect.guarded_names = dialect.names(schema, &mut line);
            append(&mut dialect.header, &line);
        }
        Ok(dialect)
    }

    /// Appends the line of names; how many of them are guarded.
    fn names(&self, schema: &SchemaRef, line: &mut Vec<u8>) -> u64 {
        let mut guarded_names = 0;
        for (i, field) in schema.fields().iter().enumerate() {
            if i > 0 {
                line.push(self.delimiter);
            }
            let name = field.name().as_bytes();
            let is_guarded = self.spreadsheet_safe && needs_guard(name);
            let with_guard = is_guarded.then(|| guarded(name));
            let name = with_guard.as_deref().unwrap_or(name);
            guarded_names += u64::from(is_guarded);
            // Without quotes a reader would take U+FEFF at the start of the file for a byte order mark.
            let looks_like_mark = i == 0 && name.starts_with(BOM);
            if self.has_special(name) || (self.sole_column && name.is_empty()) || looks_like_mark {
                quoted(name, line);
            } else {
                append(line, name);
            }
        }
        line.push(b'\n');
        guarded_names
    }

    /// Appends what stands before the first row; how many names are guarded.
    pub(super) fn begin(&self, out: &mut Vec<u8>) -> u64 {
        append(out, &self.header);
        self.guarded_names
    }

    /// Appends rows; how many cells are guarded.
    pub(super) fn rows(&self, columns: &[Column<'_>], rows: usize, out: &mut Vec<u8>) -> u64 {
        if self.spreadsheet_safe {
            return self.guarded_rows(columns, rows, out);
        }
        let Some((last, others)) = columns.split_last() else {
            return 0;
        };
        for row in 0..rows {
            for column in others {
                self.cell(column, row, self.delimiter, out);
            }
            self.cell(last, row, b'\n', out);
        }
        0
    }

    /// [`Self::rows`] with texts guarded: a loop of its own, so that the other has nothing to ask.
    fn guarded_rows(&self, columns: &[Column<'_>], rows: usize, out: &mut Vec<u8>) -> u64 {
        let mut count = 0;
        for row in 0..rows {
            for (i, column) in columns.iter().enumerate() {
                let end = match i + 1 == columns.len() {
                    true => b'\n',
                    false => self.delimiter,
                };
                match column.text(row).filter(|text| needs_guard(text)) {
                    Some(text) => {
                        self.text(&guarded(text), out);
                        out.push(end);
                        count += 1;
                    }
                    None => self.cell(column, row, end, out),
                }
            }
        }
        count
    }

    /// Appends a cell and what ends it.
    #[inline(always)]
    fn cell(&self, column: &Column<'_>, row: usize, end: u8, out: &mut Vec<u8>) {
        if column.is_null(row) {
            append(out, &self.missing);
            out.push(end);
            return;
        }
        let start = out.len();
        match &column.values {
            Values::Text(Text::View(array, views)) => {
                return self.view(array, views[row], row, end, out);
            }
            Values::Text(text) => self.text(text.bytes(row), out),
            Values::Bare(values) => {
                values.write(row, out);
                self.care_for_number(start, out);
            }
            Values::Float(values) => {
                values.write(row, out);
                self.care_for_number(start, out);
            }
            Values::Plain(values) => {
                values.write(row, out);
                self.care_for_number(start, out);
                // An empty byte string is the only empty text here.
                if out.len() == start {
                    self.text(b"", out);
                }
            }
            Values::Nested(values) => {
                json::nested(values, row, None, out);
                if self.needs_quotes(&out[start..]) {
                    quote_in_place(start, out);
                }
            }
            Values::Null => append(out, &self.missing),
            Values::Dictionary(keys, values) => {
                return self.inner_cell(values, keys[row], end, out);
            }
        }
        out.push(end);
    }

    /// [`Self::cell`] out of line, for the place that it calls itself from.
    #[inline(never)]
    fn inner_cell(&self, column: &Column<'_>, row: usize, end: u8, out: &mut Vec<u8>) {
        self.cell(column, row, end, out);
    }

    /// A text of at most twelve bytes lies in its view: it is judged, ended and stored as one register.
    #[inline(always)]
    fn view(&self, array: &StringViewArray, view: u128, row: usize, end: u8, out: &mut Vec<u8>) {
        let len = view as u32 as usize;
        if len <= 12 {
            let text = view >> 32;
            // The zeros after a short text are not special: the delimiter is never NUL.
            let special = any_of_block(&text.to_le_bytes(), |byte| self.is_special(byte));
            if !special && Some(view) != self.null_view && !(len == 0 && self.sole_column) {
                let cell = text | (u128::from(end) << (8 * len));
                append_block(out, &cell.to_le_bytes(), len + 1);
                return;
            }
        }
        self.text(array.value(row).as_bytes(), out);
        out.push(end);
    }

    #[inline]
    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        if self.needs_quotes(text) {
            quoted(text, out);
        } else {
            append(out, text);
        }
    }

    #[inline(always)]
    fn needs_quotes(&self, text: &[u8]) -> bool {
        self.has_special(text) || text == self.null || (text.is_empty() && self.sole_column)
    }

    #[inline(always)]
    fn has_special(&self, text: &[u8]) -> bool {
        any(text, |byte| self.is_special(byte))
    }

    #[inline(always)]
    fn is_special(&self, byte: u8) -> bool {
        (byte == self.delimiter) | (byte == b'"') | (byte == b'\n') | (byte == b'\r')
    }

    #[inline(always)]
    fn care_for_number(&self, start: usize, out: &mut Vec<u8>) {
        if self.numbers_need_care && self.needs_quotes(&out[start..]) {
            quote_in_place(start, out);
        }
    }
}

/// The view of a text of at most twelve bytes: its length, then its bytes.
fn short_view(text: &str) -> Option<u128> {
    let mut view = [0; 16];
    view[4..]
        .get_mut(..text.len())?
        .copy_from_slice(text.as_bytes());
    view[0] = text.len() as u8;
    Some(u128::from_le_bytes(view))
}

/// A text with the guard in front.
fn guarded(text: &[u8]) -> Vec<u8> {
    [&[GUARD], text].concat()
}

fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if any(text, |byte| byte == b'"') {
        for &byte in text {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
    } else {
        append(out, text);
    }
    out.push(b'"');
}

/// Quotes what was appended since `start`, from its end to its start so that nothing is copied aside.
fn quote_in_place(start: usize, out: &mut Vec<u8>) {
    let mut from = out.len();
    let quotes = out[start..].iter().filter(|&&byte| byte == b'"').count();
    let mut to = from + quotes + 2;
    out.resize(to, b'"');
    to -= 1;
    while from > start {
        from -= 1;
        to -= 1;
        let byte = out[from];
        out[to] = byte;
        if byte == b'"' {
            to -= 1;
            out[to] = b'"';
        }
    }
    out[start] = b'"';
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_place() {
        for (text, expected) in [
            ("", "x\"\""),
            ("1,5", "x\"1,5\""),
            ("[\"a\"]", "x\"[\"\"a\"\"]\""),
            ("\"\"", "x\"\"\"\"\"\""),
        ] {
            let mut out = format!("x{text}").into_bytes();
            quote_in_place(1, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
            let mut out = b"x".to_vec();
            quoted(text.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
