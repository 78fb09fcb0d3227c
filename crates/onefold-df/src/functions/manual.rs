//! Functions as the reference manual describes them.

/// A function as the reference manual describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionDoc {
    /// Its name in SQL.
    pub name: &'static str,
    /// How it is called.
    pub syntax: &'static str,
    /// What it answers.
    pub meaning: &'static str,
    /// A call and its answer.
    pub example: &'static str,
}
