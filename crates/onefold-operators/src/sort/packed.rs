//! Sorting by keys that fit an integer.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use onefold_rows::parallel::{map_items, sort};

use super::key::SortKey;

/// The rows in order; `None` where a key is no number, or the keys and the row's number take more than 128 bits. `sizes` has the rows of
/// each piece.
pub(super) fn packed(keys: &[SortKey], sizes: &[usize], threads: usize) -> Option<Vec<u32>> {
    let codes: Vec<Codes> = keys.iter().map(Codes::new).collect::<Option<_>>()?;
    let row_bits = bits(sizes.iter().sum::<usize>() as u128);
    let needed: u32 = codes.iter().map(|codes| codes.bits).sum::<u32>() + row_bits;
    match needed {
        0..=64 => Some(sorted::<u64>(keys, &codes, sizes, row_bits, threads)),
        65..=128 => Some(sorted::<u128>(keys, &codes, sizes, row_bits, threads)),
        _ => None,
    }
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
    /// `None` if the values do not map to integers in order.
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

/// Gives each value as a number that sorts as the values do; `None` if the type has no such numbers.
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
                // A shift by the whole width: the word was empty.
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

fn sorted<W: Word>(
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
            // The type has numbers, or there would be no codes.
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
