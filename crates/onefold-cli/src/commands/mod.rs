//! One file a command.

pub(crate) mod check;
mod pipeline;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod test;
