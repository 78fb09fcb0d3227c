//! Preferences between records: `keep:` and `survivorship:`.

use crate::diagnostic::Diagnostic;
use crate::model::{Keep, TableRef};
use crate::yaml::Node;

use super::columns::refuse_repeats;
use super::context::{Context, all, quoted_node};
use super::names::Names;

/// What stands between two values of a list.
const BETWEEN: &str = "; ";

/// The preferences at a key, in order.
pub(super) fn keep_at(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    node: Option<&Node>,
    tables: &[TableRef],
) -> Vec<Keep> {
    let items = node.map(Node::items).unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| keep(cx, names, item, tables))
        .collect()
}

/// The preferences of a field, in order. What counts its values comes first.
pub(super) fn field_keep(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    node: &Node,
    tables: &[TableRef],
) -> Vec<Keep> {
    for item in node.items().into_iter().skip(1) {
        let keep = item.scalar().and_then(|_| keep(cx, names, item, tables));
        if keep.is_some_and(|keep| keep.counts_values()) {
            let word = quoted_node(item);
            let finding = Diagnostic::error(item.span, format!("{word} is not the first"));
            cx.report(finding.hint(format!(
                "begin the list with {word}; what follows it decides between values that tie"
            )));
        }
    }
    let order = keep_at(cx, names, Some(node), tables);
    let keeps_all = order.iter().any(|keep| matches!(keep, Keep::All(_)));
    if keeps_all && order.len() > 1 {
        let finding = Diagnostic::error(
            node.span,
            "`all` keeps every value, so nothing is left to decide",
        );
        cx.report(finding.hint("write `all` alone, or `{joined: \", \"}`"));
    }
    order
}

fn keep(cx: &mut Context<'_>, names: &Names<'_>, node: &Node, tables: &[TableRef]) -> Option<Keep> {
    if node.scalar().is_some() {
        return match cx.text(node)?.as_str() {
            "most_complete" => Some(Keep::MostComplete),
            "first" => Some(Keep::First),
            "last" => Some(Keep::Last),
            "most_frequent" => Some(Keep::MostFrequent),
            "longest" => Some(Keep::Longest),
            "all" => Some(Keep::All(BETWEEN.to_owned())),
            _ => None,
        };
    }
    if let Some(field) = node.get("latest") {
        return names.column(cx, field, tables).map(Keep::Latest);
    }
    if let Some(field) = node.get("earliest") {
        return names.column(cx, field, tables).map(Keep::Earliest);
    }
    if let Some(between) = node.get("joined") {
        return cx.text(between).map(|text| Keep::All(text.value));
    }
    let list = node.get("priority")?;
    let order = all(list
        .items()
        .into_iter()
        .map(|item| prioritized(cx, names, item, tables))
        .collect())?;
    refuse_repeats(cx, &order);
    Some(Keep::Priority(order))
}

/// A table of `priority:`, which is one of those that are compared.
fn prioritized(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    node: &Node,
    tables: &[TableRef],
) -> Option<TableRef> {
    let table = names.table(cx, node)?;
    if !tables.is_empty() && !tables.iter().any(|known| known == &table) {
        let message = format!(
            "{} is not one of the tables that are compared",
            quoted_node(node)
        );
        cx.unknown(
            node.span,
            message,
            &table,
            tables.iter().map(|table| table.as_str()),
        );
    }
    Some(table)
}
