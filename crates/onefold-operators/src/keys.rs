//! Keys: values of one or several columns, hashed a column at a time and compared where hashes meet.
//!
//! A text of at most 12 bytes lies within its view, so hashing and comparing it is arithmetic on one 128-bit word.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, SchemaRef, TimeUnit,
    TimestampMicrosecondType, UInt64Type,
};
use foldhash::quality::FixedState;

use crate::error::{Error, Kind};
use crate::table::{At, Table, field};

/// Any odd constant with bits well spread serves; it only decides which table slot a key meets first, never a result.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// In place of the hash of a null where nulls are equal.
const NULL: u64 = 0x6a09_e667_f3bc_c909;

/// A hash that marks a key that equals nothing.
pub(crate) const ABSENT: u64 = 0;

/// What a null (and a NaN) in a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// The key equals nothing.
    Distinct,
    /// One null equals another, and one NaN another.
    Equal,
}

/// Keys of the rows of a table, or of a batch, which is a table of one part.
pub(crate) struct Keys {
    columns: Vec<Column>,
    nulls: Nulls,
    /// Applied to every hash; all ones, except where a test wants collisions.
    hash_mask: u64,
}

impl Keys {
    pub(crate) fn of_table(table: &Table<'_>, on: &[usize], nulls: Nulls) -> Result<Self, Error> {
        let columns = on.iter().map(|column| {
            let field = table.field(*column)?;
            Column::new(field, table.chunks(*column))
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

    /// Hashes of rows of a part; [`ABSENT`] for a key that equals nothing.
    pub(crate) fn hash(&self, part: usize, first: usize, hashes: &mut [u64]) {
        hashes.fill(SEED);
        for column in &self.columns {
            column.hash(part, first, self.nulls, hashes);
        }
        if self.hash_mask != u64::MAX {
            for hash in hashes.iter_mut().filter(|hash| **hash != ABSENT) {
                *hash = (*hash & self.hash_mask) | 1 << 63;
            }
        }
    }

    /// Whether two keys, neither of them absent, are equal.
    #[inline]
    pub(crate) fn equal(&self, a: At, other: &Keys, b: At) -> bool {
        let mut columns = self.columns.iter().zip(&other.columns);
        columns.all(|(l, r)| l.equal(a, r, b, self.nulls))
    }

    /// Compares rows of part 0 from `first` on, column by column, with rows of part 0 of the other keys. Where `others` has
    /// [`NO_ROW`](crate::NO_ROW) there is nothing to compare.
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

    /// Appends an unambiguous text of a key: for each column the length of its value's text in bytes, `:`, and the text.
    pub(crate) fn write(&self, at: At, text: &mut Vec<u8>) {
        let mut value = Vec::new();
        for column in &self.columns {
            value.clear();
            column.write(at, &mut value);
            text.extend_from_slice(value.len().to_string().as_bytes());
            text.push(b':');
            text.extend_from_slice(&value);
        }
    }
}

/// Whether a column of this type can be a key.
pub(crate) fn is_key(data_type: &DataType) -> bool {
    use DataType::{Boolean, Date32, Decimal128, Float64, Int64, UInt64, Utf8, Utf8View};
    matches!(
        data_type,
        Utf8View | Utf8 | Int64 | UInt64 | Float64 | Decimal128(..) | Boolean | Date32
    ) || matches!(data_type, DataType::Timestamp(TimeUnit::Microsecond, _))
}

/// Whether values of the two types, both of them key types, can be compared. Texts may differ in their layout, timestamps in their
/// zone, decimals in their precision.
pub(crate) fn comparable(a: &DataType, b: &DataType) -> bool {
    use DataType::{Decimal128, Timestamp, Utf8, Utf8View};
    match (a, b) {
        (Utf8 | Utf8View, Utf8 | Utf8View) => true,
        (Timestamp(a, a_zone), Timestamp(b, b_zone)) => {
            a == b && a_zone.is_some() == b_zone.is_some()
        }
        (Decimal128(_, a), Decimal128(_, b)) => a == b,
        _ => a == b,
    }
}

/// A column by the type of its values, one chunk a part.
enum Values {
    Text(Vec<TextChunk>),
    /// Integers and timestamps.
    Int(Vec<ScalarBuffer<i64>>),
    UInt(Vec<ScalarBuffer<u64>>),
    Float(Vec<ScalarBuffer<f64>>),
    Decimal(Vec<ScalarBuffer<i128>>, i8),
    Date(Vec<ScalarBuffer<i32>>),
    Boolean(Vec<BooleanBuffer>),
}

/// A column that can be hashed, compared and ordered.
pub(crate) struct Column {
    values: Values,
    /// One a part, or none at all where the column has no nulls.
    nulls: Vec<Option<NullBuffer>>,
}

impl Column {
    pub(crate) fn new<'a>(
        field: &Field,
        chunks: impl Iterator<Item = &'a ArrayRef>,
    ) -> Result<Self, Error> {
        let chunks: Vec<&ArrayRef> = chunks.collect();
        let all = || chunks.iter();
        let values = match field.data_type() {
            DataType::Utf8View => Values::Text(all().map(|c| TextChunk::new(c)).collect()),
            DataType::Utf8 => {
                let text =
                    |chunk: &&ArrayRef| Ok(TextChunk::new(&cast(chunk, &DataType::Utf8View)?));
                Values::Text(all().map(text).collect::<Result<_, Error>>()?)
            }
            DataType::Int64 => Values::Int(
                all()
                    .map(|c| c.as_primitive::<Int64Type>().values().clone())
                    .collect(),
            ),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let values = |c: &&ArrayRef| {
                    c.as_primitive::<TimestampMicrosecondType>()
                        .values()
                        .clone()
                };
                Values::Int(all().map(values).collect())
            }
            DataType::UInt64 => Values::UInt(
                all()
                    .map(|c| c.as_primitive::<UInt64Type>().values().clone())
                    .collect(),
            ),
            DataType::Float64 => Values::Float(
                all()
                    .map(|c| c.as_primitive::<Float64Type>().values().clone())
                    .collect(),
            ),
            DataType::Decimal128(_, scale) => {
                let values = |c: &&ArrayRef| c.as_primitive::<Decimal128Type>().values().clone();
                Values::Decimal(all().map(values).collect(), *scale)
            }
            DataType::Date32 => Values::Date(
                all()
                    .map(|c| c.as_primitive::<Date32Type>().values().clone())
                    .collect(),
            ),
            DataType::Boolean => {
                Values::Boolean(all().map(|c| c.as_boolean().values().clone()).collect())
            }
            data_type => {
                return Err(Kind::KeyType {
                    column: field.name().clone(),
                    data_type: data_type.to_string(),
                }
                .into());
            }
        };
        let nulls = match all().any(|chunk| chunk.null_count() > 0) {
            true => all().map(|chunk| chunk.nulls().cloned()).collect(),
            false => Vec::new(),
        };
        Ok(Column { values, nulls })
    }

    fn part_nulls(&self, part: usize) -> Option<&NullBuffer> {
        self.nulls.get(part).and_then(Option::as_ref)
    }

    #[inline]
    fn is_null(&self, at: At) -> bool {
        let nulls = self.part_nulls(at.part as usize);
        nulls.is_some_and(|nulls| nulls.is_null(at.row as usize))
    }

    fn hash(&self, part: usize, first: usize, nulls: Nulls, hashes: &mut [u64]) {
        let absence = Absence {
            nulls: self.part_nulls(part),
            first,
            meaning: nulls,
        };
        let rows = first..first + hashes.len();
        match &self.values {
            Values::Text(chunks) => {
                let chunk = &chunks[part];
                let views = chunk.views[rows].iter();
                absence.hash(hashes, views, |slot, view| chunk.hash(slot, *view));
            }
            Values::Int(chunks) => {
                absence.hash(hashes, chunks[part][rows].iter(), |slot, v| {
                    mix(slot, *v as u64)
                });
            }
            Values::UInt(chunks) => {
                absence.hash(hashes, chunks[part][rows].iter(), |slot, v| mix(slot, *v));
            }
            Values::Float(chunks) => {
                absence.hash(hashes, chunks[part][rows].iter(), |slot, v| {
                    match (v.is_nan(), nulls) {
                        (false, _) => mix(slot, float_bits(*v)),
                        (true, Nulls::Equal) => mix(slot, f64::NAN.to_bits()),
                        (true, Nulls::Distinct) => ABSENT,
                    }
                });
            }
            Values::Decimal(chunks, _) => {
                absence.hash(hashes, chunks[part][rows].iter(), |slot, v| {
                    mix(mix(slot, *v as u64), (*v >> 64) as u64)
                });
            }
            Values::Date(chunks) => {
                absence.hash(hashes, chunks[part][rows].iter(), |slot, v| {
                    mix(slot, *v as u64)
                });
            }
            Values::Boolean(chunks) => {
                let values = chunks[part].slice(first, hashes.len());
                absence.hash(hashes, values.iter(), |slot, v| mix(slot, u64::from(v)));
            }
        }
    }

    #[inline]
    fn equal(&self, a: At, other: &Column, b: At, nulls: Nulls) -> bool {
        if nulls == Nulls::Equal && !(self.nulls.is_empty() && other.nulls.is_empty()) {
            match (self.is_null(a), other.is_null(b)) {
                (true, true) => return true,
                (false, false) => {}
                _ => return false,
            }
        }
        let (part, row) = (a.part as usize, a.row as usize);
        let (other_part, other_row) = (b.part as usize, b.row as usize);
        match (&self.values, &other.values) {
            (Values::Text(l), Values::Text(r)) => l[part].equal(row, &r[other_part], other_row),
            (Values::Int(l), Values::Int(r)) => l[part][row] == r[other_part][other_row],
            (Values::UInt(l), Values::UInt(r)) => l[part][row] == r[other_part][other_row],
            (Values::Float(l), Values::Float(r)) => {
                let (l, r) = (l[part][row], r[other_part][other_row]);
                l == r || (nulls == Nulls::Equal && l.is_nan() && r.is_nan())
            }
            (Values::Decimal(l, _), Values::Decimal(r, _)) => {
                l[part][row] == r[other_part][other_row]
            }
            (Values::Date(l), Values::Date(r)) => l[part][row] == r[other_part][other_row],
            (Values::Boolean(l), Values::Boolean(r)) => {
                l[part].value(row) == r[other_part].value(other_row)
            }
            _ => false,
        }
    }

    fn compare_stretch(&self, first: usize, other: &Column, others: &[u32], equal: &mut [bool]) {
        /// The loop has no branch on what a load brings, so many loads are under way at a time.
        #[inline]
        fn each(others: &[u32], equal: &mut [bool], same: impl Fn(usize, usize) -> bool) {
            for (offset, (row, equal)) in others.iter().zip(equal).enumerate() {
                if *row != crate::NO_ROW {
                    *equal &= same(offset, *row as usize);
                }
            }
        }
        match (&self.values, &other.values) {
            (Values::Text(l), Values::Text(r)) => {
                let (l, r) = (&l[0], &r[0]);
                each(others, equal, |i, row| l.equal(first + i, r, row));
            }
            (Values::Int(l), Values::Int(r)) => {
                let (l, r) = (&l[0][first..], &r[0][..]);
                each(others, equal, |i, row| l[i] == r[row]);
            }
            _ => {
                each(others, equal, |i, row| {
                    let a = At {
                        part: 0,
                        row: (first + i) as u32,
                    };
                    let b = At {
                        part: 0,
                        row: row as u32,
                    };
                    self.equal(a, other, b, Nulls::Distinct)
                });
            }
        }
    }

    /// Smaller first, or greater first where `reverse`; missing values (null, NaN) last either way. Texts by their bytes.
    pub(crate) fn compare(&self, a: At, b: At, reverse: bool) -> Ordering {
        match (self.is_missing(a), self.is_missing(b)) {
            (false, false) => {}
            (missing_a, missing_b) => return missing_a.cmp(&missing_b),
        }
        let (part, row) = (a.part as usize, a.row as usize);
        let (other_part, other_row) = (b.part as usize, b.row as usize);
        let ordering = match &self.values {
            Values::Text(c) => c[part].compare(row, &c[other_part], other_row),
            Values::Int(c) => c[part][row].cmp(&c[other_part][other_row]),
            Values::UInt(c) => c[part][row].cmp(&c[other_part][other_row]),
            Values::Float(c) => {
                let ordering = c[part][row].partial_cmp(&c[other_part][other_row]);
                ordering.unwrap_or(Ordering::Equal)
            }
            Values::Decimal(c, _) => c[part][row].cmp(&c[other_part][other_row]),
            Values::Date(c) => c[part][row].cmp(&c[other_part][other_row]),
            Values::Boolean(c) => c[part].value(row).cmp(&c[other_part].value(other_row)),
        };
        if reverse {
            ordering.reverse()
        } else {
            ordering
        }
    }

    fn is_missing(&self, at: At) -> bool {
        let nan = match &self.values {
            Values::Float(chunks) => chunks[at.part as usize][at.row as usize].is_nan(),
            _ => false,
        };
        nan || self.is_null(at)
    }

    fn write(&self, at: At, text: &mut Vec<u8>) {
        let (part, row) = (at.part as usize, at.row as usize);
        let written = match &self.values {
            Values::Text(chunks) => {
                let mut inline = [0; 16];
                return text.extend_from_slice(chunks[part].bytes(row, &mut inline));
            }
            Values::Int(chunks) => chunks[part][row].to_string(),
            Values::UInt(chunks) => chunks[part][row].to_string(),
            Values::Float(chunks) => f64::from_bits(float_bits(chunks[part][row])).to_string(),
            Values::Decimal(chunks, scale) => {
                format!("{}e{}", chunks[part][row], -i16::from(*scale))
            }
            Values::Date(chunks) => chunks[part][row].to_string(),
            Values::Boolean(chunks) => chunks[part].value(row).to_string(),
        };
        text.extend_from_slice(written.as_bytes());
    }
}

/// Which rows of a stretch have no value, and what that means.
struct Absence<'a> {
    nulls: Option<&'a NullBuffer>,
    first: usize,
    meaning: Nulls,
}

impl Absence<'_> {
    /// Mixes values into hashes. `hash` returns [`ABSENT`] only for a value that equals nothing.
    #[inline]
    fn hash<T>(
        &self,
        hashes: &mut [u64],
        values: impl Iterator<Item = T>,
        hash: impl Fn(u64, T) -> u64,
    ) {
        let Some(nulls) = self.nulls else {
            for (slot, value) in hashes.iter_mut().zip(values) {
                if *slot != ABSENT {
                    *slot = hash(*slot, value);
                }
            }
            return;
        };
        for (offset, (slot, value)) in hashes.iter_mut().zip(values).enumerate() {
            if *slot == ABSENT {
                continue;
            }
            *slot = match (nulls.is_null(self.first + offset), self.meaning) {
                (false, _) => hash(*slot, value),
                (true, Nulls::Equal) => mix(*slot, NULL),
                (true, Nulls::Distinct) => ABSENT,
            };
        }
    }
}

/// Adding zero makes -0.0 equal to 0.0 in its bits too.
fn float_bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

/// Folded multiplication: all bits of both words reach all bits of the result. Never [`ABSENT`].
#[inline]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x2d35_8dcc_aa6c_78a5) * u128::from(b ^ 0x8bb8_4b93_962e_acc9);
    ((product >> 64) as u64 ^ product as u64).max(ABSENT + 1)
}

/// Longest text that lies within its view.
const INLINE: u32 = 12;

/// Texts of a part.
struct TextChunk {
    views: ScalarBuffer<u128>,
    buffers: Arc<[Buffer]>,
}

impl TextChunk {
    fn new(chunk: &ArrayRef) -> Self {
        let (views, buffers, _) = chunk.as_string_view().clone().into_parts();
        TextChunk { views, buffers }
    }

    /// The bytes of a text that is longer than [`INLINE`]. A view holds, from the low bits on: length, the first four bytes, index of
    /// the buffer, offset there.
    #[inline]
    fn long(&self, view: u128) -> &[u8] {
        let (length, buffer, offset) = (view as u32, (view >> 64) as u32, (view >> 96) as u32);
        let offset = offset as usize;
        &self.buffers[buffer as usize].as_slice()[offset..offset + length as usize]
    }

    fn bytes<'a>(&'a self, row: usize, inline: &'a mut [u8; 16]) -> &'a [u8] {
        let view = self.views[row];
        if view as u32 > INLINE {
            return self.long(view);
        }
        *inline = view.to_le_bytes();
        &inline[4..4 + (view as u32) as usize]
    }

    #[inline]
    fn hash(&self, slot: u64, view: u128) -> u64 {
        if view as u32 <= INLINE {
            return mix(mix(slot, view as u64), (view >> 64) as u64);
        }
        let mut hasher = FixedState::with_seed(SEED).build_hasher();
        hasher.write(self.long(view));
        mix(slot, hasher.finish())
    }

    #[inline]
    fn equal(&self, row: usize, other: &TextChunk, other_row: usize) -> bool {
        let (a, b) = (self.views[row], other.views[other_row]);
        if a as u32 <= INLINE {
            return a == b;
        }
        a as u64 == b as u64 && self.long(a) == other.long(b)
    }

    fn compare(&self, row: usize, other: &TextChunk, other_row: usize) -> Ordering {
        let (mut a, mut b) = ([0; 16], [0; 16]);
        self.bytes(row, &mut a).cmp(other.bytes(other_row, &mut b))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
        StringViewArray, UInt64Array,
    };
    use arrow::datatypes::Schema;

    use super::*;

    fn keys(array: ArrayRef, nulls: Nulls) -> Keys {
        let field = Field::new("k", array.data_type().clone(), true);
        Keys::of_arrays(&Arc::new(Schema::new(vec![field])), &[0], &[array], nulls).expect("keys")
    }

    fn at(row: usize) -> At {
        At {
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
