//! Questions in SQL about the tables that a run has kept.
//!
//! A question reads these tables and nothing else: its plan may only have nodes that read, combine and compute, and no name of a file or of
//! an address is a table. It has limits of rows, time and memory.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::SessionContext;
use futures::Stream;
use onefold_spec::model::OutputFormat;
use onefold_write::TableWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use crate::asks::{is_question, no_question, only_asks, other_word};
use crate::before::{self, unreadable};
use crate::catalog;
use crate::clauses::{no_effect, without_effect};
use crate::error::{Error, Kind};
use crate::explain::{said, type_name};
use crate::fault;
use crate::places::without_addresses;
use crate::report::Report;
use crate::run::MemoryLimit;
use crate::run::kept::{self, TABLES};
use crate::texts::Rows as Texts;

/// A question about a run.
pub struct Question<'a> {
    /// One query in SQL.
    pub sql: &'a str,
    /// The run; `None`: the last one that has kept tables.
    pub run: Option<&'a str>,
    /// Most rows of the answer.
    pub rows: usize,
    /// Most time that it may take.
    pub time: Duration,
    /// Memory that the query may hold. What the process held before comes on top.
    pub memory: MemoryLimit<'a>,
    /// Set to give up.
    pub interrupted: &'a AtomicBool,
}

/// The answer.
#[derive(Debug)]
pub struct Answer {
    /// The run that was asked.
    pub run_id: String,
    /// Columns of the rows.
    pub schema: SchemaRef,
    /// The rows.
    pub rows: Vec<RecordBatch>,
    /// There are more rows than were asked for.
    pub is_cut: bool,
}

impl Answer {
    /// Name and type of each column.
    pub fn columns(&self) -> Vec<(String, String)> {
        let fields = self.schema.fields().iter();
        let column = |field: &Arc<Field>| (field.name().clone(), type_name(field.data_type()));
        fields.map(column).collect()
    }

    /// The rows as texts; missing values are `None`.
    ///
    /// # Errors
    /// A value cannot be written.
    pub fn texts(&self) -> Result<Vec<Vec<Option<String>>>, Error> {
        let rows = Texts::of(&self.schema, self.rows.iter().cloned().map(Ok))?;
        Ok((0..rows.len()).map(|row| rows.row(row)).collect())
    }

    /// The rows as a file of a format.
    ///
    /// # Errors
    /// The format cannot hold them.
    pub fn bytes(&self, format: &OutputFormat) -> Result<Vec<u8>, Error> {
        let mut writer = TableWriter::start(&self.schema, format, Vec::new(), 1)?;
        for batch in &self.rows {
            writer.write(batch)?;
        }
        Ok(writer.finish()?.0)
    }
}

/// How often a query that takes its time is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Answers a question about a run in an output folder.
///
/// # Errors
/// There is no such run, the query is wrong or does more than ask, or it takes more than it may.
pub fn query(output_dir: &Path, question: &Question<'_>) -> Result<Answer, Error> {
    fault::caught(|| answer(output_dir, question))
}

fn answer(output_dir: &Path, question: &Question<'_>) -> Result<Answer, Error> {
    let (folder, report) = run(output_dir, question.run)?;
    let tables = tables(&folder)?;
    let most = usize::try_from(question.memory.bytes).unwrap_or(usize::MAX);
    let context = session(most)?;
    for (name, path) in &tables {
        let table = Kept::open(&folder, name, path)?;
        catalog::register_provider(&context, name, Arc::new(table)).map_err(Error::internal)?;
    }
    let wrong = |e: &DataFusionError| {
        let said = said(e);
        let error = Error::new(Kind::Configuration, said.message);
        let names: Vec<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
        match said.hint {
            Some(hint) => error.hint(hint),
            None => error.hint(format!("the run has kept {}", names.join(", "))),
        }
    };
    let state = context.state();
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(question.sql, &dialect);
    let statement =
        statement.map_err(|e| match e.to_string().contains("single SQL statement") {
            true => no_question("a second statement"),
            false => match other_word(question.sql) {
                Some(word) => no_question(&format!("`{word}`")),
                None => wrong(&e),
            },
        })?;
    is_question(&statement)?;
    if let Some(clause) = without_effect(&statement) {
        return Err(Error::new(Kind::Configuration, no_effect(clause)));
    }
    let plan = catalog::block_on(async { state.statement_to_plan(statement).await });
    let plan = plan.map_err(|e| wrong(&e))?;
    only_asks(&plan)?;
    if plan.schema().fields().is_empty() {
        let error = Error::new(Kind::Configuration, "the query has no columns");
        return Err(error.hint("name some: `SELECT * FROM ...` has all"));
    }
    let frame = catalog::block_on(async { context.execute_logical_plan(plan).await });
    let frame = frame.map_err(|e| wrong(&e))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .map_err(Error::internal)?;
    // Nothing stands for the end: a sender that is gone without it has panicked.
    let (send, receive) = sync_channel::<Option<Result<RecordBatch, DataFusionError>>>(2);
    let schema = Arc::clone(frame.schema().inner());
    runtime.spawn(async move {
        let mut stream: SendableRecordBatchStream = match frame.execute_stream().await {
            Ok(stream) => stream,
            Err(error) => {
                send.send(Some(Err(error))).ok();
                return;
            }
        };
        loop {
            let next = std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await;
            let is_last = next.is_none();
            if send.send(next).is_err() || is_last {
                return;
            }
        }
    });
    let bounds = Bounds::new(question);
    let mut answer = Answer {
        run_id: report.run_id,
        schema,
        rows: Vec::new(),
        is_cut: false,
    };
    let mut room = question.rows;
    let outcome = loop {
        let received = receive.recv_timeout(LOOK);
        if let Err(error) = bounds.check(&answer) {
            break Err(error);
        }
        let batch = match received {
            Ok(Some(Ok(batch))) => batch,
            Ok(Some(Err(error))) => break Err(failed(&error)),
            Ok(None) => break Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                break Err(Error::internal("the query ended without an answer"));
            }
            Err(RecvTimeoutError::Timeout) => continue,
        };
        answer.is_cut = batch.num_rows() > room;
        let batch = batch.slice(0, batch.num_rows().min(room));
        room -= batch.num_rows();
        if batch.num_rows() > 0 {
            answer.rows.push(batch);
        }
        if answer.is_cut {
            break Ok(());
        }
    };
    // What still computes is not waited for.
    drop(receive);
    runtime.shutdown_background();
    outcome.map(|()| answer)
}

/// What a question may take.
struct Bounds<'q> {
    question: &'q Question<'q>,
    began: Instant,
    /// Bytes that the process held before.
    held: u64,
}

impl<'q> Bounds<'q> {
    fn new(question: &'q Question<'q>) -> Self {
        Self {
            question,
            began: Instant::now(),
            held: (question.memory.held)(),
        }
    }

    /// The query engine does not count the memory of single values and of rows that it has handed over; the process holds them all the same.
    fn check(&self, answer: &Answer) -> Result<(), Error> {
        let Question {
            time,
            memory,
            interrupted,
            ..
        } = self.question;
        if interrupted.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        if self.began.elapsed() > *time {
            let message = format!("the query takes longer than {} s", time.as_secs());
            let error = Error::new(Kind::Resources, message);
            return Err(error.hint("ask for less, or give it more time with --seconds"));
        }
        let rows = answer.rows.iter().map(RecordBatch::get_array_memory_size);
        let held = (memory.held)().saturating_sub(self.held);
        match held.max(rows.sum::<usize>() as u64) > memory.bytes {
            true => Err(too_much()),
            false => Ok(()),
        }
    }
}

fn too_much() -> Error {
    let message = "the query needs more memory than it may hold";
    Error::new(Kind::Resources, message).hint("ask for less, or give it more with --memory")
}

fn failed(error: &DataFusionError) -> Error {
    match error.find_root() {
        DataFusionError::External(cause) if cause.is::<Error>() => {
            let cause = cause.downcast_ref::<Error>();
            cause.map_or_else(|| Error::internal(error), Error::again)
        }
        DataFusionError::ResourcesExhausted(_) => too_much(),
        DataFusionError::Internal(_) => Error::new(Kind::Internal, said(error).message),
        _ => Error::new(Kind::Data, said(error).message),
    }
}

/// The folder of a run that has kept tables, and its report.
pub(crate) fn run(output_dir: &Path, wanted: Option<&str>) -> Result<(PathBuf, Report), Error> {
    let has_tables = |folder: &Path| folder.join(TABLES).is_dir();
    let found = match wanted {
        Some(id) => before::named(output_dir, id),
        None => before::runs(output_dir).find(|(folder, _)| has_tables(folder)),
    };
    let Some((folder, report)) = found else {
        let output_dir = output_dir.display();
        return Err(match wanted {
            Some(id) => Error::new(
                Kind::Configuration,
                format!("there is no run {id} in `{output_dir}`"),
            )
            .hint("`onefold runs` lists them; `--out` names the folder of the outputs"),
            None => Error::new(
                Kind::Configuration,
                format!("no run in `{output_dir}` has kept tables"),
            )
            .hint(KEEP),
        });
    };
    let report = report?;
    if !has_tables(&folder) {
        let message = format!("run {} has kept no tables", report.run_id);
        return Err(Error::new(Kind::Configuration, message).hint(KEEP));
    }
    Ok((folder, report))
}

pub(crate) const KEEP: &str = "`onefold run --keep all` keeps what a run reads and makes; `--out` names the folder of the outputs";

/// Names of the kept tables, in order, and their files.
fn tables(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let entries = std::fs::read_dir(folder.join(TABLES)).map_err(|e| unreadable(folder, &e))?;
    let mut tables = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| unreadable(folder, &e))?;
        // A table without columns is an empty file: nothing can be asked of it.
        if entry.metadata().is_ok_and(|file| file.len() == 0) {
            continue;
        }
        let path = entry.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if let Some(name) = name
            .as_deref()
            .and_then(|name| name.strip_suffix(".parquet"))
        {
            tables.push((name.to_owned(), path));
        }
    }
    tables.sort();
    Ok(tables)
}

/// A session that may hold so much memory, and that writes nothing to disk.
fn session(memory: usize) -> Result<SessionContext, Error> {
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_limit(memory, 1.0)
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(Error::internal)?;
    let state = catalog::session().state();
    let state = SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime);
    Ok(SessionContext::new_with_state(state.build()))
}

/// A table that a run has kept.
#[derive(Debug)]
struct Kept {
    run_folder: PathBuf,
    /// Path in the folder of the run.
    file: String,
    path: PathBuf,
    schema: SchemaRef,
}

impl Kept {
    fn open(run_folder: &Path, name: &str, path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::File::open(path).map_err(|e| unreadable(path, &e))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes);
        let reader = reader.map_err(|e| unreadable(path, &e))?;
        Ok(Self {
            run_folder: run_folder.to_path_buf(),
            file: kept::path(name),
            path: path.to_path_buf(),
            schema: without_addresses(reader.schema()),
        })
    }
}

#[async_trait]
impl TableProvider for Kept {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        before::verify(&self.run_folder, &self.file)?;
        let columns = match projection {
            Some(columns) => columns.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&columns)?);
        let rows = Arc::new(Rows {
            path: self.path.clone(),
            schema: Arc::clone(&schema),
            columns,
        });
        let scan = StreamingTableExec::try_new(schema, vec![rows], None, None, false, limit)?;
        Ok(Arc::new(scan))
    }
}

/// Some columns of a kept table.
#[derive(Debug)]
struct Rows {
    path: PathBuf,
    schema: SchemaRef,
    columns: Vec<usize>,
}

impl Rows {
    fn read(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, DataFusionError>> + use<>, DataFusionError>
    {
        let file = std::fs::File::open(&self.path)?;
        let broken = |e: ParquetError| DataFusionError::External(Box::new(e));
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
        let mask = ProjectionMask::roots(reader.parquet_schema(), self.columns.iter().copied());
        let reader = reader.with_projection(mask).build().map_err(broken)?;
        // The reader gives columns in the order of the file.
        let mut sorted = self.columns.clone();
        sorted.sort_unstable();
        let place = |column: &usize| sorted.binary_search(column).unwrap_or_default();
        let order: Vec<usize> = self.columns.iter().map(place).collect();
        Ok(reader.map(move |batch| Ok(batch?.project(&order)?)))
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (rows, failed) = match self.read() {
            Ok(rows) => (Some(rows), None),
            Err(error) => (None, Some(Err(error))),
        };
        let rows = rows.into_iter().flatten().chain(failed);
        let rows = futures::stream::iter(rows);
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            rows,
        ))
    }
}
