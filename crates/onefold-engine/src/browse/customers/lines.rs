//! In which line of which file a record stands.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use onefold_read::{Location, Locator};
use onefold_spec::model::{Pipeline, Source};

use crate::places::locator;
use crate::report::Report;

/// Finds the lines of records.
pub(super) struct Lines {
    sources: Vec<Source>,
    input_dir: PathBuf,
    report: Arc<Report>,
    /// By source: what its files looked like from outside, and the finder where they were what they had been in the run.
    found: Mutex<HashMap<String, (Stamp, Option<Locator>)>>,
}

/// Length and time of each file of a source.
type Stamp = Vec<Option<(u64, Option<SystemTime>)>>;

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

impl Lines {
    pub(super) fn new(pipeline: Option<&Pipeline>, input_dir: &Path, report: &Report) -> Self {
        Self {
            sources: pipeline.map_or_else(Vec::new, |pipeline| pipeline.sources.clone()),
            input_dir: input_dir.to_path_buf(),
            report: Arc::new(report.clone()),
            found: Mutex::default(),
        }
    }

    /// Where the records of a source with these addresses stand; `None` where it cannot be told any more.
    pub(super) fn places(&self, source: &str, addresses: &[u64]) -> Option<Vec<Location>> {
        self.locator(source)?.locate_all(addresses).ok()
    }

    /// The finder of a source. Its files are read once, and again when they look like other ones.
    fn locator(&self, name: &str) -> Option<Locator> {
        let source = self.sources.iter().find(|known| known.name.value == name)?;
        let stamp = self.stamp(name);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, locator)) = found.get(name)
            && *known == stamp
        {
            return locator.clone();
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let located = locator(source, &self.input_dir, &self.report, threads);
        found.insert(name.to_owned(), (stamp, located.clone()));
        located
    }

    fn stamp(&self, name: &str) -> Stamp {
        let sources = self.report.sources.iter();
        let files = sources.filter(|source| source.name == name);
        let files = files.flat_map(|source| &source.files);
        let stamp = files.map(|file| {
            let found = self.input_dir.join(&file.name).metadata().ok()?;
            Some((found.len(), found.modified().ok()))
        });
        stamp.collect()
    }
}
