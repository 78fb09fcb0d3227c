//! `tables:`, and every step but `resolve:`.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::keys::{Choice as _, STEPS};
use crate::model::{
    Aggregate, AsofJoin, Column, Dedupe, Direction, Expect, Join, JoinKind, Keep, Lookup,
    Sessionize, Step, Table, TableRef,
};
use crate::scalar;
use crate::span::{Span, Spanned};
use crate::yaml::{Entry, Kind, Node};

use super::context::{Context, quoted, quoted_node};
use super::names::Names;
use super::resolve::resolve;

pub(super) fn table(cx: &mut Context<'_>, names: &Names<'_>, entry: &Entry) -> Option<Table> {
    let map = &*entry.value;
    let filter = cx.text_of(map, "where");
    let select = columns_at(cx, map, "select");
    let order_by = cx.texts_of(map, "order_by");
    // Every step that is there is decoded, so that its errors are told even where there is one too many.
    let given = STEPS
        .iter()
        .filter_map(|step| map.get(step.name).map(|node| (step.name, node)));
    let steps: Vec<Option<Step>> = given
        .map(|(name, node)| step(cx, names, name, node))
        .collect();
    Some(Table {
        name: Spanned::new(entry.key.clone(), entry.key_span),
        step: steps.into_iter().next()??,
        filter,
        select,
        order_by,
    })
}

fn step(cx: &mut Context<'_>, names: &Names<'_>, name: &str, node: &Node) -> Option<Step> {
    Some(match name {
        "resolve" => Step::Resolve(resolve(cx, names, node)?),
        "dedupe" => Step::Dedupe(dedupe(cx, names, node)?),
        "join" => Step::Join(join(cx, names, node)?),
        "asof_join" => Step::AsofJoin(asof_join(cx, names, node)?),
        "sessionize" => Step::Sessionize(sessionize(cx, names, node)?),
        "aggregate" => Step::Aggregate(aggregate(cx, names, node)?),
        "union" => Step::Union(several_tables(cx, names, node, "union")?),
        "align" => Step::Align(several_tables(cx, names, node, "align")?),
        "sql" => Step::Sql(cx.text(node)?),
        "from" => Step::From(names.table(cx, node)?),
        _ => return None,
    })
}

fn several_tables(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    node: &Node,
    step: &str,
) -> Option<Vec<TableRef>> {
    let Kind::List(_) = node.kind else {
        return None;
    };
    let items = node.items();
    if items.len() < 2 {
        let finding = Diagnostic::error(node.span, format!("`{step}` takes at least two tables"));
        cx.report(finding.hint("`from: table` is for one"));
    }
    all(items
        .into_iter()
        .map(|item| names.table(cx, item))
        .collect())
}

/// The items, if none is missing; what is missing has been reported.
pub(super) fn all<T>(items: Vec<Option<T>>) -> Option<Vec<T>> {
    items.into_iter().collect()
}

/// The table at a key.
fn table_at(cx: &mut Context<'_>, names: &Names<'_>, map: &Node, key: &str) -> Option<TableRef> {
    names.table(cx, map.get(key)?)
}

/// The tables whose columns can be looked up: the one that is there, or none.
fn scope(table: &Option<TableRef>) -> &[TableRef] {
    table.as_slice()
}

fn dedupe(cx: &mut Context<'_>, names: &Names<'_>, map: &Node) -> Option<Dedupe> {
    let from = table_at(cx, names, map, "from");
    let by = names.columns_at(cx, map, "by", scope(&from));
    refuse_repeats(cx, &by);
    let mut keep = keep_at(cx, names, map.get("keep"), scope(&from));
    if keep.is_empty() {
        keep.push(Keep::First);
    }
    Some(Dedupe {
        from: from?,
        by,
        keep,
    })
}

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

fn join(cx: &mut Context<'_>, names: &Names<'_>, map: &Node) -> Option<Join> {
    let from = table_at(cx, names, map, "from");
    let mut lookups = Vec::new();
    for entry in map.entries() {
        let Some(kind) = JoinKind::of(&entry.key) else {
            continue;
        };
        let items = entry.value.items();
        if items.is_empty() {
            cx.error(entry.key_span, format!("`{}` looks up no table", entry.key));
        }
        lookups.extend(items.into_iter().map(|item| lookup(cx, names, item, kind)));
    }
    Some(Join {
        from: from?,
        lookups: all(lookups)?,
    })
}

fn lookup(cx: &mut Context<'_>, names: &Names<'_>, map: &Node, kind: JoinKind) -> Option<Lookup> {
    let table = table_at(cx, names, map, "table");
    let keeps_partner = !matches!(kind, JoinKind::Semi | JoinKind::Anti);
    if let Some(entry) = map
        .entries()
        .iter()
        .find(|entry| entry.key == "expect" && !keeps_partner)
    {
        let finding = Diagnostic::error(
            entry.key_span,
            "`expect` has no meaning in `semi` and `anti`",
        );
        cx.report(finding.detail("they only ask whether there is a partner"));
    }
    // Columns of earlier lookups are on the left too, so a name that `from` does not have may still be right.
    let on = pairs(cx, names, map, "on", &None, &table);
    if let (Some(node), Some(on)) = (map.get("on"), &on)
        && on.is_empty()
    {
        cx.error(node.span, "a lookup without a key");
    }
    let default = if keeps_partner {
        Expect::One
    } else {
        Expect::Many
    };
    Some(Lookup {
        kind,
        table: table?,
        on: on?,
        expect: cx.choice(map, "expect").unwrap_or(default),
    })
}

type Pairs = Vec<(Spanned<String>, Spanned<String>)>;

/// Pairs of columns: `column` for the same name on both sides, `{left, right}` with as many on one side as on the other.
fn pairs(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    map: &Node,
    key: &str,
    left: &Option<TableRef>,
    right: &Option<TableRef>,
) -> Option<Pairs> {
    let mut pairs = Pairs::new();
    for item in map.get(key)?.items() {
        if item.scalar().is_some() {
            let left = names.column(cx, item, scope(left));
            let right = names.column(cx, item, scope(right));
            pairs.push((left?, right?));
            continue;
        }
        let lefts = names.columns_at(cx, item, "left", scope(left));
        let rights = names.columns_at(cx, item, "right", scope(right));
        if lefts.len() != rights.len() {
            let finding = Diagnostic::error(
                item.span,
                "`left` and `right` have different numbers of columns",
            );
            cx.report(finding.detail(format!(
                "{} on the left, {} on the right",
                lefts.len(),
                rights.len()
            )));
        }
        pairs.extend(lefts.into_iter().zip(rights));
    }
    Some(pairs)
}

fn asof_join(cx: &mut Context<'_>, names: &Names<'_>, map: &Node) -> Option<AsofJoin> {
    let left = table_at(cx, names, map, "left");
    let right = table_at(cx, names, map, "right");
    let by = pairs(cx, names, map, "by", &left, &right);
    let on = map.get("on");
    let side = |key: &str| {
        on.map(|on| {
            if on.scalar().is_some() {
                Some(on)
            } else {
                on.get(key)
            }
        })
    };
    let left_on = side("left")
        .flatten()
        .and_then(|node| names.column(cx, node, scope(&left)));
    let right_on = side("right")
        .flatten()
        .and_then(|node| names.column(cx, node, scope(&right)));
    Some(AsofJoin {
        left: left?,
        right: right?,
        by: by?,
        left_on: left_on?,
        right_on: right_on?,
        direction: cx.choice(map, "direction").unwrap_or(Direction::Backward),
        tolerance_micros: cx
            .parsed(map, "tolerance", scalar::duration_micros)
            .flatten(),
        allow_exact: cx.parsed(map, "allow_exact", scalar::flag).unwrap_or(true),
        kind: cx.choice(map, "kind").unwrap_or(JoinKind::Left),
    })
}

fn sessionize(cx: &mut Context<'_>, names: &Names<'_>, map: &Node) -> Option<Sessionize> {
    let from = table_at(cx, names, map, "from");
    let by = names.columns_at(cx, map, "by", scope(&from));
    refuse_repeats(cx, &by);
    if let Some(node) = map.get("by").filter(|node| node.items().is_empty()) {
        cx.error(
            node.span,
            "a session belongs to a key: `by` names no column",
        );
    }
    let time = map
        .get("time")
        .and_then(|node| names.column(cx, node, scope(&from)));
    let columns = columns_of_groups(cx, map, &by);
    let max_length_micros = cx
        .parsed(map, "max_length", scalar::duration_micros)
        .flatten();
    if let Some(node) = map
        .get("max_length")
        .filter(|_| max_length_micros == Some(0))
    {
        cx.error(
            node.span,
            "a session has a length: `max_length` is more than 0",
        );
    }
    Some(Sessionize {
        from: from?,
        by,
        time: time?,
        gap_micros: cx.parsed(map, "gap", scalar::duration_micros).flatten(),
        max_length_micros,
        columns,
    })
}

fn aggregate(cx: &mut Context<'_>, names: &Names<'_>, map: &Node) -> Option<Aggregate> {
    let from = table_at(cx, names, map, "from");
    let by = names.columns_at(cx, map, "by", scope(&from));
    refuse_repeats(cx, &by);
    let columns = columns_of_groups(cx, map, &by);
    if by.is_empty()
        && columns.is_empty()
        && !cx.is_full()
        && map.get("by").is_some_and(|node| node.items().is_empty())
    {
        cx.error(map.span, "an aggregate without groups and without columns");
    }
    Some(Aggregate {
        from: from?,
        by,
        columns,
    })
}

/// `columns:` beside `by:`, whose names are taken.
fn columns_of_groups(cx: &mut Context<'_>, map: &Node, by: &[Spanned<String>]) -> Vec<Column> {
    let columns = columns(cx, map.get("columns").map(Node::items).unwrap_or_default());
    for column in &columns {
        if let Column::Named { name, .. } = column
            && by.contains(name)
        {
            cx.error(
                name.span,
                format!("the column {} is given twice: it is in `by`", quoted(name)),
            );
        }
    }
    columns
}

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

fn columns(cx: &mut Context<'_>, items: Vec<&Node>) -> Vec<Column> {
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
