//! What the rules and the guards did.

use crate::clusters::Clusters;
use crate::decision::DecisionReport;
use crate::ids::Ids;
use crate::match_groups::{MatchGroups, OverShared, describe};
use crate::options::Options;
use crate::records::Records;

/// Values and customers listed in the report; the totals count all.
const LISTED: usize = 100;

/// Customer sizes of [`Report::sizes`]: label and greatest size.
pub const SIZE_BUCKETS: [(&str, u64); 7] = [
    ("1", 1),
    ("2", 2),
    ("3", 3),
    ("4-5", 5),
    ("6-10", 10),
    ("11-20", 20),
    ("21+", u64::MAX),
];

/// Account of a resolution. `records = customers + duplicates`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Records read.
    pub records: u64,
    /// Customers found.
    pub customers: u64,
    /// Records merged into another.
    pub duplicates: u64,
    /// By rule, in their order.
    pub rules: Vec<RuleReport>,
    /// Values above their rule's cap: the 100 on most records, most first; then by rule, then by first record.
    pub skipped: Vec<SkippedValue>,
    /// Customers of more records than `max_size`: the 100 largest, largest first, then by number.
    pub oversized: Vec<Oversized>,
    /// Customers of more records than `max_size` in all.
    pub oversized_total: u64,
    /// Customers by number of records, in the buckets of [`SIZE_BUCKETS`].
    pub sizes: [u64; SIZE_BUCKETS.len()],
    /// Records of the largest customer; 0 without records.
    pub largest: u64,
    /// What became of the decisions.
    pub decisions: DecisionReport,
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleReport {
    /// The rule.
    pub label: String,
    /// Records with a value in all its columns.
    pub present: u64,
    /// Distinct values that link two or more records.
    pub values: u64,
    /// Records that share such a value.
    pub records: u64,
    /// Distinct values above the cap.
    pub skipped_values: u64,
    /// Records with such a value.
    pub skipped_records: u64,
}

/// A value that made no links because too many records have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedValue {
    /// The rule.
    pub rule: String,
    /// The value, as its first record writes it; several columns joined by `, `.
    pub value: String,
    /// Records that have it.
    pub records: u64,
    /// The source of most of them.
    pub source: String,
}

/// A customer of suspiciously many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oversized {
    /// The customer's id.
    pub id: String,
    /// Its records.
    pub records: u64,
}

pub(crate) fn report(
    records: &Records,
    clusters: &Clusters,
    matched: &[MatchGroups],
    ids: &Ids,
    options: &Options,
    decisions: DecisionReport,
) -> Report {
    let rules = options
        .rules
        .iter()
        .zip(matched)
        .map(|(rule, matched)| RuleReport {
            label: rule.label.clone(),
            present: matched.present,
            values: matched.values,
            records: matched.records,
            skipped_values: matched.over_shared.len() as u64,
            skipped_records: matched
                .over_shared
                .iter()
                .map(|value| u64::from(value.records))
                .sum(),
        })
        .collect();

    let groups = &clusters.groups;
    let customers = clusters.kept.len() as u64;
    let mut sizes = [0; SIZE_BUCKETS.len()];
    sizes[0] = customers - groups.len() as u64;
    let mut largest = u64::from(customers > 0);
    let mut oversized = Vec::new();
    for (group, customer) in groups.customers.iter().enumerate() {
        let size = groups.range(group).len() as u64;
        let bucket = SIZE_BUCKETS.iter().position(|(_, most)| size <= *most);
        if let Some(count) = bucket.and_then(|bucket| sizes.get_mut(bucket)) {
            *count += 1;
        }
        largest = largest.max(size);
        if options.max_size.is_some_and(|most| size > most) {
            oversized.push((size, *customer));
        }
    }
    let oversized_total = oversized.len() as u64;
    oversized.sort_unstable_by_key(|(size, customer)| (u64::MAX - size, *customer));
    let oversized = oversized
        .into_iter()
        .take(LISTED)
        .map(|(records, customer)| Oversized {
            id: ids.text(customer),
            records,
        })
        .collect();

    Report {
        records: records.len() as u64,
        customers,
        duplicates: records.len() as u64 - customers,
        rules,
        skipped: skipped(records, matched, options),
        oversized,
        oversized_total,
        sizes,
        largest,
        decisions,
    }
}

fn skipped(records: &Records, matched: &[MatchGroups], options: &Options) -> Vec<SkippedValue> {
    let mut worst: Vec<(usize, OverShared)> = matched
        .iter()
        .enumerate()
        .flat_map(|(rule, matched)| matched.over_shared.iter().map(move |value| (rule, *value)))
        .collect();
    worst.sort_unstable_by_key(|(rule, value)| (u32::MAX - value.records, *rule, value.first));
    worst
        .into_iter()
        .take(LISTED)
        .filter_map(|(rule, value)| {
            let rule = options.rules.get(rule)?;
            Some(SkippedValue {
                rule: rule.label.clone(),
                value: describe(records, rule, value.first),
                records: u64::from(value.records),
                source: records.sources.get(value.source as usize)?.name.clone(),
            })
        })
        .collect()
}
