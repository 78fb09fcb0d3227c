//! `resolve:`.

use crate::diagnostic::Diagnostic;
use crate::model::{
    Compared, CustomerId, Keep, Likened, Likeness, MatchRule, MaxShared, Resolve, TableRef,
};
use crate::scalar;
use crate::span::Spanned;
use crate::yaml::{Entry, Node};

use super::columns::refuse_repeats;
use super::context::{Context, all, quoted};
use super::keep::{field_keep, keep_at};
use super::names::Names;
use super::outputs::output_path;
use super::together::together;

/// Column name of the identifier where none is given.
const ID_NAME: &str = "id";
/// Prefix of the identifier where none is given.
const ID_PREFIX: &str = "CUST";
/// Records of one customer above which it is flagged.
const MAX_SIZE: u64 = 50;

pub(super) fn resolve(cx: &mut Context<'_>, names: &Names<'_>, map: &Node) -> Option<Resolve> {
    let from = map.get("from").map(Node::items).unwrap_or_default();
    let is_empty = from.is_empty();
    let from = all(from.into_iter().map(|item| names.table(cx, item)).collect());
    if let (true, Some(node)) = (is_empty, map.get("from")) {
        cx.error(node.span, "`from` names no table");
    }
    let tables = from.as_deref().unwrap_or_default();
    refuse_repeats(cx, tables);
    let is_auto = map.get("match").and_then(Node::scalar) == Some("auto");
    let rules = match is_auto {
        true => Rules::new(),
        false => rules(cx, names, map, tables),
    };
    let likeness = likeness(cx, names, map, tables, is_auto);
    let never = map.get("never").map(Node::items).unwrap_or_default();
    let never: Vec<Spanned<String>> = never
        .into_iter()
        .filter_map(|field| names.column(cx, field, tables))
        .collect();
    refuse_repeats(cx, &never);
    let distinct = distinct(cx, names, map, tables);
    let mut keep = keep_at(cx, names, map.get("keep"), tables);
    if keep.is_empty() {
        keep.push(Keep::MostComplete);
    }
    let survivorship: Vec<_> = map
        .entries_at("survivorship")
        .iter()
        .map(|entry| survivor(cx, names, entry, tables))
        .collect();
    let together = together(cx, names, map, tables, &survivorship);
    let id = id(cx, names, map, tables);
    let state = map
        .get("state")
        .and_then(|node| output_path(cx, node, false));
    let state = state.map(|(path, _)| path);
    if let (true, false, Some(node)) = (id.uuid, map.get("state").is_some(), map.get("id")) {
        let finding = Diagnostic::error(node.span, "`uuid` is for ids that stay");
        cx.report(finding.hint("add `state: customers.state`"));
    }
    let (max_shared, max_size) = guards(cx, map, &rules);
    Some(Resolve {
        from: from?,
        rules: rules.into_iter().map(|(_, rule)| rule).collect(),
        likeness,
        never,
        distinct,
        keep,
        survivorship,
        together,
        fill: cx.parsed(map, "fill", scalar::flag).unwrap_or(true),
        id,
        state,
        decisions: cx.text_of(map, "decisions"),
        max_shared,
        max_size,
    })
}

/// Least probability of a match, and of a possible one, where none is given.
const THRESHOLDS: (f64, f64) = (0.5, 0.2);

fn likeness(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    map: &Node,
    tables: &[TableRef],
    is_auto: bool,
) -> Option<Likeness> {
    let (threshold, possible) = THRESHOLDS;
    let mut likeness = Likeness {
        compare: Vec::new(),
        threshold,
        possible,
        file: None,
    };
    let Some(node) = map.get("model") else {
        return is_auto.then_some(likeness);
    };
    if node.scalar().is_some() {
        return Some(likeness);
    }
    let items = node.get("compare").map(Node::items).unwrap_or_default();
    let compare = items
        .into_iter()
        .map(|item| compared(cx, names, item, tables));
    likeness.compare = all(compare.collect())?;
    if let (true, Some(node)) = (likeness.compare.is_empty(), node.get("compare")) {
        cx.error(node.span, "`compare` has no comparison");
    }
    for (place, one) in likeness.compare.iter().enumerate() {
        let mut others = likeness.compare.iter().enumerate();
        if let Some(first) = one.fields.first()
            && others.any(|(other, with)| other < place && with.label == one.label)
        {
            let finding = Diagnostic::error(first.span, "two comparisons have the same label");
            cx.report(finding.hint("give one another: `label: NAME`"));
        }
        let labels = || likeness.compare.iter().map(|other| other.label.as_str());
        if let Some(given) = &one.given
            && (!labels().any(|label| label == given.value) || given.value == one.label)
        {
            let message = format!("there is no other comparison {}", quoted(given));
            cx.unknown(
                given.span,
                message,
                given,
                labels().filter(|l| *l != one.label),
            );
        }
    }
    likeness.threshold = cx
        .parsed(node, "threshold", scalar::share)
        .unwrap_or(threshold);
    likeness.possible = cx
        .parsed(node, "possible", scalar::share)
        .unwrap_or(possible.min(likeness.threshold));
    if likeness.possible > likeness.threshold {
        let span = node.get("possible").unwrap_or(node).span;
        cx.error(span, "`possible` is above `threshold`");
    }
    likeness.file = cx.text_of(node, "file");
    Some(likeness)
}

fn compared(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    item: &Node,
    tables: &[TableRef],
) -> Option<Compared> {
    let kind: Option<Likened> = cx.choice(item, "as");
    let fields = item.get("fields").map(Node::items).unwrap_or_default();
    let fields: Vec<Spanned<String>> = fields
        .into_iter()
        .filter_map(|field| names.column(cx, field, tables))
        .collect();
    refuse_repeats(cx, &fields);
    let label = cx.text_of(item, "label").map(|label| label.value);
    let joined = || {
        fields
            .iter()
            .map(|field| field.as_str())
            .collect::<Vec<_>>()
            .join("+")
    };
    Some(Compared {
        label: label.unwrap_or_else(joined),
        kind: kind?,
        given: cx.text_of(item, "given"),
        fields,
    })
}

/// The tables without duplicates; each must be one of those that are resolved.
fn distinct(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    map: &Node,
    tables: &[TableRef],
) -> Vec<TableRef> {
    let items = map.get("distinct").map(Node::items).unwrap_or_default();
    let mut distinct = Vec::new();
    for item in items {
        let Some(table) = names.table(cx, item) else {
            continue;
        };
        match tables.iter().any(|from| from.value == table.value) {
            true => distinct.push(table),
            false => {
                let message = format!("{} is not in `from`", quoted(&table));
                cx.unknown(
                    table.span,
                    message,
                    &table,
                    tables.iter().map(|t| t.as_str()),
                );
            }
        }
    }
    refuse_repeats(cx, &distinct);
    distinct
}

/// The rules with the places of their labels.
type Rules = Vec<(Spanned<String>, MatchRule)>;

fn rules(cx: &mut Context<'_>, names: &Names<'_>, map: &Node, tables: &[TableRef]) -> Rules {
    let Some(node) = map.get("match") else {
        return Rules::new();
    };
    let mut rules = Rules::new();
    for item in node.items() {
        if item.scalar().is_some() {
            if let Some(field) = names.column(cx, item, tables) {
                let rule = MatchRule {
                    label: field.value.clone(),
                    fields: vec![field.clone()],
                };
                rules.push((field, rule));
            }
            continue;
        }
        for entry in item.entries() {
            let fields = entry
                .value
                .items()
                .into_iter()
                .filter_map(|field| names.column(cx, field, tables))
                .collect::<Vec<_>>();
            if entry.value.items().is_empty() {
                cx.error(
                    entry.key_span,
                    format!("the rule {} has no field", quoted(&entry.key)),
                );
            }
            refuse_repeats(cx, &fields);
            let label = Spanned::new(entry.key.clone(), entry.key_span);
            rules.push((
                label,
                MatchRule {
                    label: entry.key.clone(),
                    fields,
                },
            ));
        }
    }
    if node.items().is_empty() {
        let finding = Diagnostic::error(node.span, "`match` has no rule");
        cx.report(
            finding.hint("without a rule every record is a customer of its own: `union` does that"),
        );
    }
    for (place, (label, _)) in rules.iter().enumerate() {
        if rules
            .iter()
            .take(place)
            .any(|(earlier, _)| earlier == label)
        {
            let finding = Diagnostic::error(label.span, "two rules have the same label");
            cx.report(finding.hint("give one another: `{label: field}`"));
        }
    }
    rules
}

/// The order of a field of its own.
fn survivor(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    entry: &Entry,
    tables: &[TableRef],
) -> (Spanned<String>, Vec<Keep>) {
    names.check_column(cx, &entry.key, entry.key_span, tables);
    let keep = field_keep(cx, names, &entry.value, tables);
    if entry.value.items().is_empty() {
        cx.error(
            entry.key_span,
            format!("{} has no preference", quoted(&entry.key)),
        );
    }
    (Spanned::new(entry.key.clone(), entry.key_span), keep)
}

fn id(cx: &mut Context<'_>, names: &Names<'_>, map: &Node, tables: &[TableRef]) -> CustomerId {
    let given = map.get("id");
    let name = match given {
        Some(node) if node.scalar().is_some() => cx.text(node),
        Some(node) => cx.text_of(node, "name"),
        None => None,
    };
    let options = given.map(|node| {
        let prefix = cx.text_of(node, "prefix").map(|prefix| prefix.value);
        (
            prefix,
            cx.parsed(node, "digits", |text| scalar::count(text, 1, 18)),
            cx.parsed(node, "uuid", scalar::flag),
        )
    });
    let (prefix, digits, uuid) = options.unwrap_or_default();
    let span = name
        .as_ref()
        .map_or(given.unwrap_or(map).span, |name| name.span);
    let name = name.map_or_else(|| ID_NAME.to_owned(), |name| name.value);
    if let Some(table) = tables.iter().find(|table| names.declares(table, &name)) {
        let finding = Diagnostic::error(span, "the identifier column has the name of a field");
        let detail = format!(
            "{} has a field of that name; the default is `{ID_NAME}`",
            quoted(table)
        );
        cx.report(
            finding
                .detail(detail)
                .hint("give it another name: `id: customer_number`"),
        );
    }
    CustomerId {
        name,
        prefix: prefix.unwrap_or_else(|| ID_PREFIX.to_owned()),
        digits: digits
            .and_then(|digits| usize::try_from(digits).ok())
            .unwrap_or(1),
        uuid: uuid.unwrap_or(false),
    }
}

fn guards(cx: &mut Context<'_>, map: &Node, rules: &Rules) -> (MaxShared, u64) {
    let Some(node) = map.get("guards") else {
        return (MaxShared::Default, MAX_SIZE);
    };
    if node.scalar().is_some() {
        return (MaxShared::Off, u64::MAX);
    }
    let max_size = cx.parsed(node, "max_size", scalar::cap).unwrap_or(MAX_SIZE);
    let Some(shared) = node.get("max_shared") else {
        return (MaxShared::Default, max_size);
    };
    if shared.scalar().is_some() {
        let max_shared = match cx.parsed(node, "max_shared", scalar::cap) {
            Some(u64::MAX) => MaxShared::Off,
            Some(cap) => MaxShared::All(cap),
            None => MaxShared::Default,
        };
        return (max_shared, max_size);
    }
    let mut by_rule = Vec::new();
    for entry in shared.entries() {
        if !rules.iter().any(|(label, _)| **label == entry.key) {
            let message = format!("there is no rule {}", quoted(&entry.key));
            cx.unknown(
                entry.key_span,
                message,
                &entry.key,
                rules.iter().map(|(label, _)| label.as_str()),
            );
        }
        if let Some(cap) = cx.parsed(shared, &entry.key, scalar::cap) {
            by_rule.push((entry.key.clone(), cap));
        }
    }
    (MaxShared::ByRule(by_rule), max_size)
}
