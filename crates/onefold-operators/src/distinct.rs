//! Distinct texts, numbered in the order of their first appearance, a batch at a time.
//!
//! # Algorithm
//! Open addressing, at most half full; a slot holds a hash and a number. A stretch of rows goes through the table in passes: load all
//! slots, load the keys found there, compare them. So the loads of many rows run at once. Rows whose text is new, and the few that meet
//! another text first, are looked up one after another, in order.
//!
//! A key is 16 bytes: the view of a text, or the number of a UUID, which is the most common key that does not fit a view. UUIDs are
//! compared as numbers, and their texts are written again at the end. A bit of the hash tells the two kinds of key apart.
//!
//! # Memory
//! 16 to 32 bytes a text for the table and 20 for its key and hash. Texts of more than 12 bytes that are not UUIDs are copied besides.

use std::hash::Hasher;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, make_view};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use onefold_rows::hash::{HASH_ROWS, hasher};
use onefold_rows::parallel::touch;
use onefold_rows::views::{buffer_of, is_inline, long, long_in, start_equally, string_array};

use crate::uuid;

/// Bytes of text that share one buffer.
const BUFFER: usize = 1 << 24;

const EMPTY: u32 = u32::MAX;

/// The bit of a hash that marks the number of a UUID. It lies above the bits that find a slot and below those that choose a partition.
const NUMBER: u32 = u32::MAX / TextKeys::PARTITIONS as u32 / 2 + 1;

/// The texts of a batch, ready to be looked up.
pub struct TextKeys {
    hashes: Vec<u32>,
    keys: Vec<u128>,
    buffers: Arc<[Buffer]>,
    nulls: Option<NullBuffer>,
}

impl TextKeys {
    /// Most partitions that can be made by the highest bits of the hashes.
    pub const PARTITIONS: usize = 64;

    /// The keys of all rows. The buffers of the texts are kept only if some text neither fits its view nor is a UUID.
    pub fn new(texts: &StringViewArray) -> Self {
        let mut some_long = false;
        let mut key = |view: u128| {
            let mut hasher = hasher();
            if is_inline(view) {
                hasher.write_u128(view);
                return (hasher.finish() as u32 & !NUMBER, view);
            }
            let text = long(view, texts.data_buffers());
            match uuid::pack(text) {
                Some(number) => {
                    hasher.write_u128(number);
                    (hasher.finish() as u32 | NUMBER, number)
                }
                None => {
                    some_long = true;
                    hasher.write(text);
                    (hasher.finish() as u32 & !NUMBER, view)
                }
            }
        };
        let views = texts.views().iter().copied();
        let (hashes, keys) = match texts.nulls() {
            None => views.map(key).unzip(),
            // A null may hold any view, so all nulls get the same key.
            Some(nulls) => {
                let valid = views.zip(nulls);
                valid
                    .map(|(view, valid)| if valid { key(view) } else { (0, 0) })
                    .unzip()
            }
        };
        TextKeys {
            hashes,
            keys,
            buffers: match some_long {
                true => texts.data_buffers().into(),
                false => Arc::default(),
            },
            nulls: texts.nulls().cloned(),
        }
    }

    /// The hash of each text; missing texts share one. Its highest bits can choose among up to [`PARTITIONS`](Self::PARTITIONS).
    pub fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    /// Bytes that the keys take, without the texts.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.hashes) + size_of_val(&*self.keys)
    }

    /// Whether the keys hold on to buffers of the batch.
    pub fn hold_others(&self) -> bool {
        !self.buffers.is_empty()
    }

    /// The keys of some rows.
    pub fn take(&self, rows: &[u32]) -> Self {
        let places = || rows.iter().map(|row| *row as usize);
        TextKeys {
            hashes: places().map(|row| self.hashes[row]).collect(),
            keys: places().map(|row| self.keys[row]).collect(),
            buffers: Arc::clone(&self.buffers),
            nulls: self
                .nulls
                .as_ref()
                .map(|nulls| places().map(|row| nulls.is_valid(row)).collect()),
        }
    }
}

/// The texts seen so far, by number. A missing text is one of them.
///
/// ```
/// use arrow::array::StringViewArray;
/// use onefold_operators::{DistinctTexts, TextKeys};
///
/// let mut seen = DistinctTexts::default();
/// let mut numbers = Vec::new();
/// let texts = StringViewArray::from(vec![Some("ann"), None, Some("bob"), Some("ann")]);
/// seen.number(&TextKeys::new(&texts), 0..4, &mut numbers);
/// assert_eq!((numbers.as_slice(), seen.len()), (&[0, 1, 2, 0][..], 3));
/// ```
#[derive(Default)]
pub struct DistinctTexts {
    /// A hash and a number plus one; 0 is empty.
    slots: Vec<u64>,
    keys: Vec<u128>,
    /// Hashes by number.
    tags: Vec<u32>,
    full: Vec<Buffer>,
    open: Vec<u8>,
    /// The number of the missing text.
    missing: Option<u32>,
}

impl DistinctTexts {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Replaces `numbers` by the number of each text of some rows. A new text gets the next number.
    ///
    /// # Panics
    /// Where there are no such rows.
    pub fn number(&mut self, texts: &TextKeys, rows: Range<usize>, numbers: &mut Vec<usize>) {
        numbers.clear();
        numbers.reserve(rows.len());
        let mut found = [EMPTY; HASH_ROWS];
        let mut keys = [0u128; HASH_ROWS];
        for first in rows.clone().step_by(HASH_ROWS) {
            let stretch = first..rows.end.min(first + HASH_ROWS);
            let (hashes, wanted) = (&texts.hashes[stretch.clone()], &texts.keys[stretch]);
            self.make_room(wanted.len());
            let mask = self.slots.len() - 1;
            let found = &mut found[..wanted.len()];
            for (found, hash) in found.iter_mut().zip(hashes) {
                let word = self.slots[*hash as usize & mask];
                // An empty slot has number 0 - 1, which is `EMPTY`.
                *found = if (word >> 32) as u32 == *hash {
                    (word as u32).wrapping_sub(1)
                } else {
                    EMPTY
                };
            }
            let keys = &mut keys[..wanted.len()];
            for (key, found) in keys.iter_mut().zip(&*found) {
                *key = self.keys.get(*found as usize).copied().unwrap_or(0);
            }
            for (row, (wanted, key)) in wanted.iter().zip(&*keys).enumerate() {
                let is_null = texts.nulls.as_ref().is_some_and(|n| n.is_null(first + row));
                let number = if is_null {
                    self.missing_number()
                } else if found[row] != EMPTY
                    && self.is_equal(hashes[row], *wanted, &texts.buffers, *key)
                {
                    found[row]
                } else {
                    self.find_or_add(hashes[row], *wanted, &texts.buffers)
                };
                numbers.push(number as usize);
            }
        }
    }

    /// The texts in the order of their numbers.
    pub fn finish(mut self) -> ArrayRef {
        self.slots = Vec::new();
        let numbers = self.tags.iter().filter(|tag| **tag & NUMBER != 0).count();
        self.open
            .reserve_exact((numbers * uuid::LEN).min(BUFFER - self.open.len().min(BUFFER)));
        for number in 0..self.keys.len() {
            if self.tags[number] & NUMBER != 0 {
                self.keys[number] = self.add(&uuid::unpack(self.keys[number]));
            }
        }
        self.open.shrink_to_fit();
        self.full.push(Buffer::from_vec(self.open));
        let nulls = self.missing.map(|missing| {
            let number = missing as usize;
            (0..self.keys.len())
                .map(|n| n != number)
                .collect::<NullBuffer>()
        });
        let (views, buffers) = (ScalarBuffer::from(self.keys), Arc::from(self.full));
        #[expect(
            unsafe_code,
            reason = "reading every text again costs more than making its view"
        )]
        // SAFETY: a short view comes from a valid array. `make_view` made every other view from the text that `add` had just appended, and
        // that text is a value of a valid array, or the digits and hyphens of a UUID.
        let texts = unsafe { string_array(views, buffers, nulls) };
        Arc::new(texts)
    }

    /// Whether a key is the text of one of our keys. Both have the same hash, and so are of the same kind.
    #[inline]
    fn is_equal(&self, hash: u32, wanted: u128, buffers: &[Buffer], own: u128) -> bool {
        if hash & NUMBER != 0 || is_inline(wanted) {
            return wanted == own;
        }
        // Length and first bytes, then all of them.
        start_equally(wanted, own) && long(wanted, buffers) == self.own(own)
    }

    fn missing_number(&mut self) -> u32 {
        match self.missing {
            Some(number) => number,
            None => {
                let number = self.keys.len() as u32;
                self.keys.push(make_view(b"", 0, 0));
                // Not in the table, where its view would be the empty text.
                self.tags.push(0);
                self.missing = Some(number);
                number
            }
        }
    }

    fn find_or_add(&mut self, hash: u32, wanted: u128, buffers: &[Buffer]) -> u32 {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let word = self.slots[slot];
            if word == 0 {
                break;
            }
            if (word >> 32) as u32 == hash {
                let number = word as u32 - 1;
                if self.is_equal(hash, wanted, buffers, self.keys[number as usize]) {
                    return number;
                }
            }
            slot = (slot + 1) & mask;
        }
        let number = self.keys.len() as u32;
        self.slots[slot] = u64::from(hash) << 32 | u64::from(number + 1);
        let key = match hash & NUMBER != 0 || is_inline(wanted) {
            true => wanted,
            false => self.add(long(wanted, buffers)),
        };
        self.keys.push(key);
        self.tags.push(hash);
        number
    }

    /// Copies a long text and returns its view.
    fn add(&mut self, text: &[u8]) -> u128 {
        if self.open.len() + text.len() > BUFFER && !self.open.is_empty() {
            let full = std::mem::take(&mut self.open);
            self.full.push(Buffer::from_vec(full));
        }
        let offset = self.open.len();
        self.open.extend_from_slice(text);
        make_view(text, self.full.len() as u32, offset as u32)
    }

    /// The bytes of a long text of our own.
    #[inline]
    fn own(&self, view: u128) -> &[u8] {
        match self.full.get(buffer_of(view)) {
            Some(full) => long_in(view, full),
            None => long_in(view, &self.open),
        }
    }

    /// Grows the table so that it stays at most half full with so many more texts.
    fn make_room(&mut self, more: usize) {
        let needed = ((self.keys.len() + more) * 2).next_power_of_two();
        if needed <= self.slots.len() {
            return;
        }
        let size = needed.max(4 * HASH_ROWS);
        let mask = size - 1;
        self.slots = vec![0; size];
        touch(&mut self.slots);
        for (number, hash) in self.tags.iter().enumerate() {
            if self.missing == Some(number as u32) {
                continue;
            }
            let mut slot = *hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = u64::from(*hash) << 32 | (number as u64 + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow::array::AsArray;
    use proptest::prelude::*;

    use super::*;

    /// As [`DistinctTexts::number`], with hashes that tell little apart.
    fn check(batches: &[Vec<Option<String>>], mask: u32) {
        let mut known: HashMap<Option<String>, usize> = HashMap::new();
        let mut in_order = Vec::new();
        let mut seen = DistinctTexts::default();
        let mut numbers = Vec::new();
        for batch in batches {
            let texts = StringViewArray::from(batch.clone());
            let mut keys = TextKeys::new(&texts);
            keys.hashes.iter_mut().for_each(|hash| *hash &= mask);
            let (front, back) = (batch.len() / 3, batch.len());
            seen.number(&keys, 0..front, &mut numbers);
            let mut all = std::mem::take(&mut numbers);
            let rest: Vec<u32> = (front as u32..back as u32).collect();
            seen.number(&keys.take(&rest), 0..rest.len(), &mut numbers);
            all.append(&mut numbers);
            numbers = all;
            let expected: Vec<usize> = batch
                .iter()
                .map(|text| {
                    let next = known.len();
                    *known.entry(text.clone()).or_insert_with(|| {
                        in_order.push(text.clone());
                        next
                    })
                })
                .collect();
            assert_eq!(numbers, expected);
            assert_eq!(seen.len(), known.len());
        }
        let texts = seen.finish();
        let texts: Vec<Option<String>> = texts
            .as_string_view()
            .iter()
            .map(|text| text.map(str::to_owned))
            .collect();
        assert_eq!(texts, in_order);
    }

    fn text() -> impl Strategy<Value = Option<String>> {
        prop_oneof![
            1 => Just(None),
            1 => Just(Some(String::new())),
            4 => (0u32..40).prop_map(|n| Some(format!("k{n}"))),
            4 => (0u32..40).prop_map(|n| Some(format!("a key that is too long {n}"))),
            4 => (0u32..40).prop_map(|n| Some(format!("00000000-0000-4000-8000-{n:012}"))),
            1 => (0u32..40).prop_map(|n| Some(format!("0000000A-0000-4000-8000-{n:012}"))),
            2 => "\\PC{0,20}".prop_map(Some),
        ]
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_a_map(
            batches in prop::collection::vec(prop::collection::vec(text(), 0..200), 0..6),
            mask in prop_oneof![Just(u32::MAX), Just(NUMBER | 7), Just(NUMBER)],
        ) {
            check(&batches, mask);
        }
    }

    #[test]
    fn what_stands_under_a_null_does_not_matter() {
        let texts = |n: u32| match n % 3 {
            0 => format!("k{n}"),
            1 => format!("a key that is too long {n}"),
            _ => format!("00000000-0000-4000-8000-{n:012}"),
        };
        let all: StringViewArray = (0..100).map(|n| Some(texts(n))).collect();
        let odd = (0..100).map(|n| Some(n % 2 == 1)).collect();
        let even = arrow::compute::nullif(&all, &odd).expect("texts");
        let keys = TextKeys::new(even.as_string_view());
        let of_nulls: Vec<u32> = (1..100).step_by(2).map(|n| keys.hashes()[n]).collect();
        assert!(of_nulls.iter().all(|hash| *hash == of_nulls[0]));
        let mut seen = DistinctTexts::default();
        let mut numbers = Vec::new();
        seen.number(&keys, 0..100, &mut numbers);
        assert_eq!((seen.len(), numbers[1], numbers[99]), (51, 1, 1));
        let texts = seen.finish();
        assert_eq!(
            (texts.null_count(), texts.as_string_view().value(2)),
            (1, "00000000-0000-4000-8000-000000000002")
        );
    }

    #[test]
    fn many_texts() {
        let batches: Vec<Vec<Option<String>>> = (0..20u32)
            .map(|batch| {
                let name = |i: u32| match (i * 7919 + batch * 131) % 50_000 {
                    n if n % 3 == 0 => format!("6f1c8a52-99fe-4f0b-8c1d-{n:012x}"),
                    n => format!("customer {n:08}"),
                };
                (0..5000).map(|i| Some(name(i))).collect()
            })
            .collect();
        check(&batches, u32::MAX);
        check(&batches[..3], NUMBER | 0x3ff);
    }
}
