//! Which values of a record are wanted: the declared paths as a tree of keys.

use std::sync::Arc;

use crate::drift::Ignored;
use crate::raw::Keep;

/// A tree of wanted keys. Node 0 is the record.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    nodes: Vec<Vec<Key>>,
    /// Path of each node, its keys joined by points.
    trails: Vec<String>,
    width: usize,
    /// The cell of a record that is no object, where such records are welcome.
    pub(super) whole: Option<usize>,
    /// Such records are no fault.
    pub(super) any: bool,
    /// Other keys are noted, but for these; `None`: nobody asks for them.
    pub(super) ignored: Option<Arc<Ignored>>,
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
}

/// A wanted path: keys from the outside in, and what is kept of the value.
pub(crate) type Path = (Vec<String>, Keep);

impl Paths {
    /// Path `i` goes to cell `i`.
    pub(crate) fn new(paths: &[Path]) -> Self {
        let mut tree = Self {
            nodes: vec![Vec::new()],
            trails: vec![String::new()],
            width: paths.len(),
            whole: None,
            any: false,
            ignored: None,
        };
        for (cell, (path, keep)) in paths.iter().enumerate() {
            let mut node = 0;
            for (depth, name) in path.iter().enumerate() {
                let found = tree.nodes[node]
                    .iter()
                    .position(|k| *k.name == *name.as_bytes());
                let key = found.unwrap_or_else(|| {
                    tree.nodes[node].push(Key {
                        name: name.as_bytes().into(),
                        written: written(name),
                        cell: None,
                        as_json: false,
                        also: Vec::new(),
                        inside: None,
                    });
                    tree.nodes[node].len() - 1
                });
                if depth + 1 == path.len() {
                    let key = &mut tree.nodes[node][key];
                    if key.cell.is_some() || *keep == Keep::Presence {
                        key.also.push((cell, *keep));
                    } else {
                        key.cell = Some(cell);
                        key.as_json = *keep == Keep::Json;
                    }
                } else {
                    node = match tree.nodes[node][key].inside {
                        Some(inside) => inside,
                        None => {
                            tree.nodes.push(Vec::new());
                            tree.trails.push(path[..=depth].join("."));
                            let inside = tree.nodes.len() - 1;
                            tree.nodes[node][key].inside = Some(inside);
                            inside
                        }
                    };
                }
            }
        }
        tree
    }

    /// Records that are no objects go to this cell.
    pub(crate) fn with_whole(mut self, cell: usize) -> Self {
        self.whole = Some(cell);
        self
    }

    /// Welcomes records of any kind without keeping them.
    pub(crate) fn with_records(mut self) -> Self {
        self.any = true;
        self
    }

    /// Notes keys that are not wanted, save those ignored.
    pub(crate) fn with_drift(mut self, ignored: Arc<Ignored>) -> Self {
        self.ignored = Some(ignored);
        self
    }

    /// The path of a node, its keys joined by points.
    pub(super) fn trail(&self, node: usize) -> &str {
        &self.trails[node]
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
        let key = self.nodes[node].get(*guess)?;
        if key.written.is_empty() || !begins_with(text, &key.written) {
            return None;
        }
        *guess += 1;
        Some((key, key.written.len()))
    }

    /// The key of `node` called `name`. Keys mostly come in the order of the record before, so the search starts at `guess`, which then
    /// moves on.
    #[inline]
    pub(super) fn find(&self, node: usize, name: &[u8], guess: &mut usize) -> Option<&Key> {
        let keys = &self.nodes[node];
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
