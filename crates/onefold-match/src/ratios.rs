//! What pairs of records say of one person, comparison by comparison.

use crate::evidence::MISSING;
use crate::features::Feature;
use crate::fit::Fit;
use crate::score::{Scorer, Scratch};

/// The ratio of a comparison where a value is missing. Known ratios are above 0.
const UNKNOWN: f32 = -1.0;

/// Most weight of a comparison, in nats, so that its ratio is finite.
const MOST: f32 = 80.0;

/// Likelihood ratios of pairs, numbered as they come.
#[derive(Default)]
pub(crate) struct Ratios {
    /// By pair, then comparison: the ratio, or [`UNKNOWN`].
    ratios: Vec<f32>,
    signs: Vec<Signs>,
}

/// What a pair says beside its ratios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signs {
    /// Whether their given names are the same or not, where that is known.
    pub(crate) given: Option<bool>,
    /// Whether a value is equal that is given to one person only.
    pub(crate) is_identified: bool,
}

impl Ratios {
    pub(crate) fn len(&self) -> usize {
        self.signs.len()
    }

    /// Adds a pair that `scratch` has the evidence of.
    pub(crate) fn add(&mut self, scorer: &Scorer, fit: &Fit, pair: (u32, u32), scratch: &Scratch) {
        let features = &scorer.features.all;
        let start = self.ratios.len();
        self.ratios.resize(start + features.len(), f32::NAN);
        let ratios = &mut self.ratios[start..];
        for e in &scratch.evidence {
            let weight = &mut ratios[usize::from(e.feature)];
            let added = fit.log_m[usize::from(e.parameter)] - e.log_u;
            *weight = if weight.is_nan() {
                added
            } else {
                *weight + added
            };
        }
        for weight in ratios {
            *weight = match weight.is_nan() {
                true => UNKNOWN,
                false => weight.clamp(-MOST, MOST).exp(),
            };
        }
        let is_identified = features
            .iter()
            .zip(&scratch.levels)
            .any(|(feature, level)| feature.identifies && identifies(feature, *level, pair));
        self.signs.push(Signs {
            given: scratch.given,
            is_identified,
        });
    }

    /// The ratios of a pair by comparison, and its signs.
    pub(crate) fn get(&self, number: usize) -> (&[f32], Signs) {
        let comparisons = self.ratios.len() / self.len();
        let ratios = &self.ratios[number * comparisons..(number + 1) * comparisons];
        (ratios, self.signs[number])
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
