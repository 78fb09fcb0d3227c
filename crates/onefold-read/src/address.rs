//! The address of a record: one number by which everything later on finds it again.
//!
//! An address is the number of an input among those of its source, and a position in that input: 20 bits and 44 bits of a `u64`. Addresses
//! ascend with inputs and, within one, with positions, so that their order is the order of the source.
//!
//! | records of | input | position |
//! |---|---|---|
//! | files, objects of a store | number of the file, in order of the names | byte offset in the decoded text |
//! | Parquet | number of the file | number of the row, from 0 |
//! | a stream | number of the partition, counted over all topics in declared order | offset of the message |
//!
//! So a source has up to 1,048,576 files or partitions, and each holds up to 16 TiB or 17.6 trillion messages. Messages that are conformed
//! as one text get the positions of its bytes. The reader that joined them knows where each message begins, and replaces these positions
//! by offsets.

use crate::error::{Error, Kind};

/// Bits of the position; those above hold the number of the input.
const POSITION_BITS: u32 = 44;

/// Inputs that a source may have: 1,048,576.
pub(crate) const MAX_INPUTS: usize = 1 << (u64::BITS - POSITION_BITS);

/// Positions of an input: of bytes, decompressed and decoded, 16 TiB.
const MAX_POSITION: u64 = 1 << POSITION_BITS;

/// Where a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address(u64);

impl Address {
    /// The address of the first of `length` places of an input, all of which have one: see [`Address::plus`].
    ///
    /// # Errors
    /// The number of the input or the last of the places is too large.
    pub(crate) fn of_stretch(input: usize, start: u64, length: u64) -> Result<Self, Error> {
        if input >= MAX_INPUTS {
            return Err(too_many_inputs(input + 1));
        }
        match start.checked_add(length) {
            Some(end) if end <= MAX_POSITION => Ok(Self((input as u64) << POSITION_BITS | start)),
            _ => Err(Error::new(
                Kind::Declaration,
                format!("file {} of a source is longer than 16 TiB", input + 1),
            )
            .hint("split the file")),
        }
    }

    /// The address `places` further on, within the stretch that this one was made for.
    #[inline]
    pub(crate) fn plus(self, places: u64) -> Self {
        debug_assert!(self.position() + places < MAX_POSITION);
        Self(self.0 + places)
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

    /// The number of the input.
    pub(crate) fn input(self) -> usize {
        (self.0 >> POSITION_BITS) as usize
    }

    /// The position in the input.
    pub(crate) fn position(self) -> u64 {
        self.0 & (MAX_POSITION - 1)
    }
}

/// Where the record with an address (`_at`) stands in its input: a byte offset in the decoded text, or the number of the row.
pub fn position(address: u64) -> u64 {
    Address::unpacked(address).position()
}

/// A source of more inputs than there are numbers for.
pub(crate) fn too_many_inputs(inputs: usize) -> Error {
    Error::new(
        Kind::Declaration,
        format!("a source may have {MAX_INPUTS} files, and this one has at least {inputs}"),
    )
    .hint("make several sources of it, or join the files")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out(input in 0..MAX_INPUTS, start in 0..MAX_POSITION - 1000, further in 0u64..1000) {
            let first = Address::of_stretch(input, start, 1000).expect("in range");
            let address = Address::unpacked(first.plus(further).packed());
            prop_assert_eq!((address.input(), address.position()), (input, start + further));
        }
    }

    #[test]
    fn the_input_after_65535_is_another_than_the_first() {
        let at = |input| Address::of_stretch(input, 7, 1).expect("in range").packed();
        assert_ne!(at(1 << 16), at(0));
        assert_eq!(Address::unpacked(at(1 << 16)).input(), 1 << 16);
    }

    #[test]
    fn nothing_wraps() {
        let last = Address::of_stretch(MAX_INPUTS - 1, MAX_POSITION - 1, 1).expect("the last");
        assert_eq!(
            (last.input(), last.position()),
            (MAX_INPUTS - 1, MAX_POSITION - 1)
        );
        for (input, start, length) in [
            (MAX_INPUTS, 0, 0),
            (0, MAX_POSITION, 1),
            (0, MAX_POSITION - 1, 2),
            (0, u64::MAX, 1),
        ] {
            assert!(
                Address::of_stretch(input, start, length).is_err(),
                "{input} {start} {length}"
            );
        }
    }
}
