//! A customer: the values with where each comes from, the records side by side, the links between them, history and timeline.

use maud::{Markup, html};
use onefold_engine::browse::{Customer, Golden, Member};
use onefold_engine::{Kind, Standing};
use serde_json::{Value, json};

use super::timeline::Part;
use super::{Chosen, Looked, history, look, object, resolve};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::link::Link;
use crate::page::evidence::{Linked, Record, beside, links};
use crate::page::frame::{Frame, Place};
use crate::text::{counted, grouped};

/// Records that stand side by side.
const BESIDE: usize = 6;

/// The page.
pub(crate) fn page(app: &App, asked: &Asked, id: &str) -> Result<Answer, Failure> {
    let runs = app.runs();
    let chosen = match look(app, asked, &runs)? {
        Looked::At(chosen) => chosen,
        Looked::Nothing(answer) => return Ok(answer),
    };
    let customer = match chosen.customers.customer(id) {
        Ok(customer) => customer,
        Err(error) if error.kind() == Kind::Configuration => {
            return other_standing(app, asked, &chosen, id);
        }
        Err(error) => return Err(error.into()),
    };
    let mut part = Part::of(asked);
    let timeline = part.read(&chosen, &customer)?;
    let events = history::history(app, &chosen, &runs, id)?;
    if asked.shape == Shape::Json {
        let events: Vec<Value> = events.iter().map(history::Event::json).collect();
        let mut data = data(&chosen, &customer);
        data["lineage"] = events.into();
        data["timeline"] = part.json(&timeline);
        return Ok(Answer::Json(data));
    }
    let project = app.project_of(&chosen.run.run_id);
    let step = project
        .as_ref()
        .and_then(|project| resolve(project, chosen.customers.name()));
    let least = step.and_then(|step| Some(step.likeness.as_ref()?.threshold));
    let body = html! {
        header.head {
            p.crumbs { a href=(chosen.link(&[])) { "Customers" } }
            h1 { (id) }
            p.sub { (summary(&customer)) }
            (buttons(&chosen, id, step.is_some_and(|step| step.state.is_some())))
        }
        (golden(&chosen, &customer))
        (records(&chosen, &customer, asked))
        (links(&customer, &Linked::all(&customer), least))
        (history::shown(&chosen, &events, step.is_none_or(|step| step.state.is_some())))
        (part.shown(&chosen, id, &timeline))
    };
    let frame = Frame::new(app, asked, Some(chosen.run)).at(Place::Customers);
    Ok(Answer::page(id, frame, body))
}

/// What an id stands for that no customer of the run has.
fn other_standing(
    app: &App,
    asked: &Asked,
    chosen: &Chosen<'_>,
    id: &str,
) -> Result<Answer, Failure> {
    let missing = || {
        let failure = Failure::missing(format!("no customer of the run has the id {id}"));
        failure.hint("search for the customer by name, e-mail address, telephone number or the key of a record")
    };
    let name = chosen.customers.name();
    let project = app.project().map_err(|_| missing())?;
    let state = project
        .state(Some(name), &app.options.output_dir)
        .map_err(|_| missing())?;
    let standing = state.look_up(id).ok_or_else(missing)?;
    let (status, into, run): (&str, Vec<&str>, Option<&str>) = match &standing {
        Standing::Current => return Err(missing()),
        Standing::Merged { into, run } => ("merged", vec![into], Some(run.label)),
        Standing::Split { into, run } => ("split", into.clone(), Some(run.label)),
        Standing::Gone { since } => ("gone", Vec::new(), Some(since.label)),
    };
    if asked.shape == Shape::Json {
        return Ok(Answer::Json(
            json!({"id": id, "status": status, "ids": into, "run": run}),
        ));
    }
    let body = html! {
        section.state.empty {
            h1 { (id) " is an old id" }
            @if into.is_empty() { p { "None of its records is there any more." } }
            @else {
                p {
                    @if status == "merged" { "The customer was merged into " } @else { "The customer was split into " }
                    @for (place, id) in into.iter().enumerate() {
                        @if place > 0 { ", " } a href=(chosen.link(&[id])) { (id) }
                    }
                    @if let Some(run) = run.filter(|run| !run.is_empty()) { " in the run of " (run) }
                    "."
                }
            }
            p { a href=(chosen.link(&[])) { "All customers" } }
        }
    };
    let frame = Frame::new(app, asked, Some(chosen.run)).at(Place::Customers);
    Ok(Answer::page(id, frame, body))
}

/// The customer with the names that `onefold subject export` uses.
fn data(chosen: &Chosen<'_>, customer: &Customer) -> Value {
    let records = customer.records.iter().map(|record| {
        json!({
            "source": record.source,
            "record_key": record.record_key,
            "file": record.file,
            "line": record.line,
            "kept": record.kept,
            "values": object(&record.values),
        })
    });
    let rows = match customer.values.is_empty() {
        true => Vec::new(),
        false => vec![object(&customer.values)],
    };
    json!({
        "id": customer.id,
        "table": chosen.customers.name(),
        "pipeline": chosen.run.pipeline,
        "run_id": chosen.run.run_id,
        "customer": rows,
        "records": records.collect::<Vec<_>>(),
        "provenance": customer.provenance.iter().map(object).collect::<Vec<_>>(),
        "links": customer.links.iter().map(object).collect::<Vec<_>>(),
    })
}

fn summary(customer: &Customer) -> Markup {
    let mut sources: Vec<&str> = Vec::new();
    for record in &customer.records {
        if !sources.contains(&record.source.as_str()) {
            sources.push(&record.source);
        }
    }
    html! { strong { (counted(customer.total, "record")) } " of " (sources.join(", ")) }
}

/// Only the last run exports and erases. `has_state`: an id means the same customer in every run.
fn buttons(chosen: &Chosen<'_>, id: &str, has_state: bool) -> Markup {
    let of_table = |parts: &[&str]| {
        let mut all = vec!["customers", id];
        all.extend(parts);
        Link::to(&all).with_some("table", chosen.table_named.as_ref())
    };
    html! {
        div.head-action.actions {
            @if chosen.is_last {
                @let of = |part: &str| of_table(&[part]).with("of", &chosen.run.run_id);
                a.button href=(of("export.json")) download { "Export" }
                a.button.danger href=(of("erase")) { "Erase…" }
            } @else if !chosen.is_served {
                p.quiet { "This run is of the pipeline " strong { (chosen.run.pipeline) } ", but the server shows another one. Only the last run of that one exports and erases." }
            } @else {
                @let there = match has_state {
                    true => of_table(&[]),
                    false => Link::to(&["customers"]).with_some("table", chosen.table_named.as_ref()),
                };
                p.quiet {
                    "Only the last published run exports and erases: " a href=(there) { "go to it" } "."
                    @if !has_state { " The ids differ from run to run, because the pipeline keeps no state." }
                }
            }
        }
    }
}

/// The values, each with its record and the rule by which it was chosen.
fn golden(chosen: &Chosen<'_>, customer: &Customer) -> Markup {
    html! {
        section.card {
            h2 id="golden" { "Values" }
            @if customer.values.is_empty() {
                p.quiet { "The table of customers leaves this one out, because its " code { "where" } " is not met." }
            } @else {
                div.scroll tabindex="0" role="group" aria-label="Values" {
                    table.list aria-labelledby="golden" {
                        thead { tr {
                            th scope="col" { "Field" } th scope="col" { "Value" } th scope="col" { "Record" }
                            th scope="col" { "File and line" } th scope="col" { "Chosen by" }
                        } }
                        tbody { @for value in &customer.golden { (golden_row(chosen, customer, value)) } }
                    }
                }
            }
        }
    }
}

fn golden_row(chosen: &Chosen<'_>, customer: &Customer, golden: &Golden) -> Markup {
    let record = golden.record.and_then(|place| customer.records.get(place));
    html! {
        tr {
            th scope="row" { (golden.field) }
            td.wrap { @match &golden.value { Some(value) => (value), None => span.missing { "missing" } } }
            td { @if let Some(record) = record { a href=(chosen.row(&record.source, record.row)) { (record.name()) } } }
            td { @if let Some(record) = record { (place(record)) } }
            td { (rule(golden, customer)) }
        }
    }
}

/// Why a value was chosen.
fn rule(golden: &Golden, customer: &Customer) -> Markup {
    html! {
        @match golden.rule.as_deref() {
            None => { @if golden.value.is_some() { span.quiet { "made by the table" } } }
            Some("kept") if customer.total == 1 => span.quiet { "the only record" },
            Some("kept") => "kept record",
            Some("filled") => { "filled: the kept record has none" }
            Some("together") => { "together with its group of fields" }
            Some("all") => { "all values are kept" }
            Some(rule) => (rule),
        }
    }
}

/// Where a record stands.
fn place(record: &Member) -> Markup {
    html! {
        @match (&record.file, record.line) {
            (Some(file), Some(line)) => span.at { (file) ":" (line) },
            _ => span.quiet { "no line known" },
        }
    }
}

/// The records side by side.
fn records(chosen: &Chosen<'_>, customer: &Customer, asked: &Asked) -> Markup {
    let known = customer.records.len();
    let first = asked.number("record").unwrap_or(0);
    let first = usize::try_from(first)
        .unwrap_or(0)
        .min(known.saturating_sub(1));
    let end = (first + BESIDE).min(known);
    let here = customer.records.get(first..end).unwrap_or_default();
    let link = |first: usize| {
        chosen
            .link(&[&customer.id])
            .with_some("record", (first > 0).then_some(first))
    };
    let shown: Vec<Record> = here.iter().map(|record| Record::of(record, None)).collect();
    html! {
        section.card {
            header.row-head {
                h2 id="records" {
                    "Records side by side"
                    @if customer.total > BESIDE as u64 { " " span.quiet { (grouped(first as u64 + 1)) "–" (grouped(end as u64)) " of " (grouped(customer.total)) } }
                }
            }
            p.quiet { "Differences from the first record are marked. Fields that are equal in all records are grey." }
            @if shown.iter().all(|record| record.fields.is_empty()) {
                p.quiet { "The run has not kept the tables of these records." }
            } @else { (beside(&shown, false)) }
            ul.members {
                @for record in here {
                    li {
                        a href=(chosen.row(&record.source, record.row)) { (record.name()) } " " (place(record))
                        @if record.kept && customer.total > 1 { " " span.quiet { "the kept record" } }
                    }
                }
            }
            @if customer.total > BESIDE as u64 {
                nav.pager aria-label="Pages of records" {
                    span { @if customer.total > known as u64 { "The first " (grouped(known as u64)) " are shown." } }
                    @if first > 0 { a href=(link(first.saturating_sub(BESIDE))) rel="prev" { "Previous" } }
                    @if end < known { a href=(link(end)) rel="next" { "Next" } }
                }
            }
        }
    }
}
