//! Blocking: which pairs of records are worth comparing.
//!
//! # Algorithm
//! A *key* is one rare atom, or two common atoms of different values. The records of a key are a *block*. A block of more records than the
//! cap makes no pairs: its records meet under a rarer key if they are alike at all. So every record is compared with few others, whatever
//! the sizes of the blocks, and no key has to be chosen by hand.
//!
//! Keys are made atom by atom from the records that have it, so that no more of them are there at a time than one atom makes, and a key
//! that is on one record costs nothing later. Rare atoms are blocks as they are.
//!
//! # Memory
//! Two numbers a record and shared atom while blocks are made, about 20 of each. What stays is two numbers a record and block. Pairs are
//! never stored: [`Blocks::candidates`] lists those of one record when it is asked.

mod made;
mod shared;
mod skipped;

use std::ops::Range;

use onefold_rows::parallel::{map_items, ranges};

use crate::atoms::Atoms;
use crate::features::Features;
use made::{Made, Maker};
use shared::Shared;
use skipped::Largest;

pub use skipped::SkippedBlock;

/// Parts of the work for each thread.
const PARTS: usize = 32;
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

impl Blocks {
    pub(crate) fn new(features: &Features, threads: usize) -> Self {
        let records = features.records;
        if records <= ALL_PAIRS {
            return Self::whole(records);
        }
        let cap = cap(records);
        let atoms = Atoms::new(features, cap, threads);
        let shared = Shared::new(&atoms, features, threads);
        // Rare atoms are many and quickly done.
        let (rare, all) = (atoms.rare as usize, atoms.frequency.len());
        let common = ranges(threads * PARTS, all - rare).into_iter();
        let common = common.map(|ranks| ranks.start + rare..ranks.end + rare);
        let parts = ranges(threads, rare).into_iter().chain(common).collect();
        let parts = map_items(threads, parts, |ranks: Range<usize>| {
            let mut maker = Maker::new(&atoms, &shared, cap);
            ranks.for_each(|rank| maker.blocks_of(rank as u32));
            maker.made
        });
        let mut blocks = Blocks {
            members: Vec::with_capacity(parts.iter().map(|part| part.members.len()).sum()),
            bounds: vec![0],
            blocks: Vec::new(),
            block_bounds: Vec::new(),
            report: BlockReport {
                cap,
                ..BlockReport::default()
            },
        };
        let mut largest = Largest::default();
        for part in parts {
            part.largest.0.iter().for_each(|block| largest.add(*block));
            blocks.append(part);
        }
        blocks.report.largest = largest.0.first().map_or(0, |block| block.records);
        let listed = largest.0.iter().map(|block| {
            let members = shared.records_with(block.atoms);
            (block.named(&members, features, &atoms), members)
        });
        let listed: Vec<(SkippedBlock, Vec<u32>)> = listed.collect();
        // What follows needs as much memory.
        drop((atoms, shared));
        blocks.by_record(records);
        let listed = listed.into_iter().map(|(mut block, members)| {
            block.not_compared = blocks.not_compared(&members);
            block
        });
        blocks.report.skipped_blocks = listed.collect();
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

    fn append(&mut self, part: Made) {
        let offset = self.members.len() as u32;
        self.members.extend(part.members);
        self.bounds.extend(part.ends.iter().map(|end| end + offset));
        self.report.blocks += part.ends.len() as u64;
        self.report.skipped += part.skipped;
    }

    /// How many pairs of some records are not compared. The records are in their order.
    fn not_compared(&self, records: &[u32]) -> u64 {
        let (mut seen, mut found) = (Seen::default(), Vec::new());
        let mut met = 0;
        for record in records {
            self.candidates(*record, &mut seen, &mut found);
            let is_there = |other: &&u32| records.binary_search(other).is_ok();
            met += found.iter().filter(is_there).count() as u64;
        }
        let count = records.len() as u64;
        (count * count.saturating_sub(1) / 2).saturating_sub(met)
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
