//! Rows over time.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::compute::{cast, filter};
use arrow::datatypes::DataType;
use serde::Serialize;

use super::condition::{Condition, Ready};
use super::counts::Counts;
use super::table::{Shape, Table};
use super::whole::micros;
use crate::error::{Error, Kind};
use crate::fault;
use crate::show::plot::{DAY, time_label, time_width};

/// Buckets that a timeline has about, where nobody says how wide they are.
const BUCKETS: usize = 48;
/// Most buckets.
const MOST_BUCKETS: i64 = 2_000;
/// Values that have a series of their own.
const SERIES: usize = 8;

/// Rows over time.
#[derive(Debug, Clone, Serialize)]
pub struct Timeline {
    /// The column of times.
    pub column: String,
    /// Seconds of a bucket.
    pub bucket_seconds: i64,
    /// Buckets from the earliest to the latest time, empty ones too.
    pub buckets: Vec<Bucket>,
    /// What the rows of each bucket are dealt to: values of a column, or all of them.
    pub series: Vec<Series>,
    /// Rows without a time.
    pub missing: u64,
}

/// A stretch of time.
#[derive(Debug, Clone, Serialize)]
pub struct Bucket {
    /// Where it begins.
    pub from: String,
}

/// The rows of one value, bucket by bucket.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    /// The value; missing for all rows together, or for all that have no series of their own.
    pub value: Option<String>,
    /// Rows of each bucket.
    pub rows: Vec<u64>,
}

/// Rows by bucket, the number of a bucket being its time in widths.
type Tally = HashMap<i64, u64>;

/// What is counted: by value, the last without one for the rest.
struct Tallies {
    by_value: Vec<(Option<String>, Tally)>,
    /// Rows without a time.
    missing: u64,
}

impl Table {
    /// Counts the rows that meet all conditions over a column of times, by the values of another column if one is given. `bucket_secs` is
    /// the width of a bucket; without it a width is chosen.
    ///
    /// # Errors
    /// A column is not there or holds no times, there would be too many buckets, or the file cannot be read.
    pub fn timeline(
        &self,
        column: &str,
        by: Option<&str>,
        bucket_secs: Option<i64>,
        conditions: &[Condition],
    ) -> Result<Timeline, Error> {
        fault::caught(|| self.over_time(column, by, bucket_secs, conditions))
    }

    fn over_time(
        &self,
        column: &str,
        by: Option<&str>,
        bucket_secs: Option<i64>,
        conditions: &[Condition],
    ) -> Result<Timeline, Error> {
        let place = self.column(column)?;
        if self.columns()[place].shape != Shape::Time {
            let message = format!("`{column}` holds no times");
            return Err(Error::new(Kind::Configuration, message));
        }
        let ends = self.fold(
            place,
            conditions,
            || None,
            |ends, values| {
                for second in seconds(values)?.iter().flatten() {
                    let (least, most) = ends.unwrap_or((second, second));
                    *ends = Some((least.min(second), most.max(second)));
                }
                Ok(())
            },
        )?;
        let ends = ends.into_iter().flatten();
        let ends = ends.reduce(|a: (i64, i64), b| (a.0.min(b.0), a.1.max(b.1)));
        let mut timeline = Timeline {
            column: column.to_owned(),
            bucket_seconds: bucket_secs.unwrap_or(1).max(1),
            buckets: Vec::new(),
            series: Vec::new(),
            missing: 0,
        };
        let Some((least, most)) = ends else {
            return Ok(timeline);
        };
        let finest = match self.schema().field(place).data_type() {
            DataType::Date32 => DAY,
            _ => 1,
        };
        let width = match bucket_secs {
            Some(width) => width.max(finest),
            None => time_width(most - least, finest, BUCKETS),
        };
        timeline.bucket_seconds = width;
        let (first, last) = (least.div_euclid(width), most.div_euclid(width));
        if last - first >= MOST_BUCKETS {
            let message = format!("`{column}` spans {} buckets", last - first + 1);
            let error = Error::new(Kind::Configuration, message);
            return Err(error.hint(format!("at most {MOST_BUCKETS} are shown: make them wider")));
        }
        timeline.buckets = (first..=last)
            .map(|bucket| Bucket {
                from: time_label(bucket * width, width),
            })
            .collect();
        let count = timeline.buckets.len();
        let row = |tally: &Tally| {
            let mut rows = vec![0; count];
            for (bucket, n) in tally {
                if let Some(rows) = rows.get_mut((bucket - first) as usize) {
                    *rows += n;
                }
            }
            rows
        };
        let tallies = self.tallies(place, by, width, conditions)?;
        timeline.missing = tallies.missing;
        timeline.series = tallies
            .by_value
            .iter()
            .map(|(value, tally)| Series {
                value: value.clone(),
                rows: row(tally),
            })
            .collect();
        Ok(timeline)
    }

    /// Rows by bucket, for each of the most frequent values and for the rest; and the rows without a time.
    fn tallies(
        &self,
        place: usize,
        by: Option<&str>,
        width: i64,
        conditions: &[Condition],
    ) -> Result<Tallies, Error> {
        let named: Vec<String> = match by {
            None => Vec::new(),
            Some(by) => {
                let Counts { values, .. } = self.counts(by, conditions, SERIES)?;
                values.into_iter().map(|value| value.value).collect()
            }
        };
        let by = by.map(|by| self.column(by)).transpose()?;
        let numbers: BTreeMap<&str, usize> = named
            .iter()
            .enumerate()
            .map(|(number, value)| (value.as_str(), number))
            .collect();
        let ready = Ready::new(self, conditions)?;
        let columns = ready.columns_and([place].into_iter().chain(by));
        let at = |column: usize| columns.binary_search(&column).unwrap_or_default();
        let start = || (vec![Tally::new(); named.len() + 1], 0u64);
        let states = self.scan(&columns, start, |(tallies, missing), _, batch| {
            let met = ready.met(batch, &columns)?;
            let chosen = |column: usize| -> Result<ArrayRef, Error> {
                Ok(match &met {
                    Some(met) => filter(batch.column(at(column)), met)?,
                    None => ArrayRef::clone(batch.column(at(column))),
                })
            };
            let times = seconds(&chosen(place)?)?;
            *missing += times.null_count() as u64;
            let values = match by {
                Some(by) => Some(cast(&chosen(by)?, &DataType::Utf8View)?),
                None => None,
            };
            let values = values.as_ref().map(|values| values.as_string_view());
            for (row, second) in times.iter().enumerate() {
                let Some(second) = second else { continue };
                let value = values.filter(|values| values.is_valid(row));
                let number = value.and_then(|values| numbers.get(values.value(row)));
                let tally = &mut tallies[number.copied().unwrap_or(named.len())];
                *tally.entry(second.div_euclid(width)).or_default() += 1;
            }
            Ok(true)
        })?;
        let mut all = vec![Tally::new(); named.len() + 1];
        let mut missing = 0;
        for (tallies, of_thread) in states {
            missing += of_thread;
            for (all, one) in all.iter_mut().zip(tallies) {
                for (bucket, rows) in one {
                    *all.entry(bucket).or_default() += rows;
                }
            }
        }
        let rest = all.pop().unwrap_or_default();
        let mut series: Vec<(Option<String>, Tally)> =
            named.iter().cloned().map(Some).zip(all).collect();
        if !rest.is_empty() || series.is_empty() {
            series.push((None, rest));
        }
        Ok(Tallies {
            by_value: series,
            missing,
        })
    }
}

/// Times as seconds since 1970.
fn seconds(times: &ArrayRef) -> Result<Int64Array, Error> {
    Ok(micros(times)?.unary(|micros| micros.div_euclid(1_000_000)))
}
