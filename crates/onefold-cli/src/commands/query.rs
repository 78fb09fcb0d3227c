//! `onefold query SQL`

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use onefold_engine::{Answer, MemoryLimit, Question};
use onefold_spec::model::OutputFormat;

use super::run::held;
use crate::arguments::{Format, Printed, QueryArgs};
use crate::boxes::{table, terminal_width};
use crate::output::Output;
use crate::signals;
use crate::summary::counted;
use crate::whole;

/// Rows of a table on a terminal.
const ROWS: usize = 100;

pub(crate) fn query(args: &QueryArgs, output: &Output) -> anyhow::Result<u8> {
    let mut sql = args.sql.clone();
    if sql == "-" {
        sql.clear();
        std::io::stdin().read_to_string(&mut sql)?;
    }
    let file = match &args.to {
        None => None,
        Some(path) => match format_of(path) {
            Some(format) => Some((path, format)),
            None => {
                let message = format!("`{}` says no format", path.display());
                let hint = "its name ends in .csv, .json, .jsonl or .parquet";
                return Ok(output.usage_with_hint(&message, hint));
            }
        },
    };
    if let Some((path, _)) = file
        && let Some(what) = onefold_engine::owned(&args.results, path)
    {
        let message = format!("`{}` is {what}, and is not overwritten", path.display());
        return Ok(output.usage_with_hint(&message, "give --to another name"));
    }
    let is_table = file.is_none() && args.printed == Printed::Table;
    let rows = args
        .rows
        .unwrap_or(if is_table { ROWS } else { usize::MAX });
    let interrupted = signals::interrupted()?;
    let answer = onefold_engine::query(
        &args.results,
        &Question {
            sql: &sql,
            run: args.run.as_deref(),
            rows,
            time: Duration::from_secs(args.seconds),
            memory: MemoryLimit {
                bytes: args.memory,
                held: &held,
            },
            interrupted: &interrupted,
        },
    );
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Ok(output.plain_error(&error)),
    };
    if let Some((path, format)) = file {
        let bytes = match answer.bytes(&format) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(output.plain_error(&error)),
        };
        whole::write(path, &bytes)?;
        return Ok(0);
    }
    let format = match (output.format, args.printed) {
        (Format::Json, _) => {
            output.say(&format!("{}\n", json(&answer)?))?;
            return Ok(0);
        }
        (_, Printed::Table) => {
            output.say(&text(&answer)?)?;
            return Ok(0);
        }
        (_, Printed::Csv) => csv(b','),
        (_, Printed::Json) => OutputFormat::Json { indent: None },
        (_, Printed::Jsonl) => OutputFormat::JsonLines,
    };
    match answer.bytes(&format) {
        Ok(bytes) => output.say(&String::from_utf8_lossy(&bytes))?,
        Err(error) => return Ok(output.plain_error(&error)),
    }
    Ok(0)
}

/// What the end of a name says.
fn format_of(path: &Path) -> Option<OutputFormat> {
    let end = path.extension()?.to_string_lossy().to_lowercase();
    Some(match end.as_str() {
        "csv" => csv(b','),
        "tsv" => csv(b'\t'),
        "json" => OutputFormat::Json { indent: None },
        "jsonl" | "ndjson" => OutputFormat::JsonLines,
        "parquet" => OutputFormat::Parquet,
        _ => return None,
    })
}

fn csv(delimiter: u8) -> OutputFormat {
    OutputFormat::Csv {
        delimiter,
        null: String::new(),
        header: true,
        bom: false,
        spreadsheet_safe: false,
    }
}

fn text(answer: &Answer) -> anyhow::Result<String> {
    let rows = answer.texts()?;
    let (mut text, rest) = table(&answer.columns(), &rows, terminal_width());
    text.push('\n');
    text += &match answer.is_cut {
        true => format!("the first {} rows; `-n` says how many", rows.len()),
        false => counted(rows.len() as u64, "row"),
    };
    if !rest.is_empty() {
        text += &format!("; no room for {}", rest.join(", "));
    }
    text.push('\n');
    Ok(text)
}

fn json(answer: &Answer) -> anyhow::Result<serde_json::Value> {
    let columns = answer.columns().into_iter();
    let columns = columns.map(|(name, kind)| serde_json::json!({"name": name, "type": kind}));
    Ok(serde_json::json!({
        "run_id": answer.run_id,
        "columns": columns.collect::<Vec<_>>(),
        "rows": answer.texts()?,
        "is_cut": answer.is_cut,
    }))
}
