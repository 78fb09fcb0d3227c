//! The link table: one row for each removed record, with the record that it matched and why.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewBuilder};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use onefold_rows::batch_ranges;
use onefold_rows::parallel::map_items;

use crate::columns::{identify, own_field};
use crate::customer_id::CustomerId;
use crate::error::Error;
use crate::merges::Merge;
use crate::possible::scored;
use crate::resolved::Resolved;

/// The customer id, then `record_key`, `source`, `linked_key`, `linked_source`, `reasons`, `address`, `linked_address`.
///
/// With `is_scored` also `score` and `weights`, with `is_decided` also `decided_by` and `decided_why`.
pub(crate) fn schema(id: &CustomerId, is_scored: bool, is_decided: bool) -> SchemaRef {
    let mut fields: Vec<FieldRef> = vec![Arc::new(Field::new(&id.name, DataType::Utf8View, false))];
    for (name, data_type, nullable) in [
        ("record_key", DataType::Utf8View, false),
        ("source", DataType::Utf8View, false),
        ("linked_key", DataType::Utf8View, false),
        ("linked_source", DataType::Utf8View, false),
        ("reasons", DataType::Utf8View, false),
        ("address", DataType::UInt64, true),
        ("linked_address", DataType::UInt64, true),
    ] {
        fields.push(own_field(&fields, name, data_type, nullable));
    }
    if is_scored {
        fields.push(own_field(&fields, "score", DataType::Float64, true));
        fields.push(own_field(&fields, "weights", DataType::Utf8View, true));
    }
    if is_decided {
        for name in ["decided_by", "decided_why"] {
            fields.push(own_field(&fields, name, DataType::Utf8View, true));
        }
    }
    Arc::new(Schema::new(fields))
}

impl Resolved {
    /// The link table: [`Resolved::merges`] as batches. Made when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn links(&self) -> Result<Vec<RecordBatch>, Error> {
        links(self, &self.merges())
    }
}

/// Builds the table.
fn links(resolved: &Resolved, merges: &[Merge]) -> Result<Vec<RecordBatch>, Error> {
    let records = &resolved.records;
    let options = &resolved.options;
    let batch = |range: std::ops::Range<usize>| {
        let merges = &merges[range];
        let removed: Vec<u32> = merges.iter().map(|m| m.record).collect();
        let linked: Vec<u32> = merges.iter().map(|m| m.into).collect();
        let customers: Vec<u32> = merges.iter().map(|m| m.customer).collect();
        let ids = resolved.ids.column(&customers)?;
        let [keys, sources, addresses] = identify(records, &removed)?;
        let [linked_keys, linked_sources, linked_addresses] = identify(records, &linked)?;
        let mut reasons = StringViewBuilder::with_capacity(merges.len()).with_deduplicate_strings();
        let mut text = String::new();
        for merge in merges {
            text.clear();
            merge.rules.write(&options.rules, &mut text);
            reasons.try_append_value(&text)?;
        }
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(ids),
            keys,
            sources,
            linked_keys,
            linked_sources,
            Arc::new(reasons.finish()),
            addresses,
            linked_addresses,
        ];
        if let (true, Some(found)) = (options.has_scores(), &resolved.found) {
            let pairs = merges.iter().map(|merge| (merge.record, merge.into));
            columns.extend(scored(&found.matched.trained, pairs)?);
        }
        if options.decisions.is_some() {
            columns.extend(decided(resolved, merges)?);
        }
        let schema = Arc::clone(&resolved.schemas.links);
        Ok(RecordBatch::try_new(schema, columns)?)
    };
    let ranges = batch_ranges(merges.len());
    map_items(options.threads, ranges, batch)
        .into_iter()
        .collect()
}

/// Who decided that two records are the same, and why.
fn decided(resolved: &Resolved, merges: &[Merge]) -> Result<[ArrayRef; 2], Error> {
    let mut who = StringViewBuilder::with_capacity(merges.len()).with_deduplicate_strings();
    let mut why = StringViewBuilder::with_capacity(merges.len()).with_deduplicate_strings();
    for merge in merges {
        let place = resolved.decided.place_of(merge.record, merge.into);
        match place.and_then(|place| resolved.options.decisions().get(place)) {
            Some(decision) => {
                who.try_append_value(&decision.who)?;
                why.try_append_value(&decision.why)?;
            }
            None => {
                who.append_null();
                why.append_null();
            }
        }
    }
    Ok([Arc::new(who.finish()), Arc::new(why.finish())])
}
