//! How to match.

use crate::input::Comparison;
use crate::model::Model;

/// How to match.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What is compared.
    pub comparisons: Vec<Comparison>,
    /// Least probability of a merge, above 0 and below 1.
    pub threshold: f64,
    /// Pairs from this probability on are listed where they were not merged.
    pub possible: f64,
    /// Pairs that are one person whatever the evidence says, unless something parts them.
    pub must: Vec<(u32, u32)>,
    /// Pairs that somebody decided are one person: neither the evidence nor what else parts records speaks against it. Not together with
    /// `apart`.
    pub decided: Vec<(u32, u32)>,
    /// Pairs that somebody decided are never one person.
    pub apart: Vec<(u32, u32)>,
    /// Sources in which no two records are one person.
    pub distinct: Vec<u16>,
    /// Comparisons, by index: records whose values differ are never one person.
    pub never: Vec<usize>,
    /// What was learned before; nothing is learned then.
    pub model: Option<Model>,
    /// Threads to work with. The result does not depend on it.
    pub threads: usize,
}
