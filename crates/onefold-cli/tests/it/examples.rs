//! Every example of the repository gives exactly what stands in its `expected` folder, the time stamps of logs aside.

use std::path::{Path, PathBuf};
use std::process::Command;

fn examples() -> PathBuf {
    crate::package().join("../../examples")
}

/// Runs pipelines into one folder and compares every file of `expected`; nothing else may have been published.
fn compare(example: &str, pipelines: &[&str]) {
    let folder = examples().join(example);
    let out = tempfile::tempdir().expect("a temporary folder");
    for pipeline in pipelines {
        let run = Command::new(env!("CARGO_BIN_EXE_onefold"))
            .args([
                "run".as_ref(),
                folder.join(pipeline).as_os_str(),
                "--out".as_ref(),
                out.path().as_os_str(),
            ])
            .output()
            .expect("the command runs");
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
    let names = |dir: &Path| {
        let entries = std::fs::read_dir(dir)
            .expect("a folder")
            .map(|e| e.expect("an entry").file_name());
        let mut names: Vec<String> = entries
            .map(|n| n.to_string_lossy().into_owned())
            .filter(|n| n != ".onefold")
            .collect();
        names.sort();
        names
    };
    let expected = folder.join("expected");
    if std::env::var_os("ONEFOLD_BLESS").is_some() {
        for name in names(out.path()) {
            std::fs::write(expected.join(&name), content(&out.path().join(&name)))
                .expect("a writable example");
        }
    }
    assert_eq!(names(out.path()), names(&expected));
    for name in names(&expected) {
        let (found, wanted) = (
            content(&out.path().join(&name)),
            content(&expected.join(&name)),
        );
        if name.ends_with(".parquet") {
            assert!(found == wanted, "{example}/{name} differs");
        } else {
            assert_eq!(
                String::from_utf8_lossy(&found),
                String::from_utf8_lossy(&wanted),
                "{example}/{name}"
            );
        }
    }
}

/// Metrics that are others in each run.
const VARYING: [&str; 3] = [
    "onefold_newest_record_age_seconds",
    "onefold_run_duration_seconds",
    "onefold_run_timestamp_seconds",
];

/// Bytes of a file; in a log `TIME` stands for the time of each line, in metrics `N` for what is another value in each run.
fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("a file");
    let by_line = |line: fn(&str) -> String| {
        let text = String::from_utf8(bytes.clone()).expect("a text");
        text.lines().map(line).collect::<String>().into_bytes()
    };
    match path.extension().and_then(|e| e.to_str()) {
        _ if path.ends_with("integration_log.txt") => by_line(|line| {
            let (_, rest) = line.split_once(" - ").unwrap_or(("", line));
            format!("TIME - {rest}\n")
        }),
        Some("prom") => by_line(|line| match line.rsplit_once(' ') {
            Some((metric, _)) if VARYING.iter().any(|name| metric.starts_with(name)) => {
                format!("{metric} N\n")
            }
            _ => format!("{line}\n"),
        }),
        _ => bytes,
    }
}

#[test]
fn customer_master() {
    compare("customer-master", &["onefold.yaml"]);
}

#[test]
fn unified_events() {
    compare("unified-events", &["onefold.yaml", "both-versions.yaml"]);
}

#[test]
fn one_list() {
    compare("one-list", &["onefold.yaml"]);
}

#[test]
fn daily_logs() {
    compare("daily-logs", &["onefold.yaml"]);
}

#[test]
fn nightly_crm() {
    compare("nightly-crm", &["onefold.yaml"]);
}

#[test]
fn event_sessions() {
    compare("event-sessions", &["onefold.yaml"]);
}

#[test]
fn stream_enrichment() {
    compare("stream-enrichment", &["onefold.yaml"]);
}

#[test]
fn customer_360() {
    let pipelines = ["onefold.yaml", "by-position.yaml", "refunds-and-churn.yaml"];
    compare("customer-360", &pipelines);
}
