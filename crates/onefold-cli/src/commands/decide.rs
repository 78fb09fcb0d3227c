//! `onefold decide same|different PIPELINE A B --why TEXT`: appends a decision.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;

use onefold_engine::{DECISION_COLUMNS, Project};
use onefold_spec::model::{Resolve, Step};
use serde_json::json;

use super::pipeline;
use crate::arguments::{DecideArgs, Decision, Format};
use crate::output::Output;

pub(crate) fn decide(args: &DecideArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let step = match step(&project, args.table.as_deref()) {
        Ok(step) => step,
        Err((message, hint)) => return Ok(output.usage_with_hint(&message, &hint)),
    };
    let (a, b) = match (record(&args.a, step), record(&args.b, step)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err((message, hint)), _) | (_, Err((message, hint))) => {
            return Ok(output.usage_with_hint(&message, &hint));
        }
    };
    if a == b {
        let message = format!("`{}` and `{}` are one record", args.a, args.b);
        return Ok(output.usage_with_hint(&message, "name two records"));
    }
    let Some(file) = &step.decisions else {
        anyhow::bail!("a table without decisions was chosen");
    };
    let folder = project.pipeline().path.parent();
    let path = folder.unwrap_or_else(|| Path::new("")).join(&file.value);
    let who = args.who.clone().or_else(|| std::env::var("USER").ok());
    let decision = match args.decision {
        Decision::Same => "same",
        Decision::Different => "different",
    };
    let now = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let who = who.unwrap_or_default();
    let values = [decision, a.0, a.1, b.0, b.1, &who, &now, &args.why];
    if let Err(message) = append(&path, &values)? {
        let hint = format!("its first line is `{}`", DECISION_COLUMNS.join(","));
        return Ok(output.usage_with_hint(&message, &hint));
    }
    let path = path.display();
    output.say(&match output.format {
        Format::Human => format!("{} and {} are {decision}: see {path}\n", args.a, args.b),
        Format::Json => format!("{}\n", json!({"decisions": path.to_string()})),
    })?;
    Ok(0)
}

/// What is wrong, and what to do.
type Wrong = (String, String);

/// The step with decisions that is meant.
fn step<'a>(project: &'a Project, table: Option<&str>) -> Result<&'a Resolve, Wrong> {
    let tables = project.pipeline().tables.iter();
    let all = tables.filter_map(|known| match &known.step {
        Step::Resolve(step) if step.decisions.is_some() => {
            Some((known.name.as_str(), step.as_ref()))
        }
        _ => None,
    });
    let all: Vec<_> = all.collect();
    let meant = match (table, all.as_slice()) {
        (None, [(_, only)]) => Some(*only),
        (None, _) => None,
        (Some(name), all) => {
            let mut all = all.iter();
            all.find(|(known, _)| *known == name).map(|(_, step)| *step)
        }
    };
    let names: Vec<String> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
    meant.ok_or_else(|| match all.is_empty() {
        true => (
            "no `resolve` table has `decisions`".to_owned(),
            "add `decisions: decisions.csv` to the `resolve`".to_owned(),
        ),
        false => (
            "it is not clear which `resolve` table is meant".to_owned(),
            format!("name one with --table: {}", names.join(", ")),
        ),
    })
}

/// Source and key of a record.
fn record<'a>(text: &'a str, step: &Resolve) -> Result<(&'a str, &'a str), Wrong> {
    let sources: Vec<String> = step.from.iter().map(|t| format!("`{}`", t.value)).collect();
    let parts = text.split_once(':').filter(|(_, key)| !key.is_empty());
    let known = parts.filter(|(source, _)| step.from.iter().any(|t| t.value == *source));
    known.ok_or_else(|| {
        (
            format!("`{text}` names no record"),
            format!(
                "a record is SOURCE:KEY, with one of the sources {}",
                sources.join(", ")
            ),
        )
    })
}

/// Appends a line; the header too where the file is new. The inner error: the columns of the file are in another order, or others.
///
/// The file is locked meanwhile, so that two people who decide at the same time do not mix their lines. Where the disk is full, it stays as
/// it was.
fn append(path: &Path, values: &[&str]) -> anyhow::Result<Result<(), String>> {
    let cannot = |what: &str, error: &std::io::Error| {
        anyhow::anyhow!("could not {what} `{}`: {error}", path.display())
    };
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create(true).open(path);
    let mut file = file.map_err(|e| cannot("open", &e))?;
    match file.lock() {
        // Some file systems of networks have no locks.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {}
        locked => locked.map_err(|e| cannot("lock", &e))?,
    }
    let mut before = Vec::new();
    file.read_to_end(&mut before)
        .map_err(|e| cannot("read", &e))?;
    let header = DECISION_COLUMNS.join(",");
    let mut text = String::new();
    if before.is_empty() {
        text += &format!("{header}\n");
    } else {
        let known = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&before);
        let first = known.split(|byte| *byte == b'\n').next();
        if first.map(<[u8]>::trim_ascii) != Some(header.as_bytes()) {
            let message = format!("`{}` has other columns: edit it by hand", path.display());
            return Ok(Err(message));
        }
        if !before.ends_with(b"\n") {
            text.push('\n');
        }
    }
    let cells: Vec<String> = values.iter().map(|value| cell(value)).collect();
    text += &format!("{}\n", cells.join(","));
    let written = file.write_all(text.as_bytes());
    written.and_then(|()| file.sync_all()).map_err(|e| {
        // Half a line would stop every run.
        drop(file.set_len(before.len() as u64));
        cannot("write", &e)
    })?;
    Ok(Ok(()))
}

fn cell(value: &str) -> String {
    match value.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(cell("a b"), "a b");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
