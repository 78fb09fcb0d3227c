//! The provenance table: where each value of a customer of several records comes from, and why.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold_rows::BATCH_ROWS;
use onefold_rows::parallel::map_items;

use crate::columns::{identify, own_field};
use crate::customer_id::CustomerId;
use crate::error::Error;
use crate::lists::ALL;
use crate::order::Member;
use crate::resolved::Resolved;
use crate::selection::Selection;
use crate::survivorship::Orders;

/// The customer id, then `field`, `value`, `source`, `record_key`, `address`, `rule`.
pub(crate) fn schema(id: &CustomerId) -> SchemaRef {
    let mut fields: Vec<FieldRef> = vec![Arc::new(Field::new(&id.name, DataType::Utf8View, false))];
    for (name, data_type, nullable) in [
        ("field", DataType::Utf8View, false),
        ("value", DataType::Utf8View, false),
        ("source", DataType::Utf8View, false),
        ("record_key", DataType::Utf8View, false),
        ("address", DataType::UInt64, true),
        ("rule", DataType::Utf8View, false),
    ] {
        fields.push(own_field(&fields, name, data_type, nullable));
    }
    Arc::new(Schema::new(fields))
}

impl Resolved {
    /// The provenance table, by customer, then by column. Worked out when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn provenance(&self) -> Result<Vec<RecordBatch>, Error> {
        let groups = self.clusters.groups.len();
        let orders = Orders::new(&self.records, &self.options)?;
        let missing = match groups {
            0 => Vec::new(),
            _ => orders.missing_values(&self.records, self.options.threads),
        };
        // A batch has no more rows than its groups have columns.
        let step = (BATCH_ROWS / self.records.columns.len().max(1)).max(1);
        let ranges = (0..groups)
            .step_by(step)
            .map(|start| start..(start + step).min(groups))
            .collect();
        map_items(self.options.threads, ranges, |range| {
            batch(self, &orders, &missing, range)
        })
        .into_iter()
        .collect()
    }
}

/// Instants are written in UTC, whatever zone their type names.
fn in_utc(values: ArrayRef) -> Result<ArrayRef, Error> {
    match values.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            let utc = DataType::Timestamp(*unit, Some("+00:00".into()));
            Ok(cast(&values, &utc)?)
        }
        _ => Ok(values),
    }
}

/// The rows of some groups.
fn batch(
    resolved: &Resolved,
    orders: &Orders<'_>,
    missing: &[u16],
    range: Range<usize>,
) -> Result<RecordBatch, Error> {
    let records = &resolved.records;
    let groups = &resolved.clusters.groups;
    let customers = &groups.customers[range.clone()];
    let kept: Vec<u32> = customers
        .iter()
        .map(|customer| resolved.clusters.kept[*customer as usize])
        .collect();
    let columns = records.columns.iter().enumerate().map(|(index, column)| {
        let mut chosen = kept.clone();
        for (chosen, customer) in chosen.iter_mut().zip(customers) {
            *chosen = resolved.origin(*customer, index).unwrap_or(*chosen);
        }
        let values = Selection::new(records, &chosen).gather(column)?;
        Ok((chosen, in_utc(values)?))
    });
    let columns: Vec<(Vec<u32>, ArrayRef)> = columns.collect::<Result<_, Error>>()?;
    let options = FormatOptions::default().with_display_error(false);
    let formatters = columns
        .iter()
        .map(|(_, values)| ArrayFormatter::try_new(values.as_ref(), &options))
        .collect::<Result<Vec<_>, _>>()?;

    let (mut of_customers, mut of_records) = (Vec::new(), Vec::new());
    let mut fields = StringViewBuilder::new().with_deduplicate_strings();
    let mut texts = StringViewBuilder::new();
    let mut rules = StringViewBuilder::new().with_deduplicate_strings();
    let mut members: Vec<Member> = Vec::new();
    let mut text = String::new();
    for (row, (group, customer)) in range.zip(customers).enumerate() {
        members.clear();
        members.extend(groups.members(group).iter().map(|record| Member {
            record: *record,
            at: records.at(*record),
        }));
        orders.sort_for_lists(records, missing, &mut members);
        for (index, ((chosen, values), formatter)) in columns.iter().zip(&formatters).enumerate() {
            if let Some(list) = orders.list(index) {
                for (record, text) in list.values(records, &members) {
                    of_customers.push(*customer);
                    of_records.push(record);
                    fields.try_append_value(records.columns[index].field.name())?;
                    texts.try_append_value(text)?;
                    rules.try_append_value(ALL)?;
                }
                continue;
            }
            if values.is_null(row) {
                continue;
            }
            of_customers.push(*customer);
            of_records.push(chosen[row]);
            fields.try_append_value(records.columns[index].field.name())?;
            text.clear();
            // The table is made even if a time is so far away that it cannot be written.
            if formatter.value(row).write(&mut text).is_err() {
                text.clear();
                text.push('?');
            }
            texts.try_append_value(&text)?;
            let pair = (chosen[row], kept[row]);
            rules.try_append_value(orders.reason(records, missing, index, &members, pair))?;
        }
    }
    let ids = resolved.ids.column(&of_customers)?;
    let [keys, sources, addresses] = identify(records, &of_records)?;
    Ok(RecordBatch::try_new(
        Arc::clone(&resolved.schemas.provenance),
        vec![
            Arc::new(ids),
            Arc::new(fields.finish()),
            Arc::new(texts.finish()),
            sources,
            keys,
            addresses,
            Arc::new(rules.finish()),
        ],
    )?)
}
