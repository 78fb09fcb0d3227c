//! The distinct values of a comparison, numbered.

use std::collections::HashMap;

use hashbrown::HashTable;
use onefold_rows::hash::hash_bytes;

/// The code of a record that has no value.
pub(crate) const NONE: u32 = u32::MAX;

/// Distinct texts with a number each, and on how many records each is.
#[derive(Debug, Default)]
pub(crate) struct Values {
    text: String,
    /// Ends of the texts.
    ends: Vec<usize>,
    counts: Vec<u32>,
    /// How much each word of the values says, where that was asked for.
    weights: HashMap<String, f32, foldhash::fast::FixedState>,
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, code: u32) -> &str {
        let code = code as usize;
        let start = match code {
            0 => 0,
            code => self.ends[code - 1],
        };
        &self.text[start..self.ends[code]]
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
    pub(crate) fn reordered(&self, order: &[u32]) -> Self {
        let mut values = Self {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(order.len()),
            counts: Vec::with_capacity(order.len()),
            weights: HashMap::default(),
        };
        for code in order {
            values.text.push_str(self.get(*code));
            values.ends.push(values.text.len());
            values.counts.push(self.count(*code));
        }
        values
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
    /// The code of a text. Its count grows by `times`.
    pub(crate) fn code(&mut self, text: &str, times: u32) -> u32 {
        let hash = hash_bytes(text.as_bytes());
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
                let code = values.ends.len() as u32;
                free.insert(code);
                values.text.push_str(text);
                values.ends.push(values.text.len());
                values.counts.push(0);
                hashes.push(hash);
                code
            }
        };
        values.counts[code as usize] += times;
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::company;

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
