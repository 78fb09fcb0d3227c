//! `onefold resolve-id PIPELINE ID`: what an id stands for now.

use onefold_engine::{Standing, StateRun};
use serde_json::{Value, json};

use super::pipeline;
use crate::arguments::{Format, ResolveIdArgs};
use crate::boxes::plain;
use crate::output::Output;

pub(crate) fn resolve_id(args: &ResolveIdArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.ask.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let state = match project.state(args.table.as_deref(), &args.ask.results) {
        Ok(state) => state,
        Err(error) => return Ok(output.project_error(&error, &project)),
    };
    let Some(standing) = state.look_up(&args.id) else {
        let message = format!("no customer ever had the id `{}`", args.id);
        let hint = "`onefold explain PIPELINE SOURCE:KEY` tells the id of a record";
        return Ok(output.usage_with_hint(&message, hint));
    };
    output.say(&match output.format {
        Format::Human => text(&args.id, &standing),
        Format::Json => format!("{}\n", as_json(&args.id, &standing)),
    })?;
    Ok(0)
}

fn text(id: &str, standing: &Standing<'_>) -> String {
    let id = plain(id);
    let when = |run: &StateRun<'_>| match run.label {
        "" => format!("run {}", run.number),
        label => format!("run {label}"),
    };
    match standing {
        Standing::Current => format!("{id} is a customer\n"),
        Standing::Merged { into, run } => {
            format!("{id} is {} since {}\n", plain(into), when(run))
        }
        Standing::Split { into, run } => {
            let ids: Vec<String> = into.iter().map(|id| plain(id)).collect();
            format!("{id} was split into {} in {}\n", ids.join(", "), when(run))
        }
        Standing::Gone { since } => {
            format!(
                "{id} is gone since {}: none of its records is there any more\n",
                when(since)
            )
        }
    }
}

fn as_json(id: &str, standing: &Standing<'_>) -> Value {
    let (status, into, run): (&str, Vec<&str>, Option<&StateRun<'_>>) = match standing {
        Standing::Current => ("current", vec![id], None),
        Standing::Merged { into, run } => ("merged", vec![into], Some(run)),
        Standing::Split { into, run } => ("split", into.clone(), Some(run)),
        Standing::Gone { since } => ("gone", Vec::new(), Some(since)),
    };
    json!({"id": id, "status": status, "ids": into, "run": run.map(|run| run.label)})
}
