//! Which values of a record are wanted: the declared paths as a tree of keys.
//!
//! A number in a path names a key if the value is an object, and the element at that place, from 0, if it is an array. `a[0]` is read
//! both as `a` and `0` and as the key `a[0]`.

use std::sync::Arc;

use crate::drift::Ignored;
use crate::raw::Keep;

/// A tree of wanted keys. Node 0 is the record.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    nodes: Vec<Node>,
    width: usize,
    /// The cell for a record that is not an object, where such records are accepted.
    pub(super) whole: Option<usize>,
    /// Records that are not objects are accepted.
    pub(super) any: bool,
    /// What its nodes are counted from among those of all trees that note keys of the same records.
    pub(super) first_node: usize,
    /// All other keys are noted except these; `None`: no keys are noted.
    pub(super) ignored: Option<Arc<Ignored>>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    keys: Vec<Key>,
    /// Keys that may be places in an array: place and number of the key.
    elements: Vec<(usize, usize)>,
    /// Its path, keys joined by points.
    trail: String,
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: Box<[u8]>,
    /// The key as it is mostly written, with its quotes and colon; empty where its name has a byte that must be escaped.
    written: Box<[u8]>,
    /// The cell that the value goes to.
    pub(super) cell: Option<usize>,
    /// A string keeps its quotes and escapes.
    pub(super) as_json: bool,
    /// Further cells of the same path, which keep something else of it.
    pub(super) also: Vec<(usize, Keep)>,
    /// The keys wanted inside the value.
    pub(super) inside: Option<usize>,
    /// All cells of paths that go on inside the value.
    pub(super) below: Vec<usize>,
}

/// A wanted path: keys from the outside in, and what is kept of the value.
pub(crate) type Path = (Vec<String>, Keep);

impl Paths {
    /// Path `i` goes to cell `i`.
    pub(crate) fn new(paths: &[Path]) -> Self {
        let paths: Vec<_> = paths.iter().cloned().enumerate().collect();
        Self::within(&[], 0, paths.len(), &paths)
    }

    /// The tree of a value at `trail` in the record, of cells of rows of `width`.
    pub(super) fn within(
        trail: &[String],
        first_node: usize,
        width: usize,
        paths: &[(usize, Path)],
    ) -> Self {
        let mut tree = Self {
            nodes: vec![Node {
                trail: trail.join("."),
                ..Node::default()
            }],
            width,
            whole: None,
            any: false,
            first_node,
            ignored: None,
        };
        for (cell, (path, keep)) in paths {
            tree.add(path, *keep, *cell);
            if let Some(path) = with_places(path) {
                tree.add(&path, *keep, *cell);
            }
        }
        tree
    }

    /// How many nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    fn add(&mut self, path: &[String], keep: Keep, cell: usize) {
        let mut node = 0;
        for (depth, name) in path.iter().enumerate() {
            let number = self.nodes[node].key(name);
            if depth + 1 == path.len() {
                let key = &mut self.nodes[node].keys[number];
                if key.cell.is_some() || keep == Keep::Presence {
                    key.also.push((cell, keep));
                } else {
                    key.cell = Some(cell);
                    key.as_json = keep == Keep::Json;
                }
                return;
            }
            let new = self.nodes.len();
            let key = &mut self.nodes[node].keys[number];
            key.below.push(cell);
            node = *key.inside.get_or_insert(new);
            if node == new {
                let above = &self.nodes[0].trail;
                let keys = path[..=depth].join(".");
                let trail = match above.is_empty() {
                    true => keys,
                    false => format!("{above}.{keys}"),
                };
                self.nodes.push(Node {
                    trail,
                    ..Node::default()
                });
            }
        }
    }

    /// Sends records that are not objects to this cell.
    pub(crate) fn with_whole(mut self, cell: usize) -> Self {
        self.whole = Some(cell);
        self
    }

    /// Welcomes records of any kind without keeping them.
    pub(crate) fn with_records(mut self) -> Self {
        self.any = true;
        self
    }

    /// Notes the keys that are neither wanted nor ignored.
    pub(crate) fn with_drift(mut self, ignored: Arc<Ignored>) -> Self {
        self.ignored = Some(ignored);
        self
    }

    /// The path of a node, its keys joined by points.
    pub(super) fn trail(&self, node: usize) -> &str {
        &self.nodes[node].trail
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The key of `node` that comes next, where it is the one to be expected and `text` goes on with it and its colon; the bytes of these.
    #[inline]
    pub(super) fn expect(
        &self,
        node: usize,
        text: &[u8],
        guess: &mut usize,
    ) -> Option<(&Key, usize)> {
        let key = self.nodes[node].keys.get(*guess)?;
        if key.written.is_empty() || !begins_with(text, &key.written) {
            return None;
        }
        *guess += 1;
        Some((key, key.written.len()))
    }

    /// The key of `node` called `name`. Keys mostly come in the order of the record before, so the search starts at `guess`, which then is
    /// the number of the key behind the one found.
    #[inline]
    pub(super) fn find(&self, node: usize, name: &[u8], guess: &mut usize) -> Option<&Key> {
        let keys = &self.nodes[node].keys;
        if let Some(key) = keys.get(*guess)
            && *key.name == *name
        {
            *guess += 1;
            return Some(key);
        }
        let found = keys.iter().position(|k| *k.name == *name)?;
        *guess = found + 1;
        keys.get(found)
    }

    /// Whether elements of an array are wanted where `node` may be one.
    #[inline]
    pub(super) fn has_elements(&self, node: usize) -> bool {
        !self.nodes[node].elements.is_empty()
    }

    /// What is wanted of the element at a place, where `node` is an array.
    #[inline]
    pub(super) fn element(&self, node: usize, place: usize) -> Option<&Key> {
        let node = &self.nodes[node];
        let (_, key) = node.elements.iter().find(|(at, _)| *at == place)?;
        node.keys.get(*key)
    }
}

impl Node {
    /// The number of the key called `name`, which is added where it is not there.
    fn key(&mut self, name: &str) -> usize {
        let found = self.keys.iter().position(|k| *k.name == *name.as_bytes());
        found.unwrap_or_else(|| {
            let number = self.keys.len();
            if let Some(place) = place(name) {
                self.elements.push((place, number));
            }
            self.keys.push(Key {
                name: name.as_bytes().into(),
                written: written(name),
                cell: None,
                as_json: false,
                also: Vec::new(),
                inside: None,
                below: Vec::new(),
            });
            number
        })
    }
}

/// The place in an array that a key may be: a number without leading zeros.
fn place(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|b| b.is_ascii_digit());
    let is_plain = name == "0" || !name.starts_with('0');
    (is_number && is_plain && name.len() <= 9)
        .then(|| name.parse().ok())
        .flatten()
}

/// The path with a key of its own for each place in brackets; `None`: it has none.
fn with_places(path: &[String]) -> Option<Vec<String>> {
    let mut keys = Vec::with_capacity(path.len() + 1);
    for key in path {
        let (name, places) = split_places(key);
        keys.push(name.to_owned());
        keys.extend(places.into_iter().map(str::to_owned));
    }
    (keys.len() > path.len()).then_some(keys)
}

/// `a[0][1]` as `a`, `0` and `1`.
pub(super) fn split_places(key: &str) -> (&str, Vec<&str>) {
    let (mut name, mut places) = (key, Vec::new());
    while let Some((before, number)) = name.strip_suffix(']').and_then(|k| k.rsplit_once('['))
        && place(number).is_some()
        && !before.is_empty()
    {
        places.insert(0, number);
        name = before;
    }
    (name, places)
}

/// Whether a text begins with a key: most keys are compared in two words.
#[inline]
fn begins_with(text: &[u8], key: &[u8]) -> bool {
    match text.get(..key.len()) {
        Some(found) if (8..=16).contains(&key.len()) => {
            found.first_chunk::<8>() == key.first_chunk()
                && found.last_chunk::<8>() == key.last_chunk()
        }
        found => found == Some(key),
    }
}

/// A key with its quotes and colon.
fn written(name: &str) -> Box<[u8]> {
    match name.bytes().any(|b| b == b'"' || b == b'\\' || b < 0x20) {
        true => Box::default(),
        false => format!("\"{name}\":").into_bytes().into(),
    }
}

#[cfg(test)]
mod tests;
