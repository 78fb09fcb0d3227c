//! The blocks of an atom: its records, or those that it shares with each other common atom.

use std::ops::Range;

use onefold_rows::ahead::ahead_twice;

use super::shared::Shared;
use super::skipped::{Largest, Skipped};
use crate::atoms::Atoms;

/// Most hands.
const HANDS: usize = 64;

/// How pairs are dealt: each hand has those of consecutive first records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deal {
    pub(super) hands: usize,
    /// Logarithm of the number of records of a hand.
    shift: u32,
}

impl Deal {
    pub(super) fn new(records: usize) -> Self {
        let shift = records.div_ceil(HANDS).next_power_of_two().trailing_zeros();
        Self {
            hands: records.div_ceil(1 << shift),
            shift,
        }
    }

    /// The first records of a hand.
    pub(super) fn records(self, hand: usize, records: usize) -> Range<usize> {
        hand << self.shift..((hand + 1) << self.shift).min(records)
    }
}

/// Pairs by hand.
pub(super) type Dealt = Vec<Vec<(u32, u32)>>;

/// Blocks of some atoms.
pub(super) struct Made {
    /// The pairs of all blocks.
    pub(super) pairs: Dealt,
    pub(super) blocks: u64,
    pub(super) skipped: u64,
    pub(super) largest: Largest,
}

impl Made {
    /// Adds a block: its records, ascending.
    fn add(&mut self, deal: Deal, members: &[u32]) {
        self.blocks += 1;
        for (place, record) in members.iter().enumerate() {
            let pairs = &mut self.pairs[(record >> deal.shift) as usize];
            pairs.extend(members[place + 1..].iter().map(|later| (*record, *later)));
        }
    }
}

/// Makes the blocks of one atom after another.
pub(super) struct Maker<'a> {
    atoms: &'a Atoms,
    shared: &'a Shared,
    deal: Deal,
    cap: u32,
    pub(super) made: Made,
    /// Another atom and a record that has both.
    keys: Vec<(u32, u32)>,
    /// By common atom: how many keys it has.
    counts: Vec<u32>,
    /// By common atom: where the next member of its block is put.
    places: Vec<u32>,
    /// The blocks of an atom, and where each ends.
    members: Vec<u32>,
    ends: Vec<u32>,
}

/// The count of a block above the cap that was told of.
const LARGE: u32 = u32::MAX;

impl<'a> Maker<'a> {
    pub(super) fn new(atoms: &'a Atoms, shared: &'a Shared, deal: Deal, cap: u32) -> Self {
        let common = atoms.frequency.len() - atoms.rare as usize;
        Self {
            atoms,
            shared,
            deal,
            cap,
            made: Made {
                pairs: vec![Vec::new(); deal.hands],
                blocks: 0,
                skipped: 0,
                largest: Largest::default(),
            },
            keys: Vec::new(),
            counts: vec![0; common],
            places: vec![0; common],
            members: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The blocks of an atom: alone where it is rare, else with each atom that is as common or more so.
    pub(super) fn blocks_of(&mut self, atom: u32) {
        if atom >= self.atoms.rare {
            self.keys_of(atom);
            self.blocks_of_keys(atom);
        } else if let records @ [_, _, ..] = self.shared.records(atom) {
            self.made.add(self.deal, records);
        }
    }

    fn keys_of(&mut self, atom: u32) {
        let Self { atoms, shared, .. } = *self;
        let first_common = atoms.rare as usize;
        // Were the two independent, so many records would have both.
        let most = 3 * u64::from(self.cap) * shared.len() as u64;
        let most = most / u64::from(atoms.frequency[atom as usize]);
        let common = &atoms.frequency[first_common..];
        let promising = common.partition_point(|frequency| u64::from(*frequency) <= most);
        let end = (first_common + promising) as u32;
        if end <= atom + 1 {
            return;
        }
        let records = ahead_twice(
            shared.records(atom),
            |record| shared.fetch_bounds(*record),
            |record| shared.fetch_atoms(*record),
        );
        for record in records {
            let others = shared.atoms(*record).iter();
            let others = others.skip_while(|other| **other <= atom);
            for other in others.take_while(|other| **other < end) {
                if atoms.are_pair(atom, *other) {
                    self.counts[*other as usize - first_common] += 1;
                    self.keys.push((*other, *record));
                }
            }
        }
    }

    fn blocks_of_keys(&mut self, atom: u32) {
        let first_common = self.atoms.rare as usize;
        let made = &mut self.made;
        let mut skipped = Vec::new();
        self.members.clear();
        self.ends.clear();
        for (other, record) in self.keys.drain(..) {
            let common = other as usize - first_common;
            let (count, place) = (&mut self.counts[common], &mut self.places[common]);
            match std::mem::replace(count, 0) {
                // The block has its place already.
                0 => {}
                1 => continue,
                LARGE => {
                    *count = LARGE;
                    continue;
                }
                records if records > self.cap => {
                    *count = LARGE;
                    skipped.push(common);
                    made.skipped += 1;
                    let atoms = [atom, other];
                    made.largest.add(Skipped { records, atoms });
                    continue;
                }
                records => {
                    *place = self.members.len() as u32;
                    let end = self.members.len() + records as usize;
                    self.members.resize(end, 0);
                    self.ends.push(end as u32);
                }
            }
            self.members[*place as usize] = record;
            *place += 1;
        }
        let mut start = 0;
        for end in self.ends.drain(..).map(|end| end as usize) {
            made.add(self.deal, &self.members[start..end]);
            start = end;
        }
        skipped.iter().for_each(|common| self.counts[*common] = 0);
    }
}
