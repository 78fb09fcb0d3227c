//! Which rows of a table are seen, and in which order.

use arrow::array::ArrayRef;
use arrow::compute::{SortOptions, filter};
use onefold_operators::{SortKey, sort_rows};

use super::condition::{Condition, Ready};
use super::table::{Shape, Table};
use super::whole::{is_whole, whole};
use crate::error::{Error, Kind};
use crate::fault;
use crate::texts::Rows;

/// A column to sort by. Missing values come last either way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The column.
    pub column: String,
    /// The greatest first.
    pub descending: bool,
}

/// Which rows of a table are seen, and in which order.
#[derive(Debug)]
pub struct View {
    /// Numbers of the rows; `None`: all rows as they are.
    numbers: Option<Vec<u32>>,
    rows: u64,
    is_in_order: bool,
}

impl View {
    /// Its rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.numbers.as_ref().map_or(0, |numbers| numbers.len() * 4)
    }

    /// Whether its rows stand in the order of the table.
    pub(super) fn is_in_order(&self) -> bool {
        self.is_in_order
    }

    /// Which of the rows from `first` to before `end` it has, counted from `first`, if it stands in the order of the table; `None`: all.
    pub(super) fn chosen(&self, first: u64, end: u64) -> Option<Vec<u32>> {
        let numbers = self.numbers.as_ref()?;
        let place = |row: u64| numbers.partition_point(|known| u64::from(*known) < row);
        let rows = &numbers[place(first)..place(end)];
        Some(
            rows.iter()
                .map(|row| (u64::from(*row) - first) as u32)
                .collect(),
        )
    }

    pub(super) fn numbers(&self, offset: u64, limit: usize) -> Vec<u32> {
        let end = offset.saturating_add(limit as u64).min(self.rows);
        let offset = offset.min(end);
        match &self.numbers {
            Some(numbers) => numbers[offset as usize..end as usize].to_vec(),
            None => (offset as u32..end as u32).collect(),
        }
    }
}

impl Table {
    /// The rows that meet all conditions, in the order of the table, or by columns, the first column first. Rows with equal values stay in
    /// the order of the table.
    ///
    /// # Errors
    /// There is no such column, a value is not of its column's type, or the file cannot be read.
    pub fn view(&self, conditions: &[Condition], sort: &[Sort]) -> Result<View, Error> {
        if conditions.is_empty() && sort.is_empty() {
            return Ok(View {
                numbers: None,
                rows: self.rows(),
                is_in_order: true,
            });
        }
        fault::caught(|| self.narrowed(conditions, sort))
    }

    /// Rows of a view from `offset` on, as texts; missing values are `None`. The columns come as asked for.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn page(
        &self,
        view: &View,
        columns: &[usize],
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Vec<Option<String>>>, Error> {
        fault::caught(|| {
            let rows = view.numbers(offset, limit);
            let batch = self.gather(columns, &rows)?;
            let schema = batch.schema();
            let texts = Rows::of(&schema, std::iter::once(Ok(batch)))?;
            Ok((0..texts.len()).map(|row| texts.row(row)).collect())
        })
    }

    fn narrowed(&self, conditions: &[Condition], sort: &[Sort]) -> Result<View, Error> {
        let ready = Ready::new(self, conditions)?;
        let mut keys = Vec::new();
        for sort in sort {
            let place = self.column(&sort.column)?;
            if self.columns()[place].shape == Shape::Nested {
                let message = format!(
                    "`{}` holds lists or structures, which have no order",
                    sort.column
                );
                return Err(Error::new(Kind::Configuration, message));
            }
            keys.push(place);
        }
        let columns = ready.columns_and(keys.iter().copied());
        // Of each batch, its first row, the numbers of its rows, and the values to sort by.
        type Piece = (u64, Vec<u32>, Vec<ArrayRef>);
        let pieces = self.scan(&columns, Vec::<Piece>::new, |pieces, first, batch| {
            let met = ready.met(batch, &columns)?;
            let all = first as u32..first as u32 + batch.num_rows() as u32;
            let numbers: Vec<u32> = match &met {
                Some(met) => met
                    .values()
                    .set_indices()
                    .map(|row| first as u32 + row as u32)
                    .collect(),
                None => all.collect(),
            };
            let values = keys.iter().map(|key| {
                let place = columns.binary_search(key).unwrap_or_default();
                let values = match &met {
                    Some(met) => filter(batch.column(place), met)?,
                    None => ArrayRef::clone(batch.column(place)),
                };
                Ok(match is_whole(values.data_type()) {
                    true => whole(&values)?,
                    false => values,
                })
            });
            let values = values.collect::<Result<Vec<_>, Error>>()?;
            if !numbers.is_empty() {
                pieces.push((first, numbers, values));
            }
            Ok(true)
        })?;
        let mut pieces: Vec<Piece> = pieces.into_iter().flatten().collect();
        pieces.sort_unstable_by_key(|(first, ..)| *first);
        let rows: usize = pieces.iter().map(|(_, numbers, _)| numbers.len()).sum();
        let mut numbers = Vec::with_capacity(rows);
        let mut values: Vec<Vec<ArrayRef>> = keys.iter().map(|_| Vec::new()).collect();
        for (_, piece, of_piece) in pieces {
            numbers.extend(piece);
            for (values, piece) in values.iter_mut().zip(of_piece) {
                values.push(piece);
            }
        }
        if !keys.is_empty() && !numbers.is_empty() {
            let keys: Vec<SortKey> = values
                .into_iter()
                .zip(sort)
                .map(|(values, sort)| SortKey {
                    values,
                    options: SortOptions {
                        descending: sort.descending,
                        nulls_first: false,
                    },
                })
                .collect();
            let processors = std::thread::available_parallelism().map_or(1, usize::from);
            let order = sort_rows(&keys, processors).map_err(Error::internal)?;
            numbers = order.iter().map(|row| numbers[*row as usize]).collect();
        }
        Ok(View {
            rows: numbers.len() as u64,
            is_in_order: numbers.is_sorted(),
            numbers: Some(numbers),
        })
    }
}
