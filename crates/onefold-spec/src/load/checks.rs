//! `checks:` of a table.

use crate::diagnostic::Diagnostic;
use crate::model::{Checked, Severity, TableCheck};
use crate::scalar;
use crate::span::{Span, Spanned};
use crate::yaml::Node;

use super::context::{Context, quoted};
use super::limits::refuse_late_warning;
use super::names::Names;

pub(super) fn table_checks(cx: &mut Context<'_>, names: &Names<'_>, map: &Node) -> Vec<TableCheck> {
    let items = map.get("checks").map(Node::items).unwrap_or_default();
    let mut checks: Vec<TableCheck> = Vec::new();
    for item in items {
        for mut check in one(cx, names, item) {
            // Two checks of one name could not be told apart in the report.
            while checks.iter().any(|known| known.name == check.name) {
                check.name = format!("{} ({})", check.name, checks.len() + 1);
            }
            checks.push(check);
        }
    }
    checks
}

/// The checks of an item: one, or one a column.
fn one(cx: &mut Context<'_>, names: &Names<'_>, item: &Node) -> Vec<TableCheck> {
    let severity = cx.choice(item, "severity").unwrap_or(Severity::Error);
    let name = cx.text_of(item, "name").map(|name| name.value);
    let columns = |cx: &mut Context<'_>, key: &str| -> Vec<Spanned<String>> {
        let items = item.get(key).map(Node::items).unwrap_or_default();
        items.into_iter().filter_map(|item| cx.text(item)).collect()
    };
    let mut found: Vec<(String, Checked, Span)> = Vec::new();
    let unique = columns(cx, "unique");
    if let Some(first) = unique.first() {
        let span = first.span;
        let all: Vec<&str> = unique.iter().map(|column| column.as_str()).collect();
        found.push((
            format!("unique {}", all.join(", ")),
            Checked::Unique(unique),
            span,
        ));
    }
    for column in columns(cx, "not_null") {
        let span = column.span;
        found.push((
            format!("not_null {}", column.value),
            Checked::NotNull(column),
            span,
        ));
    }
    for entry in item.entries_at("accepted") {
        let values = entry.value.items();
        let values = values.into_iter().filter_map(|value| cx.text(value));
        let values: Vec<String> = values.map(|value| value.value).collect();
        if values.is_empty() {
            cx.error(
                entry.key_span,
                format!("{} accepts no value", quoted(&entry.key)),
            );
        }
        let column = Spanned::new(entry.key.clone(), entry.key_span);
        let name = format!("accepted {}", entry.key);
        found.push((name, Checked::Accepted(column, values), entry.key_span));
    }
    for entry in item.entries_at("references") {
        let Some(to) = cx.text(&entry.value) else {
            continue;
        };
        let Some((table, other)) = to.rsplit_once('.') else {
            let message = format!("{} names no column", quoted(&to));
            let finding = Diagnostic::error(to.span, message);
            cx.report(finding.hint("write `TABLE.COLUMN`"));
            continue;
        };
        if !names.has_table(cx, table, to.span) {
            continue;
        }
        let column = Spanned::new(entry.key.clone(), entry.key_span);
        let checked = Checked::References {
            column,
            table: Spanned::new(table.to_owned(), to.span),
            other: Spanned::new(other.to_owned(), to.span),
        };
        found.push((format!("references {}", entry.key), checked, entry.key_span));
    }
    if let Some(sql) = cx.text_of(item, "sql") {
        let span = sql.span;
        found.push((sql.value.clone(), Checked::Sql(sql), span));
    }
    let found = found
        .into_iter()
        .map(|(own, what, span)| (own, what, severity, span));
    let found: Vec<_> = found.chain(freshness(cx, item)).collect();
    let several = found.len() > 1;
    let check = |(own, what, severity, span)| TableCheck {
        name: match (&name, several) {
            (Some(name), false) => name.clone(),
            (Some(name), true) => format!("{name}: {own}"),
            (None, _) => own,
        },
        what,
        severity,
        span,
    };
    found.into_iter().map(check).collect()
}

/// How old the newest value of a column may be: a check an age, the error first.
fn freshness(cx: &mut Context<'_>, item: &Node) -> Vec<(String, Checked, Severity, Span)> {
    let Some(node) = item.get("freshness") else {
        return Vec::new();
    };
    if let Some(entry) = item.entries().iter().find(|e| e.key == "severity") {
        let finding = Diagnostic::error(entry.key_span, "`freshness` has no `severity`");
        cx.report(finding.hint("its `warn` and `error` say what an age means"));
    }
    let Some(column) = cx.text_of(node, "column") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut ages = Vec::new();
    for (key, severity) in [("error", Severity::Error), ("warn", Severity::Warn)] {
        let Some(text) = cx.text_of(node, key) else {
            continue;
        };
        match scalar::duration_micros(&text) {
            Ok(Some(micros)) => {
                let name = format!("freshness of {}: {}", column.value, text.value);
                let fresh = Checked::Fresh {
                    column: column.clone(),
                    age: text.value,
                    micros,
                };
                ages.push(micros);
                found.push((name, fresh, severity, text.span));
            }
            Ok(None) => {
                let finding = Diagnostic::error(text.span, format!("`{key}` allows any age"));
                cx.report(finding.hint("write an age such as `3d`, or leave the key out"));
            }
            Err(_) => {}
        }
    }
    if let [error, warn] = ages.as_slice()
        && warn >= error
    {
        refuse_late_warning(cx, item, "freshness", "less");
    }
    found
}
