//! Whole files through [`Scan`]: what is read, what is refused, what is reported.

mod conform;
mod drift;
mod explode;
mod files;
mod formats;
mod json;
mod parquet;
mod versions;
mod workbook;
mod written;

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold_read::{Drift, Error, NoExpressions, Options, Reject, Scan, Summary};
use onefold_spec::model::Source;

/// What reading came to.
#[derive(Debug)]
struct Outcome {
    /// Rows as text, fields between `|`, missing ones `~`.
    rows: Vec<String>,
    rejects: Vec<Reject>,
    summary: Summary,
}

impl Outcome {
    /// `column records file:record:line` of each column of drift.
    fn drift(&self) -> Vec<String> {
        let text = |d: &Drift| {
            format!(
                "{} {} {}:{}:{}",
                d.column, d.records, d.first.file, d.first.record, d.first.line
            )
        };
        self.summary.drift.iter().map(text).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.summary
            .drift
            .iter()
            .map(|drift| drift.column.as_str())
            .collect()
    }

    fn versions(&self) -> Vec<(&str, u64)> {
        self.summary
            .versions
            .iter()
            .map(|(name, n)| (name.as_str(), *n))
            .collect()
    }

    /// `file:record code column=value` of each reject.
    fn refused(&self) -> Vec<String> {
        let text = |r: &Reject| {
            let error = &r.errors[0];
            format!(
                "{}:{} {} {}={}",
                r.file,
                r.record,
                r.code,
                error.column,
                error.value.as_deref().unwrap_or("~")
            )
        };
        self.rejects.iter().map(text).collect()
    }
}

/// The source that a mapping in YAML declares.
fn source(yaml: &str) -> Source {
    let indented: String = yaml.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("sources:\n  s:\n{indented}outputs: [{{table: s, path: s.csv}}]\n");
    match onefold_spec::load(&text, Path::new("onefold.yaml"), &|_| None) {
        Ok(mut loaded) => loaded.pipeline.sources.remove(0),
        Err(findings) => panic!("{findings:#?}"),
    }
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }
    folder
}

fn scan(source: &Source, folder: &Path, threads: usize) -> Result<Outcome, Error> {
    let scan = Scan::open(
        source,
        folder,
        Arc::new(NoExpressions),
        &Options {
            threads,
            needed: None,
            stdin: None,
        },
    )?;
    let mut rows = Vec::new();
    let mut rejects = Vec::new();
    let summary = scan.run(texts, |batch| {
        rows.extend(batch.records);
        rejects.extend(batch.rejects);
        true
    })?;
    Ok(Outcome {
        rows,
        rejects,
        summary,
    })
}

fn texts(batch: RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("~");
    let fields = batch.num_columns() - 1;
    let columns: Vec<ArrayRef> = batch.columns().iter().take(fields).map(in_utc).collect();
    let columns: Vec<_> = columns
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options).expect("a format"))
        .collect();
    let row = |row| {
        columns
            .iter()
            .map(|column| column.value(row).to_string())
            .collect::<Vec<_>>()
            .join("|")
    };
    (0..batch.num_rows()).map(row).collect()
}

/// The formatter knows offsets only, no zones by name.
fn in_utc(column: &ArrayRef) -> ArrayRef {
    match column.as_primitive_opt::<TimestampMicrosecondType>() {
        Some(times) => Arc::new(times.clone().with_timezone("+00:00")),
        None => Arc::clone(column),
    }
}

/// Reads with one, two and eight threads, which must come to the same.
fn read_bytes(yaml: &str, files: &[(&str, &[u8])]) -> Outcome {
    let (source, folder) = (source(yaml), folder(files));
    let [one, two, eight] = [1, 2, 8]
        .map(|threads| scan(&source, folder.path(), threads).expect("a source that can be read"));
    for other in [two, eight] {
        assert!(one.rows == other.rows, "rows differ");
        assert_eq!(one.rejects, other.rejects);
        assert_eq!(one.summary.drift, other.summary.drift);
        assert_eq!(one.versions(), other.versions());
    }
    one
}

fn read(yaml: &str, files: &[(&str, &str)]) -> Outcome {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    read_bytes(yaml, &files)
}

/// The message of a source that cannot be read, and its hint.
fn refuse(yaml: &str, files: &[(&str, &str)]) -> (String, Option<String>) {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    let folder = folder(&files);
    let error = scan(&source(yaml), folder.path(), 2).expect_err("a source that cannot be read");
    (error.to_string(), error.hint_text().map(str::to_owned))
}

#[test]
fn a_panic_in_a_worker_is_an_error() {
    let source = source("path: a.csv\nfields: {a: text}\n");
    let folder = folder(&[("a.csv", b"a\n1\n")]);
    for threads in [1, 4] {
        let options = Options {
            threads,
            needed: None,
            stdin: None,
        };
        let scan = Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options);
        let scan = scan.expect("a source");
        let read = scan.run(|_| -> u8 { panic!("map") }, |_| true);
        assert_eq!(
            read.expect_err("a panic").kind(),
            onefold_read::Kind::Internal
        );
    }
}
