//! The records of a run, met with those of the state by source and key.
//!
//! # Algorithm
//! Records of the run and of the state are rows of one table, the run's first, and are grouped by source and key
//! ([`onefold_rows::partition`]). The first row of a group is the record of the run that stands for the key. Other rows of the run repeat
//! it, and a row of the state says which id it had.
//!
//! # Memory
//! 24 bytes a record of the run and 12 bytes a record of either while it works.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use onefold_rows::hash::{ABSENT, hash_bytes, mix, narrow};
use onefold_rows::parallel::{map_items, map_ranges};
use onefold_rows::partition::{Runs, deal, group, partitions};
use onefold_rows::{MAX_ROWS, Places, Scatter};

use super::assigned::NONE;
use super::error::{Kind, StateError};
use super::numbers::{at, get};
use super::{Keyed, State};

/// A record of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present<'a> {
    pub(super) customer: u32,
    /// Among [`Met::sources`].
    pub(super) source: u32,
    /// None where it has none, or an earlier record of its source has the same.
    pub(super) key: Option<&'a str>,
}

/// The records of a run and the ids that they had.
pub(super) struct Met<'a> {
    /// Names of the run and of the state, ascending.
    pub(super) sources: Vec<String>,
    /// The number of each of the state's sources among `sources`.
    pub(super) of_state: Vec<u32>,
    pub(super) records: Vec<Present<'a>>,
    /// By record: the id that the state has for it, or [`NONE`].
    pub(super) before: Vec<u32>,
    pub(super) without_key: u64,
    pub(super) repeated: u64,
}

impl<'a> Met<'a> {
    /// Source and key of a record that stands for its key.
    pub(super) fn key(&self, record: u32) -> Option<(u32, &'a str)> {
        let record = self.records.get(record as usize)?;
        Some((record.source, record.key?))
    }

    pub(super) fn new(
        state: &State,
        customers: u32,
        records: impl IntoIterator<Item = Keyed<'a>>,
        threads: usize,
    ) -> Result<Self, StateError> {
        Self::by_hash(state, customers, records, u64::MAX, threads)
    }

    /// As [`new`](Self::new), with the bits of `mask` of each hash: all, except where a test wants collisions.
    fn by_hash(
        state: &State,
        customers: u32,
        records: impl IntoIterator<Item = Keyed<'a>>,
        mask: u64,
        threads: usize,
    ) -> Result<Self, StateError> {
        let mut met = Self::gather(state, customers, records)?;
        let (run, known) = (met.records.len(), state.records.len());
        if run + known > MAX_ROWS {
            return Err(Kind::TooMany.into());
        }
        let key = |row: usize| match row.checked_sub(run) {
            None => met
                .key(row as u32)
                .map(|(source, key)| (source, key.as_bytes())),
            Some(place) => {
                let (source, key) = state.records.get_bytes(place);
                Some((get(&met.of_state, source), key))
            }
        };
        let hash = |part: usize, first: usize, hashes: &mut [u64]| {
            for (place, hash) in (first..).zip(hashes.iter_mut()) {
                *hash = key(part * run + place).map_or(ABSENT, |(source, key)| {
                    mix(hash_bytes(key), u64::from(source))
                });
            }
            narrow(hashes, mask);
        };
        let places = Places::new([run, known]);
        let same = |a: u32, b: u32| key(a as usize) == key(b as usize);
        // Keys of the run are compared at once. Those of the state are believed first, and compared in their order: in partitions they lie
        // far apart.
        let believed = |a: u32, b: u32| a as usize >= run || same(a, b);
        let dealt = deal(&places, partitions(run + known), threads, hash);
        let mut found = Found::new(run, known, dealt, threads, believed);
        let wrong = map_ranges(threads, known, |range| {
            let is_wrong = |place: &usize| {
                let first = get(&found.firsts, *place as u32);
                first != NONE && !same((run + place) as u32, first)
            };
            range.filter(is_wrong).collect::<Vec<_>>()
        });
        let wrong: HashMap<_, u32> = wrong
            .into_iter()
            .flatten()
            .map(|place| (key(run + place), place as u32))
            .collect();
        if !wrong.is_empty() {
            let rows = map_ranges(threads, run, |range| {
                let right = |row| Some((*wrong.get(&key(row))?, row as u32));
                range.filter_map(right).collect::<Vec<_>>()
            });
            for place in wrong.values() {
                at(&mut found.firsts, *place, |first| *first = NONE);
            }
            for (place, row) in rows.into_iter().flatten() {
                at(&mut found.firsts, place, |first| *first = row.min(*first));
            }
        }
        met.before = vec![NONE; run];
        for (first, id) in found.firsts.into_iter().zip(state.records.ids()) {
            at(&mut met.before, first, |before| *before = id);
        }
        for row in found.repeated {
            met.repeated += 1;
            if let Some(record) = met.records.get_mut(row as usize) {
                record.key = None;
            }
        }
        Ok(met)
    }

    fn gather(
        state: &State,
        customers: u32,
        records: impl IntoIterator<Item = Keyed<'a>>,
    ) -> Result<Self, StateError> {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut names: Vec<&str> = Vec::new();
        let mut last = ("", NONE);
        let records = records.into_iter();
        let mut gathered = Vec::with_capacity(records.size_hint().0);
        let mut without_key = 0;
        for record in records {
            let Keyed {
                customer,
                source,
                key,
            } = record;
            if customer >= customers {
                return Err(Kind::NoSuchCustomer {
                    customer,
                    customers,
                }
                .into());
            }
            without_key += u64::from(key.is_none());
            if last.1 == NONE || last.0 != source {
                let number = *numbers.entry(source).or_insert_with(|| {
                    names.push(source);
                    names.len() as u32 - 1
                });
                last = (source, number);
            }
            gathered.push(Present {
                customer,
                source: last.1,
                key,
            });
        }
        let known = state.sources.iter().map(String::as_str);
        let all: BTreeSet<&str> = names.iter().copied().chain(known).collect();
        let sources: Vec<String> = all.into_iter().map(str::to_owned).collect();
        let rank = |name: &str| {
            let found = sources.binary_search_by(|other| (**other).cmp(name));
            found.unwrap_or_default() as u32
        };
        let ranks: Vec<u32> = names.iter().map(|name| rank(name)).collect();
        for record in &mut gathered {
            record.source = get(&ranks, record.source);
        }
        Ok(Self {
            of_state: state.sources.iter().map(|name| rank(name)).collect(),
            sources,
            records: gathered,
            before: Vec::new(),
            without_key,
            repeated: 0,
        })
    }
}

/// Rows with the same key.
struct Found {
    /// By record of the state: the first record of the run that has its key, or [`NONE`].
    firsts: Vec<u32>,
    /// Records of the run whose key an earlier one has.
    repeated: Vec<u32>,
}

impl Found {
    /// Looks in each partition of `run` rows of the run and `known` rows of the state.
    fn new(
        run: usize,
        known: usize,
        dealt: Vec<Runs>,
        threads: usize,
        same: impl Fn(u32, u32) -> bool + Sync,
    ) -> Self {
        let firsts = Scatter::new(known, NONE);
        let repeated = map_items(threads, dealt, |runs| {
            let (groups, rows) = group(runs, &same).into_groups_and_rows();
            let mut repeated = Vec::new();
            for (row, number) in rows {
                let first = groups.get(number).map_or(row, |group| group.first);
                match (row as usize).checked_sub(run) {
                    None if row != first => repeated.push(row),
                    Some(place) if (first as usize) < run => firsts.set(place as u32, first),
                    _ => {}
                }
            }
            repeated
        });
        Self {
            firsts: firsts.into_vec(),
            repeated: repeated.into_iter().flatten().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::IdScheme;

    #[test]
    fn records_whose_hashes_collide_are_not_taken_for_each_other() {
        let keys: Vec<String> = (0..5000).map(|key| format!("K{}", key % 4900)).collect();
        let keyed = |key: usize| Keyed {
            customer: key as u32,
            source: if key.is_multiple_of(3) { "shop" } else { "crm" },
            key: keys.get(key).map(String::as_str),
        };
        let scheme = IdScheme::Numbers {
            prefix: "C".to_owned(),
            digits: 1,
        };
        let before = State::default().assign(5000, (0..4000).map(keyed), &scheme, "", 1);
        let state = before.expect("assigned").next;
        let meet = |mask, threads| {
            let records = (0..5000).rev().map(keyed);
            let met = Met::by_hash(&state, 5000, records, mask, threads).expect("met");
            let keys: Vec<_> = (0..5000).map(|record| met.key(record)).collect();
            (met.before, keys, met.repeated)
        };
        let (before, keys, repeated) = meet(u64::MAX, 1);
        let id = |place: usize| state.ids.get(before[place] as usize);
        assert_eq!(id(3999), state.id_of("crm", "K1000").expect("known"));
        assert_eq!(before.iter().filter(|id| **id != NONE).count(), 4000);
        // 33 of the last 100 records have source and key of one of the first.
        assert_eq!(repeated, 33);
        for mask in [0xff, 0x1_0000_000f, 1, 0] {
            for threads in [1, 3] {
                let all = (before.clone(), keys.clone(), repeated);
                assert_eq!(meet(mask, threads), all, "{mask:x}, {threads} threads");
            }
        }
    }
}
