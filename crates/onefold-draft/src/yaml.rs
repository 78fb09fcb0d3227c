//! The draft as the text of a pipeline file, every guess with how sure it is.

use std::collections::HashSet;

use crate::guess::Kind;
use crate::source::{self, Field, Source};
use crate::table::Table;
use crate::written::{counted, grouped, path_list, quoted};

/// Where comments begin, if what they speak of leaves room.
const COMMENT: usize = 56;

/// Most notes about a table: of many files each may meet each.
const MOST_NOTES: usize = 12;

/// What is said of a footer, in characters.
const MOST_OF_FOOTER: usize = 40;

/// Folder of the outputs: they never meet an input.
const RESULTS: &str = "results";

/// The pipeline file.
pub(crate) fn pipeline(
    sources: &[Source],
    tables: &[Table],
    is_taken: &dyn Fn(&str) -> bool,
) -> String {
    let mut text = String::from(
        "# Drafted by `onefold init` from samples of the files: what it guessed stands behind each field. Change what is wrong, then\n\
         # `onefold check` finds mistakes, `onefold plan` shows all columns, and `onefold run` writes the outputs.\n\
         sources:\n",
    );
    for source in sources {
        text += &one_source(source);
    }
    if !tables.is_empty() {
        text += "\ntables:\n";
        for table in tables {
            for note in table.notes.iter().take(MOST_NOTES) {
                text += &format!("  # {note}\n");
            }
            if let Some(more) = table.notes.len().checked_sub(MOST_NOTES + 1) {
                text += &format!("  # and {} like these\n", counted(more + 1, "more note"));
            }
            text += &format!("  {}:\n", table.name);
            for line in &table.lines {
                text += &format!("    {line}\n");
            }
        }
    }
    text + &outputs(sources, tables, is_taken)
}

fn one_source(source: &Source) -> String {
    let mut text = format!("  {}:\n", source.name);
    let files = match source.files {
        1 => String::new(),
        files => format!("{}, ", counted(files, "file")),
    };
    let looked_at = match source.is_whole {
        true => format!("{files}all {} looked at", counted(source.rows, "record")),
        false => format!(
            "{files}a sample of {} looked at",
            counted(source.rows, "record")
        ),
    };
    text += &noted(format!("    path: {}", scalar(&source.path)), &looked_at);
    if let Some(encoding) = source.encoding {
        text += &noted(
            format!("    encoding: {encoding}"),
            "its bytes are not UTF-8, and fit this",
        );
    }
    if !source.has_header {
        text += &noted(
            "    header: false".to_owned(),
            "its first line has data; or give the names: `header: [a, b]`",
        );
    }
    if let Some(footer) = &source.footer {
        let what = match footer.lines {
            1 => "its last line is no record",
            _ => "its last lines are no records",
        };
        let begins: String = footer.first.chars().take(MOST_OF_FOOTER).collect();
        text += &noted(
            format!("    footer: {}", footer.lines),
            &format!("{what}: {}", quoted(&begins)),
        );
    }
    if !source.records.is_empty() {
        text += &noted(
            format!("    records: {}", path(&source.records)),
            "where the records lie",
        );
    }
    if let Some(key) = source.key.and_then(|key| source.fields.get(key)) {
        text += &noted(
            format!("    key: {}", key.name),
            "no value is missing or repeated",
        );
    }
    if source.forms > 1 {
        text += &format!(
            "    # the keys of the files became others in between: {} forms; `versions` can say how they differ\n",
            source.forms
        );
    }
    if source.broken > source.rows as u64 {
        text += &noted(
            "    limits: {rejects: 100%}".to_owned(),
            "most of it cannot be read; without this, nothing is published",
        );
    }
    if source.broken > 0 {
        let broken = usize::try_from(source.broken).unwrap_or(usize::MAX);
        text += &format!(
            "    # {} could not be read: see its rejects\n",
            counted(broken, "record")
        );
    }
    if !source.ignored.is_empty() {
        let ignored = source.ignored.iter().map(|path| path.join("."));
        let ignored: Vec<String> = ignored.collect();
        text += &noted(format!("    ignore: {}", path_list(&ignored)), "chosen");
    }
    if !source.fields.is_empty() {
        text += "    fields:\n";
        for field in &source.fields {
            text += &one_field(field, source.is_whole);
        }
    }
    text
}

/// A field; where only a sample of the values was looked at, others must not cost their records.
fn one_field(field: &Field, is_whole: bool) -> String {
    let mut options = Vec::new();
    let is_own = field.path.as_slice() == [field.name.clone()];
    if !is_own {
        options.push(format!("from: {}", path(&field.path)));
    }
    let is_text = field.guess.name == "text";
    if !is_text {
        options.push(format!("type: {}", field.guess.name));
    }
    let given = field.guess.options.iter();
    let given = given.filter(|(key, _)| !(field.is_needed && *key == "on_invalid"));
    options.extend(given.map(|(key, value)| format!("{key}: {value}")));
    if field.is_needed {
        options.push("required: true".to_owned());
    }
    let reads_all = matches!(field.guess.kind, Kind::Text | Kind::Json);
    if !is_whole
        && !reads_all
        && !field.is_needed
        && !options.iter().any(|o| o.starts_with("on_invalid"))
    {
        options.push("on_invalid: null".to_owned());
    }
    let value = match (is_own, is_text) {
        (true, true) if options.is_empty() => field.guess.name.clone(),
        (true, false) if options.len() == 1 => field.guess.name.clone(),
        _ => format!("{{{}}}", options.join(", ")),
    };
    let line = format!("      {}: {value}", field.name);
    let guess = &field.guess;
    let mut said = Vec::new();
    if !is_text {
        said.push(match guess.fits == guess.of {
            true => format!("all {}", counted(guess.of, "value"))
                .replace("all 1 value", "its only value"),
            false => format!(
                "{} of {}; others {}",
                grouped(guess.fits),
                counted(guess.of, "value"),
                match field.is_needed {
                    true => "cost their record",
                    false => "become missing",
                }
            ),
        });
    }
    said.extend(guess.note.clone());
    match said.is_empty() {
        true => line + "\n",
        false => noted(line, &said.join("; ")),
    }
}

/// The pipeline that reads a source under the names that its columns have. Only a type that all values have is declared, and only one that
/// says what a value is, not how it should be written.
pub(crate) fn as_written(source: &Source) -> String {
    let mut text = format!("sources:\n  {}:\n", source.name);
    text += &format!("    path: {}\n", quoted(&source.path));
    if let Some(encoding) = source.encoding {
        text += &format!("    encoding: {encoding}\n");
    }
    if !source.has_header {
        text += "    header: false\n";
    }
    if let Some(footer) = &source.footer {
        text += &format!("    footer: {}\n", footer.lines);
    }
    if !source.records.is_empty() {
        text += &format!("    records: {}\n", path_list(&source.records));
    }
    text += "    limits: {rejects: 100%}\n    fields:\n";
    let mut taken = HashSet::new();
    for field in &source.fields {
        let name = source::free(&taken, &field.path.join("."));
        let guess = &field.guess;
        let has_type = matches!(
            guess.kind,
            Kind::Integer
                | Kind::Float
                | Kind::Decimal
                | Kind::Boolean
                | Kind::Date
                | Kind::Timestamp
        );
        let mut options = vec![format!("from: {}", path_list(&field.path))];
        if has_type && guess.fits == guess.of {
            options.push(format!("type: {}", guess.name));
            let given = guess.options.iter().filter(|(key, _)| *key != "on_invalid");
            options.extend(given.map(|(key, value)| format!("{key}: {value}")));
        }
        text += &format!("      {}: {{{}}}\n", quoted(&name), options.join(", "));
        taken.insert(name);
    }
    text + &format!("outputs: [{{table: {0}, path: {0}.csv}}]\n", source.name)
}

pub(crate) fn noted(line: String, note: &str) -> String {
    let width = line.chars().count();
    let gap = COMMENT.saturating_sub(width).max(3);
    format!("{line}{}# {note}\n", " ".repeat(gap))
}

/// A text as it stands where YAML takes it so, else in quotes.
pub(crate) fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '.'))
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '*'));
    match is_plain {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// A column or a path, as `from` and `records` take it.
pub(crate) fn path(keys: &[String]) -> String {
    let is_word = |key: &String| {
        key.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && key
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    };
    match keys.iter().all(is_word) {
        true => keys.join("."),
        false => path_list(keys),
    }
}

/// All that is made and not only a way to something else; the records of sources that nothing reads; all rejects.
fn outputs(sources: &[Source], tables: &[Table], is_taken: &dyn Fn(&str) -> bool) -> String {
    let folder = folder(sources, is_taken);
    let mut text = String::from("\noutputs:\n");
    let mut line = |table: &str| {
        text += &format!(
            "  - {{table: {table}, path: {folder}/{}.csv}}\n",
            table.replace('.', "_")
        );
    };
    for source in sources {
        if !tables
            .iter()
            .any(|table| table.reads.contains(&source.name))
            && !source.fields.is_empty()
        {
            line(&source.name);
        }
    }
    for table in tables.iter().filter(|table| !table.is_helper) {
        line(&table.name);
        if table.lines.first().is_some_and(|line| line == "resolve:") {
            line(&format!("{}.duplicates", table.name));
        }
    }
    for source in sources {
        line(&format!("{}.rejects", source.name));
    }
    text
}

/// A folder that no input is in and nobody else has.
fn folder(sources: &[Source], is_taken: &dyn Fn(&str) -> bool) -> String {
    let is_input = |name: &str| {
        sources
            .iter()
            .any(|s| s.path.split('/').any(|part| part == name))
    };
    let mut names = (1..).map(|number| match number {
        1 => RESULTS.to_owned(),
        number => format!("{RESULTS}_{number}"),
    });
    names
        .find(|name| !is_input(name) && !is_taken(name))
        .unwrap_or_else(|| RESULTS.to_owned())
}
