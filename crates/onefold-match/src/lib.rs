//! Which records are the same person: a model of how values agree, learned from the records themselves.
//!
//! It takes columns of texts with what each means, and returns clusters of records, the links that made them, and why.

mod atoms;
mod blocking;
mod clean;
mod dependence;
mod features;
mod fit;
mod fold;
mod frequencies;
#[cfg(test)]
mod hostile;
mod input;
mod kind;
mod linkage;
mod matching;
mod names;
pub mod roles;
mod score;
pub mod similarity;
mod values;

pub use blocking::BlockReport;
pub use input::{Comparison, Input, Texts};
pub use kind::Kind;
pub use matching::{Matched, Options, find};
