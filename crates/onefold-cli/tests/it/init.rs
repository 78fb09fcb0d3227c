//! `onefold init`: what it drafts checks clean, and runs without an edit and without a record lost.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use crate::command::Run;

fn onefold(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onefold"));
    command.args(arguments).current_dir(folder);
    command.output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Drafts a pipeline of all files of a folder, checks it and runs it; records read and rejected.
fn drafted(inputs: &Path) -> (u64, u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let drafted = onefold(here, &["init", &inputs.to_string_lossy(), "--out", "draft"]);
    assert!(drafted.status.success(), "{}", text(&drafted.stderr));
    let pipeline = std::fs::read_to_string(here.join("draft/onefold.yaml")).expect("a draft");
    let checked = onefold(here, &["check", "draft", "--out", "draft"]);
    let said = text(&checked.stderr);
    assert!(
        checked.status.success() && said.is_empty(),
        "{said}\n{pipeline}"
    );
    let run = onefold(
        here,
        &["run", "draft", "--out", "draft", "--format", "json"],
    );
    let (out, err) = (text(&run.stdout), text(&run.stderr));
    assert!(run.status.success(), "{out}{err}\n{pipeline}");
    let report: serde_json::Value = serde_json::from_str(&out).expect("a report");
    let sources = report["sources"].as_array().expect("sources");
    let sum = |key: &str| sources.iter().filter_map(|s| s[key].as_u64()).sum();
    assert_eq!(sum("read"), sum("accepted") + sum("rejected"));
    (sum("read"), sum("rejected"))
}

#[test]
fn drafts_of_the_examples() {
    let examples = crate::package().join("../../examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(examples).expect("examples") {
        let folder = entry.expect("an entry").path();
        if folder.is_dir() {
            // Some lines of the log files break off, whatever a draft says of them, and an event has no time.
            let (files, broken) = match folder.join("logs") {
                logs if logs.is_dir() => (logs, 5),
                _ if folder.ends_with("event-sessions") => (folder.clone(), 1),
                _ => (folder.clone(), 0),
            };
            let (read, rejected) = drafted(&files);
            assert!(read > 0, "{}", folder.display());
            assert_eq!(rejected, broken, "{}", folder.display());
            seen += 1;
        }
    }
    assert!(seen >= 8);
}

#[test]
fn drafts_of_dirty_files() {
    let cases = crate::package().join("../onefold-draft/tests/cases");
    for entry in std::fs::read_dir(cases).expect("cases") {
        let folder = entry.expect("an entry").path();
        if folder.is_dir() {
            let (read, rejected) = drafted(&folder);
            assert!(read > 0, "{}", folder.display());
            assert_eq!(rejected, 0, "{}", folder.display());
        }
    }
}

#[test]
fn drafts_of_packed_files() {
    let folder = tempfile::tempdir().expect("a folder");
    for (day, users) in [(1, ["u1", "u1"]), (2, ["u2", "u1"]), (3, ["u2", "u3"])] {
        let path = folder.path().join(format!("log-2024-05-0{day}.jsonl.gz"));
        let file = std::fs::File::create(path).expect("a file");
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::default());
        for (hour, user) in users.iter().enumerate() {
            let line = format!(
                "{{\"userId\": \"{user}\", \"eventTime\": \"2024-05-0{day}T1{hour}:00:00Z\", \"props\": {{\"page\": \"/\"}}}}\n"
            );
            packed.write_all(line.as_bytes()).expect("a file");
        }
        packed.finish().expect("a file");
    }
    let users = crate::cases::parquet_of("user_id:Utf8|score:Int64\nu1|3\nu2|4\n");
    std::fs::write(folder.path().join("users.parquet"), users).expect("a file");
    assert_eq!(drafted(folder.path()), (8, 0));
}

#[test]
fn init_says_what_it_found() {
    let run = Run::new(&["init", "crm.csv", "orders.csv"])
        .file(
            "crm.csv",
            "id,name,email\nK1,ann lee,ann@example.com\nK2,bob ray,bob@example.com\nK3,A Lee,ann@example.com\n",
        )
        .file(
            "orders.csv",
            "order_id,customer_id,amount,ordered_at\n1,K1,12.50,2024-01-01 10:00:00\n2,K1,7.25,2024-01-02 10:00:00\n3,K3,1.00,2024-01-03 10:00:00\n",
        );
    run.golden("init");
}

/// The pipeline finds its files from the folder that it lies in.
#[test]
fn init_into_another_folder() {
    let run = Run::new(&["init", "data", "--out", "made/here"])
        .file("data/a.csv", "id,day\n1,31.01.2024\n")
        .file("data/notes.md", "no data\n");
    run.golden("init_out");
    let run = run.arguments(&["check", "made/here", "--out", "made/here"]);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["run", "made/here", "--out", "made/here"]);
    assert_eq!(run.done().code, Some(0));
}

#[test]
fn init_overwrites_nothing() {
    let run = Run::new(&["init", "a.csv"])
        .file("a.csv", "a,b\n1,2\n")
        .file("onefold.yaml", "sources: {a: {path: a.csv}}\n");
    run.golden("init_again");
    let run = run.arguments(&["init", "a.csv", "--stdout"]);
    run.golden("init_stdout");
}

#[test]
fn init_without_data() {
    Run::new(&["init", "none.csv"]).golden("init_missing");
    Run::new(&["init", "."])
        .file("README.md", "no data\n")
        .golden("init_no_data");
}
