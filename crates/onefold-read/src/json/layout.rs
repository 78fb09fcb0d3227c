//! How the records of a file follow each other, and what another record or document looks like.

/// How records follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Elements of arrays: of those that the documents are, or of those at a path in each.
    Array,
    /// Values with only white space between them.
    Stream {
        /// The first is an object, so all others should be: a number or a string among objects is a broken record.
        objects: bool,
    },
}

/// How the documents of a file and the records in them are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(super) framing: Framing,
    /// The bytes that the first record begins with, up to its first key: where they stand, another seems to begin. Empty where it is no
    /// object.
    pub(super) record: Vec<u8>,
    /// The same of the first document, where records are elements of its array.
    pub(super) document: Vec<u8>,
    /// The blanks before the first record, where it begins its line: others do too, and what stands further in is nested.
    pub(super) indent: Option<Vec<u8>>,
}
