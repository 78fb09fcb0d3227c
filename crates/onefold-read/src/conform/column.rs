//! Types one raw column, by the rule of its field.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, PrimitiveArray};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float64Type, Int64Type,
    TimestampMicrosecondType,
};
use onefold_spec::model::OnInvalid;
use onefold_values::{
    BooleanRules, DecimalMark, Invalid, NullTokens, email, money, name_order, number, text, uuid,
};

use super::bounds;
use super::raw::Raw;
use crate::json;
use crate::plan::{Bound, PlannedField, Rule};
use crate::unreadable::Unreadable;
use crate::views::ViewColumn;
use crate::written::Written;

pub(super) enum Problem {
    Missing,
    Invalid(Invalid),
    NotOneOf,
    Below,
    Above,
    Pattern,
    Expression(String),
    Unreadable(Unreadable),
}

/// One field's way through the rows.
pub(super) struct Column<'a> {
    pub(super) field: &'a PlannedField,
    pub(super) nulls: &'a NullTokens,
    pub(super) problems: Vec<(u32, Problem)>,
    /// Values that were made missing, and why.
    pub(super) nulled: Vec<(u32, Problem)>,
}

const POINT: DecimalMark = DecimalMark::Point;

/// How to read values that do not follow their source's own writing.
struct Standard<P> {
    /// It is not the source's reading.
    differs: bool,
    /// Whether a value is such a one.
    holds: fn(Written) -> bool,
    parse: P,
}

fn comma<N, P: Fn(&str) -> Result<N, Invalid>>(mark: DecimalMark, parse: P) -> Standard<P> {
    Standard {
        differs: mark != POINT,
        holds: Written::is_standard_number,
        parse,
    }
}

fn declared<N, P: Fn(&str) -> Result<N, Invalid>>(has_formats: bool, parse: P) -> Standard<P> {
    Standard {
        differs: has_formats,
        holds: Written::is_standard_time,
        parse,
    }
}

/// The value of a row that is read as something else than text: missing where it is empty or a null token.
#[inline]
fn found<'r, R: Raw + ?Sized>(nulls: &NullTokens, raw: &'r R, row: usize) -> Option<&'r str> {
    raw.get(row).filter(|v| !nulls.is_null(v))
}

/// The same; the default stands in for a missing value.
#[inline]
fn value<'r, R: Raw + ?Sized>(
    field: &'r PlannedField,
    nulls: &NullTokens,
    raw: &'r R,
    row: usize,
) -> Option<&'r str> {
    found(nulls, raw, row).or(field.default.as_deref())
}

impl Column<'_> {
    #[inline]
    fn missing(&mut self, row: usize) {
        if self.field.required {
            self.problems.push((row as u32, Problem::Missing));
        }
    }

    #[cold]
    pub(super) fn problem(&mut self, row: usize, problem: Problem) {
        if self.field.on_invalid == OnInvalid::Null {
            self.nulled.push((row as u32, problem));
            self.missing(row);
        } else {
            self.problems.push((row as u32, problem));
        }
    }

    /// Notes the rows, ascending, whose expression failed. Nothing else is said about these rows.
    pub(super) fn fail(&mut self, failed: Vec<(u32, String)>, rows: usize) {
        if failed.is_empty() {
            return;
        }
        let mut has_failed = vec![false; rows];
        for (row, _) in &failed {
            has_failed[*row as usize] = true;
        }
        self.problems.retain(|(row, _)| !has_failed[*row as usize]);
        self.nulled.retain(|(row, _)| !has_failed[*row as usize]);
        for (row, message) in failed {
            self.problem(row as usize, Problem::Expression(message));
        }
        self.problems.sort_by_key(|(row, _)| *row);
    }

    /// `parse` reads the source's writing. Where the source has one of its own, `standard` reads the values that are not in it.
    fn primitive<T: ArrowPrimitiveType, R: Raw + ?Sized>(
        &mut self,
        raw: &R,
        rows: usize,
        parse: impl Fn(&str) -> Result<T::Native, Invalid>,
        standard: Standard<impl Fn(&str) -> Result<T::Native, Invalid>>,
        bound: impl Fn(Bound) -> Option<T::Native>,
    ) -> PrimitiveArray<T>
    where
        T::Native: PartialOrd,
    {
        let default = self.field.default_typed.and_then(&bound);
        let nulls = self.nulls;
        let read = |row| match found(nulls, raw, row) {
            Some(value) if standard.differs && (standard.holds)(raw.written(row)) => {
                Some((standard.parse)(value))
            }
            Some(value) => Some(parse(value)),
            None => default.map(Ok),
        };
        self.numbers(rows, read, bound)
    }

    /// Numbers, which must keep the field's bounds. `read` gives the number of a row, its default if need be, or says what is wrong.
    #[inline]
    pub(super) fn numbers<T: ArrowPrimitiveType>(
        &mut self,
        rows: usize,
        read: impl Fn(usize) -> Option<Result<T::Native, Invalid>>,
        bound: impl Fn(Bound) -> Option<T::Native>,
    ) -> PrimitiveArray<T>
    where
        T::Native: PartialOrd,
    {
        let min = self.field.min.as_ref().and_then(|b| bound(b.0));
        let max = self.field.max.as_ref().and_then(|b| bound(b.0));
        let allowed: Vec<T::Native> = self
            .field
            .one_of_typed
            .iter()
            .filter_map(|b| bound(*b))
            .collect();
        let is_limited = !self.field.one_of_typed.is_empty();
        let mut values: Vec<T::Native> = Vec::with_capacity(rows);
        let mut valid = vec![true; rows];
        let mut nulls = 0;
        for (row, is_valid) in valid.iter_mut().enumerate() {
            let value = match read(row) {
                Some(Ok(value)) if min.is_some_and(|m| value < m) => Err(Some(Problem::Below)),
                Some(Ok(value)) if max.is_some_and(|m| value > m) => Err(Some(Problem::Above)),
                Some(Ok(value)) if is_limited && !allowed.contains(&value) => {
                    Err(Some(Problem::NotOneOf))
                }
                Some(Ok(value)) => Ok(value),
                Some(Err(invalid)) => Err(Some(Problem::Invalid(invalid))),
                None => Err(None),
            };
            match value {
                Ok(value) => values.push(value),
                Err(problem) => {
                    match problem {
                        Some(problem) => self.problem(row, problem),
                        None => self.missing(row),
                    }
                    values.push(T::Native::default());
                    *is_valid = false;
                    nulls += 1;
                }
            }
        }
        PrimitiveArray::new(values.into(), (nulls > 0).then(|| NullBuffer::from(valid)))
    }

    fn boolean<R: Raw + ?Sized>(
        &mut self,
        raw: &R,
        rows: usize,
        rules: &BooleanRules,
    ) -> BooleanArray {
        let (field, nulls) = (self.field, self.nulls);
        if !rules.has_words() {
            return self.truths(rows, |row| {
                value(field, nulls, raw, row).map(|value| rules.parse(value))
            });
        }
        // The pipeline's author writes `true` whatever the words of the source are, and so does JSON.
        let default = field
            .default
            .as_deref()
            .map(|value| rules.parse_standard(value));
        self.truths(rows, |row| {
            // A declared word is a value even if it usually means that there is none.
            let whole = raw.get(row);
            match whole.and_then(|value| rules.declared(value)) {
                Some(truth) => Some(Ok(truth)),
                None => match whole.filter(|value| !nulls.is_null(value)) {
                    // A number is no truth value unless it is declared as one.
                    Some(value) => match raw.written(row) {
                        Written::Author => Some(rules.parse_standard(value)),
                        Written::Number if value.eq_ignore_ascii_case("true") => Some(Ok(true)),
                        Written::Number if value.eq_ignore_ascii_case("false") => Some(Ok(false)),
                        _ => Some(Err(Invalid::Boolean)),
                    },
                    None => default,
                },
            }
        })
    }

    /// Truth values, which must be among those allowed; `read` as for numbers.
    pub(super) fn truths(
        &mut self,
        rows: usize,
        read: impl Fn(usize) -> Option<Result<bool, Invalid>>,
    ) -> BooleanArray {
        (0..rows)
            .map(|row| match read(row) {
                Some(Ok(value)) if self.is_allowed(value) => Some(value),
                Some(Ok(_)) => {
                    self.problem(row, Problem::NotOneOf);
                    None
                }
                Some(Err(invalid)) => {
                    self.problem(row, Problem::Invalid(invalid));
                    None
                }
                None => {
                    self.missing(row);
                    None
                }
            })
            .collect()
    }

    fn is_allowed(&self, value: bool) -> bool {
        let allowed = &self.field.one_of_typed;
        allowed.is_empty()
            || allowed
                .iter()
                .any(|b| matches!(b, Bound::Whole(v) if *v == i128::from(value)))
    }

    /// Text that stays where it is: missing where it is empty; the default stands in for it.
    fn shared<R: Raw + ?Sized>(&mut self, raw: &R, rows: usize) -> ViewColumn {
        let mut out = ViewColumn::with_capacity(rows);
        let is_trimmed = matches!(self.field.rule, Rule::Text);
        let is_limited = !self.field.one_of.is_empty() || self.field.pattern.is_some();
        for row in 0..rows {
            let found = raw.get(row).map(|whole| match is_trimmed {
                true => {
                    // A part of the whole.
                    let value = text::trim(whole);
                    let before = value.as_ptr() as usize - whole.as_ptr() as usize;
                    let moved = |(buffer, start)| (buffer, start + before);
                    (value, raw.place(row).map(moved))
                }
                false => (whole, raw.place(row)),
            });
            let default = self.field.default.as_deref().map(|value| (value, None));
            let Some((value, place)) = found.filter(|(value, _)| !value.is_empty()).or(default)
            else {
                self.missing(row);
                out.push_null();
                continue;
            };
            if is_limited && let Err(problem) = self.allowed(value) {
                self.problem(row, problem);
                out.push_null();
                continue;
            }
            match place {
                Some((buffer, start)) => out.push(value, buffer, start),
                None => {
                    let from = out.own.len();
                    out.own.push_str(value);
                    out.push_own(from);
                }
            }
        }
        out
    }

    /// JSON that stays where it is: missing where it is empty.
    fn json<R: Raw + ?Sized>(&mut self, raw: &R, rows: usize) -> ViewColumn {
        let mut out = ViewColumn::with_capacity(rows);
        let is_known = raw.is_json();
        let mut open = Vec::new();
        for row in 0..rows {
            let Some(value) = raw.get(row).filter(|value| !text::trim(value).is_empty()) else {
                self.missing(row);
                out.push_null();
                continue;
            };
            if !is_known && !json::is_value(value, &mut open) {
                self.problem(row, Problem::Invalid(Invalid::Json));
                out.push_null();
                continue;
            }
            match raw.place(row) {
                Some((buffer, start)) => out.push(value, buffer, start),
                None => {
                    let from = out.own.len();
                    out.own.push_str(value);
                    out.push_own(from);
                }
            }
        }
        out
    }

    /// Text that a rule writes anew.
    fn rewritten<R: Raw + ?Sized>(
        &mut self,
        raw: &R,
        rows: usize,
        rule: impl Fn(&str, &mut String) -> Result<(), Invalid>,
    ) -> ViewColumn {
        let mut out = ViewColumn::with_capacity(rows);
        let plain = self.field.one_of.is_empty() && self.field.pattern.is_none();
        for row in 0..rows {
            let from = out.own.len();
            let written = match value(self.field, self.nulls, raw, row) {
                None => {
                    self.missing(row);
                    out.push_null();
                    continue;
                }
                Some(value) => rule(value, &mut out.own).map_err(Problem::Invalid),
            };
            let standard = out.own.get(from..).unwrap_or_default();
            let written = if plain {
                written
            } else {
                written.and_then(|()| self.allowed(standard))
            };
            match written {
                Ok(()) => out.push_own(from),
                Err(problem) => {
                    out.own.truncate(from);
                    self.problem(row, problem);
                    out.push_null();
                }
            }
        }
        out
    }

    #[inline]
    fn allowed(&self, value: &str) -> Result<(), Problem> {
        if !self.field.one_of.is_empty() && !self.field.one_of.contains(value) {
            return Err(Problem::NotOneOf);
        }
        match &self.field.pattern {
            Some(pattern) if !pattern.is_match(value) => Err(Problem::Pattern),
            _ => Ok(()),
        }
    }

    fn decimals(
        &self,
        numbers: PrimitiveArray<Decimal128Type>,
        precision: u8,
        scale: u8,
    ) -> ArrayRef {
        let rows = numbers.len();
        // The specification allows only precisions and scales that Arrow takes.
        numbers
            .with_precision_and_scale(precision, scale as i8)
            .map_or_else(
                |_| arrow::array::new_null_array(&self.field.rule.data_type(), rows),
                |c| Arc::new(c) as ArrayRef,
            )
    }

    pub(super) fn typed<R: Raw + ?Sized>(
        &mut self,
        raw: &R,
        rows: usize,
        text: &Buffer,
        side: &Buffer,
    ) -> ArrayRef {
        match &self.field.rule {
            Rule::Integer(mark) => Arc::new(self.primitive::<Int64Type, R>(
                raw,
                rows,
                |v| number::parse_integer(v, *mark),
                comma(*mark, |v| number::parse_integer(v, POINT)),
                bounds::whole,
            )),
            Rule::Float(mark) => Arc::new(self.primitive::<Float64Type, R>(
                raw,
                rows,
                |v| number::parse_float(v, *mark),
                comma(*mark, |v| number::parse_float(v, POINT)),
                bounds::float,
            )),
            Rule::Decimal(p, s, mark) => {
                let column = self.primitive::<Decimal128Type, R>(
                    raw,
                    rows,
                    |v| number::parse_decimal(v, *p, *s, *mark),
                    comma(*mark, |v| number::parse_decimal(v, *p, *s, POINT)),
                    bounds::unscaled,
                );
                self.decimals(column, *p, *s)
            }
            Rule::Money(rules) => {
                let standard = Standard {
                    differs: rules.mark != Some(POINT),
                    holds: Written::is_standard_number,
                    parse: |v: &str| rules.parse_standard(v),
                };
                let column = self.primitive::<Decimal128Type, R>(
                    raw,
                    rows,
                    |v| rules.parse(v),
                    standard,
                    bounds::unscaled,
                );
                self.decimals(column, rules.precision, rules.scale)
            }
            Rule::Boolean(rules) => Arc::new(self.boolean(raw, rows, rules)),
            Rule::Date(rules) => Arc::new(self.primitive::<Date32Type, R>(
                raw,
                rows,
                |v| rules.parse(v),
                declared(rules.has_formats(), |v| rules.parse_standard(v)),
                bounds::days,
            )),
            Rule::Timestamp(rules) => {
                let moments = self.primitive::<TimestampMicrosecondType, R>(
                    raw,
                    rows,
                    |v| rules.parse(v),
                    declared(rules.has_formats(), |v| rules.parse_standard(v)),
                    bounds::whole,
                );
                Arc::new(moments.with_timezone("UTC"))
            }
            Rule::Exact | Rule::Text => self.shared(raw, rows).finish(text, side),
            Rule::Json => self.json(raw, rows).finish(text, side),
            Rule::Uuid => self
                .rewritten(raw, rows, uuid::standardise)
                .finish(text, side),
            Rule::Email => self
                .rewritten(raw, rows, email::standardise)
                .finish(text, side),
            Rule::Currency => self
                .rewritten(raw, rows, money::currency_of)
                .finish(text, side),
            Rule::PersonName(order) => self
                .rewritten(raw, rows, |v, out| name_order::standardise(v, *order, out))
                .finish(text, side),
            Rule::Standard(standardise) => {
                self.rewritten(raw, rows, standardise).finish(text, side)
            }
            Rule::Postcode(rules) => self
                .rewritten(raw, rows, |v, out| rules.standardise(v, out))
                .finish(text, side),
            Rule::Phone(rules) => self
                .rewritten(raw, rows, |v, out| rules.standardise(v, out))
                .finish(text, side),
        }
    }
}
