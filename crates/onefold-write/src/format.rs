//! The formats that a table can be written in.

use crate::error::{Cause, Error};

/// How a table is written. Text formats are UTF-8 without a byte order mark and end every line with `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Delimited text after RFC 4180: quotes only where a value needs them, a quote inside doubled.
    Csv {
        /// Field separator: an ASCII character other than a letter, a digit, a quote, CR, LF and NUL.
        delimiter: u8,
        /// What a missing value looks like. A text value that looks the same is quoted, so the two stay apart.
        null: String,
        /// A first line with the column names.
        header: bool,
    },
    /// One array of objects.
    Json {
        /// Spaces a level, laid out like Python's `json.dump(..., indent=n)`; `None`: an object a line, no other white space.
        indent: Option<u8>,
    },
    /// An object a line, no other white space.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// Checks the options that types cannot.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Csv { delimiter, .. }
                if !delimiter.is_ascii()
                    || delimiter.is_ascii_alphanumeric()
                    || matches!(delimiter, b'"' | b'\r' | b'\n' | 0) =>
            {
                Err(Cause::Delimiter(*delimiter).into())
            }
            _ => Ok(()),
        }
    }
}
