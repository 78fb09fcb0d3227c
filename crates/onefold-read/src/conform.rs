//! Raw columns to typed ones, a column at a time; what a rule refuses marks its row.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch, StringViewArray,
    UInt32Array, UInt64Array,
};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float64Type, Int64Type,
    TimestampMicrosecondType,
};
use onefold_spec::model::OnInvalid;
use onefold_values::{Invalid, NullTokens, boolean, email, name, number, text, uuid};

use crate::error::{Error, Kind};
use crate::fields::{Bound, From, Plan, PlannedField, Rule};
use crate::raw::Records;
use crate::reject::FieldError;
use crate::versions::{self, Choice, Rows};
use crate::views::{In, ViewColumn};

/// Raw records of one chunk, wherever they come from.
pub(crate) enum RawRows {
    /// Cells over the chunk's text.
    Cells { text: String, records: Records },
    /// Arrow columns of text, one for each raw column (Parquet).
    Columns { columns: Vec<ArrayRef>, rows: usize },
}

impl RawRows {
    pub(crate) fn len(&self) -> usize {
        match self {
            RawRows::Cells { records, .. } => records.len(),
            RawRows::Columns { rows, .. } => *rows,
        }
    }
}

/// What is wrong with a record.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) row: u32,
    pub(crate) error: FieldError,
}

/// The typed records of a chunk.
pub(crate) struct Conformed {
    /// Rows without a finding.
    pub(crate) batch: RecordBatch,
    /// Findings of the other rows, by row, in field order.
    pub(crate) findings: Vec<Finding>,
    /// Raw text of the declared fields of each row with a finding, in order of rows.
    pub(crate) raw_fields: Vec<Vec<Option<String>>>,
    /// Text of the chunk, for whoever must split it again.
    pub(crate) text: Buffer,
    /// Values made missing by `on_invalid: null`, by field.
    pub(crate) nulled: Vec<u64>,
    /// Rows by version.
    pub(crate) versions: Vec<u64>,
}

enum Problem {
    Missing,
    Invalid(Invalid),
    NotOneOf,
    Below,
    Above,
    Pattern,
    Expression(String),
}

/// One field's way through the rows.
struct Column<'a> {
    field: &'a PlannedField,
    nulls: &'a NullTokens,
    problems: Vec<(u32, Problem)>,
    nulled: u64,
}

/// Raw values of one field.
trait Raw {
    fn get(&self, row: usize) -> Option<&str>;
    /// Where the value lies, if in a buffer that the typed column may share.
    fn place(&self, row: usize) -> Option<(In, usize)>;
}

struct Cells<'a> {
    text: &'a str,
    records: &'a Records,
    column: usize,
}

impl Raw for Cells<'_> {
    #[inline]
    fn get(&self, row: usize) -> Option<&str> {
        self.records.get(self.text, row, self.column)
    }

    #[inline]
    fn place(&self, row: usize) -> Option<(In, usize)> {
        let cell = self.records.cells[row * self.records.width + self.column];
        Some((
            if cell.is_side() { In::Side } else { In::Text },
            cell.start(),
        ))
    }
}

impl Raw for StringViewArray {
    fn get(&self, row: usize) -> Option<&str> {
        self.is_valid(row).then(|| self.value(row))
    }

    fn place(&self, _: usize) -> Option<(In, usize)> {
        None
    }
}

impl Raw for str {
    fn get(&self, _: usize) -> Option<&str> {
        Some(self)
    }

    fn place(&self, _: usize) -> Option<(In, usize)> {
        None
    }
}

/// Raw values of a field that a version does not have.
struct Absent;

impl Raw for Absent {
    fn get(&self, _: usize) -> Option<&str> {
        None
    }

    fn place(&self, _: usize) -> Option<(In, usize)> {
        None
    }
}

impl Column<'_> {
    /// The value of a row, missing where it is empty or a null token; the default stands in for it.
    #[inline]
    fn value<'r, R: Raw + ?Sized>(&'r self, raw: &'r R, row: usize) -> Option<&'r str> {
        let found = match &self.field.rule {
            Rule::Exact => raw.get(row).filter(|v| !v.is_empty()),
            Rule::Text => raw.get(row).map(text::trim).filter(|v| !v.is_empty()),
            Rule::Json => raw.get(row).filter(|v| !v.is_empty()),
            _ => raw.get(row).filter(|v| !self.nulls.is_null(v)),
        };
        found.or(self.field.default.as_deref())
    }

    #[inline]
    fn missing(&mut self, row: usize) {
        if self.field.required {
            self.problems.push((row as u32, Problem::Missing));
        }
    }

    #[cold]
    fn problem(&mut self, row: usize, problem: Problem) {
        if self.field.on_invalid == OnInvalid::Null {
            self.nulled += 1;
            self.missing(row);
        } else {
            self.problems.push((row as u32, problem));
        }
    }

    fn primitive<T: ArrowPrimitiveType, R: Raw + ?Sized>(
        &mut self,
        raw: &R,
        rows: usize,
        parse: impl Fn(&str) -> Result<T::Native, Invalid>,
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
            let parsed = self.value(raw, row).map(&parse);
            let value = match parsed {
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

    fn boolean<R: Raw + ?Sized>(&mut self, raw: &R, rows: usize) -> BooleanArray {
        (0..rows)
            .map(|row| match self.value(raw, row).map(boolean::parse) {
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

    /// Text that stays where it is.
    fn shared<R: Raw + ?Sized>(&mut self, raw: &R, rows: usize) -> ViewColumn {
        let mut out = ViewColumn::with_capacity(rows);
        for row in 0..rows {
            let Some(value) = self.value(raw, row) else {
                self.missing(row);
                out.push_null();
                continue;
            };
            if let Err(problem) = self.allowed(value) {
                self.problem(row, problem);
                out.push_null();
                continue;
            }
            let whole = raw.get(row).unwrap_or_default();
            let within = (value.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
            match raw.place(row) {
                Some((buffer, start)) if within <= whole.len() => {
                    out.push(value, buffer, start + within)
                }
                _ => {
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
            let written = match self.value(raw, row) {
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

    fn typed<R: Raw + ?Sized>(
        &mut self,
        raw: &R,
        rows: usize,
        text: &Buffer,
        side: &Buffer,
    ) -> ArrayRef {
        let whole = |b: Bound| match b {
            Bound::Whole(v) => i64::try_from(v).ok(),
            Bound::Float(_) => None,
        };
        match &self.field.rule {
            Rule::Integer => {
                Arc::new(self.primitive::<Int64Type, R>(raw, rows, number::parse_integer, whole))
            }
            Rule::Float => {
                Arc::new(
                    self.primitive::<Float64Type, R>(raw, rows, number::parse_float, |b| match b {
                        Bound::Float(v) => Some(v),
                        Bound::Whole(_) => None,
                    }),
                )
            }
            Rule::Decimal(p, s) => {
                let bound = |b| match b {
                    Bound::Whole(v) => Some(v),
                    Bound::Float(_) => None,
                };
                let column = self.primitive::<Decimal128Type, R>(
                    raw,
                    rows,
                    |v| number::parse_decimal(v, *p, *s),
                    bound,
                );
                // The specification allows only precisions and scales that Arrow takes.
                column.with_precision_and_scale(*p, *s as i8).map_or_else(
                    |_| arrow::array::new_null_array(&self.field.rule.data_type(), rows),
                    |c| Arc::new(c) as ArrayRef,
                )
            }
            Rule::Boolean => Arc::new(self.boolean(raw, rows)),
            Rule::Date(rules) => Arc::new(self.primitive::<Date32Type, R>(
                raw,
                rows,
                |v| rules.parse(v),
                |b| whole(b).and_then(|v| i32::try_from(v).ok()),
            )),
            Rule::Timestamp(rules) => Arc::new(
                self.primitive::<TimestampMicrosecondType, R>(raw, rows, |v| rules.parse(v), whole)
                    .with_timezone("UTC"),
            ),
            Rule::Exact | Rule::Text | Rule::Json => self.shared(raw, rows).finish(text, side),
            Rule::Uuid => self
                .rewritten(raw, rows, uuid::standardise)
                .finish(text, side),
            Rule::Email => self
                .rewritten(raw, rows, email::standardise)
                .finish(text, side),
            Rule::PersonName => self
                .rewritten(raw, rows, name::standardise)
                .finish(text, side),
            Rule::Phone(rules) => self
                .rewritten(raw, rows, |v, out| rules.standardise(v, out))
                .finish(text, side),
        }
    }
}

/// Types the rows of a chunk, each by the fields of its version. `address` is the address of each row, and they ascend.
pub(crate) fn conform(
    plan: &Plan,
    choice: &Choice,
    rows: RawRows,
    address: Vec<u64>,
) -> Result<Conformed, Error> {
    let n = rows.len();
    let (text, side, rows) = share(rows);
    let groups = versions::group(plan, choice, n, |row, cell| rows.has(row, cell));
    let mut counts = vec![0; plan.versions.len()];
    let mut whole: Option<Conformed> = None;
    let mut batches = Vec::new();
    for (version, group) in groups {
        let fields = plan.fields_of(version);
        let (conformed, group) = match group {
            Rows::All => {
                if let Some(number) = version {
                    counts[number] = n as u64;
                }
                let conformed = conform_as(plan, fields, &rows, n, &text, &side, address)?;
                return Ok(Conformed {
                    versions: counts,
                    ..conformed
                });
            }
            Rows::Some(group) => {
                if let Some(number) = version {
                    counts[number] = group.len() as u64;
                }
                let address = group.iter().map(|row| address[*row as usize]).collect();
                (
                    conform_as(
                        plan,
                        fields,
                        &rows.pick(&group)?,
                        group.len(),
                        &text,
                        &side,
                        address,
                    )?,
                    group,
                )
            }
        };
        let Conformed {
            batch,
            mut findings,
            raw_fields,
            nulled,
            ..
        } = conformed;
        findings
            .iter_mut()
            .for_each(|f| f.row = group[f.row as usize]);
        batches.push(batch.clone());
        match &mut whole {
            None => {
                whole = Some(Conformed {
                    batch,
                    findings,
                    raw_fields,
                    text: text.clone(),
                    nulled,
                    versions: Vec::new(),
                })
            }
            Some(whole) => {
                whole.findings.extend(findings);
                whole.raw_fields.extend(raw_fields);
                whole
                    .nulled
                    .iter_mut()
                    .zip(nulled)
                    .for_each(|(sum, n)| *sum += n);
            }
        }
    }
    let whole = whole.ok_or_else(|| Error::new(Kind::Internal, "rows without a version"))?;
    let batch = versions::in_order(&batches).map_err(internal)?;
    // A row is in one group, with all of its findings next to each other.
    let mut findings: Vec<(Vec<Finding>, Vec<Option<String>>)> =
        Vec::with_capacity(whole.raw_fields.len());
    let mut raw_fields = whole.raw_fields.into_iter();
    for found in whole.findings {
        match findings.last_mut() {
            Some((last, _)) if last.first().is_some_and(|f| f.row == found.row) => last.push(found),
            _ => findings.push((vec![found], raw_fields.next().unwrap_or_default())),
        }
    }
    findings.sort_by_key(|(found, _)| found.first().map_or(0, |f| f.row));
    let (findings, raw_fields): (Vec<Vec<Finding>>, Vec<_>) = findings.into_iter().unzip();
    let findings = findings.into_iter().flatten().collect();
    Ok(Conformed {
        batch,
        findings,
        raw_fields,
        text: whole.text,
        nulled: whole.nulled,
        versions: counts,
    })
}

/// Types rows by the given fields.
fn conform_as(
    plan: &Plan,
    fields: &[PlannedField],
    rows: &Shared,
    n: usize,
    text_buffer: &Buffer,
    side_buffer: &Buffer,
    address: Vec<u64>,
) -> Result<Conformed, Error> {
    let mut findings = Vec::new();
    let mut nulled = vec![0; fields.len()];
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(fields.len() + 1);
    for (index, field) in fields.iter().enumerate() {
        if field.skipped {
            continue;
        }
        let mut column = Column {
            field,
            nulls: &plan.nulls,
            problems: Vec::new(),
            nulled: 0,
        };
        let typed = match &field.from {
            From::Cell(cell) => match rows {
                Shared::Cells { text, records } => column.typed(
                    &Cells {
                        text: utf8(text),
                        records,
                        column: *cell,
                    },
                    n,
                    text_buffer,
                    side_buffer,
                ),
                Shared::Columns(columns) => {
                    column.typed(columns[*cell].as_string_view(), n, text_buffer, side_buffer)
                }
            },
            From::Value(value) => column.typed(value.as_str(), n, text_buffer, side_buffer),
            From::Absent => column.typed(&Absent, n, text_buffer, side_buffer),
            From::Sql {
                field: number,
                inputs,
            } => {
                let inputs: Vec<ArrayRef> = inputs
                    .iter()
                    .map(|cell| rows.column(*cell, n, text_buffer, side_buffer))
                    .collect();
                let (values, failed) = evaluate(n, |at, len| {
                    let part: Vec<ArrayRef> = inputs.iter().map(|a| a.slice(at, len)).collect();
                    plan.expressions.field(*number, &part, len)
                })?;
                let typed = column.typed(values.as_string_view(), n, text_buffer, side_buffer);
                for (row, message) in failed {
                    column.problems.retain(|p| p.0 as usize != row);
                    column.problem(row, Problem::Expression(message));
                }
                typed
            }
        };
        nulled[index] = column.nulled;
        if field.on_invalid == OnInvalid::Fail
            && let Some((row, problem)) = column.problems.first()
        {
            let value = rows.raw_value(field, *row as usize);
            let error = finding(field, problem, value.clone());
            let shown = value.unwrap_or_default();
            let at = address[*row as usize] & ((1 << 48) - 1);
            let place = if matches!(rows, Shared::Columns(_)) {
                format!("row {}", at + 1)
            } else {
                format!("the record at byte {at}")
            };
            return Err(Error::new(
                Kind::Data,
                format!(
                    "field `{}`: {} (`{shown}`) in {place}",
                    field.name, error.message
                ),
            )
            .hint("the field says `on_invalid: fail`"));
        }
        for (row, problem) in &column.problems {
            let value = rows.raw_value(field, *row as usize);
            findings.push(Finding {
                row: *row,
                error: finding(field, problem, value),
            });
        }
        columns.push(typed);
    }
    columns.push(Arc::new(UInt64Array::from(address)));
    let mut batch = RecordBatch::try_new(Arc::clone(&plan.schema), columns).map_err(internal)?;
    if !plan.checks.is_empty() {
        check(plan, fields, &batch, rows, &mut findings)?;
    }
    findings.sort_by_key(|f| f.row);
    let mut raw_fields = Vec::new();
    if !findings.is_empty() {
        let mut keep = vec![true; n];
        for f in &findings {
            if std::mem::replace(&mut keep[f.row as usize], false) {
                let raw = fields
                    .iter()
                    .map(|field| rows.raw_value(field, f.row as usize))
                    .collect();
                raw_fields.push(raw);
            }
        }
        batch = filter_record_batch(&batch, &BooleanArray::from(keep)).map_err(internal)?;
    }
    Ok(Conformed {
        batch,
        findings,
        raw_fields,
        text: text_buffer.clone(),
        nulled,
        versions: Vec::new(),
    })
}

fn internal(error: arrow::error::ArrowError) -> Error {
    Error::new(
        Kind::Internal,
        format!("typed columns do not fit together: {error}"),
    )
}

/// Rows whose text has become an Arrow buffer.
enum Shared {
    Cells { text: Buffer, records: Records },
    Columns(Vec<ArrayRef>),
}

fn share(rows: RawRows) -> (Buffer, Buffer, Shared) {
    match rows {
        RawRows::Cells { text, records } => {
            let text = Buffer::from_vec(text.into_bytes());
            let side = Buffer::from_vec(records.side.clone().into_bytes());
            (text.clone(), side, Shared::Cells { text, records })
        }
        RawRows::Columns { columns, .. } => {
            let empty = Buffer::from_vec(Vec::<u8>::new());
            (empty.clone(), empty, Shared::Columns(columns))
        }
    }
}

/// The text that a chunk's buffer was made from.
fn utf8(text: &Buffer) -> &str {
    #[expect(unsafe_code, reason = "the text was a String a moment ago")]
    // SAFETY: `share` made the buffer from a String, and buffers do not change.
    unsafe {
        std::str::from_utf8_unchecked(text.as_slice())
    }
}

impl Shared {
    fn get(&self, row: usize, cell: usize) -> Option<&str> {
        match self {
            Shared::Cells { text, records } => records.get(utf8(text), row, cell),
            Shared::Columns(columns) => Raw::get(columns[cell].as_string_view(), row),
        }
    }

    /// A raw column as Arrow text, for SQL.
    fn column(&self, cell: usize, rows: usize, text: &Buffer, side: &Buffer) -> ArrayRef {
        match self {
            Shared::Columns(columns) => Arc::clone(&columns[cell]),
            Shared::Cells {
                text: chunk,
                records,
            } => {
                let raw = Cells {
                    text: utf8(chunk),
                    records,
                    column: cell,
                };
                let mut out = ViewColumn::with_capacity(rows);
                for row in 0..rows {
                    match (raw.get(row).filter(|v| !v.is_empty()), raw.place(row)) {
                        (Some(value), Some((buffer, start))) => out.push(value, buffer, start),
                        _ => out.push_null(),
                    }
                }
                out.finish(text, side)
            }
        }
    }

    fn raw_value(&self, field: &PlannedField, row: usize) -> Option<String> {
        match &field.from {
            From::Cell(cell) => self.get(row, *cell).map(str::to_owned),
            From::Value(value) => Some(value.clone()),
            From::Sql { .. } | From::Absent => None,
        }
    }

    fn has(&self, row: usize, cell: usize) -> bool {
        match self {
            Shared::Cells { records, .. } => records.has(row, cell),
            Shared::Columns(columns) => columns[cell].is_valid(row),
        }
    }

    /// Some of the rows.
    fn pick(&self, rows: &[u32]) -> Result<Self, Error> {
        Ok(match self {
            Shared::Cells { text, records } => Shared::Cells {
                text: text.clone(),
                records: records.pick(rows),
            },
            Shared::Columns(columns) => {
                let rows = UInt32Array::from(rows.to_vec());
                let picked = columns
                    .iter()
                    .map(|column| arrow::compute::take(column, &rows, None).map_err(internal));
                Shared::Columns(picked.collect::<Result<_, Error>>()?)
            }
        })
    }
}

/// Evaluates a SQL field; where a batch fails, row by row, so that one bad value costs one record.
fn evaluate(
    rows: usize,
    eval: impl Fn(usize, usize) -> Result<ArrayRef, String>,
) -> Result<(ArrayRef, Vec<(usize, String)>), Error> {
    match eval(0, rows) {
        Ok(values) => Ok((values, Vec::new())),
        Err(_) => {
            let mut failed = Vec::new();
            let mut parts: Vec<ArrayRef> = Vec::with_capacity(rows);
            for row in 0..rows {
                parts.push(eval(row, 1).unwrap_or_else(|message| {
                    failed.push((row, message));
                    arrow::array::new_null_array(&arrow::datatypes::DataType::Utf8View, 1)
                }));
            }
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            let values = arrow::compute::concat(&parts).map_err(internal)?;
            Ok((values, failed))
        }
    }
}

fn check(
    plan: &Plan,
    fields: &[PlannedField],
    batch: &RecordBatch,
    rows: &Shared,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let mut bad: Vec<bool> = vec![false; batch.num_rows()];
    findings.iter().for_each(|f| bad[f.row as usize] = true);
    for (number, check) in plan.checks.iter().enumerate() {
        let mut refuse = |row: usize, message: String| {
            if !bad[row] {
                let error = FieldError {
                    column: String::new(),
                    code: Cow::Owned(check.code.clone()),
                    message,
                    value: None,
                };
                findings.push(Finding {
                    row: row as u32,
                    error,
                });
            }
        };
        match plan.expressions.check(number, batch) {
            Ok(holds) => {
                for row in 0..holds.len() {
                    if holds.is_valid(row) && !holds.value(row) {
                        refuse(row, reason(fields, &check.reason, rows, row));
                    }
                }
            }
            Err(_) => {
                for row in 0..batch.num_rows() {
                    match plan.expressions.check(number, &batch.slice(row, 1)) {
                        Ok(holds) if holds.is_valid(0) && !holds.value(0) => {
                            refuse(row, reason(fields, &check.reason, rows, row))
                        }
                        Ok(_) => {}
                        Err(message) => refuse(row, message),
                    }
                }
            }
        }
    }
    Ok(())
}

/// `{field}` in a reason stands for the raw value.
fn reason(fields: &[PlannedField], template: &str, rows: &Shared, row: usize) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            let field = fields.iter().find(|f| f.name == name)?;
            Some((field, tail))
        });
        match known {
            Some((field, tail)) => {
                out.push_str(&rows.raw_value(field, row).unwrap_or_default());
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn finding(field: &PlannedField, problem: &Problem, value: Option<String>) -> FieldError {
    let (code, message): (&'static str, String) = match problem {
        Problem::Missing => ("missing_value", format!("missing {}", field.name)),
        Problem::Invalid(invalid) => (invalid.code(), invalid.reason().to_owned()),
        Problem::NotOneOf => (
            "not_allowed",
            format!(
                "{} is not one of {}",
                field.name,
                field.one_of_list.join(", ")
            ),
        ),
        Problem::Below => (
            "below_minimum",
            format!(
                "{} is below {}",
                field.name,
                field.min.as_ref().map_or("", |b| &b.1)
            ),
        ),
        Problem::Above => (
            "above_maximum",
            format!(
                "{} is above {}",
                field.name,
                field.max.as_ref().map_or("", |b| &b.1)
            ),
        ),
        Problem::Pattern => (
            "pattern_mismatch",
            format!("{} does not match its pattern", field.name),
        ),
        Problem::Expression(message) => ("expression_failed", message.clone()),
    };
    FieldError {
        column: field.name.clone(),
        code: Cow::Borrowed(code),
        message,
        value,
    }
}
