//! The splitter alone, for fuzzing and benchmarks: a text in, counts out.

use super::paths::Paths;
use super::preamble::{Preamble, preamble};
use super::splitter::JsonSplitter;
use crate::between::Between;
use crate::raw::Splitter;

/// Splits a whole text, keeping no values; counts of records and faults.
pub fn split_bare(text: &[u8]) -> (usize, usize) {
    let Preamble::Found { start, layout } = preamble(text, &[], true) else {
        return (0, 1);
    };
    let splitter = JsonSplitter::new(Paths::new(&[]), layout, &[]);
    let split = splitter.split(text.get(start..).unwrap_or_default(), Between::Ready, true);
    (split.records.len(), split.faults.len())
}
