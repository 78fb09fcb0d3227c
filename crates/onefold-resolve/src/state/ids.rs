//! Ids by number, and numbers by id.

use hashbrown::HashTable;
use onefold_rows::hash::hash_bytes;

use super::texts::Texts;

/// Different texts, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    texts: Texts,
    numbers: HashTable<u32>,
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Ids {
    /// Adds a text unless it is there already. The number of a new one.
    pub(super) fn add(&mut self, text: &str) -> Option<u32> {
        if self.find(text).is_some() {
            return None;
        }
        let number = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(text);
        let texts = &self.texts;
        let hash = |number: &u32| hash_bytes(texts.get(*number as usize).as_bytes());
        self.numbers
            .insert_unique(hash_bytes(text.as_bytes()), number, hash);
        Some(number)
    }

    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let hash = hash_bytes(text.as_bytes());
        let is_same = |number: &u32| self.get(*number) == text;
        self.numbers.find(hash, is_same).copied()
    }

    pub(super) fn get(&self, number: u32) -> &str {
        self.texts.get(number as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.texts.bytes()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
    }
}
