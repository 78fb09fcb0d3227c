//! How a file is written, told by its beginning.

use super::document::Step;
use super::layout::{Framing, Layout};
use super::paths::Paths;
use super::scan::{Cursor, Scanned, is_space, unescape};
use super::splitter::JsonSplitter;
use crate::between::{Between, Walk};
use crate::raw::Splitter;

/// What the head of a file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Preamble {
    /// The first record starts at or after `start`.
    Found { start: usize, layout: Layout },
    /// The head is too short to tell.
    More,
    /// No array is at the path; the keys found instead.
    NoArray { at: String, keys: Vec<String> },
    /// The head is not JSON.
    Broken(String),
}

/// Finds where the records of a file start: in the array at `path` of its first document, or for an empty path in the document itself.
pub(crate) fn preamble(head: &[u8], path: &[String], whole: bool) -> Preamble {
    let mut cursor = Cursor::new(head, 0);
    cursor.space();
    let document = cursor.at;
    if path.is_empty() {
        return match cursor.peek() {
            Some(b'[') => found(head, path, document, document + 1),
            first => {
                let framing = Framing::Stream {
                    objects: first == Some(b'{'),
                };
                Preamble::Found {
                    start: document,
                    layout: Layout {
                        framing,
                        record: signature(head, document),
                        document: Vec::new(),
                        indent: indent(head, document),
                    },
                }
            }
        };
    }
    match first_array(&mut cursor, path, whole) {
        Ok(Some(start)) => found(head, path, document, start),
        Err(wrong) if wrong.ended && !whole => Preamble::More,
        // What is wrong is told by the first key that is not as the path says.
        _ => missing_array(head, path),
    }
}

/// The place behind the bracket of the first document's array; `None`: it has none.
fn first_array(cursor: &mut Cursor<'_>, path: &[String], whole: bool) -> Scanned<Option<usize>> {
    cursor.eat(b'{', "an object")?;
    let mut walk = Walk::new();
    loop {
        if !walk.is_in_text() {
            cursor.space();
        }
        if cursor.at == cursor.text.len() {
            return cursor.wrong("the end of the document");
        }
        match walk.step(cursor, path, whole)? {
            Step::On => {}
            Step::Array => return Ok(Some(cursor.at)),
            Step::End => return Ok(None),
        }
    }
}

fn missing_array(head: &[u8], path: &[String]) -> Preamble {
    let mut cursor = Cursor::new(head, 0);
    for (depth, name) in path.iter().enumerate() {
        match seek_key(&mut cursor, name) {
            Ok(None) => {}
            Ok(Some(keys)) => {
                return Preamble::NoArray {
                    at: path[..=depth].join("."),
                    keys,
                };
            }
            Err(wrong) => {
                return Preamble::Broken(format!(
                    "expected {} at byte {}",
                    wrong.expected, wrong.at
                ));
            }
        }
    }
    Preamble::NoArray {
        at: path.join("."),
        keys: Vec::new(),
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

/// The layout of a file whose first document starts at `document` and has its array, behind the bracket, at `start`.
fn found(head: &[u8], path: &[String], document: usize, start: usize) -> Preamble {
    let mut layout = Layout {
        framing: Framing::Array,
        record: Vec::new(),
        document: Vec::new(),
        indent: None,
    };
    if !path.is_empty() {
        layout.document = signature(head, document);
    }
    let mut cursor = Cursor::new(head, start);
    cursor.space();
    let mut first = cursor.at;
    if cursor.peek() == Some(b']') {
        // An empty page: the first record is in another document.
        let paths = Paths::new(&[]).with_records();
        let splitter = JsonSplitter::new(paths, layout.clone(), path);
        let split = splitter.split(&head[start..], Between::Ready, false);
        let record = split.records.spans.first();
        first = record.map_or(head.len(), |(at, _)| start + *at as usize);
    }
    layout.record = signature(head, first);
    layout.indent = indent(head, first);
    if path.is_empty() && !layout.record.is_empty() {
        let bracket = head[..first].iter().rposition(|b| *b == b'[');
        let bracket = bracket.filter(|at| head[at + 1..first].iter().all(is_space));
        layout.document = bracket.map_or(Vec::new(), |at| {
            capped(&head[at..first + layout.record.len()])
        });
    }
    Preamble::Found { start, layout }
}

/// The bytes that an object begins with, up to its first key; empty if no object starts there.
fn signature(head: &[u8], start: usize) -> Vec<u8> {
    let mut cursor = Cursor::new(head, start);
    cursor.space();
    let from = cursor.at;
    if cursor.eat(b'{', "").is_err() {
        return Vec::new();
    }
    cursor.space();
    match cursor.string() {
        Ok(_) => capped(&head[from..cursor.at]),
        Err(_) => Vec::new(),
    }
}

/// So much of a signature is enough.
fn capped(signature: &[u8]) -> Vec<u8> {
    signature[..signature.len().min(256)].to_vec()
}

/// The blanks before `at`, where nothing else stands before it on its line.
fn indent(head: &[u8], at: usize) -> Option<Vec<u8>> {
    let before = head.get(..at)?;
    let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let blanks = &before[line..];
    blanks
        .iter()
        .all(|b| matches!(b, b' ' | b'\t'))
        .then(|| blanks.to_vec())
}
