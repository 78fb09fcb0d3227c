//! What a run says of matching by likeness.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Matching by likeness.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ModelReport {
    /// The `model` that was used, as YAML for the pipeline file.
    pub yaml: String,
    /// What each field was taken for, where that was guessed.
    pub fields: Vec<FieldUse>,
    /// What was learned. The same is in `models/TABLE.json` of the run, which `model: {file: ..}` reads.
    pub learned: LearnedModel,
    /// Least probability of a match.
    pub threshold: f64,
    /// Least probability of a possible match.
    pub possible: f64,
    /// Pairs that were compared.
    pub compared: u64,
    /// Pairs that there are.
    pub pairs: u64,
    /// Compared pairs by tenth of their probability.
    pub probabilities: Vec<u64>,
    /// Pairs that may be one customer but were not linked.
    pub possible_pairs: u64,
    /// Records without a value in any comparison.
    pub empty: u64,
    /// Most records of a block.
    pub block_cap: u32,
    /// Blocks of records that were compared.
    pub blocks: u64,
    /// Blocks above the cap: their records were compared only where they share something rarer.
    pub blocks_skipped: u64,
    /// Records of the largest of these.
    pub block_largest: u32,
    /// The largest of these, ten at most.
    #[serde(default)]
    pub skipped_blocks: Vec<SkippedBlock>,
    /// What was not merged, by guard.
    pub prevented: Vec<GuardCount>,
}

/// A block above the cap.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SkippedBlock {
    /// Labels of the comparisons whose values its records share, in whole or in part. The values are on the page of matching.
    pub shared: Vec<String>,
    /// Its records.
    pub records: u32,
    /// Pairs of them that were not compared, because they share nothing rarer.
    pub not_compared: u64,
}

/// Merges that a guard prevented.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GuardCount {
    /// The guard.
    pub guard: String,
    /// How often it decided.
    pub merges: u64,
    /// Keys of two records of each of a few of them.
    pub examples: Vec<(String, String)>,
}

/// What a field was taken for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FieldUse {
    /// The field.
    pub field: String,
    /// Its role, such as `first_name`; `ignore`: it says nothing about who it is.
    pub role: String,
    /// How sure that is, from 0 to 1.
    pub confidence: f32,
    /// Why.
    pub because: String,
}

/// A model that was learned.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LearnedModel {
    /// Matching pairs a record.
    pub matches_per_record: f64,
    /// By comparison.
    pub comparisons: Vec<LearnedComparison>,
}

/// What was learned of a comparison.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LearnedComparison {
    /// Its label.
    pub label: String,
    /// What its values mean.
    pub kind: String,
    /// Share of the records that have a value.
    pub filled: f64,
    /// Different values.
    pub distinct: u64,
    /// Label of the comparison on which it depends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<String>,
    /// Its levels, the lowest first; of a name those of an only word, the first, the last, and one between.
    pub levels: Vec<LearnedLevel>,
}

/// How often pairs agree at a level.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LearnedLevel {
    /// What it means.
    pub name: String,
    /// Share among matching pairs.
    pub m: f64,
    /// Share among other pairs, the mean of all values.
    pub u: f64,
}
