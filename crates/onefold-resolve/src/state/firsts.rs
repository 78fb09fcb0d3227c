//! The first records of customers, in the order in which new ids are given.

use onefold_rows::parallel::{map_items, sort_by};

use super::met::Met;

/// Records that are worth a thread.
const PART: usize = 1 << 12;

/// A customer's first record by source and key.
pub(super) struct First {
    /// Eight bytes of the key, after those that all keys of the source begin with. They nearly always tell two keys apart.
    start: u64,
    pub(super) record: u32,
    pub(super) customer: u32,
}

/// The first records of customers by source.
pub(super) struct Firsts<'a> {
    met: &'a Met<'a>,
    /// By source.
    all: Vec<Vec<First>>,
    pub(super) count: usize,
}

impl<'a> Firsts<'a> {
    pub(super) fn new(met: &'a Met<'a>) -> Self {
        Self {
            met,
            all: met.sources.iter().map(|_| Vec::new()).collect(),
            count: 0,
        }
    }

    pub(super) fn push(&mut self, customer: u32, record: u32) {
        if let Some(of_source) = self.all.get_mut(self.met.source(record) as usize) {
            of_source.push(First {
                start: 0,
                record,
                customer,
            });
            self.count += 1;
        }
    }

    /// By source: the records, ascending by key.
    pub(super) fn sorted(self, threads: usize) -> Vec<Vec<First>> {
        let met = self.met;
        let key = |first: &First| met.key(first.record).map_or("", |(_, key)| key);
        let mut all = self.all;
        for firsts in &mut all {
            let Some(one) = firsts.first().map(key) else {
                continue;
            };
            let shared = |other: &First| {
                let pairs = one.bytes().zip(key(other).bytes());
                pairs.take_while(|(a, b)| a == b).count()
            };
            let part = firsts.len().div_ceil(threads.max(1)).max(PART);
            let shared = map_items(
                threads,
                firsts.chunks(part).collect(),
                |part: &[First]| part.iter().map(shared).min().unwrap_or(0),
            );
            let shared = shared.into_iter().min().unwrap_or(0);
            let parts = firsts.chunks_mut(part).collect();
            map_items(threads, parts, |part: &mut [First]| {
                for first in part {
                    first.start = start(key(first).as_bytes().get(shared..).unwrap_or_default());
                }
            });
            sort_by(firsts, threads, |a, b| {
                let starts = a.start.cmp(&b.start);
                starts.then_with(|| key(a).cmp(key(b)))
            });
        }
        all
    }
}

/// The first bytes as a number that compares as they do.
fn start(bytes: &[u8]) -> u64 {
    let mut start = [0; 8];
    for (byte, of_bytes) in start.iter_mut().zip(bytes) {
        *byte = *of_bytes;
    }
    u64::from_be_bytes(start)
}
