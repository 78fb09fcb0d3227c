//! The inputs of a test as files, and the sources as they read them.

use std::fmt::Write as _;
use std::path::Path;

use onefold_spec::model::{
    Delimiter, Dialect, Header, InputFormat, Origin, Quote, Skip, Source, TestContent, TestFiles,
    TestInput, TestRow, TestValue,
};

use crate::error::{Error, Kind};

/// Characters that make a path a pattern.
const PATTERN: [char; 3] = ['*', '?', '['];

/// Writes the inputs below `folder`, and makes the sources read them and nothing else.
pub(super) fn write(
    sources: &mut [Source],
    inputs: &[TestInput],
    folder: &Path,
) -> Result<(), Error> {
    let empty = TestFiles::One(TestContent::Text(String::new()));
    let mut taken: Vec<String> = Vec::new();
    save(folder, None, "")?;
    for source in sources {
        let given = inputs
            .iter()
            .find(|input| input.source.value == source.name.value);
        let files = given.map_or(&empty, |input| &input.files);
        // The test gives text, whatever the real files are.
        source.encoding = None;
        let is_binary = |f: InputFormat| f == InputFormat::Parquet || f.is_workbook();
        if source.format.is_some_and(is_binary) {
            source.format = None;
        }
        if let TestFiles::One(content) = files {
            match content {
                TestContent::Text(_) => {}
                TestContent::Delimited(delimiter, _) => {
                    source.format = Some(InputFormat::Csv);
                    // Rows are written plainly, whatever the real files look like.
                    source.dialect = Dialect {
                        delimiter: Some(Delimiter::plain(*delimiter)),
                        quote: Some(Quote::Character(b'"')),
                        header: match std::mem::take(&mut source.dialect.header) {
                            Header::Found | Header::Rows(_) => Header::Rows(1),
                            other => other,
                        },
                        skip: Skip::Lines(0),
                        ..Dialect::default()
                    };
                }
                TestContent::Json(_) => source.format = Some(InputFormat::Json),
            }
        }
        let pattern = below(&source.path.value, &source.name);
        let named: Vec<(String, &TestContent)> = match files {
            TestFiles::One(content) => vec![(plain(&pattern, &source.name), content)],
            TestFiles::Named(files) => {
                let files = files.iter();
                files
                    .map(|(name, content)| (name.value.replace('\\', "/"), content))
                    .collect()
            }
        };
        // Two sources may read one file; here each reads its own.
        let within = free(&named, &taken, &source.name);
        source.path.value = match files {
            TestFiles::One(_) => format!("{within}{}", plain(&pattern, &source.name)),
            TestFiles::Named(_) => format!("{within}{pattern}"),
        };
        if source.reads_stdin() {
            // Its file has that name.
            source.path.value.insert_str(0, "./");
        }
        let mut texts = Vec::with_capacity(named.len());
        for (name, content) in named {
            texts.push((format!("{within}{name}"), text(content, source)));
        }
        if source.format.is_none() {
            source.format = format_under_binary_name(&texts);
        }
        for (name, text) in texts {
            save(folder, Some(&name), &text)?;
            taken.push(name);
        }
    }
    Ok(())
}

/// Text under a name that says Parquet would be taken for a damaged file: then what it is has to be said.
fn format_under_binary_name(files: &[(String, String)]) -> Option<InputFormat> {
    let (_, text) = files
        .iter()
        .find(|(name, _)| onefold_read::is_binary_name(name))?;
    Some(match text.trim_start().starts_with(['{', '[']) {
        true => InputFormat::Json,
        false => InputFormat::Csv,
    })
}

/// A path without what leads out of the folder.
fn below(path: &str, source: &str) -> String {
    let drive = |part: &str| part.len() == 2 && part.ends_with(':');
    let parts = path.split(['/', '\\']);
    let parts: Vec<&str> = parts
        .filter(|part| !matches!(*part, "" | "." | "..") && !drive(part))
        .collect();
    match parts.is_empty() {
        true => source.to_owned(),
        false => parts.join("/"),
    }
}

/// A file that a pattern stands for: `2024/*.csv` of the source `crm` is `2024/crm.csv`.
fn plain(pattern: &str, source: &str) -> String {
    let mut name = String::new();
    let mut rest = pattern.replace("**/", "").replace("**", "*");
    while let Some(at) = rest.find(PATTERN) {
        let tail = rest.split_off(at);
        name += &rest;
        let mut after = tail.chars();
        match after.next() {
            Some('*') => name += source,
            Some('[') => {
                after.find(|c| *c == ']');
                name.push('x');
            }
            _ => name.push('x'),
        }
        rest = after.as_str().to_owned();
    }
    name + &rest
}

/// A folder, with its slash, in which files of these names harm no other; mostly none.
fn free(files: &[(String, &TestContent)], taken: &[String], source: &str) -> String {
    let clash = |a: &str, b: &str| {
        a == b
            || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'))
            || b.strip_prefix(a).is_some_and(|rest| rest.starts_with('/'))
    };
    let harms = |within: &str| {
        let mut names = files.iter().map(|(name, _)| format!("{within}{name}"));
        names.any(|name| taken.iter().any(|other| clash(&name, other)))
    };
    let mut within = String::new();
    let mut number = 0_u32;
    while harms(&within) {
        number += 1;
        within = format!("{source}.{number}/");
    }
    within
}

fn save(folder: &Path, name: Option<&str>, text: &str) -> Result<(), Error> {
    let path = name.map_or_else(|| folder.to_path_buf(), |name| folder.join(name));
    let written = match (name, path.parent()) {
        (Some(_), Some(parent)) => {
            std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text))
        }
        _ => std::fs::create_dir_all(&path),
    };
    written.map_err(|e| {
        let name = name.unwrap_or("the folder");
        Error::new(
            Kind::Resources,
            format!("could not write `{name}` of the test: {e}"),
        )
    })
}

fn text(content: &TestContent, source: &Source) -> String {
    match content {
        TestContent::Text(text) => text.clone(),
        TestContent::Delimited(delimiter, rows) => delimited(
            char::from(*delimiter),
            rows,
            &source.dialect.header,
            &read_columns(source),
        ),
        TestContent::Json(rows) => json(rows, &source.records),
    }
}

/// The columns that a source reads by name, so that rows need not name all of them. With versions, the columns of a file say which
/// version it is: only the test knows them.
fn read_columns(source: &Source) -> Vec<String> {
    let fields = source.fields.iter().flatten();
    let columns = fields.filter_map(|field| match &field.origin {
        Origin::Path(path) => Some(path.join(".")),
        Origin::Sql(_) | Origin::Value(_) | Origin::Element => None,
    });
    match source.versions.is_empty() {
        true => columns.collect(),
        false => Vec::new(),
    }
}

fn delimited(delimiter: char, rows: &[TestRow], header: &Header, read: &[String]) -> String {
    let mut columns: Vec<String> = Vec::new();
    match header {
        Header::Names(names) => columns.clone_from(names),
        Header::Found | Header::Rows(_) => {
            let named = rows.iter().flatten().map(|(name, _)| &name.value);
            for name in named.chain(read) {
                if !columns.contains(name) {
                    columns.push(name.clone());
                }
            }
        }
        Header::None => {
            let number = |name: &str| name.rsplit('_').next()?.parse::<usize>().ok();
            let last = rows
                .iter()
                .flatten()
                .filter_map(|(name, _)| number(name))
                .max();
            columns.extend((1..=last.unwrap_or(0)).map(|number| format!("column_{number}")));
        }
    }
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        for (place, cell) in cells.enumerate() {
            if place > 0 {
                out.push(delimiter);
            }
            // A line of nothing is no record, so what is empty stands in quotes.
            let special = |c: char| c == delimiter || matches!(c, '"' | '\r' | '\n');
            match cell.is_empty() || cell.contains(special) {
                true => {
                    out.push('"');
                    out += &cell.replace('"', "\"\"");
                    out.push('"');
                }
                false => out += cell,
            }
        }
        out.push('\n');
    };
    let is_named = matches!(header, Header::Found | Header::Rows(_));
    if is_named && !columns.is_empty() {
        line(&mut columns.iter().map(String::as_str));
    }
    for row in rows {
        let cell = |column: &String| {
            let value = row.iter().find(|(name, _)| name.value == *column);
            value
                .and_then(|(_, value)| value.text())
                .unwrap_or_default()
        };
        line(&mut columns.iter().map(cell));
    }
    out
}

/// Values of an object in order, told apart by whether they hold others.
enum Json<'a> {
    Value(String),
    Object(Vec<(&'a str, Json<'a>)>),
}

fn json(rows: &[TestRow], records: &[String]) -> String {
    let mut out = String::new();
    for key in records {
        out.push('{');
        out += &quoted(key);
        out.push(':');
    }
    if !records.is_empty() {
        out += "[\n";
    }
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            out += if records.is_empty() { "\n" } else { ",\n" };
        }
        let mut object = Json::Object(Vec::new());
        for (name, value) in row {
            object.put(&name.value, scalar(value));
        }
        object.write(&mut out);
    }
    out.push('\n');
    if !records.is_empty() {
        out.push(']');
        out += &"}".repeat(records.len());
        out.push('\n');
    }
    out
}

impl<'a> Json<'a> {
    fn put(&mut self, path: &'a str, value: String) {
        let Self::Object(entries) = self else { return };
        let Some((first, rest)) = path.split_once('.') else {
            return entries.push((path, Self::Value(value)));
        };
        match entries.iter_mut().find(|(name, _)| *name == first) {
            Some((_, inner)) => inner.put(rest, value),
            None => {
                let mut inner = Self::Object(Vec::new());
                inner.put(rest, value);
                entries.push((first, inner));
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Value(text) => *out += text,
            Self::Object(entries) => {
                out.push('{');
                for (place, (name, value)) in entries.iter().enumerate() {
                    let comma = if place > 0 { ", " } else { "" };
                    // Writing to a string cannot fail.
                    write!(out, "{comma}{}: ", quoted(name)).unwrap_or_default();
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A value in JSON; a number keeps its digits.
fn scalar(value: &TestValue) -> String {
    let literal = |text: &str| {
        matches!(text, "true" | "false") || serde_json::from_str::<serde_json::Number>(text).is_ok()
    };
    match value {
        TestValue::Missing => "null".to_owned(),
        TestValue::Plain(text) if literal(text) => text.clone(),
        TestValue::Plain(text) | TestValue::Quoted(text) => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use onefold_spec::{Span, Spanned};

    use super::*;

    fn row(values: &[(&str, TestValue)]) -> TestRow {
        let named = |(name, value): &(&str, TestValue)| {
            (
                Spanned::new((*name).to_owned(), Span::default()),
                value.clone(),
            )
        };
        values.iter().map(named).collect()
    }

    fn bare(text: &str) -> TestValue {
        TestValue::Plain(text.to_owned())
    }

    #[test]
    fn a_path_stays_below_the_folder_and_a_pattern_becomes_a_file() {
        let cases = [
            ("crm.csv", "crm.csv"),
            ("../data/crm.csv", "data/crm.csv"),
            ("/etc/crm.csv", "etc/crm.csv"),
            ("C:\\data\\crm.csv", "data/crm.csv"),
            ("2024/*.csv", "2024/s.csv"),
            ("**/part-?[0-9].csv", "part-xx.csv"),
            ("open[", "openx"),
            ("..", "s"),
        ];
        for (path, expected) in cases {
            assert_eq!(plain(&below(path, "s"), "s"), expected, "{path}");
        }
    }

    #[test]
    fn rows_as_delimited_text() {
        let rows = [
            row(&[
                ("a", bare("1")),
                ("b", TestValue::Quoted("x|\"y\"".to_owned())),
            ]),
            row(&[("c", bare("3")), ("a", TestValue::Missing)]),
        ];
        assert_eq!(
            delimited('|', &rows, &Header::Found, &[]),
            "a|b|c\n1|\"x|\"\"y\"\"\"|\"\"\n\"\"|\"\"|3\n"
        );
        let names = Header::Names(vec!["b".to_owned(), "a".to_owned()]);
        assert_eq!(delimited(',', &rows[1..], &names, &[]), "\"\",\"\"\n");
        let numbered = [row(&[("column_2", bare("x"))])];
        assert_eq!(delimited(',', &numbered, &Header::None, &[]), "\"\",x\n");
        assert_eq!(delimited(',', &[], &Header::Found, &[]), "");
        let read = ["d".to_owned(), "a".to_owned()];
        let text = delimited(',', &rows[1..], &Header::Found, &read);
        assert_eq!(text, "c,a,d\n3,\"\",\"\"\n");
    }

    #[test]
    fn rows_as_json() {
        let rows = [row(&[
            ("id", bare("1.10")),
            ("contact.email", bare("a\"b")),
            ("zip", bare("007")),
            ("contact.ok", bare("true")),
            ("text", TestValue::Quoted("1".to_owned())),
            ("none", TestValue::Missing),
        ])];
        let object = r#"{"id": 1.10, "contact": {"email": "a\"b", "ok": true}, "zip": "007", "text": "1", "none": null}"#;
        assert_eq!(json(&rows, &[]), format!("{object}\n"));
        let path = ["data".to_owned(), "list".to_owned()];
        assert_eq!(
            json(&rows, &path),
            format!("{{\"data\":{{\"list\":[\n{object}\n]}}}}\n")
        );
    }
}
