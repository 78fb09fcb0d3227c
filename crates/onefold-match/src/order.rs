//! The order in which records stand, and the one in which they are drawn.
//!
//! # Algorithm
//! Records of like names stand together: they are often compared, and what stands together is in the processor's cache together. Records of
//! one name stand by a hash of all their values. Lots are by hash alone. So both depend on the values and on nothing else.

use std::ops::Range;

use onefold_rows::parallel::{map_items, map_ranges, sort};

/// Bits of the hash that are kept.
const HASH: u32 = 56;
/// Bits of the number of a record.
const RECORD: u32 = u32::BITS;
/// Records whose keys are made together.
const TOGETHER: usize = 1 << 12;
/// Records that are drawn, about.
const LOTS: usize = 1 << 18;

/// Values of a comparison that get the first codes, as they are drawn: where there are very many, frequencies compare only these.
pub(crate) const FIRST_VALUES: usize = 100_000;

/// By what a record is put in its place.
pub(crate) struct Key {
    /// Records that have this in common, or its upper bits, stand together. It has 40 bits.
    pub(crate) near: u64,
    /// A hash of all values. Records of equal hashes have equal values, so which of them is the first changes nothing.
    pub(crate) hash: u64,
}

/// In which order records stand, and are drawn.
pub(crate) struct Order {
    /// The record at each place.
    pub(crate) order: Vec<u32>,
    /// Places that are drawn at random, in a random order: all of them, unless there are very many.
    pub(crate) lots: Vec<u32>,
}

impl Order {
    /// `keys` makes the keys of a range of records.
    pub(crate) fn new(
        records: usize,
        threads: usize,
        keys: impl Fn(Range<usize>) -> Vec<Key> + Sync,
    ) -> Self {
        let parts = (0..records).step_by(TOGETHER);
        let parts = parts.map(|start| start..records.min(start + TOGETHER));
        let packed = map_items(threads, parts.collect(), |range: Range<usize>| {
            let keyed = keys(range.clone()).into_iter().zip(range);
            let packed = keyed.map(|(Key { near, hash }, record)| {
                let hash = hash >> (u64::BITS - HASH);
                (u128::from(near) << HASH | u128::from(hash)) << RECORD | record as u128
            });
            packed.collect::<Vec<u128>>()
        });
        let mut keys = packed.concat();
        sort(&mut keys, threads);
        let share = (LOTS as f64 / records.max(1) as f64).min(1.0);
        let last = (share * f64::from(u32::MAX)) as u32;
        let drawn = map_ranges(threads, records, |range| {
            let places = range.clone().zip(&keys[range]);
            // The upper half of the hash is enough to draw by.
            let lots =
                places.map(|(place, key)| ((*key >> (RECORD + HASH - 32)) as u32, place as u32));
            lots.filter(|(lot, _)| *lot <= last)
                .collect::<Vec<(u32, u32)>>()
        });
        let mut lots = drawn.concat();
        sort(&mut lots, threads);
        Self {
            order: keys.iter().map(|key| *key as u32).collect(),
            lots: lots.into_iter().map(|(_, place)| place).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use onefold_rows::hash::mix;

    use super::*;

    fn keys(records: Range<usize>) -> Vec<Key> {
        records.map(key).collect()
    }

    /// The key of a record: two of three have the neighbour's name.
    fn key(record: usize) -> Key {
        Key {
            near: mix(record as u64 / 3, 1) >> (u64::BITS - 40),
            hash: mix(record as u64, 2),
        }
    }

    #[test]
    fn records_of_one_name_stand_together() {
        let Order { order, lots } = Order::new(300, 2, keys);
        let names: Vec<u64> = order.iter().map(|r| key(*r as usize).near).collect();
        assert!(names.is_sorted());
        let drawn: Vec<u64> = lots
            .iter()
            .map(|l| key(order[*l as usize] as usize).hash)
            .collect();
        assert_eq!(drawn.len(), 300);
        assert!(drawn.is_sorted());
    }

    #[test]
    fn a_share_of_many_records_is_drawn() {
        let Order { order, lots } = Order::new(3 * LOTS, 2, keys);
        assert_eq!(order.len(), 3 * LOTS);
        let share = lots.len() as f64 / LOTS as f64;
        assert!((share - 1.0).abs() < 0.01, "{share}");
    }
}
