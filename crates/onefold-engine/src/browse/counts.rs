//! How often the values of a column occur among the rows that meet conditions.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, filter};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::row::{RowConverter, SortField};
use foldhash::quality::FixedState;
use serde::Serialize;

use super::condition::{Condition, Ready};
use super::table::{Shape, Table};
use super::whole::{is_whole, typed, whole};
use crate::error::{Error, Kind};
use crate::fault;
use crate::texts::Rows;

/// Most different values that are counted.
pub const MOST_VALUES: usize = 100_000;

/// How often the values of a column occur.
#[derive(Debug, Clone, Serialize)]
pub struct Counts {
    /// The most frequent values, of equally frequent ones the lesser first; empty where there are more than [`MOST_VALUES`].
    pub values: Vec<ValueCount>,
    /// Different values; missing where there are more than [`MOST_VALUES`].
    pub distinct: Option<u64>,
    /// Rows without a value; of those seen so far where there are too many values.
    pub missing: u64,
    /// Rows that meet the conditions; of those seen so far where there are too many values.
    pub rows: u64,
}

/// A value and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueCount {
    /// The value as text.
    pub value: String,
    /// Rows that have it.
    pub rows: u64,
}

/// What a thread has counted. What is a whole number underneath is counted as one, texts by their bytes, other values by those of Arrow's
/// row format.
struct State {
    by_number: HashMap<i64, u64, FixedState>,
    by_bytes: HashMap<Box<[u8]>, u64, FixedState>,
    converter: Option<RowConverter>,
    missing: u64,
    rows: u64,
}

impl Table {
    /// Counts the values of a column among the rows that meet all conditions; the `most` most frequent of them.
    ///
    /// # Errors
    /// There is no such column, its values cannot be counted, or the file cannot be read.
    pub fn counts(
        &self,
        column: &str,
        conditions: &[Condition],
        most: usize,
    ) -> Result<Counts, Error> {
        fault::caught(|| self.counted(column, conditions, most))
    }

    fn counted(
        &self,
        column: &str,
        conditions: &[Condition],
        most: usize,
    ) -> Result<Counts, Error> {
        let place = self.column(column)?;
        if self.columns()[place].shape == Shape::Nested {
            let message = format!("`{column}` holds lists or structures, which are not counted");
            return Err(Error::new(Kind::Configuration, message));
        }
        let ready = Ready::new(self, conditions)?;
        let columns = ready.columns_and([place]);
        let at = columns.binary_search(&place).unwrap_or_default();
        let data_type = self.schema().field(place).data_type();
        let needs_no_rows = data_type.is_string() || is_whole(data_type);
        let start = || State {
            by_number: HashMap::default(),
            by_bytes: HashMap::default(),
            converter: match needs_no_rows {
                true => None,
                false => RowConverter::new(vec![SortField::new(data_type.clone())]).ok(),
            },
            missing: 0,
            rows: 0,
        };
        let states = self.scan(&columns, start, |state, _, batch| {
            let values = match ready.met(batch, &columns)? {
                Some(met) => filter(batch.column(at), &met)?,
                None => ArrayRef::clone(batch.column(at)),
            };
            state.count(&values)?;
            Ok(state.distinct() <= MOST_VALUES)
        })?;
        let mut states = states.into_iter();
        let Some(mut all) = states.next() else {
            return Err(Error::internal("a scan without a thread"));
        };
        for other in states {
            all.missing += other.missing;
            all.rows += other.rows;
            for (value, rows) in other.by_number {
                *all.by_number.entry(value).or_default() += rows;
            }
            for (value, rows) in other.by_bytes {
                *all.by_bytes.entry(value).or_default() += rows;
            }
        }
        let mut counts = Counts {
            values: Vec::new(),
            distinct: None,
            missing: all.missing,
            rows: all.rows,
        };
        if all.distinct() > MOST_VALUES {
            return Ok(counts);
        }
        counts.distinct = Some(all.distinct() as u64);
        let found = match is_whole(data_type) {
            true => {
                let (numbers, rows): (Vec<i64>, Vec<u64>) =
                    most_frequent(all.by_number, most).into_iter().unzip();
                let values = typed(numbers.into(), data_type)?;
                texts(vec![values])?.into_iter().zip(rows).collect()
            }
            false => all.by_bytes(most)?,
        };
        let values = found.into_iter();
        counts.values = values
            .map(|(value, rows)| ValueCount { value, rows })
            .collect();
        Ok(counts)
    }
}

/// The most frequent values, of equally frequent ones the lesser first.
fn most_frequent<V: Ord>(counted: HashMap<V, u64, FixedState>, most: usize) -> Vec<(V, u64)> {
    let mut found: Vec<(V, u64)> = counted.into_iter().collect();
    found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(most);
    found
}

impl State {
    fn distinct(&self) -> usize {
        self.by_number.len() + self.by_bytes.len()
    }

    /// The most frequent values that were counted by their bytes, as texts.
    fn by_bytes(self, most: usize) -> Result<Vec<(String, u64)>, Error> {
        let (values, rows): (Vec<Box<[u8]>>, Vec<u64>) =
            most_frequent(self.by_bytes, most).into_iter().unzip();
        let texts = match &self.converter {
            None => {
                let texts = values.iter().map(|value| String::from_utf8_lossy(value));
                texts.map(std::borrow::Cow::into_owned).collect()
            }
            Some(converter) => {
                let parser = converter.parser();
                let values = values.iter().map(|value| parser.parse(value));
                texts(converter.convert_rows(values.collect::<Vec<_>>())?)?
            }
        };
        Ok(texts.into_iter().zip(rows).collect())
    }

    fn count(&mut self, values: &ArrayRef) -> Result<(), Error> {
        self.rows += values.len() as u64;
        self.missing += values.logical_null_count() as u64;
        if is_whole(values.data_type()) {
            let numbers = whole(values)?;
            for number in numbers.as_primitive::<Int64Type>().iter().flatten() {
                *self.by_number.entry(number).or_default() += 1;
            }
            return Ok(());
        }
        let by_value = &mut self.by_bytes;
        let mut note = |value: &[u8]| match by_value.get_mut(value) {
            Some(rows) => *rows += 1,
            None => _ = by_value.insert(value.into(), 1),
        };
        match &self.converter {
            Some(converter) => {
                let rows = converter.convert_columns(std::slice::from_ref(values))?;
                for (place, row) in rows.iter().enumerate() {
                    if values.is_valid(place) {
                        note(row.as_ref());
                    }
                }
            }
            None => match values.data_type() {
                DataType::Utf8 => {
                    let texts = values.as_string::<i32>();
                    texts
                        .iter()
                        .flatten()
                        .for_each(|text| note(text.as_bytes()));
                }
                _ => {
                    let texts = cast(values, &DataType::Utf8View)?;
                    let texts = texts.as_string_view();
                    texts
                        .iter()
                        .flatten()
                        .for_each(|text| note(text.as_bytes()));
                }
            },
        }
        Ok(())
    }
}

/// The values of a column as texts.
fn texts(columns: Vec<ArrayRef>) -> Result<Vec<String>, Error> {
    let fields = columns
        .iter()
        .map(|column| Field::new("value", column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let rows = Rows::of(&schema, std::iter::once(Ok(batch)))?;
    let text = |row| rows.value(row, 0).unwrap_or_default().to_owned();
    Ok((0..rows.len()).map(text).collect())
}
