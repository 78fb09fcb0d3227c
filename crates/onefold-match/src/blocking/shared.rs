//! Which records have which atoms, both ways.

use std::ops::Range;

use onefold_rows::parallel::{map_items, map_ranges};

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
        shared.turn(&atoms.frequency, threads);
        shared
    }

    /// Lists the records of each atom. Each thread takes a range of atoms; the ranges are on about equally many records.
    fn turn(&mut self, frequency: &[u32], threads: usize) {
        let ranges = shares(frequency, threads);
        let counted = map_items(threads, ranges.clone(), |range| {
            let mut counts = vec![0u32; range.len()];
            self.each_of(&range, |_, atom| counts[atom] += 1);
            counts
        });
        let mut bounds = Vec::with_capacity(frequency.len() + 1);
        bounds.push(0);
        let mut all = 0;
        for count in counted.into_iter().flatten() {
            all += count as usize;
            bounds.push(all);
        }
        let mut records = vec![0; all];
        let mut rest = records.as_mut_slice();
        let mut parts = Vec::with_capacity(ranges.len());
        for range in ranges {
            let length = bounds[range.end] - bounds[range.start];
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            parts.push((range, part));
        }
        map_items(threads, parts, |(range, part)| {
            let start = bounds[range.start];
            let next = bounds[range.clone()].iter().map(|bound| bound - start);
            let mut next: Vec<usize> = next.collect();
            self.each_of(&range, |record, atom| {
                part[next[atom]] = record;
                next[atom] += 1;
            });
        });
        self.records = records;
        self.record_bounds = bounds;
    }

    /// Calls `tell` with each record and each of its atoms in a range, counted from the start of the range.
    fn each_of(&self, range: &Range<usize>, mut tell: impl FnMut(u32, usize)) {
        for (record, bounds) in self.atom_bounds.windows(2).enumerate() {
            for atom in &self.atoms[bounds[0]..bounds[1]] {
                let atom = *atom as usize;
                if range.contains(&atom) {
                    tell(record as u32, atom - range.start);
                }
            }
        }
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

/// Splits atoms into ranges that are on about equally many records in all.
fn shares(frequency: &[u32], parts: usize) -> Vec<Range<usize>> {
    let all: u64 = frequency.iter().map(|count| u64::from(*count)).sum();
    let most = all / parts.max(1) as u64 + 1;
    let (mut shares, mut start, mut sum) = (Vec::new(), 0, 0);
    for (atom, count) in frequency.iter().enumerate() {
        sum += u64::from(*count);
        if sum >= most {
            shares.push(start..atom + 1);
            (start, sum) = (atom + 1, 0);
        }
    }
    shares.push(start..frequency.len());
    shares
}
