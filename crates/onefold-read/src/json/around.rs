//! Outside of the array of records: between documents, and within a document before and after its array.

use super::document::{Step, is_document};
use super::layout::Framing;
use super::pass::{Flow, INVALID, Pass};
use super::scan::Wrong;
use crate::between::{Place, Walk};

const TRAILING: (&str, &str) = ("trailing_data", "data after the end");
const NO_ARRAY: (&str, &str) = ("no_records_array", "no array of records");

impl Pass<'_> {
    /// Between documents, before a byte that is not blank.
    pub(super) fn outside(&mut self, byte: u8) -> Flow {
        let start = self.cursor.at;
        let is_under_path = !self.splitter.records.is_empty();
        match (self.splitter.layout.framing, byte) {
            (Framing::Array, b'{') if is_under_path => {
                self.cursor.at += 1;
                self.document = Some(start);
                self.place = Place::Around(Walk::new());
                Flow::On
            }
            (Framing::Array, _) if is_under_path => self.other_document(start),
            (Framing::Array, b'{') => self.record(byte),
            (Framing::Array, b'[') => self.open(),
            (Framing::Array, b',') => self.stray(TRAILING, "`,` after the end of the array"),
            (Framing::Array, b']') => self.stray(TRAILING, "`]` after the end of the array"),
            (Framing::Array, _) => self.trailing(start, "text follows the end of the array"),
            (Framing::Stream { .. }, b',') => {
                self.stray(INVALID, "`,` between two records outside of an array")
            }
            (Framing::Stream { objects: true }, b'[') => {
                let mut ahead = self.cursor.clone();
                ahead.at += 1;
                ahead.space();
                match ahead.peek() {
                    None if self.may_wait(start) => Flow::Stop(start),
                    Some(b'{' | b']') | None => self.open(),
                    // An array of anything else is a single value, and not an object.
                    Some(_) => self.record(byte),
                }
            }
            (Framing::Stream { .. }, _) => self.record(byte),
        }
    }

    fn open(&mut self) -> Flow {
        self.cursor.at += 1;
        self.place = Place::Inside;
        Flow::On
    }

    /// Where a document should begin and no object does.
    fn other_document(&mut self, start: usize) -> Flow {
        let done = self.cursor.value();
        let end = std::mem::replace(&mut self.cursor.at, start);
        let at_end = end == self.text.len();
        match done {
            Ok(()) if !(at_end && self.may_wait(start)) => {
                self.fault(start, end, NO_ARRAY, self.no_array());
                self.cursor.at = end;
                Flow::On
            }
            Err(wrong) if !(wrong.ended && self.may_wait(start)) => {
                self.trailing(start, "text follows the end of the document")
            }
            _ => Flow::Stop(start),
        }
    }

    fn no_array(&self) -> String {
        format!("no array under `{}`", self.splitter.records.join("."))
    }

    /// What follows a document and begins none.
    fn trailing(&mut self, start: usize, detail: &str) -> Flow {
        let layout = &self.splitter.layout;
        let end = layout.after_trailing(self.text, start, !self.may_wait(start));
        let Some(end) = end else {
            return Flow::Stop(start);
        };
        let trimmed = start + self.text[start..end].trim_ascii_end().len();
        self.fault(start, trimmed, TRAILING, detail.into());
        self.cursor.at = end;
        Flow::On
    }

    /// Through a document, around the array of its records.
    pub(super) fn around(&mut self, mut walk: Walk) -> Flow {
        loop {
            if !walk.is_in_text() {
                self.cursor.space();
            }
            let at = self.cursor.at;
            self.place = Place::Around(walk);
            if at == self.text.len() {
                return match self.last {
                    true => self.end_of_document(),
                    false => self.pause(walk, at),
                };
            }
            match walk.step(&mut self.cursor, &self.splitter.records, self.last) {
                Ok(Step::On) => {}
                Ok(Step::Array) => {
                    self.place = Place::Inside;
                    return Flow::On;
                }
                Ok(Step::End) => {
                    if !walk.has_found() {
                        let start = self.document.unwrap_or(at);
                        self.fault(start, self.cursor.at, NO_ARRAY, self.no_array());
                    }
                    self.place = Place::Outside;
                    return Flow::On;
                }
                Err(wrong) => {
                    let Place::Around(walk) = self.place else {
                        return Flow::Stop(at);
                    };
                    if wrong.ended && self.may_wait(at) {
                        return self.pause(walk, at);
                    }
                    if wrong.ended && self.last {
                        return self.end_of_document();
                    }
                    return self.broken_document(walk, at, wrong);
                }
            }
        }
    }

    /// Leaves the rest of a document to the next chunk. Before its array all of it, as long as it is not too long: a fault of the document
    /// is told at its start.
    fn pause(&mut self, walk: Walk, at: usize) -> Flow {
        match self.document {
            Some(start) if !walk.has_found() && self.may_wait(start) => {
                self.place = Place::Outside;
                Flow::Stop(start)
            }
            _ => Flow::Stop(at),
        }
    }

    /// At the end of the file, in a document.
    fn end_of_document(&mut self) -> Flow {
        let Place::Around(walk) = self.place else {
            return Flow::On;
        };
        let end = self.text.len();
        let start = match self.document {
            Some(start) if !walk.has_found() => start,
            _ => end,
        };
        let detail = format!("the document is never closed, {}", self.whereabouts());
        self.fault(start, end, INVALID, detail);
        self.cursor.at = end;
        self.place = Place::Outside;
        Flow::On
    }

    /// A document that is broken beside its array. Before it, all of the document is lost; after it, only the rest.
    fn broken_document(&mut self, walk: Walk, at: usize, wrong: Wrong) -> Flow {
        let path = &self.splitter.records;
        let next = match is_document(self.text, wrong.at, path) {
            Ok(true) => Some(wrong.at),
            Err(wrong) if wrong.ended && self.may_wait(at) => None,
            _ => self.splitter.layout.next_document(self.text, wrong.at),
        };
        if next.is_none() && self.may_wait(at) {
            return self.pause(walk, at);
        }
        let end = next.unwrap_or(self.text.len());
        let (start, place) = match self.document {
            Some(start) if !walk.has_found() => {
                let place = format!(" at byte {} of the document", wrong.at - start);
                (start, place)
            }
            _ => (wrong.at, String::new()),
        };
        let detail = format!("expected {}{place}, {}", wrong.expected, self.whereabouts());
        let trimmed = start + self.text[start..end].trim_ascii_end().len();
        self.fault(start, trimmed, INVALID, detail);
        self.cursor.at = end;
        self.place = Place::Outside;
        Flow::On
    }

    /// Where in a document the pass is.
    fn whereabouts(&self) -> String {
        let side = match self.place {
            Place::Around(walk) if !walk.has_found() => "before",
            _ => "after",
        };
        format!("{side} the array `{}`", self.splitter.records.join("."))
    }
}
