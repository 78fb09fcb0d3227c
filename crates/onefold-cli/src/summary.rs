//! The ledger as a person reads it.

use std::path::Path;

use onefold_engine::{DriftReport, LeftOutReport, Removed, Report};

/// Unknown columns of a source that are printed; the report has all of them.
const MAX_UNKNOWN: usize = 20;

/// Names that are not read and are printed; the report has all of them.
const MAX_LEFT_OUT: usize = 5;

/// The end of a run in words.
pub(crate) fn summary(report: &Report, output_dir: &Path) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out += &text;
        out.push('\n');
    };
    for source in &report.sources {
        let (added, empty) = match &source.exploded {
            None => (String::new(), String::new()),
            Some(e) => (
                format!(" + {} added (explode {})", e.added, e.path),
                format!(" + {} without {}", e.empty, e.path),
            ),
        };
        line(format!(
            "source {}: {} read{added} = {} accepted + {} rejected{empty}",
            source.name, source.read, source.accepted, source.rejected
        ));
        for reject in &source.rejects {
            line(format!(
                "  {} rejected: {} ({})",
                reject.records, reject.reason, reject.code
            ));
        }
        for field in &source.nulled {
            line(format!(
                "  {} invalid values of {} made missing",
                field.values, field.field
            ));
        }
        for version in &source.versions {
            line(format!(
                "  version {}: {} records",
                version.version, version.records
            ));
        }
        for text in left_out(&source.left_out) {
            line(text);
        }
        for column in source.drift.iter().take(MAX_UNKNOWN) {
            line(unknown(column));
        }
        if let Some(more) = source.drift.len().checked_sub(MAX_UNKNOWN + 1) {
            line(format!(
                "  {} more unknown columns are in the report",
                more + 1
            ));
        }
    }
    for table in &report.tables {
        match table.rows_in {
            Some(rows) => {
                let added = terms(&table.added, "added");
                let removed = terms(&table.removed, "removed");
                line(format!(
                    "table {} ({}): {rows} in{added} = {} out{removed}",
                    table.name, table.step, table.rows_out
                ));
            }
            None => line(format!(
                "table {} ({}): {} out",
                table.name, table.step, table.rows_out
            )),
        }
    }
    for warning in &report.warnings {
        line(format!("warning: {warning}"));
    }
    for output in &report.outputs {
        if let Some(table) = &output.table {
            line(format!("Total {table} records: {}", output.rows));
            line(format!(
                "Data saved to {} with {} records",
                output.path, output.rows
            ));
        }
    }
    line(format!(
        "Run {} took {:.2} s; its report is in {}",
        report.run_id,
        report.seconds,
        output_dir
            .join(".onefold/runs")
            .join(&report.run_id)
            .display()
    ));
    out
}

/// What is beside the files of a source.
pub(crate) fn left_out(found: &[LeftOutReport]) -> impl Iterator<Item = String> {
    let named = found.iter().take(MAX_LEFT_OUT);
    let named = named.map(|one| format!("  not read: {} ({})", one.name, one.why));
    let more = found.len().checked_sub(MAX_LEFT_OUT + 1);
    named.chain(more.map(|more| format!("  {} more names are not read", more + 1)))
}

/// A column that nothing in the pipeline mentions, and how to say that this is well.
fn unknown(column: &DriftReport) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let starts_plain = column.column.starts_with(char::is_alphanumeric);
    let name = match starts_plain && column.column.chars().all(is_plain) {
        true => column.column.clone(),
        // A JSON string is a YAML string, and has no line breaks.
        false => serde_json::json!(column.column).to_string(),
    };
    format!(
        "  unknown column {name}: {} records, first at {} (`ignore: [{name}]` silences this)",
        column.records, column.first
    )
}

/// The terms of a ledger line beside rows in and rows out.
fn terms(rows: &[Removed], what: &str) -> String {
    rows.iter()
        .map(|r| format!(" + {} {what} ({})", r.rows, r.reason))
        .collect()
}
