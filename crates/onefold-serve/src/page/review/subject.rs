//! What is reviewed: the doubtful pairs of a table of a run, and where the review of them stands.

use std::collections::HashMap;
use std::sync::Arc;

use maud::{Markup, html};
use onefold_engine::{Decidable, Decision, Decisions, Report};

use crate::app::App;
use crate::asked::Asked;
use crate::failure::Failure;
use crate::link::Link;
use crate::queue::Queue;

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
        let project = app.project().ok();
        let now = project.into_iter().flat_map(|project| project.decidable());
        let mut now = now.filter(|known| known.table == table);
        Ok(Some(Self {
            run,
            run_id: asked.value("run").map(str::to_owned),
            tables,
            table,
            now: now.next(),
            is_blind: asked.value("blind").is_some(),
            is_apart: asked.value("apart").is_some(),
        }))
    }

    /// The page of a pair, or of the first on which nobody has decided.
    pub(super) fn link(&self, pair: Option<u32>) -> Link {
        self.with(Link::to(&["review"]))
            .with_some("pair", pair)
            .with_some("blind", self.is_blind.then_some(1))
            .with_some("apart", self.is_apart.then_some(1))
    }

    /// The next pair to look at.
    pub(super) fn next(&self, after: Option<u32>, standing: &Standing<'_>) -> Option<u32> {
        let threshold = self.thresholds().map(|(threshold, _)| threshold);
        let least = threshold.filter(|_| self.is_apart).unwrap_or(0.0);
        standing.queue.next(after, least, &standing.decided)
    }

    /// The same review of all pairs or of those that were kept apart.
    pub(super) fn of_kind(&self, is_apart: bool) -> Review<'r> {
        Review {
            is_apart,
            run_id: self.run_id.clone(),
            tables: self.tables.clone(),
            now: None,
            ..*self
        }
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

    /// The doubtful pairs; `None`: the run has left none.
    pub(super) fn queue(&self, app: &App) -> Result<Option<Arc<Queue>>, Failure> {
        match app.has_left(&self.run.run_id, &format!("{}.possible", self.table))? {
            true => app.queue(&self.run.run_id, self.table).map(Some),
            false => Ok(None),
        }
    }
}

/// Where the review stands.
pub(super) struct Standing<'s> {
    pub(super) queue: &'s Queue,
    /// By pair.
    pub(super) decided: HashMap<u32, &'s Decision>,
    /// Decisions that were made since the run: the next one obeys them.
    pub(super) waiting: usize,
}

impl<'s> Standing<'s> {
    pub(super) fn of(queue: &'s Queue, decisions: Option<&'s Decisions>, run: &Report) -> Self {
        let all = decisions.map_or(&[][..], |decisions| decisions.all.as_slice());
        let began: Option<onefold_engine::Timestamp> = run.started.parse().ok();
        // The file tells seconds.
        let began = began.map_or(i64::MAX, |began| began.as_second() * 1_000_000);
        let is_later = |decision: &&Decision| decision.at.is_some_and(|at| at >= began);
        Self {
            queue,
            decided: queue.decided(all),
            waiting: all.iter().filter(is_later).count(),
        }
    }
}

/// The parts of the review, and the tables that can be reviewed.
pub(super) fn tabs(review: &Review<'_>, here: &str) -> Markup {
    let entry = |name: &str, title: &str, link: Link| {
        let current = (name == here).then_some("page");
        html! { a href=(link) aria-current=[current] { (title) } }
    };
    html! {
        nav.tabs aria-label="Parts of the review" {
            (entry("pairs", "Pairs", review.with(Link::to(&["review"]))))
            (entry("threshold", "Threshold", review.with(Link::to(&["review", "threshold"]))))
        }
        @if review.tables.len() > 1 {
            nav.reasons aria-label="Tables" {
                @for table in &review.tables {
                    @let link = match here {
                        "threshold" => Link::to(&["review", "threshold"]),
                        _ => Link::to(&["review"]),
                    };
                    @let link = link.with_some("run", review.run_id.as_ref()).with("table", table);
                    a href=(link) aria-current=[(*table == review.table).then_some("true")] { (table) }
                }
            }
        }
    }
}

pub(super) fn nothing() -> Markup {
    html! {
        header.head { h1 { "Review" } }
        section.state.empty {
            h2 { "No customers are resolved" }
            p { "The run has no " code { "resolve" } " table, which finds the records of one customer." }
        }
    }
}
