//! The order of rows by one or several columns.
//!
//! # Algorithm
//! Numbers, times and booleans are packed: each value becomes its distance from the least of its column, in as few bits as the greatest
//! distance needs, a null one code below or above; the columns side by side and the row's number last make one integer of 64 or 128 bits
//! a row, and those are sorted. The row's number keeps equal rows in their order. Keys that do not fit, and texts, go through Arrow's row
//! format: eight bytes of it decide most comparisons, the rest is looked at where they are equal. Within groups, texts that all lie within their
//! views are sorted as numbers.
//!
//! # Memory
//! 8 or 16 bytes a row where keys pack, else 16 bytes a row and the encoded keys; half of the former again while runs are merged.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, make_comparator};
use arrow::compute::{SortOptions, concat};
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use arrow::row::{RowConverter, Rows, SortField};

use crate::error::{Error, Kind};
use crate::parallel::{map_items, ranges, sort, sort_by};
use crate::table::MAX_ROWS;
use crate::text::INLINE;

/// A column to sort by.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// Its values, in as many pieces as all the other keys have; the first of them at least decides how many rows there are.
    pub values: Vec<ArrayRef>,
    /// Which way, and where nulls go.
    pub options: SortOptions,
}

/// The rows by the keys, the first key first. Rows with equal keys stay in their order.
///
/// Floats are in total order: NaN after all numbers, -0.0 before 0.0.
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::Int64Array;
/// use arrow::compute::SortOptions;
/// use onefold_operators::{SortKey, sort_rows};
///
/// let amounts = Int64Array::from(vec![Some(3), None, Some(1), Some(3)]);
/// let options = SortOptions { descending: true, nulls_first: false };
/// let key = SortKey { values: vec![Arc::new(amounts)], options };
/// assert_eq!(sort_rows(&[key], 2)?, [0, 3, 2, 1]);
/// # Ok::<(), onefold_operators::Error>(())
/// ```
///
/// # Errors
/// More rows than a `u32` can number, a type that Arrow cannot order.
pub fn sort_rows(keys: &[SortKey], threads: usize) -> Result<Vec<u32>, Error> {
    let Some(first) = keys.first() else {
        return Ok(Vec::new());
    };
    let sizes: Vec<usize> = first.values.iter().map(|values| values.len()).collect();
    let rows: usize = sizes.iter().sum();
    if rows > MAX_ROWS {
        return Err(Kind::TooManyRows.into());
    }
    let codes: Option<Vec<Codes>> = keys.iter().map(Codes::new).collect();
    let row_bits = bits(rows as u128);
    if let Some(codes) = codes {
        let needed: u32 = codes.iter().map(|codes| codes.bits).sum::<u32>() + row_bits;
        if needed <= 64 {
            return Ok(packed::<u64>(keys, &codes, &sizes, row_bits, threads));
        }
        if needed <= 128 {
            return Ok(packed::<u128>(keys, &codes, &sizes, row_bits, threads));
        }
    }
    encoded(keys, &sizes, threads)
}

/// The rows group after group, within each by the keys: `groups` has the group of each row, all of them below `count`. Equal rows of a
/// group stay in their order.
///
/// # Errors
/// As [`sort_rows`].
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

/// Numbers in the order wanted of texts that all lie within their views; `None`: some do not, or are missing.
fn short_texts(key: &SortKey) -> Option<Vec<u128>> {
    let mut codes = Vec::with_capacity(key.values.iter().map(|values| values.len()).sum());
    for values in &key.values {
        let texts = values.as_string_view_opt()?;
        let is_short = |view: &u128| *view as u32 <= INLINE;
        if texts.null_count() > 0 || !texts.views().iter().all(is_short) {
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

/// Bits that the numbers below `count` need.
fn bits(count: u128) -> u32 {
    u128::BITS - count.saturating_sub(1).leading_zeros()
}

/// How the values of a column become codes: small numbers in the order wanted.
struct Codes {
    least: u64,
    greatest: u64,
    has_nulls: bool,
    options: SortOptions,
    bits: u32,
}

impl Codes {
    /// `None` where the values are no fixed number of bits.
    fn new(key: &SortKey) -> Option<Codes> {
        let (mut least, mut greatest, mut has_nulls) = (u64::MAX, 0, false);
        for values in &key.values {
            has_nulls |= values.null_count() > 0;
            ordered(values, |value| {
                if let Some(value) = value {
                    least = least.min(value);
                    greatest = greatest.max(value);
                }
            })?;
        }
        let distance = u128::from(greatest.saturating_sub(least));
        Some(Codes {
            least,
            greatest,
            has_nulls,
            options: key.options,
            bits: bits(distance + 1 + u128::from(has_nulls)),
        })
    }

    #[inline]
    fn code(&self, value: Option<u64>) -> u128 {
        let shift = u128::from(self.has_nulls && self.options.nulls_first);
        match value {
            None if self.options.nulls_first => 0,
            None => u128::from(self.greatest.saturating_sub(self.least)) + 1,
            Some(value) if self.options.descending => u128::from(self.greatest - value) + shift,
            Some(value) => u128::from(value - self.least) + shift,
        }
    }
}

/// Gives each value as a number whose order is that of the values; `None` where the type has no such numbers.
fn ordered(values: &ArrayRef, mut give: impl FnMut(Option<u64>)) -> Option<()> {
    const SIGN: u64 = 1 << 63;
    macro_rules! each {
        ($type:ty, $number:expr) => {{
            let values = values.as_primitive_opt::<$type>()?;
            match values.nulls() {
                None => values
                    .values()
                    .iter()
                    .for_each(|value| give(Some($number(*value)))),
                Some(_) => values.iter().for_each(|value| give(value.map($number))),
            }
        }};
    }
    match values.data_type() {
        DataType::Int64 => each!(Int64Type, |v: i64| v as u64 ^ SIGN),
        DataType::UInt64 => each!(UInt64Type, |v: u64| v),
        DataType::UInt32 => each!(UInt32Type, u64::from),
        DataType::Date32 => each!(Date32Type, |v: i32| i64::from(v) as u64 ^ SIGN),
        DataType::Timestamp(..) => each!(TimestampMicrosecondType, |v: i64| v as u64 ^ SIGN),
        DataType::Float64 => each!(Float64Type, |v: f64| {
            let bits = v.to_bits();
            if bits & SIGN == 0 { bits | SIGN } else { !bits }
        }),
        DataType::Boolean => {
            let values = values.as_boolean_opt()?;
            values.iter().for_each(|value| give(value.map(u64::from)));
        }
        _ => return None,
    }
    Some(())
}

/// An unsigned integer that holds the codes of a row.
trait Word: Copy + Ord + Send + Sync + Default {
    fn push(self, code: u128, bits: u32) -> Self;
    fn low(self, bits: u32) -> u32;
}

macro_rules! word {
    ($type:ty) => {
        impl Word for $type {
            #[inline]
            fn push(self, code: u128, bits: u32) -> Self {
                // A shift by all bits there are: the word was empty.
                self.checked_shl(bits).unwrap_or(0) | code as $type
            }

            #[inline]
            fn low(self, bits: u32) -> u32 {
                (self & (((1 as $type) << bits) - 1)) as u32
            }
        }
    };
}
word!(u64);
word!(u128);

fn packed<W: Word>(
    keys: &[SortKey],
    codes: &[Codes],
    sizes: &[usize],
    row_bits: u32,
    threads: usize,
) -> Vec<u32> {
    let mut words = vec![W::default(); sizes.iter().sum()];
    let mut work = Vec::with_capacity(sizes.len());
    let (mut rest, mut start) = (words.as_mut_slice(), 0);
    for (part, size) in sizes.iter().enumerate() {
        let (here, after) = rest.split_at_mut(*size);
        work.push((part, start, here));
        rest = after;
        start += size;
    }
    map_items(threads, work, |(part, start, words)| {
        for (key, codes) in keys.iter().zip(codes) {
            let mut next = words.iter_mut();
            // That the type has numbers has been found when the codes were made.
            ordered(&key.values[part], |value| {
                if let Some(word) = next.next() {
                    *word = word.push(codes.code(value), codes.bits);
                }
            })
            .unwrap_or_default();
        }
        for (row, word) in (start..).zip(words) {
            *word = word.push(row as u128, row_bits);
        }
    });
    sort(&mut words, threads);
    words.iter().map(|word| word.low(row_bits)).collect()
}

/// Sorts by Arrow's row format.
fn encoded(keys: &[SortKey], sizes: &[usize], threads: usize) -> Result<Vec<u32>, Error> {
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

#[derive(Clone, Copy)]
struct Encoded {
    prefix: u64,
    part: u32,
    within: u32,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringViewArray,
    };
    use arrow::compute::{SortColumn, lexsort_to_indices};
    use proptest::prelude::*;

    use super::*;

    fn options(descending: bool, nulls_first: bool) -> SortOptions {
        SortOptions {
            descending,
            nulls_first,
        }
    }

    fn cut(array: &ArrayRef, sizes: &[usize]) -> Vec<ArrayRef> {
        let mut at = 0;
        let mut pieces: Vec<ArrayRef> = Vec::new();
        for size in sizes {
            let size = (*size).min(array.len() - at);
            pieces.push(array.slice(at, size));
            at += size;
        }
        pieces.push(array.slice(at, array.len() - at));
        pieces
    }

    /// Arrow's own sort, with the row's number as the last key.
    fn oracle(keys: &[(ArrayRef, SortOptions)]) -> Vec<u32> {
        let rows = keys[0].0.len();
        let number: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows as i64));
        let mut columns: Vec<SortColumn> = keys
            .iter()
            .map(|(values, options)| SortColumn {
                values: Arc::clone(values),
                options: Some(*options),
            })
            .collect();
        columns.push(SortColumn {
            values: number,
            options: None,
        });
        let order = lexsort_to_indices(&columns, None).expect("sorted");
        order.values().to_vec()
    }

    fn column() -> impl Strategy<Value = Vec<Option<i64>>> {
        let value = prop_oneof![
            4 => (-3i64..3).prop_map(Some),
            1 => Just(None),
            1 => any::<i64>().prop_map(Some),
            1 => prop_oneof![Just(i64::MIN), Just(i64::MAX)].prop_map(Some),
        ];
        prop::collection::vec(value, 60)
    }

    fn typed(kind: u8, values: &[Option<i64>]) -> ArrayRef {
        let values = values.iter().copied();
        match kind {
            0 => Arc::new(values.collect::<Int64Array>()),
            1 => Arc::new(values.map(|v| v.map(|v| v as i32)).collect::<Date32Array>()),
            2 => Arc::new(
                values
                    .map(|v| v.map(|v| f64::from_bits(v as u64)))
                    .collect::<Float64Array>(),
            ),
            3 => Arc::new(
                values
                    .map(|v| v.map(|v| v & 1 == 1))
                    .collect::<BooleanArray>(),
            ),
            4 => Arc::new(
                values
                    .map(|v| v.map(|v| format!("text number {}", v % 50)))
                    .collect::<StringViewArray>(),
            ),
            _ => Arc::new(
                values
                    .map(|v| v.map(i128::from))
                    .collect::<Decimal128Array>(),
            ),
        }
    }

    proptest! {
        #[test]
        fn order_is_arrows(
            columns in prop::collection::vec((column(), 0u8..6, any::<bool>(), any::<bool>()), 1..4),
            sizes in prop::collection::vec(0usize..30, 0..4),
            threads in 1usize..4,
        ) {
            let keys: Vec<(ArrayRef, SortOptions)> = columns
                .iter()
                .map(|(values, kind, descending, nulls_first)| {
                    (typed(*kind, values), options(*descending, *nulls_first))
                })
                .collect();
            let cut_keys: Vec<SortKey> = keys
                .iter()
                .map(|(values, options)| SortKey { values: cut(values, &sizes), options: *options })
                .collect();
            prop_assert_eq!(sort_rows(&cut_keys, threads).expect("sorted"), oracle(&keys));
        }

        #[test]
        fn order_within_groups_is_that_by_group_first(
            groups in prop::collection::vec(0u32..7, 60),
            (values, kind) in (column(), 0u8..6),
            descending in any::<bool>(),
            sizes in prop::collection::vec(0usize..30, 0..4),
            threads in 1usize..4,
        ) {
            let values = typed(kind, &values);
            let options = options(descending, true);
            let key = SortKey { values: cut(&values, &sizes), options };
            let number: ArrayRef = Arc::new(groups.iter().map(|g| Some(i64::from(*g))).collect::<Int64Array>());
            let expected = oracle(&[(number, SortOptions::default()), (values, options)]);
            let sorted = sort_rows_within(&groups, 7, &[key], threads).expect("sorted");
            prop_assert_eq!(sorted, expected);
        }
    }

    proptest! {
        #[test]
        fn short_texts_come_in_the_order_of_their_bytes(
            rows in prop::collection::vec((0u32..3, "[ab\\x00\u{e9}]{0,6}"), 0..60),
            descending in any::<bool>(),
        ) {
            let groups: Vec<u32> = rows.iter().map(|(group, _)| *group).collect();
            let texts: StringViewArray = rows.iter().map(|(_, text)| Some(text)).collect();
            let options = options(descending, false);
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

    #[test]
    fn nothing_to_sort() {
        assert_eq!(sort_rows(&[], 2).expect("sorted"), [0u32; 0]);
        let empty = SortKey {
            values: vec![],
            options: SortOptions::default(),
        };
        assert_eq!(sort_rows(&[empty], 2).expect("sorted"), [0u32; 0]);
        assert_eq!(sort_rows_within(&[], 0, &[], 2).expect("sorted"), [0u32; 0]);
    }
}
