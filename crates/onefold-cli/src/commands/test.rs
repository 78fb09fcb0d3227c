//! `onefold test FILE`

use std::fmt::Write;

use onefold_engine::{DiffLine, Side, TestFailure, TestResult};

use super::pipeline;
use crate::arguments::{Format, PipelineArgs};
use crate::output::Output;
use crate::signals;

/// Exit code where a test fails.
const FAILED: u8 = 1;

pub(crate) fn test(args: &PipelineArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(args, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let interrupted = signals::interrupted()?;
    let mut results = Vec::new();
    let mut said = Ok(());
    let done = project.test(&interrupted, &mut |result| {
        if output.format == Format::Human && said.is_ok() {
            said = output.say(&project.hide(&described(result)));
        }
        results.push(result.clone());
    });
    said?;
    if let Err(error) = done {
        return Ok(output.project_error(&error, &project));
    }
    let failed = results.iter().filter(|result| !result.passed).count();
    let passed = results.len() - failed;
    match output.format {
        Format::Human => output.say(&format!("{passed} passed, {failed} failed\n"))?,
        Format::Json => {
            let body = serde_json::json!({"passed": passed, "failed": failed, "tests": results});
            output.say(&format!("{}\n", project.hidden(body)))?;
        }
    }
    Ok(if failed == 0 { 0 } else { FAILED })
}

fn described(result: &TestResult) -> String {
    if result.passed {
        return format!("ok {}\n", result.name);
    }
    let mut out = format!("FAILED {}\n", result.name);
    for failure in &result.failures {
        // Writing to a string cannot fail.
        describe(failure, &mut out).unwrap_or_default();
    }
    out
}

fn describe(failure: &TestFailure, out: &mut String) -> std::fmt::Result {
    match failure {
        TestFailure::Failed { message } => writeln!(out, "  the run fails: {message}"),
        TestFailure::NotFailed { expected } => {
            writeln!(
                out,
                "  the run goes through; an error was expected: {expected}"
            )
        }
        TestFailure::OtherFailure { expected, message } => {
            writeln!(
                out,
                "  the run fails with another error\n    - {expected}\n    + {message}"
            )
        }
        TestFailure::Ledger {
            source,
            count,
            expected,
            found,
        } => {
            writeln!(
                out,
                "  source {source}: {expected} {count} expected, {found} found"
            )
        }
        TestFailure::Count {
            table,
            expected,
            found,
        } => {
            writeln!(
                out,
                "  {table}: {} expected, {found} found",
                rows(*expected)
            )
        }
        TestFailure::NoColumn { table, column } => {
            writeln!(out, "  {table}: it has no column {column}")
        }
        TestFailure::Rows {
            table,
            expected,
            found,
            lines,
            more,
        } => {
            match expected == found {
                true => writeln!(out, "  {table}: rows differ")?,
                false => writeln!(
                    out,
                    "  {table}: {} expected, {found} found",
                    rows(*expected)
                )?,
            }
            difference(lines, out)?;
            match more {
                0 => Ok(()),
                _ => writeln!(out, "    and {} more that differ", rows(*more)),
            }
        }
        other => writeln!(out, "  {other:?}"),
    }
}

fn rows(count: u64) -> String {
    format!("{count} row{}", if count == 1 { "" } else { "s" })
}

/// `- expected`, `+ found`, with the number of each row.
fn difference(lines: &[DiffLine], out: &mut String) -> std::fmt::Result {
    let width = lines
        .iter()
        .map(|line| line.row.to_string().len())
        .max()
        .unwrap_or_default();
    for (place, line) in lines.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| lines.get(place));
        // Only rows that are alike are left out, so a gap lies between two of them.
        let gap = before.is_some_and(|before| {
            before.side == Side::Both && line.side == Side::Both && line.row > before.row + 1
        });
        if gap {
            writeln!(out, "      {:width$}  ..", "")?;
        }
        let sign = match line.side {
            Side::Both => ' ',
            Side::Expected => '-',
            Side::Found => '+',
        };
        let values: Vec<String> = line
            .values
            .iter()
            .map(|(name, value)| {
                format!(
                    "{}: {}",
                    scalar(name),
                    value.as_deref().map_or("null".to_owned(), scalar)
                )
            })
            .collect();
        writeln!(
            out,
            "    {sign} {:>width$}  {{{}}}",
            line.row,
            values.join(", ")
        )?;
    }
    Ok(())
}

/// Text as it can stand in a YAML mapping in one line.
fn scalar(text: &str) -> String {
    let special = |c: char| c.is_control() || "{}[],\"'\\`#&*!|>%@$".contains(c);
    let colon = text.contains(": ") || text.ends_with(':');
    let starts = text.starts_with(['-', '?', ':', ' ', '=']) && text.parse::<f64>().is_err();
    let quote = text.is_empty() || text.ends_with(' ') || matches!(text, "null" | "~");
    match quote || colon || starts || text.contains(special) {
        true => serde_json::Value::from(text)
            .to_string()
            .replace("${", "$${"),
        false => text.to_owned(),
    }
}
