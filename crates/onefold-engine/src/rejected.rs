//! The rejects that a run has left, by source and kind, with some of them to be looked at.

use std::collections::HashMap;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};

use crate::before;
use crate::error::{Error, Kind};
use crate::report::Report;

/// Rejects of one kind in one source.
#[derive(Debug, Clone, Serialize)]
pub struct RejectGroup {
    /// The source.
    pub source: String,
    /// The field at fault; empty: the record as a whole.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// For people; of the first.
    pub reason: String,
    /// How many records.
    pub records: u64,
    /// The first of them.
    pub examples: Vec<Rejected>,
}

/// One reject.
#[derive(Debug, Clone, Serialize)]
pub struct Rejected {
    /// The file.
    pub file: String,
    /// The line on which the record starts, from 1.
    pub line: u64,
    /// The value at fault.
    pub value: Option<String>,
    /// The text of the record.
    pub raw: String,
}

/// An error of a record, as the column `errors` has it.
#[derive(Deserialize)]
struct FieldError {
    column: String,
    value: Option<String>,
}

const COLUMNS: [&str; 6] = ["file", "line", "code", "reason", "errors", "raw"];

/// The rejects of the last run in an output folder, of one source or of all: by source, the most frequent kinds first, with `examples` of
/// each.
///
/// # Errors
/// There has been no run, the run had no such source, or a file of it cannot be read.
pub fn rejects_of_last_run(
    output_dir: &Path,
    source: Option<&str>,
    examples: usize,
) -> Result<(Report, Vec<RejectGroup>), Error> {
    let Some((folder, report)) = before::last(output_dir)? else {
        let message = format!("there has been no run in `{}`", output_dir.display());
        let error = Error::new(Kind::Configuration, message);
        return Err(error.hint("say with `--out DIR` where the outputs are"));
    };
    let sources = report.sources.iter().map(|s| s.name.as_str());
    let sources: Vec<&str> = sources
        .filter(|name| source.is_none_or(|s| s == *name))
        .collect();
    if let (Some(source), true) = (source, sources.is_empty()) {
        let known = report.sources.iter().map(|s| format!("`{}`", s.name));
        let known: Vec<String> = known.collect();
        let error = Error::new(
            Kind::Configuration,
            format!("the last run has read no source `{source}`"),
        );
        return Err(match &report.error {
            Some(why) => error.hint(format!("the run failed: {why}")),
            None => error.hint(format!("it has read {}", known.join(", "))),
        });
    }
    let mut found = Vec::new();
    for source in sources {
        let file = format!("rejects/{source}.parquet");
        let path = folder.join(&file);
        if path.exists() {
            before::verify(&folder, &file)?;
            let mut groups = groups(source, &path, examples)?;
            // Stable: of equally frequent kinds the one that was met first.
            groups.sort_by_key(|group| std::cmp::Reverse(group.records));
            found.append(&mut groups);
        }
    }
    Ok((report, found))
}

fn groups(source: &str, path: &Path, examples: usize) -> Result<Vec<RejectGroup>, Error> {
    let unreadable = |e: &dyn std::fmt::Display| {
        let message = format!("could not read `{}`: {e}", path.display());
        Error::new(Kind::Unreadable, message)
    };
    let file = std::fs::File::open(path).map_err(|e| unreadable(&e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| unreadable(&e))?;
    let mask = ProjectionMask::columns(reader.parquet_schema(), COLUMNS);
    let batches = reader.with_projection(mask).build();
    let mut groups: Vec<RejectGroup> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for batch in batches.map_err(|e| unreadable(&e))? {
        let batch = batch.map_err(|e| unreadable(&e))?;
        let text = |name: &str| text(&batch, name).ok_or_else(|| unreadable(&"it has no rejects"));
        let [files, codes, reasons] = [text("file")?, text("code")?, text("reason")?];
        let [errors, raws] = [text("errors")?, text("raw")?];
        let lines = batch.column_by_name("line");
        let lines = lines.and_then(|lines| lines.as_primitive_opt::<UInt64Type>());
        for row in 0..batch.num_rows() {
            let value = |column: &Texts| column.as_string_view().value(row).to_owned();
            let all: Vec<FieldError> = serde_json::from_str(&value(&errors)).unwrap_or_default();
            let (field, at_fault) = match all.into_iter().next() {
                Some(first) => (first.column, first.value),
                None => (String::new(), None),
            };
            let key = (field, value(&codes));
            let number = *known.entry(key.clone()).or_insert_with(|| {
                let (field, code) = key;
                groups.push(RejectGroup {
                    source: source.to_owned(),
                    field,
                    code,
                    reason: value(&reasons),
                    records: 0,
                    examples: Vec::new(),
                });
                groups.len() - 1
            });
            let group = &mut groups[number];
            group.records += 1;
            if group.examples.len() < examples {
                group.examples.push(Rejected {
                    file: value(&files),
                    line: lines.map_or(0, |lines| lines.value(row)),
                    value: at_fault,
                    raw: value(&raws),
                });
            }
        }
    }
    Ok(groups)
}

type Texts = arrow::array::ArrayRef;

fn text(batch: &RecordBatch, name: &str) -> Option<Texts> {
    let column = batch.column_by_name(name)?;
    column.data_type().is_string().then_some(())?;
    cast(column, &DataType::Utf8View).ok()
}
