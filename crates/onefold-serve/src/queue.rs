//! The doubtful pairs of a `resolve` table of a run, in the order in which somebody looks at them: the least certain first.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use onefold_engine::browse::Table;
use onefold_engine::{Decision, Error};

/// Rows that are read at once.
const ROWS: usize = 50_000;

/// Doubtful pairs; a pair is called by the number of its row in the side table `possible`.
#[derive(Debug)]
pub(crate) struct Queue {
    order: Vec<u32>,
    /// By row: its place in the order.
    places: Vec<u32>,
    /// By what its records are called: the first row.
    rows: HashMap<u64, u32>,
    /// The other rows of pairs that are called the same, because their keys are those of several records.
    others: HashMap<u64, Vec<u32>>,
    scores: Vec<f64>,
}

impl Queue {
    /// Of the side table `possible`.
    ///
    /// # Errors
    /// It cannot be read, or has other columns.
    pub(crate) fn new(table: &Table) -> Result<Self, Error> {
        let columns = ["record_key", "source", "other_key", "other_source", "score"];
        let columns = columns.map(|name| table.column(name));
        let columns: Vec<usize> = columns.into_iter().collect::<Result<_, _>>()?;
        let all = table.view(&[], &[])?;
        let mut pairs = Vec::new();
        while (pairs.len() as u64) < all.rows() {
            let page = table.page(&all, &columns, pairs.len() as u64, ROWS)?;
            if page.is_empty() {
                break;
            }
            pairs.extend(page.into_iter().map(|row| {
                let mut values = row.into_iter().map(Option::unwrap_or_default);
                let mut next = || values.next().unwrap_or_default();
                let (key, source, other_key, other_source) = (next(), next(), next(), next());
                let named = name((&source, &key), (&other_source, &other_key));
                (named, next().parse().unwrap_or(0.5))
            }));
        }
        Ok(Self::of(&pairs))
    }

    /// Of pairs by what their records are called, with their scores.
    fn of(pairs: &[(u64, f64)]) -> Self {
        let mut rows = HashMap::new();
        let mut others: HashMap<u64, Vec<u32>> = HashMap::new();
        for (row, (named, _)) in (0..).zip(pairs) {
            if *rows.entry(*named).or_insert(row) != row {
                others.entry(*named).or_default().push(row);
            }
        }
        let scores: Vec<f64> = pairs.iter().map(|(_, score)| *score).collect();
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let doubt = |row: &u32| scores.get(*row as usize).map_or(0.0, |s| (s - 0.5).abs());
        order.sort_by(|a, b| doubt(a).total_cmp(&doubt(b)).then(a.cmp(b)));
        let mut places = vec![0; order.len()];
        for (place, row) in order.iter().enumerate() {
            places[*row as usize] = place as u32;
        }
        Self {
            order,
            places,
            rows,
            others,
            scores,
        }
    }

    /// How many pairs there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// How many pairs are at least this likely.
    pub(crate) fn likely(&self, least: f64) -> usize {
        let likely = |score: &&f64| **score >= least;
        self.scores.iter().filter(likely).count()
    }

    /// The place of a pair in the order, from 0.
    pub(crate) fn place(&self, row: u32) -> Option<usize> {
        self.places.get(row as usize).map(|place| *place as usize)
    }

    /// The pairs that somebody has decided on, each with the decision that holds.
    pub(crate) fn decided<'d>(&self, decisions: &'d [Decision]) -> HashMap<u32, &'d Decision> {
        let mut decided: HashMap<u32, &Decision> = HashMap::new();
        for decision in decisions {
            let named = pair_name(decision);
            let others = self.others.get(&named).into_iter().flatten();
            for row in self.rows.get(&named).into_iter().chain(others) {
                let known = decided.entry(*row).or_insert(decision);
                // The later one holds.
                if decision.at >= known.at {
                    *known = decision;
                }
            }
        }
        decided
    }

    /// The next pair that is at least this likely and on which nobody has decided, after one or from the first; round and round.
    pub(crate) fn next(
        &self,
        after: Option<u32>,
        least: f64,
        decided: &HashMap<u32, &Decision>,
    ) -> Option<u32> {
        let start = after.and_then(|row| self.place(row));
        let start = start.map_or(0, |place| place + 1);
        let (before, rest) = self.order.split_at(start.min(self.order.len()));
        let likely = |row: &u32| {
            let score = self.scores.get(*row as usize);
            score.is_some_and(|score| *score >= least)
        };
        let mut rows = rest.iter().chain(before).copied();
        rows.find(|row| !decided.contains_key(row) && Some(*row) != after && likely(row))
    }
}

/// What the two records of a decision are called, whichever of them comes first.
pub(crate) fn pair_name(decision: &Decision) -> u64 {
    let (a, b) = (&decision.a, &decision.b);
    name((&a.source, &a.key), (&b.source, &b.key))
}

/// What two records are called, whichever of them comes first.
pub(crate) fn name(a: (&str, &str), b: (&str, &str)) -> u64 {
    let mut hasher = DefaultHasher::new();
    (a.min(b), a.max(b)).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use onefold_engine::RecordName;

    use super::*;

    fn queue(scores: &[f64], names: &[(&str, &str)]) -> Queue {
        let names = names.iter().map(|(a, b)| name(("crm", a), ("crm", b)));
        let pairs: Vec<(u64, f64)> = names.zip(scores.iter().copied()).collect();
        Queue::of(&pairs)
    }

    fn decision(a: &str, b: &str, same: bool, at: Option<i64>) -> Decision {
        Decision {
            same,
            a: RecordName::new("crm", a),
            b: RecordName::new("crm", b),
            who: String::new(),
            at,
            why: String::new(),
        }
    }

    #[test]
    fn pairs_come_by_doubt_until_all_are_decided() {
        let queue = queue(&[0.9, 0.5, 0.3], &[("1", "2"), ("3", "4"), ("5", "6")]);
        let none = HashMap::new();
        assert_eq!(queue.next(None, 0.0, &none), Some(1));
        assert_eq!(queue.next(Some(1), 0.0, &none), Some(2));
        assert_eq!(queue.next(Some(0), 0.0, &none), Some(1));
        assert_eq!(queue.next(Some(1), 0.6, &none), Some(0));
        assert_eq!(queue.likely(0.5), 2);
        let decisions = [
            decision("4", "3", true, Some(5)),
            decision("3", "4", false, Some(7)),
            decision("3", "4", true, None),
            decision("7", "8", true, None),
        ];
        let decided = queue.decided(&decisions);
        assert_eq!(decided.len(), 1);
        assert_eq!(decided.get(&1).map(|decision| decision.at), Some(Some(7)));
        assert_eq!(queue.next(None, 0.0, &decided), Some(2));
        assert_eq!(queue.next(Some(0), 0.0, &decided), Some(2));
        let more = [
            decision("1", "2", true, None),
            decision("5", "6", true, None),
        ];
        let all: Vec<Decision> = decisions.into_iter().chain(more).collect();
        assert_eq!(queue.next(Some(2), 0.0, &queue.decided(&all)), None);
    }

    #[test]
    fn a_decision_holds_for_all_pairs_that_are_called_the_same() {
        let queue = queue(&[0.9, 0.5, 0.3], &[("1", "2"), ("3", "4"), ("2", "1")]);
        let decisions = [decision("1", "2", true, None)];
        let decided = queue.decided(&decisions);
        let mut rows: Vec<u32> = decided.keys().copied().collect();
        rows.sort_unstable();
        assert_eq!(rows, [0, 2]);
        assert_eq!(queue.next(Some(1), 0.0, &decided), None);
    }
}
