//! Rows grouped by key.
//!
//! # Algorithm
//! Radix partitioning, then hash grouping. Each thread hashes a contiguous range of rows and deals each row to a partition by some bits
//! of its hash. A partition is small enough that its hash table stays in the cache; it is then grouped by itself. Rows arrive in order, so
//! the first row of a key is known without comparing row numbers, and no result depends on which thread did what.
//!
//! Rows are grouped by half of their hash first; the keys are compared afterwards, in a loop of their own. Comparisons miss the cache, and
//! in such a loop the misses overlap. A comparison that fails means that two keys share half of their hash: the partition is then grouped
//! again, comparing keys on the way.
//!
//! # Memory
//! 8 bytes a row, and about 24 bytes a row of the partitions at work.
//!
//! # Degenerate cases
//! All rows of one key are in one partition, and so on one thread. They cost no more than other rows do.

use std::ops::Range;

use crate::ahead::ahead_twice;
use crate::hash::{ABSENT, HASH_ROWS};
use crate::parallel::map_ranges;
use crate::place::Places;

/// Rows that a partition should have: its table then takes about half a megabyte.
const PARTITION_ROWS: usize = 16_384;

const MAX_PARTITIONS: usize = 1024;

/// A row on its way to a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The low half of the row's hash; once the row is grouped, the index of its group.
    pub tag: u32,
    /// The row.
    pub row: u32,
}

/// The rows of a partition, in order. Each run comes from one range of rows.
pub type Runs = Vec<Vec<Entry>>;

/// The rows of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The low half of the key's hash.
    pub tag: u32,
    /// The first row.
    pub first: u32,
    /// How many rows there are.
    pub rows: u32,
}

/// The groups of a partition.
#[derive(Debug)]
pub struct Partition {
    /// The groups, in order of their first row.
    pub groups: Vec<Group>,
    runs: Runs,
}

impl Partition {
    /// The rows in order, each with the index of its group.
    #[inline]
    pub fn rows(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let entries = self.runs.iter().flatten();
        entries.map(|entry| (entry.row, entry.tag as usize))
    }

    /// The groups, and the rows as [`rows`](Self::rows) gives them. Each run is freed once its rows have been given.
    #[inline]
    pub fn into_groups_and_rows(self) -> (Vec<Group>, impl Iterator<Item = (u32, usize)>) {
        let entries = self.runs.into_iter().flatten();
        let rows = entries.map(|entry| (entry.row, entry.tag as usize));
        (self.groups, rows)
    }
}

/// The number of partitions for so many rows: a power of two.
pub fn partitions(rows: usize) -> usize {
    (rows / PARTITION_ROWS)
        .next_power_of_two()
        .min(MAX_PARTITIONS)
}

/// The partition of a hash. The number of partitions is a power of two.
#[inline]
pub fn partition_of(hash: u64, partitions: usize) -> usize {
    (hash >> 32) as usize & (partitions - 1)
}

/// Deals all rows to so many partitions, a power of two. Rows whose hash is [`ABSENT`] go nowhere.
///
/// `hash` writes the hashes of a stretch of rows: of which part, from which row of it on, and where to.
pub fn deal(
    places: &Places,
    partitions: usize,
    threads: usize,
    hash: impl Fn(usize, usize, &mut [u64]) + Sync,
) -> Vec<Runs> {
    let dealt = map_ranges(threads, places.rows(), |range| {
        deal_range(places, range, partitions, &hash)
    });
    // A partition has its entries from every range, in row order.
    let mut dealt_to: Vec<Runs> = (0..partitions).map(|_| Vec::new()).collect();
    for range in dealt {
        for (partition, entries) in dealt_to.iter_mut().zip(range) {
            partition.push(entries);
        }
    }
    dealt_to
}

/// The rows of a range by partition.
fn deal_range(
    places: &Places,
    range: Range<usize>,
    partitions: usize,
    hash: impl Fn(usize, usize, &mut [u64]),
) -> Vec<Vec<Entry>> {
    let expected = range.len() / partitions;
    let mut dealt: Vec<Vec<Entry>> = (0..partitions)
        .map(|_| Vec::with_capacity(expected + expected / 16))
        .collect();
    let mut hashes = [0u64; HASH_ROWS];
    let mut row = range.start as u32;
    for (part, first, len) in places.stretches(range, HASH_ROWS) {
        let hashes = &mut hashes[..len];
        hash(part, first, hashes);
        for hash in hashes {
            if *hash != ABSENT {
                dealt[partition_of(*hash, partitions)].push(Entry {
                    tag: *hash as u32,
                    row,
                });
            }
            row += 1;
        }
    }
    dealt
}

/// The keys of rows.
pub trait Keys {
    /// Whether two rows have the same key.
    fn equal(&self, a: u32, b: u32) -> bool;

    /// Begins to fetch where the key of a row is, since it will be compared.
    #[inline]
    fn fetch(&self, _row: u32) {}

    /// Begins to fetch the key of a row whose place has been fetched.
    #[inline]
    fn fetch_key(&self, _row: u32) {}
}

impl<F: Fn(u32, u32) -> bool> Keys for F {
    fn equal(&self, a: u32, b: u32) -> bool {
        self(a, b)
    }
}

/// Groups the rows of a partition.
pub fn group(mut runs: Runs, keys: impl Keys) -> Partition {
    let mut groups = find_groups(&mut runs, |_, _| true);
    let trusted = runs.iter().all(|run| {
        let first = |entry: &Entry| groups[entry.tag as usize].first;
        let with_first = |entry: &Entry, fetch: &dyn Fn(u32)| {
            let first = first(entry);
            if first != entry.row {
                fetch(entry.row);
                fetch(first);
            }
        };
        ahead_twice(
            run,
            |entry| with_first(entry, &|row| keys.fetch(row)),
            |entry| with_first(entry, &|row| keys.fetch_key(row)),
        )
        .all(|entry| first(entry) == entry.row || keys.equal(entry.row, first(entry)))
    });
    if !trusted {
        for entry in runs.iter_mut().flatten() {
            entry.tag = groups[entry.tag as usize].tag;
        }
        groups = find_groups(&mut runs, |a, b| keys.equal(a, b));
    }
    Partition { groups, runs }
}

/// Finds the group of each entry and writes its index over the entry's tag.
fn find_groups(runs: &mut [Vec<Entry>], equal: impl Fn(u32, u32) -> bool) -> Vec<Group> {
    let entries: usize = runs.iter().map(Vec::len).sum();
    let mut groups: Vec<Group> = Vec::with_capacity(entries.min(PARTITION_ROWS));
    // Index of a group plus one; at most half full.
    let mut slots = vec![0u32; (entries * 2).next_power_of_two()];
    let mask = slots.len() - 1;
    for entry in runs.iter_mut().flatten() {
        let mut slot = entry.tag as usize & mask;
        entry.tag = loop {
            let Some(index) = slots[slot].checked_sub(1) else {
                slots[slot] = groups.len() as u32 + 1;
                groups.push(Group {
                    tag: entry.tag,
                    first: entry.row,
                    rows: 1,
                });
                break groups.len() as u32 - 1;
            };
            let known = &mut groups[index as usize];
            if known.tag == entry.tag && equal(entry.row, known.first) {
                known.rows += 1;
                break index;
            }
            slot = (slot + 1) & mask;
        };
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::hash::{SEED, mix, narrow};

    #[test]
    fn collisions_never_join_strangers() {
        // Several partitions. Every 7th key returns; every 50th is missing.
        let keys: Vec<Option<u64>> = (0..40_000)
            .map(|i| match i {
                _ if i % 50 == 3 => None,
                _ if i % 7 == 0 => Some(i % 1001),
                _ => Some(1_000_000 + i),
            })
            .collect();
        let mut expected: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (row, key) in (0..).zip(&keys) {
            if let Some(key) = key {
                expected.entry(*key).or_default().push(row);
            }
        }
        let mut expected: Vec<Vec<u32>> = expected.into_values().collect();
        expected.sort();

        let places = Places::new([12_345, 27_655]);
        assert_eq!(partitions(keys.len()), 2);
        // All bits; two partitions with tags of 8 bits; one partition with tags of 6 bits.
        for mask in [u64::MAX, 0x1_0000_00ff, 0x3f] {
            let dealt = deal(&places, partitions(keys.len()), 2, |part, first, hashes| {
                let first = places.first_of(part) as usize + first;
                for (hash, key) in hashes.iter_mut().zip(&keys[first..]) {
                    *hash = key.map_or(ABSENT, |key| mix(SEED, key));
                }
                narrow(hashes, mask);
            });
            let mut found = Vec::new();
            for runs in dealt {
                let partition = group(runs, |a, b| keys[a as usize] == keys[b as usize]);
                let mut rows = vec![Vec::new(); partition.groups.len()];
                for (row, group) in partition.rows() {
                    rows[group].push(row);
                }
                for (group, rows) in partition.groups.iter().zip(&rows) {
                    assert_eq!((group.first, group.rows as usize), (rows[0], rows.len()));
                }
                let by_reference: Vec<_> = partition.rows().collect();
                let (groups, by_value) = partition.into_groups_and_rows();
                assert_eq!(groups.len(), rows.len());
                assert!(by_value.eq(by_reference));
                found.append(&mut rows);
            }
            found.sort();
            assert_eq!(found, expected, "mask {mask:x}");
        }
    }
}
