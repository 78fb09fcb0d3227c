//! How a merge of two clusters is judged, and what prevents it.

use super::clusters::Clusters;
use super::known::Known;
use super::pairs::{Pairs, Sum};
use crate::kind::Kind;

/// Least evidence beside names, in nats.
const LEAST_BESIDE_NAMES: f64 = 1.4;
/// Evidence of names so rare that they are enough, in nats, unless the rest is below [`CONTRADICTION`].
const RARE_NAMES: f64 = 9.0;
/// Evidence beside names that contradicts them, in nats.
const CONTRADICTION: f64 = -2.0;

/// How reports call the guard that obeys what somebody decided.
pub const PARTED_BY_DECISION: &str = "parted by a decision";

/// What keeps two clusters apart whatever the evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// A name alone makes nobody the same person: many people are called alike.
    NamesAlone,
    /// `Jr` and `Sr` share a name, and often an address.
    Generations,
    /// Relatives of one home, or of two birth dates, share all but the given name. A value that is given to one person only outweighs it.
    GivenNames,
    /// Their e-mail addresses look the same and are not: one has letters of another script. A value that is given to one person only
    /// outweighs it.
    LookAlikes,
    /// The caller says that these are never one person: they differ in a value, or are of one source without duplicates.
    Parted,
    /// Somebody decided that these are never one person.
    Decided,
    /// One pair alone held two parts of a cluster together, and what is known of the two in the end speaks against it. No judgement asks
    /// for it: such clusters are cut when all merges are made.
    WeakBridge,
}

impl Guard {
    pub(super) const ALL: [Self; 7] = [
        Self::NamesAlone,
        Self::Generations,
        Self::GivenNames,
        Self::LookAlikes,
        Self::Parted,
        Self::Decided,
        Self::WeakBridge,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NamesAlone => "names alone",
            Self::Generations => "another generation",
            Self::GivenNames => "another given name",
            Self::LookAlikes => "an address that only looks the same",
            Self::WeakBridge => "cut at a weak bridge",
            Self::Parted => "parted by `never` or `distinct`",
            Self::Decided => PARTED_BY_DECISION,
        }
    }
}

/// How a merge of two clusters is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judgement {
    pub(super) log_odds: f32,
    pub(super) guard: Option<Guard>,
}

impl Judgement {
    /// Two records are one person whatever speaks against it.
    pub(super) const DECIDED: Self = Self {
        log_odds: f32::INFINITY,
        guard: None,
    };
}

/// Judges merges. One a thread.
pub(super) struct Judge<'a> {
    known: Known<'a>,
    pairs: Pairs<'a>,
    /// The records of either side that are looked at.
    left: Vec<u32>,
    right: Vec<u32>,
    /// Sums by record of one side, then comparison.
    rows: Vec<Sum>,
    columns: Vec<Sum>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(known: Known<'a>) -> Self {
        Self {
            known,
            pairs: Pairs::new(known),
            left: Vec::new(),
            right: Vec::new(),
            rows: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// The evidence that two clusters are one person.
    pub(super) fn judge(&mut self, clusters: &Clusters, a: u32, b: u32) -> Judgement {
        let features = self.known.scorer.features.all.len();
        let Self {
            pairs,
            left,
            right,
            rows,
            columns,
            ..
        } = self;
        clusters.witnesses(a, left);
        clusters.witnesses(b, right);
        rows.clear();
        rows.resize(left.len() * features, Sum::default());
        columns.clear();
        columns.resize(right.len() * features, Sum::default());
        let (mut same_given, mut other_given, mut is_identified) = (0u32, 0u32, false);
        for (x, row) in left.iter().zip(rows.chunks_exact_mut(features)) {
            for (y, column) in right.iter().zip(columns.chunks_exact_mut(features)) {
                let (ratios, signs) = pairs.of(*x, *y);
                is_identified |= signs.is_identified;
                same_given += u32::from(signs.given == Some(true));
                other_given += u32::from(signs.given == Some(false));
                Sum::add(row, ratios);
                Sum::add(column, ratios);
            }
        }
        let (mut of_names, mut beside_names) = (0.0, 0.0);
        // What couples and twins share, or what tells parents from children.
        let mut are_related = false;
        for feature in 0..features {
            let weight = 0.5
                * (mean_log(&self.rows, feature, features)
                    + mean_log(&self.columns, feature, features));
            match self.known.scorer.features.all[feature].is_name() {
                true => of_names += weight,
                false => beside_names += weight,
            }
            let kind = self.known.scorer.features.all[feature].kind;
            are_related |= match kind {
                Kind::Address | Kind::Email | Kind::Phone => weight > 0.0,
                Kind::Date => weight < 0.0,
                _ => false,
            };
        }
        let is_name_enough = of_names >= RARE_NAMES && beside_names >= CONTRADICTION;
        let guard = if beside_names < LEAST_BESIDE_NAMES && !is_name_enough {
            Some(Guard::NamesAlone)
        } else if self.are_other_generations() {
            Some(Guard::Generations)
        } else if are_related && other_given > same_given && !is_identified {
            Some(Guard::GivenNames)
        } else if !is_identified && self.are_look_alikes() {
            Some(Guard::LookAlikes)
        } else if self.is_parted(clusters, a, b) {
            Some(Guard::Parted)
        } else {
            None
        };
        let log_odds = f64::from(self.known.fit.log_odds()) + of_names + beside_names;
        Judgement {
            log_odds: log_odds as f32,
            guard,
        }
    }

    /// A merge that the caller tells, unless the caller also parts the two.
    pub(super) fn told(&self, clusters: &Clusters, a: u32, b: u32) -> Judgement {
        Judgement {
            log_odds: f32::INFINITY,
            guard: self.is_parted(clusters, a, b).then_some(Guard::Parted),
        }
    }

    /// Whether records of two clusters are parted by their values or sources.
    fn is_parted(&self, clusters: &Clusters, a: u32, b: u32) -> bool {
        if self.known.vetoes.is_empty() {
            return false;
        }
        let features = &self.known.scorer.features;
        let right = clusters.members(&b);
        clusters.members(&a).iter().any(|x| {
            right
                .iter()
                .any(|y| self.known.vetoes.part(features, *x, *y))
        })
    }

    /// Whether a name of one side is of another generation than one of the other side.
    fn are_other_generations(&self) -> bool {
        let all = self.known.scorer.features.all.iter();
        let mut names = all.filter(|feature| feature.is_name());
        names.any(|feature| self.has_pair(|a, b| feature.is_other_generation(a, b)))
    }

    /// Whether an address of one side only looks like one of the other side.
    fn are_look_alikes(&self) -> bool {
        let all = self.known.scorer.features.all.iter();
        let mut addresses = all.filter(|feature| feature.has_look_alikes);
        addresses.any(|feature| self.has_pair(|a, b| feature.look_alike(a, b)))
    }

    /// Whether this holds of a record of one side and one of the other.
    fn has_pair(&self, holds: impl Fn(u32, u32) -> bool) -> bool {
        let mut left = self.left.iter();
        left.any(|a| self.right.iter().any(|b| holds(*a, *b)))
    }
}

/// The mean over the records of one side of the logarithm of the mean ratio of a comparison to the other side.
fn mean_log(sums: &[Sum], feature: usize, features: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    let of_feature = sums.iter().skip(feature).step_by(features);
    for log in of_feature.filter_map(|sum| sum.log()) {
        sum += log;
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_are_counted_in_their_order() {
        for (place, guard) in Guard::ALL.into_iter().enumerate() {
            assert_eq!(guard as usize, place);
        }
    }
}
