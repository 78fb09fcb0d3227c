//! What the inputs of all jobs share: the figures of a result, and the time that events lie in.

/// Figures of a result by name; the same for what is expected and for what is found.
pub(in crate::bench) type Facts = Vec<(&'static str, u64)>;

/// Seconds over which events are spread.
pub(super) const MONTH: u64 = 30 * 24 * 3600;
