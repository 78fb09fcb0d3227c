//! The rows of other tables that are about a customer, by time.

use std::collections::BTreeSet;

use arrow::array::{Array, BooleanArray};
use arrow::compute::or;

use super::references::{Reference, With};
use super::{Customer, Customers, Fields, RECORD_KEY, objects, rows_with, value};
use crate::browse::condition::{Condition, Operator, Ready, typed};
use crate::browse::table::{Shape, Table};
use crate::browse::whole::micros;
use crate::error::Error;
use crate::fault;

/// Most values of a customer that one column is compared with.
const MOST_VALUES: usize = 200;

/// Rows that are about a customer, those without a time last.
#[derive(Debug, Default)]
pub struct Moments {
    /// Tables that have any, with how many.
    pub tables: Vec<(String, u64)>,
    /// Rows of all of them, or of the one that is asked for.
    pub total: u64,
    /// Some of the rows, the latest first.
    pub moments: Vec<Moment>,
}

/// A row that is about a customer.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When, as the row has it.
    pub time: Option<String>,
    /// Its table.
    pub table: String,
    /// Its number there, from 0.
    pub row: u64,
    /// Its values.
    pub values: Fields,
}

/// A row that was found: microseconds since 1970, place of its reference, number.
type Place = (Option<i64>, usize, u32);

impl Customers {
    /// The rows of other tables that are about a customer, of one table or of all, from `offset` on.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn timeline(
        &self,
        customer: &Customer,
        only: Option<&str>,
        offset: u64,
        limit: usize,
    ) -> Result<Moments, Error> {
        fault::caught(|| self.moments(customer, only, offset, limit))
    }

    fn moments(
        &self,
        customer: &Customer,
        only: Option<&str>,
        offset: u64,
        limit: usize,
    ) -> Result<Moments, Error> {
        let mut timeline = Moments::default();
        let mut places: Vec<Place> = Vec::new();
        for (number, reference) in self.references.iter().enumerate() {
            let Some(table) = self.table(&reference.table)? else {
                continue;
            };
            let found = self.rows_about(&table, number, reference, customer)?;
            if found.is_empty() {
                continue;
            }
            timeline
                .tables
                .push((reference.table.clone(), found.len() as u64));
            if only.is_none_or(|only| only == reference.table) {
                places.extend(found);
            }
        }
        timeline.total = places.len() as u64;
        // `None` is less than any time.
        places.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(places.len());
        let end = start.saturating_add(limit).min(places.len());
        timeline.moments = self.told(places.get(start..end).unwrap_or_default())?;
        Ok(timeline)
    }

    /// The values of rows, in their order.
    fn told(&self, places: &[Place]) -> Result<Vec<Moment>, Error> {
        let mut moments: Vec<(usize, Moment)> = Vec::with_capacity(places.len());
        for (number, reference) in self.references.iter().enumerate() {
            let of_it = places
                .iter()
                .enumerate()
                .filter(|(_, place)| place.1 == number);
            let of_it: Vec<(usize, u32)> = of_it.map(|(at, place)| (at, place.2)).collect();
            let Some(table) = self.table(&reference.table)?.filter(|_| !of_it.is_empty()) else {
                continue;
            };
            let time = time(&table, reference);
            let name = time.and_then(|place| table.columns().get(place));
            let rows: Vec<u32> = of_it.iter().map(|(_, row)| *row).collect();
            for ((at, row), values) in of_it.iter().zip(objects(&table, &rows)?) {
                let time = name.and_then(|column| value(&values, &column.name));
                let moment = Moment {
                    time: time.map(str::to_owned),
                    table: reference.table.clone(),
                    row: u64::from(*row),
                    values,
                };
                moments.push((*at, moment));
            }
        }
        moments.sort_by_key(|(at, _)| *at);
        Ok(moments.into_iter().map(|(_, moment)| moment).collect())
    }

    /// The rows of a table that are about a customer.
    fn rows_about(
        &self,
        table: &Table,
        number: usize,
        reference: &Reference,
        customer: &Customer,
    ) -> Result<Vec<Place>, Error> {
        let mut conditions = Vec::new();
        for (column, with) in &reference.columns {
            let values = self.values(with, customer)?;
            let place = table.column(column)?;
            let data_type = table.schema().field(place).data_type();
            if data_type.is_nested() {
                continue;
            }
            let fitting = values
                .into_iter()
                .filter(|value| typed(value, data_type).is_some());
            let values: Vec<Option<String>> = fitting.take(MOST_VALUES).map(Some).collect();
            if !values.is_empty() {
                let condition = Condition {
                    column: column.clone(),
                    operator: Operator::Is,
                    values,
                };
                conditions.push(Ready::new(table, &[condition])?);
            }
        }
        if conditions.is_empty() {
            return Ok(Vec::new());
        }
        let time = time(table, reference);
        let mut columns: Vec<usize> = conditions
            .iter()
            .flat_map(|ready| ready.columns_and(time))
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let at = time.and_then(|time| columns.binary_search(&time).ok());
        let found = table.scan(
            &columns,
            Vec::new,
            |found: &mut Vec<Place>, first, batch| {
                let mut met = BooleanArray::from(vec![false; batch.num_rows()]);
                for ready in &conditions {
                    if let Some(one) = ready.met(batch, &columns)? {
                        met = or(&met, &one)?;
                    }
                }
                if met.true_count() == 0 {
                    return Ok(true);
                }
                let times = at.map(|at| micros(batch.column(at))).transpose()?;
                for row in met.values().set_indices() {
                    let times = times.as_ref().filter(|times| times.is_valid(row));
                    let time = times.map(|times| times.value(row));
                    found.push((time, number, first as u32 + row as u32));
                }
                Ok(true)
            },
        )?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The values of a customer that a column is compared with.
    fn values(&self, all: &[With], customer: &Customer) -> Result<BTreeSet<String>, Error> {
        let mut values = BTreeSet::new();
        for with in all {
            match with {
                With::Id => _ = values.insert(customer.id.clone()),
                With::Identifying => {
                    let records = customer.records.iter();
                    for column in &self.identifying {
                        let held = records
                            .clone()
                            .filter_map(|record| value(&record.values, column));
                        values.extend(held.map(str::to_owned));
                    }
                }
                With::Column { table, column } => {
                    values.extend(self.held(table, column, customer)?)
                }
            }
        }
        values.remove("");
        Ok(values)
    }

    /// The values that a customer has in a column of a table of customers, or of records.
    fn held(&self, name: &str, column: &str, customer: &Customer) -> Result<Vec<String>, Error> {
        if *column == self.id_column {
            return Ok(vec![customer.id.clone()]);
        }
        if name == self.name {
            return Ok(value(&customer.values, column)
                .map(str::to_owned)
                .into_iter()
                .collect());
        }
        let records = customer.records.iter();
        if name == format!("{}.members", self.name) {
            let key = |record: &super::Member| match column {
                RECORD_KEY => Some(record.record_key.clone()),
                _ => None,
            };
            return Ok(records.filter_map(key).collect());
        }
        let is_input = self.inputs.iter().any(|(input, _)| input == name);
        let table = self.table(name)?.filter(|_| !is_input);
        if let Some(table) = table.filter(|table| table.column(&self.id_column).is_ok()) {
            let rows = rows_with(&table, &self.id_column, &[&customer.id])?;
            let rows = objects(&table, rows.get(..MOST_VALUES).unwrap_or(&rows))?;
            let held = rows.iter().filter_map(|row| value(row, column));
            return Ok(held.map(str::to_owned).collect());
        }
        // A table that records come from has the columns that they have.
        let of_it = records.filter(|record| !is_input || record.source == name);
        let held = of_it.filter_map(|record| value(&record.values, column));
        Ok(held.map(str::to_owned).collect())
    }
}

/// The column that says when a row was: the one that a step names, or else the first time.
fn time(table: &Table, reference: &Reference) -> Option<usize> {
    let is_time = |place: &usize| {
        table
            .columns()
            .get(*place)
            .is_some_and(|c| c.shape == Shape::Time)
    };
    let named = reference
        .time
        .as_ref()
        .and_then(|name| table.column(name).ok());
    let mut all = 0..table.columns().len();
    named.filter(is_time).or_else(|| all.find(is_time))
}
