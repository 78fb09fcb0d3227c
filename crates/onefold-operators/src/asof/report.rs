//! What an as-of join did.

use super::matches::AsOfMatches;

/// Sums up the batches of a join.
#[derive(Debug, Clone, Default)]
pub struct AsOfTally {
    report: AsOfReport,
    distances: Vec<u64>,
}

/// Left rows by what became of them; together they are all left rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AsOfReport {
    /// Rows that match.
    pub matched: u64,
    /// Rows with no right row of their key in the direction.
    pub no_candidate: u64,
    /// Rows whose nearest right row is beyond the tolerance.
    pub outside_tolerance: u64,
    /// Rows with a null in the key or without a time.
    pub null_key: u64,
    /// How far the matches are apart; `None` where nothing matches.
    pub distances: Option<Distances>,
}

/// Exact quantiles of the distances in time, by nearest rank: the smallest distance that this share of all distances does not exceed.
/// Microseconds for timestamps and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distances {
    /// Half of all.
    pub p50: u64,
    /// Nine in ten.
    pub p90: u64,
    /// 99 in 100.
    pub p99: u64,
    /// The greatest.
    pub max: u64,
}

impl AsOfTally {
    /// Adds what a batch found.
    pub fn add(&mut self, matches: &AsOfMatches) {
        self.report.matched += matches.distances.len() as u64;
        self.report.no_candidate += matches.no_candidate;
        self.report.outside_tolerance += matches.outside_tolerance;
        self.report.null_key += matches.null_keys;
        self.distances.extend_from_slice(&matches.distances);
    }

    /// Adds another tally.
    pub fn append(&mut self, mut other: AsOfTally) {
        self.report.matched += other.report.matched;
        self.report.no_candidate += other.report.no_candidate;
        self.report.outside_tolerance += other.report.outside_tolerance;
        self.report.null_key += other.report.null_key;
        self.distances.append(&mut other.distances);
    }

    /// The report, its quantiles found by selection, without sorting.
    pub fn finish(mut self) -> AsOfReport {
        self.report.distances = quantiles(&mut self.distances);
        self.report
    }
}

fn quantiles(distances: &mut [u64]) -> Option<Distances> {
    if distances.is_empty() {
        return None;
    }
    let rank =
        |percent: usize| (distances.len() as u128 * percent as u128).div_ceil(100) as usize - 1;
    let (p50, p90, p99) = (rank(50), rank(90), rank(99));
    // Each selection leaves the greater values behind its rank, so the next one looks at those only.
    let (_, p50_value, _) = distances.select_nth_unstable(p50);
    let p50_value = *p50_value;
    let (_, p90_value, _) = distances[p50..].select_nth_unstable(p90 - p50);
    let p90_value = *p90_value;
    let (_, p99_value, rest) = distances[p90..].select_nth_unstable(p99 - p90);
    Some(Distances {
        p50: p50_value,
        p90: p90_value,
        p99: *p99_value,
        max: rest.iter().copied().fold(*p99_value, u64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_nearest_rank() {
        assert_eq!(quantiles(&mut []), None);
        for len in (1..400).chain([1000]) {
            let mut distances: Vec<u64> = (0..len).map(|i| i * 7919 % len * 3).collect();
            let mut sorted = distances.clone();
            sorted.sort_unstable();
            let at_least = |percent: u64| {
                let enough = |value: &&u64| {
                    sorted.iter().filter(|d| d <= value).count() as u64 * 100 >= percent * len
                };
                *sorted.iter().find(enough).expect("a value")
            };
            let expected = Distances {
                p50: at_least(50),
                p90: at_least(90),
                p99: at_least(99),
                max: at_least(100),
            };
            assert_eq!(quantiles(&mut distances), Some(expected), "{len} distances");
        }
    }
}
