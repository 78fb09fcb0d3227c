//! Raw columns to typed ones, a column at a time; what a rule refuses marks its row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt64Array, new_null_array,
};
use arrow::buffer::Buffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::DataType;
use onefold_spec::model::OnInvalid;

use super::check::check;
use super::column::{Column, Problem};
use super::finding::{Blank, Finding, finding, internal};
use super::raw::{Absent, Cells, SheetCells, Texts};
use super::rows::{RawRows, Shared, share, utf8};
use super::stored;
use crate::address::Address;
use crate::error::{Error, Kind};
use crate::plan::{Plan, PlannedField, PlannedOrigin, RowValues};
use crate::reject::capped;
use crate::shown::{shown_text, shown_value};
use crate::versions::{self, Choice, Rows};
use crate::written::Written;

/// The typed records of a chunk.
pub(super) struct Typed {
    /// Rows without a finding.
    pub(super) batch: RecordBatch,
    /// Findings of the other rows, by row, in field order.
    pub(super) findings: Vec<Finding>,
    /// Raw text of the declared fields of each row with a finding, in order of rows.
    pub(super) raw_fields: Vec<Vec<Option<String>>>,
    /// Text of the chunk, for whoever must split it again.
    pub(super) text: Buffer,
    /// Values of rows without a finding that `on_invalid: null` made missing, by row, in field order.
    pub(super) blanks: Vec<Blank>,
    /// Rows by version.
    pub(super) versions: Vec<u64>,
}

/// Types the rows of a chunk, each by the fields of its version. `address` is the address of each row, and they ascend.
pub(super) fn typed(
    plan: &Plan,
    choice: &Choice,
    rows: RawRows,
    address: Vec<u64>,
) -> Result<Typed, Error> {
    let n = rows.len();
    let (text, side, rows) = share(rows);
    let groups = versions::group(plan, choice, n, |row, cell| rows.has(row, cell));
    let mut counts = vec![0; plan.versions.len()];
    let mut whole: Option<Typed> = None;
    let mut batches = Vec::new();
    for (version, group) in groups {
        let fields = plan.fields_of(version);
        let (of_group, group) = match group {
            Rows::All => {
                if let Some(number) = version {
                    counts[number] = n as u64;
                }
                let typed = typed_as(plan, fields, &rows, n, &text, &side, address)?;
                return Ok(Typed {
                    versions: counts,
                    ..typed
                });
            }
            Rows::Some(group) => {
                if let Some(number) = version {
                    counts[number] = group.len() as u64;
                }
                let address = group.iter().map(|row| address[*row as usize]).collect();
                (
                    typed_as(
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
        let Typed {
            batch,
            mut findings,
            raw_fields,
            mut blanks,
            ..
        } = of_group;
        findings
            .iter_mut()
            .for_each(|f| f.row = group[f.row as usize]);
        blanks
            .iter_mut()
            .for_each(|blank| blank.row = group[blank.row as usize]);
        batches.push(batch.clone());
        match &mut whole {
            None => {
                whole = Some(Typed {
                    batch,
                    findings,
                    raw_fields,
                    text: text.clone(),
                    blanks,
                    versions: Vec::new(),
                })
            }
            Some(whole) => {
                whole.findings.extend(findings);
                whole.raw_fields.extend(raw_fields);
                whole.blanks.extend(blanks);
            }
        }
    }
    let mut whole = whole.ok_or_else(|| Error::new(Kind::Internal, "rows without a version"))?;
    whole.blanks.sort_by_key(|blank| (blank.row, blank.field));
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
    Ok(Typed {
        batch,
        findings,
        raw_fields,
        text: whole.text,
        blanks: whole.blanks,
        versions: counts,
    })
}

/// Types rows by the given fields.
fn typed_as(
    plan: &Plan,
    fields: &[PlannedField],
    rows: &Shared,
    n: usize,
    text_buffer: &Buffer,
    side_buffer: &Buffer,
    address: Vec<u64>,
) -> Result<Typed, Error> {
    let mut findings = Vec::new();
    let mut blanks = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(fields.len() + 1);
    for (index, field) in fields.iter().enumerate() {
        let mut column = Column {
            field,
            nulls: &plan.nulls,
            problems: Vec::new(),
            nulled: Vec::new(),
        };
        if field.skipped {
            // Whoever reads the field: what is rejected does not depend on it.
            if let PlannedOrigin::Cell(cell) = &field.origin {
                for (row, why) in rows.error_cells(*cell) {
                    column.problem(row as usize, Problem::Unreadable(why));
                }
            }
            findings.extend(column.findings(rows));
            continue;
        }
        // What an expression made of each row, where one did.
        let mut made = None;
        let typed = match &field.origin {
            PlannedOrigin::Cell(cell) => match rows {
                Shared::Cells { text, records } if records.is_sheet => {
                    let cells = SheetCells(Cells {
                        text: utf8(text),
                        records,
                        column: *cell,
                    });
                    let typed = column.typed(&cells, n, text_buffer, side_buffer);
                    match rows.error_cells(*cell) {
                        errors if errors.is_empty() => typed,
                        errors => stored::set_aside(&mut column, &typed, &errors)?,
                    }
                }
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
            PlannedOrigin::Value(value) => {
                column.typed(value.as_str(), n, text_buffer, side_buffer)
            }
            PlannedOrigin::Absent => column.typed(&Absent, n, text_buffer, side_buffer),
            PlannedOrigin::Sql {
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
                let typed = match rows.unreadable(read) {
                    unreadable if unreadable.is_empty() => typed,
                    unreadable => stored::set_aside(&mut column, &typed, &unreadable)?,
                };
                made = Some(values.values);
                typed
            }
        };
        let made = made.as_ref().map(|values| values.as_string_view());
        for (row, problem) in &column.nulled {
            let index_of_row = *row as usize;
            let value = match made {
                Some(made) => made
                    .is_valid(index_of_row)
                    .then(|| made.value(index_of_row).to_owned()),
                None => rows.raw_value(field, index_of_row),
            };
            blanks.push(Blank {
                row: *row,
                field: index as u32,
                error: finding(field, problem, value.as_deref().map(capped)),
            });
        }
        if field.on_invalid == OnInvalid::Fail
            && let Some((row, problem)) = column.problems.first()
        {
            let value = rows.raw_value(field, *row as usize);
            let error = finding(field, problem, value.clone());
            let value = value.unwrap_or_default();
            let shown = shown_value(field.is_personal, &value);
            let message = match problem {
                // What the query engine says names the value.
                Problem::Expression(message) => shown_text(message),
                _ => error.message.into(),
            };
            let at = Address::unpacked(address[*row as usize]).position();
            let place = if matches!(rows, Shared::Columns(..)) {
                format!("row {}", at + 1)
            } else {
                format!("the record at byte {at}")
            };
            return Err(Error::new(
                Kind::Data,
                format!("field `{}`: {message} (`{shown}`) in {place}", field.name),
            )
            .hint("the field says `on_invalid: fail`"));
        }
        findings.extend(column.findings(rows));
        columns.push(typed);
    }
    columns.push(Arc::new(UInt64Array::from(address)));
    let mut batch = RecordBatch::try_new(Arc::clone(&plan.schema), columns).map_err(internal)?;
    if !plan.checks.is_empty() {
        check(plan, fields, &batch, rows, &mut findings);
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
        // The rejects have all values of their records.
        blanks.retain(|blank| keep[blank.row as usize]);
        batch = filter_record_batch(&batch, &BooleanArray::from(keep)).map_err(internal)?;
    }
    blanks.sort_by_key(|blank| (blank.row, blank.field));
    Ok(Typed {
        batch,
        findings,
        raw_fields,
        text: text_buffer.clone(),
        blanks,
        versions: Vec::new(),
    })
}

impl Column<'_> {
    /// What is wrong with the rows, as their rejects say it.
    fn findings(&self, rows: &Shared) -> Vec<Finding> {
        let found = self.problems.iter().map(|(row, problem)| Finding {
            row: *row,
            error: finding(
                self.field,
                problem,
                rows.raw_value(self.field, *row as usize),
            ),
        });
        found.collect()
    }
}

/// What is wrong with the rows of a chunk.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) raw_fields: Vec<Vec<Option<String>>>,
}

impl Typed {
    /// Takes out the findings and their raw fields.
    pub(super) fn take_found(&mut self) -> Found {
        Found {
            findings: std::mem::take(&mut self.findings),
            raw_fields: std::mem::take(&mut self.raw_fields),
        }
    }

    /// The text of the chunk; empty where it has none.
    pub(super) fn text(&self) -> &str {
        utf8(&self.text)
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
