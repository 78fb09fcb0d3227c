//! Which old customer meets which new one.

use std::cmp::Reverse;

use super::by_customer::ByCustomer;
use super::met::Met;
use super::numbers::{NONE, at, get};
use super::settled::SETTLED;

/// Records that an old customer and a new one share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overlap {
    pub(super) customer: u32,
    pub(super) id: u32,
    /// The record of the run that is the first of them by source and key.
    pub(super) first: u32,
    pub(super) records: u32,
}

/// What is known of old customers: by id.
pub(super) struct Old {
    /// Its records in the state, or [`SETTLED`]: then the lists after this one have nothing of it.
    pub(super) before: Vec<u32>,
    /// Those that are in the run.
    pub(super) there: Vec<u32>,
    /// New customers that have any of them.
    pub(super) customers: Vec<u32>,
    /// The new customer that has the id now.
    pub(super) heir: Vec<u32>,
}

impl Old {
    /// `before` are the records of each, or [`SETTLED`].
    pub(super) fn new(before: Vec<u32>, overlaps: &[Overlap]) -> Self {
        let ids = before.len();
        let mut old = Self {
            before,
            there: vec![0; ids],
            customers: vec![0; ids],
            heir: vec![NONE; ids],
        };
        for overlap in overlaps {
            at(&mut old.there, overlap.id, |count| {
                *count += overlap.records
            });
            at(&mut old.customers, overlap.id, |count| *count += 1);
        }
        old
    }

    /// Ids of those of whom nothing is there.
    pub(super) fn absent(&self) -> impl Iterator<Item = u32> {
        let all = self.before.iter().zip(&self.there).zip(0u32..);
        let absent = all.filter(|((before, there), _)| **before != SETTLED && **there == 0);
        absent.map(|(_, id)| id)
    }

    /// Whether the new customer of an overlap has the id of the old one.
    pub(super) fn is_heir(&self, overlap: &Overlap) -> bool {
        get(&self.heir, overlap.id) == overlap.customer
    }
}

/// Counts what customers and ids share, by customer, then by id, but for customers whose ids are settled.
pub(super) fn overlaps(customers: u32, records: &ByCustomer, met: &Met<'_>) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    let mut shared: Vec<(u32, u32)> = Vec::new();
    for customer in 0..customers {
        shared.clear();
        let before = records.of(customer).iter();
        let before = before.map(|record| (get(&met.before, *record), *record));
        shared.extend(before.filter(|(id, _)| *id != NONE));
        // The records come by source and key, and a stable sort leaves them so.
        shared.sort_by_key(|(id, _)| *id);
        for of_id in shared.chunk_by(|a, b| a.0 == b.0) {
            if let Some((id, first)) = of_id.first() {
                overlaps.push(Overlap {
                    customer,
                    id: *id,
                    first: *first,
                    records: of_id.len() as u32,
                });
            }
        }
    }
    overlaps
}

/// The overlaps that did not give their id, by id, most records first.
pub(super) fn moved(overlaps: &[Overlap], old: &Old, met: &Met<'_>) -> Vec<Overlap> {
    let moved = overlaps.iter().filter(|overlap| !old.is_heir(overlap));
    let mut moved: Vec<Overlap> = moved.copied().collect();
    moved.sort_unstable_by_key(|overlap| {
        (overlap.id, Reverse(overlap.records), met.key(overlap.first))
    });
    moved
}

/// Gives old ids to new customers. `overlaps` come by customer, then by age of the id.
pub(super) fn give<'a>(
    overlaps: impl Iterator<Item = &'a Overlap>,
    met: &Met<'_>,
    old: &mut Old,
    ids: &mut [u32],
) {
    let overlaps: Vec<Overlap> = overlaps.copied().collect();
    let mut mixed = Vec::new();
    for asking in overlaps.chunk_by(|a, b| a.customer == b.customer) {
        let is_whole = |overlap: &Overlap| get(&old.customers, overlap.id) == 1;
        match asking.first() {
            Some(oldest) if asking.iter().all(is_whole) => inherit(oldest, old, ids),
            _ => mixed.extend_from_slice(asking),
        }
    }
    mixed.sort_unstable_by_key(|overlap| {
        (Reverse(overlap.records), overlap.id, met.key(overlap.first))
    });
    for overlap in &mixed {
        if get(ids, overlap.customer) == NONE && get(&old.heir, overlap.id) == NONE {
            inherit(overlap, old, ids);
        }
    }
}

fn inherit(overlap: &Overlap, old: &mut Old, ids: &mut [u32]) {
    at(&mut old.heir, overlap.id, |heir| *heir = overlap.customer);
    at(ids, overlap.customer, |id| *id = overlap.id);
}
