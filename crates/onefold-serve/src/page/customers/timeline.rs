//! Rows of other tables that are about a customer, by time.

use maud::{Markup, html};
use onefold_engine::browse::{Customer, Moment, Moments};
use serde_json::{Value, json};

use super::{Chosen, Looked, look, object};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::download::attached;
use crate::failure::Failure;
use crate::link::{Link, encoded};
use crate::text::{counted, grouped, moment};

/// Rows of a page.
const ROWS: usize = 50;
/// Most rows of a file.
const MOST: usize = 1_000_000;
/// Values of a row that are shown.
const VALUES: usize = 12;
/// Signs of a value that are shown.
const CELL: usize = 120;

/// What of the timeline is looked at.
pub(super) struct Part {
    only: Option<String>,
    offset: u64,
}

impl Part {
    pub(super) fn of(asked: &Asked) -> Self {
        Self {
            only: asked.value("rows").map(str::to_owned),
            offset: asked.number("offset").unwrap_or(0),
        }
    }

    /// The rows of this part; those of the last page where it begins beyond their end.
    pub(super) fn read(
        &mut self,
        chosen: &Chosen<'_>,
        customer: &Customer,
    ) -> Result<Moments, Failure> {
        let read = |offset: u64| {
            let only = self.only.as_deref();
            chosen.customers.timeline(customer, only, offset, ROWS)
        };
        let found = read(self.offset)?;
        if self.offset < found.total || self.offset == 0 {
            return Ok(found);
        }
        let last = found.total.saturating_sub(1) / ROWS as u64 * ROWS as u64;
        let found = read(last)?;
        self.offset = last;
        Ok(found)
    }

    /// The rows as data.
    pub(super) fn json(&self, timeline: &Moments) -> Value {
        let tables = timeline.tables.iter();
        let tables = tables.map(|(table, rows)| json!({"table": table, "rows": rows}));
        json!({
            "tables": tables.collect::<Vec<_>>(),
            "total": timeline.total,
            "offset": self.offset,
            "rows": timeline.moments.iter().map(row).collect::<Vec<_>>(),
        })
    }

    /// The rows for people.
    pub(super) fn shown(&self, chosen: &Chosen<'_>, id: &str, timeline: &Moments) -> Markup {
        let link = |only: Option<&str>, offset: u64| {
            let link = chosen.link(&[id]).with_some("rows", only);
            link.with_some("offset", (offset > 0).then_some(offset))
        };
        let all: u64 = timeline.tables.iter().map(|(_, rows)| rows).sum();
        let end = self.offset.saturating_add(timeline.moments.len() as u64);
        let file = chosen
            .link(&[id, "timeline"])
            .with_some("rows", self.only.as_ref());
        html! {
            section.card {
                header.row-head {
                    h2 id="timeline" {
                        "Timeline" @if timeline.total > 0 {
                            " " span.quiet { (grouped(self.offset + 1)) "–" (grouped(end)) " of " (counted(timeline.total, "row")) }
                        }
                    }
                    @if timeline.total > 0 { a.button href=(file.as_format(".csv")) download { "Download as CSV" } }
                }
                @if all == 0 {
                    p.quiet {
                        "No row of another table is about this customer. Rows are found by the id, by e-mail addresses, telephone numbers and UUIDs, \
                         and by the joins of the pipeline."
                    }
                } @else {
                    nav.reasons aria-label="Tables of the timeline" {
                        a href=(link(None, 0)) aria-current=[self.only.is_none().then_some("true")] { "All " span.quiet { (grouped(all)) } }
                        @for (table, rows) in &timeline.tables {
                            a href=(link(Some(table.as_str()), 0)) aria-current=[(self.only.as_ref() == Some(table)).then_some("true")] {
                                (table) " " span.quiet { (grouped(*rows)) }
                            }
                        }
                    }
                    div.scroll tabindex="0" role="group" aria-label="Rows of the timeline" {
                        table.list aria-labelledby="timeline" aria-rowcount=(timeline.total + 1) {
                            thead { tr aria-rowindex="1" { th scope="col" { "Time" } th scope="col" { "Table" } th scope="col" { "What it says" } } }
                            tbody {
                                @for (place, one) in timeline.moments.iter().enumerate() {
                                    tr aria-rowindex=(self.offset + place as u64 + 2) {
                                        td.when { @match &one.time { Some(time) => (moment(time)), None => span.missing { "no time" } } }
                                        td { a href=(chosen.row(&one.table, one.row)) { (one.table) " " span.quiet { "row " (grouped(one.row + 1)) } } }
                                        td { (values(one)) }
                                    }
                                }
                            }
                        }
                    }
                    (pager(link(self.only.as_deref(), 0), self.offset, end, timeline.total))
                }
            }
        }
    }
}

fn pager(link: Link, offset: u64, end: u64, total: u64) -> Markup {
    let at = |offset: u64| {
        link.clone()
            .with_some("offset", (offset > 0).then_some(offset))
    };
    html! {
        nav.pager aria-label="Pages of the timeline" {
            span {}
            @if offset > 0 { a href=(at(offset.saturating_sub(ROWS as u64))) rel="prev" { "Later" } }
            @if end < total { a href=(at(end)) rel="next" { "Earlier" } }
        }
    }
}

/// What a row says, beside its time.
fn values(one: &Moment) -> Markup {
    let told = one
        .values
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let told = told.filter(|(_, value)| one.time.as_ref() != Some(*value) && !value.is_empty());
    let told: Vec<(&String, &String)> = told.collect();
    html! {
        dl.fields {
            @for (name, value) in told.iter().take(VALUES) {
                div { dt { (name) } dd {
                    @match value.char_indices().nth(CELL) { Some((end, _)) => { (&value[..end]) "…" } None => (value) }
                } }
            }
        }
        @if told.len() > VALUES { span.quiet { (counted((told.len() - VALUES) as u64, "more value")) } }
    }
}

fn row(one: &Moment) -> Value {
    json!({"time": one.time, "table": one.table, "row": one.row + 1, "values": object(&one.values)})
}

/// The whole timeline as delimited text.
pub(crate) fn file(app: &App, asked: &Asked, id: &str) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Looked::At(chosen) = look(app, asked, &runs)? else {
        return Err(Failure::missing("the run has left no customers"));
    };
    let customer = chosen.customers.customer(id)?;
    let only = asked.value("rows");
    let timeline = chosen.customers.timeline(&customer, only, 0, MOST)?;
    let mut text = "time,table,row,values\n".to_owned();
    for one in &timeline.moments {
        let values = object(&one.values).to_string().replace('"', "\"\"");
        let time = one.time.as_deref().unwrap_or_default();
        text += &format!("{time},{},{},\"{values}\"\n", one.table, one.row + 1);
    }
    let name = encoded(id).replace('%', "_");
    let name = format!("{name}_timeline_{}rows.csv", timeline.moments.len());
    let response = attached(text, "text/csv; charset=utf-8", &name);
    Ok(Answer::Other(Box::new(response)))
}
