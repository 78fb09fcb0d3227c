//! Why a pair of records was linked, or was not: the weight of each agreement.

use serde::Serialize;

use crate::evidence::MISSING;
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
        self.explainer().explain(a, b)
    }

    fn explained(&self, a: u32, b: u32, scratch: &mut Scratch) -> Explanation {
        let (a, b) = (self.place(a), self.place(b));
        self.scorer.compare(a, b, scratch);
        let features = &self.scorer.features.all;
        let mut sum = self.fit.log_odds();
        let mut evidence = Vec::with_capacity(features.len());
        for (index, feature) in features.iter().enumerate().filter(|(_, f)| f.weighs) {
            let (mut weight, mut levels) = (0.0, Vec::new());
            for e in scratch
                .evidence
                .iter()
                .filter(|e| usize::from(e.feature) == index)
            {
                weight += self.fit.log_m[usize::from(e.parameter)] - e.log_u;
                let first = self.scorer.parameters.number(index, 0, 0, 0);
                let names = feature.kind.levels();
                levels.push(names[usize::from(e.parameter - first) % names.len()]);
            }
            sum += weight;
            evidence.push(Agreement {
                comparison: feature.label.clone(),
                level: match scratch.levels[index] {
                    MISSING => "missing".to_owned(),
                    _ => levels.join(", "),
                },
                values: [feature.text(a), feature.text(b)],
                weight: weight * BITS,
            });
        }
        Explanation {
            prior: self.fit.log_odds() * BITS,
            evidence,
            weight: sum * BITS,
            probability: probability(sum),
        }
    }
}

impl Explainer<'_> {
    /// The evidence of two records, by the numbers of the caller.
    pub fn explain(&mut self, a: u32, b: u32) -> Explanation {
        self.trained.explained(a, b, &mut self.scratch)
    }
}
