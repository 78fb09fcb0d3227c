//! A finished resolution, and the questions it answers.

use std::collections::HashMap;

use arrow::datatypes::SchemaRef;

use crate::clusters::Clusters;
use crate::decided::Decided;
use crate::error::Error;
use crate::ids::Ids;
use crate::likeness::{Found, by_likeness};
use crate::lists::Joined;
use crate::match_groups::MatchGroups;
use crate::merges::{Merge, merges};
use crate::options::Options;
use crate::records::Records;
use crate::report::Report;
use crate::selection::record_key;
use crate::survivorship::Origin;

/// Schemas of the result tables. Batches of one table all have the same.
///
/// The customer id's column has the configured name everywhere; a column of ours whose name is taken gets the suffix `_2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schemas {
    /// Id, the record columns, then `sources` (labels in source order joined by `+`), `records` (how many) and `kept_key` (key of the
    /// kept record).
    pub customers: SchemaRef,
    /// `kept_id` (the customer's id), `removed_ids` (keys in record order joined by `,`), `match_reason` (labels of the rules that
    /// linked anything, in rule order, joined by `+`), `removed_sources` (labels of the removed records' sources).
    pub duplicates: SchemaRef,
    /// Id, `record_key`, `source`, `linked_key`, `linked_source`, `reasons`, `address`, `linked_address`; sources by name. Where records are
    /// matched by likeness also `score` (the probability of the pair) and `weights` (JSON: the prior and what each comparison
    /// adds, in bits). Where there are decisions also `decided_by` and `decided_why`, of the decision on this very pair.
    pub links: SchemaRef,
    /// Id, `source` (name), `record_key`, `address`, `kept`.
    pub members: SchemaRef,
    /// `record_key`, `source`, `other_key`, `other_source`, `score`, `weights`, `address`, `other_address`: pairs that may be one person.
    pub possible: SchemaRef,
    /// Id, `field`, `value` (as text), `source` (name), `record_key`, `address`, `rule`: `kept`, `filled`, `together`, `all` (a row for each
    /// value of a column that keeps all) or the preference that decided.
    pub provenance: SchemaRef,
    /// `old_id` (none for a new customer), `new_id` (none for one that is gone), `event` ([`Event`](crate::state::Event)), `cause`,
    /// `run` (its label).
    pub lineage: SchemaRef,
}

/// A finished resolution. It holds on to the input's buffers, which the customers share anyway.
pub struct Resolved {
    /// Account of what was done.
    pub report: Report,
    /// Schemas of all tables, also of those without rows.
    pub schemas: Schemas,
    pub(crate) records: Records,
    pub(crate) clusters: Clusters,
    pub(crate) ids: Ids,
    /// By rule.
    pub(crate) matched: Vec<MatchGroups>,
    pub(crate) found: Option<Found>,
    pub(crate) decided: Decided,
    /// Place of the decisions among the rules.
    pub(crate) decision_rule: Option<usize>,
    /// By record column.
    pub(crate) origins: Vec<Vec<Origin>>,
    /// By record column.
    pub(crate) joined: Vec<Vec<Joined>>,
    pub(crate) options: Options,
}

impl Resolved {
    /// The customer of each record.
    pub fn clusters(&self) -> &[u32] {
        &self.clusters.customer_of
    }

    /// How each removed record came to its customer, by customer, then by record: the matter of a merge log. Worked out when asked.
    pub fn merges(&self) -> Vec<Merge> {
        let Clusters { groups, kept, .. } = &self.clusters;
        // A record that only decisions joined is linked to one that was decided with it.
        let detour = |merge: &Merge| {
            let rule = self.decision_rule?;
            if !merge.rules.iter().eq([rule]) {
                return None;
            }
            let next = self.decided.chain(merge.record, merge.into).next();
            next.map(|(next, _)| next)
        };
        let records = self.records.len();
        let mut made = merges(groups, kept, &self.matched, records, detour);
        let Some(found) = &self.found else {
            return made;
        };
        // A record that only the model joined is linked to the one with which it is most alike.
        let model = self.matched.len().wrapping_sub(1);
        let mut closest: HashMap<u32, (f64, u32)> = HashMap::new();
        for link in by_likeness(&found.matched.links) {
            for (record, other) in [(link.a, link.b), (link.b, link.a)] {
                let best = closest.entry(record).or_insert((-1.0, other));
                if link.probability > best.0 {
                    *best = (link.probability, other);
                }
            }
        }
        for merge in &mut made {
            if merge.rules.iter().eq([model])
                && let Some((_, other)) = closest.get(&merge.record)
            {
                merge.into = *other;
            }
        }
        made
    }

    /// What the model found, where records are matched by likeness.
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// Records of a customer, ascending; empty for a number that no customer has.
    pub fn records_of(&self, customer: u32) -> &[u32] {
        self.clusters.members(customer)
    }

    /// The record that a customer keeps.
    pub fn kept(&self, customer: u32) -> Option<u32> {
        self.clusters.kept.get(customer as usize).copied()
    }

    /// The record that a customer's value in a record column (by index among these) comes from.
    pub fn origin(&self, customer: u32, column: usize) -> Option<u32> {
        let moved = self.origins.get(column)?;
        match moved.binary_search_by_key(&customer, |origin| origin.customer) {
            Ok(index) => moved.get(index).map(|origin| origin.record),
            Err(_) => self.kept(customer),
        }
    }

    /// Id of a customer.
    pub fn customer_id(&self, customer: u32) -> String {
        self.ids.text(customer)
    }

    /// Source and key of a record, as in `crm:17`. `None` for a number that no record has.
    ///
    /// # Errors
    /// An Arrow kernel cannot write the key as text.
    pub fn record_name(&self, record: u32) -> Result<Option<String>, Error> {
        let Some(key) = self.record_key(record)? else {
            return Ok(None);
        };
        let source = &self.records.sources[self.records.source_at(self.records.at(record))].name;
        Ok(Some(match key.strip_prefix(source.as_str()) {
            Some(row) if row.starts_with(':') => key,
            _ => format!("{source}:{key}"),
        }))
    }

    /// Key of a record; `NAME:ROW` where it has none. `None` for a number that no record has.
    ///
    /// # Errors
    /// An Arrow kernel cannot write the key as text.
    pub fn record_key(&self, record: u32) -> Result<Option<String>, Error> {
        if record as usize >= self.records.len() {
            return Ok(None);
        }
        record_key(&self.records, record).map(Some)
    }
}
