//! The right table, indexed by key, and what left rows find in it.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use onefold_rows::partition::Partition;
use onefold_rows::{NO_ROW, Places, Scatter};

use super::duplicates::{Duplicate, describe, duplicates};
use crate::column::Nulls;
use crate::error::{Error, Kind};
use crate::gather::Gatherer;
use crate::groups::map_partitions;
use crate::index::{Index, Numbered};
use crate::keys::Keys;
use crate::schema::{check_key, check_keys};
use crate::table::Table;
use crate::uuid;

/// What a second right row of a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// It is an error, which names the keys.
    One,
    /// The first row of the key is taken, the others are left aside.
    First,
    /// The last row of the key is taken, the others are left aside.
    Last,
    /// All rows are taken: left rows multiply.
    Many,
}

/// A right table, indexed by key.
pub struct Lookup {
    pub(super) schema: SchemaRef,
    pub(super) on: Vec<usize>,
    expect: Expect,
    pub(super) pool: Gatherer,
    pub(super) rows: usize,
    index: Index,
    /// By row: the next row of the same key, under `Many`.
    next: Vec<u32>,
    pub(super) aside: Vec<u32>,
    null_keys: u64,
}

/// What a left batch finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches {
    /// Which rows belong together.
    pub pairs: Pairs,
    /// Left rows that found something.
    pub matched: u64,
    /// Left rows with a null in the key.
    pub null_keys: u64,
}

/// Left and right rows that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pairs {
    /// By left row its right row, or [`NO_ROW`].
    One(Vec<u32>),
    /// Pairs in order of left rows, those of one left row in right order; a left row that finds nothing is paired with [`NO_ROW`].
    Many {
        /// Row of the left batch.
        left: Vec<u32>,
        /// Row of the right table.
        right: Vec<u32>,
    },
}

/// What a partition of the right table gives to the index.
struct Indexed {
    numbered: Vec<Numbered>,
    duplicates: Vec<Duplicate>,
    aside: Vec<u32>,
    rows: u64,
}

impl Lookup {
    /// Indexes `right` by the columns `on`.
    ///
    /// Fails under [`Expect::One`] where a key is on two rows; [`Error::duplicate_keys`] has the keys and their rows.
    pub fn build(
        right: &Table<'_>,
        on: &[usize],
        expect: Expect,
        threads: usize,
    ) -> Result<Self, Error> {
        for column in on {
            check_key(right.field(*column)?)?;
        }
        let mut keys = right.keys_in_one_piece(on, Nulls::Distinct, threads)?;
        if expect == Expect::One {
            match Index::of_distinct(keys, right.rows(), threads) {
                Ok((index, present)) => return Ok(Self::new(right, on, expect, index, present)),
                Err(same) => keys = same,
            }
        }
        let next = Scatter::new(
            if expect == Expect::Many {
                right.rows()
            } else {
                0
            },
            NO_ROW,
        );
        let places = Places::in_one_piece(right.rows());
        let indexed = map_partitions(&keys, None, &places, threads, |partition| {
            index_partition(partition, expect, &next)
        });

        let mut duplicates = Vec::new();
        let mut numbered = Vec::with_capacity(indexed.len());
        let mut aside = Vec::new();
        let mut present = 0;
        for mut partition in indexed {
            duplicates.append(&mut partition.duplicates);
            aside.append(&mut partition.aside);
            present += partition.rows as usize;
            numbered.push(partition.numbered);
        }
        if !duplicates.is_empty() {
            return Err(Kind::Duplicates(describe(duplicates, right, on)?).into());
        }
        aside.sort_unstable();
        let index = Index::new(numbered, keys, threads);
        Ok(Lookup {
            next: next.into_vec(),
            aside,
            ..Self::new(right, on, expect, index, present)
        })
    }

    /// The lookup of a right table in which `present` rows have a key.
    fn new(right: &Table<'_>, on: &[usize], expect: Expect, index: Index, present: usize) -> Self {
        let mut pool = right.gatherer();
        for (column, numbers) in on.iter().zip(index.keys().uuids()) {
            if let Some(numbers) = numbers {
                pool = pool.with_uuids(*column, numbers);
            }
        }
        Lookup {
            schema: Arc::clone(right.schema()),
            on: on.to_vec(),
            expect,
            pool,
            rows: right.rows(),
            index,
            next: Vec::new(),
            aside: Vec::new(),
            null_keys: (right.rows() - present) as u64,
        }
    }

    /// Prepares for left rows that pass by and are not kept. Columns of `right`, the table that was indexed, whose texts are all UUIDs are
    /// kept as numbers, and the texts are written again for each row found. That mostly takes less memory, and a found row waits for memory
    /// once instead of twice.
    pub fn for_rows_that_pass(mut self, right: &Table<'_>, threads: usize) -> Self {
        for column in (0..self.schema.fields().len()).filter(|column| !self.on.contains(column)) {
            let chunks: Vec<ArrayRef> = right.chunks(column).cloned().collect();
            if let Some(numbers) = uuid::pack_all(&chunks, threads) {
                self.pool = self.pool.with_uuids(column, numbers.into());
            }
        }
        self
    }

    /// Right rows that [`Expect::First`] or [`Expect::Last`] left aside, ascending.
    pub fn aside(&self) -> &[u32] {
        &self.aside
    }

    /// Right rows with a null in the key.
    pub fn null_keys(&self) -> u64 {
        self.null_keys
    }

    /// Finds the right rows of a left batch by the columns `on`.
    pub fn probe(&self, left: &RecordBatch, on: &[usize]) -> Result<Matches, Error> {
        check_keys(left.schema_ref(), on, &self.schema, &self.on)?;
        let (found, null_keys) = self.find(left, on)?;
        Ok(self.matches(found, null_keys))
    }

    /// By left row: one right row of its key; and how many rows have a null in the key. The types must have been checked.
    pub(super) fn find(&self, left: &RecordBatch, on: &[usize]) -> Result<(Vec<u32>, u64), Error> {
        let arrays: Vec<ArrayRef> = on
            .iter()
            .map(|column| Arc::clone(left.column(*column)))
            .collect();
        let keys = Keys::of_arrays(left.schema_ref(), on, &arrays, Nulls::Distinct)?;
        let keys = keys.in_form_of(self.index.keys());
        Ok(self.index.find(&keys, None, left.num_rows()))
    }

    pub(super) fn matches(&self, found: Vec<u32>, null_keys: u64) -> Matches {
        let matched = found.iter().filter(|row| **row != NO_ROW).count() as u64;
        let pairs = match self.expect {
            Expect::Many => self.expand(&found),
            Expect::One | Expect::First | Expect::Last => Pairs::One(found),
        };
        Matches {
            pairs,
            matched,
            null_keys,
        }
    }

    fn expand(&self, found: &[u32]) -> Pairs {
        let mut left = Vec::with_capacity(found.len());
        let mut right = Vec::with_capacity(found.len());
        for (row, first) in found.iter().enumerate() {
            left.push(row as u32);
            right.push(*first);
            let mut other = *first;
            while other != NO_ROW {
                other = self.next[other as usize];
                if other != NO_ROW {
                    left.push(row as u32);
                    right.push(other);
                }
            }
        }
        Pairs::Many { left, right }
    }
}

fn index_partition(partition: &Partition, expect: Expect, next: &Scatter) -> Indexed {
    let groups = &partition.groups;
    let mut indexed = Indexed {
        numbered: Vec::with_capacity(groups.len()),
        duplicates: Vec::new(),
        aside: Vec::new(),
        rows: groups.iter().map(|group| u64::from(group.rows)).sum(),
    };
    let mut chosen: Vec<u32> = groups.iter().map(|group| group.first).collect();
    if indexed.rows > groups.len() as u64 {
        match expect {
            Expect::One => indexed.duplicates = duplicates(partition),
            Expect::First => {
                let others = partition
                    .rows()
                    .filter(|(row, group)| *row != chosen[*group]);
                indexed.aside.extend(others.map(|(row, _)| row));
            }
            Expect::Last => {
                for (row, group) in partition.rows() {
                    chosen[group] = row;
                }
                let others = partition
                    .rows()
                    .filter(|(row, group)| *row != chosen[*group]);
                indexed.aside.extend(others.map(|(row, _)| row));
            }
            Expect::Many => {
                let mut last = chosen.clone();
                for (row, group) in partition.rows() {
                    if row != last[group] {
                        next.set(last[group], row);
                        last[group] = row;
                    }
                }
            }
        }
    }
    let numbered = groups
        .iter()
        .zip(chosen)
        .map(|(group, row)| (group.tag, row));
    indexed.numbered.extend(numbered);
    indexed
}
