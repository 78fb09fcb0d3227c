//! The account of a run: what came in, what went out, and where the difference went. Written as `report.json`, printed as the ledger.

mod asked;
mod matching;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use asked::{CheckReport, CheckSeverity, DecisionCounts, IdReport, KeptReport};
pub use matching::{
    FieldUse, GuardCount, LearnedComparison, LearnedLevel, LearnedModel, ModelReport, SkippedBlock,
};

/// Version of the report's form. A reader may rely on the fields of a version; new fields do not change it.
pub const REPORT_VERSION: u32 = 1;

/// Everything that a run has to say about itself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// Unique in the output folder; its run folder is `.onefold/runs/RUN_ID`.
    pub run_id: String,
    /// Name of the pipeline.
    pub pipeline: String,
    /// Version of the program.
    pub onefold: String,
    /// `published`, `refused` (a limit was exceeded) or `failed`; only the first has published anything.
    pub status: Status,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Why it failed. The rest of the report then says how far it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Start, RFC 3339, UTC.
    pub started: String,
    /// Wall time in seconds.
    pub seconds: f64,
    /// One entry a source, in pipeline order.
    pub sources: Vec<SourceReport>,
    /// One entry a table, in the order in which they were made.
    pub tables: Vec<TableReport>,
    /// One entry a check of a table, in pipeline order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckReport>,
    /// One entry an output, in pipeline order.
    pub outputs: Vec<OutputReport>,
    /// Tables that stay in the folder of the run, where their paths begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptReport>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All outputs are in place.
    Published,
    /// A limit was exceeded; the old outputs are in place.
    Refused,
    /// The run could not go on; the old outputs are in place.
    Failed,
}

/// Records of one source: `read = accepted + rejected + suppressed`, or `read + exploded.added = accepted + rejected + suppressed +
/// exploded.empty`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SourceReport {
    /// Name of the source.
    pub name: String,
    /// How reports call it.
    pub label: String,
    /// Records found in its files.
    pub read: u64,
    /// Records that are in the table.
    pub accepted: u64,
    /// Records that are in the table `NAME.rejects`.
    pub rejected: u64,
    /// What exploding an array made of its records; missing where it explodes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploded: Option<ExplodeReport>,
    /// Records of people who were erased; missing where there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suppressed: u64,
    /// Rejects by code, most frequent first.
    pub rejects: Vec<RejectCount>,
    /// What most of its rejects may come from, and what to do; missing where not most records are rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_cause: Option<String>,
    /// Rejects by field and code, most frequent first: what a person is shown. `report.json` has them by code.
    #[serde(skip)]
    pub kinds: Vec<RejectKind>,
    /// Values of accepted records made missing by `on_invalid: null`, by field; the table `NAME.nulled` has them.
    pub nulled: Vec<FieldCount>,
    /// Records by the version of the schema that they are of, in declared order; missing where the source has no versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionCount>,
    /// How old its newest record is; missing where no record has a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freshness: Option<FreshnessReport>,
    /// Columns that its files have and the pipeline does not mention; missing where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<DriftReport>,
    /// Its files in the order in which they were read.
    pub files: Vec<FileReport>,
    /// What its folder or pattern has beside them and is not read, hidden files aside; missing where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutReport>,
    /// Seconds spent reading.
    pub seconds: f64,
}

impl SourceReport {
    /// Records that were accepted or rejected: those read, or what exploding an array made of them.
    pub fn judged(&self) -> u64 {
        self.accepted + self.rejected
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What exploding an array made of the records of a source.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExplodeReport {
    /// Path of the array.
    pub path: String,
    /// Elements beyond the first of each record.
    pub added: u64,
    /// Records without elements, which are no row; an array on the way to the path has such records in it, too.
    pub empty: u64,
}

/// Rejects of one kind.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RejectCount {
    /// Stable code.
    pub code: String,
    /// For people; of the first such reject, or of a check as it is declared. It has no values of records.
    pub reason: String,
    /// How many.
    pub records: u64,
}

/// Rejects of one code that are the fault of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectKind {
    /// Name of the field; empty for records as a whole.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// For people; of the first such reject.
    pub reason: String,
    /// Its value; of what is personal the shape alone.
    pub value: Option<String>,
    /// How many.
    pub records: u64,
    /// File and line of the first.
    pub first: String,
}

/// Values of one field.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FieldCount {
    /// Name of the field.
    pub field: String,
    /// How many.
    pub values: u64,
}

/// Records of one version of a source's schema.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VersionCount {
    /// Name of the version.
    pub version: String,
    /// How many, refused ones counted. All others are read by the source's own fields, or are too broken to be read.
    pub records: u64,
}

/// The age of the newest record of a source that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreshnessReport {
    /// The field that says when a record was made.
    pub field: String,
    /// Its greatest value, RFC 3339, UTC; of a date, the first moment of the day.
    #[serde(with = "as_text")]
    #[schemars(with = "String")]
    pub newest: jiff::Timestamp,
    /// Seconds from then to the start of the run; below zero where the record is of the future.
    pub age_seconds: i64,
}

/// A time as the text of RFC 3339.
mod as_text {
    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A column that nothing in the pipeline mentions.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DriftReport {
    /// Its name, or the path to it in JSON.
    pub column: String,
    /// Records that have it.
    pub records: u64,
    /// File and line of the first of them.
    pub first: String,
}

/// One input file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FileReport {
    /// Name relative to the input folder.
    pub name: String,
    /// Bytes after decompression and decoding.
    pub bytes: u64,
    /// Records found.
    pub records: u64,
    /// XXH3-128 of the file as it lies on disk, hexadecimal.
    pub xxh3: String,
}

/// Something beside the input files that is not read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutReport {
    /// Name relative to the input folder.
    pub name: String,
    /// What it is, so that it is not read.
    pub why: String,
}

/// Rows of one table: `rows_in + sum of added = rows_out + sum of removed` wherever the step accounts for its rows.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TableReport {
    /// Name of the table.
    pub name: String,
    /// Its step.
    pub step: String,
    /// Rows of its inputs; missing for `sql`, whose query may do anything with them.
    pub rows_in: Option<u64>,
    /// Its rows.
    pub rows_out: u64,
    /// What became of the rest.
    pub removed: Vec<Removed>,
    /// Rows that came from elsewhere: further matches of a join, rows that only its right table has.
    pub added: Vec<Removed>,
    /// What the lookups of a `join` did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<JoinReport>,
    /// What an `asof_join` did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asof: Option<AsofReport>,
    /// What a `resolve` did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<ResolveReport>,
    /// Seconds spent on it, its inputs not counted.
    pub seconds: f64,
}

/// Rows that did not go on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// Why: `merged`, `where`, ...
    pub reason: String,
    /// How many.
    pub rows: u64,
}

/// One lookup of a `join`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct JoinReport {
    /// The table looked up.
    pub table: String,
    /// Left rows that found a row.
    pub matched: u64,
    /// Left rows that found none.
    pub unmatched: u64,
    /// Left rows without a key, among the unmatched.
    pub null_keys: u64,
    /// Right rows that no left row found, added by a full join.
    pub only_right: u64,
    /// Right rows that `expect: first` or `last` left aside.
    pub left_aside: u64,
}

/// An `asof_join`: its four counts add up to the left rows.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AsofReport {
    /// Left rows that found a row.
    pub matched: u64,
    /// Left rows whose key has no row, or none in the direction asked for.
    pub no_candidate: u64,
    /// Left rows whose nearest row is beyond the tolerance.
    pub outside_tolerance: u64,
    /// Left rows without a key or a time.
    pub null_key: u64,
    /// Half of the matches are at most so far away, in microseconds.
    pub distance_p50: Option<u64>,
    /// Nine in ten.
    pub distance_p90: Option<u64>,
    /// 99 in a hundred.
    pub distance_p99: Option<u64>,
    /// All.
    pub distance_max: Option<u64>,
}

/// What a `resolve` did.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResolveReport {
    /// Records compared.
    pub records: u64,
    /// Customers found.
    pub customers: u64,
    /// Customers by number of records, as pairs of (`"1"`, `"2"`, `"3"`, `"4-5"`, ...) and count.
    pub sizes: Vec<(String, u64)>,
    /// Records of the largest customer.
    pub largest: u64,
    /// By rule.
    pub rules: Vec<RuleCounts>,
    /// Values of more people than the cap: they made no links. At most 100 are listed.
    pub shared_values: Vec<SharedValue>,
    /// Customers of more records than `max_size`. At most 100 are listed.
    pub oversized: Vec<Oversized>,
    /// With a `model`: what it compared, learned and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelReport>,
    /// With a `state`: what happened to the ids of customers since the run before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<IdReport>,
    /// With `decisions`: what became of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions: Option<DecisionCounts>,
}

/// One match rule.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RuleCounts {
    /// Its label.
    pub rule: String,
    /// Records that have a value under it.
    pub present: u64,
    /// Records that share their value with another.
    pub linked: u64,
    /// Values above the cap.
    pub shared_values: u64,
    /// Records with such a value.
    pub shared_records: u64,
}

/// A value that too many records share.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SharedValue {
    /// Label of the rule.
    pub rule: String,
    /// The value.
    pub value: String,
    /// Records that have it.
    pub records: u64,
    /// The table of most of them.
    #[serde(default)]
    pub table: String,
}

/// A customer of suspiciously many records.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Oversized {
    /// Its id.
    pub id: String,
    /// Its records.
    pub records: u64,
}

/// One published file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OutputReport {
    /// Path relative to the output folder.
    pub path: String,
    /// The table in it; missing for the run log and metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Its rows, or lines.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// The sheet that it is, of a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// With `partition_by`: partitions that have rows. `path` is then a folder, and `bytes` the size of all files in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<u64>,
    /// With `spreadsheet_safe`: cells, names of columns among them, that an apostrophe keeps from being taken as a formula.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guarded_cells: Option<u64>,
}

impl Report {
    /// Reads a `report.json`.
    ///
    /// # Errors
    /// The text is not a report of this version or an older one.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The JSON Schema of `report.json`.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Report).into()
    }

    /// The first equation of the ledger that does not hold.
    pub fn imbalance(&self) -> Option<String> {
        for s in &self.sources {
            let (added, empty) = s.exploded.as_ref().map_or((0, 0), |e| (e.added, e.empty));
            if s.read + added != s.accepted + s.rejected + s.suppressed + empty {
                return Some(format!(
                    "source {}: {} read, {added} added, {} accepted, {} rejected, {} suppressed, {empty} empty",
                    s.name, s.read, s.accepted, s.rejected, s.suppressed
                ));
            }
        }
        for t in &self.tables {
            let removed: u64 = t.removed.iter().map(|r| r.rows).sum();
            let added: u64 = t.added.iter().map(|r| r.rows).sum();
            if t.rows_in
                .is_some_and(|rows| rows + added != t.rows_out + removed)
            {
                return Some(format!(
                    "table {}: {:?} in, {} out, {removed} removed",
                    t.name, t.rows_in, t.rows_out
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the schema is published.
    const SCHEMA: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/report.schema.json"
    );

    #[test]
    fn the_published_schema_is_that_of_the_code() {
        let schema = serde_json::to_string_pretty(&Report::json_schema()).expect("JSON") + "\n";
        if std::env::var_os("ONEFOLD_BLESS").is_some() {
            std::fs::write(SCHEMA, &schema).expect("written");
        }
        let published = std::fs::read_to_string(SCHEMA).unwrap_or_default();
        assert_eq!(published, schema, "run this test with `ONEFOLD_BLESS=1`");
    }

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let text = r#"{
            "version": 1, "run_id": "r", "pipeline": "p", "onefold": "0", "status": "failed", "error": "no room",
            "started": "2025-07-01T12:00:00Z", "seconds": 1.5,
            "sources": [{
                "name": "s", "label": "S", "read": 3, "accepted": 2, "rejected": 1,
                "rejects": [{"code": "c", "reason": "r", "records": 1}], "nulled": [{"field": "f", "values": 1}],
                "freshness": {"field": "at", "newest": "2025-07-01T11:59:00Z", "age_seconds": 60},
                "files": [{"name": "a.csv", "bytes": 9, "records": 3, "xxh3": "00"}], "seconds": 0.5
            }],
            "tables": [{
                "name": "t", "step": "sql", "rows_in": null, "rows_out": 2, "removed": [], "added": [], "seconds": 0.25
            }],
            "outputs": [], "warnings": ["w"]
        }"#;
        let report = Report::parse(text).expect("a report");
        assert_eq!(report.status, Status::Failed);
        let written = serde_json::to_value(&report).expect("JSON");
        let read: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(written, read);
        assert!(Report::parse("{}").is_err());
    }
}
