//! A table as it is drafted.

/// A table of the draft.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Why it is there, a line each.
    pub(crate) notes: Vec<String>,
    /// What stands under its name, indented from there.
    pub(crate) lines: Vec<String>,
    /// The tables that it reads.
    pub(crate) reads: Vec<String>,
    /// It is made for other tables only.
    pub(crate) is_helper: bool,
    /// What it is, for the end of `init`.
    pub(crate) said: Option<String>,
}

/// A lookup as a line of a join.
pub(crate) fn lookup(table: &str, left: &str, right: &str, is_whole: bool) -> String {
    let on = match left == right {
        true => left.to_owned(),
        false => format!("{{left: {left}, right: {right}}}"),
    };
    let expect = match is_whole {
        true => "",
        // Nobody has seen that no key is there twice.
        false => ", expect: first",
    };
    format!("    - {{table: {table}, on: {on}{expect}}}")
}
