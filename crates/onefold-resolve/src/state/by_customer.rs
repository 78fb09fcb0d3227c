//! The records of customers.

use onefold_rows::parallel::{map_items, map_ranges, ranges};

use super::met::Met;
use super::numbers::{ASIDE, NONE, at, get};

/// Records that stand for their keys, by customer, then source, then key; none of customers whose ids are settled.
pub(super) struct ByCustomer {
    /// By customer: where its records end.
    ends: Vec<u32>,
    records: Vec<u32>,
}

impl ByCustomer {
    pub(super) fn new(customer_of: &[u32], met: &Met<'_>, settled: &[u32], threads: usize) -> Self {
        let open = map_ranges(threads, customer_of.len(), |range| {
            let customers = customer_of.get(range.clone()).unwrap_or_default().iter();
            let before = met.before.get(range.clone()).unwrap_or_default();
            let records = customers.copied().zip(before).zip(range.start as u32..);
            let standing = records.filter(|((_, before), _)| **before != ASIDE);
            let open = standing.filter(|((customer, _), _)| get(settled, *customer) == NONE);
            let open = open.map(|((customer, _), record)| (customer, record));
            open.collect::<Vec<_>>()
        });
        let open = || open.iter().flatten().copied();
        // Where the records of each customer start; once they are written, where they end.
        let mut ends = vec![0u32; settled.len()];
        for (customer, _) in open() {
            at(&mut ends, customer, |count| *count += 1);
        }
        let mut all = 0;
        for end in &mut ends {
            all += std::mem::replace(end, all);
        }
        let mut records = vec![0u32; all as usize];
        for (customer, record) in open() {
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
                    records.sort_unstable_by(|a, b| met.compare(*a, *b));
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
