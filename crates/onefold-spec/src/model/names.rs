//! How steps and outputs name tables and columns.

use crate::span::Spanned;

/// A column of `select:` or of an output.
#[derive(Debug, Clone)]
pub enum Column {
    /// `"*"`: all columns of the step.
    All(Spanned<()>),
    /// A column by name, or a SQL expression under a new name.
    Named {
        /// Name in the result.
        name: Spanned<String>,
        /// Column or SQL expression.
        sql: Spanned<String>,
    },
}

/// Name of a source, a table, or one of their side tables (`customers.duplicates`), known to exist.
pub type TableRef = Spanned<String>;
