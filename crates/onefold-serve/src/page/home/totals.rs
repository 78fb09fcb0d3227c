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

/// Rejects by source and reason, the most first.
pub(crate) fn kinds(run: &Report, most: usize) -> Vec<(String, u64)> {
    let kinds = run.sources.iter().flat_map(|source| {
        let rejects = source.rejects.iter();
        rejects.map(|reject| {
            (
                format!("{}: {}", source.name, reject.reason),
                reject.records,
            )
        })
    });
    let mut kinds: Vec<(String, u64)> = kinds.collect();
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    kinds.truncate(most);
    kinds
}
