//! The tables of a file together: which reads which.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::diagnostic::Diagnostic;
use crate::model::{Checked, Column, Content, Origin, Pipeline, Step, Table, TableRef};
use crate::span::Spanned;

use super::context::{Context, quoted};

/// Reports every circle of tables once. What SQL reads is not looked at: the engine parses it.
///
/// Tables that read nothing undecided are peeled off (Kahn, 1962); each table that remains reads another that remains, so walking
/// from one to the next ends in a circle.
pub(super) fn check_cycles(cx: &mut Context<'_>, tables: &[Table]) {
    let index: HashMap<&str, usize> = tables
        .iter()
        .enumerate()
        .map(|(place, table)| (table.name.as_str(), place))
        .collect();
    let reads: Vec<Vec<(usize, &Spanned<String>)>> = tables
        .iter()
        .map(|table| {
            let inputs = table.step.inputs().into_iter();
            inputs
                .filter_map(|input| index.get(base_of(input)).map(|place| (*place, input)))
                .collect()
        })
        .collect();
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); tables.len()];
    for (table, inputs) in reads.iter().enumerate() {
        for (input, _) in inputs {
            if let Some(readers) = readers.get_mut(*input) {
                readers.push(table);
            }
        }
    }
    let mut waiting: Vec<usize> = reads.iter().map(Vec::len).collect();
    let mut ready: VecDeque<usize> = (0..tables.len())
        .filter(|table| reads.get(*table).is_some_and(Vec::is_empty))
        .collect();
    while let Some(table) = ready.pop_front() {
        for reader in readers.get(table).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*reader) {
                *count -= 1;
                if *count == 0 {
                    ready.push_back(*reader);
                }
            }
        }
    }
    let remains = |table: usize| waiting.get(table).is_some_and(|count| *count > 0);
    let mut walked = HashSet::new();
    for start in (0..tables.len()).filter(|table| remains(*table)) {
        let mut walk: Vec<(usize, &Spanned<String>)> = Vec::new();
        let mut table = start;
        while walked.insert(table) {
            let next = reads
                .get(table)
                .and_then(|inputs| inputs.iter().find(|(input, _)| remains(*input)));
            let Some((input, text)) = next else { break };
            walk.push((table, text));
            table = *input;
        }
        let Some(first) = walk.iter().position(|(seen, _)| *seen == table) else {
            continue;
        };
        let circle = walk.get(first..).unwrap_or_default();
        report_cycle(cx, tables, circle);
    }
}

fn report_cycle(cx: &mut Context<'_>, tables: &[Table], circle: &[(usize, &Spanned<String>)]) {
    let name = |place: usize| tables.get(place).map_or("", |table| table.name.as_str());
    let (Some((first, _)), Some((_, last))) = (circle.first(), circle.last()) else {
        return;
    };
    let path: Vec<&str> = circle
        .iter()
        .map(|(place, _)| name(*place))
        .chain([name(*first)])
        .collect();
    let finding = Diagnostic::error(last.span, format!("{} reads itself", quoted(name(*first))));
    cx.report(finding.detail(format!("{} (each reads the next)", path.join(" -> "))));
}

/// Warns about sources that nothing reads, and about a file that publishes nothing. A table that nothing reads may be for queries.
pub(super) fn check_use(cx: &mut Context<'_>, pipeline: &Pipeline) {
    if pipeline.outputs.is_empty() {
        let message = "the pipeline has no outputs: a run publishes nothing";
        return cx.report(Diagnostic::warning(pipeline.name.span, message));
    }
    let mut used: HashSet<&str> = HashSet::new();
    for table in &pipeline.tables {
        used.extend(table.step.inputs().into_iter().map(|input| base_of(input)));
        for check in &table.checks {
            if let Checked::References { table, .. } = &check.what {
                used.insert(base_of(table));
            }
        }
    }
    for output in &pipeline.outputs {
        if let Content::Table { table, .. } = &output.content {
            used.insert(base_of(table));
        }
    }
    for output in &pipeline.outputs {
        if let Content::Page(table) = &output.content {
            check_page(cx, pipeline, table, &used);
        }
    }
    // A name anywhere in SQL counts: a warning that is wrong is worse than none.
    let mut words: HashSet<&str> = HashSet::new();
    for sql in all_sql(pipeline) {
        words.extend(sql.split(|c: char| !c.is_alphanumeric() && c != '_'));
    }
    for name in pipeline.sources.iter().map(|source| &source.name) {
        if !used.contains(name.as_str()) && !words.contains(name.as_str()) {
            cx.report(Diagnostic::warning(
                name.span,
                format!("nothing reads {}", quoted(name)),
            ));
        }
    }
}

/// A page tells of a table that a model made, and that is made because somebody reads it.
fn check_page(cx: &mut Context<'_>, pipeline: &Pipeline, page: &TableRef, used: &HashSet<&str>) {
    let made = pipeline
        .tables
        .iter()
        .find(|table| table.name.value == page.value);
    let has_model = made.is_some_and(|table| match &table.step {
        Step::Resolve(resolve) => resolve.likeness.is_some(),
        _ => false,
    });
    if !has_model {
        let message = format!(
            "{} has no `model` whose matching a page could show",
            quoted(page)
        );
        let finding = Diagnostic::error(page.span, message);
        return cx
            .report(finding.hint("name a table made by `resolve` with `model` or `match: auto`"));
    }
    if !used.contains(page.as_str()) {
        let message = format!("no output and no table reads {}", quoted(page));
        let hint = format!(
            "publish it too: `- {{table: {0}, path: {0}.csv}}`",
            page.value
        );
        cx.report(Diagnostic::error(page.span, message).hint(hint));
    }
}

fn all_sql(pipeline: &Pipeline) -> Vec<&str> {
    let mut all = Vec::new();
    for field in pipeline
        .sources
        .iter()
        .filter_map(|source| source.fields.as_ref())
        .flatten()
    {
        if let Origin::Sql(sql) = &field.origin {
            all.push(sql.as_str());
        }
    }
    for table in &pipeline.tables {
        if let Step::Sql(sql) = &table.step {
            all.push(sql.as_str());
        }
        all.extend(table.filter.iter().map(|sql| sql.as_str()));
        all.extend(columns_sql(&table.select));
        all.extend(table.checks.iter().filter_map(|check| match &check.what {
            Checked::Sql(sql) => Some(sql.as_str()),
            _ => None,
        }));
    }
    for output in &pipeline.outputs {
        if let Content::Table { columns, .. } = &output.content {
            all.extend(columns_sql(columns));
        }
    }
    all
}

fn columns_sql(columns: &[Column]) -> impl Iterator<Item = &str> {
    columns.iter().filter_map(|column| match column {
        Column::Named { sql, .. } => Some(sql.as_str()),
        Column::All(_) => None,
    })
}

fn base_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::load::load;

    #[test]
    fn every_circle_is_found_once() {
        type Reads = (&'static str, &'static str);
        let cases: &[(&[Reads], &[&str])] = &[
            (&[("a", "s"), ("b", "a")], &[]),
            (&[("a", "a")], &["a -> a"]),
            (&[("a", "b"), ("b", "c"), ("c", "a")], &["a -> b -> c -> a"]),
            (
                &[("x", "a"), ("a", "b"), ("b", "a"), ("y", "x")],
                &["a -> b -> a"],
            ),
            (
                &[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")],
                &["a -> b -> a", "c -> d -> c"],
            ),
        ];
        for (tables, expected) in cases {
            let mut text = "sources: {s: {path: s}}\ntables:\n".to_owned();
            for (name, input) in *tables {
                text.push_str(&format!("  {name}: {{from: {input}}}\n"));
            }
            let findings = load(&text, Path::new("p.yaml"), &|_| None)
                .err()
                .unwrap_or_default();
            let found: Vec<String> = findings
                .into_iter()
                .filter_map(|finding| finding.detail)
                .collect();
            let expected: Vec<String> = expected
                .iter()
                .map(|path| format!("{path} (each reads the next)"))
                .collect();
            assert_eq!(found, expected, "{tables:?}");
        }
    }
}
