//! Records of a piece whose nested array is exploded: a row for each element, and the account of it.

use arrow::array::{Array, RecordBatch};

use super::numbers::{Elements, Numbers};
use crate::json::Explode;
use crate::parquet;
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

/// Records of Parquet, or what they were exploded into.
pub(super) struct StoredRecords {
    pub(super) columns: Vec<parquet::Column>,
    /// Of each, the row of the batch that it is of.
    pub(super) spans: Vec<(u32, u32)>,
    pub(super) faults: Vec<Fault>,
    /// `None`: each is a record.
    pub(super) elements: Option<Elements>,
}

/// The code and reason of an element that is missing where something is read in it.
const NOT_OBJECT: (&str, &str) = ("not_an_object", "not an object");

/// The records of a batch.
pub(super) fn stored_records(
    plan: &Plan,
    places: &parquet::Places,
    batch: Option<&RecordBatch>,
) -> StoredRecords {
    let records = batch.map_or(0, RecordBatch::num_rows);
    let Some(exploded) = places.explode(batch) else {
        return StoredRecords {
            columns: places.columns(batch),
            spans: (0..records as u32).map(|row| (row, row)).collect(),
            faults: Vec::new(),
            elements: None,
        };
    };
    let parquet::Exploded {
        rows,
        faults,
        empty,
    } = exploded;
    let number = |(record, element)| Number {
        record: record + 1,
        element,
    };
    let after = (rows.len() + faults.len()) as u64 + empty;
    let mut fields_of_faults = Vec::with_capacity(faults.len());
    if faults.len() > 0 {
        let known = places.columns_of_elements(batch, &faults);
        for fault in 0..faults.len() {
            let fields = plan.fields.iter().map(|field| match &field.origin {
                PlannedOrigin::Cell(cell) => {
                    let texts = &known.get(*cell)?.texts().text;
                    let is_known = texts.is_valid(fault);
                    is_known.then(|| texts.value(fault).to_owned())
                }
                PlannedOrigin::Value(value) => Some(value.clone()),
                PlannedOrigin::Sql { .. } | PlannedOrigin::Absent => None,
            });
            fields_of_faults.push(fields.collect());
        }
    }
    let mut columns = places.columns_of_elements(batch, &rows);
    places.number(&mut columns, &rows);
    let (code, reason) = NOT_OBJECT;
    let fault = |(row, _): (u32, Option<u32>)| Fault {
        start: row as usize,
        end: row as usize,
        code,
        reason,
        detail: "expected an object".to_owned(),
    };
    StoredRecords {
        columns,
        spans: rows.numbers().map(|(row, _)| (row, row)).collect(),
        faults: faults.numbers().map(fault).collect(),
        elements: Some(Elements {
            rows: rows.numbers().map(number).collect(),
            faults: faults.numbers().map(number).collect(),
            fields_of_faults,
            counts: ExplodedCounts {
                added: after.saturating_sub(records as u64),
                empty,
            },
        }),
    }
}
