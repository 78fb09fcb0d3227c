//! Parquet sources: the values of declared fields become text and pass the same rules as in any other source; undeclared ones keep their type.
//!
//! The library decodes pages, and this module decides what the values mean ([`tree`], [`kind`]). So a type that the library does not know,
//! or a value that its types cannot hold, costs only that value. Every value has a text ([`leaf`]); a nested value is JSON ([`values`]). The
//! rules read this text, or the number itself if the field has the type of the column ([`column`]). Lists can be exploded ([`explode`]).

mod column;
mod explode;
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
pub(crate) use explode::Exploded;
pub(crate) use file::open;
pub(crate) use rows::{Places, Rows};
