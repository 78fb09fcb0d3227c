//! The state that a run leaves.

use onefold_rows::parallel::map_ranges;

use super::assigned::NONE;
use super::by_customer::ByCustomer;
use super::met::Met;
use super::numbers::{at, get};
use super::records::Records;
use super::{Fate, State};

impl State {
    /// Takes the records of the run, and those that `before` has of customers who are gone. `ids` are those of the customers, and the
    /// customer of an id of which `is_as_before` holds has the records that it had.
    pub(super) fn know(
        &mut self,
        before: &State,
        met: &mut Met<'_>,
        by_customer: &ByCustomer,
        ids: &[u32],
        is_as_before: impl Fn(u32) -> bool + Sync,
        threads: usize,
    ) {
        let mut owners = vec![NONE; self.ids.len()];
        for (id, customer) in ids.iter().zip(0u32..) {
            at(&mut owners, *id, |owner| *owner = customer);
        }
        let retired = &self.retired;
        let all = met.records.len();
        let bytes: usize = met.records.iter().filter_map(|r| Some(r.key?.len())).sum();
        let parts = map_ranges(threads, owners.len(), |range| {
            let mut records = Records::default();
            match range.start {
                // The first part takes the others in.
                0 => records.reserve(owners.len(), all, bytes),
                _ => records.reserve(range.len(), all / threads, bytes / threads),
            }
            for id in range {
                let (id, owner) = (id as u32, get(&owners, id as u32));
                let is_gone = || retired.get(&id).is_some_and(Fate::is_gone);
                if is_as_before(id) || owner == NONE && is_gone() {
                    // Its records lie together there.
                    for place in before.records.of(id) {
                        let (source, key) = before.records.get(place);
                        records.push(get(&met.of_state, source), key);
                    }
                } else if owner != NONE {
                    let keys = by_customer.of(owner).iter();
                    for (source, key) in keys.filter_map(|record| met.key(*record)) {
                        records.push(source, key);
                    }
                }
                records.close();
            }
            records
        });
        let mut parts = parts.into_iter();
        self.records = parts.next().unwrap_or_default();
        for part in parts {
            self.records.append(&part);
        }
        self.sources = std::mem::take(&mut met.sources);
        self.drop_unused_sources();
    }

    /// A source without records leaves no name.
    pub(super) fn drop_unused_sources(&mut self) {
        let used = self.records.used(self.sources.len());
        if used.iter().all(|is_used| *is_used) {
            return;
        }
        let mut count = 0;
        let number = |is_used: &bool| {
            count += u32::from(*is_used);
            count.saturating_sub(1)
        };
        let numbers: Vec<u32> = used.iter().map(number).collect();
        self.records.renumber(&numbers);
        let mut used = used.into_iter();
        self.sources.retain(|_| used.next().unwrap_or(false));
    }
}
