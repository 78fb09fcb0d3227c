//! Candidates that were scored: the better ones are edges.
//!
//! # Memory
//! 14 bytes an edge, 4 bytes an edge and comparison, and 4 bytes a record.

use std::ops::Range;

use onefold_rows::ahead::{ahead, ahead_twice};
use onefold_rows::parallel::{map_items, ranges};

use crate::blocking::Blocks;
use crate::bound::Bounds;
use crate::edge::Edge;
use crate::fit::{Fit, probability};
use crate::ratios::{Ratios, Signs};
use crate::score::{Scorer, Scratch, weight};

/// Least log odds of an edge: below, a pair is not worth asking whether its clusters are one.
const LEAST_EDGE: f32 = -4.0;

/// Log odds of which it is sure that they make no edge, however sums are rounded.
const HOPELESS: f32 = LEAST_EDGE - 0.01;

/// Pairs that are looked at together: what is fetched for the last ones is used before the next ones need the room.
const TOGETHER: usize = 1024;

/// What scoring found.
#[derive(Default)]
pub(crate) struct Scored {
    pub(crate) edges: Edges,
    /// Pairs that were compared.
    pub(crate) compared: u64,
    /// By tenth of a probability: how many these are.
    pub(crate) probabilities: [u64; 10],
}

/// Pairs that may be one person, with what their comparisons say of it.
#[derive(Default)]
pub(crate) struct Edges {
    /// Ascending by the two records, of which the first is the lesser one.
    pub(crate) all: Vec<Edge>,
    /// By record: where its edges begin.
    bounds: Vec<u32>,
    /// Ratios of consecutive edges, from the one of the given number.
    ratios: Vec<(usize, Ratios)>,
}

impl Edges {
    /// The ratios of two records by comparison, and their signs, if the two are an edge.
    pub(crate) fn ratios(&self, a: u32, b: u32) -> Option<(&[f32], Signs)> {
        let a = a as usize;
        let range = *self.bounds.get(a)? as usize..*self.bounds.get(a + 1)? as usize;
        let edges = &self.all[range.clone()];
        let place = edges.binary_search_by_key(&b, |edge| edge.b).ok()?;
        let number = range.start + place;
        let part = self.ratios.partition_point(|(first, _)| *first <= number);
        let (first, ratios) = &self.ratios[part.checked_sub(1)?];
        Some(ratios.get(number - first))
    }
}

/// Scores all candidates, or those before it is over.
pub(crate) fn score(
    scorer: &Scorer,
    fit: &Fit,
    blocks: &Blocks,
    threads: usize,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Scored {
    let records = scorer.features.records;
    // Where nothing is compared, there is no evidence for any pair.
    if !scorer.features.all.iter().any(|feature| feature.weighs) {
        return Scored::default();
    }
    let bounds = Bounds::new(scorer, fit);
    let parts = map_items(threads, ranges(threads * 16, records), |range| {
        Part::new(scorer, fit, &bounds, blocks, range, is_over)
    });
    let mut all = Scored::default();
    for part in parts {
        let first = all.edges.all.len();
        all.edges.all.extend(part.edges);
        all.edges.ratios.push((first, part.ratios));
        all.compared += part.compared;
        for (sum, count) in all.probabilities.iter_mut().zip(part.probabilities) {
            *sum += count;
        }
    }
    let mut edges = all.edges.all.iter().peekable();
    let mut number = 0;
    for record in 0..=records as u32 {
        while edges.next_if(|edge| edge.a < record).is_some() {
            number += 1;
        }
        all.edges.bounds.push(number);
    }
    // The others are hopeless.
    all.probabilities[0] = all.compared - all.probabilities[1..].iter().sum::<u64>();
    all
}

/// The candidates of some records.
#[derive(Default)]
struct Part {
    edges: Vec<Edge>,
    ratios: Ratios,
    compared: u64,
    probabilities: [u64; 10],
}

impl Part {
    fn new(
        scorer: &Scorer,
        fit: &Fit,
        bounds: &Bounds<'_>,
        blocks: &Blocks,
        records: Range<usize>,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> Self {
        let prior = fit.log_odds();
        let features = &scorer.features;
        let mut scratch = Scratch::new();
        let mut part = Self::default();
        let (mut pairs, mut hopeful) = (Vec::new(), Vec::new());
        let end = records.end;
        for record in records {
            if is_over() {
                break;
            }
            let a = record as u32;
            pairs.extend(blocks.candidates(a).iter().map(|b| (a, *b)));
            let is_last = record + 1 == end;
            if pairs.len() < TOGETHER && !is_last {
                continue;
            }
            part.compared += pairs.len() as u64;
            for (a, b) in ahead(&pairs, |(_, b)| features.fetch_row(*b)) {
                if prior + bounds.most(*a, *b, &mut scratch) > HOPELESS {
                    hopeful.push((*a, *b));
                }
            }
            pairs.clear();
            if hopeful.len() < TOGETHER && !is_last {
                continue;
            }
            let fetch = |pair: &(u32, u32)| scorer.fetch(*pair);
            for (a, b) in ahead_twice(&hopeful, fetch, |pair| scorer.fetch_texts(*pair)) {
                scorer.compare(*a, *b, &mut scratch);
                let log_odds = prior + weight(&scratch.evidence, &fit.log_m);
                part.count(log_odds);
                if log_odds > LEAST_EDGE {
                    let (a, b) = (*a, *b);
                    part.edges.push(Edge { a, b, log_odds });
                    part.ratios.add(scorer, fit, (a, b), &scratch);
                }
            }
            hopeful.clear();
        }
        part
    }

    fn count(&mut self, log_odds: f32) {
        let tenth = match log_odds {
            // Most pairs: the probability is below 0.1.
            ..-2.5 => 0,
            log_odds => (probability(log_odds) * 10.0) as usize,
        };
        self.probabilities[tenth.min(9)] += 1;
    }
}

#[cfg(test)]
mod tests {
    use onefold_rows::hash::mix;

    use super::*;
    use crate::auto::comparisons;
    use crate::roles::Role;
    use crate::{Input, Options, Prepared};

    #[test]
    fn what_an_edge_says_is_what_its_records_say() {
        let names = ["ann", "anna", "bob", "rob", "eve"];
        let records = 1500u64;
        let column = |of: &dyn Fn(u64) -> String| -> Vec<Option<String>> {
            let is_there = |record: &u64| !mix(*record, 1).is_multiple_of(9);
            let value = |record: u64| is_there(&record).then(|| of(record / 2));
            (0..records).map(value).collect()
        };
        let name = |person: u64| {
            let given = names[(mix(person, 2) % 5) as usize];
            format!(
                "{given} {}",
                ["lee", "miller", "smith"][(person % 3) as usize]
            )
        };
        let columns = [
            column(&name),
            column(&|person| format!("p{}@example.org", person / 2)),
            column(&|person| format!("1980-01-{:02}", 1 + person % 28)),
        ];
        let input = Input {
            records: records as u32,
            columns: columns.iter().map(|column| column as _).collect(),
            sources: &[],
        };
        let roles = [Role::FullName, Role::Email, Role::BirthDate];
        let options = Options {
            comparisons: comparisons(&["name", "email", "born"], &roles),
            threads: 2,
            ..Options::default()
        };
        let prepared = Prepared::new(&input, &options, &|| false).expect("a model of its own");
        let (scorer, fit) = (&prepared.trained().scorer, &prepared.trained().fit);
        let blocks = Blocks::new(&scorer.features, 2);
        let edges = score(scorer, fit, &blocks, 2, &|| false).edges;
        assert!(edges.all.len() > 500, "{}", edges.all.len());
        assert!(edges.all.is_sorted_by_key(|edge| (edge.a, edge.b)));
        let (mut scratch, mut again) = (Scratch::new(), Ratios::default());
        for (number, Edge { a, b, .. }) in edges.all.iter().enumerate() {
            scorer.compare(*a, *b, &mut scratch);
            again.add(scorer, fit, (*a, *b), &scratch);
            assert_eq!(edges.ratios(*a, *b), Some(again.get(number)), "{a} {b}");
        }
        let ends: Vec<(u32, u32)> = edges.all.iter().map(|edge| (edge.a, edge.b)).collect();
        let no_edge = |b: &u32| ends.binary_search(&(0, *b)).is_err();
        for b in (1..records as u32).filter(no_edge) {
            assert_eq!(edges.ratios(0, b), None);
        }
        assert_eq!(edges.ratios(records as u32, 0), None);
    }
}
