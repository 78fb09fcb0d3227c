//! What rows are sorted by.

use arrow::array::ArrayRef;
use arrow::compute::SortOptions;

/// A column to sort by.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// Its values, in pieces that are as many and as long as those of every other key.
    pub values: Vec<ArrayRef>,
    /// Which way, and where nulls go.
    pub options: SortOptions,
}
