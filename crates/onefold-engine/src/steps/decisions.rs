//! `decisions:` of a `resolve:`: what people have decided, read from a CSV file.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{TimestampMicrosecondType, UInt64Type};
use onefold_read::{Locator, NoExpressions, Options, Scan};
use onefold_resolve::{Decision, DecisionReport, RecordName};

use super::step::Running;
use crate::error::{Error, Kind};
use crate::places::{address, record_name};
use crate::report::DecisionCounts;

/// Columns of the file, in the order in which they are written.
pub(crate) const COLUMNS: [&str; 8] = [
    "decision", "source_a", "key_a", "source_b", "key_b", "who", "at", "why",
];

/// The file as a source. A key may be a word that elsewhere says that a value is missing, such as `NA`.
const SOURCE: &str = "    nulls: [\"\"]
    fields:
      decision: {required: true, one_of: [same, different]}
      source_a: {required: true}
      key_a: {required: true}
      source_b: {required: true}
      key_b: {required: true}
      who: text
      at: timestamp
      why: text
outputs: [{table: decisions, path: decisions.csv}]
";

/// Whether a file says nothing yet: it has no decisions, nor names of columns.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.trim_ascii().is_empty()
}

/// Reads the decisions; a file that is not there or blank has none. A line that is no decision is an error: a correction must not be lost.
pub(crate) fn read(path: &Path) -> Result<Vec<Decision>, Error> {
    let decisions = scanned(path)?.0.into_iter();
    Ok(decisions.map(|(decision, _)| decision).collect())
}

/// The lines on which decisions about some records begin.
pub(crate) fn lines_about(
    path: &Path,
    is_meant: impl Fn(&RecordName) -> bool,
) -> Result<Vec<u64>, Error> {
    let (decisions, locator) = scanned(path)?;
    let meant = |decision: &Decision| is_meant(&decision.a) || is_meant(&decision.b);
    let found = decisions.iter().filter(|(decision, _)| meant(decision));
    let found: Vec<u64> = found.map(|(_, address)| *address).collect();
    let places = match locator {
        Some(locator) => locator.locate_all(&found)?,
        None => Vec::new(),
    };
    Ok(places.into_iter().map(|place| place.line).collect())
}

/// Decisions with their addresses, and what finds these.
type Scanned = (Vec<(Decision, u64)>, Option<Locator>);

fn scanned(path: &Path) -> Result<Scanned, Error> {
    match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Scanned::default()),
        Ok(bytes) if is_blank(&bytes) => return Ok(Scanned::default()),
        // What else is in the way, the reader says.
        _ => {}
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::internal(format!("`{}` is no file", path.display())));
    };
    // A JSON string is a YAML string, and `$${` is how a pipeline writes `${`.
    let quoted = name.to_string_lossy().replace("${", "$${");
    let quoted = serde_json::to_string(&quoted).map_err(Error::internal)?;
    let text = format!("sources:\n  decisions:\n    path: {quoted}\n{SOURCE}");
    let loaded = onefold_spec::load(&text, Path::new("decisions"), &|_| None);
    let loaded = loaded.map_err(|findings| Error::internal(format!("{findings:?}")))?;
    let source = loaded.pipeline.sources.first();
    let source = source.ok_or_else(|| Error::internal("no source"))?;
    let options = Options {
        threads: 1,
        needed: None,
        stdin: None,
    };
    let scan = Scan::open(source, folder, Arc::new(NoExpressions), &options)?;
    let locator = scan.locator();
    let mut decisions = Vec::new();
    let mut wrong = None;
    scan.run(
        |batch| batch,
        |batch| {
            if let Some(reject) = batch.rejects.first() {
                wrong = Some(format!(
                    "{}:{}: {}",
                    path.display(),
                    reject.line,
                    reject.reason
                ));
            }
            take(&batch.records, &mut decisions);
            wrong.is_none()
        },
    )?;
    match wrong {
        None => Ok((decisions, Some(locator))),
        Some(wrong) => {
            let error = Error::new(
                Kind::Configuration,
                format!("a decision cannot be read: {wrong}"),
            );
            Err(error.hint(format!("its columns are {}", COLUMNS.join(", "))))
        }
    }
}

fn take(batch: &RecordBatch, decisions: &mut Vec<(Decision, u64)>) {
    let text = |name: &str, row: usize| {
        let column = batch.column_by_name(name)?.as_string_view_opt()?;
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let at = |row: usize| {
        let column = batch.column_by_name("at")?;
        let column = column.as_primitive_opt::<TimestampMicrosecondType>()?;
        column.is_valid(row).then(|| column.value(row))
    };
    let addresses = address(&batch.schema()).map(|place| batch.column(place));
    let addresses = addresses.and_then(|column| column.as_primitive_opt::<UInt64Type>());
    for row in 0..batch.num_rows() {
        let record = |source: &str, key: &str| RecordName {
            source: text(source, row).unwrap_or_default(),
            key: text(key, row).unwrap_or_default(),
        };
        let decision = Decision {
            same: text("decision", row).as_deref() == Some("same"),
            a: record("source_a", "key_a"),
            b: record("source_b", "key_b"),
            who: text("who", row).unwrap_or_default(),
            at: at(row),
            why: text("why", row).unwrap_or_default(),
        };
        let address = addresses.map_or(0, |addresses| addresses.value(row));
        decisions.push((decision, address));
    }
}

fn name_of(record: &RecordName) -> String {
    record_name(&record.source, &record.key)
}

/// `crm:1 same crm:2`, as the file has it.
fn in_words(decision: &Decision) -> String {
    let what = if decision.same { "same" } else { "different" };
    format!("{} {what} {}", name_of(&decision.a), name_of(&decision.b))
}

/// Places that a warning names.
const NAMED: usize = 3;

/// What became of the decisions; warns of those that wait and of those that others contradict.
pub(super) fn account(
    found: &DecisionReport,
    decisions: &[Decision],
    run: &mut Running<'_, '_>,
) -> DecisionCounts {
    let named = |places: Vec<String>| {
        let more = places.len().saturating_sub(NAMED);
        let mut text = places[..places.len() - more].join(", ");
        if more > 0 {
            text += &format!(" and {more} more");
        }
        text
    };
    // Whoever was erased is not named.
    let is_erased = |source: &str, key: &str| {
        let list = run.suppression;
        list.is_some_and(|list| list.has_record(run.pipeline, source, key))
    };
    let missing = found.missing.iter();
    let missing = missing.filter(|m| !is_erased(&m.record.source, &m.record.key));
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        let records = missing.iter().map(|missing| name_of(&missing.record));
        run.ledger.warn(format!(
            "table {}: decisions name records that are not there: {}",
            run.table,
            named(records.collect())
        ));
    }
    if !found.overruled.is_empty() {
        let lines = found.overruled.iter().map(|overruled| {
            let Some(decision) = decisions.get(overruled.place) else {
                return String::new();
            };
            let by = overruled.by.iter();
            // Of a record that is to differ from itself, the decision itself is the contradiction.
            let by = by.filter(|place| **place != overruled.place);
            let by = by.filter_map(|place| decisions.get(*place)).map(in_words);
            let by = named(by.collect());
            let pair = format!("{} and {}", name_of(&decision.a), name_of(&decision.b));
            match by.is_empty() {
                true => pair,
                false => format!("{pair} ({by})"),
            }
        });
        run.ledger.warn(format!(
            "table {}: later decisions contradict those on {}",
            run.table,
            named(lines.collect())
        ));
    }
    DecisionCounts {
        applied: found.applied,
        waiting: found.missing.len() as u64,
        overruled: found.overruled.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_a_record_are_found_however_it_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decisions.csv");
        let rows = "\
same,crm,\"a,b\",shop,1,eve,,\"two\nlines\"
different,shop,2,crm,\"a,b\",,,
same,crm,3,crm,4,,,
";
        std::fs::write(&path, format!("{}\n{rows}", COLUMNS.join(","))).expect("written");
        let lines = |source: &str, key: &str| {
            let meant = RecordName::new(source, key);
            lines_about(&path, |record| *record == meant).expect("read")
        };
        assert_eq!(lines("crm", "a,b"), [2, 4]);
        assert_eq!(lines("crm", "4"), [5]);
        assert_eq!(lines("shop", "3"), Vec::<u64>::new());
        std::fs::write(&path, "\n").expect("written");
        assert_eq!(lines("crm", "a,b"), Vec::<u64>::new());
    }
}
