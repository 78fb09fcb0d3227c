//! JSON in whatever framing it comes: arrays, arrays under a path, an object a line, objects one after another on one line or over many. A
//! file is a sequence of documents, however they follow each other ([`document`]); how they are written, its beginning tells ([`layout`]).
//!
//! Strict inside a record (RFC 8259: what is not JSON is a fault), forgiving between records: a broken record ends where its braces
//! close or, failing that, where the next line starts an object or another document begins, and costs no other ([`recovery`]). Of a
//! repeated key the last value counts, as a whole ([`record`]). Numbers keep their text. Values of any other kind than object stand in a
//! column `value` where no fields are declared, unless a stream starts with an object: then they are faults.
//!
//! [`split`] puts it together: a pass over a chunk that goes on where the one before it stopped. Wherever the chunks are cut, the records and
//! faults are those of one pass over the whole file.

mod differential;
mod discover;
mod document;
mod layout;
mod paths;
mod record;
mod recovery;
mod scan;
mod split;

pub use differential::disagreement;
pub(crate) use discover::{FoundColumn, FoundKind, WHOLE, discover};
pub(crate) use document::Place;
pub(crate) use layout::{Layout, Preamble, preamble};
pub(crate) use paths::Paths;
pub(crate) use scan::is_value;
pub(crate) use split::JsonSplitter;

/// Splits a whole text, keeping no values; counts of records and faults.
pub fn split_bare(text: &[u8]) -> (usize, usize) {
    use crate::raw::{Between, Splitter};
    let Preamble::Found { start, layout } = preamble(text, &[], true) else {
        return (0, 1);
    };
    let splitter = JsonSplitter::new(Paths::new(&[]), layout, &[]);
    let split = splitter.split(text.get(start..).unwrap_or_default(), Between::Ready, true);
    (split.records.len(), split.faults.len())
}
