//! Sets of rules.

use crate::options::Rule;

/// Some of the rules of a resolution, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleSet(u64);

impl RuleSet {
    pub(crate) fn insert(&mut self, rule: usize) {
        self.0 |= 1 << rule;
    }

    /// Whether it is in the set.
    pub fn contains(self, rule: usize) -> bool {
        rule < 64 && self.0 >> rule & 1 == 1
    }

    /// The rules, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |rule| self.contains(*rule))
    }

    /// Appends the labels joined by `+`.
    pub(crate) fn write(self, rules: &[Rule], text: &mut String) {
        for (place, rule) in self.iter().filter_map(|rule| rules.get(rule)).enumerate() {
            if place > 0 {
                text.push('+');
            }
            text.push_str(&rule.label);
        }
    }
}
