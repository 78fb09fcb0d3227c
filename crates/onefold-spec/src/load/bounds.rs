//! The values that a field itself declares, held against its type: `min`, `max`, `default`, `one_of`, `value`.

use std::cmp::Ordering;

use onefold_values::{
    BooleanRules, DateRules, DecimalMark, Invalid, MoneyRules, NullTokens, PhoneRules,
    PostcodeRules, TimestampRules, address, company, country, email, ip, money, name_order, number,
    url, uuid,
};

use crate::diagnostic::Diagnostic;
use crate::model::{Field, OnInvalid, Origin, Type};
use crate::span::Spanned;
use crate::types;
use crate::yaml::Node;

use super::context::{Context, quoted, quoted_node};

/// What the source says of all its fields.
#[derive(Clone, Copy, Default)]
pub(super) struct OfSource<'s> {
    pub(super) timezone: Option<&'s str>,
    /// `nulls`; `None`: the usual ones.
    pub(super) nulls: Option<&'s [String]>,
}

/// A value as it is compared.
#[derive(Clone, Copy)]
enum Comparable {
    Whole(i128),
    Float(f64),
}

impl Comparable {
    fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            _ => None,
        }
    }
}

/// Appends the standard form of a text.
type Standardise = dyn Fn(&str, &mut String) -> Result<(), Invalid>;

/// How the values of a type are read.
enum Rule {
    Integer,
    Float,
    Decimal(u8, u8),
    Money(MoneyRules),
    Boolean(BooleanRules),
    Date(DateRules),
    Timestamp(TimestampRules),
    /// Text with a standard form.
    Standard(Box<Standardise>),
}

impl Rule {
    /// `None` where all texts are values, or an option of the type is wrong, which has been reported.
    fn of(ty: &Type, timezone: Option<&str>) -> Option<Self> {
        Some(match ty {
            Type::Integer => Self::Integer,
            Type::Float => Self::Float,
            Type::Decimal { precision, scale } => Self::Decimal(*precision, *scale),
            Type::Money {
                precision,
                scale,
                currency,
            } => Self::Money(MoneyRules {
                precision: *precision,
                scale: *scale,
                mark: None,
                currency: *currency,
            }),
            Type::Boolean {
                true_values,
                false_values,
            } => Self::Boolean(BooleanRules::new(true_values, false_values)),
            Type::Date { order, formats, .. } => {
                Self::Date(DateRules::new(*order, formats, timezone).ok()?)
            }
            Type::Timestamp { order, formats, .. } => {
                Self::Timestamp(TimestampRules::new(*order, formats, timezone).ok()?)
            }
            Type::Uuid => Self::Standard(Box::new(uuid::standardise)),
            Type::Email => Self::Standard(Box::new(email::standardise)),
            Type::PersonName { order } => {
                let order = *order;
                Self::Standard(Box::new(move |text, out| {
                    name_order::standardise(text, order, out)
                }))
            }
            Type::Phone { region, format } => {
                let rules = PhoneRules::new(region.as_deref(), *format).ok()?;
                Self::Standard(Box::new(move |text, out| rules.standardise(text, out)))
            }
            Type::Currency => Self::Standard(Box::new(money::currency_of)),
            Type::Country => Self::Standard(Box::new(country::standardise)),
            Type::Postcode { region } => {
                let rules = PostcodeRules::new(region.as_deref());
                Self::Standard(Box::new(move |text, out| rules.standardise(text, out)))
            }
            Type::Url => Self::Standard(Box::new(url::standardise)),
            Type::Ip => Self::Standard(Box::new(ip::standardise)),
            Type::Address => Self::Standard(Box::new(address::standardise)),
            Type::Company => Self::Standard(Box::new(company::standardise)),
            Type::Text | Type::Json => return None,
        })
    }

    /// A value that the author wrote: whatever the column's own writing is, with a decimal point and dates in ISO 8601. `None` for text.
    fn read(&self, text: &str) -> Result<Option<Comparable>, Invalid> {
        const POINT: DecimalMark = DecimalMark::Point;
        Ok(Some(match self {
            Self::Integer => Comparable::Whole(number::parse_integer(text, POINT)?.into()),
            Self::Float => Comparable::Float(number::parse_float(text, POINT)?),
            Self::Decimal(precision, scale) => {
                Comparable::Whole(number::parse_decimal(text, *precision, *scale, POINT)?)
            }
            Self::Money(rules) => Comparable::Whole(rules.parse_standard(text)?),
            Self::Boolean(rules) => Comparable::Whole(rules.parse_standard(text)?.into()),
            Self::Date(rules) => Comparable::Whole(rules.parse_standard(text)?.into()),
            Self::Timestamp(rules) => Comparable::Whole(rules.parse_standard(text)?.into()),
            Self::Standard(_) => return Ok(None),
        }))
    }

    /// What to write for a text that is no value.
    fn hint(&self, text: &str) -> Option<String> {
        match self {
            Self::Date(_) | Self::Timestamp(_) if is_of_today(text) => Some(
                "write a date such as `2025-12-31`: a run asks no clock, the same input gives the same output".to_owned(),
            ),
            Self::Date(_) => Some("write it in ISO 8601: `2025-12-31`".to_owned()),
            Self::Timestamp(_) => {
                Some("write it in ISO 8601: `2025-12-31` or `2025-12-31T18:00:00Z`".to_owned())
            }
            Self::Integer | Self::Float | Self::Decimal(..) | Self::Money(_) => {
                text.contains(',').then_some(())?;
                let pointed = text.replace(['.', ' '], "").replace(',', ".");
                let reads = self.read(&pointed).is_ok();
                reads.then(|| format!("numbers in a pipeline file have a decimal point: `{pointed}`"))
            }
            Self::Boolean(_) => Some("write `true` or `false`".to_owned()),
            Self::Standard(_) => None,
        }
    }
}

/// Words for the day of the run, in other languages of queries.
fn is_of_today(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "today",
        "now",
        "yesterday",
        "tomorrow",
        "current_date",
        "current_timestamp",
        "getdate",
        "sysdate",
        "heute",
        "hoy",
        "oggi",
    ];
    let text = text.trim().to_lowercase();
    WORDS.contains(&text.trim_end_matches("()"))
}

/// Reports declared values that no run could take.
pub(super) fn check_bounds(cx: &mut Context<'_>, map: &Node, field: &Field, source: OfSource<'_>) {
    let Some(rule) = Rule::of(&field.ty, source.timezone) else {
        return check_texts(cx, map, field);
    };
    let mut read = |key: &str, text: Option<&Spanned<String>>| {
        let (text, node) = (text?, map.get(key)?);
        match rule.read(text) {
            Ok(value) => value,
            Err(invalid) => {
                report(cx, (node, key), text, (&field.ty, &rule), invalid);
                None
            }
        }
    };
    let min = read("min", field.min.as_ref());
    let max = read("max", field.max.as_ref());
    let default = read("default", field.default.as_ref());
    if let (Some(low), Some(high), Some(node)) = (min, max, map.get("max"))
        && low.order(high) == Some(Ordering::Greater)
    {
        cx.error(node.span, "`max` is less than `min`: no value fits");
    }
    if let (Some(value), Some(node)) = (default, map.get("default")) {
        let below = min.is_some_and(|min| value.order(min) == Some(Ordering::Less));
        let above = max.is_some_and(|max| value.order(max) == Some(Ordering::Greater));
        let bound = below.then_some("less than `min`");
        if let Some(why) = bound.or_else(|| above.then_some("greater than `max`")) {
            warn_of_default(cx, node, why);
        }
    }
    check_allowed(cx, map, (&field.ty, &rule), default);
    if let Origin::Value(text) = &field.origin
        && let Some(node) = map.get("value")
    {
        check_value(cx, node, text, &rule, (field, source.nulls));
    }
}

fn report(
    cx: &mut Context<'_>,
    (node, key): (&Node, &str),
    text: &str,
    (ty, rule): (&Type, &Rule),
    invalid: Invalid,
) {
    let name = type_name(ty);
    let why = match invalid.reason() {
        reason if reason.starts_with("invalid ") => String::new(),
        reason => format!(": {reason}"),
    };
    let message = format!(
        "`{key}`: {} is not of the type `{name}`{why}",
        quoted_node(node)
    );
    let finding = Diagnostic::error(node.span, message);
    // A hint holds the text, and that of a variable may be a secret.
    let hint = rule.hint(text).filter(|_| !has_variable(node));
    cx.report(match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    });
}

fn has_variable(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.contains("${"))
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
        _ => types::def_of(ty).map_or_else(String::new, |def| def.name.to_owned()),
    }
}

fn warn_of_default(cx: &mut Context<'_>, node: &Node, why: &str) {
    let finding = Diagnostic::warning(node.span, format!("`default` is {why}"));
    cx.report(finding.detail("a record without a value gets it, and is then rejected"));
}

/// `one_of`. A text that is not in the standard form of its type equals no value.
fn check_allowed(
    cx: &mut Context<'_>,
    map: &Node,
    of: (&Type, &Rule),
    default: Option<Comparable>,
) {
    let (_, rule) = of;
    let Some(list) = map.get("one_of") else {
        return;
    };
    let mut holds_default = false;
    for node in list.items() {
        let Some(text) = cx.text(node) else { return };
        if let Rule::Standard(standardise) = rule {
            let mut standard = String::new();
            match standardise(&text, &mut standard) {
                Ok(()) if standard != *text => {
                    let message = format!(
                        "`one_of`: {} is not how values are written",
                        quoted_node(node)
                    );
                    let finding = Diagnostic::warning(node.span, message);
                    cx.report(match has_variable(node) {
                        true => finding,
                        false => finding.hint(format!("write {}", quoted(&standard))),
                    });
                }
                Ok(()) => {}
                Err(invalid) => report(cx, (node, "one_of"), &text, of, invalid),
            }
            continue;
        }
        match rule.read(&text) {
            Ok(value) => {
                let equal = value.zip(default).and_then(|(a, b)| a.order(b));
                holds_default |= equal == Some(Ordering::Equal);
            }
            Err(invalid) => report(cx, (node, "one_of"), &text, of, invalid),
        }
    }
    if let (Some(_), false, Some(node)) = (default, holds_default, map.get("default")) {
        warn_of_default(cx, node, "none of `one_of`");
    }
}

/// A text for all records that is not of the type: no record could pass.
fn check_value(
    cx: &mut Context<'_>,
    node: &Node,
    text: &str,
    rule: &Rule,
    (field, nulls): (&Field, Option<&[String]>),
) {
    let nulls = nulls.map(NullTokens::from_list).unwrap_or_default();
    if nulls.is_null(text) || field.on_invalid == OnInvalid::Null {
        return;
    }
    let read = match rule {
        Rule::Standard(standardise) => standardise(text, &mut String::new()),
        _ => rule.read(text).map(drop),
    };
    let comma = |invalid| match rule {
        Rule::Integer => number::parse_integer(text, DecimalMark::Comma).map(drop),
        Rule::Float => number::parse_float(text, DecimalMark::Comma).map(drop),
        Rule::Decimal(precision, scale) => {
            number::parse_decimal(text, *precision, *scale, DecimalMark::Comma).map(drop)
        }
        _ => Err(invalid),
    };
    if let Err(invalid) = read.or_else(comma) {
        report(cx, (node, "value"), text, (&field.ty, rule), invalid);
    }
}

/// What can be said of a field of text.
fn check_texts(cx: &mut Context<'_>, map: &Node, field: &Field) {
    let (Some(default), Some(node)) = (&field.default, map.get("default")) else {
        return;
    };
    if !field.one_of.is_empty() && !field.one_of.contains(default) {
        return warn_of_default(cx, node, "none of `one_of`");
    }
    let pattern = field
        .pattern
        .as_ref()
        .and_then(|p| regex::Regex::new(p).ok());
    if pattern.is_some_and(|pattern| !pattern.is_match(default)) {
        warn_of_default(cx, node, "no match of `pattern`");
    }
}
