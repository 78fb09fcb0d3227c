//! JSON after RFC 8259: an array of objects or an object a line.
//!
//! Everything between two values is known before the first row: the separator of the rows, the indentation, the escaped key. It is kept
//! as one piece of bytes a column, its *lead*, so a cell is the lead and the value. Rows of an array carry their separator in front, and
//! the first row of the file drops it.

use arrow::array::StringViewArray;
use arrow::datatypes::SchemaRef;

use super::append::{any_of_block, append, append_block};
use super::column::{Column, Nested, Text, Values};
use super::quoted::{is_special, string};
use crate::error::{Cause, Error};

/// What holds the objects together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Array,
    Lines,
}

#[derive(Debug)]
pub(super) struct Layout {
    framing: Framing,
    /// What stands before the value of each column, in the first one the separator of the rows too.
    leads: Vec<Vec<u8>>,
    /// What stands after the value of the last column.
    tail: Vec<u8>,
    /// Spaces of a level and levels of a column's value, for lists and structs.
    indent: Option<Indent>,
}

/// White space inside nested values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Indent {
    spaces: usize,
    level: usize,
}

impl Indent {
    fn deeper(self) -> Self {
        Self {
            level: self.level + 1,
            ..self
        }
    }

    fn line(self, out: &mut Vec<u8>) {
        out.push(b'\n');
        out.resize(out.len() + self.spaces * self.level, b' ');
    }
}

/// A new line at a level, where the layout has lines.
fn line(indent: Option<Indent>, out: &mut Vec<u8>) {
    if let Some(indent) = indent {
        indent.line(out);
    }
}

impl Layout {
    pub(super) fn new(
        schema: &SchemaRef,
        framing: Framing,
        indent: Option<u8>,
    ) -> Result<Self, Error> {
        let row = indent.map(|spaces| Indent {
            spaces: spaces.into(),
            level: 1,
        });
        let mut first = Vec::new();
        if framing == Framing::Array {
            first.push(b',');
            match row {
                Some(row) => row.line(&mut first),
                None => first.push(b'\n'),
            }
        }
        first.push(b'{');
        let fields = schema.fields();
        let mut leads = Vec::with_capacity(fields.len());
        for (i, field) in fields.iter().enumerate() {
            if fields[..i].iter().any(|other| other.name() == field.name()) {
                return Err(Cause::DuplicateColumn(field.name().clone()).into());
            }
            let mut lead = match i {
                0 => std::mem::take(&mut first),
                _ => vec![b','],
            };
            line(row.map(Indent::deeper), &mut lead);
            string(field.name().as_bytes(), &mut lead);
            lead.push(b':');
            if row.is_some() {
                lead.push(b' ');
            }
            leads.push(lead);
        }
        let mut tail = first;
        if !leads.is_empty() {
            line(row, &mut tail);
        }
        tail.push(b'}');
        if framing == Framing::Lines {
            tail.push(b'\n');
        }
        Ok(Self {
            framing,
            leads,
            tail,
            indent: row.map(Indent::deeper),
        })
    }

    pub(super) fn begin(&self, out: &mut Vec<u8>) {
        if self.framing == Framing::Array {
            out.push(b'[');
        }
    }

    /// Rows that were encoded as not the first of the file, without the comma in front.
    pub(super) fn without_separator<'t>(&self, rows: &'t [u8]) -> &'t [u8] {
        match self.framing {
            Framing::Array => rows.get(1..).unwrap_or_default(),
            Framing::Lines => rows,
        }
    }

    pub(super) fn rows(
        &self,
        columns: &[Column<'_>],
        rows: usize,
        rows_before: u64,
        out: &mut Vec<u8>,
    ) {
        let mut rows = 0..rows;
        if self.framing == Framing::Array
            && rows_before == 0
            && let Some(first) = rows.next()
        {
            let start = out.len();
            self.row(columns, first, out);
            out.remove(start);
        }
        for row in rows {
            self.row(columns, row, out);
        }
    }

    #[inline(always)]
    fn row(&self, columns: &[Column<'_>], row: usize, out: &mut Vec<u8>) {
        for (lead, column) in self.leads.iter().zip(columns) {
            append(out, lead);
            value(column, row, self.indent, out);
        }
        append(out, &self.tail);
    }

    pub(super) fn end(&self, total_rows: u64, out: &mut Vec<u8>) {
        match (self.framing, total_rows) {
            (Framing::Lines, _) => {}
            (Framing::Array, 0) => append(out, b"]\n"),
            (Framing::Array, _) => append(out, b"\n]\n"),
        }
    }
}

#[inline(always)]
fn value(column: &Column<'_>, row: usize, indent: Option<Indent>, out: &mut Vec<u8>) {
    if column.is_null(row) {
        append(out, b"null");
        return;
    }
    match &column.values {
        Values::Text(Text::View(array, views)) => view(array, views[row], row, out),
        Values::Text(text) => string(text.bytes(row), out),
        Values::Bare(values) => values.write(row, out),
        Values::Float(values) if values.is_finite(row) => values.write(row, out),
        Values::Float(_) | Values::Null => append(out, b"null"),
        Values::Plain(values) => {
            out.push(b'"');
            values.write(row, out);
            out.push(b'"');
        }
        Values::Nested(values) => nested(values, row, indent, out),
        Values::Dictionary(keys, values) => inner_value(values, keys[row], indent, out),
    }
}

/// [`value`] out of line, for the places that it calls itself from.
#[inline(never)]
fn inner_value(column: &Column<'_>, row: usize, indent: Option<Indent>, out: &mut Vec<u8>) {
    value(column, row, indent, out);
}

/// A text of at most twelve bytes lies in its view: it is judged, quoted and stored as one register.
#[inline(always)]
fn view(array: &StringViewArray, view: u128, row: usize, out: &mut Vec<u8>) {
    const SPACES: u128 = u128::from_le_bytes([b' '; 16]);
    const QUOTE: u128 = b'"' as u128;
    let len = view as u32 as usize;
    if len <= 12 {
        let text = view >> 32;
        // Spaces after the text, where the zeros of the view would count as control characters.
        let padded = text | (SPACES << (8 * len));
        if !any_of_block(&padded.to_le_bytes(), is_special) {
            let cell = QUOTE | (text << 8) | (QUOTE << (8 * (len + 1)));
            append_block(out, &cell.to_le_bytes(), len + 2);
            return;
        }
    }
    string(array.value(row).as_bytes(), out);
}

/// Appends a list, struct or map; `indent` is the level of the value itself, `None` the compact form.
pub(super) fn nested(values: &Nested<'_>, row: usize, indent: Option<Indent>, out: &mut Vec<u8>) {
    match values {
        Nested::List32(offsets, items) => {
            list(
                items,
                offsets[row] as usize..offsets[row + 1] as usize,
                indent,
                out,
            );
        }
        Nested::List64(offsets, items) => {
            list(
                items,
                offsets[row] as usize..offsets[row + 1] as usize,
                indent,
                out,
            );
        }
        Nested::ListFixed(width, items) => {
            list(items, row * width..(row + 1) * width, indent, out);
        }
        Nested::Struct(fields) => {
            let keys = fields.iter();
            object(keys, indent, out, |(key, column), indent, out| {
                append(out, key);
                if indent.is_some() {
                    out.push(b' ');
                }
                inner_value(column, row, indent, out);
            });
        }
        Nested::Map(offsets, keys, values) => {
            let entries = offsets[row] as usize..offsets[row + 1] as usize;
            object(entries, indent, out, |entry, indent, out| {
                map_key(keys, entry, out);
                out.push(b':');
                if indent.is_some() {
                    out.push(b' ');
                }
                inner_value(values, entry, indent, out);
            });
        }
    }
}

fn list(
    items: &Column<'_>,
    range: std::ops::Range<usize>,
    indent: Option<Indent>,
    out: &mut Vec<u8>,
) {
    sequence((b'[', b']'), range, indent, out, |item, indent, out| {
        inner_value(items, item, indent, out);
    });
}

fn object<T>(
    entries: impl Iterator<Item = T>,
    indent: Option<Indent>,
    out: &mut Vec<u8>,
    write: impl FnMut(T, Option<Indent>, &mut Vec<u8>),
) {
    sequence((b'{', b'}'), entries, indent, out, write);
}

fn sequence<T>(
    (open, close): (u8, u8),
    items: impl Iterator<Item = T>,
    indent: Option<Indent>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, Option<Indent>, &mut Vec<u8>),
) {
    let inner = indent.map(Indent::deeper);
    out.push(open);
    let mut empty = true;
    for item in items {
        if !empty {
            out.push(b',');
        }
        empty = false;
        line(inner, out);
        write(item, inner, out);
    }
    if !empty {
        line(indent, out);
    }
    out.push(close);
}

/// A key is a string whatever its type.
fn map_key(keys: &Column<'_>, entry: usize, out: &mut Vec<u8>) {
    let start = out.len();
    inner_value(keys, entry, None, out);
    if out.get(start) != Some(&b'"') {
        out.insert(start, b'"');
        out.push(b'"');
    }
}
