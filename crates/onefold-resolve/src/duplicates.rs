//! The duplicate table: one row for each customer of more than one record.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use onefold_rows::batch_ranges;
use onefold_rows::parallel::map_items;

use crate::columns::SourceLabels;
use crate::error::Error;
use crate::resolved::Resolved;
use crate::selection::Selection;

/// `kept_id`, `removed_ids`, `match_reason`, `removed_sources`.
pub(crate) fn schema() -> SchemaRef {
    let names = ["kept_id", "removed_ids", "match_reason", "removed_sources"];
    Arc::new(Schema::new(
        names
            .map(|name| Field::new(name, DataType::Utf8View, false))
            .to_vec(),
    ))
}

impl Resolved {
    /// One row a customer of more than one record. Made when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn duplicates(&self) -> Result<Vec<RecordBatch>, Error> {
        let Resolved {
            records,
            clusters,
            options,
            ..
        } = self;
        let schema = &self.schemas.duplicates;
        let groups = &clusters.groups;
        map_items(options.threads, batch_ranges(groups.len()), |range| {
            let customers = &groups.customers[range.clone()];
            let kept_ids = self.ids.column(customers)?;
            let mut removed_ids = StringViewBuilder::with_capacity(range.len());
            let mut reasons =
                StringViewBuilder::with_capacity(range.len()).with_deduplicate_strings();
            let mut sources =
                StringViewBuilder::with_capacity(range.len()).with_deduplicate_strings();
            let mut labels = SourceLabels::new(records);
            let kept = |customer: u32| clusters.kept[customer as usize];
            let mut removed: Vec<u32> = Vec::new();
            let mut bounds = vec![0];
            for (group, customer) in range.clone().zip(customers) {
                let members = groups.members(group).iter();
                removed.extend(members.filter(|record| **record != kept(*customer)));
                bounds.push(removed.len());
            }
            let keys = Selection::new(records, &removed).gather_keys(records)?;
            let keys = keys.as_string_view();

            let mut text = String::new();
            for (group, bounds) in range.zip(bounds.windows(2)) {
                let removed_here = bounds[0]..bounds[1];
                text.clear();
                for place in removed_here.clone() {
                    if place > removed_here.start {
                        text.push(',');
                    }
                    text.push_str(keys.value(place));
                }
                removed_ids.try_append_value(&text)?;

                text.clear();
                groups.rules[group].write(&options.rules, &mut text);
                reasons.try_append_value(&text)?;
                sources.try_append_value(labels.join(removed[removed_here].iter().copied()))?;
            }
            Ok(RecordBatch::try_new(
                Arc::clone(schema),
                vec![
                    Arc::new(kept_ids),
                    Arc::new(removed_ids.finish()),
                    Arc::new(reasons.finish()),
                    Arc::new(sources.finish()),
                ],
            )?)
        })
        .into_iter()
        .collect()
    }
}
