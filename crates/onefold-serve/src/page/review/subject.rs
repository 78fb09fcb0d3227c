//! What is reviewed: the doubtful pairs of a table of a run, and where the review of them stands.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use maud::{Markup, html};
use onefold_engine::{Decidable, Decision, Decisions, Project, Report};
use onefold_spec::model::{Pipeline, Step};
use serde_json::json;

use crate::answer::Answer;
use crate::app::{About, App};
use crate::asked::{Asked, Shape};
use crate::doubts::Doubts;
use crate::failure::Failure;
use crate::link::Link;
use crate::page::frame::Frame;
use crate::queue::{Queue, pair_name};

/// What is reviewed, and where it stands.
pub(super) struct Review<'r> {
    pub(super) run: &'r Report,
    /// The run, where it is named.
    pub(super) run_id: Option<String>,
    /// The `resolve` tables of the run.
    pub(super) tables: Vec<&'r str>,
    pub(super) table: &'r str,
    /// The table in the pipeline as it is now; `None`: it has none of that name, or cannot be read.
    pub(super) now: Option<Decidable>,
    /// The pipeline as it is now, where it can be read.
    pub(super) project: Option<Arc<Project>>,
    pub(super) mode: Mode,
}

/// How it is reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    /// Weights and sources are hidden until somebody has decided.
    pub(super) is_blind: bool,
    /// Only pairs that are likely enough, but were kept apart.
    pub(super) is_apart: bool,
}

impl<'r> Review<'r> {
    /// `None`: the run has resolved nothing.
    pub(super) fn of(app: &App, run: &'r Report, asked: &Asked) -> Result<Option<Self>, Failure> {
        let tables = run.tables.iter().filter(|table| table.step == "resolve");
        let tables: Vec<&str> = tables.map(|table| table.name.as_str()).collect();
        let table = match asked.value("table") {
            Some(name) => tables.iter().find(|table| **table == name),
            None => tables.first(),
        };
        let Some(table) = table.copied() else {
            return match asked.value("table") {
                Some(name) => Err(Failure::missing(format!(
                    "the run has no `resolve` table `{name}`"
                ))),
                None => Ok(None),
            };
        };
        let project = app.project().ok().map(Arc::new);
        let mut all = project.iter().flat_map(|project| project.decidable());
        let now = all.find(|known| known.table == table);
        Ok(Some(Self {
            run,
            run_id: asked.value("run").map(str::to_owned),
            tables,
            table,
            now,
            project,
            mode: Mode {
                is_blind: asked.value("blind").is_some(),
                is_apart: asked.value("apart").is_some(),
            },
        }))
    }

    /// The page of a pair, or of the first on which nobody has decided.
    pub(super) fn link(&self, pair: Option<u32>) -> Link {
        self.link_in(self.mode, pair)
    }

    /// The same page, reviewed in another way.
    pub(super) fn link_in(&self, mode: Mode, pair: Option<u32>) -> Link {
        self.with(Link::to(&["review"]))
            .with_some("pair", pair)
            .with_some("blind", mode.is_blind.then_some(1))
            .with_some("apart", mode.is_apart.then_some(1))
    }

    /// The page of a customer, or of the first on which nobody has decided.
    pub(super) fn customers(&self, mode: Mode, id: Option<&str>) -> Link {
        self.with(Link::to(&["review", "customers"]))
            .with_some("customer", id)
            .with_some("blind", mode.is_blind.then_some(1))
    }

    /// The page of what somebody decides on.
    pub(super) fn link_of(&self, about: &About) -> Link {
        match about {
            About::Pair(number) => self.link(Some(*number)),
            About::Customer(id) => self.customers(self.mode, Some(id)),
        }
    }

    /// The next pair to look at.
    pub(super) fn next(&self, after: Option<u32>, standing: &Standing<'_>) -> Option<u32> {
        let threshold = self.thresholds().map(|(threshold, _)| threshold);
        let least = threshold.filter(|_| self.mode.is_apart).unwrap_or(0.0);
        standing.queue.next(after, least, &standing.decided)
    }

    /// A page about the same run and table.
    pub(super) fn with(&self, link: Link) -> Link {
        let table = (self.tables.len() > 1).then_some(self.table);
        link.with_some("run", self.run_id.as_ref())
            .with_some("table", table)
    }

    /// The column of the keys of a table whose records are resolved.
    pub(super) fn key(&self, table: &str) -> Option<&str> {
        let mut from = self.now.iter().flat_map(|now| &now.from);
        let (_, key) = from.find(|(name, _)| name == table)?;
        key.as_deref()
    }

    /// The tables of records without a key, each with the source that could give them one.
    pub(super) fn keyless(&self) -> Vec<(&str, Option<&str>)> {
        let Some(project) = &self.project else {
            return Vec::new();
        };
        let from = self.now.iter().flat_map(|now| &now.from);
        let keyless = from.filter(|(_, key)| key.is_none());
        keyless
            .map(|(table, _)| (table.as_str(), source_of(project.pipeline(), table)))
            .collect()
    }

    /// The probabilities from which the run has linked pairs, and listed them as possible.
    pub(super) fn thresholds(&self) -> Option<(f64, f64)> {
        let mut tables = self.run.tables.iter();
        let table = tables.find(|table| table.name == self.table)?;
        let model = table.resolve.as_ref()?.model.as_ref()?;
        Some((model.threshold, model.possible))
    }

    /// What has been decided; `None`: the pipeline names no file for it.
    pub(super) fn decisions(&self) -> Result<Option<Decisions>, Failure> {
        let path = self.now.as_ref().and_then(|now| now.decisions.as_ref());
        Ok(path.map(|path| Decisions::read(path)).transpose()?)
    }

    /// The doubtful customers; `None`: the run has not left what tells them.
    pub(super) fn doubts(&self, app: &App) -> Result<Option<Arc<Doubts>>, Failure> {
        app.doubts(self.run, self.table)
    }

    /// The doubtful pairs; `None`: the run has left none.
    pub(super) fn queue(&self, app: &App) -> Result<Option<Arc<Queue>>, Failure> {
        match app.has_left(&self.run.run_id, &format!("{}.possible", self.table))? {
            true => app.queue(&self.run.run_id, self.table).map(Some),
            false => Ok(None),
        }
    }
}

/// The source whose records a table has one by one, so that a key of the source is one of theirs.
fn source_of<'p>(pipeline: &'p Pipeline, table: &'p str) -> Option<&'p str> {
    let mut name = table;
    // A table never reads itself, so the way to its source is no longer than there are tables.
    for _ in 0..=pipeline.tables.len() {
        if pipeline
            .sources
            .iter()
            .any(|known| known.name.value == name)
        {
            return Some(name);
        }
        let made = pipeline.tables.iter().find(|made| made.name.value == name);
        name = match &made?.step {
            Step::From(from) => &from.value,
            Step::Dedupe(dedupe) => &dedupe.from.value,
            _ => return None,
        };
    }
    None
}

/// Where the review stands.
pub(super) struct Standing<'s> {
    pub(super) queue: &'s Queue,
    /// By pair.
    pub(super) decided: HashMap<u32, &'s Decision>,
    /// Pairs that somebody has decided on since the run: the next one obeys.
    pub(super) waiting: usize,
}

impl<'s> Standing<'s> {
    pub(super) fn of(queue: &'s Queue, decisions: Option<&'s Decisions>, run: &Report) -> Self {
        let all = decisions.map_or(&[][..], |decisions| decisions.all.as_slice());
        Self {
            queue,
            decided: queue.decided(all),
            waiting: waiting(all, run),
        }
    }
}

/// How many pairs somebody has decided on since a run began: the next one obeys.
pub(super) fn waiting(decisions: &[Decision], run: &Report) -> usize {
    let began: Option<onefold_engine::Timestamp> = run.started.parse().ok();
    // The file tells seconds.
    let began = began.map_or(i64::MAX, |began| began.as_second() * 1_000_000);
    let is_later = |decision: &&Decision| decision.at.is_some_and(|at| at >= began);
    let later = decisions.iter().filter(is_later).map(pair_name);
    later.collect::<HashSet<u64>>().len()
}

/// A part of the review.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tab<'c> {
    Pairs,
    Customers,
    /// With the cut that is looked at.
    Threshold(Option<&'c str>),
}

/// The parts of the review, and the tables that can be reviewed.
pub(super) fn tabs(review: &Review<'_>, here: Tab<'_>) -> Markup {
    let pages = [
        ("Pairs", Link::to(&["review"])),
        ("Customers", Link::to(&["review", "customers"])),
        ("Threshold", Link::to(&["review", "threshold"])),
    ];
    let (place, cut) = match here {
        Tab::Pairs => (0, None),
        Tab::Customers => (1, None),
        Tab::Threshold(cut) => (2, cut),
    };
    let of_table = |table: &str| {
        let link = pages[place].1.clone();
        let link = link.with_some("run", review.run_id.as_ref());
        link.with("table", table).with_some("cut", cut)
    };
    html! {
        nav.tabs aria-label="Parts of the review" {
            @for (other, (title, link)) in pages.iter().enumerate() {
                @let is_here = other == place;
                @let link = review.with(link.clone()).with_some("cut", cut.filter(|_| is_here));
                a href=(link) aria-current=[is_here.then_some("page")] { (title) }
            }
        }
        @if review.tables.len() > 1 {
            nav.reasons aria-label="Tables" {
                @for table in &review.tables {
                    a href=(of_table(table)) aria-current=[(*table == review.table).then_some("true")] { (table) }
                }
            }
        }
    }
}

/// Of a run that resolves nothing.
pub(super) fn nothing(asked: &Asked, run: &Report, frame: Frame) -> Answer {
    if asked.shape == Shape::Json {
        return Answer::Json(json!({"run_id": run.run_id, "table": null}));
    }
    let body = html! {
        header.head { h1 { "Review" } }
        section.state.empty {
            h2 { "No customers are resolved" }
            p { "The run has no " code { "resolve" } " table, which finds the records of one customer." }
        }
    };
    Answer::page("Review", frame, body)
}
