//! Drafts a pipeline file from a pile of files.
//!
//! *In* go samples of files ([`sample()`], [`group()`]): columns of texts, read by the product's own readers. *Out* comes a [`Draft`]: the
//! text of a pipeline file that can be run as it is, with a comment on every guess, and what was found in a few lines.
//!
//! The one idea: a guess tries. A type is proposed where its own rule reads practically all values (`guess`), two sources are joined
//! where the values of their keys meet (`relate`). Names of columns, in several languages, are hints that values must bear out (`words`).
//! Where the data do not tell, a field stays text and the comment says what to declare: a draft loses no record and turns no value into
//! another.
//!
//! # Floors
//!
//! - 9: `identity` writes a pipeline that finds who is who
//! - 8: `yaml` writes
//! - 7: `relate` joins sources and cuts sessions
//! - 6: `figures` sums up what customers did
//! - 5: `found` says what was found; `people` tells who is who; `meeting` finds keys that meet
//! - 4: `source` has fields with types; `group` tells which files are one source
//! - 3: `guess`, one type after another; `sample` reads files
//! - 2: `nested` looks into JSON; `footer` finds lines at the end that are no records
//! - 1: `choice` is what a person says instead; `words` are what names of columns hint at
//! - 0: `error`, `broken`, `column`, `hints`, `table`, `written`

mod broken;
mod choice;
mod column;
mod error;
mod figures;
mod footer;
mod found;
mod group;
mod guess;
mod hints;
mod identity;
mod meeting;
mod nested;
mod people;
mod relate;
mod sample;
mod source;
mod table;
mod words;
mod written;
mod yaml;

use std::collections::HashSet;

pub use broken::Broken;
pub use choice::{Choices, ColumnChoice, RoleChoice, TypeChoice};
pub use column::Column;
pub use error::Error;
pub use footer::Footer;
pub use found::{FoundField, FoundSource};
pub use group::group;
pub use identity::{Asked, Identity, identity};
pub use sample::{Format, Limits, Sampled, files_of, sample, sample_stdin};

use source::Source;
use table::Table;
use written::counted;

/// A drafted pipeline.
#[derive(Debug, Clone)]
pub struct Draft {
    sources: Vec<Source>,
    tables: Vec<Table>,
}

/// Drafts a pipeline from what was seen of its files.
pub fn draft(samples: &[Sampled]) -> Draft {
    draft_as_chosen(samples, &[])
}

/// Drafts a pipeline from what was seen of its files and from what a person has chosen for each of them, in the same order.
pub fn draft_as_chosen(samples: &[Sampled], choices: &[Choices]) -> Draft {
    let mut taken = HashSet::new();
    let mut sources: Vec<Source> = Vec::new();
    let none = Choices::default();
    for (number, sampled) in samples.iter().enumerate() {
        let choices = choices.get(number).unwrap_or(&none);
        let name = choices.name.as_deref().map(name_of_source);
        let name = name.unwrap_or_else(|| source_name(&sampled.path));
        let name = source::free(&taken, &name);
        taken.insert(name.clone());
        sources.push(Source::of(sampled, name, choices));
    }
    let tables = relate::tables(&mut sources);
    Draft { sources, tables }
}

/// The pipeline that reads what was sampled as it is written: every column under its own name, with a type where all its values have one.
/// The source has the name that is given.
pub fn as_written(sampled: &Sampled, name: &str) -> String {
    yaml::as_written(&Source::of(sampled, name.to_owned(), &Choices::default()))
}

/// The name of a source, from that of its file: without extensions, dates and numbers; from that of its folder where nothing is left.
fn source_name(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let has_letter = |text: &&str| text.contains(|c: char| c.is_alphabetic());
    let said = [Some(stem), parts.next()]
        .into_iter()
        .flatten()
        .find(has_letter);
    name_of_source(&said.unwrap_or("records").replace('*', ""))
}

/// A text as the name of a source.
fn name_of_source(text: &str) -> String {
    let name = source::plain_name(&text.to_lowercase());
    let trimmed = name.trim_matches('_');
    match trimmed.is_empty() {
        true => "records".to_owned(),
        false => trimmed.to_owned(),
    }
}

impl Draft {
    /// The text of the pipeline file.
    pub fn yaml(&self) -> String {
        self.yaml_beside(&|_| false)
    }

    /// The text of the pipeline file; its outputs go into a folder whose name is not taken.
    pub fn yaml_beside(&self, is_taken: &dyn Fn(&str) -> bool) -> String {
        yaml::pipeline(&self.sources, &self.tables, is_taken)
    }

    /// What was found in each source, in the order of the samples.
    pub fn sources(&self) -> Vec<FoundSource> {
        self.sources.iter().map(FoundSource::of).collect()
    }

    /// What was found, a line each: the sources, then what is made of them.
    pub fn found(&self) -> Vec<String> {
        let rows: usize = self.sources.iter().map(|source| source.rows).sum();
        let names: Vec<&str> = self
            .sources
            .iter()
            .map(|source| source.name.as_str())
            .collect();
        let mut lines = vec![format!(
            "{} with {}: {}",
            counted(names.len(), "source"),
            counted(rows, "record"),
            names.join(", ")
        )];
        let said: Vec<&str> = self
            .tables
            .iter()
            .filter_map(|table| table.said.as_deref())
            .collect();
        if !said.is_empty() {
            lines.push(said.join("; "));
        }
        lines
    }
}
