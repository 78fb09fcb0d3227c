//! Time columns as microseconds, or plain integers, that can be subtracted.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Date32Type, Field, Int64Type, TimestampMicrosecondType};
use onefold_rows::Place;
use onefold_rows::hash::ABSENT;

use crate::error::Error;
use crate::schema::check_time;

const MICROS_A_DAY: i64 = 86_400_000_000;

/// Times of the rows of a table or a batch: timestamps in microseconds, dates as the microsecond at which they begin (those beyond what
/// a timestamp can hold, near the year 294,000, as the last or first of all), integers as they are.
pub(crate) struct Times {
    chunks: Vec<(ScalarBuffer<i64>, Option<NullBuffer>)>,
}

impl Times {
    pub(crate) fn new<'a>(
        field: &Field,
        chunks: impl Iterator<Item = &'a ArrayRef>,
    ) -> Result<Self, Error> {
        check_time(field)?;
        let chunks = chunks.map(|chunk| {
            let times = match field.data_type() {
                DataType::Int64 => chunk.as_primitive::<Int64Type>().values().clone(),
                DataType::Date32 => {
                    let days = chunk.as_primitive::<Date32Type>().values().iter();
                    days.map(|days| i64::from(*days).saturating_mul(MICROS_A_DAY))
                        .collect()
                }
                _ => chunk
                    .as_primitive::<TimestampMicrosecondType>()
                    .values()
                    .clone(),
            };
            (times, chunk.nulls().cloned())
        });
        Ok(Times {
            chunks: chunks.collect(),
        })
    }

    /// The time of a row that has one.
    #[inline]
    pub(crate) fn at(&self, at: Place) -> i64 {
        self.chunks[at.part as usize].0[at.row as usize]
    }

    /// The times of a part. The value of a row without a time means nothing.
    pub(crate) fn part(&self, part: usize) -> &[i64] {
        &self.chunks[part].0
    }

    /// Marks the rows of a part that have no time as [`ABSENT`].
    pub(crate) fn mark_absent(&self, part: usize, first: usize, hashes: &mut [u64]) {
        let Some(nulls) = &self.chunks[part].1 else {
            return;
        };
        for (offset, hash) in hashes.iter_mut().enumerate() {
            if nulls.is_null(first + offset) {
                *hash = ABSENT;
            }
        }
    }
}
