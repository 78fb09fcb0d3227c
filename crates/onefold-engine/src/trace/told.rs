//! What is told of records that were followed.

use serde::Serialize;

/// Where a record, or the records of a customer, went.
#[derive(Debug, Serialize)]
pub struct Trace {
    /// The run that is told of; missing where no run has been published yet.
    pub run_id: Option<String>,
    /// The run kept no tables, so it was done again; its inputs are unchanged.
    pub is_redone: bool,
    /// One entry a record, or the one customer.
    pub courses: Vec<Course>,
}

/// The way of a record or a customer through the steps of a run.
#[derive(Debug, Serialize)]
pub struct Course {
    /// What is followed: a record of this source, or a customer of this table.
    pub table: String,
    /// File of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line on which the record begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What became of it, table by table.
    pub stages: Vec<Stage>,
}

/// What became of a record in a table.
#[derive(Debug, Serialize)]
pub struct Stage {
    /// The table.
    pub table: String,
    /// `accepted`, `rejected`, `passed`, `unmatched`, `removed`, `grouped`, `changed`, `unchanged`, `customer` or `unknown`.
    pub deed: String,
    /// The same for people, with the reason.
    pub text: String,
    /// The rows of the table that it is in, by number from 1. Where several rows are alike, all of these.
    pub rows: Vec<u64>,
    /// There are more rows than are listed.
    pub is_cut: bool,
    /// The outputs that have these rows, under the same numbers.
    pub outputs: Vec<String>,
}
