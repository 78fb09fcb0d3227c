//! The largest of the blocks that make no pairs.

use serde::Serialize;

use crate::atoms::Atoms;
use crate::features::Features;

/// Blocks that are listed.
const LISTED: usize = 10;

/// A block above the cap, which makes no pairs: what its records share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkippedBlock {
    /// Labels of the comparisons, and what of their values is shared: two values together.
    pub values: Vec<(String, String)>,
    /// Records of the block.
    pub records: u32,
    /// Pairs of them that were not compared, because they share nothing rarer.
    pub not_compared: u64,
}

/// A block above the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) records: u32,
    /// The atoms that its records share.
    pub(super) atoms: [u32; 2],
}

impl Skipped {
    /// What its records share.
    pub(super) fn named(
        &self,
        members: &[u32],
        features: &Features,
        atoms: &Atoms,
    ) -> SkippedBlock {
        let name = |atom: &u32| atoms.name(features, *members.first()?, *atom);
        SkippedBlock {
            values: self.atoms.iter().filter_map(name).collect(),
            records: self.records,
            not_compared: 0,
        }
    }
}

/// The largest blocks above the cap, the largest first.
#[derive(Debug, Default)]
pub(super) struct Largest(pub(super) Vec<Skipped>);

impl Largest {
    pub(super) fn add(&mut self, block: Skipped) {
        let key = |block: &Skipped| (std::cmp::Reverse(block.records), block.atoms);
        let place = self.0.partition_point(|other| key(other) < key(&block));
        if place < LISTED {
            self.0.insert(place, block);
            self.0.truncate(LISTED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_stay_in_any_order() {
        let block = |number: u64| Skipped {
            records: number as u32 / 2,
            atoms: [number as u32 % 3, number as u32],
        };
        let mut up = Largest::default();
        (0..40).for_each(|number| up.add(block(number)));
        let mut down = Largest::default();
        (0..40).rev().for_each(|number| down.add(block(number)));
        assert_eq!(up.0, down.0);
        let sizes: Vec<u32> = up.0.iter().map(|block| block.records).collect();
        assert_eq!(sizes, [19, 19, 18, 18, 17, 17, 16, 16, 15, 15]);
    }
}
