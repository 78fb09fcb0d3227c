//! Rows grouped by key.
//!
//! # Algorithm
//! Rows are dealt by their hash to partitions small enough that the table of one stays in the cache; then each partition is grouped by
//! itself. Rows come to a partition in their order, so the first row of a key is known without comparing row numbers, and no result
//! depends on who grouped what.
//!
//! # Memory
//! 8 bytes a row, and about 24 bytes a row of the partitions at work.
//!
//! # Degenerate cases
//! Rows of one key are in one partition and so on one thread. They cost no more than others do.

use std::ops::Range;

use crate::keys::{ABSENT, Keys};
use crate::parallel::{map_items, map_ranges};
use crate::table::Places;
use crate::time::Times;

/// Rows hashed at a time.
pub(crate) const HASH_ROWS: usize = 2048;

/// Rows a partition should have: its table then takes about half a megabyte.
const PARTITION_ROWS: usize = 16_384;

const MAX_PARTITIONS: usize = 1024;

/// A row on its way to a partition.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// Half of the hash; later the index of the row's group.
    pub(crate) tag: u32,
    pub(crate) row: u32,
}

/// Rows of a partition, in their order.
pub(crate) type Runs = Vec<Vec<Entry>>;

/// Rows of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    /// The low half of the hash.
    pub(crate) tag: u32,
    pub(crate) first: u32,
    pub(crate) rows: u32,
}

/// The groups of a partition, in order of their first row.
pub(crate) struct Partition {
    pub(crate) groups: Vec<Group>,
    runs: Runs,
}

impl Partition {
    /// Rows and the indices of their groups, in order of rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let entries = self.runs.iter().flatten();
        entries.map(|entry| (entry.row, entry.tag as usize))
    }

    /// The rows with their times, group after group, in order of time and row within each.
    pub(crate) fn by_time(
        &self,
        times: &Times,
        places: &Places,
        threads: usize,
    ) -> Vec<(i64, u32)> {
        let mut next = Vec::with_capacity(self.groups.len());
        let mut total = 0;
        for group in &self.groups {
            next.push(total);
            total += group.rows as usize;
        }
        let mut sorted = vec![(0, 0); total];
        for (row, group) in self.rows() {
            sorted[next[group]] = (times.at(places.at(row)), row);
            next[group] += 1;
        }
        let mut rest = &mut sorted[..];
        for group in &self.groups {
            let (rows, after) = rest.split_at_mut(group.rows as usize);
            crate::parallel::sort(rows, threads);
            rest = after;
        }
        sorted
    }
}

/// Which partition a hash belongs to, of a power of two.
#[inline]
pub(crate) fn partition_of(hash: u64, partitions: usize) -> usize {
    (hash >> 32) as usize & (partitions - 1)
}

/// Groups the rows that have a key (and a time, where times are given), and applies `work` to each partition. The results are in order of
/// the partitions, whose number is a power of two.
pub(crate) fn map_partitions<T: Send>(
    keys: &Keys,
    times: Option<&Times>,
    places: &Places,
    threads: usize,
    work: impl Fn(&Partition) -> T + Sync,
) -> Vec<T> {
    let dealt = deal_all(keys, times, places, threads);
    map_items(threads, dealt, |runs| work(&group(keys, places, runs)))
}

/// The rows that have a key (and a time, where times are given) by partition, whose number is a power of two.
pub(crate) fn deal_all(
    keys: &Keys,
    times: Option<&Times>,
    places: &Places,
    threads: usize,
) -> Vec<Runs> {
    let partitions = (places.rows() / PARTITION_ROWS)
        .next_power_of_two()
        .min(MAX_PARTITIONS);
    let dealt = map_ranges(threads, places.rows(), |range| {
        deal(keys, times, places, range, partitions)
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

fn deal(
    keys: &Keys,
    times: Option<&Times>,
    places: &Places,
    range: Range<usize>,
    partitions: usize,
) -> Runs {
    let expected = range.len() / partitions;
    let mut dealt: Vec<Vec<Entry>> = (0..partitions)
        .map(|_| Vec::with_capacity(expected + expected / 16))
        .collect();
    let mut hashes = [0u64; HASH_ROWS];
    let mut row = range.start as u32;
    for (part, first, len) in places.stretches(range, HASH_ROWS) {
        let hashes = &mut hashes[..len];
        keys.hash(part, first, hashes);
        if let Some(times) = times {
            times.mark_absent(part, first, hashes);
        }
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

/// Groups by tag first and compares the real values afterwards, all at once: comparisons miss the cache, and in a loop of their own the
/// misses overlap. Where one fails, two keys have the same tag, and the partition is grouped again with comparisons on the way.
fn group(keys: &Keys, places: &Places, mut runs: Runs) -> Partition {
    let equal = |a: u32, b: u32| keys.equal(places.at(a), keys, places.at(b));
    let mut groups = place(&mut runs, |_, _| true);
    let trusted = runs.iter().flatten().all(|entry| {
        let first = groups[entry.tag as usize].first;
        first == entry.row || equal(entry.row, first)
    });
    if !trusted {
        for entry in runs.iter_mut().flatten() {
            entry.tag = groups[entry.tag as usize].tag;
        }
        groups = place(&mut runs, equal);
    }
    Partition { groups, runs }
}

/// Finds the group of each entry and writes its index over the entry's tag.
fn place(runs: &mut [Vec<Entry>], equal: impl Fn(u32, u32) -> bool) -> Vec<Group> {
    let entries: usize = runs.iter().map(Vec::len).sum();
    let mut groups: Vec<Group> = Vec::new();
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
    use std::sync::Arc;

    use arrow::array::{RecordBatch, StringViewArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::keys::Nulls;
    use crate::table::Table;

    #[test]
    fn collisions_never_join_strangers() {
        // More than one partition. Every 7th key returns; every 50th is missing.
        let texts: Vec<Option<String>> = (0..40_000)
            .map(|i| match i {
                _ if i % 50 == 3 => None,
                _ if i % 7 == 0 => Some(format!("common value {}", i % 1001)),
                _ => Some(format!("v{i}")),
            })
            .collect();
        let mut expected: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (row, text) in texts.iter().enumerate() {
            if let Some(text) = text {
                expected.entry(text).or_default().push(row as u32);
            }
        }
        let mut expected: Vec<Vec<u32>> = expected.into_values().collect();
        expected.sort();

        let schema = Arc::new(Schema::new(vec![Field::new("v", DataType::Utf8View, true)]));
        let column = StringViewArray::from_iter(&texts);
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(column)]).expect("batch");
        let batches = [batch.slice(0, 12_345), batch.slice(12_345, 27_655)];
        let table = Table::new(&schema, &batches).expect("table");
        let places = Places::new(&batches);
        // Two partitions only, tags of 8 bits; then one partition, all tags in 64 classes.
        for mask in [u64::MAX, 0x1_0000_00ff, 0x3f] {
            let keys = Keys::of_table(&table, &[0], Nulls::Distinct)
                .expect("keys")
                .narrowed(mask);
            let groups = map_partitions(&keys, None, &places, 2, |partition| {
                let mut rows = vec![Vec::new(); partition.groups.len()];
                for (row, group) in partition.rows() {
                    rows[group].push(row);
                }
                for (group, rows) in partition.groups.iter().zip(&rows) {
                    assert_eq!((group.first, group.rows as usize), (rows[0], rows.len()));
                }
                rows
            });
            let mut groups: Vec<Vec<u32>> = groups.into_iter().flatten().collect();
            groups.sort();
            assert_eq!(groups, expected, "mask {mask:x}");
        }
    }
}
