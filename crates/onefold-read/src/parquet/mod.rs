//! Parquet sources: stored values become text and pass the same rules as those of any other source, or, undeclared, stay what they are.
//!
//! The library decodes pages; what the values mean is decided here ([`tree`], [`kind`]), so that a type that the library does not know,
//! or a value that its types cannot hold, costs no more than itself. Every value has a text ([`leaf`], nested ones JSON: [`values`]); the
//! rules read it, or the number itself where the field is of the column's own type ([`column`]).

mod column;
mod file;
mod footer;
mod guard;
mod kind;
mod leaf;
mod rows;
mod tree;
mod values;
mod write;

pub(crate) use column::Column;
pub(crate) use file::open;
pub(crate) use kind::Natural;
pub(crate) use leaf::Unreadable;
pub(crate) use rows::{Places, Rows};
