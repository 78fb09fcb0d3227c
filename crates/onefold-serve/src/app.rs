//! What the server knows while it runs.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use onefold_engine::browse::{self, Condition, Left, Sort, Table, View};
use onefold_engine::{LoadError, Project, Report, Status, runs_in};

use crate::asked::Asked;
use crate::failure::Failure;
use crate::guard::Guard;
use crate::options::Options;
use crate::questions::Questions;
use crate::shelf::Shelf;
use crate::text::grouped;
use crate::work::{JobState, Work};

/// Tables that stay open.
const OPEN_TABLES: usize = 64;
/// Bytes of row numbers of views that are remembered.
const VIEW_BYTES: usize = 256 << 20;

/// What the server knows while it runs.
pub(crate) struct App {
    pub(crate) options: Arc<Options>,
    pub(crate) guard: Guard,
    /// Conditions that people have set on tables.
    pub(crate) conditions: Shelf<Vec<Condition>>,
    /// Queries that people have asked.
    pub(crate) queries: Shelf<String>,
    /// Queries that are at work.
    pub(crate) questions: Questions,
    pub(crate) work: Work,
    opened: Mutex<VecDeque<(Place, Arc<Table>)>>,
    views: Mutex<VecDeque<(Seen, Arc<View>)>>,
}

/// A table of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    run: String,
    table: String,
}

/// A table of a run as somebody looks at it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    place: Place,
    conditions: Vec<Condition>,
    sort: Vec<Sort>,
}

impl App {
    pub(crate) fn new(options: Options, guard: Guard) -> Self {
        Self {
            conditions: Shelf::open(&options.output_dir, "conditions"),
            queries: Shelf::open(&options.output_dir, "queries"),
            questions: Questions::default(),
            options: Arc::new(options),
            guard,
            work: Work::default(),
            opened: Mutex::default(),
            views: Mutex::default(),
        }
    }

    /// Starts a run of the pipeline.
    pub(crate) fn start(&self) -> Result<(), Failure> {
        let project = self
            .project()
            .map_err(|failed| Failure::from(failed.error))?;
        self.work.start(&self.options, project)
    }

    /// Ends what is at work.
    pub(crate) fn stop(&self) {
        self.questions.stop();
        self.work.end();
    }

    /// What is at work, in a few words.
    pub(crate) fn work_shown(&self) -> Option<String> {
        let progress = self.work.progress()?;
        match progress.state {
            JobState::Running => {
                let records = progress.sources.iter().map(|source| source.records).sum();
                Some(format!("Running: {} records read", grouped(records)))
            }
            JobState::Stopping => Some("Stopping".to_owned()),
            _ => None,
        }
    }

    /// The pipeline, read anew: somebody may be editing it.
    pub(crate) fn project(&self) -> Result<Project, Box<LoadError>> {
        Project::load(&self.options.pipeline, &self.options.env)
    }

    /// The pipeline file.
    pub(crate) fn pipeline_path(&self) -> PathBuf {
        match self.options.pipeline.is_dir() {
            true => self.options.pipeline.join("onefold.yaml"),
            false => self.options.pipeline.clone(),
        }
    }

    /// The accounts of all runs, the latest first.
    pub(crate) fn runs(&self) -> Vec<Report> {
        runs_in(&self.options.output_dir)
    }

    /// The run that is asked for; without a name the last that was published, or else the last.
    pub(crate) fn run<'r>(
        &self,
        runs: &'r [Report],
        asked: &Asked,
    ) -> Result<Option<&'r Report>, Failure> {
        if let Some(id) = asked.value("run") {
            let found = runs.iter().find(|run| run.run_id == id);
            return match found {
                Some(found) => Ok(Some(found)),
                None => Err(Failure::missing(format!("there is no run {id}"))
                    .hint("it may have been removed: only the last runs stay")),
            };
        }
        let published = runs.iter().find(|run| run.status == Status::Published);
        Ok(published.or(runs.first()))
    }

    /// The tables that a run has left.
    pub(crate) fn tables(&self, run: &str) -> Result<Vec<Left>, Failure> {
        Ok(browse::tables(&self.options.output_dir, run)?)
    }

    /// A table of a run, open.
    pub(crate) fn table(&self, run: &str, table: &str) -> Result<Arc<Table>, Failure> {
        let place = Place {
            run: run.to_owned(),
            table: table.to_owned(),
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = opened.iter().find(|(known, _)| *known == place) {
            return Ok(Arc::clone(found));
        }
        let found = browse::open(&self.options.output_dir, run, table).map_err(|error| {
            let is_missing = error.kind() == onefold_engine::Kind::Configuration;
            let failure = Failure::from(error);
            match is_missing {
                true => Failure {
                    status: axum::http::StatusCode::NOT_FOUND,
                    ..failure
                },
                false => failure,
            }
        })?;
        let found = Arc::new(found);
        opened.push_front((place, Arc::clone(&found)));
        opened.truncate(OPEN_TABLES);
        Ok(found)
    }

    /// Rows of a table of a run that meet conditions, in an order. The last ones that were asked for are remembered.
    pub(crate) fn view(
        &self,
        run: &str,
        name: &str,
        conditions: &[Condition],
        sort: &[Sort],
    ) -> Result<Arc<View>, Failure> {
        let seen = Seen {
            place: Place {
                run: run.to_owned(),
                table: name.to_owned(),
            },
            conditions: conditions.to_vec(),
            sort: sort.to_vec(),
        };
        {
            let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = views.iter().position(|(known, _)| *known == seen)
                && let Some(found) = views.remove(at)
            {
                let view = Arc::clone(&found.1);
                views.push_front(found);
                return Ok(view);
            }
        }
        let view = Arc::new(self.table(run, name)?.view(conditions, sort)?);
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.push_front((seen, Arc::clone(&view)));
        while views.len() > 1
            && views.iter().map(|(_, view)| view.bytes()).sum::<usize>() > VIEW_BYTES
        {
            views.pop_back();
        }
        views.truncate(OPEN_TABLES);
        Ok(view)
    }
}
