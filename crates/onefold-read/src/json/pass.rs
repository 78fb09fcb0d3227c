//! A pass over one chunk: where it stands, and what it has found so far.

use super::scan::Cursor;
use super::splitter::JsonSplitter;
use crate::between::Place;
use crate::raw::{Fault, MAX_RECORD, Records};

/// A pass over one chunk.
pub(super) struct Pass<'a> {
    pub(super) splitter: &'a JsonSplitter,
    pub(super) text: &'a [u8],
    /// Nothing follows the text.
    pub(super) last: bool,
    pub(super) cursor: Cursor<'a>,
    pub(super) place: Place,
    /// Where the document starts that the pass is in, if in this text.
    pub(super) document: Option<usize>,
    pub(super) records: Records,
    pub(super) faults: Vec<Fault>,
}

/// What to do after a step of a pass.
pub(super) enum Flow {
    /// Go on.
    On,
    /// Leave what starts here to the next chunk.
    Stop(usize),
}

/// The byte order mark in UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) const INVALID: (&str, &str) = ("invalid_json", "invalid JSON");
pub(super) const NEVER_CLOSED: &str = "the array is never closed";

impl Pass<'_> {
    /// Passes over white space, and over byte order marks of files put end to end.
    #[inline]
    pub(super) fn blank(&mut self) {
        self.cursor.space();
        while self.text[self.cursor.at..].starts_with(MARK) {
            self.cursor.at += MARK.len();
            self.cursor.space();
        }
    }

    /// Whether a byte order mark begins here that goes on in the next chunk.
    pub(super) fn is_cut_mark(&self) -> bool {
        !self.last && MARK.starts_with(&self.text[self.cursor.at..])
    }

    pub(super) fn fault(
        &mut self,
        start: usize,
        end: usize,
        (code, reason): (&'static str, &'static str),
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

    /// A fault of one byte, which is passed over.
    pub(super) fn stray(&mut self, kind: (&'static str, &'static str), detail: &str) -> Flow {
        let start = self.cursor.at;
        self.fault(start, start + 1, kind, detail.into());
        self.cursor.at += 1;
        Flow::On
    }

    /// What starts at `start` may wait for more text: there is some, and it is not too long yet.
    pub(super) fn may_wait(&self, start: usize) -> bool {
        !self.last && self.text.len() - start <= MAX_RECORD
    }
}
