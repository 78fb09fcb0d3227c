//! What the comparison of two values says.

/// The level of a comparison where a value is missing.
pub(crate) const MISSING: u8 = u8::MAX;

/// A piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Evidence {
    /// Its comparison.
    pub(crate) feature: u16,
    /// Number of the parameter `m` that it has.
    pub(crate) parameter: u16,
    /// ln u.
    pub(crate) log_u: f32,
}
