//! Scalar functions, a file each.

pub(crate) mod bucket;
