//! How the values of a field are written: orders, formats, words, currencies, regions.

use onefold_values::boolean::fold;

use crate::diagnostic::Diagnostic;
use crate::keys::Order;
use crate::model::{DateOrder, Field, NameOrder, Origin, PhoneFormat, Pivot, Type, Version};
use crate::scalar;
use crate::span::Spanned;
use crate::yaml::Node;

use super::context::{Context, quoted, quoted_node};

/// The type of a field with what the field says of it.
pub(super) fn with_options(cx: &mut Context<'_>, map: &Node, ty: Type) -> Type {
    match ty {
        Type::Money {
            precision, scale, ..
        } => Type::Money {
            precision,
            scale,
            currency: cx.parsed(map, "currency", scalar::currency).flatten(),
        },
        Type::Phone { .. } => Type::Phone {
            region: cx.text_of(map, "region").map(|region| region.value),
            format: cx.choice::<PhoneFormat>(map, "format").unwrap_or_default(),
        },
        Type::Postcode { .. } => Type::Postcode {
            region: cx.text_of(map, "region").map(|region| region.value),
        },
        other => written(cx, map, other),
    }
}

/// The type of a field with what a version of the source says of it.
pub(super) fn with_options_of_version(cx: &mut Context<'_>, map: &Node, ty: &Type) -> Type {
    match ty.clone() {
        Type::Phone { region, format } => Type::Phone {
            region: cx
                .text_of(map, "region")
                .map(|given| given.value)
                .or(region),
            format,
        },
        Type::Postcode { region } => Type::Postcode {
            region: cx
                .text_of(map, "region")
                .map(|given| given.value)
                .or(region),
        },
        other => written(cx, map, other),
    }
}

/// How dates are written.
type Dates = (DateOrder, Vec<String>, Pivot);

/// How dates are written here; where nothing says so, as in `otherwise`. Formats and order are one choice.
fn dates(cx: &mut Context<'_>, map: &Node, otherwise: Dates) -> Dates {
    let (order, formats, pivot) = otherwise;
    let (order, formats) = match map.get("formats").or_else(|| map.get("order")) {
        Some(_) => (date_order(cx, map), values(cx.texts_of(map, "formats"))),
        None => (order, formats),
    };
    let pivot = self::pivot(cx, map, &formats).unwrap_or(pivot);
    (order, formats, pivot)
}

/// What a source and its versions can both say.
fn written(cx: &mut Context<'_>, map: &Node, ty: Type) -> Type {
    let is_given = |keys: &[&str]| keys.iter().any(|key| map.get(key).is_some());
    match ty {
        Type::Date {
            order,
            formats,
            pivot,
        } => {
            let (order, formats, pivot) = dates(cx, map, (order, formats, pivot));
            Type::Date {
                order,
                formats,
                pivot,
            }
        }
        Type::Timestamp {
            order,
            formats,
            pivot,
        } => {
            let (order, formats, pivot) = dates(cx, map, (order, formats, pivot));
            Type::Timestamp {
                order,
                formats,
                pivot,
            }
        }
        Type::Boolean { .. } if is_given(&["true_values", "false_values"]) => words(cx, map),
        Type::PersonName { order } => Type::PersonName {
            order: name_order(cx, map).unwrap_or(order),
        },
        other => other,
    }
}

fn date_order(cx: &mut Context<'_>, map: &Node) -> DateOrder {
    match cx.choice::<Order>(map, "order") {
        Some(Order::Date(order)) => order,
        Some(Order::Name(_)) => {
            wrong_order(cx, map, "names", "`day_first` or `month_first`");
            DateOrder::default()
        }
        None => DateOrder::default(),
    }
}

fn name_order(cx: &mut Context<'_>, map: &Node) -> Option<NameOrder> {
    match cx.choice::<Order>(map, "order")? {
        Order::Name(order) => Some(order),
        Order::Date(_) => {
            wrong_order(cx, map, "dates", "`last_first` or `first_last`");
            None
        }
    }
}

fn wrong_order(cx: &mut Context<'_>, map: &Node, of: &str, hint: &str) {
    if let Some(node) = map.get("order") {
        let message = format!("{} is an order of {of}", quoted_node(node));
        cx.report(Diagnostic::error(node.span, message).hint(format!("it takes {hint}")));
    }
}

/// The first year of two digits of the 1900s; warns where no format has such years.
fn pivot(cx: &mut Context<'_>, map: &Node, formats: &[String]) -> Option<Pivot> {
    let node = map.get("pivot")?;
    let first = cx.parsed(map, "pivot", |text| scalar::count(text, 0, 100))?;
    let has_short_years = |format: &String| {
        let directives = format.split('%').skip(1);
        directives
            .map(|directive| directive.trim_start_matches(['-', '_', '0', '^', '#']))
            .any(|directive| directive.starts_with(['y', 'g', 'D']))
    };
    if !formats.iter().any(has_short_years) {
        let finding = Diagnostic::warning(
            node.span,
            "`pivot` does nothing: no format has a year of two digits",
        );
        cx.report(finding.hint("`%y` in `formats` is a year of two digits"));
    }
    u8::try_from(first).ok().and_then(Pivot::new)
}

/// The declared words of a boolean; reports those that stand for both.
fn words(cx: &mut Context<'_>, map: &Node) -> Type {
    let true_words = cx.texts_of(map, "true_values");
    let false_words = cx.texts_of(map, "false_values");
    for word in &false_words {
        if true_words.iter().any(|other| fold(other) == fold(word)) {
            let message = format!("{} is among `true_values` too", quoted(word));
            cx.report(
                Diagnostic::error(word.span, message)
                    .detail("case and outer white space do not matter"),
            );
        }
    }
    Type::Boolean {
        true_values: values(true_words),
        false_values: values(false_words),
    }
}

/// An amount without its currency is a number that must not be added up: every amount has a declared one, or a field beside it says which.
pub(super) fn check_currencies(cx: &mut Context<'_>, node: &Node, fields: &[Field]) {
    for field in fields {
        let Type::Money { currency: None, .. } = field.ty else {
            continue;
        };
        let given = node
            .get(&field.name)
            .and_then(|declared| declared.get("currency"));
        let Some(given) = given else {
            let message = format!("{} does not say its currency", quoted(&field.name));
            let finding = Diagnostic::error(field.name.span, message);
            cx.report(finding.hint(format!(
                "`{}: {{type: money, currency: EUR}}`: amounts in another currency are then rejected",
                *field.name
            )));
            continue;
        };
        let is_beside = |other: &Field| other.ty == Type::Currency && other.origin == field.origin;
        if given.scalar() == Some("any") && !fields.iter().any(is_beside) {
            let message = format!("no field says which currencies {} has", quoted(&field.name));
            let from = match &field.origin {
                Origin::Path(path) => format!("from: {}", path.join(".")),
                _ => "..".to_owned(),
            };
            let finding = Diagnostic::error(given.span, message);
            cx.report(finding.hint(format!(
                "declare it beside it: `{}_currency: {{{from}, type: currency}}`",
                *field.name
            )));
        }
    }
}

/// A version that reads an amount of any currency from another column reads the currency from there too.
pub(super) fn check_currencies_of_version(
    cx: &mut Context<'_>,
    fields: &[Field],
    version: &Version,
) {
    let origin_of = |number: usize| -> Option<&Origin> {
        let given = version.fields.iter().find(|given| given.field == number);
        match given {
            Some(given) => given.origin.as_ref(),
            None => fields.get(number).map(|field| &field.origin),
        }
    };
    for (number, field) in fields.iter().enumerate() {
        let origin = match field.ty {
            Type::Money { currency: None, .. } => origin_of(number),
            _ => continue,
        };
        let mut others = fields.iter().enumerate();
        let is_beside =
            others.any(|(number, other)| other.ty == Type::Currency && origin_of(number) == origin);
        if origin.is_some() && !is_beside {
            let message = format!(
                "the version {} reads {} and its currency from different columns",
                quoted(&version.name),
                quoted(&field.name)
            );
            let finding = Diagnostic::error(version.name.span, message);
            cx.report(finding.hint("give the field of type `currency` the same `from`"));
        }
    }
}

pub(super) fn values(texts: Vec<Spanned<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}
