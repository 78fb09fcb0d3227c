//! Many texts in one piece of memory.

/// Texts by number, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn with_capacity(texts: usize, bytes: usize) -> Self {
        Self {
            all: String::with_capacity(bytes),
            ends: Vec::with_capacity(texts),
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    pub(super) fn append(&mut self, other: &Self) {
        let start = self.all.len();
        self.all.push_str(&other.all);
        self.ends.extend(other.ends.iter().map(|end| start + end));
    }

    /// The text with a number; empty where there is none.
    pub(super) fn get(&self, number: usize) -> &str {
        let start = match number.checked_sub(1) {
            None => Some(&0),
            Some(before) => self.ends.get(before),
        };
        match (start, self.ends.get(number)) {
            (Some(start), Some(end)) => self.all.get(*start..*end).unwrap_or_default(),
            _ => "",
        }
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
