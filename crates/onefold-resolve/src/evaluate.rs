//! How good a clustering is against the truth.

use foldhash::quality::FixedState;
use hashbrown::HashMap;

use crate::error::{Error, Kind};

type Counts<K> = HashMap<K, u64, FixedState>;

/// Agreement of a clustering with the true one. Ratios are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Pairs of records in one cluster.
    pub pairs_found: u64,
    /// Pairs of records that truly belong together.
    pub pairs_true: u64,
    /// Pairs that are both.
    pub pairs_correct: u64,
    /// Over pairs.
    pub pairwise: Ratios,
    /// B-cubed (Bagga and Baldwin, 1998): the same ratios taken for each record over its cluster, then averaged over the records. A
    /// large cluster does not dominate it.
    pub bcubed: Ratios,
}

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratios {
    /// Share of what was found that is true; 1 where nothing was found.
    pub precision: f64,
    /// Share of what is true that was found; 1 where nothing is true.
    pub recall: f64,
    /// Harmonic mean of both; 0 where both are 0.
    pub f1: f64,
}

impl Ratios {
    fn new(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        let f1 = if sum > 0.0 {
            2.0 * precision * recall / sum
        } else {
            0.0
        };
        Ratios {
            precision,
            recall,
            f1,
        }
    }
}

/// Compares two labellings of the same records: `found[i]` and `truth[i]` are the clusters of record `i`. Labels are arbitrary.
///
/// # Algorithm
/// Counts the cells of the contingency table of both labellings; pairs are never made. Linear in the records.
///
/// # Errors
/// The slices differ in length.
pub fn pairwise(found: &[u32], truth: &[u32]) -> Result<Score, Error> {
    if found.len() != truth.len() {
        return Err(Kind::Lengths {
            found: found.len(),
            truth: truth.len(),
        }
        .into());
    }
    let found_sizes = count(found.iter().copied());
    let true_sizes = count(truth.iter().copied());
    let cells = count(found.iter().copied().zip(truth.iter().copied()));

    let pairs_found = pairs(&found_sizes);
    let pairs_true = pairs(&true_sizes);
    let pairs_correct = pairs(&cells);

    let (mut precision, mut recall) = (0.0, 0.0);
    for (f, t) in found.iter().zip(truth) {
        let cell = size(&cells, &(*f, *t));
        precision += cell / size(&found_sizes, f);
        recall += cell / size(&true_sizes, t);
    }
    let records = found.len().max(1) as f64;
    let bcubed = if found.is_empty() {
        Ratios::new(1.0, 1.0)
    } else {
        Ratios::new(precision / records, recall / records)
    };
    Ok(Score {
        pairs_found,
        pairs_true,
        pairs_correct,
        pairwise: Ratios::new(
            share(pairs_correct, pairs_found),
            share(pairs_correct, pairs_true),
        ),
        bcubed,
    })
}

fn count<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> Counts<K> {
    let mut counts = Counts::default();
    for key in keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

fn size<K: std::hash::Hash + Eq>(counts: &Counts<K>, key: &K) -> f64 {
    counts.get(key).copied().unwrap_or(1) as f64
}

fn pairs<K>(counts: &Counts<K>) -> u64 {
    counts.values().map(|n| n * (n - 1) / 2).sum()
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(found: &[u32], truth: &[u32]) -> Score {
        pairwise(found, truth).expect("same length")
    }

    #[test]
    fn known_scores() {
        let perfect = score(&[7, 7, 9], &[1, 1, 0]);
        assert_eq!(perfect.pairwise, Ratios::new(1.0, 1.0));
        assert_eq!(perfect.bcubed, Ratios::new(1.0, 1.0));

        // Everything in one cluster: 6 pairs found, 2 true.
        let merged = score(&[0, 0, 0, 0], &[0, 0, 1, 1]);
        assert_eq!(
            (merged.pairs_found, merged.pairs_true, merged.pairs_correct),
            (6, 2, 2)
        );
        assert!((merged.pairwise.precision - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(merged.bcubed, Ratios::new(0.5, 1.0));

        let split = score(&[0, 1, 2, 3], &[0, 0, 1, 1]);
        assert_eq!(split.pairwise, Ratios::new(1.0, 0.0));
        assert_eq!(split.pairwise.f1, 0.0);
        assert_eq!(split.bcubed, Ratios::new(1.0, 0.5));
    }

    #[test]
    fn nothing_to_find_is_perfect_and_lengths_must_agree() {
        assert_eq!(score(&[], &[]).pairwise.f1, 1.0);
        assert_eq!(score(&[], &[]).bcubed.f1, 1.0);
        assert_eq!(score(&[3], &[4]).pairwise.f1, 1.0);
        assert!(pairwise(&[1], &[]).is_err());
    }

    proptest! {
        #[test]
        fn equals_counting_all_pairs(labels in prop::collection::vec((0u32..6, 0u32..6), 0..40)) {
            let (found, truth): (Vec<u32>, Vec<u32>) = labels.into_iter().unzip();
            let (mut f, mut t, mut both) = (0, 0, 0);
            for i in 0..found.len() {
                for j in i + 1..found.len() {
                    let (same_found, same_true) = (found[i] == found[j], truth[i] == truth[j]);
                    f += u64::from(same_found);
                    t += u64::from(same_true);
                    both += u64::from(same_found && same_true);
                }
            }
            let score = score(&found, &truth);
            prop_assert_eq!((score.pairs_found, score.pairs_true, score.pairs_correct), (f, t, both));
        }
    }
}
