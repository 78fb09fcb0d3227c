//! Which customer gets which id.
//!
//! # Algorithm
//! The records of the run meet those of the state ([`Met`]). Customers who have all records of one old customer and no others are settled
//! ([`settle`]); the rest is about the others. Each meeting is one record that an old customer and a new one share; counted by customer
//! they make *overlaps*. Nearly all overlaps are the only one on both sides, and decide themselves. The rest are sorted by size
//! and age, and the first to ask gets the id.
//!
//! # Memory
//! About 20 bytes a record, 40 bytes a customer and 16 bytes an overlap while it works, beside the old state and the next one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::assigned::{Assigned, Counts, Created, Event, Happened};
use super::by_customer::ByCustomer;
use super::error::{Kind, StateError};
use super::firsts::{First, Firsts};
use super::met::Met;
use super::numbers::{NONE, at, get};
use super::overlap::{Old, Overlap, give, moved, overlaps};
use super::scheme::{IdScheme, Minter};
use super::settled::settle;
use super::{Fate, State};

impl Met<'_> {
    /// Gives ids to the customers of the run. `customer_of` are the numbers of the records' customers, from 0, in the order of the records.
    /// `run` is what the caller calls the run. The [module](crate::state) says how it is decided.
    ///
    /// # Errors
    /// The numbers of customers do not fit the records, or there are more ids than can be numbered.
    pub fn assign(
        self,
        customers: u32,
        customer_of: &[u32],
        scheme: &IdScheme,
        run: &str,
        threads: usize,
    ) -> Result<Assigned, StateError> {
        if customer_of.len() != self.before.len() {
            let (given, records) = (customer_of.len(), self.before.len());
            return Err(Kind::Uneven { given, records }.into());
        }
        if let Some(customer) = customer_of.iter().copied().find(|c| *c >= customers) {
            return Err(Kind::NoSuchCustomer {
                customer,
                customers,
            }
            .into());
        }
        self.state
            .assign(customers, customer_of, self, scheme, run, threads)
    }
}

impl State {
    fn assign(
        &self,
        customers: u32,
        customer_of: &[u32],
        met: Met<'_>,
        scheme: &IdScheme,
        run: &str,
        threads: usize,
    ) -> Result<Assigned, StateError> {
        let mut sizes = self.lines.sizes();
        let settled = settle(self, customers, (customer_of, &met.before), &mut sizes);
        let by_customer = ByCustomer::new(customer_of, &met, &settled, threads);
        let overlaps = overlaps(customers, &by_customer, &met);
        let mut old = Old::new(sizes, &overlaps);
        let mut ids = settled.clone();
        let is_gone = |id: u32| self.retired.contains_key(&id);
        let in_use = overlaps.iter().filter(|overlap| !is_gone(overlap.id));
        give(in_use, &met, &mut old, &mut ids);
        let without_id = ids.clone();
        let is_open =
            |overlap: &&Overlap| is_gone(overlap.id) && get(&without_id, overlap.customer) == NONE;
        give(overlaps.iter().filter(is_open), &met, &mut old, &mut ids);

        let mut next = State {
            run: self.run + 1,
            label: run.to_owned(),
            given: self.given,
            ids: Arc::clone(&self.ids),
            ..State::default()
        };
        next.mint(scheme, &met, &by_customer, &mut ids, threads)?;
        let moved = moved(&overlaps, &old, &met);
        next.retired = self.fates(&old, &moved, &ids, next.run);
        next.past = self.past(&next.retired, next.run);
        let known = known(customers, &overlaps);
        let sizes = |customer: u32| by_customer.of(customer).len() as u32;
        next.know(self, &met, (&by_customer, &old), (&ids, &settled), threads)?;
        Ok(Assigned {
            happened: self.happened(&overlaps, &moved, &old, &ids, |customer| {
                (sizes(customer), get(&known, customer))
            }),
            created: created(self.ids.len() as u32, &ids, &known, sizes),
            without_key: met.without_key,
            repeated: met.repeated,
            before: met.before,
            ids,
            next,
        })
    }

    /// Gives new ids to customers without one: in order of their first record by source and key, those without any record at the end.
    fn mint(
        &mut self,
        scheme: &IdScheme,
        met: &Met<'_>,
        by_customer: &ByCustomer,
        ids: &mut [u32],
        threads: usize,
    ) -> Result<(), Kind> {
        let mut firsts = Firsts::new(met);
        let mut without_key = Vec::new();
        let all = ids.iter().zip(0u32..);
        for (_, customer) in all.filter(|(id, _)| **id == NONE) {
            match by_customer.of(customer).first() {
                Some(record) => firsts.push(customer, *record),
                None => without_key.push(customer),
            }
        }
        if firsts.count == 0 && without_key.is_empty() {
            return Ok(());
        }
        let texts = Arc::make_mut(&mut self.ids);
        texts.reserve(firsts.count);
        let mut minter = Minter::new(scheme, texts, &mut self.given);
        for (source, firsts) in met.sources.iter().zip(firsts.sorted(threads)) {
            for First {
                record, customer, ..
            } in firsts
            {
                let key = || Some((source.as_str(), met.key(record)?.1));
                let id = minter.mint(key).ok_or(Kind::TooMany)?;
                at(ids, customer, |slot| *slot = id);
            }
        }
        for customer in without_key {
            let id = minter.mint(|| None).ok_or(Kind::TooMany)?;
            at(ids, customer, |slot| *slot = id);
        }
        Ok(())
    }

    /// What became of ids by the end of the run.
    fn fates(&self, old: &Old, moved: &[Overlap], ids: &[u32], run: u64) -> BTreeMap<u32, Fate> {
        let retired = self.retired.iter();
        let still = retired.filter(|(id, _)| get(&old.heir, **id) == NONE);
        let mut fates: BTreeMap<u32, Fate> = still.map(|(id, f)| (*id, f.clone())).collect();
        for id in old.absent() {
            let into = Vec::new();
            fates.entry(id).or_insert(Fate { run, into });
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

    fn happened(
        &self,
        overlaps: &[Overlap],
        moved: &[Overlap],
        old: &Old,
        ids: &[u32],
        sizes: impl Fn(u32) -> (u32, u32),
    ) -> Vec<Happened> {
        let mut happened = Vec::new();
        for overlap in overlaps.iter().filter(|overlap| old.is_heir(overlap)) {
            let Overlap { customer, id, .. } = *overlap;
            let (before, there) = (get(&old.before, id), get(&old.there, id));
            let (size, known) = sizes(customer);
            let counts = Counts {
                shared: overlap.records,
                before,
                absent: before - there,
                left: there - overlap.records,
                new: size - known,
                joined: known - overlap.records,
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
        for id in old.absent() {
            if !self.retired.contains_key(&id) {
                happened.push(Happened {
                    old: id,
                    new: NONE,
                    event: Event::Gone,
                    counts: Counts {
                        before: get(&old.before, id),
                        ..Counts::default()
                    },
                });
            }
        }
        happened.sort_unstable_by_key(|row| (row.old, row.new, row.event));
        happened
    }
}

/// By customer: its records that were of some customer before.
fn known(customers: u32, overlaps: &[Overlap]) -> Vec<u32> {
    let mut known = vec![0u32; customers as usize];
    for overlap in overlaps {
        at(&mut known, overlap.customer, |known| {
            *known += overlap.records
        });
    }
    known
}

/// Customers without any such record, by id. `first_new` is the first id that this run gave.
fn created(first_new: u32, ids: &[u32], known: &[u32], size: impl Fn(u32) -> u32) -> Vec<Created> {
    let new = ids.iter().filter(|id| **id >= first_new).count();
    let mut owners = vec![NONE; new];
    for (id, customer) in ids.iter().zip(0u32..) {
        if let Some(place) = id.checked_sub(first_new)
            && get(known, customer) == 0
        {
            at(&mut owners, place, |owner| *owner = customer);
        }
    }
    let owners = owners.into_iter().zip(first_new..);
    let created = owners.filter(|(customer, _)| *customer != NONE);
    let created = created.map(|(customer, id)| Created {
        id,
        records: size(customer),
    });
    created.collect()
}
