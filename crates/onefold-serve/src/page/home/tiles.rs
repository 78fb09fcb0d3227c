//! The figures of a run, each with its change since the previous run.

use onefold_engine::Report;
use serde::Serialize;

use super::totals::{read, rejected};
use crate::text::{difference, duration, grouped};

/// A figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tile {
    pub(crate) name: &'static str,
    /// The number itself.
    value: f64,
    /// As people read it.
    #[serde(skip)]
    pub(crate) shown: String,
    /// The difference to the previous run.
    pub(crate) change: Option<String>,
    #[serde(skip)]
    pub(crate) mood: Mood,
}

/// Whether a change is a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Neither,
    Better,
    Worse,
}

impl Mood {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Neither => "quiet",
            Self::Better => "good",
            Self::Worse => "bad",
        }
    }
}

/// What a figure means when it grows.
#[derive(Clone, Copy)]
enum More {
    Neither,
    Worse,
}

/// The figures of a run. A figure that the pipeline does not have is left out.
pub(crate) fn tiles(run: &Report, before: Option<&Report>) -> Vec<Tile> {
    let mut tiles = Vec::new();
    let mut count = |name, more, of: &dyn Fn(&Report) -> Option<u64>| {
        if let Some(value) = of(run) {
            tiles.push(counted(name, value, before.and_then(of), more));
        }
    };
    count("Records", More::Neither, &|run| Some(read(run)));
    count("Valid", More::Neither, &|run| {
        Some(run.sources.iter().map(|s| s.accepted).sum())
    });
    count("Rejected", More::Worse, &|run| Some(rejected(run)));
    count("Duplicates removed", More::Neither, &duplicates);
    count("Customers", More::Neither, &customers);
    count("Sessions", More::Neither, &sessions);
    if let Some((matched, of)) = matches(run) {
        let share = |(part, of): (u64, u64)| part as f64 * 100.0 / of.max(1) as f64;
        let now = share((matched, of));
        let change = before.and_then(matches).map(|then| now - share(then));
        tiles.push(Tile {
            name: "Match rate",
            value: now,
            shown: crate::text::percent(matched, of),
            change: change.map(|change| match change {
                c if c.abs() < 0.05 => "±0".to_owned(),
                c => format!("{c:+.1} points").replace('-', "−"),
            }),
            mood: match change {
                Some(change) if change >= 0.05 => Mood::Better,
                Some(change) if change <= -0.05 => Mood::Worse,
                _ => Mood::Neither,
            },
        });
    }
    if let Some((age, source)) = oldest(run) {
        tiles.push(Tile {
            name: "Freshness",
            value: age as f64,
            shown: duration(age as f64),
            change: Some(format!("newest of {source}")),
            mood: Mood::Neither,
        });
    }
    tiles
}

fn counted(name: &'static str, value: u64, before: Option<u64>, more: More) -> Tile {
    let mood = match (before.map(|before| value.cmp(&before)), more) {
        (Some(std::cmp::Ordering::Greater), More::Worse) => Mood::Worse,
        (Some(std::cmp::Ordering::Less), More::Worse) => Mood::Better,
        _ => Mood::Neither,
    };
    Tile {
        name,
        value: value as f64,
        shown: grouped(value),
        change: before.map(|before| difference(value, before)),
        mood,
    }
}

/// Rows that steps removed because they say the same as another.
pub(crate) fn duplicates(run: &Report) -> Option<u64> {
    let of = |step: &str| matches!(step, "dedupe" | "resolve");
    let mut tables = run.tables.iter().filter(|table| of(&table.step)).peekable();
    tables.peek()?;
    let removed = tables.flat_map(|table| &table.removed);
    let same = removed.filter(|removed| {
        matches!(
            removed.reason.as_str(),
            "merged" | "duplicate" | "duplicates"
        )
    });
    Some(same.map(|removed| removed.rows).sum())
}

fn customers(run: &Report) -> Option<u64> {
    let resolved = run.tables.iter().filter_map(|table| table.resolve.as_ref());
    resolved
        .map(|resolve| resolve.customers)
        .reduce(|a, b| a + b)
}

fn sessions(run: &Report) -> Option<u64> {
    let tables = run.tables.iter().filter(|table| table.step == "sessionize");
    tables.map(|table| table.rows_out).reduce(|a, b| a + b)
}

/// Rows that found their row in a lookup, of all that looked.
fn matches(run: &Report) -> Option<(u64, u64)> {
    let joins = run.tables.iter().flat_map(|table| &table.joins);
    let joins = joins.map(|join| (join.matched, join.matched + join.unmatched));
    let asofs = run.tables.iter().filter_map(|table| table.asof.as_ref());
    let asofs = asofs.map(|asof| {
        let unmatched = asof.no_candidate + asof.outside_tolerance + asof.null_key;
        (asof.matched, asof.matched + unmatched)
    });
    joins.chain(asofs).reduce(|a, b| (a.0 + b.0, a.1 + b.1))
}

/// The age of the newest record of the source that is most behind.
fn oldest(run: &Report) -> Option<(i64, &str)> {
    let fresh = run.sources.iter().filter_map(|source| {
        let freshness = source.freshness.as_ref()?;
        Some((freshness.age_seconds, source.name.as_str()))
    });
    fresh.max()
}
