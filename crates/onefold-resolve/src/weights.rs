//! What counts the values of a column within one customer: on how many records each stands, how long it is.

use arrow::array::{Array, StringViewArray};
use onefold_rows::Place;
use onefold_rows::hash::{ABSENT, SEED};

use crate::values::Values;

/// What is counted.
pub(crate) enum Weigh<'a> {
    /// The records of the customer that have the same value.
    Frequency { values: Values<'a>, fold_case: bool },
    /// The characters of a text.
    Length(Vec<&'a StringViewArray>),
}

impl Weigh<'_> {
    /// The weight of the value at each of the places, which are those of one customer's records. A missing value weighs nothing, nor does
    /// an empty text.
    pub(crate) fn weights(&self, places: &[Place]) -> Vec<u32> {
        match self {
            Weigh::Frequency { values, fold_case } => frequencies(values, *fold_case, places),
            Weigh::Length(chunks) => places.iter().map(|at| length(chunks, *at)).collect(),
        }
    }
}

fn length(chunks: &[&StringViewArray], at: Place) -> u32 {
    let (chunk, row) = (chunks[at.part as usize], at.row as usize);
    if chunk.is_null(row) {
        return 0;
    }
    u32::try_from(chunk.value(row).chars().count()).unwrap_or(u32::MAX)
}

/// Values are brought together by their hash, so the work is that of a sort however many records a customer has.
fn frequencies(values: &Values<'_>, fold_case: bool, places: &[Place]) -> Vec<u32> {
    let mut frequencies = vec![0; places.len()];
    let mut hashed: Vec<(u64, usize)> = Vec::with_capacity(places.len());
    for (index, at) in places.iter().enumerate() {
        let row = at.row as usize;
        let mut hash = [SEED];
        values.hash(at.part as usize, row..row + 1, fold_case, &mut hash);
        if hash != [ABSENT] {
            hashed.push((hash[0], index));
        }
    }
    hashed.sort_unstable();
    for run in hashed.chunk_by(|a, b| a.0 == b.0) {
        if let [(_, index)] = run {
            frequencies[*index] = 1;
            continue;
        }
        // Nearly always one value; a hash alone proves nothing.
        let mut rest: Vec<usize> = run.iter().map(|(_, index)| *index).collect();
        while let Some(first) = rest.first().copied() {
            let (same, others): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(|index| {
                *index == first || values.equal(places[first], places[*index], fold_case)
            });
            for index in &same {
                frequencies[*index] = same.len() as u32;
            }
            rest = others;
        }
    }
    frequencies
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array};
    use arrow::datatypes::Field;

    use super::*;
    use crate::records::Column;

    fn column(array: ArrayRef) -> Column {
        Column {
            field: Arc::new(Field::new("c", array.data_type().clone(), true)),
            complete: array.null_count() == 0,
            chunks: vec![array],
        }
    }

    fn weights(array: ArrayRef, weigh: impl FnOnce(Values<'_>) -> Weigh<'_>) -> Vec<u32> {
        let places: Vec<Place> = (0..array.len() as u32)
            .map(|row| Place { part: 0, row })
            .collect();
        let column = column(array);
        weigh(Values::new(&column).expect("comparable")).weights(&places)
    }

    fn frequency(values: Values<'_>, fold_case: bool) -> Weigh<'_> {
        Weigh::Frequency { values, fold_case }
    }

    fn texts() -> ArrayRef {
        Arc::new(StringViewArray::from(vec![
            Some("Ann"),
            None,
            Some("ANN"),
            Some(""),
            Some("Ann"),
            Some(""),
            Some("Björn"),
        ]))
    }

    #[test]
    fn a_value_weighs_as_much_as_it_has_records() {
        let exact = weights(texts(), |values| frequency(values, false));
        assert_eq!(exact, [2, 0, 1, 0, 2, 0, 1]);
        let folded = weights(texts(), |values| frequency(values, true));
        assert_eq!(folded, [3, 0, 3, 0, 3, 0, 1]);
        let floats = Float64Array::from(vec![0.0, f64::NAN, -0.0, f64::NAN, 2.5]);
        let floats = weights(Arc::new(floats), |values| frequency(values, false));
        assert_eq!(floats, [2, 0, 2, 0, 1]);
    }

    #[test]
    fn length_is_in_characters() {
        let lengths = weights(texts(), |values| match values {
            Values::Text(chunks) => Weigh::Length(chunks),
            _ => panic!("text"),
        });
        assert_eq!(lengths, [3, 0, 3, 0, 3, 0, 5]);
    }
}
