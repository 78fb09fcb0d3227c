//! Pushes rows through the graph of a run.
//!
//! A *flow* is one pass over the rows of a source that is read now, or of a table that is stored. Its batches go to every reader that can
//! take them: through the steps that work batch by batch, on the threads that read, into outputs, gathering steps and the store. A reader
//! whose lookups need the very rows that are about to flow has to wait; for it, and for steps that need all rows at once, the rows are
//! stored as they pass. A table is released when its last reader has it.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use onefold_operators::{SortKey, compact, sort_rows};
use onefold_read::{Locator, Scan};
use onefold_spec::model::{Content, Pipeline};
use onefold_write::Publication;

use super::branch::{Branch, Leaf, Passed, Rows, Through, pass};
use super::graph::{Graph, Maker, Passage, Reader};
use super::limits;
use super::located::{located, places_of};
use super::options::RunOptions;
use super::outputs::{Writer, write_text};
use super::shaping::{failed, shape};
use super::store::Store;
use crate::error::Error;
use crate::events::RunEvent;
use crate::ledger::{Account, Ledger};
use crate::ordered::ordered;
use crate::places::Places;
use crate::prepare::Prepared;
use crate::report::OutputReport;
use crate::steps::step::{Counts, Gatherer, Input, Made, Running, Way, Work, of_type};
use crate::steps::without_address;
use crate::stored::Stored;

/// A run that is going on.
pub(super) struct Executor<'a, 'l> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) options: &'a RunOptions<'a>,
    pub(super) prepared: Arc<Prepared>,
    pub(super) graph: Arc<Graph>,
    pub(super) ledger: &'a mut Ledger<'l>,
    pub(super) publication: &'a mut Publication,
    /// The folder of the run.
    pub(super) folder: &'a Path,
    /// The sources that are not read yet.
    pub(super) scans: Vec<Option<Scan>>,
    /// Finds the line of a record, by source.
    pub(super) locators: Vec<Locator>,
    pub(super) store: Store,
    /// Readers that have their rows, or get them in a flow that is made ready.
    served: HashSet<Reader>,
    /// Tables that are to be stored, whoever else reads them.
    wanted: HashSet<String>,
    /// Sources whose flow is made ready or goes on.
    flowing: Vec<usize>,
    writers: HashMap<usize, Writer>,
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
        publication: &'a mut Publication,
        folder: &'a Path,
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
            folder,
            scans: scans.into_iter().map(Some).collect(),
            locators,
            store: Store::default(),
            served: HashSet::new(),
            wanted: HashSet::new(),
            flowing: Vec::new(),
            writers: HashMap::new(),
            gatherers: HashMap::new(),
            slots: Vec::new(),
            sorted: HashMap::new(),
            counts: HashMap::new(),
            progress: 0,
        }
    }

    /// Gives a reader its rows, if it does not have them.
    fn serve(&mut self, name: &str, reader: Reader) -> Result<(), Error> {
        while !self.served.contains(&reader) {
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
        if matches!(prepared.tables[table].way, Way::Batchwise(_)) {
            // What is looked up comes before the rows that look up, which are stored for a shorter time then.
            for lookup in &reads[1..] {
                if !self.waits_for_a_flow(std::slice::from_ref(lookup)) {
                    self.complete(lookup)?;
                }
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
        self.served.insert(Reader::Step { table, input });
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
        Running {
            table: &self.prepared.tables[table].name,
            threads: self.options.threads,
            is_logged: self.pipeline.outputs.iter().any(|o| is_log(&o.content)),
            ledger: self.ledger,
        }
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
                let branches = vec![self.through(*table, true)?];
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

    /// The ways of the rows of a table to the readers that wait for them. `once`: no batch is given twice.
    fn branches(&mut self, name: &str, once: bool) -> Result<Vec<Branch>, Error> {
        let prepared = Arc::clone(&self.prepared);
        let graph = Arc::clone(&self.graph);
        let mut branches = Vec::new();
        let mut is_kept = self.wanted.contains(name);
        let as_read = !once && matches!(graph.maker(name), Some(Maker::Source(_)));
        for reader in graph.readers(name) {
            if self.served.contains(reader) {
                continue;
            }
            let (table, input) = match reader {
                Reader::Output(number) => {
                    self.served.insert(*reader);
                    branches.push(self.output(*number)?);
                    continue;
                }
                Reader::Step { table, input } => (*table, *input),
            };
            match (&prepared.tables[table].way, graph.passage(table)) {
                (Way::Gathering(step), _) => {
                    self.served.insert(*reader);
                    if !self.gatherers.contains_key(&table) {
                        let reads = graph.reads(table);
                        let places = reads.iter().map(|name| self.places_of(name)).collect();
                        let gatherer = step.begin(places, self.options.threads)?;
                        self.gatherers.insert(table, (gatherer, reads.len()));
                    }
                    let worker = self.gatherers[&table].0.worker(input);
                    let leaf = Leaf::Gatherer { table, input };
                    branches.push(Branch::Leaf { leaf, worker });
                }
                (Way::Batchwise(_), Passage::Sorted(_)) if input == 0 => {
                    self.served.insert(*reader);
                    let schema = self.columns(name)?;
                    branches.push(self.slot(Kept::Input(table), Some(schema), as_read));
                }
                (Way::Batchwise(step), _)
                    if input == 0
                        && (once || !step.marks())
                        && !self.waits_for_a_flow(&graph.reads(table)[1..]) =>
                {
                    self.served.insert(*reader);
                    branches.push(self.through(table, once)?);
                }
                _ => is_kept = true,
            }
        }
        if is_kept && !self.store.has(name) {
            branches.push(self.slot(Kept::Table(name.to_owned()), None, as_read));
        }
        Ok(branches)
    }

    /// Whether some of these tables need the rows of a source that is about to flow.
    fn waits_for_a_flow(&self, tables: &[String]) -> bool {
        let missing = tables.iter().filter(|name| !self.store.has(name));
        let sources = self.graph.sources_of(missing);
        sources.iter().any(|source| self.flowing.contains(source))
    }

    /// The way through the step of a table to its readers.
    fn through(&mut self, table: usize, once: bool) -> Result<Branch, Error> {
        let prepared = Arc::clone(&self.prepared);
        let Way::Batchwise(step) = &prepared.tables[table].way else {
            return Err(Error::internal("this step needs all rows at once"));
        };
        let bare = *self.graph.passage(table) == Passage::Together;
        let below = match bare {
            true => vec![self.slot(Kept::Made(table), None, false)],
            false => self.branches(&prepared.tables[table].name, once)?,
        };
        let keeps_batches = |table: usize| match &prepared.tables[table].way {
            Way::Gathering(step) => step.keeps_batches(),
            _ => false,
        };
        let holds = |leaf| match leaf {
            Leaf::Slot(_) => true,
            Leaf::Gatherer { table, .. } => keeps_batches(table),
            Leaf::Output(_) => false,
        };
        // What is sorted is held for a short time only.
        let stores = |leaf| match leaf {
            Leaf::Slot(slot) => !matches!(self.slots[slot].what, Kept::Input(_)),
            other => holds(other),
        };
        let compact = !once && below.iter().any(|branch| branch.ends_in(&holds));
        let stored = below.iter().any(|branch| branch.ends_in(&stores));
        let mut lookups = Vec::new();
        for input in 1..self.graph.reads(table).len() {
            let lookup = self.input(table, input, step.needs_order(input))?;
            self.store.index(table, &lookup.name, lookup.rows.rows());
            lookups.push(lookup);
        }
        Ok(Branch::Step(Through {
            table,
            stage: step.begin(lookups, stored, &mut self.running(table))?,
            compact,
            bare,
            below,
            began: Instant::now(),
        }))
    }

    /// A way into the store. With `visible` columns, rows are stored without their address. `as_read`: their texts still lie in the chunks
    /// of a file.
    fn slot(&mut self, what: Kept, visible: Option<SchemaRef>, as_read: bool) -> Branch {
        let leaf = Leaf::Slot(self.slots.len());
        self.slots.push(Slot {
            what,
            batches: Vec::new(),
        });
        let worker = move |batch: RecordBatch| {
            let batch = match &visible {
                Some(schema) => without_address(batch, schema)?,
                None => batch,
            };
            let batch = if as_read { compact(batch) } else { batch };
            Ok(Box::new(batch) as Work)
        };
        Branch::Leaf {
            leaf,
            worker: Arc::new(worker),
        }
    }

    fn output(&mut self, number: usize) -> Result<Branch, Error> {
        let writer = Writer::begin(
            &self.pipeline.outputs[number],
            self.prepared.outputs[number].as_ref(),
            self.publication,
            self.options.threads,
        )?;
        let worker = writer.worker();
        self.writers.insert(number, writer);
        let leaf = Leaf::Output(number);
        Ok(Branch::Leaf { leaf, worker })
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
                    Some(writer) => writer.take(work)?,
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

    /// Ends a flow: each step first gives the rows that come last, then accounts for all, then its readers end.
    fn end(&mut self, branches: Vec<Branch>) -> Result<(), Error> {
        for branch in branches {
            match branch {
                Branch::Step(step) => self.end_step(step)?,
                Branch::Leaf { leaf, .. } => self.end_leaf(leaf)?,
            }
        }
        Ok(())
    }

    fn end_step(&mut self, step: Through) -> Result<(), Error> {
        let table = step.table;
        let prepared = Arc::clone(&self.prepared);
        let name = prepared.tables[table].name.as_str();
        let mut counts = Counts::default();
        let rest = step.stage.rest(self.options.threads, &mut counts)?;
        self.counts.entry(table).or_default().1.append(counts);
        if let Some(schema) = rest.first().map(RecordBatch::schema) {
            let rest = Stored::new(schema, rest);
            let pieces = rest.pieces()?;
            let make = |number| {
                let mut passed = Passed::default();
                let batch = pieces.piece(number)?;
                step.pass_on(&prepared, 0, batch, Counts::default(), &mut passed)?;
                Ok(passed)
            };
            ordered(self.options.threads, pieces.count(), make, |made| {
                limits::check(self.options, &self.store, None)?;
                self.take(made.map_err(|e: String| failed(name, &e))?)
            })?;
        }
        let (rows, counts) = self.counts.remove(&table).unwrap_or_default();
        let mut account = Account::new(prepared.tables[table].step, Some(rows.read), step.began);
        let lost = rows.read.saturating_sub(rows.made);
        step.stage.account(counts, lost, &mut account);
        let below = step.below;
        drop(step.stage);
        if !step.bare {
            account.remove("where", rows.made - rows.out);
            self.store.release_indexes(table);
            self.ledger.enter_table(name, rows.out, account);
            return self.end(below);
        }
        let slots = below.iter().filter_map(|branch| match branch {
            Branch::Leaf {
                leaf: Leaf::Slot(slot),
                ..
            } => Some(*slot),
            _ => None,
        });
        let slots: Vec<usize> = slots.collect();
        let batches = slots
            .into_iter()
            .flat_map(|slot| self.empty(slot))
            .collect();
        let made = Made {
            rows: self.stored(batches, &prepared.tables[table].step_schema),
            sides: Vec::new(),
            account,
        };
        self.made(table, made)
    }

    fn end_leaf(&mut self, leaf: Leaf) -> Result<(), Error> {
        match leaf {
            Leaf::Output(number) => match self.writers.remove(&number) {
                Some(writer) => self.written(number, writer),
                None => Err(Error::internal("an output is not open")),
            },
            Leaf::Gatherer { table, .. } => {
                let Some((gatherer, inputs)) = self.gatherers.remove(&table) else {
                    return Err(Error::internal("a step is not open"));
                };
                if inputs > 1 {
                    self.gatherers.insert(table, (gatherer, inputs - 1));
                    return Ok(());
                }
                let made = gatherer.finish(&mut self.running(table))?;
                self.made(table, made)
            }
            Leaf::Slot(slot) => {
                let batches = self.empty(slot);
                match self.slots[slot].what.clone() {
                    Kept::Table(name) => {
                        let schema = match self.graph.maker(&name) {
                            Some(Maker::Table(table)) => {
                                Arc::clone(&self.prepared.tables[table].schema)
                            }
                            _ => self.columns(&name)?,
                        };
                        let rows = self.stored(batches, &schema);
                        self.store.put(&name, rows);
                    }
                    Kept::Input(table) => {
                        let rows = self.sort(table, batches)?;
                        self.sorted.insert(table, rows);
                    }
                    Kept::Made(_) => return Err(Error::internal("rows without their step")),
                }
                Ok(())
            }
        }
    }

    /// Completes an output.
    fn written(&mut self, number: usize, writer: Writer) -> Result<(), Error> {
        let source = match &self.pipeline.outputs[number].content {
            Content::Table { table, .. } => self.graph.maker(table),
            _ => None,
        };
        let source = match source {
            Some(Maker::Source(index)) => self.ledger.source(index),
            _ => None,
        };
        let written = writer.finish(source)?;
        self.ledger.event(RunEvent::Written {
            path: written.path.clone(),
            rows: written.rows,
        });
        let report = OutputReport {
            path: written.path,
            table: Some(written.table),
            rows: written.rows,
            bytes: written.bytes,
        };
        self.ledger.enter_output(number, report);
        Ok(())
    }

    /// Writes all outputs, and reads the sources that nobody asked for: every record is accounted for.
    pub(super) fn run(mut self) -> Result<(), Error> {
        // Rejects are known once their source is read, so they come after the tables; the log comes last of all.
        let rank = |content: &Content| match content {
            Content::Table { table, .. } => u8::from(table.ends_with(".rejects")),
            Content::RunLog | Content::Metrics => 2,
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
                    if self.ledger.exceeded_limit(self.pipeline).is_none() {
                        self.ledger.note(&RunEvent::Completed);
                    }
                    self.ledger.log().text().to_owned()
                }
                Content::Metrics => {
                    self.read_the_rest()?;
                    let (sources, tables) = (self.ledger.sources(), self.ledger.tables());
                    crate::metrics::text(&self.pipeline.name, sources, tables)
                }
            };
            let bytes = write_text(&output.path, &text, self.publication)?;
            let report = OutputReport {
                path: output.path.value.clone(),
                table: None,
                rows: text.lines().count() as u64,
                bytes,
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

    /// Takes the batches of a slot.
    fn empty(&mut self, slot: usize) -> Vec<RecordBatch> {
        std::mem::take(&mut self.slots[slot].batches)
    }

    fn stored(&self, batches: Vec<RecordBatch>, schema: &SchemaRef) -> Stored {
        let schema = match batches.first() {
            Some(batch) => batch.schema(),
            None => Arc::clone(schema),
        };
        Stored::new(schema, batches)
    }

    /// The input of a table, sorted as its rows shall be.
    fn sort(&self, table: usize, batches: Vec<RecordBatch>) -> Result<Stored, Error> {
        let Passage::Sorted(by) = self.graph.passage(table) else {
            return Err(Error::internal("nothing to sort by"));
        };
        let keys = by.iter().map(|(column, options)| SortKey {
            values: batches
                .iter()
                .map(|batch| Arc::clone(batch.column(*column)))
                .collect(),
            options: *options,
        });
        let keys: Vec<SortKey> = keys.collect();
        let chosen = sort_rows(&keys, self.options.threads).map_err(Error::internal)?;
        Ok(Stored {
            schema: self.columns(&self.graph.reads(table)[0])?,
            batches,
            chosen: Some(chosen),
        })
    }

    /// Shapes, accounts for and stores what a step has made.
    fn made(&mut self, table: usize, made: Made) -> Result<(), Error> {
        let prepared = Arc::clone(&self.prepared);
        let of = &prepared.tables[table];
        let Made {
            rows,
            sides,
            mut account,
        } = made;
        for (side, rows) in sides {
            let name = format!("{}.{side}", of.name);
            if !self.graph.readers(&name).is_empty() {
                self.store.put(&name, rows);
            }
        }
        let before = rows.rows();
        let rows = shape(of, rows, self.options.threads)?;
        limits::check(self.options, &self.store, None)?;
        let after = rows.rows();
        if account.rows_in.is_some() {
            account.remove("where", before - after);
        }
        self.progress += 1;
        self.store.release_indexes(table);
        self.ledger.enter_table(&of.name, after, account);
        let wanted = self.wanted.contains(&of.name);
        if wanted || !self.graph.readers(&of.name).is_empty() {
            self.store.put(&of.name, rows);
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
