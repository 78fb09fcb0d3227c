//! Rows grouped by key, and by time within a key.
//!
//! [`onefold_rows::partition`] has the algorithm; here it gets the keys and the times of a table.

use onefold_rows::Places;
use onefold_rows::parallel::{map_items, sort};
use onefold_rows::partition::{Partition, Runs, deal, group, partitions};

use crate::keys::Keys;
use crate::time::Times;

/// Groups the rows that have a key (and a time, where times are given), and applies `work` to each partition. The results are in order of
/// the partitions, whose number is a power of two.
pub(crate) fn map_partitions<T: Send>(
    keys: &Keys,
    times: Option<&Times>,
    places: &Places,
    threads: usize,
    work: impl Fn(&Partition) -> T + Sync,
) -> Vec<T> {
    let equal = |a: u32, b: u32| keys.equal(places.at(a), keys, places.at(b));
    let dealt = deal_all(keys, times, places, threads);
    map_items(threads, dealt, |runs| work(&group(runs, equal)))
}

/// The rows that have a key (and a time, where times are given) by partition, whose number is a power of two.
pub(crate) fn deal_all(
    keys: &Keys,
    times: Option<&Times>,
    places: &Places,
    threads: usize,
) -> Vec<Runs> {
    let partitions = partitions(places.rows());
    deal(places, partitions, threads, |part, first, hashes| {
        keys.hash(part, first, hashes);
        if let Some(times) = times {
            times.mark_absent(part, first, hashes);
        }
    })
}

/// The rows of a partition with their times: group after group, within each in order of time and row.
pub(crate) fn by_time(
    partition: &Partition,
    times: &Times,
    places: &Places,
    threads: usize,
) -> Vec<(i64, u32)> {
    let mut next = Vec::with_capacity(partition.groups.len());
    let mut total = 0;
    for group in &partition.groups {
        next.push(total);
        total += group.rows as usize;
    }
    let mut sorted = vec![(0, 0); total];
    for (row, group) in partition.rows() {
        sorted[next[group]] = (times.at(places.at(row)), row);
        next[group] += 1;
    }
    let mut rest = &mut sorted[..];
    for group in &partition.groups {
        let (rows, after) = rest.split_at_mut(group.rows as usize);
        sort(rows, threads);
        rest = after;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arrow::array::{RecordBatch, StringViewArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::column::Nulls;
    use crate::table::Table;

    #[test]
    fn collisions_never_join_strangers() {
        // More than one partition. Every 7th key returns; every 50th is missing.
        let texts: Vec<Option<String>> = (0..40_000)
            .map(|i| match i {
                _ if i % 50 == 3 => None,
                _ if i % 7 == 0 => Some(format!("common value {}", i % 1001)),
                _ => Some(format!("v{i}")),
            })
            .collect();
        let mut expected: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (row, text) in texts.iter().enumerate() {
            if let Some(text) = text {
                expected.entry(text).or_default().push(row as u32);
            }
        }
        let mut expected: Vec<Vec<u32>> = expected.into_values().collect();
        expected.sort();

        let schema = Arc::new(Schema::new(vec![Field::new("v", DataType::Utf8View, true)]));
        let column = StringViewArray::from_iter(&texts);
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(column)]).expect("batch");
        let batches = [batch.slice(0, 12_345), batch.slice(12_345, 27_655)];
        let table = Table::new(&schema, &batches).expect("table");
        let places = table.places();
        // Two partitions only, tags of 8 bits; then one partition, all tags in 64 classes.
        for mask in [u64::MAX, 0x1_0000_00ff, 0x3f] {
            let keys = table
                .keys(&[0], Nulls::Distinct)
                .expect("keys")
                .narrowed(mask);
            let groups = map_partitions(&keys, None, &places, 2, |partition| {
                let mut rows = vec![Vec::new(); partition.groups.len()];
                for (row, group) in partition.rows() {
                    rows[group].push(row);
                }
                for (group, rows) in partition.groups.iter().zip(&rows) {
                    assert_eq!((group.first, group.rows as usize), (rows[0], rows.len()));
                }
                rows
            });
            let mut groups: Vec<Vec<u32>> = groups.into_iter().flatten().collect();
            groups.sort();
            assert_eq!(groups, expected, "mask {mask:x}");
        }
    }
}
