//! Texts numbered in the order in which each comes first, a batch at a time.
//!
//! # Algorithm
//! Open addressing, at most half full; a slot is half of a hash and a number. A stretch of rows goes through the table in passes (load all
//! slots, load all texts found there, compare them), so that the loads of many rows are under way at a time. Rows whose text is new, and
//! the few that meet another text first, are then looked up one after another, in order.
//!
//! # Memory
//! 16 to 32 bytes a text, and the text: 16 bytes, and its length where it has more than 12.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, make_view};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use foldhash::quality::FixedState;

use crate::groups::HASH_ROWS;
use crate::keys::SEED;

/// Texts that are in one buffer together, in bytes.
const BUFFER: usize = 1 << 24;

/// Longest text that lies within its view.
const INLINE: usize = 12;

const EMPTY: u32 = u32::MAX;

/// The texts seen so far, by number. A missing text is one of them.
///
/// ```
/// use arrow::array::StringViewArray;
/// use onefold_operators::DistinctTexts;
///
/// let mut seen = DistinctTexts::default();
/// let mut numbers = Vec::new();
/// let texts = StringViewArray::from(vec![Some("ann"), None, Some("bob"), Some("ann")]);
/// seen.number(&texts, &DistinctTexts::hashes(&texts), &mut numbers);
/// assert_eq!((numbers.as_slice(), seen.len()), (&[0, 1, 2, 0][..], 3));
/// ```
#[derive(Default)]
pub struct DistinctTexts {
    /// Half of a hash and a number plus one; 0 is empty.
    slots: Vec<u64>,
    views: Vec<u128>,
    /// Halves of the hashes, by number.
    tags: Vec<u32>,
    full: Vec<Buffer>,
    open: Vec<u8>,
    /// The number of the missing text.
    missing: Option<u32>,
}

impl DistinctTexts {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// Hashes of texts, which any thread can make.
    pub fn hashes(texts: &StringViewArray) -> Vec<u32> {
        let state = FixedState::with_seed(SEED);
        let hash = |view: &u128| {
            let mut hasher = state.build_hasher();
            if *view as u32 as usize <= INLINE {
                hasher.write_u128(*view);
            } else {
                hasher.write(long(*view, texts.data_buffers()));
            }
            hasher.finish() as u32
        };
        match texts.nulls() {
            None => texts.views().iter().map(hash).collect(),
            Some(nulls) => {
                let views = texts.views().iter().zip(nulls);
                let hash = |(view, valid)| if valid { hash(view) } else { 0 };
                views.map(hash).collect()
            }
        }
    }

    /// Replaces `numbers` by the number of each text; a text not seen before gets the next one.
    ///
    /// # Panics
    /// Where there are not as many hashes as texts.
    pub fn number(&mut self, texts: &StringViewArray, hashes: &[u32], numbers: &mut Vec<usize>) {
        assert_eq!(texts.len(), hashes.len(), "a hash for each text");
        numbers.clear();
        numbers.reserve(texts.len());
        let buffers = texts.data_buffers();
        let mut found = [EMPTY; HASH_ROWS];
        let mut views = [0u128; HASH_ROWS];
        let stretches = texts.views().chunks(HASH_ROWS);
        let starts = (0..).step_by(HASH_ROWS);
        for ((hashes, wanted), first) in hashes.chunks(HASH_ROWS).zip(stretches).zip(starts) {
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
            let views = &mut views[..wanted.len()];
            for (view, found) in views.iter_mut().zip(&*found) {
                *view = self.views.get(*found as usize).copied().unwrap_or(!0);
            }
            for (row, (wanted, view)) in wanted.iter().zip(&*views).enumerate() {
                let number = if texts.is_null(first + row) {
                    self.missing_number()
                } else if self.is_equal(*wanted, buffers, *view) {
                    found[row]
                } else {
                    self.find_or_add(*wanted, hashes[row], buffers)
                };
                numbers.push(number as usize);
            }
        }
    }

    /// The texts by their number.
    pub fn finish(mut self) -> ArrayRef {
        self.open.shrink_to_fit();
        self.full.push(Buffer::from_vec(self.open));
        let nulls = self.missing.map(|missing| {
            let number = missing as usize;
            (0..self.views.len())
                .map(|n| n != number)
                .collect::<NullBuffer>()
        });
        let (views, buffers) = (ScalarBuffer::from(self.views), Arc::from(self.full));
        #[expect(
            unsafe_code,
            reason = "checking every view again costs more than making it"
        )]
        // SAFETY: each view was made by `make_view` from the bytes of a text that `add` had just put at that place of that buffer; the
        // bytes are those of a value of a `StringViewArray`, and so are UTF-8.
        let texts = unsafe { StringViewArray::new_unchecked(views, buffers, nulls) };
        Arc::new(texts)
    }

    /// Whether a text is the one that a view of our own stands for.
    #[inline]
    fn is_equal(&self, wanted: u128, buffers: &[Buffer], view: u128) -> bool {
        if wanted as u32 as usize <= INLINE {
            return wanted == view;
        }
        // Length and first bytes, then all of them.
        wanted as u64 == view as u64 && long(wanted, buffers) == self.own(view)
    }

    fn missing_number(&mut self) -> u32 {
        match self.missing {
            Some(number) => number,
            None => {
                let number = self.views.len() as u32;
                self.views.push(make_view(b"", 0, 0));
                // Not in the table: an empty text is another.
                self.tags.push(0);
                self.missing = Some(number);
                number
            }
        }
    }

    fn find_or_add(&mut self, wanted: u128, hash: u32, buffers: &[Buffer]) -> u32 {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let word = self.slots[slot];
            if word == 0 {
                break;
            }
            if (word >> 32) as u32 == hash {
                let number = word as u32 - 1;
                if self.is_equal(wanted, buffers, self.views[number as usize]) {
                    return number;
                }
            }
            slot = (slot + 1) & mask;
        }
        let number = self.views.len() as u32;
        self.slots[slot] = u64::from(hash) << 32 | u64::from(number + 1);
        let view = match wanted as u32 as usize <= INLINE {
            true => wanted,
            false => self.add(long(wanted, buffers)),
        };
        self.views.push(view);
        self.tags.push(hash);
        number
    }

    /// Copies a long text; its view.
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
        let (length, buffer, offset) = parts(view);
        let bytes = match self.full.get(buffer) {
            Some(full) => full.as_slice(),
            None => &self.open,
        };
        &bytes[offset..offset + length]
    }

    /// Makes the table so large that it stays at most half full with so many more texts.
    fn make_room(&mut self, more: usize) {
        let needed = ((self.views.len() + more) * 2).next_power_of_two();
        if needed <= self.slots.len() {
            return;
        }
        // Twice as much as asked for: the next batches need not grow it again.
        let size = (needed * 2).max(4 * HASH_ROWS);
        let mask = size - 1;
        self.slots = vec![0; size];
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

/// Length, buffer and offset of a view of a long text.
#[inline]
fn parts(view: u128) -> (usize, usize, usize) {
    (
        view as u32 as usize,
        (view >> 64) as u32 as usize,
        (view >> 96) as u32 as usize,
    )
}

#[inline]
fn long(view: u128, buffers: &[Buffer]) -> &[u8] {
    let (length, buffer, offset) = parts(view);
    &buffers[buffer].as_slice()[offset..offset + length]
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
            let hashes: Vec<u32> = DistinctTexts::hashes(&texts)
                .iter()
                .map(|hash| hash & mask)
                .collect();
            seen.number(&texts, &hashes, &mut numbers);
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
            2 => "\\PC{0,20}".prop_map(Some),
        ]
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_a_map(
            batches in prop::collection::vec(prop::collection::vec(text(), 0..200), 0..6),
            mask in prop_oneof![Just(u32::MAX), Just(7u32), Just(0u32)],
        ) {
            check(&batches, mask);
        }
    }

    #[test]
    fn many_texts() {
        let batches: Vec<Vec<Option<String>>> = (0..20u32)
            .map(|batch| {
                let name = |i: u32| format!("customer {:08}", (i * 7919 + batch * 131) % 50_000);
                (0..5000).map(|i| Some(name(i))).collect()
            })
            .collect();
        check(&batches, u32::MAX);
        check(&batches[..3], 0x3ff);
    }
}
