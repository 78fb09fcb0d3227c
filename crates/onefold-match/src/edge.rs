//! What asks whether two clusters are one.

/// The log odds of what somebody decided. It comes before everything.
pub(crate) const DECIDED: f32 = f32::INFINITY;
/// The log odds of what the caller tells. It comes before all evidence.
pub(crate) const TOLD: f32 = f32::MAX;

/// Two records that may be one person, and how strong the evidence for it is, in nats of log odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) log_odds: f32,
}

impl Edge {
    /// Whether somebody decided it.
    pub(crate) fn is_decided(&self) -> bool {
        self.log_odds == DECIDED
    }

    /// Whether it is told or decided, not evidence.
    pub(crate) fn is_told(&self) -> bool {
        self.log_odds >= TOLD
    }
}
