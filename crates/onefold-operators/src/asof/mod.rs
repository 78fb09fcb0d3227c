//! As-of join: for each left row the right row of the same key that is nearest in time.
//!
//! The rules are those of pandas' `merge_asof`, which a test holds them to; unlike there, neither side has to be sorted.
//!
//! | direction | candidate | among equal right times |
//! |---|---|---|
//! | [`Direction::Backward`] | the last with `right <= left` | the last row |
//! | [`Direction::Forward`] | the first with `right >= left` | the first row |
//! | [`Direction::Nearest`] | the nearer of both, each after the tolerance | a tie of distances goes backward |
//!
//! The tolerance is inclusive. Without `allow_exact` the comparisons are strict. Right rows are in order of time, then of row number. A
//! null in a key, and a null time, match nothing.
//!
//! # Algorithm
//! The right rows are grouped by key, and each group is sorted by time. A left batch is probed against the hash index of the keys, then
//! by binary search in its key's times, many rows in step. Probing changes nothing: any number of threads may probe at once.
//!
//! # Memory
//! 12 bytes a right row for its time and number (while building, 24 more), and 16 to 32 bytes a key and its values. The other right
//! columns stay where they are. The left table is seen a batch at a time; the report keeps 8
//! bytes a matched row, for exact quantiles.
//!
//! # Degenerate cases
//! - No key columns: all rows are of one key.
//! - One hot key: its right rows are sorted by all threads, and probed as any others.
//! - An empty right table matches nothing.

mod join;
mod report;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

use crate::error::Error;
use crate::gather::Gatherer;
use crate::groups::map_partitions;
use crate::index::Index;
use crate::keys::{Keys, Nulls};
use crate::schema::{check_key, check_keys};
use crate::table::{NO_ROW, Places, Table, compact_texts, field};
use crate::time::{Times, check_times};

pub use join::{AsOfJoin, AsOfJoined, AsOfKind, Unmatched, asof_schema};
pub use report::{AsOfReport, AsOfTally, Distances};

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// At or before the left time.
    Backward,
    /// At or after the left time.
    Forward,
    /// Either way.
    Nearest,
}

/// What matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOfOptions {
    /// Where to look.
    pub direction: Direction,
    /// Greatest distance that matches: microseconds for timestamps and dates, else in units of the time column. `None`: any.
    pub tolerance: Option<u64>,
    /// An equal time matches.
    pub allow_exact: bool,
}

impl AsOfOptions {
    /// Any distance in this direction, equal times included.
    pub fn new(direction: Direction) -> Self {
        AsOfOptions {
            direction,
            tolerance: None,
            allow_exact: true,
        }
    }
}

/// The columns of one side that decide what matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeKey<'a> {
    /// Key columns, which may be none.
    pub by: &'a [usize],
    /// Time column: timestamps, dates or integers, the same on both sides.
    pub on: usize,
}

impl AsOfOptions {
    /// Whether a right row of an equal time is on the left row's backward side.
    fn equal_is_before(&self) -> bool {
        match self.direction {
            Direction::Backward | Direction::Nearest => self.allow_exact,
            Direction::Forward => !self.allow_exact,
        }
    }
}

/// A right table, indexed by key and time.
pub struct AsOf {
    schema: SchemaRef,
    by: Vec<usize>,
    on: usize,
    pool: Gatherer,
    index: Index,
    /// First place of each key in `times` and `rows`, then their number.
    starts: Vec<u32>,
    times: Vec<i64>,
    rows: Vec<u32>,
    null_keys: u64,
}

/// What a left batch finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AsOfMatches {
    /// By left row its right row, or [`NO_ROW`].
    pub right: Vec<u32>,
    /// Distances in time of the rows that match, in order of left rows.
    pub distances: Vec<u64>,
    /// Left rows with a null in the key or without a time.
    pub null_keys: u64,
    /// Left rows with no right row of their key in the direction.
    pub no_candidate: u64,
    /// Left rows whose nearest right row is beyond the tolerance.
    pub outside_tolerance: u64,
}

impl AsOfMatches {
    /// Left rows that match nothing, ascending.
    pub fn unmatched(&self) -> impl Iterator<Item = u32> + '_ {
        let rows = self.right.iter().enumerate();
        rows.filter(|(_, right)| **right == NO_ROW)
            .map(|(left, _)| left as u32)
    }
}

/// A right row at a distance.
#[derive(Clone, Copy)]
struct Candidate {
    row: u32,
    distance: u64,
}

impl AsOf {
    /// Indexes `right`.
    pub fn build(right: &Table<'_>, key: TimeKey<'_>, threads: usize) -> Result<Self, Error> {
        let TimeKey { by, on } = key;
        for column in by {
            check_key(right.field(*column)?)?;
        }
        let times = Times::new(right.field(on)?, right.chunks(on))?;
        let keys = Keys::of_table(right, by, Nulls::Distinct)?;
        let places = Places::new(right.batches());
        let sorted = map_partitions(&keys, Some(&times), &places, threads, |partition| {
            let sorted = partition.by_time(&times, &places, threads);
            (partition.groups.clone(), sorted)
        });
        drop((keys, times));

        let present: usize = sorted.iter().map(|(_, rows)| rows.len()).sum();
        let mut asof = Sorted {
            starts: vec![0],
            times: Vec::with_capacity(present),
            rows: Vec::with_capacity(present),
        };
        let mut firsts = Vec::new();
        let mut numbered = Vec::with_capacity(sorted.len());
        for (groups, sorted) in sorted {
            let mut partition = Vec::with_capacity(groups.len());
            let mut end = asof.rows.len() as u32;
            for group in &groups {
                partition.push((group.tag, firsts.len() as u32));
                firsts.push(group.first);
                end += group.rows;
                asof.starts.push(end);
            }
            numbered.push(partition);
            asof.times.extend(sorted.iter().map(|(time, _)| *time));
            asof.rows.extend(sorted.iter().map(|(_, row)| *row));
        }
        let pool = right.gatherer();
        let keys = pool.columns(by.iter().copied(), &firsts)?;
        let keys: Vec<ArrayRef> = keys.into_iter().map(compact_texts).collect();
        let keys = Keys::of_arrays(right.schema(), by, &keys, Nulls::Distinct)?;
        Ok(AsOf {
            schema: Arc::clone(right.schema()),
            by: by.to_vec(),
            on,
            pool,
            index: Index::new(numbered, keys, threads),
            starts: asof.starts,
            times: asof.times,
            rows: asof.rows,
            null_keys: (right.rows() - present) as u64,
        })
    }

    fn key(&self) -> TimeKey<'_> {
        TimeKey {
            by: &self.by,
            on: self.on,
        }
    }

    /// Right rows with a null in the key or without a time.
    pub fn null_keys(&self) -> u64 {
        self.null_keys
    }

    /// What the rows of a left batch find.
    pub fn probe(
        &self,
        left: &RecordBatch,
        key: TimeKey<'_>,
        options: &AsOfOptions,
    ) -> Result<AsOfMatches, Error> {
        check_asof(left.schema_ref(), key, &self.schema, self.key())?;
        let TimeKey { by, on } = key;
        let arrays: Vec<ArrayRef> = by
            .iter()
            .map(|column| Arc::clone(left.column(*column)))
            .collect();
        let keys = Keys::of_arrays(left.schema_ref(), by, &arrays, Nulls::Distinct)?;
        let times = Times::new(field(left.schema_ref(), on)?, [left.column(on)].into_iter())?;
        let (mut found, null_keys) = self.index.find(&keys, Some(&times), left.num_rows());

        let mut matches = AsOfMatches {
            null_keys,
            ..AsOfMatches::default()
        };
        // Both kinds of row come without a key number; the nulls are known already.
        matches.no_candidate =
            found.iter().filter(|key| **key == NO_ROW).count() as u64 - null_keys;
        let places = self.places(&found, times.part(0), options);
        for ((key, time), place) in found.iter_mut().zip(times.part(0)).zip(places) {
            if *key != NO_ROW {
                *key = self.choose(*key, *time, place as usize, options, &mut matches);
            }
        }
        matches.right = found;
        Ok(matches)
    }

    /// By left row the place of the first right row of its key that is after it; whether an equal time is after it depends on the
    /// options.
    fn places(&self, keys: &[u32], times: &[i64], options: &AsOfOptions) -> Vec<u32> {
        if self.times.is_empty() {
            return vec![0; keys.len()];
        }
        let ranges = keys.iter().map(|key| match *key {
            NO_ROW => (0, 0),
            key => (self.starts[key as usize], self.starts[key as usize + 1]),
        });
        match options.equal_is_before() {
            true => partition_points(&self.times, ranges, times, |a, b| a <= b),
            false => partition_points(&self.times, ranges, times, |a, b| a < b),
        }
    }

    /// The right row of a left row, given the place of the first right row after it.
    fn choose(
        &self,
        key: u32,
        time: i64,
        place: usize,
        options: &AsOfOptions,
        matches: &mut AsOfMatches,
    ) -> u32 {
        let start = self.starts[key as usize] as usize;
        let end = self.starts[key as usize + 1] as usize;
        let candidate = |place: usize| Candidate {
            row: self.rows[place],
            distance: self.times[place].abs_diff(time),
        };
        let backward = (place > start).then(|| candidate(place - 1));
        let forward = |place: usize| (place < end).then(|| candidate(place));
        let within = |candidate: &Candidate| {
            let tolerance = options.tolerance;
            tolerance.is_none_or(|tolerance| candidate.distance <= tolerance)
        };
        let (any, chosen) = match options.direction {
            Direction::Backward => (backward, backward.filter(within)),
            Direction::Forward => {
                let forward = forward(place);
                (forward, forward.filter(within))
            }
            Direction::Nearest => {
                let is_equal =
                    |place: usize| (start..end).contains(&place) && self.times[place] == time;
                // Equal rows are at the place only where they do not match, and then they are to be passed.
                let next = match is_equal(place) {
                    true => place + self.times[place..end].partition_point(|other| *other == time),
                    false => place,
                };
                let forward = forward(next);
                let chosen = match (backward.filter(within), forward.filter(within)) {
                    (Some(b), Some(f)) if f.distance < b.distance => Some(f),
                    (Some(b), _) => Some(b),
                    (None, f) => f,
                };
                (backward.or(forward), chosen)
            }
        };
        match (chosen, any) {
            (Some(chosen), _) => {
                matches.distances.push(chosen.distance);
                return chosen.row;
            }
            (None, Some(_)) => matches.outside_tolerance += 1,
            (None, None) => matches.no_candidate += 1,
        }
        NO_ROW
    }
}

struct Sorted {
    starts: Vec<u32>,
    times: Vec<i64>,
    rows: Vec<u32>,
}

/// Whether the columns of two tables can be joined as of time. This needs no data.
fn check_asof(
    left: &SchemaRef,
    left_key: TimeKey<'_>,
    right: &SchemaRef,
    right_key: TimeKey<'_>,
) -> Result<(), Error> {
    check_keys(left, left_key.by, right, right_key.by)?;
    check_times(left, left_key.on, right, right_key.on)
}

/// Searches under way at a time.
const LANES: usize = 32;

/// For each wanted time the first place in its range of `times`, which is sorted there, that is not `before` it.
///
/// Many searches go on in step and without branches: their loads overlap, where one search after another would wait for each.
fn partition_points(
    times: &[i64],
    mut ranges: impl Iterator<Item = (u32, u32)>,
    wanted: &[i64],
    before: impl Fn(i64, i64) -> bool,
) -> Vec<u32> {
    let mut found = Vec::with_capacity(wanted.len());
    let mut lens = [0usize; LANES];
    for wanted in wanted.chunks(LANES) {
        let lane = found.len();
        for (len, (start, end)) in lens.iter_mut().zip(ranges.by_ref().take(wanted.len())) {
            *len = (end - start) as usize;
            found.push(start);
        }
        let bases = &mut found[lane..];
        let longest = lens[..bases.len()].iter().copied().max().unwrap_or(0);
        // How long a range is after a step depends on its length alone, so the longest tells when all are of one time.
        let steps = longest.next_power_of_two().trailing_zeros();
        for _ in 0..steps {
            for ((base, len), wanted) in bases.iter_mut().zip(&mut lens).zip(wanted) {
                let half = *len / 2;
                let middle = (*base as usize + half).saturating_sub(1);
                *base += if before(times[middle], *wanted) {
                    half as u32
                } else {
                    0
                };
                *len -= half;
            }
        }
        for ((base, len), wanted) in bases.iter_mut().zip(&lens).zip(wanted) {
            if *len > 0 && before(times[*base as usize], *wanted) {
                *base += 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_in_step_find_what_one_would() {
        let times: Vec<i64> = (0..1000).map(|i| i / 3 * 10).collect();
        let mut state = 1u64;
        let mut next = |below: u64| {
            let step = state.wrapping_mul(6_364_136_223_846_793_005);
            state = step.wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for searches in [0, 1, LANES - 1, LANES, 10_000] {
            let ranges: Vec<(u32, u32)> = (0..searches)
                .map(|_| {
                    let longest = [0, 1, 2, 3, 17, 1000][next(6) as usize];
                    let start = next(1001) as u32;
                    (start, (start + next(longest + 1) as u32).min(1000))
                })
                .collect();
            let wanted: Vec<i64> = ranges.iter().map(|_| next(3500) as i64 - 50).collect();
            for inclusive in [false, true] {
                let before = |a: i64, b: i64| a < b || (inclusive && a == b);
                let found = partition_points(&times, ranges.iter().copied(), &wanted, before);
                for ((range, wanted), found) in ranges.iter().zip(&wanted).zip(found) {
                    let range = range.0 as usize..range.1 as usize;
                    let place = times[range.clone()].partition_point(|time| before(*time, *wanted));
                    assert_eq!(found as usize, range.start + place, "{wanted} in {range:?}");
                }
            }
        }
    }
}
