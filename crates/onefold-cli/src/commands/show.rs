//! `onefold show FILE [TABLE]`

use std::path::{Path, PathBuf};

use onefold_draft::{Limits, as_written, sample};
use onefold_engine::{Keep, Look, Project, RunOptions, Shown};
use onefold_spec::model::Source;

use super::pipeline;
use crate::arguments::{Format, ShowArgs};
use crate::boxes::{bars, plain, table, terminal_width};
use crate::output::Output;
use crate::signals;

pub(crate) fn show(args: &ShowArgs, output: &Output) -> anyhow::Result<u8> {
    let given = &args.ask.plan.pipeline.pipeline;
    let loaded = match pipeline::is_pipeline(given) {
        true => pipeline::load(&args.ask.plan.pipeline, output),
        false => typed(given, output)?,
    };
    let project = match loaded {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let interrupted = signals::interrupted()?;
    let look = Look {
        table: args.table.clone(),
        filter: args.filter.clone(),
        rows: args.rows,
        plot: args.plot.clone(),
    };
    let shown = project.show(
        &look,
        &RunOptions {
            input_dir: args.ask.plan.input.clone(),
            output_dir: PathBuf::new(),
            keep: Keep::None,
            state_dir: Some(args.ask.results.clone()),
            new_ids: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            clock: &|| jiff::Timestamp::UNIX_EPOCH,
            on_event: &|_| {},
            keep_runs: 1,
            interrupted: &interrupted,
            stdin: Some(|| Box::new(std::io::stdin())),
            memory: None,
        },
    );
    match shown {
        Ok(shown) => {
            output.say(&match output.format {
                Format::Human => text(&shown),
                Format::Json => format!("{}\n", json(&shown)),
            })?;
            Ok(0)
        }
        Err(error) => Ok(output.project_error(&error, &project)),
    }
}

/// What is looked at to tell the types of a file's columns.
const LOOK: Limits = Limits {
    whole_bytes: 16 << 20,
    most_bytes: 64 << 20,
    most_values: 32 << 20,
    threads: 1,
};

/// A file by itself, its columns with types where all their values have one.
fn typed(path: &Path, output: &Output) -> anyhow::Result<Result<Project, u8>> {
    // A stream can be read once only, and what cannot be sampled is told of by reading it.
    let given = path.to_string_lossy();
    let sampled = match path.is_file() {
        true => sample(Path::new(""), &given, &LOOK).ok(),
        false => None,
    };
    let Some(mut sampled) = sampled.filter(|sampled| !sampled.columns.is_empty()) else {
        return of_file(path, output);
    };
    sampled.path = std::path::absolute(path)?.to_string_lossy().into_owned();
    project(as_written(&sampled, &source_name(path)), output)
}

/// A file by itself: the pipeline that reads it as texts.
pub(super) fn of_file(path: &Path, output: &Output) -> anyhow::Result<Result<Project, u8>> {
    let name = source_name(path);
    // A JSON string is a YAML string, and `$${` is how a pipeline writes `${`.
    let path = match path == Path::new(Source::STDIN) {
        true => path.to_path_buf(),
        false => std::path::absolute(path)?,
    };
    let quoted = serde_json::to_string(&path.to_string_lossy().replace("${", "$${"))?;
    let text = format!(
        "sources: {{{name}: {{path: {quoted}}}}}\noutputs: [{{table: {name}, path: {name}.csv}}]\n"
    );
    project(text, output)
}

/// No file: it has a name that no file is likely to have.
fn project(text: String, output: &Output) -> anyhow::Result<Result<Project, u8>> {
    let project = Project::from_text(text, PathBuf::from("(show)"), &|_| None);
    Ok(project.map_err(|failed| output.load_error(&failed)))
}

/// What a file is called as a source.
fn source_name(path: &Path) -> String {
    let is_stdin = path == Path::new(Source::STDIN);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let mut name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if is_stdin {
        "stdin".clone_into(&mut name);
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "file_");
    }
    name
}

fn text(shown: &Shown) -> String {
    let width = terminal_width();
    let mut text = String::new();
    if let Some(plot) = &shown.plot {
        let rows: Vec<(String, u64)> = plot
            .bars
            .iter()
            .map(|bar| (bar.label.clone(), bar.rows))
            .collect();
        text += &bars(&rows, width.unwrap_or(80));
        for (count, what) in [
            (plot.others, "have other values"),
            (plot.missing, "have no value"),
        ] {
            if count > 0 {
                text += &format!("{count} {what}\n");
            }
        }
        return text;
    }
    let (rows, rest) = table(&shown.columns, &shown.rows, width);
    text += &rows;
    text.push('\n');
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    text += &match shown.total == shown.rows.len() as u64 {
        true => format!("{} row{}", shown.total, plural(shown.total)),
        false => format!("the first {} of {} rows", shown.rows.len(), shown.total),
    };
    if !rest.is_empty() {
        text += &format!("; no room for {}", rest.join(", "));
    }
    text.push('\n');
    for warning in &shown.report.warnings {
        text += &format!("warning: {}\n", plain(warning));
    }
    if let Some(source) = shown.source() {
        if source.rejected > 0 {
            let read = source.judged();
            text += &format!("{} of {read} records were rejected:\n", source.rejected);
        }
        for reject in &source.rejects {
            text += &format!("  {} {} ({})\n", reject.records, reject.reason, reject.code);
        }
    }
    text
}

fn json(shown: &Shown) -> serde_json::Value {
    let columns = shown.columns.iter();
    let columns = columns.map(|(name, kind)| serde_json::json!({"name": name, "type": kind}));
    let mut body = serde_json::json!({
        "table": shown.table,
        "columns": columns.collect::<Vec<_>>(),
        "rows": shown.rows,
        "total": shown.total,
        "warnings": shown.report.warnings,
    });
    if let Some(plot) = &shown.plot {
        let bars = plot.bars.iter();
        let bars = bars.map(|bar| serde_json::json!({"label": bar.label, "rows": bar.rows}));
        body["plot"] = serde_json::json!({
            "bars": bars.collect::<Vec<_>>(),
            "others": plot.others,
            "missing": plot.missing,
        });
    }
    body
}
