//! What is known of pairs of records, each compared once.

use hashbrown::HashMap;

use crate::evidence::MISSING;
use crate::features::Feature;
use crate::fit::Fit;
use crate::score::{Scorer, Scratch};

/// The ratio of a comparison where a value is missing. Known ratios are above 0.
const UNKNOWN: f32 = -1.0;

/// Most weight of a comparison, in nats, so that its ratio is finite.
const MOST: f32 = 80.0;

/// Pairs that were compared.
pub(super) struct Pairs<'a> {
    scorer: &'a Scorer,
    fit: &'a Fit,
    scratch: Scratch,
    weights: Vec<f32>,
    numbers: HashMap<u64, u32, foldhash::fast::FixedState>,
    /// By pair, then comparison: the likelihood ratio, or [`UNKNOWN`].
    ratios: Vec<f32>,
    signs: Vec<Signs>,
}

/// What a pair says beside its ratios.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    /// Whether their given names are the same or not, where that is known.
    pub(super) given: Option<bool>,
    /// Whether a value is equal that is given to one person only.
    pub(super) is_identified: bool,
}

/// Sums of known ratios by comparison, and of how many.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sum {
    ratios: f64,
    count: f64,
}

impl Sum {
    /// Adds the ratios of a pair to the sums of one of its records.
    pub(super) fn add(sums: &mut [Self], ratios: &[f32]) {
        for (sum, ratio) in sums.iter_mut().zip(ratios) {
            let is_known = *ratio > 0.0;
            sum.ratios += f64::from(if is_known { *ratio } else { 0.0 });
            sum.count += if is_known { 1.0 } else { 0.0 };
        }
    }

    /// The logarithm of the mean, where anything is known.
    pub(super) fn log(self) -> Option<f64> {
        (self.count > 0.0).then(|| (self.ratios / self.count).ln())
    }
}

impl<'a> Pairs<'a> {
    pub(super) fn new(scorer: &'a Scorer, fit: &'a Fit) -> Self {
        Self {
            scorer,
            fit,
            scratch: Scratch::new(),
            weights: Vec::new(),
            numbers: HashMap::default(),
            ratios: Vec::new(),
            signs: Vec::new(),
        }
    }

    /// The ratios of two records by comparison, and their signs.
    pub(super) fn of(&mut self, a: u32, b: u32) -> (&[f32], Signs) {
        let (low, high) = (a.min(b), a.max(b));
        let key = u64::from(low) << 32 | u64::from(high);
        let next = self.signs.len() as u32;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.compare(low, high);
        }
        let (number, width) = (number as usize, self.scorer.features.all.len());
        let ratios = &self.ratios[number * width..(number + 1) * width];
        (ratios, self.signs[number])
    }

    fn compare(&mut self, a: u32, b: u32) {
        let features = &self.scorer.features.all;
        self.scorer.compare(a, b, &mut self.scratch);
        self.weights.clear();
        self.weights.resize(features.len(), f32::NAN);
        for e in &self.scratch.evidence {
            let weight = &mut self.weights[usize::from(e.feature)];
            let added = self.fit.log_m[usize::from(e.parameter)] - e.log_u;
            *weight = if weight.is_nan() {
                added
            } else {
                *weight + added
            };
        }
        self.ratios
            .extend(self.weights.iter().map(|weight| match weight.is_nan() {
                true => UNKNOWN,
                false => weight.clamp(-MOST, MOST).exp(),
            }));
        let is_identified = features
            .iter()
            .zip(&self.scratch.levels)
            .any(|(feature, level)| feature.identifies && identifies(feature, *level, (a, b)));
        self.signs.push(Signs {
            given: self.scratch.given,
            is_identified,
        });
    }
}

/// Whether a value that is given to one person only is the same on both records, or is but for a slip of the pen. Twins may have numbers
/// one after the other, so a difference at the end is no slip.
fn identifies(feature: &Feature, level: u8, (a, b): (u32, u32)) -> bool {
    let end = |record| feature.values.get(feature.code(record)).chars().last();
    match level {
        MISSING => false,
        level if level == feature.kind.top() => true,
        level => level + 1 == feature.kind.top() && end(a) == end(b),
    }
}
