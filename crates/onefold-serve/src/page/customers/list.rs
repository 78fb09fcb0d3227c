//! Customers in a table: all of them, or those that a text means.

use std::sync::Arc;

use maud::{Markup, html};
use onefold_engine::Standing;
use onefold_engine::browse::{Fields, Found, Shape as Kind, Why};
use serde_json::json;

use super::{Chosen, Looked, look, object, value};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::download::{self, attached, output};
use crate::failure::Failure;
use crate::form::Form;
use crate::link::{Link, encoded};
use crate::page::downloads::menu;
use crate::page::frame::{Frame, Place};
use crate::text::{counted, grouped};

/// Customers of a page.
const ROWS: usize = 50;
/// Most customers that a program gets at once.
const MOST: u64 = 500;
/// Columns that are shown of each.
const COLUMNS: usize = 7;
/// Signs of a value that are shown.
const CELL: usize = 80;
/// Signs of a text that are searched for.
const TEXT: usize = 300;
/// Columns of the table of customers that say what they consist of.
const OF_RECORDS: [&str; 3] = ["sources", "records", "kept_key"];

/// What is searched for, and what was found.
struct Search {
    id: Option<String>,
    text: String,
    found: Found,
}

impl Search {
    fn of(app: &App, asked: &Asked, chosen: &Chosen<'_>) -> Result<Self, Failure> {
        let id = asked.value("search").map(str::to_owned);
        let text = match &id {
            None => String::new(),
            Some(id) => app.searches.get(id).ok_or_else(|| {
                let failure = Failure::missing("the search of this address is not known here");
                failure.hint("it was made on another server, or in another output folder")
            })?,
        };
        let found = chosen.customers.search(&text, |id| now(app, chosen, id))?;
        Ok(Self { id, text, found })
    }
}

/// The ids that stand for an id now, where the table has a state.
fn now(app: &App, chosen: &Chosen<'_>, id: &str) -> Vec<String> {
    let project = app.project().ok();
    let name = Some(chosen.customers.name());
    let state = project.and_then(|project| project.state(name, &app.options.output_dir).ok());
    let standing = state.as_ref().and_then(|state| state.look_up(id));
    match standing {
        Some(Standing::Merged { into, .. }) => vec![into.to_owned()],
        Some(Standing::Split { into, .. }) => into.into_iter().map(str::to_owned).collect(),
        Some(Standing::Current | Standing::Gone { .. }) | None => Vec::new(),
    }
}

/// The page.
pub(crate) fn list(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let chosen = match look(app, asked, &runs)? {
        Looked::At(chosen) => chosen,
        Looked::Nothing(answer) => return Ok(answer),
    };
    let search = Search::of(app, asked, &chosen)?;
    let total = search.found.rows.len() as u64;
    let offset = asked
        .number("offset")
        .unwrap_or(0)
        .min(total.saturating_sub(1));
    let limit = match asked.shape {
        Shape::Html => ROWS as u64,
        Shape::Json => asked.number("limit").unwrap_or(MOST).min(MOST),
    };
    let end = offset.saturating_add(limit).min(total);
    let range = offset as usize..end as usize;
    let numbers = search.found.rows.get(range).unwrap_or_default();
    let rows = chosen.customers.rows(numbers)?;
    if asked.shape == Shape::Json {
        let customers = rows.iter().zip(numbers).map(|(row, number)| {
            let mut row = object(row);
            if let (Some(row), Some(why)) = (row.as_object_mut(), search.found.why(*number)) {
                row.insert("found_by".to_owned(), json!(said(why)));
            }
            row
        });
        return Ok(Answer::Json(json!({
            "run_id": chosen.run.run_id,
            "table": chosen.customers.name(),
            "tables": chosen.tables,
            "total": total,
            "offset": offset,
            "customers": customers.collect::<Vec<_>>(),
        })));
    }
    let link = list_link(&chosen, &search);
    let body = html! {
        header.head {
            h1 { "Customers" }
            p.sub { (summary(&chosen)) }
            @if total > 0 { (downloads(&link, total, search.id.is_some())) }
        }
        (choice(&chosen))
        (form(&chosen, &search))
        @if total == 0 && search.id.is_some() { (nobody(&chosen)) }
        @else if total == 0 {
            section.state.empty { h2 { "The run has found no customer" } p { "None of its records was accepted. " a href=(chosen.rejects()) { "Look at the rejects" } } }
        } @else {
            section.card {
                header.row-head {
                    h2 id="found" {
                        @if search.id.is_some() { (counted(total, "customer")) " found" } @else { "All customers" }
                        " " span.quiet { (grouped(offset + 1)) "–" (grouped(end)) " of " (grouped(total)) }
                    }
                }
                (table(&chosen, &search, numbers, &rows, offset))
                nav.pager aria-label="Pages of customers" {
                    span {}
                    @if offset > 0 {
                        a href=(link) { "First" }
                        a href=(link.clone().with("offset", offset.saturating_sub(ROWS as u64))) rel="prev" { "Previous" }
                    }
                    @if end < total { a href=(link.clone().with("offset", end)) rel="next" { "Next" } }
                }
            }
        }
    };
    let frame = Frame::new(app, asked, Some(chosen.run)).at(Place::Customers);
    Ok(Answer::page("Customers", frame, body))
}

fn list_link(chosen: &Chosen<'_>, search: &Search) -> Link {
    chosen.link(&[]).with_some("search", search.id.as_ref())
}

fn summary(chosen: &Chosen<'_>) -> Markup {
    let report = chosen.run.tables.iter();
    let mut report = report.filter(|table| table.name == chosen.customers.name());
    let records = report.find_map(|table| Some(table.resolve.as_ref()?.records));
    html! {
        strong { (counted(chosen.customers.total(), "customer")) }
        @if let Some(records) = records { " of " (counted(records, "record")) }
        ", found by the table " code { (chosen.customers.name()) }
    }
}

/// Which of several tables of customers is looked at.
fn choice(chosen: &Chosen<'_>) -> Markup {
    let link = |name: &str| {
        let link = Link::to(&["customers"]).with_some("run", chosen.run_named.as_ref());
        link.with("table", name)
    };
    html! {
        @if chosen.tables.len() > 1 {
            nav.tabs aria-label="Tables of customers" {
                @for name in &chosen.tables {
                    a href=(link(name)) aria-current=[(*name == chosen.customers.name()).then_some("page")] { (name) }
                }
            }
        }
    }
}

fn form(chosen: &Chosen<'_>, search: &Search) -> Markup {
    let link = chosen.link(&["search"]);
    html! {
        div.toolbar {
            form.search method="post" action=(link) role="search" {
                label.hidden for="search" { "Name, e-mail address, telephone number, or any id" }
                input id="search" type="search" name="text" value=(search.text) autocomplete="off"
                    placeholder="Name, e-mail, phone, or any id";
                button.primary type="submit" { "Search" }
                @if search.id.is_some() { a.button href=(chosen.link(&[])) { "Show all" } }
            }
        }
    }
}

fn nobody(chosen: &Chosen<'_>) -> Markup {
    html! {
        section.state.empty {
            h2 { "No customer has this" }
            p { "Every word must be in one record: try fewer words, or a part of one. A telephone number is found by its digits, an id of a record \
                 as a whole, alone or as " code { "source:key" } "." }
            p { "A record that was not accepted has no customer: " a href=(chosen.rejects()) { "look at the rejects" } "." }
        }
    }
}

fn table(
    chosen: &Chosen<'_>,
    search: &Search,
    numbers: &[u32],
    rows: &[Fields],
    offset: u64,
) -> Markup {
    let id = chosen.customers.id_column();
    let columns = chosen.customers.columns().iter();
    let columns =
        columns.filter(|column| column.name != id && !OF_RECORDS.contains(&column.name.as_str()));
    let columns: Vec<_> = columns.take(COLUMNS).collect();
    let is_searched = search.id.is_some();
    html! {
        div.scroll tabindex="0" role="group" aria-label="Customers" {
            table.list aria-labelledby="found" aria-rowcount=(search.found.rows.len() + 1) {
                thead { tr aria-rowindex="1" {
                    th scope="col" { (id) }
                    @for column in &columns { th.number[column.shape == Kind::Number] scope="col" { (column.name) } }
                    th.number scope="col" { "Records" }
                    th scope="col" { "Sources" }
                    @if is_searched { th scope="col" { "Found by" } }
                } }
                tbody {
                    @for (place, (row, number)) in rows.iter().zip(numbers).enumerate() {
                        @let called = value(row, id).unwrap_or_default();
                        tr aria-rowindex=(offset + place as u64 + 2) {
                            th scope="row" { a href=(chosen.link(&[called])) { (called) } }
                            @for column in &columns {
                                td.number[column.shape == Kind::Number] { (cell(value(row, &column.name))) }
                            }
                            td.number { (cell(value(row, "records"))) }
                            td { (cell(value(row, "sources"))) }
                            @if is_searched { td { (search.found.why(*number).map(said).unwrap_or_default()) } }
                        }
                    }
                }
            }
        }
    }
}

fn cell(value: Option<&str>) -> Markup {
    html! {
        @match value {
            None | Some("") => span.missing { "missing" },
            Some(text) => @match text.char_indices().nth(CELL) {
                Some((end, _)) => { (&text[..end]) "…" },
                None => (text),
            },
        }
    }
}

/// Why a customer was found.
fn said(why: &Why) -> String {
    match why {
        Why::Id => "id".to_owned(),
        Why::OldId => "old id".to_owned(),
        Why::Record(name) => format!("record {name}"),
        Why::Value => "value".to_owned(),
    }
}

fn downloads(link: &Link, total: u64, is_found: bool) -> Markup {
    let sentence = html! {
        p { "All " strong { (counted(total, "customer")) } @if is_found { " that were found" } ":" }
    };
    menu(&sentence, link, false)
}

/// Keeps what is searched for, and leads to what is found.
pub(crate) fn search(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let runs = app.runs();
    let chosen = match look(app, asked, &runs)? {
        Looked::At(chosen) => chosen,
        Looked::Nothing(answer) => return Ok(answer),
    };
    let text: String = form.text("text").trim().chars().take(TEXT).collect();
    if text.is_empty() {
        return Ok(Answer::Elsewhere(chosen.link(&[])));
    }
    let kept = app.searches.id(&text).map_err(|error| {
        let failure = Failure::unwritable("the search could not be kept", &error);
        failure.hint("it is written beside the runs, in the output folder")
    })?;
    Ok(Answer::Elsewhere(chosen.link(&[]).with("search", kept)))
}

/// All customers that were found, as a file.
pub(crate) fn file(app: &Arc<App>, asked: &Asked, end: &'static str) -> Result<Answer, Failure> {
    let runs = app.runs();
    let chosen = match look(app, asked, &runs)? {
        Looked::At(chosen) => chosen,
        Looked::Nothing(_) => {
            let failure = Failure::missing("the run has left no customers");
            return Err(failure.hint("`onefold run --keep all` keeps what a run reads and makes"));
        }
    };
    let name = chosen.customers.name();
    if asked.value("search").is_none() {
        return download::table(app, asked, name, end);
    }
    let found = Search::of(app, asked, &chosen)?.found.rows;
    let (format, kind) = output(asked, end);
    let bytes = chosen.customers.file(&found, &format)?;
    let day = (app.options.clock)().to_string();
    let name = format!(
        "{}_{}_found_{}rows{end}",
        encoded(name).replace('%', "_"),
        day.get(..10).unwrap_or_default(),
        found.len()
    );
    let response = attached(bytes, kind, &name);
    Ok(Answer::Other(Box::new(response)))
}
