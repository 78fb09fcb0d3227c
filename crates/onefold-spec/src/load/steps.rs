//! `tables:`, and every step but `resolve:`.

use super::checks::table_checks;
use super::columns::{columns, columns_at, refuse_repeats};
use super::context::{Context, all, quoted};
use super::keep::keep_at;
use super::limits::row_limits;
use super::names::Names;
use super::resolve::resolve;
use crate::diagnostic::Diagnostic;
use crate::keys::{Choice as _, STEPS};
use crate::model::{
    Aggregate, AsofJoin, Column, Dedupe, Direction, Expect, Join, JoinKind, Keep, Lookup,
    Sessionize, Step, Table, TableRef,
};
use crate::scalar;
use crate::span::Spanned;
use crate::yaml::{Entry, Kind, Node};

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
        rows: row_limits(cx, map),
        checks: table_checks(cx, names, map),
    })
}

fn step(cx: &mut Context<'_>, names: &Names<'_>, name: &str, node: &Node) -> Option<Step> {
    Some(match name {
        "resolve" => Step::Resolve(Box::new(resolve(cx, names, node)?)),
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
