//! The splitter held against itself and against `serde_json`, for fuzzing and tests.
//!
//! A text cut anywhere must give the same records and faults as the whole text. If all of it is JSON, its records and the values at a few
//! paths must be those that a plain walk over the parsed documents finds. If it is not, there must be a fault, and the documents before
//! the first error must still be read.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::layout::Layout;
use super::paths::Paths;
use super::preamble::{Preamble, preamble};
use super::splitter::JsonSplitter;
use crate::between::Between;
use crate::raw::{Keep, Split, Splitter};

/// The paths whose values are compared, and what is kept of them.
const WANTED: [(&[&str], Keep); 8] = [
    (&["a"], Keep::Text),
    (&["a", "b"], Keep::Text),
    (&["a", "b"], Keep::Presence),
    (&["a", "0"], Keep::Text),
    (&["a", "1", "b"], Keep::Json),
    (&["b"], Keep::Json),
    (&["a", "b", "c"], Keep::Text),
    (&["c", "a"], Keep::Text),
];

/// Values of a record at the wanted paths.
type Row = Vec<Option<String>>;

/// What a text came to: records and faults, with their places in it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    records: Vec<(usize, usize, Row)>,
    faults: Vec<(usize, usize, &'static str, String)>,
}

impl Outcome {
    fn add(&mut self, text: &[u8], offset: usize, split: &Split) {
        let records = &split.records;
        for (row, (start, end)) in records.spans.iter().enumerate() {
            let cells = &records.cells[row * records.width..(row + 1) * records.width];
            let values = cells.iter().map(|cell| {
                let from = match cell.is_side() {
                    true => records.side.as_bytes(),
                    false => text,
                };
                let value = from.get(cell.start()..cell.end());
                (!cell.is_missing())
                    .then(|| String::from_utf8_lossy(value.unwrap_or_default()).into_owned())
            });
            let (start, end) = (offset + *start as usize, offset + *end as usize);
            self.records.push((start, end, values.collect()));
        }
        for fault in &split.faults {
            let (start, end) = (offset + fault.start, offset + fault.end);
            self.faults
                .push((start, end, fault.code, fault.detail.clone()));
        }
    }

    /// Reads `text` in pieces, as the driver does.
    fn of(splitter: &JsonSplitter, text: &[u8], cuts: &[usize]) -> Result<Self, String> {
        let mut outcome = Self::default();
        let (mut rest, mut offset, mut between) = (Vec::new(), 0, Between::Ready);
        for (number, piece) in pieces(text, cuts).iter().enumerate() {
            let last = number == cuts.len();
            let guessed = rest.is_empty() && splitter.agrees(between, piece);
            rest.extend_from_slice(piece);
            let split = splitter.split(&rest, between, last);
            if guessed {
                let guess = splitter.split(piece, Between::Ready, last);
                let of = |split: &Split| {
                    let mut outcome = Self::default();
                    outcome.add(piece, 0, split);
                    // What is left begins with a record: it does not matter whether a comma stands before it.
                    let between = match splitter.agrees(split.between, &piece[split.rest..]) {
                        true => Between::Ready,
                        false => split.between,
                    };
                    (outcome, between, split.rest)
                };
                if of(&guess) != of(&split) {
                    return Err(format!(
                        "a chunk taken for one that agrees: {:?}",
                        of(&guess)
                    ));
                }
            }
            outcome.add(&rest, offset, &split);
            offset += split.rest;
            between = split.between;
            rest.drain(..split.rest);
        }
        Ok(outcome)
    }
}

/// The stretches between cuts, which ascend.
fn pieces<'t>(text: &'t [u8], cuts: &[usize]) -> Vec<&'t [u8]> {
    let mut from = 0;
    let ends = cuts.iter().copied().chain([text.len()]);
    ends.map(|end| {
        let piece = text.get(from..end).unwrap_or_default();
        from = end;
        piece
    })
    .collect()
}

/// Where reading `text`, with records under a path of keys joined by points, contradicts itself or `serde_json`; `None`: nowhere. `cuts`
/// are places to cut it at.
pub fn disagreement(text: &str, records: &str, cuts: &[usize]) -> Option<String> {
    compare(text, records, cuts).err()
}

fn compare(text: &str, records: &str, cuts: &[usize]) -> Result<(), String> {
    let path: Vec<String> = match records {
        "" => Vec::new(),
        records => records.split('.').map(str::to_owned).collect(),
    };
    let Preamble::Found { start, layout } = preamble(text.as_bytes(), &path, true) else {
        return Ok(());
    };
    let splitter = splitter(layout, &path);
    let here = &text.as_bytes()[start..];
    let whole = Outcome::of(&splitter, here, &[])?;
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (here.len() + 1)).collect();
    cuts.sort_unstable();
    let cut = Outcome::of(&splitter, here, &cuts)?;
    if cut != whole {
        return Err(format!(
            "cut at {cuts:?}: {cut:#?}\nin one piece: {whole:#?}"
        ));
    }
    // A byte order mark between documents is passed over here only.
    if text.contains('\u{feff}') {
        return Ok(());
    }
    let expected = Expected::of(text, &path);
    let found: Vec<&Row> = whole.records.iter().map(|(_, _, row)| row).collect();
    let is_prefix = expected.rows.iter().zip(&found).all(|(expected, found)| {
        let values = expected.iter().zip(found.iter());
        let mut all = WANTED.iter().zip(values);
        all.all(|((_, keep), (expected, found))| {
            is_value(*keep, expected.as_ref(), found.as_deref())
        })
    });
    let wrong = match expected.ending {
        Ending::Good if found.len() != expected.rows.len() => "not as many records",
        Ending::Good if whole.faults.len() != expected.others => "not as many faults",
        Ending::Broken if whole.faults.is_empty() => "no fault",
        _ if found.len() < expected.rows.len() => "too few records",
        _ if !is_prefix => "other values",
        _ => return Ok(()),
    };
    Err(format!("{wrong}: {whole:#?}\nexpected {expected:#?}"))
}

fn splitter(layout: Layout, path: &[String]) -> JsonSplitter {
    let own = |path: &[&str]| path.iter().map(|key| (*key).to_owned()).collect();
    let wanted: Vec<_> = WANTED
        .iter()
        .map(|(path, keep)| (own(path), *keep))
        .collect();
    JsonSplitter::new(Paths::new(&wanted), layout, path)
}

/// Whether a cell holds what is kept of a value.
fn is_value(keep: Keep, expected: Option<&Tree>, found: Option<&str>) -> bool {
    match (expected, found) {
        (Some(_), Some("")) if keep == Keep::Presence => true,
        (None | Some(Tree::Null), None) => expected.is_none() || keep != Keep::Presence,
        (Some(Tree::Text(expected)), Some(found)) if keep == Keep::Text => expected == found,
        (Some(expected), Some(found)) if keep != Keep::Presence => {
            serde_json::from_str::<Tree>(found).is_ok_and(|found| found == *expected)
        }
        _ => false,
    }
}

/// How the documents of a text end for `serde_json`.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Good,
    /// At something that is not JSON.
    Broken,
    /// At something that one of the two takes and the other does not, as it is free to.
    Undecided,
}

/// What a plain walk over parsed documents finds.
#[derive(Debug)]
struct Expected {
    rows: Vec<Vec<Option<Tree>>>,
    /// Values that are not records.
    others: usize,
    ending: Ending,
}

impl Expected {
    fn of(text: &str, path: &[String]) -> Self {
        let mut documents = Vec::new();
        let mut ending = Ending::Good;
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Tree>();
        while let Some(document) = stream.next() {
            match document {
                // `serde_json` lets an object begin right behind a number.
                Ok(Tree::Number(_) | Tree::Flag(_) | Tree::Null)
                    if text[stream.byte_offset()..].starts_with(['{', '[', '"']) =>
                {
                    ending = Ending::Undecided;
                    break;
                }
                Ok(document) => documents.push(document),
                Err(error) => {
                    let said = error.to_string();
                    let free = ["recursion limit", "surrogate", "number out of range"];
                    // A lone surrogate at the end of a string, too, is no more than an unknown escape there.
                    let is_free =
                        free.iter().any(|what| said.contains(what)) || said.contains("hex escape");
                    ending = if is_free {
                        Ending::Undecided
                    } else {
                        Ending::Broken
                    };
                    break;
                }
            }
        }
        let mut expected = Self {
            rows: Vec::new(),
            others: 0,
            ending,
        };
        let first = documents.first().map(Tree::kind);
        for document in documents {
            match (path.is_empty(), document) {
                (false, Tree::Map(entries)) => {
                    let mut arrays = Vec::new();
                    arrays_at(&entries, path, &mut arrays);
                    expected.others += usize::from(arrays.is_empty());
                    arrays.into_iter().flatten().for_each(|r| expected.add(r));
                }
                (true, Tree::List(records))
                    if first == Some('[')
                        || first == Some('{')
                            && records.first().is_none_or(|r| r.kind() == '{') =>
                {
                    records.iter().for_each(|r| expected.add(r));
                }
                (true, other) if first == Some('[') && other.kind() != '{' => {
                    // It costs its line, with whatever else is on it.
                    expected.ending = Ending::Broken;
                    break;
                }
                (true, other) => expected.add(&other),
                (false, _) => expected.others += 1,
            }
        }
        expected
    }

    fn add(&mut self, record: &Tree) {
        if record.kind() != '{' {
            self.others += 1;
            return;
        }
        let values = WANTED.iter().map(|(path, _)| record.at(path).cloned());
        self.rows.push(values.collect());
    }
}

/// All arrays at a path, where keys may be repeated.
fn arrays_at<'t>(entries: &'t [(String, Tree)], path: &[String], found: &mut Vec<&'t [Tree]>) {
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    for (_, value) in entries.iter().filter(|(key, _)| key == name) {
        match value {
            Tree::List(records) if rest.is_empty() => found.push(records),
            Tree::Map(entries) => arrays_at(entries, rest, found),
            _ => {}
        }
    }
}

/// A JSON value with all its keys, repeated ones too.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Null,
    Flag(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    fn kind(&self) -> char {
        match self {
            Tree::List(_) => '[',
            Tree::Map(_) => '{',
            _ => 'v',
        }
    }

    /// The value at a path; of a repeated key the last.
    fn at(&self, path: &[&str]) -> Option<&Tree> {
        let Some((name, rest)) = path.split_first() else {
            return Some(self);
        };
        let value = match self {
            Tree::Map(entries) => {
                let last: BTreeMap<&str, &Tree> =
                    entries.iter().map(|(k, v)| (k.as_str(), v)).collect();
                last.get(name).copied()
            }
            Tree::List(values) => name.parse().ok().and_then(|n: usize| values.get(n)),
            _ => None,
        };
        value?.at(rest)
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Build;
        impl<'de> Visitor<'de> for Build {
            type Value = Tree;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Flag(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Number(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Number(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
                Ok(serde_json::Number::from_f64(value).map_or(Tree::Null, Tree::Number))
            }
            fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(value) = values.next_element()? {
                    list.push(value);
                }
                Ok(Tree::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
                let mut map = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    map.push(entry);
                }
                Ok(Tree::Map(map))
            }
        }
        deserializer.deserialize_any(Build)
    }
}

#[cfg(test)]
mod tests;
