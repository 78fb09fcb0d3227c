//! What a pass over a chunk must know of its file.

use super::layout::{Framing, Layout};
use super::paths::Paths;
use crate::between::Place;

/// Splits the chunks of one file.
#[derive(Debug)]
pub(crate) struct JsonSplitter {
    pub(super) paths: Paths,
    pub(super) layout: Layout,
    /// The path of the array of records in each document; empty: the documents are arrays or records.
    pub(super) records: Vec<String>,
}

impl JsonSplitter {
    pub(crate) fn new(paths: Paths, layout: Layout, records: &[String]) -> Self {
        Self {
            paths,
            layout,
            records: records.to_vec(),
        }
    }

    /// Where chunks are taken to begin.
    pub(super) fn home(&self) -> Place {
        match self.layout.framing {
            Framing::Array => Place::Inside,
            Framing::Stream { .. } => Place::Outside,
        }
    }

    /// Whether records are objects, so that an array is not a record.
    pub(super) fn has_objects(&self) -> bool {
        match self.layout.framing {
            Framing::Array => !self.layout.record.is_empty(),
            Framing::Stream { objects } => objects,
        }
    }
}
