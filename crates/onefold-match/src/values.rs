//! The distinct values of a comparison, numbered.

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

    /// The values in another order: `order` has the old code of each new one.
    pub(crate) fn reordered(&self, order: &[u32]) -> Self {
        let mut values = Self {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(order.len()),
            counts: Vec::with_capacity(order.len()),
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
