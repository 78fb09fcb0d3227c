//! Types one column of Parquet: its numbers are taken as they are if the field has their type; otherwise the rules read its texts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::Buffer;
use arrow::compute::nullif;
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use onefold_values::Invalid;
use onefold_values::civil::DAY_MICROS;

use super::bounds;
use super::column::{Column, Problem};
use super::finding::internal;
use super::raw::Texts;
use crate::error::Error;
use crate::parquet;
use crate::plan::{Rule, Stored};
use crate::unreadable::Unreadable;

/// 0001-01-01.
const MIN_DAYS: i32 = -719_162;
/// 9999-12-31.
const MAX_DAYS: i32 = 2_932_896;

/// The typed values of a field that reads `cells`.
pub(super) fn typed(
    column: &mut Column<'_>,
    cells: &parquet::Column,
    stored: Stored,
    rows: usize,
    text: &Buffer,
    side: &Buffer,
) -> Result<ArrayRef, Error> {
    if let Some(typed) = same(column, cells, stored, rows) {
        return Ok(typed);
    }
    let texts = cells.texts();
    if texts.unreadable.is_empty() {
        let texts = Texts {
            array: &texts.text,
            written: cells.writing(),
        };
        return Ok(column.typed(&texts, rows, text, side));
    }
    let readable = without(&texts.text, &texts.unreadable)?;
    let readable = Texts {
        array: readable.as_string_view(),
        written: cells.writing(),
    };
    let typed = column.typed(&readable, rows, text, side);
    set_aside(column, &typed, &texts.unreadable)
}

/// Makes a problem of each row whose value has no text.
pub(super) fn set_aside(
    column: &mut Column<'_>,
    typed: &dyn Array,
    unreadable: &[(u32, Unreadable)],
) -> Result<ArrayRef, Error> {
    let is_unreadable = |row| {
        unreadable
            .binary_search_by_key(&row, |(row, _)| *row)
            .is_ok()
    };
    column.problems.retain(|(row, _)| !is_unreadable(*row));
    column.nulled.retain(|(row, _)| !is_unreadable(*row));
    for (row, why) in unreadable {
        column.problem(*row as usize, Problem::Unreadable(*why));
    }
    column.problems.sort_by_key(|(row, _)| *row);
    without(typed, unreadable)
}

/// The values without those of some rows.
fn without(values: &dyn Array, rows: &[(u32, Unreadable)]) -> Result<ArrayRef, Error> {
    let mut gone = vec![false; values.len()];
    rows.iter().for_each(|(row, _)| gone[*row as usize] = true);
    nullif(values, &BooleanArray::from(gone)).map_err(internal)
}

/// The stored values, where they are of the field's type and their texts would say the same.
fn same(
    column: &mut Column<'_>,
    cells: &parquet::Column,
    stored: Stored,
    rows: usize,
) -> Option<ArrayRef> {
    if !stored.is_present {
        return None;
    }
    let default = column.field.default_typed;
    Some(match &column.field.rule {
        Rule::Integer(_) => {
            let get = cells.integers()?;
            let default = default.and_then(bounds::whole);
            let read = |row| get(row).or(default).map(Ok);
            Arc::new(column.numbers::<Int64Type>(rows, read, bounds::whole))
        }
        Rule::Float(_) => {
            let get = cells.floats()?;
            let found = |number: f64| match number {
                // NaN is among the words for "missing", too.
                _ if number.is_nan() => None,
                _ if number.is_infinite() => Some(Err(Invalid::Float)),
                _ => Some(Ok(number)),
            };
            let default = default.and_then(bounds::float);
            let read = |row| get(row).and_then(found).or(default.map(Ok));
            Arc::new(column.numbers::<Float64Type>(rows, read, bounds::float))
        }
        Rule::Decimal(precision, scale, _) => {
            let (precision, scale) = (*precision, *scale);
            let get = cells.unscaled(scale)?;
            let limit = 10_u128.checked_pow(precision.into())?;
            let found = |number: Option<i128>| match number {
                Some(number) if number.unsigned_abs() < limit => Ok(number),
                _ => Err(Invalid::DecimalOutOfRange),
            };
            let default = default.and_then(bounds::unscaled);
            let read = |row| get(row).map(found).or(default.map(Ok));
            let numbers = column.numbers::<Decimal128Type>(rows, read, bounds::unscaled);
            // The rule has a precision and a scale that Arrow takes.
            Arc::new(
                numbers
                    .with_precision_and_scale(precision, scale as i8)
                    .ok()?,
            )
        }
        Rule::Boolean(rules) => {
            let get = cells.booleans()?;
            let default = column.field.default.as_deref();
            let read = |row| {
                get(row)
                    .map(Ok)
                    .or_else(|| default.map(|value| rules.parse_standard(value)))
            };
            Arc::new(column.truths(rows, read))
        }
        Rule::Date(_) => {
            let get = cells.days()?;
            let found = |days| match (MIN_DAYS..=MAX_DAYS).contains(&days) {
                true => Ok(days),
                false => Err(Invalid::Date),
            };
            let default = default.and_then(bounds::days);
            let read = |row| get(row).map(found).or(default.map(Ok));
            Arc::new(column.numbers::<Date32Type>(rows, read, bounds::days))
        }
        Rule::Timestamp(_) => {
            let get = cells.micros(stored.is_utc)?;
            let range = i64::from(MIN_DAYS) * DAY_MICROS..i64::from(MAX_DAYS + 1) * DAY_MICROS;
            // A value that is not a moment at all is refused with a reason of its own.
            if (0..rows).any(|row| get(row).is_some_and(|micros| micros.is_none())) {
                return None;
            }
            let found = |micros: Option<i64>| match micros {
                Some(micros) if range.contains(&micros) => Ok(micros),
                _ => Err(Invalid::Timestamp),
            };
            let default = default.and_then(bounds::whole);
            let read = |row| get(row).map(found).or(default.map(Ok));
            let moments = column.numbers::<TimestampMicrosecondType>(rows, read, bounds::whole);
            Arc::new(moments.with_timezone("UTC"))
        }
        _ => return None,
    })
}
