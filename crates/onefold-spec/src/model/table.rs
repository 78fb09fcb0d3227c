//! Tables: a step, and what is done with the rows that it makes.

use super::limit::RowLimits;
use super::names::{Column, TableRef};
use super::step::Step;
use crate::span::{Span, Spanned};

/// A named table: one step, then `where`, `select`, `order_by`.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: Spanned<String>,
    /// What makes it.
    pub step: Step,
    /// `where:`, a SQL condition.
    pub filter: Option<Spanned<String>>,
    /// `select:`; empty: all columns.
    pub select: Vec<Column>,
    /// `order_by:`, SQL sort expressions.
    pub order_by: Vec<Spanned<String>>,
    /// `limits:`, on its rows.
    pub rows: RowLimits,
    /// `checks:`, what its rows fulfil.
    pub checks: Vec<TableCheck>,
}

/// A check of a table.
#[derive(Debug, Clone)]
pub struct TableCheck {
    /// What reports call it; no other check of the table is called so.
    pub name: String,
    /// What is checked.
    pub what: Checked,
    /// What failing rows mean.
    pub severity: Severity,
    /// Where it is written.
    pub span: Span,
}

/// What a check looks at.
#[derive(Debug, Clone)]
pub enum Checked {
    /// No two rows have the same values in these columns.
    Unique(Vec<Spanned<String>>),
    /// The column has no missing value.
    NotNull(Spanned<String>),
    /// The column has one of these values, or none.
    Accepted(Spanned<String>, Vec<String>),
    /// Each value of the column is in a column of another table.
    References {
        /// The column.
        column: Spanned<String>,
        /// The other table.
        table: TableRef,
        /// The other column.
        other: Spanned<String>,
    },
    /// The newest value of a column is at most so old when the run starts.
    Fresh {
        /// The column.
        column: Spanned<String>,
        /// Greatest age as it is written.
        age: String,
        /// Greatest age, in microseconds.
        micros: i64,
    },
    /// A condition that is not false for any row.
    Sql(Spanned<String>),
}

/// What rows mean that fail a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing is published.
    Error,
    /// The run warns.
    Warn,
}
