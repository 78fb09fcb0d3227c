//! Questions about the tables that a run has kept.

use std::fs;

use crate::command::{Done, Run};
use crate::runs::{FIRST, PIPELINE, after_first, text};

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
        ("crm.csv", "named like a file of source `crm`"),
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
    // What it holds by now may be nowhere else.
    fs::write(run.path("crm.csv"), format!("{FIRST}9,New,new@x.org\n")).expect("a file");
    run = run.arguments(&["query", sql, "--out", "out", "--to", "crm.csv"]);
    assert_eq!(run.done().code, Some(2));
    assert!(text(&run, "crm.csv").ends_with("new@x.org\n"));
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

pub(crate) fn asked(arguments: &[&str]) -> Done {
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
