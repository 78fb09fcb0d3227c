//! The pipeline: what flows where and how much of it, the file behind it, and the run that is at work.

mod file;
mod flow;
mod graph;
mod live;

use maud::{Markup, html};
use onefold_engine::{LoadError, Project};
use serde_json::json;

use super::frame::{Frame, Place};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::form::Form;
use crate::link::Link;
use crate::text::{grouped, moment};
use file::Text;
use flow::Flow;

pub(crate) use file::{listing, text};
pub(crate) use live::{events, piece as live_piece};

/// The page of the pipeline.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let text = std::fs::read_to_string(app.pipeline_path()).unwrap_or_default();
    let said = asked.value("said").filter(|said| *said == "saved");
    let text = Text {
        text,
        is_changed: false,
        said: said.map(|_| "The file is saved."),
    };
    shown(app, asked, &text)
}

/// The page with a text that somebody is changing, and what is wrong with it.
pub(crate) fn check(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let text = text(form)?;
    app.may_be_written(&text)?;
    let text = Text {
        text,
        is_changed: true,
        said: None,
    };
    shown(app, asked, &text)
}

/// Writes a changed text into the pipeline file; where something is wrong with it, shows what.
pub(crate) fn save(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    match file::save(app, form)? {
        true => Ok(Answer::Elsewhere(
            Link::to(&["pipeline"]).with("said", "saved"),
        )),
        false => check(app, asked, form),
    }
}

fn shown(app: &App, asked: &Asked, text: &Text) -> Result<Answer, Failure> {
    let runs = app.runs();
    let run = app.run(&runs, asked)?;
    let path = app.pipeline_path();
    let loaded = Project::from_text(text.text.clone(), path.clone(), &app.options.env);
    let findings = findings(app, &loaded);
    let flow = loaded.as_ref().ok().map(|project| Flow::of(project, run));
    if asked.shape == Shape::Json {
        let findings = findings.iter().map(|found| found.to_json(&path));
        return Ok(Answer::Json(json!({
            "path": path.to_string_lossy(),
            "run_id": run.map(|run| &run.run_id),
            "steps": flow.as_ref().map(Flow::json),
            "diagnostics": findings.collect::<Vec<_>>(),
        })));
    }
    let frame = Frame::new(app, asked, run).at(Place::Pipeline);
    let body = html! {
        header.head {
            h1 { "Pipeline" }
            p.sub {
                (path.display().to_string())
                @if let Some(run) = run { ", with the rows of the run of " (moment(&run.started)) }
            }
            form.head-action method="post" action="/run" { button.primary type="submit" { "Run now" } }
        }
        (live::section(app))
        @if let Some(flow) = &flow {
            section.card {
                h2 { "Rows between the parts" }
                @if flow.parts.len() <= graph::MOST { div.scroll tabindex="0" role="group" aria-label="The pipeline, drawn" { (graph::drawn(flow, asked.value("run"))) } }
                @else { p.quiet { "The pipeline has " (grouped(flow.parts.len() as u64)) " parts, too many for a picture. The table has them all." } }
                details open[flow.parts.len() > graph::MOST] {
                    summary { "The same as a table" }
                    div.scroll tabindex="0" role="group" aria-label="The pipeline as a table" { (table(flow, asked)) }
                }
            }
        }
        (file::shown(text, &path, &findings))
        script type="module" src="/assets/live.js" {}
    };
    Ok(Answer::page("Pipeline", frame, body))
}

/// Everything that is wrong with a pipeline, or looks it.
pub(crate) fn findings(
    app: &App,
    loaded: &Result<Project, Box<LoadError>>,
) -> Vec<onefold_spec::Diagnostic> {
    let options = &app.options;
    match loaded {
        Err(failed) => match failed.error.diagnostics() {
            [] => vec![onefold_spec::Diagnostic::error(
                onefold_spec::Span::default(),
                failed.error.to_string(),
            )],
            found => found.to_vec(),
        },
        Ok(project) => {
            let mut found = project.warnings().to_vec();
            let checked = project.check_between(options.input_dir.as_deref(), &options.output_dir);
            if let Err(error) = checked {
                found.extend(error.diagnostics().iter().cloned());
            }
            found
        }
    }
}

fn table(flow: &Flow, asked: &Asked) -> Markup {
    html! {
        table.list {
            thead { tr {
                th scope="col" { "Part" } th scope="col" { "Step" } th scope="col" { "Reads" }
                th.number scope="col" { "Rows in" } th.number scope="col" { "Added" } th.number scope="col" { "Removed" }
                th.number scope="col" { "Rows out" } th scope="col" { "Adds up" }
            } }
            tbody {
                @for part in &flow.parts {
                    tr {
                        th scope="row" {
                            @if part.has_rows() {
                                a href=(Link::to(&["tables", &part.name]).with_some("run", asked.value("run"))) { (part.name) }
                            } @else { (part.name) }
                        }
                        td.quiet { (part.step) }
                        td { (part.reads.iter().map(|read| read.name.as_str()).collect::<Vec<_>>().join(", ")) }
                        (number(part.rows_in))
                        td.number title=(flow::reasons(&part.added)) { (flow::sum(&part.added)) }
                        td.number title=(flow::reasons(&part.removed)) { (flow::sum(&part.removed)) }
                        (number(part.rows_out))
                        td { @match part.adds_up() {
                            Some(true) => span.good { "yes" },
                            Some(false) => strong.bad { "no" },
                            None => span.quiet { "–" },
                        } }
                    }
                }
            }
        }
    }
}

fn number(rows: Option<u64>) -> Markup {
    html! { td.number { @match rows { Some(rows) => (grouped(rows)), None => span.quiet { "–" } } } }
}
