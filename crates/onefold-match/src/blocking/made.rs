//! The blocks of an atom: its records, or those that it shares with each other common atom.

use super::shared::Shared;
use super::skipped::{Largest, Skipped};
use crate::atoms::Atoms;

/// Blocks of some atoms.
#[derive(Default)]
pub(super) struct Made {
    pub(super) members: Vec<u32>,
    /// Ends of the blocks among the members.
    pub(super) ends: Vec<u32>,
    pub(super) skipped: u64,
    pub(super) largest: Largest,
}

/// Makes the blocks of one atom after another.
pub(super) struct Maker<'a> {
    atoms: &'a Atoms,
    shared: &'a Shared,
    cap: u32,
    pub(super) made: Made,
    /// Another atom and a record that has both.
    keys: Vec<(u32, u32)>,
    /// By common atom: how many keys it has.
    counts: Vec<u32>,
    /// By common atom: where the next member of its block is put.
    places: Vec<u32>,
}

/// The count of a block above the cap that was told of.
const LARGE: u32 = u32::MAX;

impl<'a> Maker<'a> {
    pub(super) fn new(atoms: &'a Atoms, shared: &'a Shared, cap: u32) -> Self {
        let common = atoms.frequency.len() - atoms.rare as usize;
        Self {
            atoms,
            shared,
            cap,
            made: Made::default(),
            keys: Vec::new(),
            counts: vec![0; common],
            places: vec![0; common],
        }
    }

    /// The blocks of an atom: alone where it is rare, else with each atom that is as common or more so.
    pub(super) fn blocks_of(&mut self, atom: u32) {
        if atom >= self.atoms.rare {
            self.keys_of(atom);
            self.blocks_of_keys(atom);
        } else if let records @ [_, _, ..] = self.shared.records(atom) {
            self.made.members.extend(records);
            self.made.ends.push(self.made.members.len() as u32);
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
        for record in shared.records(atom) {
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
                    *place = made.members.len() as u32;
                    let end = made.members.len() + records as usize;
                    made.members.resize(end, 0);
                    made.ends.push(end as u32);
                }
            }
            made.members[*place as usize] = record;
            *place += 1;
        }
        skipped.iter().for_each(|common| self.counts[*common] = 0);
    }
}
