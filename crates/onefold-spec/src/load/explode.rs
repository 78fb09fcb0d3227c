//! `explode:` of a source.

use super::context::{Context, quoted};
use super::fields::{path, path_at};
use crate::diagnostic::Diagnostic;
use crate::model::{Explode, Field, InputFormat, OnInvalid, Origin, Type, Version};
use crate::scalar;
use crate::span::Spanned;
use crate::yaml::{Kind, Node};

/// What a source explodes. The column of the element's number becomes the last of the fields.
pub(super) fn explode(
    cx: &mut Context<'_>,
    map: &Node,
    format: Option<InputFormat>,
    fields: Option<&mut Vec<Field>>,
) -> Option<Explode> {
    let node = map.get("explode")?;
    let (keys, position, keep_empty) = match &node.kind {
        Kind::Map(_) => (
            path_at(cx, node, "path")?,
            cx.text_of(node, "position"),
            cx.parsed(node, "keep_empty", scalar::flag).unwrap_or(false),
        ),
        _ => (path(cx, node, "explode")?, None, false),
    };
    let of_keys = node.get("path").unwrap_or(node);
    if let Some(key) = keys.iter().find(|key| is_place(key)) {
        let message =
            format!("`explode` names the keys of an array, and `{key}` is a place in one");
        let finding = Diagnostic::error(of_keys.span, message);
        cx.report(finding.hint("every array on the way is exploded: leave the place out"));
        return None;
    }
    let Some(fields) = fields else {
        // Other formats have been refused.
        if matches!(
            format,
            None | Some(InputFormat::Json | InputFormat::Parquet)
        ) {
            let finding = Diagnostic::error(node.span, "`explode` needs `fields`");
            cx.report(finding.hint(format!(
                "name what is read of the record and of its elements, such as `from: {}.id`",
                keys.join(".")
            )));
        }
        return None;
    };
    if let Some(name) = position {
        if let Some(field) = fields.iter().find(|field| *field.name == *name) {
            let message = format!("the position {} is a field already", quoted(&field.name));
            cx.error(name.span, message);
        }
        fields.push(numbered(name));
    }
    Some(Explode {
        path: Spanned::new(keys, of_keys.span),
        keep_empty,
    })
}

/// Warns where nothing is read of the elements: each row is then as good as the one before it.
pub(super) fn check_paths(
    cx: &mut Context<'_>,
    explode: &Explode,
    fields: &[Field],
    versions: &[Version],
) {
    let own = fields.iter().map(|field| &field.origin);
    let others = versions.iter().flat_map(|version| &version.fields);
    let mut origins = own.chain(others.filter_map(|field| field.origin.as_ref()));
    let reads_elements = |origin: &Origin| match origin {
        Origin::Path(path) => path.starts_with(&explode.path),
        // Its paths are known to whoever reads SQL.
        Origin::Sql(_) => true,
        Origin::Value(_) | Origin::Element => false,
    };
    if !origins.any(reads_elements) {
        let path = explode.path.join(".");
        let message = format!("no field reads an element of `{path}`");
        let finding = Diagnostic::warning(explode.path.span, message);
        cx.report(finding.hint(format!(
            "`from: {path}.id` is the key `id` of an element, and `from: {path}` the element itself"
        )));
    }
}

/// Whether a key is a place in an array, as paths of fields write it.
fn is_place(key: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let bracket = key.strip_suffix(']').and_then(|key| key.rsplit_once('['));
    number(key) || bracket.is_some_and(|(_, place)| number(place))
}

/// The field of the element's number.
fn numbered(name: Spanned<String>) -> Field {
    Field {
        name,
        origin: Origin::Element,
        ty: Type::Integer,
        required: false,
        default: None,
        one_of: Vec::new(),
        min: None,
        max: None,
        pattern: None,
        decimal_comma: None,
        on_invalid: OnInvalid::Reject,
    }
}
