//! Scalar functions, a file each.

pub(crate) mod bucket;
pub(crate) mod digest;
pub(crate) mod email;
pub(crate) mod json;
mod manual;

pub use manual::FunctionDoc;
