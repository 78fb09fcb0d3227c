//! Parquet sources: stored values become text and pass the same rules as those of any other source, or, undeclared, stay what they are.
//!
//! The library decodes pages; what the values mean is decided here ([`tree`], [`kind`]), so that a type that the library does not know,
//! or a value that its types cannot hold, costs no more than itself. Every value has a text ([`leaf`], nested ones JSON: [`values`]); the
//! rules read it, or the number itself where the field is of the column's own type ([`column`]).

mod column;
mod file;
mod guard;
mod kind;
mod leaf;
mod tree;
mod values;

pub(crate) use column::Column;
pub(crate) use file::{Places, Rows, open};
pub(crate) use kind::Natural;
pub(crate) use leaf::Unreadable;
