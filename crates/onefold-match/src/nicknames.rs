//! Known given names, and which of them are short forms of others.

use std::sync::LazyLock;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Names and the short forms that they go by.
///
/// Source: `nicknames` by Carlton Northern and others, Apache-2.0; see `data/README.md`.
static NICKNAMES: LazyLock<Nicknames> = LazyLock::new(|| {
    let mut nicknames = Nicknames::default();
    for line in include_str!("../data/nicknames.csv").lines().skip(1) {
        let mut parts = line.split(',');
        if let (Some(name), Some(_), Some(nickname)) = (parts.next(), parts.next(), parts.next()) {
            let (a, b) = (nicknames.number(name), nicknames.number(nickname));
            if name.len().min(nickname.len()) > 1 {
                nicknames.pairs.extend([(a, b), (b, a)]);
                *nicknames.forms.entry(a).or_default() |= 1 << (b % 32);
                *nicknames.forms.entry(b).or_default() |= 1 << (a % 32);
            }
        }
    }
    nicknames
});

/// Known given names, numbered from 1, and which of them are short forms of others.
#[derive(Default)]
struct Nicknames {
    numbers: HashMap<&'static str, u32, FixedState>,
    pairs: HashSet<(u32, u32), FixedState>,
    /// By number: a bit for each name that it goes by, by the other's number.
    forms: HashMap<u32, u32, FixedState>,
}

impl Nicknames {
    fn number(&mut self, name: &'static str) -> u32 {
        let next = self.numbers.len() as u32 + 1;
        *self.numbers.entry(name).or_insert(next)
    }
}

/// Of a known given name its number from 1, and in the upper half a bit for each of its short forms; 0 of other words.
pub(crate) fn given_name(word: &str) -> u64 {
    let Some(number) = NICKNAMES.numbers.get(word) else {
        return 0;
    };
    let forms = NICKNAMES.forms.get(number).copied().unwrap_or(0);
    u64::from(forms) << 32 | u64::from(*number)
}

/// Whether two given names may be forms of one.
pub(crate) fn may_be_nicknames(given: u64, other: u64) -> bool {
    given >> (32 + other % 32) & 1 == 1
}

/// Whether two given names, by their numbers, are forms of one.
pub(crate) fn are_nicknames(given: u32, other: u32) -> bool {
    NICKNAMES.pairs.contains(&(given, other))
}

/// All known given names.
#[cfg(test)]
pub(crate) fn given_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = NICKNAMES.numbers.keys().copied().collect();
    names.sort_unstable();
    names
}
