//! What a run is asked for beside its tables: ids that stay, decisions, checks, tables that are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened to the ids of customers since the run before, in customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IdReport {
    /// Path of the state that holds the ids, relative to the output folder; missing in reports of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// New ids.
    pub created: u64,
    /// Customers with the same id and other records.
    pub changed: u64,
    /// Customers that were gone and have records again.
    pub returned: u64,
    /// Ids whose customer is now part of another.
    pub merged: u64,
    /// Parts of customers that went to other customers.
    pub split: u64,
    /// Ids of which no record is there any more.
    pub gone: u64,
}

/// A check of a table.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// The table.
    pub table: String,
    /// What the check is called.
    pub check: String,
    /// What failing rows mean.
    pub severity: CheckSeverity,
    /// Rows that fail; they are in the folder of the run, in `failures`.
    pub rows: u64,
}

/// What rows mean that fail a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckSeverity {
    /// Nothing is published.
    Error,
    /// The run warns.
    Warn,
}

/// A table that stays in the folder of the run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct KeptReport {
    /// The table.
    pub table: String,
    /// Path relative to the folder of the run.
    pub path: String,
    /// The column that identifies a row: the key of a source, the id of a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// What became of what people have decided, in decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionCounts {
    /// Those that hold.
    pub applied: u64,
    /// Records that they name and that are not there.
    pub waiting: u64,
    /// Those that later ones contradict.
    pub overruled: u64,
}
