//! Which records have which atoms, both ways.

use std::ops::Range;

use onefold_rows::ahead::{AHEAD, fetch, fetch_all};
use onefold_rows::parallel::map_items;

use crate::atoms::Atoms;
use crate::features::Features;

/// Records whose atoms lie together.
const PART: usize = 1 << 14;

/// The shared atoms of all records.
pub(super) struct Shared {
    /// By part of the records.
    atoms: Vec<Ranks>,
    /// Records by rank, ascending in each.
    records: Vec<u32>,
    /// By rank: where the records begin and end. Between the end of one and the start of the next there may be room.
    starts: Vec<usize>,
    ends: Vec<usize>,
}

/// The atoms of some records.
#[derive(Default)]
struct Ranks {
    /// By record, ascending in each.
    ranks: Vec<u32>,
    bounds: Vec<u32>,
}

impl Ranks {
    fn of(&self, record: usize) -> &[u32] {
        &self.ranks[self.bounds[record] as usize..self.bounds[record + 1] as usize]
    }
}

impl Shared {
    pub(super) fn new(atoms: &Atoms, features: &Features, threads: usize) -> Self {
        let starts = (0..features.records).step_by(PART).collect();
        let parts = map_items(threads, starts, |start: usize| {
            let mut part = Ranks::default();
            part.bounds.push(0);
            let mut found = Vec::new();
            let end = features.records.min(start + PART);
            for record in start..end {
                let later = record + AHEAD;
                if later < end {
                    atoms.fetch(features, later as u32);
                }
                atoms.of_record(features, record as u32, &mut found);
                part.ranks.extend_from_slice(&found);
                part.bounds.push(part.ranks.len() as u32);
            }
            part
        });
        let mut shared = Shared {
            atoms: parts,
            records: Vec::new(),
            starts: Vec::new(),
            ends: Vec::new(),
        };
        shared.turn(&atoms.frequency, threads);
        shared
    }

    /// Lists the records of each atom. Each thread takes a range of atoms; the ranges are on about equally many records.
    fn turn(&mut self, frequency: &[u32], threads: usize) {
        // A record that has an atom twice is counted twice, so there is room enough.
        let mut starts = Vec::with_capacity(frequency.len() + 1);
        starts.push(0);
        let mut all = 0;
        for count in frequency {
            all += *count as usize;
            starts.push(all);
        }
        let mut records = vec![0; all];
        let mut rest = records.as_mut_slice();
        let mut parts = Vec::new();
        for range in shares(frequency, threads) {
            let length = starts[range.end] - starts[range.start];
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            parts.push((range, part));
        }
        let ends = map_items(threads, parts, |(range, part)| {
            let first = starts[range.start];
            let mut ends = starts[range.clone()].to_vec();
            self.each_of(&range, |record, atom| {
                let end = &mut ends[atom];
                part[*end - first] = record;
                *end += 1;
            });
            ends
        });
        self.ends = ends.concat();
        self.records = records;
        self.starts = starts;
    }

    /// Calls `tell` with each record and each of its atoms in a range, counted from the start of the range.
    fn each_of(&self, range: &Range<usize>, mut tell: impl FnMut(u32, usize)) {
        for (part, first) in self.atoms.iter().zip((0..).step_by(PART)) {
            for (record, bounds) in (first..).zip(part.bounds.windows(2)) {
                for atom in &part.ranks[bounds[0] as usize..bounds[1] as usize] {
                    let atom = *atom as usize;
                    if range.contains(&atom) {
                        tell(record, atom - range.start);
                    }
                }
            }
        }
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        let full = self.atoms.len().saturating_sub(1) * PART;
        full + self.atoms.last().map_or(0, |part| part.bounds.len() - 1)
    }

    /// The atoms of a record, ascending.
    pub(super) fn atoms(&self, record: u32) -> &[u32] {
        let record = record as usize;
        self.atoms[record / PART].of(record % PART)
    }

    /// Begins to fetch where the atoms of a record are.
    pub(super) fn fetch_bounds(&self, record: u32) {
        let record = record as usize;
        fetch(self.atoms[record / PART].bounds.get(record % PART));
    }

    /// Begins to fetch the atoms of a record whose bounds have been fetched.
    pub(super) fn fetch_atoms(&self, record: u32) {
        fetch_all(self.atoms(record));
    }

    /// The records of an atom, ascending.
    pub(super) fn records(&self, atom: u32) -> &[u32] {
        let atom = atom as usize;
        &self.records[self.starts[atom]..self.ends[atom]]
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
