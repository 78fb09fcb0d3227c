//! Many texts, numbered.

use arrow::array::make_view;
use arrow::buffer::Buffer;
use onefold_rows::ahead::fetch;
use onefold_rows::views::{INLINE, buffer_of, is_inline, length, long_in};

/// Bytes of long texts that lie together, unless one text has more.
const BLOCK: usize = 1 << 24;

/// Texts by number, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts {
    /// As Arrow has them: of a short text, its length and itself; of a long one, where it is.
    views: Vec<[u8; 16]>,
    /// Long texts, in blocks.
    long: Vec<Buffer>,
    /// The block that is not full yet.
    open: Vec<u8>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let (mut block, mut offset) = (0, 0);
        if bytes.len() > INLINE {
            if self.open.len() + bytes.len() > BLOCK && !self.open.is_empty() {
                let full = std::mem::take(&mut self.open);
                self.long.push(Buffer::from_vec(full));
            }
            (block, offset) = (self.long.len(), self.open.len());
            self.open.extend_from_slice(bytes);
        }
        let view = make_view(bytes, block as u32, offset as u32);
        self.views.push(view.to_le_bytes());
    }

    pub(super) fn reserve(&mut self, texts: usize) {
        self.views.reserve(texts);
    }

    pub(super) fn append(&mut self, other: &Self) {
        if other.long.is_empty() && other.open.is_empty() {
            return self.views.extend_from_slice(&other.views);
        }
        self.reserve(other.len());
        other.iter().for_each(|text| self.push(text));
    }

    /// The text with a number; empty where there is none.
    pub(super) fn get(&self, number: usize) -> &str {
        // Only texts are put in, whole.
        std::str::from_utf8(self.bytes(number)).unwrap_or_default()
    }

    /// The bytes of the text with a number; none where there is none.
    pub(super) fn bytes(&self, number: usize) -> &[u8] {
        let Some(bytes) = self.views.get(number) else {
            return &[];
        };
        let view = u128::from_le_bytes(*bytes);
        match is_inline(view) {
            true => &bytes[4..4 + length(view)],
            false => {
                let block = self.long.get(buffer_of(view));
                long_in(view, block.map_or(&self.open, |block| block))
            }
        }
    }

    /// Begins to fetch the view of a text.
    pub(super) fn fetch(&self, number: usize) {
        fetch(self.views.get(number));
    }

    /// The view of a text; that of an empty one where there is none.
    pub(super) fn view(&self, number: usize) -> u128 {
        let view = self.views.get(number);
        view.map_or(0, |bytes| u128::from_le_bytes(*bytes))
    }

    /// What views of long texts point into.
    pub(super) fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = self.long.clone();
        if !self.open.is_empty() {
            buffers.push(Buffer::from(self.open.as_slice()));
        }
        buffers
    }

    pub(super) fn len(&self) -> usize {
        self.views.len()
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

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;

    #[test]
    fn full_blocks_are_closed() {
        let mut texts = Texts::default();
        let long = |number: usize| number.to_string().repeat(BLOCK / 5);
        (10..16).for_each(|number| texts.push(&long(number)));
        assert_eq!((texts.long.len(), texts.buffers().len()), (2, 3));
        assert!(texts.iter().map(str::to_owned).eq((10..16).map(long)));
    }

    #[test]
    fn short_and_long_texts_stay_what_they_are() {
        let given = [
            "",
            "twelve bytes",
            "thirteen byte",
            "é",
            "",
            "a text of some length",
        ];
        let (mut texts, mut others) = (Texts::default(), Texts::default());
        given.iter().for_each(|text| texts.push(text));
        given.iter().for_each(|text| others.push(text));
        texts.append(&others);
        let expected = [given, given].concat();
        assert_eq!(texts.iter().collect::<Vec<_>>(), expected);
        assert_eq!(texts.find("thirteen byte"), Some(2));
        assert_eq!((texts.get(12), texts.view(12)), ("", 0));
        let views: Vec<u128> = (0..12).map(|number| texts.view(number)).collect();
        let array = StringViewArray::try_new(views.into(), texts.buffers(), None).expect("views");
        assert!(array.iter().eq(expected.into_iter().map(Some)));
    }
}
