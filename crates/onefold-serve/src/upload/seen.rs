//! What was seen of a source: enough to judge the guesses, and few of its values.

use onefold_draft::{Format, FoundField, FoundSource, Sampled};
use serde::Serialize;

/// Values of a column that are kept to be shown.
const VALUES: usize = 4;
/// Longest such value, in characters.
const LONGEST: usize = 80;

/// What was seen of a source. What its records hold is no part of the data: it is shown when it is asked for.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Seen {
    /// Its name in the draft.
    pub(crate) name: String,
    pub(crate) path: String,
    /// Its files, by where they lie.
    pub(crate) files: Vec<String>,
    pub(crate) format: &'static str,
    /// How it is written, each part for people.
    pub(crate) dialect: Vec<String>,
    /// The encoding, where it is not UTF-8.
    pub(crate) encoding: Option<&'static str>,
    pub(crate) has_header: bool,
    /// Where the records lie in a document.
    pub(crate) records: Vec<String>,
    /// Lines at the end that are no records.
    pub(crate) footer: u64,
    pub(crate) rows: usize,
    /// All records were looked at.
    pub(crate) is_whole: bool,
    /// Records that cannot be read.
    pub(crate) broken: u64,
    pub(crate) first_broken: Vec<Broken>,
    /// What the records are: people, transactions, events.
    pub(crate) records_are: &'static str,
    pub(crate) key: Option<String>,
    pub(crate) columns: Vec<Column>,
}

/// A record that cannot be read.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Broken {
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) column: Option<String>,
    pub(crate) code: String,
    pub(crate) reason: String,
    #[serde(skip)]
    pub(crate) value: String,
}

/// What was seen of a column.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Column {
    pub(crate) path: Vec<String>,
    /// Its name in the draft.
    pub(crate) name: String,
    /// As the pipeline file writes it; none where the column is ignored.
    #[serde(rename = "type")]
    pub(crate) type_name: Option<String>,
    pub(crate) role: Option<&'static str>,
    #[serde(skip)]
    pub(crate) role_label: Option<&'static str>,
    /// Values that the type reads, of those that there are.
    pub(crate) fits: usize,
    pub(crate) of: usize,
    pub(crate) note: Option<String>,
    #[serde(skip)]
    pub(crate) values: Vec<String>,
}

impl Seen {
    pub(super) fn of(sampled: &Sampled, found: &FoundSource) -> Self {
        let fields: std::collections::HashMap<&[String], &FoundField> = found
            .fields
            .iter()
            .map(|field| (field.path.as_slice(), field))
            .collect();
        let columns = sampled.columns.iter().map(|column| {
            let field = fields.get(column.path.as_slice());
            let mut values: Vec<String> = Vec::new();
            for value in column.values.iter().flatten() {
                let value = cut(value);
                if !value.trim().is_empty() && !values.contains(&value) {
                    values.push(value);
                }
                if values.len() == VALUES {
                    break;
                }
            }
            Column {
                path: column.path.clone(),
                name: field.map_or_else(|| column.path.join("."), |field| field.name.clone()),
                type_name: field.map(|field| typed(field)),
                role: field.and_then(|field| field.role).map(|role| role.word()),
                role_label: field.and_then(|field| field.role).map(|role| role.label()),
                fits: field.map_or(0, |field| field.fits),
                of: field.map_or(0, |field| field.of),
                note: field.and_then(|field| field.note.clone()),
                values,
            }
        });
        let first_broken = sampled.first_broken.iter().map(|broken| Broken {
            file: broken.file.clone(),
            line: broken.line,
            column: broken.column.clone(),
            code: broken.code.clone(),
            reason: broken.reason.clone(),
            value: broken.value.clone(),
        });
        Self {
            name: found.name.clone(),
            path: sampled.path.clone(),
            files: sampled.files.clone(),
            format: match sampled.format {
                Format::Delimited => "delimited text",
                Format::Json => "JSON",
                Format::Parquet => "Parquet",
            },
            dialect: sampled.dialect.clone(),
            encoding: sampled.encoding,
            has_header: sampled.has_header,
            records: sampled.records.clone(),
            footer: sampled.footer.as_ref().map_or(0, |footer| footer.lines),
            rows: sampled.rows,
            is_whole: sampled.is_whole,
            broken: sampled.broken,
            first_broken: first_broken.collect(),
            records_are: found.records_are,
            key: found.key.clone(),
            columns: columns.collect(),
        }
    }
}

/// The type with what is said of it in the pipeline file.
fn typed(field: &FoundField) -> String {
    let options = field.options.iter().filter(|(key, _)| *key != "on_invalid");
    options.fold(field.type_name.clone(), |said, (key, value)| {
        format!("{said}, {key} {}", value.trim_matches('"'))
    })
}

fn cut(value: &str) -> String {
    match value.char_indices().nth(LONGEST) {
        Some((byte, _)) => format!("{}…", &value[..byte]),
        None => value.to_owned(),
    }
}
