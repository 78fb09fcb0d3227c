//! What parts two records whatever else speaks for them.

use crate::features::Features;
use crate::input::Input;
use crate::options::Options;
use crate::values::NONE;

/// What parts records, as the caller says.
pub(crate) struct Vetoes {
    /// By record: its source, where no two records of it are one person; else [`ANY`].
    sources: Vec<u16>,
    /// Comparisons whose values part records where they differ.
    never: Vec<usize>,
}

/// A source whose records may be one person.
const ANY: u16 = u16::MAX;

impl Vetoes {
    pub(crate) fn new(input: &Input<'_>, features: &Features, options: &Options) -> Self {
        let source = |record: &u32| match input.sources.get(*record as usize) {
            Some(source) if options.distinct.contains(source) => *source,
            _ => ANY,
        };
        let sources = match options.distinct.is_empty() {
            true => Vec::new(),
            false => features.order.iter().map(source).collect(),
        };
        Self {
            sources,
            never: options.never.clone(),
        }
    }

    /// Whether nothing is parted.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.never.is_empty()
    }

    /// Whether two records are never one person.
    pub(crate) fn part(&self, features: &Features, a: u32, b: u32) -> bool {
        if !self.sources.is_empty() {
            let (x, y) = (self.sources[a as usize], self.sources[b as usize]);
            if x == y && x != ANY {
                return true;
            }
        }
        let differ = |feature: &usize| {
            let Some(feature) = features.all.get(*feature) else {
                return false;
            };
            let (x, y) = (feature.words(a), feature.words(b));
            !x.is_empty() && !y.is_empty() && x != y && !x.contains(&NONE)
        };
        self.never.iter().any(differ)
    }
}
