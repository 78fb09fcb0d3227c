//! The customer table: one row per customer, in order of first records.
//!
//! # Algorithm
//! Each output batch locates its kept records once, then interleaves each column from the input batches that they are in. A row whose value
//! comes from another record points to that record first. Texts are not copied.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, StringViewBuilder,
};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use onefold_rows::batch_ranges;
use onefold_rows::parallel::map_items;

use crate::clusters::Clusters;
use crate::columns::{SourceLabels, own_field};
use crate::customer_id::CustomerId;
use crate::error::{Error, Kind};
use crate::lists::Joined;
use crate::records::Records;
use crate::resolved::Resolved;
use crate::selection::Selection;

/// Id, record columns, `sources`, `records`, `kept_key`.
pub(crate) fn schema(records: &Records, id: &CustomerId) -> Result<SchemaRef, Error> {
    if records.column_index(&id.name).is_some() {
        return Err(Kind::IdTaken(id.name.clone()).into());
    }
    let mut fields: Vec<FieldRef> = vec![Arc::new(Field::new(&id.name, DataType::Utf8View, false))];
    fields.extend(records.columns.iter().map(|c| Arc::clone(&c.field)));
    for (name, data_type) in [
        ("sources", DataType::Utf8View),
        ("records", DataType::Int64),
        ("kept_key", DataType::Utf8View),
    ] {
        fields.push(own_field(&fields, name, data_type, false));
    }
    Ok(Arc::new(Schema::new(fields)))
}

impl Resolved {
    /// One row a customer, in order of their first records; batches of at most 8192 rows. Made when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn customers(&self) -> Result<Vec<RecordBatch>, Error> {
        let Resolved {
            records, clusters, ..
        } = self;
        let schema = &self.schemas.customers;
        let ranges = batch_ranges(clusters.kept.len());
        map_items(self.options.threads, ranges, |range| {
            let kept = Selection::new(records, &clusters.kept[range.clone()]);
            let numbers: Vec<u32> = (range.start as u32..range.end as u32).collect();
            let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
            columns.push(Arc::new(self.ids.column(&numbers)?));
            let others = self.origins.iter().zip(&self.joined);
            for (column, (origins, joined)) in records.columns.iter().zip(others) {
                let bound = |end: usize| origins.partition_point(|o| (o.customer as usize) < end);
                let moved = &origins[bound(range.start)..bound(range.end)];
                let values = match moved.is_empty() {
                    true => kept.gather(column)?,
                    false => {
                        let mut chosen = kept.clone();
                        for origin in moved {
                            let row = origin.customer as usize - range.start;
                            chosen.replace(row, records.at(origin.record));
                        }
                        chosen.gather(column)?
                    }
                };
                columns.push(with_lists(values, joined, &range)?);
            }
            let (sources, counts) = origins_of(records, clusters, &range)?;
            columns.push(Arc::new(sources));
            columns.push(Arc::new(counts));
            columns.push(kept.gather_keys(records)?);
            Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
        })
        .into_iter()
        .collect()
    }
}

/// A column with the lists of the customers that have several values in it.
fn with_lists(
    values: ArrayRef,
    joined: &[Joined],
    range: &Range<usize>,
) -> Result<ArrayRef, Error> {
    let bound = |end: usize| joined.partition_point(|list| (list.customer as usize) < end);
    let joined = &joined[bound(range.start)..bound(range.end)];
    if joined.is_empty() {
        return Ok(values);
    }
    let texts = values.as_string_view();
    let mut next = joined.iter().peekable();
    let mut out = StringViewBuilder::with_capacity(texts.len());
    for (row, customer) in range.clone().enumerate() {
        match next.next_if(|list| list.customer as usize == customer) {
            Some(list) => out.try_append_value(&list.text)?,
            None if texts.is_null(row) => out.append_null(),
            None => out.try_append_value(texts.value(row))?,
        }
    }
    Ok(Arc::new(out.finish()))
}

/// `sources` and `records` of the customers in `range`.
fn origins_of(
    records: &Records,
    clusters: &Clusters,
    range: &Range<usize>,
) -> Result<(StringViewArray, Int64Array), Error> {
    let groups = &clusters.groups;
    let mut next = groups.of_customers(range).peekable();
    let mut labels = SourceLabels::new(records);
    let mut sources = StringViewBuilder::with_capacity(range.len()).with_deduplicate_strings();
    let mut counts = Vec::with_capacity(range.len());
    for customer in range.clone() {
        let group = next.next_if(|group| groups.customers[*group] as usize == customer);
        match group {
            Some(group) => {
                let members = groups.members(group);
                sources.try_append_value(labels.join(members.iter().copied()))?;
                counts.push(members.len() as i64);
            }
            None => {
                let source = records.source_at(records.at(clusters.kept[customer]));
                sources.try_append_value(&records.sources[source].label)?;
                counts.push(1);
            }
        }
    }
    Ok((sources.finish(), Int64Array::from(counts)))
}
