//! A run that was started from the page: one at a time, followed by whoever looks, and stopped on demand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use onefold_engine::{Error, Keep, Project, RunEvent, RunOptions, Status};
use serde::Serialize;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::options::Options;
use crate::text::counted;

/// Runs whose folders stay.
const KEEP_RUNS: usize = 20;
/// Shortest time between two messages on how far the reading is.
const PAUSE: Duration = Duration::from_millis(200);
/// Most lines of the log that are shown.
const LINES: usize = 200;

/// The run that was started last.
#[derive(Debug, Default)]
pub(crate) struct Work {
    job: Mutex<Option<Arc<Job>>>,
    /// Set to stop what is done instead of a run.
    alone: Mutex<Option<Arc<AtomicBool>>>,
}

/// A run that was started from the page.
#[derive(Debug)]
pub(crate) struct Job {
    interrupted: AtomicBool,
    progress: watch::Sender<Progress>,
}

/// How far a run is.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Progress {
    pub(crate) pipeline: String,
    pub(crate) state: JobState,
    /// When it began, RFC 3339.
    pub(crate) started: String,
    pub(crate) seconds: f64,
    pub(crate) sources: Vec<Reading>,
    /// Tables that are made, with their rows.
    pub(crate) tables: Vec<(String, u64)>,
    pub(crate) lines: Vec<String>,
    /// What stopped it, and what to do.
    pub(crate) error: Option<(String, Option<String>)>,
    /// The run, once it has an account.
    pub(crate) run_id: Option<String>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobState {
    Running,
    Stopping,
    Published,
    Refused,
    Failed,
    Cancelled,
}

impl JobState {
    pub(crate) fn is_over(self) -> bool {
        !matches!(self, Self::Running | Self::Stopping)
    }
}

/// How far a source is read.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reading {
    pub(crate) source: String,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    /// 0 where it cannot be told.
    pub(crate) of_bytes: u64,
}

impl Work {
    /// The run that was started last, as far as it is.
    pub(crate) fn progress(&self) -> Option<Progress> {
        self.job().map(|job| job.progress.borrow().clone())
    }

    /// Hears of the run that was started last.
    pub(crate) fn follow(&self) -> Option<watch::Receiver<Progress>> {
        self.job().map(|job| job.progress.subscribe())
    }

    /// Asks the run to stop.
    pub(crate) fn cancel(&self) {
        let Some(job) = self.job() else { return };
        job.interrupted.store(true, Ordering::Relaxed);
        job.progress.send_if_modified(|progress| {
            let is_running = progress.state == JobState::Running;
            if is_running {
                progress.state = JobState::Stopping;
            }
            is_running
        });
    }

    /// Starts a run of the pipeline.
    ///
    /// # Errors
    /// One is at work.
    pub(crate) fn start(&self, options: &Arc<Options>, project: Project) -> Result<(), Failure> {
        let mut current = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        let is_busy = |job: &Arc<Job>| !job.progress.borrow().state.is_over();
        if current.as_ref().is_some_and(is_busy) || self.stop_of_other().is_some() {
            return Err(busy());
        }
        let progress = Progress {
            pipeline: project.pipeline().name.value.clone(),
            state: JobState::Running,
            started: (options.clock)().to_string(),
            seconds: 0.0,
            sources: Vec::new(),
            tables: Vec::new(),
            lines: Vec::new(),
            error: None,
            run_id: None,
        };
        let job = Arc::new(Job {
            interrupted: AtomicBool::new(false),
            progress: watch::Sender::new(progress),
        });
        let options = Arc::clone(options);
        let at_work = Arc::clone(&job);
        std::thread::Builder::new()
            .name("run".to_owned())
            .spawn(move || at_work.run(&options, &project))
            .map_err(|error| Failure::fault(format!("no thread for the run: {error}")))?;
        *current = Some(job);
        Ok(())
    }

    /// Does something during which nothing else runs, and which stops when its flag is set.
    ///
    /// # Errors
    /// A run is at work.
    pub(crate) fn alone<T>(&self, work: impl FnOnce(&AtomicBool) -> T) -> Result<T, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        {
            let current = self.job.lock().unwrap_or_else(PoisonError::into_inner);
            let is_busy = |job: &Arc<Job>| !job.progress.borrow().state.is_over();
            let mut alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
            if current.as_ref().is_some_and(is_busy) || alone.is_some() {
                return Err(busy());
            }
            *alone = Some(Arc::clone(&stop));
        }
        let _over = Over(&self.alone);
        Ok(work(&stop))
    }

    fn stop_of_other(&self) -> Option<Arc<AtomicBool>> {
        let alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        alone.clone()
    }

    /// Stops the run, and waits until it has left everything whole.
    pub(crate) fn end(&self) {
        while let Some(stop) = self.stop_of_other() {
            stop.store(true, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(20));
        }
        self.cancel();
        while self
            .progress()
            .is_some_and(|progress| !progress.state.is_over())
        {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn job(&self) -> Option<Arc<Job>> {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        job.clone()
    }
}

/// What is done instead of a run is over when this is dropped.
struct Over<'w>(&'w Mutex<Option<Arc<AtomicBool>>>);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn busy() -> Failure {
    Failure {
        status: axum::http::StatusCode::CONFLICT,
        ..Failure::wrong("a run is at work")
    }
}

impl Job {
    fn run(&self, options: &Options, project: &Project) {
        let began = Instant::now();
        let last = Mutex::new(began);
        let on_event = |event: &RunEvent| self.note(event, began, &last);
        let done = project.run(&RunOptions {
            on_event: &on_event,
            keep_runs: KEEP_RUNS,
            keep: Keep::All,
            ..options.quiet_run(&self.interrupted)
        });
        self.progress.send_modify(|progress| {
            progress.seconds = began.elapsed().as_secs_f64();
            match done {
                Ok(report) => {
                    progress.state = match report.status {
                        Status::Published => JobState::Published,
                        Status::Refused => JobState::Refused,
                        Status::Failed => JobState::Failed,
                    };
                    let hint = "nothing is published, the old outputs are unchanged".to_owned();
                    progress.error = report.refused.map(|why| (why, Some(hint)));
                    progress.run_id = Some(report.run_id);
                }
                Err(error) => {
                    progress.state = match error.kind() {
                        onefold_engine::Kind::Interrupted => JobState::Cancelled,
                        _ => JobState::Failed,
                    };
                    progress.error = Some(words(&error));
                }
            }
        });
    }

    fn note(&self, event: &RunEvent, began: Instant, last: &Mutex<Instant>) {
        let is_reading = matches!(event, RunEvent::Reading { .. });
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_late = !is_reading || last.elapsed() >= PAUSE;
        if is_late {
            *last = Instant::now();
        }
        self.progress.send_if_modified(|progress| {
            progress.seconds = began.elapsed().as_secs_f64();
            progress.note(event);
            is_late
        });
    }
}

fn words(error: &Error) -> (String, Option<String>) {
    let first = error.diagnostics().first();
    let message = match first {
        Some(first) => format!("line {}: {}", first.span.line, first.message),
        None => error.to_string(),
    };
    (message, error.hint_text().map(str::to_owned))
}

impl Progress {
    fn note(&mut self, event: &RunEvent) {
        let line = match event {
            RunEvent::Reading {
                source,
                records,
                bytes,
                of_bytes,
            } => {
                let reading = Reading {
                    source: source.clone(),
                    records: *records,
                    bytes: *bytes,
                    of_bytes: *of_bytes,
                };
                match self
                    .sources
                    .iter_mut()
                    .find(|known| known.source == *source)
                {
                    Some(known) => *known = reading,
                    None => self.sources.push(reading),
                }
                return;
            }
            RunEvent::Made { table, rows } => {
                self.tables.push((table.clone(), *rows));
                format!("table {table} has {}", counted(*rows, "row"))
            }
            RunEvent::Started { pipeline } => format!("pipeline {pipeline} started"),
            RunEvent::Loaded { file, records } => {
                format!("{file}: {}", counted(*records, "record"))
            }
            RunEvent::Drift { source, column, .. } => {
                format!("source {source} has the unknown column {column}")
            }
            RunEvent::Resolved { customers } => counted(*customers, "customer"),
            RunEvent::Written { path, rows } => {
                format!("{path}: {}", counted(*rows, "row"))
            }
            RunEvent::Warning { message } => format!("warning: {message}"),
            RunEvent::Completed => "published".to_owned(),
            // Which records were merged is for the tables to say.
            _ => return,
        };
        if self.lines.len() < LINES {
            self.lines.push(line);
        }
    }
}
