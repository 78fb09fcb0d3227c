//! How a raw value is written: as its file writes, which the pipeline declares, or in the standard way, because it was not text before.

use arrow::datatypes::DataType;

/// What a raw value was before it became text.
///
/// Only text follows the habits of its source, such as a decimal comma or declared date formats. A typed value is written with a decimal
/// point and in ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A date or a timestamp.
    Time,
    /// Text of the pipeline file.
    Author,
}

impl Written {
    /// Of a column of this type.
    pub(crate) fn of(data_type: &DataType) -> Self {
        match data_type {
            t if t.is_numeric() => Self::Number,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Self::Time,
            DataType::Dictionary(_, values) => Self::of(values),
            DataType::RunEndEncoded(_, values) => Self::of(values.data_type()),
            _ => Self::Text,
        }
    }

    pub(crate) fn is_standard_number(self) -> bool {
        matches!(self, Self::Number | Self::Author)
    }

    pub(crate) fn is_standard_time(self) -> bool {
        matches!(self, Self::Time | Self::Author)
    }
}
