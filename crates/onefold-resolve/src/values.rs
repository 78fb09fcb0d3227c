//! Values of the columns that rules and preferences use: hashing, equality, order.

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::{
    Array, ArrayAccessor, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array,
    Int64Array, StringViewArray, TimestampMicrosecondArray,
};
use onefold_rows::Place;
use onefold_rows::ahead::{fetch, fetch_all};
use onefold_rows::hash::{ABSENT, float_bits, hash_bytes, mix};
use onefold_rows::views::{is_inline, long};

use crate::error::{Error, Kind};
use crate::records::{Column, Records};

/// A column by the type of its values, with one chunk per part.
pub(crate) enum Values<'a> {
    Text(Vec<&'a StringViewArray>),
    Int64(Vec<&'a Int64Array>),
    Float64(Vec<&'a Float64Array>),
    Decimal(Vec<&'a Decimal128Array>),
    Boolean(Vec<&'a BooleanArray>),
    Date(Vec<&'a Date32Array>),
    Timestamp(Vec<&'a TimestampMicrosecondArray>),
}

fn downcast<A: 'static>(chunks: &[ArrayRef]) -> Option<Vec<&A>> {
    chunks.iter().map(|c| c.as_any().downcast_ref()).collect()
}

/// The value at a place, if there is one.
fn get<'a, A: 'static>(chunks: &[&'a A], at: Place) -> Option<<&'a A as ArrayAccessor>::Item>
where
    &'a A: ArrayAccessor,
{
    let (chunk, row) = (chunks[at.part as usize], at.row as usize);
    chunk.is_valid(row).then(|| chunk.value(row))
}

fn same<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
    a.is_some() && a == b
}

fn number(value: Option<f64>) -> Option<f64> {
    value.filter(|v| !v.is_nan())
}

/// Ascending, or descending with `reverse`. Missing values come last either way.
fn order<T>(
    a: Option<T>,
    b: Option<T>,
    reverse: bool,
    by: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if reverse => by(&b, &a),
        (Some(a), Some(b)) => by(&a, &b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

impl<'a> Values<'a> {
    /// `None` for a type that cannot be compared.
    pub(crate) fn new(column: &'a Column) -> Option<Self> {
        use arrow::datatypes::{DataType, TimeUnit};
        let chunks = &column.chunks;
        match column.field.data_type() {
            DataType::Utf8View => downcast(chunks).map(Values::Text),
            DataType::Int64 => downcast(chunks).map(Values::Int64),
            DataType::Float64 => downcast(chunks).map(Values::Float64),
            DataType::Decimal128(..) => downcast(chunks).map(Values::Decimal),
            DataType::Boolean => downcast(chunks).map(Values::Boolean),
            DataType::Date32 => downcast(chunks).map(Values::Date),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                downcast(chunks).map(Values::Timestamp)
            }
            _ => None,
        }
    }

    /// Begins to fetch a value, or where its text is.
    pub(crate) fn fetch(&self, at: Place) {
        let (part, row) = (at.part as usize, at.row as usize);
        match self {
            Values::Text(c) => fetch(c[part].views().get(row)),
            Values::Int64(c) => fetch(c[part].values().get(row)),
            Values::Float64(c) => fetch(c[part].values().get(row)),
            Values::Decimal(c) => fetch(c[part].values().get(row)),
            Values::Date(c) => fetch(c[part].values().get(row)),
            Values::Timestamp(c) => fetch(c[part].values().get(row)),
            // Many of them lie together.
            Values::Boolean(_) => {}
        }
    }

    /// Begins to fetch a text whose view has been fetched.
    pub(crate) fn fetch_text(&self, at: Place) {
        if let Values::Text(c) = self {
            let chunk = c[at.part as usize];
            let view = chunk.views()[at.row as usize];
            if !is_inline(view) {
                fetch_all(long(view, chunk.data_buffers()));
            }
        }
    }

    /// Both present and equal.
    pub(crate) fn equal(&self, a: Place, b: Place, fold_case: bool) -> bool {
        match self {
            Values::Text(c) => match (get(c, a), get(c, b)) {
                (Some(a), Some(b)) => {
                    !a.is_empty() && (a == b || (fold_case && equal_folded(a, b)))
                }
                _ => false,
            },
            Values::Int64(c) => same(get(c, a), get(c, b)),
            Values::Float64(c) => same(get(c, a), get(c, b)),
            Values::Decimal(c) => same(get(c, a), get(c, b)),
            Values::Boolean(c) => same(get(c, a), get(c, b)),
            Values::Date(c) => same(get(c, a), get(c, b)),
            Values::Timestamp(c) => same(get(c, a), get(c, b)),
        }
    }

    /// Smaller first, or greater first with `reverse`. Missing values come last either way. Texts are compared by their bytes.
    pub(crate) fn compare(&self, a: Place, b: Place, reverse: bool) -> Ordering {
        match self {
            Values::Text(c) => order(get(c, a), get(c, b), reverse, Ord::cmp),
            Values::Int64(c) => order(get(c, a), get(c, b), reverse, Ord::cmp),
            Values::Float64(c) => order(number(get(c, a)), number(get(c, b)), reverse, |a, b| {
                a.partial_cmp(b).unwrap_or(Ordering::Equal)
            }),
            Values::Decimal(c) => order(get(c, a), get(c, b), reverse, Ord::cmp),
            Values::Boolean(c) => order(get(c, a), get(c, b), reverse, Ord::cmp),
            Values::Date(c) => order(get(c, a), get(c, b), reverse, Ord::cmp),
            Values::Timestamp(c) => order(get(c, a), get(c, b), reverse, Ord::cmp),
        }
    }

    /// Mixes the values of some rows of a part into `hashes`. A row without a value becomes [`ABSENT`] and stays so.
    pub(crate) fn hash(
        &self,
        part: usize,
        rows: Range<usize>,
        fold_case: bool,
        hashes: &mut [u64],
    ) {
        match self {
            Values::Text(c) if fold_case => {
                let mut folded = Vec::new();
                hash_chunk(c[part], rows, hashes, |text: &str| {
                    fold(text, &mut folded);
                    hash_text(&folded)
                });
            }
            Values::Text(c) => hash_chunk(c[part], rows, hashes, |text: &str| {
                hash_text(text.as_bytes())
            }),
            Values::Int64(c) => hash_chunk(c[part], rows, hashes, |v| Some(v as u64)),
            Values::Float64(c) => {
                hash_chunk(c[part], rows, hashes, |v| number(Some(v)).map(float_bits))
            }
            Values::Decimal(c) => hash_chunk(c[part], rows, hashes, |v| {
                Some(mix((v >> 64) as u64, v as u64))
            }),
            Values::Boolean(c) => hash_chunk(c[part], rows, hashes, |v| Some(u64::from(v))),
            Values::Date(c) => hash_chunk(c[part], rows, hashes, |v| Some(v as u64)),
            Values::Timestamp(c) => hash_chunk(c[part], rows, hashes, |v| Some(v as u64)),
        }
    }
}

fn hash_chunk<'a, A: Array + 'static>(
    chunk: &'a A,
    rows: Range<usize>,
    hashes: &mut [u64],
    mut hash: impl FnMut(<&'a A as ArrayAccessor>::Item) -> Option<u64>,
) where
    &'a A: ArrayAccessor,
{
    for (row, slot) in rows.zip(hashes) {
        if *slot == ABSENT {
            continue;
        }
        let value = chunk.is_valid(row).then(|| chunk.value(row));
        *slot = match value.and_then(&mut hash) {
            Some(value) => mix(*slot, value),
            None => ABSENT,
        };
    }
}

/// `None` for the empty text, which proves nothing about a customer.
fn hash_text(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    Some(hash_bytes(bytes))
}

/// Writes a text without regard to case, as UTF-8, into `folded`.
fn fold(text: &str, folded: &mut Vec<u8>) {
    folded.clear();
    if text.is_ascii() {
        folded.extend_from_slice(text.as_bytes());
        folded.make_ascii_lowercase();
        return;
    }
    let mut utf8 = [0; 4];
    for c in fold_chars(text) {
        folded.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    }
}

/// Maps characters to lower, upper and lower case again, by Unicode's full mappings of single characters. Like case folding, this makes
/// `ß`, `ẞ` and `ss` equal, and `σ`, `ς` and `Σ`; unlike folding it needs no table, and makes `ı` equal to `i`.
fn fold_chars(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

fn equal_folded(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        fold_chars(a).eq(fold_chars(b))
    }
}

/// The values of a column that a rule or preference needs.
pub(crate) fn comparable<'a>(
    records: &'a Records,
    name: &str,
    used_by: &str,
) -> Result<Values<'a>, Error> {
    let Some(index) = records.column_index(name) else {
        return Err(Kind::UnknownColumn {
            column: name.to_owned(),
            used_by: used_by.to_owned(),
        }
        .into());
    };
    let column = &records.columns[index];
    Values::new(column).ok_or_else(|| {
        Kind::NotComparable {
            column: name.to_owned(),
            data_type: column.field.data_type().to_string(),
            used_by: used_by.to_owned(),
        }
        .into()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field};
    use onefold_rows::hash::SEED;
    use proptest::prelude::*;

    use super::*;

    fn column(array: impl Array + 'static) -> Column {
        let field = Arc::new(Field::new("c", array.data_type().clone(), true));
        Column {
            field,
            complete: array.null_count() == 0,
            chunks: vec![Arc::new(array)],
        }
    }

    fn at(row: u32) -> Place {
        Place { part: 0, row }
    }

    fn hashes(values: &Values<'_>, rows: usize, fold_case: bool) -> Vec<u64> {
        let mut hashes = vec![SEED; rows];
        values.hash(0, 0..rows, fold_case, &mut hashes);
        hashes
    }

    #[test]
    fn case_is_ignored_by_unicode() {
        let equal = [
            ("john smith", "JOHN SMITH"),
            ("straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
            ("ÉCOLE", "école"),
            ("İzmir", "i\u{307}zmir"),
            ("K", "\u{212a}"),
        ];
        for (a, b) in equal {
            let column = column(StringViewArray::from(vec![a, b]));
            let values = Values::new(&column).expect("text");
            assert!(values.equal(at(0), at(1), true), "{a} = {b}");
            assert!(!values.equal(at(0), at(1), false), "{a} != {b} with case");
            let hashes = hashes(&values, 2, true);
            assert_eq!(hashes[0], hashes[1], "{a} and {b}");
        }
        for (a, b) in [("é", "e"), ("a", "b"), ("ab", "a"), ("ж", "z")] {
            assert!(!equal_folded(a, b), "{a} != {b}");
        }
    }

    #[test]
    fn what_is_missing_equals_nothing() {
        let texts = column(StringViewArray::from(vec![
            Some(""),
            Some(""),
            None,
            None,
            Some("x"),
        ]));
        let values = Values::new(&texts).expect("text");
        let floats = column(Float64Array::from(vec![
            Some(f64::NAN),
            Some(f64::NAN),
            None,
            None,
            Some(0.0),
            Some(-0.0),
        ]));
        let numbers = Values::new(&floats).expect("float");
        for a in 0..4 {
            for b in 0..4 {
                assert!(!values.equal(at(a), at(b), true));
                assert!(!numbers.equal(at(a), at(b), false));
            }
        }
        assert_eq!(hashes(&values, 5, false)[..4], [ABSENT; 4]);
        let hashed = hashes(&numbers, 6, false);
        assert_eq!(hashed[..4], [ABSENT; 4]);
        assert_eq!(hashed[4], hashed[5]);
        assert!(numbers.equal(at(4), at(5), false));
    }

    #[test]
    fn missing_values_come_last_both_ways() {
        let dates = column(Date32Array::from(vec![Some(1), None, Some(3)]));
        let values = Values::new(&dates).expect("date");
        for (reverse, expected) in [(false, [0, 2, 1]), (true, [2, 0, 1])] {
            let mut rows = [0, 1, 2];
            rows.sort_by(|a, b| values.compare(at(*a), at(*b), reverse));
            assert_eq!(rows, expected);
        }
        assert!(Values::new(&column(arrow::array::NullArray::new(1))).is_none());
        assert_eq!(dates.field.data_type(), &DataType::Date32);
    }

    proptest! {
        #[test]
        fn equal_texts_have_equal_hashes(a in "[aAßẞsSéÉ]{0,4}", b in "[aAßẞsSéÉ]{0,4}", fold_case: bool) {
            let column = column(StringViewArray::from(vec![a, b]));
            let values = Values::new(&column).expect("text");
            if values.equal(at(0), at(1), fold_case) {
                let hashes = hashes(&values, 2, fold_case);
                prop_assert_eq!(hashes[0], hashes[1]);
            }
        }
    }
}
