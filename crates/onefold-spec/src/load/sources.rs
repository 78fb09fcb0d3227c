//! `sources:`.

use std::collections::HashSet;

use super::bounds::OfSource;
use super::context::{Context, quoted, quoted_node};
use super::explode;
use super::fields::{fields, path_at};
use super::limits::{limits, row_limits};
use super::versions;
use super::writing::values;
use crate::declared;
use crate::diagnostic::Diagnostic;
use crate::keys::Choice as _;
use crate::model::{Check, Dialect, Field, Header, InputFormat, Quote, Skip, Source, Type};
use crate::scalar;
use crate::secrets::Secrets;
use crate::span::{Span, Spanned};
use crate::types;
use crate::yaml::{Entry, Node};

/// Code of a check that gives none.
const CHECK_CODE: &str = "check_failed";

/// Lines at the end of a file that may be left out: they are held until the end is seen.
const MAX_FOOTER: u64 = 1000;

/// Keys that are for delimited text only, or for it and sheets.
const DIALECT: &[&str] = &[
    "delimiter",
    "quote",
    "escape",
    "comment",
    "skip",
    "skip_until",
    "footer",
    "header",
    "pad",
    "trailing_delimiter",
    "blank_lines",
];

/// Keys for delimited text that say nothing of a sheet.
const SYNTAX: &[&str] = &[
    "delimiter",
    "quote",
    "escape",
    "comment",
    "pad",
    "trailing_delimiter",
];

pub(super) fn source(cx: &mut Context<'_>, entry: &Entry) -> Option<Source> {
    let map = &*entry.value;
    let format = cx.choice(map, "format");
    refuse_options_of_other_formats(cx, map, format);
    let nulls = map.get("nulls").map(|_| values(cx.texts_of(map, "nulls")));
    let timezone = cx.text_of(map, "timezone");
    // A zone that is none has been reported: fields are judged without it.
    let zone = timezone.as_deref().map(String::as_str);
    let of_source = OfSource {
        timezone: zone.filter(|zone| declared::timezone(zone).is_ok()),
        nulls: nulls.as_deref(),
    };
    let mut fields = fields(cx, map, of_source);
    let explode = explode::explode(cx, map, format, fields.as_mut());
    warn_of_no_pattern(cx, map);
    if let (Some(node), None) = (map.get("decimal_comma"), &fields) {
        let finding =
            Diagnostic::warning(node.span, "`decimal_comma` does nothing without `fields`");
        cx.report(finding.detail("columns without a declared type are text as it stands"));
    }
    let key = cx.text_of(map, "key");
    let freshness = cx.text_of(map, "freshness");
    if let Some(fields) = &fields {
        named_field(cx, entry, ("key", "the key"), key.as_ref(), fields);
        let field = named_field(
            cx,
            entry,
            ("freshness", "the freshness field"),
            freshness.as_ref(),
            fields,
        );
        check_freshness(cx, map, field);
    }
    let versions = versions::versions(cx, map, fields.as_deref(), of_source);
    if let (Some(explode), Some(fields)) = (&explode, &fields) {
        explode::check_paths(cx, explode, fields, &versions);
    }
    Some(Source {
        name: Spanned::new(entry.key.clone(), entry.key_span),
        label: cx
            .text_of(map, "label")
            .map_or_else(|| entry.key.clone(), |label| label.value),
        key,
        format,
        dialect: dialect(cx, map),
        sheet: cx.text_of(map, "sheet"),
        encoding: cx.text_of(map, "encoding"),
        records: path_at(cx, map, "records").unwrap_or_default(),
        checks: checks(cx, map, fields.as_deref()),
        versions,
        explode,
        ignore: versions::ignore(cx, map),
        freshness,
        fields,
        nulls,
        timezone,
        limits: limits(cx, map),
        rows: row_limits(cx, map),
        secrets: Secrets::default(),
        allow_empty: cx
            .parsed(map, "allow_empty", scalar::flag)
            .unwrap_or_default(),
        path: cx.text_of(map, "path")?,
    })
}

/// Standard input can be read once.
pub(super) fn refuse_second_stdin(cx: &mut Context<'_>, sources: &[Source]) {
    let mut readers = sources.iter().filter(|source| source.reads_stdin());
    let Some(first) = readers.next() else {
        return;
    };
    for other in readers {
        let message = format!(
            "{} reads standard input, which {} reads",
            quoted(&other.name),
            quoted(&first.name)
        );
        let finding = Diagnostic::error(other.path.span, message);
        cx.report(finding.hint("give one of them a file, or make two tables of one source"));
    }
}

/// A path that looks like a pattern and is none can still be the name of a file.
fn warn_of_no_pattern(cx: &mut Context<'_>, map: &Node) {
    let Some(path) = cx.text_of(map, "path") else {
        return;
    };
    if let Err(invalid) = declared::glob(&path) {
        let finding = Diagnostic::warning(path.span, format!("`path` is {invalid}"));
        let finding = finding.detail("it is taken as the name of one file");
        cx.report(match invalid.hint() {
            Some(hint) => finding.hint(hint),
            None => finding,
        });
    }
}

/// The field that an option of the source names; reports one that is not there.
fn named_field<'f>(
    cx: &mut Context<'_>,
    source: &Entry,
    (option, what): (&str, &str),
    name: Option<&Spanned<String>>,
    fields: &'f [Field],
) -> Option<&'f Field> {
    let (name, node) = (name?, source.value.get(option)?);
    let found = fields.iter().find(|field| *field.name == **name);
    if found.is_none() {
        let message = format!(
            "{what} {} is not a field of {}",
            quoted_node(node),
            quoted(&source.key)
        );
        let known = fields.iter().map(|field| field.name.as_str());
        cx.unknown(node.span, message, name, known);
    }
    found
}

fn check_freshness(cx: &mut Context<'_>, map: &Node, field: Option<&Field>) {
    let (Some(node), Some(field)) = (map.get("freshness"), field) else {
        return;
    };
    if matches!(field.ty, Type::Date { .. } | Type::Timestamp { .. }) {
        return;
    }
    let declared = types::def_of(&field.ty).map_or("of another type", |def| def.name);
    let message = format!(
        "{} is `{declared}`, neither a date nor a timestamp",
        quoted(&field.name)
    );
    cx.error(node.span, message);
}

fn refuse_options_of_other_formats(cx: &mut Context<'_>, map: &Node, format: Option<InputFormat>) {
    let Some(format) = format else { return };
    let refused: &[&str] = match format {
        InputFormat::Csv => &["records", "explode", "sheet"],
        InputFormat::Json => &[DIALECT, &["sheet"]].concat(),
        InputFormat::Parquet => &[DIALECT, &["encoding", "records", "sheet"]].concat(),
        InputFormat::Xlsx | InputFormat::Ods => {
            &[SYNTAX, &["encoding", "records", "explode"]].concat()
        }
    };
    let names = InputFormat::WORDS.iter().zip(InputFormat::VALUES);
    let name = names
        .into_iter()
        .find(|(_, value)| **value == format)
        .map_or("", |(word, _)| word.name);
    for entry in map
        .entries()
        .iter()
        .filter(|entry| refused.contains(&entry.key.as_str()))
    {
        cx.error(
            entry.key_span,
            format!("`{}` is not an option of the format `{name}`", entry.key),
        );
    }
}

fn dialect(cx: &mut Context<'_>, map: &Node) -> Dialect {
    let dialect = Dialect {
        delimiter: cx.parsed(map, "delimiter", scalar::separator).flatten(),
        quote: cx.parsed(map, "quote", scalar::quote).flatten(),
        escape: cx.parsed(map, "escape", scalar::character),
        comment: cx.parsed(map, "comment", scalar::character),
        header: header(cx, map),
        skip: skip(cx, map),
        footer: cx
            .parsed(map, "footer", |text| scalar::count(text, 0, MAX_FOOTER))
            .unwrap_or(0),
        pad: cx.parsed(map, "pad", scalar::flag).unwrap_or(false),
        trailing_delimiter: cx.choice(map, "trailing_delimiter"),
        blank_lines: cx.choice(map, "blank_lines").unwrap_or_default(),
    };
    let quote = dialect.quote.and_then(|quote| match quote {
        Quote::Character(byte) => Some(byte),
        Quote::None => None,
    });
    let taken = [
        (
            "delimiter",
            dialect.delimiter.map(|delimiter| delimiter.byte),
        ),
        ("quote", quote),
        ("escape", dialect.escape.filter(|byte| Some(*byte) != quote)),
        ("comment", dialect.comment),
    ];
    for (place, (key, byte)) in taken.iter().enumerate() {
        let first = taken.iter().take(place).find(|(_, other)| other == byte);
        if let (Some(_), Some((first, _)), Some(node)) = (byte, first, map.get(key)) {
            let message = format!("`{key}` is the same character as `{first}`");
            cx.error(node.span, message);
        }
    }
    dialect
}

fn skip(cx: &mut Context<'_>, map: &Node) -> Skip {
    if let Some(text) = cx.text_of(map, "skip_until") {
        return Skip::Until(text.value);
    }
    let lines = cx.parsed(map, "skip", |text| scalar::count(text, 0, u64::MAX));
    lines.map_or(Skip::Found, Skip::Lines)
}

fn header(cx: &mut Context<'_>, map: &Node) -> Header {
    let Some(node) = map.get("header") else {
        return Header::Found;
    };
    if node.scalar().is_some() {
        return cx.parsed(map, "header", scalar::header).unwrap_or_default();
    }
    let names = cx.texts_of(map, "header");
    let mut seen = HashSet::new();
    for name in names.iter().filter(|name| !seen.insert(name.as_str())) {
        cx.error(name.span, "the column name is given twice");
    }
    if names.is_empty() {
        cx.report(
            Diagnostic::error(node.span, "`header` names no column")
                .hint("`header: false` is for files without names"),
        );
    }
    Header::Names(values(names))
}

fn checks(cx: &mut Context<'_>, map: &Node, fields: Option<&[Field]>) -> Vec<Check> {
    let items = map.get("checks").map(Node::items).unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| check(cx, item, fields))
        .collect()
}

fn check(cx: &mut Context<'_>, node: &Node, fields: Option<&[Field]>) -> Option<Check> {
    let sql = match node.scalar() {
        Some(_) => cx.text(node)?,
        None => cx.text_of(node, "sql")?,
    };
    let code = cx.text_of(node, "code");
    if let Some(code) = code.as_ref().filter(|code| {
        !code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    }) {
        let finding = Diagnostic::error(
            code.span,
            "a code has lower-case letters, digits and `_` only",
        );
        cx.report(finding.hint("people read `reason`; programs read `code`"));
    }
    let reason = cx.text_of(node, "reason");
    if let (Some(reason), Some(fields)) = (&reason, fields) {
        check_placeholders(cx, reason, fields);
    }
    Some(Check {
        code: code.map_or_else(|| CHECK_CODE.to_owned(), |code| code.value),
        reason: reason.map_or_else(|| format!("check failed: {}", *sql), |reason| reason.value),
        sql,
    })
}

/// `{field}` in a reason stands for a declared field.
fn check_placeholders(cx: &mut Context<'_>, reason: &Spanned<String>, fields: &[Field]) {
    let mut rest = reason.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return;
        };
        if !fields.iter().any(|field| *field.name == name) {
            let span: Span = reason.span;
            cx.unknown(
                span,
                "`reason` holds `{..}` with a name that is not a field".to_owned(),
                name,
                fields.iter().map(|field| field.name.as_str()),
            );
        }
        rest = after;
    }
}
