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
use onefold_rows::ahead::{ahead_twice, fetch, fetch_all};
use onefold_rows::hash::{ABSENT, hash_bytes, mix, narrow};
use onefold_rows::parallel::{map_items, map_ranges};
use onefold_rows::partition::{Runs, deal, group, partitions};
use onefold_rows::{MAX_ROWS, Places, Scatter};

use super::error::{Kind, StateError};
use super::numbers::{ASIDE, NONE, at, get};
use super::{Keyed, State};

/// The records of a run and the ids that they had.
pub struct Met<'a> {
    pub(super) state: &'a State,
    /// Names of the run and of the state, ascending.
    pub(super) sources: Vec<String>,
    /// The number of each of the state's sources among `sources`.
    pub(super) of_state: Vec<u32>,
    parts: Vec<Part<'a>>,
    /// Whether some keys do not fit into their views.
    has_long_keys: bool,
    places: Places,
    /// By record: the id that the state has for it, or [`NONE`], or [`ASIDE`].
    pub(super) before: Vec<u32>,
    pub(super) without_key: u64,
    pub(super) repeated: u64,
}

/// Source and key of a record of the state that was taken for another, and its id.
type Mistaken<'a> = ((u32, Cow<'a, str>), u32);

/// Records of a source, in order.
struct Part<'a> {
    /// Among [`Met::sources`].
    source: u32,
    keys: &'a StringViewArray,
}

impl State {
    /// Finds the records of a run in the state. Their order matters only where a key repeats: the first record stands for it.
    ///
    /// # Errors
    /// There are more records than can be numbered, or a record has two ids.
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

    /// Begins to fetch where the key of a record is.
    fn fetch(&self, record: u32) {
        if record != NONE {
            let at = self.places.at(record);
            let part = self.parts.get(at.part as usize);
            fetch(part.and_then(|part| part.keys.views().get(at.row as usize)));
        }
    }

    /// Begins to fetch the key of a record whose view has been fetched.
    fn fetch_key(&self, record: u32) {
        if let Some((_, key)) = self.key(record).filter(|_| self.has_long_keys) {
            fetch_all(key.as_bytes());
        }
    }

    /// Compares two records by source, then by key. Keys of different sources are not fetched.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        let sources = self.source(a).cmp(&self.source(b));
        sources.then_with(|| self.key(a).cmp(&self.key(b)))
    }

    /// The source of a record, among [`Met::sources`]; [`NONE`] where there is no such record.
    pub(super) fn source(&self, record: u32) -> u32 {
        let part = self.places.at(record).part;
        let part = self.parts.get(part as usize);
        part.map_or(NONE, |part| part.source)
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
        let rows = records.iter().map(|part| part.keys.len());
        if rows.sum::<usize>() + state.record_count() > MAX_ROWS {
            return Err(Kind::TooMany.into());
        }
        let mut met = Self::gather(state, records);
        let found = met.group(mask, threads);
        let (mut before, mistaken) = met.compare_in_order(&found.firsts, threads)?;
        for (record, id) in met.find_again(mistaken, threads) {
            at(&mut before, record, |before| *before = id);
        }
        met.before = before;
        met.set_aside(&found.repeated);
        Ok(met)
    }

    /// Groups records of the run and of the state by their keys. Keys of the run are compared at once; those of the state are believed to be
    /// the same where their hashes are, since in partitions they lie far apart.
    fn group(&self, mask: u64, threads: usize) -> Found {
        let old_parts = self.state.lines.parts();
        let lengths = self.parts.iter().map(|part| part.keys.len());
        let places = Places::new(lengths.chain(old_parts.iter().map(|part| part.record_count())));
        let of_key = |source: u32, key: &str| mix(hash_bytes(key.as_bytes()), u64::from(source));
        let hash = |part: usize, first: usize, hashes: &mut [u64]| {
            let rows = (first..).zip(hashes.iter_mut());
            if let Some(Part { source, keys, .. }) = self.parts.get(part) {
                rows.for_each(|(row, hash)| {
                    *hash = match keys.is_valid(row) {
                        true => of_key(*source, keys.value(row)),
                        false => ABSENT,
                    };
                });
            } else if let Some(old) = old_parts.get(part - self.parts.len()) {
                rows.for_each(|(record, hash)| {
                    let (source, key) = old.record(record);
                    *hash = of_key(get(&self.of_state, source), &key);
                });
            }
            narrow(hashes, mask);
        };
        let run = self.places.rows();
        let believed = |a: u32, b: u32| a as usize >= run || self.key(a) == self.key(b);
        let dealt = deal(&places, partitions(places.rows()), threads, hash);
        Found::new(run, places.rows() - run, dealt, threads, believed)
    }

    /// Compares the keys of the state with those that they are believed to be, in the order of the state. The ids that records of the run
    /// had, and what was believed by mistake: source and key, and the id.
    fn compare_in_order(
        &self,
        firsts: &[u32],
        threads: usize,
    ) -> Result<(Vec<u32>, Vec<Mistaken<'a>>), Kind> {
        let before = Scatter::new(self.places.rows(), NONE);
        let mut start = 0;
        let parts = self.state.lines.numbered().map(|(first_id, part)| {
            let end = start + part.record_count();
            let firsts = firsts.get(start..end).unwrap_or_default();
            start = end;
            (first_id, &**part, firsts)
        });
        let compared = map_items(threads, parts.collect(), |(first_id, part, firsts)| {
            let (mut met, mut mistaken) = (0, Vec::new());
            let mut ids = part.record_ids(first_id);
            let rows = ahead_twice(firsts, |row| self.fetch(*row), |row| self.fetch_key(*row));
            for (record, row) in rows.enumerate() {
                let id = ids.next().unwrap_or(NONE);
                let Some(of_run) = self.key(*row) else {
                    continue;
                };
                let (source, key) = part.record(record);
                let source = get(&self.of_state, source);
                match of_run == (source, &*key) {
                    true => {
                        before.set(*row, id);
                        met += 1;
                    }
                    false => mistaken.push(((source, key), id)),
                }
            }
            (met, mistaken)
        });
        let before = before.into_vec();
        let met: usize = compared.iter().map(|(met, _)| met).sum();
        if before.iter().filter(|before| **before != NONE).count() < met {
            return Err(Kind::TwoIds);
        }
        let mistaken = compared.into_iter().flat_map(|(_, mistaken)| mistaken);
        Ok((before, mistaken.collect()))
    }

    /// The records of the run that have a key after all, and the ids that they had.
    fn find_again(&self, mistaken: Vec<Mistaken<'a>>, threads: usize) -> Vec<(u32, u32)> {
        if mistaken.is_empty() {
            return Vec::new();
        }
        let ids: HashMap<_, _> = mistaken.into_iter().collect();
        let found = map_ranges(threads, self.places.rows(), |records| {
            let id = |record: u32| {
                let (source, key) = self.key(record)?;
                Some((record, *ids.get(&(source, Cow::Borrowed(key)))?))
            };
            let found = records.filter_map(|record| id(record as u32));
            found.collect::<Vec<_>>()
        });
        found.into_iter().flatten().collect()
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
        let names_before = state.sources.iter().map(String::as_str);
        let all: BTreeSet<&str> = names.chain(names_before).collect();
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
            has_long_keys: records
                .iter()
                .any(|part| !part.keys.data_buffers().is_empty()),
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
