//! `onefold sessions --input FILE --out FILE --skips-out FILE`

use std::path::{Path, PathBuf};

use onefold_engine::{Keep, Project};

use super::run::run_project;
use crate::arguments::{KEEP_RUNS, SessionsArgs};
use crate::output::Output;

pub(crate) fn sessions(args: &SessionsArgs, output: &Output) -> anyhow::Result<u8> {
    let Some(folder) = common_folder(&args.out, &args.skips_out) else {
        return Ok(output.usage("--out and --skips-out must lie in one folder, or below the current one: they are published together"));
    };
    let text = pipeline(args, &folder)?;
    // No file: it has a name that no file is likely to have.
    let path = PathBuf::from("(sessions)");
    let project = match Project::from_text(text, path, &|_| None) {
        Ok(project) => project,
        Err(failed) => return Ok(output.load_error(&failed)),
    };
    // Places in the pipeline would mean nothing to whoever typed paths.
    let checked = project.check_between(Some(Path::new(".")), &folder);
    if let Err(error) = &checked
        && let Some(first) = error.diagnostics().first()
    {
        return Ok(output.usage(&first.message));
    }
    run_project(
        &project,
        Some(PathBuf::from(".")),
        folder,
        super::run::Means {
            threads: args.threads,
            memory: args.memory,
            new_ids: false,
            keep_runs: KEEP_RUNS,
            keep: Keep::None,
        },
        output,
    )
}

/// The folder that both files are published in.
fn common_folder(out: &Path, skips: &Path) -> Option<PathBuf> {
    let parent = |path: &Path| match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let plain = |path: &Path| {
        path.components()
            .all(|c| matches!(c, std::path::Component::Normal(_)))
    };
    if parent(out) == parent(skips) {
        return Some(parent(out));
    }
    (plain(out) && plain(skips)).then(|| PathBuf::from("."))
}

/// The pipeline that the command stands for.
fn pipeline(args: &SessionsArgs, folder: &Path) -> anyhow::Result<String> {
    // A JSON string is a YAML string, and `$${` is how a pipeline writes `${`.
    let quoted = |path: &Path| serde_json::to_string(&path.to_string_lossy().replace("${", "$${"));
    let input = quoted(&args.input)?;
    let out = quoted(args.out.strip_prefix(folder).unwrap_or(&args.out))?;
    let skips = quoted(
        args.skips_out
            .strip_prefix(folder)
            .unwrap_or(&args.skips_out),
    )?;
    let gap = serde_json::to_string(&args.gap)?;
    Ok(format!(
        "pipeline: sessions
sources:
  events:
    path: {input}
    fields:
      user_id: {{required: true}}
      event_time: {{type: timestamp, required: true}}
      event_type: {{required: true}}
tables:
  unique_events: {{dedupe: {{from: events, by: [user_id, event_time, event_type]}}}}
  sessions: {{sessionize: {{from: unique_events, by: user_id, time: event_time, gap: {gap}}}}}
outputs:
  - {{table: sessions, path: {out}, format: csv, columns: [user_id, session_start, session_end, event_count]}}
  - {{table: events.rejects, path: {skips}, format: csv, columns: [{{event: record}}, reason, user_id, event_time, event_type]}}
"
    ))
}
