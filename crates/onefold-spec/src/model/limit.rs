//! Bounds above which a run publishes nothing.

/// Bounds above which nothing is published.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Rejected records.
    pub rejects: Option<Limit>,
}

/// A bound on a count of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most so many.
    Count(u64),
    /// At most this share of the records read, 0 to 1.
    Share(f64),
}
