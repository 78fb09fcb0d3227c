//! What parts two records whatever else speaks for them.

use hashbrown::HashMap;

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
    /// By record: those that somebody decided are others.
    apart: HashMap<u32, Vec<u32>, foldhash::fast::FixedState>,
}

/// A source whose records may be one person.
const ANY: u16 = u16::MAX;

impl Vetoes {
    /// `places` has the places of the caller's records.
    pub(crate) fn new(
        input: &Input<'_>,
        features: &Features,
        options: &Options,
        places: &[u32],
    ) -> Self {
        let source = |record: &u32| match input.sources.get(*record as usize) {
            Some(source) if options.distinct.contains(source) => *source,
            _ => ANY,
        };
        let sources = match options.distinct.is_empty() {
            true => Vec::new(),
            false => features.order.iter().map(source).collect(),
        };
        let mut apart: HashMap<u32, Vec<u32>, foldhash::fast::FixedState> = HashMap::default();
        for (a, b) in &options.apart {
            let (a, b) = (places[*a as usize], places[*b as usize]);
            apart.entry(a).or_default().push(b);
            apart.entry(b).or_default().push(a);
        }
        Self {
            sources,
            never: options.never.clone(),
            apart,
        }
    }

    /// Whether nobody decided that two records are others.
    pub(crate) fn is_undecided(&self) -> bool {
        self.apart.is_empty()
    }

    /// The records that somebody decided are others than this one.
    pub(crate) fn others(&self, record: u32) -> &[u32] {
        self.apart.get(&record).map_or(&[], Vec::as_slice)
    }

    /// Whether no two records are parted by their values or sources.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.never.is_empty()
    }

    /// Whether two records are never one person by their values or sources.
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
