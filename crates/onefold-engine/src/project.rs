//! A pipeline file and what can be done with it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use arrow::datatypes::SchemaRef;
use onefold_read::FileDialect;
use onefold_resolve::state::State;
use onefold_spec::Diagnostic;
use onefold_spec::model::{Pipeline, Step, Table};

use crate::catalog::session;
use crate::checks;
use crate::decide::{self, Decidable};
use crate::error::{Error, Kind};
use crate::explain::type_name;
use crate::fault;
use crate::person::{self, Erasure, Receipt};
use crate::prepare;
use crate::report::{LeftOutReport, Report};
use crate::run::{self, RunOptions};
use crate::show::{self, Look, Shown, Whole};
use crate::steps;
use crate::testing::{self, TestResult};
use crate::thresholds::{self, Thresholds};
use crate::trace::{self, Trace};

/// A pipeline file, loaded and without errors of form.
pub struct Project {
    pipeline: Pipeline,
    path: PathBuf,
    text: String,
    warnings: Vec<Diagnostic>,
}

/// Why a pipeline file could not be loaded: its text, for showing the places, and the error.
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// Its text; empty where it could not be read.
    pub text: String,
    /// What is wrong.
    pub error: Error,
}

/// A source as `plan` shows it.
pub struct PlannedSource {
    /// Its name.
    pub name: String,
    /// Name and size in bytes of each of its files, in reading order.
    pub files: Vec<(String, u64)>,
    /// How its files of delimited text are read, as far as they differ.
    pub dialects: Vec<FileDialect>,
    /// What is beside them and is not read, hidden files aside.
    pub left_out: Vec<LeftOutReport>,
    /// It reads standard input, of which nothing is read before a run: there are no files.
    pub stdin: bool,
    /// Columns and types; `None`: known only in a run.
    pub columns: Option<Vec<(String, String)>>,
}

/// A table as `plan` shows it.
pub struct PlannedTable {
    /// Its name.
    pub name: String,
    /// Its step.
    pub step: &'static str,
    /// What it reads.
    pub inputs: Vec<String>,
    /// Columns and types; `None`: known only in a run, because a source reads standard input.
    pub columns: Option<Vec<(String, String)>>,
}

/// Name of the pipeline file in a folder.
const FILE_NAME: &str = "onefold.yaml";

impl Project {
    /// Loads a pipeline file, or the `onefold.yaml` of a folder. `env` gives the environment variables that the file may ask for.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong: then the error holds every place.
    pub fn load(
        path: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Project, Box<LoadError>> {
        let path = if path.is_dir() {
            path.join(FILE_NAME)
        } else {
            path.to_path_buf()
        };
        let text = std::fs::read_to_string(&path).map_err(|e| {
            let what = match e.kind() {
                std::io::ErrorKind::NotFound => "no such file".to_owned(),
                std::io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
                _ => e.to_string(),
            };
            let error = Error::new(
                Kind::Configuration,
                format!("could not read pipeline `{}`: {what}", path.display()),
            );
            Box::new(LoadError {
                path: path.clone(),
                text: String::new(),
                error,
            })
        })?;
        Self::from_text(text, path, env)
    }

    /// The same pipeline with another threshold, from 0 to 1, at the model of a `resolve` table.
    pub fn with_threshold(&self, table: &str, threshold: f64) -> Project {
        let mut pipeline = self.pipeline.clone();
        for known in pipeline.tables.iter_mut().filter(|t| t.name.value == table) {
            if let Step::Resolve(resolve) = &mut known.step
                && let Some(model) = &mut resolve.likeness
            {
                model.threshold = threshold;
                model.possible = model.possible.min(threshold);
            }
        }
        Project {
            pipeline,
            path: self.path.clone(),
            text: self.text.clone(),
            warnings: Vec::new(),
        }
    }

    /// The same pipeline with another file of decisions at a `resolve` table.
    pub(crate) fn with_decisions(&self, table: &str, file: &Path) -> Project {
        let mut pipeline = self.pipeline.clone();
        for known in pipeline.tables.iter_mut().filter(|t| t.name.value == table) {
            if let Step::Resolve(resolve) = &mut known.step
                && let Some(decisions) = &mut resolve.decisions
            {
                decisions.value = file.to_string_lossy().into_owned();
            }
        }
        Project {
            pipeline,
            path: self.path.clone(),
            text: self.text.clone(),
            warnings: Vec::new(),
        }
    }

    /// The `resolve` tables, as whoever decides on their records has to know them.
    pub fn decidable(&self) -> Vec<Decidable> {
        decide::decidable(&self.pipeline)
    }

    /// Makes sure that every state is there that an earlier run has left in an output folder.
    ///
    /// # Errors
    /// One is missing.
    pub fn check_states(&self, output_dir: &Path) -> Result<(), Error> {
        steps::continuity::refuse_lost(&self.pipeline, output_dir)
    }

    /// The ids of a `resolve` table with a `state`, as the last published run has left them in an output folder. Without a name: of the
    /// only one.
    ///
    /// # Errors
    /// There is no such table, or the state cannot be read.
    pub fn state(&self, table: Option<&str>, output_dir: &Path) -> Result<State, Error> {
        let tables = self.pipeline.tables.iter();
        let with_state = tables.filter_map(|known| match &known.step {
            Step::Resolve(resolve) => Some((known.name.as_str(), resolve.state.as_ref()?)),
            _ => None,
        });
        let with_state: Vec<_> = with_state.collect();
        let meant = match (table, with_state.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(name), all) => all.iter().find(|(known, _)| *known == name),
        };
        let Some((table, path)) = meant else {
            let names: Vec<String> = with_state.iter().map(|(n, _)| format!("`{n}`")).collect();
            let (message, hint) = match (names.is_empty(), table) {
                (true, _) => (
                    "no `resolve` table has a `state`".to_owned(),
                    "ids stay with `state: customers.state` at the `resolve`".to_owned(),
                ),
                (false, None) => (
                    "several tables have a `state`".to_owned(),
                    format!("name one with --table: {}", names.join(", ")),
                ),
                (false, Some(name)) => (
                    format!("`{name}` is no table with a `state`"),
                    format!("there is {}", names.join(", ")),
                ),
            };
            return Err(Error::new(Kind::Configuration, message).hint(hint));
        };
        steps::continuity::is_there(&self.pipeline, table, &path.value, output_dir)?;
        let path = output_dir.join(&path.value);
        if !path.exists() {
            let message = format!("there is no state `{}`", path.display());
            let error = Error::new(Kind::Unreadable, message);
            return Err(error.hint("a run writes it; `--out` names the folder of its outputs"));
        }
        steps::continuity::read(&path, 1)
    }

    /// A pipeline from its text; `path` is what messages call it, and its folder is where relative input paths start.
    ///
    /// # Errors
    /// The text is wrong: the error holds every place.
    pub fn from_text(
        text: String,
        path: PathBuf,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Project, Box<LoadError>> {
        // Without `pipeline:` the folder gives the name, and `.` has none.
        let named = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        match onefold_spec::load(&text, &named, env) {
            Ok(loaded) => Ok(Project {
                pipeline: Pipeline {
                    path: path.clone(),
                    ..checks::with_failures(loaded.pipeline)
                },
                path,
                text,
                warnings: loaded.warnings,
            }),
            Err(diagnostics) => Err(Box::new(LoadError {
                path,
                text,
                error: Error::configuration(diagnostics),
            })),
        }
    }

    /// The pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's text, for showing the places of diagnostics.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is not wrong but looks it.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Finds everything that is wrong with the pipeline, without reading data.
    ///
    /// # Errors
    /// The places that are wrong.
    pub fn check(&self) -> Result<(), Error> {
        self.find_errors(|_| {})
    }

    /// [`check`](Self::check), and whether a run between these folders would read its own outputs, for which names of files are looked
    /// at. Inputs that are not there are not missed.
    ///
    /// # Errors
    /// The places that are wrong.
    pub fn check_between(&self, input_dir: Option<&Path>, output_dir: &Path) -> Result<(), Error> {
        let input_dir = self.input_dir(input_dir);
        self.find_errors(|errors| {
            run::overlap::refuse(&self.pipeline, &input_dir, output_dir, errors);
        })
    }

    fn find_errors(&self, further: impl FnOnce(&mut Vec<Diagnostic>)) -> Result<(), Error> {
        self.caught(|| {
            let context = session();
            let mut errors = Vec::new();
            prepare::source_sql(&context, &self.pipeline, &mut errors);
            let prepared = prepare::prepare(&self.pipeline, context, &HashMap::new(), &mut errors)?;
            testing::check(&self.pipeline, &prepared.schemas, &mut errors);
            further(&mut errors);
            if errors.is_empty() {
                Ok(())
            } else {
                Err(Error::configuration(errors))
            }
        })
    }

    /// A text without the secrets of the pipeline file.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.pipeline.secrets.hide(text)
    }

    /// A document without the secrets of the pipeline file.
    pub fn hidden(&self, mut document: serde_json::Value) -> serde_json::Value {
        self.pipeline.secrets.hide_in(&mut document, &[]);
        document
    }

    /// Does some work; its errors show no secrets.
    fn caught<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        fault::caught(work).map_err(|error| error.hide(&self.pipeline.secrets))
    }

    fn input_dir(&self, given: Option<&Path>) -> PathBuf {
        given.map_or_else(|| run::folder(&self.path), Path::to_path_buf)
    }

    /// Sources and tables with their columns, in the order in which they would be made. Opens the inputs, but reads data only where a
    /// source declares no fields. Leaves standard input alone.
    ///
    /// # Errors
    /// As [`run`](Self::run), as far as it can be known before.
    pub fn plan(
        &self,
        input_dir: Option<&Path>,
    ) -> Result<(Vec<PlannedSource>, Vec<PlannedTable>), Error> {
        let dir = self.input_dir(input_dir);
        let (prepared, scans) =
            self.caught(|| run::open(&self.pipeline, &dir, None, 1, &|| Ok(None)))?;
        let columns = |schema: &SchemaRef| {
            schema
                .fields()
                .iter()
                .map(|f| (f.name().clone(), type_name(f.data_type())))
                .collect()
        };
        let sources = self.pipeline.sources.iter().zip(&scans).map(|(s, scan)| {
            let files = scan.files().map(|(name, bytes)| (name.to_owned(), bytes));
            Ok(PlannedSource {
                name: s.name.value.clone(),
                files: files.collect(),
                dialects: scan.dialects()?,
                left_out: run::sources::left_out(scan),
                stdin: s.reads_stdin(),
                columns: prepared.schemas.get(s.name.as_str()).map(columns),
            })
        });
        let sources = sources.collect::<Result<_, Error>>()?;
        let written = prepared.tables.iter();
        let written = written.filter(|table| !checks::is_added(&table.name));
        let known = written.map(|table| PlannedTable {
            name: table.name.clone(),
            step: table.step,
            inputs: table.reads.clone(),
            columns: Some(columns(&table.schema)),
        });
        let is_known = |table: &&Table| {
            let name = table.name.as_str();
            prepared.schemas.contains_key(name) || checks::is_added(name)
        };
        let unknown = self.pipeline.tables.iter().filter(|t| !is_known(t));
        let unknown = unknown.map(|table| {
            let step = steps::kind(&table.step);
            PlannedTable {
                name: table.name.value.clone(),
                step: step.name(),
                inputs: step.reads(&self.pipeline),
                columns: None,
            }
        });
        Ok((sources, known.chain(unknown).collect()))
    }

    /// Runs the pipeline and publishes its outputs, all or none.
    ///
    /// # Errors
    /// By whose turn it is, see [`Kind`]; the old outputs are then unchanged.
    pub fn run(&self, options: &RunOptions<'_>) -> Result<Report, Error> {
        self.caught(|| {
            let report = run::run(&self.pipeline, Some(&self.text), options)?;
            // An erasure may have been interrupted. If its runs cannot be removed now, the next run tries again.
            person::settle(&options.output_dir, &self.pipeline.name.value).ok();
            Ok(report)
        })
    }

    /// Follows a record or a customer through the last published run, or a run with this id: `FILE:LINE`, `SOURCE:KEY`, or an id. A run
    /// that has kept no tables is done again in a temporary folder, where its inputs are unchanged.
    ///
    /// # Errors
    /// There is no such run, record or customer, or it cannot be told any more where it went.
    pub fn trace(
        &self,
        what: &str,
        run: Option<&str>,
        options: &RunOptions<'_>,
    ) -> Result<Trace, Error> {
        self.caught(|| trace::trace(&self.pipeline, &self.text, what, run, options))
    }

    /// All that the last published run, which has kept its tables, knows of a customer of a `resolve` table: their records, what the customer
    /// has of which, why the records are one customer, and rows of other tables that name them.
    ///
    /// # Errors
    /// There is no such run or customer, or it cannot be told any more.
    pub fn export_person(
        &self,
        (table, id): (Option<&str>, &str),
        options: &RunOptions<'_>,
    ) -> Result<serde_json::Value, Error> {
        self.caught(|| {
            let look = |courses: &mut trace::Courses<'_>, run_id: &str| {
                person::export(courses, table, id, run_id)
            };
            trace::with_kept_tables(&self.pipeline, &self.text, options, look)
        })
    }

    /// What erasing a customer would do; nothing is done.
    ///
    /// # Errors
    /// What is missing for it.
    pub fn erasure(
        &self,
        (table, id): (Option<&str>, &str),
        options: &RunOptions<'_>,
    ) -> Result<Erasure, Error> {
        self.caught(|| person::erasure(&self.pipeline, &self.text, (table, id), options))
    }

    /// Erases a customer: runs the pipeline without their records, publishes its outputs, removes the folders of its earlier runs, and keeps
    /// the person out of all later runs. `expected` is the run in which the id was seen: without a state, it is somebody else's in the next.
    ///
    /// # Errors
    /// There is no such customer, the last run is another one than expected, or the run fails; then the old outputs are in place.
    pub fn erase_person(
        &self,
        (table, id): (Option<&str>, &str),
        expected: Option<&str>,
        options: &RunOptions<'_>,
    ) -> Result<Receipt, Error> {
        let about = (table, id);
        self.caught(|| person::erase(&self.pipeline, &self.text, about, expected, options))
    }

    /// What becomes of the customers of a `resolve` table at other thresholds of its model, from the tables that a run has kept.
    ///
    /// # Errors
    /// There is no such table, no such run, or it has not kept its tables; no model has a threshold; the pipeline is another one since; or
    /// it was interrupted.
    pub fn thresholds(
        &self,
        table: &str,
        run: &str,
        options: &RunOptions<'_>,
    ) -> Result<Thresholds, Error> {
        self.caught(|| thresholds::thresholds(&self.pipeline, &self.text, (table, run), options))
    }

    /// Reads and makes one table, to be looked at; nothing is published.
    ///
    /// # Errors
    /// As [`run`](Self::run), and where there is no such table or column.
    pub fn show(&self, look: &Look, options: &RunOptions<'_>) -> Result<Shown, Error> {
        self.caught(|| show::show(&self.pipeline, look, options))
    }

    /// Reads and makes some tables in one run, to be looked at as a whole; nothing is published. Each may have an SQL condition that its
    /// rows must meet.
    ///
    /// # Errors
    /// As [`run`](Self::run), and where there is no such table.
    pub fn tables(
        &self,
        wanted: &[(&str, Option<&str>)],
        options: &RunOptions<'_>,
    ) -> Result<Vec<Whole>, Error> {
        self.caught(|| show::tables(&self.pipeline, wanted, options))
    }

    /// Runs the tests of the pipeline one after another, each in a temporary folder of its own; set `interrupted` to stop. A test that
    /// fails is a result.
    ///
    /// # Errors
    /// The pipeline is wrong or has no tests, or a test could not be carried out.
    pub fn test(
        &self,
        interrupted: &AtomicBool,
        on_result: &mut dyn FnMut(&TestResult),
    ) -> Result<(), Error> {
        self.check()?;
        self.caught(|| testing::run_all(&self.pipeline, interrupted, on_result))
    }
}
