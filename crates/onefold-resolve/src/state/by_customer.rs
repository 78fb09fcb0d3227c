//! The records of each customer.

use onefold_rows::parallel::{map_items, ranges};

use super::met::Met;
use super::numbers::at;

/// Records that stand for their keys, by customer, then source, then key.
pub(super) struct ByCustomer {
    /// By customer: where its records end.
    ends: Vec<u32>,
    records: Vec<u32>,
}

impl ByCustomer {
    pub(super) fn new(customers: u32, met: &Met<'_>, threads: usize) -> Self {
        let standing = || {
            let records = met.records.iter().zip(0u32..);
            records.filter(|(record, _)| record.key.is_some())
        };
        // Where the records of each customer start; once they are written, where they end.
        let mut ends = vec![0u32; customers as usize];
        for (record, _) in standing() {
            at(&mut ends, record.customer, |count| *count += 1);
        }
        let mut all = 0;
        for end in &mut ends {
            all += std::mem::replace(end, all);
        }
        let mut records = vec![0u32; all as usize];
        for (record, number) in standing() {
            at(&mut ends, record.customer, |end| {
                at(&mut records, *end, |slot| *slot = number);
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
