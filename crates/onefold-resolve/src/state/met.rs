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
use onefold_rows::hash::{ABSENT, hash_bytes, mix};
use onefold_rows::parallel::map_items;
use onefold_rows::partition::{deal, group, partitions};
use onefold_rows::{MAX_ROWS, Places, Scatter};

use super::assigned::NONE;
use super::error::{Kind, StateError};
use super::overlap::get;
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
        let mut met = Self::gather(state, customers, records)?;
        let (run, known) = (met.records.len(), state.records.len());
        if run + known > MAX_ROWS {
            return Err(Kind::TooMany.into());
        }
        let key = |row: usize| match row.checked_sub(run) {
            None => met.records.get(row).and_then(|r| Some((r.source, r.key?))),
            Some(place) => {
                let (source, key) = state.records.get(place);
                Some((get(&met.of_state, source), key))
            }
        };
        let hash = |part: usize, first: usize, hashes: &mut [u64]| {
            for (place, hash) in (first..).zip(hashes) {
                *hash = key(part * run + place).map_or(ABSENT, |(source, key)| {
                    mix(hash_bytes(key.as_bytes()), u64::from(source))
                });
            }
        };
        let places = Places::new([run, known]);
        let dealt = deal(&places, partitions(run + known), threads, hash);
        let (ids, before) = (state.records.ids(), Scatter::new(run, NONE));
        let repeated = map_items(threads, dealt, |runs| {
            let equal = |a: u32, b: u32| key(a as usize) == key(b as usize);
            let (groups, rows) = group(runs, equal).into_groups_and_rows();
            let mut repeated = Vec::new();
            for (row, number) in rows {
                let first = groups.get(number).map_or(row, |group| group.first);
                match (row as usize).checked_sub(run) {
                    None if row != first => repeated.push(row),
                    Some(place) if (first as usize) < run => {
                        before.set(first, ids.get(place).copied().unwrap_or(NONE));
                    }
                    _ => {}
                }
            }
            repeated
        });
        met.before = before.into_vec();
        for row in repeated.into_iter().flatten() {
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
