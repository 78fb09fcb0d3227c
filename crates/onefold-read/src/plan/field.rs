//! A declared field made ready to run: where its raw text comes from, and by which rule it becomes typed.

use std::collections::HashSet;

use onefold_spec::model::{self, OnInvalid, Source, Type};
use onefold_values::{
    BooleanRules, DateRules, DecimalMark, MoneyRules, PhoneRules, PostcodeRules, TimestampRules,
    address, company, country, ip, url,
};

use super::rule::{Bound, Rule};
use crate::error::{Error, Kind};

/// Where a field's raw text comes from.
#[derive(Debug)]
pub(crate) enum PlannedOrigin {
    Cell(usize),
    Sql {
        field: usize,
        inputs: Vec<usize>,
    },
    Value(String),
    /// The version has no such field.
    Absent,
}

/// A field of a source, or of one of its versions.
#[derive(Debug)]
pub(crate) struct PlannedField {
    pub(crate) name: String,
    pub(crate) origin: PlannedOrigin,
    pub(crate) rule: Rule,
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    /// The same for types other than text.
    pub(crate) default_typed: Option<Bound>,
    pub(crate) one_of: HashSet<String>,
    /// The same for types other than text.
    pub(crate) one_of_typed: Vec<Bound>,
    pub(crate) one_of_list: Vec<String>,
    pub(crate) min: Option<(Bound, String)>,
    pub(crate) max: Option<(Bound, String)>,
    pub(crate) pattern: Option<regex::Regex>,
    pub(crate) on_invalid: OnInvalid,
    /// Its values say who or where a person is.
    pub(crate) is_personal: bool,
    /// Nobody reads it and no value of it can be wrong.
    pub(crate) skipped: bool,
}

/// Makes a declared field ready, or says why no value could fit it.
pub(super) fn plan_field(
    source: &Source,
    field: &model::Field,
    origin: PlannedOrigin,
) -> Result<PlannedField, Error> {
    let name = field.name.value.clone();
    let zone = source.timezone.as_ref().map(|z| z.value.as_str());
    let bad = |what: String| {
        let message = format!(
            "field `{}` of source `{}`: {what}",
            field.name.value, source.name.value
        );
        Error::new(Kind::Declaration, message)
    };
    let declared_mark = field.decimal_comma.map(|comma| match comma {
        true => DecimalMark::Comma,
        false => DecimalMark::Point,
    });
    let mark = declared_mark.unwrap_or_default();
    let rule = match &field.ty {
        Type::Text => Rule::Text,
        Type::Integer => Rule::Integer(mark),
        Type::Float => Rule::Float(mark),
        Type::Decimal { precision, scale } => Rule::Decimal(*precision, *scale, mark),
        Type::Money {
            precision,
            scale,
            currency,
        } => Rule::Money(MoneyRules {
            precision: *precision,
            scale: *scale,
            mark: declared_mark,
            currency: *currency,
        }),
        Type::Currency => Rule::Currency,
        Type::Boolean {
            true_values,
            false_values,
        } => Rule::Boolean(BooleanRules::new(true_values, false_values)),
        Type::Date {
            order,
            formats,
            pivot,
        } => {
            let rules = DateRules::new(*order, formats, zone).map_err(|e| bad(e.to_string()))?;
            Rule::Date(rules.with_pivot(*pivot))
        }
        Type::Timestamp {
            order,
            formats,
            pivot,
        } => {
            let rules =
                TimestampRules::new(*order, formats, zone).map_err(|e| bad(e.to_string()))?;
            Rule::Timestamp(rules.with_pivot(*pivot))
        }
        Type::Uuid => Rule::Uuid,
        Type::Email => Rule::Email,
        Type::Phone { region, format } => Rule::Phone(
            PhoneRules::new(region.as_deref(), *format).map_err(|e| bad(e.to_string()))?,
        ),
        Type::PersonName { order } => Rule::PersonName(*order),
        Type::Country => Rule::Standard(country::standardise),
        Type::Postcode { region } => Rule::Postcode(PostcodeRules::new(region.as_deref())),
        Type::Url => Rule::Standard(url::standardise),
        Type::Ip => Rule::Standard(ip::standardise),
        Type::Address => Rule::Standard(address::standardise),
        Type::Company => Rule::Standard(company::standardise),
        Type::Json => Rule::Json,
    };
    let shown = |text: &str| source.secrets.hide(text).into_owned();
    let bound = |text: &Option<onefold_spec::Spanned<String>>| {
        let Some(text) = text else { return Ok(None) };
        let bound = rule.bound(text).map_err(|i| {
            bad(format!(
                "the bound `{}` is not of its type: {}",
                text.value,
                i.reason()
            ))
        })?;
        match bound {
            Some(bound) => Ok(Some((bound, shown(&text.value)))),
            None => Err(bad(
                "`min` and `max` are for numbers, dates and timestamps".into()
            )),
        }
    };
    let allowed = field.one_of.iter().map(|text| {
        rule.bound(text).map_err(|i| {
            bad(format!(
                "`{text}` in `one_of` is not of its type: {}",
                i.reason()
            ))
        })
    });
    let allowed = allowed.collect::<Result<Vec<Option<Bound>>, Error>>()?;
    let default = match &field.default {
        None => None,
        Some(text) => rule.bound(text).map_err(|i| {
            bad(format!(
                "the default `{}` is not of its type: {}",
                text.value,
                i.reason()
            ))
        })?,
    };
    let pattern = match &field.pattern {
        None => None,
        Some(p) => Some(
            regex::Regex::new(p)
                .map_err(|e| bad(format!("`pattern` is no regular expression: {e}")))?,
        ),
    };
    Ok(PlannedField {
        origin,
        required: field.required,
        default: field.default.as_ref().map(|d| d.value.clone()),
        default_typed: default,
        one_of: field.one_of.iter().cloned().collect(),
        one_of_typed: allowed.into_iter().flatten().collect(),
        one_of_list: field.one_of.iter().map(|text| shown(text)).collect(),
        min: bound(&field.min)?,
        max: bound(&field.max)?,
        pattern,
        on_invalid: field.on_invalid,
        is_personal: field.ty.is_personal(),
        skipped: false,
        name,
        rule,
    })
}

impl PlannedField {
    pub(super) fn exact(name: &str, origin: PlannedOrigin) -> Self {
        Self {
            name: name.to_owned(),
            origin,
            rule: Rule::Exact,
            required: false,
            default: None,
            default_typed: None,
            one_of: HashSet::new(),
            one_of_typed: Vec::new(),
            one_of_list: Vec::new(),
            min: None,
            max: None,
            pattern: None,
            on_invalid: OnInvalid::Reject,
            is_personal: false,
            skipped: false,
        }
    }

    pub(super) fn takes_anything(&self) -> bool {
        let free = matches!(self.rule, Rule::Exact | Rule::Text);
        free && !self.required && self.one_of.is_empty() && self.pattern.is_none()
    }
}
