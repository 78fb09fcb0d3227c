//! Scalar functions, a file each.

pub(crate) mod bucket;
pub(crate) mod digest;
mod manual;

pub use manual::FunctionDoc;
