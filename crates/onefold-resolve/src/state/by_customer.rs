//! The records of customers.

use onefold_rows::parallel::{map_items, ranges};

use super::assigned::NONE;
use super::met::{ASIDE, Met};
use super::numbers::{at, get};

/// Records that stand for their keys, by customer, then source, then key; none of customers whose ids are settled.
pub(super) struct ByCustomer {
    /// By customer: where its records end.
    ends: Vec<u32>,
    records: Vec<u32>,
}

impl ByCustomer {
    pub(super) fn new(met: &Met<'_>, settled: &[u32], threads: usize) -> Self {
        let standing = || {
            let records = met.customers().zip(&met.before).zip(0u32..);
            let records = records.map(|((customer, before), record)| (customer, *before, record));
            let standing = records.filter(|(_, before, _)| *before != ASIDE);
            standing.filter(|(customer, ..)| get(settled, *customer) == NONE)
        };
        // Where the records of each customer start; once they are written, where they end.
        let mut ends = vec![0u32; settled.len()];
        for (customer, ..) in standing() {
            at(&mut ends, customer, |count| *count += 1);
        }
        let mut all = 0;
        for end in &mut ends {
            all += std::mem::replace(end, all);
        }
        let mut records = vec![0u32; all as usize];
        for (customer, _, record) in standing() {
            at(&mut ends, customer, |end| {
                at(&mut records, *end, |slot| *slot = record);
                *end += 1;
            });
        }
        let mut grouped = Self { ends, records };
        grouped.sort(met, threads);
        grouped
    }

    fn sort(&mut self, met: &Met<'_>, threads: usize) {
        let ends = &self.ends;
        let mut rest = self.records.as_mut_slice();
        let mut parts = Vec::new();
        for customers in ranges(threads * 4, ends.len()) {
            let (start, end) = (start(ends, customers.start), start(ends, customers.end));
            let (part, after) = std::mem::take(&mut rest).split_at_mut(end - start);
            rest = after;
            parts.push((customers, part));
        }
        map_items(threads, parts, |(customers, mut part)| {
            for customer in customers {
                let len = start(ends, customer + 1) - start(ends, customer);
                let (records, after) = std::mem::take(&mut part).split_at_mut(len);
                part = after;
                if len > 1 {
                    records.sort_unstable_by_key(|record| met.key(*record));
                }
            }
        });
    }

    /// The records of a customer, by source and key.
    pub(super) fn of(&self, customer: u32) -> &[u32] {
        let customer = customer as usize;
        let range = start(&self.ends, customer)..start(&self.ends, customer + 1);
        self.records.get(range).unwrap_or_default()
    }
}

/// Where the records of a customer start: where those of the one before end.
fn start(ends: &[u32], customer: usize) -> usize {
    let before = customer.checked_sub(1).and_then(|before| ends.get(before));
    before.map_or(0, |end| *end as usize)
}
