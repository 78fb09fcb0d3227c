//! Catches panics of the library that reads Parquet: a panic there means a corrupt file, not a fault of this program.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::ParquetError;

use crate::error::Error;
use crate::label::Label;

/// Does what may panic; `None`: it did. Nothing that it worked on is used any more.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

pub(super) fn unsound(label: &Label, what: &str) -> Error {
    label.unreadable(format_args!("it is not a sound Parquet file: {what}"))
}

/// What came of work that may have panicked, with what is said then.
pub(super) fn unpanicked<T>(
    done: Option<Result<T, ParquetError>>,
    panicked: &str,
) -> Result<T, String> {
    match done {
        Some(done) => done.map_err(|error| said(&error)),
        None => Err(panicked.to_owned()),
    }
}

/// The library's words without its own name, which it may say several times.
pub(super) fn said(error: &ParquetError) -> String {
    let text = error.to_string();
    let prefixes = [
        "Parquet error: ",
        "Parquet argument error: ",
        "External: ",
        "Arrow: ",
    ];
    let mut words = text.as_str();
    while let Some(rest) = prefixes
        .iter()
        .find_map(|prefix| words.strip_prefix(prefix))
    {
        words = rest;
    }
    words.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_where_it_is_expected() {
        let within = guarded(|| guarded::<()>(|| panic!("expected")));
        assert_eq!(within, Some(None));
    }
}
