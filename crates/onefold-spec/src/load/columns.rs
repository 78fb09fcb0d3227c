//! Lists of columns: `select:`, `columns:` and their like.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::model::Column;
use crate::span::{Span, Spanned};
use crate::yaml::Node;

use super::context::Context;

/// `select:` or `columns:` of an output; none where the key is not there.
pub(super) fn columns_at(cx: &mut Context<'_>, map: &Node, key: &str) -> Vec<Column> {
    let Some(node) = map.get(key) else {
        return Vec::new();
    };
    let items = node.items();
    if items.is_empty() {
        let finding = Diagnostic::error(node.span, format!("`{key}` names no column"));
        cx.report(finding.hint(format!("without `{key}` all columns are taken")));
    }
    columns(cx, items)
}

pub(super) fn columns(cx: &mut Context<'_>, items: Vec<&Node>) -> Vec<Column> {
    let mut columns = Vec::new();
    for item in items {
        match item.scalar() {
            Some("*") => columns.push(Column::All(Spanned::new((), item.span))),
            Some(_) => columns.extend(cx.text(item).map(|name| Column::Named {
                sql: name.clone(),
                name,
            })),
            None => columns.extend(item.entries().iter().filter_map(|entry| {
                let name = Spanned::new(entry.key.clone(), entry.key_span);
                cx.text(&entry.value).map(|sql| Column::Named { name, sql })
            })),
        }
    }
    let mut seen: HashSet<&str> = HashSet::new();
    let names = columns.iter().filter_map(|column| match column {
        Column::Named { name, .. } => Some((name.as_str(), name.span)),
        Column::All(_) => None,
    });
    let repeated: Vec<Span> = names
        .filter(|(name, _)| !seen.insert(name))
        .map(|(_, span)| span)
        .collect();
    for span in repeated {
        let finding = Diagnostic::error(span, "the column name is given twice");
        cx.report(finding.hint("give one of them another name: `{new_name: column}`"));
    }
    columns
}

/// Reports names that are in a list twice.
pub(super) fn refuse_repeats(cx: &mut Context<'_>, names: &[Spanned<String>]) {
    let mut seen: HashSet<&str> = HashSet::new();
    for name in names {
        if !seen.insert(name.as_str()) {
            cx.error(name.span, "the name is in the list twice");
        }
    }
}
