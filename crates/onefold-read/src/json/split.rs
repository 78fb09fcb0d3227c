//! Bytes to records.

use super::paths::{Key, Paths};
use super::scan::{Cursor, Scanned, Wrong, unescape};
use crate::chunk::MAX_RECORD;
use crate::raw::{Between, Cell, Fault, Keep, Records, Split, Splitter};

/// How records follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Elements of one array.
    Array,
    /// Values with only white space between them.
    Stream {
        /// The first is an object, so all others should be: a number or a string among objects is a broken record.
        objects: bool,
    },
}

/// What the head of a document says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Preamble {
    /// The first record starts at or after `start`; records seem to begin with `signature`.
    Found {
        start: usize,
        framing: Framing,
        signature: Vec<u8>,
    },
    /// The head is too short to tell.
    More,
    /// There is no array at the path; the keys found on the way.
    NoArray { at: String, keys: Vec<String> },
    /// The head is no JSON.
    Broken(String),
}

/// Finds where the records of a document start: the array at `path`, or for an empty path the document itself.
pub(crate) fn preamble(head: &[u8], path: &[String], whole: bool) -> Preamble {
    let mut cursor = Cursor::new(head, 0);
    cursor.space();
    if path.is_empty() {
        let framing = match cursor.peek() {
            Some(b'[') => Framing::Array,
            first => Framing::Stream {
                objects: first == Some(b'{'),
            },
        };
        let start = if framing == Framing::Array {
            cursor.at + 1
        } else {
            cursor.at
        };
        return Preamble::Found {
            start,
            framing,
            signature: signature(head, start),
        };
    }
    for (depth, name) in path.iter().enumerate() {
        match seek_key(&mut cursor, name) {
            Ok(None) => {}
            Ok(Some(keys)) => {
                return Preamble::NoArray {
                    at: path[..=depth].join("."),
                    keys,
                };
            }
            Err(wrong) if wrong.ended && !whole => return Preamble::More,
            Err(wrong) => {
                return Preamble::Broken(format!(
                    "expected {} at byte {}",
                    wrong.expected, wrong.at
                ));
            }
        }
    }
    match cursor.peek() {
        Some(b'[') => {
            let start = cursor.at + 1;
            Preamble::Found {
                start,
                framing: Framing::Array,
                signature: signature(head, start),
            }
        }
        None if !whole => Preamble::More,
        _ => Preamble::NoArray {
            at: path.join("."),
            keys: Vec::new(),
        },
    }
}

/// Moves the cursor from an object to the value of one of its keys; the keys seen where it has no such key.
fn seek_key(cursor: &mut Cursor<'_>, name: &str) -> Scanned<Option<Vec<String>>> {
    cursor.space();
    cursor.eat(b'{', "an object")?;
    let mut seen = Vec::new();
    loop {
        cursor.space();
        if cursor.peek() == Some(b'}') {
            return Ok(Some(seen));
        }
        let key = cursor.string()?;
        let mut text = String::new();
        let raw = std::str::from_utf8(&cursor.text[key.start..key.end]).unwrap_or_default();
        if unescape(raw, &mut text).is_err() {
            return cursor.wrong("a key");
        }
        cursor.space();
        cursor.eat(b':', "`:`")?;
        cursor.space();
        if text == name {
            return Ok(None);
        }
        seen.push(text);
        cursor.value()?;
        cursor.space();
        if cursor.peek() == Some(b',') {
            cursor.at += 1;
        } else if cursor.peek() != Some(b'}') {
            return cursor.wrong("`,` or `}`");
        }
    }
}

/// The bytes that the first record begins with, up to its first key: where they stand, another record seems to begin.
fn signature(head: &[u8], start: usize) -> Vec<u8> {
    let mut cursor = Cursor::new(head, start);
    cursor.space();
    let from = cursor.at;
    if cursor.eat(b'{', "").is_err() {
        return Vec::new();
    }
    cursor.space();
    match cursor.string() {
        Ok(_) => head[from..cursor.at].to_vec(),
        Err(_) => Vec::new(),
    }
}

/// Splits the chunks of one document.
#[derive(Debug)]
pub(crate) struct JsonSplitter {
    paths: Paths,
    framing: Framing,
    signature: Vec<u8>,
    /// Text may follow the array: the rest of the document that it lies in.
    inside: bool,
}

impl JsonSplitter {
    pub(crate) fn new(paths: Paths, framing: Framing, signature: Vec<u8>, top: bool) -> Self {
        Self {
            paths,
            framing,
            signature,
            inside: !top,
        }
    }
}

impl Splitter for JsonSplitter {
    fn width(&self) -> usize {
        self.paths.width()
    }

    fn is_json(&self) -> bool {
        true
    }

    fn cut(&self, text: &[u8]) -> Option<usize> {
        if !self.signature.is_empty() {
            for at in memchr::memmem::FinderRev::new(&self.signature).rfind_iter(text) {
                let before = text[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
                if at > 0 && matches!(before, Some(b',' | b'}' | b'[')) {
                    return Some(at);
                }
            }
        }
        let mut end = text.len();
        while let Some(newline) = memchr::memrchr(b'\n', &text[..end]) {
            let mut cursor = Cursor::new(text, newline + 1);
            cursor.space();
            if cursor.peek() == Some(b'{') {
                return Some(newline + 1);
            }
            end = newline;
        }
        None
    }

    fn split(&self, text: &[u8], from: Between, last: bool) -> Split {
        let mut split = Split {
            records: Records::new(self.width()),
            between: from,
            ..Split::default()
        };
        let mut cursor = Cursor::new(text, 0);
        loop {
            cursor.space();
            if text[cursor.at..].starts_with("\u{feff}".as_bytes()) {
                cursor.at += 3;
                continue;
            }
            let start = cursor.at;
            let Some(byte) = cursor.peek() else { break };
            if split.between == Between::Ended {
                let done = self.inside || !last;
                if !done {
                    split.fault(
                        start,
                        text.len(),
                        "trailing_data",
                        "data after the end",
                        "text follows the end of the array".into(),
                    );
                }
                split.rest = if self.inside || last {
                    text.len()
                } else {
                    start
                };
                return split;
            }
            if self.framing != Framing::Array && byte == b',' {
                split.fault(
                    start,
                    start + 1,
                    "invalid_json",
                    "invalid JSON",
                    "`,` between two records outside of an array".into(),
                );
                cursor.at += 1;
                continue;
            }
            if self.framing == Framing::Array {
                match (byte, split.between) {
                    (b']', between) => {
                        if between == Between::Ready && comma_before(text, start) {
                            split.fault(
                                start,
                                start + 1,
                                "invalid_json",
                                "invalid JSON",
                                "`,` before the end of the array".into(),
                            );
                        }
                        cursor.at += 1;
                        split.between = Between::Ended;
                        continue;
                    }
                    (b',', Between::AfterValue) => {
                        cursor.at += 1;
                        split.between = Between::Ready;
                        continue;
                    }
                    (b',', _) => {
                        split.fault(
                            start,
                            start + 1,
                            "invalid_json",
                            "invalid JSON",
                            "`,` without a value before it".into(),
                        );
                        cursor.at += 1;
                        continue;
                    }
                    (_, Between::AfterValue) => {
                        split.fault(
                            start,
                            start,
                            "invalid_json",
                            "invalid JSON",
                            "no `,` between two values of the array".into(),
                        );
                        // Counted: a record that turns out unfinished is read again with the next chunk.
                        split.between = Between::Ready;
                    }
                    _ => {}
                }
            }
            let first = split.records.open();
            match self.record(&mut cursor, first, &mut split.records) {
                Ok(())
                    if cursor.at == text.len()
                        && !last
                        && byte != b'{'
                        && byte != b'['
                        && byte != b'"' =>
                {
                    // A number at the very end may go on in the next chunk.
                    split.records.discard(first);
                    split.rest = start;
                    return split;
                }
                Ok(()) => split.records.close(start, cursor.at),
                Err(wrong) => {
                    split.records.discard(first);
                    let is_value = wrong.expected == NOT_OBJECT;
                    let ended = wrong.ended || (is_value && cursor.at == text.len());
                    let searched = if is_value {
                        Some(Resume {
                            at: cursor.at,
                            behind: true,
                        })
                    } else {
                        self.resume(text, start, last)
                    };
                    // Near the end of a chunk more text decides whether the record is broken, and where it ends.
                    if !last && text.len() - start <= MAX_RECORD && (ended || searched.is_none()) {
                        split.rest = start;
                        return split;
                    }
                    let Resume { at: end, behind } = searched.unwrap_or(Resume {
                        at: text.len(),
                        behind: false,
                    });
                    let detail = format!(
                        "expected {} at byte {} of the record",
                        wrong.expected,
                        wrong.at - start
                    );
                    let (code, reason) = if is_value {
                        ("not_an_object", "not a JSON object")
                    } else {
                        ("invalid_json", "invalid JSON")
                    };
                    let trimmed = start + text[start..end].trim_ascii_end().len();
                    let trimmed = if text[start..trimmed].ends_with(b",") {
                        trimmed - 1
                    } else {
                        trimmed
                    };
                    split.fault(start, trimmed, code, reason, detail);
                    cursor.at = end;
                    split.between = if behind && self.framing == Framing::Array {
                        Between::AfterValue
                    } else {
                        Between::Ready
                    };
                    continue;
                }
            }
            split.between = if self.framing == Framing::Array {
                Between::AfterValue
            } else {
                Between::Ready
            };
        }
        if last && self.framing == Framing::Array && split.between != Between::Ended {
            split.fault(
                text.len(),
                text.len(),
                "invalid_json",
                "invalid JSON",
                "the array is never closed".into(),
            );
        }
        split.rest = text.len();
        split
    }
}

const NOT_OBJECT: &str = "an object";

/// How far from its start a broken record's end is looked for: the search is made anew for each broken record.
const NEAR: usize = 32 << 10;

fn comma_before(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().find(|b| !b.is_ascii_whitespace()) == Some(&b',')
}

impl Split {
    fn fault(
        &mut self,
        start: usize,
        end: usize,
        code: &'static str,
        reason: &'static str,
        detail: String,
    ) {
        self.faults.push(Fault {
            start,
            end,
            code,
            reason,
            detail,
        });
    }
}

/// Where reading goes on after a broken record.
struct Resume {
    at: usize,
    /// Right behind the record, so that in an array a comma follows; else at the start of another.
    behind: bool,
}

impl JsonSplitter {
    fn record(&self, cursor: &mut Cursor<'_>, first: usize, records: &mut Records) -> Scanned<()> {
        if cursor.peek() == Some(b'{') {
            return self.object(cursor, 0, first, records);
        }
        let start = cursor.at;
        cursor.value()?;
        match self.paths.whole {
            _ if self.framing == (Framing::Stream { objects: true }) => Err(Wrong {
                at: start,
                expected: NOT_OBJECT,
                ended: false,
            }),
            Some(cell) => {
                let value = &cursor.text[start..cursor.at];
                records.cells[first + cell] =
                    store(value, start, value.contains(&b'\\'), false, records)?;
                Ok(())
            }
            None if self.paths.any => Ok(()),
            None => Err(Wrong {
                at: start,
                expected: NOT_OBJECT,
                ended: false,
            }),
        }
    }

    /// Reads an object, the cursor on its brace. Recursion goes as deep as the declared paths do, no deeper.
    fn object(
        &self,
        cursor: &mut Cursor<'_>,
        node: usize,
        first: usize,
        records: &mut Records,
    ) -> Scanned<()> {
        cursor.eat(b'{', NOT_OBJECT)?;
        cursor.space();
        if cursor.peek() == Some(b'}') {
            cursor.at += 1;
            return Ok(());
        }
        let mut guess = 0;
        loop {
            let here = cursor.text.get(cursor.at..).unwrap_or_default();
            let key = match self.paths.expect(node, here, &mut guess) {
                Some((key, length)) => {
                    cursor.at += length;
                    cursor.space();
                    Some(key)
                }
                None => self.key(cursor, node, &mut guess, records)?,
            };
            match key {
                None => _ = skip(cursor)?,
                Some(key) => {
                    let start = cursor.at;
                    let escaped = match key.inside {
                        Some(inside) if cursor.peek() == Some(b'{') => {
                            self.object(cursor, inside, first, records)?;
                            false
                        }
                        _ => skip(cursor)?,
                    };
                    if let Some(cell) = key.cell {
                        let value = cursor.text.get(start..cursor.at).unwrap_or_default();
                        let value =
                            store(value, start, escaped && !key.as_json, key.as_json, records)?;
                        records.cells[first + cell] = value;
                    }
                    if !key.also.is_empty() {
                        let value = cursor.text.get(start..cursor.at).unwrap_or_default();
                        store_also(&key.also, value, start, escaped, first, records)?;
                    }
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

    /// Reads a key and its colon; `None`: nobody asked for it.
    fn key(
        &self,
        cursor: &mut Cursor<'_>,
        node: usize,
        guess: &mut usize,
        records: &mut Records,
    ) -> Scanned<Option<&Key>> {
        let name = cursor.string()?;
        cursor.space();
        cursor.eat(b':', "`:`")?;
        cursor.space();
        let raw = &cursor.text[name.start..name.end];
        let key = match name.escaped {
            true => self.find_escaped(node, raw, name.start)?,
            false => self.paths.find(node, raw, guess),
        };
        if key.is_none() && self.paths.ignored.is_some() {
            self.note_unknown(node, raw, name.escaped, records);
        }
        Ok(key)
    }

    /// Notes a key that nobody asked for, of the record that is being read.
    #[inline(never)]
    fn note_unknown(&self, node: usize, raw: &[u8], escaped: bool, records: &mut Records) {
        let Some(ignored) = &self.paths.ignored else {
            return;
        };
        let row = records.spans.len();
        if !escaped {
            return records
                .unknown
                .note(ignored, node, self.paths.trail(node), raw, row);
        }
        let mut name = String::new();
        if unescape(std::str::from_utf8(raw).unwrap_or_default(), &mut name).is_ok() {
            records
                .unknown
                .note(ignored, node, self.paths.trail(node), name.as_bytes(), row);
        }
    }

    fn find_escaped(&self, node: usize, raw: &[u8], at: usize) -> Scanned<Option<&Key>> {
        let mut name = String::new();
        if unescape(std::str::from_utf8(raw).unwrap_or_default(), &mut name).is_err() {
            return Err(Wrong {
                at,
                expected: "no lone surrogate",
                ended: false,
            });
        }
        Ok(self.paths.find(node, name.as_bytes(), &mut 0))
    }

    /// Where reading goes on after a broken record that starts at `start`: behind its closing brace if the braces close before the next
    /// line that starts an object, else at that line, else where the next record seems to begin. `None`: none of them is in sight.
    ///
    /// Braces and lines count only so far from the record's start ([`NEAR`]), and before `last` only once so much text is there: what
    /// follows must not depend on where a chunk ends.
    fn resume(&self, text: &[u8], start: usize, last: bool) -> Option<Resume> {
        if text.get(start) != Some(&b'{') {
            return self.resume_after_junk(text, start);
        }
        let near = &text[..text.len().min(start + NEAR)];
        let line = self.next_object_line(near, start);
        if let Some(at) = closing_brace(near, start, line.unwrap_or(near.len())) {
            return Some(Resume { at, behind: true });
        }
        if let Some(at) = line {
            return Some(Resume { at, behind: false });
        }
        if near.len() - start < NEAR && !last {
            return None;
        }
        self.next_record(text, start)
            .map(|at| Resume { at, behind: false })
    }

    /// What is no object ends with its line, in an array with the element or the array, or where a record seems to begin.
    fn resume_after_junk(&self, text: &[u8], start: usize) -> Option<Resume> {
        let here = &text[start..];
        let end = match self.framing {
            Framing::Array => memchr::memchr3(b'\n', b',', b']', here),
            Framing::Stream { .. } => memchr::memchr(b'\n', here),
        };
        let end = end.map(|i| start + i.max(1));
        match self.next_record(&text[..end.unwrap_or(text.len())], start) {
            Some(at) => Some(Resume { at, behind: false }),
            None => end.map(|at| Resume { at, behind: true }),
        }
    }

    /// Where, after `start`, the bytes stand that the first record began with.
    fn next_record(&self, text: &[u8], start: usize) -> Option<usize> {
        let signature = if self.signature.is_empty() {
            b"{\"".as_slice()
        } else {
            &self.signature
        };
        memchr::memmem::find_iter(text.get(start + 1..)?, signature)
            .map(|i| start + 1 + i)
            .find(|at| {
                matches!(
                    text[..*at].iter().rev().find(|b| !b.is_ascii_whitespace()),
                    Some(b',' | b'}')
                )
            })
    }

    /// The next line after the one of `start` that begins with an object's brace. Where the record itself begins its line, the brace must
    /// stand as far in: an object nested in a broken record is no record.
    fn next_object_line(&self, text: &[u8], start: usize) -> Option<usize> {
        let line_start = memchr::memrchr(b'\n', &text[..start]).map_or(0, |i| i + 1);
        let indent = &text[line_start..start];
        let aligned = indent.iter().all(|b| matches!(b, b' ' | b'\t'));
        for newline in memchr::memchr_iter(b'\n', &text[start..]) {
            let line = start + newline + 1;
            let blanks = text[line..]
                .iter()
                .take_while(|b| matches!(b, b' ' | b'\t'))
                .count();
            if text.get(line + blanks) == Some(&b'{')
                && (!aligned || indent == &text[line..line + blanks])
            {
                return Some(line + blanks);
            }
        }
        None
    }
}

/// The position behind the brace that closes the one at `start`, before `limit`. Strings count as far as their line goes.
fn closing_brace(text: &[u8], start: usize, limit: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = start;
    while at < limit {
        match text[at] {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' => {
                at += 1;
                while at < limit && text[at] != b'"' {
                    if text[at] == b'\n' {
                        return None;
                    }
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Passes over a value; whether it is a string with escapes.
#[inline]
fn skip(cursor: &mut Cursor<'_>) -> Scanned<bool> {
    match cursor.peek() {
        Some(b'"') => Ok(cursor.string()?.escaped),
        Some(b'{' | b'[') => cursor.value().map(|()| false),
        _ => cursor.scalar().map(|()| false),
    }
}

/// The cell of a value that starts at `start`.
#[inline]
fn store(
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
            Keep::Presence => Cell::text(start, start),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
