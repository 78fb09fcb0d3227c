//! How often a value meets others by chance: the `u` of each value at each level.
//!
//! # Algorithm
//! The share of records at the level "equal" to a value is counted. For the lower levels each value is compared with a sample of the
//! records, and what the sample says is drawn towards the mean of all values, the more the smaller the sample is. So `Smyth` has the chance
//! of meeting a `Smith` by a slip of the pen, and `Zbigniew` has next to none (term frequencies, Newcombe 1959, carried over to near values).
//!
//! The sample is drawn by lot.

use onefold_rows::ahead::fetch;
use onefold_rows::parallel::{map_items, ranges};

use crate::features::{Feature, Features};
use crate::kind::Kind;
use crate::near::company;
use crate::order::FIRST_VALUES;
use crate::values::{NONE, Values};

/// Comparisons that a sample may cost, by comparison.
const BUDGET: usize = 3_000_000;
/// Records of a sample at most.
const MOST: usize = 1500;
/// Weight of the mean of all values, in records of a sample.
const DRAWN: f64 = 20.0;
/// What is left to the lowest level at least.
const LEAST_DIFFERENT: f64 = 0.05;

/// How often two random records have an equal value.
fn by_chance(values: &Values, present: f64) -> f64 {
    let present = present.max(1.0);
    let squares =
        (0..values.len() as u32).map(|code| (f64::from(values.count(code)) / present).powi(2));
    squares.sum::<f64>().max(1.0 / (present * present))
}

/// The chance that strangers have an identifier in common, by mistake.
const GIVEN_ONCE: f64 = 1e-5;

/// Natural logarithms of `u` by value and level.
pub(crate) struct Frequencies {
    /// By code, then level; of values that were not compared only the level "equal" is their own.
    logs: Vec<f32>,
    levels: usize,
    /// By level: what the values have in common that were not compared.
    common: Vec<f32>,
    /// Values that were compared: those of lower codes.
    compared: u32,
    /// By level: how often two random records agree at it.
    means: Vec<f64>,
}

impl Frequencies {
    /// ln u of two values at a level: the mean of both.
    #[inline]
    pub(crate) fn log(&self, a: u32, b: u32, level: u8) -> f32 {
        let (level, top) = (usize::from(level), self.levels - 1);
        let at = |code: u32| match code < self.compared {
            true => self.logs[code as usize * self.levels + level],
            false if level < top => self.common[level],
            false => self.logs[self.compared as usize * top + code as usize],
        };
        0.5 * (at(a) + at(b))
    }

    /// The least ln u of any two values at a level below "equal".
    pub(crate) fn least(&self, level: usize) -> f32 {
        let compared = self.logs.chunks_exact(self.levels);
        let compared = compared.take(self.compared as usize);
        compared.fold(self.common[level], |least, logs| least.min(logs[level]))
    }

    /// Begins to fetch the logarithms of a value.
    #[inline]
    pub(crate) fn fetch(&self, code: u32) {
        if code == NONE {
            return;
        }
        let (code, compared) = (code as usize, self.compared as usize);
        fetch(self.logs.get(match code < compared {
            true => code * self.levels,
            false => compared * (self.levels - 1) + code,
        }));
    }

    pub(crate) fn new(feature: &Feature, features: &Features, threads: usize) -> Self {
        let values = &feature.values;
        let levels = feature.kind.levels().len();
        let top = levels - 1;
        let size = (BUDGET / values.len().max(1)).clamp(BUDGET / FIRST_VALUES, MOST);
        // Of very many values only some are compared, which is enough for their mean.
        let compared = values.len().min(BUDGET / size);
        let sample = sample(feature, features, size);
        let drawn: f64 = sample.iter().map(|(_, times)| f64::from(*times)).sum();
        // By value: hits of the sample at each level between the lowest and the highest.
        let hits: Vec<Vec<u32>> = map_items(threads, ranges(threads * 8, compared), |range| {
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
        let seen: f64 = (0..compared as u32)
            .map(|c| f64::from(values.count(c)))
            .sum();
        let total: f64 = (0..values.len() as u32)
            .map(|c| f64::from(values.count(c)))
            .sum();
        let mut mean = vec![0.0; levels];
        for (code, hits) in hits.chunks_exact(levels).enumerate() {
            let share = f64::from(values.count(code as u32)) / seen.max(1.0);
            for (mean, hits) in mean.iter_mut().zip(hits) {
                *mean += share * f64::from(*hits) / drawn.max(1.0);
            }
        }
        let present = f64::from(feature.present.max(1));
        let least = 1.0 / present;
        // Logarithms of the shares below "equal", drawn towards the mean.
        let below = |hits: &[u32], drawn: f64, rest: &mut f64, logs: &mut Vec<f32>| {
            let start = logs.len();
            logs.push(0.0);
            for level in 1..top {
                let share = (f64::from(hits[level]) + DRAWN * mean[level]) / (drawn + DRAWN);
                let share = share.clamp(least, 1.0);
                *rest -= share;
                logs.push(share.ln() as f32);
            }
            logs[start] = rest.max(LEAST_DIFFERENT).ln() as f32;
        };
        let mut common = Vec::with_capacity(levels);
        below(&vec![0; levels], 0.0, &mut 1.0, &mut common);
        let mut logs = Vec::with_capacity(compared * levels + values.len() - compared);
        for code in 0..values.len() {
            let count = f64::from(values.count(code as u32));
            if code < compared {
                let hits = &hits[code * levels..(code + 1) * levels];
                below(hits, drawn, &mut (1.0 - count / present), &mut logs);
            }
            // The two records of a pair do not speak for others.
            let others = (count - 2.0).max(0.0);
            let equal = match feature.identifies {
                true => (others / present).max(GIVEN_ONCE),
                false => (others + feature.kind.unseen()) / present,
            };
            logs.push(equal.min(1.0).ln() as f32);
        }
        mean[top] = by_chance(values, total);
        Self {
            logs,
            levels,
            common,
            compared: compared as u32,
            means: mean,
        }
    }

    /// How often two random records agree at a level, by level; nothing is said of the lowest.
    pub(crate) fn means(&self) -> &[f64] {
        &self.means
    }
}

/// The level at which two different values, or words of names, agree.
pub(crate) fn level(kind: Kind, values: &Values, a: u32, b: u32) -> u8 {
    let (a, b) = (values.text(a), values.text(b));
    match kind {
        Kind::Company => company(a.str(), b.str(), |word| values.weight(word)),
        kind => kind.near(&a, &b),
    }
}

/// Codes of the first values by lot, with how often each is there. Where few of the records that are drawn have a value, values are taken at
/// equal distances from all that there are.
fn sample(feature: &Feature, features: &Features, size: usize) -> Vec<(u32, u32)> {
    let present = |record: u32| {
        feature
            .words(record)
            .iter()
            .copied()
            .filter(|code| *code != NONE)
    };
    let drawn = features.lots.iter().flat_map(|record| present(*record));
    let mut codes: Vec<u32> = drawn.take(size).collect();
    if codes.len() < size {
        let all = || (0..features.records as u32).flat_map(present);
        let distance = all().count().div_ceil(size).max(1);
        codes = all().step_by(distance).collect();
    }
    codes.sort_unstable();
    codes
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0], same.len() as u32))
        .collect()
}
