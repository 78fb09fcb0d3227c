//! Match groups: the records that share a value under one rule.
//!
//! # Algorithm
//! Radix-partitioned hash grouping ([`onefold_rows::partition`]): every record whose hash is equal is compared with the real values of the
//! first record, so a hash collision never joins strangers. No link is made before all records of a value are counted: a value of more
//! people than the cap makes none. The links of a value are a star: each later record is linked to the first.
//!
//! # Memory
//! 8 bytes a record that has a key, while the rule is worked on; 8 bytes a link afterwards.
//!
//! # Degenerate cases
//! All records share one value: one partition holds them all, and each is compared with the same first record. The work stays linear.

use std::collections::HashMap;

use arrow::util::display::array_value_to_string;
use onefold_rows::Place;
use onefold_rows::hash::{SEED, narrow};
use onefold_rows::parallel::map_items;
use onefold_rows::partition::{Group, Keys, Runs, deal, group, partitions};

use crate::options::Rule;
use crate::people::People;
use crate::records::Records;
use crate::values::Values;

/// A record and the first record with the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) record: u32,
    pub(crate) first: u32,
}

/// A value of more people than the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverShared {
    pub(crate) first: u32,
    pub(crate) records: u32,
    /// The source of most of the records.
    pub(crate) source: u32,
}

/// What one rule found.
#[derive(Debug, Default)]
pub(crate) struct MatchGroups {
    /// Records with a value in all columns of the rule.
    pub(crate) present: u64,
    /// Values on two or more records, without those above the cap.
    pub(crate) values: u64,
    /// Records with such a value.
    pub(crate) records: u64,
    /// By partition; within one in record order.
    pub(crate) links: Vec<Link>,
    /// Values above the cap.
    pub(crate) over_shared: Vec<OverShared>,
}

impl MatchGroups {
    fn append(&mut self, mut other: MatchGroups) {
        self.present += other.present;
        self.values += other.values;
        self.records += other.records;
        self.links.append(&mut other.links);
        self.over_shared.append(&mut other.over_shared);
    }
}

/// The columns of a rule.
pub(crate) struct Key<'a> {
    columns: Vec<Values<'a>>,
    fold_case: bool,
    /// The bits kept of every hash: all, except where a test wants collisions.
    hash_mask: u64,
}

impl<'a> Key<'a> {
    pub(crate) fn new(columns: Vec<Values<'a>>, fold_case: bool) -> Self {
        Key {
            columns,
            fold_case,
            hash_mask: u64::MAX,
        }
    }

    #[cfg(test)]
    fn narrowed(mut self, hash_mask: u64) -> Self {
        self.hash_mask = hash_mask;
        self
    }

    fn hash(&self, part: usize, row: usize, hashes: &mut [u64]) {
        hashes.fill(SEED);
        for column in &self.columns {
            column.hash(part, row..row + hashes.len(), self.fold_case, hashes);
        }
        narrow(hashes, self.hash_mask);
    }

    fn equal(&self, a: Place, b: Place) -> bool {
        self.columns.iter().all(|c| c.equal(a, b, self.fold_case))
    }
}

/// The values of records under a rule.
struct KeysOf<'a> {
    records: &'a Records,
    key: &'a Key<'a>,
}

impl Keys for KeysOf<'_> {
    fn equal(&self, a: u32, b: u32) -> bool {
        self.key.equal(self.records.at(a), self.records.at(b))
    }

    fn fetch(&self, row: u32) {
        let at = self.records.at(row);
        self.key.columns.iter().for_each(|column| column.fetch(at));
    }

    fn fetch_key(&self, row: u32) {
        let at = self.records.at(row);
        let columns = self.key.columns.iter();
        columns.for_each(|column| column.fetch_text(at));
    }
}

/// Finds the records that share a value.
pub(crate) fn match_groups(
    records: &Records,
    key: &Key<'_>,
    people: &People<'_>,
    cap: Option<u64>,
    threads: usize,
) -> MatchGroups {
    let partitions = partitions(records.len());
    let dealt = deal(
        records.places(),
        partitions,
        threads,
        |part, row, hashes| {
            key.hash(part, row, hashes);
        },
    );
    // A value on one record links nothing, so no cap applies to it.
    let cap = cap.map_or(u32::MAX, |cap| {
        u32::try_from(cap.max(1)).unwrap_or(u32::MAX)
    });
    let mut found = MatchGroups::default();
    for part in map_items(threads, dealt, |runs| {
        in_partition(records, key, people, runs, cap)
    }) {
        found.append(part);
    }
    found
}

fn in_partition(
    records: &Records,
    key: &Key<'_>,
    people: &People<'_>,
    runs: Runs,
    cap: u32,
) -> MatchGroups {
    let grouped = group(runs, KeysOf { records, key });
    let mut shared = HashMap::new();
    if grouped.groups.iter().any(|value| value.rows > cap) {
        let many = |(_, value): &(u32, usize)| grouped.groups[*value].rows > cap;
        shared = people.behind(grouped.rows().filter(many), cap);
        shared.retain(|_, behind| behind.people > cap);
    }
    let (values, rows) = grouped.into_groups_and_rows();
    let mut found = MatchGroups::default();
    for (number, value) in values.iter().enumerate() {
        found.present += u64::from(value.rows);
        if let Some(behind) = shared.get(&number) {
            found.over_shared.push(OverShared {
                first: value.first,
                records: value.rows,
                source: behind.source,
            });
        } else if value.rows > 1 {
            found.values += 1;
            found.records += u64::from(value.rows);
        }
    }
    found.links.extend(rows.filter_map(|(record, value)| {
        let Group { first, rows, .. } = values[value];
        // Only a value above the cap has to be looked up.
        let is_shared = rows > cap && shared.contains_key(&value);
        (first != record && !is_shared).then_some(Link { record, first })
    }));
    found
}

/// The value of a record under a rule, as people read it.
pub(crate) fn describe(records: &Records, rule: &Rule, record: u32) -> String {
    let at = records.at(record);
    let mut text = String::new();
    for name in &rule.columns {
        let Some(column) = records.column_index(name) else {
            continue;
        };
        if !text.is_empty() {
            text.push_str(", ");
        }
        let chunk = &records.columns[column].chunks[at.part as usize];
        // The report goes on even if this build cannot format a time zone.
        match array_value_to_string(chunk, at.row as usize) {
            Ok(value) => text.push_str(&value),
            Err(_) => text.push('?'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arrow::array::{RecordBatch, StringViewArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::sources::SourceRecords;

    fn table(texts: &[String]) -> Records {
        let schema = Arc::new(Schema::new(vec![Field::new("v", DataType::Utf8View, true)]));
        let column = StringViewArray::from_iter_values(texts);
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(column)]).expect("batch");
        Records::new(vec![SourceRecords {
            name: "s".to_owned(),
            label: "S".to_owned(),
            schema,
            batches: vec![batch],
            key: None,
            address: None,
        }])
        .expect("records")
    }

    fn nobody(records: &Records) -> People<'_> {
        People::new(records, &[], &Rule::on("v", ["v"]))
    }

    fn sorted_links(mut found: MatchGroups) -> Vec<(u32, u32)> {
        found.links.sort_by_key(|l| l.record);
        found.links.iter().map(|l| (l.record, l.first)).collect()
    }

    #[test]
    fn collisions_never_link_strangers() {
        // 40,000 records: more than one partition. Every 7th value returns 3 times.
        let texts: Vec<String> = (0..40_000)
            .map(|i| {
                if i % 7 == 0 {
                    format!("common value {}", i % 1001)
                } else {
                    format!("v{i}")
                }
            })
            .collect();
        let mut first = BTreeMap::new();
        let mut expected = Vec::new();
        for (record, text) in texts.iter().enumerate() {
            match first.get(text) {
                None => {
                    first.insert(text, record as u32);
                }
                Some(first) => expected.push((record as u32, *first)),
            }
        }
        assert!(expected.len() > 5000);
        let records = table(&texts);
        // Two partitions only, tags of 8 bits; then one partition, all tags in 64 classes.
        for mask in [u64::MAX, 0x1_0000_00ff, 0x3f] {
            let values = Values::new(&records.columns[0]).expect("text");
            let key = Key::new(vec![values], false).narrowed(mask);
            assert_eq!(
                sorted_links(match_groups(&records, &key, &nobody(&records), None, 2)),
                expected,
                "mask {mask:x}"
            );
        }
    }

    #[test]
    fn a_value_above_the_cap_makes_no_links_at_all() {
        let texts: Vec<String> = ["a", "b", "a", "b", "a", "c"].map(str::to_owned).to_vec();
        let records = table(&texts);
        let with_cap = |cap| {
            let values = Values::new(&records.columns[0]).expect("text");
            let key = Key::new(vec![values], false);
            match_groups(&records, &key, &nobody(&records), cap, 1)
        };
        let capped = with_cap(Some(2));
        assert_eq!((capped.present, capped.values), (6, 1));
        assert_eq!(
            capped.over_shared,
            [OverShared {
                first: 0,
                records: 3,
                source: 0
            }]
        );
        assert_eq!(sorted_links(capped), [(3, 1)]);
        assert_eq!(sorted_links(with_cap(Some(3))), [(2, 0), (3, 1), (4, 0)]);
        assert_eq!(sorted_links(with_cap(None)), [(2, 0), (3, 1), (4, 0)]);
    }
}
