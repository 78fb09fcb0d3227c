//! The case files of `tests/cases`: input, pipeline and what comes of them.
//!
//! A case is a mapping: `name`; `in`, files by name; `pipeline`, where `sources:` alone stands for a file that also publishes the table
//! `t` as `out.csv`; `exit`, 0 where not given; `ledger`, what the command prints of it; `rejects` by source, a line each: record, line,
//! code and reason, with further codes behind; `out`, every published file; `error`, what stderr says. Whatever a case does not name
//! must not be there. A case is a few records, most of them bad on purpose: all of them may be rejected, unless it has limits of its own.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::command::{Run, blessing, readable};
use crate::yaml::{Yaml, write_text};

/// What a case expects, or what was found: texts by section and name.
type Expected = BTreeMap<(String, String), String>;

struct Case {
    name: String,
    pipeline: String,
    input: Vec<(String, String)>,
    expected: Expected,
}

#[test]
fn every_case_comes_out_as_written() {
    let root = crate::package().join("../../tests/cases");
    let only = std::env::var("ONEFOLD_CASE").unwrap_or_default();
    let mut failures = String::new();
    let mut number = 0;
    for path in files(&root) {
        let text = fs::read_to_string(&path).expect("a case file");
        let place = path
            .strip_prefix(&root)
            .expect("below the root")
            .display()
            .to_string();
        let document = Yaml::parse(&text).unwrap_or_else(|e| panic!("{place}: {e}"));
        let cases: Vec<Case> = document.items().iter().map(|c| case(c, &place)).collect();
        assert!(!cases.is_empty(), "{place} holds no case");
        let mut found = Vec::new();
        for case in &cases {
            let title = format!("{place}: {}", case.name);
            if !title.contains(&only) {
                found.push(case.expected.clone());
                continue;
            }
            number += 1;
            let came = outcome(case);
            if came != case.expected {
                write!(failures, "\n{title}\n{}", difference(&case.expected, &came))
                    .expect("a string");
            }
            found.push(came);
        }
        if blessing() {
            let comment: String = text
                .lines()
                .take_while(|l| l.starts_with('#'))
                .map(|l| format!("{l}\n"))
                .collect();
            fs::write(&path, comment + &written(&cases, &found)).expect("the case file");
        }
    }
    assert!(number > 0, "no case is named like `{only}`");
    assert!(blessing() || failures.is_empty(), "{failures}");
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for kind in fs::read_dir(root).expect("the case files") {
        let kind = kind.expect("an entry").path();
        if kind.is_dir() {
            found.extend(
                fs::read_dir(kind)
                    .expect("a folder")
                    .map(|e| e.expect("an entry").path()),
            );
        }
    }
    found.retain(|p| p.extension().is_some_and(|e| e == "yaml"));
    found.sort();
    found
}

fn case(case: &Yaml, place: &str) -> Case {
    const KEYS: [&str; 8] = [
        "name", "in", "pipeline", "exit", "ledger", "rejects", "out", "error",
    ];
    let text = |key: &str| case.get(key).and_then(Yaml::text).map(str::to_owned);
    let name = text("name").unwrap_or_else(|| panic!("{place}: a case without a name"));
    for (key, _) in case.entries() {
        assert!(
            KEYS.contains(&key.as_str()),
            "{place}: {name}: `{key}` is no key of a case"
        );
    }
    let named = |key: &str| -> Vec<(String, String)> {
        let entries = case.get(key).map(Yaml::entries).unwrap_or_default();
        entries
            .iter()
            .map(|(k, v)| (k.clone(), v.text().expect("text").to_owned()))
            .collect()
    };
    let mut expected = Expected::new();
    expected.insert(
        ("exit".into(), String::new()),
        text("exit").unwrap_or("0".into()),
    );
    for key in ["ledger", "error"] {
        if let Some(text) = text(key) {
            expected.insert((key.into(), String::new()), text);
        }
    }
    for key in ["rejects", "out"] {
        expected.extend(
            named(key)
                .into_iter()
                .map(|(name, text)| ((key.to_owned(), name), text)),
        );
    }
    let pipeline = text("pipeline").unwrap_or_else(|| panic!("{place}: {name} has no pipeline"));
    Case {
        name,
        pipeline,
        input: named("in"),
        expected,
    }
}

fn outcome(case: &Case) -> Expected {
    let mut pipeline = case.pipeline.clone();
    if !pipeline.contains("outputs:") {
        pipeline.push_str("outputs: [{table: t, path: out.csv}]\n");
    }
    if !pipeline.contains("limits:") {
        pipeline.push_str("limits: {rejects: 100%}\n");
    }
    let mut run = Run::new(&["run", "p.yaml", "--out", "out"]).file("p.yaml", &pipeline);
    for (name, text) in &case.input {
        run = match text.strip_prefix("PARQUET\n") {
            Some(table) => run.file(name, parquet_of(table)),
            None => run.file(name, text),
        };
    }
    let done = run.done();
    let mut found = Expected::new();
    found.insert(("exit".into(), String::new()), done.exit());
    let ledger = |line: &&str| {
        // A case is a few records, of which most are rejected as a rule: what is said of that has tests of its own.
        let is_doubt = line.starts_with("warning: source ")
            && (line.contains("rejected: ")
                || line.contains("rejected, ")
                || line.contains("no records in"));
        let others = ["Total ", "Data saved", "Run "];
        !is_doubt && !others.iter().any(|s| line.starts_with(s))
    };
    let ledger: String = done
        .stdout
        .lines()
        .filter(ledger)
        .map(|l| format!("{l}\n"))
        .collect();
    if !ledger.is_empty() {
        found.insert(("ledger".into(), String::new()), ledger);
    }
    if !done.stderr.is_empty() {
        found.insert(("error".into(), String::new()), done.stderr);
    }
    let rejects = run.path("out/.onefold/runs");
    for folder in fs::read_dir(&rejects).into_iter().flatten() {
        let folder = folder.expect("an entry").path().join("rejects");
        for file in fs::read_dir(&folder).into_iter().flatten() {
            let path = file.expect("an entry").path();
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            found.insert(("rejects".into(), name), rejects_of(&path));
        }
    }
    for (path, content) in &done.files {
        // A state names its run.
        if let Some(name) = path.strip_prefix("out/")
            && !name.ends_with(".state")
            && !name.starts_with(".onefold/")
        {
            found.insert(
                ("out".into(), name.to_owned()),
                run.redacted(&readable(&run.path(path), content)),
            );
        }
    }
    found
}

/// Rejects of one source, a line each.
fn rejects_of(path: &Path) -> String {
    let mut out = String::new();
    let file = fs::File::open(path).expect("rejects");
    for batch in ParquetRecordBatchReaderBuilder::try_new(file)
        .expect("Parquet")
        .build()
        .expect("Parquet")
    {
        let batch = batch.expect("rows");
        let column = |name: &str| {
            cast(
                batch.column_by_name(name).expect("a column"),
                &DataType::Utf8,
            )
            .expect("text")
        };
        let columns: Vec<_> = ["record", "line", "code", "reason", "errors"]
            .map(column)
            .into();
        for row in 0..batch.num_rows() {
            let value = |i: usize| columns[i].as_string::<i32>().value(row);
            write!(out, "{} {} {}: {}", value(0), value(1), value(2), value(3)).expect("a string");
            let errors: serde_json::Value = serde_json::from_str(value(4)).expect("JSON");
            for error in errors.as_array().expect("a list").iter().skip(1) {
                write!(
                    out,
                    "; {}: {}",
                    error["code"].as_str().expect("text"),
                    error["message"].as_str().expect("text")
                )
                .expect("a string");
            }
            out.push('\n');
        }
    }
    out
}

/// A Parquet file of `name:type|...` and rows like it; types as in SQL, an empty cell is missing.
pub(crate) fn parquet_of(table: &str) -> Vec<u8> {
    let mut lines = table.lines();
    let mut columns = Vec::new();
    let rows: Vec<Vec<&str>> = lines
        .clone()
        .skip(1)
        .map(|l| l.split('|').collect())
        .collect();
    for (i, column) in lines.next().expect("a header").split('|').enumerate() {
        let (name, kind) = column.split_once(':').expect("name:type");
        let kind: DataType = kind.parse().unwrap_or_else(|e| panic!("{kind}: {e}"));
        let cells: arrow::array::StringArray = rows
            .iter()
            .map(|r| Some(r[i]).filter(|c| !c.is_empty()))
            .collect();
        let typed = cast(&cells, &kind).expect("a column");
        assert_eq!(
            typed.null_count(),
            cells.null_count(),
            "a cell of `{name}` is no {kind}"
        );
        columns.push((name, typed));
    }
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
            .expect("a table");
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
    bytes
}

fn difference(expected: &Expected, found: &Expected) -> String {
    let mut out = String::new();
    let keys: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    for key in keys {
        let (e, f) = (expected.get(key), found.get(key));
        if e != f {
            let show = |v: Option<&String>| {
                v.map_or("(nothing)\n".to_owned(), |t| {
                    format!("{}\n", t.trim_end_matches('\n'))
                })
            };
            write!(
                out,
                "  {} {}\n--- expected\n{}--- found\n{}",
                key.0,
                key.1,
                show(e),
                show(f)
            )
            .expect("a string");
        }
    }
    out
}

/// The case file with what was found.
fn written(cases: &[Case], found: &[Expected]) -> String {
    let mut out = String::new();
    for (case, found) in cases.iter().zip(found) {
        if !out.is_empty() {
            out.push('\n');
        }
        writeln!(out, "- name: {}", case.name).expect("a string");
        out.push_str("  in:\n");
        for (name, text) in &case.input {
            write_text(&mut out, 4, name, text);
        }
        write_text(&mut out, 2, "pipeline", &case.pipeline);
        for section in ["exit", "ledger", "rejects", "out", "error"] {
            let texts: Vec<_> = found.iter().filter(|(k, _)| k.0 == section).collect();
            match texts.as_slice() {
                [] => {}
                [(_, text)] if section == "exit" && *text == "0" => {}
                [(_, text)] if section == "exit" => {
                    writeln!(out, "  exit: {text}").expect("a string")
                }
                [((_, name), text)] if name.is_empty() => write_text(&mut out, 2, section, text),
                texts => {
                    writeln!(out, "  {section}:").expect("a string");
                    for ((_, name), text) in texts {
                        write_text(&mut out, 4, name, text);
                    }
                }
            }
        }
    }
    out
}
