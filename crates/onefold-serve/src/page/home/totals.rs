//! Sums over the sources of a run.

use onefold_engine::Report;

/// Records that were read.
pub(crate) fn read(run: &Report) -> u64 {
    run.sources.iter().map(|source| source.read).sum()
}

/// Records that were rejected.
pub(crate) fn rejected(run: &Report) -> u64 {
    run.sources.iter().map(|source| source.rejected).sum()
}
