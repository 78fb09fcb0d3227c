//! What has changed between two runs, in sentences.

use std::collections::BTreeMap;

use onefold_engine::Report;

use crate::text::{counted, grouped};

/// Most sentences: the largest changes come first.
const MOST: usize = 10;

/// A sentence for each thing that is not as it was in the previous run, the largest changes first.
pub(super) fn sentences(run: &Report, before: Option<&Report>) -> Vec<String> {
    let Some(before) = before else {
        return Vec::new();
    };
    let mut found: Vec<(u64, String)> = Vec::new();
    sources(run, before, &mut found);
    tables(run, before, &mut found);
    found.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    found.truncate(MOST);
    found.into_iter().map(|(_, sentence)| sentence).collect()
}

fn sources(run: &Report, before: &Report, found: &mut Vec<(u64, String)>) {
    let known: BTreeMap<&str, _> = before
        .sources
        .iter()
        .map(|s| (s.name.as_str(), s))
        .collect();
    for source in &run.sources {
        let Some(then) = known.get(source.name.as_str()) else {
            let records = counted(source.read, "record");
            found.push((
                source.read,
                format!("The source {} is new, with {records}.", source.name),
            ));
            continue;
        };
        if let Some((size, words)) = compared(source.read, then.read, "record") {
            found.push((size, format!("{} has {words}.", source.name)));
        }
        let kinds: BTreeMap<&str, u64> = then
            .rejects
            .iter()
            .map(|r| (r.code.as_str(), r.records))
            .collect();
        for reject in &source.rejects {
            let then = kinds.get(reject.code.as_str()).copied().unwrap_or(0);
            if let Some((size, words)) = compared(reject.records, then, "reject") {
                // A new reject matters more than a new record.
                let sentence = format!(
                    "{} has {words} because of “{}”.",
                    source.name, reject.reason
                );
                found.push((size.saturating_mul(10), sentence));
            }
        }
        for (code, records) in kinds {
            if source.rejects.iter().all(|reject| reject.code != code) {
                let sentence = format!(
                    "{} has no rejects of the kind {code} any more ({} before).",
                    source.name,
                    grouped(records)
                );
                found.push((records.saturating_mul(10), sentence));
            }
        }
    }
    for (name, source) in known {
        if run.sources.iter().all(|now| now.name != name) {
            found.push((
                source.read,
                format!("The source {name} is not there any more."),
            ));
        }
    }
}

fn tables(run: &Report, before: &Report, found: &mut Vec<(u64, String)>) {
    let known: BTreeMap<&str, _> = before.tables.iter().map(|t| (t.name.as_str(), t)).collect();
    for table in run.tables.iter().filter(|table| !table.name.contains('.')) {
        let Some(then) = known.get(table.name.as_str()) else {
            found.push((
                table.rows_out,
                format!(
                    "The table {} is new, with {}.",
                    table.name,
                    counted(table.rows_out, "row")
                ),
            ));
            continue;
        };
        let what = match table.step.as_str() {
            "resolve" => "customer",
            "sessionize" => "session",
            _ => "row",
        };
        if let Some((size, words)) = compared(table.rows_out, then.rows_out, what) {
            found.push((size, format!("{} has {words}.", table.name)));
        }
        let ids = table
            .resolve
            .as_ref()
            .and_then(|resolve| resolve.ids.as_ref());
        if let Some(ids) = ids {
            for (n, words) in [
                (ids.merged, "were merged into others"),
                (ids.split, "were split"),
                (ids.gone, "are gone"),
            ] {
                if n > 0 {
                    found.push((
                        n,
                        format!("{}: {} {words}.", table.name, counted(n, "customer")),
                    ));
                }
            }
        }
    }
}

/// How much more or less there is of something: the size of the change, and the words.
fn compared(now: u64, then: u64, what: &str) -> Option<(u64, String)> {
    let size = now.abs_diff(then);
    let (more, of) = match now.cmp(&then) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => ("more", size),
        std::cmp::Ordering::Less => ("fewer", size),
    };
    let end = if of == 1 { "" } else { "s" };
    let words = format!(
        "{} {more} {what}{end} ({}, {} before)",
        grouped(of),
        grouped(now),
        grouped(then)
    );
    Some((size, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_in_words() {
        assert_eq!(compared(5, 5, "row"), None);
        let (size, words) = compared(1_204, 1_203, "row").expect("a change");
        assert_eq!(
            (size, words.as_str()),
            (1, "1 more row (1,204, 1,203 before)")
        );
        let (_, words) = compared(0, 12, "reject").expect("a change");
        assert_eq!(words, "12 fewer rejects (0, 12 before)");
    }
}
