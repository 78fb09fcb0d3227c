//! How old the newest record of a source is, by a clock that stands still.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use onefold_engine::{FreshnessReport, Keep, Project, Report, RunOptions, Status};

/// Runs a pipeline over files at noon of 2025-07-01; the report and the metrics.
fn run(pipeline: &str, files: &[(&str, &str)]) -> (Report, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let text = format!("{pipeline}outputs: [{{metrics: run, path: run.prom}}]\n");
    let project = Project::from_text(text, folder.path().join("p.yaml"), &|_| None)
        .unwrap_or_else(|e| panic!("{}", e.error));
    let noon = "2025-07-01T12:00:00Z".parse().expect("a time");
    let report = project
        .run(&RunOptions {
            keep: Keep::None,
            state_dir: None,
            new_ids: false,
            input_dir: None,
            output_dir: folder.path().to_path_buf(),
            threads: 2,
            clock: &|| noon,
            on_event: &|_| {},
            interrupted: &AtomicBool::new(false),
            keep_runs: 20,
            stdin: None,
            memory: None,
        })
        .unwrap_or_else(|e| panic!("{e}"));
    let metrics = std::fs::read_to_string(Path::new(folder.path()).join("run.prom"));
    (report, metrics.expect("metrics"))
}

fn freshness(field: &str, newest: &str, age_seconds: i64) -> Option<FreshnessReport> {
    Some(FreshnessReport {
        field: field.to_owned(),
        newest: newest.parse().expect("a time"),
        age_seconds,
    })
}

#[test]
fn the_first_timestamp_counts_or_the_field_that_is_named() {
    let pipeline = "\
pipeline: p
sources:
  first: {path: a.csv, fields: {id: text, born: date, made: timestamp, changed: timestamp}}
  named: {path: a.csv, fields: {id: text, born: date, made: timestamp, changed: timestamp}, freshness: changed}
  dated: {path: a.csv, fields: {id: text, born: date}, freshness: born}
  dates: {path: a.csv, fields: {id: text, born: date}}
  empty: {path: b.csv, fields: {made: timestamp}}
";
    let files = [
        (
            "a.csv",
            // The newest record is refused, and one has no time.
            "id,born,made,changed\n\
             1,2025-06-30,2025-07-01T11:59:00Z,2025-07-01T12:00:30+00:00\n\
             2,1990-01-01,2025-06-01,\n\
             3,,,2025-06-02\n\
             4,2025-02-30,2025-07-01T11:59:59Z,\n",
        ),
        ("b.csv", "made\nnever\n"),
    ];
    let (report, metrics) = run(pipeline, &files);
    let found: Vec<_> = report.sources.iter().map(|s| s.freshness.clone()).collect();
    assert_eq!(
        found,
        [
            freshness("made", "2025-07-01T11:59:00Z", 60),
            freshness("changed", "2025-07-01T12:00:30Z", -30),
            freshness("born", "2025-06-30T00:00:00Z", 36 * 3600),
            None,
            None,
        ]
    );
    let lines: Vec<&str> = metrics.lines().filter(|l| l.contains("newest")).collect();
    assert_eq!(
        lines,
        [
            "# HELP onefold_newest_record_timestamp_seconds Time of the newest record of a source, in seconds since 1970.",
            "# TYPE onefold_newest_record_timestamp_seconds gauge",
            "onefold_newest_record_timestamp_seconds{pipeline=\"p\",source=\"first\"} 1751371140",
            "onefold_newest_record_timestamp_seconds{pipeline=\"p\",source=\"named\"} 1751371230",
            "onefold_newest_record_timestamp_seconds{pipeline=\"p\",source=\"dated\"} 1751241600",
            "# HELP onefold_newest_record_age_seconds Age of the newest record of a source when the run started.",
            "# TYPE onefold_newest_record_age_seconds gauge",
            "onefold_newest_record_age_seconds{pipeline=\"p\",source=\"first\"} 60",
            "onefold_newest_record_age_seconds{pipeline=\"p\",source=\"named\"} -30",
            "onefold_newest_record_age_seconds{pipeline=\"p\",source=\"dated\"} 129600",
        ]
    );
}

#[test]
fn it_is_in_the_report_as_text_and_seconds() {
    let (report, _) = run(
        "pipeline: p\nsources: {t: {path: t.json, fields: {at: timestamp}}}\n",
        &[("t.json", "{\"at\": \"2025-07-01T10:00:00.25Z\"}")],
    );
    let report = serde_json::to_value(&report).expect("JSON");
    assert_eq!(
        report["sources"][0]["freshness"],
        serde_json::json!({"field": "at", "newest": "2025-07-01T10:00:00.25Z", "age_seconds": 7199})
    );
}

/// The records of many chunks, on two threads.
#[test]
fn the_newest_of_all_chunks() {
    let mut text = String::from("at,filler\n");
    for row in 0..60_000u32 {
        // The newest stands in the middle.
        let day = if row == 31_234 { 30 } else { row % 28 + 1 };
        text += &format!("2025-06-{day:02}T00:00:00Z,{}\n", "x".repeat(40));
    }
    let (report, _) = run(
        "pipeline: p\nsources: {t: {path: t.csv, fields: {at: timestamp, filler: text}}}\n",
        &[("t.csv", &text)],
    );
    assert_eq!(
        report.sources[0].freshness,
        freshness("at", "2025-06-30T00:00:00Z", 36 * 3600)
    );
}

/// What a run says of a table whose newest row is as old as its checks allow, and of one that is older.
#[test]
fn a_table_is_stale_from_the_first_microsecond_on() {
    let pipeline = |checks: &str| {
        format!(
            "\
pipeline: p
sources: {{s: {{path: a.csv, fields: {{id: text, day: date, at: timestamp}}}}}}
tables: {{t: {{from: s, checks: [{checks}]}}}}
"
        )
    };
    let csv = |day: &str, at: &str| format!("id,day,at\n1,2020-01-01,2020-01-01\n2,{day},{at}\n");
    let of_at = "freshness: {column: at, warn: 1d, error: 3d}";
    let of_day = "freshness: {column: day, error: 1d}";
    for (checks, day, at, status, warnings) in [
        (of_at, "", "2025-06-30T12:00:00Z", Status::Published, 0),
        (
            of_at,
            "",
            "2025-06-30T11:59:59.999999Z",
            Status::Published,
            1,
        ),
        (of_at, "", "2025-06-28T12:00:00Z", Status::Published, 1),
        (of_at, "", "2025-06-28T11:59:59.999999Z", Status::Refused, 1),
        (of_at, "", "2025-06-28T14:00:00+02:00", Status::Published, 1),
        // A time that has not come says nothing; the row before it is of 2020.
        (of_at, "", "2999-01-01T00:00:00Z", Status::Refused, 1),
        // A date is as old as its first moment: that of the day before is 36 hours old.
        (of_day, "2025-07-01", "", Status::Published, 0),
        (of_day, "2025-06-30", "", Status::Refused, 0),
    ] {
        let (report, _) = run(&pipeline(checks), &[("a.csv", &csv(day, at))]);
        let found = (report.status, report.warnings.len());
        assert_eq!(found, (status, warnings), "{checks} {day} {at}");
    }
    // Nothing is as old as anything, whether there are rows or not.
    for csv in ["id,day,at\n", "id,day,at\n1,,\n2,,\n"] {
        let (report, _) = run(&pipeline(of_at), &[("a.csv", csv)]);
        assert_eq!(report.status, Status::Refused);
        let refused = report.refused.expect("a reason");
        assert_eq!(refused, "table `t` is stale: no `at` is from the last 3d");
        let rows: Vec<u64> = report.checks.iter().map(|check| check.rows).collect();
        assert_eq!(rows, [1, 1]);
    }
}
