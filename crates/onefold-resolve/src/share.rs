//! Which records share a value under one rule.
//!
//! # Algorithm
//! Radix-partitioned hash grouping. Each thread hashes a contiguous range of records, column by column, and deals `(tag, record)`
//! pairs out to partitions by some bits of the hash, so that a partition's table fits in the cache. A partition then keeps, in an
//! open-addressing table, the first record and the count of each value; every record with an equal tag is compared with the first
//! record's real values, so that a hash collision never joins strangers. Counting is finished before any link is made: a value on
//! more records than the cap makes none. The links of a value are a star: each later record with the first.
//!
//! # Memory
//! 8 bytes a record that has a key, while the rule is worked on; 8 bytes a link afterwards.
//!
//! # Degenerate cases
//! All records on one value: one partition holds them all and each is compared with the same first record; still linear.

use std::mem;

use arrow::util::display::array_value_to_string;

use crate::forest::Forest;
use crate::options::Rule;
use crate::parallel::{map_items, map_ranges};
use crate::records::{At, Records};
use crate::values::{ABSENT, Values, fresh_hashes};

/// Records hashed at a time.
const HASH_ROWS: usize = 2048;

/// Records a partition should have: its table then takes about half a megabyte.
const PARTITION_RECORDS: usize = 16_384;

const MAX_PARTITIONS: usize = 1024;

/// A record and the first record with the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) record: u32,
    pub(crate) first: u32,
}

/// A value on too many records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generic {
    pub(crate) first: u32,
    pub(crate) records: u32,
}

/// What one rule found.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// Records with all columns of the rule.
    pub(crate) present: u64,
    /// Values on two or more records, those above the cap left out.
    pub(crate) values: u64,
    /// By partition; within one in record order.
    pub(crate) links: Vec<Link>,
    /// Values above the cap.
    pub(crate) generic: Vec<Generic>,
}

impl Shares {
    fn append(&mut self, mut other: Shares) {
        self.present += other.present;
        self.values += other.values;
        self.links.append(&mut other.links);
        self.generic.append(&mut other.generic);
    }

    pub(crate) fn connect(&self, forest: &mut Forest) {
        for link in &self.links {
            forest.union(link.record, link.first);
        }
    }
}

/// The columns of a rule.
pub(crate) struct Key<'a> {
    columns: Vec<Values<'a>>,
    fold_case: bool,
    /// Applied to every hash; all ones, except where a test wants collisions.
    hash_mask: u64,
}

impl<'a> Key<'a> {
    pub(crate) fn new(columns: Vec<Values<'a>>, fold_case: bool) -> Self {
        Key {
            columns,
            fold_case,
            hash_mask: u64::MAX,
        }
    }

    #[cfg(test)]
    fn narrowed(mut self, hash_mask: u64) -> Self {
        self.hash_mask = hash_mask;
        self
    }

    fn hash(&self, part: usize, row: usize, hashes: &mut [u64]) {
        fresh_hashes(hashes);
        for column in &self.columns {
            column.hash(part, row..row + hashes.len(), self.fold_case, hashes);
        }
    }

    fn equal(&self, a: At, b: At) -> bool {
        self.columns.iter().all(|c| c.equal(a, b, self.fold_case))
    }
}

/// A record on its way to a partition.
#[derive(Clone, Copy)]
struct Entry {
    /// Half of the hash; later the index of the record's value.
    tag: u32,
    record: u32,
}

/// Finds the records that share a value.
pub(crate) fn shares(records: &Records, key: &Key<'_>, cap: Option<u64>, threads: usize) -> Shares {
    let partitions = (records.len() / PARTITION_RECORDS)
        .next_power_of_two()
        .min(MAX_PARTITIONS);
    let dealt = map_ranges(threads, records.len(), |range| {
        deal(records, key, range, partitions)
    });
    // One work item a partition: its entries from every range, in record order.
    let mut work: Vec<Vec<Vec<Entry>>> = (0..partitions).map(|_| Vec::new()).collect();
    for range in dealt {
        for (partition, entries) in work.iter_mut().zip(range) {
            partition.push(entries);
        }
    }
    // A value on one record links nothing and is no guard's business.
    let cap = cap.map_or(u32::MAX, |cap| {
        u32::try_from(cap.max(1)).unwrap_or(u32::MAX)
    });
    let mut found = Shares::default();
    for shares in map_items(threads, work, |entries| group(records, key, entries, cap)) {
        found.append(shares);
    }
    found
}

fn deal(
    records: &Records,
    key: &Key<'_>,
    range: std::ops::Range<usize>,
    partitions: usize,
) -> Vec<Vec<Entry>> {
    let expected = range.len() / partitions;
    let mut dealt: Vec<Vec<Entry>> = (0..partitions)
        .map(|_| Vec::with_capacity(expected + expected / 16))
        .collect();
    let mut hashes = [0u64; HASH_ROWS];
    let mut record = range.start as u32;
    for (part, row, len) in records.stretches(range, HASH_ROWS) {
        let hashes = &mut hashes[..len];
        key.hash(part, row, hashes);
        for hash in hashes {
            if *hash != ABSENT {
                let hash = *hash & key.hash_mask;
                let partition = (hash >> 32) as usize & (partitions - 1);
                dealt[partition].push(Entry {
                    tag: hash as u32,
                    record,
                });
            }
            record += 1;
        }
    }
    dealt
}

#[derive(Clone, Copy)]
struct Value {
    tag: u32,
    first: u32,
    records: u32,
}

/// Finds the value of each entry and writes its index over the entry's tag. Values are in order of their first record.
fn place(runs: &mut [Vec<Entry>], entries: usize, equal: impl Fn(u32, u32) -> bool) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::with_capacity(entries);
    // Index of a value plus one; at most half full.
    let mut slots = vec![0u32; (entries * 2).next_power_of_two()];
    let mask = slots.len() - 1;
    for entry in runs.iter_mut().flatten() {
        let mut slot = entry.tag as usize & mask;
        entry.tag = loop {
            let Some(index) = slots[slot].checked_sub(1) else {
                slots[slot] = values.len() as u32 + 1;
                values.push(Value {
                    tag: entry.tag,
                    first: entry.record,
                    records: 1,
                });
                break values.len() as u32 - 1;
            };
            let known = &mut values[index as usize];
            if known.tag == entry.tag && equal(entry.record, known.first) {
                known.records += 1;
                break index;
            }
            slot = (slot + 1) & mask;
        };
    }
    values
}

/// Groups by tag first and compares the real values afterwards, all at once: comparisons miss the cache, and in a loop of their own the
/// misses overlap. Where one fails, two values have the same tag, and the partition is grouped again with comparisons on the way.
fn group(records: &Records, key: &Key<'_>, mut runs: Vec<Vec<Entry>>, cap: u32) -> Shares {
    let entries: usize = runs.iter().map(Vec::len).sum();
    let equal = |a: u32, b: u32| key.equal(records.at(a), records.at(b));
    let mut values = place(&mut runs, entries, |_, _| true);
    let trusted = runs.iter().flatten().all(|entry| {
        let first = values[entry.tag as usize].first;
        first == entry.record || equal(entry.record, first)
    });
    if !trusted {
        for entry in runs.iter_mut().flatten() {
            entry.tag = values[entry.tag as usize].tag;
        }
        values = place(&mut runs, entries, equal);
    }

    let mut found = Shares {
        present: entries as u64,
        ..Shares::default()
    };
    for value in &values {
        if value.records > cap {
            found.generic.push(Generic {
                first: value.first,
                records: value.records,
            });
        } else if value.records > 1 {
            found.values += 1;
        }
    }
    let links = |entry: &Entry| {
        let value = values[entry.tag as usize];
        (value.first != entry.record && value.records <= cap).then_some(Link {
            record: entry.record,
            first: value.first,
        })
    };
    for run in &mut runs {
        found.links.extend(mem::take(run).iter().filter_map(links));
    }
    found
}

/// The value of a record under a rule, for people.
pub(crate) fn describe(records: &Records, rule: &Rule, record: u32) -> String {
    let at = records.at(record);
    let mut text = String::new();
    for name in &rule.columns {
        let Some(column) = records.column_index(name) else {
            continue;
        };
        if !text.is_empty() {
            text.push_str(", ");
        }
        let chunk = &records.columns[column].chunks[at.part as usize];
        // A zone name that this build cannot format is no reason to fail a report.
        match array_value_to_string(chunk, at.row as usize) {
            Ok(value) => text.push_str(&value),
            Err(_) => text.push('?'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arrow::array::{RecordBatch, StringViewArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::records::SourceRecords;

    fn table(texts: &[String]) -> Records {
        let schema = Arc::new(Schema::new(vec![Field::new("v", DataType::Utf8View, true)]));
        let column = StringViewArray::from_iter_values(texts);
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(column)]).expect("batch");
        Records::new(vec![SourceRecords {
            name: "s".to_owned(),
            label: "S".to_owned(),
            schema,
            batches: vec![batch],
            key: None,
            address: None,
        }])
        .expect("records")
    }

    fn sorted_links(mut shares: Shares) -> Vec<(u32, u32)> {
        shares.links.sort_by_key(|l| l.record);
        shares.links.iter().map(|l| (l.record, l.first)).collect()
    }

    #[test]
    fn collisions_never_link_strangers() {
        // 40,000 records: more than one partition. Every 7th value returns 3 times.
        let texts: Vec<String> = (0..40_000)
            .map(|i| {
                if i % 7 == 0 {
                    format!("common value {}", i % 1001)
                } else {
                    format!("v{i}")
                }
            })
            .collect();
        let mut first = BTreeMap::new();
        let mut expected = Vec::new();
        for (record, text) in texts.iter().enumerate() {
            match first.get(text) {
                None => {
                    first.insert(text, record as u32);
                }
                Some(first) => expected.push((record as u32, *first)),
            }
        }
        assert!(expected.len() > 5000);
        let records = table(&texts);
        // Two partitions only, tags of 8 bits; then one partition, all tags in 64 classes.
        for mask in [u64::MAX, 0x1_0000_00ff, 0x3f] {
            let values = Values::new(&records.columns[0]).expect("text");
            let key = Key::new(vec![values], false).narrowed(mask);
            assert_eq!(
                sorted_links(shares(&records, &key, None, 2)),
                expected,
                "mask {mask:x}"
            );
        }
    }

    #[test]
    fn a_value_above_the_cap_makes_no_links_at_all() {
        let texts: Vec<String> = ["a", "b", "a", "b", "a", "c"].map(str::to_owned).to_vec();
        let records = table(&texts);
        let with_cap = |cap| {
            let values = Values::new(&records.columns[0]).expect("text");
            shares(&records, &Key::new(vec![values], false), cap, 1)
        };
        let capped = with_cap(Some(2));
        assert_eq!((capped.present, capped.values), (6, 1));
        assert_eq!(
            capped.generic,
            [Generic {
                first: 0,
                records: 3
            }]
        );
        assert_eq!(sorted_links(capped), [(3, 1)]);
        assert_eq!(sorted_links(with_cap(Some(3))), [(2, 0), (3, 1), (4, 0)]);
        assert_eq!(sorted_links(with_cap(None)), [(2, 0), (3, 1), (4, 0)]);
    }
}
