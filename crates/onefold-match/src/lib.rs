//! Which records are the same person: a model of how values agree, learned from the records themselves.
//!
//! It takes columns of texts with what each means, and returns clusters of records, the links that made them, and why.

mod clean;
mod features;
mod fold;
mod input;
mod kind;
mod names;
pub mod roles;
pub mod similarity;
mod values;

pub use input::{Comparison, Input, Texts};
pub use kind::Kind;
