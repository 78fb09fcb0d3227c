//! Questions in SQL about the tables that a run has kept, with limits of rows, time and memory, as files of the project or by a link.

mod saved;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use maud::{Markup, html};
use onefold_engine::browse::Table;
use onefold_engine::{Answer as Found, Kind, MemoryLimit, Question, Report};
use serde_json::json;

use super::downloads::menu;
use super::frame::{Frame, Place};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::download::{attached, output};
use crate::failure::Failure;
use crate::form::Form;
use crate::link::Link;
use crate::text::{counted, duration, grouped};

pub(crate) use saved::save;

/// Rows that are shown.
const ROWS: usize = 1_000;
/// Rows of a file.
const MOST: usize = 10_000_000;
const TIME: Duration = Duration::from_secs(60);
const MEMORY: u64 = 2_000_000_000;

/// The page: a query that is asked for by its id, or a saved one that is only shown.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let run = of_tables(app, &runs, asked)?;
    let query = match (asked.value("query"), asked.value("saved")) {
        (Some(id), _) => Some(known(app, id)?),
        (None, Some(name)) => Some(saved::read(app, name)?),
        (None, None) => None,
    };
    let asks = asked.value("query").is_some();
    let began = std::time::Instant::now();
    let found = match (&query, asked.value("query"), run) {
        (Some(sql), Some(id), Some(run)) => Some(ask(app, id, sql, run, ROWS)),
        _ => None,
    };
    let took = began.elapsed().as_secs_f64();
    if asked.shape == Shape::Json {
        return match found {
            Some(found) => as_json(&found?),
            None => Ok(Answer::Json(names(app, run))),
        };
    }
    let body = html! {
        header.head {
            h1 { "SQL" }
            p.sub {
                "One SELECT over the tables that a run has kept. It writes nothing, shows at most "
                (counted(ROWS as u64, "row")) ", and stops after " (duration(TIME.as_secs_f64())) "."
            }
        }
        @if run.is_none() { (super::tables::keep_hint()) }
        div.with-facets {
            (schema(app, run))
            div.rows {
                (form(asked, query.as_deref(), asks))
                @match &found {
                    Some(Ok(found)) => (shown(asked, found, took)?),
                    Some(Err(failure)) => section.note.bad role="alert" {
                        strong { (failure.message) }
                        @if let Some(hint) = &failure.hint { p { (hint) } }
                    },
                    None => {}
                }
                (saved::list(app, asked))
            }
        }
        script type="module" src="/assets/sql.js" {}
    };
    let frame = Frame::new(app, asked, app.run(&runs, asked)?).at(Place::Sql);
    Ok(Answer::page("SQL", frame, body))
}

/// Keeps a query under an id, and leads to its answer.
pub(crate) fn keep(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let sql = form.lines("sql").unwrap_or_default();
    if sql.trim().is_empty() {
        return Err(Failure::wrong("there is no query").hint("write one SELECT"));
    }
    let id = app
        .queries
        .id(&sql)
        .map_err(|error| Failure::unwritable("the query could not be kept", &error))?;
    let run = form.value("run").filter(|run| !run.is_empty());
    let link = Link::to(&["sql"]).with_some("run", run).with("query", id);
    match asked.shape {
        Shape::Json => Ok(Answer::Json(
            json!({"query": link.query().last().map(|(_, id)| id), "link": link.to_string()}),
        )),
        Shape::Html => Ok(Answer::Elsewhere(link)),
    }
}

/// Stops a query.
pub(crate) fn cancel(app: &App, form: &Form) -> Result<Answer, Failure> {
    if let Some(id) = form.value("query") {
        app.questions.cancel(id);
    }
    Ok(Answer::Json(json!({"cancelled": true})))
}

/// All rows of an answer as a file.
pub(crate) fn file(app: &Arc<App>, asked: &Asked, end: &str) -> Result<Answer, Failure> {
    let id = asked
        .value("query")
        .ok_or_else(|| Failure::wrong("no query is asked for"))?;
    let sql = known(app, id)?;
    let runs = app.runs();
    let run = of_tables(app, &runs, asked)?;
    let run = run.ok_or_else(|| Failure::missing("no run has kept tables"))?;
    let (format, kind) = output(asked, end);
    let found = ask(app, id, &sql, run, MOST)?;
    if found.is_cut {
        let failure = Failure::wrong(format!(
            "the answer has more than {} rows",
            grouped(MOST as u64)
        ));
        return Err(failure.hint("`onefold query --to FILE` writes all of them"));
    }
    let rows: usize = found.rows.iter().map(|batch| batch.num_rows()).sum();
    let name = format!("query_{rows}rows{end}");
    let response = attached(found.bytes(&format)?, kind, &name);
    Ok(Answer::Other(Box::new(response)))
}

fn known(app: &App, id: &str) -> Result<String, Failure> {
    app.queries.get(id).ok_or_else(|| {
        let failure = Failure::missing("the query of this address is not known here");
        failure.hint("it was asked on another server, or in another output folder")
    })
}

/// The run that is asked about: the one that is named, or the last that has kept tables.
fn of_tables<'r>(
    app: &App,
    runs: &'r [Report],
    asked: &Asked,
) -> Result<Option<&'r Report>, Failure> {
    match asked.value("run") {
        Some(_) => app.run(runs, asked),
        None => Ok(runs.iter().find(|run| !run.kept.is_empty())),
    }
}

fn ask(app: &App, id: &str, sql: &str, run: &Report, rows: usize) -> Result<Found, Failure> {
    let at_work = app.questions.begin(id);
    let question = Question {
        sql,
        run: Some(&run.run_id),
        rows,
        time: TIME,
        memory: MemoryLimit {
            bytes: MEMORY,
            held: &app.options.held,
        },
        interrupted: at_work.interrupted(),
    };
    onefold_engine::query(&app.options.output_dir, &question).map_err(|error| {
        let was_cancelled =
            error.kind() == Kind::Interrupted && at_work.interrupted().load(Ordering::Relaxed);
        let is_too_much = error.kind() == Kind::Resources;
        let failure = Failure::from(error);
        match (was_cancelled, is_too_much) {
            (true, _) => Failure {
                message: "the query was cancelled".to_owned(),
                hint: None,
                ..failure
            },
            (_, true) => failure.hint("ask for less; `onefold query` takes --seconds and --memory"),
            _ => failure,
        }
    })
}

fn as_json(found: &Found) -> Result<Answer, Failure> {
    let columns = found.columns().into_iter();
    let columns = columns.map(|(name, kind)| json!({"name": name, "type": kind}));
    Ok(Answer::Json(json!({
        "run_id": found.run_id,
        "columns": columns.collect::<Vec<_>>(),
        "rows": found.texts()?,
        "is_cut": found.is_cut,
    })))
}

/// The tables that can be asked about; one that cannot be opened says so when somebody looks at it.
fn tables<'r>(app: &App, run: Option<&'r Report>) -> Vec<(&'r str, Arc<Table>)> {
    let Some(run) = run else {
        return Vec::new();
    };
    let opened = run.kept.iter().filter_map(|kept| {
        let table = app.table(&run.run_id, &kept.table).ok()?;
        Some((kept.table.as_str(), table))
    });
    opened.collect()
}

/// Their names and columns as data.
fn names(app: &App, run: Option<&Report>) -> serde_json::Value {
    let tables = tables(app, run);
    let tables = tables
        .iter()
        .map(|(name, table)| json!({"table": name, "columns": table.columns()}));
    json!({"run_id": run.map(|run| &run.run_id), "tables": tables.collect::<Vec<_>>()})
}

/// The same for people.
fn schema(app: &App, run: Option<&Report>) -> Markup {
    html! {
        aside.facets.schema aria-label="Tables and columns" {
            @for (name, table) in &tables(app, run) {
                details.facet {
                    summary data-name=(name) { (name) }
                    ul.values {
                        @for column in table.columns() {
                            li data-name=(column.name) { (column.name) " " span.quiet { (column.type_name) } }
                        }
                    }
                }
            }
        }
    }
}

fn form(asked: &Asked, query: Option<&str>, asks: bool) -> Markup {
    let id = asked.value("query").filter(|_| asks);
    html! {
        form.edit.query method="post" action="/sql/ask" id="query" data-query=[id] {
            @if let Some(run) = asked.value("run") { input type="hidden" name="run" value=(run); }
            label.hidden for="sql" { "The query" }
            textarea id="sql" name="sql" rows="8" spellcheck="false" autocomplete="off" aria-describedby="keys"
                placeholder="SELECT * FROM customers LIMIT 100" { (query.unwrap_or_default()) }
            div.buttons {
                button.primary type="submit" { "Ask" }
                button.danger type="button" id="cancel" hidden { "Cancel" }
                span.quiet id="keys" { "Ctrl+Enter asks, Ctrl+Space completes" }
                label.name { span.hidden { "Name to save the query under" }
                    input type="text" name="name" placeholder="name.sql" autocomplete="off" value=[asked.value("saved")]; }
                button type="submit" formaction="/sql/save" { "Save in queries/" }
            }
        }
    }
}

fn shown(asked: &Asked, found: &Found, took: f64) -> Result<Markup, Failure> {
    let rows = found.texts()?;
    let columns = found.columns();
    let link = Link::to(&["sql"])
        .with_some("run", asked.value("run"))
        .with_some("query", asked.value("query"));
    Ok(html! {
        section.answer aria-label="Answer" {
            header.row-head {
                h2 {
                    @if found.is_cut { "The first " (counted(rows.len() as u64, "row")) "; there are more" }
                    @else { (counted(rows.len() as u64, "row")) }
                    " " span.quiet { "in " (duration(took)) }
                }
                (menu(&html! { p { "All rows of the answer:" } }, &link, false))
            }
            div.grid-frame.answer-frame tabindex="0" role="group" aria-label="Rows of the answer" {
                table.grid {
                    thead { tr { @for (name, kind) in &columns { th scope="col" { (name) span.type { (kind) } } } } }
                    tbody {
                        @for row in &rows {
                            tr { @for (value, (_, kind)) in row.iter().zip(&columns) {
                                td.number[is_number(kind)] {
                                    @match value { Some(text) => (text), None => span.missing aria-label="missing" { "–" } }
                                }
                            } }
                        }
                    }
                }
            }
        }
    })
}

fn is_number(kind: &str) -> bool {
    matches!(kind, "integer" | "float") || kind.starts_with("decimal")
}
