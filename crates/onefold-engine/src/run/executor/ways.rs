//! The ways of the rows of a table to the readers that can take them now.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use onefold_operators::compact;

use super::{Executor, Kept, Slot};
use crate::error::Error;
use crate::run::branch::{Branch, Leaf, Through};
use crate::run::graph::{Maker, Passage, Reader};
use crate::run::outputs::Writer;
use crate::steps::step::{Way, Work};
use crate::steps::without_address;

impl Executor<'_, '_> {
    /// The ways of the rows of a table to the readers that wait for them. `once`: no batch is given twice.
    pub(super) fn branches(&mut self, name: &str, once: bool) -> Result<Vec<Branch>, Error> {
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
                        && !self.opening.contains(&table)
                        && (once || !step.marks())
                        && !self.waits_for_a_flow(&graph.reads(table)[1..]) =>
                {
                    self.served.insert(*reader);
                    branches.push(self.way_through(table, once)?);
                }
                _ => is_kept = true,
            }
        }
        if is_kept && !self.store.has(name) {
            branches.push(self.slot(Kept::Table(name.to_owned()), None, as_read));
        }
        Ok(branches)
    }

    /// Whether some of these tables need rows that are about to flow or flow now: of a source, or of a step that is part of the flow.
    pub(super) fn waits_for_a_flow(&self, tables: &[String]) -> bool {
        let mut waiting: Vec<&str> = tables.iter().map(String::as_str).collect();
        let mut seen = HashSet::new();
        while let Some(name) = waiting.pop() {
            if self.store.has(name) {
                continue;
            }
            match self.graph.maker(name) {
                Some(Maker::Source(source)) if self.flowing.contains(&source) => return true,
                Some(Maker::Table(table)) if seen.insert(table) => {
                    if self.flows_through(table) {
                        return true;
                    }
                    waiting.extend(self.graph.reads(table).iter().map(String::as_str));
                }
                _ => {}
            }
        }
        false
    }

    /// Whether the step of a table has its place in a flow that has not ended.
    fn flows_through(&self, table: usize) -> bool {
        let inputs = 0..self.graph.reads(table).len();
        let mut readers = inputs.map(|input| Reader::Step { table, input });
        self.opening.contains(&table)
            || self.waiting.contains_key(&table)
            || readers.any(|r| self.served.contains(&r) && !self.done.contains(&r))
    }

    /// Whether the batches of a table are given once, as far as can be known: a reader may give one again, where a chunk of a file was cut
    /// in the wrong place.
    pub(super) fn comes_once(&self, name: &str) -> bool {
        if self.store.has(name) {
            return true;
        }
        match self.graph.maker(name) {
            Some(Maker::Table(table)) => {
                match (&self.prepared.tables[table].way, self.graph.passage(table)) {
                    (Way::Batchwise(_), Passage::AsTheyCome) => {
                        self.comes_once(&self.graph.reads(table)[0])
                    }
                    _ => true,
                }
            }
            _ => false,
        }
    }

    /// The way through the step of a table, for rows that come now.
    pub(super) fn way_through(&mut self, table: usize, once: bool) -> Result<Branch, Error> {
        let mut through = match self.waiting.remove(&table) {
            Some(through) => through,
            None => self.through(table, once)?,
        };
        // Texts of a source that is read now lie in the chunks of its files.
        let input = self.graph.maker(&self.graph.reads(table)[0]);
        let as_read = !once && matches!(input, Some(Maker::Source(_)));
        through.compact = through.holds && as_read;
        Ok(Branch::Step(through))
    }

    /// The step of a table with its lookups and the ways of its rows. `once`: no batch is given to it twice.
    pub(super) fn through(&mut self, table: usize, once: bool) -> Result<Through, Error> {
        let prepared = Arc::clone(&self.prepared);
        let Way::Batchwise(step) = &prepared.tables[table].way else {
            return Err(Error::internal("this step needs all rows at once"));
        };
        self.opening.insert(table);
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
        let is_held = below.iter().any(|branch| branch.ends_in(&holds));
        let stored = below.iter().any(|branch| branch.ends_in(&stores));
        let mut lookups = Vec::new();
        for input in 1..self.graph.reads(table).len() {
            let lookup = self.input(table, input, step.needs_order(input))?;
            self.store.index(table, &lookup.name, lookup.rows.rows());
            lookups.push(lookup);
        }
        let stage = step.begin(lookups, stored, &mut self.running(table))?;
        self.opening.remove(&table);
        Ok(Through {
            table,
            stage,
            holds: is_held,
            compact: false,
            bare,
            below,
            began: Instant::now(),
        })
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
            (number, self.pipeline),
            self.prepared.outputs[number].as_ref(),
            (self.publication, &mut self.workbooks, &mut self.folders),
            self.options.threads,
        )?;
        let worker = writer.worker();
        self.writers.insert(number, writer);
        let leaf = Leaf::Output(number);
        Ok(Branch::Leaf { leaf, worker })
    }
}
