//! `outputs:`.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::keys::{Choice as _, FileFormat};
use crate::model::{Content, Output, OutputFormat, PartitionBy, Step, Table, path_parts};
use crate::scalar::{self, NOT_IN_SHEETS, RESERVED_SHEET, SHEET_NAME};
use crate::span::{Span, Spanned};
use crate::yaml::Node;

use super::columns::{columns_at, refuse_repeats};
use super::context::{Context, join_quoted, quoted, quoted_node};
use super::masks;
use super::names::Names;

/// Folder of the run's own files, beside the outputs.
const RUN_FOLDER: &str = ".onefold";

/// What a file extension says.
struct Extension {
    name: &'static str,
    format: FileFormat,
    /// Field separator of delimited text; `None`: the output says it.
    delimiter: Option<u8>,
}

const EXTENSIONS: &[Extension] = &[
    Extension {
        name: "csv",
        format: FileFormat::Csv,
        delimiter: Some(b','),
    },
    Extension {
        name: "tsv",
        format: FileFormat::Csv,
        delimiter: Some(b'\t'),
    },
    Extension {
        name: "txt",
        format: FileFormat::Csv,
        delimiter: None,
    },
    Extension {
        name: "log",
        format: FileFormat::Csv,
        delimiter: None,
    },
    Extension {
        name: "json",
        format: FileFormat::Json,
        delimiter: Some(b','),
    },
    Extension {
        name: "jsonl",
        format: FileFormat::JsonLines,
        delimiter: Some(b','),
    },
    Extension {
        name: "ndjson",
        format: FileFormat::JsonLines,
        delimiter: Some(b','),
    },
    Extension {
        name: "parquet",
        format: FileFormat::Parquet,
        delimiter: Some(b','),
    },
    Extension {
        name: "xlsx",
        format: FileFormat::Xlsx,
        delimiter: Some(b','),
    },
];

/// Ends of names of texts that are compressed.
const COMPRESSED: &[&str] = &[".gz", ".zst"];

/// Partitions of an output at most, where it does not say how many.
const MAX_PARTITIONS: usize = 10_000;

/// Keys that only an output of a table has.
const TABLE_OPTIONS: &[&str] = &[
    "columns",
    "mask",
    "format",
    "delimiter",
    "null",
    "header",
    "bom",
    "spreadsheet_safe",
    "indent",
    "sheet",
    "partition_by",
    "max_partitions",
];

/// `tables` may publish files too: their states.
pub(super) fn outputs(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    root: &Node,
    tables: &[Table],
) -> Vec<Output> {
    let items = root.get("outputs").map(Node::items).unwrap_or_default();
    let mut outputs = Vec::new();
    let mut places: HashMap<Vec<String>, Span> = HashMap::new();
    let mut workbooks: Workbooks = HashMap::new();
    for table in tables {
        if let Step::Resolve(resolve) = &table.step
            && let Some(state) = &resolve.state
        {
            let parts = path_parts(state);
            if places.contains_key(&parts) {
                cx.error(
                    state.span,
                    format!("two tables have the state {}", quoted(state)),
                );
            }
            places.insert(parts, state.span);
        }
    }
    for item in items {
        let is_folder = item.get("partition_by").is_some();
        let path = item
            .get("path")
            .and_then(|node| output_path(cx, node, is_folder));
        let content = content(
            cx,
            names,
            item,
            path.as_ref().map(|(path, _)| path.as_str()),
        );
        if let (Some(node), Some((_, parts))) = (item.get("path"), &path) {
            match (workbooks.get(parts), content.as_ref().map(Content::sheet)) {
                (Some(taken), Some(Some(sheet))) => {
                    let span = item.get("sheet").unwrap_or(node).span;
                    refuse_taken_sheet(cx, sheet, span, taken);
                }
                // What is wrong with it has been said.
                (Some(_), None) => {}
                _ => refuse_taken_path(cx, node, parts, &places),
            }
            places.entry(parts.clone()).or_insert(node.span);
            if let Some(sheet) = content.as_ref().and_then(Content::sheet) {
                let sheets = workbooks.entry(parts.clone()).or_default();
                sheets.push((sheet.to_lowercase(), node.span));
            }
        }
        if let (Some((path, _)), Some(content)) = (path, content) {
            outputs.push(Output {
                path,
                content,
                is_kept: false,
            });
        }
    }
    outputs
}

/// The path of an output, or of a state that is published with them, and its parts. Only what lies below the output folder can be
/// published together with the rest.
pub(super) fn output_path(
    cx: &mut Context<'_>,
    node: &Node,
    is_folder: bool,
) -> Option<(Spanned<String>, Vec<String>)> {
    let path = cx.text(node)?;
    let parts = path_parts(&path);
    let drive = path.as_bytes().get(1) == Some(&b':')
        && path.starts_with(|c: char| c.is_ascii_alphabetic());
    let problem = if path.starts_with(['/', '\\']) || drive {
        "an absolute path: outputs go below the output folder"
    } else if parts.iter().any(|part| part == "..") {
        "a path with `..`: outputs go below the output folder"
    } else if parts.is_empty() || (!is_folder && path.ends_with(['/', '\\'])) {
        "a path without a file name"
    } else if path.contains(char::is_control) {
        "a path with a control character"
    } else if parts.first().is_some_and(|part| part == RUN_FOLDER) {
        "a path in the folder `.onefold`, where runs keep their own files"
    } else {
        return Some((path, parts));
    };
    let finding = Diagnostic::error(node.span, format!("{} is {problem}", quoted_node(node)));
    cx.report(finding.hint("`onefold run --out DIR` sets the output folder"));
    None
}

fn refuse_taken_path(
    cx: &mut Context<'_>,
    node: &Node,
    parts: &[String],
    places: &HashMap<Vec<String>, Span>,
) {
    if let Some(first) = places.get(parts) {
        let finding = Diagnostic::error(
            node.span,
            format!("two outputs have the path {}", quoted_node(node)),
        );
        return cx.report(finding.detail(format!("the other is in line {}", first.line)));
    }
    let folder_of_other = (1..parts.len()).find_map(|end| places.get(parts.get(..end)?));
    let other_below = places
        .iter()
        .filter(|(other, _)| other.starts_with(parts))
        .map(|(_, span)| span)
        .min_by_key(|span| span.line);
    if let Some(other) = folder_of_other.or(other_below) {
        let finding = Diagnostic::error(
            node.span,
            format!("{} is both a file and a folder", quoted_node(node)),
        );
        cx.report(finding.detail(format!("the other output is in line {}", other.line)));
    }
}

/// By path the sheets of workbooks, in lower case as Excel compares them.
type Workbooks = HashMap<Vec<String>, Vec<(String, Span)>>;

fn refuse_taken_sheet(cx: &mut Context<'_>, sheet: &str, span: Span, taken: &[(String, Span)]) {
    let name = sheet.to_lowercase();
    if let Some((_, first)) = taken.iter().find(|(other, _)| *other == name) {
        let message = format!("two sheets of one workbook are called {}", quoted(sheet));
        let finding = Diagnostic::error(span, message);
        let finding = finding.detail(format!("the other is in line {}", first.line));
        cx.report(finding.hint("name one of them: `sheet: NAME`"));
    }
}

/// The name of a table as Excel allows it for a sheet.
fn sheet_name(table: &str) -> String {
    let mut name = String::new();
    let mut units = 0;
    for char in table.chars() {
        let char = match NOT_IN_SHEETS.contains(&char) {
            true => '_',
            false => char,
        };
        units += char.len_utf16();
        if units > SHEET_NAME {
            break;
        }
        name.push(char);
    }
    if name.eq_ignore_ascii_case(RESERVED_SHEET) {
        name.push('_');
    }
    name
}

fn content(
    cx: &mut Context<'_>,
    names: &Names<'_>,
    map: &Node,
    path: Option<&str>,
) -> Option<Content> {
    if let Some(table) = map.get("table") {
        let table = names.table(cx, table);
        let columns = columns_at(cx, map, "columns");
        let name = table.as_ref().map_or("", |table| table.as_str());
        let format = path.and_then(|path| format(cx, map, path, name));
        return Some(Content::Table {
            table: table?,
            columns,
            format: format?,
            masks: masks::masks(cx, map),
            partitions: partitions(cx, map),
        });
    }
    let (kind, content) = if map.get("log").is_some() {
        ("log", Some(Content::RunLog))
    } else if let Some(table) = map.get("report") {
        ("report", names.table(cx, table).map(Content::Page))
    } else {
        ("metrics", Some(Content::Metrics))
    };
    map.get(kind)?;
    for entry in map
        .entries()
        .iter()
        .filter(|entry| TABLE_OPTIONS.contains(&entry.key.as_str()))
    {
        cx.error(
            entry.key_span,
            format!("`{}` is an option of tables, not of `{kind}`", entry.key),
        );
    }
    content
}

fn format(cx: &mut Context<'_>, map: &Node, path: &str, table: &str) -> Option<OutputFormat> {
    let path = path.to_lowercase();
    let compressed = COMPRESSED.iter().find_map(|end| path.strip_suffix(end));
    let is_compressed = compressed.is_some();
    let extension = compressed.unwrap_or(&path).rsplit_once('.');
    let extension = extension.map(|(_, name)| name.to_owned());
    let extension = EXTENSIONS
        .iter()
        .find(|known| extension.as_deref() == Some(known.name));
    let format = match (map.get("format"), extension) {
        (Some(_), _) => cx.choice(map, "format")?,
        (None, Some(extension)) => extension.format,
        // It is the name of a folder.
        (None, None) if map.get("partition_by").is_some() => FileFormat::Parquet,
        (None, None) => {
            let node = map.get("path")?;
            let finding = Diagnostic::error(
                node.span,
                format!("the name {} does not tell the format", quoted_node(node)),
            );
            let words = join_quoted(FileFormat::WORDS.iter().map(|word| word.name));
            cx.report(finding.hint(format!("add `format:`, one of {words}")));
            return None;
        }
    };
    let compressed = match format {
        FileFormat::Parquet => Some(("Parquet files are", ".parquet")),
        FileFormat::Xlsx => Some(("workbooks are", ".xlsx")),
        _ => None,
    };
    if let (true, Some((what, end)), Some(node)) = (is_compressed, compressed, map.get("path")) {
        let finding = Diagnostic::error(node.span, format!("{what} compressed already"));
        cx.report(finding.hint(format!("let the name end in `{end}`")));
    }
    refuse_options_of_other_formats(cx, map, format);
    Some(match format {
        FileFormat::Csv => OutputFormat::Csv {
            delimiter: delimiter(cx, map, extension)?,
            null: cx
                .text_of(map, "null")
                .map(|null| null.value)
                .unwrap_or_default(),
            header: cx.parsed(map, "header", scalar::flag).unwrap_or(true),
            bom: cx.parsed(map, "bom", scalar::flag).unwrap_or(false),
            spreadsheet_safe: cx
                .parsed(map, "spreadsheet_safe", scalar::flag)
                .unwrap_or(false),
        },
        FileFormat::Json => OutputFormat::Json {
            indent: cx
                .parsed(map, "indent", |text| scalar::count(text, 0, 16))
                .and_then(|spaces| u8::try_from(spaces).ok()),
        },
        FileFormat::JsonLines => OutputFormat::JsonLines,
        FileFormat::Parquet => OutputFormat::Parquet,
        FileFormat::Xlsx => OutputFormat::Xlsx {
            sheet: match map.get("sheet") {
                Some(_) => {
                    cx.parsed(map, "sheet", |text| scalar::sheet(text).map(str::to_owned))?
                }
                None => sheet_name(table),
            },
        },
    })
}

/// The columns by which a table is dealt out. Whether they are there, the engine knows.
fn partitions(cx: &mut Context<'_>, map: &Node) -> Option<PartitionBy> {
    let Some(node) = map.get("partition_by") else {
        if let Some(entry) = map.entries().iter().find(|e| e.key == "max_partitions") {
            cx.error(entry.key_span, "`max_partitions` needs `partition_by`");
        }
        return None;
    };
    let columns = cx.texts_of(map, "partition_by");
    if node.items().is_empty() {
        cx.error(node.span, "`partition_by` names no column");
    }
    refuse_repeats(cx, &columns);
    let most = cx.parsed(map, "max_partitions", |text| {
        scalar::count(text, 1, 1_000_000)
    });
    Some(PartitionBy {
        columns,
        most: most
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(MAX_PARTITIONS),
    })
}

fn refuse_options_of_other_formats(cx: &mut Context<'_>, map: &Node, format: FileFormat) {
    let name = FileFormat::WORDS
        .iter()
        .zip(FileFormat::VALUES)
        .find(|(_, value)| **value == format);
    let name = name.map_or("", |(word, _)| word.name);
    for entry in map.entries() {
        let owner = match entry.key.as_str() {
            "delimiter" | "null" | "header" | "bom" | "spreadsheet_safe" => FileFormat::Csv,
            "indent" => FileFormat::Json,
            "sheet" => FileFormat::Xlsx,
            "partition_by" | "max_partitions" => FileFormat::Parquet,
            _ => continue,
        };
        if owner != format {
            cx.error(
                entry.key_span,
                format!("`{}` is not an option of the format `{name}`", entry.key),
            );
        }
    }
}

fn delimiter(cx: &mut Context<'_>, map: &Node, extension: Option<&Extension>) -> Option<u8> {
    if map.get("delimiter").is_some() {
        return cx.parsed(map, "delimiter", scalar::delimiter);
    }
    let delimiter = extension.map_or(Some(b','), |extension| extension.delimiter);
    if delimiter.is_none() {
        let node = map.get("path")?;
        let finding = Diagnostic::error(
            node.span,
            format!("the name {} does not tell the delimiter", quoted_node(node)),
        );
        cx.report(finding.hint("add `delimiter:`, such as `\"|\"`"));
    }
    delimiter
}
