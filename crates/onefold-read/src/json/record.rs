//! One record: its text checked, its wanted values noted.

use super::paths::{Key, Paths};
use super::scan::{Cursor, Scanned, Wrong, unescape};
use crate::raw::{Cell, Keep, Records};

/// What a record should be.
pub(super) const NOT_OBJECT: &str = "an object";

impl Paths {
    /// Reads a record, the cursor on its first byte; `only_objects`: refuses a value of any other kind.
    pub(super) fn record(
        &self,
        cursor: &mut Cursor<'_>,
        only_objects: bool,
        first: usize,
        records: &mut Records,
    ) -> Scanned<()> {
        if cursor.peek() == Some(b'{') {
            return self.object(cursor, 0, first, records, self.ignored.is_some());
        }
        let start = cursor.at;
        cursor.value()?;
        match self.whole {
            _ if only_objects => {}
            Some(cell) => {
                let value = &cursor.text[start..cursor.at];
                records.cells[first + cell] =
                    store(value, start, value.contains(&b'\\'), false, records)?;
                return Ok(());
            }
            None if self.any => return Ok(()),
            None => {}
        }
        Err(Wrong {
            at: start,
            expected: NOT_OBJECT,
            ended: false,
        })
    }

    /// Reads an object, the cursor on its brace. Recursion goes as deep as the declared paths do, no deeper. `noted`: other keys are.
    fn object(
        &self,
        cursor: &mut Cursor<'_>,
        node: usize,
        first: usize,
        records: &mut Records,
        noted: bool,
    ) -> Scanned<()> {
        cursor.eat(b'{', NOT_OBJECT)?;
        cursor.space();
        if cursor.peek() == Some(b'}') {
            cursor.at += 1;
            return Ok(());
        }
        let mut guess = 0;
        // One more than the highest number of a key so far: beyond it no key is one that is repeated.
        let mut top = 0;
        loop {
            let here = cursor.text.get(cursor.at..).unwrap_or_default();
            let key = match self.expect(node, here, &mut guess) {
                Some((key, length)) => {
                    cursor.at += length;
                    cursor.space();
                    Some(key)
                }
                None => self.key(cursor, node, &mut guess, records, noted)?,
            };
            match key {
                None => _ = skip(cursor)?,
                Some(key) => {
                    if guess > top {
                        top = guess;
                    } else {
                        forget(key, first, records);
                    }
                    self.wanted(cursor, key, first, records, noted)?;
                }
            }
            cursor.space();
            match cursor.peek() {
                Some(b',') => {
                    cursor.at += 1;
                    cursor.space();
                }
                Some(b'}') => {
                    cursor.at += 1;
                    return Ok(());
                }
                _ => return cursor.wrong("`,` or `}`"),
            }
        }
    }

    /// Reads an array of which elements are wanted, the cursor on its bracket. What else is in its elements is nobody's business.
    #[inline(never)]
    fn array(
        &self,
        cursor: &mut Cursor<'_>,
        node: usize,
        first: usize,
        records: &mut Records,
    ) -> Scanned<()> {
        cursor.eat(b'[', "an array")?;
        cursor.space();
        if cursor.peek() == Some(b']') {
            cursor.at += 1;
            return Ok(());
        }
        for place in 0.. {
            match self.element(node, place) {
                Some(key) => self.wanted(cursor, key, first, records, false)?,
                None => _ = skip(cursor)?,
            }
            cursor.space();
            match cursor.peek() {
                Some(b',') => {
                    cursor.at += 1;
                    cursor.space();
                }
                Some(b']') => {
                    cursor.at += 1;
                    return Ok(());
                }
                _ => break,
            }
        }
        cursor.wrong("`,` or `]`")
    }

    /// Reads the value of a wanted key. Part of the innermost loop, which the compiler does not see through the recursion.
    #[inline(always)]
    fn wanted(
        &self,
        cursor: &mut Cursor<'_>,
        key: &Key,
        first: usize,
        records: &mut Records,
        noted: bool,
    ) -> Scanned<()> {
        let start = cursor.at;
        let escaped = match (key.inside, cursor.peek()) {
            (Some(inside), Some(b'{')) => {
                self.object(cursor, inside, first, records, noted)?;
                false
            }
            (Some(inside), Some(b'[')) if self.has_elements(inside) => {
                self.array(cursor, inside, first, records)?;
                false
            }
            _ => skip(cursor)?,
        };
        if let Some(cell) = key.cell {
            let value = cursor.text.get(start..cursor.at).unwrap_or_default();
            let value = store(value, start, escaped && !key.as_json, key.as_json, records)?;
            records.cells[first + cell] = value;
        }
        if !key.also.is_empty() {
            let value = cursor.text.get(start..cursor.at).unwrap_or_default();
            store_also(&key.also, value, start, escaped, first, records)?;
        }
        Ok(())
    }

    /// Reads a key and its colon; `None`: nobody asked for it.
    fn key(
        &self,
        cursor: &mut Cursor<'_>,
        node: usize,
        guess: &mut usize,
        records: &mut Records,
        noted: bool,
    ) -> Scanned<Option<&Key>> {
        let name = cursor.string()?;
        cursor.space();
        cursor.eat(b':', "`:`")?;
        cursor.space();
        let raw = &cursor.text[name.start..name.end];
        let key = match name.escaped {
            true => self.find_escaped(node, raw, name.start, guess)?,
            false => self.find(node, raw, guess),
        };
        if key.is_none() && noted {
            self.note_unknown(node, raw, name.escaped, records);
        }
        Ok(key)
    }

    /// Notes a key that nobody asked for, of the record that is being read.
    #[inline(never)]
    fn note_unknown(&self, node: usize, raw: &[u8], escaped: bool, records: &mut Records) {
        let Some(ignored) = &self.ignored else {
            return;
        };
        let row = records.spans.len();
        if !escaped {
            let number = self.first_node + node;
            return records
                .unknown
                .note(ignored, number, self.trail(node), raw, row);
        }
        let mut name = String::new();
        if unescape(std::str::from_utf8(raw).unwrap_or_default(), &mut name).is_ok() {
            let number = self.first_node + node;
            records
                .unknown
                .note(ignored, number, self.trail(node), name.as_bytes(), row);
        }
    }

    fn find_escaped(
        &self,
        node: usize,
        raw: &[u8],
        at: usize,
        guess: &mut usize,
    ) -> Scanned<Option<&Key>> {
        let mut name = String::new();
        if unescape(std::str::from_utf8(raw).unwrap_or_default(), &mut name).is_err() {
            return Err(Wrong {
                at,
                expected: "no lone surrogate",
                ended: false,
            });
        }
        Ok(self.find(node, name.as_bytes(), guess))
    }
}

/// Empties the cells of paths that go through a key which may be a repeated one: the last value counts as a whole. The key's own cells are
/// written anew in any case.
#[inline]
fn forget(key: &Key, first: usize, records: &mut Records) {
    for cell in &key.below {
        records.cells[first + cell] = Cell::MISSING;
    }
}

/// Passes over a value; whether it is a string with escapes.
#[inline(always)]
fn skip(cursor: &mut Cursor<'_>) -> Scanned<bool> {
    match cursor.peek() {
        Some(b'"') => Ok(cursor.string()?.escaped),
        Some(b'{' | b'[') => cursor.value().map(|()| false),
        _ => cursor.scalar().map(|()| false),
    }
}

/// The cell of a value that starts at `start`.
#[inline]
pub(super) fn store(
    value: &[u8],
    start: usize,
    escaped: bool,
    as_json: bool,
    records: &mut Records,
) -> Scanned<Cell> {
    Ok(match value.first() {
        Some(b'"') if !as_json => {
            let content = &value[1..value.len() - 1];
            if !escaped {
                return Ok(Cell::text(start + 1, start + 1 + content.len()));
            }
            let from = records.side.len();
            let content = std::str::from_utf8(content).unwrap_or_default();
            if unescape(content, &mut records.side).is_err() {
                return Err(Wrong {
                    at: start,
                    expected: "no lone surrogate",
                    ended: false,
                });
            }
            Cell::side(from, records.side.len())
        }
        Some(b'n') | None => Cell::MISSING,
        Some(_) => Cell::text(start, start + value.len()),
    })
}

/// The further cells of a value.
#[inline(never)]
fn store_also(
    cells: &[(usize, Keep)],
    value: &[u8],
    start: usize,
    escaped: bool,
    first: usize,
    records: &mut Records,
) -> Scanned<()> {
    for (cell, keep) in cells {
        records.cells[first + cell] = match keep {
            Keep::Text => store(value, start, escaped, false, records)?,
            Keep::Json => store(value, start, false, true, records)?,
            Keep::Presence | Keep::Number => Cell::text(start, start),
        };
    }
    Ok(())
}
