//! The pages. Each makes its data from what runs have left, and shows them.

pub(crate) mod customers;
pub(crate) mod downloads;
pub(crate) mod entry;
pub(crate) mod evidence;
pub(crate) mod frame;
pub(crate) mod home;
pub(crate) mod pipeline;
pub(crate) mod rejects;
pub(crate) mod review;
pub(crate) mod sessions;
pub(crate) mod sql;
pub(crate) mod start;
pub(crate) mod tables;
