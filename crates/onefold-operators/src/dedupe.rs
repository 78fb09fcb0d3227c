//! Dedupe: one row of each key is kept.
//!
//! # Algorithm
//! Rows are grouped by key, partition by partition (`groups`). Each group keeps the row that the preferences put first; a tie goes to the
//! first row. Kept rows stay in their order.
//!
//! # Memory
//! 12 bytes a row, and for the result 4 bytes a kept row and 8 a removed one. [`Preference::MostComplete`] takes 2 more a row.
//!
//! # Degenerate cases
//! - A row with a null (or NaN) in its key is always kept, because nothing equals a null. Without key columns, whole rows are compared:
//!   then a null equals a null and a NaN equals a NaN, so rows that look the same are the same.
//! - One thread groups all rows of a key.

use std::cmp::Ordering;

use arrow::datatypes::SchemaRef;
use onefold_rows::partition::Partition;
use onefold_rows::{NO_ROW, Places, Scatter, count_nulls};

use crate::column::{Column, Nulls};
use crate::error::Error;
use crate::groups::map_partitions;
use crate::schema::{check_key, field};
use crate::table::Table;

/// Which rows are the same, and which of them is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DedupeOptions {
    /// Key columns. Empty: all columns that are not ignored.
    pub by: Vec<usize>,
    /// Tried in order until one decides; the first row wins a tie.
    pub keep: Vec<Preference>,
    /// Columns that are not data, such as a row's address. They neither tell rows apart nor count as missing.
    pub ignore: Vec<usize>,
}

/// One way to prefer a row to another. Columns are indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// Fewer nulls.
    MostComplete,
    /// Greater value of the column first; missing (null, NaN) last.
    Latest(usize),
    /// Smaller value of the column first; missing (null, NaN) last.
    Earliest(usize),
    /// First row.
    First,
    /// Last row.
    Last,
}

/// Kept and removed rows; together they are all rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deduped {
    /// Numbers of the kept rows, ascending.
    pub kept: Vec<u32>,
    /// Numbers of the removed rows, ascending.
    pub removed: Vec<u32>,
    /// For each removed row the kept row of its key.
    pub replaced_by: Vec<u32>,
}

/// Finds the row to keep of each key. [`Table::gather`] makes tables of the rows found.
pub fn dedupe(
    table: &Table<'_>,
    options: &DedupeOptions,
    threads: usize,
) -> Result<Deduped, Error> {
    let data = (0..table.schema().fields().len()).filter(|c| !options.ignore.contains(c));
    let data: Vec<usize> = data.collect();
    let (by, nulls) = match options.by.is_empty() {
        true => (&data, Nulls::Equal),
        false => (&options.by, Nulls::Distinct),
    };
    let keys = table.keys(by, nulls)?;
    let places = table.places();
    let order = Order::new(table, &places, &options.keep, &data)?;

    let replaced_by = Scatter::new(table.rows(), NO_ROW);
    map_partitions(&keys, None, &places, threads, |partition| {
        replace(partition, &order, &replaced_by);
    });
    let mut deduped = Deduped::default();
    for (row, kept) in (0..).zip(replaced_by.into_vec()) {
        if kept == NO_ROW {
            deduped.kept.push(row);
        } else {
            deduped.removed.push(row);
            deduped.replaced_by.push(kept);
        }
    }
    Ok(deduped)
}

/// Checks that a table of these columns can be deduplicated with these options. This needs no data.
pub fn check_dedupe(schema: &SchemaRef, options: &DedupeOptions) -> Result<(), Error> {
    let all = 0..schema.fields().len();
    let all = all.filter(|column| options.by.is_empty() && !options.ignore.contains(column));
    let ordered = options
        .keep
        .iter()
        .filter_map(|preference| match preference {
            Preference::Latest(column) | Preference::Earliest(column) => Some(*column),
            Preference::MostComplete | Preference::First | Preference::Last => None,
        });
    for column in all.chain(options.by.iter().copied()).chain(ordered) {
        check_key(field(schema, column)?)?;
    }
    Ok(())
}

fn replace(partition: &Partition, order: &Order<'_>, replaced_by: &Scatter) {
    if partition.groups.iter().all(|group| group.rows == 1) {
        return;
    }
    let mut best: Vec<u32> = partition.groups.iter().map(|group| group.first).collect();
    if !order.criteria.is_empty() {
        for (row, group) in partition.rows() {
            // Rows come in order, so the best so far wins a tie.
            if row != best[group] && order.compare(row, best[group]) == Ordering::Less {
                best[group] = row;
            }
        }
    }
    for (row, group) in partition.rows() {
        if best[group] != row {
            replaced_by.set(row, best[group]);
        }
    }
}

enum Criterion {
    MostComplete,
    Column { values: Column, latest: bool },
    First,
    Last,
}

/// The order of the rows of one key.
struct Order<'a> {
    criteria: Vec<Criterion>,
    places: &'a Places,
    /// Nulls by row, where a criterion asks for them.
    missing: Vec<u16>,
}

impl<'a> Order<'a> {
    fn new(
        table: &Table<'_>,
        places: &'a Places,
        keep: &[Preference],
        data: &[usize],
    ) -> Result<Self, Error> {
        let column = |column: usize, latest: bool| {
            let values = Column::new(table.field(column)?, table.chunks(column))?;
            Ok::<_, Error>(Criterion::Column { values, latest })
        };
        let mut criteria = Vec::new();
        for preference in keep {
            criteria.push(match preference {
                Preference::MostComplete => Criterion::MostComplete,
                Preference::Latest(index) => column(*index, true)?,
                Preference::Earliest(index) => column(*index, false)?,
                Preference::First => Criterion::First,
                Preference::Last => Criterion::Last,
            });
        }
        let missing = match keep.contains(&Preference::MostComplete) {
            true => missing_values(table, data),
            false => Vec::new(),
        };
        Ok(Order {
            criteria,
            places,
            missing,
        })
    }

    fn compare(&self, a: u32, b: u32) -> Ordering {
        for criterion in &self.criteria {
            let ordering = match criterion {
                Criterion::MostComplete => self.missing[a as usize].cmp(&self.missing[b as usize]),
                Criterion::Column { values, latest } => {
                    values.compare(self.places.at(a), self.places.at(b), *latest)
                }
                Criterion::First => a.cmp(&b),
                Criterion::Last => b.cmp(&a),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }
}

/// Nulls by row.
fn missing_values(table: &Table<'_>, columns: &[usize]) -> Vec<u16> {
    let mut missing = vec![0u16; table.rows()];
    for column in columns {
        count_nulls(table.chunks(*column), &mut missing);
    }
    missing
}
