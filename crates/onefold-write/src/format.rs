//! The formats that a table can be written in.

pub use onefold_spec::model::OutputFormat as Format;

use crate::error::{Cause, Error};

/// Refuses an option that cannot be honoured.
pub(crate) fn check(format: &Format) -> Result<(), Error> {
    match format {
        Format::Csv { delimiter, .. }
            if !delimiter.is_ascii()
                || delimiter.is_ascii_alphanumeric()
                || matches!(delimiter, b'"' | b'\r' | b'\n' | 0) =>
        {
            Err(Cause::Delimiter(*delimiter).into())
        }
        _ => Ok(()),
    }
}
