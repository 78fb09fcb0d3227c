//! What a column holds.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, filter};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type};
use serde::Serialize;

use super::condition::{Condition, Ready};
use super::counts::ValueCount;
use super::table::{Shape, Table};
use super::whole::micros;
use crate::error::Error;
use crate::fault;
use crate::show::plot::{decimal, round_float_width, round_width, time_label, time_width};

/// Most bins of a histogram.
const BINS: usize = 24;
/// Values that are shown.
const TOP: usize = 12;

/// What a column holds, among the rows that meet conditions.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    /// The column.
    pub column: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Rows.
    pub rows: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Different values; missing where there are too many to be counted.
    pub distinct: Option<u64>,
    /// The most frequent values.
    pub top: Vec<ValueCount>,
    /// The least number, the earliest time, the length of the shortest text in bytes.
    pub least: Option<String>,
    /// The greatest number, the latest time, the length of the longest text in bytes.
    pub greatest: Option<String>,
    /// The mean of numbers, or of the lengths of texts.
    pub mean: Option<f64>,
    /// How numbers and times, and the lengths of texts, are spread.
    pub bins: Vec<Bin>,
}

/// Rows in a range.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Where the range begins.
    pub from: String,
    /// Rows.
    pub rows: u64,
}

/// What numbers are made of the values of a column, so that they can be measured.
#[derive(Clone, Copy)]
enum Measure {
    /// Whole numbers whose last digits stand behind the point.
    Whole { scale: u32 },
    /// Floats.
    Float,
    /// Microseconds.
    Time,
    /// Bytes of a text.
    Length,
    /// Nothing: truth, lists, structures.
    None,
}

impl Measure {
    fn of(shape: Shape, data_type: &DataType) -> Self {
        match (shape, data_type) {
            (Shape::Text, t) if t.is_string() => Self::Length,
            (Shape::Time, _) => Self::Time,
            (Shape::Number, t) if t.is_integer() => Self::Whole { scale: 0 },
            (Shape::Number, DataType::Decimal128(_, scale)) if *scale >= 0 => Self::Whole {
                scale: u32::from(scale.unsigned_abs()),
            },
            (Shape::Number, _) => Self::Float,
            _ => Self::None,
        }
    }

    /// The numbers of some values. What is not finite is none.
    fn each(self, values: &ArrayRef, mut see: impl FnMut(Number)) -> Result<(), Error> {
        let mut whole = |number| see(Number::Whole(number));
        match self {
            Self::Whole { .. } if values.data_type().is_integer() => {
                let wide = cast(values, &DataType::Decimal128(38, 0))?;
                let wide = wide.as_primitive::<Decimal128Type>();
                wide.iter().flatten().for_each(whole);
            }
            Self::Whole { .. } => {
                let wide = values.as_primitive::<Decimal128Type>();
                wide.iter().flatten().for_each(whole);
            }
            Self::Time => {
                let micros = micros(values)?;
                micros.iter().flatten().for_each(|t| whole(i128::from(t)));
            }
            Self::Length => {
                let texts = cast(values, &DataType::Utf8View)?;
                let texts = texts.as_string_view();
                let lengths = texts.iter().flatten().map(|text| text.len() as i128);
                lengths.for_each(whole);
            }
            Self::Float => {
                let floats = cast(values, &DataType::Float64)?;
                let floats = floats.as_primitive::<Float64Type>().iter().flatten();
                let finite = floats.filter(|number| number.is_finite());
                finite.for_each(|number| see(Number::Float(number)));
            }
            Self::None => {}
        }
        Ok(())
    }
}

/// A number that is measured.
#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Float(f64),
}

/// The ends and the sum of numbers.
#[derive(Clone, Copy)]
struct Ends {
    rows: u64,
    missing: u64,
    measured: u64,
    whole: Option<(i128, i128)>,
    float: Option<(f64, f64)>,
    sum: f64,
}

impl Ends {
    const NONE: Self = Self {
        rows: 0,
        missing: 0,
        measured: 0,
        whole: None,
        float: None,
        sum: 0.0,
    };

    fn note(&mut self, number: Number) {
        self.measured += 1;
        match number {
            Number::Whole(number) => {
                let (least, most) = self.whole.unwrap_or((number, number));
                self.whole = Some((least.min(number), most.max(number)));
                self.sum += number as f64;
            }
            Number::Float(number) => {
                let (least, most) = self.float.unwrap_or((number, number));
                self.float = Some((least.min(number), most.max(number)));
                self.sum += number;
            }
        }
    }

    fn and(self, other: Self) -> Self {
        let whole = match (self.whole, other.whole) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        let float = match (self.float, other.float) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        Self {
            rows: self.rows + other.rows,
            missing: self.missing + other.missing,
            measured: self.measured + other.measured,
            whole,
            float,
            sum: self.sum + other.sum,
        }
    }
}

/// Equal ranges over all numbers.
enum Ranges {
    Whole { first: i128, width: i128 },
    Float { first: f64, width: f64 },
    None,
}

impl Table {
    /// What a column holds, among the rows that meet all conditions.
    ///
    /// # Errors
    /// There is no such column, or the file cannot be read.
    pub fn profile(&self, column: &str, conditions: &[Condition]) -> Result<Profile, Error> {
        fault::caught(|| self.profiled(column, conditions))
    }

    fn profiled(&self, column: &str, conditions: &[Condition]) -> Result<Profile, Error> {
        let place = self.column(column)?;
        let known = &self.columns()[place];
        let measure = Measure::of(known.shape, self.schema().field(place).data_type());
        let ends = self.fold(
            place,
            conditions,
            || Ends::NONE,
            |ends, values| {
                ends.rows += values.len() as u64;
                ends.missing += values.logical_null_count() as u64;
                measure.each(values, |number| ends.note(number))?;
                Ok(())
            },
        )?;
        let ends = ends.into_iter().fold(Ends::NONE, Ends::and);
        let counts = match known.shape {
            Shape::Nested => None,
            _ => Some(self.counts(column, conditions, TOP)?),
        };
        let unit = match measure {
            Measure::Whole { scale } => 10f64.powi(scale as i32),
            _ => 1.0,
        };
        let mean = ends.sum / unit / ends.measured as f64;
        let label = |number: i128| match measure {
            Measure::Whole { scale } => decimal(number, scale),
            Measure::Time => time_label((number / 1_000_000) as i64, 1),
            _ => number.to_string(),
        };
        let (least, greatest) = match (ends.whole, ends.float) {
            (Some((least, most)), _) => (Some(label(least)), Some(label(most))),
            (_, Some((least, most))) => (Some(least.to_string()), Some(most.to_string())),
            _ => (None, None),
        };
        Ok(Profile {
            column: column.to_owned(),
            type_name: known.type_name.clone(),
            rows: ends.rows,
            missing: ends.missing,
            distinct: counts.as_ref().and_then(|counts| counts.distinct),
            top: counts.map(|counts| counts.values).unwrap_or_default(),
            least,
            greatest,
            mean: (mean.is_finite() && !matches!(measure, Measure::Time)).then_some(mean),
            bins: self.bins(place, conditions, measure, &ends)?,
        })
    }

    fn bins(
        &self,
        place: usize,
        conditions: &[Condition],
        measure: Measure,
        ends: &Ends,
    ) -> Result<Vec<Bin>, Error> {
        let (ranges, count) = ranges(measure, ends);
        let last = count.saturating_sub(1);
        if count == 0 {
            return Ok(Vec::new());
        }
        let counted = self.fold(
            place,
            conditions,
            || vec![0u64; count],
            |rows, values| {
                measure.each(values, |number| {
                    let place = match (&ranges, number) {
                        (Ranges::Whole { first, width }, Number::Whole(number)) => {
                            (number.div_euclid(*width) - first) as usize
                        }
                        (Ranges::Float { first, width }, Number::Float(number)) => {
                            ((number / width).floor() - first).max(0.0) as usize
                        }
                        _ => return,
                    };
                    rows[place.min(last)] += 1;
                })
            },
        )?;
        let mut rows = vec![0; count];
        for of_thread in counted {
            for (all, one) in rows.iter_mut().zip(of_thread) {
                *all += one;
            }
        }
        let label = |place: usize| match (&ranges, measure) {
            (Ranges::Whole { first, width }, Measure::Time) => {
                let seconds = (first + place as i128) * width / 1_000_000;
                time_label(seconds as i64, (width / 1_000_000) as i64)
            }
            (Ranges::Whole { first, width }, Measure::Whole { scale }) => {
                decimal((first + place as i128).saturating_mul(*width), scale)
            }
            (Ranges::Whole { first, width }, _) => {
                ((first + place as i128).saturating_mul(*width)).to_string()
            }
            (Ranges::Float { first, width }, _) => {
                let digits = (-width.log10().floor()).max(0.0) as usize;
                format!("{:.digits$}", (first + place as f64) * width)
            }
            (Ranges::None, _) => String::new(),
        };
        let bins = rows.into_iter().enumerate();
        Ok(bins
            .map(|(place, rows)| Bin {
                from: label(place),
                rows,
            })
            .collect())
    }

    /// Goes through the values of a column among the rows that meet all conditions, on all processors.
    pub(super) fn fold<T: Send>(
        &self,
        place: usize,
        conditions: &[Condition],
        start: impl Fn() -> T + Sync,
        each: impl Fn(&mut T, &ArrayRef) -> Result<(), Error> + Sync,
    ) -> Result<Vec<T>, Error> {
        let ready = Ready::new(self, conditions)?;
        let columns = ready.columns_and([place]);
        let at = columns.binary_search(&place).unwrap_or_default();
        self.scan(&columns, start, |state, _, batch| {
            match ready.met(batch, &columns)? {
                Some(met) => each(state, &filter(batch.column(at), &met)?)?,
                None => each(state, batch.column(at))?,
            }
            Ok(true)
        })
    }
}

fn ranges(measure: Measure, ends: &Ends) -> (Ranges, usize) {
    match (ends.whole, ends.float) {
        (Some((least, most)), _) => {
            let spread = most.saturating_sub(least);
            let width = match measure {
                Measure::Time => {
                    let seconds = (spread / 1_000_000) as i64;
                    i128::from(time_width(seconds, 1, BINS)) * 1_000_000
                }
                _ => round_width(spread / BINS as i128),
            };
            let first = least.div_euclid(width);
            let count = (most.div_euclid(width) - first) as usize + 1;
            (Ranges::Whole { first, width }, count.min(2 * BINS))
        }
        (_, Some((least, most))) => {
            let width = round_float_width(most / BINS as f64 - least / BINS as f64);
            let first = (least / width).floor();
            let count = ((most / width).floor() - first) as usize + 1;
            (Ranges::Float { first, width }, count.min(2 * BINS))
        }
        _ => (Ranges::None, 0),
    }
}
