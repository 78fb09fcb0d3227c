//! Many texts in one piece of memory.

use std::ops::Range;

/// Texts by number, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    pub(super) fn reserve(&mut self, texts: usize, bytes: usize) {
        self.all.reserve(bytes);
        self.ends.reserve(texts);
    }

    pub(super) fn append(&mut self, other: &Self) {
        let start = self.all.len();
        self.all.push_str(&other.all);
        self.ends.extend(other.ends.iter().map(|end| start + end));
    }

    /// The text with a number; empty where there is none.
    pub(super) fn get(&self, number: usize) -> &str {
        self.all.get(self.range(number)).unwrap_or_default()
    }

    fn range(&self, number: usize) -> Range<usize> {
        let start = number.checked_sub(1).and_then(|n| self.ends.get(n));
        let end = self.ends.get(number).copied().unwrap_or_default();
        start.copied().unwrap_or_default()..end
    }

    /// Reads some texts, so that the processor fetches all of them at the same time and not one after the other.
    pub(super) fn fetch(&self, numbers: impl Iterator<Item = u32>) {
        let start = |number: u32| {
            (number as usize)
                .checked_sub(1)
                .and_then(|n| self.ends.get(n))
        };
        let starts: Vec<usize> = numbers.map(|n| start(n).copied().unwrap_or(0)).collect();
        let bytes = self.all.as_bytes();
        let read = starts.iter().fold(0, |read, start| {
            read ^ bytes.get(*start).copied().unwrap_or(0)
        });
        std::hint::black_box(read);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// The number of a text. Looks at one after another.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let number = self.iter().position(|other| other == text)?;
        u32::try_from(number).ok()
    }
}
