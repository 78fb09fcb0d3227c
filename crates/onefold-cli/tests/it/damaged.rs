//! Files of earlier runs that are damaged: an error that names the file, or the right answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use onefold_engine::{
    Error, Keep, Kind, MemoryLimit, Project, Question, RunOptions, diff, query, rejects_of_last_run,
};
use tempfile::TempDir;

const PIPELINE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: text, email: email}}
tables:
  people: {resolve: {from: crm, match: email, id: {name: customer, prefix: C}, state: people.state, decisions: decided.csv}}
outputs:
  - {table: people.members, path: members.csv, columns: [customer, record_key]}
";
const CRM: &str =
    "id,name,email\n1,Ann,ann@x.org\n2,A. Lee,ann@x.org\n3,Bob,bob@x.org\n4,Cid,no address\n";
const DECIDED: &str = "decision,source_a,key_a,source_b,key_b,who,at,why\nsame,crm,1,crm,3,eve,2024-01-01T00:00:00Z,twins\n";
const MEMBERS: &str = "customer,record_key\nC1,1\nC1,2\nC1,3\n";

/// A folder in which a run has published and kept everything.
fn after_a_run() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("crm.csv"), CRM).expect("a file");
    fs::write(folder.path().join("decided.csv"), DECIDED).expect("a file");
    run(folder.path(), 0).expect("a run");
    assert_eq!(members(folder.path()), MEMBERS);
    folder
}

/// Runs at a minute of an hour; the warnings.
fn run(folder: &Path, minute: i64) -> Result<Vec<String>, Error> {
    let project = Project::from_text(PIPELINE.to_owned(), folder.join("p.yaml"), &|_| None)
        .unwrap_or_else(|e| panic!("{}", e.error));
    let clock = || jiff::Timestamp::from_second(minute * 60).unwrap_or_default();
    let report = project.run(&RunOptions {
        keep: Keep::All,
        state_dir: Some(folder.join("out")),
        new_ids: false,
        input_dir: None,
        output_dir: folder.join("out"),
        threads: 1,
        clock: &clock,
        on_event: &|_| {},
        interrupted: &AtomicBool::new(false),
        keep_runs: 2,
        stdin: None,
        memory: None,
    })?;
    Ok(report.warnings)
}

fn members(folder: &Path) -> String {
    fs::read_to_string(folder.join("out/members.csv")).expect("a file")
}

fn run_folder(folder: &Path, minute: i64) -> PathBuf {
    folder.join(format!("out/.onefold/runs/19700101T00{minute:02}00.000Z"))
}

/// Flips a bit of some bytes, one at a time, and cuts the file there; `check` looks at each.
fn damaged(path: &Path, most: usize, mut check: impl FnMut(&str)) {
    let bytes = fs::read(path).expect("a file");
    let name = path.file_name().expect("a name").to_string_lossy();
    for at in (0..bytes.len()).step_by(bytes.len().div_ceil(most)) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(path, flipped).expect("damaged");
        check(&format!("{name}, byte {at} flipped"));
        fs::write(path, &bytes[..at]).expect("damaged");
        check(&format!("{name}, cut at {at}"));
    }
    fs::write(path, bytes).expect("mended");
}

#[track_caller]
fn names(error: &Error, file: &str, what: &str) {
    assert_eq!(error.kind(), Kind::Unreadable, "{what}: {error}");
    assert!(error.to_string().contains(file), "{what}: {error}");
}

fn ask(folder: &Path) -> Result<usize, Error> {
    let answer = query(
        &folder.join("out"),
        &Question {
            sql: "SELECT * FROM people.members",
            run: None,
            rows: 100,
            time: Duration::from_secs(60),
            memory: MemoryLimit {
                bytes: 1 << 30,
                held: &|| 0,
            },
            interrupted: &AtomicBool::new(false),
        },
    )?;
    Ok(answer.texts()?.len())
}

#[test]
fn a_damaged_table_answers_no_question() {
    let folder = after_a_run();
    let at = folder.path();
    assert_eq!(ask(at).expect("an answer"), 3);
    let tables = run_folder(at, 0).join("tables");
    damaged(&tables.join("people.members.parquet"), 60, |what| {
        // An empty file is a table without columns.
        if what.ends_with("cut at 0") {
            ask(at).expect_err(what);
            return;
        }
        names(&ask(at).expect_err(what), "people.members.parquet", what);
    });
    run(at, 1).expect("a run");
    let tables = run_folder(at, 1).join("tables");
    damaged(&tables.join("crm.parquet"), 10, |what| {
        let error = diff::diff(&at.join("out"), None).expect_err(what);
        names(&error, "crm.parquet", what);
    });
    diff::diff(&at.join("out"), None).expect("mended");
}

#[test]
fn damaged_rejects_are_not_shown() {
    let folder = after_a_run();
    let rejects = run_folder(folder.path(), 0).join("rejects/crm.parquet");
    let out = folder.path().join("out");
    damaged(&rejects, 40, |what| {
        let error = rejects_of_last_run(&out, None, 1).expect_err(what);
        names(&error, "crm.parquet", what);
    });
    rejects_of_last_run(&out, None, 1).expect("mended");
}

#[test]
fn a_damaged_report_stops_no_run_and_answers_no_question() {
    let folder = after_a_run();
    let at = folder.path();
    let mut minute = 0;
    damaged(&run_folder(at, 0).join("report.json"), 8, |what| {
        names(&ask(at).expect_err(what), "report.json", what);
        minute += 1;
        let warnings = run(at, minute).expect(what);
        assert!(
            warnings
                .iter()
                .any(|warning| warning.contains("report.json")),
            "{what}: {warnings:?}"
        );
        assert_eq!(members(at), MEMBERS, "{what}");
        fs::remove_dir_all(run_folder(at, minute)).expect("a run");
    });
    assert_eq!(run(at, 59).expect("mended"), Vec::<String>::new());
}

#[test]
fn damaged_states_and_decisions_are_named() {
    let folder = after_a_run();
    let at = folder.path();
    let mut minute = 0;
    damaged(&at.join("out/people.state"), 20, |what| {
        minute += 1;
        names(&run(at, minute % 60).expect_err(what), "people.state", what);
        assert_eq!(members(at), MEMBERS, "{what}");
    });
    damaged(&at.join("decided.csv"), 60, |what| {
        minute += 1;
        // What still is a decision is taken for one: people write this file.
        if let Err(error) = run(at, minute % 60) {
            assert!(error.kind() != Kind::Internal, "{what}: {error}");
            assert!(error.to_string().contains("decided.csv"), "{what}: {error}");
        }
    });
}
