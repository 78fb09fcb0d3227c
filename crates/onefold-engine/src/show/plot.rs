//! How often values occur: numbers and times in ranges of equal width, everything else by value.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit};
use arrow::util::display::array_value_to_string;
use jiff::Timestamp;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::{Error, Kind};

/// Most bars.
const BARS: usize = 20;
/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// Widths of a range of times, in seconds.
const STEPS: [i64; 16] = [
    1,
    5,
    15,
    60,
    300,
    900,
    1800,
    3600,
    3 * 3600,
    6 * 3600,
    12 * 3600,
    DAY,
    7 * DAY,
    28 * DAY,
    91 * DAY,
    365 * DAY,
];

/// How often the values of a column occur.
#[derive(Debug, PartialEq)]
pub struct Plot {
    /// Ranges in order, or values with the most frequent first.
    pub bars: Vec<Bar>,
    /// Rows whose value has no bar of its own.
    pub others: u64,
    /// Rows without a value.
    pub missing: u64,
}

impl Plot {
    fn empty(others: u64, missing: u64) -> Self {
        Self {
            bars: Vec::new(),
            others,
            missing,
        }
    }

    /// A bar for each range, in order.
    fn of(rows: Vec<u64>, label: impl Fn(usize) -> String, others: u64, missing: u64) -> Self {
        let bars = rows.into_iter().enumerate();
        let bars = bars.map(|(place, rows)| Bar {
            label: label(place),
            rows,
        });
        Self {
            bars: bars.collect(),
            others,
            missing,
        }
    }
}

/// A range or a value.
#[derive(Debug, PartialEq)]
pub struct Bar {
    /// Where the range begins, or the value.
    pub label: String,
    /// Rows.
    pub rows: u64,
}

/// Counts the values of a column of a Parquet file.
pub(super) fn plot(path: &Path, column: &str) -> Result<Plot, Error> {
    let file = std::fs::File::open(path).map_err(Error::internal)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(Error::internal)?;
    let fields = reader.schema().fields().clone();
    let Some(place) = fields.iter().position(|field| field.name() == column) else {
        let names: Vec<String> = fields.iter().map(|f| format!("`{}`", f.name())).collect();
        let error = Error::new(
            Kind::Configuration,
            format!("there is no column `{column}`"),
        );
        return Err(error.hint(format!("the columns are {}", names.join(", "))));
    };
    let mask = ProjectionMask::roots(reader.parquet_schema(), [place]);
    let batches = reader
        .with_projection(mask)
        .build()
        .map_err(Error::internal)?;
    let mut parts = vec![arrow::array::new_empty_array(fields[place].data_type())];
    for batch in batches {
        parts.push(Arc::clone(batch?.column(0)));
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    counted(&*concat(&parts)?)
}

fn counted(values: &dyn Array) -> Result<Plot, Error> {
    let missing = values.logical_null_count() as u64;
    match values.data_type() {
        DataType::Date32 => {
            let days = values.as_primitive::<Date32Type>();
            let seconds = days.iter().flatten().map(|day| i64::from(day) * DAY);
            Ok(by_time(seconds.collect(), missing, DAY))
        }
        DataType::Timestamp(_, zone) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            let micros = cast(&cast(values, &micros)?, &DataType::Int64)?;
            let micros = micros.as_primitive::<Int64Type>().iter().flatten();
            let seconds = micros.map(|micros| micros.div_euclid(1_000_000));
            Ok(by_time(seconds.collect(), missing, 1))
        }
        t if t.is_integer() => {
            let numbers = cast(values, &DataType::Decimal128(38, 0))?;
            let numbers = numbers.as_primitive::<Decimal128Type>().iter().flatten();
            Ok(by_whole_number(numbers.collect(), missing, 0))
        }
        DataType::Decimal128(_, scale) if *scale >= 0 => {
            let numbers = values.as_primitive::<Decimal128Type>().iter().flatten();
            Ok(by_whole_number(numbers.collect(), missing, *scale as u32))
        }
        t if t.is_numeric() => {
            let numbers = cast(values, &DataType::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>().iter().flatten();
            Ok(by_number(numbers.collect(), missing))
        }
        _ => by_value(values, missing),
    }
}

fn by_value(values: &dyn Array, missing: u64) -> Result<Plot, Error> {
    let nulls = values.logical_nulls();
    let is_there = |row: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
    let mut rows: HashMap<String, u64> = HashMap::new();
    for row in (0..values.len()).filter(is_there) {
        *rows.entry(array_value_to_string(values, row)?).or_default() += 1;
    }
    let mut bars: Vec<Bar> = rows
        .into_iter()
        .map(|(label, rows)| Bar { label, rows })
        .collect();
    bars.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.label.cmp(&b.label)));
    let others = bars.iter().skip(BARS).map(|bar| bar.rows).sum();
    bars.truncate(BARS);
    Ok(Plot {
        bars,
        others,
        missing,
    })
}

/// The next of 1, 2, 5 times a power of ten.
pub(crate) fn round_width(least: i128) -> i128 {
    let mut power: i128 = 1;
    loop {
        for step in [1, 2, 5] {
            match power.checked_mul(step) {
                Some(width) if width >= least => return width,
                Some(_) => {}
                None => return i128::MAX,
            }
        }
        let Some(next) = power.checked_mul(10) else {
            return i128::MAX;
        };
        power = next;
    }
}

/// Bars of equal width from a round number on; the last `scale` digits of the numbers stand behind the point.
fn by_whole_number(numbers: Vec<i128>, missing: u64, scale: u32) -> Plot {
    let (Some(least), Some(most)) = (numbers.iter().min(), numbers.iter().max()) else {
        return Plot::empty(0, missing);
    };
    let width = round_width(most.saturating_sub(*least) / BARS as i128);
    let first = least.div_euclid(width);
    let place = |number: i128| (number.div_euclid(width) - first) as usize;
    let mut rows = vec![0; place(*most) + 1];
    for number in &numbers {
        rows[place(*number)] += 1;
    }
    let label = |place: usize| decimal((first + place as i128).saturating_mul(width), scale);
    Plot::of(rows, label, 0, missing)
}

/// A number whose last `scale` digits stand behind the point, without zeros at its end.
pub(crate) fn decimal(number: i128, scale: u32) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", number.unsigned_abs(), scale as usize + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale as usize);
    let behind = behind.trim_end_matches('0');
    match behind.is_empty() {
        true => format!("{sign}{whole}"),
        false => format!("{sign}{whole}.{behind}"),
    }
}

/// Bars of equal width from a round number on. What is not finite has no bar.
fn by_number(mut numbers: Vec<f64>, missing: u64) -> Plot {
    let all = numbers.len();
    numbers.retain(|number| number.is_finite());
    let others = (all - numbers.len()) as u64;
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if numbers.is_empty() {
        return Plot::empty(others, missing);
    }
    // Apart, for their difference may be beyond all floats.
    let width = round_float_width(most / BARS as f64 - least / BARS as f64);
    // A number at a border is above it, though floats put 0.3 / 0.1 below 3.
    let bar = |number: f64| {
        let (exact, near) = (number / width, (number / width).round());
        match (exact - near).abs() <= 1e-9 * near.abs().max(1.0) {
            true => near,
            false => exact.floor(),
        }
    };
    let first = bar(least);
    let count = (bar(most) - first) as usize;
    let mut rows = vec![0; count.min(2 * BARS) + 1];
    for number in numbers {
        let last = rows.len() - 1;
        rows[((bar(number) - first) as usize).min(last)] += 1;
    }
    let digits = (-width.log10().floor()).max(0.0) as usize;
    let label = |place: usize| format!("{:.digits$}", (first + place as f64) * width);
    Plot::of(rows, label, others, missing)
}

pub(crate) fn round_float_width(least: f64) -> f64 {
    if least <= 0.0 || !least.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    let widths = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let width = widths.into_iter().find(|width| *width >= least);
    width.unwrap_or(10.0 * power)
}

/// Bars of times, each of so many seconds at least.
fn by_time(seconds: Vec<i64>, missing: u64, finest: i64) -> Plot {
    let (Some(least), Some(most)) = (seconds.iter().min(), seconds.iter().max()) else {
        return Plot::empty(0, missing);
    };
    let step = time_width(most - least, finest, BARS);
    let first = least.div_euclid(step);
    let count = most.div_euclid(step) - first + 1;
    let mut rows = vec![0; count as usize];
    for second in &seconds {
        rows[(second.div_euclid(step) - first) as usize] += 1;
    }
    let label = |place: usize| time_label((first + place as i64) * step, step);
    Plot::of(rows, label, 0, missing)
}

/// Seconds of a range, so that about so many ranges cover a spread.
pub(crate) fn time_width(spread: i64, finest: i64, ranges: usize) -> i64 {
    let needed = spread / ranges.max(1) as i64;
    let step = STEPS.into_iter().find(|step| *step >= needed.max(finest));
    // Longer than years: as many of them as it takes.
    step.unwrap_or_else(|| (needed / (365 * DAY) + 1) * 365 * DAY)
}

/// When a range of so many seconds begins: a day where it is made of days.
pub(crate) fn time_label(second: i64, step: i64) -> String {
    let time = Timestamp::from_second(second);
    let text = time.map(|time| match step % DAY {
        0 => time.strftime("%Y-%m-%d").to_string(),
        _ => time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    });
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Date32Array, Decimal128Array, Float64Array, Int64Array, NullArray, StringArray,
    };

    use super::*;

    fn bars(plot: &Plot) -> Vec<(&str, u64)> {
        plot.bars
            .iter()
            .map(|b| (b.label.as_str(), b.rows))
            .collect()
    }

    #[test]
    fn values_by_frequency() {
        let texts = StringArray::from(vec![Some("b"), Some("a"), None, Some("b"), Some("c")]);
        let plot = counted(&texts).expect("a plot");
        assert_eq!(bars(&plot), [("b", 2), ("a", 1), ("c", 1)]);
        assert_eq!((plot.missing, plot.others), (1, 0));
        let plot = counted(&NullArray::new(3)).expect("a plot");
        assert_eq!((plot.bars.len(), plot.missing), (0, 3));
        let many: StringArray = (0..30).map(|n| Some(format!("{n:02}"))).collect();
        let plot = counted(&many).expect("a plot");
        assert_eq!((plot.bars.len(), plot.others), (20, 10));
    }

    #[test]
    fn numbers_in_ranges() {
        let numbers = Int64Array::from(vec![Some(3), Some(3), Some(4), None]);
        let plot = counted(&numbers).expect("a plot");
        assert_eq!(bars(&plot), [("3", 2), ("4", 1)]);
        // 0.3 / 0.1 is a little less than 3.
        for divisor in [10.0, 5.0, 100.0] {
            let tenths: Float64Array = (1..=20).map(|n| Some(f64::from(n) / divisor)).collect();
            let plot = counted(&tenths).expect("a plot");
            assert!(plot.bars.iter().all(|bar| bar.rows == 1), "{plot:?}");
        }
        let large = Int64Array::from(vec![9_007_199_254_740_993, 9_007_199_254_740_994]);
        let plot = counted(&large).expect("a plot");
        assert_eq!(
            bars(&plot),
            [("9007199254740993", 1), ("9007199254740994", 1)]
        );
        let cents = Decimal128Array::from(vec![-150, 0, 50, 149]);
        let cents = cents.with_precision_and_scale(9, 2).expect("a decimal");
        let plot = counted(&cents).expect("a plot");
        assert_eq!(bars(&plot)[0], ("-1.6", 1));
        assert_eq!(plot.bars.iter().map(|b| b.rows).sum::<u64>(), 4);
        let odd = Float64Array::from(vec![Some(1.0), Some(f64::NAN), None]);
        let plot = counted(&odd).expect("a plot");
        assert_eq!(
            (bars(&plot), plot.others, plot.missing),
            (vec![("1", 1)], 1, 1)
        );
        let numbers: Float64Array = (0..100).map(|n| Some(f64::from(n) / 10.0)).collect();
        let plot = counted(&numbers).expect("a plot");
        assert_eq!(plot.bars.iter().map(|b| b.rows).sum::<u64>(), 100);
        assert_eq!(bars(&plot)[..2], [("0.0", 5), ("0.5", 5)]);
        for extreme in [vec![f64::MAX, f64::MIN], vec![0.0], vec![1e-300, 2e-300]] {
            let plot = counted(&Float64Array::from(extreme.clone())).expect("a plot");
            let rows: u64 = plot.bars.iter().map(|b| b.rows).sum();
            assert_eq!(rows, extreme.len() as u64, "{extreme:?}");
            assert!(plot.bars.len() <= 2 * BARS + 1);
        }
        assert!(
            counted(&Int64Array::from(vec![None]))
                .expect("a plot")
                .bars
                .is_empty()
        );
    }

    #[test]
    fn times_in_ranges() {
        let days = Date32Array::from(vec![Some(19_900), Some(19_900), Some(19_902)]);
        let plot = counted(&days).expect("a plot");
        assert_eq!(
            bars(&plot),
            [("2024-06-26", 2), ("2024-06-27", 0), ("2024-06-28", 1)]
        );
        let all = Date32Array::from(vec![i32::MIN, i32::MAX]);
        assert!(counted(&all).expect("a plot").bars.len() <= BARS + 2);
    }
}
