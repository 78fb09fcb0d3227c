//! What keeps a workbook from being read.

use super::limits::MAX_UNPACKED;

/// Why a workbook cannot be read: completes "could not read `FILE`: ".
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) what: String,
    pub(super) hint: &'static str,
}

impl Trouble {
    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        Self {
            what: format!("it is a damaged workbook: {what}"),
            hint: "fetch it again, or open it with a spreadsheet program and save it",
        }
    }

    pub(super) fn locked() -> Self {
        Self {
            what: "it is a workbook that a password protects".to_owned(),
            hint: "open it with its password, and save it without",
        }
    }

    pub(super) fn too_large(what: &str) -> Self {
        Self {
            what: format!("it is a workbook {what}"),
            hint: "save the sheet as CSV (UTF-8) and read that",
        }
    }
}

/// Marks the error of a stream that is too long.
#[derive(Debug, thiserror::Error)]
#[error("more than {} GiB, unpacked", MAX_UNPACKED >> 30)]
pub(super) struct TooLarge;
