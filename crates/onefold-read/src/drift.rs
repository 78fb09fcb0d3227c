//! Drift: columns and keys that the files have and the pipeline does not mention.
//!
//! The header of a file tells its extra columns when it is opened. For JSON, each chunk lists the unknown keys that it met and the records
//! that had them (the list is usually empty), and the scan adds the lists up in file order. A record that turns out broken or unfinished
//! takes its entries back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use onefold_spec::Spanned;

/// A column, or a key of JSON records, that no field, version, condition or SQL of the source mentions and that `ignore:` does not name.
/// Its values are in no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Name of the column; of a nested key the whole path (`contact.fax`). Sources with more names than a thousand have the rest of them
    /// together in one entry `*`.
    pub column: String,
    /// Records that have it, with or without a value, refused ones counted, those too broken to be read not. For `*`, how often such
    /// names occur.
    pub records: u64,
    /// The first of these records.
    pub first: Place,
}

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the file, relative to the input folder.
    pub file: Arc<str>,
    /// 1-based number of the record in its file, broken ones counted, a header not; 0 where only the header has the column.
    pub record: u64,
    /// 1-based physical line on which the record starts; of Parquet, the number of the record.
    pub line: u64,
}

/// Names kept apart, in a chunk and in a source: without a bound, objects with identifiers for keys would fill the memory.
const MAX_NAMES: usize = 1000;

/// Stands for all names beyond [`MAX_NAMES`].
const OTHERS: &str = "*";

/// `ignore:` of a source.
#[derive(Debug, Default)]
pub(crate) struct Ignored {
    names: HashSet<String>,
    globs: Vec<glob::Pattern>,
}

impl Ignored {
    /// A text that is not a valid glob (`[x`) still counts as a name.
    pub(crate) fn new(list: &[Spanned<String>]) -> Self {
        let is_glob = |text: &&Spanned<String>| text.contains(['*', '?', '[']);
        Self {
            names: list.iter().map(|text| text.value.clone()).collect(),
            globs: list
                .iter()
                .filter(is_glob)
                .filter_map(|text| glob::Pattern::new(text).ok())
                .collect(),
        }
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.names.contains(column) || self.globs.iter().any(|glob| glob.matches(column))
    }
}

/// The unknown keys of a chunk of JSON.
#[derive(Debug, Default)]
pub(crate) struct UnknownKeys {
    keys: Vec<UnknownKey>,
    /// Indexes into `keys` by node of the wanted tree, then by name.
    by_node: Vec<HashMap<Box<[u8]>, u32>>,
    /// Row and key, in the order of the text.
    seen: Vec<(u32, u32)>,
    /// Where in `keys` the next one is expected: records mostly have the same keys in the same order.
    guess: usize,
    ignored: usize,
}

#[derive(Debug)]
struct UnknownKey {
    node: usize,
    name: Box<[u8]>,
    /// `None`: ignored.
    column: Option<String>,
}

/// Number of the key that stands for all further ones.
const OTHER: u32 = u32::MAX;

impl UnknownKeys {
    /// Notes that the record `row` has the key `name` in the object `node`, whose path is `trail`.
    pub(crate) fn note(
        &mut self,
        ignored: &Ignored,
        node: usize,
        trail: &str,
        name: &[u8],
        row: usize,
    ) {
        let number = match self.keys.get(self.guess) {
            Some(key) if key.node == node && *key.name == *name => Some(self.guess as u32),
            _ => self.number(ignored, node, trail, name),
        };
        let Some(number) = number else { return };
        match self.keys.get(number as usize) {
            Some(key) => {
                let next = number as usize + 1;
                self.guess = if next == self.keys.len() { 0 } else { next };
                if key.column.is_some() {
                    self.seen.push((row as u32, number));
                }
            }
            None => self.seen.push((row as u32, OTHER)),
        }
    }

    /// The number of a key; `None` for one that is ignored and has none.
    #[cold]
    fn number(&mut self, ignored: &Ignored, node: usize, trail: &str, name: &[u8]) -> Option<u32> {
        if let Some(number) = self.by_node.get(node).and_then(|names| names.get(name)) {
            return Some(*number);
        }
        let text = String::from_utf8_lossy(name);
        let column = if trail.is_empty() {
            text.into_owned()
        } else {
            format!("{trail}.{text}")
        };
        let is_ignored = ignored.has(&column);
        let kept = if is_ignored {
            self.ignored
        } else {
            self.keys.len() - self.ignored
        };
        if kept == MAX_NAMES {
            return (!is_ignored).then_some(OTHER);
        }
        self.ignored += usize::from(is_ignored);
        let number = self.keys.len() as u32;
        self.by_node
            .resize_with(self.by_node.len().max(node + 1), HashMap::new);
        self.by_node[node].insert(name.into(), number);
        self.keys.push(UnknownKey {
            node,
            name: name.into(),
            column: (!is_ignored).then_some(column),
        });
        Some(number)
    }

    /// Takes back what was noted of the record `row`, the last one.
    #[inline]
    pub(crate) fn undo(&mut self, row: usize) {
        while self
            .seen
            .last()
            .is_some_and(|(last, _)| *last as usize == row)
        {
            self.seen.pop();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Gives the rows their numbers in `rows`; those that have none are forgotten.
    pub(crate) fn renumber(&mut self, rows: &[Option<u32>]) {
        self.seen = self
            .seen
            .iter()
            .filter_map(|(row, key)| Some((rows.get(*row as usize).copied()??, *key)))
            .collect();
    }

    /// Puts what was noted into the order of the rows.
    pub(crate) fn sort(&mut self) {
        self.seen.sort_by_key(|(row, _)| *row);
    }

    /// Each column that the chunk has, in order of first appearance.
    pub(crate) fn columns(&self) -> Vec<Counted> {
        let mut found: Vec<Counted> = Vec::new();
        // By number of the key, the others last: its place in `found` and the last row counted.
        let mut counts: Vec<Option<(usize, u32)>> = vec![None; self.keys.len() + 1];
        for (row, key) in &self.seen {
            let number = (*key as usize).min(self.keys.len());
            match &mut counts[number] {
                Some((place, last)) => {
                    // A key that a record repeats counts once.
                    found[*place].records += u64::from(*last != *row || *key == OTHER);
                    *last = *row;
                }
                none => {
                    *none = Some((found.len(), *row));
                    let column = self.keys.get(number).and_then(|key| key.column.clone());
                    found.push(Counted {
                        column: column.unwrap_or_else(|| OTHERS.to_owned()),
                        records: 1,
                        row: *row as usize,
                    });
                }
            }
        }
        found
    }
}

/// A column of drift in one chunk.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) column: String,
    pub(crate) records: u64,
    /// The first row that has it.
    pub(crate) row: usize,
}

/// A column of drift in one chunk; numbers of record and line are relative to its start.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) column: String,
    pub(crate) records: u64,
    pub(crate) record: u64,
    pub(crate) line: u64,
}

/// The drift of a source so far.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    drift: Vec<Drift>,
    by_column: HashMap<String, usize>,
}

impl Collected {
    /// Adds records that follow all that were added before.
    pub(crate) fn add(&mut self, column: &str, records: u64, first: Place) {
        let column = if self.drift.len() < MAX_NAMES || self.by_column.contains_key(column) {
            column
        } else {
            OTHERS
        };
        match self.by_column.get(column) {
            Some(slot) => {
                let drift = &mut self.drift[*slot];
                if drift.records == 0 && records > 0 {
                    drift.first = first;
                }
                drift.records += records;
            }
            None => {
                self.by_column.insert(column.to_owned(), self.drift.len());
                self.drift.push(Drift {
                    column: column.to_owned(),
                    records,
                    first,
                });
            }
        }
    }

    pub(crate) fn finish(self) -> Vec<Drift> {
        self.drift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onefold_spec::Span;

    fn ignored(list: &[&str]) -> Ignored {
        Ignored::new(
            &list
                .iter()
                .map(|text| Spanned::new((*text).to_owned(), Span::default()))
                .collect::<Vec<_>>(),
        )
    }

    fn columns(unknown: &UnknownKeys) -> Vec<(String, u64, usize)> {
        unknown
            .columns()
            .into_iter()
            .map(|c| (c.column, c.records, c.row))
            .collect()
    }

    #[test]
    fn names_and_globs() {
        let list = ignored(&["debug", "utm_*", "meta.*", "[x", "a[1]"]);
        for (column, expected) in [
            ("debug", true),
            ("debug2", false),
            ("utm_source", true),
            ("meta", false),
            ("meta.a.b", true),
            ("[x", true),
            ("a[1]", true),
        ] {
            assert_eq!(list.has(column), expected, "{column}");
        }
    }

    #[test]
    fn a_record_counts_once_and_takes_back_what_it_noted() {
        let none = ignored(&["skip"]);
        let mut unknown = UnknownKeys::default();
        for (node, trail, name, row) in [
            (0, "", "a", 0),
            (0, "", "b", 0),
            (0, "", "a", 0),
            (1, "n", "a", 1),
            (0, "", "skip", 1),
            (0, "", "b", 2),
            (0, "", "c", 2),
        ] {
            unknown.note(&none, node, trail, name.as_bytes(), row);
        }
        unknown.undo(2);
        unknown.note(&none, 0, "", b"b", 2);
        assert_eq!(
            columns(&unknown),
            [("a".into(), 1, 0), ("b".into(), 2, 0), ("n.a".into(), 1, 1)]
        );
        unknown.renumber(&[None, Some(0), Some(1)]);
        assert_eq!(
            columns(&unknown),
            [("n.a".into(), 1, 0), ("b".into(), 1, 1)]
        );
    }

    #[test]
    fn names_without_end_are_counted_together() {
        let some = ignored(&["x*"]);
        let mut unknown = UnknownKeys::default();
        for row in 0..3 * MAX_NAMES {
            unknown.note(&some, 0, "", format!("x{row}").as_bytes(), row);
            unknown.note(&some, 0, "", format!("k{row}").as_bytes(), row);
        }
        let found = columns(&unknown);
        assert_eq!(found.len(), MAX_NAMES + 1);
        assert_eq!(found[0], ("k0".into(), 1, 0));
        assert_eq!(
            found[MAX_NAMES],
            ("*".into(), 2 * MAX_NAMES as u64, MAX_NAMES)
        );
        let mut all = Collected::default();
        let place = |record| Place {
            file: "f".into(),
            record,
            line: record,
        };
        for column in ["k2000", "k2001"] {
            all.add(column, 1, place(1));
        }
        for (column, records, row) in found {
            all.add(&column, records, place(row as u64 + 2));
        }
        let all = all.finish();
        assert_eq!(all.len(), MAX_NAMES + 1);
        assert_eq!((all[2].column.as_str(), all[2].first.record), ("k0", 2));
        assert_eq!(
            (all[MAX_NAMES].column.as_str(), all[MAX_NAMES].records),
            ("*", 2 * MAX_NAMES as u64 + 2)
        );
    }

    #[test]
    fn a_header_without_records_gives_way_to_a_record() {
        let mut all = Collected::default();
        let place = |file: &str, record| Place {
            file: file.into(),
            record,
            line: 1,
        };
        all.add("a", 0, place("x", 0));
        all.add("a", 3, place("y", 1));
        all.add("a", 2, place("y", 9));
        assert_eq!(
            all.finish(),
            [Drift {
                column: "a".into(),
                records: 5,
                first: place("y", 1)
            }]
        );
    }
}
