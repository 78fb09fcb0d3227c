//! Runs that an erasure has still to remove, should it be interrupted: it publishes outputs without the person first, since an error there
//! must leave everything as it was.

use std::path::Path;

use onefold_write::durable::{self, Access};
use onefold_write::prune_runs;

use crate::before;
use crate::error::{Error, Kind};

/// JSON: for each erasure that is not done, the run that has the person, and its pipeline.
const DEBTS: &str = ".onefold/erasing";

/// Notes that the runs of a pipeline go away once one is published after `seen`.
pub(super) fn owe(out: &Path, pipeline: &str, seen: &str) -> Result<(), Error> {
    let mut debts = read(out)?;
    debts.retain(|(_, name)| name != pipeline);
    debts.push((seen.to_owned(), pipeline.to_owned()));
    save(out, &debts)
}

/// Removes the runs of a pipeline that an erasure has left behind, if one was published since; how many.
pub(crate) fn settle(out: &Path, pipeline: &str) -> Result<usize, Error> {
    let mut debts = read(out)?;
    let Some(at) = debts.iter().position(|(_, name)| name == pipeline) else {
        return Ok(0);
    };
    let published = before::published(out);
    let last = published.iter().find(|run| run.pipeline == pipeline);
    let Some(last) = last.filter(|last| last.run_id > debts[at].0) else {
        return Ok(0);
    };
    let others = before::runs_in(out).into_iter();
    let others = others.filter(|run| run.pipeline != pipeline);
    let others: Vec<String> = others.map(|run| run.run_id).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let removed = prune_runs(out, 1, &last.run_id, &others)?;
    forget_questions(out)?;
    debts.remove(at);
    save(out, &debts)?;
    Ok(removed)
}

fn read(out: &Path) -> Result<Vec<(String, String)>, Error> {
    let path = out.join(DEBTS);
    let unreadable = |error: String| {
        let message = format!("could not read `{}`: {error}", path.display());
        Error::new(Kind::Unreadable, message)
    };
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

fn save(out: &Path, debts: &[(String, String)]) -> Result<(), Error> {
    let path = out.join(DEBTS);
    let saved = match debts {
        [] => std::fs::remove_file(&path),
        debts => {
            let text = serde_json::to_vec(debts).map_err(Error::internal)?;
            durable::replace(&path, &text, Access::Private)
        }
    };
    saved.map_err(|error| {
        let message = format!("could not write `{}`: {error}", path.display());
        Error::new(Kind::Resources, message)
    })
}

/// Filters and queries that were kept for the page may name the person.
fn forget_questions(out: &Path) -> Result<(), Error> {
    let folder = out.join(".onefold/serve");
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let message = format!("could not remove `{}`: {error}", folder.display());
            Err(Error::new(Kind::Resources, message))
        }
        _ => Ok(()),
    }
}
