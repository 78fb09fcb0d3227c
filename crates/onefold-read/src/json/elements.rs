//! Within an array of records, and the reading of one record anywhere.

use super::document::is_document;
use super::layout::Framing;
use super::pass::{Flow, INVALID, NEVER_CLOSED, Pass};
use super::record::NOT_OBJECT;
use super::recovery::{Resume, Then};
use super::scan::{Wrong, is_space};
use crate::between::{Place, Walk};

impl Pass<'_> {
    /// At the end of the text, between two tokens.
    pub(super) fn end(&mut self) -> Flow {
        let end = self.text.len();
        if self.place == Place::AfterValue && self.reopen() {
            if self.last {
                return Flow::On;
            }
            // What follows decides whether it is an element.
            self.faults.pop();
            self.place = Place::Inside;
            return Flow::Stop(self.cursor.at);
        }
        if self.last && self.place != Place::Outside {
            self.fault(end, end, INVALID, NEVER_CLOSED.into());
        }
        Flow::Stop(end)
    }

    /// In an array, before a byte that is not blank.
    pub(super) fn inside(&mut self, byte: u8) -> Flow {
        match (byte, self.place) {
            (b']', place) => {
                if place == Place::AfterComma {
                    let start = self.cursor.at;
                    let detail = "`,` before the end of the array";
                    self.fault(start, start + 1, INVALID, detail.into());
                }
                self.cursor.at += 1;
                self.place = match self.splitter.records.len() {
                    0 => Place::Outside,
                    keys => Place::Around(Walk::behind(keys)),
                };
                Flow::On
            }
            (b',', Place::AfterValue) => {
                self.cursor.at += 1;
                self.place = Place::AfterComma;
                Flow::On
            }
            (b',', _) => {
                self.place = Place::AfterComma;
                self.stray(INVALID, "`,` without a value before it")
            }
            (_, Place::AfterValue) => self.no_comma(byte),
            _ => self.record(byte),
        }
    }

    /// In an array, where a value is followed by neither a comma nor the end of the array: another document, or a value without a comma.
    fn no_comma(&mut self, byte: u8) -> Flow {
        let start = self.cursor.at;
        if self.reopen() {
            return Flow::On;
        }
        let splitter = self.splitter;
        let is_next = match byte {
            b'{' if !splitter.records.is_empty() => {
                match is_document(self.text, start, &splitter.records) {
                    Ok(is_next) => is_next,
                    Err(_) if self.may_wait(start) => return Flow::Stop(start),
                    Err(_) => false,
                }
            }
            // In a stream of objects, the array is the exception.
            b'{' => splitter.home() == Place::Outside,
            b'[' => splitter.records.is_empty() && splitter.has_objects(),
            _ => false,
        };
        let (place, detail) = match is_next {
            true => (Place::Outside, NEVER_CLOSED),
            // Counted: a record that turns out unfinished is read again with the next chunk.
            false => (Place::Inside, "no `,` between two values of the array"),
        };
        self.fault(start, start, INVALID, detail.into());
        self.place = place;
        Flow::On
    }

    /// Takes back the record read last where it is a document, which follows one that broke off after a comma: whether it is then stands
    /// behind it. The pass goes on before it.
    fn reopen(&mut self) -> bool {
        let path = &self.splitter.records;
        let Some((start, end)) = self.records.spans.last().copied() else {
            return false;
        };
        let (start, end) = (start as usize, end as usize);
        let is_last = self
            .text
            .get(end..self.cursor.at)
            .is_some_and(|between| between.iter().all(is_space));
        if path.is_empty() || !is_last || is_document(&self.text[..end], start, path) != Ok(true) {
            return false;
        }
        self.records.take_back();
        self.fault(start, start, INVALID, NEVER_CLOSED.into());
        self.cursor.at = start;
        self.place = Place::Outside;
        true
    }

    /// Reads a record, or finds out that there is none.
    #[inline]
    pub(super) fn record(&mut self, byte: u8) -> Flow {
        let splitter = self.splitter;
        let start = self.cursor.at;
        let only_objects = splitter.layout.framing == (Framing::Stream { objects: true });
        let first = self.records.open();
        let read = splitter
            .paths
            .record(&mut self.cursor, only_objects, first, &mut self.records);
        match read {
            // A number at the very end may go on in the next chunk.
            Ok(())
                if self.cursor.at == self.text.len()
                    && !self.last
                    && !matches!(byte, b'{' | b'[' | b'"') =>
            {
                self.records.discard(first);
                Flow::Stop(start)
            }
            Ok(()) => {
                self.records.close(start, self.cursor.at);
                if self.place != Place::Outside {
                    self.place = Place::AfterValue;
                }
                Flow::On
            }
            Err(wrong) => {
                self.records.discard(first);
                self.broken_record(start, wrong)
            }
        }
    }

    fn broken_record(&mut self, start: usize, wrong: Wrong) -> Flow {
        let layout = &self.splitter.layout;
        let in_array = self.place != Place::Outside;
        let is_value = wrong.expected == NOT_OBJECT;
        if (wrong.ended || is_value && self.cursor.at == self.text.len()) && self.may_wait(start) {
            return Flow::Stop(start);
        }
        // A document broken within its array, behind one that broke off after a comma.
        if in_array
            && !self.splitter.records.is_empty()
            && layout.has_own_documents()
            && self.text[start..].starts_with(&layout.document)
            && is_document(self.text, start, &self.splitter.records) == Ok(true)
        {
            self.fault(start, start, INVALID, NEVER_CLOSED.into());
            self.cursor.at = start;
            self.place = Place::Outside;
            return Flow::On;
        }
        let searched = match is_value {
            true => Some(Resume {
                at: self.cursor.at,
                then: Then::Behind,
            }),
            false => layout.resume(self.text, start, in_array, !self.may_wait(start)),
        };
        // Near the end of a chunk more text decides where the record ends.
        if searched.is_none() && self.may_wait(start) {
            return Flow::Stop(start);
        }
        let Resume { at: end, then } = searched.unwrap_or(Resume {
            at: self.text.len(),
            then: Then::Record,
        });
        let detail = format!(
            "expected {} at byte {} of the record",
            wrong.expected,
            wrong.at - start
        );
        let kind = match is_value {
            true => ("not_an_object", "not a JSON object"),
            false => INVALID,
        };
        let raw = self.text[start..end].trim_ascii_end();
        let raw = raw.strip_suffix(b",").unwrap_or(raw);
        self.fault(start, start + raw.len(), kind, detail);
        self.cursor.at = end;
        self.place = match then {
            Then::Behind if in_array => Place::AfterValue,
            Then::Record if in_array => Place::Inside,
            _ => Place::Outside,
        };
        Flow::On
    }
}
