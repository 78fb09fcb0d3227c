//! Which decisions hold, and for which records.
//!
//! # Algorithm
//! The latest decision comes first. Each holds unless those before it say otherwise: `same` joins components, `different` keeps two of
//! them apart. So the later decision wins, however long the chain of `same` is through which two contradict each other.

use std::collections::{HashMap, HashSet, VecDeque};

use arrow::array::Array;
use onefold_rows::Place;

use crate::bonds::Bonds;
use crate::decision::{Decision, DecisionReport, MissingRecord, Overruled, RecordName};
use crate::error::Error;
use crate::match_groups::{Link, MatchGroups};
use crate::records::Records;

/// How reports call the links of decisions.
pub const DECISION: &str = "decision";

/// Two records of a decision that holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) a: u32,
    pub(crate) b: u32,
    /// Of the decision.
    pub(crate) place: usize,
}

/// The decisions that hold.
#[derive(Default)]
pub(crate) struct Decided {
    /// Latest first.
    pub(crate) same: Vec<Pair>,
    pub(crate) different: Vec<Pair>,
    /// Both of them.
    pub(crate) bonds: Bonds,
    /// By record: those that it is the same as, with the place of the decision.
    neighbours: HashMap<u32, Vec<(u32, usize)>>,
}

impl Decided {
    /// Finds the records, and what holds.
    pub(crate) fn new(
        records: &Records,
        decisions: &[Decision],
    ) -> Result<(Self, DecisionReport), Error> {
        let mut decided = Self::default();
        let mut report = DecisionReport::default();
        if decisions.is_empty() {
            return Ok((decided, report));
        }
        let found = find(records, decisions)?;
        let mut pairs = Vec::new();
        for (place, decision) in decisions.iter().enumerate() {
            let names = [&decision.a, &decision.b];
            let [a, b] = names.map(|name| found.get(name).copied().flatten());
            if let (Some(a), Some(b)) = (a, b) {
                pairs.push((decision, Pair { a, b, place }));
                continue;
            }
            let is_known = |name: &RecordName| {
                let mut sources = records.sources.iter();
                sources.any(|source| source.name == name.source)
            };
            let missing = names.into_iter().zip([a, b]);
            let missing = missing.filter(|(_, record)| record.is_none());
            report
                .missing
                .extend(missing.map(|(name, _)| MissingRecord {
                    place,
                    record: name.clone(),
                    is_source_unknown: !is_known(name),
                }));
        }
        pairs.sort_by_key(|(decision, pair)| std::cmp::Reverse((decision.at, pair.place)));
        for (decision, pair) in pairs {
            match decided.hold(decision.same, pair) {
                Ok(()) => report.applied += 1,
                Err(mut by) => {
                    by.sort_unstable();
                    by.dedup();
                    let place = pair.place;
                    report.overruled.push(Overruled { place, by });
                }
            }
        }
        report.overruled.sort_by_key(|overruled| overruled.place);
        Ok((decided, report))
    }

    /// Lets a decision hold, unless those that hold contradict it: then their places.
    fn hold(&mut self, same: bool, pair: Pair) -> Result<(), Vec<usize>> {
        let Pair { a, b, place } = pair;
        if !same {
            if !self.bonds.part(a, b, place) {
                return Err(match a == b {
                    true => vec![place],
                    false => self.chain(a, b).map(|(_, place)| place).collect(),
                });
            }
            self.different.push(pair);
            return Ok(());
        }
        if let Err(apart) = self.bonds.join(a, b) {
            let (near, far) = match self.bonds.are_joined(apart.own, a) {
                true => (apart.own, apart.other),
                false => (apart.other, apart.own),
            };
            let chain = self.chain(a, near).chain(self.chain(far, b));
            let chain = chain.map(|(_, place)| place);
            return Err(chain.chain([apart.place]).collect());
        }
        if a != b {
            self.same.push(pair);
            self.neighbours.entry(a).or_default().push((b, place));
            self.neighbours.entry(b).or_default().push((a, place));
        }
        Ok(())
    }

    /// A shortest chain of `same` from `a` to `b`: each next record, and the place of the decision that leads to it.
    pub(crate) fn chain(&self, a: u32, b: u32) -> impl Iterator<Item = (u32, usize)> + use<> {
        // From the end, so that each record knows the next one.
        let mut next: HashMap<u32, (u32, usize)> = HashMap::new();
        let mut queue = VecDeque::from([b]);
        let mut seen = HashSet::from([b]);
        while let Some(record) = queue.pop_front() {
            if record == a {
                break;
            }
            for (other, place) in self.neighbours.get(&record).into_iter().flatten() {
                if seen.insert(*other) {
                    next.insert(*other, (record, *place));
                    queue.push_back(*other);
                }
            }
        }
        let mut at = a;
        std::iter::from_fn(move || {
            let step = next.remove(&at)?;
            at = step.0;
            Some(step)
        })
    }

    /// The records that are the same, as the links of a rule: each with the first of those that it was joined with.
    pub(crate) fn groups(&self) -> MatchGroups {
        let mut bonds = self.bonds.clone();
        let mut members: Vec<(u32, u32)> = self
            .neighbours
            .keys()
            .map(|record| (bonds.root(*record), *record))
            .collect();
        members.sort_unstable();
        let mut groups = MatchGroups::default();
        for same in members.chunk_by(|a, b| a.0 == b.0) {
            let Some(((_, first), others)) = same.split_first() else {
                continue;
            };
            groups.values += 1;
            groups.links.extend(others.iter().map(|(_, record)| Link {
                record: *record,
                first: *first,
            }));
        }
        groups.present = members.len() as u64;
        groups.records = groups.present;
        groups
    }

    /// The place of the latest decision that says that two records are the same.
    pub(crate) fn place_of(&self, a: u32, b: u32) -> Option<usize> {
        let neighbours = self.neighbours.get(&a)?;
        let direct = neighbours.iter().find(|(other, _)| *other == b);
        direct.map(|(_, place)| *place)
    }
}

/// The first record with each name that decisions have.
fn find<'a>(
    records: &Records,
    decisions: &'a [Decision],
) -> Result<HashMap<&'a RecordName, Option<u32>>, Error> {
    let names = decisions
        .iter()
        .flat_map(|decision| [&decision.a, &decision.b]);
    let mut found: HashMap<&RecordName, Option<u32>> = names.map(|name| (name, None)).collect();
    // By source, then key, so that keys are looked up as they are.
    let mut wanted: HashMap<&str, HashMap<&str, &RecordName>> = HashMap::new();
    for name in found.keys() {
        let keys = wanted.entry(name.source.as_str()).or_default();
        keys.insert(name.key.as_str(), name);
    }
    let mut first = 0;
    for part in 0..records.part_count() as u32 {
        let source = records.source_at(Place { part, row: 0 });
        let keys = records.keys(part)?;
        if let Some(wanted) = wanted.get(records.sources[source].name.as_str()) {
            let are_keyed = records.are_keyed(part);
            for (row, key) in keys.iter().enumerate() {
                let name = key.and_then(|key| wanted.get(key));
                if let Some(slot) = name.and_then(|name| found.get_mut(name))
                    && are_keyed.at(row)
                {
                    slot.get_or_insert(first + row as u32);
                }
            }
        }
        first += keys.len() as u32;
    }
    Ok(found)
}
