//! `onefold subject export PIPELINE ID` and `onefold subject erase PIPELINE ID`: a person's right to see their data, and to have it erased.

use onefold_engine::{Keep, Project, Receipt, RunOptions};

use super::pipeline;
use crate::arguments::{Format, SubjectCommand};
use crate::boxes::plain;
use crate::output::Output;
use crate::signals;
use crate::summary::counted;

pub(crate) fn subject(command: &SubjectCommand, output: &Output) -> anyhow::Result<u8> {
    let (args, is_erase) = match command {
        SubjectCommand::Export(args) => (args, false),
        SubjectCommand::Erase(args) => (args, true),
    };
    let project = match pipeline::load(&args.ask.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let interrupted = signals::interrupted()?;
    let options = RunOptions {
        input_dir: args.ask.plan.input.clone(),
        output_dir: args.ask.results.clone(),
        keep: Keep::None,
        state_dir: Some(args.ask.results.clone()),
        new_ids: false,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        clock: &jiff::Timestamp::now,
        on_event: &|_| {},
        keep_runs: usize::MAX,
        interrupted: &interrupted,
        stdin: None,
        memory: None,
    };
    let asked = (args.table.as_deref(), args.id.as_str());
    match is_erase {
        true => erase(&project, asked, &options, output),
        false => export(&project, asked, &options, output),
    }
}

fn export(
    project: &Project,
    asked: (Option<&str>, &str),
    options: &RunOptions<'_>,
    output: &Output,
) -> anyhow::Result<u8> {
    match project.export_person(asked, options) {
        Ok(document) => {
            output.say(&(serde_json::to_string_pretty(&document)? + "\n"))?;
            Ok(0)
        }
        Err(error) => Ok(output.project_error(&error, project)),
    }
}

fn erase(
    project: &Project,
    asked: (Option<&str>, &str),
    options: &RunOptions<'_>,
    output: &Output,
) -> anyhow::Result<u8> {
    match project.erase_person(asked, None, options) {
        Ok(receipt) => {
            output.say(&match output.format {
                Format::Human => text(&receipt),
                Format::Json => serde_json::to_string_pretty(&receipt)? + "\n",
            })?;
            Ok(0)
        }
        Err(error) => Ok(output.project_error(&error, project)),
    }
}

fn text(receipt: &Receipt) -> String {
    let mut text = format!(
        "Erased {} with {} of one person from the outputs, states and runs of {}\n",
        counted(receipt.records, "record"),
        counted(receipt.values, "identifying value"),
        plain(&receipt.pipeline),
    );
    if receipt.shared_values > 0 {
        text += &format!(
            "{} that other people have too stay with them\n",
            counted(receipt.shared_values, "value")
        );
    }
    text += &format!(
        "Run {} published the outputs; {} removed\n",
        receipt.run_id,
        counted(receipt.runs_removed, "earlier run"),
    );
    if !receipt.left.is_empty() {
        let places: Vec<String> = receipt.left.iter().map(|place| plain(place)).collect();
        text += &format!(
            "warning: a value of the person is still in {}\n",
            places.join(", ")
        );
    }
    if !receipt.remains.is_empty() {
        let places: Vec<String> = receipt.remains.iter().map(|place| plain(place)).collect();
        text += &format!("Still in your own files: {}\n", places.join(", "));
    }
    text
}
