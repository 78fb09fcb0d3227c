//! Pushes rows through the graph of a run.
//!
//! A *flow* is one pass over the rows of a source that is read now, or of a table that is stored. Its batches go to every reader that can
//! take them: through the steps that work batch by batch, on the threads that read, into outputs, gathering steps and the store. A reader
//! whose lookups need the very rows that are about to flow has to wait; for it, and for steps that need all rows at once, the rows are
//! stored as they pass. A table is released when its last reader has it.

mod ending;
mod ways;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use onefold_read::{Locator, Scan};
use onefold_spec::model::{Content, Pipeline};
use onefold_write::Publication;

use super::branch::{Branch, Leaf, Passed, Rows, Through, pass};
use super::graph::{Graph, Maker, Passage, Reader};
use super::limits;
use super::located::{located, places_of};
use super::options::RunOptions;
use super::outputs::{Writer, write_text};
use super::partitioned::PartitionedFolders;
use super::shaping::failed;
use super::store::Store;
use super::workbooks::Workbooks;
use crate::before::Runs;
use crate::error::Error;
use crate::events::RunEvent;
use crate::ledger::Ledger;
use crate::ordered::ordered;
use crate::places::Places;
use crate::prepare::{Prepared, PreparedTable};
use crate::report::OutputReport;
use crate::steps::step::{Counts, Gatherer, Input, Running, Way, of_type};
use crate::stored::Stored;
use crate::suppression::Suppression;

/// A run that is going on.
pub(super) struct Executor<'a, 'l> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) options: &'a RunOptions<'a>,
    pub(super) prepared: Arc<Prepared>,
    pub(super) graph: Arc<Graph>,
    pub(super) ledger: &'a mut Ledger<'l>,
    pub(super) publication: &'a Publication,
    run_id: &'a str,
    /// People who were erased.
    pub(super) suppression: Option<Suppression>,
    /// The sources that are not read yet.
    pub(super) scans: Vec<Option<Scan>>,
    /// Finds the line of a record, by source.
    pub(super) locators: Vec<Locator>,
    pub(super) store: Store,
    /// Readers that have their rows, or whose way is ready for them.
    served: HashSet<Reader>,
    /// Readers that have all their rows.
    done: HashSet<Reader>,
    /// Tables that are to be stored, whoever else reads them.
    wanted: HashSet<String>,
    /// Sources whose flow is made ready or goes on.
    flowing: Vec<usize>,
    /// Tables whose lookups are being made ready.
    opening: HashSet<usize>,
    /// By table the way through its step, ready for the rows of its input.
    waiting: HashMap<usize, Through>,
    writers: HashMap<usize, Writer>,
    workbooks: Workbooks,
    folders: PartitionedFolders,
    /// By table the gathering step in the run, and how many of its inputs have not ended.
    gatherers: HashMap<usize, (Box<dyn Gatherer>, usize)>,
    slots: Vec<Slot>,
    /// By table the sorted rows of its input.
    sorted: HashMap<usize, Stored>,
    /// Rows and counts of the steps that work batch by batch.
    counts: HashMap<usize, (Rows, Counts)>,
    /// Flows and tables so far: without more of them a run would turn in a circle.
    progress: u64,
}

/// Rows that are stored as they pass.
struct Slot {
    what: Kept,
    batches: Vec<RecordBatch>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// The rows of a table.
    Table(String),
    /// The rows that the step of a table reads, to be sorted.
    Input(usize),
    /// The rows of a step, to be shaped.
    Made(usize),
}

/// Where a flow starts.
enum Start {
    /// A source that is read now.
    Source(usize),
    /// A table that is stored.
    Stored(String, Arc<Stored>),
    /// The sorted input of a table.
    Sorted(usize, Stored),
}

impl<'a, 'l> Executor<'a, 'l> {
    pub(super) fn new(
        pipeline: &'a Pipeline,
        options: &'a RunOptions<'a>,
        prepared: Prepared,
        scans: Vec<Scan>,
        ledger: &'a mut Ledger<'l>,
        suppression: Option<Suppression>,
        (run_id, publication): (&'a str, &'a Publication),
    ) -> Self {
        let graph = Graph::new(pipeline, &prepared);
        let locators: Vec<Locator> = scans.iter().map(Scan::locator).collect();
        let prepared = located(pipeline, &graph, prepared, &locators);
        Self {
            pipeline,
            options,
            prepared: Arc::new(prepared),
            graph: Arc::new(graph),
            ledger,
            publication,
            run_id,
            suppression,
            scans: scans.into_iter().map(Some).collect(),
            locators,
            store: Store::default(),
            served: HashSet::new(),
            done: HashSet::new(),
            wanted: HashSet::new(),
            flowing: Vec::new(),
            opening: HashSet::new(),
            waiting: HashMap::new(),
            writers: HashMap::new(),
            workbooks: Workbooks::default(),
            folders: PartitionedFolders::default(),
            gatherers: HashMap::new(),
            slots: Vec::new(),
            sorted: HashMap::new(),
            counts: HashMap::new(),
            progress: 0,
        }
    }

    /// Gives a reader its rows, if it does not have them.
    fn serve(&mut self, name: &str, reader: Reader) -> Result<(), Error> {
        while !self.done.contains(&reader) {
            self.flow_on(name)?;
        }
        Ok(())
    }

    /// All rows of a table.
    fn complete(&mut self, name: &str) -> Result<Arc<Stored>, Error> {
        loop {
            if let Some(rows) = self.store.get(name) {
                return Ok(rows);
            }
            self.wanted.insert(name.to_owned());
            self.flow_on(name)?;
        }
    }

    /// A step towards the rows of a table: a flow, or a table that is made.
    fn flow_on(&mut self, name: &str) -> Result<(), Error> {
        let before = self.progress;
        self.flow(name)?;
        match self.progress > before {
            true => Ok(()),
            false => Err(Error::internal(format!("no way to the rows of `{name}`"))),
        }
    }

    fn flow(&mut self, name: &str) -> Result<(), Error> {
        if let Some(rows) = self.store.get(name) {
            return self.start(Start::Stored(name.to_owned(), rows));
        }
        let table = match self.graph.maker(name) {
            Some(Maker::Source(index)) if self.scans[index].is_some() => {
                return self.start(Start::Source(index));
            }
            Some(Maker::Table(table)) => table,
            _ => return Err(Error::internal(format!("no rows of `{name}`"))),
        };
        let graph = Arc::clone(&self.graph);
        let prepared = Arc::clone(&self.prepared);
        let reads = graph.reads(table);
        if let Way::Batchwise(step) = &prepared.tables[table].way {
            // Lookups are indexed before the rows that look up are made: an index takes less room than the rows of two tables.
            let once = match graph.passage(table) {
                Passage::Sorted(_) => true,
                _ => self.comes_once(&reads[0]),
            };
            let is_new = !self.waiting.contains_key(&table)
                && !self.opening.contains(&table)
                && !self.served.contains(&Reader::Step { table, input: 0 });
            if is_new && (once || !step.marks()) && !self.waits_for_a_flow(&reads[1..]) {
                let through = self.through(table, once)?;
                self.waiting.insert(table, through);
            }
        }
        match (&prepared.tables[table].way, graph.passage(table)) {
            (Way::Batchwise(_), Passage::AsTheyCome) => self.flow(&reads[0]),
            (Way::Batchwise(_), Passage::Sorted(_)) => {
                self.serve(&reads[0], Reader::Step { table, input: 0 })?;
                match self.sorted.remove(&table) {
                    Some(rows) => self.start(Start::Sorted(table, rows)),
                    None => Err(Error::internal(format!("`{name}` is sorted twice"))),
                }
            }
            (Way::Batchwise(_), Passage::Together) => {
                self.serve(&reads[0], Reader::Step { table, input: 0 })
            }
            (Way::Gathering(_), _) => (0..reads.len())
                .try_for_each(|input| self.serve(&reads[input], Reader::Step { table, input })),
            (Way::Whole(step), _) => {
                let inputs = (0..reads.len()).map(|input| self.input(table, input, true));
                let inputs = inputs.collect::<Result<Vec<_>, Error>>()?;
                let made = step.make(inputs, &mut self.running(table))?;
                self.made(table, made)
            }
        }
    }

    /// An input of a step, with all its rows, in their order where it matters.
    fn input(&mut self, table: usize, input: usize, in_order: bool) -> Result<Input, Error> {
        let name = self.graph.reads(table)[input].clone();
        let mut rows = self.complete(&name)?;
        if rows.chosen.is_some() && (in_order || !rows.has_all_rows()) {
            rows = self.store.put(&name, rows.gathered(self.options.threads)?);
        }
        let reader = Reader::Step { table, input };
        self.served.insert(reader);
        self.done.insert(reader);
        self.release(&name);
        Ok(Input {
            places: self.places_of(&name),
            name,
            rows,
        })
    }

    /// The run as the step of a table sees it.
    fn running(&mut self, table: usize) -> Running<'_, 'l> {
        let is_log = |content: &Content| matches!(content, Content::RunLog);
        let PreparedTable { name, shape, .. } = &self.prepared.tables[table];
        Running {
            table: name,
            threads: self.options.threads,
            is_read: !shape.is_none() || self.is_read(name),
            is_logged: self.pipeline.outputs.iter().any(|o| is_log(&o.content)),
            state_dir: self
                .options
                .state_dir
                .as_deref()
                .filter(|_| !self.options.new_ids),
            pipeline: &self.pipeline.name.value,
            suppression: self.suppression.as_ref(),
            run_id: self.run_id,
            ledger: self.ledger,
        }
    }

    /// Whether somebody reads a table.
    fn is_read(&self, name: &str) -> bool {
        self.wanted.contains(name) || !self.graph.readers(name).is_empty()
    }

    /// Forgets a table that no reader waits for.
    fn release(&mut self, name: &str) {
        let mut readers = self.graph.readers(name).iter();
        if readers.all(|reader| self.served.contains(reader)) {
            self.store.release(name);
        }
    }

    /// Lets rows flow to all readers that can take them.
    fn start(&mut self, start: Start) -> Result<(), Error> {
        let branches = match &start {
            Start::Source(index) => {
                self.flowing.push(*index);
                let name = self.pipeline.sources[*index].name.value.clone();
                let branches = self.branches(&name, false)?;
                self.scan(*index, &branches)?;
                self.flowing.pop();
                branches
            }
            Start::Stored(name, rows) => {
                let branches = self.branches(name, true)?;
                self.release(name);
                self.feed(name, rows, &branches)?;
                branches
            }
            Start::Sorted(table, rows) => {
                let branches = vec![self.way_through(*table, true)?];
                let name = self.prepared.tables[*table].name.clone();
                self.feed(&name, rows, &branches)?;
                branches
            }
        };
        if !branches.is_empty() || matches!(start, Start::Source(_)) {
            self.progress += 1;
        }
        drop(start);
        self.end(branches)
    }

    /// Gives stored rows to the branches.
    fn feed(&mut self, name: &str, rows: &Stored, branches: &[Branch]) -> Result<(), Error> {
        if branches.is_empty() {
            return Ok(());
        }
        let prepared = Arc::clone(&self.prepared);
        let pieces = rows.pieces()?;
        let make = |number| {
            let mut passed = Passed::default();
            pass(branches, &prepared, pieces.piece(number)?, &mut passed)?;
            Ok(passed)
        };
        ordered(self.options.threads, pieces.count(), make, |made| {
            limits::check(self.options, &self.store, None)?;
            self.take(made.map_err(|e: String| failed(name, &e))?)
        })
    }

    /// Takes what has come of a batch.
    pub(super) fn take(&mut self, passed: Passed) -> Result<(), Error> {
        for (table, rows, counts) in passed.counts {
            let sum = self.counts.entry(table).or_default();
            sum.0.append(rows);
            sum.1.append(counts);
        }
        for (leaf, work) in passed.work {
            match leaf {
                Leaf::Slot(slot) => {
                    let batch: RecordBatch = of_type(work)?;
                    if batch.num_rows() > 0 {
                        self.slots[slot].batches.push(batch);
                    }
                }
                Leaf::Output(number) => match self.writers.get_mut(&number) {
                    Some(writer) => writer.take(work, self.publication)?,
                    None => return Err(Error::internal("an output is not open")),
                },
                Leaf::Gatherer { table, input } => match self.gatherers.get_mut(&table) {
                    Some((gatherer, _)) => gatherer.take(input, work)?,
                    None => return Err(Error::internal("a step is not open")),
                },
            }
        }
        Ok(())
    }

    /// Writes all outputs, and reads the sources that nobody asked for: every record is accounted for.
    pub(super) fn run(mut self, earlier: &Runs) -> Result<(), Error> {
        let output_dir = &self.options.output_dir;
        self.folders = PartitionedFolders::open(self.pipeline, output_dir, earlier)?;
        // What is beside a source is known once it is read, so it comes after the tables; the log comes last of all.
        let rank = |content: &Content| match content {
            Content::Table { table, .. } => {
                u8::from(table.ends_with(".rejects") || table.ends_with(".nulled"))
            }
            Content::RunLog | Content::Metrics | Content::Page(_) => 2,
        };
        let mut order: Vec<usize> = (0..self.pipeline.outputs.len()).collect();
        order.sort_by_key(|number| rank(&self.pipeline.outputs[*number].content));
        for number in order {
            let output = &self.pipeline.outputs[number];
            let text = match &output.content {
                Content::Table { table, .. } => {
                    self.serve(table, Reader::Output(number))?;
                    continue;
                }
                Content::RunLog => {
                    self.read_the_rest()?;
                    if self.ledger.exceeded(self.pipeline).is_empty() {
                        self.ledger.note(&RunEvent::Completed);
                    }
                    self.ledger.log().text().to_owned()
                }
                Content::Page(table) => {
                    self.read_the_rest()?;
                    let page = self.ledger.page_of(&table.value);
                    page.ok_or_else(|| Error::internal("a page was not made"))?
                        .to_owned()
                }
                // They tell how the run ended.
                Content::Metrics => continue,
            };
            let bytes = write_text(&output.path, &text, self.publication)?;
            let report = OutputReport {
                path: output.path.value.clone(),
                table: None,
                rows: text.lines().count() as u64,
                bytes,
                sheet: None,
                partitions: None,
                guarded_cells: None,
            };
            self.ledger.enter_output(number, report);
        }
        self.read_the_rest()
    }

    fn read_the_rest(&mut self) -> Result<(), Error> {
        for index in 0..self.scans.len() {
            if self.scans[index].is_some() {
                self.start(Start::Source(index))?;
            }
        }
        Ok(())
    }

    /// Columns of a source or table, without the hidden address.
    fn columns(&self, name: &str) -> Result<SchemaRef, Error> {
        let columns = self.prepared.schemas.get(name).cloned();
        columns.ok_or_else(|| Error::internal(format!("no columns of `{name}`")))
    }

    /// Finds the rows of a table in their files, where they come from one as they are.
    fn places_of(&self, name: &str) -> Places {
        places_of(name, &self.graph, &self.prepared, &self.locators)
    }
}
