//! Files that were given together, what was found in them, and what somebody has chosen instead.

use onefold_draft::{Choices, ColumnChoice, RoleChoice, Sampled, TypeChoice};
use serde::{Deserialize, Serialize};

use super::name::shown;
use super::seen::Seen;
use crate::text::counted;

/// Most files of a set.
pub(crate) const MOST_FILES: usize = 100;

/// Files that become one pipeline.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    pub(crate) id: String,
    pub(crate) files: Vec<Stored>,
    /// What was not taken, and why.
    pub(crate) refused: Vec<Refused>,
    /// What somebody has chosen.
    pub(crate) chosen: Vec<Chosen>,
    /// The sources that the files make.
    pub(crate) sources: Vec<Seen>,
    /// The pipeline that is drafted from them.
    pub(crate) draft: Option<Drafted>,
    /// Something has changed since it was drafted.
    pub(super) is_stale: bool,
    /// It is being drafted.
    pub(super) is_drafted: bool,
}

/// A file that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// What it was called, made fit to be shown.
    pub(crate) given: String,
    /// Where it lies, as a pipeline says it.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    #[serde(skip)]
    pub(crate) outcome: Outcome,
}

/// What came of looking at a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    #[default]
    Waiting,
    Looking,
    Read,
    /// It cannot be read; what to do about it.
    Unreadable(String, Option<String>),
}

/// A file that was not taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) given: String,
    pub(crate) why: String,
    pub(crate) hint: String,
}

/// A draft.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Drafted {
    pub(crate) text: String,
    /// What it comes to, a line each.
    pub(crate) found: Vec<String>,
    /// The folder of its outputs, which was not there when it was drafted.
    #[serde(skip)]
    pub(super) folder: String,
}

/// What somebody has chosen for a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    /// The path of the source.
    pub(crate) path: String,
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<ChosenColumn>,
}

/// What somebody has chosen for a column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChosenColumn {
    pub(crate) path: Vec<String>,
    pub(crate) as_type: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) is_ignored: bool,
}

impl Refused {
    /// A file beyond the most that a set may have.
    pub(crate) fn too_many(given: &str) -> Self {
        Self {
            given: shown(given),
            why: format!("there are {} already", counted(MOST_FILES as u64, "file")),
            hint: "files of the same columns can be put together before; or draft a pipeline from a folder with `onefold init`"
                .to_owned(),
        }
    }
}

impl Batch {
    /// Bytes of its files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether something is still to be found out.
    pub(crate) fn is_busy(&self) -> bool {
        let is_open = |file: &Stored| matches!(file.outcome, Outcome::Waiting | Outcome::Looking);
        self.is_stale || self.is_drafted || self.files.iter().any(is_open)
    }

    /// What somebody has chosen for the source of a path.
    pub(crate) fn chosen(&self, path: &str) -> Option<&Chosen> {
        self.chosen.iter().find(|chosen| chosen.path == path)
    }

    pub(super) fn choices(&self, sampled: &Sampled) -> Choices {
        let Some(chosen) = self.chosen(&sampled.path) else {
            // A file that is called by a number would be called by its folder, whose name says nothing.
            let file = sampled.path.rsplit('/').next().unwrap_or_default();
            let stem = file.split('.').next().unwrap_or_default();
            let has_name = stem.contains(char::is_alphabetic);
            return Choices {
                name: (!has_name).then(|| "records".to_owned()),
                ..Choices::default()
            };
        };
        let columns = chosen.columns.iter().map(|column| ColumnChoice {
            path: column.path.clone(),
            is_ignored: column.is_ignored,
            as_type: column.as_type.as_deref().and_then(TypeChoice::parse),
            role: column.role.as_deref().and_then(RoleChoice::parse),
        });
        Choices {
            name: chosen.name.clone(),
            columns: columns.collect(),
        }
    }
}
