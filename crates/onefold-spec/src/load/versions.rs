//! `versions:` and `ignore:` of a source.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::model::{Field, Origin, Type, Version, VersionField, When};
use crate::scalar;
use crate::span::Spanned;
use crate::types::{self, TypeDef};
use crate::yaml::{Entry, Kind, Node};

use super::bounds::{OfSource, check_bounds};
use super::context::{Context, quoted};
use super::fields::{path, path_at, refuse_options_of_other_types};
use super::writing::{check_currencies_of_version, with_options_of_version};

pub(super) fn ignore(cx: &mut Context<'_>, map: &Node) -> Vec<Spanned<String>> {
    if let (Some(node), None) = (map.get("ignore"), map.get("fields")) {
        let finding = Diagnostic::warning(node.span, "`ignore` does nothing without `fields`");
        cx.report(finding.detail("all columns are taken as they are found: none is unknown"));
    }
    cx.texts_of(map, "ignore")
}

pub(super) fn versions(
    cx: &mut Context<'_>,
    map: &Node,
    fields: Option<&[Field]>,
    source: OfSource<'_>,
) -> Vec<Version> {
    let Some(node) = map.get("versions") else {
        return Vec::new();
    };
    let (Some(fields), Some(declared)) = (fields, map.get("fields")) else {
        let finding = Diagnostic::error(node.span, "`versions` needs `fields` beside it");
        cx.report(finding.hint("a version says where it differs from the source's `fields`"));
        return Vec::new();
    };
    let declared = Declared {
        fields,
        declared,
        source,
    };
    let fields = declared.fields;
    let mut versions: Vec<Version> = Vec::new();
    let mut names = HashSet::new();
    for item in node.items() {
        let Some(version) = declared.version(cx, item) else {
            continue;
        };
        if !names.insert(version.name.value.clone()) {
            let message = format!("the version {} is given twice", quoted(&version.name));
            cx.error(version.name.span, message);
        }
        check_currencies_of_version(cx, fields, &version);
        warn_of_no_use(cx, &versions, &version);
        versions.push(version);
    }
    versions
}

/// A version that never applies, since one before it holds wherever it does.
fn warn_of_no_use(cx: &mut Context<'_>, before: &[Version], version: &Version) {
    let covers = |earlier: &&Version| match (&earlier.when, &version.when) {
        (When::Path(earlier), When::Path(later)) => earlier.value == later.value,
        (When::Fields(earlier), When::Fields(later)) => earlier
            .iter()
            .all(|path| later.iter().any(|other| other.value == path.value)),
        _ => false,
    };
    if let Some(earlier) = before.iter().find(covers) {
        let name = &version.name;
        let finding = Diagnostic::warning(
            name.span,
            format!("the version {} never applies", quoted(name)),
        );
        cx.report(finding.detail(format!(
            "{} stands before it and holds wherever it does",
            quoted(&earlier.name)
        )));
    }
}

/// The fields of the source, decoded and as written.
struct Declared<'a> {
    fields: &'a [Field],
    declared: &'a Node,
    source: OfSource<'a>,
}

impl Declared<'_> {
    fn version(&self, cx: &mut Context<'_>, node: &Node) -> Option<Version> {
        let name = cx.text_of(node, "name");
        let when = node.get("when").and_then(|node| when(cx, node));
        let fields = node
            .entries_at("fields")
            .iter()
            .filter_map(|entry| self.field(cx, name.as_ref(), entry))
            .collect();
        Some(Version {
            name: name?,
            when: when?,
            fields,
        })
    }

    fn field(
        &self,
        cx: &mut Context<'_>,
        version: Option<&Spanned<String>>,
        entry: &Entry,
    ) -> Option<VersionField> {
        if self.declared.get(&entry.key).is_none() {
            let known = self.declared.entries().iter();
            cx.unknown(
                entry.key_span,
                format!("{} is not a field of the source", quoted(&entry.key)),
                &entry.key,
                known.map(|field| field.key.as_str()),
            );
            return None;
        }
        // A field of the source that could not be decoded has been reported.
        let index = self
            .fields
            .iter()
            .position(|field| *field.name == entry.key)?;
        let (field, map) = (&self.fields[index], &*entry.value);
        let def = types::def_of(&field.ty)?;
        if !is_type_of(cx, map, field, def) {
            return None;
        }
        refuse_options_of_other_types(cx, map, def);
        let absent = cx.parsed(map, "absent", scalar::flag).unwrap_or(false);
        let origin = match absent {
            true => None,
            false => Some(origin(cx, map, field)?),
        };
        let ty = with_options_of_version(cx, map, &field.ty);
        let default = cx.text_of(map, "default").or(field.default.clone());
        let as_here = Field {
            default: default.clone(),
            ty: ty.clone(),
            origin: origin.clone().unwrap_or_else(|| field.origin.clone()),
            ..field.clone()
        };
        check_bounds(cx, map, &as_here, self.source);
        if absent && field.required && default.is_none() {
            let whose = version.map_or_else(|| "this version".to_owned(), |name| quoted(name));
            let finding = Diagnostic::warning(
                entry.key_span,
                format!("{} is required and absent", quoted(&entry.key)),
            );
            cx.report(finding.detail(format!("every record of {whose} is rejected")));
        }
        Some(VersionField {
            field: index,
            origin,
            ty,
            decimal_comma: cx
                .parsed(map, "decimal_comma", scalar::flag)
                .or(field.decimal_comma),
            default,
        })
    }
}

fn when(cx: &mut Context<'_>, node: &Node) -> Option<When> {
    if node.get("path").is_some() {
        return cx.text_of(node, "path").map(When::Path);
    }
    let list = node.get("fields")?;
    if matches!(&list.kind, Kind::List(items) if items.is_empty()) {
        cx.error(list.span, "`fields` names no column");
        return None;
    }
    let paths = list.items().into_iter();
    let paths: Vec<_> = paths
        .filter_map(|item| Some(Spanned::new(path(cx, item, "fields")?, item.span)))
        .collect();
    (!paths.is_empty()).then_some(When::Fields(paths))
}

/// Whether a version leaves the type of a field as it is; reports it where not.
fn is_type_of(cx: &mut Context<'_>, map: &Node, field: &Field, def: &TypeDef) -> bool {
    let Some((ty, given)) = cx.parsed(map, "type", types::parse) else {
        return true;
    };
    let same = match (&ty, &field.ty) {
        (Type::Decimal { .. }, Type::Decimal { .. }) => ty == field.ty,
        (
            Type::Money {
                precision, scale, ..
            },
            Type::Money {
                precision: p,
                scale: s,
                ..
            },
        ) => (precision, scale) == (p, s),
        _ => given.name == def.name,
    };
    if let (false, Some(node)) = (same, map.get("type")) {
        let declared = match &field.ty {
            Type::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            Type::Money {
                precision, scale, ..
            } => format!("money({precision},{scale})"),
            _ => def.name.to_owned(),
        };
        let finding = Diagnostic::error(
            node.span,
            format!(
                "a version cannot change the type of {}: it is `{declared}` in the source",
                quoted(&field.name)
            ),
        );
        cx.report(match def.options.contains(&"formats") {
            true => finding
                .hint("`formats` says how this version writes it, such as `epoch_s` for seconds since 1970"),
            false => finding.hint(
                "leave `type` out: the text of every version is read by the rules of the source's type",
            ),
        });
    }
    same
}

fn origin(cx: &mut Context<'_>, map: &Node, field: &Field) -> Option<Origin> {
    if map.get("value").is_some() {
        return cx
            .text_of(map, "value")
            .map(|value| Origin::Value(value.value));
    }
    if map.get("from").is_some() {
        return path_at(cx, map, "from").map(Origin::Path);
    }
    Some(field.origin.clone())
}
