//! The right table, indexed by key and time, and what left rows find in it.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use onefold_rows::NO_ROW;

use super::matches::AsOfMatches;
use super::options::{AsOfOptions, Direction, TimeKey, check_asof};
use super::search::partition_points;
use crate::batch::compact_texts;
use crate::column::Nulls;
use crate::error::Error;
use crate::gather::Gatherer;
use crate::groups::{by_time, map_partitions};
use crate::index::Index;
use crate::keys::Keys;
use crate::schema::{check_key, field};
use crate::table::Table;
use crate::time::Times;

/// A right table, indexed by key and time.
pub struct AsOf {
    pub(super) schema: SchemaRef,
    by: Vec<usize>,
    on: usize,
    pub(super) pool: Gatherer,
    index: Index,
    /// First place of each key in `times` and `rows`, then their number.
    starts: Vec<u32>,
    times: Vec<i64>,
    rows: Vec<u32>,
    null_keys: u64,
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
        let keys = right.keys(by, Nulls::Distinct)?;
        let places = right.places();
        let sorted = map_partitions(&keys, Some(&times), &places, threads, |partition| {
            let sorted = by_time(partition, &times, &places, threads);
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

    pub(super) fn key(&self) -> TimeKey<'_> {
        TimeKey {
            by: &self.by,
            on: self.on,
        }
    }

    /// Right rows with a null in the key or without a time.
    pub fn null_keys(&self) -> u64 {
        self.null_keys
    }

    /// Finds the right rows of a left batch.
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
        // Rows without a key have no key number either, and are counted already.
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

    /// By left row: the place of the first right row of its key that is after it. The options decide whether an equal time is after it.
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
                // Rows of an equal time are at the place only if they do not match; they are skipped.
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
