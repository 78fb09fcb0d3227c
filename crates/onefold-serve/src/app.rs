//! What the server knows while it runs.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use onefold_engine::browse::{self, Condition, Customers, Left, Opened, Sort, Table, View};
use onefold_engine::{LoadError, Project, Receipt, Report, Status, Thresholds, Written, runs_in};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::asked::Asked;
use crate::bounds::Bounds;
use crate::cache::Cache;
use crate::comparing::Comparing;
use crate::doubts::{Doubts, account};
use crate::failure::Failure;
use crate::guard::Guard;
use crate::options::Options;
use crate::private;
use crate::questions::Questions;
use crate::queue::Queue;
use crate::shelf::Shelf;
use crate::text::counted;
use crate::upload::Uploads;
use crate::work::{JobState, Work};

/// Tables that stay open.
const OPEN_TABLES: usize = 64;
/// Tables of customers that stay open.
const OPEN_CUSTOMERS: usize = 4;
/// Queues of doubtful pairs, and of doubtful customers, that are remembered.
const QUEUES: usize = 2;
/// Bytes of row numbers of views that are remembered.
const VIEW_BYTES: usize = 256 << 20;

/// Uploads that come at the same time; others wait.
const UPLOADING: usize = 4;
/// Receipts of people that were erased, which can be looked at again.
const RECEIPTS: usize = 64;

/// What the server knows while it runs.
pub(crate) struct App {
    pub(crate) options: Arc<Options>,
    pub(crate) guard: Guard,
    /// What a pipeline that is written on the page may name.
    bounds: Bounds,
    /// Conditions that people have set on tables.
    pub(crate) conditions: Shelf<Vec<Condition>>,
    /// Queries that people have asked.
    pub(crate) queries: Shelf<String>,
    /// Decisions that were made here, so that they can be taken back.
    pub(crate) decided: Shelf<Decided>,
    /// What customers were searched for.
    pub(crate) searches: Shelf<String>,
    /// Queries that are at work.
    pub(crate) questions: Questions,
    pub(crate) work: Work,
    /// Files that people have given.
    pub(crate) uploads: Uploads,
    /// Uploads that may come at the same time: each takes a thread.
    pub(crate) uploading: Semaphore,
    /// The pipeline that is shown: a file, or a folder with one.
    pipeline: Mutex<PathBuf>,
    opened: Cache<Place, Table>,
    views: Cache<Seen, View>,
    /// The doubtful pairs that were looked at last, by their table.
    queues: Cache<Place, Queue>,
    /// The doubtful customers that were looked at last, by their table.
    doubts: Cache<Place, Doubts>,
    /// Records that are compared for other thresholds, by their table and what they are compared under.
    pub(crate) comparing: Arc<Comparing<(Place, String), Thresholds>>,
    customers: Cache<Place, Customers>,
    /// What was done to erase people, by id.
    receipts: Mutex<VecDeque<(String, Arc<Receipt>)>>,
}

/// A decision that was made here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Decided {
    pub(crate) written: Written,
    /// The run and the table that it was about.
    pub(crate) run: String,
    pub(crate) table: String,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// What somebody decides on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum About {
    /// A pair, by its number.
    Pair(u32),
    /// A customer, by its id.
    Customer(String),
}

/// A table of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
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
        let base = options.input_dir.clone().unwrap_or_else(|| {
            let file = file_in(&options.pipeline);
            match file.parent() {
                Some(folder) if folder != Path::new("") => folder.to_path_buf(),
                _ => PathBuf::from("."),
            }
        });
        Self {
            uploads: Uploads::new(base, options.output_dir.clone()),
            uploading: Semaphore::new(UPLOADING),
            pipeline: Mutex::new(options.pipeline.clone()),
            conditions: Shelf::open(&options.output_dir, "conditions"),
            queries: Shelf::open(&options.output_dir, "queries"),
            decided: Shelf::open(&options.output_dir, "decided"),
            searches: Shelf::open(&options.output_dir, "searches"),
            questions: Questions::default(),
            bounds: Bounds::of(
                &options.pipeline,
                options.env,
                options.host.is_some_and(|host| !host.is_loopback())
                    || options.public_url.is_some(),
            ),
            options: Arc::new(options),
            guard,
            work: Work::default(),
            opened: Cache::of(OPEN_TABLES),
            views: Cache::weighed(OPEN_TABLES, VIEW_BYTES, View::bytes),
            queues: Cache::of(QUEUES),
            doubts: Cache::of(QUEUES),
            comparing: Arc::new(Comparing::new()),
            customers: Cache::of(OPEN_CUSTOMERS),
            receipts: Mutex::default(),
        }
    }

    /// Forgets what people have typed and what was read: a person is erased.
    pub(crate) fn forget(&self) {
        self.conditions.clear();
        self.queries.clear();
        self.searches.clear();
        self.decided.clear();
        self.uploads.forget();
        self.opened.forget();
        self.views.forget();
        self.queues.forget();
        self.doubts.forget();
        self.comparing.forget();
        self.customers.forget();
    }

    /// Keeps what was done to erase a person, and says under which id.
    pub(crate) fn keep_receipt(&self, receipt: Receipt) -> Result<String, Failure> {
        let id = private::id().map_err(|error| Failure::fault(error.to_string()))?;
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        receipts.push_front((id.clone(), Arc::new(receipt)));
        receipts.truncate(RECEIPTS);
        Ok(id)
    }

    /// What was done to erase a person.
    pub(crate) fn receipt(&self, id: &str) -> Option<Arc<Receipt>> {
        let receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        let found = receipts.iter().find(|(known, _)| known == id)?;
        Some(Arc::clone(&found.1))
    }

    /// Starts a run of the pipeline.
    pub(crate) fn start(&self) -> Result<(), Failure> {
        self.work.start(&self.options, self.project()?)
    }

    /// Ends what is at work.
    pub(crate) fn stop(&self) {
        self.questions.stop();
        self.comparing.cancel();
        self.work.end();
    }

    /// What is at work, in a few words.
    pub(crate) fn work_shown(&self) -> Option<String> {
        let progress = self.work.progress()?;
        match progress.state {
            JobState::Running => {
                let records = progress.sources.iter().map(|source| source.records).sum();
                Some(format!("Running: {} read", counted(records, "record")))
            }
            JobState::Stopping => Some("Stopping".to_owned()),
            _ => None,
        }
    }

    /// The pipeline, read anew: somebody may be editing it.
    pub(crate) fn project(&self) -> Result<Project, Box<LoadError>> {
        Project::load(&self.pipeline(), &self.options.env)
    }

    /// Fails where a text that somebody writes on the page names what it must not.
    pub(crate) fn may_be_written(&self, text: &str) -> Result<(), Failure> {
        let path = self.pipeline_path();
        self.bounds.hold(text, &path, self.options.env)
    }

    /// The pipeline file.
    pub(crate) fn pipeline_path(&self) -> PathBuf {
        file_in(&self.pipeline())
    }

    /// Shows another pipeline from now on.
    pub(crate) fn show_pipeline(&self, path: PathBuf) {
        *self.pipeline.lock().unwrap_or_else(PoisonError::into_inner) = path;
    }

    fn pipeline(&self) -> PathBuf {
        let path = self.pipeline.lock().unwrap_or_else(PoisonError::into_inner);
        path.clone()
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

    /// Whether a run has left a table.
    pub(crate) fn has_left(&self, run: &str, table: &str) -> Result<bool, Failure> {
        Ok(self.tables(run)?.iter().any(|left| left.table == table))
    }

    /// A table of a run, open.
    pub(crate) fn table(&self, run: &str, table: &str) -> Result<Arc<Table>, Failure> {
        let place = Place::new(run, table);
        self.opened.open(place, |place| {
            let opened = browse::open(&self.options.output_dir, &place.run, &place.table);
            opened.map_err(|error| {
                let is_missing = error.kind() == onefold_engine::Kind::Configuration;
                let failure = Failure::from(error);
                match is_missing {
                    true => Failure {
                        status: axum::http::StatusCode::NOT_FOUND,
                        ..failure
                    },
                    false => failure,
                }
            })
        })
    }

    /// The pipeline of a run as it was, where that was kept and can still be read.
    pub(crate) fn project_of(&self, run: &str) -> Option<Project> {
        let text = browse::pipeline(&self.options.output_dir, run)?;
        Project::from_text(text, self.pipeline_path(), &self.options.env).ok()
    }

    /// The customers of a `resolve` table of a run, open.
    pub(crate) fn customers(&self, run: &str, table: &str) -> Result<Arc<Customers>, Failure> {
        let place = Place::new(run, table);
        self.customers.open(place, |place| {
            let project = self.project_of(&place.run);
            Ok(Customers::open(&Opened {
                output_dir: &self.options.output_dir,
                run: &place.run,
                table: &place.table,
                pipeline: project.as_ref().map(Project::pipeline),
                input_dir: self.options.input_dir.as_deref(),
            })?)
        })
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
            place: Place::new(run, name),
            conditions: conditions.to_vec(),
            sort: sort.to_vec(),
        };
        self.views.open(seen, |seen| {
            let table = self.table(run, name)?;
            Ok(table.view(&seen.conditions, &seen.sort)?)
        })
    }

    /// The doubtful pairs of a table of a run.
    pub(crate) fn queue(&self, run: &str, table: &str) -> Result<Arc<Queue>, Failure> {
        let place = Place::new(run, &format!("{table}.possible"));
        self.queues.open(place, |place| {
            let table = self.table(&place.run, &place.table)?;
            Ok(Queue::new(table.as_ref())?)
        })
    }

    /// The doubtful customers of a table of a run; `None`: the run has not left the table, its members or its links.
    pub(crate) fn doubts(&self, run: &Report, table: &str) -> Result<Option<Arc<Doubts>>, Failure> {
        let [members, links] = ["members", "links"].map(|side| format!("{table}.{side}"));
        let left = self.tables(&run.run_id)?;
        let is_left = |name: &str| left.iter().any(|left| left.table == name);
        if ![table, &members, &links].into_iter().all(is_left) {
            return Ok(None);
        }
        let doubts = self.doubts.open(Place::new(&run.run_id, table), |place| {
            let open = |name: &str| self.table(&place.run, name);
            let (members, links) = (open(&members)?, open(&links)?);
            Ok::<_, Failure>(Doubts::new(account(run, table), &members, &links)?)
        });
        doubts.map(Some)
    }
}

impl Place {
    pub(crate) fn new(run: &str, table: &str) -> Self {
        Self {
            run: run.to_owned(),
            table: table.to_owned(),
        }
    }
}

/// The pipeline file at a place, which may be the folder that it is in.
fn file_in(place: &Path) -> PathBuf {
    match place.is_dir() {
        true => place.join("onefold.yaml"),
        false => place.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_remembered_with_what_it_was_about() {
        let kept = |about: &str| {
            format!(r#"{{"written":{{"start":7,"digest":"d"}},"run":"r","table":"t",{about}}}"#)
        };
        for (about, text) in [
            (About::Pair(3), r#""pair":3"#),
            (About::Customer("C1".to_owned()), r#""customer":"C1""#),
        ] {
            let decided: Decided = serde_json::from_str(&kept(text)).expect("a decision");
            assert_eq!(decided.about, about);
            let again = serde_json::to_string(&decided).expect("a text");
            assert_eq!(again, kept(text));
        }
    }
}
