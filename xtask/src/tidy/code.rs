//! What every source file keeps to.

use std::collections::BTreeSet;

use super::{files, read};
use crate::rejects::{RECORDS, VALUES};

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> = files(&["rs"])
        .into_iter()
        .filter(|path| !read(path).starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "without a `//!` at the top: {silent:?}");
}

#[test]
fn nothing_is_left_unfinished() {
    // In two halves, so that this file does not find itself.
    let marks = [
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
        concat!("db", "g!"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
    ];
    let mut found = Vec::new();
    for path in files(&["rs"]) {
        let text = read(&path);
        found.extend(
            marks
                .iter()
                .filter(|mark| text.contains(*mark))
                .map(|mark| format!("{}: {mark}", path.display())),
        );
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn no_file_knows_where_it_was_written() {
    let marks = [
        concat!("/wo", "rk/"),
        concat!("../sha", "red"),
        concat!("/ro", "ot/"),
    ];
    let mut found = Vec::new();
    for path in files(&["rs", "md", "toml", "yaml", "json", "txt", "csv", "expected"]) {
        let Ok(text) = std::fs::read_to_string(crate::root().join(&path)) else {
            continue;
        };
        found.extend(
            marks
                .iter()
                .filter(|mark| text.contains(*mark))
                .map(|mark| format!("{}: {mark}", path.display())),
        );
    }
    assert!(found.is_empty(), "{found:?}");
}

/// Same input, same bytes: the time of day comes in as an argument, and only these may ask for it.
#[test]
fn the_clock_is_asked_in_few_places_only() {
    let clocks = [
        concat!("SystemTime", "::now"),
        concat!("Timestamp", "::now"),
        concat!("Zoned", "::now"),
    ];
    let found: Vec<String> = files(&["rs"])
        .iter()
        .filter(|path| clocks.iter().any(|clock| read(path).contains(clock)))
        .map(|path| path.display().to_string())
        .collect();
    let known = [
        "crates/onefold-cli/src/commands/decide.rs",
        "crates/onefold-cli/src/commands/run.rs",
        "crates/onefold-cli/src/commands/subject.rs",
        // How old a file is that a killed server has left.
        "crates/onefold-serve/src/upload/part.rs",
        "crates/onefold-write/src/publish/lock.rs",
    ];
    assert_eq!(found, known);
}

/// The codes that the readers use stand in the manual, and the other way round.
#[test]
fn the_manual_has_every_reject_code() {
    let mut used = BTreeSet::new();
    for path in files(&["rs"]) {
        if !path.starts_with("crates/onefold-read/src") {
            continue;
        }
        let text = read(path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String = code.split_whitespace().collect();
        // `"code", "reason"`, `"code", format!(..)` and `code: "code"`.
        for end in ["\",\"", "\",format!("] {
            let parts: Vec<&str> = code.split(end).collect();
            let before = parts.iter().take(parts.len() - 1);
            used.extend(before.filter_map(|part| Some(part.rsplit_once('"')?.1.to_owned())));
        }
        used.extend(
            code.split("code:\"")
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
        );
    }
    let is_code = |text: &String| {
        text.contains('_') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    let used: BTreeSet<String> = used.into_iter().filter(is_code).collect();
    let listed: BTreeSet<String> = RECORDS
        .iter()
        .chain(VALUES)
        .map(|c| c.code.to_owned())
        .collect();
    let missing: Vec<_> = used.difference(&listed).collect();
    assert!(missing.is_empty(), "not in the manual: {missing:?}");
    assert!(
        used.len() > listed.len() / 2,
        "the search finds too little to mean anything: {used:?}"
    );
    let sources: String = files(&["rs"])
        .iter()
        .filter(|path| {
            path.starts_with("crates/onefold-read/src")
                || path.starts_with("crates/onefold-spec/src")
        })
        .map(read)
        .collect();
    let unused: Vec<_> = listed
        .iter()
        .filter(|code| !sources.contains(&format!("\"{code}\"")))
        .collect();
    assert!(unused.is_empty(), "in the manual only: {unused:?}");
}
