//! What stays of runs: their tables and outputs, and how two runs differ.

use std::fs;

use crate::command::{Done, Run};

pub(crate) const PIPELINE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: text, email: email}}
tables:
  people: {resolve: {from: crm, match: email, id: {name: customer, prefix: C}, state: people.state}}
outputs:
  - {table: people.members, path: members.csv, columns: [customer, record_key]}
  - {table: people.lineage, path: lineage.csv, columns: [old_id, new_id, event]}
";

/// Ann has two records and Bob one.
pub(crate) const FIRST: &str =
    "id,name,email\n1,Ann,ann@x.org\n2,A. Lee,ann@x.org\n3,Bob,bob@x.org\n";
/// In another order, with Cid, who is new; Bob is gone.
pub(crate) const SECOND: &str =
    "id,name,email\n4,Cid,cid@x.org\n2,A. Lee,ann@x.org\n1,Ann,ann@x.org\n";

pub(crate) fn text(run: &Run, path: &str) -> String {
    fs::read_to_string(run.path(path)).expect("a file")
}

/// All that a command says.
pub(crate) fn said(done: &Done) -> String {
    format!("{}{}", done.stdout, done.stderr)
}

pub(crate) fn after_first(pipeline: &str) -> Run {
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file("crm.csv", FIRST);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    run
}

/// Outputs keep the columns that are published.
#[test]
fn what_is_published_can_be_kept() {
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "outputs"])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", FIRST);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&[
        "query",
        "SELECT * FROM people.members",
        "--as",
        "csv",
        "--out",
        "out",
    ]);
    assert_eq!(run.done().stdout, "customer,record_key\nC1,1\nC1,2\nC2,3\n");
}

#[test]
fn two_runs_are_compared() {
    let run = after_first(PIPELINE);
    let second = SECOND.replace("1,Ann,", "1,Anne,");
    let run = run.file("crm.csv", second);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["diff", "--out", "out", "--format", "json"]);
    let done = run.done();
    let found: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    let crm = found["tables"]
        .as_array()
        .and_then(|t| t.iter().find(|t| t["table"] == "crm"));
    let crm = crm.expect("a table");
    assert_eq!(crm["key"], "id");
    let counts = ["rows_before", "rows_after", "added", "removed", "changed"];
    assert_eq!(
        counts.map(|count| crm[count].as_u64()),
        [3, 3, 1, 1, 1].map(Some),
        "{crm}"
    );
    let people = &found["customers"][0];
    let counts = ["unchanged", "changed", "merged", "split", "created", "gone"];
    assert_eq!(
        counts.map(|count| people[count].as_u64()),
        [1, 0, 0, 0, 1, 1].map(Some)
    );
    let run = run.arguments(&["diff", "nobody", "nothing", "--out", "out"]);
    assert_eq!(run.done().code, Some(2));
}

/// What compresses a text is its name, and the same text gives the same bytes.
#[test]
fn outputs_may_be_compressed() {
    let pipeline = "\
sources: {crm: {path: crm.csv, fields: {id: integer, name: text}}}
outputs: [{table: crm, path: out/crm.csv.gz}, {table: crm, path: out/crm.jsonl.zst}]
";
    let run = Run::new(&["run", "p.yaml"])
        .file("p.yaml", pipeline)
        .file("crm.csv", FIRST);
    let files = ["out/crm.csv.gz", "out/crm.jsonl.zst"];
    let bytes = |run: &Run| files.map(|file| fs::read(run.path(file)).expect("a file"));
    assert_eq!(run.done().code, Some(0));
    let first = bytes(&run);
    assert_eq!(
        (&first[0][..2], &first[1][..4]),
        (&[0x1f, 0x8b][..], &[0x28, 0xb5, 0x2f, 0xfd][..])
    );
    assert_eq!(run.done().code, Some(0));
    assert_eq!(bytes(&run), first);
    let mut run = run;
    for file in files {
        run = run.arguments(&["show", file]);
        let done = run.done();
        assert!(
            done.stdout.contains("A. Lee") && done.stdout.contains("3 rows"),
            "{}",
            done.stdout
        );
    }
    let pipeline = pipeline.replace("crm.csv.gz", "crm.parquet.gz");
    let run = Run::new(&["check", "p.yaml"]).file("p.yaml", pipeline);
    assert!(
        run.done()
            .stderr
            .contains("Parquet files are compressed already")
    );
}
