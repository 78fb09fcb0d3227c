//! Declared fields: where their values come from, and how they are checked and standardised.

use onefold_values::{Currency, DateOrder, NameOrder, PhoneFormat, Pivot};

use crate::span::Spanned;

/// One declared field of a source.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name of the column in the table.
    pub name: Spanned<String>,
    /// Where its value comes from.
    pub origin: Origin,
    /// How it is checked and standardised.
    pub ty: Type,
    /// A record without it is rejected.
    pub required: bool,
    /// Value where it is missing.
    pub default: Option<Spanned<String>>,
    /// The only values allowed, after standardising; empty: all.
    pub one_of: Vec<String>,
    /// Least value allowed, in the field's own type.
    pub min: Option<Spanned<String>>,
    /// Greatest value allowed, in the field's own type.
    pub max: Option<Spanned<String>>,
    /// A regular expression that the standardised text must match somewhere.
    pub pattern: Option<Spanned<String>>,
    /// Whether numbers have a decimal comma: what the field says, or else the source. `None`: neither does, which is a point, and what each
    /// amount of money shows.
    pub decimal_comma: Option<bool>,
    /// What a value that is not of the type does.
    pub on_invalid: OnInvalid,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A column, or a path into nested JSON.
    Path(Vec<String>),
    /// A SQL expression over the record as it was read.
    Sql(Spanned<String>),
    /// The same text in every record.
    Value(String),
    /// The number of the element that the record is, from 1, where the source explodes an array.
    Element,
}

/// What an invalid value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInvalid {
    /// The record is rejected (the default).
    Reject,
    /// The value becomes missing; the record stays, and the side table `nulled` keeps what stood there.
    Null,
    /// The run stops.
    Fail,
}

/// A field type: how text is checked and standardised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Text as it stands, outer white space removed.
    Text,
    /// A 64-bit whole number.
    Integer,
    /// A 64-bit binary floating point number.
    Float,
    /// An exact number of `precision` digits, `scale` of them after the point.
    Decimal {
        /// 1 to 38.
        precision: u8,
        /// 0 to `precision`.
        scale: u8,
    },
    /// An exact number as of [`Type::Decimal`], with the currency that stands beside it.
    Money {
        /// 1 to 38.
        precision: u8,
        /// 0 to `precision`.
        scale: u8,
        /// The one currency accepted; `None`: any.
        currency: Option<Currency>,
    },
    /// The code of the currency that stands beside an amount.
    Currency,
    /// The declared words; where there are none, true/false, yes/no, y/n, t/f, 1/0.
    Boolean {
        /// Words for true.
        true_values: Vec<String>,
        /// Words for false.
        false_values: Vec<String>,
    },
    /// A calendar date.
    Date {
        /// Which of day and month comes first in `01/02/2024`.
        order: DateOrder,
        /// What is read, in order: strptime patterns, `iso`, `excel`, `epoch_s` and its like; empty: the usual writings.
        formats: Vec<String>,
        /// The century of years of two digits.
        pivot: Pivot,
    },
    /// A moment, microseconds, UTC.
    Timestamp {
        /// Which of day and month comes first in `01/02/2024 10:00`.
        order: DateOrder,
        /// What is read, in order: strptime patterns, `iso`, `excel`, `epoch_s` and its like; empty: the usual writings.
        formats: Vec<String>,
        /// The century of years of two digits.
        pivot: Pivot,
    },
    /// RFC 9562, lower case with hyphens.
    Uuid,
    /// An address, lower case.
    Email,
    /// A telephone number.
    Phone {
        /// ISO 3166 code assumed where the number has no country code (`US`).
        region: Option<String>,
        /// How it is written.
        format: PhoneFormat,
    },
    /// A person's full name in title case, given names first.
    PersonName {
        /// Which name comes first in the files.
        order: NameOrder,
    },
    /// A country, as its code of two letters in ISO 3166-1.
    Country,
    /// A postcode.
    Postcode {
        /// ISO 3166 code of the country whose forms are accepted; `None`: all.
        region: Option<String>,
    },
    /// A web address: scheme and host in lower case.
    Url,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A street line, or a whole postal address.
    Address,
    /// A company, its legal form at the end in the usual spelling.
    Company,
    /// Any JSON value, kept as its text.
    Json,
}

impl Type {
    /// Whether its values say who or where a person is.
    pub fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::Email
                | Self::Phone { .. }
                | Self::PersonName { .. }
                | Self::Ip
                | Self::Address
                | Self::Company
        )
    }
}
