//! Records of a piece whose nested array is exploded: a row for each element, and the account of it.

use super::numbers::{Elements, Numbers};
use crate::json::Explode;
use crate::plan::{Plan, PlannedOrigin};
use crate::raw::{ExplodedCounts, Fault, Number, Records};

/// Makes a row of each element of the records; what is wrong with elements comes behind the `faults` that are records.
pub(super) fn exploded(
    plan: &Plan,
    explode: &Explode,
    text: &str,
    (records, faults): (Records, &mut Vec<Fault>),
    broken: &[usize],
) -> (Records, Elements) {
    let numbers = Numbers::Records {
        spans: &records.spans,
        faults,
    };
    let mut of_faults: Vec<Number> = (0..faults.len()).map(|f| numbers.of_fault(f)).collect();
    let of_records = (0..records.len()).map(|row| numbers.of_row(row).record);
    let of_records: Vec<u32> = of_records.collect();
    let mut found = explode.rows(text, records, broken, &of_records);
    // Each record is at least one of these.
    let after = (found.records.len() + found.faults.len()) as u64 + found.empty;
    let counts = ExplodedCounts {
        added: after.saturating_sub(of_records.len() as u64),
        empty: found.empty,
    };
    let width = found.records.width;
    let fields_of_faults = found.cells_of_faults.chunks_exact(width).map(|cells| {
        let fields = plan.fields.iter().map(|field| match &field.origin {
            PlannedOrigin::Cell(cell) => {
                let value = found.records.text_of(text, cells[*cell]);
                value.map(str::to_owned)
            }
            PlannedOrigin::Value(value) => Some(value.clone()),
            PlannedOrigin::Sql { .. } | PlannedOrigin::Absent => None,
        });
        fields.collect()
    });
    let fields_of_faults = fields_of_faults.collect();
    faults.append(&mut found.faults);
    of_faults.append(&mut found.of_faults);
    let elements = Elements {
        rows: found.of_rows,
        faults: of_faults,
        fields_of_faults,
        counts,
    };
    (found.records, elements)
}
