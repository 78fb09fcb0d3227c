//! The records that a state knows.

use std::ops::Range;

use super::texts::Texts;

/// Records of ids, by id, then source, then key.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Records {
    /// By id: where its records end.
    ends: Vec<u32>,
    /// By record: the number of its source.
    sources: Vec<u32>,
    /// By record.
    keys: Texts,
}

impl Records {
    /// Makes room for so many ids, records, and bytes of keys.
    pub(super) fn reserve(&mut self, ids: usize, records: usize, bytes: usize) {
        self.ends.reserve(ids);
        self.sources.reserve(records);
        self.keys.reserve(records, bytes);
    }

    /// Adds a record of the id that [`close`](Self::close) ends next.
    pub(super) fn push(&mut self, source: u32, key: &str) {
        self.sources.push(source);
        self.keys.push(key);
    }

    /// Ends the records of an id.
    pub(super) fn close(&mut self) {
        self.ends.push(self.sources.len() as u32);
    }

    /// Adds the ids that come after those that are here.
    pub(super) fn append(&mut self, other: &Self) {
        let start = self.sources.len() as u32;
        self.ends.extend(other.ends.iter().map(|end| start + end));
        self.sources.extend_from_slice(&other.sources);
        self.keys.append(&other.keys);
    }

    pub(super) fn len(&self) -> usize {
        self.sources.len()
    }

    /// The bytes of all keys.
    pub(super) fn bytes(&self) -> usize {
        self.keys.bytes()
    }

    /// The places of the records of an id.
    pub(super) fn of(&self, id: u32) -> Range<usize> {
        let end = |id: usize| self.ends.get(id).map_or(self.len(), |end| *end as usize);
        let start = (id as usize).checked_sub(1).map_or(0, end);
        start..end(id as usize)
    }

    /// Source and key of the record at a place.
    pub(super) fn get(&self, place: usize) -> (u32, &str) {
        let source = self.sources.get(place).copied().unwrap_or_default();
        (source, self.keys.get(place))
    }

    /// Source and the bytes of the key of the record at a place.
    pub(super) fn get_bytes(&self, place: usize) -> (u32, &[u8]) {
        let source = self.sources.get(place).copied().unwrap_or_default();
        (source, self.keys.get_bytes(place))
    }

    /// By record: its id.
    pub(super) fn ids(&self) -> Vec<u32> {
        let mut ids = Vec::with_capacity(self.len());
        for (id, end) in self.ends.iter().enumerate() {
            ids.resize(*end as usize, id as u32);
        }
        ids
    }

    /// Ids whose records are here.
    pub(super) fn id_count(&self) -> usize {
        self.ends.len()
    }

    /// Which of so many sources have records.
    pub(super) fn used(&self, sources: usize) -> Vec<bool> {
        let mut is_used = vec![false; sources];
        for source in &self.sources {
            if let Some(is_used) = is_used.get_mut(*source as usize) {
                *is_used = true;
            }
        }
        is_used
    }

    /// Gives each source another number.
    pub(super) fn renumber(&mut self, numbers: &[u32]) {
        for source in &mut self.sources {
            *source = numbers.get(*source as usize).copied().unwrap_or_default();
        }
    }
}
