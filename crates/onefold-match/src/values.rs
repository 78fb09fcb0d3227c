//! The distinct values of a comparison, numbered.

use std::collections::HashMap;

use hashbrown::HashTable;
use onefold_rows::ahead::{ahead_twice, fetch, fetch_all};
use onefold_rows::hash::hash_bytes;

use crate::kind::{Kind, parts};
use crate::sketch::{SHORT, Sketch, Text};

/// The code of a record that has no value.
pub(crate) const NONE: u32 = u32::MAX;

/// Texts that are fetched together.
const TOGETHER: usize = 32;

/// Distinct texts with a number each, and on how many records each is.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// By code.
    slots: Vec<Slot>,
    long: String,
    counts: Vec<u32>,
    /// How much each word of the values says, where that was asked for.
    weights: HashMap<String, f32, foldhash::fast::FixedState>,
}

/// A value; two of them share a line of the processor's cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Slot {
    /// The length and the bytes of a short text; of a long one [`LONG`], its place in `long` and its length.
    text: [u8; SHORT + 1],
    /// Known once the values are in their order.
    sketch: Sketch,
}

/// The length that says that a text is long.
const LONG: u8 = u8::MAX;

impl Values {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    pub(crate) fn get(&self, code: u32) -> &str {
        // Only texts are put in, whole.
        std::str::from_utf8(self.bytes(code)).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn bytes(&self, code: u32) -> &[u8] {
        let slot = &self.slots[code as usize].text;
        match slot[0] {
            LONG => {
                let start = u64::from_le_bytes([
                    slot[1], slot[2], slot[3], slot[4], slot[5], slot[6], 0, 0,
                ]);
                let length = u32::from_le_bytes([slot[8], slot[9], slot[10], slot[11]]);
                &self.long.as_bytes()[start as usize..start as usize + length as usize]
            }
            length => &slot[1..=usize::from(length)],
        }
    }

    /// A value with its sketch. The values are in their order.
    #[inline]
    pub(crate) fn text(&self, code: u32) -> Text<'_> {
        let slot = &self.slots[code as usize];
        Text {
            bytes: self.bytes(code),
            sketch: slot.sketch,
            short: (slot.text[0] != LONG).then(|| u128::from_le_bytes(slot.text) >> 8),
        }
    }

    /// The sketch of a value. The values are in their order.
    pub(crate) fn sketch(&self, code: u32) -> Sketch {
        self.slots[code as usize].sketch
    }

    /// Begins to fetch where a value is.
    #[inline]
    pub(crate) fn fetch(&self, code: u32) {
        fetch(self.slots.get(code as usize));
    }

    /// Begins to fetch the text of a value whose place has been fetched.
    #[inline]
    pub(crate) fn fetch_text(&self, code: u32) {
        fetch_all(self.bytes(code));
    }

    /// Reads where the text of a value is.
    #[inline]
    fn touch_text(&self, code: u32) -> u64 {
        self.bytes(code).first().copied().map_or(0, u64::from)
    }

    fn push(&mut self, text: &str, sketch: Sketch, count: u32) {
        let mut slot = [0; SHORT + 1];
        if text.len() <= SHORT {
            slot[0] = text.len() as u8;
            slot[1..=text.len()].copy_from_slice(text.as_bytes());
        } else {
            slot[0] = LONG;
            slot[1..7].copy_from_slice(&(self.long.len() as u64).to_le_bytes()[..6]);
            slot[8..12].copy_from_slice(&(text.len() as u32).to_le_bytes());
            self.long.push_str(text);
        }
        self.push_slot(slot, sketch, count);
    }

    fn push_slot(&mut self, text: [u8; SHORT + 1], sketch: Sketch, count: u32) {
        self.slots.push(Slot { text, sketch });
        self.counts.push(count);
    }

    /// On how many records a value is.
    pub(crate) fn count(&self, code: u32) -> u32 {
        self.counts[code as usize]
    }

    /// Weighs the words: the fewer values have a word, the more it says (inverse document frequency, Sparck Jones 1972).
    pub(crate) fn weigh_words(&mut self) {
        let mut found: HashMap<String, f32, foldhash::fast::FixedState> = HashMap::default();
        for code in 0..self.len() as u32 {
            let mut words: Vec<&str> = self.get(code).split(' ').collect();
            words.sort_unstable();
            words.dedup();
            for word in words {
                match found.get_mut(word) {
                    Some(count) => *count += 1.0,
                    None => _ = found.insert(word.to_owned(), 1.0),
                }
            }
        }
        let all = self.len() as f32 + 1.0;
        found.values_mut().for_each(|w| *w = (all / *w).ln());
        self.weights = found;
    }

    /// How much a word says; 1 where words are not weighed.
    pub(crate) fn weight(&self, word: &str) -> f32 {
        self.weights.get(word).copied().unwrap_or(1.0)
    }

    /// The values in another order: `order` has the old code of each new one.
    pub(crate) fn reordered(&self, order: &[u32], kind: Kind) -> Self {
        let mut values = Self {
            slots: Vec::with_capacity(order.len()),
            long: String::with_capacity(self.long.len()),
            counts: Vec::with_capacity(order.len()),
            weights: HashMap::default(),
        };
        let mut domains: HashMap<&str, u32, foldhash::fast::FixedState> = HashMap::default();
        let fetch_value = |code: &u32| {
            self.fetch(*code);
            fetch(self.counts.get(*code as usize));
        };
        for code in ahead_twice(order, fetch_value, |code| self.fetch_text(*code)) {
            let text = self.get(*code);
            let mut sketch = Sketch::new(kind, text);
            if kind == Kind::Email {
                let (_, domain) = parts(text);
                let next = domains.len() as u32 + 1;
                let number = match domain {
                    "" => 0,
                    domain => *domains.entry(domain).or_insert(next),
                };
                sketch = sketch.with_domain(number);
            }
            let short = self.slots[*code as usize].text;
            match short[0] {
                LONG => values.push(text, sketch, self.count(*code)),
                _ => values.push_slot(short, sketch, self.count(*code)),
            }
        }
        values
    }
}

/// Texts that get their codes together.
#[derive(Default)]
pub(crate) struct Waiting {
    texts: String,
    of: Vec<Waits>,
}

/// A text that gets its code later.
struct Waits {
    /// Where it ends among the texts.
    end: usize,
    hash: u64,
    /// Where its code belongs.
    place: usize,
}

impl Waiting {
    /// Adds a text, and tells whether enough wait.
    pub(crate) fn add(&mut self, text: &str, place: usize) -> bool {
        self.texts.push_str(text);
        self.of.push(Waits {
            end: self.texts.len(),
            hash: hash_bytes(text.as_bytes()),
            place,
        });
        self.of.len() >= TOGETHER
    }
}

/// Numbers texts as they come.
#[derive(Default)]
pub(crate) struct Numbering {
    pub(crate) values: Values,
    /// Hash of each value.
    pub(crate) hashes: Vec<u64>,
    table: HashTable<u32>,
}

impl Numbering {
    /// Makes room for so many more texts.
    pub(crate) fn reserve(&mut self, count: usize) {
        let Self {
            values,
            hashes,
            table,
        } = self;
        values.slots.reserve(count);
        values.counts.reserve(count);
        table.reserve(count, |code| hashes[*code as usize]);
        hashes.reserve(count);
    }

    /// The code of a text. Its count grows by `times`.
    pub(crate) fn code(&mut self, text: &str, times: u32) -> u32 {
        self.code_of(hash_bytes(text.as_bytes()), text, times)
    }

    /// Puts the codes of some texts where they belong, and counts each once. The processor looks for the texts at the same time and not one
    /// after the other.
    pub(crate) fn codes(&mut self, waiting: &mut Waiting, codes: &mut [u32]) {
        let read = waiting.of.iter().map(|text| {
            let Self { hashes, table, .. } = &*self;
            let found = table.find(text.hash, |code| hashes[*code as usize] == text.hash);
            found.map_or(0, |code| self.values.touch_text(*code))
        });
        std::hint::black_box(read.fold(0, |all, read| all ^ read));
        let mut start = 0;
        for Waits { end, hash, place } in waiting.of.drain(..) {
            codes[place] = self.code_of(hash, &waiting.texts[start..end], 1);
            start = end;
        }
        waiting.texts.clear();
    }

    fn code_of(&mut self, hash: u64, text: &str, times: u32) -> u32 {
        let Self {
            values,
            hashes,
            table,
        } = self;
        let code = match table.entry(
            hash,
            |code| hashes[*code as usize] == hash && values.get(*code) == text,
            |code| hashes[*code as usize],
        ) {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(free) => {
                let code = values.len() as u32;
                free.insert(code);
                values.push(text, Sketch::default(), 0);
                hashes.push(hash);
                code
            }
        };
        values.counts[code as usize] += times;
        code
    }

    /// Counts a value that has a code once more.
    pub(crate) fn again(&mut self, code: u32) {
        self.values.counts[code as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::near::company;

    #[test]
    fn rare_words_of_companies_say_more() {
        let mut numbering = Numbering::default();
        for name in [
            "north bank",
            "south bank",
            "east bank",
            "west bank",
            "zyx bank",
            "zyx",
        ] {
            numbering.code(name, 1);
        }
        let mut values = numbering.values;
        assert_eq!(values.weight("bank"), 1.0);
        values.weigh_words();
        assert!(values.weight("bank") < values.weight("zyx"));
        let level = |a: &str, b: &str| company(a, b, |word| values.weight(word));
        assert_eq!(level("bank zyx", "zyx bank"), 3);
        assert_eq!(level("north bank", "nroth bank"), 2);
        assert_eq!(level("north bank", "south bank"), 0);
    }
}
