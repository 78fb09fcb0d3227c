//! Freshness: how old the newest record of a source is.
//!
//! One column says when records were made: the one that `freshness:` names, else the first timestamp. A date does not count unasked, for
//! the dates of customers are birthdays more often than not.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::max;
use arrow::datatypes::{DataType, Date32Type, Schema, TimeUnit, TimestampMicrosecondType};
use jiff::Timestamp;
use onefold_spec::model::Source;

use crate::report::FreshnessReport;

/// Microseconds of a day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// The column that says when the records of a source were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MadeAt {
    field: String,
    column: usize,
}

impl MadeAt {
    /// `None` where the source has no such column.
    pub(crate) fn of(source: &Source, schema: &Schema) -> Option<Self> {
        let column = match &source.freshness {
            Some(field) => schema.index_of(field).ok()?,
            None => schema
                .fields()
                .iter()
                .position(|f| is_moment(f.data_type()))?,
        };
        Some(Self {
            field: schema.field(column).name().clone(),
            column,
        })
    }

    /// The newest moment in a batch, in microseconds since 1970; of a date, its first.
    pub(crate) fn newest(&self, batch: &RecordBatch) -> Option<i64> {
        let values = batch.columns().get(self.column)?;
        match values.data_type() {
            DataType::Date32 => {
                let days = max(values.as_primitive_opt::<Date32Type>()?)?;
                i64::from(days).checked_mul(DAY_MICROS)
            }
            _ => max(values.as_primitive_opt::<TimestampMicrosecondType>()?),
        }
    }

    /// How old `newest` was when the run `started`; `None` where no record has a time.
    pub(crate) fn report(self, newest: Option<i64>, started: Timestamp) -> Option<FreshnessReport> {
        let newest = Timestamp::from_microsecond(newest?).ok()?;
        Some(FreshnessReport {
            field: self.field,
            newest,
            age_seconds: started.duration_since(newest).as_secs(),
        })
    }
}

fn is_moment(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(TimeUnit::Microsecond, _))
}

/// Whether a column of this type can say when a record was made.
pub(crate) fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(..) | DataType::Date32)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, TimestampMicrosecondArray};

    use super::*;

    fn made_at(column: usize) -> MadeAt {
        MadeAt {
            field: "at".to_owned(),
            column,
        }
    }

    fn batch(columns: [ArrayRef; 2]) -> RecordBatch {
        let [days, moments] = columns;
        RecordBatch::try_from_iter([("day", days), ("at", moments)]).expect("a batch")
    }

    #[test]
    fn the_newest_of_a_batch() {
        let days = Date32Array::from(vec![Some(2), None, Some(-1)]);
        let moments = TimestampMicrosecondArray::from(vec![Some(-5), Some(7), None]);
        let both = batch([Arc::new(days), Arc::new(moments)]);
        assert_eq!(made_at(0).newest(&both), Some(2 * DAY_MICROS));
        assert_eq!(made_at(1).newest(&both), Some(7));
        let days = Date32Array::from(vec![Some(i32::MAX)]);
        let moments = TimestampMicrosecondArray::from(vec![None]);
        let neither = batch([Arc::new(days), Arc::new(moments)]);
        assert_eq!(made_at(0).newest(&neither), None, "beyond all time");
        assert_eq!(made_at(1).newest(&neither), None);
    }

    #[test]
    fn ages() {
        let started: Timestamp = "2025-07-01T12:00:00.9Z".parse().expect("a time");
        let age = |newest: &str| {
            let newest: Timestamp = newest.parse().expect("a time");
            let report = made_at(0).report(Some(newest.as_microsecond()), started);
            report.expect("a report").age_seconds
        };
        assert_eq!(age("2025-07-01T11:59:00Z"), 60);
        assert_eq!(age("2025-07-01T12:00:10.9Z"), -10);
        assert_eq!(made_at(0).report(None, started), None);
        assert_eq!(made_at(0).report(Some(i64::MAX), started), None);
    }
}
