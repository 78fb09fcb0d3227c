//! Customers: found by what people know of them, and each with all that is known.
//!
//! What is searched for is personal. It comes by a form and lies on the shelf; an address has its id. Ids of customers are made by the
//! program and say nothing about anybody, so they may stand in addresses.

mod erase;
mod history;
mod list;
mod one;
mod timeline;

use std::sync::Arc;

use maud::html;
use onefold_engine::browse::{Customers, Fields};
use onefold_engine::{Project, Report, Status};
use onefold_spec::model::{Resolve, Step};
use serde_json::{Map, Value};

use super::frame::{Frame, Place};
use super::tables::keep_hint;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::link::Link;

pub(crate) use erase::{confirm, erase, erased, export};
pub(crate) use list::{file, list, search};
pub(crate) use one::page as one;
pub(crate) use timeline::file as timeline_file;

/// The customers that are looked at.
struct Chosen<'r> {
    run: &'r Report,
    /// Whether the run is the last published one of the pipeline that is served, which exports and erases.
    is_last: bool,
    /// Whether the pipeline that is served is that of the run.
    is_served: bool,
    /// The `resolve` tables of the run.
    tables: Vec<&'r str>,
    customers: Arc<Customers>,
    run_named: Option<String>,
    table_named: Option<String>,
}

/// What a request leads to.
enum Looked<'r> {
    At(Box<Chosen<'r>>),
    /// There are no customers to look at; the answer says what to do.
    Nothing(Answer),
}

/// The customers that a request asks for.
fn look<'r>(app: &App, asked: &Asked, runs: &'r [Report]) -> Result<Looked<'r>, Failure> {
    let Some(run) = app.run(runs, asked)? else {
        return Ok(Looked::Nothing(super::home::empty(
            app,
            asked,
            Place::Customers,
        )));
    };
    let tables = run.tables.iter().filter(|table| table.step == "resolve");
    let tables: Vec<&str> = tables.map(|table| table.name.as_str()).collect();
    let table_named = asked.value("table").map(str::to_owned);
    let wanted = match &table_named {
        Some(name) => match tables.iter().copied().find(|table| *table == name.as_str()) {
            Some(found) => Some(found),
            None => {
                let message = format!("the run has no customers called {name}");
                return Err(Failure::missing(message).hint("a table with `resolve` is one"));
            }
        },
        None => tables.first().copied(),
    };
    let Some(wanted) = wanted else {
        return Ok(Looked::Nothing(without_resolve(app, asked, run)));
    };
    let is_kept = |name: &str| run.kept.iter().any(|kept| kept.table == name);
    if !is_kept(wanted) || !is_kept(&format!("{wanted}.members")) {
        return without_tables(app, asked, run).map(Looked::Nothing);
    }
    // A pipeline that cannot be read exports and erases nobody.
    let project = app.project().ok();
    let last = project
        .as_ref()
        .and_then(|project| served_run(project, runs));
    let is_served = project.is_some_and(|project| project.pipeline().name.value == run.pipeline);
    Ok(Looked::At(Box::new(Chosen {
        is_last: last.is_some_and(|last| last.run_id == run.run_id),
        is_served,
        customers: app.customers(&run.run_id, wanted)?,
        run_named: asked.value("run").map(str::to_owned),
        table_named,
        tables,
        run,
    })))
}

/// The last published run of the pipeline that is served, which exports and erases.
fn served_run<'r>(project: &Project, runs: &'r [Report]) -> Option<&'r Report> {
    let name = &project.pipeline().name.value;
    let is_of = |run: &&Report| run.status == Status::Published && run.pipeline == *name;
    runs.iter().find(is_of)
}

impl Chosen<'_> {
    /// A page about these customers.
    fn link(&self, parts: &[&str]) -> Link {
        let mut all = vec!["customers"];
        all.extend(parts);
        Link::to(&all)
            .with_some("run", self.run_named.as_ref())
            .with_some("table", self.table_named.as_ref())
    }

    /// The rejects of the run.
    fn rejects(&self) -> Link {
        Link::to(&["rejects"]).with_some("run", self.run_named.as_ref())
    }

    /// A row of a table of the run, in the grid.
    fn row(&self, table: &str, row: u64) -> Link {
        let link = Link::to(&["tables", table]).with_some("run", self.run_named.as_ref());
        link.with_some("offset", (row > 0).then_some(row))
    }
}

fn without_resolve(app: &App, asked: &Asked, run: &Report) -> Answer {
    if asked.shape == Shape::Json {
        return Answer::Json(
            serde_json::json!({"run_id": run.run_id, "table": null, "total": 0, "customers": []}),
        );
    }
    let body = html! {
        section.state.empty {
            h1 { "This pipeline finds no customers" }
            p {
                "A table with " code { "resolve" } " finds the records that are one customer. It needs the tables to look in, and what \
                 two records of a customer share:"
            }
            pre tabindex="0" { "tables:\n  customers:\n    resolve: {from: [crm, shop], match: [email, phone]}" }
            p { a href="/pipeline" { "Add one to the pipeline" } }
        }
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Customers);
    Answer::page("Customers", frame, body)
}

fn without_tables(app: &App, asked: &Asked, run: &Report) -> Result<Answer, Failure> {
    if asked.shape == Shape::Json {
        let failure = Failure::missing(format!("run {} has not kept its customers", run.run_id));
        return Err(failure.hint("`onefold run --keep all` keeps what a run reads and makes"));
    }
    let body = html! {
        header.head { h1 { "Customers" } }
        (keep_hint())
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Customers);
    Ok(Answer::page("Customers", frame, body))
}

/// The `resolve` of a table.
fn resolve<'p>(project: &'p Project, table: &str) -> Option<&'p Resolve> {
    let tables = project.pipeline().tables.iter();
    let mut found = tables.filter(|known| known.name.value == table);
    found.find_map(|known| match &known.step {
        Step::Resolve(step) => Some(&**step),
        _ => None,
    })
}

/// A row as data.
fn object(fields: &Fields) -> Value {
    let fields = fields.iter();
    let fields = fields.map(|(name, value)| (name.clone(), Value::from(value.clone())));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// A value of a row.
fn value<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.and_then(|(_, value)| value.as_deref())
}
