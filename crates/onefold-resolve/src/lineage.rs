//! The lineage table: what happened to customers and their ids since the run before.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use onefold_rows::BATCH_ROWS;

use crate::error::Error;
use crate::ids::Ids;
use crate::resolved::Resolved;
use crate::rule_set::RuleSet;
use crate::state::{Assigned, Event, Lineage, State};

/// `old_id`, `new_id`, `event`, `cause`, `run`.
pub(crate) fn schema() -> SchemaRef {
    let fields = [
        ("old_id", true),
        ("new_id", true),
        ("event", false),
        ("cause", false),
        ("run", false),
    ];
    let fields = fields.map(|(name, nullable)| Field::new(name, DataType::Utf8View, nullable));
    Arc::new(Schema::new(fields.to_vec()))
}

impl Resolved {
    /// The customers with the ids that they keep, where the options ask for such ids.
    pub fn assigned(&self) -> Option<&Assigned> {
        match &self.ids {
            Ids::Kept(assigned, _) => Some(assigned),
            Ids::Places(_) => None,
        }
    }

    /// What the next run starts from, where ids are kept.
    pub fn state(&self) -> Option<&State> {
        self.assigned().map(|assigned| &assigned.next)
    }

    /// As [`state`](Self::state), of a result that is not needed any more.
    pub fn into_state(self) -> Option<State> {
        match self.ids {
            Ids::Kept(assigned, _) => Some(assigned.next),
            Ids::Places(_) => None,
        }
    }

    /// The lineage table, in the order of [`Assigned::lineage`]; empty where ids are not kept. A customer that was merged into another has
    /// the rules in its cause that link its records to others. Made when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn lineage(&self) -> Result<Vec<RecordBatch>, Error> {
        let Some(assigned) = self.assigned() else {
            return Ok(Vec::new());
        };
        let merged_by = self.merged_by(assigned);
        let mut rows = assigned.lineage();
        let count = assigned.lineage_len().div_ceil(BATCH_ROWS);
        let mut batches = Vec::with_capacity(count);
        for _ in 0..count {
            batches.push(self.lineage_batch(
                assigned,
                &merged_by,
                rows.by_ref().take(BATCH_ROWS),
            )?);
        }
        Ok(batches)
    }

    fn lineage_batch<'a>(
        &self,
        assigned: &Assigned,
        merged_by: &HashMap<&str, RuleSet>,
        rows: impl Iterator<Item = Lineage<'a>>,
    ) -> Result<RecordBatch, Error> {
        let mut old = StringViewBuilder::new();
        let mut new = StringViewBuilder::new();
        let mut events = StringViewBuilder::new().with_deduplicate_strings();
        let mut causes = StringViewBuilder::new().with_deduplicate_strings();
        let mut runs = StringViewBuilder::new().with_deduplicate_strings();
        for row in rows {
            for (builder, id) in [(&mut old, row.old), (&mut new, row.new)] {
                match id {
                    Some(id) => builder.try_append_value(id)?,
                    None => builder.append_null(),
                }
            }
            events.try_append_value(row.event.name())?;
            let mut cause = row.cause;
            if row.event == Event::Gone && row.old.is_some_and(|id| self.is_erased(id)) {
                "its person was erased".clone_into(&mut cause);
            }
            let rules = row.old.filter(|_| row.event == Event::Merged);
            if let Some(rules) = rules.and_then(|old| merged_by.get(old)) {
                cause.push_str(" by ");
                rules.write(&self.options.rules, &mut cause);
            }
            causes.try_append_value(&cause)?;
            runs.try_append_value(assigned.next.run().label)?;
        }
        Ok(RecordBatch::try_new(
            Arc::clone(&self.schemas.lineage),
            vec![
                Arc::new(old.finish()),
                Arc::new(new.finish()),
                Arc::new(events.finish()),
                Arc::new(causes.finish()),
                Arc::new(runs.finish()),
            ],
        )?)
    }

    /// Whether an id was that of a person who was erased since the run before.
    fn is_erased(&self, id: &str) -> bool {
        let stable = self.options.stable.as_ref();
        stable.is_some_and(|stable| stable.erased.contains(id))
    }

    /// By old id: the rules that link its records to records that did not have it.
    fn merged_by<'a>(&self, assigned: &'a Assigned) -> HashMap<&'a str, RuleSet> {
        let mut merged_by = HashMap::new();
        if !assigned.lineage().any(|row| row.event == Event::Merged) {
            return merged_by;
        }
        for (rule, matched) in self.matched.iter().enumerate() {
            for link in &matched.links {
                let ids = [link.record, link.first].map(|r| assigned.id_before(r as usize));
                if ids[0] != ids[1] {
                    for id in ids.into_iter().flatten() {
                        let rules: &mut RuleSet = merged_by.entry(id).or_default();
                        rules.insert(rule);
                    }
                }
            }
        }
        merged_by
    }
}
