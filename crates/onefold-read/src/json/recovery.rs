//! Where reading resumes after a broken record or document.
//!
//! Recovery looks only at what follows the broken place, never at what comes before it. It waits for more text if the end of the chunk
//! could change the answer: the result must not depend on where chunks end.

use super::layout::{Framing, Layout};
use super::scan::{is_space, trim_end};

/// Where reading goes on after a broken record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resume {
    pub(super) at: usize,
    pub(super) then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Right behind the record, so that in an array a comma follows.
    Behind,
    /// At the start of another record.
    Record,
    /// At the start of another document.
    Document,
}

/// How far from its start a broken record's end is looked for: the search is made anew for each broken record.
const NEAR: usize = 32 << 10;

impl Layout {
    /// Where reading goes on after a broken record that starts at `start`: behind its closing brace if the braces close before the next
    /// line that starts an object and before the next document, else at that line or document, else where the next of either seems to
    /// begin. `None`: none of them is in sight.
    ///
    /// Braces and lines count only so far from the record's start ([`NEAR`]), and before `last` only once so much text is there.
    pub(super) fn resume(
        &self,
        text: &[u8],
        start: usize,
        in_array: bool,
        last: bool,
    ) -> Option<Resume> {
        let found = if text.get(start) == Some(&b'{') {
            self.after_object(text, start, in_array, last)
        } else {
            self.after_junk(text, start, in_array)
        };
        // The beginning of a document may lie across the end of the text.
        found.filter(|found| last || found.at + self.document.len() <= text.len())
    }

    fn after_object(
        &self,
        text: &[u8],
        start: usize,
        in_array: bool,
        last: bool,
    ) -> Option<Resume> {
        let near = &text[..text.len().min(start + NEAR)];
        // Between the arrays of a file, objects are indented as they like.
        let indent = match self.framing {
            Framing::Array if !in_array => None,
            _ => self.indent.as_deref(),
        };
        let line = next_object_line(near, start, indent);
        let document = self.next_document(near, start + 1);
        let limit = line.into_iter().chain(document).min();
        if let Some(at) = closing_brace(near, start, limit.unwrap_or(near.len())) {
            return Some(Resume {
                at,
                then: Then::Behind,
            });
        }
        if limit.is_none() && near.len() - start < NEAR && !last {
            return None;
        }
        let (record, document) = match (line, document) {
            (Some(line), document) if limit == Some(line) => (Some(line), document),
            (_, Some(document)) => (self.next_record(&near[..document], start), Some(document)),
            (_, None) => {
                // Only a document before the record matters: the whole text is not searched for each broken record.
                let record = self.next_record(text, start);
                let end = record.map_or(text.len(), |record| record + self.document.len());
                let seen = &text[..end.min(text.len())];
                (record, self.next_document(seen, start + 1))
            }
        };
        earliest(record, document)
    }

    /// What is no object ends with its line, in an array with the element or the array, or where a record seems to begin.
    fn after_junk(&self, text: &[u8], start: usize, in_array: bool) -> Option<Resume> {
        let here = &text[start..];
        let end = match in_array {
            true => memchr::memchr3(b'\n', b',', b']', here),
            false => memchr::memchr(b'\n', here),
        };
        let end = end.map(|i| start + i.max(1));
        match self.next_record(&text[..end.unwrap_or(text.len())], start) {
            Some(at) => Some(Resume {
                at,
                then: Then::Record,
            }),
            None => end.map(|at| Resume {
                at,
                then: Then::Behind,
            }),
        }
    }

    /// Where, after `start`, the bytes stand that the first record began with.
    fn next_record(&self, text: &[u8], start: usize) -> Option<usize> {
        let signature = if self.record.is_empty() {
            b"{\"".as_slice()
        } else {
            &self.record
        };
        memchr::memmem::find_iter(text.get(start + 1..)?, signature)
            .map(|i| start + 1 + i)
            .find(|at| {
                matches!(
                    text[..*at].iter().rev().find(|b| !is_space(b)),
                    Some(b',' | b'}')
                )
            })
    }

    /// Where, from `from` on, the bytes stand that the first document began with, and a document may begin: right there, at the start of a
    /// line, or behind the end of another document.
    pub(super) fn next_document(&self, text: &[u8], from: usize) -> Option<usize> {
        if self.document.is_empty() {
            return None;
        }
        let end = if self.document.starts_with(b"[") {
            b']'
        } else {
            b'}'
        };
        let is_own = self.has_own_documents();
        memchr::memmem::find_iter(text.get(from..)?, &self.document)
            .map(|i| from + i)
            .find(|at| {
                let before = &text[from..*at];
                let spaces = before.len() - trim_end(before).len();
                let starts_line = before[before.len() - spaces..].contains(&b'\n');
                is_own && (*at == from || starts_line) || trim_end(before).ends_with(&[end])
            })
    }

    /// Whether documents begin in another way than records do.
    pub(super) fn has_own_documents(&self) -> bool {
        !self.document.is_empty() && self.document != self.record
    }

    /// The end of what follows a document and is none: its line, or where a document begins on it. `None`: more text decides.
    pub(super) fn after_trailing(&self, text: &[u8], start: usize, last: bool) -> Option<usize> {
        let line = memchr::memchr(b'\n', &text[start..]).map(|i| start + i);
        // The beginning of a document may go on in the next line.
        let seen = line.map(|line| line + self.document.len());
        if !last && seen.is_none_or(|seen| seen > text.len()) {
            return None;
        }
        let line = line.unwrap_or(text.len());
        let seen = seen.unwrap_or(text.len()).min(text.len());
        let document = match self.document.is_empty() {
            true => None,
            false => memchr::memmem::find(&text[start + 1..seen.max(start + 1)], &self.document),
        };
        Some(document.map_or(line, |i| line.min(start + 1 + i)))
    }
}

fn earliest(record: Option<usize>, document: Option<usize>) -> Option<Resume> {
    let record = record.filter(|record| document.is_none_or(|document| *record < document));
    let (at, then) = match record {
        Some(at) => (at, Then::Record),
        None => (document?, Then::Document),
    };
    Some(Resume { at, then })
}

/// The next line after the one of `start` that begins with an object's brace, with just the blanks of `indent` before it where that is known:
/// an object nested in a broken record is no record.
fn next_object_line(text: &[u8], start: usize, indent: Option<&[u8]>) -> Option<usize> {
    for newline in memchr::memchr_iter(b'\n', &text[start..]) {
        let line = start + newline + 1;
        let blanks = text[line..]
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        if text.get(line + blanks) == Some(&b'{')
            && indent.is_none_or(|indent| *indent == text[line..line + blanks])
        {
            return Some(line + blanks);
        }
    }
    None
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
