//! The checks of a source, which look at a whole row.

use std::borrow::Cow;

use arrow::array::{Array, RecordBatch};

use super::finding::Finding;
use super::rows::Shared;
use crate::plan::{Plan, PlannedField, RowValues};
use crate::reject::FieldError;

/// Adds a finding for each row that fails a check and has no other finding.
pub(super) fn check(
    plan: &Plan,
    fields: &[PlannedField],
    batch: &RecordBatch,
    rows: &Shared,
    findings: &mut Vec<Finding>,
) {
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
