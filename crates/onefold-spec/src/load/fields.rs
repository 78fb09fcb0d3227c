//! `fields:` of a source.

use crate::diagnostic::Diagnostic;
use crate::model::{Field, OnInvalid, Origin};
use crate::scalar;
use crate::span::Spanned;
use crate::types::{self, TYPE_OPTIONS, TypeDef};
use crate::yaml::{Entry, Kind, Node};

use super::bounds::{OfSource, check_bounds};
use super::context::{Context, join_quoted, quoted};
use super::writing::{check_currencies, values, with_options};

/// A column or a path: a scalar is split at its points, a list is taken literally.
pub(super) fn path_at(cx: &mut Context<'_>, map: &Node, key: &str) -> Option<Vec<String>> {
    path(cx, map.get(key)?, key)
}

/// The path that a node is; messages call it `key`.
pub(super) fn path(cx: &mut Context<'_>, node: &Node, key: &str) -> Option<Vec<String>> {
    let path: Vec<String> = match &node.kind {
        Kind::Scalar { .. } => cx.text(node)?.split('.').map(str::to_owned).collect(),
        _ => {
            let items = node.items().into_iter();
            items
                .filter_map(|item| cx.text(item))
                .map(|text| text.value)
                .collect()
        }
    };
    if path.is_empty() || path.iter().any(String::is_empty) {
        let finding = Diagnostic::error(node.span, format!("`{key}` is a path with an empty part"));
        cx.report(finding.hint("a list takes names literally: `[\"a.b\"]` is the one name `a.b`"));
        return None;
    }
    Some(path)
}

pub(super) fn fields(cx: &mut Context<'_>, map: &Node, source: OfSource<'_>) -> Option<Vec<Field>> {
    let node = map.get("fields")?;
    if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
        let finding = Diagnostic::error(node.span, "`fields` declares no field");
        cx.report(finding.hint("without `fields` all columns are taken as they are found"));
    }
    let comma = cx.parsed(map, "decimal_comma", scalar::flag);
    let fields: Vec<Field> = map
        .entries_at("fields")
        .iter()
        .filter_map(|entry| field(cx, entry, comma, source))
        .collect();
    check_currencies(cx, node, &fields);
    Some(fields)
}

/// `comma`: what the source says of decimal commas.
fn field(
    cx: &mut Context<'_>,
    entry: &Entry,
    comma: Option<bool>,
    source: OfSource<'_>,
) -> Option<Field> {
    let name = Spanned::new(entry.key.clone(), entry.key_span);
    if name.trim().is_empty() {
        cx.error(name.span, "a field without a name");
    }
    let map = &*entry.value;
    let (ty, def) = match map.scalar() {
        Some(_) => types::parse(&cx.text(map)?).ok()?,
        None if map.get("type").is_some() => cx.parsed(map, "type", types::parse)?,
        None => types::parse("text").ok()?,
    };
    refuse_options_of_other_types(cx, map, def);
    let field = Field {
        origin: origin(cx, map, &entry.key)?,
        ty: with_options(cx, map, ty),
        required: cx.parsed(map, "required", scalar::flag).unwrap_or(false),
        default: cx.text_of(map, "default"),
        one_of: values(cx.texts_of(map, "one_of")),
        min: cx.text_of(map, "min"),
        max: cx.text_of(map, "max"),
        pattern: cx.text_of(map, "pattern"),
        on_invalid: cx.choice(map, "on_invalid").unwrap_or(OnInvalid::Reject),
        decimal_comma: cx.parsed(map, "decimal_comma", scalar::flag).or(comma),
        name,
    };
    check_bounds(cx, map, &field, source);
    if field.required && field.on_invalid == OnInvalid::Null {
        let span = map
            .get("on_invalid")
            .map_or(field.name.span, |node| node.span);
        let finding = Diagnostic::warning(
            span,
            format!(
                "`on_invalid: null` keeps no record in {}",
                quoted(&field.name)
            ),
        );
        let finding = finding.detail(
            "an invalid value would be missing, and `required` rejects the record for that",
        );
        cx.report(finding.hint("leave out one of the two"));
    }
    if field.required && field.default.is_some() {
        let finding = Diagnostic::warning(
            field.name.span,
            format!("`required` never rejects in {}", quoted(&field.name)),
        );
        cx.report(finding.detail("`default` fills every missing value first"));
    }
    Some(field)
}

pub(super) fn refuse_options_of_other_types(cx: &mut Context<'_>, map: &Node, def: &TypeDef) {
    for entry in map.entries() {
        let option = entry.key.as_str();
        if !TYPE_OPTIONS.contains(&option) || def.options.contains(&option) {
            continue;
        }
        let types = types::TYPES
            .iter()
            .filter(|other| other.options.contains(&option))
            .map(|other| other.name);
        let finding = Diagnostic::error(
            entry.key_span,
            format!("`{option}` is not an option of the type `{}`", def.name),
        );
        cx.report(finding.detail(format!("it is one of {}", join_quoted(types))));
    }
}

fn origin(cx: &mut Context<'_>, map: &Node, name: &str) -> Option<Origin> {
    if map.get("sql").is_some() {
        return cx.text_of(map, "sql").map(Origin::Sql);
    }
    if map.get("value").is_some() {
        return cx
            .text_of(map, "value")
            .map(|value| Origin::Value(value.value));
    }
    if map.get("from").is_some() {
        return path_at(cx, map, "from").map(Origin::Path);
    }
    Some(Origin::Path(vec![name.to_owned()]))
}
