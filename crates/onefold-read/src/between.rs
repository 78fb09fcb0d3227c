//! Where a splitter stands between two chunks: a small value from which the next chunk goes on.
//!
//! The splitters know what it means; everyone else only hands it on.

/// Where a splitter stands at the end of a chunk, so that the next chunk can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Between {
    /// Where chunks are taken to begin: a record may start.
    #[default]
    Ready,
    /// Inside a record that is too long to be read, which has been counted: it ends with its line.
    Within,
    /// Elsewhere in a file of JSON.
    Json(Place),
}

/// Where a pass over a file stands between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Between documents.
    Outside,
    /// In an array of records, where one may start: nothing has been read of it, or it is not known what.
    Inside,
    /// In an array of records, after a comma.
    AfterComma,
    /// In an array of records, after a value.
    AfterValue,
    /// In a document, before or behind the array of its records.
    Around(Walk),
}

/// A way through one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walk {
    /// Objects open along the path.
    pub(crate) depth: u16,
    /// Objects (1) and arrays (0) open in a value that nobody reads, the innermost lowest, under a 1 that marks the end.
    pub(crate) open: u64,
    pub(crate) next: Next,
    /// The document has had an array at the path.
    pub(crate) found: bool,
}

/// What comes next inside of the innermost object or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// A first member, or the end.
    First,
    /// A member.
    Member,
    /// A comma, or the end.
    Behind,
    /// The rest of a string.
    Text,
}
