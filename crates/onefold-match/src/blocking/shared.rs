//! Which records have which atoms, both ways.

use onefold_rows::parallel::map_ranges;

use crate::atoms::Atoms;
use crate::features::Features;

/// The shared atoms of all records.
pub(super) struct Shared {
    /// Ranks of atoms by record, ascending in each.
    atoms: Vec<u32>,
    atom_bounds: Vec<usize>,
    /// Records by rank, ascending in each.
    records: Vec<u32>,
    record_bounds: Vec<usize>,
}

impl Shared {
    pub(super) fn new(atoms: &Atoms, features: &Features, threads: usize) -> Self {
        let parts = map_ranges(threads, features.records, |range| {
            let (mut ranks, mut ends) = (Vec::new(), Vec::with_capacity(range.len()));
            let mut found = Vec::new();
            for record in range {
                atoms.of_record(features, record as u32, &mut found);
                ranks.extend_from_slice(&found);
                ends.push(ranks.len());
            }
            (ranks, ends)
        });
        let mut shared = Shared {
            atoms: Vec::with_capacity(parts.iter().map(|(ranks, _)| ranks.len()).sum()),
            atom_bounds: Vec::with_capacity(features.records + 1),
            records: Vec::new(),
            record_bounds: Vec::new(),
        };
        shared.atom_bounds.push(0);
        for (ranks, ends) in parts {
            let offset = shared.atoms.len();
            shared.atoms.extend(ranks);
            shared
                .atom_bounds
                .extend(ends.iter().map(|end| end + offset));
        }
        shared.turn(atoms.frequency.len());
        shared
    }

    /// Lists the records of each atom.
    fn turn(&mut self, atoms: usize) {
        let mut bounds = vec![0; atoms + 1];
        for atom in &self.atoms {
            bounds[*atom as usize + 1] += 1;
        }
        for atom in 0..atoms {
            bounds[atom + 1] += bounds[atom];
        }
        let mut next = bounds.clone();
        let mut records = vec![0; self.atoms.len()];
        for (record, bounds) in self.atom_bounds.windows(2).enumerate() {
            for atom in &self.atoms[bounds[0]..bounds[1]] {
                let place = &mut next[*atom as usize];
                records[*place] = record as u32;
                *place += 1;
            }
        }
        self.records = records;
        self.record_bounds = bounds;
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.atom_bounds.len() - 1
    }

    /// The atoms of a record, ascending.
    pub(super) fn atoms(&self, record: u32) -> &[u32] {
        let at = record as usize;
        &self.atoms[self.atom_bounds[at]..self.atom_bounds[at + 1]]
    }

    /// Reads the atoms of some records, so that the processor fetches all of them at the same time and not one after the other. Changes
    /// nothing but the time.
    pub(super) fn fetch(&self, records: &[u32]) {
        let mut read = 0;
        for record in records {
            if let [first, .., last] = self.atoms(*record) {
                read ^= first ^ last;
            }
        }
        std::hint::black_box(read);
    }

    /// The records of an atom, ascending.
    pub(super) fn records(&self, atom: u32) -> &[u32] {
        let at = atom as usize;
        &self.records[self.record_bounds[at]..self.record_bounds[at + 1]]
    }

    /// The records of two atoms, ascending.
    pub(super) fn records_with(&self, [a, b]: [u32; 2]) -> Vec<u32> {
        let has = |record: &&u32| self.atoms(**record).binary_search(&b).is_ok();
        self.records(a).iter().filter(has).copied().collect()
    }
}
