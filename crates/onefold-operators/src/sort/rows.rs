//! Sorting all rows.

use arrow::array::Array;
use onefold_rows::MAX_ROWS;

use super::encoded::encoded;
use super::key::SortKey;
use super::packed::packed;
use crate::error::{Error, Kind};

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
    match packed(keys, &sizes, threads) {
        Some(sorted) => Ok(sorted),
        None => encoded(keys, &sizes, threads),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
        StringViewArray,
    };
    use arrow::compute::{SortColumn, SortOptions, lexsort_to_indices};
    use proptest::prelude::*;

    use super::*;
    use crate::sort::sort_rows_within;

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
