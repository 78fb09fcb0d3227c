//! A run: sources are read, tables made, outputs staged and published together.
//!
//! Work is driven from the outputs. A table with one reader that makes rows batch by batch is never stored: its batches flow from the
//! reading threads through its expressions into the encoder of the output. What several read, or what needs all rows at once, is stored.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use onefold_read::{Options as ReadOptions, Reject, Scan};
use onefold_spec::model::{Content, Limit, OutputFormat, Pipeline, Step};
use onefold_write::{Format, Publication, RowEncoder, TableWriter};

use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::log::Log;
use crate::prepare::{self, Prepared, PreparedTable, Shape};
use crate::report::{
    FieldCount, FileReport, OutputReport, Oversized, REPORT_VERSION, RejectCount, Removed, Report, ResolveReport, RuleCounts,
    SharedValue, SourceReport, Status, TableReport,
};
use crate::{sql, steps};

/// How to run, apart from what the pipeline says.
pub struct RunOptions<'a> {
    /// Where relative input paths start; `None`: the folder of the pipeline file.
    pub input_dir: Option<PathBuf>,
    /// Where outputs and `.onefold` go.
    pub output_dir: PathBuf,
    /// Threads that read, make and write rows.
    pub threads: usize,
    /// The time.
    pub clock: &'a (dyn Fn() -> jiff::Timestamp + Sync),
    /// Hears what happens, on any thread.
    pub on_event: &'a (dyn Fn(&RunEvent) + Sync),
    /// Set to stop the run; the old outputs stay.
    pub interrupted: &'a AtomicBool,
}

/// Rows of a table that are kept.
struct Stored {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Stored {
    fn rows(&self) -> u64 {
        self.batches.iter().map(|b| b.num_rows() as u64).sum()
    }
}

type Map<'m, T> = dyn Fn(RecordBatch) -> Result<T, String> + Sync + 'm;

struct Run<'a> {
    pipeline: &'a Pipeline,
    options: &'a RunOptions<'a>,
    prepared: Prepared,
    scans: Vec<Option<Scan>>,
    stored: HashMap<String, Arc<Stored>>,
    log: Log,
    wants_log: bool,
    run_dir: PathBuf,
    sources: Vec<Option<SourceReport>>,
    tables: Vec<TableReport>,
    warnings: Vec<String>,
}

/// Opens the sources and prepares the pipeline: the part of a run that `plan` shows.
pub(crate) fn open(pipeline: &Pipeline, input_dir: &Path, threads: usize) -> Result<(Prepared, Vec<Scan>), Error> {
    let context = sql::session();
    let mut errors = Vec::new();
    let source_sql = prepare::source_sql(&context, pipeline, &mut errors);
    let known = prepare::prepare(pipeline, context, &HashMap::new(), &mut errors)?;
    if !errors.is_empty() {
        return Err(Error::configuration(errors));
    }
    let options = ReadOptions { threads, needed: None };
    let mut scans = Vec::new();
    let mut found = HashMap::new();
    for (source, sql) in pipeline.sources.iter().zip(&source_sql) {
        let scan = Scan::open(source, input_dir, Arc::clone(sql) as Arc<dyn onefold_read::Expressions>, &options)?;
        if source.fields.is_none() {
            let visible: Vec<usize> = (0..scan.schema().fields().len() - 1).collect();
            found.insert(source.name.value.clone(), Arc::new(scan.schema().project(&visible)?));
        }
        scans.push(scan);
    }
    if found.is_empty() {
        return Ok((known, scans));
    }
    let prepared = prepare::prepare(pipeline, sql::session(), &found, &mut errors)?;
    if errors.is_empty() { Ok((prepared, scans)) } else { Err(Error::configuration(errors)) }
}

/// Runs a pipeline.
pub(crate) fn run(pipeline: &Pipeline, options: &RunOptions<'_>) -> Result<Report, Error> {
    let began = Instant::now();
    let started = (options.clock)();
    let input_dir = options.input_dir.clone().unwrap_or_else(|| folder(&pipeline.path));
    let (prepared, scans) = open(pipeline, &input_dir, options.threads)?;

    let run_id = started.strftime("%Y%m%dT%H%M%S.%3fZ").to_string();
    let mut publication = Publication::begin(&options.output_dir, &run_id)?;
    let run_dir = options.output_dir.join(".onefold").join("runs").join(&run_id);
    create_private_dir(&run_dir.join("rejects"))?;

    let mut run = Run {
        pipeline,
        options,
        prepared,
        sources: scans.iter().map(|_| None).collect(),
        scans: scans.into_iter().map(Some).collect(),
        stored: HashMap::new(),
        log: Log::default(),
        wants_log: pipeline.outputs.iter().any(|o| matches!(o.content, Content::RunLog)),
        run_dir: run_dir.clone(),
        tables: Vec::new(),
        warnings: Vec::new(),
    };
    run.event(RunEvent::Started { pipeline: pipeline.name.value.clone() });
    let outputs = run.write_outputs(&mut publication)?;
    let limit = run.exceeded_limit();
    let mut report = Report {
        version: REPORT_VERSION,
        run_id,
        pipeline: pipeline.name.value.clone(),
        onefold: env!("CARGO_PKG_VERSION").to_owned(),
        status: if limit.is_some() { Status::Refused } else { Status::Published },
        started: started.to_string(),
        seconds: 0.0,
        sources: run.sources.iter_mut().filter_map(Option::take).collect(),
        tables: std::mem::take(&mut run.tables),
        outputs,
        warnings: std::mem::take(&mut run.warnings),
    };
    if let Some(difference) = report.imbalance() {
        return Err(Error::internal(format!("the ledger does not add up: {difference}")));
    }
    if let Some(limit) = limit {
        publication.abandon();
        report.seconds = began.elapsed().as_secs_f64();
        report.outputs.clear();
        save_report(&run_dir, &report)?;
        return Err(Error::new(Kind::Data, limit).hint(format!("nothing is published; the rejects are in {}", run_dir.join("rejects").display())));
    }
    publication.commit()?;
    report.seconds = began.elapsed().as_secs_f64();
    save_report(&run_dir, &report)?;
    (options.on_event)(&RunEvent::Completed);
    Ok(report)
}

/// The folder that a pipeline file lies in.
pub(crate) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Rejects hold raw personal data: only their owner may read them.
fn create_private_dir(path: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| Error::new(Kind::Resources, format!("could not create `{}`: {e}", path.display())))
}

fn save_report(run_dir: &Path, report: &Report) -> Result<(), Error> {
    let path = run_dir.join("report.json");
    let text = serde_json::to_string_pretty(report).map_err(Error::internal)?;
    let unwritable = |e: std::io::Error| Error::new(Kind::Resources, format!("could not write `{}`: {e}", path.display()));
    let draft = run_dir.join("report.json.new");
    std::fs::write(&draft, text + "\n").map_err(unwritable)?;
    std::fs::rename(&draft, &path).map_err(unwritable)
}

impl Run<'_> {
    fn event(&mut self, event: RunEvent) {
        self.log.note((self.options.clock)(), &event);
        (self.options.on_event)(&event);
    }

    fn warn(&mut self, message: String) {
        self.event(RunEvent::Warning { message: message.clone() });
        self.warnings.push(message);
    }

    fn check_interrupted(&self) -> Result<(), Error> {
        match self.options.interrupted.load(Ordering::Relaxed) {
            true => Err(Error::new(Kind::Interrupted, "interrupted").hint("the old outputs are unchanged")),
            false => Ok(()),
        }
    }

    /// The first limit that the sources exceed.
    fn exceeded_limit(&self) -> Option<String> {
        let over = |limit: Option<Limit>, rejected: u64, read: u64| match limit {
            Some(Limit::Count(most)) => (rejected > most).then(|| format!("{most}")),
            Some(Limit::Share(most)) => (rejected as f64 > most * read as f64).then(|| format!("{}%", most * 100.0)),
            None => None,
        };
        let reports = || self.sources.iter().flatten();
        for (source, report) in self.pipeline.sources.iter().zip(reports()) {
            if let Some(most) = over(source.limits.rejects, report.rejected, report.read) {
                return Some(format!(
                    "source `{}` has {} rejects among {} records, more than its limit of {most}",
                    report.name, report.rejected, report.read
                ));
            }
        }
        let (rejected, read) = reports().fold((0, 0), |(a, b), r| (a + r.rejected, b + r.read));
        let most = over(self.pipeline.limits.rejects, rejected, read)?;
        Some(format!("the sources have {rejected} rejects among {read} records, more than the limit of {most}"))
    }

    // Outputs.

    fn write_outputs(&mut self, publication: &mut Publication) -> Result<Vec<OutputReport>, Error> {
        let pipeline = self.pipeline;
        let mut reports: Vec<Option<OutputReport>> = pipeline.outputs.iter().map(|_| None).collect();
        // Rejects are known once their source is read, so they come after the tables; the log comes last of all.
        let rank = |content: &Content| match content {
            Content::Table { table, .. } => u8::from(table.ends_with(".rejects")),
            Content::RunLog | Content::Metrics => 2,
        };
        let mut order: Vec<usize> = (0..pipeline.outputs.len()).collect();
        order.sort_by_key(|i| rank(&pipeline.outputs[*i].content));
        for index in order {
            let output = &pipeline.outputs[index];
            let file = publication.stage(Path::new(&output.path.value))?;
            reports[index] = Some(match &output.content {
                Content::Table { table, format, .. } => self.write_table(index, table, format, file)?,
                Content::RunLog => {
                    self.read_the_rest()?;
                    if self.exceeded_limit().is_none() {
                        self.event(RunEvent::Completed);
                    }
                    self.write_text(&output.path, self.log.text().to_owned(), file)?
                }
                Content::Metrics => {
                    self.read_the_rest()?;
                    let text = crate::metrics::text(&self.pipeline.name, self.sources.iter().flatten(), &self.tables);
                    self.write_text(&output.path, text, file)?
                }
            });
        }
        self.read_the_rest()?;
        Ok(reports.into_iter().flatten().collect())
    }

    /// Reads the sources that nobody asked for: every record is accounted for.
    fn read_the_rest(&mut self) -> Result<(), Error> {
        for index in 0..self.scans.len() {
            if self.scans[index].is_some() {
                self.scan::<()>(index, &|_| Ok(()), &mut |()| Ok(()))?;
            }
        }
        Ok(())
    }

    fn write_text(&mut self, path: &str, text: String, mut file: onefold_write::StagedFile) -> Result<OutputReport, Error> {
        file.write_all(text.as_bytes()).map_err(|e| self.unwritable(path, &e))?;
        let bytes = file.finish()?;
        Ok(OutputReport { path: path.to_owned(), table: None, rows: text.lines().count() as u64, bytes })
    }

    fn unwritable(&self, path: &str, error: &std::io::Error) -> Error {
        Error::new(Kind::Resources, format!("could not write `{path}`: {error}"))
    }

    fn write_table(
        &mut self,
        index: usize,
        table: &str,
        format: &OutputFormat,
        mut file: onefold_write::StagedFile,
    ) -> Result<OutputReport, Error> {
        let path = self.pipeline.outputs[index].path.value.clone();
        let Some(projection) = self.prepared.outputs[index].clone() else {
            return Err(Error::internal(format!("output `{path}` has no columns")));
        };
        let format = match format {
            OutputFormat::Csv { delimiter, null, header } => Format::Csv { delimiter: *delimiter, null: null.clone(), header: *header },
            OutputFormat::Json { indent } => Format::Json { indent: *indent },
            OutputFormat::JsonLines => Format::JsonLines,
            OutputFormat::Parquet => Format::Parquet,
        };
        let mut rows = 0u64;
        let bytes = if self.streams(table) && format != Format::Parquet {
            let encoder = RowEncoder::new(&projection.schema, &format)?;
            let mut text = Vec::new();
            encoder.begin(&mut text);
            file.write_all(&text).map_err(|e| self.unwritable(&path, &e))?;
            let encode = |batch: RecordBatch| {
                let batch = projection.apply(&batch)?;
                let mut text = Vec::with_capacity(batch.get_array_memory_size());
                encoder.rows(&batch, 1, &mut text).map_err(|e| e.to_string())?;
                Ok((batch.num_rows() as u64, text))
            };
            self.feed(table, &encode, &mut |(n, text)| {
                let text = if rows == 0 && n > 0 { encoder.without_separator(&text) } else { &text };
                rows += n;
                file.write_all(text).map_err(|e| Error::new(Kind::Resources, format!("could not write `{path}`: {e}")))
            })?;
            text.clear();
            encoder.end(rows, &mut text);
            file.write_all(&text).map_err(|e| self.unwritable(&path, &e))?;
            file.finish()?
        } else {
            let mut writer = TableWriter::start(&projection.schema, &format, file, self.options.threads)?;
            self.feed(table, &|batch| projection.apply(&batch), &mut |batch| Ok(writer.write(&batch)?))?;
            let (file, written) = writer.finish()?;
            rows = written;
            file.finish()?
        };
        self.event(RunEvent::Written { path: path.clone(), rows });
        Ok(OutputReport { path, table: Some(table.to_owned()), rows, bytes })
    }

    // Tables.

    fn source_index(&self, name: &str) -> Option<usize> {
        self.pipeline.sources.iter().position(|s| s.name.value == name)
    }

    fn table_index(&self, name: &str) -> Option<usize> {
        self.prepared.tables.iter().position(|t| self.pipeline.tables[t.index].name.value == name)
    }

    fn is_read_once(&self, name: &str) -> bool {
        self.prepared.readers.get(name).copied().unwrap_or(0) <= 1
    }

    /// Whether a table's rows can pass by without being stored.
    fn streams(&self, name: &str) -> bool {
        if self.stored.contains_key(name) || !self.is_read_once(name) {
            return false;
        }
        if let Some(index) = self.source_index(name) {
            return self.scans[index].is_some();
        }
        self.table_index(name).is_some_and(|i| {
            let table = &self.prepared.tables[i];
            table.shape.order.is_empty() && matches!(&self.pipeline.tables[table.index].step, Step::From(inner) if self.streams(inner))
        })
    }

    /// Gives the rows of a table to `sink` in order; `map` runs on several threads where the rows are not stored.
    fn feed<T: Send>(
        &mut self,
        name: &str,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.streams(name) {
            if let Some(index) = self.source_index(name) {
                return self.scan(index, map, sink);
            }
            if let Some(number) = self.table_index(name) {
                return self.pass(number, map, sink);
            }
        }
        let stored = self.collect(name)?;
        for batch in &stored.batches {
            self.check_interrupted()?;
            let made = map(batch.clone()).map_err(|e| Error::new(Kind::Data, format!("table `{name}`: {e}")))?;
            sink(made)?;
        }
        if self.is_read_once(name) {
            self.stored.remove(name);
        }
        Ok(())
    }

    /// A `from:` table whose rows are shaped on their way.
    fn pass<T: Send>(
        &mut self,
        number: usize,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let Step::From(inner) = &table.step else { return Err(Error::internal("only a `from` table passes its rows by")) };
        let shape = Arc::new(self.take_shape(number));
        let (rows_in, rows_out) = (AtomicU64::new(0), AtomicU64::new(0));
        let shaped = |batch: RecordBatch| {
            rows_in.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            let batch = apply(&shape, batch)?;
            rows_out.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            map(batch)
        };
        self.feed(inner, &shaped, sink)?;
        let (rows_in, rows_out) = (rows_in.into_inner(), rows_out.into_inner());
        self.account(&table.name, "from", Some(rows_in), rows_out, vec![("where", rows_in - rows_out)], None, began);
        Ok(())
    }

    fn take_shape(&mut self, number: usize) -> Shape {
        let shape = &mut self.prepared.tables[number].shape;
        Shape { filter: shape.filter.clone(), select: shape.select.clone(), order: std::mem::take(&mut shape.order) }
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of a ledger line")]
    fn account(
        &mut self,
        name: &str,
        step: &str,
        rows_in: Option<u64>,
        rows_out: u64,
        removed: Vec<(&str, u64)>,
        resolve: Option<ResolveReport>,
        began: Instant,
    ) {
        let removed = removed.into_iter().filter(|(_, rows)| *rows > 0).map(|(reason, rows)| Removed { reason: reason.to_owned(), rows });
        self.tables.push(TableReport {
            name: name.to_owned(),
            step: step.to_owned(),
            rows_in,
            rows_out,
            removed: removed.collect(),
            resolve,
            seconds: began.elapsed().as_secs_f64(),
        });
        self.event(RunEvent::Made { table: name.to_owned(), rows: rows_out });
    }

    /// All rows of a table, made now unless they are there.
    fn collect(&mut self, name: &str) -> Result<Arc<Stored>, Error> {
        if let Some(stored) = self.stored.get(name) {
            return Ok(Arc::clone(stored));
        }
        if let Some(index) = self.source_index(name) {
            let schema = match &self.scans[index] {
                Some(scan) => Arc::clone(scan.schema()),
                None => return Err(Error::internal(format!("source `{name}` is read twice"))),
            };
            let mut batches = Vec::new();
            self.scan(index, &Ok, &mut |batch: RecordBatch| {
                if batch.num_rows() > 0 {
                    batches.push(batch);
                }
                Ok(())
            })?;
            return Ok(self.store(name, Stored { schema, batches }));
        }
        if let Some((owner, _)) = name.split_once('.') {
            // A side table is made with its owner.
            if let Some(index) = self.source_index(owner) {
                if self.scans[index].is_some() {
                    match self.prepared.readers.get(owner).copied().unwrap_or(0) {
                        0 => self.scan::<()>(index, &|_| Ok(()), &mut |()| Ok(()))?,
                        _ => drop(self.collect(owner)?),
                    }
                }
            } else {
                self.collect(owner)?;
            }
            return self.stored.get(name).cloned().ok_or_else(|| Error::internal(format!("no rows of `{name}`")));
        }
        let number = self.table_index(name).ok_or_else(|| Error::internal(format!("no table `{name}`")))?;
        self.make(number)?;
        self.stored.get(name).cloned().ok_or_else(|| Error::internal(format!("no rows of `{name}`")))
    }

    fn store(&mut self, name: &str, stored: Stored) -> Arc<Stored> {
        let stored = Arc::new(stored);
        self.stored.insert(name.to_owned(), Arc::clone(&stored));
        stored
    }

    /// Makes a table by its step, shapes and stores it.
    fn make(&mut self, number: usize) -> Result<(), Error> {
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let name = table.name.value.clone();
        let mut resolved = None;
        let (step, rows_in, removed, batches, began) = match &table.step {
            Step::Resolve(step) => {
                let (batches, rows, report, began) = self.resolve(&name, step)?;
                let kept = batches.iter().map(|b| b.num_rows() as u64).sum::<u64>();
                resolved = Some(report);
                ("resolve", Some(rows), vec![("merged", rows - kept)], batches, began)
            }
            Step::Sql(query) => {
                for input in steps::sql::tables(query, self.pipeline) {
                    let stored = self.collect(&input)?;
                    let (schema, batches) = visible(&stored)?;
                    prepare::register(&self.prepared.context, &input, &schema, batches)?;
                }
                let began = Instant::now();
                let batches = steps::sql::run(query, &self.prepared.context)?;
                ("sql", None, Vec::new(), batches, began)
            }
            Step::Aggregate(step) => {
                let stored = self.collect(&step.from)?;
                let (schema, batches) = visible(&stored)?;
                let mut errors = Vec::new();
                let query = steps::aggregate_query(step, &schema, &mut errors)
                    .ok_or_else(|| Error::configuration(std::mem::take(&mut errors)))?;
                prepare::register(&self.prepared.context, &step.from, &schema, batches)?;
                let began = Instant::now();
                let rows = stored.rows();
                let batches = steps::sql::run(&query, &self.prepared.context)?;
                let groups: u64 = batches.iter().map(|b| b.num_rows() as u64).sum();
                ("aggregate", Some(rows.max(groups)), vec![("grouped", rows.max(groups) - groups)], batches, began)
            }
            Step::Align(tables) => {
                let mut inputs = Vec::new();
                for table in tables {
                    inputs.push(visible(&*self.collect(table)?)?);
                }
                let began = Instant::now();
                let names: Vec<&str> = tables.iter().map(|t| t.as_str()).collect();
                self.warn(format!(
                    "table {name}: rows of {} are paired by position, a placeholder that identifies nobody",
                    names.join(" and ")
                ));
                let schema = Arc::clone(&self.prepared.tables[number].step_schema);
                let batch = steps::align(&schema, &inputs)?;
                ("align", Some(batch.num_rows() as u64), Vec::new(), vec![batch], began)
            }
            Step::Union(tables) => {
                let schema = Arc::clone(&self.prepared.tables[number].step_schema);
                let mut all = Vec::new();
                for input in tables {
                    self.feed(input, &|batch| steps::union(&schema, &batch).map_err(|e| e.to_string()), &mut |batch| {
                        all.push(batch);
                        Ok(())
                    })?;
                }
                let rows = all.iter().map(|b: &RecordBatch| b.num_rows() as u64).sum();
                ("union", Some(rows), Vec::new(), all, Instant::now())
            }
            Step::From(inner) => {
                let mut all = Vec::new();
                self.feed(inner, &Ok, &mut |batch: RecordBatch| {
                    all.push(batch);
                    Ok(())
                })?;
                let rows = all.iter().map(|b| b.num_rows() as u64).sum();
                ("from", Some(rows), Vec::new(), all, Instant::now())
            }
            _ => return Err(Error::internal(format!("table `{name}` has a step that cannot run"))),
        };
        let shape = self.take_shape(number);
        let before: u64 = batches.iter().map(|b| b.num_rows() as u64).sum();
        let (schema, batches) = self.shaped(number, &shape, batches, &name)?;
        let stored = self.store(&name, Stored { schema, batches });
        let rows = stored.rows();
        let mut removed = removed;
        if rows_in.is_some() {
            removed.push(("where", before - rows));
        }
        self.account(&name, step, rows_in, rows, removed, resolved, began);
        Ok(())
    }

    fn shaped(
        &self,
        number: usize,
        shape: &Shape,
        batches: Vec<RecordBatch>,
        name: &str,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let PreparedTable { schema, step_schema, .. } = &self.prepared.tables[number];
        let failed = |e: String| Error::new(Kind::Data, format!("table `{name}`: {e}"));
        let mut batches = match &shape.filter {
            Some(_) => batches.into_iter().map(|b| filter(shape, b)).collect::<Result<Vec<_>, _>>().map_err(failed)?,
            None => batches,
        };
        if !shape.order.is_empty() {
            let schema = batches.first().map_or_else(|| Arc::clone(step_schema), RecordBatch::schema);
            batches = steps::sort::sort(&schema, &batches, &shape.order)?;
        }
        if let Some(select) = &shape.select {
            batches = batches.iter().map(|b| select.apply(b)).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        }
        let schema = batches.first().map_or_else(|| Arc::clone(schema), RecordBatch::schema);
        Ok((schema, batches))
    }

    #[expect(clippy::type_complexity, reason = "rows, how many came in, account, and since when")]
    fn resolve(
        &mut self,
        name: &str,
        step: &onefold_spec::model::Resolve,
    ) -> Result<(Vec<RecordBatch>, u64, ResolveReport, Instant), Error> {
        let mut inputs = Vec::new();
        for table in &step.from {
            let stored = self.collect(table)?;
            let mut input = steps::resolve::source(table, self.pipeline, Arc::clone(&stored.schema));
            input.address = steps::resolve::address(&stored.schema);
            input.batches = stored.batches.clone();
            inputs.push(input);
            if self.is_read_once(table) {
                self.stored.remove(table.as_str());
            }
        }
        let began = Instant::now();
        let options = steps::resolve::options(step, self.pipeline, self.options.threads);
        let records = inputs.iter().flat_map(|i| &i.batches).map(|b| b.num_rows() as u64).sum();
        self.event(RunEvent::Collected { records });
        let mut resolved = onefold_resolve::resolve(inputs, &options).map_err(|e| Error::new(Kind::Configuration, e.to_string()))?;
        let customers = std::mem::take(&mut resolved.customers);
        let duplicates = std::mem::take(&mut resolved.duplicates);
        let groups = duplicates.iter().map(|b| b.num_rows() as u64).sum();
        self.event(RunEvent::Duplicates { groups, removed: resolved.report.duplicates });
        if self.wants_log {
            for merge in resolved.merges() {
                let key = |record| resolved.record_key(record).map(Option::unwrap_or_default).map_err(Error::internal);
                let reasons = merge.rules.iter().filter_map(|r| options.rules.get(r)).map(|r| r.label.clone()).collect();
                self.event(RunEvent::Merged { record: key(merge.record)?, into: key(merge.into)?, reasons });
            }
        }
        self.event(RunEvent::Resolved { customers: resolved.report.customers });
        let report = resolve_report(&resolved.report);
        for rule in &report.rules {
            if rule.shared_values > 0 {
                let top = report.shared_values.iter().find(|v| v.rule == rule.rule);
                let example = top.map_or(String::new(), |v| format!(", the first is `{}` on {} records", v.value, v.records));
                self.warn(format!(
                    "table {name}: {} value{} of rule {} on too many records made no links ({} records{example})",
                    rule.shared_values,
                    if rule.shared_values == 1 { "" } else { "s" },
                    rule.rule,
                    rule.shared_records
                ));
            }
        }
        if let Some(largest) = report.oversized.first() {
            self.warn(format!("table {name}: customer {} has {} records, more than max_size", largest.id, largest.records));
        }
        let read = |side: &str| self.prepared.readers.contains_key(&format!("{name}.{side}"));
        let mut sides = vec![("duplicates", resolved.schemas.duplicates.clone(), duplicates)];
        if read("links") {
            sides.push(("links", resolved.schemas.links.clone(), resolved.links().map_err(Error::internal)?));
        }
        if read("members") {
            let members = resolved.members().collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
            sides.push(("members", resolved.schemas.members.clone(), members));
        }
        for (side, schema, batches) in sides {
            self.store(&format!("{name}.{side}"), Stored { schema, batches });
        }
        Ok((customers, records, report, began))
    }

    // Sources.

    /// Reads a source to its end, once: rows go through `map` to `sink`, rejects to their table and their file.
    fn scan<T: Send>(
        &mut self,
        index: usize,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let source = &self.pipeline.sources[index];
        let scan = self.scans[index].take().ok_or_else(|| Error::internal(format!("source `{}` is read twice", source.name.value)))?;
        let schema = onefold_read::rejects_schema(scan.fields().iter().map(String::as_str));
        let mut rejects = RejectTable { schema: Arc::clone(&schema), waiting: Vec::new(), batches: Vec::new(), counts: HashMap::new() };
        let mut failed: Option<Error> = None;
        let mut read = 0;
        let options = self.options;
        let summary = scan.run(map, |batch| {
            read += batch.accepted + batch.rejects.len() as u64;
            (options.on_event)(&RunEvent::Reading { source: source.name.value.clone(), records: read });
            let done = rejects.take(batch.rejects).and_then(|()| self.check_interrupted()).and_then(|()| {
                let made = batch.records.map_err(|e| Error::new(Kind::Data, format!("source `{}`: {e}", source.name.value)))?;
                sink(made)
            });
            failed = done.err();
            failed.is_none()
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        rejects.flush()?;
        for file in &summary.files {
            let records = if summary.files.len() == 1 { summary.accepted } else { file.records };
            self.event(RunEvent::Loaded { file: file.name.clone(), records });
        }
        for (field, values) in &summary.nulled {
            self.warn(format!("source {}: {values} invalid values of field {field} were made missing", source.name.value));
        }
        let mut counts: Vec<RejectCount> = rejects.counts.into_values().collect();
        counts.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.code.cmp(&b.code)));
        self.sources[index] = Some(SourceReport {
            name: source.name.value.clone(),
            label: source.label.clone(),
            read: summary.read,
            accepted: summary.accepted,
            rejected: summary.rejected,
            rejects: counts,
            nulled: summary.nulled.into_iter().map(|(field, values)| FieldCount { field, values }).collect(),
            files: summary
                .files
                .into_iter()
                .map(|f| FileReport { name: f.name, bytes: f.bytes, records: f.records, xxh3: f.digest.map_or_else(String::new, |d| format!("{d:032x}")) })
                .collect(),
            seconds: began.elapsed().as_secs_f64(),
        });
        if summary.rejected > 0 {
            self.save_rejects(&source.name, &schema, &rejects.batches)?;
        }
        self.store(&format!("{}.rejects", source.name.value), Stored { schema, batches: rejects.batches });
        Ok(())
    }

    fn save_rejects(&self, source: &str, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<(), Error> {
        let path = self.run_dir.join("rejects").join(format!("{source}.parquet"));
        let file = std::fs::File::create(&path).map_err(|e| self.unwritable(&path.to_string_lossy(), &e))?;
        onefold_write::write_table(schema, &Format::Parquet, batches.iter().cloned(), file)?;
        Ok(())
    }
}

/// Collects rejects as batches, so that a million of them cost no million small strings.
struct RejectTable {
    schema: SchemaRef,
    waiting: Vec<Reject>,
    batches: Vec<RecordBatch>,
    counts: HashMap<String, RejectCount>,
}

impl RejectTable {
    fn take(&mut self, rejects: Vec<Reject>) -> Result<(), Error> {
        for reject in &rejects {
            match self.counts.get_mut(reject.code.as_ref()) {
                Some(count) => count.records += 1,
                None => {
                    let count = RejectCount { code: reject.code.to_string(), reason: reject.reason.clone(), records: 1 };
                    self.counts.insert(count.code.clone(), count);
                }
            }
        }
        self.waiting.extend(rejects);
        if self.waiting.len() >= 4096 { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        if !self.waiting.is_empty() {
            self.batches.push(onefold_read::rejects_batch(&self.schema, &self.waiting)?);
            self.waiting.clear();
        }
        Ok(())
    }
}

/// The rows of a stored table without the hidden address.
fn visible(stored: &Stored) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
    let Some(hidden) = steps::resolve::address(&stored.schema) else {
        return Ok((Arc::clone(&stored.schema), stored.batches.clone()));
    };
    let columns: Vec<usize> = (0..hidden).collect();
    let schema = Arc::new(stored.schema.project(&columns)?);
    let batches = stored.batches.iter().map(|b| b.project(&columns)).collect::<Result<Vec<_>, _>>()?;
    Ok((schema, batches))
}

fn filter(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    match &shape.filter {
        None => Ok(batch),
        Some(condition) => filter_record_batch(&batch, &condition.holds(&batch)?).map_err(|e| e.to_string()),
    }
}

fn apply(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    let batch = filter(shape, batch)?;
    match &shape.select {
        None => Ok(batch),
        Some(select) => select.apply(&batch),
    }
}

fn resolve_report(report: &onefold_resolve::Report) -> ResolveReport {
    ResolveReport {
        records: report.records,
        customers: report.customers,
        sizes: onefold_resolve::SIZE_BUCKETS.iter().map(|b| b.0.to_owned()).zip(report.sizes).collect(),
        largest: report.largest,
        rules: report
            .rules
            .iter()
            .map(|r| RuleCounts {
                rule: r.label.clone(),
                present: r.present,
                linked: r.records,
                shared_values: r.skipped_values,
                shared_records: r.skipped_records,
            })
            .collect(),
        shared_values: report
            .skipped
            .iter()
            .map(|v| SharedValue { rule: v.rule.clone(), value: v.value.clone(), records: v.records })
            .collect(),
        oversized: report.oversized.iter().map(|o| Oversized { id: o.id.clone(), records: o.records }).collect(),
    }
}
