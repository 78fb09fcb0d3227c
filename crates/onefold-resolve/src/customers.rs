//! The customer table: one row a customer, in order of first records.
//!
//! # Algorithm
//! Columnar gathering: for each output batch the kept records are located once, then each column is interleaved from the input
//! batches that it touches. Rows whose value comes from another record get another place before that. Texts are not copied.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use crate::clusters::Clusters;
use crate::error::{Error, Kind};
use crate::options::{CustomerId, Options};
use crate::parallel::map_items;
use crate::records::{Records, Selection};
use crate::survive::Origin;

/// Rows of an output batch.
pub(crate) const BATCH_ROWS: usize = 8192;

/// Ranges of `0..rows`, one an output batch.
pub(crate) fn batch_ranges(rows: usize) -> Vec<Range<usize>> {
    (0..rows)
        .step_by(BATCH_ROWS)
        .map(|start| start..(start + BATCH_ROWS).min(rows))
        .collect()
}

/// Field of the given name, or with the first free of the suffixes `_2`, `_3`, ... where it is taken.
pub(crate) fn own_field(
    taken: &[FieldRef],
    name: &str,
    data_type: DataType,
    nullable: bool,
) -> FieldRef {
    let is_free = |name: &str| taken.iter().all(|field| field.name() != name);
    let mut free = name.to_owned();
    let mut suffix = 2;
    while !is_free(&free) {
        free = format!("{name}_{suffix}");
        suffix += 1;
    }
    Arc::new(Field::new(free, data_type, nullable))
}

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

/// The ids of some customers.
pub(crate) fn id_column(
    id: &CustomerId,
    customers: impl ExactSizeIterator<Item = u32>,
) -> Result<StringViewArray, Error> {
    let mut ids = StringViewBuilder::with_capacity(customers.len());
    let mut text = String::new();
    for customer in customers {
        text.clear();
        id.write(customer, &mut text);
        ids.try_append_value(&text)?;
    }
    Ok(ids.finish())
}

/// Distinct source labels, in the order in which they come, joined by `+`.
pub(crate) struct SourceLabels<'a> {
    records: &'a Records,
    seen: Vec<usize>,
    text: String,
}

impl<'a> SourceLabels<'a> {
    pub(crate) fn new(records: &'a Records) -> Self {
        SourceLabels {
            records,
            seen: Vec::new(),
            text: String::new(),
        }
    }

    pub(crate) fn join(&mut self, members: impl Iterator<Item = u32>) -> &str {
        self.seen.clear();
        self.text.clear();
        for record in members {
            let source = self.records.source_at(self.records.at(record));
            if self.seen.contains(&source) {
                continue;
            }
            let label = |source: usize| self.records.sources[source].label.as_str();
            let known = self.seen.iter().any(|s| label(*s) == label(source));
            self.seen.push(source);
            if !known {
                if self.seen.len() > 1 {
                    self.text.push('+');
                }
                self.text.push_str(label(source));
            }
        }
        &self.text
    }
}

/// Builds the table.
pub(crate) fn customers(
    records: &Records,
    clusters: &Clusters,
    origins: &[Vec<Origin>],
    schema: &SchemaRef,
    options: &Options,
) -> Result<Vec<RecordBatch>, Error> {
    let ranges = batch_ranges(clusters.kept.len());
    map_items(options.threads, ranges, |range| {
        let kept = Selection::new(records, &clusters.kept[range.clone()]);
        let ids = range.start as u32..range.end as u32;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        columns.push(Arc::new(id_column(&options.id, ids)?));
        for (column, origins) in records.columns.iter().zip(origins) {
            let bound = |end: usize| origins.partition_point(|o| (o.customer as usize) < end);
            let moved = &origins[bound(range.start)..bound(range.end)];
            if moved.is_empty() {
                columns.push(kept.gather(column)?);
                continue;
            }
            let mut chosen = kept.clone();
            for origin in moved {
                let row = origin.customer as usize - range.start;
                chosen.replace(row, records.at(origin.record));
            }
            columns.push(chosen.gather(column)?);
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
