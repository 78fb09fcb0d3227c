//! The documents of a file, one after another, and the walk through a document to the array of its records and past it.
//!
//! A document may be longer than a chunk, both before and after its array. So the walk goes in small steps, and its state between two
//! steps is a value with which the next chunk continues.

use super::scan::{Cursor, Scanned, Wrong, unescape};
use crate::between::{Next, Walk};

/// Where a step led.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// On through the document.
    On,
    /// Behind the bracket of an array at the path.
    Array,
    /// Behind the document.
    End,
}

const NOTHING_OPEN: u64 = 1;

impl Walk {
    /// Behind the brace that a document begins with.
    pub(super) fn new() -> Self {
        Self {
            depth: 1,
            open: NOTHING_OPEN,
            next: Next::First,
            found: false,
        }
    }

    /// Behind the array at a path of so many keys.
    pub(super) fn behind(keys: usize) -> Self {
        Self {
            depth: keys as u16,
            open: NOTHING_OPEN,
            next: Next::Behind,
            found: true,
        }
    }

    /// Whether an array at the path has been met.
    pub(super) fn has_found(self) -> bool {
        self.found
    }

    /// Whether white space here is part of a string.
    pub(super) fn is_in_text(self) -> bool {
        self.next == Next::Text
    }

    /// Goes one step on. The cursor stands on a byte other than white space, or within a string. After an error, neither the
    /// cursor nor the walk can be used.
    pub(super) fn step(
        &mut self,
        cursor: &mut Cursor<'_>,
        path: &[String],
        last: bool,
    ) -> Scanned<Step> {
        let is_object = self.open & 1 == 1;
        let close = if is_object { b'}' } else { b']' };
        match self.next {
            Next::Text => self.text(cursor, last)?,
            Next::First | Next::Behind if cursor.peek() == Some(close) => {
                cursor.at += 1;
                return Ok(self.close());
            }
            Next::Behind => {
                let expected = if is_object {
                    "`,` or `}`"
                } else {
                    "`,` or `]`"
                };
                cursor.eat(b',', expected)?;
                self.next = Next::Member;
            }
            Next::First | Next::Member if is_object => return self.member(cursor, path, last),
            Next::First | Next::Member => self.value(cursor, last)?,
        }
        Ok(Step::On)
    }

    fn close(&mut self) -> Step {
        self.next = Next::Behind;
        if self.open != NOTHING_OPEN {
            self.open >>= 1;
            return Step::On;
        }
        self.depth -= 1;
        if self.depth == 0 { Step::End } else { Step::On }
    }

    /// A key and its value, or the beginning of the value. A key that is repeated leads on as the first of its name does: what stands there
    /// are records too.
    fn member(&mut self, cursor: &mut Cursor<'_>, path: &[String], last: bool) -> Scanned<Step> {
        let key = cursor.string()?;
        cursor.space();
        cursor.eat(b':', "`:`")?;
        cursor.space();
        let depth = usize::from(self.depth);
        let wanted = path.get(depth - 1).filter(|_| self.open == NOTHING_OPEN);
        let raw = &cursor.text[key.start..key.end];
        if wanted.is_some_and(|name| is_key(raw, key.escaped, name)) {
            match cursor.peek() {
                Some(b'[') if depth == path.len() => {
                    cursor.at += 1;
                    self.found = true;
                    return Ok(Step::Array);
                }
                Some(b'{') if depth < path.len() => {
                    cursor.at += 1;
                    self.depth += 1;
                    self.next = Next::First;
                    return Ok(Step::On);
                }
                _ => {}
            }
        }
        self.value(cursor, last)?;
        Ok(Step::On)
    }

    /// A value that nobody reads: the whole of it, or as much as goes on with the next chunk.
    fn value(&mut self, cursor: &mut Cursor<'_>, last: bool) -> Scanned<()> {
        let start = cursor.at;
        match cursor.peek() {
            Some(b'"') => {
                cursor.at += 1;
                return self.text(cursor, last);
            }
            Some(bracket @ (b'{' | b'[')) => match cursor.value() {
                Err(wrong) if wrong.ended && !last && self.open.leading_zeros() > 0 => {
                    cursor.at = start + 1;
                    self.open = self.open << 1 | u64::from(bracket == b'{');
                    self.next = Next::First;
                    return Ok(());
                }
                done => done?,
            },
            _ => {
                cursor.scalar()?;
                if cursor.at == cursor.text.len() && !last {
                    return cursor.wrong("the end of the value");
                }
            }
        }
        self.next = Next::Behind;
        Ok(())
    }

    fn text(&mut self, cursor: &mut Cursor<'_>, last: bool) -> Scanned<()> {
        let start = cursor.at;
        self.next = match cursor.rest_of_string() {
            Ok(()) => Next::Behind,
            Err(wrong) if wrong.ended && !last && cursor.at > start => Next::Text,
            Err(wrong) => return Err(wrong),
        };
        Ok(())
    }
}

/// Whether the content of a string is this key.
fn is_key(raw: &[u8], escaped: bool, name: &str) -> bool {
    if !escaped {
        return raw == name.as_bytes();
    }
    let mut text = String::new();
    unescape(std::str::from_utf8(raw).unwrap_or_default(), &mut text).is_ok() && text == name
}

/// Whether the object at `at` is a document, which has an array at the path.
pub(super) fn is_document(text: &[u8], at: usize, path: &[String]) -> Scanned<bool> {
    let mut cursor = Cursor::new(text, at);
    cursor.eat(b'{', "an object")?;
    let mut walk = Walk::new();
    loop {
        cursor.space();
        match walk.step(&mut cursor, path, true) {
            Ok(Step::On) => {}
            Ok(Step::Array) => return Ok(true),
            Ok(Step::End) => return Ok(false),
            Err(Wrong { ended: false, .. }) => return Ok(false),
            Err(wrong) => return Err(wrong),
        }
    }
}
