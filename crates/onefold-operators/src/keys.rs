//! Keys: values of one or several columns, hashed a column at a time and compared where hashes meet.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::SchemaRef;
use onefold_rows::Place;
use onefold_rows::hash::{SEED, narrow};

use crate::chunks::{nulls_of, whole};
use crate::column::{Column, Nulls};
use crate::error::Error;
use crate::schema::field;
use crate::uuid;

/// Keys of the rows of a table, or of a batch, which is a table of one part.
pub(crate) struct Keys {
    columns: Vec<Column>,
    nulls: Nulls,
    /// The bits kept of every hash: all, except where a test wants collisions.
    hash_mask: u64,
}

impl Keys {
    /// Keys of the rows of batches, each batch a part.
    pub(crate) fn of_batches(
        schema: &SchemaRef,
        batches: &[RecordBatch],
        on: &[usize],
        nulls: Nulls,
    ) -> Result<Self, Error> {
        let columns = on.iter().map(|column| {
            let field = field(schema, *column)?;
            Column::new(field, batches.iter().map(|batch| batch.column(*column)))
        });
        Ok(Self::of_columns(columns.collect::<Result<_, _>>()?, nulls))
    }

    /// Keys of one part.
    pub(crate) fn of_arrays(
        schema: &SchemaRef,
        on: &[usize],
        arrays: &[ArrayRef],
        nulls: Nulls,
    ) -> Result<Self, Error> {
        let columns = on
            .iter()
            .zip(arrays)
            .map(|(column, array)| Column::new(field(schema, *column)?, [array].into_iter()));
        Ok(Self::of_columns(columns.collect::<Result<_, _>>()?, nulls))
    }

    /// Keys of the rows of batches, all of them one part. Texts that are all UUIDs become numbers.
    pub(crate) fn in_one_piece(
        schema: &SchemaRef,
        batches: &[RecordBatch],
        on: &[usize],
        nulls: Nulls,
        threads: usize,
    ) -> Result<Self, Error> {
        let columns = on.iter().map(|column| {
            let chunks = batches.iter().map(|batch| batch.column(*column));
            let chunks: Vec<ArrayRef> = chunks.cloned().collect();
            match uuid::pack_all(&chunks, threads) {
                Some(numbers) => Ok(Column::of_uuids(numbers.into(), nulls_of(&chunks))),
                None => {
                    let field = field(schema, *column)?;
                    let whole = whole(field.data_type(), &chunks)?;
                    Column::new(field, [&whole].into_iter())
                }
            }
        });
        Ok(Self::of_columns(columns.collect::<Result<_, _>>()?, nulls))
    }

    /// The keys in the form of those that they are compared with.
    pub(crate) fn in_form_of(mut self, others: &Keys) -> Self {
        let columns = self.columns.into_iter().zip(&others.columns);
        self.columns = columns.map(|(own, other)| own.in_form_of(other)).collect();
        self
    }

    /// For each key column the numbers of its UUIDs, where the column is kept as such.
    pub(crate) fn uuids(&self) -> impl Iterator<Item = Option<ScalarBuffer<u128>>> + '_ {
        self.columns.iter().map(Column::uuids)
    }

    fn of_columns(columns: Vec<Column>, nulls: Nulls) -> Self {
        Keys {
            columns,
            nulls,
            hash_mask: u64::MAX,
        }
    }

    #[cfg(test)]
    pub(crate) fn narrowed(mut self, hash_mask: u64) -> Self {
        self.hash_mask = hash_mask;
        self
    }

    /// Hashes of rows of a part; [`ABSENT`](onefold_rows::hash::ABSENT) for a key that equals nothing.
    pub(crate) fn hash(&self, part: usize, first: usize, hashes: &mut [u64]) {
        hashes.fill(SEED);
        for column in &self.columns {
            column.hash(part, first, self.nulls, hashes);
        }
        narrow(hashes, self.hash_mask);
    }

    /// Whether two keys, neither of them absent, are equal.
    #[inline]
    pub(crate) fn equal(&self, a: Place, other: &Keys, b: Place) -> bool {
        let mut columns = self.columns.iter().zip(&other.columns);
        columns.all(|(l, r)| l.equal(a, r, b, self.nulls))
    }

    /// Compares rows of part 0 from `first` on, column by column, with rows of part 0 of the other keys. The result is true for
    /// [`NO_ROW`](onefold_rows::NO_ROW).
    pub(crate) fn compare_stretch(
        &self,
        first: usize,
        other: &Keys,
        others: &[u32],
        equal: &mut [bool],
    ) {
        equal.fill(true);
        for (l, r) in self.columns.iter().zip(&other.columns) {
            l.compare_stretch(first, r, others, equal);
        }
    }

    /// Appends a text that no other key has: for each column the length of its value's text in bytes, `:`, and the text.
    pub(crate) fn write(&self, at: Place, text: &mut Vec<u8>) {
        let mut digits = itoa::Buffer::new();
        let mut value = Vec::new();
        for column in &self.columns {
            value.clear();
            column.write(at, &mut value);
            text.extend_from_slice(digits.format(value.len()).as_bytes());
            text.push(b':');
            text.extend_from_slice(&value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::sync::Arc;

    use arrow::array::{
        Array, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
        StringViewArray, UInt64Array,
    };
    use arrow::datatypes::{DataType, Field, Schema};
    use onefold_rows::hash::ABSENT;

    use super::*;

    fn keys(array: ArrayRef, nulls: Nulls) -> Keys {
        let field = Field::new("k", array.data_type().clone(), true);
        Keys::of_arrays(&Arc::new(Schema::new(vec![field])), &[0], &[array], nulls).expect("keys")
    }

    fn at(row: usize) -> Place {
        Place {
            part: 0,
            row: row as u32,
        }
    }

    /// Rows that are equal to one another, by hash and by comparison.
    fn classes(keys: &Keys, rows: usize) -> Vec<Vec<usize>> {
        let mut hashes = vec![7; rows];
        keys.hash(0, 0, &mut hashes);
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for row in (0..rows).filter(|row| hashes[*row] != ABSENT) {
            let same = |class: &&mut Vec<usize>| keys.equal(at(row), keys, at(class[0]));
            match classes.iter_mut().find(same) {
                Some(class) => {
                    assert_eq!(hashes[row], hashes[class[0]]);
                    class.push(row);
                }
                None => classes.push(vec![row]),
            }
        }
        classes
    }

    #[test]
    fn equality_by_type() {
        let text = vec![
            Some("a"),
            None,
            Some(""),
            Some("a"),
            Some("a text too long"),
            None,
            Some("a text too lang"),
            Some("a text too long"),
            Some(""),
        ];
        let expected = vec![vec![0, 3], vec![2, 8], vec![4, 7], vec![6]];
        for array in [
            Arc::new(StringViewArray::from(text.clone())) as ArrayRef,
            Arc::new(StringArray::from(text)),
        ] {
            assert_eq!(
                classes(&keys(Arc::clone(&array), Nulls::Distinct), 9),
                expected
            );
            assert_eq!(classes(&keys(array, Nulls::Equal), 9)[1], [1, 5]);
        }

        let floats = vec![
            Some(0.0),
            Some(-0.0),
            Some(f64::NAN),
            None,
            Some(-f64::NAN),
            Some(1.5),
            None,
        ];
        let floats: ArrayRef = Arc::new(Float64Array::from(floats));
        assert_eq!(
            classes(&keys(Arc::clone(&floats), Nulls::Distinct), 7),
            [vec![0, 1], vec![5]]
        );
        let expected = [vec![0, 1], vec![2, 4], vec![3, 6], vec![5]];
        assert_eq!(classes(&keys(floats, Nulls::Equal), 7), expected);

        let arrays: [ArrayRef; 5] = [
            Arc::new(Int64Array::from(vec![Some(-1), None, Some(1), Some(-1)])),
            Arc::new(UInt64Array::from(vec![
                Some(u64::MAX),
                None,
                Some(1),
                Some(u64::MAX),
            ])),
            Arc::new(Decimal128Array::from(vec![
                Some(-1 << 70),
                None,
                Some(-1),
                Some(-1 << 70),
            ])),
            Arc::new(Date32Array::from(vec![Some(-1), None, Some(1), Some(-1)])),
            Arc::new(BooleanArray::from(vec![
                Some(false),
                None,
                Some(true),
                Some(false),
            ])),
        ];
        for array in arrays {
            assert_eq!(
                classes(&keys(Arc::clone(&array), Nulls::Distinct), 4),
                [vec![0, 3], vec![2]]
            );
            // A slice hashes as the whole does.
            assert_eq!(
                classes(&keys(array.slice(2, 2), Nulls::Distinct), 2),
                [[0], [1]]
            );
        }
    }

    #[test]
    fn order_puts_missing_values_last() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![
            Some(2.0),
            None,
            Some(1.0),
            Some(f64::NAN),
        ]));
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![
            Some("b"),
            None,
            Some("a text too long"),
            None,
        ]));
        for array in [floats, texts] {
            let column = &keys(array, Nulls::Distinct).columns[0];
            for (reverse, first) in [(false, 2), (true, 0)] {
                for row in 0..4 {
                    let expected = if row == first {
                        Ordering::Equal
                    } else {
                        Ordering::Less
                    };
                    assert_eq!(column.compare(at(first), at(row), reverse), expected);
                }
                assert_eq!(column.compare(at(1), at(3), reverse), Ordering::Equal);
            }
        }
    }

    #[test]
    fn a_written_key_is_unambiguous() {
        let columns: [ArrayRef; 2] = [
            Arc::new(StringViewArray::from(vec!["a1:", "a"])),
            Arc::new(StringViewArray::from(vec!["b", "1:b"])),
        ];
        let fields = ["x", "y"].map(|name| Field::new(name, DataType::Utf8View, true));
        let schema = Arc::new(Schema::new(fields.to_vec()));
        let keys = Keys::of_arrays(&schema, &[0, 1], &columns, Nulls::Distinct).expect("keys");
        let written = [0, 1].map(|row| {
            let mut text = Vec::new();
            keys.write(at(row), &mut text);
            String::from_utf8(text).expect("text")
        });
        assert_eq!(written, ["3:a1:1:b", "1:a3:1:b"]);
    }
}
