//! A column of a sample.

/// A column, and what stands in it.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name; several where it is nested.
    pub path: Vec<String>,
    /// A value a row, as it is written.
    pub values: Vec<Option<String>>,
}
