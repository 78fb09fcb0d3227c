//! Sorting rows within groups.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, StringViewArray, make_comparator};
use arrow::compute::concat;
use onefold_rows::MAX_ROWS;
use onefold_rows::parallel::{map_items, ranges};
use onefold_rows::views::is_inline;

use super::key::SortKey;
use crate::error::{Error, Kind};

/// The rows, group after group, and by the keys within each group. `groups` has the group of each row, all below `count`. Equal rows of a
/// group stay in their order.
///
/// # Errors
/// As [`sort_rows`](super::sort_rows).
pub fn sort_rows_within(
    groups: &[u32],
    count: usize,
    keys: &[SortKey],
    threads: usize,
) -> Result<Vec<u32>, Error> {
    if groups.len() > MAX_ROWS {
        return Err(Kind::TooManyRows.into());
    }
    let mut starts = vec![0u32; count + 1];
    for group in groups {
        starts[*group as usize + 1] += 1;
    }
    for group in 0..count {
        starts[group + 1] += starts[group];
    }
    let mut next = starts.clone();
    let mut rows = vec![0u32; groups.len()];
    for (row, group) in (0u32..).zip(groups) {
        let place = &mut next[*group as usize];
        rows[*place as usize] = row;
        *place += 1;
    }
    let short = match keys {
        [only] => short_texts(only),
        _ => None,
    };
    let comparators = keys.iter().filter(|_| short.is_none()).map(|key| {
        let pieces: Vec<&dyn Array> = key.values.iter().map(AsRef::as_ref).collect();
        let whole = concat(&pieces)?;
        Ok(make_comparator(&whole, &whole, key.options)?)
    });
    let comparators = comparators.collect::<Result<Vec<_>, Error>>()?;
    let compare = |a: &u32, b: &u32| {
        let by_keys = comparators.iter().map(|c| c(*a as usize, *b as usize));
        by_keys.fold(Ordering::Equal, Ordering::then).then(a.cmp(b))
    };
    let mut work = Vec::new();
    let mut rest = rows.as_mut_slice();
    for range in ranges(threads * 8, count) {
        let (here, after) = rest.split_at_mut((starts[range.end] - starts[range.start]) as usize);
        work.push((range, here));
        rest = after;
    }
    map_items(threads, work, |(range, rows)| {
        let first = starts[range.start];
        for group in range {
            let (from, to) = (starts[group] - first, starts[group + 1] - first);
            let rows = &mut rows[from as usize..to as usize];
            match &short {
                _ if rows.len() < 2 => {}
                Some(codes) => rows.sort_unstable_by_key(|row| (codes[*row as usize], *row)),
                None => rows.sort_unstable_by(compare),
            }
        }
    });
    Ok(rows)
}

/// The texts as numbers that sort in the order wanted; `None` if one of them is null or does not lie in its view.
fn short_texts(key: &SortKey) -> Option<Vec<u128>> {
    let mut codes = Vec::with_capacity(key.values.iter().map(|values| values.len()).sum());
    for values in &key.values {
        let texts = values.as_string_view_opt()?;
        if texts.null_count() > 0 || !texts.views().iter().all(|view| is_inline(*view)) {
            return None;
        }
        let views = texts.views().iter();
        codes.extend(views.map(|view| StringViewArray::inline_key_fast(*view)));
    }
    if key.options.descending {
        codes.iter_mut().for_each(|code| *code = !*code);
    }
    Some(codes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::compute::SortOptions;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_texts_come_in_the_order_of_their_bytes(
            rows in prop::collection::vec((0u32..3, "[ab\\x00\u{e9}]{0,6}"), 0..60),
            descending in any::<bool>(),
        ) {
            let groups: Vec<u32> = rows.iter().map(|(group, _)| *group).collect();
            let texts: StringViewArray = rows.iter().map(|(_, text)| Some(text)).collect();
            let options = SortOptions { descending, nulls_first: false };
            let key = SortKey { values: vec![Arc::new(texts)], options };
            prop_assert!(short_texts(&key).is_some());
            let mut expected: Vec<u32> = (0..rows.len() as u32).collect();
            expected.sort_by(|a, b| {
                let ((x, a), (y, b)) = (&rows[*a as usize], &rows[*b as usize]);
                let by_text = a.as_bytes().cmp(b.as_bytes());
                x.cmp(y).then(if descending { by_text.reverse() } else { by_text })
            });
            prop_assert_eq!(sort_rows_within(&groups, 3, &[key], 1).expect("sorted"), expected);
        }
    }
}
