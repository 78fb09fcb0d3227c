//! The link table: one row a removed record, with the record that it matched and why.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewBuilder, UInt64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use crate::clusters::Groups;
use crate::customers::{batch_ranges, id_column, own_field};
use crate::error::Error;
use crate::options::{CustomerId, Rule};
use crate::records::{Records, Selection};
use crate::resolved::Resolved;
use crate::share::Shares;

/// Some of the rules of a resolution, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleSet(u64);

impl RuleSet {
    pub(crate) fn insert(&mut self, rule: usize) {
        self.0 |= 1 << rule;
    }

    /// Whether it is in the set.
    pub fn contains(self, rule: usize) -> bool {
        rule < 64 && self.0 >> rule & 1 == 1
    }

    /// The rules, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |rule| self.contains(*rule))
    }

    /// Appends the labels joined by `+`.
    pub(crate) fn write(self, rules: &[Rule], text: &mut String) {
        for (place, rule) in self.iter().filter_map(|rule| rules.get(rule)).enumerate() {
            if place > 0 {
                text.push('+');
            }
            text.push_str(&rule.label);
        }
    }
}

/// How a removed record came to its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// Number of the customer, from 0.
    pub customer: u32,
    /// The removed record.
    pub record: u32,
    /// The record that it shares values with: the kept record where it shares any with that, else the next on a shortest chain of
    /// shared values to the kept record.
    pub into: u32,
    /// The rules under which `record` and `into` share a value that is not above the cap.
    pub rules: RuleSet,
}

/// All merges, by customer, then by removed record.
///
/// # Algorithm
/// Two records share a value under a rule iff the first record of their value is the same. Records that share nothing with the kept
/// record are reached by a breadth-first walk over values, each of which is expanded once.
///
/// # Memory
/// 4 bytes a record and 4 bytes a grouped record and rule, until it returns.
pub(crate) fn merges(
    groups: &Groups,
    kept: &[u32],
    shares: &[Shares],
    records: usize,
) -> Vec<Merge> {
    let mut place_of = vec![0u32; records];
    for (place, record) in groups.members.iter().enumerate() {
        place_of[*record as usize] = place as u32;
    }
    // By rule: the first place with the value of each place; itself where the value is its own alone.
    let firsts: Vec<Vec<u32>> = shares
        .iter()
        .map(|shares| {
            let mut firsts: Vec<u32> = (0..groups.members.len() as u32).collect();
            for link in &shares.links {
                firsts[place_of[link.record as usize] as usize] = place_of[link.first as usize];
            }
            firsts
        })
        .collect();
    let shared = |a: u32, b: u32| {
        let mut rules = RuleSet::default();
        for (rule, firsts) in firsts.iter().enumerate() {
            if firsts[a as usize] == firsts[b as usize] {
                rules.insert(rule);
            }
        }
        rules
    };

    let mut merges = Vec::with_capacity(groups.members.len() - groups.len());
    for (group, customer) in groups.customers.iter().enumerate() {
        let range = groups.range(group);
        let kept = kept[*customer as usize];
        let kept_place = place_of[kept as usize];
        let start = merges.len();
        let mut indirect = false;
        for place in range.start as u32..range.end as u32 {
            if place == kept_place {
                continue;
            }
            let rules = shared(place, kept_place);
            indirect |= rules == RuleSet::default();
            merges.push(Merge {
                customer: *customer,
                record: groups.members[place as usize],
                into: kept,
                rules,
            });
        }
        if indirect {
            let into = walk(&firsts, range.clone(), kept_place);
            for merge in &mut merges[start..] {
                let place = place_of[merge.record as usize];
                let next = into[place as usize - range.start];
                merge.into = groups.members[next as usize];
                merge.rules = shared(place, next);
            }
        }
    }
    merges
}

/// For each place in `range`, the next on a shortest chain to `kept`.
fn walk(firsts: &[Vec<u32>], range: std::ops::Range<usize>, kept: u32) -> Vec<u32> {
    // Places by rule and value, so that those of one value are neighbours.
    let mut by_value: Vec<(u32, u32, u32)> = Vec::with_capacity(firsts.len() * range.len());
    for (rule, firsts) in firsts.iter().enumerate() {
        for place in range.clone() {
            by_value.push((rule as u32, firsts[place], place as u32));
        }
    }
    by_value.sort_unstable();

    const UNSEEN: u32 = u32::MAX;
    let mut into = vec![UNSEEN; range.len()];
    into[kept as usize - range.start] = kept;
    let mut expanded = vec![false; by_value.len()];
    let mut queue = VecDeque::from([kept]);
    while let Some(place) = queue.pop_front() {
        for (rule, firsts) in firsts.iter().enumerate() {
            let value = (rule as u32, firsts[place as usize]);
            let start = by_value.partition_point(|(r, first, _)| (*r, *first) < value);
            if std::mem::replace(&mut expanded[start], true) {
                continue;
            }
            for (_, _, other) in by_value[start..]
                .iter()
                .take_while(|(r, first, _)| (*r, *first) == value)
            {
                let slot = &mut into[*other as usize - range.start];
                if *slot == UNSEEN {
                    *slot = place;
                    queue.push_back(*other);
                }
            }
        }
    }
    into
}

/// The customer id, then `record_key`, `source`, `linked_key`, `linked_source`, `reasons`, `address`, `linked_address`.
pub(crate) fn schema(id: &CustomerId) -> SchemaRef {
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
    Arc::new(Schema::new(fields))
}

/// Key, source name and address of some records.
pub(crate) fn identify(records: &Records, of: &[u32]) -> Result<[ArrayRef; 3], Error> {
    let keys = Selection::new(records, of).gather_keys(records)?;
    let mut sources = StringViewBuilder::with_capacity(of.len()).with_deduplicate_strings();
    let mut addresses = Vec::with_capacity(of.len());
    for record in of {
        let at = records.at(*record);
        sources.try_append_value(&records.sources[records.source_at(at)].name)?;
        addresses.push(records.address(at));
    }
    let sources: ArrayRef = Arc::new(sources.finish());
    Ok([keys, sources, Arc::new(UInt64Array::from(addresses))])
}

/// Builds the table.
pub(crate) fn links(resolved: &Resolved, merges: &[Merge]) -> Result<Vec<RecordBatch>, Error> {
    let records = resolved.records();
    let options = resolved.options();
    let batch = |range: std::ops::Range<usize>| {
        let merges = &merges[range];
        let removed: Vec<u32> = merges.iter().map(|m| m.record).collect();
        let linked: Vec<u32> = merges.iter().map(|m| m.into).collect();
        let ids = id_column(&options.id, merges.iter().map(|m| m.customer))?;
        let [keys, sources, addresses] = identify(records, &removed)?;
        let [linked_keys, linked_sources, linked_addresses] = identify(records, &linked)?;
        let mut reasons = StringViewBuilder::with_capacity(merges.len()).with_deduplicate_strings();
        let mut text = String::new();
        for merge in merges {
            text.clear();
            merge.rules.write(&options.rules, &mut text);
            reasons.try_append_value(&text)?;
        }
        Ok(RecordBatch::try_new(
            Arc::clone(&resolved.schemas.links),
            vec![
                Arc::new(ids),
                keys,
                sources,
                linked_keys,
                linked_sources,
                Arc::new(reasons.finish()),
                addresses,
                linked_addresses,
            ],
        )?)
    };
    batch_ranges(merges.len()).into_iter().map(batch).collect()
}
