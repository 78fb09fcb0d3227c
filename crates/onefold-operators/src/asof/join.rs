//! Rows of an as-of join.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, SchemaRef};
use onefold_rows::parallel::map_items;
use onefold_rows::{NO_ROW, has_columns};

use super::matches::AsOfMatches;
use super::options::{AsOfOptions, TimeKey, check_asof};
use super::probe::AsOf;
use super::report::{AsOfReport, AsOfTally};
use crate::batch::{batch, indices, pieces, take_all};
use crate::error::{Error, Kind};
use crate::schema::{JoinedColumns, Missing, joined_columns};
use crate::table::Table;

/// Which rows an as-of join has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOfKind {
    /// All left rows.
    Left,
    /// Left rows that match.
    Inner,
}

/// Why a left row matches nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    /// There is no right row of its key in the direction.
    NoCandidate,
    /// The nearest right row is beyond the tolerance.
    OutsideTolerance,
    /// It has a null in its key, or no time.
    NullKey,
}

/// An as-of join ready to run. The order of the left rows stays.
pub struct AsOfJoin {
    asof: AsOf,
    left_schema: SchemaRef,
    by: Vec<usize>,
    on: usize,
    options: AsOfOptions,
    kind: AsOfKind,
    columns: JoinedColumns,
}

/// Result of joining a whole table.
#[derive(Debug)]
pub struct AsOfJoined {
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// Left rows that match nothing, ascending; under [`AsOfKind::Left`] they are among `batches` too.
    pub unmatched: Vec<u32>,
    /// Why, for each of them.
    pub reasons: Vec<Unmatched>,
    /// How they came about.
    pub report: AsOfReport,
}

/// The columns of an as-of join, found without data: all left columns, then the right ones without its key but with its time. A right
/// column whose name the left has becomes `COLUMN_TABLE`, with the right table's name.
///
/// # Errors
/// The keys or times cannot be compared, or `COLUMN_TABLE` is taken too.
pub fn asof_schema(
    left: &SchemaRef,
    left_key: TimeKey<'_>,
    right: &SchemaRef,
    right_key: TimeKey<'_>,
    kind: AsOfKind,
    right_name: &str,
) -> Result<SchemaRef, Error> {
    Ok(columns(left, left_key, right, right_key, kind, right_name)?.schema)
}

fn columns(
    left: &SchemaRef,
    left_key: TimeKey<'_>,
    right: &SchemaRef,
    right_key: TimeKey<'_>,
    kind: AsOfKind,
    right_name: &str,
) -> Result<JoinedColumns, Error> {
    check_asof(left, left_key, right, right_key)?;
    let missing = Missing {
        left: false,
        right: kind == AsOfKind::Left,
    };
    joined_columns(left, right, right_key.by, right_name, missing)
}

impl AsOfJoin {
    /// A join of tables of `left_schema` with `asof`, whose table is called `right_name`.
    pub fn new(
        asof: AsOf,
        left_schema: &SchemaRef,
        left_key: TimeKey<'_>,
        options: AsOfOptions,
        kind: AsOfKind,
        right_name: &str,
    ) -> Result<Self, Error> {
        let right = &asof.schema;
        let columns = columns(left_schema, left_key, right, asof.key(), kind, right_name)?;
        Ok(AsOfJoin {
            left_schema: Arc::clone(left_schema),
            by: left_key.by.to_vec(),
            on: left_key.on,
            options,
            kind,
            columns,
            asof,
        })
    }

    /// The columns of the result.
    pub fn schema(&self) -> &SchemaRef {
        &self.columns.schema
    }

    /// Joins a left batch. Batches may be joined in any order and by several threads at once.
    pub fn batch(&self, left: &RecordBatch) -> Result<(Vec<RecordBatch>, AsOfMatches), Error> {
        let matches = self.matches(left)?;
        let mut batches = Vec::new();
        for (start, piece) in pieces(left) {
            let right = &matches.right[start..start + piece.num_rows()];
            if let Some(joined) = self.give(&piece, right)? {
                batches.push(joined);
            }
        }
        Ok((batches, matches))
    }

    /// As [`batch`](Self::batch), but the result is one batch, however long the left one is.
    pub fn one_batch(&self, left: &RecordBatch) -> Result<(RecordBatch, AsOfMatches), Error> {
        let matches = self.matches(left)?;
        let joined = self.give(left, &matches.right)?;
        let joined = joined.unwrap_or_else(|| RecordBatch::new_empty(Arc::clone(self.schema())));
        Ok((joined, matches))
    }

    fn matches(&self, left: &RecordBatch) -> Result<AsOfMatches, Error> {
        if !has_columns(left, &self.left_schema) {
            return Err(Kind::BatchSchema { batch: 0 }.into());
        }
        let key = TimeKey {
            by: &self.by,
            on: self.on,
        };
        self.asof.probe(left, key, &self.options)
    }

    fn give(&self, left: &RecordBatch, right: &[u32]) -> Result<Option<RecordBatch>, Error> {
        if self.kind == AsOfKind::Inner && right.contains(&NO_ROW) {
            let matched = (0..).zip(right).filter(|(_, right)| **right != NO_ROW);
            let (left_rows, right_rows): (Vec<u32>, Vec<u32>) = matched.unzip();
            if left_rows.is_empty() {
                return Ok(None);
            }
            let mut columns = take_all(left.columns(), &indices(&left_rows))?;
            columns.extend(self.take_right(&right_rows)?);
            return batch(self.schema(), columns, left_rows.len()).map(Some);
        }
        let mut columns = left.columns().to_vec();
        columns.extend(self.take_right(right)?);
        batch(self.schema(), columns, left.num_rows()).map(Some)
    }

    fn take_right(&self, rows: &[u32]) -> Result<Vec<ArrayRef>, Error> {
        let columns = self.columns.right.iter().copied();
        self.asof.pool.columns(columns, rows)
    }

    /// Why these rows of a left batch match nothing.
    fn reasons(&self, left: &RecordBatch, unmatched: &[u32]) -> Result<Vec<Unmatched>, Error> {
        if unmatched.is_empty() {
            return Ok(Vec::new());
        }
        let columns: Vec<usize> = self.by.iter().copied().chain([self.on]).collect();
        let rows = indices(unmatched);
        let left = left.project(&columns)?;
        let taken = take_all(left.columns(), &rows)?;
        let left = batch(&left.schema(), taken, unmatched.len())?;
        let by: Vec<usize> = (0..self.by.len()).collect();
        let key = TimeKey {
            by: &by,
            on: by.len(),
        };
        // A row that matches without the tolerance was outside of it.
        let at_any_distance = AsOfOptions {
            tolerance: None,
            ..self.options
        };
        let found = self.asof.probe(&left, key, &at_any_distance)?;
        let reason = |row: usize| match found.right[row] {
            NO_ROW if left.columns().iter().any(|c| is_missing(c, row)) => Unmatched::NullKey,
            NO_ROW => Unmatched::NoCandidate,
            _ => Unmatched::OutsideTolerance,
        };
        Ok((0..unmatched.len()).map(reason).collect())
    }

    /// Joins a whole table.
    pub fn table(&self, left: &Table<'_>, threads: usize) -> Result<AsOfJoined, Error> {
        let work = left.batches().iter().collect();
        let done = map_items(threads, work, |left| {
            let (batches, matches) = self.batch(left)?;
            let mut tally = AsOfTally::default();
            tally.add(&matches);
            let unmatched: Vec<u32> = matches.unmatched().collect();
            let reasons = self.reasons(left, &unmatched)?;
            Ok::<_, Error>((batches, unmatched, reasons, tally))
        });
        let mut tally = AsOfTally::default();
        let mut joined = AsOfJoined {
            batches: Vec::new(),
            unmatched: Vec::new(),
            reasons: Vec::new(),
            report: AsOfReport::default(),
        };
        let mut start = 0;
        for (left, done) in left.batches().iter().zip(done) {
            let (mut batches, unmatched, mut reasons, part) = done?;
            joined.batches.append(&mut batches);
            joined.reasons.append(&mut reasons);
            joined
                .unmatched
                .extend(unmatched.iter().map(|row| start + row));
            tally.append(part);
            start += left.num_rows() as u32;
        }
        joined.report = tally.finish();
        Ok(joined)
    }
}

/// Whether a value is a null or a NaN, and so equals nothing.
fn is_missing(column: &ArrayRef, row: usize) -> bool {
    let is_nan = match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).is_nan(),
        DataType::Float32 => column.as_primitive::<Float32Type>().value(row).is_nan(),
        _ => false,
    };
    is_nan
        || column
            .logical_nulls()
            .is_some_and(|nulls| nulls.is_null(row))
}
