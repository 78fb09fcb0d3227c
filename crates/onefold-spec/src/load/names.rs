//! The names of a file: which sources and tables there are, which side tables they have, which columns are known for certain.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::keys::{FAILURES, SOURCE_SIDES, STEPS, StepDef};
use crate::model::TableRef;
use crate::span::{Span, Spanned};
use crate::yaml::{Entry, Kind, Node};

use super::context::{Context, join_quoted, quoted, quoted_node};

/// Tables that only copy rows are followed so far to find the columns of a source.
const MAX_COPIES: usize = 100;

/// All sources and tables by name.
pub(crate) struct Names<'t> {
    by_name: HashMap<&'t str, Named<'t>>,
    in_order: Vec<&'t str>,
}

struct Named<'t> {
    node: &'t Node,
    span: Span,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Source,
    Table(&'static StepDef),
    /// Without exactly one step, which is said elsewhere.
    Undecided,
}

impl<'t> Names<'t> {
    /// Collects the names of the file, and reports those that are given twice or cannot be names.
    pub(crate) fn collect(cx: &mut Context<'_>, root: &'t Node) -> Self {
        let mut names = Self {
            by_name: HashMap::new(),
            in_order: Vec::new(),
        };
        for entry in root.get("sources").map(Node::entries).unwrap_or_default() {
            names.add(cx, entry, What::Source);
        }
        for entry in root.get("tables").map(Node::entries).unwrap_or_default() {
            let mut steps = STEPS
                .iter()
                .filter(|step| entry.value.get(step.name).is_some());
            let what = match (steps.next(), steps.next()) {
                (Some(step), None) => What::Table(step),
                _ => What::Undecided,
            };
            names.add(cx, entry, what);
        }
        names
    }

    fn add(&mut self, cx: &mut Context<'_>, entry: &'t Entry, what: What) {
        let (name, span) = (entry.key.as_str(), entry.key_span);
        if let Some(first) = self.by_name.get(name) {
            let finding =
                Diagnostic::error(span, format!("the name {} is given twice", quoted(name)));
            return cx.report(finding.detail(format!("it is also in line {}", first.span.line)));
        }
        check_name(cx, name, span);
        self.by_name.insert(
            name,
            Named {
                node: &entry.value,
                span,
                what,
            },
        );
        self.in_order.push(name);
    }

    /// The source, table or side table that a scalar names. `None` where there is no such table, which is then reported.
    pub(crate) fn table(&self, cx: &mut Context<'_>, node: &Node) -> Option<TableRef> {
        let name = cx.text(node)?;
        if name.trim().is_empty() {
            return None;
        }
        let raw = node.scalar().unwrap_or_default();
        self.find(cx, &name, raw, node.span).then_some(name)
    }

    /// As [`Names::table`], for a table that is the key of a mapping.
    pub(crate) fn table_at_key(&self, cx: &mut Context<'_>, entry: &Entry) -> bool {
        self.find(cx, &entry.key, &entry.key, entry.key_span)
    }

    /// Whether the key of a mapping names a source; reports it where it does not.
    pub(crate) fn source_at_key(&self, cx: &mut Context<'_>, entry: &Entry) -> bool {
        let known = self.is_source(&entry.key);
        if !known {
            let sources = self.in_order.iter().copied();
            cx.unknown(
                entry.key_span,
                format!("there is no source {}", quoted(&entry.key)),
                &entry.key,
                sources.filter(|name| self.is_source(name)),
            );
        }
        known
    }

    /// Whether there is a source, table or side table of this name; reports it where there is not.
    pub(crate) fn has_table(&self, cx: &mut Context<'_>, name: &str, span: Span) -> bool {
        self.find(cx, name, name, span)
    }

    /// Whether there is a source, table or side table of this name, written as `raw`; reports it where there is not.
    fn find(&self, cx: &mut Context<'_>, name: &str, raw: &str, span: Span) -> bool {
        let (base, side) = side_of(name);
        let Some(named) = self.by_name.get(base) else {
            let message = format!("there is no source or table {}", quoted(raw));
            cx.unknown(span, message, base, self.in_order.iter().copied());
            return false;
        };
        side.is_none_or(|side| self.side(cx, (raw, span), base, side, named))
    }

    /// Whether a source or table has a side table; reports it where it has not.
    fn side(
        &self,
        cx: &mut Context<'_>,
        (raw, span): (&str, Span),
        base: &str,
        side: &str,
        named: &Named<'_>,
    ) -> bool {
        let (made_by, sides) = match named.what {
            What::Source => ("a source".to_owned(), SOURCE_SIDES),
            What::Table(step) => (format!("made by `{}`", step.name), step.sides),
            What::Undecided => return false,
        };
        let is_checked = named.node.get("checks").is_some();
        let of_checks = Some(&FAILURES).filter(|_| is_checked);
        let mut all = sides.iter().chain(of_checks);
        if all.any(|known| known.name == side) {
            return true;
        }
        let finding = Diagnostic::error(
            span,
            format!(
                "there is no table {}: {} is {made_by}",
                quoted(raw),
                quoted(side_of(raw).0)
            ),
        );
        let known: Vec<String> = sides
            .iter()
            .map(|known| format!("{base}.{}", known.name))
            .collect();
        cx.report(match known.as_slice() {
            [] => finding.hint("it has no side tables"),
            known => finding.hint(format!(
                "there is {}",
                join_quoted(known.iter().map(String::as_str))
            )),
        });
        false
    }

    /// A column of any of `tables`. Where the columns of all of them are certain and none has it, that is reported; the engine
    /// looks at the rest.
    pub(crate) fn column(
        &self,
        cx: &mut Context<'_>,
        node: &Node,
        tables: &[TableRef],
    ) -> Option<Spanned<String>> {
        let column = cx.text(node)?;
        if let Some(known) = self.columns(tables) {
            self.look_up(cx, &column, &quoted_node(node), node.span, &known, tables);
        }
        Some(column)
    }

    /// As [`Names::column`], for a column that is the key of a mapping.
    pub(crate) fn check_column(
        &self,
        cx: &mut Context<'_>,
        column: &str,
        span: Span,
        tables: &[TableRef],
    ) {
        if let Some(known) = self.columns(tables) {
            self.look_up(cx, column, &quoted(column), span, &known, tables);
        }
    }

    fn look_up(
        &self,
        cx: &mut Context<'_>,
        column: &str,
        shown: &str,
        span: Span,
        known: &HashSet<&str>,
        tables: &[TableRef],
    ) {
        if known.contains(column) {
            return;
        }
        let tables = join_quoted(tables.iter().map(|table| table.as_str()));
        // In the order of the alphabet: the set has none.
        let mut known: Vec<&str> = known.iter().copied().collect();
        known.sort_unstable();
        cx.unknown(
            span,
            format!("there is no field {shown} in {tables}"),
            column,
            known,
        );
    }

    /// The columns of a key that takes one or a list.
    pub(crate) fn columns_at(
        &self,
        cx: &mut Context<'_>,
        map: &Node,
        key: &str,
        tables: &[TableRef],
    ) -> Vec<Spanned<String>> {
        let items = map.get(key).map(Node::items).unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| self.column(cx, item, tables))
            .collect()
    }

    /// The columns that any of `tables` has. `None` where they are not certain for all of them.
    fn columns(&self, tables: &[TableRef]) -> Option<HashSet<&'t str>> {
        let mut known = HashSet::new();
        for table in tables {
            known.extend(
                self.declared_fields(table)?
                    .entries()
                    .iter()
                    .map(|field| field.key.as_str()),
            );
        }
        (!known.is_empty()).then_some(known)
    }

    /// The `fields:` of a source, or of the source that a table has its rows from unchanged.
    fn declared_fields(&self, table: &str) -> Option<&'t Node> {
        let mut name = table;
        for _ in 0..MAX_COPIES {
            let named = self.by_name.get(name)?;
            match named.what {
                What::Source => {
                    return named
                        .node
                        .get("fields")
                        .filter(|fields| matches!(fields.kind, Kind::Map(_)));
                }
                What::Table(_) if named.node.get("select").is_some() => return None,
                What::Table(step) if step.name == "from" => {
                    name = named.node.get("from")?.scalar()?
                }
                What::Table(step) if step.name == "dedupe" => {
                    name = named.node.get("dedupe")?.get("from")?.scalar()?
                }
                What::Table(_) | What::Undecided => return None,
            }
        }
        None
    }

    /// Whether a source of this name exists.
    pub(crate) fn is_source(&self, name: &str) -> bool {
        self.by_name
            .get(name)
            .is_some_and(|named| matches!(named.what, What::Source))
    }

    /// Whether a source or table is certain to have a field.
    pub(crate) fn declares(&self, table: &str, field: &str) -> bool {
        self.declared_fields(table)
            .is_some_and(|fields| fields.get(field).is_some())
    }
}

/// `customers.links` is `customers` and `links`; names themselves hold no point.
fn side_of(name: &str) -> (&str, Option<&str>) {
    match name.split_once('.') {
        Some((base, side)) => (base, Some(side)),
        None => (name, None),
    }
}

/// Names stand in SQL without quotes, and before the point of a side table.
fn check_name(cx: &mut Context<'_>, name: &str, span: Span) {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if starts && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return;
    }
    let finding = Diagnostic::error(
        span,
        format!("{} cannot be the name of a source or table", quoted(name)),
    );
    let mut suggestion: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    if !starts {
        suggestion.insert(0, 't');
    }
    cx.report(finding.hint(format!(
        "names have letters, digits and `_`: {}",
        quoted(&suggestion)
    )));
}
