//! Sorting by Arrow's row format, for keys of any type.

use arrow::array::ArrayRef;
use arrow::row::{RowConverter, Rows, SortField};
use onefold_rows::parallel::sort_by;

use super::key::SortKey;
use crate::error::Error;

/// The rows in order. `sizes` has the rows of each piece.
pub(super) fn encoded(
    keys: &[SortKey],
    sizes: &[usize],
    threads: usize,
) -> Result<Vec<u32>, Error> {
    let fields = keys.iter().filter_map(|key| {
        let values = key.values.first()?;
        let data_type = values.data_type().clone();
        Some(SortField::new_with_options(data_type, key.options))
    });
    let converter = RowConverter::new(fields.collect())?;
    let mut parts: Vec<Rows> = Vec::with_capacity(sizes.len());
    for part in 0..sizes.len() {
        let columns: Vec<ArrayRef> = keys
            .iter()
            .map(|key| ArrayRef::clone(&key.values[part]))
            .collect();
        parts.push(converter.convert_columns(&columns)?);
    }
    let mut items: Vec<Encoded> = Vec::with_capacity(sizes.iter().sum());
    let mut row = 0;
    for (part, rows) in (0u32..).zip(&parts) {
        for (within, bytes) in (0u32..).zip(rows.iter()) {
            let mut prefix = [0; 8];
            let len = bytes.as_ref().len().min(8);
            prefix[..len].copy_from_slice(&bytes.as_ref()[..len]);
            items.push(Encoded {
                prefix: u64::from_be_bytes(prefix),
                part,
                within,
            });
            row += 1;
        }
    }
    debug_assert_eq!(row, items.len());
    sort_by(&mut items, threads, |a, b| {
        a.prefix
            .cmp(&b.prefix)
            .then_with(|| {
                let bytes = |e: &Encoded| parts[e.part as usize].row(e.within as usize);
                bytes(a).cmp(&bytes(b))
            })
            .then_with(|| (a.part, a.within).cmp(&(b.part, b.within)))
    });
    let mut starts = Vec::with_capacity(sizes.len());
    let mut start = 0;
    for size in sizes {
        starts.push(start as u32);
        start += size;
    }
    let number = |e: &Encoded| starts[e.part as usize] + e.within;
    Ok(items.iter().map(number).collect())
}

/// A row on its way to its place.
#[derive(Clone, Copy)]
struct Encoded {
    /// The first bytes of its key.
    prefix: u64,
    part: u32,
    within: u32,
}
