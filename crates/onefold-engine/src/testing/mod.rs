//! The tests of a pipeline: small inputs, a real run in a folder of its own, and a comparison of what came of it.
//!
//! A test reads and writes below a temporary folder only. Its run is that of the pipeline, with two changes: the sources read the
//! test's files ([`files`]), and the tables that the test speaks of are published beside the pipeline's outputs, as Parquet. Values
//! are compared as the text that a CSV file would hold ([`texts`](crate::texts)).

mod diff;
mod files;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use onefold_spec::model::{
    Content, Expectation, ExpectedLedger, ExpectedRows, Limit, Output, OutputFormat, Pipeline,
    RowLimits, TableRef, Test,
};
use onefold_spec::{Diagnostic, Spanned};
use serde::Serialize;

use crate::error::{Error, Kind};
use crate::report::Report;
use crate::run::{self, Keep, RunOptions};
use crate::temporary::temporary_folder;
use crate::texts::Rows;
use diff::difference;

pub use diff::{DiffLine, Side};

/// How a test went.
#[derive(Debug, Clone, Serialize)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// Whether everything is as expected.
    pub passed: bool,
    /// What is not.
    pub failures: Vec<TestFailure>,
}

/// One thing that is not as a test expects it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TestFailure {
    /// The run fails.
    Failed {
        /// Its message.
        message: String,
    },
    /// The run goes through, and should fail.
    NotFailed {
        /// What its message should contain.
        expected: String,
    },
    /// The run fails with another message.
    OtherFailure {
        /// What its message should contain.
        expected: String,
        /// Its message.
        message: String,
    },
    /// A count of records is another.
    Ledger {
        /// The source.
        source: String,
        /// `read`, `accepted` or `rejected`.
        count: &'static str,
        /// What it should be.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// A table has more or fewer rows.
    Count {
        /// The table.
        table: String,
        /// How many it should have.
        expected: u64,
        /// How many it has.
        found: u64,
    },
    /// A table has no such column.
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table has other rows.
    Rows {
        /// The table.
        table: String,
        /// How many rows it should have.
        expected: u64,
        /// How many it has.
        found: u64,
        /// Where they differ, with the rows around.
        lines: Vec<DiffLine>,
        /// Differing rows that are not listed.
        more: u64,
    },
}

/// Finds columns that no table has, as far as columns are known before the inputs are.
pub(crate) fn check(
    pipeline: &Pipeline,
    schemas: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) {
    for (table, expected) in pipeline.tests.iter().flat_map(tables) {
        let (Some(schema), ExpectedRows::Rows(rows)) = (schemas.get(table.as_str()), expected)
        else {
            continue;
        };
        let names = || schema.fields().iter().map(|field| field.name().as_str());
        for (column, _) in rows.iter().flatten() {
            if names().any(|name| name == column.as_str()) {
                continue;
            }
            let message = format!("`{}` has no column `{}`", table.value, column.value);
            let error = Diagnostic::error(column.span, message);
            errors.push(match onefold_spec::nearest(column, names()) {
                Some(name) => error.hint(format!("did you mean `{name}`?")),
                None => {
                    let names: Vec<&str> = names().collect();
                    error.hint(format!("it has {}", crate::sql::list(&names)))
                }
            });
        }
    }
}

fn tables(test: &Test) -> &[(TableRef, ExpectedRows)] {
    match &test.expect {
        Expectation::Success { tables, .. } => tables,
        Expectation::Failure(_) => &[],
    }
}

/// Runs the tests of a pipeline, one after another.
pub(crate) fn run_all(
    pipeline: &Pipeline,
    interrupted: &AtomicBool,
    on_result: &mut dyn FnMut(&TestResult),
) -> Result<(), Error> {
    if pipeline.tests.is_empty() {
        let message = format!("`{}` has no tests", pipeline.path.display());
        return Err(Error::new(Kind::Configuration, message)
            .hint("add `tests:`, a list of `{name, inputs, expect}`"));
    }
    for test in &pipeline.tests {
        if interrupted.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        let failures = run_one(pipeline, test, interrupted)?;
        on_result(&TestResult {
            name: test.name.value.clone(),
            passed: failures.is_empty(),
            failures,
        });
    }
    Ok(())
}

/// A test has few records, many of them bad on purpose. Only declared limits of rejects count.
fn without_limits_of_size(pipeline: &mut Pipeline) {
    for source in &mut pipeline.sources {
        source.limits.rejects.get_or_insert(Limit::Share(1.0));
        source.rows = RowLimits::default();
    }
    for table in &mut pipeline.tables {
        table.rows = RowLimits::default();
    }
}

fn run_one(
    pipeline: &Pipeline,
    test: &Test,
    interrupted: &AtomicBool,
) -> Result<Vec<TestFailure>, Error> {
    let folder = temporary_folder()?;
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    let mut pipeline = pipeline.clone();
    without_limits_of_size(&mut pipeline);
    files::write(&mut pipeline.sources, &test.inputs, &input)?;
    publish_tables(&mut pipeline, tables(test));
    let result = run::run(
        &pipeline,
        None,
        &RunOptions {
            input_dir: Some(input.clone()),
            keep: Keep::None,
            state_dir: None,
            new_ids: false,
            output_dir: output.clone(),
            threads: 1,
            clock: &|| jiff::Timestamp::UNIX_EPOCH,
            on_event: &|_| {},
            interrupted,
            keep_runs: 1,
            stdin: None,
            memory: None,
        },
    );
    let (report, problem) = match result {
        Ok(report) => {
            let refused = report.refused.clone();
            (Some(report), refused)
        }
        // The pipeline has no part in these.
        Err(error)
            if matches!(
                error.kind(),
                Kind::Internal | Kind::Resources | Kind::Interrupted
            ) =>
        {
            return Err(error);
        }
        Err(error) => (None, Some(message(&error, &input))),
    };
    match (&test.expect, report, problem) {
        (Expectation::Failure(expected), _, problem) => Ok(failure(expected, problem)),
        (_, _, Some(message)) => Ok(vec![TestFailure::Failed { message }]),
        (Expectation::Success { tables, ledger }, Some(report), None) => {
            let mut failures = Vec::new();
            for expected in ledger {
                compare_ledger(expected, &report, &mut failures);
            }
            for (number, (table, expected)) in tables.iter().enumerate() {
                let rows = Rows::read(&output.join(table_path(number)), usize::MAX)?;
                failures.extend(compare_table(table, expected, &rows));
            }
            Ok(failures)
        }
        (_, None, None) => Err(Error::internal("a test without a result")),
    }
}

/// What an error says, without the folder of the test.
fn message(error: &Error, input: &Path) -> String {
    let places = error.diagnostics().iter().map(|place| &place.message);
    let lines: Vec<String> = std::iter::once(error.to_string())
        .chain(places.cloned())
        .collect();
    let folder = format!("{}{}", input.display(), std::path::MAIN_SEPARATOR);
    lines.join("; ").replace(&folder, "")
}

fn failure(expected: &str, message: Option<String>) -> Vec<TestFailure> {
    let expected = expected.to_owned();
    match message {
        Some(message) if message.contains(&expected) => Vec::new(),
        Some(message) => vec![TestFailure::OtherFailure { expected, message }],
        None => vec![TestFailure::NotFailed { expected }],
    }
}

fn table_path(number: usize) -> PathBuf {
    Path::new("tables").join(format!("{number}.parquet"))
}

/// Puts the tables of a test beside the pipeline's own outputs, which stay: their tables are made, so their errors are found.
fn publish_tables(pipeline: &mut Pipeline, tables: &[(TableRef, ExpectedRows)]) {
    for output in &mut pipeline.outputs {
        output.path.value.insert_str(0, "outputs/");
    }
    for (number, (table, _)) in tables.iter().enumerate() {
        let path = table_path(number).to_string_lossy().into_owned();
        pipeline.outputs.push(Output {
            is_kept: false,
            path: Spanned::new(path, table.span),
            content: Content::Table {
                table: table.clone(),
                columns: Vec::new(),
                format: OutputFormat::Parquet,
                masks: Vec::new(),
                partitions: None,
            },
        });
    }
}

fn compare_ledger(expected: &ExpectedLedger, report: &Report, failures: &mut Vec<TestFailure>) {
    let name = &expected.source.value;
    let Some(source) = report.sources.iter().find(|source| source.name == *name) else {
        return;
    };
    let counts = [
        ("read", expected.read, source.read),
        ("accepted", expected.accepted, source.accepted),
        ("rejected", expected.rejected, source.rejected),
    ];
    for (count, expected, found) in counts {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            failures.push(TestFailure::Ledger {
                source: name.clone(),
                count,
                expected,
                found,
            });
        }
    }
}

fn compare_table(table: &str, expected: &ExpectedRows, found: &Rows) -> Vec<TestFailure> {
    let (table, count) = (table.to_owned(), found.len() as u64);
    let rows = match expected {
        ExpectedRows::Count(expected) if *expected == count => return Vec::new(),
        ExpectedRows::Count(expected) => {
            return vec![TestFailure::Count {
                table,
                expected: *expected,
                found: count,
            }];
        }
        ExpectedRows::Rows(rows) => rows,
    };
    let mut missing: Vec<&str> = Vec::new();
    for (column, _) in rows.iter().flatten() {
        if found.column(column).is_none() && !missing.contains(&column.as_str()) {
            missing.push(column);
        }
    }
    if !missing.is_empty() {
        let failure = |column: &str| TestFailure::NoColumn {
            table: table.clone(),
            column: column.to_owned(),
        };
        return missing.into_iter().map(failure).collect();
    }
    let (lines, more) = difference(rows, found);
    match lines.is_empty() {
        true => Vec::new(),
        false => vec![TestFailure::Rows {
            table,
            expected: rows.len() as u64,
            found: count,
            lines,
            more,
        }],
    }
}
