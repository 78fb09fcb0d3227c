//! Faults and findings to rejects, and values made missing to their places.

use std::sync::Arc;

use super::finding::Blank;
use super::numbers::Numbers;
use super::typed::Found;
use crate::lines::count_lines;
use crate::nulled::Nulled;
use crate::plan::Plan;
use crate::raw::{Fault, Number};
use crate::reject::{FieldError, Reject, capped};

/// Makes rejects of faults and findings.
pub(super) struct Rejecting<'a> {
    pub(super) plan: &'a Plan,
    pub(super) offset: u64,
    pub(super) spans: &'a [(u32, u32)],
    pub(super) faults: &'a [Fault],
    pub(super) numbers: Numbers<'a>,
    pub(super) text: &'a str,
}

/// Lines before a place in a text.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) to: usize,
    pub(super) lines: u64,
}

impl Rejecting<'_> {
    /// The rejects, in order, and the lines before the last of them.
    pub(super) fn rejects(&self, found: Found) -> (Vec<Reject>, Counted) {
        let mut rejects: Vec<Reject> =
            Vec::with_capacity(self.faults.len() + found.raw_fields.len());
        for (number, fault) in self.faults.iter().enumerate() {
            let error = FieldError {
                column: String::new(),
                code: fault.code.into(),
                message: fault.detail.clone(),
                value: None,
            };
            rejects.push(
                self.reject(
                    fault.start,
                    fault.end,
                    self.numbers.of_fault(number),
                    fault.reason.to_owned(),
                    vec![error],
                    self.numbers
                        .fields_of_fault(number)
                        .unwrap_or_else(|| vec![None; self.plan.fields.len()]),
                ),
            );
        }
        let mut findings = found.findings.into_iter().peekable();
        let mut raw_fields = found.raw_fields.into_iter();
        while let Some(first) = findings.next() {
            let row = first.row;
            let mut errors = vec![first.error];
            while let Some(also) = findings.next_if(|also| also.row == row) {
                errors.push(also.error);
            }
            let (start, end) = self.spans[row as usize];
            rejects.push(self.reject(
                start as usize,
                end as usize,
                self.numbers.of_row(row as usize),
                errors[0].message.clone(),
                errors,
                raw_fields.next().unwrap_or_default(),
            ));
        }
        rejects.sort_by_key(|r| (r.record, r.byte_offset, r.element));
        // In the order of the text, so that its lines are counted once.
        let mut counted = Counted::default();
        for reject in &mut rejects {
            let start = (reject.byte_offset - self.offset) as usize;
            match self.text.as_bytes().get(counted.to..start) {
                Some(between) => {
                    counted.lines += count_lines(between);
                    counted.to = start;
                    reject.line = counted.lines;
                }
                // Rows of Parquet have no text: a row is a line.
                None => reject.line = start as u64,
            }
        }
        (rejects, counted)
    }

    /// Values that were made missing, in order.
    pub(super) fn nulled(&self, blanks: Vec<Blank>) -> Vec<Nulled> {
        // In the order of the text, so that its lines are counted once.
        let mut counted = Counted::default();
        let nulled = blanks.into_iter().map(|blank| {
            let start = self.spans[blank.row as usize].0 as usize;
            let number = self.numbers.of_row(blank.row as usize);
            if let Some(between) = self.text.as_bytes().get(counted.to..start) {
                counted.lines += count_lines(between);
                counted.to = start;
            } else {
                // Rows of Parquet have no text: a row is a line.
                counted.lines = start as u64;
            }
            Nulled {
                file: Arc::from(""),
                record: number.record.into(),
                line: counted.lines,
                byte_offset: self.offset + start as u64,
                field: blank.field,
                error: blank.error,
            }
        });
        nulled.collect()
    }

    fn reject(
        &self,
        start: usize,
        end: usize,
        number: Number,
        reason: String,
        errors: Vec<FieldError>,
        fields: Vec<Option<String>>,
    ) -> Reject {
        // A fault may begin or end within a character.
        let raw = match self.text.get(start..end) {
            Some(raw) => capped(raw),
            None => {
                let raw = self.text.as_bytes().get(start..end);
                capped(&String::from_utf8_lossy(raw.unwrap_or_default()))
            }
        };
        Reject {
            file: Arc::from(""),
            record: number.record.into(),
            element: number.element.map(u64::from),
            line: 0,
            byte_offset: self.offset + start as u64,
            code: errors[0].code.clone(),
            reason,
            errors,
            raw,
            fields,
        }
    }
}
