//! Tables of a run: which there are, and their rows.

mod facets;
mod filter;
mod grid;
mod profile;
mod state;
mod time;

use maud::{Markup, html};
use onefold_engine::Report;
use onefold_engine::browse::Left;
use serde_json::json;

use super::frame::{Frame, Place};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::link::Link;
use crate::text::{counted, grouped, moment, size};

pub(crate) use facets::piece as facet;
pub(crate) use filter::change;
pub(crate) use grid::{embedded, page as rows, piece as page_of_rows};
pub(crate) use profile::page as columns;
pub(crate) use state::State;
pub(crate) use time::{drawn as timeline, page as over_time};

/// A table, as the list shows it.
struct Listed {
    left: Left,
    rows: u64,
    columns: usize,
    /// What the pipeline does to make it.
    kind: String,
}

/// The list of the tables of a run.
pub(crate) fn list(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(super::home::empty(app, asked, Place::Tables));
    };
    let listed = app.tables(&run.run_id)?.into_iter().map(|left| {
        // A table that cannot be opened says so when it is.
        let table = app.table(&run.run_id, &left.table).ok();
        Listed {
            rows: table.as_ref().map_or(0, |table| table.rows()),
            columns: table.as_ref().map_or(0, |table| table.columns().len()),
            kind: kind(run, &left.table),
            left,
        }
    });
    let listed: Vec<Listed> = listed.collect();
    if asked.shape == Shape::Json {
        let tables = listed.iter().map(|table| {
            json!({
                "table": table.left.table,
                "rows": table.rows,
                "columns": table.columns,
                "bytes": table.left.bytes,
            })
        });
        let tables: Vec<_> = tables.collect();
        return Ok(Answer::Json(
            json!({"run_id": run.run_id, "tables": tables}),
        ));
    }
    let frame = Frame::new(app, asked, Some(run)).at(Place::Tables);
    Ok(Answer::page("Tables", frame, shown(run, &listed, asked)))
}

/// What the pipeline does to make a table.
fn kind(run: &Report, name: &str) -> String {
    if run.sources.iter().any(|source| source.name == name) {
        return "source".to_owned();
    }
    let table = run.tables.iter().find(|table| table.name == name);
    match (table, name.split_once('.')) {
        (Some(table), _) => table.step.clone(),
        (None, Some((owner, _))) => format!("side table of {owner}"),
        (None, None) => String::new(),
    }
}

fn shown(run: &Report, listed: &[Listed], asked: &Asked) -> Markup {
    let (sides, tables): (Vec<_>, Vec<_>) = listed
        .iter()
        .partition(|table| table.left.table.contains('.'));
    html! {
        header.head {
            h1 { "Tables" }
            p.sub {
                (counted(listed.len() as u64, "table")) " of the run of " (moment(&run.started))
            }
        }
        @if run.kept.is_empty() { (keep_hint()) }
        @if !tables.is_empty() { (table_of("Sources and tables", &tables, asked)) }
        @if !sides.is_empty() { (table_of("Side tables", &sides, asked)) }
    }
}

fn table_of(title: &str, tables: &[&Listed], asked: &Asked) -> Markup {
    html! {
        section.card {
            h2 { (title) }
            div.scroll tabindex="0" role="group" aria-label=(title) {
                table.list {
                    thead { tr {
                        th scope="col" { "Table" } th scope="col" { "Step" }
                        th.number scope="col" { "Rows" } th.number scope="col" { "Columns" }
                        th.number scope="col" { "Size" } th scope="col" { "Download" }
                    } }
                    tbody {
                        @for table in tables {
                            @let link = Link::to(&["tables", &table.left.table]).with_some("run", asked.value("run"));
                            tr {
                                th scope="row" { a href=(link) { (table.left.table) } }
                                td.quiet { (table.kind) }
                                td.number { (grouped(table.rows)) }
                                td.number { (grouped(table.columns as u64)) }
                                td.number.quiet { (size(table.left.bytes)) }
                                td.links {
                                    @for (end, name) in [(".csv", "CSV"), (".parquet", "Parquet"), (".jsonl", "JSON Lines")] {
                                        a href=(link.as_format(end)) download { (name) } " "
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Says that a run has kept nothing, and what to do about it.
pub(crate) fn keep_hint() -> Markup {
    html! {
        section.state.empty {
            h2 { "This run has kept no tables" }
            p {
                "Its rejects are here nevertheless. A run that you start on this page keeps all tables, and so does "
                code { "onefold run --keep all" } "."
            }
            form method="post" action="/run" { button.primary type="submit" { "Run now, and keep all tables" } }
        }
    }
}
