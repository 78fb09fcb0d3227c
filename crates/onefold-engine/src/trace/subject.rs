//! Finds what is to be followed: records by line or key, and customers by id.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt64Type};
use onefold_spec::model::{Source, Step};

use super::course::Courses;
use super::told::{Course, Stage};
use crate::error::{Error, Kind};
use crate::places::record_name;
use crate::steps::follow::Row;

/// Most records of one name that are followed.
const FOLLOWED: usize = 20;

/// The ways of what `what` names.
pub(super) fn courses(courses: &mut Courses<'_>, what: &str) -> Result<Vec<Course>, Error> {
    if let Some((file, line)) = what.rsplit_once(':')
        && let Ok(line) = line.parse::<u64>()
        && let Some((source, file)) = source_of(courses, file)?
    {
        return by_line(courses, &source, &file, line);
    }
    if let Some((name, key)) = what.split_once(':') {
        let mut sources = courses.pipeline.sources.iter();
        let source = sources.find(|source| source.name.value == name || source.label == name);
        if let Some(source) = source.cloned() {
            return by_key(courses, &source, key);
        }
    }
    if let Some(course) = customer(courses, what)? {
        return Ok(vec![course]);
    }
    let message =
        format!("`{what}` is no file and line, no source and key, and no customer of the run");
    let hint = "write FILE:LINE, SOURCE:KEY, or the id of a customer; `onefold resolve-id` tells what became of an id";
    Err(Error::new(Kind::Configuration, message).hint(hint))
}

/// The source that a file is of, and the file as its reports call it.
fn source_of(courses: &Courses<'_>, file: &str) -> Result<Option<(Source, String)>, Error> {
    let is_it = |name: &str| {
        name == file
            || name
                .strip_suffix(file)
                .is_some_and(|dir| dir.ends_with('/'))
    };
    let mut found: Vec<(&str, &str)> = Vec::new();
    for source in &courses.report.sources {
        let files = source.files.iter().map(|file| file.name.as_str());
        found.extend(
            files
                .filter(|name| is_it(name))
                .map(|name| (source.name.as_str(), name)),
        );
    }
    if let Some(exact) = found.iter().find(|(_, name)| *name == file).copied() {
        found.retain(|(_, name)| *name == exact.1);
    }
    let Some((name, file)) = found.first().copied() else {
        return Ok(None);
    };
    if let Some((_, other)) = found.iter().find(|(_, other)| *other != file) {
        let message = format!("both `{file}` and `{other}` are called so");
        return Err(Error::new(Kind::Configuration, message).hint("write more of the path"));
    }
    let mut sources = courses.pipeline.sources.iter();
    let source = sources.find(|source| source.name.value == name);
    Ok(source.cloned().map(|source| (source, file.to_owned())))
}

fn by_line(
    courses: &mut Courses<'_>,
    source: &Source,
    file: &str,
    line: u64,
) -> Result<Vec<Course>, Error> {
    let Some(locator) = courses.locator(source) else {
        let message = format!(
            "the files of `{}` are not what they were in the run",
            source.name.value
        );
        let hint = "name the record by its key instead, or run the pipeline again";
        return Err(Error::new(Kind::Data, message).hint(hint));
    };
    let name = &source.name.value;
    let range = locator.on_line(file, line).map_err(Error::from)?;
    let numbers = match &range {
        Some(range) => courses.table(name)?.at(range)?,
        None => Vec::new(),
    };
    let rejected = rejected(courses, source, |rejects| {
        let lines: ArrayRef = Arc::new(UInt64Array::from(vec![line]));
        let files: ArrayRef = Arc::new(StringViewArray::from(vec![file]));
        let columns = [
            rejects.index_of("file").ok()?,
            rejects.index_of("line").ok()?,
        ];
        Some((columns.to_vec(), vec![files, lines]))
    })?;
    if numbers.is_empty() && rejected.is_empty() {
        let message = match range {
            None => format!("`{file}` has no line {line}"),
            Some(_) => format!("no record begins on line {line} of `{file}`"),
        };
        let hint = "a record is named by the line on which it begins; a header or an empty line holds none";
        return Err(Error::new(Kind::Configuration, message).hint(hint));
    }
    records(courses, source, numbers, rejected)
}

fn by_key(courses: &mut Courses<'_>, source: &Source, key: &str) -> Result<Vec<Course>, Error> {
    let name = &source.name.value;
    let Some(column) = &source.key else {
        let message = format!("source `{name}` declares no `key`");
        let error = Error::new(Kind::Configuration, message);
        return Err(error.hint("write FILE:LINE, or declare which column is its `key`"));
    };
    let table = courses.table(name)?;
    let mut numbers = Vec::new();
    if let Ok(column) = table.schema.index_of(column) {
        let wanted: ArrayRef = Arc::new(StringViewArray::from(vec![key]));
        let wanted = cast(&wanted, table.schema.field(column).data_type())?;
        if wanted.is_valid(0) {
            numbers = table.matching(&[column], &[wanted])?;
        }
    }
    let rejected = rejected(courses, source, |rejects| {
        let wanted: ArrayRef = Arc::new(StringViewArray::from(vec![key]));
        Some((vec![rejects.index_of(column).ok()?], vec![wanted]))
    })?;
    if numbers.is_empty() && rejected.is_empty() {
        let message = format!("`{name}` has no record with the key `{key}`");
        let hint =
            "the key is the value as the pipeline standardises it, or as a rejected record has it";
        return Err(Error::new(Kind::Configuration, message).hint(hint));
    }
    records(courses, source, numbers, rejected)
}

/// Columns and the values that they must have.
type Wanted = (Vec<usize>, Vec<ArrayRef>);

/// The rejects of a source that have certain values.
fn rejected(
    courses: &Courses<'_>,
    source: &Source,
    wanted: impl Fn(&arrow::datatypes::Schema) -> Option<Wanted>,
) -> Result<Vec<usize>, Error> {
    let table = courses.table(&format!("{}.rejects", source.name.value))?;
    match wanted(&table.schema) {
        Some((columns, values)) => table.matching(&columns, &values),
        None => Ok(Vec::new()),
    }
}

/// Follows records of a source: rows that were accepted, and rejects.
fn records(
    courses: &mut Courses<'_>,
    source: &Source,
    accepted: Vec<usize>,
    rejected: Vec<usize>,
) -> Result<Vec<Course>, Error> {
    let name = source.name.value.clone();
    let locator = courses.locator(source);
    let mut all = Vec::new();
    for number in accepted.into_iter().take(FOLLOWED) {
        let address = courses.table(&name)?.address(number)?;
        let place = match (address, &locator) {
            (Some(address), Some(locator)) => locator.locate(address).ok(),
            _ => None,
        };
        let row = courses.row(&name, number)?;
        let mut course = Course {
            table: name.clone(),
            file: place.as_ref().map(|place| place.file.clone()),
            line: place.as_ref().map(|place| place.line),
            stages: vec![Stage {
                table: name.clone(),
                deed: "accepted".to_owned(),
                text: String::new(),
                rows: vec![number as u64 + 1],
                is_cut: false,
                outputs: courses.outputs(&name),
            }],
        };
        if let (Some(file), Some(line)) = (&course.file, course.line) {
            let stages = nulled(courses, &name, file, line)?;
            course.stages.extend(stages);
        }
        courses.follow(&mut course, vec![(name.clone(), row)])?;
        all.push(course);
    }
    for number in rejected.into_iter().take(FOLLOWED) {
        let side = format!("{name}.rejects");
        let row = courses.row(&side, number)?;
        let told = |column: &str| text(&row, column);
        let line = row.values.column_by_name("line");
        let line = line.and_then(|line| line.as_primitive_opt::<UInt64Type>());
        let mut course = Course {
            table: name.clone(),
            file: told("file")?,
            line: line.and_then(|line| line.iter().next().flatten()),
            stages: vec![Stage {
                table: side.clone(),
                deed: "rejected".to_owned(),
                text: told("reason")?.unwrap_or_default(),
                rows: vec![number as u64 + 1],
                is_cut: false,
                outputs: courses.outputs(&side),
            }],
        };
        courses.follow(&mut course, vec![(side, row)])?;
        all.push(course);
    }
    Ok(all)
}

/// What was made missing of a record that was accepted.
fn nulled(courses: &Courses<'_>, source: &str, file: &str, line: u64) -> Result<Vec<Stage>, Error> {
    let side = format!("{source}.nulled");
    if !courses.has(&side) {
        return Ok(Vec::new());
    }
    let table = courses.table(&side)?;
    let (Ok(files), Ok(lines)) = (table.schema.index_of("file"), table.schema.index_of("line"))
    else {
        return Ok(Vec::new());
    };
    let wanted: [ArrayRef; 2] = [
        Arc::new(StringViewArray::from(vec![file])),
        Arc::new(UInt64Array::from(vec![line])),
    ];
    let found = table.matching(&[files, lines], &wanted)?;
    found
        .into_iter()
        .map(|number| {
            let row = courses.row(&side, number)?;
            let told = |column: &str| Ok::<_, Error>(text(&row, column)?.unwrap_or_default());
            Ok(Stage {
                table: side.clone(),
                deed: "nulled".to_owned(),
                text: format!("`{}` made missing: {}", told("field")?, told("reason")?),
                rows: vec![number as u64 + 1],
                is_cut: false,
                outputs: courses.outputs(&side),
            })
        })
        .collect()
}

/// Follows a customer of one of the `resolve` tables.
fn customer(courses: &mut Courses<'_>, id: &str) -> Result<Option<Course>, Error> {
    let tables = courses.pipeline.tables.iter();
    let resolved = tables.filter_map(|table| match &table.step {
        Step::Resolve(step) => Some((table.name.value.clone(), step.id.name.clone())),
        _ => None,
    });
    for (name, column) in resolved.collect::<Vec<_>>() {
        let members = courses.table(&format!("{name}.members"))?;
        let wanted: ArrayRef = Arc::new(StringViewArray::from(vec![id]));
        let found =
            members.matching(&[members.schema.index_of(&column)?], &[Arc::clone(&wanted)])?;
        if found.is_empty() {
            continue;
        }
        let rows = members.take(&found)?;
        let records: Vec<String> = (0..rows.num_rows())
            .map(|row| member(&rows, row))
            .collect::<Result<_, _>>()?;
        let table = courses.table(&name)?;
        let numbers = match table.schema.index_of(&column) {
            Ok(column) => table.matching(&[column], &[wanted])?,
            Err(_) => Vec::new(),
        };
        let mut course = Course {
            table: name.clone(),
            file: None,
            line: None,
            stages: vec![Stage {
                table: name.clone(),
                deed: "customer".to_owned(),
                text: match records.as_slice() {
                    [one] => format!("the record {one}"),
                    several => format!("the records {}", several.join(", ")),
                },
                rows: numbers.iter().map(|row| *row as u64 + 1).collect(),
                is_cut: false,
                outputs: match numbers.is_empty() {
                    true => Vec::new(),
                    false => courses.outputs(&name),
                },
            }],
        };
        let start = numbers
            .into_iter()
            .map(|number| Ok((name.clone(), courses.row(&name, number)?)));
        let start = start.collect::<Result<Vec<_>, Error>>()?;
        courses.follow(&mut course, start)?;
        return Ok(Some(course));
    }
    Ok(None)
}

/// A member as people name it: `crm:C17`, and whether its values come first.
fn member(rows: &RecordBatch, row: usize) -> Result<String, Error> {
    let cell = |column: usize| -> Result<String, Error> {
        let column = cast(rows.column(column), &DataType::Utf8View)?;
        let column = column.as_string_view();
        Ok(match column.is_valid(row) {
            true => column.value(row).to_owned(),
            false => String::new(),
        })
    };
    let is_kept = rows.column(4).as_boolean().value(row);
    let kept = if is_kept { " (kept)" } else { "" };
    Ok(record_name(&cell(1)?, &cell(2)?) + kept)
}

/// A cell as text.
fn text(row: &Row, column: &str) -> Result<Option<String>, Error> {
    let Some(column) = row.values.column_by_name(column) else {
        return Ok(None);
    };
    let column = cast(column, &DataType::Utf8View)?;
    let column = column.as_string_view();
    Ok(column.iter().next().flatten().map(str::to_owned))
}
