//! Stored values that have no text.

/// Why a value has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not UTF-8.
    Encoding,
    /// Its type has no such value.
    OutOfRange,
    /// Its text would not fit into memory.
    TooLong,
    /// The cell of a sheet shows an error.
    ErrorCell,
}

impl Unreadable {
    /// Its code among the rejects.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Unreadable::Encoding => "invalid_encoding",
            Unreadable::OutOfRange => "value_out_of_range",
            Unreadable::TooLong => "record_too_long",
            Unreadable::ErrorCell => "error_cell",
        }
    }

    /// For people.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Unreadable::Encoding => "invalid encoding",
            Unreadable::OutOfRange => "value out of range",
            Unreadable::TooLong => "record too long",
            Unreadable::ErrorCell => "the cell shows an error",
        }
    }
}
