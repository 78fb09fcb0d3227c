//! A customer erased: from outputs, states and kept runs, and kept from coming back.

use std::collections::BTreeSet;
use std::path::Path;

use onefold_spec::model::{Pipeline, Step};
use onefold_write::prune_runs;
use serde::Serialize;

use super::{Person, Record, like, lines_with, places_elsewhere};
use crate::before;
use crate::error::{Error, Kind};
use crate::report::Status;
use crate::run::{self, Keep, RunOptions};
use crate::suppression::Suppression;
use crate::trace::{Courses, has_all, with_tables};

/// What was done to erase a person. It holds no personal data.
#[derive(Debug, Serialize)]
pub struct Receipt {
    /// Name of the pipeline.
    pub pipeline: String,
    /// The run that published the outputs without the person.
    pub run_id: String,
    /// When, RFC 3339, UTC.
    pub erased: String,
    /// Records of the person, in all sources.
    pub records: u64,
    /// E-mail addresses, telephone numbers and UUIDs that were theirs alone.
    pub values: u64,
    /// Such values that others have too. They stay with the others, and keep nobody out.
    pub shared_values: u64,
    /// Runs whose folders were removed.
    pub runs_removed: u64,
    /// Files and lines that still hold records of the person. They are not Onefold's to change.
    pub remains: Vec<String>,
}

/// Erases a customer.
pub(crate) fn erase(
    pipeline: &Pipeline,
    text: &str,
    (table, id): (Option<&str>, &str),
    options: &RunOptions<'_>,
) -> Result<Receipt, Error> {
    if let Some(source) = pipeline.sources.iter().find(|source| source.reads_stdin()) {
        let message = format!(
            "source `{}` reads standard input, and to erase a person the pipeline runs again",
            source.name.value
        );
        let hint = "save the input in a file and name it in the pipeline";
        return Err(Error::new(Kind::Configuration, message).hint(hint));
    }
    let out = &options.output_dir;
    let mut list = Suppression::load_or_new(out)?;
    let (records, values, shared, elsewhere) =
        with_tables(pipeline, text, None, options, |courses, _, _| {
            let person = Person::find(courses, table, id)?;
            let (own, shared) = own_values(courses, &person)?;
            let elsewhere = places_elsewhere(courses, &person)?;
            Ok((person.records, own, shared, elsewhere))
        })?;
    for record in &records {
        list.add_record(&record.source, &record.key);
    }
    for value in &values {
        list.add_value(value);
    }
    list.save(out)?;
    let options = &RunOptions {
        input_dir: options.input_dir.clone(),
        output_dir: options.output_dir.clone(),
        state_dir: options.state_dir.clone(),
        keep: kept(pipeline, out),
        memory: None,
        ..*options
    };
    let report = run::run(pipeline, Some(text), options)?;
    if report.status != Status::Published {
        let why = report.refused.unwrap_or_default();
        let message = format!("the run without the person was refused: {why}");
        let error = Error::new(Kind::Data, message);
        return Err(error.hint(
            "the person is on the list of erased people; erase again when the pipeline runs",
        ));
    }
    let others = before::published(out).into_iter();
    let others = others.filter(|other| other.pipeline != pipeline.name.value);
    let others: Vec<String> = others.map(|other| other.run_id).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let runs_removed = prune_runs(out, 1, &report.run_id, &others)?;
    Ok(Receipt {
        pipeline: pipeline.name.value.clone(),
        run_id: report.run_id,
        erased: report.started,
        records: records.len() as u64,
        values: values.len() as u64,
        shared_values: shared,
        runs_removed: runs_removed as u64,
        remains: remains(pipeline, &records, elsewhere),
    })
}

/// What the last run kept, the next one keeps.
fn kept(pipeline: &Pipeline, out: &Path) -> Keep {
    let mut published = before::published(out).into_iter();
    let last = published.find(|run| run.pipeline == pipeline.name.value);
    match last {
        Some(last) if has_all(pipeline, &last) => Keep::All,
        Some(last) if !last.kept.is_empty() => Keep::Outputs,
        _ => Keep::None,
    }
}

/// The identifying values that no record of others has, and how many others have.
fn own_values(
    courses: &mut Courses<'_>,
    person: &Person,
) -> Result<(BTreeSet<String>, u64), Error> {
    let (mut own, mut shared) = (BTreeSet::new(), 0);
    let sources: Vec<String> = match courses
        .pipeline
        .tables
        .iter()
        .find(|t| t.name.value == person.table)
    {
        Some(table) => match &table.step {
            Step::Resolve(step) => step.from.iter().map(|from| from.value.clone()).collect(),
            _ => Vec::new(),
        },
        None => Vec::new(),
    };
    for value in &person.values {
        let mut is_shared = false;
        for source in &sources {
            if !courses.has(source) {
                continue;
            }
            let table = courses.table(source)?;
            let theirs: Vec<usize> = person
                .records
                .iter()
                .filter(|record| record.source == *source)
                .filter_map(|record| record.row)
                .collect();
            for field in table.schema.fields() {
                if field.data_type().is_string() {
                    let rows = like(&table, field.name(), value)?;
                    is_shared |= rows.iter().any(|row| !theirs.contains(row));
                }
            }
        }
        match is_shared {
            true => shared += 1,
            false => _ = own.insert(value.clone()),
        }
    }
    Ok((own, shared))
}

/// Where the person still is.
fn remains(pipeline: &Pipeline, records: &[Record], elsewhere: Vec<String>) -> Vec<String> {
    let places = records
        .iter()
        .filter_map(|record| Some(format!("{}:{}", record.file.as_ref()?, record.line?)));
    let mut places: Vec<String> = places.chain(elsewhere).collect();
    let folder = run::folder(&pipeline.path);
    let decisions = pipeline
        .tables
        .iter()
        .filter_map(|table| match &table.step {
            Step::Resolve(step) => step.decisions.as_ref(),
            _ => None,
        });
    for decisions in decisions {
        let lines = lines_with(&folder.join(&decisions.value), records);
        places.extend(
            lines
                .into_iter()
                .map(|line| format!("{}:{line}", decisions.value)),
        );
    }
    places.sort();
    places.dedup();
    places
}
