//! Blocking: which pairs of records are worth comparing.
//!
//! # Algorithm
//! A *key* is one rare atom, or two common atoms of different values. The records of a key are a *block*. A block of more records than the
//! cap makes no pairs: its records meet under a rarer key if they are alike at all. So every record is compared with few others, whatever
//! the sizes of the blocks, and no key has to be chosen by hand.
//!
//! Keys are made atom by atom from the records that have it, so that no more of them are there at a time than one atom makes, and a key
//! that is on one record costs nothing later. Rare atoms are blocks as they are. The pairs of a block are dealt by the first record, so
//! that those of a few records are sorted, each once, where they fit into the processor's cache.
//!
//! # Memory
//! Two numbers a record and shared atom while blocks are made, about 20 of each, and two a pair and block. What stays is a number a pair.

mod made;
mod shared;
mod skipped;

use std::ops::Range;

use onefold_rows::parallel::{map_items, ranges};

use crate::atoms::Atoms;
use crate::features::Features;
use made::{Deal, Dealt, Maker};
use shared::Shared;
use skipped::Largest;

pub use skipped::SkippedBlock;

/// Parts of the work for each thread.
const PARTS: usize = 32;
/// Records of which all pairs are compared.
const ALL_PAIRS: usize = 1000;

/// The pairs of all blocks.
pub(crate) struct Blocks {
    /// By record: the later records that it is worth comparing with, ascending, each once.
    later: Vec<u32>,
    bounds: Vec<usize>,
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
        // The most common atoms take the longest. Rare ones are many and quickly done.
        let (rare, all) = (atoms.rare as usize, atoms.frequency.len());
        let common = ranges(threads * PARTS, all - rare).into_iter().rev();
        let common = common.map(|ranks| ranks.start + rare..ranks.end + rare);
        let parts = common.chain(ranges(threads * 4, rare)).collect();
        let deal = Deal::new(records);
        let parts = map_items(threads, parts, |ranks: Range<usize>| {
            let mut maker = Maker::new(&atoms, &shared, deal, cap);
            ranks.for_each(|rank| maker.blocks_of(rank as u32));
            maker.made
        });
        let mut report = BlockReport {
            cap,
            ..BlockReport::default()
        };
        let mut largest = Largest::default();
        let mut dealt = Vec::with_capacity(parts.len());
        for part in parts {
            part.largest.0.iter().for_each(|block| largest.add(*block));
            report.blocks += part.blocks;
            report.skipped += part.skipped;
            dealt.push(part.pairs);
        }
        report.largest = largest.0.first().map_or(0, |block| block.records);
        let listed = largest.0.iter().map(|block| {
            let members = shared.records_with(block.atoms);
            (block.named(&members, features, &atoms), members)
        });
        let listed: Vec<(SkippedBlock, Vec<u32>)> = listed.collect();
        // What follows needs as much memory.
        drop((atoms, shared));
        let mut blocks = Self::of_pairs(records, deal, dealt, threads);
        let listed = listed.into_iter().map(|(mut block, members)| {
            block.not_compared = blocks.not_compared(&members);
            block
        });
        report.skipped_blocks = listed.collect();
        blocks.report = report;
        blocks
    }

    /// All records as one block.
    fn whole(records: usize) -> Self {
        let mut blocks = Self {
            later: Vec::with_capacity(records * records.saturating_sub(1) / 2),
            bounds: vec![0],
            report: BlockReport {
                cap: records as u32,
                blocks: 1,
                ..BlockReport::default()
            },
        };
        for record in 0..records as u32 {
            blocks.later.extend(record + 1..records as u32);
            blocks.bounds.push(blocks.later.len());
        }
        blocks
    }

    /// Each pair once, of those that each part dealt.
    fn of_pairs(records: usize, deal: Deal, parts: Vec<Dealt>, threads: usize) -> Self {
        // By hand, then part.
        let mut hands: Vec<Vec<Vec<(u32, u32)>>> = (0..deal.hands).map(|_| Vec::new()).collect();
        for part in parts {
            for (hand, pairs) in hands.iter_mut().zip(part) {
                hand.push(pairs);
            }
        }
        let hands = hands.into_iter().enumerate().collect();
        let sorted = map_items(threads, hands, |(hand, pairs): (usize, Vec<_>)| {
            let range = deal.records(hand, records);
            by_record(range, pairs)
        });
        let mut blocks = Self {
            later: Vec::with_capacity(sorted.iter().map(|(later, _)| later.len()).sum()),
            bounds: Vec::with_capacity(records + 1),
            report: BlockReport::default(),
        };
        blocks.bounds.push(0);
        for (later, ends) in sorted {
            let offset = blocks.later.len();
            blocks.later.extend(later);
            blocks
                .bounds
                .extend(ends.iter().map(|end| *end as usize + offset));
        }
        blocks
    }

    /// How many pairs of some records are not compared. The records are in their order.
    fn not_compared(&self, records: &[u32]) -> u64 {
        let mut met = 0;
        for record in records {
            let is_there = |other: &&u32| records.binary_search(other).is_ok();
            met += self.candidates(*record).iter().filter(is_there).count() as u64;
        }
        let count = records.len() as u64;
        (count * count.saturating_sub(1) / 2).saturating_sub(met)
    }

    /// The later records that a record is worth comparing with, each once.
    pub(crate) fn candidates(&self, record: u32) -> &[u32] {
        let at = record as usize;
        &self.later[self.bounds[at]..self.bounds[at + 1]]
    }
}

/// The later records of each of some records, each once, and where those of each end.
fn by_record(range: Range<usize>, pairs: Vec<Vec<(u32, u32)>>) -> (Vec<u32>, Vec<u32>) {
    let place = |record: u32| record as usize - range.start;
    let mut next = vec![0u32; range.len() + 1];
    for (a, _) in pairs.iter().flatten() {
        next[place(*a) + 1] += 1;
    }
    for at in 0..range.len() {
        next[at + 1] += next[at];
    }
    let mut all = vec![0; pairs.iter().map(Vec::len).sum()];
    for (a, b) in pairs.iter().flatten() {
        let next = &mut next[place(*a)];
        all[*next as usize] = *b;
        *next += 1;
    }
    drop(pairs);
    // What was the start of each is its end now.
    let (mut start, mut kept) = (0, 0);
    let mut ends = Vec::with_capacity(range.len());
    for end in &next[..range.len()] {
        let end = *end as usize;
        all[start..end].sort_unstable();
        let first = kept;
        for at in start..end {
            if kept == first || all[kept - 1] != all[at] {
                all[kept] = all[at];
                kept += 1;
            }
        }
        ends.push(kept as u32);
        start = end;
    }
    all.truncate(kept);
    (all, ends)
}
