//! Which records are the same person: a model of how values agree, learned from the records themselves.
//!
//! It takes columns of texts with what each means, and returns clusters of records, the links that made them, and why.

mod atoms;
pub mod auto;
mod blocking;
mod clean;
mod dependence;
mod explain;
mod features;
mod fit;
mod fold;
mod frequencies;
mod input;
mod kind;
mod linkage;
mod matching;
mod model;
mod names;
mod options;
pub mod page;
pub mod roles;
mod score;
pub mod similarity;
mod trained;
mod values;
mod vetoes;

pub use blocking::BlockReport;
pub use explain::{Agreement, Explanation};
pub use input::{Comparison, Input, Texts};
pub use kind::Kind;
pub use matching::{Link, Matched, Report, find};
pub use model::{Learned, Level, Model};
pub use options::Options;
pub use trained::Trained;
