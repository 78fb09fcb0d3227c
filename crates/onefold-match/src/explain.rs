//! Why a pair of records was linked, or was not: the weight of each agreement.

use std::borrow::Cow;

use serde::Serialize;

use crate::evidence::MISSING;
use crate::features::Feature;
use crate::fit::probability;
use crate::score::Scratch;
use crate::trained::Trained;

/// The evidence of a pair, in bits: a weight of 1 doubles the odds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Log odds of two random records, base 2.
    pub prior: f32,
    /// What each comparison adds, in their order.
    pub evidence: Vec<Agreement>,
    /// The sum of all.
    pub weight: f32,
    /// The same as a probability from 0 to 1.
    pub probability: f64,
}

/// One comparison of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// Label of the comparison.
    pub comparison: String,
    /// The level at which the values agree; of names, that of each word. `missing` where a value is not known.
    pub level: String,
    /// The two values, as they are compared.
    pub values: [Option<String>; 2],
    /// Its weight; 0 where a value is missing.
    pub weight: f32,
}

/// The evidence of a pair without the values, in bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed<'a> {
    /// Log odds of two random records, base 2.
    pub prior: f32,
    /// What each comparison adds, in their order.
    pub parts: Vec<Part<'a>>,
    /// The sum of all.
    pub weight: f32,
    /// The same as a probability from 0 to 1.
    pub probability: f64,
}

/// What one comparison adds to a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    /// Label of the comparison.
    pub comparison: &'a str,
    /// As [`Agreement::level`].
    pub level: Cow<'static, str>,
    /// As [`Agreement::weight`].
    pub weight: f32,
}

impl Part<'_> {
    /// Whether both values are known.
    pub fn is_known(&self) -> bool {
        self.level != UNKNOWN
    }
}

/// The level where a value is missing.
const UNKNOWN: &str = "missing";

/// Nats in bits.
const BITS: f32 = std::f32::consts::LOG2_E;

/// Explains pairs, one after another.
pub struct Explainer<'a> {
    trained: &'a Trained,
    scratch: Scratch,
}

impl Trained {
    /// Explains many pairs.
    pub fn explainer(&self) -> Explainer<'_> {
        Explainer {
            trained: self,
            scratch: Scratch::new(),
        }
    }

    /// The evidence of two records, by the numbers of the caller.
    pub fn explain(&self, a: u32, b: u32) -> Explanation {
        let weighed = self.explainer().weigh(a, b);
        let (a, b) = (self.place(a), self.place(b));
        let features = self.weighing().map(|(_, feature)| feature);
        let evidence = features
            .zip(weighed.parts)
            .map(|(feature, part)| Agreement {
                comparison: part.comparison.to_owned(),
                level: part.level.into_owned(),
                values: [feature.text(a), feature.text(b)],
                weight: part.weight,
            });
        Explanation {
            prior: weighed.prior,
            evidence: evidence.collect(),
            weight: weighed.weight,
            probability: weighed.probability,
        }
    }

    /// The features that weigh, by their numbers.
    fn weighing(&self) -> impl Iterator<Item = (usize, &Feature)> {
        let features = self.scorer.features.all.iter().enumerate();
        features.filter(|(_, feature)| feature.weighs)
    }
}

impl<'a> Explainer<'a> {
    /// The evidence of two records, by the numbers of the caller, without their values.
    pub fn weigh(&mut self, a: u32, b: u32) -> Weighed<'a> {
        let Self { trained, scratch } = self;
        let fit = &trained.fit;
        trained
            .scorer
            .compare(trained.place(a), trained.place(b), scratch);
        let mut sum = fit.log_odds();
        let mut parts = Vec::with_capacity(trained.scorer.features.all.len());
        for (index, feature) in trained.weighing() {
            let names = feature.kind.levels();
            let first = trained.scorer.parameters.number(index, 0, 0, 0);
            let (mut weight, mut level) = (0.0, Cow::Borrowed(""));
            let evidence = scratch.evidence.iter();
            for (number, e) in evidence
                .filter(|e| usize::from(e.feature) == index)
                .enumerate()
            {
                weight += fit.log_m[usize::from(e.parameter)] - e.log_u;
                let name = names[usize::from(e.parameter - first) % names.len()];
                match number {
                    0 => level = Cow::Borrowed(name),
                    _ => level.to_mut().extend([", ", name]),
                }
            }
            sum += weight;
            parts.push(Part {
                comparison: &feature.label,
                level: match scratch.levels[index] {
                    MISSING => Cow::Borrowed(UNKNOWN),
                    _ => level,
                },
                weight: weight * BITS,
            });
        }
        Weighed {
            prior: fit.log_odds() * BITS,
            parts,
            weight: sum * BITS,
            probability: probability(sum),
        }
    }
}
