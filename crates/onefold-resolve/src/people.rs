//! How many people are behind the records of a value.
//!
//! A value that many people share identifies nobody. A value on many records of one person does: a customer has a record for each order.
//! Records that agree in the columns which say who somebody is, such as name and telephone number, are of one person. A record without
//! any of these is somebody of its own.

use std::collections::{HashMap, HashSet};

use arrow::array::Array;
use arrow::util::display::array_value_to_string;

use crate::options::Rule;
use crate::records::{Column, Records};

/// The columns that say who somebody is, but for those of a rule itself.
pub(crate) struct People<'a> {
    records: &'a Records,
    columns: Vec<&'a Column>,
}

/// Who and what is behind a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Behind {
    /// People, or somewhat more than the cap where there are more than that.
    pub(crate) people: u32,
    /// The source of most of its records; of several the first.
    pub(crate) source: u32,
}

/// A value that is being looked at.
#[derive(Default)]
struct Seen {
    known: HashSet<Vec<Option<String>>>,
    unknown: u32,
    by_source: Vec<u32>,
}

impl Seen {
    fn people(&self) -> u32 {
        self.unknown.saturating_add(self.known.len() as u32)
    }
}

impl<'a> People<'a> {
    pub(crate) fn new(records: &'a Records, person: &[String], rule: &Rule) -> Self {
        let names = person.iter().filter(|name| !rule.columns.contains(name));
        let columns = names.filter_map(|name| records.column_index(name));
        Self {
            records,
            columns: columns.map(|index| &records.columns[index]).collect(),
        }
    }

    /// Who is behind the values that `rows` name, each with a record. Counting people stops above `cap`.
    pub(crate) fn behind(
        &self,
        rows: impl Iterator<Item = (u32, usize)>,
        cap: u32,
    ) -> HashMap<usize, Behind> {
        let mut seen: HashMap<usize, Seen> = HashMap::new();
        for (record, value) in rows {
            let seen = seen.entry(value).or_default();
            let source = self.records.source_at(self.records.at(record));
            if seen.by_source.len() <= source {
                seen.by_source.resize(source + 1, 0);
            }
            seen.by_source[source] += 1;
            if seen.people() > cap {
                continue;
            }
            let who = self.who(record);
            match who.iter().all(Option::is_none) {
                true => seen.unknown += 1,
                false => drop(seen.known.insert(who)),
            }
        }
        let behind = seen.into_iter().map(|(value, seen)| {
            let most = seen.by_source.iter().max();
            let source = seen.by_source.iter().position(|n| Some(n) == most);
            let people = seen.people();
            let source = source.unwrap_or_default() as u32;
            (value, Behind { people, source })
        });
        behind.collect()
    }

    /// What a record says of the person, regardless of case.
    fn who(&self, record: u32) -> Vec<Option<String>> {
        let at = self.records.at(record);
        let value = |column: &&Column| {
            let chunk = &column.chunks[at.part as usize];
            let row = at.row as usize;
            let text = chunk
                .is_valid(row)
                .then(|| array_value_to_string(chunk, row));
            let text = text?.ok()?.to_lowercase();
            (!text.is_empty()).then_some(text)
        };
        self.columns.iter().map(value).collect()
    }
}
