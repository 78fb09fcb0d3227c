//! Bounds as numbers of a field's type.

use crate::plan::Bound;

pub(super) fn whole(bound: Bound) -> Option<i64> {
    unscaled(bound).and_then(|number| i64::try_from(number).ok())
}

pub(super) fn days(bound: Bound) -> Option<i32> {
    unscaled(bound).and_then(|number| i32::try_from(number).ok())
}

pub(super) fn unscaled(bound: Bound) -> Option<i128> {
    match bound {
        Bound::Whole(number) => Some(number),
        Bound::Float(_) => None,
    }
}

pub(super) fn float(bound: Bound) -> Option<f64> {
    match bound {
        Bound::Float(number) => Some(number),
        Bound::Whole(_) => None,
    }
}
