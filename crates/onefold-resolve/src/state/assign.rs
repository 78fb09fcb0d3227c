//! Which customer gets which id.
//!
//! # Algorithm
//! The records of the run are sorted by source and key, and met with those of the state, which are sorted already. Each meeting is one
//! record that an old customer and a new one share; sorted and counted they make *overlaps*. Nearly all overlaps are the only one on both
//! sides, and decide themselves. The rest are sorted by size and age, and the first to ask gets the id.
//!
//! # Memory
//! 40 bytes a record and 16 bytes an overlap while it works, beside the old state and the next one.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::assigned::{Assigned, Counts, Event, Happened, NONE};
use super::error::{Kind, StateError};
use super::overlap::{Old, Overlap, at, get, give, moved, overlaps};
use super::scheme::IdScheme;
use super::texts::Texts;
use super::{Fate, Keyed, Known, State};

/// A record of the run.
struct Present<'a> {
    source: u32,
    /// Its number among the records of the run.
    record: u32,
    /// The first bytes of the key, which nearly always tell two keys apart.
    start: u64,
    key: &'a str,
    customer: u32,
}

impl State {
    /// Gives ids to the customers of a run. `records` are all of the run, in any order but for repeated keys, and `run` is what the
    /// caller calls it. The [module](crate::state) says how it is decided.
    ///
    /// # Errors
    /// A record names a customer beyond `customers`, or there are more ids than can be numbered.
    pub fn assign<'a>(
        &self,
        customers: u32,
        records: impl IntoIterator<Item = Keyed<'a>>,
        scheme: &IdScheme,
        run: &str,
    ) -> Result<Assigned, StateError> {
        let mut gathered = self.gather(customers, records)?;
        let before = self.meet(&mut gathered);
        let Gathered {
            sources,
            present,
            total,
            ..
        } = &gathered;
        let mut sizes = vec![0u32; customers as usize];
        let mut by_record = vec![NONE; *total];
        let mut shared = Vec::new();
        for (place, (record, id)) in present.iter().zip(&before).enumerate() {
            at(&mut sizes, record.customer, |size| *size += 1);
            if *id != NONE {
                at(&mut by_record, record.record, |slot| *slot = *id);
                shared.push((record.customer, *id, place as u32));
            }
        }
        let overlaps = overlaps(shared);
        let mut old = Old::new(self, &overlaps);
        let mut ids = vec![NONE; customers as usize];
        let is_gone = |id: u32| self.retired.contains_key(&id);
        let in_use = overlaps.iter().filter(|overlap| !is_gone(overlap.id));
        give(in_use, &mut old, &mut ids);
        let without_id = ids.clone();
        let is_open =
            |overlap: &&Overlap| is_gone(overlap.id) && get(&without_id, overlap.customer) == NONE;
        give(overlaps.iter().filter(is_open), &mut old, &mut ids);

        let mut next = State {
            run: self.run + 1,
            label: run.to_owned(),
            given: self.given,
            ids: self.ids.clone(),
            ..State::default()
        };
        for record in present {
            if get(&ids, record.customer) == NONE {
                let source = sources.get(record.source as usize);
                let first = (source.map_or("", String::as_str), record.key);
                let id = scheme.mint(&mut next.ids, &mut next.given, Some(first));
                at(&mut ids, record.customer, |slot| *slot = id.unwrap_or(NONE));
            }
        }
        for slot in ids.iter_mut().filter(|id| **id == NONE) {
            let id = scheme.mint(&mut next.ids, &mut next.given, None);
            *slot = id.ok_or(Kind::TooMany)?;
        }

        let moved = moved(&overlaps, &old);
        next.retired = self.fates(&old, &moved, &ids, next.run);
        next.past = self.past(&next.retired, next.run);
        self.keep(&mut next, gathered.sources, &gathered.present, &ids);
        let happened = self.happened(&overlaps, &moved, &old, &ids, &sizes);
        Ok(Assigned {
            next,
            without_key: gathered.without_key,
            repeated: gathered.repeated,
            ids,
            before: by_record,
            happened,
        })
    }
}

/// The records of a run that have a key of their own, by source and key.
struct Gathered<'a> {
    /// Names of the run and of the state, ascending.
    sources: Vec<String>,
    present: Vec<Present<'a>>,
    total: usize,
    without_key: u64,
    repeated: u64,
}

impl State {
    fn gather<'a>(
        &self,
        customers: u32,
        records: impl IntoIterator<Item = Keyed<'a>>,
    ) -> Result<Gathered<'a>, StateError> {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut names: Vec<&str> = Vec::new();
        let (mut present, mut total, mut without_key) = (Vec::new(), 0, 0);
        for Keyed {
            customer,
            source,
            key,
        } in records
        {
            let record = total as u32;
            total += 1;
            if customer >= customers {
                return Err(Kind::NoSuchCustomer {
                    customer,
                    customers,
                }
                .into());
            }
            let Some(key) = key else {
                without_key += 1;
                continue;
            };
            let source = *numbers.entry(source).or_insert_with(|| {
                names.push(source);
                names.len() as u32 - 1
            });
            present.push(Present {
                source,
                record,
                start: start(key),
                key,
                customer,
            });
        }
        let all: BTreeSet<&str> = names.iter().copied().chain(self.source_names()).collect();
        let sources: Vec<String> = all.into_iter().map(str::to_owned).collect();
        let rank = |name: &str| sources.binary_search_by(|other| (**other).cmp(name));
        let ranks: Vec<u32> = names
            .iter()
            .map(|name| rank(name).unwrap_or_default() as u32)
            .collect();
        for record in &mut present {
            record.source = get(&ranks, record.source);
        }
        present.sort_unstable_by(|a, b| {
            (a.source, a.start)
                .cmp(&(b.source, b.start))
                .then_with(|| a.key.cmp(b.key))
                .then(a.record.cmp(&b.record))
        });
        let with_repeated = present.len();
        present.dedup_by(|b, a| a.source == b.source && a.key == b.key);
        let repeated = (with_repeated - present.len()) as u64;
        Ok(Gathered {
            sources,
            present,
            total,
            without_key,
            repeated,
        })
    }

    fn source_names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(String::as_str)
    }

    /// The place of each of the state's sources among `sources`.
    fn places(&self, sources: &[String]) -> Vec<u32> {
        let place = |name: &String| sources.binary_search(name).unwrap_or_default() as u32;
        self.sources.iter().map(place).collect()
    }

    /// By record of the run: the id that the state has for it.
    fn meet(&self, gathered: &mut Gathered<'_>) -> Vec<u32> {
        let places = self.places(&gathered.sources);
        let mut known = self.records.iter().enumerate().peekable();
        let meet = |record: &Present<'_>| {
            while let Some((place, kept)) = known.peek() {
                let order = get(&places, kept.source)
                    .cmp(&record.source)
                    .then_with(|| self.keys.get(*place).cmp(record.key));
                match order {
                    std::cmp::Ordering::Less => drop(known.next()),
                    std::cmp::Ordering::Equal => return kept.id,
                    std::cmp::Ordering::Greater => break,
                }
            }
            NONE
        };
        gathered.present.iter().map(meet).collect()
    }

    /// What became of ids by the end of the run.
    fn fates(&self, old: &Old, moved: &[Overlap], ids: &[u32], run: u64) -> BTreeMap<u32, Fate> {
        let mut fates = self.retired.clone();
        for (id, heir) in old.heir.iter().enumerate() {
            let id = id as u32;
            if *heir != NONE {
                fates.remove(&id);
            } else if get(&old.there, id) == 0 {
                let into = Vec::new();
                fates.entry(id).or_insert(Fate { run, into });
            }
        }
        for parts in moved.chunk_by(|a, b| a.id == b.id) {
            if let Some(Overlap { id, .. }) = parts.first()
                && get(&old.heir, *id) == NONE
            {
                let part = |part: &Overlap| get(ids, part.customer);
                let into = parts.iter().map(part).collect();
                fates.insert(*id, Fate { run, into });
            }
        }
        fates
    }

    /// Labels of the runs that retired ids, but for the last run.
    fn past(&self, retired: &BTreeMap<u32, Fate>, run: u64) -> BTreeMap<u64, String> {
        let runs: BTreeSet<u64> = retired.values().map(|fate| fate.run).collect();
        let runs = runs.into_iter().filter(|past| *past != run);
        runs.map(|past| (past, self.run_of(past).label.to_owned()))
            .collect()
    }

    /// Puts the records of the run, and those of customers who are gone, into the next state.
    fn keep(&self, next: &mut State, sources: Vec<String>, present: &[Present<'_>], ids: &[u32]) {
        let places = self.places(&sources);
        let is_gone = |id: u32| next.retired.get(&id).is_some_and(Fate::is_gone);
        let gone = self.records.iter().enumerate();
        let mut gone = gone.filter(|(_, known)| is_gone(known.id)).peekable();
        let bytes = present.iter().map(|record| record.key.len()).sum();
        let mut records = Vec::with_capacity(present.len());
        let mut keys = Texts::with_capacity(present.len(), bytes);
        let mut is_used = vec![false; sources.len()];
        let mut push = |source: u32, key: &str, id: u32| {
            at(&mut is_used, source, |is_used| *is_used = true);
            records.push(Known { source, id });
            keys.push(key);
        };
        let mut present = present.iter().peekable();
        loop {
            let is_before = match (gone.peek(), present.peek()) {
                (None, None) => break,
                (Some((place, known)), Some(record)) => {
                    let source = get(&places, known.source);
                    (source, self.keys.get(*place)) < (record.source, record.key)
                }
                (gone, _) => gone.is_some(),
            };
            if is_before {
                if let Some((place, known)) = gone.next() {
                    push(get(&places, known.source), self.keys.get(place), known.id);
                }
            } else if let Some(record) = present.next() {
                push(record.source, record.key, get(ids, record.customer));
            }
        }
        // A source without records leaves no name.
        let mut used = 0;
        let ranks: Vec<u32> = is_used
            .iter()
            .map(|is_used| {
                used += u32::from(*is_used);
                used.saturating_sub(1)
            })
            .collect();
        for known in &mut records {
            known.source = get(&ranks, known.source);
        }
        let sources = sources.into_iter().zip(is_used);
        next.sources = sources
            .filter_map(|(name, is_used)| is_used.then_some(name))
            .collect();
        next.records = records;
        next.keys = keys;
    }

    fn happened(
        &self,
        overlaps: &[Overlap],
        moved: &[Overlap],
        old: &Old,
        ids: &[u32],
        sizes: &[u32],
    ) -> Vec<Happened> {
        let mut known = vec![0u32; sizes.len()];
        for overlap in overlaps {
            at(&mut known, overlap.customer, |known| {
                *known += overlap.records
            });
        }
        let mut happened = Vec::new();
        for overlap in overlaps.iter().filter(|overlap| old.is_heir(overlap)) {
            let Overlap { customer, id, .. } = *overlap;
            let (before, there) = (get(&old.before, id), get(&old.there, id));
            let counts = Counts {
                shared: overlap.records,
                before,
                absent: before - there,
                left: there - overlap.records,
                new: get(sizes, customer) - get(&known, customer),
                joined: get(&known, customer) - overlap.records,
            };
            let is_back = self.retired.contains_key(&id);
            let event = match is_back {
                true => Event::Returned,
                false => Event::Changed,
            };
            let Counts {
                absent,
                left,
                new,
                joined,
                ..
            } = counts;
            if is_back || absent + left + new + joined > 0 {
                happened.push(Happened {
                    old: id,
                    new: id,
                    event,
                    counts,
                });
            }
        }
        for parts in moved.chunk_by(|a, b| a.id == b.id) {
            for part in parts {
                let event = match get(&old.heir, part.id) == NONE && parts.len() == 1 {
                    true => Event::Merged,
                    false => Event::Split,
                };
                happened.push(Happened {
                    old: part.id,
                    new: get(ids, part.customer),
                    event,
                    counts: Counts {
                        shared: part.records,
                        before: get(&old.before, part.id),
                        ..Counts::default()
                    },
                });
            }
        }
        for (id, before) in old.before.iter().enumerate() {
            let id = id as u32;
            if get(&old.there, id) == 0 && !self.retired.contains_key(&id) {
                happened.push(Happened {
                    old: id,
                    new: NONE,
                    event: Event::Gone,
                    counts: Counts {
                        before: *before,
                        ..Counts::default()
                    },
                });
            }
        }
        for (customer, id) in ids.iter().enumerate() {
            if get(&known, customer as u32) == 0 {
                happened.push(Happened {
                    old: NONE,
                    new: *id,
                    event: Event::Created,
                    counts: Counts {
                        new: get(sizes, customer as u32),
                        ..Counts::default()
                    },
                });
            }
        }
        happened.sort_unstable_by_key(|row| (row.old, row.new, row.event));
        happened
    }
}

/// The first eight bytes of a text as a number that compares as they do.
fn start(text: &str) -> u64 {
    let mut bytes = [0; 8];
    for (byte, of_text) in bytes.iter_mut().zip(text.bytes()) {
        *byte = of_text;
    }
    u64::from_be_bytes(bytes)
}
