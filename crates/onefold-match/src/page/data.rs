//! What the page shows.

use serde::Serialize;

use crate::blocking::SkippedBlock;
use crate::explain::Explanation;
use crate::model::Model;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// Its heading.
    pub title: String,
    /// All records.
    pub records: u64,
    /// What they are: clusters, those of one record too.
    pub customers: u64,
    /// Each source with its records.
    pub sources: Vec<(String, u64)>,
    /// What was learned.
    pub model: Model,
    /// Least probability of a possible pair, and of a match.
    pub thresholds: [f64; 2],
    /// Pairs that were compared.
    pub compared: u64,
    /// By tenth of a probability, from 0 to 1: compared pairs.
    pub probabilities: [u64; 10],
    /// What blocking did.
    pub blocking: Blocking,
    /// Customers by how many records they have, such as `2` or `3-5`.
    pub sizes: Vec<(String, u64)>,
    /// Pairs that are explained.
    pub examples: Vec<Example>,
    /// Pairs that may be one person and were not linked.
    pub possible: u64,
    /// Records without any value: nobody can link them.
    pub empty: u64,
    /// What guards kept apart.
    pub prevented: Vec<Prevented>,
    /// What each column was taken for.
    pub columns: Vec<ColumnUse>,
    /// Seconds by step, in the order of the work.
    pub seconds: Vec<(String, f64)>,
    /// Ids of the largest customers with their records.
    pub largest: Vec<(String, u64)>,
}

/// What blocking did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Blocking {
    /// Most records of a block that makes pairs.
    pub cap: u32,
    /// Blocks of two or more records.
    pub blocks: u64,
    /// Blocks of more records than the cap, which make no pairs.
    pub skipped: u64,
    /// Records of the largest of these.
    pub largest: u32,
    /// The largest of these.
    pub skipped_blocks: Vec<SkippedBlock>,
    /// Pairs of all records.
    pub compared_of: u64,
}

/// A pair of records and what speaks for and against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// What it is an example of, such as `linked` or `possible`.
    pub what: String,
    /// Key of a record, with its source.
    pub a: String,
    /// Key of the other.
    pub b: String,
    /// Why the pair was linked, or was not.
    pub explanation: Explanation,
}

/// Pairs that a guard kept apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prevented {
    /// What the guard asks for.
    pub guard: String,
    /// How many merges it prevented.
    pub count: u64,
    /// Keys of some of the pairs.
    pub examples: Vec<(String, String)>,
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnUse {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub role: String,
    /// How sure that is, from 0 to 1.
    pub confidence: f32,
    /// Why, in a short sentence.
    pub because: String,
    /// Label of the comparison that uses it; none where it is no evidence.
    pub comparison: Option<String>,
}
