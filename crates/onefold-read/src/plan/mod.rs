//! A source's declaration made ready to run: which raw columns are read, and by which rule each field becomes typed.

mod expressions;
mod field;
mod raw;
mod rule;
mod source;
mod version;

pub use expressions::{Expressions, NoExpressions, RawInputs, RowValues};
pub(crate) use field::{PlannedField, PlannedOrigin};
pub(crate) use raw::RawColumn;
pub(crate) use rule::{Bound, Rule};
pub(crate) use source::{Plan, Stored};
pub(crate) use version::{PlannedVersion, PlannedWhen};
