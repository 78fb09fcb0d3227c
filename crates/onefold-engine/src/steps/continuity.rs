//! What a `resolve:` has from the runs before: the ids of its customers, and what people have decided.

#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use onefold_resolve::state::{Assigned, Event, IdScheme, State, StateError};
use onefold_resolve::{Decision, Resolved, StableIds};
#[cfg(unix)]
use onefold_rows::parallel::map_items;
use onefold_spec::model::{Pipeline, Resolve, Step, TableRef};
use onefold_spec::{Diagnostic, Spanned};

use super::decisions;
use super::step::Running;
use crate::before;
use crate::error::{Error, Kind};
use crate::report::IdReport;

/// The key that asks for records with keys.
pub(super) fn needs_keys(step: &Resolve) -> Option<&'static str> {
    match (&step.state, &step.decisions) {
        (Some(_), _) => Some("state"),
        (None, Some(_)) => Some("decisions"),
        (None, None) => None,
    }
}

/// The key of a table that has the records of one source, as it has them.
pub(super) fn key_of(table: &str, pipeline: &Pipeline, schema: &SchemaRef) -> Option<usize> {
    let key = key_column(table, pipeline)?;
    schema.column_with_name(key).map(|(index, _)| index)
}

/// The column that holds the key of that source.
pub(crate) fn key_column<'p>(table: &str, pipeline: &'p Pipeline) -> Option<&'p str> {
    let mut name = table.to_owned();
    // A table never reads itself, so the way to its source is no longer than there are tables.
    for _ in 0..=pipeline.tables.len() {
        if let Some(source) = pipeline.sources.iter().find(|s| s.name.value == name) {
            return source.key.as_ref().map(|key| key.value.as_str());
        }
        let made = pipeline.tables.iter().find(|t| t.name.value == name)?;
        name = match &made.step {
            Step::From(from) => from.value.clone(),
            Step::Dedupe(dedupe) => dedupe.from.value.clone(),
            _ => return None,
        };
    }
    None
}

/// Says that records of a table cannot be known again.
pub(super) fn without_key(table: &TableRef, why: &str) -> Diagnostic {
    let message = format!(
        "`{why}` needs records with a key, and `{}` has none",
        table.value
    );
    let finding = Diagnostic::error(table.span, message);
    finding.hint("give its source a `key`: a field that identifies each record")
}

/// What a step has from the runs before.
pub(super) struct Continuity {
    /// Path of the state, relative to the output folder.
    state: Option<Spanned<String>>,
    scheme: IdScheme,
    /// File of the decisions.
    decisions: Option<PathBuf>,
}

impl Continuity {
    pub(super) fn new(step: &Resolve, pipeline: &Pipeline) -> Self {
        let folder = pipeline.path.parent().unwrap_or_else(|| Path::new(""));
        let decisions = step.decisions.as_ref();
        let scheme = match step.id.uuid {
            true => IdScheme::Uuids,
            false => IdScheme::Numbers {
                prefix: step.id.prefix.clone(),
                digits: step.id.digits,
            },
        };
        Self {
            state: step.state.clone(),
            scheme,
            decisions: decisions.map(|path| folder.join(&path.value)),
        }
    }

    /// What people have decided.
    pub(super) fn decisions(&self) -> Result<Option<Vec<Decision>>, Error> {
        let path = self.decisions.as_ref();
        path.map(|path| decisions::read(path)).transpose()
    }

    /// The ids that customers have so far.
    pub(super) fn ids(&self, run: &Running<'_, '_>) -> Result<Option<StableIds>, Error> {
        let Some(path) = &self.state else {
            return Ok(None);
        };
        let path = run.state_dir.map(|folder| folder.join(&path.value));
        let mut previous = match &path {
            Some(path) => read(path, run.threads)?,
            None => State::default(),
        };
        let erased = match run.suppression {
            Some(list) => {
                let is_erased =
                    |source: &str, key: &str| list.has_record(run.pipeline, source, key);
                let erased = previous.forget(is_erased);
                erased
                    .map_err(|error| unusable(path.as_deref().unwrap_or(Path::new("")), &error))?
            }
            None => Vec::new(),
        };
        Ok(Some(StableIds {
            erased: erased.into_iter().collect(),
            previous: Arc::new(previous),
            scheme: self.scheme.clone(),
            run: run.run_id.to_owned(),
        }))
    }

    /// Warns of records whose customers the state cannot know again.
    pub(super) fn warn(&self, resolved: &Resolved, run: &mut Running<'_, '_>) {
        let Some(assigned) = resolved.assigned() else {
            return;
        };
        if assigned.without_key > 0 {
            run.ledger.warn(format!(
                "table {}: {} records have no key, so their customers may get new ids in every run",
                run.table, assigned.without_key
            ));
        }
        if assigned.repeated > 0 {
            run.ledger.warn(format!(
                "table {}: {} records have a key that an earlier record of their source has: the first stands for the key",
                run.table, assigned.repeated
            ));
        }
    }

    /// What became of customers and their ids.
    pub(super) fn account(&self, resolved: &Resolved) -> Option<IdReport> {
        let state = self.state.as_ref().map(|path| path.value.as_str());
        Some(account(resolved.assigned()?, state))
    }

    /// The ids that customers have now, with the path where they are published.
    pub(super) fn state(&self, resolved: Resolved) -> Option<(String, State)> {
        let path = self.state.as_ref()?.value.clone();
        Some((path, resolved.into_state()?))
    }
}

/// Fails where a state is missing that a run of before has left: ids would start again, and those given before stand for other people.
pub(crate) fn refuse_lost(pipeline: &Pipeline, state_dir: &Path) -> Result<(), Error> {
    for table in &pipeline.tables {
        if let Step::Resolve(step) = &table.step
            && let Some(path) = &step.state
        {
            is_there(pipeline, &table.name.value, &path.value, state_dir)?;
        }
    }
    Ok(())
}

/// Fails where the state of a table is missing and not the first of its kind.
pub(crate) fn is_there(
    pipeline: &Pipeline,
    table: &str,
    state: &str,
    state_dir: &Path,
) -> Result<(), Error> {
    let path = state_dir.join(state);
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        // What else is in the way, the reader says.
        _ => return Ok(()),
    }
    for run in before::published(state_dir) {
        let is_own = run.pipeline == pipeline.name.value;
        for made in &run.tables {
            let Some(ids) = made.resolve.as_ref().and_then(|made| made.ids.as_ref()) else {
                continue;
            };
            let left = ids.state.as_deref();
            if left != Some(state) && !(is_own && made.name == table) {
                continue;
            }
            let place = match left.filter(|left| *left != state) {
                Some(left) => format!("in `{left}`"),
                None => "in it".to_owned(),
            };
            let message = format!(
                "the state `{}` is missing, and run {} left the ids of `{}` {place}",
                path.display(),
                run.run_id,
                made.name
            );
            return Err(Error::new(Kind::Unreadable, message).hint(
                "put it back from a backup and run again; `onefold run --new-ids` starts ids again, and ids given before may then stand for other people",
            ));
        }
    }
    Ok(())
}

/// Reads a state; one that is not there yet is empty.
pub(crate) fn read(path: &Path, threads: usize) -> Result<State, Error> {
    let bytes = match bytes(path, threads) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => {
            let message = format!("could not read the state `{}`: {error}", path.display());
            return Err(Error::new(Kind::Unreadable, message));
        }
    };
    State::parse(bytes, threads).map_err(|error| unusable(path, &error))
}

/// Bytes that are worth a thread.
const PART: usize = 1 << 20;

/// The bytes of a file. Each thread reads a part.
#[cfg(unix)]
fn bytes(path: &Path, threads: usize) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = vec![0; file.metadata()?.len() as usize];
    let length = bytes.len().div_ceil(threads.max(1)).max(PART);
    let parts = bytes.chunks_mut(length).zip((0..).step_by(length));
    let read = map_items(threads, parts.collect(), |(part, at): (&mut [u8], u64)| {
        file.read_exact_at(part, at)
    });
    read.into_iter().collect::<Result<(), _>>()?;
    Ok(bytes)
}

/// Elsewhere a file has one place where it is read.
#[cfg(not(unix))]
fn bytes(path: &Path, _threads: usize) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}

fn unusable(path: &Path, error: &StateError) -> Error {
    let message = format!("cannot use the state `{}`: {error}", path.display());
    Error::new(Kind::Unreadable, message).hint(error.hint().to_owned())
}

/// What became of customers and their ids, which are left in a state.
fn account(assigned: &Assigned, state: Option<&str>) -> IdReport {
    let mut report = IdReport {
        state: state.map(str::to_owned),
        ..IdReport::default()
    };
    for (event, count) in assigned.counts() {
        *match event {
            Event::Created => &mut report.created,
            Event::Changed => &mut report.changed,
            Event::Returned => &mut report.returned,
            Event::Merged => &mut report.merged,
            Event::Split => &mut report.split,
            Event::Gone => &mut report.gone,
        } = count;
    }
    report
}
