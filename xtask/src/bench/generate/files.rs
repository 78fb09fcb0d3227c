//! Files to generate into, and times to write there.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use jiff::SignedDuration;
use jiff::civil::{DateTime, datetime};

pub(super) fn create(folder: &Path, name: &str) -> anyhow::Result<BufWriter<File>> {
    let file =
        File::create(folder.join(name)).with_context(|| format!("could not create {name}"))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

/// A JSON array with an element a line.
pub(super) struct Array {
    out: BufWriter<File>,
    before: &'static str,
    end: &'static str,
}

impl Array {
    /// `start` ends with the bracket that opens the array, `end` starts with the one that closes it.
    pub(super) fn create(
        folder: &Path,
        name: &str,
        start: &'static str,
        end: &'static str,
    ) -> anyhow::Result<Self> {
        let out = create(folder, name)?;
        Ok(Self {
            out,
            before: start,
            end,
        })
    }

    pub(super) fn push(&mut self, element: fmt::Arguments<'_>) -> anyhow::Result<()> {
        writeln!(self.out, "{}", self.before)?;
        self.out.write_fmt(element)?;
        self.before = ",";
        Ok(())
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        if self.before != "," {
            write!(self.out, "{}", self.before)?;
        }
        writeln!(self.out, "\n{}", self.end)?;
        Ok(self.out.flush()?)
    }
}

/// So many seconds after the start of July 2025.
pub(super) fn after_start(seconds: i64) -> DateTime {
    datetime(2025, 7, 1, 0, 0, 0, 0).saturating_add(SignedDuration::from_secs(seconds))
}

/// `2025-07-01 10:00:00`, as databases export it.
pub(super) struct Spaced(pub(super) DateTime);

impl fmt::Display for Spaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.date(), self.0.time())
    }
}

/// Cents as `12.05`.
pub(super) struct Money(pub(super) u64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}
