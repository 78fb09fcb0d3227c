//! A pipeline without the decisions that keep records apart, to see what would link them.

use std::path::Path;

use jiff::Timestamp;
use onefold_resolve::Decision;
use onefold_spec::model::Step;
use tempfile::TempDir;

use crate::decide::{Decisions, decide_all};
use crate::error::Error;
use crate::project::Project;
use crate::temporary::temporary_folder;

/// A pipeline one of whose `resolve` tables is without decisions that say `different`.
pub struct Undivided {
    /// The pipeline. It is not to be run longer than this is there.
    pub project: Project,
    /// The decisions that it lacks.
    pub different: Vec<Decision>,
    /// Has the other decisions.
    _folder: TempDir,
}

impl Undivided {
    /// Of a `resolve` table; `None` where none of its decisions says `different`.
    ///
    /// # Errors
    /// The decisions cannot be read.
    pub fn of(project: &Project, table: &str) -> Result<Option<Self>, Error> {
        let pipeline = project.pipeline();
        let mut tables = pipeline.tables.iter();
        let step = tables.find(|known| known.name.value == table);
        let file = match step.map(|known| &known.step) {
            Some(Step::Resolve(resolve)) => resolve.decisions.as_ref(),
            _ => None,
        };
        let Some(file) = file else {
            return Ok(None);
        };
        let folder = pipeline.path.parent().unwrap_or_else(|| Path::new(""));
        let all = Decisions::read(&folder.join(&file.value))?.all.into_iter();
        let (same, different): (Vec<Decision>, Vec<Decision>) =
            all.partition(|decision| decision.same);
        if different.is_empty() {
            return Ok(None);
        }
        let folder = temporary_folder()?;
        let kept = folder.path().join("decisions.csv");
        // Those that say `same` never contradict each other, so it does not matter when they were made.
        decide_all(&kept, &same, Timestamp::UNIX_EPOCH)?;
        Ok(Some(Self {
            project: project.with_decisions(table, &kept),
            different,
            _folder: folder,
        }))
    }
}
