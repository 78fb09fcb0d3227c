//! What became of a customer's id from run to run, as the lineage of each run that is kept tells.

use std::collections::BTreeSet;

use maud::{Markup, html};
use onefold_engine::Report;
use onefold_engine::browse::{Condition, Operator};
use serde_json::{Value, json};

use super::Chosen;
use crate::app::App;
use crate::failure::Failure;
use crate::link::Link;
use crate::text::moment;

/// Runs that are looked through.
const RUNS: usize = 20;
/// Most events of one run that are told.
const MOST: usize = 50;
const COLUMNS: [&str; 4] = ["old_id", "new_id", "event", "cause"];

/// Something that happened to a customer.
pub(super) struct Event {
    run_id: String,
    started: String,
    old: Option<String>,
    new: Option<String>,
    event: String,
    cause: String,
}

/// What happened to a customer, and to those that were merged into it, the latest first, up to the run that is looked at.
pub(super) fn history(
    app: &App,
    chosen: &Chosen<'_>,
    runs: &[Report],
    id: &str,
) -> Result<Vec<Event>, Failure> {
    let name = format!("{}.lineage", chosen.customers.name());
    let upto = runs
        .iter()
        .skip_while(|run| run.run_id != chosen.run.run_id);
    let kept = upto.filter(|run| {
        run.pipeline == chosen.run.pipeline && run.kept.iter().any(|kept| kept.table == name)
    });
    let mut ids: BTreeSet<String> = BTreeSet::from([id.to_owned()]);
    let mut events = Vec::new();
    for run in kept.take(RUNS) {
        let found = of_run(app, run, &name, &ids)?;
        for event in &found {
            // What was merged has a history of its own.
            if event.event == "merged" && event.new.as_ref().is_some_and(|new| ids.contains(new)) {
                ids.extend(event.old.clone());
            }
        }
        events.extend(found);
    }
    Ok(events)
}

fn of_run(
    app: &App,
    run: &Report,
    name: &str,
    ids: &BTreeSet<String>,
) -> Result<Vec<Event>, Failure> {
    let table = app.table(&run.run_id, name)?;
    let columns = COLUMNS.iter().map(|column| table.column(column));
    let columns: Vec<usize> = columns.collect::<Result<_, _>>()?;
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    for column in ["new_id", "old_id"] {
        let condition = Condition {
            column: column.to_owned(),
            operator: Operator::Is,
            values: ids.iter().cloned().map(Some).collect(),
        };
        let view = table.view(&[condition], &[])?;
        for row in table.page(&view, &columns, 0, MOST)? {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    let event = |row: Vec<Option<String>>| {
        let mut row = row.into_iter();
        let mut next = || row.next().flatten();
        Event {
            run_id: run.run_id.clone(),
            started: run.started.clone(),
            old: next(),
            new: next(),
            event: next().unwrap_or_default(),
            cause: next().unwrap_or_default(),
        }
    };
    Ok(rows.into_iter().map(event).collect())
}

impl Event {
    /// As the lineage table has it.
    pub(super) fn json(&self) -> Value {
        json!({
            "old_id": self.old,
            "new_id": self.new,
            "event": self.event,
            "cause": self.cause,
            "run": self.run_id,
        })
    }

    fn said(&self, chosen: &Chosen<'_>) -> Markup {
        let link = |id: &Option<String>| {
            html! {
                @if let Some(id) = id { a href=(chosen.link(&[id])) { (id) } }
            }
        };
        let (old, new) = (link(&self.old), link(&self.new));
        html! { span.event {
            @match self.event.as_str() {
                "created" => { (new) " was created" }
                "changed" => { (new) " has other records than before" }
                "merged" => { (old) " was merged into " (new) }
                "split" => { (new) " was split from " (old) }
                "gone" => { (old) " is gone" }
                "returned" => { (new) " has come back" }
                other => { (other) ": " (old) " " (new) }
            }
            @if !self.cause.is_empty() { span.quiet { ": " (self.cause) } }
        } }
    }
}

/// The events, each with its run.
pub(super) fn shown(chosen: &Chosen<'_>, events: &[Event], has_state: bool) -> Markup {
    html! {
        section.card {
            h2 id="history" { "History" }
            @if !has_state {
                p.quiet {
                    "Each run numbers the ids anew, so there is no history. With " code { "state: customers.state" }
                    " in the " code { "resolve" } ", ids stay, and this page tells what happens to them."
                }
            } @else if events.is_empty() {
                p.quiet { "Nothing has happened to this customer in the runs that are kept." }
            } @else {
                div.scroll tabindex="0" role="group" aria-label="History" {
                    table.list aria-labelledby="history" {
                        thead { tr { th scope="col" { "Run" } th scope="col" { "What happened" } } }
                        tbody {
                            @for event in events {
                                tr {
                                    td { a href=(Link::to(&[]).with("run", &event.run_id)) { (moment(&event.started)) } }
                                    td { (event.said(chosen)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
