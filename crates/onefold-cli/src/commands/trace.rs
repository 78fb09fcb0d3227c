//! `onefold trace PIPELINE WHAT`: where a record went.

use onefold_engine::{Course, Keep, RunOptions, Stage, Trace};

use super::pipeline;
use crate::arguments::{Format, TraceArgs};
use crate::boxes::plain;
use crate::output::Output;
use crate::signals;
use crate::summary::counted;

pub(crate) fn trace(args: &TraceArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.ask.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let interrupted = signals::interrupted()?;
    let traced = project.trace(
        &args.what,
        args.run.as_deref(),
        &RunOptions {
            input_dir: args.ask.plan.input.clone(),
            output_dir: args.ask.results.clone(),
            keep: Keep::All,
            state_dir: Some(args.ask.results.clone()),
            new_ids: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            // What is done again is thrown away.
            clock: &|| jiff::Timestamp::UNIX_EPOCH,
            on_event: &|_| {},
            keep_runs: 1,
            interrupted: &interrupted,
            stdin: None,
            memory: None,
        },
    );
    match traced {
        Ok(trace) => {
            output.say(&match output.format {
                Format::Human => text(&trace),
                Format::Json => serde_json::to_string_pretty(&trace)? + "\n",
            })?;
            Ok(0)
        }
        Err(error) => Ok(output.project_error(&error, &project)),
    }
}

fn text(trace: &Trace) -> String {
    let courses = trace.courses.iter().map(course);
    let mut text = courses.collect::<Vec<_>>().join("\n");
    let end = match (&trace.run_id, trace.is_redone) {
        (Some(run), false) => format!("Told from the tables of run {run}"),
        (Some(run), true) => {
            format!("Run {run} kept no tables; it was done again for this, on the same inputs")
        }
        (None, _) => "No run has been published yet; this is what one would do".to_owned(),
    };
    text += &format!("{end}\n");
    text
}

fn course(course: &Course) -> String {
    let what = match (&course.file, course.line) {
        (Some(file), Some(line)) => {
            format!("{}:{line}, a record of {}\n", plain(file), course.table)
        }
        _ if course.stages.first().is_some_and(|s| s.deed == "customer") => {
            format!("a customer of {}\n", course.table)
        }
        _ => format!("a record of {}\n", course.table),
    };
    let widest = course.stages.iter().map(|stage| stage.table.len());
    let width = widest.max().unwrap_or(0);
    let lines = course
        .stages
        .iter()
        .map(|stage| format!("  {:width$}  {}\n", stage.table, told(stage)));
    what + &lines.collect::<String>()
}

/// A stage in a line.
fn told(stage: &Stage) -> String {
    let deed = match stage.deed.as_str() {
        "accepted" => "accepted",
        "rejected" => "rejected",
        _ => "",
    };
    let rows: Vec<String> = stage.rows.iter().map(u64::to_string).collect();
    let more = if stage.is_cut { ", ..." } else { "" };
    let rows = match rows.as_slice() {
        [] => String::new(),
        [one] => format!("row {one}"),
        several => format!("rows {}{more}", several.join(", ")),
    };
    let outputs: Vec<String> = stage.outputs.iter().map(|path| plain(path)).collect();
    let outputs = match outputs.is_empty() {
        true => String::new(),
        false => format!("in {}", outputs.join(", ")),
    };
    let text = plain(&stage.text);
    let parts = [deed, &text, &rows, &outputs];
    let parts = parts.iter().filter(|part| !part.is_empty());
    let told = parts.map(|part| (*part).to_owned()).collect::<Vec<_>>();
    match told.is_empty() {
        true => counted(0, "row"),
        false => told.join("; "),
    }
}
