//! What a run has rejected: by source and reason, each record with its place, and with its text for whoever asks for it.
//!
//! The text of a record is not sent before somebody asks: it holds what people typed, wherever they typed it.

mod record;
mod trend;

use maud::{Markup, html};
use onefold_engine::Report;
use onefold_engine::browse::{Condition, Operator};
use serde_json::json;

use super::downloads::menu;
use super::frame::{Frame, Place};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::chart::{self, Ink};
use crate::failure::Failure;
use crate::form::Form;
use crate::link::Link;
use crate::text::{counted, grouped, percent};
use record::Record;

/// Records of a page.
const ROWS: usize = 50;
/// Kinds of rejects in the chart.
const KINDS: usize = 12;

/// Which rejects are looked at.
struct Chosen<'r> {
    run: &'r Report,
    run_id: Option<String>,
    /// The source; `None`: no source of the run has any.
    source: Option<String>,
    code: Option<String>,
    offset: u64,
}

impl<'r> Chosen<'r> {
    fn of(run: &'r Report, asked: &Asked) -> Result<Self, Failure> {
        let source = match asked.value("source") {
            Some(name) if run.sources.iter().any(|source| source.name == name) => {
                Some(name.to_owned())
            }
            Some(name) => {
                return Err(Failure::missing(format!(
                    "the run has read no source `{name}`"
                )));
            }
            None => {
                let with = run.sources.iter().filter(|source| source.rejected > 0);
                with.max_by_key(|source| source.rejected)
                    .map(|source| source.name.clone())
            }
        };
        Ok(Self {
            run,
            run_id: asked.value("run").map(str::to_owned),
            source,
            code: asked.value("code").map(str::to_owned),
            offset: asked.number("offset").unwrap_or(0),
        })
    }

    fn link(&self, source: Option<&str>, code: Option<&str>, offset: u64) -> Link {
        Link::to(&["rejects"])
            .with_some("run", self.run_id.as_ref())
            .with_some("source", source)
            .with_some("code", code)
            .with_some("offset", (offset > 0).then_some(offset))
    }

    fn conditions(&self) -> Vec<Condition> {
        let code = self.code.iter().map(|code| Condition {
            column: "code".to_owned(),
            operator: Operator::Is,
            values: vec![Some(code.clone())],
        });
        code.collect()
    }
}

/// The page of the rejects.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    shown(app, asked, |_| false)
}

/// The page with the texts of some records, or of all that are on it.
pub(crate) fn reveal(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let one = form
        .value("place")
        .and_then(|place| place.parse::<u64>().ok());
    let asked = asked.with_form(form);
    let is_piece = form.value("piece").is_some();
    if let (Some(place), true) = (one, is_piece) {
        let runs = app.runs();
        let run = app
            .run(&runs, &asked)?
            .ok_or_else(|| Failure::missing("there has been no run"))?;
        let chosen = Chosen {
            offset: place,
            ..Chosen::of(run, &asked)?
        };
        let (records, _) = records(app, &chosen, 1)?;
        let record = records
            .first()
            .ok_or_else(|| Failure::missing("there is no such record"))?;
        return Ok(Answer::Piece(record.text()));
    }
    shown(app, &asked, move |place| one.is_none_or(|one| one == place))
}

fn shown(app: &App, asked: &Asked, is_revealed: impl Fn(u64) -> bool) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(super::home::empty(app, asked, Place::Rejects));
    };
    let chosen = Chosen::of(run, asked)?;
    let (records, total) = records(app, &chosen, ROWS)?;
    if asked.shape == Shape::Json {
        return Ok(Answer::Json(json!({
            "run_id": run.run_id,
            "sources": run.sources.iter().map(|source| json!({
                "source": source.name,
                "read": source.read,
                "rejected": source.rejected,
                "rejects": source.rejects,
            })).collect::<Vec<_>>(),
            "source": chosen.source,
            "total": total,
            "offset": chosen.offset,
            "records": records.iter().map(Record::masked).collect::<Vec<_>>(),
        })));
    }
    let frame = Frame::new(app, asked, Some(run)).at(Place::Rejects);
    let body = html! {
        header.head {
            h1 { "Rejects" }
            p.sub { (summary(run)) }
        }
        @if run.sources.iter().all(|source| source.rejected == 0) {
            section.state.empty {
                h2 { "No record was rejected" }
                p { "All " (counted(super::home::read(run), "record")) " that the run has read are in its tables." }
            }
        } @else {
            (breakdown(&chosen))
            div.two {
                section.card { (chart::bars("Rejected records by source and reason", &super::home::kinds(run, KINDS), Ink::Bad)) }
                section.card { (trend::shown(&runs, run)) }
            }
            (listed(&chosen, &records, total, is_revealed))
        }
    };
    Ok(Answer::page("Rejects", frame, body))
}

fn summary(run: &Report) -> Markup {
    let rejected = super::home::rejected(run);
    let judged: u64 = run
        .sources
        .iter()
        .map(onefold_engine::SourceReport::judged)
        .sum();
    html! { (grouped(rejected)) " of " (counted(judged, "record")) " were rejected, " (percent(rejected, judged)) }
}

/// Rejects of the chosen source and code, and how many there are.
fn records(app: &App, chosen: &Chosen<'_>, limit: usize) -> Result<(Vec<Record>, u64), Failure> {
    let Some(source) = &chosen.source else {
        return Ok((Vec::new(), 0));
    };
    let name = format!("{source}.rejects");
    if !app.has_left(&chosen.run.run_id, &name)? {
        return Ok((Vec::new(), 0));
    }
    let table = app.table(&chosen.run.run_id, &name)?;
    let view = app.view(&chosen.run.run_id, &name, &chosen.conditions(), &[])?;
    let columns = record::COLUMNS.iter().map(|column| table.column(column));
    let columns: Vec<usize> = columns.collect::<Result<_, _>>()?;
    let rows = table.page(&view, &columns, chosen.offset, limit)?;
    let records = rows.into_iter().enumerate();
    let records = records.map(|(place, row)| Record::of(chosen.offset + place as u64, row));
    Ok((records.collect(), view.rows()))
}

/// Sources, and the reasons of the chosen one, as links.
fn breakdown(chosen: &Chosen<'_>) -> Markup {
    let with = chosen
        .run
        .sources
        .iter()
        .filter(|source| source.rejected > 0);
    let source = chosen
        .run
        .sources
        .iter()
        .find(|source| Some(&source.name) == chosen.source.as_ref());
    html! {
        nav.tabs aria-label="Sources" {
            @for one in with {
                @let is_here = Some(&one.name) == chosen.source.as_ref();
                a href=(chosen.link(Some(&one.name), None, 0)) aria-current=[is_here.then_some("page")] {
                    (one.name) " " span.quiet { (grouped(one.rejected)) }
                }
            }
        }
        @if let Some(source) = source {
            @if let Some(cause) = &source.likely_cause { div.note.warn { strong { "Likely cause: " } (cause) } }
            nav.reasons aria-label="Reasons" {
                a href=(chosen.link(Some(&source.name), None, 0)) aria-current=[chosen.code.is_none().then_some("true")] {
                    "All reasons " span.quiet { (grouped(source.rejected)) }
                }
                @for reject in &source.rejects {
                    @let is_here = chosen.code.as_ref() == Some(&reject.code);
                    a href=(chosen.link(Some(&source.name), Some(&reject.code), 0)) aria-current=[is_here.then_some("true")] {
                        (reject.reason) " " span.quiet { (grouped(reject.records)) }
                    }
                }
            }
        }
    }
}

fn listed(
    chosen: &Chosen<'_>,
    records: &[Record],
    total: u64,
    is_revealed: impl Fn(u64) -> bool,
) -> Markup {
    let source = chosen.source.as_deref();
    let link = chosen.link(source, chosen.code.as_deref(), chosen.offset);
    let end = chosen.offset.saturating_add(records.len() as u64);
    let range = match records.is_empty() {
        true => format!("none of {}", grouped(total)),
        false => format!(
            "{}–{} of {}",
            grouped(chosen.offset + 1),
            grouped(end),
            grouped(total)
        ),
    };
    let table = source.map(|source| {
        let name = format!("{source}.rejects");
        Link::to(&["tables", &name]).with_some("run", chosen.run_id.as_ref())
    });
    html! {
        section.card {
            header.row-head {
                h2 { "Records " span.quiet { (range) } }
                form method="post" action="/rejects/reveal" {
                    @for (name, value) in link.query() { input type="hidden" name=(name) value=(value); }
                    button type="submit" { "Show the texts of this page" }
                }
                @if let Some(table) = &table {
                    @let sentence = html! { p { "All rejects of " (source.unwrap_or_default()) ", with their raw text:" } };
                    (menu(&sentence, table, true))
                }
            }
            @if records.is_empty() { p.quiet { "No reject of this kind." } }
            ol.rejects {
                @for record in records { (record.shown(link.query(), is_revealed(record.place))) }
            }
            nav.pager aria-label="Pages of records" {
                span {}
                @if chosen.offset > 0 {
                    @let back = chosen.offset.saturating_sub(ROWS as u64);
                    a href=(chosen.link(source, chosen.code.as_deref(), back)) rel="prev" { "Previous" }
                }
                @if end < total { a href=(chosen.link(source, chosen.code.as_deref(), end)) rel="next" { "Next" } }
            }
        }
    }
}
