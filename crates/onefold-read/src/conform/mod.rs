//! Raw columns to typed ones, a column at a time; what a rule refuses marks its row.

mod column;
mod stored;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt64Array, new_null_array,
};
use arrow::buffer::Buffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::DataType;
use onefold_spec::model::OnInvalid;

use crate::address::Address;
use crate::error::{Error, Kind};
use crate::fields::{From, Plan, PlannedField, RowValues};
use crate::parquet;
use crate::raw::Records;
use crate::reject::FieldError;
use crate::versions::{self, Choice, Rows};
use crate::views::ViewColumn;
use crate::written::Written;
use column::{Absent, Cells, Column, Problem, Raw, Texts};

/// Raw records of one chunk, wherever they come from.
pub(crate) enum RawRows {
    /// Cells over the chunk's text.
    Cells { text: String, records: Records },
    /// Columns of Parquet, one for each raw column.
    Columns {
        columns: Vec<parquet::Column>,
        rows: usize,
    },
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
                        &rows.pick(&group),
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
                Shared::Columns(columns) => stored::typed(
                    &mut column,
                    &columns[*cell],
                    plan.stored,
                    n,
                    text_buffer,
                    side_buffer,
                )?,
            },
            From::Value(value) => column.typed(value.as_str(), n, text_buffer, side_buffer),
            From::Absent => column.typed(&Absent, n, text_buffer, side_buffer),
            From::Sql {
                field: number,
                inputs: read,
            } => {
                let inputs: Vec<ArrayRef> = read
                    .iter()
                    .map(|cell| rows.column(*cell, n, text_buffer, side_buffer))
                    .collect();
                let values = evaluate(plan, *number, &inputs, n);
                let texts = Texts {
                    array: values.values.as_string_view(),
                    written: Written::of(&plan.expressions.field_type(*number)),
                };
                let typed = column.typed(&texts, n, text_buffer, side_buffer);
                column.fail(values.failed, n);
                match rows.unreadable(read) {
                    unreadable if unreadable.is_empty() => typed,
                    unreadable => stored::set_aside(&mut column, &typed, &unreadable)?,
                }
            }
        };
        nulled[index] = column.nulled;
        if field.on_invalid == OnInvalid::Fail
            && let Some((row, problem)) = column.problems.first()
        {
            let value = rows.raw_value(field, *row as usize);
            let error = finding(field, problem, value.clone());
            let shown = value.unwrap_or_default();
            let at = Address::unpacked(address[*row as usize]).offset();
            let place = if matches!(rows, Shared::Columns(..)) {
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

/// What is wrong with the rows of a chunk.
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    pub(crate) raw_fields: Vec<Vec<Option<String>>>,
}

impl Conformed {
    /// Its findings and their raw fields, which are no longer there.
    pub(crate) fn take_found(&mut self) -> Found {
        Found {
            findings: std::mem::take(&mut self.findings),
            raw_fields: std::mem::take(&mut self.raw_fields),
        }
    }

    /// The text of the chunk; empty where it has none.
    pub(crate) fn text(&self) -> &str {
        utf8(&self.text)
    }
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
    Columns(Vec<parquet::Column>),
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
            Shared::Columns(columns) => {
                let text = &columns[cell].texts().text;
                text.is_valid(row).then(|| text.value(row))
            }
        }
    }

    /// Rows with a value that has no text in any of the raw columns, in order.
    fn unreadable(&self, cells: &[usize]) -> Vec<(u32, parquet::Unreadable)> {
        let Shared::Columns(columns) = self else {
            return Vec::new();
        };
        let cells = cells
            .iter()
            .flat_map(|cell| &columns[*cell].texts().unreadable);
        let mut rows: Vec<_> = cells.copied().collect();
        rows.sort_by_key(|(row, _)| *row);
        rows.dedup_by_key(|(row, _)| *row);
        rows
    }

    /// A raw column as Arrow text, for SQL.
    fn column(&self, cell: usize, rows: usize, text: &Buffer, side: &Buffer) -> ArrayRef {
        match self {
            Shared::Columns(columns) => Arc::new(columns[cell].texts().text.clone()),
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
    fn pick(&self, rows: &[u32]) -> Self {
        match self {
            Shared::Cells { text, records } => Shared::Cells {
                text: text.clone(),
                records: records.pick(rows),
            },
            Shared::Columns(columns) => {
                Shared::Columns(columns.iter().map(|column| column.pick(rows)).collect())
            }
        }
    }
}

/// The values of a SQL field.
fn evaluate(plan: &Plan, field: usize, inputs: &[ArrayRef], rows: usize) -> RowValues<ArrayRef> {
    let values = plan.expressions.field(field, inputs, rows);
    values.unwrap_or_else(|message| RowValues {
        values: new_null_array(&DataType::Utf8View, rows),
        failed: (0..rows as u32).map(|row| (row, message.clone())).collect(),
    })
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
        let RowValues { values, failed } = match plan.expressions.check(number, batch) {
            Ok(checked) => checked,
            Err(message) => {
                (0..batch.num_rows()).for_each(|row| refuse(row, message.clone()));
                continue;
            }
        };
        for row in 0..values.len() {
            if values.is_valid(row) && !values.value(row) {
                refuse(row, reason(fields, &check.reason, rows, row));
            }
        }
        for (row, message) in failed {
            refuse(row as usize, message);
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
        Problem::Unreadable(why) => (why.code(), why.reason().to_owned()),
    };
    FieldError {
        column: field.name.clone(),
        code: Cow::Borrowed(code),
        message,
        value,
    }
}
