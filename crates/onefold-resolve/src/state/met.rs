//! The records of a run, met with those of the state by source and key.
//!
//! # Algorithm
//! Records of the run and of the state are rows of one table, the run's first, and are grouped by source and key
//! ([`onefold_rows::partition`]). The first row of a group is the record of the run that stands for the key. Other rows of the run repeat
//! it, and a row of the state says which id it had.
//!
//! # Memory
//! 4 bytes a record of the run, and 16 bytes a record of either while it works.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use arrow::array::{Array, StringViewArray};
use hashbrown::HashMap;
use onefold_rows::hash::{ABSENT, hash_bytes, mix, narrow};
use onefold_rows::parallel::{map_items, map_ranges};
use onefold_rows::partition::{Runs, deal, group, partitions};
use onefold_rows::{MAX_ROWS, Places, Scatter};

use super::error::{Kind, StateError};
use super::numbers::{ASIDE, NONE, at, get};
use super::{Keyed, State};

/// Keys that are fetched together: where each is, the processor finds out at the same time.
const FETCHED: usize = 128;

/// The records of a run and the ids that they had.
pub struct Met<'a> {
    pub(super) state: &'a State,
    /// Names of the run and of the state, ascending.
    pub(super) sources: Vec<String>,
    /// The number of each of the state's sources among `sources`.
    pub(super) of_state: Vec<u32>,
    parts: Vec<Part<'a>>,
    places: Places,
    /// By record: the id that the state has for it, or [`NONE`], or [`ASIDE`].
    pub(super) before: Vec<u32>,
    pub(super) without_key: u64,
    pub(super) repeated: u64,
}

/// Records of a source, in order.
struct Part<'a> {
    /// Among [`Met::sources`].
    source: u32,
    keys: &'a StringViewArray,
}

impl State {
    /// Looks for the records of a run, in any order but for repeated keys.
    ///
    /// # Errors
    /// There are more records than can be numbered.
    pub fn meet<'a>(
        &'a self,
        records: &[Keyed<'a>],
        threads: usize,
    ) -> Result<Met<'a>, StateError> {
        Met::by_hash(self, records, u64::MAX, threads)
    }
}

impl<'a> Met<'a> {
    /// Source and key of a record, if it has one; `None` for [`NONE`].
    pub(super) fn key(&self, record: u32) -> Option<(u32, &'a str)> {
        if record == NONE {
            return None;
        }
        let at = self.places.at(record);
        let part = self.parts.get(at.part as usize)?;
        let (keys, row) = (part.keys, at.row as usize);
        keys.is_valid(row).then(|| (part.source, keys.value(row)))
    }

    /// Compares two records by source, then by key.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        let source = |record: u32| {
            let part = self.places.at(record).part;
            self.parts.get(part as usize).map(|part| part.source)
        };
        source(a)
            .cmp(&source(b))
            .then_with(|| self.key(a).cmp(&self.key(b)))
    }

    /// Which of the sources have records that stand for their keys.
    pub(super) fn used(&self) -> Vec<bool> {
        let mut is_used = vec![false; self.sources.len()];
        let mut before = self.before.as_slice();
        for part in &self.parts {
            let (of_part, rest) = before.split_at(part.keys.len().min(before.len()));
            before = rest;
            if let Some(is_used) = is_used.get_mut(part.source as usize) {
                *is_used |= of_part.iter().any(|before| *before != ASIDE);
            }
        }
        is_used
    }

    /// As [`State::meet`], with the bits of `mask` of each hash: all, except where a test wants collisions.
    fn by_hash(
        state: &'a State,
        records: &[Keyed<'a>],
        mask: u64,
        threads: usize,
    ) -> Result<Self, StateError> {
        let mut met = Self::gather(state, records);
        let known = state.lines.parts();
        let run = met.places.rows();
        let lengths = records.iter().map(|part| part.keys.len());
        let lengths = lengths.chain(known.iter().map(|part| part.record_count()));
        if lengths.clone().sum::<usize>() > MAX_ROWS {
            return Err(Kind::TooMany.into());
        }
        let places = Places::new(lengths);
        let of_state = |source: u32| get(&met.of_state, source);
        let hash_key = |source: u32, key: &str| mix(hash_bytes(key.as_bytes()), u64::from(source));
        let hash = |part: usize, first: usize, hashes: &mut [u64]| {
            let rows = (first..).zip(hashes.iter_mut());
            if let Some(Part { source, keys, .. }) = met.parts.get(part) {
                rows.for_each(|(row, hash)| {
                    *hash = match keys.is_valid(row) {
                        true => hash_key(*source, keys.value(row)),
                        false => ABSENT,
                    };
                });
            } else if let Some(known) = known.get(part - met.parts.len()) {
                rows.for_each(|(record, hash)| {
                    let (source, key) = known.record(record);
                    *hash = hash_key(of_state(source), &key);
                });
            }
            narrow(hashes, mask);
        };
        // Keys of the run are compared at once. Those of the state are believed first, and compared in their order: in partitions they lie
        // far apart.
        let believed = |a: u32, b: u32| a as usize >= run || met.key(a) == met.key(b);
        let dealt = deal(&places, partitions(places.rows()), threads, hash);
        let found = Found::new(run, places.rows() - run, dealt, threads, believed);

        let before = Scatter::new(run, NONE);
        let mut first = 0;
        let parts = state.lines.numbered().map(|(first_id, part)| {
            let firsts = found.firsts.get(first..).unwrap_or_default();
            let firsts = firsts.get(..part.record_count()).unwrap_or_default();
            first += part.record_count();
            (first_id, &**part, firsts)
        });
        let wrong = map_items(threads, parts.collect(), |(first_id, part, firsts)| {
            let mut wrong = Vec::new();
            let mut ids = part.record_ids(first_id);
            for (start, rows) in (0..).step_by(FETCHED).zip(firsts.chunks(FETCHED)) {
                let keys: Vec<_> = rows.iter().map(|row| met.key(*row)).collect();
                for (record, (row, key)) in (start..).zip(rows.iter().zip(keys)) {
                    let id = ids.next().unwrap_or(NONE);
                    let Some(of_run) = key else {
                        continue;
                    };
                    let (source, key) = part.record(record);
                    let source = of_state(source);
                    match of_run == (source, &*key) {
                        true => before.set(*row, id),
                        false => wrong.push(((source, key), id)),
                    }
                }
            }
            wrong
        });
        let wrong: HashMap<_, _> = wrong.into_iter().flatten().collect();
        met.before = before.into_vec();
        if !wrong.is_empty() {
            let rows = map_ranges(threads, run, |range| {
                let right = |row: u32| {
                    let (source, key) = met.key(row)?;
                    Some((*wrong.get(&(source, Cow::Borrowed(key)))?, row))
                };
                range
                    .filter_map(|row| right(row as u32))
                    .collect::<Vec<_>>()
            });
            for (id, row) in rows.into_iter().flatten() {
                at(&mut met.before, row, |before| *before = id);
            }
        }
        met.set_aside(&found.repeated);
        Ok(met)
    }

    /// Sets those records aside that do not stand for their key.
    fn set_aside(&mut self, repeated: &[u32]) {
        self.repeated = repeated.len() as u64;
        for row in repeated {
            at(&mut self.before, *row, |before| *before = ASIDE);
        }
        for (part, keys) in self.parts.iter().map(|part| part.keys).enumerate() {
            if keys.null_count() > 0 {
                self.without_key += keys.null_count() as u64;
                let rows = (self.places.first_of(part)..).zip(0..keys.len());
                for (row, _) in rows.filter(|(_, row)| keys.is_null(*row)) {
                    at(&mut self.before, row, |before| *before = ASIDE);
                }
            }
        }
    }

    fn gather(state: &'a State, records: &[Keyed<'a>]) -> Self {
        let names = records.iter().map(|part| part.source);
        let known = state.sources.iter().map(String::as_str);
        let all: BTreeSet<&str> = names.chain(known).collect();
        let sources: Vec<String> = all.into_iter().map(str::to_owned).collect();
        let rank = |name: &str| {
            let found = sources.binary_search_by(|other| (**other).cmp(name));
            found.unwrap_or_default() as u32
        };
        let parts = records.iter().map(|part| Part {
            source: rank(part.source),
            keys: part.keys,
        });
        Self {
            state,
            of_state: state.sources.iter().map(|name| rank(name)).collect(),
            parts: parts.collect(),
            places: Places::new(records.iter().map(|part| part.keys.len())),
            sources,
            before: Vec::new(),
            without_key: 0,
            repeated: 0,
        }
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
        let rows = |rows: &mut dyn Iterator<Item = usize>| {
            // Every third is of the shop.
            let (shop, crm): (Vec<usize>, Vec<usize>) = rows.partition(|row| row % 3 == 0);
            let customers: Vec<u32> = shop.iter().chain(&crm).map(|row| *row as u32).collect();
            let keys = [shop, crm].map(|rows| -> StringViewArray {
                let keys = rows.iter().map(|row| Some(format!("K{}", row % 4900)));
                keys.collect()
            });
            (customers, keys)
        };
        fn keyed(keys: &[StringViewArray; 2]) -> [Keyed<'_>; 2] {
            let of = |source, keys| Keyed { source, keys };
            [of("shop", &keys[0]), of("crm", &keys[1])]
        }
        let scheme = IdScheme::Numbers {
            prefix: "C".to_owned(),
            digits: 1,
        };
        let (customers, keys) = rows(&mut (0..4000));
        let none = State::default();
        let before = none.meet(&keyed(&keys), 1).expect("met");
        let before = before.assign(5000, &customers, &scheme, "", 1);
        let state = before.expect("assigned").next;
        let (customers, now) = rows(&mut (0..5000).rev());
        let place = customers.iter().position(|customer| *customer == 1000);
        let place = place.expect("there");
        let meet = |mask, threads| {
            let met = Met::by_hash(&state, &keyed(&now), mask, threads).expect("met");
            let keys: Vec<_> = (0..5000)
                .map(|row| met.key(row).map(|(source, key)| (source, key.to_owned())))
                .collect();
            (met.before, keys, met.repeated)
        };
        let (before, keys, repeated) = meet(u64::MAX, 1);
        let id = state.ids.get(before[place] as usize);
        assert_eq!(id, state.id_of("crm", "K1000").expect("known"));
        assert_eq!(before.iter().filter(|id| **id < ASIDE).count(), 4000);
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
