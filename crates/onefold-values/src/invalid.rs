//! Why a value is not of its type.

use std::error::Error;
use std::fmt;

/// Why a value is not of its type: a stable code for machines, a reason for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invalid {
    /// Not an e-mail address.
    Email,
    /// Not a possible telephone number.
    Phone,
    /// Not a person name.
    Name,
    /// Not a date.
    Date,
    /// A date with two readings.
    AmbiguousDate,
    /// Not a timestamp.
    Timestamp,
    /// A timestamp whose date has two readings.
    AmbiguousTimestamp,
    /// A local time skipped by a change of the clocks.
    NonexistentLocalTime,
    /// Not a whole number.
    Integer,
    /// A whole number beyond 64 bits.
    IntegerOutOfRange,
    /// Not a decimal number.
    Decimal,
    /// More digits before the point than declared.
    DecimalOutOfRange,
    /// More digits after the point than declared.
    DecimalTooPrecise,
    /// Not a floating point number.
    Float,
    /// A number beyond the range of 64-bit floating point.
    FloatOutOfRange,
    /// A number that is one with a decimal point where a comma is declared.
    AmbiguousNumber,
    /// Not an amount of money.
    Money,
    /// An amount in another currency than the declared one.
    OtherCurrency,
    /// An amount that is one number with a decimal point and another with a comma.
    AmbiguousAmount,
    /// No currency.
    Currency,
    /// A sign of several currencies.
    AmbiguousCurrency,
    /// Not a truth value.
    Boolean,
    /// Not a UUID.
    Uuid,
    /// Not a country.
    Country,
    /// Not a postcode.
    Postcode,
    /// Not the address of a web page or file.
    Url,
    /// Not an IP address.
    Ip,
    /// Not a postal address.
    Address,
    /// Not the name of a company.
    Company,
    /// Not a JSON value.
    Json,
}

/// Code, reason and meaning of one [`Invalid`].
struct Entry {
    code: &'static str,
    reason: &'static str,
    meaning: &'static str,
}

impl Invalid {
    /// All of them, in the order of the reference manual.
    pub const ALL: &[Self] = &[
        Self::Email,
        Self::Phone,
        Self::Name,
        Self::Date,
        Self::AmbiguousDate,
        Self::Timestamp,
        Self::AmbiguousTimestamp,
        Self::NonexistentLocalTime,
        Self::Integer,
        Self::IntegerOutOfRange,
        Self::Decimal,
        Self::DecimalOutOfRange,
        Self::DecimalTooPrecise,
        Self::Float,
        Self::FloatOutOfRange,
        Self::AmbiguousNumber,
        Self::Money,
        Self::OtherCurrency,
        Self::AmbiguousAmount,
        Self::Currency,
        Self::AmbiguousCurrency,
        Self::Boolean,
        Self::Uuid,
        Self::Country,
        Self::Postcode,
        Self::Url,
        Self::Ip,
        Self::Address,
        Self::Company,
        Self::Json,
    ];

    /// Stable code (`invalid_email`); never changes its meaning.
    pub const fn code(self) -> &'static str {
        self.entry().code
    }

    /// Reason for people (`invalid e-mail`); lower case, no full stop.
    pub const fn reason(self) -> &'static str {
        self.entry().reason
    }

    /// One sentence for the reference manual.
    pub const fn meaning(self) -> &'static str {
        self.entry().meaning
    }

    const fn entry(self) -> Entry {
        let (code, reason, meaning) = match self {
            Self::Email => (
                "invalid_email",
                "invalid e-mail",
                "The text is not one e-mail address of the form local@domain.tld.",
            ),
            Self::Phone => (
                "invalid_phone",
                "invalid phone number",
                "The text is not a possible telephone number of the region or of the country that it names.",
            ),
            Self::Name => (
                "invalid_name",
                "invalid name",
                "The text has no letter, so it names no person.",
            ),
            Self::Date => (
                "invalid_date",
                "invalid date",
                "The text is not a date of the calendar in a declared format or, where none is declared, in ISO 8601 or a common unambiguous form.",
            ),
            Self::AmbiguousDate => (
                "ambiguous_date",
                "ambiguous date (day or month first?)",
                "The date can be read with the day or with the month first; declare the order.",
            ),
            Self::Timestamp => (
                "invalid_timestamp",
                "invalid ISO-8601",
                "The text is not a moment in a declared format or, where none is declared, in ISO 8601 or a common unambiguous form.",
            ),
            Self::AmbiguousTimestamp => (
                "ambiguous_timestamp",
                "ambiguous timestamp (day or month first?)",
                "The date of the timestamp can be read with the day or with the month first; declare the order.",
            ),
            Self::NonexistentLocalTime => (
                "nonexistent_local_time",
                "nonexistent local time (skipped when clocks went forward)",
                "The timestamp has no offset and its time was skipped in the declared time zone.",
            ),
            Self::Integer => (
                "invalid_integer",
                "invalid integer",
                "The text is not a whole number.",
            ),
            Self::IntegerOutOfRange => (
                "integer_out_of_range",
                "integer out of range",
                "The whole number does not fit in 64 bits, signed.",
            ),
            Self::Decimal => (
                "invalid_decimal",
                "invalid decimal",
                "The text is not a decimal number with a point for the fraction and commas, if any, between thousands; where `decimal_comma` is declared, with a comma, and points or spaces.",
            ),
            Self::DecimalOutOfRange => (
                "decimal_out_of_range",
                "decimal out of range",
                "The number has more digits before the point than the declared precision leaves.",
            ),
            Self::DecimalTooPrecise => (
                "decimal_too_precise",
                "decimal too precise",
                "The number has more digits after the point than the declared scale; it is never rounded.",
            ),
            Self::Float => (
                "invalid_float",
                "invalid number",
                "The text is not a finite number.",
            ),
            Self::FloatOutOfRange => (
                "float_out_of_range",
                "number out of range",
                "The number is beyond 64-bit floating point.",
            ),
            Self::AmbiguousNumber => (
                "ambiguous_number",
                "ambiguous number (decimal comma or point?)",
                "The field has a decimal comma, and the text is a number only with a decimal point: `1.5`, `1,234.56`.",
            ),
            Self::Money => (
                "invalid_money",
                "invalid amount of money",
                "The text is not a number with at most one currency beside it: a code of ISO 4217 or a sign.",
            ),
            Self::OtherCurrency => (
                "other_currency",
                "amount in another currency",
                "The amount is in another currency than the `currency` of the field.",
            ),
            Self::AmbiguousAmount => (
                "ambiguous_amount",
                "ambiguous amount (decimal comma or point?)",
                "The amount can be read with a decimal point and with a comma (`1.234`), or only with the one that `decimal_comma` does not declare; declare the other.",
            ),
            Self::Currency => (
                "invalid_currency",
                "no currency",
                "The text is neither a currency nor an amount with a currency beside it.",
            ),
            Self::AmbiguousCurrency => (
                "ambiguous_currency",
                "sign of several currencies",
                "The sign stands for several currencies: `$`, `kr`, `¥`. Codes of ISO 4217 and signs such as `US$` stand for one.",
            ),
            Self::Boolean => (
                "invalid_boolean",
                "invalid boolean",
                "The text is none of true, false, yes, no, y, n, t, f, 1, 0, or none of the declared `true_values` and `false_values`.",
            ),
            Self::Uuid => (
                "invalid_uuid",
                "invalid UUID",
                "The text is not 32 hexadecimal digits, plain or in the groups of RFC 9562.",
            ),
            Self::Country => (
                "invalid_country",
                "no country",
                "The text is neither a code of ISO 3166-1 nor a usual name of one country.",
            ),
            Self::Postcode => (
                "invalid_postcode",
                "invalid postcode",
                "The text is longer than 12 signs, has no digit or a sign other than letters, digits, blanks and hyphens, or is not of the form of the declared region.",
            ),
            Self::Url => (
                "invalid_url",
                "invalid URL",
                "The text has no host, or white space or a sign within that no URL has, or a host that is a number written otherwise than as four decimal numbers.",
            ),
            Self::Ip => (
                "invalid_ip",
                "invalid IP address",
                "The text is not one IPv4 address of four decimal numbers without leading zeros, nor an IPv6 address, without brackets, port, zone or length of a prefix.",
            ),
            Self::Address => (
                "invalid_address",
                "invalid address",
                "The text has no letter and no digit.",
            ),
            Self::Company => (
                "invalid_company",
                "invalid company name",
                "The text has no letter and no digit.",
            ),
            Self::Json => (
                "invalid_json_value",
                "invalid JSON value",
                "The text is not one JSON value as RFC 8259 has it.",
            ),
        };
        Entry {
            code,
            reason,
            meaning,
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for Invalid {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_distinct_and_well_formed() {
        let codes: HashSet<_> = Invalid::ALL.iter().map(|i| i.code()).collect();
        assert_eq!(codes.len(), Invalid::ALL.len());
        for invalid in Invalid::ALL {
            assert!(
                invalid
                    .code()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_')
            );
            assert!(!invalid.reason().ends_with('.'), "{invalid:?}");
            assert!(invalid.meaning().ends_with('.'), "{invalid:?}");
        }
    }

    #[test]
    fn reasons_that_outputs_promise() {
        assert_eq!(Invalid::Timestamp.reason(), "invalid ISO-8601");
        assert_eq!(Invalid::Email.reason(), "invalid e-mail");
        assert_eq!(size_of::<Result<(), Invalid>>(), 1);
    }
}
