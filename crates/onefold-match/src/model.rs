//! What was learned, to be kept, looked at and used again.

use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// What a model has learned, to be kept, looked at and used again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Matching pairs a record: with the number of records, the share of matches among all pairs.
    pub matches_per_record: f64,
    /// What is compared.
    pub comparisons: Vec<Learned>,
}

/// What was learned of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Label of the comparison.
    pub label: String,
    /// What its values mean.
    pub kind: Kind,
    /// Share of the records that have a value.
    pub filled: f64,
    /// Different values.
    pub distinct: u64,
    /// Label of the comparison on which it depends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<String>,
    /// Its levels, the lowest first. Names have those of a name's only word, of the first, the last, and the words between.
    pub levels: Vec<Level>,
}

/// How often pairs agree at a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// What it means.
    pub name: String,
    /// Share among matching pairs.
    pub m: f64,
    /// Share among other pairs, the mean of all values.
    pub u: f64,
}
