//! Which record of its piece a row or a fault is of.

use crate::raw::{ExplodedCounts, Fault, Number};

/// The numbers of the rows and faults of a piece.
pub(super) enum Numbers<'a> {
    /// Rows and faults are records, in the order of the text.
    Records {
        spans: &'a [(u32, u32)],
        faults: &'a [Fault],
    },
    /// Rows and faults are mostly elements of records.
    Elements(&'a Elements),
}

/// The numbers of rows and faults that are elements.
pub(super) struct Elements {
    pub(super) rows: Vec<Number>,
    pub(super) faults: Vec<Number>,
    /// Raw text of the declared fields of each fault, as far as it is known; of the first faults, which are records, nothing is.
    pub(super) fields_of_faults: Vec<Vec<Option<String>>>,
    pub(super) counts: ExplodedCounts,
}

impl Numbers<'_> {
    pub(super) fn of_row(&self, row: usize) -> Number {
        match self {
            Numbers::Records { spans, faults } => {
                // A fault at the start of a record is of what should stand before it.
                let start = spans[row].0 as usize;
                let faults_before = faults.partition_point(|f| f.start <= start);
                whole(row + faults_before)
            }
            Numbers::Elements(elements) => elements.rows[row],
        }
    }

    pub(super) fn of_fault(&self, fault: usize) -> Number {
        match self {
            Numbers::Records { spans, faults } => {
                let start = faults[fault].start;
                whole(spans.partition_point(|s| (s.0 as usize) < start) + fault)
            }
            Numbers::Elements(elements) => elements.faults[fault],
        }
    }
}

impl Numbers<'_> {
    /// Raw text of the declared fields, where they are known.
    pub(super) fn fields_of_fault(&self, fault: usize) -> Option<Vec<Option<String>>> {
        let Numbers::Elements(elements) = self else {
            return None;
        };
        let records = elements.faults.len() - elements.fields_of_faults.len();
        let of_elements = fault.checked_sub(records)?;
        elements.fields_of_faults.get(of_elements).cloned()
    }
}

/// The record after so many others.
fn whole(before: usize) -> Number {
    Number {
        record: before as u32 + 1,
        element: None,
    }
}
