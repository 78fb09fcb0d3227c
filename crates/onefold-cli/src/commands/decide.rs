//! `onefold decide same|different PIPELINE A B --why TEXT`: appends a decision.

use std::path::Path;

use onefold_engine::{Decision as Decided, Project, RecordName};
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
    let is_same = matches!(args.decision, Decision::Same);
    let decision = Decided {
        same: is_same,
        a: RecordName::new(a.0, a.1),
        b: RecordName::new(b.0, b.1),
        who: who.unwrap_or_default(),
        at: None,
        why: args.why.clone(),
    };
    if let Err(error) = onefold_engine::decide(&path, &decision, jiff::Timestamp::now()) {
        return Ok(output.plain_error(&error));
    }
    let decision = if is_same { "same" } else { "different" };
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
