//! `onefold runs`

use onefold_engine::{Report, Runs, Status};
use serde_json::json;

use crate::arguments::{Format, RunsArgs};
use crate::boxes::{boxed, plain};
use crate::output::Output;
use crate::summary::grouped;

pub(crate) fn runs(args: &RunsArgs, output: &Output) -> anyhow::Result<u8> {
    let found = Runs::read(&args.results);
    for unreadable in &found.unreadable {
        output.note(&format!("warning: {unreadable}"));
    }
    let runs: Vec<&Report> = found.readable.iter().map(|(_, report)| report).collect();
    if output.format == Format::Json {
        let list = runs.iter().map(|run| {
            json!({
                "run_id": run.run_id,
                "pipeline": run.pipeline,
                "status": run.status,
                "started": run.started,
                "seconds": run.seconds,
                "read": read(run),
                "rejected": rejected(run),
                "outputs": run.outputs,
                "kept": run.kept,
            })
        });
        let list: Vec<_> = list.collect();
        output.say(&format!("{}\n", json!({"runs": list})))?;
        return Ok(0);
    }
    if runs.is_empty() {
        output.say(&format!("no run in `{}`\n", args.results.display()))?;
        return Ok(0);
    }
    let rows = runs.iter().map(|run| {
        let status = match run.status {
            Status::Published => "published",
            Status::Refused => "refused",
            Status::Failed => "failed",
        };
        let rows: u64 = run
            .outputs
            .iter()
            .filter(|o| o.table.is_some())
            .map(|o| o.rows)
            .sum();
        vec![
            run.run_id.clone(),
            plain(&run.pipeline),
            status.to_owned(),
            format!("{:.1}", run.seconds),
            grouped(read(run)),
            grouped(rejected(run)),
            grouped(rows),
            run.kept.len().to_string(),
        ]
    });
    let columns = [
        "run",
        "pipeline",
        "status",
        "seconds",
        "read",
        "rejected",
        "rows published",
        "tables kept",
    ];
    output.say(&boxed(&columns, rows.collect()))?;
    Ok(0)
}

fn read(run: &Report) -> u64 {
    run.sources.iter().map(|source| source.read).sum()
}

fn rejected(run: &Report) -> u64 {
    run.sources.iter().map(|source| source.rejected).sum()
}
