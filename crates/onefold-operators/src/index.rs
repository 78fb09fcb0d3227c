//! A hash index of the keys of one side of a join.
//!
//! # Algorithm
//! Open addressing, at most half full. A slot is one word: half of the hash and a number. A stretch of probes goes through the index in
//! passes: hash all, load all first slots, compare all keys column by column. So the loads of many probes run at once.
//!
//! # Memory
//! 16 to 32 bytes a key, and the key's values.

use onefold_rows::hash::{ABSENT, HASH_ROWS};
use onefold_rows::parallel::{map_items, touch};
use onefold_rows::partition::{Runs, partition_of};
use onefold_rows::{NO_ROW, Place, Places};

use crate::groups::deal_all;
use crate::keys::Keys;
use crate::time::Times;

/// By how many keys one partition may exceed another without being suspect.
const UNEVEN: usize = 4_096;

/// The low half of a key's hash, and the key's number.
pub(crate) type Numbered = (u32, u32);

pub(crate) struct Index {
    /// A region of the same size for each partition. A slot holds the low half of the hash and the key's number plus one; 0 is empty.
    slots: Vec<u64>,
    region: usize,
    partitions: usize,
    /// Row *n* of part 0 has the values of key *n*.
    keys: Keys,
}

impl Index {
    /// Indexes keys that all differ, by row, and counts the rows that have a key. It gives the keys back where two rows have the same one.
    ///
    /// All rows of a key are in one partition, and all regions are as large as the fullest partition needs. So a partition much fuller than
    /// the others is taken for rows of one key before any memory is spent on it.
    pub(crate) fn of_distinct(
        keys: Keys,
        rows: usize,
        threads: usize,
    ) -> Result<(Self, usize), Keys> {
        let dealt = deal_all(&keys, None, &Places::in_one_piece(rows), threads);
        let sizes = || {
            dealt
                .iter()
                .map(|runs| runs.iter().map(Vec::len).sum::<usize>())
        };
        let (present, most) = (sizes().sum(), sizes().max().unwrap_or(0));
        if is_uneven(most, present, dealt.len()) {
            return Err(keys);
        }
        let mut index = Index::empty(dealt.len(), most, keys);
        let (region, keys) = (index.region, &index.keys);
        let at = |row| Place { part: 0, row };
        let work = index.slots.chunks_mut(region).zip(dealt).collect();
        let all_differ = map_items(threads, work, |(slots, runs): (&mut [u64], Runs)| {
            touch(slots);
            runs.iter().flatten().all(|entry| {
                let same = |row| keys.equal(at(entry.row), keys, at(row));
                insert(slots, entry.tag, entry.row, same)
            })
        });
        match all_differ.into_iter().all(|differ| differ) {
            true => Ok((index, present)),
            false => Err(index.keys),
        }
    }

    /// An index with room for so many keys in each of so many partitions.
    fn empty(partitions: usize, most: usize, keys: Keys) -> Self {
        let region = (most * 2).next_power_of_two();
        Index {
            slots: vec![0; region * partitions],
            region,
            partitions,
            keys,
        }
    }

    /// `numbered` has the keys of each partition as [`map_partitions`](crate::groups::map_partitions) made them.
    pub(crate) fn new(numbered: Vec<Vec<Numbered>>, keys: Keys, threads: usize) -> Self {
        let most = numbered.iter().map(Vec::len).max().unwrap_or(0);
        let mut index = Index::empty(numbered.len(), most, keys);
        let work = index.slots.chunks_mut(index.region).zip(numbered).collect();
        map_items(threads, work, |(slots, numbered): (&mut [u64], Vec<_>)| {
            touch(slots);
            for (tag, number) in numbered {
                insert(slots, tag, number, |_| false);
            }
        });
        index
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    fn start(&self, hash: u64) -> usize {
        partition_of(hash, self.partitions) * self.region + (hash as usize & (self.region - 1))
    }

    fn next(&self, slot: usize) -> usize {
        let region = slot & !(self.region - 1);
        region | ((slot + 1) & (self.region - 1))
    }

    /// The number of the key of each row of a batch, or [`NO_ROW`]; and how many rows have a null in the key (or no time, where times are
    /// given).
    pub(crate) fn find(&self, left: &Keys, times: Option<&Times>, rows: usize) -> (Vec<u32>, u64) {
        let mut hashes = [0u64; HASH_ROWS];
        let mut slots = [0usize; HASH_ROWS];
        let mut words = [0u64; HASH_ROWS];
        let mut equal = [false; HASH_ROWS];
        let mut absent = 0;
        let mut found = Vec::with_capacity(rows);
        for first in (0..rows).step_by(HASH_ROWS) {
            let len = HASH_ROWS.min(rows - first);
            let (hashes, slots) = (&mut hashes[..len], &mut slots[..len]);
            let (words, equal) = (&mut words[..len], &mut equal[..len]);
            left.hash(0, first, hashes);
            if let Some(times) = times {
                times.mark_absent(0, first, hashes);
            }
            for (slot, hash) in slots.iter_mut().zip(&*hashes) {
                *slot = self.start(*hash);
            }
            for (word, slot) in words.iter_mut().zip(&*slots) {
                *word = self.slots[*slot];
            }
            for ((hash, slot), word) in hashes.iter().zip(&mut *slots).zip(&*words) {
                if *hash == ABSENT {
                    absent += 1;
                    found.push(NO_ROW);
                } else {
                    found.push(self.follow(*hash as u32, slot, *word));
                }
            }
            let found = &mut found[first..];
            left.compare_stretch(first, &self.keys, found, equal);
            for row in 0..len {
                if !equal[row] {
                    found[row] =
                        self.follow_equal(left, first + row, hashes[row] as u32, slots[row]);
                }
            }
        }
        (found, absent)
    }

    /// The number in the first slot with this tag, from `slot`, which holds `word`, on.
    #[inline]
    fn follow(&self, tag: u32, slot: &mut usize, mut word: u64) -> u32 {
        loop {
            if word == 0 {
                return NO_ROW;
            }
            if (word >> 32) as u32 == tag {
                return word as u32 - 1;
            }
            *slot = self.next(*slot);
            word = self.slots[*slot];
        }
    }

    /// The number of the key that is equal, looking from after `slot`.
    #[cold]
    fn follow_equal(&self, left: &Keys, row: usize, tag: u32, mut slot: usize) -> u32 {
        let a = Place {
            part: 0,
            row: row as u32,
        };
        loop {
            slot = self.next(slot);
            let word = self.slots[slot];
            let number = self.follow(tag, &mut slot, word);
            let b = Place {
                part: 0,
                row: number,
            };
            if number == NO_ROW || left.equal(a, &self.keys, b) {
                return number;
            }
        }
    }
}

/// Whether the fullest partition has more rows than distinct keys would give it.
fn is_uneven(most: usize, rows: usize, partitions: usize) -> bool {
    most > 2 * (rows / partitions) + UNEVEN
}

/// Puts a key into the region of its partition, unless a key with its tag is the `same`. Returns whether it is new.
#[inline]
fn insert(slots: &mut [u64], tag: u32, number: u32, same: impl Fn(u32) -> bool) -> bool {
    let mask = slots.len() - 1;
    let mut slot = tag as usize & mask;
    while slots[slot] != 0 {
        let word = slots[slot];
        if (word >> 32) as u32 == tag && same(word as u32 - 1) {
            return false;
        }
        slot = (slot + 1) & mask;
    }
    slots[slot] = u64::from(tag) << 32 | u64::from(number + 1);
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringViewArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::column::Nulls;
    use crate::groups::map_partitions;

    #[test]
    fn collisions_find_the_right_key() {
        let name = |i: u32| match i % 3 {
            0 => format!("k{i}"),
            _ => format!("a longer key {i}"),
        };
        let schema = Arc::new(Schema::new(vec![Field::new("k", DataType::Utf8View, true)]));
        let column = |rows: std::ops::Range<u32>| -> ArrayRef {
            let value = |i: u32| (i % 11 != 5).then(|| name(i));
            Arc::new(StringViewArray::from_iter(rows.map(value)))
        };
        for mask in [u64::MAX, 0x1_0000_00ff, 0x3f] {
            let keys = |rows| {
                let keys = Keys::of_arrays(&schema, &[0], &[column(rows)], Nulls::Distinct);
                keys.expect("keys").narrowed(mask)
            };
            let places = Places::in_one_piece(40_000);
            let numbered = map_partitions(&keys(0..40_000), None, &places, 2, |partition| {
                partition.groups.iter().map(|g| (g.tag, g.first)).collect()
            });
            let of_distinct = Index::of_distinct(keys(0..40_000), 40_000, 2);
            let (of_distinct, present) = of_distinct.unwrap_or_else(|_| panic!("all differ"));
            assert_eq!(present, (0..40_000).filter(|i| i % 11 != 5).count());
            for index in [Index::new(numbered, keys(0..40_000), 2), of_distinct] {
                let (found, absent) = index.find(&keys(39_000..42_000), None, 3000);
                assert_eq!(
                    absent,
                    (39_000..42_000).filter(|i| i % 11 == 5).count() as u64
                );
                for (i, found) in (39_000..42_000).zip(found) {
                    let expected = if i < 40_000 && i % 11 != 5 { i } else { NO_ROW };
                    assert_eq!(found, expected, "mask {mask:x}");
                }
            }
            // The last two rows differ in nothing; then one key is on so many rows that no index is tried.
            let twice = (0..40_000).chain([39_999]);
            let twice = StringViewArray::from_iter_values(twice.map(name));
            let twice = Keys::of_arrays(&schema, &[0], &[Arc::new(twice)], Nulls::Distinct);
            let twice = twice.expect("keys").narrowed(mask);
            assert!(Index::of_distinct(twice, 40_001, 2).is_err());
        }
    }

    #[test]
    fn a_key_on_many_rows_takes_no_memory() {
        const ROWS: usize = 1 << 20;
        let schema = Arc::new(Schema::new(vec![Field::new("k", DataType::Int64, true)]));
        let index = |key: fn(usize) -> i64| {
            let keys: ArrayRef = Arc::new(Int64Array::from_iter_values((0..ROWS).map(key)));
            let keys = Keys::of_arrays(&schema, &[0], &[keys], Nulls::Distinct);
            Index::of_distinct(keys.expect("keys"), ROWS, 2)
        };
        let (of_all, _) = index(|row| row as i64).unwrap_or_else(|_| panic!("all differ"));
        assert!(of_all.slots.len() <= 4 * ROWS);
        // Half of the rows have one key: regions for it would take sixteen slots and more a row.
        assert!(index(|row| if row % 2 == 0 { -1 } else { row as i64 }).is_err());
        assert!(is_uneven(ROWS / 2, ROWS, 64) && is_uneven(ROWS / 20, ROWS, 64));
        assert!(!is_uneven(ROWS / 64 + 1000, ROWS, 64) && !is_uneven(4000, 4000, 1));
    }
}
