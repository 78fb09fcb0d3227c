//! Keys on several right rows where one was expected.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::array_value_to_string;
use onefold_rows::NO_ROW;
use onefold_rows::partition::Partition;

use crate::error::{DuplicateKey, DuplicateKeys, Error};
use crate::table::Table;

/// A key on several rows.
pub(super) struct Duplicate {
    /// Its first two rows.
    rows: [u32; 2],
    count: u32,
}

/// The keys of a partition that are on several rows.
pub(super) fn duplicates(partition: &Partition) -> Vec<Duplicate> {
    let mut second = vec![NO_ROW; partition.groups.len()];
    for (row, group) in partition.rows() {
        if row != partition.groups[group].first {
            second[group] = second[group].min(row);
        }
    }
    let groups = partition.groups.iter().zip(second);
    groups
        .filter(|(group, _)| group.rows > 1)
        .map(|(group, second)| Duplicate {
            rows: [group.first, second],
            count: group.rows,
        })
        .collect()
}

/// The keys as the error tells of them.
pub(super) fn describe(
    mut duplicates: Vec<Duplicate>,
    right: &Table<'_>,
    on: &[usize],
) -> Result<DuplicateKeys, Error> {
    duplicates.sort_unstable_by_key(|duplicate| duplicate.rows[0]);
    let listed = &duplicates[..duplicates.len().min(DuplicateKeys::LISTED)];
    let firsts: Vec<u32> = listed.iter().map(|duplicate| duplicate.rows[0]).collect();
    let keys = right.gatherer().columns(on.iter().copied(), &firsts)?;
    let listed = listed.iter().enumerate().map(|(number, duplicate)| {
        let text = |key: &ArrayRef| value_text(key, number);
        DuplicateKey {
            key: keys.iter().map(text).collect::<Vec<_>>().join(", "),
            rows: duplicate.rows,
            count: duplicate.count,
        }
    });
    Ok(DuplicateKeys {
        listed: listed.collect(),
        keys: duplicates.len() as u64,
    })
}

/// A value as people read it. Timestamps are in UTC, whatever their zone.
fn value_text(array: &ArrayRef, row: usize) -> String {
    let instants = match array.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            array.as_primitive_opt::<TimestampMicrosecondType>()
        }
        _ => None,
    };
    let text = match instants {
        Some(instants) => {
            let civil = instants.slice(row, 1).with_timezone_opt::<&str>(None);
            array_value_to_string(&civil, 0).map(|text| text + "Z")
        }
        None => array_value_to_string(array, row),
    };
    // The rows are told even if the value cannot be shown.
    text.unwrap_or_else(|_| "?".to_owned())
}
