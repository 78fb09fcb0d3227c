//! What a left batch finds.

use onefold_rows::NO_ROW;

/// What a left batch finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AsOfMatches {
    /// By left row its right row, or [`NO_ROW`].
    pub right: Vec<u32>,
    /// Distances in time of the rows that match, in order of left rows.
    pub distances: Vec<u64>,
    /// Left rows with a null in the key or without a time.
    pub null_keys: u64,
    /// Left rows with no right row of their key in the direction.
    pub no_candidate: u64,
    /// Left rows whose nearest right row is beyond the tolerance.
    pub outside_tolerance: u64,
}

impl AsOfMatches {
    /// Left rows that match nothing, ascending.
    pub fn unmatched(&self) -> impl Iterator<Item = u32> + '_ {
        let rows = self.right.iter().enumerate();
        rows.filter(|(_, right)| **right == NO_ROW)
            .map(|(left, _)| left as u32)
    }
}
