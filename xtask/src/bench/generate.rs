//! The inputs of the five jobs, as dirty as exports are, and the figures that a right result of each must have.
//!
//! The same size gives the same bytes on every machine. `facts.json` is written last: where it is, the inputs are whole.

mod c360;
mod clickstream;
mod facts;
mod files;
mod master;
mod people;
mod random;
mod sessions;
mod stream;

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde_json::{Map, Value};

pub(super) use facts::Facts;
pub(crate) use random::Random;

/// To be raised where other bytes are made, so that older inputs are made again.
const VERSION: u64 = 1;

/// Writes the inputs of a job for so many people, and returns the figures.
fn inputs(job: &str, people: u64, folder: &Path) -> anyhow::Result<Facts> {
    match job {
        "clickstream" => clickstream::clickstream(people, folder),
        "stream" => stream::stream(people, folder),
        "sessions" => sessions::sessions(people, folder),
        "master" => master::master(people, folder),
        "c360" => c360::c360(people, folder),
        _ => Err(anyhow!("no inputs for `{job}`")),
    }
}

/// The figures of inputs that are there, in `folder/JOB`; none where they are missing, older, or of another size.
pub(super) fn facts(job: &str, people: u64, folder: &Path) -> Option<Map<String, Value>> {
    let text = std::fs::read_to_string(folder.join(job).join("facts.json")).ok()?;
    let facts: Map<String, Value> = serde_json::from_str(&text).ok()?;
    (facts.get("version") == Some(&VERSION.into()) && facts.get("people") == Some(&people.into()))
        .then_some(facts)
}

/// Makes the inputs of jobs in `folder/JOB`, all jobs at once.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn generate(jobs: &[&str], people: u64, folder: &Path) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs
            .iter()
            .map(|job| scope.spawn(move || generate_one(job, people, &folder.join(job))))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let done = thread.join();
            done.map_err(|_| anyhow!("the generator panicked"))?
        })
    })
}

fn generate_one(job: &str, people: u64, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join("facts.json");
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not create {}", folder.display()))?;
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    let mut facts = vec![("version", VERSION), ("people", people)];
    facts.extend(inputs(job, people, folder)?);
    let facts: Map<String, Value> = facts
        .into_iter()
        .map(|(name, figure)| (name.to_owned(), figure.into()))
        .collect();
    let text = serde_json::to_string_pretty(&facts)? + "\n";
    std::fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests;
