//! The member table: one row for each record, with its customer.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use onefold_rows::batch_ranges;
use onefold_rows::parallel::map_items;

use crate::columns::{identify, own_field};
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
    /// The member table, in record order; batches of at most 8192 rows. Made when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn members(&self) -> Result<Vec<RecordBatch>, Error> {
        let ranges = batch_ranges(self.clusters().len());
        let batches = map_items(self.options.threads, ranges, |range| batch(self, range));
        batches.into_iter().collect()
    }
}

fn batch(resolved: &Resolved, range: Range<usize>) -> Result<RecordBatch, Error> {
    let customers = &resolved.clusters()[range.clone()];
    let of: Vec<u32> = (range.start as u32..range.end as u32).collect();
    let ids = resolved.ids.column(customers)?;
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
