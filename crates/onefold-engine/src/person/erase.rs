//! A customer erased: from outputs, states and kept runs, and kept from coming back.

use std::collections::BTreeSet;
use std::path::Path;

use onefold_spec::model::{Pipeline, Step};
use onefold_write::prune_runs;
use serde::Serialize;

use super::{Person, Record, like, lines_with, places_elsewhere, values};
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
    let look = |courses: &mut Courses<'_>, _: Option<&str>, _| {
        let person = Person::find(courses, table, id)?;
        let marks = Marks::of(courses, &person)?;
        let elsewhere = places_elsewhere(courses, &person)?;
        Ok((person.records, marks, elsewhere))
    };
    let (records, marks, elsewhere) = with_tables(pipeline, text, None, options, look)?;
    for (source, key) in &marks.records {
        list.add_record(source, key);
    }
    for value in &marks.values {
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
        values: marks.values.len() as u64,
        shared_values: marks.shared,
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

/// By what the records of a person are known again, and nobody else's are.
struct Marks {
    /// Sources and keys.
    records: BTreeSet<(String, String)>,
    /// E-mail addresses, telephone numbers and UUIDs.
    values: BTreeSet<String>,
    /// Such values that others have too.
    shared: u64,
}

impl Marks {
    /// Fails where a record could not be known again: it would come back with the next run.
    fn of(courses: &Courses<'_>, person: &Person) -> Result<Self, Error> {
        let mut marks = Self {
            records: BTreeSet::new(),
            values: BTreeSet::new(),
            shared: 0,
        };
        for value in &person.values {
            match is_of_others(courses, person, value)? {
                true => marks.shared += 1,
                false => _ = marks.values.insert(value.clone()),
            }
        }
        for record in &person.records {
            marks.add(courses, person, record)?;
        }
        Ok(marks)
    }

    fn add(
        &mut self,
        courses: &Courses<'_>,
        person: &Person,
        record: &Record,
    ) -> Result<(), Error> {
        let name = &record.source;
        let Some(source) = courses.source(name) else {
            let message =
                format!("`{name}` is made by a step, so the records behind its rows are not known");
            let error = Error::new(Kind::Configuration, message);
            return Err(error.hint("people can be erased where the `resolve` reads sources"));
        };
        let table = courses.table(name)?;
        let column = source.key.as_ref();
        let column = column.and_then(|key| table.schema.index_of(key).ok());
        let mut is_known = !values(courses, record)?.is_disjoint(&self.values);
        if let Some(column) = column
            && let Some(key) = super::text(&table.take(&[record.row])?, column, 0)?
        {
            let rows = like(&table, table.schema.field(column).name(), &key)?;
            let theirs = person.rows_in(name);
            if rows.iter().all(|row| theirs.contains(row)) {
                // As a source has it, and as a state has it.
                self.records.insert((name.clone(), key));
                self.records.insert((name.clone(), record.key.clone()));
                is_known = true;
            }
        }
        match is_known {
            true => Ok(()),
            false => {
                let message = format!(
                    "a record of `{name}` has neither a key nor an e-mail address, telephone number or UUID that is its person's alone: it would come back"
                );
                let error = Error::new(Kind::Configuration, message);
                Err(error.hint("give the source a `key` whose values differ"))
            }
        }
    }
}

/// Whether a record of somebody else has a value, among the records that customers are found in.
fn is_of_others(courses: &Courses<'_>, person: &Person, value: &str) -> Result<bool, Error> {
    for input in &person.inputs {
        let table = courses.table(input)?;
        let theirs = person.rows_in(input);
        for field in table.schema.fields() {
            if field.data_type().is_string() {
                let rows = like(&table, field.name(), value)?;
                if rows.iter().any(|row| !theirs.contains(row)) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
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
