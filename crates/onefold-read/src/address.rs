//! The address of a record: the one number by which everything later on finds it again.

use crate::error::{Error, Kind};

/// Bits of the byte offset; those above hold the number of the file.
const OFFSET_BITS: u32 = 44;

/// Files that a source may have: 1,048,576.
pub(crate) const MAX_FILES: usize = 1 << (u64::BITS - OFFSET_BITS);

/// Bytes of a file, decompressed and decoded, that can be addressed: 16 TiB.
const MAX_BYTES: u64 = 1 << OFFSET_BITS;

/// Where a record starts: the number of its file among those of its source, and its byte offset in the decoded file. Records of Parquet
/// have no offset and stand at their number, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address(u64);

impl Address {
    /// The address of the first of `length` places of a file, all of which have one: see [`Address::plus`].
    ///
    /// # Errors
    /// The number of the file or the last of the places is too large.
    pub(crate) fn of_stretch(file: usize, start: u64, length: u64) -> Result<Self, Error> {
        if file >= MAX_FILES {
            return Err(too_many_files(file + 1));
        }
        match start.checked_add(length) {
            Some(end) if end <= MAX_BYTES => Ok(Self((file as u64) << OFFSET_BITS | start)),
            _ => Err(Error::new(
                Kind::Declaration,
                format!("file {} of a source is longer than 16 TiB", file + 1),
            )
            .hint("split the file")),
        }
    }

    /// The address `bytes` further on, within the stretch that this one was made for.
    #[inline]
    pub(crate) fn plus(self, bytes: u64) -> Self {
        debug_assert!(self.offset() + bytes < MAX_BYTES);
        Self(self.0 + bytes)
    }

    /// As it stands in the hidden column.
    #[inline]
    pub(crate) fn packed(self) -> u64 {
        self.0
    }

    /// From the hidden column.
    pub(crate) fn unpacked(packed: u64) -> Self {
        Self(packed)
    }

    /// The number of the file.
    pub(crate) fn file(self) -> usize {
        (self.0 >> OFFSET_BITS) as usize
    }

    /// The byte offset, or the number of a record of Parquet.
    pub(crate) fn offset(self) -> u64 {
        self.0 & (MAX_BYTES - 1)
    }
}

/// A source of more files than there are numbers for.
pub(crate) fn too_many_files(files: usize) -> Error {
    Error::new(
        Kind::Declaration,
        format!("a source may have {MAX_FILES} files, and this one has at least {files}"),
    )
    .hint("make several sources of it, or join the files")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out(file in 0..MAX_FILES, start in 0..MAX_BYTES - 1000, further in 0u64..1000) {
            let first = Address::of_stretch(file, start, 1000).expect("in range");
            let address = Address::unpacked(first.plus(further).packed());
            prop_assert_eq!((address.file(), address.offset()), (file, start + further));
        }
    }

    #[test]
    fn the_file_after_65535_is_another_than_the_first() {
        let at = |file| Address::of_stretch(file, 7, 1).expect("in range").packed();
        assert_ne!(at(1 << 16), at(0));
        assert_eq!(Address::unpacked(at(1 << 16)).file(), 1 << 16);
    }

    #[test]
    fn nothing_wraps() {
        let last = Address::of_stretch(MAX_FILES - 1, MAX_BYTES - 1, 1).expect("the last");
        assert_eq!((last.file(), last.offset()), (MAX_FILES - 1, MAX_BYTES - 1));
        for (file, start, length) in [
            (MAX_FILES, 0, 0),
            (0, MAX_BYTES, 1),
            (0, MAX_BYTES - 1, 2),
            (0, u64::MAX, 1),
        ] {
            assert!(
                Address::of_stretch(file, start, length).is_err(),
                "{file} {start} {length}"
            );
        }
    }
}
