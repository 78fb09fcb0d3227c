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
//! - 5: `people` tells who is who; `meeting` finds keys that meet
//! - 4: `source` has fields with types; `group` tells which files are one source
//! - 3: `guess`, one type after another; `sample` reads files
//! - 2: `nested` looks into JSON; `footer` finds lines at the end that are no records
//! - 1: `words` are what names of columns hint at
//! - 0: `error`, `column`, `hints`, `table`, `written`

mod column;
mod error;
mod figures;
mod footer;
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

pub use column::Column;
pub use error::Error;
pub use footer::Footer;
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
    let mut taken = HashSet::new();
    let mut sources: Vec<Source> = Vec::new();
    for sampled in samples {
        let name = source::free(&taken, &source_name(&sampled.path));
        taken.insert(name.clone());
        sources.push(Source::of(sampled, name));
    }
    let tables = relate::tables(&mut sources);
    Draft { sources, tables }
}

/// The pipeline that reads what was sampled as it is written: every column under its own name, with a type where all its values have one.
/// The source has the name that is given.
pub fn as_written(sampled: &Sampled, name: &str) -> String {
    yaml::as_written(&Source::of(sampled, name.to_owned()))
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
    let name = source::plain_name(&said.unwrap_or("records").replace('*', "").to_lowercase());
    let trimmed = name.trim_matches('_');
    match trimmed.is_empty() {
        true => "records".to_owned(),
        false => trimmed.to_owned(),
    }
}

impl Draft {
    /// The text of the pipeline file.
    pub fn yaml(&self) -> String {
        yaml::pipeline(&self.sources, &self.tables)
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
