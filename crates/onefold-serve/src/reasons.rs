//! Why two records are linked, as the column `reasons` of links has it.

/// Why two records are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reasons<'r> {
    /// Labels of the rules that hold, joined by `+`.
    pub(crate) rules: &'r str,
    /// Whether somebody decided so.
    pub(crate) is_decided: bool,
}

impl<'r> Reasons<'r> {
    pub(crate) fn parse(text: &'r str) -> Self {
        // A label may have a `+` in it; what is not the label of a rule comes last.
        let (rest, _) = without_last(text, "model");
        let (rules, is_decided) = without_last(rest, "decision");
        Self { rules, is_decided }
    }
}

/// Labels without this one at their end, and whether it was there.
fn without_last<'l>(labels: &'l str, last: &str) -> (&'l str, bool) {
    match labels.strip_suffix(last) {
        Some("") => ("", true),
        Some(rest) if rest.ends_with('+') => (&rest[..rest.len() - 1], true),
        _ => (labels, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_decisions_and_the_model_are_told_apart() {
        for (text, rules, is_decided) in [
            ("model", "", false),
            ("email+phone", "email+phone", false),
            ("a+b+decision+model", "a+b", true),
            ("decision", "", true),
            ("remodel", "remodel", false),
        ] {
            let found = Reasons::parse(text);
            assert_eq!((found.rules, found.is_decided), (rules, is_decided));
        }
    }
}
