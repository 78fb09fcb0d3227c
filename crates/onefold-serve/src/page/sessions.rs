//! Sessions of events: what they come to, what was skipped, the events behind them, and the data as they came.

use maud::{Markup, html};
use onefold_engine::browse::{Condition, Operator};
use onefold_engine::{PartKind, Report, SourceReport};
use onefold_spec::model::Step;
use serde_json::json;

use super::frame::{Frame, Place};
use super::tables::{State, embedded, timeline};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::chart::{self, Ink};
use crate::failure::Failure;
use crate::link::Link;
use crate::text::{grouped, percent};

/// Seconds of a bucket of the chart.
const BUCKET: i64 = 300;

/// Names of what a page of sessions is about.
struct About {
    sessions: String,
    /// The table of events that were cut into sessions.
    events: String,
    /// The sources that they come from.
    sources: Vec<String>,
    /// The tables on the way from there.
    way: Vec<String>,
    user: String,
    time: String,
}

/// The parts of the page.
const TABS: [(&str, &str); 4] = [
    ("sessions", "Sessions"),
    ("skipped", "Skipped"),
    ("events", "Events"),
    ("original", "Original data"),
];

/// The page.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(super::home::empty(app, asked, Place::Sessions));
    };
    let about = about(app, run)?;
    let tab = asked.value("tab").unwrap_or("sessions");
    let sources = run.sources.iter();
    let sources = sources.filter(|source| about.sources.contains(&source.name));
    let sources: Vec<&SourceReport> = sources.collect();
    let figures = figures(app, run, &about, &sources);
    if asked.shape == Shape::Json {
        let figures = figures
            .iter()
            .map(|(name, value)| (name.to_lowercase(), json!(value)));
        let figures: serde_json::Map<_, _> = figures.collect();
        return Ok(Answer::Json(json!({
            "run_id": run.run_id,
            "metrics": figures,
            "tables": {
                "sessions": about.sessions,
                "skipped": about.sources.iter().map(|name| format!("{name}.rejects")).collect::<Vec<_>>(),
                "events": about.events,
                "original": about.sources,
            },
        })));
    }
    let link = |tab: &str| {
        let link = Link::to(&["sessions"]).with_some("run", asked.value("run"));
        link.with("tab", tab)
    };
    let body = html! {
        header.head {
            h1 { "Sessions" }
            p.sub { "The events of " strong { (about.sources.join(", ")) } ", cut into sessions of each " (about.user) }
        }
        dl.tiles {
            @for (name, value) in &figures {
                div.tile { dt { (name) } dd.value { (grouped(*value)) }
                    dd.change.quiet { (about_figure(name, *value, &figures)) } }
            }
        }
        nav.tabs aria-label="Parts" {
            @for (name, title) in TABS { a href=(link(name)) aria-current=[(name == tab).then_some("page")] { (title) } }
        }
        @match tab {
            "skipped" => @for source in &sources { (skipped(asked, source)) },
            "events" => (events(app, asked, run, &about)?),
            "original" => @for name in &about.sources { (rows(app, asked, run, name)?) },
            _ => (rows(app, asked, run, &about.sessions)?),
        }
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Sessions);
    Ok(Answer::page("Sessions", frame, body))
}

/// What the pipeline file says of the sessions of a run.
fn about(app: &App, run: &Report) -> Result<About, Failure> {
    let missing = || {
        let failure = Failure::missing("the pipeline cuts no events into sessions");
        failure.hint("a table with `sessionize` does")
    };
    let project = app.project()?;
    let made = |name: &str| run.tables.iter().any(|table| table.name == name);
    let mut tables = project
        .pipeline()
        .tables
        .iter()
        .filter(|table| made(&table.name.value));
    let found = tables.find_map(|table| match &table.step {
        Step::Sessionize(step) => Some((table.name.value.clone(), step)),
        _ => None,
    });
    let (sessions, step) = found.ok_or_else(missing)?;
    // Back from the events to the sources that they come from. Of a join, the first table has the events.
    let parts = project.lineage();
    let (mut sources, mut way) = (Vec::new(), Vec::new());
    let mut waiting = vec![step.from.value.as_str()];
    while let Some(name) = waiting.pop() {
        let Some(part) = parts.iter().find(|part| part.name == name) else {
            continue;
        };
        match part.kind {
            PartKind::Source if !sources.contains(&part.name) => sources.push(part.name.clone()),
            PartKind::Table(kind) if !way.contains(&part.name) => {
                way.push(part.name.clone());
                let owners = part.owners();
                let all = if kind == "union" { owners.len() } else { 1 };
                waiting.extend(owners.into_iter().take(all).rev());
            }
            _ => {}
        }
    }
    Ok(About {
        sessions,
        events: step.from.value.clone(),
        sources,
        way,
        user: step
            .by
            .first()
            .map_or_else(String::new, |by| by.value.clone()),
        time: step.time.value.clone(),
    })
}

/// Total, valid, skipped, duplicates removed and users.
fn figures(
    app: &App,
    run: &Report,
    about: &About,
    sources: &[&SourceReport],
) -> Vec<(&'static str, u64)> {
    let on_the_way = run.tables.iter();
    let on_the_way = on_the_way.filter(|table| about.way.contains(&table.name));
    let removed = on_the_way.flat_map(|table| &table.removed);
    let duplicates = removed.filter(|removed| removed.reason == "duplicate");
    let duplicates = duplicates.map(|removed| removed.rows).sum();
    let sum = |count: fn(&SourceReport) -> u64| sources.iter().map(|source| count(source)).sum();
    let table = app.table(&run.run_id, &about.sessions).ok();
    let users = table.and_then(|table| {
        let counts = table.counts(&about.user, &[], 1).ok()?;
        counts.distinct
    });
    let rows = run.tables.iter().find(|table| table.name == about.sessions);
    let mut figures = vec![
        ("Total", sum(|source| source.read)),
        ("Valid", sum(|source| source.accepted)),
        ("Skipped", sum(|source| source.rejected)),
        ("Duplicates removed", duplicates),
    ];
    if let Some(users) = users {
        figures.push(("Users", users));
    }
    figures.push(("Sessions", rows.map_or(0, |table| table.rows_out)));
    figures
}

/// What there is to say of a figure. Users and sessions are no share of events.
fn about_figure(name: &str, value: u64, figures: &[(&str, u64)]) -> String {
    match name {
        "Total" => "events read".to_owned(),
        "Users" | "Sessions" => String::new(),
        _ => share(value, figures),
    }
}

fn share(value: u64, figures: &[(&str, u64)]) -> String {
    let total = figures.first().map_or(0, |(_, total)| *total);
    match value <= total {
        true => format!("{} of all", percent(value, total)),
        false => String::new(),
    }
}

fn rows(app: &App, asked: &Asked, run: &Report, table: &str) -> Result<Markup, Failure> {
    if run.kept.iter().all(|kept| kept.table != table) {
        return Ok(super::tables::keep_hint());
    }
    embedded(app, &State::of(app, asked, table)?)
}

fn skipped(asked: &Asked, source: &SourceReport) -> Markup {
    let kinds: Vec<(String, u64)> = source
        .rejects
        .iter()
        .map(|reject| (reject.reason.clone(), reject.records))
        .collect();
    let list = Link::to(&["rejects"])
        .with_some("run", asked.value("run"))
        .with("source", &source.name);
    let table = Link::to(&["tables", &format!("{}.rejects", source.name)]);
    let table = table.with_some("run", asked.value("run"));
    html! {
        @if kinds.is_empty() {
            section.state.empty { h2 { "No event of " (source.name) " was skipped" } p { "All of them have what they need." } }
        } @else {
            section.card { (chart::bars(&format!("Skipped events of {} by error", source.name), &kinds, Ink::Bad)) }
            p.actions {
                a.button href=(list) { "Show each of them" }
                a.button href=(table.as_format(".csv")) download { "Download as CSV" }
                a.button href=(table.as_format(".jsonl")) download { "JSON Lines" }
            }
        }
    }
}

fn events(app: &App, asked: &Asked, run: &Report, about: &About) -> Result<Markup, Failure> {
    if run.kept.iter().all(|kept| kept.table != about.events) {
        return Ok(super::tables::keep_hint());
    }
    let state = State::of(app, asked, &about.events)?;
    let kind = state
        .table
        .columns()
        .iter()
        .find(|column| column.name.contains("type"));
    let kind = kind.map(|column| column.name.as_str());
    let wide = state
        .table
        .timeline(&about.time, kind, Some(BUCKET), &state.conditions);
    // Events of years are too many five minutes: then a width that fits.
    let line = wide.or_else(|_| {
        state
            .table
            .timeline(&about.time, kind, None, &state.conditions)
    })?;
    Ok(html! {
        (user_filter(&state, about))
        section.card { (timeline(&line, kind)) }
        (embedded(app, &state)?)
    })
}

/// A form for the events of one user.
fn user_filter(state: &State, about: &About) -> Markup {
    let of_user = |known: &&Condition| known.column == about.user && known.operator == Operator::Is;
    let now = state.conditions.iter().find(of_user);
    let now = now.and_then(|known| known.values.first().cloned().flatten());
    html! {
        form.controls method="post" action=(state.at_row(0).link(Some("filter"))) {
            input type="hidden" name="back" value="sessions";
            input type="hidden" name="name" value=(about.user);
            label { (about.user) input type="search" name="text" value=[now] autocomplete="off"; }
            button type="submit" name="do" value="only" { "Show only this one" }
        }
    }
}
