//! Finds the columns of a source without declared fields, by looking at all of its inputs. JSON is read to its end.

use std::sync::Arc;

use onefold_spec::model::{InputFormat, Source};

use crate::between::Between;
use crate::chunk::Chunks;
use crate::error::{Error, Kind};
use crate::form::{Decoded, HEAD, decoded, dialect, json_start};
use crate::found::{FoundColumn, FoundKind, MAX_FOUND, Natural};
use crate::input::{self, Input, Opened, is_blank};
use crate::json::{self, JsonSplitter, Paths};
use crate::label::Label;
use crate::parquet;
use crate::plan::Plan;
use crate::raw::Splitter;

/// The plan of a source without declared fields: the columns that its files have.
pub(super) fn found_plan(source: &Source, inputs: &[Input]) -> Result<Plan, Error> {
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<FoundColumn> = Vec::new();
    let mut any_json = false;
    let mut stored: Vec<(String, Natural)> = Vec::new();
    let mut stored_files = 0;
    for input in inputs {
        let label = input.label();
        let opened = input::open(input)?;
        let found = match input::format(&opened, source, label)? {
            InputFormat::Parquet => {
                let opened = parquet::open(input)?;
                opened.refuse_repeated_names()?;
                stored_files += 1;
                for (name, natural) in opened.columns() {
                    match stored.iter_mut().find(|(known, _)| known == name) {
                        Some((_, known)) => *known = known.or(natural),
                        None => stored.push((name.to_owned(), natural)),
                    }
                }
                opened.columns().map(|(name, _)| name.to_owned()).collect()
            }
            format @ (InputFormat::Csv | InputFormat::Xlsx | InputFormat::Ods) => {
                let decoded = decoded(opened, source, format, label)?;
                let is_empty = decoded.head.len() < HEAD && is_blank(&decoded.head);
                let dialect = match is_empty {
                    true => None,
                    false => dialect(&decoded, source, label, &[])?,
                };
                dialect.map_or_else(Vec::new, |d| d.layout.used_names().cloned().collect())
            }
            InputFormat::Json => {
                any_json = true;
                discover_json(opened, source, label, &mut columns)?;
                continue;
            }
        };
        refuse_too_many(names.len().max(found.len()), label)?;
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if stored_files > 0 && stored_files == inputs.len() {
        return Ok(Plan::of_natural(&stored));
    }
    if !any_json {
        return Ok(Plan::of_columns(&names));
    }
    for name in names {
        match columns.iter_mut().find(|c| c.name == name) {
            Some(column) => column.kind = FoundKind::Text,
            None => columns.push(FoundColumn {
                name,
                kind: FoundKind::Text,
            }),
        }
    }
    Ok(Plan::of_found(&columns))
}

fn refuse_too_many(columns: usize, label: &Label) -> Result<(), Error> {
    if columns <= MAX_FOUND {
        return Ok(());
    }
    let message = format!("`{}` has more than {MAX_FOUND} columns", label.name);
    let error = Error::new(Kind::Declaration, message);
    Err(error.hint("declare the `fields` that are needed"))
}

fn discover_json(
    opened: Opened,
    source: &Source,
    label: &Label,
    found: &mut Vec<FoundColumn>,
) -> Result<(), Error> {
    let Decoded {
        mut reader,
        mut head,
        ..
    } = decoded(opened, source, InputFormat::Json, label)?;
    if head.len() < HEAD && is_blank(&head) {
        return Ok(());
    }
    let (start, layout) = json_start(&mut reader, &mut head, source, label)?;
    let paths = Paths::new(&[]).with_records();
    let splitter: Arc<dyn Splitter> = Arc::new(JsonSplitter::new(paths, layout, &source.records));
    let mut chunks = Chunks::new(
        reader,
        label.clone(),
        Arc::clone(&splitter),
        head[start..].to_vec(),
        0,
    );
    let mut rest: Vec<u8> = Vec::new();
    let mut between = Between::Ready;
    while let Some(chunk) = chunks.next()? {
        rest.extend_from_slice(&chunk.text);
        let split = splitter.split(&rest, between, chunk.last);
        for (start, end) in &split.records.spans {
            json::discover(&rest[*start as usize..*end as usize], found);
            refuse_too_many(found.len(), label)?;
        }
        between = split.between;
        rest.drain(..split.rest);
    }
    Ok(())
}
