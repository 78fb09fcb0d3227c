//! A pipeline at a glance: what the run has come to, what has changed since the previous run, and all runs.

mod changes;
mod tiles;
mod totals;

use maud::{Markup, html};
use onefold_engine::{Report, Status};
use serde_json::json;

use super::frame::{self, Frame, Place};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::chart::{self, Ink, Line, Width};
use crate::failure::Failure;
use crate::link::Link;
use crate::text::{counted, duration, grouped, moment, verb};

pub(crate) use tiles::Tile;
pub(crate) use totals::{kinds, read, rejected};

/// Runs that charts go back.
const BACK: usize = 20;
/// Kinds of rejects in the chart.
const KINDS: usize = 8;

/// The page of the run that is asked for.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(empty(app, asked, Place::Home));
    };
    let before = before(&runs, run);
    let tiles = tiles::tiles(run, before);
    let changes = changes::sentences(run, before);
    if asked.shape == Shape::Json {
        return Ok(Answer::Json(json!({
            "run": run,
            "before": before.map(|before| &before.run_id),
            "metrics": tiles,
            "changes": changes,
            "runs": runs.iter().map(summary).collect::<Vec<_>>(),
        })));
    }
    let body = html! {
        header.head {
            h1 { (run.pipeline) }
            p.sub {
                (frame::status(run.status)) " " (moment(&run.started)) " UTC, in " (duration(run.seconds))
                @if run.run_id != runs[0].run_id { " · not the last run" }
            }
            form.head-action method="post" action="/run" { button.primary type="submit" { "Run now" } }
        }
        (outcome(run))
        (shown_tiles(&tiles, before))
        div.two {
            section.card { h2 { "What changed" } (shown_changes(&changes, before)) }
            section.card { h2 { "Worth a look" } (shown_warnings(run)) }
        }
        (charts(&runs, run))
        (list(&runs, run))
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Home);
    Ok(Answer::page(moment(&run.started), frame, body))
}

/// Where there has been no run yet.
pub(crate) fn empty(app: &App, asked: &Asked, place: Place) -> Answer {
    if asked.shape == Shape::Json {
        return Answer::Json(json!({"run": null, "runs": []}));
    }
    if place == Place::Home && !app.pipeline_path().exists() {
        return Answer::Elsewhere(Link::to(&["start"]));
    }
    let body = match app.project() {
        Ok(project) => html! {
            section.state.empty {
                h1 { "There has been no run yet" }
                p {
                    "The pipeline " strong { (project.pipeline().name.value) }
                    " is ready. A run reads its files, publishes its outputs into "
                    code { (app.options.output_dir.display().to_string()) }
                    " and keeps all tables, to be looked at here."
                }
                form method="post" action="/run" { button.primary type="submit" { "Run now" } }
                p { a href="/pipeline" { "Show the pipeline first" } }
            }
        },
        Err(failed) => html! {
            section.state.failed {
                h1 { "There is no run and no pipeline to run" }
                p { (failed.error.to_string()) }
                @match failed.error.hint_text() { Some(hint) => p.hint { (hint) }, None => {} }
                p.hint { "`onefold init FILES` drafts a pipeline; `--out` names the folder where the outputs of runs are." }
                p { a href="/pipeline" { "See the errors" } ", or " a href="/start" { "start with files" } "." }
            }
        },
    };
    Answer::page("No run yet", Frame::new(app, asked, None).at(place), body)
}

/// The published run of the same pipeline before another.
fn before<'r>(runs: &'r [Report], run: &Report) -> Option<&'r Report> {
    let mut earlier = runs
        .iter()
        .skip_while(|other| other.run_id != run.run_id)
        .skip(1);
    earlier.find(|other| other.status == Status::Published && other.pipeline == run.pipeline)
}

/// A run, as `onefold runs --format json` has it.
fn summary(run: &Report) -> serde_json::Value {
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
}

fn outcome(run: &Report) -> Markup {
    let why = run.error.as_ref().or(run.refused.as_ref());
    html! {
        @if let Some(why) = why {
            section.note.bad role="alert" {
                strong { @if run.status == Status::Failed { "The run failed. " } @else { "Nothing was published. " } }
                (why) ". The outputs of the previous run are unchanged."
            }
        }
    }
}

fn shown_tiles(tiles: &[Tile], before: Option<&Report>) -> Markup {
    html! {
        dl.tiles {
            @for tile in tiles {
                div.tile {
                    dt { (tile.name) }
                    dd.value { (tile.shown) }
                    @if let Some(change) = &tile.change {
                        dd class={ "change " (tile.mood.class()) } { (change) span.hidden { " since the previous run" } }
                    } @else {
                        dd.change.quiet { @if before.is_some() { "new" } @else { "first run" } }
                    }
                }
            }
        }
    }
}

fn shown_changes(changes: &[String], before: Option<&Report>) -> Markup {
    html! {
        @match before {
            None => p.quiet { "This is the first published run: there is nothing to compare it with." },
            Some(before) => {
                @if changes.is_empty() {
                    p { "Nothing: the same records, the same rejects, the same results." }
                } @else {
                    ul.sentences { @for change in changes { li { (change) } } }
                }
                p.quiet { "Since the run of " (moment(&before.started)) "." }
            }
        }
    }
}

fn shown_warnings(run: &Report) -> Markup {
    let causes = run.sources.iter().filter_map(|source| {
        let cause = source.likely_cause.as_ref()?;
        Some(format!("{}: {cause}", source.name))
    });
    let checks = run.checks.iter().filter(|check| check.rows > 0);
    let checks = checks.map(|check| {
        let rows = counted(check.rows, "row");
        format!(
            "{rows} of {} {} the check {}",
            check.table,
            verb(check.rows, "fails", "fail"),
            check.check
        )
    });
    let drift = run.sources.iter().flat_map(|source| {
        let columns = source.drift.iter();
        columns.map(|drift| format!("{} has the unknown column {}", source.name, drift.column))
    });
    let all: Vec<String> = causes
        .chain(checks)
        .chain(run.warnings.iter().cloned())
        .chain(drift)
        .collect();
    html! {
        @if all.is_empty() { p.quiet { "No warning, no failing check, no unknown column." } }
        @else { ul.sentences { @for one in &all { li { (one) } } } }
    }
}

fn charts(runs: &[Report], run: &Report) -> Markup {
    let same: Vec<&Report> = runs
        .iter()
        .filter(|other| other.pipeline == run.pipeline)
        .take(BACK)
        .collect();
    let over: Vec<&Report> = same.into_iter().rev().collect();
    let labels: Vec<String> = over.iter().map(|run| moment(&run.started)).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let valid: Vec<u64> = over
        .iter()
        .map(|run| run.sources.iter().map(|s| s.accepted).sum())
        .collect();
    let bad: Vec<u64> = over.iter().map(|run| rejected(run)).collect();
    let lines = [
        Line {
            name: "valid",
            values: &valid,
            ink: Ink::Good,
        },
        Line {
            name: "rejected",
            values: &bad,
            ink: Ink::Bad,
        },
    ];
    let kinds = kinds(run, KINDS);
    let made = run.tables.iter().filter(|table| !table.name.contains('.'));
    let made: Vec<(String, u64)> = made
        .take(12)
        .map(|table| (table.name.clone(), table.rows_out))
        .collect();
    html! {
        div.charts {
            section.card { (chart::chart("Records of each run", &labels, &lines, Width::Half)) }
            section.card {
                @if kinds.is_empty() { h2 { "Rejects" } p.quiet { "No record was rejected." } }
                @else {
                    (chart::bars("Rejected records by reason", &kinds, Ink::Bad))
                    p { a href=(Link::to(&["rejects"]).with("run", &run.run_id)) { "Show the rejects" } }
                }
            }
            @if !made.is_empty() { section.card { (chart::bars("Rows of each table", &made, Ink::Of(0))) } }
        }
    }
}

fn list(runs: &[Report], shown: &Report) -> Markup {
    html! {
        section.card {
            h2 { "Runs" }
            div.scroll tabindex="0" role="group" aria-label="Runs" {
                table.list {
                    thead { tr {
                        th scope="col" { "Run" } th scope="col" { "Pipeline" } th scope="col" { "Status" }
                        th.number scope="col" { "Seconds" } th.number scope="col" { "Read" } th.number scope="col" { "Rejected" }
                        th.number scope="col" { "Rows published" } th.number scope="col" { "Tables kept" }
                    } }
                    tbody {
                        @for run in runs {
                            @let rows: u64 = run.outputs.iter().filter(|o| o.table.is_some()).map(|o| o.rows).sum();
                            tr aria-current=[(run.run_id == shown.run_id).then_some("true")] {
                                th scope="row" { a href=(Link::to(&[]).with("run", &run.run_id)) { (moment(&run.started)) } }
                                td { (run.pipeline) }
                                td { (frame::status(run.status)) }
                                td.number { (format!("{:.1}", run.seconds)) }
                                td.number { (grouped(read(run))) }
                                td.number { (grouped(rejected(run))) }
                                td.number { (grouped(rows)) }
                                td.number { (run.kept.len()) }
                            }
                        }
                    }
                }
            }
        }
    }
}
