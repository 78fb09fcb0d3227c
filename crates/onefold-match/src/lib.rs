//! Which records are the same person: a model of how values agree, learned from the records themselves.
//!
//! It takes columns of texts with what each means, and returns clusters of records, the links that made them, and why.

mod atoms;
pub mod auto;
mod blocking;
mod clean;
mod dependence;
mod evidence;
mod explain;
mod features;
mod fit;
mod fold;
mod frequencies;
mod given;
#[cfg(test)]
mod hostile;
mod input;
mod kind;
mod linkage;
mod matching;
mod model;
mod names;
mod near;
mod nicknames;
mod options;
pub mod page;
#[cfg(test)]
mod recovery;
pub mod roles;
mod score;
pub mod similarity;
mod sketch;
mod trained;
mod values;
mod vetoes;

pub use blocking::BlockReport;
pub use explain::{Agreement, Explainer, Explanation};
pub use input::{Comparison, Input, Texts};
pub use kind::Kind;
pub use matching::{Link, Matched, Prevented, Report, find};
pub use model::{Learned, Level, Model};
pub use options::Options;
pub use trained::Trained;
