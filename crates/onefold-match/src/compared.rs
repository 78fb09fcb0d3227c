//! Pairs that are learned from: compared once, and looked at again whenever more is known of dependences.

use onefold_rows::ahead::ahead_twice;

use crate::evidence::Evidence;
use crate::fit::Pairs;
use crate::given::Dependences;
use crate::score::{Scorer, Scratch};

/// Pairs that were compared, each comparison by itself.
#[derive(Default)]
pub(crate) struct Compared {
    pairs: Pairs,
    /// By pair, then comparison.
    levels: Vec<u8>,
}

impl Compared {
    pub(crate) fn new(scorer: &Scorer, pairs: &[(u32, u32)]) -> Self {
        let mut scratch = Scratch::new();
        let mut compared = Self::default();
        let fetch_rows = |(a, b): &(u32, u32)| {
            scorer.features.fetch_row(*a);
            scorer.features.fetch_row(*b);
        };
        for (a, b) in ahead_twice(pairs, fetch_rows, |pair| scorer.fetch(*pair)) {
            scorer.compare_alone(*a, *b, &mut scratch);
            compared.pairs.push(&scratch.evidence);
            compared.levels.extend_from_slice(&scratch.levels);
        }
        compared
    }

    pub(crate) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The levels of a pair.
    pub(crate) fn levels(&self, pair: usize) -> &[u8] {
        let comparisons = self.levels.len() / self.len();
        &self.levels[pair * comparisons..(pair + 1) * comparisons]
    }

    /// Puts the evidence of a pair, with what depends on what, into `out`.
    pub(crate) fn given(&self, dependences: &Dependences, pair: usize, out: &mut Vec<Evidence>) {
        out.clear();
        out.extend_from_slice(self.pairs.get(pair));
        dependences.raise(out, self.levels(pair));
    }

    /// The evidence of all pairs, with what depends on what.
    pub(crate) fn all_given(&self, dependences: &Dependences) -> Pairs {
        let (mut all, mut evidence) = (Pairs::like(&self.pairs), Vec::new());
        for pair in 0..self.len() {
            self.given(dependences, pair, &mut evidence);
            all.push(&evidence);
        }
        all
    }
}
