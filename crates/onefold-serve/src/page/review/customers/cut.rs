//! Which decisions keep a customer whole, or part one record from it: as few as make it hold.
//!
//! # Algorithm
//! Whole: what is doubtful is decided, and what no kept link joins is joined to the first record. A run keeps one link for each record, so
//! two halves of a customer may have none between them.
//!
//! Parted: a record could come back by any of the others, so it is decided to be different from each, but for those that hold together
//! before it is asked: of them one is enough. Those are joined by links that are stronger than all links of the record. A decision is
//! stronger than a rule, a rule is stronger than the model; among the model's links none is sure to be asked first.

use std::collections::{BTreeSet, HashSet};

/// What joins two records, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    Model,
    Rule,
    Decision,
}

/// A link between two records of a customer, by their places among them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) ends: [usize; 2],
    pub(super) strength: Strength,
    pub(super) is_doubtful: bool,
}

/// The pairs that have to be the same; none where that is decided. `links` are those of the customer, the weakest first.
pub(super) fn whole(records: usize, links: &[Link]) -> Vec<[usize; 2]> {
    let of = |link: &Link| {
        (
            link.ends[0].min(link.ends[1]),
            link.ends[0].max(link.ends[1]),
        )
    };
    let decided = links
        .iter()
        .filter(|link| link.strength == Strength::Decision);
    let decided: HashSet<(usize, usize)> = decided.map(of).collect();
    let doubtful = links.iter().filter(|link| link.is_doubtful);
    let doubtful = doubtful.filter(|link| !decided.contains(&of(link)));
    let mut pairs: Vec<[usize; 2]> = doubtful.map(|link| link.ends).collect();
    let mut parts = Parts::new(records);
    for link in links {
        parts.join(link.ends);
    }
    for record in 1..records {
        if parts.root(record) == record && parts.root(0) != record {
            pairs.push([0, record]);
        }
    }
    if pairs.is_empty() && decided.is_empty() {
        pairs.extend(links.first().map(|link| link.ends));
    }
    // Two records may each be linked to the other.
    let mut seen = HashSet::new();
    pairs.retain(|[a, b]| seen.insert((*a.min(b), *a.max(b))));
    pairs
}

/// The records that a record has to be different from. `apart` are others that have been parted already.
pub(super) fn parted(
    record: usize,
    records: usize,
    links: &[Link],
    apart: &BTreeSet<usize>,
) -> Vec<usize> {
    let of_record = links.iter().filter(|link| link.ends.contains(&record));
    let strongest = of_record.map(|link| link.strength).max();
    let strongest = strongest.unwrap_or(Strength::Model);
    let is_other = |other: &usize| *other != record && !apart.contains(other);
    let mut parts = Parts::new(records);
    for link in links {
        if link.strength > strongest && link.ends.iter().all(is_other) {
            parts.join(link.ends);
        }
    }
    let others = (0..records).filter(is_other);
    others
        .filter(|other| parts.root(*other) == *other)
        .collect()
}

/// Records that hold together; the first of them stands for all.
struct Parts(Vec<usize>);

impl Parts {
    fn new(records: usize) -> Self {
        Self((0..records).collect())
    }

    fn root(&self, mut record: usize) -> usize {
        while let Some(up) = self.0.get(record).filter(|up| **up != record) {
            record = *up;
        }
        record
    }

    fn join(&mut self, [a, b]: [usize; 2]) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(up) = self.0.get_mut(a.max(b)) {
            *up = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(a: usize, b: usize, strength: Strength, is_doubtful: bool) -> Link {
        Link {
            ends: [a, b],
            strength,
            is_doubtful,
        }
    }

    fn by(strength: Strength, pairs: &[(usize, usize)]) -> Vec<Link> {
        let pairs = pairs.iter();
        pairs.map(|(a, b)| link(*a, *b, strength, false)).collect()
    }

    #[test]
    fn what_is_doubtful_and_what_nothing_joins_has_to_be_the_same() {
        let weak = link(1, 0, Strength::Model, true);
        let sure = link(2, 0, Strength::Model, false);
        assert_eq!(whole(3, &[weak, sure]), [[1, 0]]);
        // Where nothing is doubtful, the weakest link.
        assert_eq!(whole(3, &by(Strength::Rule, &[(2, 0), (1, 0)])), [[2, 0]]);
        // Two halves without a link between them, and links in both directions.
        let mutual = [
            link(2, 3, Strength::Model, true),
            link(3, 2, Strength::Model, true),
        ];
        let halves = [&mutual[..], &[link(1, 0, Strength::Model, false)]].concat();
        assert_eq!(whole(4, &halves), [[2, 3], [0, 2]]);
        assert_eq!(whole(2, &[]), [[0, 1]]);
        // What is decided is not decided again.
        let decided = link(0, 1, Strength::Decision, false);
        assert!(whole(2, &[link(1, 0, Strength::Model, true), decided]).is_empty());
    }

    #[test]
    fn a_record_is_parted_from_all_that_it_could_come_back_by() {
        let none = BTreeSet::new();
        // The model could link it with any of the others.
        let model = by(Strength::Model, &[(1, 0), (2, 1)]);
        assert_eq!(parted(2, 3, &model, &none), [0, 1]);
        // One rule holds for all: without two decisions the record would take one of the others with it.
        let rule = by(Strength::Rule, &[(1, 0), (2, 0)]);
        assert_eq!(parted(1, 3, &rule, &none), [0, 2]);
        // A rule joins the others before the model is asked.
        let mixed = [
            by(Strength::Rule, &[(1, 0), (2, 0)]),
            by(Strength::Model, &[(3, 1)]),
        ];
        assert_eq!(parted(3, 4, &mixed.concat(), &none), [0]);
        // A decision is stronger than a rule, and none is stronger than a decision.
        let decided = [
            by(Strength::Decision, &[(1, 0)]),
            by(Strength::Rule, &[(2, 0)]),
        ];
        assert_eq!(parted(2, 3, &decided.concat(), &none), [0]);
        assert_eq!(parted(1, 3, &decided.concat(), &none), [0, 2]);
    }

    #[test]
    fn what_is_parted_already_holds_nobody() {
        let rule = by(Strength::Rule, &[(1, 0), (2, 1)]);
        let apart = BTreeSet::from([1]);
        let model = by(Strength::Model, &[(3, 2)]);
        assert_eq!(parted(3, 4, &[rule, model].concat(), &apart), [0, 2]);
    }
}
