//! A value as the cell of a spreadsheet has it: a number where the spreadsheet shows all of it, else the text that CSV has.

use super::civil::day_and_nanos;
use super::column::{Bare, Column, Float, Plain, Values};
use super::json;
use crate::error::Error;
use arrow::array::RecordBatch;

/// Digits of a number that a spreadsheet shows and keeps when somebody edits the cell.
const DIGITS: usize = 15;

/// Days since 1970 of 1900-03-01 and 9999-12-31: between them all spreadsheets count days alike. Excel has a 29 February 1900.
const DAYS: std::ops::RangeInclusive<i64> = -25_508..=2_932_896;

const NANOS_A_MILLI: u64 = 1_000_000;

/// A value of a spreadsheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'t> {
    Empty,
    /// UTF-8.
    Text(&'t [u8]),
    /// With its text.
    Number(f64, &'t [u8]),
    Boolean(bool),
    /// Days since 1970.
    Day(i64),
    /// Days since 1970, and milliseconds of the day.
    Moment(i64, u64),
}

/// The columns of a batch.
pub(crate) struct Cells<'a>(Vec<Column<'a>>);

impl<'a> Cells<'a> {
    /// The types of the columns must have passed [`super::check_types`].
    pub(crate) fn new(batch: &'a RecordBatch) -> Result<Self, Error> {
        let columns = batch.columns().iter().map(|array| Column::new(array));
        Ok(Self(columns.collect::<Result<_, _>>()?))
    }

    /// The cells of a row; `buffer` holds the text of each as long as it is looked at.
    pub(crate) fn row(
        &self,
        row: usize,
        buffer: &mut Vec<u8>,
        mut take: impl FnMut(usize, Cell<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (number, column) in self.0.iter().enumerate() {
            buffer.clear();
            take(number, cell(column, row, buffer))?;
        }
        Ok(())
    }
}

impl Cells<'_> {
    /// A value as CSV has it; `None` where it is missing. `buffer` is empty.
    pub(crate) fn text<'t>(
        &'t self,
        column: usize,
        row: usize,
        buffer: &'t mut Vec<u8>,
    ) -> Option<&'t [u8]> {
        text(self.0.get(column)?, row, buffer)
    }
}

fn text<'t>(column: &'t Column<'_>, row: usize, buffer: &'t mut Vec<u8>) -> Option<&'t [u8]> {
    if column.is_null(row) {
        return None;
    }
    match &column.values {
        Values::Null => return None,
        Values::Text(text) => return Some(text.bytes(row)),
        Values::Dictionary(keys, values) => return text(values, keys[row], buffer),
        Values::Bare(values) => values.write(row, buffer),
        Values::Float(values) => values.write(row, buffer),
        Values::Plain(values) => values.write(row, buffer),
        Values::Nested(values) => json::nested(values, row, None, buffer),
    }
    Some(buffer)
}

fn cell<'t>(column: &'t Column<'_>, row: usize, buffer: &'t mut Vec<u8>) -> Cell<'t> {
    if column.is_null(row) {
        return Cell::Empty;
    }
    match &column.values {
        Values::Dictionary(keys, values) => return cell(values, keys[row], buffer),
        Values::Bare(Bare::Boolean(values)) => return Cell::Boolean(values.value(row)),
        Values::Bare(values) => {
            values.write(row, buffer);
            return exact(buffer);
        }
        Values::Float(values) => return float(values, row, buffer),
        Values::Plain(Plain::Date32(values)) => {
            let days = i64::from(values[row]);
            if DAYS.contains(&days) {
                return Cell::Day(days);
            }
        }
        Values::Plain(Plain::Timestamp(values, ticks, _)) => {
            let (day, nanos) = day_and_nanos(values[row], *ticks);
            if DAYS.contains(&day) && nanos % NANOS_A_MILLI == 0 {
                return Cell::Moment(day, nanos / NANOS_A_MILLI);
            }
        }
        _ => {}
    }
    text(column, row, buffer).map_or(Cell::Empty, Cell::Text)
}

/// A number of which the spreadsheet shows every digit; else its text.
fn exact(text: &[u8]) -> Cell<'_> {
    // An exponent has digits of its own.
    let mantissa = text.split(|byte| matches!(byte, b'e' | b'E')).next();
    let digits = mantissa.unwrap_or_default().iter();
    let digits = digits.filter(|byte| byte.is_ascii_digit());
    let digits = digits.skip_while(|byte| **byte == b'0').count();
    match number(text) {
        Some(number) if digits <= DIGITS => Cell::Number(number, text),
        _ => Cell::Text(text),
    }
}

fn float<'t>(values: &Float<'_>, row: usize, buffer: &'t mut Vec<u8>) -> Cell<'t> {
    values.write(row, buffer);
    match values.is_finite(row) {
        true => exact(buffer),
        false => Cell::Text(buffer),
    }
}

fn number(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::*;
    use arrow::datatypes::Int32Type;

    use super::*;

    /// The cells of a column, in words.
    fn cells(array: impl Array + 'static) -> Vec<String> {
        let batch = RecordBatch::try_from_iter_with_nullable([("a", Arc::new(array) as _, true)])
            .expect("a batch");
        let cells = Cells::new(&batch).expect("cells");
        let mut buffer = Vec::new();
        let mut found = Vec::new();
        for row in 0..batch.num_rows() {
            let taken = cells.row(row, &mut buffer, |_, cell| {
                found.push(match cell {
                    Cell::Text(text) => format!("text {}", String::from_utf8_lossy(text)),
                    Cell::Number(number, _) => format!("number {number}"),
                    other => format!("{other:?}"),
                });
                Ok(())
            });
            taken.expect("taken");
        }
        found
    }

    #[test]
    fn numbers_stay_numbers_as_long_as_all_digits_are_seen() {
        assert_eq!(
            cells(Int64Array::from(vec![
                Some(0),
                Some(-5),
                Some(999_999_999_999_999),
                Some(-1_000_000_000_000_000),
                Some(9_007_199_254_740_993),
                None,
            ])),
            [
                "number 0",
                "number -5",
                "number 999999999999999",
                "text -1000000000000000",
                "text 9007199254740993",
                "Empty"
            ]
        );
        let decimals = Decimal128Array::from(vec![150, -1, 9_999_999_999_999_999]);
        let decimals = decimals.with_precision_and_scale(20, 2).expect("a type");
        assert_eq!(
            cells(decimals),
            ["number 1.5", "number -0.01", "text 99999999999999.99"]
        );
        assert_eq!(
            cells(Float64Array::from(vec![
                0.1,
                f64::NAN,
                f64::NEG_INFINITY,
                1e300
            ])),
            [
                "number 0.1".to_owned(),
                "text NaN".to_owned(),
                "text -inf".to_owned(),
                format!("number {}", 1e300)
            ]
        );
        assert_eq!(cells(Float32Array::from(vec![0.1])), ["number 0.1"]);
    }

    #[test]
    fn days_that_all_spreadsheets_count_alike() {
        assert_eq!(
            cells(Date32Array::from(vec![
                -25_509, -25_508, 0, 2_932_896, 2_932_897
            ])),
            [
                "text 1900-02-28",
                "Day(-25508)",
                "Day(0)",
                "Day(2932896)",
                "text +010000-01-01"
            ]
        );
        let moments = TimestampMicrosecondArray::from(vec![0, -1_000, 86_400_000_000, 1])
            .with_timezone("UTC");
        assert_eq!(
            cells(moments),
            [
                "Moment(0, 0)",
                "Moment(-1, 86399999)",
                "Moment(1, 0)",
                "text 1970-01-01T00:00:00.000001Z"
            ]
        );
    }

    #[test]
    fn all_else_is_the_text_of_csv() {
        assert_eq!(
            cells(StringArray::from(vec![Some("=1+1"), None, Some("")])),
            ["text =1+1", "Empty", "text "]
        );
        assert_eq!(
            cells(
                vec![Some("a"), None]
                    .into_iter()
                    .collect::<DictionaryArray<Int32Type>>()
            ),
            ["text a", "Empty"]
        );
        assert_eq!(
            cells(BooleanArray::from(vec![true, false])),
            ["Boolean(true)", "Boolean(false)"]
        );
        assert_eq!(
            cells(BinaryArray::from(vec![&b"\x01\xff"[..]])),
            ["text 01ff"]
        );
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None])]);
        assert_eq!(cells(lists), ["text [1,null]"]);
        assert_eq!(cells(NullArray::new(1)), ["Empty"]);
    }
}
