//! Texts as views, hashed and compared.
//!
//! A text of up to 12 bytes lies in its view, so hashing and comparing it is arithmetic on one word of 128 bits.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::buffer::{Buffer, ScalarBuffer};
use onefold_rows::NO_ROW;
use onefold_rows::hash::{HASH_ROWS, hash_bytes, mix};
use onefold_rows::views::{is_inline, length, long, start_equally};

use crate::uuid;

/// The texts of a part.
pub(crate) struct TextChunk {
    pub(crate) views: ScalarBuffer<u128>,
    buffers: Arc<[Buffer]>,
}

impl TextChunk {
    pub(crate) fn new(chunk: &ArrayRef) -> Self {
        let (views, buffers, _) = chunk.as_string_view().clone().into_parts();
        TextChunk { views, buffers }
    }

    /// The bytes of a text that is not inline.
    #[inline]
    fn long(&self, view: u128) -> &[u8] {
        long(view, &self.buffers)
    }

    pub(crate) fn bytes<'a>(&'a self, row: usize, inline: &'a mut [u8; 16]) -> &'a [u8] {
        let view = self.views[row];
        if !is_inline(view) {
            return self.long(view);
        }
        *inline = view.to_le_bytes();
        &inline[4..4 + length(view)]
    }

    /// The number of the text, if it is a UUID.
    #[inline]
    pub(crate) fn uuid(&self, row: usize) -> Option<u128> {
        let view = self.views[row];
        match length(view) {
            uuid::LEN => uuid::pack(self.long(view)),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn hash(&self, slot: u64, view: u128) -> u64 {
        if is_inline(view) {
            return mix(mix(slot, view as u64), (view >> 64) as u64);
        }
        mix(slot, hash_bytes(self.long(view)))
    }

    #[inline]
    pub(crate) fn equal(&self, row: usize, other: &TextChunk, other_row: usize) -> bool {
        let (a, b) = (self.views[row], other.views[other_row]);
        if is_inline(a) {
            return a == b;
        }
        start_equally(a, b) && self.long(a) == other.long(b)
    }

    /// Compares the texts from `first` on with other texts by row, [`HASH_ROWS`] at most. [`NO_ROW`] leaves a result as it is.
    ///
    /// There are three loops: over the views, over the ends of texts whose views start equally, over whole texts. Within a loop no load
    /// waits for another.
    pub(crate) fn compare_stretch(
        &self,
        first: usize,
        other: &TextChunk,
        others: &[u32],
        equal: &mut [bool],
    ) {
        let views = &self.views[first..first + others.len()];
        let mut of_others = [0; HASH_ROWS];
        for (view, row) in of_others.iter_mut().zip(others) {
            *view = other.views.get(*row as usize).copied().unwrap_or(0);
        }
        let pairs = || views.iter().zip(&of_others).zip(others);
        for (((own, of_other), row), equal) in pairs().zip(&mut *equal) {
            *equal &= match !is_inline(*own) && start_equally(*own, *of_other) {
                true => self.long(*own).last_chunk::<8>() == other.long(*of_other).last_chunk(),
                false => own == of_other || *row == NO_ROW,
            };
        }
        for (((own, of_other), row), equal) in pairs().zip(equal) {
            if *equal && !is_inline(*own) && *row != NO_ROW {
                *equal = self.long(*own) == other.long(*of_other);
            }
        }
    }

    pub(crate) fn compare(&self, row: usize, other: &TextChunk, other_row: usize) -> Ordering {
        let (mut a, mut b) = ([0; 16], [0; 16]);
        self.bytes(row, &mut a).cmp(other.bytes(other_row, &mut b))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;

    #[test]
    fn texts_are_compared_whole() {
        // Alike in length, in the first bytes and in the last ones.
        let texts = [
            "a text, number 1, that is long",
            "a text, number 2, that is long",
            "a text, number 1, that is lang",
            "a short one",
            "a short two",
            "",
            "thirteen long",
        ];
        let chunk = || {
            let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values(texts));
            TextChunk::new(&texts)
        };
        let (own, other) = (chunk(), chunk());
        for first in 0..texts.len() {
            let own_rows = texts.len() - first;
            for shift in 0..texts.len() {
                let others: Vec<u32> = (0..own_rows)
                    .map(|row| ((row + shift) % texts.len()) as u32)
                    .collect();
                let mut equal = vec![true; own_rows];
                own.compare_stretch(first, &other, &others, &mut equal);
                for (row, equal) in equal.iter().enumerate() {
                    let found = texts[first + row] == texts[others[row] as usize];
                    assert_eq!(*equal, found, "{first} {shift} {row}");
                }
            }
        }
        // Nothing is compared, and what is different stays so.
        let mut equal = [true, false, true];
        own.compare_stretch(0, &other, &[NO_ROW, 1, NO_ROW], &mut equal);
        assert_eq!(equal, [true, false, true]);
    }
}
