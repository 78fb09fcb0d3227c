//! Bounds outside of which a run publishes nothing.

/// Bounds above which nothing is published.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Rejected records.
    pub rejects: Option<Limit>,
}

/// Bounds on the rows of a source or table.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RowLimits {
    /// Fewest rows.
    pub min_rows: Graded<u64>,
    /// Share of the rows of the last published run that may be gone, 0 to 1.
    pub drop: Graded<f64>,
}

/// A bound by what it means to be outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Graded<T> {
    /// Outside of it the run warns.
    pub warn: Option<T>,
    /// Outside of it nothing is published.
    pub error: Option<T>,
}

/// A bound on a count of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most so many.
    Count(u64),
    /// At most this share of the records read, 0 to 1.
    Share(f64),
}
