//! Ids that stay: which record belongs to which customer, from run to run.
//!
//! A [`State`] is what one run leaves to the next: the customer of each record by source and key, every id that was ever given, and what
//! became of those that are no longer in use. [`State::meet`] meets the records of a run with it, and [`Met::assign`] its customers. They
//! get their old ids back, new ids where they are new, and a list of what happened: the lineage.
//!
//! # Who keeps an id
//! Ids have an age, the order in which they were given. Overlap is the number of records that an old customer and a new one share.
//!
//! 1. Old customers that are whole in a new one, as far as their records are there at all, have merged: the oldest id stays, however few
//!    records it has.
//! 2. Else the pair of the greatest overlap meets first, then the older id, then the pair with the first record by source and key. So a
//!    split leaves the id with the larger part.
//! 3. A customer that is left without an id takes, by the same two rules, that of a customer who was gone: a record that comes back
//!    brings its id back.
//! 4. All others get new ids, in order of their first record by source and key.
//!
//! An id is never given to people who share no record with those who had it last. One that was merged or split away is never used again,
//! and [`State::look_up`] answers for it for ever.
//!
//! # Records
//! Sources and keys are compared as bytes. The records of a customer that is gone stay in the state. A record that leaves a customer who
//! is still there is forgotten. Of several records with one key in a source, the first stands for the key; the others, and records without
//! a key, have a customer in the run but leave no trace in the state. A customer of such records only is new in every run.
//!
//! | module | answers |
//! |---|---|
//! | `met`, `by_customer` | which records are those of the run before, and whose are they |
//! | `settled` | which customers are as they were |
//! | `assign`, `overlap`, `firsts` | which customer gets which id |
//! | `assigned` | what happened to customers and ids |
//! | `scheme` | what does a new id look like |
//! | `next` | what does the run leave |
//! | `format`, `escape`, `parse` | how is a state written and read |
//! | `error` | what can be wrong with the bytes |
//! | `lines`, `texts`, `numbers` | the lines of ids and records, many texts, and what has a number |

mod assign;
mod assigned;
mod by_customer;
mod error;
mod escape;
mod firsts;
mod format;
mod lines;
mod met;
mod next;
mod numbers;
mod overlap;
mod parse;
mod scheme;
mod settled;
mod texts;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::StringViewArray;
use error::Kind;
use lines::Lines;
use texts::Texts;

pub use assigned::{Assigned, Event, Lineage};
pub use error::{StateError, StateErrorKind};
pub use met::Met;
pub use scheme::IdScheme;

/// Record keys and the ids of their customers, ready for the next run. See the [module](self).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// Number of the run that wrote it, from 1; 0 before the first.
    run: u64,
    label: String,
    /// New ids so far.
    given: u64,
    /// In the order in which they were given. An id is its place here.
    ids: Arc<Texts>,
    /// Ids that no customer has now.
    retired: BTreeMap<u32, Fate>,
    /// Labels of the runs that retired ids.
    past: BTreeMap<u64, String>,
    /// Names, ascending.
    sources: Vec<String>,
    lines: Lines,
}

/// What became of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fate {
    run: u64,
    /// Where its records went, most of them first. None: they are gone.
    into: Vec<u32>,
}

impl Fate {
    fn is_gone(&self) -> bool {
        self.into.is_empty()
    }
}

/// Records of a source, in order, as [`State::meet`] takes them.
#[derive(Debug, Clone, Copy)]
pub struct Keyed<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// By record: its key; null where it has none.
    pub keys: &'a StringViewArray,
}

/// A run that has to do with an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// Its number; the first run that keeps a state has 1.
    pub number: u64,
    /// What the caller called it.
    pub label: &'a str,
}

/// What an id stands for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<'a> {
    /// A customer has it.
    Current,
    /// All its records that were left went to one customer.
    Merged {
        /// The id of that customer.
        into: &'a str,
        /// The run in which it lost its records.
        run: Run<'a>,
    },
    /// Its records went to several customers.
    Split {
        /// Their ids; those that got the most records first.
        into: Vec<&'a str>,
        /// The run in which it lost its records.
        run: Run<'a>,
    },
    /// None of its records, nor of those it was merged with, are there any more.
    Gone {
        /// The run that missed them first.
        since: Run<'a>,
    },
}

impl State {
    /// The run that wrote it; number 0 and an empty label before the first.
    pub fn run(&self) -> Run<'_> {
        self.run_of(self.run)
    }

    fn run_of(&self, number: u64) -> Run<'_> {
        let label = match number == self.run {
            true => Some(&self.label),
            false => self.past.get(&number),
        };
        Run {
            number,
            label: label.map_or("", String::as_str),
        }
    }

    /// Forgets records. Ids stay, so that none is given twice; one that has no record left is that of a customer who is gone. The ids of
    /// these come back.
    ///
    /// # Errors
    /// There are more ids or records than can be numbered.
    pub fn forget(
        &mut self,
        is_forgotten: impl Fn(&str, &str) -> bool,
    ) -> Result<Vec<String>, StateError> {
        let mut lines = Lines::default();
        let mut emptied = Vec::new();
        for (first, part) in self.lines.numbered() {
            let survives = |record: usize| {
                let (source, key) = part.record(record);
                !is_forgotten(self.source(source), &key)
            };
            let kept: Vec<bool> = (0..part.record_count()).map(survives).collect();
            if kept.iter().all(|is_kept| *is_kept) {
                lines.push(Arc::clone(part));
                continue;
            }
            let is_kept = |record: usize| kept.get(record) == Some(&true);
            for (id, mut of) in (first..).zip((0..part.id_count()).map(|id| part.of(id))) {
                if !of.is_empty() && !of.any(is_kept) {
                    emptied.push(self.ids.get(id as usize).to_owned());
                }
            }
            lines.push(Arc::new(part.select(is_kept, |source| source)?));
        }
        self.lines = lines;
        self.drop_unused_sources()?;
        Ok(emptied)
    }

    /// A source without records leaves no name.
    fn drop_unused_sources(&mut self) -> Result<(), Kind> {
        let mut used = self.lines.used(self.sources.len()).into_iter();
        let mut numbers = Vec::with_capacity(self.sources.len());
        let mut count = 0;
        self.sources.retain(|_| {
            numbers.push(count);
            let is_used = used.next().unwrap_or(false);
            count += u32::from(is_used);
            is_used
        });
        if numbers.len() == self.sources.len() {
            return Ok(());
        }
        let mut lines = Lines::default();
        for part in self.lines.parts() {
            let number = |source: u32| numbers.get(source as usize).copied().unwrap_or_default();
            lines.push(Arc::new(part.select(|_| true, number)?));
        }
        self.lines = lines;
        Ok(())
    }

    fn source(&self, number: u32) -> &str {
        self.sources.get(number as usize).map_or("", String::as_str)
    }

    /// Ids that were ever given.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter()
    }

    /// Records with a customer, those of gone customers among them.
    pub fn record_count(&self) -> usize {
        self.lines.record_count()
    }

    /// The id that the customer of a record has, or had before it was gone. Looks at one record after another.
    pub fn id_of(&self, source: &str, key: &str) -> Option<&str> {
        let source = self.sources.iter().position(|name| name == source)? as u32;
        self.lines.numbered().find_map(|(first, part)| {
            let mut ids = 0..part.id_count();
            let is_of = |record: usize| part.record(record) == (source, Cow::Borrowed(key));
            let id = ids.find(|id| part.of(*id).any(is_of))?;
            Some(self.ids.get(first as usize + id))
        })
    }

    /// What became of an id. `None`: it was never given.
    ///
    /// A customer that took over an id and was itself merged or split later is followed to those who are there now.
    pub fn look_up(&self, id: &str) -> Option<Standing<'_>> {
        let id = self.ids.find(id)?;
        let Some(fate) = self.retired.get(&id) else {
            return Some(Standing::Current);
        };
        let run = self.run_of(fate.run);
        let (mut now, mut since) = (Vec::new(), fate.run);
        let mut seen = HashSet::from([id]);
        let mut open: Vec<u32> = fate.into.iter().rev().copied().collect();
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            match self.retired.get(&next) {
                None => now.push(self.ids.get(next as usize)),
                Some(fate) if fate.is_gone() => since = since.max(fate.run),
                Some(fate) => open.extend(fate.into.iter().rev()),
            }
        }
        Some(match now.as_slice() {
            [] => Standing::Gone {
                since: self.run_of(since),
            },
            [into] => Standing::Merged { into, run },
            _ => Standing::Split { into: now, run },
        })
    }
}
