//! One file a command.

pub(crate) mod check;
pub(crate) mod completions;
mod curve;
pub(crate) mod decide;
pub(crate) mod diff;
mod dry_run;
pub(crate) mod evaluate;
pub(crate) mod explain;
mod explained;
pub(crate) mod init;
pub(crate) mod man;
mod pipeline;
pub(crate) mod plan;
pub(crate) mod query;
pub(crate) mod rejects;
mod resolution;
pub(crate) mod resolve;
pub(crate) mod resolve_id;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod show;
pub(crate) mod subject;
pub(crate) mod test;
pub(crate) mod trace;
mod truth;
