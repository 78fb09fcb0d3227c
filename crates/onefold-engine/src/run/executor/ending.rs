//! What happens when a flow has ended: last rows, accounts, and rows that are stored.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use onefold_operators::{SortKey, sort_rows};
use onefold_spec::model::Content;

use super::{Executor, Kept};
use crate::error::Error;
use crate::events::RunEvent;
use crate::ledger::Account;
use crate::ordered::ordered;
use crate::report::OutputReport;
use crate::run::branch::{Branch, Leaf, Passed, Through};
use crate::run::graph::{Maker, Passage, Reader};
use crate::run::limits;
use crate::run::outputs::{Ended, Writer, write_state};
use crate::run::shaping::{failed, shape};
use crate::steps::step::{Counts, Made};
use crate::stored::Stored;

impl Executor<'_, '_> {
    /// Ends a flow: each step first gives the rows that come last, then accounts for all, then its readers end.
    pub(super) fn end(&mut self, branches: Vec<Branch>) -> Result<(), Error> {
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
        self.done.insert(Reader::Step { table, input: 0 });
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
            state: None,
            account,
        };
        self.made(table, made)
    }

    fn end_leaf(&mut self, leaf: Leaf) -> Result<(), Error> {
        match leaf {
            Leaf::Output(number) => self.done.insert(Reader::Output(number)),
            Leaf::Gatherer { table, input } => self.done.insert(Reader::Step { table, input }),
            Leaf::Slot(slot) => match self.slots[slot].what {
                Kept::Input(table) => self.done.insert(Reader::Step { table, input: 0 }),
                _ => false,
            },
        };
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
        let written = match writer.finish(source, self.publication)? {
            Ended::Written(written) => vec![(number, written)],
            Ended::Sheet(written, sheet) => self.workbooks.finish(number, written, sheet)?,
        };
        for (number, written) in written {
            if !self.pipeline.outputs[number].is_kept {
                self.ledger.event(RunEvent::Written {
                    path: written.path.clone(),
                    rows: written.rows,
                });
            }
            let report = OutputReport {
                path: written.path,
                table: Some(written.table),
                rows: written.rows,
                bytes: written.bytes,
                sheet: written.sheet,
                partitions: written.partitions,
                guarded_cells: written.guarded_cells,
            };
            self.ledger.enter_output(number, report);
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
    pub(super) fn made(&mut self, table: usize, made: Made) -> Result<(), Error> {
        let prepared = Arc::clone(&self.prepared);
        let of = &prepared.tables[table];
        let Made {
            rows,
            sides,
            state,
            mut account,
        } = made;
        if let Some((path, state)) = state {
            write_state(&path, &state, self.publication, self.options.threads)?;
        }
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
        if self.is_read(&of.name) {
            self.store.put(&of.name, rows);
        }
        Ok(())
    }
}
