//! What the columns of a source are where no fields are declared.

/// Columns that a source without declared fields may have. So many have no names that anybody knows: they are data in the place of names.
pub(crate) const MAX_FOUND: usize = 10_000;

/// A key and what its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundColumn {
    pub(crate) name: String,
    pub(crate) kind: FoundKind,
}

/// The kind that all values of a key share; text where they share none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundKind {
    /// Only nulls so far.
    Null,
    Boolean,
    /// Whole numbers of 64 bits.
    Integer,
    /// Numbers that a 64-bit float keeps exactly as far as their digits go.
    Float,
    Text,
}

/// What a column is where no field is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Natural {
    /// Nothing but missing values.
    Nothing,
    Boolean,
    /// `wide`: beyond what floating point holds exactly.
    Integer {
        wide: bool,
    },
    Float,
    Decimal(u8, u8),
    Date,
    Timestamp,
    Text,
}

/// Digits of a decimal that a column can have.
const MAX_PRECISION: i32 = 38;

impl Natural {
    /// The type that holds the values of both exactly; text where there is none.
    pub(crate) fn or(self, other: Natural) -> Natural {
        use Natural::{Decimal, Float, Integer, Nothing, Text};
        match (self, other) {
            (a, b) if a == b => a,
            (Nothing, a) | (a, Nothing) => a,
            (Integer { .. }, Integer { .. }) => Integer { wide: true },
            (Integer { wide: false }, Float) | (Float, Integer { wide: false }) => Float,
            (Integer { .. }, Decimal(p, s)) | (Decimal(p, s), Integer { .. }) => {
                Natural::decimal(i32::from(p - s).max(19), s.into())
            }
            (Decimal(p, s), Decimal(q, t)) => {
                Natural::decimal(i32::from((p - s).max(q - t)), s.max(t).into())
            }
            _ => Text,
        }
    }

    /// A decimal of so many digits before and after the point.
    pub(crate) fn decimal(whole: i32, scale: i32) -> Natural {
        let scale = scale.max(0);
        let precision = whole.max(0).saturating_add(scale).max(1);
        match (u8::try_from(precision), u8::try_from(scale)) {
            (Ok(p), Ok(s)) if precision <= MAX_PRECISION => Natural::Decimal(p, s),
            _ => Natural::Text,
        }
    }
}
