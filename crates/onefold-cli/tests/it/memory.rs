//! The limit of memory, with a process whose size is made up.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use onefold_engine::{Keep, Kind, MemoryLimit, Project, RunOptions};

/// Runs in a process that holds 300 MB and grows by 100 MB each time it is asked; the error and its hint.
fn run(folder: &Path, limit: u64) -> Option<(Kind, String, String)> {
    let rows = |key: &str| {
        (0..120_000).fold(format!("{key},n\n"), |text, n| {
            text + &format!("customer-{n:08},a text that makes the row longer {n}\n")
        })
    };
    for (name, text) in [("a.csv", rows("id")), ("b.csv", rows("id"))] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    let text = "\
pipeline: p
sources:
  known: {path: a.csv, fields: {id: text, n: text}}
  events: {path: b.csv, fields: {id: text, n: text}}
tables:
  first: {dedupe: {from: events, by: id, keep: first}}
  joined: {join: {from: first, left: [{table: known, on: id, expect: one}]}}
outputs: [{table: joined, path: joined.csv}]
";
    let project = Project::from_text(text.to_owned(), folder.join("p.yaml"), &|_| None)
        .unwrap_or_else(|e| panic!("{}", e.error));
    let held = AtomicU64::new(300_000_000);
    let result = project.run(&RunOptions {
        keep: Keep::None,
        state_dir: None,
        new_ids: false,
        input_dir: None,
        output_dir: folder.to_path_buf(),
        threads: 1,
        clock: &|| jiff::Timestamp::UNIX_EPOCH,
        on_event: &|_| {},
        interrupted: &AtomicBool::new(false),
        keep_runs: 20,
        stdin: None,
        memory: Some(MemoryLimit {
            bytes: limit,
            held: &|| held.fetch_add(100_000_000, Ordering::Relaxed),
        }),
    });
    let error = result.err()?;
    let hint = error.hint_text().unwrap_or_default().to_owned();
    Some((error.kind(), error.to_string(), hint))
}

#[test]
fn a_run_that_holds_too_much_says_what_it_was_at() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("joined.csv"), "old").expect("a file");
    let (kind, message, hint) = run(folder.path(), 1_000_000_000).expect("an error");
    assert_eq!(kind, Kind::Resources);
    assert_eq!(
        message,
        "the run holds 1100 MB while it reads source `events` and keeps `known` (120000 rows); it may hold 1000 MB"
    );
    assert!(
        hint.starts_with("the source alone would bring it to about "),
        "{hint}"
    );
    let old = std::fs::read_to_string(folder.path().join("joined.csv"));
    assert_eq!(old.expect("the output"), "old");
}

#[test]
fn a_run_that_holds_little_is_not_stopped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(run(folder.path(), 100_000_000_000), None);
}

/// Runs a pipeline over one source of 120,000 records with a limit that it exceeds while it reads; what it says.
fn told_while_reading(tables: &str, outputs: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rows = (0..120_000).fold("id,n\n".to_owned(), |text, n| text + &format!("{n},{n}\n"));
    std::fs::write(folder.path().join("a.csv"), rows).expect("a file");
    let text = format!(
        "pipeline: p\nsources: {{a: {{path: a.csv, fields: {{id: text, n: integer}}}}}}\ntables: {{{tables}}}\noutputs: [{outputs}]\n"
    );
    let project = Project::from_text(text, folder.path().join("p.yaml"), &|_| None)
        .unwrap_or_else(|e| panic!("{}", e.error));
    let held = AtomicU64::new(0);
    let result = project.run(&RunOptions {
        keep: Keep::None,
        state_dir: None,
        new_ids: false,
        input_dir: None,
        output_dir: folder.path().join("out"),
        threads: 1,
        clock: &|| jiff::Timestamp::UNIX_EPOCH,
        on_event: &|event| {
            // From the first output on there is no room.
            if matches!(event, onefold_engine::RunEvent::Written { .. }) {
                held.store(2, Ordering::Relaxed);
            }
        },
        interrupted: &AtomicBool::new(false),
        keep_runs: 20,
        stdin: None,
        memory: Some(MemoryLimit {
            bytes: 1,
            held: &|| held.load(Ordering::Relaxed),
        }),
    });
    result
        .err()
        .map_or_else(String::new, |error| error.to_string())
}

#[test]
fn a_source_with_several_readers_is_stored_only_for_those_who_need_it_again() {
    // Both outputs and the groups take the rows as they pass: nothing is looked at again once an output is written.
    let told = told_while_reading(
        "few: {from: a, where: n < 10}, groups: {aggregate: {from: a, by: id, columns: {c: count(*)}}}",
        "{table: few, path: few.csv}, {table: a, path: a.csv}",
    );
    assert_eq!(told, "");
    // A table that is joined with itself is stored.
    let told = told_while_reading(
        "doubled: {join: {from: a, semi: [{table: a, on: id}]}}",
        "{table: a, path: a.csv}, {table: doubled, path: doubled.csv}",
    );
    assert!(told.contains("the run holds 1 MB"), "{told}");
}
