//! Blocking: which pairs of records are worth comparing.
//!
//! # Algorithm
//! A *key* is one rare atom, or two common atoms of different values. The records of a key are a *block*. A block of more records than the
//! cap makes no pairs: its records meet under a rarer key if they are alike at all. So every record is compared with few others, whatever
//! the sizes of the blocks, and no key has to be chosen by hand.
//!
//! # Memory
//! Keys are made in passes, each over a part of the space of their hashes, and sorted there: 8 bytes a key of a pass. What stays is two
//! numbers a record and block. Pairs are never stored: [`Blocks::candidates`] lists those of one record when it is asked.

mod skipped;

use onefold_rows::hash::mix;
use onefold_rows::parallel::{map_items, map_ranges, ranges};

use crate::atoms::{Atom, Atoms};
use crate::features::Features;
use skipped::{Largest, Skipped};

pub use skipped::SkippedBlock;

/// Keys of a pass, about.
const PASS: u64 = 14 << 20;
/// Parts of a pass, which threads sort apart.
const PARTS: usize = 256;
/// Bits of a sorted key that are the record; the others are of the hash. With the bits that choose pass and part, 40 or more are: of
/// millions of keys a few share a block by chance, whose pairs are compared for nothing.
const RECORD: u64 = u32::MAX as u64;
/// Records whose keys are counted.
const SEEN: usize = 10_000;
/// Hash that a rare atom is paired with.
const ALONE: u64 = 0x5ca1_ab1e;

/// Records of which all pairs are compared.
const ALL_PAIRS: usize = 1000;

/// The blocks of all records.
pub(crate) struct Blocks {
    /// Records by block, ascending in each.
    members: Vec<u32>,
    bounds: Vec<u32>,
    /// Blocks by record.
    blocks: Vec<u32>,
    block_bounds: Vec<u32>,
    pub(crate) report: BlockReport,
}

/// What blocking did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockReport {
    /// Most records of a block.
    pub cap: u32,
    /// Blocks of two or more records.
    pub blocks: u64,
    /// Blocks of more records than the cap, which make no pairs.
    pub skipped: u64,
    /// Records of the largest of these.
    pub largest: u32,
    /// The largest of these, ten at most.
    pub skipped_blocks: Vec<SkippedBlock>,
}

/// Most records of a block among so many records: fewer where there are many, since rarer keys are found then.
fn cap(records: usize) -> u32 {
    let scale = (50_000.0 / records.max(1) as f64).powf(0.6);
    (20.0 * scale).round().clamp(5.0, 20.0) as u32
}

/// The keys of one record.
struct Keys<'a> {
    features: &'a Features,
    atoms: &'a Atoms,
    cap: u32,
    found: Vec<Atom>,
    common: Vec<Atom>,
}

impl<'a> Keys<'a> {
    fn new(features: &'a Features, atoms: &'a Atoms, cap: u32) -> Self {
        Self {
            features,
            atoms,
            cap,
            found: Vec::new(),
            common: Vec::new(),
        }
    }

    /// The keys of a record, each with the numbers of its atoms.
    fn each(&mut self, record: u32, mut use_key: impl FnMut(u64, [u32; 2])) {
        self.atoms.of_record(self.features, record, &mut self.found);
        self.common.clear();
        let records = self.features.records as u64;
        for atom in &self.found {
            let frequency = self.atoms.frequency[atom.number as usize];
            if frequency <= self.cap {
                use_key(mix(u64::from(atom.number), ALONE), [atom.number; 2]);
            } else if u64::from(frequency) < records / 4 + 64 {
                self.common.push(*atom);
            }
        }
        for (place, a) in self.common.iter().enumerate() {
            let frequency = u64::from(self.atoms.frequency[a.number as usize]);
            for b in &self.common[place + 1..] {
                let other = u64::from(self.atoms.frequency[b.number as usize]);
                // Were the two independent, so many records would have both.
                let is_promising = frequency * other <= 3 * u64::from(self.cap) * records;
                if is_promising && a.pairs_with(*b) {
                    let (low, high) = (a.number.min(b.number), a.number.max(b.number));
                    let key = mix(u64::from(low), u64::from(high) + (1 << 40));
                    use_key(key, [low, high]);
                }
            }
        }
    }
}

/// The part of a pass that a key is of.
fn part_of(key: u64) -> usize {
    (key >> 16) as usize % PARTS
}

impl Blocks {
    pub(crate) fn new(features: &Features, threads: usize) -> Self {
        let records = features.records;
        if records <= ALL_PAIRS {
            return Self::whole(records);
        }
        let atoms = &Atoms::new(features, threads);
        let cap = cap(records);
        // The order is by hash, so its beginning tells of all.
        let seen = records.min(SEEN);
        let keys: u64 = map_ranges(threads, seen, |range| {
            let mut keys = Keys::new(features, atoms, cap);
            let mut count = 0u64;
            range.for_each(|record| keys.each(record as u32, |_, _| count += 1));
            count
        })
        .into_iter()
        .sum();
        let keys = keys * records as u64 / seen as u64;
        let passes = keys.div_ceil(PASS).max(1);
        let mut blocks = Blocks {
            members: Vec::new(),
            bounds: vec![0],
            blocks: Vec::new(),
            block_bounds: Vec::new(),
            report: BlockReport {
                cap,
                ..BlockReport::default()
            },
        };
        let mut largest = Largest::default();
        for pass in 0..passes {
            let dealt = map_items(threads, ranges(threads * 4, records), |range| {
                let mut parts: Vec<Vec<u64>> = vec![Vec::new(); PARTS];
                let mut keys = Keys::new(features, atoms, cap);
                for record in range {
                    keys.each(record as u32, |key, _| {
                        if key % passes == pass {
                            let part = part_of(key);
                            parts[part].push(key & !RECORD | record as u64);
                        }
                    });
                }
                parts
            });
            let mut by_part: Vec<Vec<Vec<u64>>> = (0..PARTS).map(|_| Vec::new()).collect();
            for parts in dealt {
                for (part, keys) in parts.into_iter().enumerate() {
                    by_part[part].push(keys);
                }
            }
            for (number, part) in map_items(threads, by_part, |runs| Part::new(runs, cap))
                .into_iter()
                .enumerate()
            {
                let space = (pass, number as u64);
                for block in &part.largest.0 {
                    largest.add(Skipped { space, ..*block });
                }
                blocks.append(part);
            }
        }
        blocks.by_record(records);
        blocks.report.skipped_blocks = blocks.listed(&largest, features, atoms, passes, threads);
        blocks
    }

    /// All records as one block.
    fn whole(records: usize) -> Self {
        let members: Vec<u32> = (0..records as u32).collect();
        Self {
            bounds: vec![0, records as u32],
            blocks: vec![0; records],
            block_bounds: (0..=records as u32).collect(),
            report: BlockReport {
                cap: records as u32,
                blocks: 1,
                ..BlockReport::default()
            },
            members,
        }
    }

    fn append(&mut self, part: Part) {
        let offset = self.members.len() as u32;
        self.members.extend(part.members);
        self.bounds.extend(part.ends.iter().map(|end| end + offset));
        self.report.blocks += part.ends.len() as u64;
        self.report.skipped += part.skipped;
        self.report.largest = self.report.largest.max(part.most);
    }

    /// The largest blocks that make no pairs, with what their records share.
    fn listed(
        &self,
        largest: &Largest,
        features: &Features,
        atoms: &Atoms,
        passes: u64,
        threads: usize,
    ) -> Vec<SkippedBlock> {
        let mut keys = Keys::new(features, atoms, self.report.cap);
        let mut shared = Vec::with_capacity(largest.0.len());
        for block in &largest.0 {
            let mut pair = [0; 2];
            keys.each(block.member, |key, numbers| {
                let space = (key % passes, part_of(key) as u64);
                if (space, key >> 32) == (block.space, block.hash) {
                    pair = numbers;
                }
            });
            shared.push(pair);
        }
        let members = atoms.members(features, &shared, threads);
        let mut listed = Vec::with_capacity(shared.len());
        for ((block, pair), members) in largest.0.iter().zip(&shared).zip(&members) {
            let mut seen = Seen::default();
            let (mut found, mut met) = (Vec::new(), 0);
            for record in members {
                self.candidates(*record, &mut seen, &mut found);
                let is_member = |other: &&u32| members.binary_search(other).is_ok();
                met += found.iter().filter(is_member).count() as u64;
            }
            let records = members.len() as u64;
            listed.push(SkippedBlock {
                values: pair
                    .iter()
                    .filter_map(|number| atoms.name(features, block.member, *number))
                    .collect(),
                records: block.records,
                not_compared: (records * records.saturating_sub(1) / 2).saturating_sub(met),
            });
        }
        listed
    }

    fn by_record(&mut self, records: usize) {
        let mut bounds = vec![0u32; records + 1];
        for member in &self.members {
            bounds[*member as usize + 1] += 1;
        }
        for record in 0..records {
            bounds[record + 1] += bounds[record];
        }
        let mut next = bounds.clone();
        let mut blocks = vec![0u32; self.members.len()];
        for block in 0..self.bounds.len() - 1 {
            let range = self.bounds[block] as usize..self.bounds[block + 1] as usize;
            for member in &self.members[range] {
                let place = &mut next[*member as usize];
                blocks[*place as usize] = block as u32;
                *place += 1;
            }
        }
        self.blocks = blocks;
        self.block_bounds = bounds;
    }

    /// The later records that a record is worth comparing with, each once.
    pub(crate) fn candidates(&self, record: u32, seen: &mut Seen, out: &mut Vec<u32>) {
        out.clear();
        let at = record as usize;
        let range = self.block_bounds[at] as usize..self.block_bounds[at + 1] as usize;
        // One kind of look-up after another: those of one kind do not wait for each other.
        seen.ranges.clear();
        for block in &self.blocks[range] {
            let block = *block as usize;
            seen.ranges
                .push((self.bounds[block] as usize, self.bounds[block + 1] as usize));
        }
        for (from, to) in &seen.ranges {
            let members = &self.members[*from..*to];
            out.extend(members.iter().rev().take_while(|other| **other > record));
        }
        out.sort_unstable();
        out.dedup();
    }
}

/// Working memory of a thread that lists candidates.
#[derive(Default)]
pub(crate) struct Seen {
    /// Where the members of a record's blocks are.
    ranges: Vec<(usize, usize)>,
}

/// The blocks of a part of the keys.
#[derive(Default)]
struct Part {
    members: Vec<u32>,
    ends: Vec<u32>,
    skipped: u64,
    /// Records of the largest block that is skipped.
    most: u32,
    largest: Largest,
}

impl Part {
    fn new(runs: Vec<Vec<u64>>, cap: u32) -> Self {
        let mut keys: Vec<u64> = runs.concat();
        drop(runs);
        keys.sort_unstable();
        // A record may make the same key twice.
        keys.dedup();
        let mut part = Part::default();
        for block in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            match block.len() as u32 {
                0 | 1 => {}
                size if size > cap => {
                    part.skipped += 1;
                    part.most = part.most.max(size);
                    part.largest.add(Skipped {
                        records: size,
                        space: (0, 0),
                        hash: block[0] >> 32,
                        member: block[0] as u32,
                    });
                }
                _ => {
                    part.members.extend(block.iter().map(|key| *key as u32));
                    part.ends.push(part.members.len() as u32);
                }
            }
        }
        part
    }
}
