//! `together:` of `resolve`: fields that take their values from one record.

use crate::diagnostic::Diagnostic;
use crate::model::{Keep, TableRef};
use crate::span::Spanned;
use crate::yaml::{Kind, Node};

use super::columns::refuse_repeats;
use super::context::{Context, quoted};
use super::names::Names;

/// The groups; `survivorship` has the fields with an order of their own.
pub(super) fn together(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    map: &Node,
    tables: &[TableRef],
    survivorship: &[(Spanned<String>, Vec<Keep>)],
) -> Vec<Vec<Spanned<String>>> {
    let mut groups: Vec<Vec<Spanned<String>>> = Vec::new();
    for item in map.get("together").map(Node::items).unwrap_or_default() {
        let fields: Vec<Spanned<String>> = item
            .items()
            .into_iter()
            .filter_map(|field| names.column(cx, field, tables))
            .collect();
        // What is no list at all has been reported.
        if matches!(&item.kind, Kind::List(fields) if fields.len() < 2) {
            let finding = Diagnostic::error(item.span, "a group has two fields or more");
            cx.report(finding.hint("`together` is a list of groups: `[[street, city]]`"));
        }
        refuse_repeats(cx, &fields);
        for field in &fields {
            if groups.iter().any(|group| group.contains(field)) {
                let message = format!("{} is in two groups of `together`", quoted(field));
                let finding = Diagnostic::error(field.span, message);
                cx.report(finding.hint("make one group of both, or take it out of one"));
            }
        }
        refuse_lists(cx, &fields, survivorship);
        refuse_other_orders(cx, &fields, survivorship);
        groups.push(fields);
    }
    groups
}

/// Reports fields that keep all values: these come from several records.
fn refuse_lists(
    cx: &mut Context<'_>,
    fields: &[Spanned<String>],
    survivorship: &[(Spanned<String>, Vec<Keep>)],
) {
    for field in fields {
        let mut own = survivorship.iter().filter(|(own, _)| own == field);
        if own.any(|(_, keep)| matches!(keep.as_slice(), [Keep::All(_)])) {
            let message = format!(
                "{} keeps all values, so it stays with no other",
                quoted(field)
            );
            let finding = Diagnostic::error(field.span, message);
            cx.report(finding.hint("take it out of `together`, or out of `survivorship`"));
        }
    }
}

/// Reports fields whose order is not that of the first field of the group that has one.
fn refuse_other_orders(
    cx: &mut Context<'_>,
    fields: &[Spanned<String>],
    survivorship: &[(Spanned<String>, Vec<Keep>)],
) {
    let mut ordered = fields
        .iter()
        .filter_map(|field| survivorship.iter().find(|(own, _)| own == field));
    let Some((first, order)) = ordered.next() else {
        return;
    };
    // What counts the values of one field is not the same for another.
    let counts = order.first().is_some_and(Keep::counts_values);
    for (field, other) in ordered.filter(|(field, _)| field != first) {
        if other == order && !counts {
            continue;
        }
        let message = format!(
            "{} has another order than {}, with which it stays together",
            quoted(field),
            quoted(first)
        );
        let finding = Diagnostic::error(field.span, message);
        cx.report(finding.hint("give the order to one field of the group: it is that of all"));
    }
}
