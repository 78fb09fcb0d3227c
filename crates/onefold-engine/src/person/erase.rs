//! A customer erased: from outputs, states and kept runs, and kept from coming back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use onefold_resolve::RecordName;
use onefold_spec::model::{Pipeline, Source, Step};
use serde::Serialize;

use super::{Person, Record, debts, like, places_elsewhere, values};
use crate::before;
use crate::error::{Error, Kind};
use crate::report::{Report, Status};
use crate::run::{self, Keep, RunOptions};
use crate::steps::decisions;
use crate::suppression::{self, Suppression, identifying};
use crate::trace::{self, Courses, KeptTable, with_kept_tables};

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
    /// Tables and outputs that still have an identifying value of the person in some text, and outputs of earlier runs that are not written
    /// any more.
    pub left: Vec<String>,
    /// Files and lines that still hold records of the person. They are not Onefold's to change.
    pub remains: Vec<String>,
}

/// What erasing a person would do. It holds no personal data.
#[derive(Debug, Serialize)]
pub struct Erasure {
    /// Name of the pipeline.
    pub pipeline: String,
    /// The run whose tables tell of the person.
    pub run_id: String,
    /// Records of the person, in all sources.
    pub records: u64,
    /// E-mail addresses, telephone numbers and UUIDs that are theirs alone.
    pub values: u64,
    /// Such values that others have too, and keep.
    pub shared_values: u64,
    /// Runs whose folders would be removed.
    pub runs_removed: u64,
    /// Files and lines that hold records of the person, and that stay as they are.
    pub remains: Vec<String>,
}

/// What erasing a customer would do; an error says what is missing for it.
pub(crate) fn erasure(
    pipeline: &Pipeline,
    text: &str,
    (table, id): (Option<&str>, &str),
    options: &RunOptions<'_>,
) -> Result<Erasure, Error> {
    reads_files(pipeline)?;
    let look = |courses: &mut Courses<'_>, run_id: &str| {
        Ok((to_be_erased(courses, table, id)?, run_id.to_owned()))
    };
    let ((person, marks, elsewhere), run_id) = with_kept_tables(pipeline, text, options, look)?;
    let name = &pipeline.name.value;
    let runs = before::runs_in(&options.output_dir).into_iter();
    Ok(Erasure {
        pipeline: name.clone(),
        run_id,
        records: person.records.len() as u64,
        values: marks.values.len() as u64,
        shared_values: marks.shared,
        runs_removed: runs.filter(|run| run.pipeline == *name).count() as u64,
        remains: remains(pipeline, &person.records, elsewhere),
    })
}

/// A person, by what they are known again, and where others name them.
fn to_be_erased(
    courses: &mut Courses<'_>,
    table: Option<&str>,
    id: &str,
) -> Result<(Person, Marks, Vec<String>), Error> {
    let person = Person::find(courses, table, id)?;
    let marks = Marks::of(courses, &person)?;
    let elsewhere = places_elsewhere(courses, &person)?;
    Ok((person, marks, elsewhere))
}

/// Fails where the pipeline cannot run again by itself.
fn reads_files(pipeline: &Pipeline) -> Result<(), Error> {
    let Some(source) = pipeline.sources.iter().find(|source| source.reads_stdin()) else {
        return Ok(());
    };
    let message = format!(
        "source `{}` reads standard input, and to erase a person the pipeline runs again",
        source.name.value
    );
    let hint = "save the input in a file and name it in the pipeline";
    Err(Error::new(Kind::Configuration, message).hint(hint))
}

/// Erases a customer of the last run, which is the expected one where one is expected: in another run, the same id may be somebody else's.
pub(crate) fn erase(
    pipeline: &Pipeline,
    text: &str,
    (table, id): (Option<&str>, &str),
    expected: Option<&str>,
    options: &RunOptions<'_>,
) -> Result<Receipt, Error> {
    reads_files(pipeline)?;
    let out = &options.output_dir;
    let name = pipeline.name.value.as_str();
    // An erasure may have been interrupted.
    debts::settle(out, name)?;
    let look = |courses: &mut Courses<'_>, run_id: &str| {
        is_expected(run_id, expected.unwrap_or(run_id))?;
        Ok((to_be_erased(courses, table, id)?, run_id.to_owned()))
    };
    // Before the lock, which needs the folder of an earlier run.
    let ((person, marks, elsewhere), seen) = with_kept_tables(pipeline, text, options, look)?;
    let _locked = suppression::lock(out)?;
    let (_, last) = trace::last_kept(pipeline, out)?;
    is_expected(&last.run_id, &seen)?;
    let mut list = Suppression::load_or_new(out)?;
    for (source, key) in &marks.records {
        list.add_record(name, source, key);
    }
    for value in &marks.values {
        list.add_value(value);
    }
    list.save(out)?;
    debts::owe(out, name, &last.run_id)?;
    let options = &RunOptions {
        input_dir: options.input_dir.clone(),
        output_dir: options.output_dir.clone(),
        state_dir: options.state_dir.clone(),
        new_ids: false,
        keep: Keep::All,
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
    let remains = remains(pipeline, &person.records, elsewhere);
    let look = |courses: &mut Courses<'_>, _: &str| still_there(courses, &person);
    let mut left = with_kept_tables(pipeline, text, options, look)?;
    let before = before::runs_in(out).into_iter();
    let own: Vec<Report> = before.filter(|run| run.pipeline == name).collect();
    left.extend(undeclared(out, &own, &report));
    let runs_removed = debts::settle(out, name)?;
    Ok(Receipt {
        pipeline: name.to_owned(),
        run_id: report.run_id,
        erased: report.started,
        records: person.records.len() as u64,
        values: marks.values.len() as u64,
        shared_values: marks.shared,
        runs_removed: runs_removed as u64,
        left,
        remains,
    })
}

/// Fails where the last run is another one than that in which somebody has seen the person.
fn is_expected(run_id: &str, expected: &str) -> Result<(), Error> {
    if run_id == expected {
        return Ok(());
    }
    let message = format!("run {run_id} was published since {expected}, so nobody was erased");
    Err(Error::new(Kind::Configuration, message)
        .hint("look for the customer again: the id may be somebody else's now"))
}

/// Tables in which a text still has an identifying value of the person, with their outputs.
fn still_there(courses: &mut Courses<'_>, person: &Person) -> Result<Vec<String>, Error> {
    let mut left = Vec::new();
    if person.values.is_empty() {
        return Ok(left);
    }
    for name in courses.names() {
        let mut rows = BTreeSet::new();
        courses.table(&name)?.texts(|_, row, text| {
            let mut values = person.values.iter();
            if values.any(|value| text.contains(value.as_str())) {
                rows.insert(row);
            }
        })?;
        if rows.is_empty() {
            continue;
        }
        let mut place = format!("{name} (rows: {})", rows.len());
        let outputs = courses.outputs(&name);
        if !outputs.is_empty() {
            place += &format!(" in {}", outputs.join(" and "));
        }
        left.push(place);
    }
    Ok(left)
}

/// Outputs of earlier runs that the pipeline does not write any more, and that are still there.
fn undeclared(out: &Path, earlier: &[Report], now: &Report) -> Vec<String> {
    let written = |path: &str| now.outputs.iter().any(|output| output.path == path);
    let paths = earlier.iter().flat_map(|run| &run.outputs);
    let paths = paths.map(|output| output.path.clone());
    let mut paths: Vec<String> = paths
        .filter(|path| !written(path) && out.join(path).exists())
        .collect();
    paths.sort();
    paths.dedup();
    paths
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
        let shared = of_others(courses, person)?;
        let mut marks = Self {
            records: BTreeSet::new(),
            values: person.values.difference(&shared).cloned().collect(),
            shared: shared.len() as u64,
        };
        for record in &person.records {
            marks.add(courses, person, record)?;
        }
        for source in &courses.pipeline.sources {
            marks.add_by_value(courses, source)?;
        }
        Ok(marks)
    }

    /// Adds the keys of all records of a source that have one of the values, so that states forget them too.
    fn add_by_value(&mut self, courses: &Courses<'_>, source: &Source) -> Result<(), Error> {
        let name = &source.name.value;
        let table = courses.table(name)?;
        let key = source.key.as_ref();
        let Some(key) = key.and_then(|key| table.schema.index_of(key).ok()) else {
            return Ok(());
        };
        for column in identifying(source) {
            for value in &self.values {
                let rows = table.take(&like(&table, column, value)?)?;
                for row in 0..rows.num_rows() {
                    if let Some(key) = super::text(&rows, key, row)? {
                        self.records.insert((name.clone(), key));
                    }
                }
            }
        }
        Ok(())
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

/// The values of a person that a record of somebody else has too: another one that customers are found in, or one of any source that has
/// an identifying value which the person does not have.
fn of_others(courses: &Courses<'_>, person: &Person) -> Result<BTreeSet<String>, Error> {
    let mut shared = BTreeSet::new();
    for name in courses.names() {
        let source = courses.source(&name);
        let is_input = person.inputs.contains(&name);
        if source.is_none() && !is_input {
            continue;
        }
        let table = courses.table(&name)?;
        let theirs = person.rows_in(&name);
        let mut others: BTreeMap<&String, BTreeSet<usize>> = BTreeMap::new();
        table.texts(|_, row, text| {
            if let Some(value) = person.values.get(text)
                && !theirs.contains(&row)
            {
                others.entry(value).or_default().insert(row);
            }
        })?;
        for (value, rows) in others {
            let rows: Vec<usize> = rows.into_iter().collect();
            let identifying: Vec<&str> = source.iter().flat_map(identifying).collect();
            if is_input || names_another(&table, &rows, &identifying, person)? {
                shared.insert(value.clone());
            }
        }
    }
    Ok(shared)
}

/// Whether one of some rows has an identifying value that the person does not have.
fn names_another(
    table: &KeptTable,
    rows: &[usize],
    identifying: &[&str],
    person: &Person,
) -> Result<bool, Error> {
    let rows = table.take(rows)?;
    for column in identifying {
        let column = table.schema.index_of(column)?;
        for row in 0..rows.num_rows() {
            let text = super::text(&rows, column, row)?;
            if text.is_some_and(|text| !person.values.contains(&text)) {
                return Ok(true);
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
    for file in decisions {
        let is_theirs = |name: &RecordName| {
            let mut records = records.iter();
            records.any(|record| record.source == name.source && record.key == name.key)
        };
        match decisions::lines_about(&folder.join(&file.value), is_theirs) {
            Ok(lines) => places.extend(lines.iter().map(|line| format!("{}:{line}", file.value))),
            // It may name the person anywhere.
            Err(_) => places.push(file.value.clone()),
        }
    }
    places.sort();
    places.dedup();
    places
}
