//! How many bytes each row of a batch takes, the same in whatever batch it comes.

use arrow::array::{Array, ArrayRef, AsArray, GenericListArray, OffsetSizeTrait, RecordBatch};
use arrow::datatypes::{
    ByteArrayType, ByteViewType, DataType, GenericBinaryType, GenericStringType,
};

/// Bytes of a value of a type that is not looked into.
const OTHER: u64 = 16;

/// The bytes of the values of each row, without what the columns need besides.
pub(crate) fn row_sizes(batch: &RecordBatch) -> Vec<u64> {
    let mut sizes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        add(column, &mut sizes);
    }
    sizes
}

fn add(column: &ArrayRef, sizes: &mut [u64]) {
    match column.data_type() {
        DataType::Utf8View => add_views(column.as_string_view(), sizes),
        DataType::BinaryView => add_views(column.as_binary_view(), sizes),
        DataType::Utf8 => add_bytes::<GenericStringType<i32>>(column, sizes),
        DataType::LargeUtf8 => add_bytes::<GenericStringType<i64>>(column, sizes),
        DataType::Binary => add_bytes::<GenericBinaryType<i32>>(column, sizes),
        DataType::LargeBinary => add_bytes::<GenericBinaryType<i64>>(column, sizes),
        DataType::List(_) => add_lists::<i32>(column.as_list(), sizes),
        DataType::LargeList(_) => add_lists::<i64>(column.as_list(), sizes),
        DataType::Struct(_) => {
            let mut inner = vec![0; sizes.len()];
            for column in column.as_struct().columns() {
                add(column, &mut inner);
            }
            for (row, (size, inner)) in sizes.iter_mut().zip(inner).enumerate() {
                // What stands below a missing value differs from batch to batch.
                *size += if column.is_valid(row) { inner } else { 1 };
            }
        }
        other => {
            let width = other.primitive_width().map_or(OTHER, |width| width as u64);
            sizes.iter_mut().for_each(|size| *size += width);
        }
    }
}

fn add_views<T: ByteViewType>(column: &arrow::array::GenericByteViewArray<T>, sizes: &mut [u64]) {
    for (row, (size, view)) in sizes.iter_mut().zip(column.views()).enumerate() {
        // The lower half of a view is the length.
        let bytes = u64::from(*view as u32);
        *size += OTHER + if column.is_valid(row) { bytes } else { 0 };
    }
}

fn add_bytes<T: ByteArrayType>(column: &ArrayRef, sizes: &mut [u64]) {
    let lengths = column.as_bytes::<T>().offsets().lengths();
    for (row, (size, length)) in sizes.iter_mut().zip(lengths).enumerate() {
        *size += OTHER
            + if column.is_valid(row) {
                length as u64
            } else {
                0
            };
    }
}

fn add_lists<O: OffsetSizeTrait>(column: &GenericListArray<O>, sizes: &mut [u64]) {
    for (row, size) in sizes.iter_mut().enumerate() {
        *size += OTHER;
        if column.is_valid(row) {
            let values = column.value(row);
            let mut inner = vec![0; values.len()];
            add(&values, &mut inner);
            *size += inner.iter().sum::<u64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, ListArray, StringArray, StringViewArray, StructArray};
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn rows_are_as_large_in_every_batch() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let words = [Some("a"), None, Some("longer than a view holds")];
        let views: ArrayRef = Arc::new(StringViewArray::from_iter(words));
        let texts: ArrayRef = Arc::new(StringArray::from_iter(words));
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1), Some(2)]),
            None,
            Some(vec![]),
        ]);
        let inner = StructArray::try_from(vec![("n", Arc::clone(&numbers))]).expect("a struct");
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("numbers", numbers, true),
            ("views", views, true),
            ("texts", texts, true),
            ("lists", Arc::new(lists) as ArrayRef, true),
            ("inner", Arc::new(inner) as ArrayRef, true),
        ])
        .expect("a batch");
        let sizes = row_sizes(&batch);
        assert_eq!(
            sizes,
            [
                8 + 17 + 17 + 24 + 8,
                8 + 16 + 16 + 16 + 8,
                8 + 40 + 40 + 16 + 8
            ]
        );
        for (row, size) in sizes.iter().enumerate() {
            assert_eq!(row_sizes(&batch.slice(row, 1)), [*size]);
        }
    }
}
