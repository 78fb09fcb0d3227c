//! How often a value meets others by chance: the `u` of each value at each level.
//!
//! # Algorithm
//! The share of records at the level "equal" to a value is counted. For the lower levels each value is compared with a sample of the
//! records, and what the sample says is drawn towards the mean of all values, the more the smaller the sample is. So `Smyth` has the chance
//! of meeting a `Smith` by a slip of the pen, and `Zbigniew` has next to none (term frequencies, Newcombe 1959, carried over to near values).
//!
//! The sample is the first records of the order, which is by hash.

use onefold_rows::parallel::{map_items, ranges};

use crate::features::{Feature, Features};
use crate::kind::{Kind, company};
use crate::names::word_level;
use crate::values::{NONE, Values};

/// Comparisons that a sample may cost, by comparison.
const BUDGET: usize = 4_000_000;
/// Records of a sample at most.
const MOST: usize = 1500;
/// Weight of the mean of all values, in records of a sample.
const DRAWN: f64 = 20.0;
/// What is left to the lowest level at least.
const LEAST_DIFFERENT: f64 = 0.05;

/// The chance that strangers have an identifier in common, by mistake.
const GIVEN_ONCE: f64 = 1e-5;

/// Natural logarithms of `u` by value and level.
pub(crate) struct Frequencies {
    /// By code, then level.
    logs: Vec<f32>,
    levels: usize,
}

impl Frequencies {
    /// ln u of two values at a level: the mean of both.
    #[inline]
    pub(crate) fn log(&self, a: u32, b: u32, level: u8) -> f32 {
        let at = |code: u32| self.logs[code as usize * self.levels + usize::from(level)];
        f32::midpoint(at(a), at(b))
    }

    pub(crate) fn new(
        feature: &Feature,
        features: &Features,
        counts: &Counts,
        threads: usize,
    ) -> Self {
        let values = &feature.values;
        let levels = feature.kind.levels().len();
        let top = levels - 1;
        let size = (BUDGET / values.len().max(1)).clamp(50, MOST);
        let sample = sample(feature, features.records, size);
        let drawn: f64 = sample.iter().map(|(_, times)| f64::from(*times)).sum();
        // By value: hits of the sample at each level between the lowest and the highest.
        let hits: Vec<Vec<u32>> = map_items(threads, ranges(threads * 8, values.len()), |range| {
            let mut hits = vec![0u32; range.len() * levels];
            for (place, code) in range.enumerate() {
                let slot = &mut hits[place * levels..(place + 1) * levels];
                for (other, times) in &sample {
                    if *other != code as u32 {
                        let level = level(feature.kind, values, code as u32, *other);
                        slot[usize::from(level)] += times;
                    }
                }
            }
            hits
        });
        let hits = hits.concat();
        let total: f64 = (0..values.len() as u32)
            .map(|c| f64::from(values.count(c)))
            .sum();
        let mut mean = vec![0.0; levels];
        for (code, hits) in hits.chunks_exact(levels).enumerate() {
            let share = f64::from(values.count(code as u32)) / total.max(1.0);
            for (mean, hits) in mean.iter_mut().zip(hits) {
                *mean += share * f64::from(*hits) / drawn.max(1.0);
            }
        }
        let present = f64::from(counts.present.max(1));
        let least = 1.0 / present;
        let mut logs = Vec::with_capacity(values.len() * levels);
        for (code, hits) in hits.chunks_exact(levels).enumerate() {
            let start = logs.len();
            let mut rest = 1.0;
            logs.push(0.0);
            for level in 1..top {
                let share = (f64::from(hits[level]) + DRAWN * mean[level]) / (drawn + DRAWN);
                let share = share.clamp(least, 1.0);
                rest -= share;
                logs.push(share.ln() as f32);
            }
            let count = f64::from(counts.of_values.get(code).copied().unwrap_or(0));
            // The two records of a pair do not speak for others.
            let others = (count - counts.own).max(0.0);
            let equal = match feature.identifies {
                true => (others / present).max(GIVEN_ONCE),
                false => (others + feature.kind.unseen()) / present,
            };
            let equal = equal.min(1.0);
            rest -= count / present;
            logs.push(equal.ln() as f32);
            logs[start] = rest.max(LEAST_DIFFERENT).ln() as f32;
        }
        Self { logs, levels }
    }
}

/// On how many records, or people, each value is.
pub(crate) struct Counts {
    of_values: Vec<u32>,
    /// How many have any value.
    present: u32,
    /// How many of them a matching pair is itself.
    own: f64,
}

impl Counts {
    /// Of records.
    pub(crate) fn of_records(feature: &Feature) -> Self {
        let values = &feature.values;
        Self {
            of_values: (0..values.len() as u32)
                .map(|code| values.count(code))
                .collect(),
            present: feature.present,
            own: 2.0,
        }
    }

    /// Of people, as far as they are known: `grouped` has the records of each cluster together.
    pub(crate) fn of_clusters(feature: &Feature, grouped: &[u32], cluster: &[u32]) -> Self {
        let mut last = vec![NONE; feature.values.len()];
        let mut counts = Self {
            of_values: vec![0; feature.values.len()],
            present: 0,
            own: 1.0,
        };
        let mut last_present = NONE;
        for record in grouped {
            let cluster = cluster[*record as usize];
            let words = feature.words(*record);
            if !words.is_empty() && last_present != cluster {
                last_present = cluster;
                counts.present += 1;
            }
            for code in words {
                let slot = &mut last[*code as usize];
                if *slot != cluster {
                    *slot = cluster;
                    counts.of_values[*code as usize] += 1;
                }
            }
        }
        counts
    }
}

/// The level at which two different values, or words of names, agree.
pub(crate) fn level(kind: Kind, values: &Values, a: u32, b: u32) -> u8 {
    let (a, b) = (values.get(a), values.get(b));
    match kind {
        Kind::Name => word_level(a, b),
        Kind::Company => company(a, b, |word| values.weight(word)),
        kind => kind.near(a, b),
    }
}

/// Codes of the first values of the order, with how often each is there.
fn sample(feature: &Feature, records: usize, size: usize) -> Vec<(u32, u32)> {
    let codes = (0..records as u32).flat_map(|record| feature.words(record));
    let mut codes: Vec<u32> = codes
        .copied()
        .filter(|code| *code != NONE)
        .take(size)
        .collect();
    codes.sort_unstable();
    codes
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0], same.len() as u32))
        .collect()
}
