//! Columns that can be hashed, compared and ordered.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, UInt64Type,
};
use onefold_rows::hash::{ABSENT, float_bits, mix};
use onefold_rows::{NO_ROW, Place};

use crate::error::{Error, Kind};
use crate::text::TextChunk;
use crate::uuid;

/// What a null (and a NaN) in a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// The key equals nothing.
    Distinct,
    /// One null equals another, and one NaN another.
    Equal,
}

/// Stands for the hash of a null where nulls are equal.
const NULL: u64 = 0x6a09_e667_f3bc_c909;

/// A column by the type of its values, one chunk a part.
enum Values {
    Text(Vec<TextChunk>),
    /// Texts of one part as numbers. All texts that they are compared with are UUIDs.
    Uuid(Uuids),
    /// Integers and timestamps.
    Int(Vec<ScalarBuffer<i64>>),
    UInt(Vec<ScalarBuffer<u64>>),
    Float(Vec<ScalarBuffer<f64>>),
    Decimal(Vec<ScalarBuffer<i128>>, i8),
    Date(Vec<ScalarBuffer<i32>>),
    Boolean(Vec<BooleanBuffer>),
}

/// UUIDs as numbers.
struct Uuids {
    numbers: ScalarBuffer<u128>,
    /// Marks the texts that are not UUIDs and so equal nothing. `None`: all are UUIDs.
    others: Option<BooleanBuffer>,
}

impl Uuids {
    /// The numbers of the texts, 0 for a null.
    fn of(texts: &TextChunk, nulls: Option<&NullBuffer>) -> Self {
        let mut others = Vec::new();
        let number = |row: usize| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                return 0;
            }
            texts.uuid(row).unwrap_or_else(|| {
                others.push(row);
                0
            })
        };
        let numbers: Vec<u128> = (0..texts.views.len()).map(number).collect();
        Uuids {
            others: (!others.is_empty()).then(|| {
                let mut bits = BooleanBufferBuilder::new(numbers.len());
                bits.append_n(numbers.len(), false);
                others.iter().for_each(|row| bits.set_bit(*row, true));
                bits.finish()
            }),
            numbers: numbers.into(),
        }
    }

    #[inline]
    fn is_other(&self, row: usize) -> bool {
        self.others.as_ref().is_some_and(|others| others.value(row))
    }

    #[inline]
    fn equal(&self, row: usize, other: &Uuids, other_row: usize) -> bool {
        self.numbers[row] == other.numbers[other_row]
            && !self.is_other(row)
            && !other.is_other(other_row)
    }
}

/// A column that can be hashed, compared and ordered.
pub(crate) struct Column {
    values: Values,
    /// By part; empty where the column has no nulls.
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

    /// A column of one part whose texts are all UUIDs, given as their numbers.
    pub(crate) fn of_uuids(numbers: ScalarBuffer<u128>, nulls: Option<NullBuffer>) -> Self {
        let others = None;
        Column {
            values: Values::Uuid(Uuids { numbers, others }),
            nulls: nulls.into_iter().map(Some).collect(),
        }
    }

    pub(crate) fn uuids(&self) -> Option<ScalarBuffer<u128>> {
        match &self.values {
            Values::Uuid(uuids) => Some(uuids.numbers.clone()),
            _ => None,
        }
    }

    /// The column in the form of the one that it is compared with.
    pub(crate) fn in_form_of(self, other: &Column) -> Self {
        match (&self.values, &other.values) {
            (Values::Text(chunks), Values::Uuid(_)) => Column {
                values: Values::Uuid(Uuids::of(&chunks[0], self.part_nulls(0))),
                nulls: self.nulls,
            },
            _ => self,
        }
    }

    fn part_nulls(&self, part: usize) -> Option<&NullBuffer> {
        self.nulls.get(part).and_then(Option::as_ref)
    }

    #[inline]
    fn is_null(&self, at: Place) -> bool {
        let nulls = self.part_nulls(at.part as usize);
        nulls.is_some_and(|nulls| nulls.is_null(at.row as usize))
    }

    pub(crate) fn hash(&self, part: usize, first: usize, nulls: Nulls, hashes: &mut [u64]) {
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
            Values::Uuid(uuids) => {
                absence.hash(hashes, uuids.numbers[rows].iter(), |slot, v| {
                    mix(mix(slot, *v as u64), (*v >> 64) as u64)
                });
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
    pub(crate) fn equal(&self, a: Place, other: &Column, b: Place, nulls: Nulls) -> bool {
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
            (Values::Uuid(l), Values::Uuid(r)) => l.equal(row, r, other_row),
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

    pub(crate) fn compare_stretch(
        &self,
        first: usize,
        other: &Column,
        others: &[u32],
        equal: &mut [bool],
    ) {
        /// No branch depends on a loaded value, so many loads run at once.
        #[inline]
        fn each(others: &[u32], equal: &mut [bool], same: impl Fn(usize, usize) -> bool) {
            for (offset, (row, equal)) in others.iter().zip(equal).enumerate() {
                if *row != NO_ROW {
                    *equal &= same(offset, *row as usize);
                }
            }
        }
        match (&self.values, &other.values) {
            (Values::Text(l), Values::Text(r)) => {
                l[0].compare_stretch(first, &r[0], others, equal);
            }
            (Values::Uuid(l), Values::Uuid(r)) => {
                each(others, equal, |i, row| l.equal(first + i, r, row));
            }
            (Values::Int(l), Values::Int(r)) => {
                let (l, r) = (&l[0][first..], &r[0][..]);
                each(others, equal, |i, row| l[i] == r[row]);
            }
            _ => {
                each(others, equal, |i, row| {
                    let a = Place {
                        part: 0,
                        row: (first + i) as u32,
                    };
                    let b = Place {
                        part: 0,
                        row: row as u32,
                    };
                    self.equal(a, other, b, Nulls::Distinct)
                });
            }
        }
    }

    /// Smaller first, or greater first where `reverse`; missing values (null, NaN) last either way. Texts by their bytes.
    pub(crate) fn compare(&self, a: Place, b: Place, reverse: bool) -> Ordering {
        match (self.is_missing(a), self.is_missing(b)) {
            (false, false) => {}
            (missing_a, missing_b) => return missing_a.cmp(&missing_b),
        }
        let (part, row) = (a.part as usize, a.row as usize);
        let (other_part, other_row) = (b.part as usize, b.row as usize);
        let ordering = match &self.values {
            Values::Text(c) => c[part].compare(row, &c[other_part], other_row),
            // UUIDs sort as their texts do.
            Values::Uuid(c) => c.numbers[row].cmp(&c.numbers[other_row]),
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

    fn is_missing(&self, at: Place) -> bool {
        let nan = match &self.values {
            Values::Float(chunks) => chunks[at.part as usize][at.row as usize].is_nan(),
            _ => false,
        };
        nan || self.is_null(at)
    }

    /// Appends the text of a value. Numbers are decimal; a decimal is its digits, `e` and the exponent; dates and timestamps are integers.
    pub(crate) fn write(&self, at: Place, text: &mut Vec<u8>) {
        let (part, row) = (at.part as usize, at.row as usize);
        let mut digits = itoa::Buffer::new();
        let mut inline = [0; 16];
        let float;
        let uuid;
        text.extend_from_slice(match &self.values {
            Values::Text(chunks) => chunks[part].bytes(row, &mut inline),
            Values::Uuid(uuids) => {
                uuid = uuid::unpack(uuids.numbers[row]);
                &uuid
            }
            Values::Int(chunks) => digits.format(chunks[part][row]).as_bytes(),
            Values::UInt(chunks) => digits.format(chunks[part][row]).as_bytes(),
            Values::Float(chunks) => {
                float = f64::from_bits(float_bits(chunks[part][row])).to_string();
                float.as_bytes()
            }
            Values::Decimal(chunks, _) => digits.format(chunks[part][row]).as_bytes(),
            Values::Date(chunks) => digits.format(chunks[part][row]).as_bytes(),
            Values::Boolean(chunks) => match chunks[part].value(row) {
                true => b"true",
                false => b"false",
            },
        });
        if let Values::Decimal(_, scale) = &self.values {
            text.push(b'e');
            text.extend_from_slice(digits.format(-i16::from(*scale)).as_bytes());
        }
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
