//! The drift of one chunk.

use crate::drift::{self, UnknownKeys};
use crate::form::InputPlan;
use crate::lines::count_lines;
use crate::raw::Fault;

/// The drift of a chunk of text.
pub(super) fn drift_of_text(
    input_plan: &InputPlan,
    spans: &[(u32, u32)],
    unknown: &UnknownKeys,
    faults: &[Fault],
    text: &[u8],
) -> Vec<drift::Found> {
    let Some((start, _)) = spans.first() else {
        return Vec::new();
    };
    if unknown.is_empty() {
        let start = *start as usize;
        let number = faults.partition_point(|f| f.start <= start) + 1;
        let lines = if input_plan.unknown.is_empty() {
            0
        } else {
            count_lines(&text[..start])
        };
        return drift_of_columns(input_plan, spans.len(), number as u64, lines);
    }
    // In the order of the text, so that its lines are counted once.
    let (mut at, mut lines) = (0, 0);
    let found = unknown.columns().into_iter().map(|counted| {
        let start = spans[counted.row].0 as usize;
        lines += count_lines(&text[at..start]);
        at = start;
        let record = (counted.row + faults.partition_point(|f| f.start <= start) + 1) as u64;
        drift::Found {
            column: counted.column,
            records: counted.records,
            record,
            line: lines,
        }
    });
    found.collect()
}

/// The columns that all records of a file have too many: `record` and `line` are those of the first record.
pub(super) fn drift_of_columns(
    input_plan: &InputPlan,
    records: usize,
    record: u64,
    line: u64,
) -> Vec<drift::Found> {
    if records == 0 {
        return Vec::new();
    }
    let columns = input_plan.unknown.iter();
    columns
        .map(|column| drift::Found {
            column: column.clone(),
            records: records as u64,
            record,
            line,
        })
        .collect()
}
