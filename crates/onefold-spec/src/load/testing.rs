//! `tests:`.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::model::{
    Dialect, Expectation, ExpectedLedger, ExpectedRows, Header, InputFormat, Source, Test,
    TestContent, TestFiles, TestInput, TestRow, TestValue,
};
use crate::scalar;
use crate::span::Spanned;
use crate::yaml::{Entry, Kind, Node};

use super::context::{Context, quoted};
use super::names::Names;

/// Deepest path of a value in a row.
const MAX_PATH: usize = 64;

/// How rows of a source are written.
#[derive(Clone, Copy)]
enum Form {
    Delimited(u8),
    Json,
}

pub(super) fn tests(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    root: &Node,
    sources: &[Source],
) -> Vec<Test> {
    let items = root.get("tests").map(Node::items).unwrap_or_default();
    let mut tests: Vec<Test> = Vec::new();
    let mut known = HashSet::new();
    for item in items {
        let name = cx.text_of(item, "name");
        if let Some(name) = name
            .as_ref()
            .filter(|name| !known.insert(name.value.clone()))
        {
            let message = format!("the test {} is given twice", quoted(name));
            cx.error(name.span, message);
        }
        let inputs = item
            .entries_at("inputs")
            .iter()
            .filter_map(|entry| input(cx, names, entry, sources))
            .collect();
        let expect = match item.get("error") {
            Some(_) => cx.text_of(item, "error").map(Expectation::Failure),
            None => Some(success(cx, names, item)),
        };
        if let (Some(name), Some(expect)) = (name, expect) {
            tests.push(Test {
                name,
                inputs,
                expect,
            });
        }
    }
    tests
}

fn key(entry: &Entry) -> Spanned<String> {
    Spanned::new(entry.key.clone(), entry.key_span)
}

fn input(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    entry: &Entry,
    sources: &[Source],
) -> Option<TestInput> {
    if !names.source_at_key(cx, entry) {
        return None;
    }
    // A source that could not be decoded has been reported.
    let source = sources.iter().find(|source| *source.name == entry.key)?;
    let files = match &entry.value.kind {
        Kind::Map(_) => {
            let files = entry.value.entries_at("files").iter();
            TestFiles::Named(files.filter_map(|file| named(cx, file, source)).collect())
        }
        _ => TestFiles::One(content(cx, &entry.value, source, &source.path)?),
    };
    Some(TestInput {
        source: key(entry),
        files,
    })
}

fn named(
    cx: &mut Context<'_>,
    file: &Entry,
    source: &Source,
) -> Option<(Spanned<String>, TestContent)> {
    let inside = |part: &str| !matches!(part, "" | "." | "..");
    if !file.key.split(['/', '\\']).all(inside) || file.key.contains(char::is_control) {
        let message = format!("{} is not a file below the input folder", quoted(&file.key));
        cx.error(file.key_span, message);
        return None;
    }
    Some((key(file), content(cx, &file.value, source, &file.key)?))
}

fn content(cx: &mut Context<'_>, node: &Node, source: &Source, path: &str) -> Option<TestContent> {
    let Kind::List(items) = &node.kind else {
        return cx.text(node).map(|text| TestContent::Text(text.value));
    };
    let form = form(source, path);
    let rows = items.iter().map(|item| {
        for entry in item.entries() {
            match form {
                Form::Delimited(_) => check_column(cx, entry, source),
                Form::Json => check_path(cx, entry, item),
            }
        }
        row(cx, item)
    });
    let rows = rows.collect();
    Some(match form {
        Form::Delimited(delimiter) => TestContent::Delimited(delimiter, rows),
        Form::Json => TestContent::Json(rows),
    })
}

/// What the source says of its bytes decides, then the name of the file.
fn form(source: &Source, path: &str) -> Form {
    let path = path.to_lowercase();
    let path = path.trim_end_matches(".gz").trim_end_matches(".zst");
    let by_name = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("tsv") => Some(b'\t'),
        Some("csv" | "txt") => Some(b','),
        _ => None,
    };
    let delimited = match source.format {
        Some(format) => format == InputFormat::Csv,
        None if source.dialect != Dialect::default() => true,
        None => source.records.is_empty() && by_name.is_some(),
    };
    match delimited {
        true => {
            let declared = source.dialect.delimiter.map(|delimiter| delimiter.byte);
            Form::Delimited(declared.or(by_name).unwrap_or(b','))
        }
        false => Form::Json,
    }
}

/// Where the file has no names, a column that is not among the source's has no place.
fn check_column(cx: &mut Context<'_>, entry: &Entry, source: &Source) {
    let message = format!("{} is not a column of the file", quoted(&entry.key));
    match &source.dialect.header {
        Header::Found | Header::Rows(_) => {}
        Header::Names(names) if names.contains(&entry.key) => {}
        Header::Names(names) => cx.unknown(
            entry.key_span,
            message,
            &entry.key,
            names.iter().map(String::as_str),
        ),
        Header::None => {
            let number = entry.key.strip_prefix("column_");
            if number.is_none_or(|number| scalar::count(number, 1, 10_000).is_err()) {
                let finding = Diagnostic::error(entry.key_span, message);
                cx.report(finding.hint("a file without a header has `column_1`, `column_2`, ..."));
            }
        }
    }
}

/// `a` and `a.b` cannot both be there.
fn check_path(cx: &mut Context<'_>, entry: &Entry, row: &Node) {
    if entry.key.matches('.').count() >= MAX_PATH {
        return cx.error(entry.key_span, "a path of too many parts");
    }
    let clash = entry.key.match_indices('.').find_map(|(at, _)| {
        let outer = entry.key.get(..at)?;
        row.get(outer).map(|_| outer)
    });
    if let Some(outer) = clash {
        let message = format!("{} is a value: nothing lies in it", quoted(outer));
        cx.error(entry.key_span, message);
    }
}

fn row(cx: &mut Context<'_>, node: &Node) -> TestRow {
    let entries = node.entries().iter();
    entries
        .filter_map(|entry| Some((key(entry), value(cx, &entry.value)?)))
        .collect()
}

fn value(cx: &mut Context<'_>, node: &Node) -> Option<TestValue> {
    let Kind::Scalar { text, plain } = &node.kind else {
        return None;
    };
    if *plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return Some(TestValue::Missing);
    }
    let expanded = cx.text(node)?.value;
    Some(match plain {
        true => TestValue::Plain(expanded),
        false => TestValue::Quoted(expanded),
    })
}

fn success(cx: &mut Context<'_>, names: &Names<'_>, test: &Node) -> Expectation {
    let mut tables = Vec::new();
    for entry in test.entries_at("expect") {
        if !names.table_at_key(cx, entry) {
            continue;
        }
        let expected = match &entry.value.kind {
            Kind::List(items) => {
                ExpectedRows::Rows(items.iter().map(|item| row(cx, item)).collect())
            }
            _ => match cx.text(&entry.value).map(|text| whole(&text)) {
                Some(Ok(count)) => ExpectedRows::Count(count),
                _ => continue,
            },
        };
        tables.push((key(entry), expected));
    }
    let mut ledger = Vec::new();
    for entry in test.entries_at("ledger") {
        if names.source_at_key(cx, entry) {
            let mut count = |key: &str| cx.parsed(&entry.value, key, whole);
            ledger.push(ExpectedLedger {
                source: key(entry),
                read: count("read"),
                accepted: count("accepted"),
                rejected: count("rejected"),
            });
        }
    }
    Expectation::Success { tables, ledger }
}

fn whole(text: &str) -> Result<u64, scalar::InvalidScalar> {
    scalar::count(text, 0, u64::MAX)
}
