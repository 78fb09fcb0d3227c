//! The unfinished record at the end of a chunk, which is put in front of the next.

use std::borrow::Cow;

use super::piece::Piece;

/// What a chunk left to the next; empty where it ended between two records.
#[derive(Default)]
pub(crate) struct Unfinished {
    text: Vec<u8>,
    broken: Vec<usize>,
    offset: u64,
}

impl Unfinished {
    /// What a piece left. `offset`: where its text begins in its input.
    pub(crate) fn of<T>(piece: &Piece<T>, offset: u64) -> Self {
        let rest = piece.rest;
        let broken = piece.broken.iter().filter(|at| **at >= rest);
        Self {
            text: piece
                .text
                .as_slice()
                .get(rest..)
                .unwrap_or_default()
                .to_vec(),
            broken: broken.map(|at| at - rest).collect(),
            offset: offset + rest as u64,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text, the broken bytes and the offset of the next chunk with this in front of it.
    pub(crate) fn before(
        self,
        chunk: Cow<'_, [u8]>,
        broken: Vec<usize>,
        offset: u64,
    ) -> (Vec<u8>, Vec<usize>, u64) {
        if self.is_empty() {
            return (chunk.into_owned(), broken, offset);
        }
        let shift = self.text.len();
        let mut text = self.text;
        text.extend_from_slice(&chunk);
        let mut all_broken = self.broken;
        all_broken.extend(broken.iter().map(|at| at + shift));
        (text, all_broken, self.offset)
    }
}
