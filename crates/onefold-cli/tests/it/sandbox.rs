//! Questions that want to do more than ask, and questions without an end.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use onefold_engine::{Answer, Error, Kind, MemoryLimit, Question, query};

use crate::command::Run;

/// A folder with a run that has kept a table of two rows.
fn kept() -> Run {
    let run = Run::new(&["run", "p.yaml", "--keep", "all"])
        .file("p.yaml", "sources: {crm: {path: crm.csv, fields: {id: text}}}\noutputs: [{table: crm, path: out.csv}]\n")
        .file("crm.csv", "id\n1\n2\n");
    assert_eq!(run.done().code, Some(0));
    run
}

/// Asks in a process that comes to hold `grows` bytes each time somebody looks.
fn ask(folder: &Path, sql: &str, time: Duration, grows: u64) -> Result<Answer, Error> {
    let held = AtomicU64::new(0);
    query(
        folder,
        &Question {
            sql,
            run: None,
            rows: 1000,
            time,
            memory: MemoryLimit {
                bytes: 100 << 20,
                held: &|| held.fetch_add(grows, Ordering::Relaxed),
            },
            interrupted: &AtomicBool::new(false),
        },
    )
}

/// The planner passes over these clauses, and answers as if they were not there.
#[test]
fn clauses_without_effect_are_refused() {
    let run = kept();
    for (sql, clause) in [
        ("SELECT count(*) FROM crm PREWHERE id = '1'", "PREWHERE"),
        ("SELECT * FROM crm TABLESAMPLE (10 PERCENT)", "TABLESAMPLE"),
        (
            "SELECT * FROM (SELECT * FROM crm) TABLESAMPLE (10 PERCENT)",
            "TABLESAMPLE",
        ),
        (
            "SELECT id FROM crm CONNECT BY PRIOR id = id START WITH id = '1'",
            "CONNECT BY",
        ),
        (
            "SELECT id, count(*) FROM crm GROUP BY id WITH TOTALS",
            "WITH ROLLUP, CUBE or TOTALS (write GROUP BY ROLLUP or CUBE)",
        ),
        (
            "SELECT id, count(*) FROM crm GROUP BY id WITH ROLLUP",
            "WITH ROLLUP, CUBE or TOTALS (write GROUP BY ROLLUP or CUBE)",
        ),
        ("SELECT * FROM crm FOR UPDATE", "FOR UPDATE or FOR SHARE"),
        ("SELECT * FROM crm PARTITION (p0)", "PARTITION"),
        ("SELECT TOP 1 * FROM crm", "TOP"),
        (
            "WITH a AS (SELECT * FROM crm FOR UPDATE) SELECT * FROM a",
            "FOR UPDATE or FOR SHARE",
        ),
        (
            "SELECT (SELECT count(*) FROM crm PREWHERE id = '1')",
            "PREWHERE",
        ),
        (
            "SELECT 1 UNION ALL SELECT count(*) FROM crm PREWHERE id = '1'",
            "PREWHERE",
        ),
        ("SELECT * FROM TABLE(read_csv('/etc/passwd'))", "TABLE(...)"),
    ] {
        let error = ask(&run.path(""), sql, Duration::from_secs(60), 0);
        let Err(error) = error else {
            panic!("{sql} was answered");
        };
        assert_eq!(
            error.to_string(),
            format!("queries do not support {clause}"),
            "{sql}"
        );
    }
    for misspelt in [
        "SELCT name FROM crm",
        "SLECT id FROM crm",
        "WIHT a AS (SELECT 1) SELECT 2",
    ] {
        let error = ask(&run.path(""), misspelt, Duration::from_secs(60), 0);
        let said = error
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(
            !said.contains("only reads") && !said.is_empty(),
            "{misspelt}: {said}"
        );
    }
}

#[test]
fn what_is_no_question_is_refused_in_one_sentence() {
    let run = kept();
    let before = run.files();
    let not_a_question = [
        "COPY crm TO 'x.csv'",
        "COPY (SELECT 1) TO '/tmp/onefold-x.parquet' STORED AS PARQUET",
        "/* SELECT */ COPY crm TO 'x.csv' -- SELECT",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'http://127.0.0.1:9/x.csv'",
        "CREATE TABLE t AS SELECT * FROM crm",
        "CREATE VIEW v AS SELECT * FROM crm",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE SCHEMA s",
        "INSERT INTO crm SELECT * FROM crm",
        "UPDATE crm SET id = 'x'",
        "DELETE FROM crm",
        "TRUNCATE crm",
        "DROP TABLE crm",
        "ALTER TABLE crm ADD COLUMN x INT",
        "MERGE INTO crm USING crm ON true WHEN MATCHED THEN DELETE",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT * FROM crm",
        "EXPLAIN ANALYZE COPY crm TO 'x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "RESET datafusion.execution.batch_size",
        "SHOW TABLES",
        "DESCRIBE crm",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "BEGIN",
        "COMMIT",
        "CALL f()",
        "SELECT * INTO t FROM crm",
        "WITH a AS (SELECT 1) INSERT INTO crm SELECT * FROM crm",
        "WITH a AS (SELECT 1) UPDATE crm SET id = 'x'",
        "WITH a AS (SELECT 1) DELETE FROM crm",
        "WITH a AS (SELECT 1) SELECT * INTO t FROM crm",
        "WITH a AS (SELECT 1) MERGE INTO crm USING crm ON true WHEN MATCHED THEN DELETE",
        "(SELECT * INTO t FROM crm)",
        "WITH x AS (INSERT INTO crm VALUES ('3') RETURNING *) SELECT * FROM x",
        "SELECT id FROM crm UNION ALL SELECT id INTO t FROM crm",
        "SELECT 1; COPY crm TO 'x.csv'",
        "SELECT 1; SELECT 2",
        "/* SELECT */ COPY crm FROM '/etc/passwd'",
        "SELECT * INTO OUTFILE '/tmp/onefold-x' FROM crm",
        "VACUUM FULL crm INTO 'x'",
        "ATTACH '/tmp/x.db'",
    ];
    let nowhere = [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM \"file:///etc/passwd\"",
        "SELECT * FROM 'http://127.0.0.1:9/x.parquet'",
        "SELECT * FROM `crm.csv`",
        "SELECT (SELECT count(*) FROM '/etc/passwd')",
        "SELECT * FROM crm WHERE EXISTS (SELECT 1 FROM 'crm.csv')",
        "WITH x AS (SELECT * FROM '/etc/passwd') SELECT * FROM x",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM parquet_metadata('crm.csv')",
        "SELECT * FROM metadata_cache()",
        "SELECT * FROM information_schema.df_settings",
        "SELECT read_file('/etc/passwd')",
        "SELECT 'COPY INTO x",
        "FROM crm",
        "",
        ";",
    ];
    let all = not_a_question.iter().map(|sql| (sql, true));
    for (sql, is_none) in all.chain(nowhere.iter().map(|sql| (sql, false))) {
        let folder = run.path("");
        let Err(error) = ask(&folder, sql, Duration::from_secs(60), 0) else {
            panic!("{sql} was answered");
        };
        assert_eq!(error.kind(), Kind::Configuration, "{sql}: {error}");
        let said = error.to_string();
        assert!(!said.contains('\n'), "{sql}: {said}");
        let says_so = said.starts_with("a query only reads: ") && said.ends_with(" is not allowed");
        assert_eq!(says_so, is_none, "{sql}: {said}");
    }
    assert!(run.files() == before, "a question has changed a file");
    let answer = ask(
        &run.path(""),
        "SELECT * FROM crm -- ; COPY crm TO 'x'",
        Duration::from_secs(60),
        0,
    );
    let answer = answer.expect("a comment is none");
    assert_eq!(answer.texts().expect("texts").len(), 2);
}

#[test]
fn questions_without_an_end_stop_at_their_limits() {
    let run = kept();
    let endless = [
        "SELECT count(*) FROM generate_series(1, 1000000000000)",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c",
    ];
    for sql in endless {
        let error = ask(&run.path(""), sql, Duration::from_millis(100), 0).expect_err(sql);
        assert_eq!(error.kind(), Kind::Resources, "{sql}: {error}");
        assert!(error.to_string().contains("takes longer"), "{sql}: {error}");
        let error = ask(&run.path(""), sql, Duration::from_secs(600), 200 << 20).expect_err(sql);
        assert_eq!(error.kind(), Kind::Resources, "{sql}: {error}");
        assert!(error.to_string().contains("more memory"), "{sql}: {error}");
    }
    // As many rows as are asked for end a question too.
    let cross = "SELECT * FROM generate_series(1, 1000) a, generate_series(1, 1000) b, generate_series(1, 1000) c";
    let answer = ask(&run.path(""), cross, Duration::from_secs(60), 0).expect("rows");
    assert!(answer.is_cut);
}

/// What panics in the engine is no answer of no rows.
#[test]
fn a_question_that_ends_without_an_answer_is_an_error() {
    let run = kept();
    let sql = "SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, 1000000)";
    let error = ask(&run.path(""), sql, Duration::from_secs(60), 0).expect_err("no answer");
    assert!(
        [Kind::Internal, Kind::Resources].contains(&error.kind()),
        "{error}"
    );
}
