//! Preferences between records: `keep:` and `survivorship:`.

use crate::model::{Keep, TableRef};
use crate::yaml::Node;

use super::columns::refuse_repeats;
use super::context::{Context, all, quoted_node};
use super::names::Names;

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

fn keep(cx: &mut Context<'_>, names: &Names<'_>, node: &Node, tables: &[TableRef]) -> Option<Keep> {
    if node.scalar().is_some() {
        return match cx.text(node)?.as_str() {
            "most_complete" => Some(Keep::MostComplete),
            "first" => Some(Keep::First),
            "last" => Some(Keep::Last),
            _ => None,
        };
    }
    if let Some(field) = node.get("latest") {
        return names.column(cx, field, tables).map(Keep::Latest);
    }
    if let Some(field) = node.get("earliest") {
        return names.column(cx, field, tables).map(Keep::Earliest);
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
