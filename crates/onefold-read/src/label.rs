//! What an input is called, and the errors that name it.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// What an input is called.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    /// As the user would write it: relative to the input folder.
    pub(crate) name: String,
    /// Where it lies, as messages say it.
    pub(crate) place: PathBuf,
}

impl Label {
    /// Of records that somebody else has read: messages say their name.
    pub(crate) fn of_name(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            place: Path::new(name).to_path_buf(),
        }
    }

    /// The input cannot be read because of `what`.
    pub(crate) fn unreadable(&self, what: impl std::fmt::Display) -> Error {
        Error::unreadable(&self.place, what)
    }

    /// The input cannot be opened, or not be read to its end.
    pub(crate) fn io(&self, cause: io::Error) -> Error {
        Error::io(&self.place, cause)
    }

    /// Reading failed, where the input may be compressed.
    pub(crate) fn corrupt(&self, cause: io::Error) -> Error {
        match cause.kind() {
            io::ErrorKind::UnexpectedEof => {
                self.unreadable("the compressed data ends too early, or something else follows it")
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                self.unreadable(format_args!("the compressed data is corrupt: {cause}"))
            }
            _ => self.io(cause),
        }
    }
}
