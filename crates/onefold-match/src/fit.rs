//! Learns `m`, the shares of levels among true matches, and the prior, from all candidates at once.
//!
//! # Algorithm
//! Expectation maximisation (Dempster, Laird, Rubin 1977) as Winkler (1988) uses it for record linkage, with `u` fixed: it is known from the
//! values. Pairs that are not candidates count as no matches. There is one prior for all pairs, so no blocking rule biases what is learned.

use onefold_rows::parallel::map_items;

use crate::evidence::Evidence;
use crate::features::Features;
use crate::model::Model;
use crate::score::{CLASSES, Parameters, weight};

/// Rounds at most.
const ROUNDS: usize = 25;
/// Change of the prior at which rounds end.
const SETTLED: f64 = 0.001;
/// Least share of a level.
const FLOOR: f64 = 0.001;

/// Weight of what is expected, in matched pairs.
const EXPECTED: f64 = 20.0;
/// Least probability of a pair that is learned from.
const LIKELY: f64 = 0.2;
/// Matches a record that are expected before any are seen.
const FEW: f64 = 0.03;
/// And at most so many: a large table shows its matches, or has none.
const FEW_AT_MOST: f64 = 30.0;

/// What was learned.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    /// ln m by parameter.
    pub(crate) log_m: Vec<f32>,
    /// The share of matches among all pairs of records.
    pub(crate) prior: f64,
    pub(crate) rounds: usize,
}

impl Fit {
    /// Log odds of the prior.
    pub(crate) fn log_odds(&self) -> f32 {
        (self.prior / (1.0 - self.prior)).ln() as f32
    }

    /// Where learning starts: most matches agree.
    pub(crate) fn start(features: &Features, parameters: &Parameters) -> Self {
        let mut log_m = vec![0.0f32; parameters.count];
        for (index, feature) in features.all.iter().enumerate() {
            let levels = feature.kind.levels().len();
            for class in 0..if feature.is_name() { CLASSES } else { 1 } {
                for level in 0..levels {
                    let m = feature.kind.expected()[level];
                    let number = parameters.number(index, class, levels, level as u8);
                    log_m[usize::from(number)] = m.ln();
                }
            }
        }
        Self {
            log_m,
            prior: 0.6 / (features.records.max(2) as f64),
            rounds: 0,
        }
    }

    /// What was learned before.
    ///
    /// # Errors
    /// It is of other comparisons.
    pub(crate) fn of_model(
        features: &Features,
        parameters: &Parameters,
        model: &Model,
    ) -> Result<Self, String> {
        let mut fit = Self::start(features, parameters);
        for (index, feature) in features.all.iter().enumerate() {
            let found = model
                .comparisons
                .iter()
                .find(|learned| learned.label == feature.label);
            let learned =
                found.ok_or_else(|| format!("the model has no comparison `{}`", feature.label))?;
            let levels = feature.kind.levels().len();
            let classes = if feature.is_name() { CLASSES } else { 1 };
            if learned.kind != feature.kind || learned.levels.len() != levels * classes {
                return Err(format!(
                    "the model compares `{}` in another way",
                    feature.label
                ));
            }
            let first = usize::from(parameters.number(index, 0, levels, 0));
            for (log_m, level) in fit.log_m[first..].iter_mut().zip(&learned.levels) {
                *log_m = level.m.max(FLOOR).ln() as f32;
            }
        }
        let others = (features.records as f64 - 1.0).max(1.0);
        fit.prior = (2.0 * model.matches_per_record / others).clamp(1e-12, 0.5);
        Ok(fit)
    }

    /// Learns from a sample of the candidates, in parts; each stands for `times` of them.
    pub(crate) fn learn(
        &mut self,
        features: &Features,
        parameters: &Parameters,
        sample: &[Pairs],
        times: f64,
        threads: usize,
    ) {
        let records = features.records as f64;
        let all_pairs = (records * (records - 1.0) / 2.0).max(1.0);
        self.rounds = 0;
        while self.rounds < ROUNDS {
            self.rounds += 1;
            let log_odds = self.log_odds();
            let sums = map_items(threads, sample.iter().collect(), |pairs: &Pairs| {
                let mut sums = vec![0.0f64; parameters.count + 1];
                for pair in 0..pairs.len() {
                    let evidence = pairs.get(pair);
                    let p = probability(log_odds + weight(evidence, &self.log_m));
                    sums[parameters.count] += p;
                    if p >= LIKELY {
                        for e in evidence {
                            sums[usize::from(e.parameter)] += p;
                        }
                    }
                }
                sums
            });
            let mut sum = vec![0.0f64; parameters.count + 1];
            for part in sums {
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum += part;
                }
            }
            for (index, feature) in features.all.iter().enumerate() {
                let levels = feature.kind.levels().len();
                for class in 0..if feature.is_name() { CLASSES } else { 1 } {
                    let first = usize::from(parameters.number(index, class, levels, 0));
                    let counts = &sum[first..first + levels];
                    let total: f64 = counts.iter().sum::<f64>() + EXPECTED;
                    let expected = feature.kind.expected();
                    let share = |level: usize| {
                        (counts[level] + EXPECTED * f64::from(expected[level])) / total
                    };
                    // Matches are equal more often than they are near: else what is learned are not matches, but strangers that are alike
                    // by chance, as in a table without duplicates.
                    let most = share(levels - 1);
                    let mut differ = share(0);
                    for level in 1..levels {
                        let m = share(level);
                        differ += (m - most).max(0.0);
                        self.log_m[first + level] = m.min(most).max(FLOOR).ln() as f32;
                    }
                    self.log_m[first] = differ.max(FLOOR).ln() as f32;
                }
            }
            let matches = sum[parameters.count] * times + (FEW * records).min(FEW_AT_MOST);
            let prior = (matches / all_pairs).clamp(1e-12, 0.5);
            let change = (prior - self.prior).abs() / self.prior;
            self.prior = prior;
            if change < SETTLED {
                break;
            }
        }
    }
}

/// The probability of log odds.
pub(crate) fn probability(log_odds: f32) -> f64 {
    1.0 / (1.0 + f64::from(-log_odds).exp())
}

/// The evidence of many pairs.
#[derive(Default)]
pub(crate) struct Pairs {
    evidence: Vec<Evidence>,
    ends: Vec<u32>,
}

impl Pairs {
    /// None yet, with room for as much evidence as others have.
    pub(crate) fn like(others: &Self) -> Self {
        Self {
            evidence: Vec::with_capacity(others.evidence.len()),
            ends: Vec::with_capacity(others.ends.len()),
        }
    }

    pub(crate) fn push(&mut self, evidence: &[Evidence]) {
        self.evidence.extend_from_slice(evidence);
        self.ends.push(self.evidence.len() as u32);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, pair: usize) -> &[Evidence] {
        let start = pair.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.evidence[start as usize..self.ends[pair] as usize]
    }
}
