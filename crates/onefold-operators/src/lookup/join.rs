//! Rows of a lookup join.

use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, SchemaRef};
use onefold_rows::parallel::map_items;
use onefold_rows::{BATCH_ROWS, NO_ROW, batch_ranges, has_columns};

use super::probe::{Lookup, Pairs};
use crate::batch::{batch, indices, pieces, take_all};
use crate::error::{Error, Kind};
use crate::schema::{JoinedColumns, Missing, check_keys, field, joined_columns};
use crate::table::Table;

/// Which rows a join has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// All left rows.
    Left,
    /// Left rows that find something.
    Inner,
    /// Left rows that find something, left columns only, each once.
    Semi,
    /// Left rows that find nothing, left columns only.
    Anti,
    /// All left rows, then the right rows that no left row found, in right order. Rows that [`Expect`](super::Expect) left aside are not
    /// among them.
    Full,
}

/// A lookup join ready to run. The order of the left rows stays.
pub struct Join {
    lookup: Lookup,
    kind: JoinKind,
    left_schema: SchemaRef,
    left_on: Vec<usize>,
    columns: JoinedColumns,
    /// Under `Full`: a bit for each right row, set if the row need not be given at the end.
    seen: Vec<AtomicU64>,
    /// The order in which right rows are given at the end, if it is not that of their numbers.
    order: Option<Vec<u32>>,
}

/// Result of a join.
#[derive(Debug, Default)]
pub struct Joined {
    /// The rows, in batches of at most [`BATCH_ROWS`].
    pub batches: Vec<RecordBatch>,
    /// How they came about.
    pub counts: JoinCounts,
}

/// Rows of a join by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JoinCounts {
    /// Left rows seen.
    pub left: u64,
    /// Left rows that found something.
    pub matched: u64,
    /// Left rows with a null in the key, which find nothing.
    pub null_keys: u64,
    /// Right rows given at the end of a full join.
    pub right_only: u64,
    /// Rows of the result.
    pub rows: u64,
}

impl AddAssign for JoinCounts {
    fn add_assign(&mut self, other: Self) {
        self.left += other.left;
        self.matched += other.matched;
        self.null_keys += other.null_keys;
        self.right_only += other.right_only;
        self.rows += other.rows;
    }
}

impl Joined {
    /// Adds later rows.
    pub fn append(&mut self, mut later: Joined) {
        self.batches.append(&mut later.batches);
        self.counts += later.counts;
    }
}

/// The columns of a join, found without data: all left columns and, except under `Semi` and `Anti`, the right columns without its key. A
/// right column whose name the left has becomes `COLUMN_TABLE`, with the right table's name.
///
/// # Errors
/// The keys cannot be compared, or `COLUMN_TABLE` is taken too.
pub fn join_schema(
    left: &SchemaRef,
    left_on: &[usize],
    right: &SchemaRef,
    right_on: &[usize],
    kind: JoinKind,
    right_name: &str,
) -> Result<SchemaRef, Error> {
    Ok(columns(left, left_on, right, right_on, kind, right_name)?.schema)
}

fn columns(
    left: &SchemaRef,
    left_on: &[usize],
    right: &SchemaRef,
    right_on: &[usize],
    kind: JoinKind,
    right_name: &str,
) -> Result<JoinedColumns, Error> {
    check_keys(left, left_on, right, right_on)?;
    let missing = match kind {
        JoinKind::Semi | JoinKind::Anti => {
            return Ok(JoinedColumns {
                schema: Arc::clone(left),
                right: Vec::new(),
            });
        }
        JoinKind::Inner => (false, false),
        JoinKind::Left => (false, true),
        JoinKind::Full => (true, true),
    };
    if kind == JoinKind::Full {
        for (left_on, right_on) in left_on.iter().zip(right_on) {
            check_coalesced(left, *left_on, right, *right_on)?;
        }
    }
    let (left_missing, right_missing) = missing;
    let missing = Missing {
        left: left_missing,
        right: right_missing,
    };
    joined_columns(left, right, right_on, right_name, missing)
}

/// Refuses a right decimal of more digits than the left: at the end, a full join writes right keys into the left column.
fn check_coalesced(
    left: &SchemaRef,
    left_on: usize,
    right: &SchemaRef,
    right_on: usize,
) -> Result<(), Error> {
    let (left, right) = (field(left, left_on)?, field(right, right_on)?);
    match (left.data_type(), right.data_type()) {
        (DataType::Decimal128(l, _), DataType::Decimal128(r, _)) if l < r => {
            Err(Kind::KeyMismatch {
                left: left.name().clone(),
                left_type: left.data_type().to_string(),
                right: right.name().clone(),
                right_type: right.data_type().to_string(),
            }
            .into())
        }
        _ => Ok(()),
    }
}

impl Join {
    /// A join of tables of `left_schema` with `lookup`, whose table is called `right_name`.
    pub fn new(
        lookup: Lookup,
        left_schema: &SchemaRef,
        left_on: &[usize],
        kind: JoinKind,
        right_name: &str,
    ) -> Result<Self, Error> {
        let right = &lookup.schema;
        let columns = columns(left_schema, left_on, right, &lookup.on, kind, right_name)?;
        let words = match kind {
            JoinKind::Full => lookup.rows.div_ceil(64),
            _ => 0,
        };
        let join = Join {
            kind,
            left_schema: Arc::clone(left_schema),
            left_on: left_on.to_vec(),
            columns,
            seen: (0..words).map(|_| AtomicU64::new(0)).collect(),
            order: None,
            lookup,
        };
        if kind == JoinKind::Full {
            join.see(&join.lookup.aside);
        }
        Ok(join)
    }

    /// Gives the right rows of a full join in this order instead of that of their numbers. `order` has each row once.
    pub fn with_right_order(mut self, order: &[u32]) -> Self {
        debug_assert_eq!(order.len(), self.lookup.rows, "each row once");
        if self.kind == JoinKind::Full {
            self.order = Some(order.to_vec());
        }
        self
    }

    /// The columns of the result.
    pub fn schema(&self) -> &SchemaRef {
        &self.columns.schema
    }

    /// The table looked up.
    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// Joins a left batch. Batches may be joined in any order and by several threads at once.
    pub fn batch(&self, left: &RecordBatch) -> Result<Joined, Error> {
        if !has_columns(left, &self.left_schema) {
            return Err(Kind::BatchSchema { batch: 0 }.into());
        }
        let mut joined = Joined::default();
        for (_, piece) in pieces(left) {
            self.piece(&piece, &mut joined)?;
        }
        Ok(joined)
    }

    /// Joins a whole table; under `Full` with [`Join::rest`] at the end.
    pub fn table(&self, left: &Table<'_>, threads: usize) -> Result<Joined, Error> {
        let batches = left.batches().iter().collect();
        let mut joined = Joined::default();
        for part in map_items(threads, batches, |batch| self.batch(batch)) {
            joined.append(part?);
        }
        joined.append(self.rest(threads)?);
        Ok(joined)
    }

    fn piece(&self, left: &RecordBatch, joined: &mut Joined) -> Result<(), Error> {
        let (found, null_keys) = self.lookup.find(left, &self.left_on)?;
        let mut counts = JoinCounts {
            left: left.num_rows() as u64,
            null_keys,
            ..JoinCounts::default()
        };
        if matches!(self.kind, JoinKind::Semi | JoinKind::Anti) {
            let semi = self.kind == JoinKind::Semi;
            let rows = rows_where(&found, |right| (right != NO_ROW) == semi);
            counts.matched = if semi {
                rows.len()
            } else {
                found.len() - rows.len()
            } as u64;
            joined.counts += counts;
            return self.give(left, Some(&rows), &[], joined);
        }
        let matches = self.lookup.matches(found, null_keys);
        counts.matched = matches.matched;
        joined.counts += counts;
        let all_matched = counts.matched == counts.left;
        match (self.kind, matches.pairs) {
            (JoinKind::Inner, Pairs::One(mut right)) if !all_matched => {
                let rows = rows_where(&right, |right| right != NO_ROW);
                right.retain(|right| *right != NO_ROW);
                self.give(left, Some(&rows), &right, joined)
            }
            (_, Pairs::One(right)) => {
                self.see(&right);
                self.give(left, None, &right, joined)
            }
            (
                kind,
                Pairs::Many {
                    left: mut rows,
                    mut right,
                },
            ) => {
                self.see(&right);
                if kind == JoinKind::Inner && !all_matched {
                    let pairs = rows.into_iter().zip(right);
                    (rows, right) = pairs.filter(|(_, right)| *right != NO_ROW).unzip();
                }
                let pairs = rows.chunks(BATCH_ROWS).zip(right.chunks(BATCH_ROWS));
                for (rows, right) in pairs {
                    self.give(left, Some(rows), right, joined)?;
                }
                Ok(())
            }
        }
    }

    /// Adds a batch of left rows with the right rows that belong to them. `None` stands for all left rows.
    fn give(
        &self,
        left: &RecordBatch,
        left_rows: Option<&[u32]>,
        right_rows: &[u32],
        joined: &mut Joined,
    ) -> Result<(), Error> {
        let rows = left_rows.map_or(left.num_rows(), <[u32]>::len);
        if rows == 0 {
            return Ok(());
        }
        let mut columns = match left_rows {
            None => left.columns().to_vec(),
            Some(rows) => take_all(left.columns(), &indices(rows))?,
        };
        columns.extend(self.take_right(right_rows)?);
        joined.counts.rows += rows as u64;
        joined.batches.push(batch(self.schema(), columns, rows)?);
        Ok(())
    }

    fn take_right(&self, rows: &[u32]) -> Result<Vec<ArrayRef>, Error> {
        let columns = self.columns.right.iter().copied();
        self.lookup.pool.columns(columns, rows)
    }

    fn see(&self, rows: &[u32]) {
        if self.kind != JoinKind::Full {
            return;
        }
        for row in rows.iter().filter(|row| **row != NO_ROW) {
            let (word, bit) = (&self.seen[*row as usize / 64], 1u64 << (row % 64));
            if word.load(Ordering::Relaxed) & bit == 0 {
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
    }

    /// The right rows of a full join that no left row found, once all left batches are joined. Their key is in the left key columns; the
    /// other left columns are null. Other kinds of join have no such rows.
    pub fn rest(&self, threads: usize) -> Result<Joined, Error> {
        let mut rows = Vec::new();
        if self.kind == JoinKind::Full {
            let is_unseen = |row: &u32| {
                let word = self.seen[*row as usize / 64].load(Ordering::Relaxed);
                word & (1 << (row % 64)) == 0
            };
            match &self.order {
                None => rows.extend((0..self.lookup.rows as u32).filter(is_unseen)),
                Some(order) => rows.extend(order.iter().copied().filter(is_unseen)),
            }
        }
        let batches = map_items(threads, batch_ranges(rows.len()), |range| {
            self.right_only(&rows[range])
        });
        Ok(Joined {
            batches: batches.into_iter().collect::<Result<_, _>>()?,
            counts: JoinCounts {
                right_only: rows.len() as u64,
                rows: rows.len() as u64,
                ..JoinCounts::default()
            },
        })
    }

    fn right_only(&self, rows: &[u32]) -> Result<RecordBatch, Error> {
        let mut columns = Vec::with_capacity(self.schema().fields().len());
        let strict = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        for (column, field) in self.left_schema.fields().iter().enumerate() {
            let key = self.left_on.iter().position(|on| *on == column);
            columns.push(match key.map(|key| self.lookup.on[key]) {
                None => new_null_array(field.data_type(), rows.len()),
                Some(right) => {
                    let keys = self.lookup.pool.columns([right].into_iter(), rows)?;
                    cast_with_options(&keys[0], field.data_type(), &strict)?
                }
            });
        }
        columns.extend(self.take_right(rows)?);
        batch(self.schema(), columns, rows.len())
    }
}

fn rows_where(right: &[u32], keep: impl Fn(u32) -> bool) -> Vec<u32> {
    let rows = right.iter().enumerate();
    rows.filter(|(_, right)| keep(**right))
        .map(|(row, _)| row as u32)
        .collect()
}
