//! The member table: one row for each record, with its customer.

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use onefold_rows::BATCH_ROWS;

use crate::columns::{id_column, identify, own_field};
use crate::customer_id::CustomerId;
use crate::error::Error;
use crate::resolved::Resolved;

/// The customer id, then `source`, `record_key`, `address`, `kept`.
pub(crate) fn schema(id: &CustomerId) -> SchemaRef {
    let mut fields: Vec<FieldRef> = vec![Arc::new(Field::new(&id.name, DataType::Utf8View, false))];
    for (name, data_type, nullable) in [
        ("source", DataType::Utf8View, false),
        ("record_key", DataType::Utf8View, false),
        ("address", DataType::UInt64, true),
        ("kept", DataType::Boolean, false),
    ] {
        fields.push(own_field(&fields, name, data_type, nullable));
    }
    Arc::new(Schema::new(fields))
}

impl Resolved {
    /// The member table, a batch at a time.
    pub fn members(&self) -> Members<'_> {
        Members::new(self)
    }
}

/// Batches of the member table, in record order. Each is made when it is asked for.
pub struct Members<'a> {
    resolved: &'a Resolved,
    next: usize,
}

impl<'a> Members<'a> {
    fn new(resolved: &'a Resolved) -> Self {
        Members { resolved, next: 0 }
    }

    fn batch(&self, start: usize, end: usize) -> Result<RecordBatch, Error> {
        let resolved = self.resolved;
        let customers = &resolved.clusters()[start..end];
        let of: Vec<u32> = (start as u32..end as u32).collect();
        let ids = id_column(&resolved.ids, customers.iter().copied())?;
        let [keys, sources, addresses] = identify(&resolved.records, &of)?;
        let kept: BooleanArray = of
            .iter()
            .zip(customers)
            .map(|(record, customer)| Some(resolved.kept(*customer) == Some(*record)))
            .collect();
        Ok(RecordBatch::try_new(
            Arc::clone(&resolved.schemas.members),
            vec![Arc::new(ids), sources, keys, addresses, Arc::new(kept)],
        )?)
    }
}

impl Iterator for Members<'_> {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.next;
        let end = (start + BATCH_ROWS).min(self.resolved.clusters().len());
        if start >= end {
            return None;
        }
        self.next = end;
        Some(self.batch(start, end))
    }
}
