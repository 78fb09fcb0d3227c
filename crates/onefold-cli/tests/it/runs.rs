//! What stays of runs: the ids of customers, tables, and questions about them.
//!
//! Long because each test is a story of several runs.

use std::fs;

use crate::command::{Done, Run};

const PIPELINE: &str = "\
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
const FIRST: &str = "id,name,email\n1,Ann,ann@x.org\n2,A. Lee,ann@x.org\n3,Bob,bob@x.org\n";
/// In another order, with Cid, who is new; Bob is gone.
const SECOND: &str = "id,name,email\n4,Cid,cid@x.org\n2,A. Lee,ann@x.org\n1,Ann,ann@x.org\n";

fn text(run: &Run, path: &str) -> String {
    fs::read_to_string(run.path(path)).expect("a file")
}

/// All that a command says.
fn said(done: &Done) -> String {
    format!("{}{}", done.stdout, done.stderr)
}

fn after_first(pipeline: &str) -> Run {
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file("crm.csv", FIRST);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    run
}

#[test]
fn the_same_people_keep_their_ids() {
    let run = after_first(PIPELINE);
    assert_eq!(
        text(&run, "out/members.csv"),
        "customer,record_key\nC1,1\nC1,2\nC2,3\n"
    );
    let run = run.file("crm.csv", SECOND);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        said(&done).contains("ids: 1 created, 1 gone"),
        "{}",
        said(&done)
    );
    assert_eq!(
        text(&run, "out/members.csv"),
        "customer,record_key\nC3,4\nC1,2\nC1,1\n"
    );
    assert_eq!(
        text(&run, "out/lineage.csv"),
        "old_id,new_id,event\nC2,,gone\n,C3,created\n"
    );
    let what = |run: Run, id: &str| {
        let run = run.arguments(&["resolve-id", "p.yaml", id, "--out", "out"]);
        let done = run.done();
        (run, done)
    };
    let (run, done) = what(run, "C1");
    assert_eq!(done.stdout, "C1 is a customer\n");
    let (run, done) = what(run, "C2");
    assert!(
        done.stdout.starts_with("C2 is gone since run "),
        "{}",
        done.stdout
    );
    let (_, done) = what(run, "C9");
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("no customer ever had the id `C9`"),
        "{}",
        done.stderr
    );
}

#[test]
fn questions_know_the_ids_that_stay() {
    let run = after_first(PIPELINE).file("crm.csv", SECOND);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["explain", "p.yaml", "crm:4", "--out", "out"]);
    let done = run.done();
    assert!(
        done.stdout.starts_with("C3 has 1 record\n"),
        "{}{}",
        done.stdout,
        done.stderr
    );
}

#[test]
fn new_ids_may_be_uuids() {
    let pipeline = PIPELINE.replace("prefix: C", "uuid: true");
    let run = after_first(&pipeline);
    let members = text(&run, "out/members.csv");
    let id = members
        .lines()
        .nth(1)
        .and_then(|line| line.split(',').next());
    assert_eq!(id.map(str::len), Some(36), "{members}");
}

/// What is published stays as it is, and so does the state.
#[test]
fn a_damaged_state_stops_the_run() {
    let run = after_first(PIPELINE);
    let (state, members) = (
        text(&run, "out/people.state"),
        text(&run, "out/members.csv"),
    );
    let damaged = state.replacen("ann", "amn", 1).replacen('1', "2", 1);
    assert_ne!(damaged, state);
    fs::write(run.path("out/people.state"), &damaged).expect("a state");
    let run = run.file("crm.csv", SECOND);
    let done = run.done();
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert!(
        done.stderr.contains("cannot use the state"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("hint: "), "{}", done.stderr);
    assert_eq!(text(&run, "out/members.csv"), members);
    assert_eq!(text(&run, "out/people.state"), damaged);
}

/// Without the state ids start again, and C2, who was Bob, would be Cid.
#[test]
fn a_lost_state_stops_the_run() {
    let run = after_first(PIPELINE).file("crm.csv", SECOND);
    let (state, members) = (
        text(&run, "out/people.state"),
        text(&run, "out/members.csv"),
    );
    fs::remove_file(run.path("out/people.state")).expect("removed");
    let again = ["run", "p.yaml", "--out", "out"];
    let mut run = run.arguments(&again);
    let done = run.done();
    let lost = |done: &Done, why: &str| {
        assert_eq!(done.code, Some(3), "{}{}", done.stdout, done.stderr);
        for part in [why, "hint: put it back from a backup", "--new-ids"] {
            assert!(done.stderr.contains(part), "{}", done.stderr);
        }
    };
    lost(
        &done,
        "the state `out/people.state` is missing, and run RUN",
    );
    lost(&done, "RUN has left the ids of `people` in it");
    assert_eq!(text(&run, "out/members.csv"), members);
    assert!(!run.path("out/people.state").exists());
    let reports = fs::read_dir(run.path("out/.onefold/runs")).expect("runs");
    let reports = reports.map(|entry| entry.expect("a run").path().join("report.json"));
    let reports = reports.map(|path| fs::read_to_string(path).expect("a report"));
    let told = reports.filter(|text| text.contains("is missing, and run"));
    assert_eq!(told.count(), 1);
    // Whoever asks gets no ids of other people either.
    for question in [
        vec!["run", "p.yaml", "--out", "out", "--dry-run"],
        vec!["resolve-id", "p.yaml", "C1", "--out", "out"],
        vec!["explain", "p.yaml", "crm:1", "--out", "out"],
        vec!["show", "p.yaml", "people", "--out", "out"],
    ] {
        run = run.arguments(&question);
        lost(&run.done(), "is missing");
    }
    run = run.arguments(&again);
    // Back in its place, or under another name.
    fs::write(run.path("out/old.state"), &state).expect("a state");
    lost(&run.done(), "the state `out/people.state` is missing");
    fs::rename(run.path("out/old.state"), run.path("out/people.state")).expect("put back");
    assert_eq!(run.done().code, Some(0));
    let kept = "customer,record_key\nC3,4\nC1,2\nC1,1\n";
    assert_eq!(text(&run, "out/members.csv"), kept);
    let renamed = PIPELINE.replace("people.state", "persons.state");
    let run = run.file("p.yaml", renamed);
    lost(
        &run.done(),
        "has left the ids of `people` in `people.state`",
    );
}

/// Whoever wants ids to start again says so, and the run warns.
#[test]
fn ids_start_again_where_that_is_asked_for() {
    let run = after_first(PIPELINE).file("crm.csv", SECOND);
    fs::remove_file(run.path("out/people.state")).expect("removed");
    let run = run.arguments(&["run", "p.yaml", "--out", "out", "--new-ids"]);
    for _ in 0..2 {
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let warning =
            "table people: ids start again, so ids given before may stand for other people";
        assert!(said(&done).contains(warning), "{}", said(&done));
        assert_eq!(
            text(&run, "out/members.csv"),
            "customer,record_key\nC2,4\nC1,2\nC1,1\n"
        );
    }
    let run = run.arguments(&["run", "p.yaml", "--out", "out"]);
    assert_eq!(run.done().code, Some(0));
}

#[test]
fn records_without_a_key_have_no_ids_that_stay() {
    let pipeline = PIPELINE.replace("key: id, ", "");
    let run = Run::new(&["check", "p.yaml"])
        .file("p.yaml", &pipeline)
        .file("crm.csv", FIRST);
    let done = run.done();
    assert_eq!(done.code, Some(2));
    let expected = "`state` needs records with a key, and `crm` has none";
    assert!(done.stderr.contains(expected), "{}", done.stderr);
}

/// A table made of one source has the source's key.
#[test]
fn the_key_of_a_deduplicated_source() {
    let pipeline = PIPELINE.replace(
        "people: {resolve: {from: crm,",
        "newest: {dedupe: {from: crm, by: id}}\n  people: {resolve: {from: newest,",
    );
    let run = after_first(&pipeline).file("crm.csv", SECOND);
    assert_eq!(run.done().code, Some(0));
    assert!(text(&run, "out/members.csv").contains("C1,2\nC1,1\n"));
}

/// What a run has published is not the place for answers; other files are replaced whole, or stay.
#[test]
fn answers_do_not_overwrite_what_runs_have_left() {
    let pipeline = PIPELINE.replace(
        "state: people.state",
        "state: ids.csv, decisions: decided.csv",
    ) + "  - {table: crm, path: parts, format: parquet, partition_by: name}\n";
    let decided = "decision,source_a,key_a,source_b,key_b,who,at,why\n";
    let mut run = after_first(&pipeline).file("decided.csv", decided);
    let mut runs = fs::read_dir(run.path("out/.onefold/runs")).expect("runs");
    let id = runs.next().expect("a run").expect("a run").file_name();
    let report = format!("out/.onefold/runs/{}/new.json", id.display());
    fs::create_dir(run.path("deep")).expect("a folder");
    let sql = "SELECT 1 AS one";
    for (file, what) in [
        ("out/members.csv", "an output of `p`"),
        ("deep/../out/./members.csv", "an output of `p`"),
        ("out/parts/new.csv", "an output of `p`"),
        ("out/ids.csv", "the state of `people`"),
        ("decided.csv", "a file of decisions"),
        (&report, "a record of a run"),
        ("out/.onefold/new.csv", "a record of a run"),
    ] {
        let before = fs::read(run.path(file)).ok();
        run = run.arguments(&["query", sql, "--out", "out", "--to", file]);
        let done = run.done();
        assert_eq!(done.code, Some(2), "{file}: {}", done.stderr);
        assert!(
            done.stderr
                .contains(&format!("is {what}, and is not overwritten")),
            "{file}: {}",
            done.stderr
        );
        assert_eq!(fs::read(run.path(file)).ok(), before, "{file}");
    }
    for file in ["out/mine.csv", "mine.csv"] {
        fs::write(run.path(file), "mine").expect("a file");
        let wrong = "SELECT 1 / (count(*) - count(*)) FROM crm";
        for (sql, code, expected) in [(wrong, Some(1), "mine"), (sql, Some(0), "one\n1\n")] {
            run = run.arguments(&["query", sql, "--out", "out", "--to", file]);
            let done = run.done();
            assert_eq!(done.code, code, "{}", done.stderr);
            assert_eq!(text(&run, file), expected);
        }
    }
}

fn asked(arguments: &[&str]) -> Done {
    let run = after_first(PIPELINE);
    run.arguments(&[arguments, &["--out", "out"]].concat())
        .done()
}

#[test]
fn tables_that_are_kept_answer_questions() {
    let sql = "SELECT customer, count(*) AS records FROM people.members GROUP BY customer ORDER BY customer";
    let done = asked(&["query", sql, "--as", "csv"]);
    assert_eq!(
        done.stdout, "customer,records\nC1,2\nC2,1\n",
        "{}",
        done.stderr
    );
    let done = asked(&[
        "query",
        "SELECT name, id FROM crm ORDER BY id DESC",
        "-n",
        "1",
    ]);
    assert!(done.stdout.contains("Bob"), "{}", done.stdout);
    assert!(done.stdout.contains("the first 1 rows"), "{}", done.stdout);
    let done = asked(&["query", "SELECT id FROM crm", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(json["rows"], serde_json::json!([["1"], ["2"], ["3"]]));
}

#[test]
fn answers_are_files_too() {
    let run = after_first(PIPELINE);
    let run = run.arguments(&[
        "query",
        "SELECT * FROM crm",
        "--to",
        "crm.parquet",
        "--out",
        "out",
    ]);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["show", "crm.parquet"]);
    assert!(run.done().stdout.contains("bob@x.org"));
}

/// A question changes nothing, and reads nothing but the tables of the run.
#[test]
fn nothing_but_a_question_is_answered() {
    let run = after_first(PIPELINE);
    let mut run = run.arguments(&[]);
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'crm.csv'",
        "COPY crm TO 'x.csv'",
        "COPY (SELECT 1) TO '/tmp/onefold-x.parquet'",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'http://localhost/x.csv'",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "INSERT INTO crm VALUES ('9', 'x', 'y')",
        "DELETE FROM crm",
        "DROP TABLE crm",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; SELECT 2",
        "EXPLAIN ANALYZE SELECT * FROM crm",
        "SHOW TABLES",
        "SELECT * FROM read_csv('crm.csv')",
        "",
    ] {
        run = run.arguments(&["query", sql, "--out", "out"]);
        let before = run.files();
        let done = run.done();
        assert_eq!(done.code, Some(2), "{sql}: {}{}", done.stdout, done.stderr);
        assert_eq!(done.stdout, "", "{sql}");
        assert!(done.stderr.starts_with("error: "), "{sql}: {}", done.stderr);
        assert_eq!(run.files(), before, "{sql}");
    }
}

#[test]
fn a_query_has_limits() {
    let endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i > 0) SELECT count(*) FROM n";
    let done = asked(&["query", endless, "--seconds", "0"]);
    assert_eq!(done.code, Some(4), "{}{}", done.stdout, done.stderr);
    assert!(
        done.stderr.contains("takes longer than 0 s"),
        "{}",
        done.stderr
    );
    let wide =
        "SELECT repeat('x', 1000000) || a.id AS t FROM crm a, crm b, crm c, crm d ORDER BY t";
    let done = asked(&["query", wide, "--memory", "10MB"]);
    assert_eq!(done.code, Some(4), "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("more memory"), "{}", done.stderr);
}

#[test]
fn what_was_not_kept_cannot_be_asked() {
    let run = Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", FIRST);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["query", "SELECT 1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("no run in `out` has kept tables"),
        "{}",
        done.stderr
    );
    let run = run.arguments(&["runs", "--out", "out", "--format", "json"]);
    let listed = run.done().stdout;
    for part in [r#""status":"published""#, r#""read":3"#, r#""kept":[]"#] {
        assert!(listed.contains(part), "{listed}");
    }
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

/// What a person has decided holds in every later run.
#[test]
fn decisions_stay() {
    let pipeline = PIPELINE.replace(
        "state: people.state",
        "state: people.state, decisions: decided.csv",
    );
    let mut run = after_first(&pipeline);
    for decision in [
        &[
            "decide",
            "different",
            "p.yaml",
            "crm:1",
            "crm:2",
            "--why",
            "mother, daughter",
            "--who",
            "eve",
        ],
        &[
            "decide", "same", "p.yaml", "crm:1", "crm:3", "--why", "called", "--who", "eve",
        ],
        &[
            "decide", "same", "p.yaml", "crm:1", "crm:99", "--why", "called", "--who", "eve",
        ],
    ] {
        run = run.arguments(decision);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
    }
    let file = text(&run, "decided.csv");
    let mut lines = file.lines();
    assert_eq!(
        lines.next(),
        Some("decision,source_a,key_a,source_b,key_b,who,at,why")
    );
    assert!(
        lines
            .next()
            .is_some_and(|line| line.starts_with("different,crm,1,crm,2,eve,20")),
        "{file}"
    );
    assert!(file.contains("\"mother, daughter\""));
    for _ in 0..2 {
        run = run.arguments(&["run", "p.yaml", "--out", "out"]);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(
            said(&done).contains("2 decisions applied"),
            "{}",
            said(&done)
        );
        assert!(
            said(&done).contains("records that are not there: crm:99"),
            "{}",
            said(&done)
        );
        let members = text(&run, "out/members.csv");
        let id = |key: &str| {
            let line = members
                .lines()
                .find(|line| line.ends_with(&format!(",{key}")));
            line.and_then(|line| line.split(',').next())
                .map(str::to_owned)
        };
        assert_eq!(id("1"), id("3"), "{members}");
        assert_ne!(id("1"), id("2"), "{members}");
    }
}

#[test]
fn a_decision_that_cannot_be_read_stops_the_run() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let run = after_first(&pipeline).file(
        "decided.csv",
        "decision,source_a,key_a,source_b,key_b,who,at,why\nsame,crm,1,crm,3,,,\nmaybe,crm,1,crm,2,,,\n",
    );
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("decided.csv:3: "), "{}", done.stderr);
}

#[test]
fn decisions_are_about_records() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    for (a, b, what) in [
        ("crm:1", "crm:1", "are one record"),
        ("shop:1", "crm:1", "`shop:1` names no record"),
        ("crm:", "crm:1", "`crm:` names no record"),
    ] {
        let run =
            Run::new(&["decide", "same", "p.yaml", a, b, "--why", "x"]).file("p.yaml", &pipeline);
        let done = run.done();
        assert_eq!(done.code, Some(2));
        assert!(done.stderr.contains(what), "{}", done.stderr);
        assert!(!run.path("decided.csv").exists());
    }
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

/// Whoever has to correct a decision sees those that contradict it, not only the one that lost.
#[test]
fn a_contradiction_through_others_is_named_with_its_chain() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let header = "decision,source_a,key_a,source_b,key_b,who,at,why\n";
    for (decisions, expected) in [
        (
            "same,crm,1,crm,2,,2026-01-01,\nsame,crm,2,crm,3,,2026-01-02,\ndifferent,crm,1,crm,3,,2026-01-03,\n",
            "contradict those on crm:1 and crm:2 (crm:2 same crm:3, crm:1 different crm:3)",
        ),
        (
            "different,crm,1,crm,3,,2026-01-01,\nsame,crm,1,crm,2,,2026-01-02,\nsame,crm,2,crm,3,,2026-01-03,\n",
            "contradict those on crm:1 and crm:3 (crm:1 same crm:2, crm:2 same crm:3)",
        ),
        (
            "same,crm,1,crm,3,,2026-01-01,\ndifferent,crm,3,crm,1,,2026-01-02,\n",
            "contradict those on crm:1 and crm:3 (crm:3 different crm:1)",
        ),
    ] {
        let run = Run::new(&["run", "p.yaml", "--out", "out"])
            .file("p.yaml", &pipeline)
            .file("crm.csv", FIRST)
            .file("decided.csv", format!("{header}{decisions}"));
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(said(&done).contains(expected), "{}", said(&done));
    }
}

/// Values under the wrong names would be other decisions.
#[test]
fn a_file_with_other_columns_is_left_alone() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let file = "why,decision,source_a,key_a,source_b,key_b,who,at\nx,same,crm,1,crm,3,,\n";
    let run = Run::new(&[
        "decide",
        "different",
        "p.yaml",
        "crm:1",
        "crm:2",
        "--why",
        "x",
    ])
    .file("p.yaml", &pipeline)
    .file("decided.csv", file);
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(
        done.stderr.contains("decided.csv` has other columns"),
        "{}",
        done.stderr
    );
    assert_eq!(text(&run, "decided.csv"), file);
}

/// A disk that is full, as a limit on the size of files.
#[cfg(unix)]
#[test]
fn a_first_decision_that_cannot_be_written_leaves_no_file() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let run = Run::new(&[]).file("p.yaml", &pipeline);
    let decide = |before: &str| {
        let script =
            format!("{before}\"$0\" decide different p.yaml crm:1 crm:2 --why x --who ann",);
        std::process::Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_onefold")])
            .current_dir(run.path(""))
            .output()
            .expect("a shell")
    };
    let done = decide("trap '' XFSZ; ulimit -f 0; exec ");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success(), "{said}");
    assert!(said.contains("could not write `decided.csv`"), "{said}");
    assert!(!run.path("decided.csv").exists());
    assert!(decide("").status.success());
    let first = text(&run, "decided.csv");
    assert_eq!(first.lines().count(), 2);
    assert!(!decide("trap '' XFSZ; ulimit -f 0; exec ").status.success());
    assert_eq!(text(&run, "decided.csv"), first);
}

/// Rows that come one after another, and values that are large by themselves.
#[test]
fn what_a_query_gives_counts_too() {
    let rows = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i > 0) SELECT i, repeat('x', 1000) AS t FROM n";
    let done = asked(&["query", rows, "--seconds", "0", "--as", "csv"]);
    assert_eq!(done.code, Some(4), "{}", done.stderr);
    assert!(
        done.stderr.contains("takes longer than 0 s"),
        "{}",
        done.stderr
    );
    let done = asked(&["query", rows, "--memory", "1MB", "--as", "csv"]);
    assert_eq!(done.code, Some(4), "{}", done.stderr);
    assert!(done.stderr.contains("more memory"), "{}", done.stderr);
    let value = "SELECT length(repeat(name, 50000000)) AS n FROM crm";
    let done = asked(&["query", value, "--memory", "20MB"]);
    assert_eq!(done.code, Some(4), "{}{}", done.stdout, done.stderr);
}

/// A table without columns is kept as an empty file, and the others can be asked.
#[test]
fn a_table_without_columns_harms_no_other() {
    let pipeline = PIPELINE.replace("sources:\n", "sources:\n  nobody: {path: empty.csv}\n");
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", &pipeline)
        .file("empty.csv", "")
        .file("crm.csv", FIRST);
    for _ in 0..2 {
        assert_eq!(run.done().code, Some(0));
    }
    let run = run.arguments(&[
        "query",
        "SELECT count(*) AS n FROM crm",
        "--as",
        "csv",
        "--out",
        "out",
    ]);
    let done = run.done();
    assert_eq!(done.stdout, "n\n3\n", "{}", done.stderr);
    let run = run.arguments(&["diff", "--out", "out"]);
    assert_eq!(run.done().code, Some(0));
}

/// A run that publishes nothing leaves the ids as they were.
#[test]
fn a_refused_run_leaves_the_state_alone() {
    let pipeline = PIPELINE.replace("key: id,", "key: id, limits: {min_rows: 3},");
    let run = after_first(&pipeline);
    let state = text(&run, "out/people.state");
    let run = run.file("crm.csv", "id,name,email\n8,Di,di@x.org\n");
    assert_eq!(run.done().code, Some(1));
    assert_eq!(text(&run, "out/people.state"), state);
}
