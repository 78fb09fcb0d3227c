//! Whether a run may go on: nobody has stopped it, and it holds no more memory than it may.

use std::sync::atomic::Ordering;

use super::options::RunOptions;
use super::store::Store;
use crate::error::{Error, Kind};

/// A source that is being read.
pub(super) struct Reading<'a> {
    pub(super) source: &'a str,
    /// Bytes held before.
    pub(super) held_before: u64,
    /// Bytes of its files, where they can be told.
    pub(super) bytes: Option<u64>,
    pub(super) bytes_read: u64,
}

/// Bytes held, where there is a limit.
pub(super) fn held(options: &RunOptions<'_>) -> u64 {
    let limit = options.memory.as_ref();
    limit.map_or(0, |limit| (limit.held)())
}

/// Somebody has stopped the run.
pub(super) fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted").hint("the old outputs are unchanged")
}

/// An error where the run must end.
pub(super) fn check(
    options: &RunOptions<'_>,
    store: &Store,
    reading: Option<&Reading<'_>>,
) -> Result<(), Error> {
    if options.interrupted.load(Ordering::Relaxed) {
        return Err(interrupted());
    }
    let Some(limit) = &options.memory else {
        return Ok(());
    };
    let held = (limit.held)();
    if held <= limit.bytes {
        return Ok(());
    }
    let mut message = format!("the run holds {}", megabytes(held));
    if let Some(reading) = reading {
        message += &format!(" while it reads source `{}`", reading.source);
    }
    let held_rows = store.held();
    let kept: Vec<String> = held_rows
        .iter()
        .map(|(name, rows)| format!("`{name}` ({rows} rows)"))
        .collect();
    if !kept.is_empty() {
        message += &format!(" and keeps {}", kept.join(", "));
    }
    message += &format!("; it may hold {}", megabytes(limit.bytes));
    let needs = match reading.and_then(|reading| reading.needs(held)) {
        Some(needs) => format!(
            "the source alone would bring it to about {}; give it more memory than that",
            megabytes(needs)
        ),
        None => "give it more memory".to_owned(),
    };
    let hint = format!(
        "{needs}, or files with fewer rows, and fields only for what is needed: the old outputs are unchanged"
    );
    Err(Error::new(Kind::Resources, message).hint(hint))
}

impl Reading<'_> {
    /// Bytes that would be held at the end of the source, if they go on growing as they did, and enough of it is read to tell.
    fn needs(&self, held: u64) -> Option<u64> {
        let of = self.bytes?;
        let grown = held.saturating_sub(self.held_before) as f64;
        let share = self.bytes_read as f64 / of as f64;
        (0.05..1.0)
            .contains(&share)
            .then(|| self.held_before + (grown / share) as u64)
    }
}

/// Bytes in words, rounded up.
fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
