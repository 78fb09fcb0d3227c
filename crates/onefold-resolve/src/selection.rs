//! Records selected from several parts, to be gathered together.

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::DataType;
use onefold_rows::Place;

use crate::error::Error;
use crate::records::{Column, Records};

/// Selected records: the parts they are in and, for each record, the index of its part among these and its row there.
#[derive(Clone)]
pub(crate) struct Selection {
    parts: Vec<u32>,
    rows: Vec<(usize, usize)>,
    /// Index of a part in `parts`, plus one.
    slots: Vec<u32>,
}

impl Selection {
    pub(crate) fn new(records: &Records, selected: &[u32]) -> Self {
        let mut selection = Selection {
            parts: Vec::new(),
            rows: Vec::with_capacity(selected.len()),
            slots: vec![0; records.part_count()],
        };
        for record in selected {
            let row = selection.row(records.at(*record));
            selection.rows.push(row);
        }
        selection
    }

    fn row(&mut self, at: Place) -> (usize, usize) {
        let slot = &mut self.slots[at.part as usize];
        if *slot == 0 {
            self.parts.push(at.part);
            *slot = self.parts.len() as u32;
        }
        (*slot as usize - 1, at.row as usize)
    }

    /// Takes another record for the row at `index`.
    pub(crate) fn replace(&mut self, index: usize, at: Place) {
        self.rows[index] = self.row(at);
    }

    /// The rows of a column. Texts are not copied: views point into the input's buffers.
    pub(crate) fn gather(&self, column: &Column) -> Result<ArrayRef, Error> {
        let chunks: Vec<&dyn Array> = self
            .parts
            .iter()
            .map(|part| column.chunks[*part as usize].as_ref())
            .collect();
        self.interleave(&chunks, column.field.data_type())
    }

    /// The keys of the rows.
    pub(crate) fn gather_keys(&self, records: &Records) -> Result<ArrayRef, Error> {
        let chunks = self
            .parts
            .iter()
            .map(|part| records.keys(*part).map(|keys| keys as &dyn Array))
            .collect::<Result<Vec<_>, _>>()?;
        self.interleave(&chunks, &DataType::Utf8View)
    }

    fn interleave(&self, chunks: &[&dyn Array], data_type: &DataType) -> Result<ArrayRef, Error> {
        if chunks.is_empty() {
            return Ok(new_null_array(data_type, 0));
        }
        Ok(interleave(chunks, &self.rows)?)
    }
}

/// Text of the key of one record.
pub(crate) fn record_key(records: &Records, record: u32) -> Result<String, Error> {
    let key = Selection::new(records, &[record]).gather_keys(records)?;
    Ok(key.as_string_view().value(0).to_owned())
}
