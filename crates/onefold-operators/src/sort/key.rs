//! What rows are sorted by.

use arrow::array::ArrayRef;
use arrow::compute::SortOptions;

/// A column to sort by.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// Its values, in as many pieces as all the other keys have; the first of them at least decides how many rows there are.
    pub values: Vec<ArrayRef>,
    /// Which way, and where nulls go.
    pub options: SortOptions,
}
