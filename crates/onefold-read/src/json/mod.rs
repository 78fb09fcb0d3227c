//! JSON in whatever framing it comes: one array, an array under a path, an object a line, objects one after another on one line or over
//! many.
//!
//! Strict inside a record (RFC 8259: what is not JSON is a fault), forgiving between records: a broken record ends where its braces
//! close or, failing that, where the next line starts an object, and costs no other. Of a repeated key the last value counts. Numbers
//! keep their text. Values of any other kind than object stand in a column `value` where no fields are declared, unless a stream starts with
//! an object: then they are faults.

mod discover;
mod paths;
mod scan;
mod split;

pub(crate) use discover::{FoundColumn, FoundKind, WHOLE, discover};
pub(crate) use paths::Paths;
pub(crate) use split::{Framing, JsonSplitter, Preamble, preamble};

/// Splits a whole text, keeping no values; counts of records and faults.
pub fn split_bare(text: &[u8]) -> (usize, usize) {
    use crate::raw::{Between, Splitter};
    let Preamble::Found {
        start,
        framing,
        signature,
    } = preamble(text, &[], true)
    else {
        return (0, 1);
    };
    let splitter = JsonSplitter::new(Paths::new(&[]), framing, signature, true);
    let split = splitter.split(text.get(start..).unwrap_or_default(), Between::Ready, true);
    (split.records.len(), split.faults.len())
}
