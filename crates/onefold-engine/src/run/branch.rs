//! Where the batches of a table go: through the steps that work batch by batch, to those who take them in.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use onefold_operators::compact;

use crate::fault;
use crate::prepare::{Prepared, Shape};
use crate::steps::step::{Counts, Stage, Work, Worker};

/// One way of the batches of a table.
pub(super) enum Branch {
    /// To somebody who takes them in.
    Leaf { leaf: Leaf, worker: Arc<dyn Worker> },
    /// Through the step of a table.
    Step(Through),
}

/// Who takes a batch in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    /// An output, by its number.
    Output(usize),
    /// A gathering step, by number of its table and of its input.
    Gatherer { table: usize, input: usize },
    /// Rows that are stored, by number of the slot.
    Slot(usize),
}

/// The step of a table in a run, and where its rows go.
pub(super) struct Through {
    pub(super) table: usize,
    pub(super) stage: Box<dyn Stage>,
    /// Its rows are held in the end.
    pub(super) holds: bool,
    /// So texts must not hold on to the chunks of a file in which they lie.
    pub(super) compact: bool,
    /// `where` and `select` are for later, when all rows are together.
    pub(super) bare: bool,
    pub(super) below: Vec<Branch>,
    pub(super) began: Instant,
}

/// Rows of a table, of one batch or of all so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rows {
    /// Of its input.
    pub(super) read: u64,
    /// Of its step.
    pub(super) made: u64,
    /// After `where`.
    pub(super) out: u64,
}

impl Rows {
    pub(super) fn append(&mut self, other: Self) {
        self.read += other.read;
        self.made += other.made;
        self.out += other.out;
    }
}

/// What became of a batch on its ways.
#[derive(Default)]
pub(super) struct Passed {
    pub(super) work: Vec<(Leaf, Work)>,
    /// By number of the table.
    pub(super) counts: Vec<(usize, Rows, Counts)>,
}

/// Sends a batch all ways.
pub(super) fn pass(
    branches: &[Branch],
    prepared: &Prepared,
    batch: RecordBatch,
    passed: &mut Passed,
) -> Result<(), String> {
    let Some((last, others)) = branches.split_last() else {
        return Ok(());
    };
    for branch in others {
        branch.pass(prepared, batch.clone(), passed)?;
    }
    last.pass(prepared, batch, passed)
}

impl Branch {
    /// Whether this way, or one that leaves it, ends in such a leaf.
    pub(super) fn ends_in(&self, such: &impl Fn(Leaf) -> bool) -> bool {
        match self {
            Self::Leaf { leaf, .. } => such(*leaf),
            Self::Step(step) => step.below.iter().any(|branch| branch.ends_in(such)),
        }
    }

    fn pass(
        &self,
        prepared: &Prepared,
        batch: RecordBatch,
        passed: &mut Passed,
    ) -> Result<(), String> {
        match self {
            Self::Leaf { leaf, worker } => {
                passed.work.push((*leaf, worker.work(batch)?));
                Ok(())
            }
            Self::Step(step) => step.pass(prepared, batch, passed),
        }
    }
}

impl Through {
    fn pass(
        &self,
        prepared: &Prepared,
        batch: RecordBatch,
        passed: &mut Passed,
    ) -> Result<(), String> {
        fault::point("step", &prepared.tables[self.table].name);
        let batch = if self.compact { compact(batch) } else { batch };
        let mut counts = Counts::default();
        let read = batch.num_rows() as u64;
        let batch = self.stage.batch(batch, &mut counts)?;
        self.pass_on(prepared, read, batch, counts, passed)
    }

    /// Sends a batch that the step has made on its ways.
    pub(super) fn pass_on(
        &self,
        prepared: &Prepared,
        read: u64,
        batch: RecordBatch,
        counts: Counts,
        passed: &mut Passed,
    ) -> Result<(), String> {
        let made = batch.num_rows() as u64;
        let batch = match self.bare {
            true => batch,
            false => shaped(&prepared.tables[self.table].shape, batch)?,
        };
        let out = batch.num_rows() as u64;
        let rows = Rows { read, made, out };
        passed.counts.push((self.table, rows, counts));
        pass(&self.below, prepared, batch, passed)
    }
}

/// `where` and `select` of a table on a batch of its step.
pub(crate) fn shaped(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    let batch = filtered(shape, batch)?;
    match &shape.select {
        None => Ok(batch),
        Some(select) => select.apply(&batch),
    }
}

/// `where` of a table on a batch of its step.
pub(super) fn filtered(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    match &shape.filter {
        None => Ok(batch),
        Some(condition) => {
            filter_record_batch(&batch, &condition.holds(&batch)?).map_err(|e| e.to_string())
        }
    }
}
