//! Tables: a step, and what is done with the rows that it makes.

use super::limit::RowLimits;
use super::names::Column;
use super::step::Step;
use crate::span::Spanned;

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
}
