//! The rules by which text becomes a value, and the values that a pipeline itself writes: bounds, defaults, allowed values.

use arrow::datatypes::{DataType, TimeUnit};
use onefold_values::{
    BooleanRules, DateOrder, DateRules, DecimalMark, Invalid, MoneyRules, NameOrder, PhoneRules,
    PostcodeRules, TimestampRules, number,
};

use crate::found::Natural;

/// Appends the standard form of a text.
pub(crate) type Standardise = fn(&str, &mut String) -> Result<(), Invalid>;

/// How text becomes a value.
#[derive(Debug)]
pub(crate) enum Rule {
    /// As it stands.
    Exact,
    /// Without outer white space.
    Text,
    Integer(DecimalMark),
    Float(DecimalMark),
    Decimal(u8, u8, DecimalMark),
    Money(MoneyRules),
    Currency,
    Boolean(BooleanRules),
    Date(DateRules),
    Timestamp(TimestampRules),
    Uuid,
    Email,
    Phone(PhoneRules),
    PersonName(NameOrder),
    Postcode(PostcodeRules),
    /// Text with a standard form and no options.
    Standard(Standardise),
    Json,
}

/// A bound or an allowed value in the field's own type: days, microseconds, the number, the number times ten to the scale, or 0 and 1.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Whole(i128),
    Float(f64),
}

impl Rule {
    /// The rule whose values are those of a column of Parquet.
    pub(super) fn of(natural: Natural) -> Rule {
        let rule = match natural {
            Natural::Boolean => Some(Rule::Boolean(BooleanRules::default())),
            Natural::Integer { .. } => Some(Rule::Integer(DecimalMark::Point)),
            Natural::Float => Some(Rule::Float(DecimalMark::Point)),
            Natural::Decimal(precision, scale) => {
                Some(Rule::Decimal(precision, scale, DecimalMark::Point))
            }
            Natural::Date => DateRules::new(DateOrder::Undeclared, &[], None)
                .ok()
                .map(Rule::Date),
            Natural::Timestamp => TimestampRules::new(DateOrder::Undeclared, &[], None)
                .ok()
                .map(Rule::Timestamp),
            Natural::Nothing | Natural::Text => None,
        };
        rule.unwrap_or(Rule::Exact)
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Rule::Integer(_) => DataType::Int64,
            Rule::Float(_) => DataType::Float64,
            Rule::Decimal(p, s, _) => DataType::Decimal128(*p, *s as i8),
            Rule::Money(rules) => DataType::Decimal128(rules.precision, rules.scale as i8),
            Rule::Boolean(_) => DataType::Boolean,
            Rule::Date(_) => DataType::Date32,
            Rule::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Rule::Exact
            | Rule::Text
            | Rule::Uuid
            | Rule::Email
            | Rule::Phone(_)
            | Rule::PersonName(_)
            | Rule::Currency
            | Rule::Postcode(_)
            | Rule::Standard(_)
            | Rule::Json => DataType::Utf8View,
        }
    }

    /// A value that the pipeline's author wrote: whatever the column's own writing is, with a decimal point and dates in ISO 8601.
    pub(super) fn bound(&self, text: &str) -> Result<Option<Bound>, Invalid> {
        const POINT: DecimalMark = DecimalMark::Point;
        Ok(Some(match self {
            Rule::Integer(_) => Bound::Whole(i128::from(number::parse_integer(text, POINT)?)),
            Rule::Float(_) => Bound::Float(number::parse_float(text, POINT)?),
            Rule::Decimal(p, s, _) => Bound::Whole(number::parse_decimal(text, *p, *s, POINT)?),
            Rule::Money(rules) => Bound::Whole(rules.parse_standard(text)?),
            Rule::Boolean(rules) => Bound::Whole(i128::from(rules.parse_standard(text)?)),
            Rule::Date(rules) => Bound::Whole(i128::from(rules.parse_standard(text)?)),
            Rule::Timestamp(rules) => Bound::Whole(i128::from(rules.parse_standard(text)?)),
            _ => return Ok(None),
        }))
    }
}
