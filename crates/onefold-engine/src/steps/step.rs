//! What a kind of step has to say of itself, and the three ways in which a step that is ready makes its rows.
//!
//! A kind answers before the run what it reads and which columns it makes, and tells everything that is wrong with it. What comes of that
//! is a [`Ready`] step, about which nothing can be wrong any more.

use std::any::Any;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::prelude::SessionContext;
use onefold_operators::{AsOfTally, JoinCounts};
use onefold_resolve::Cuts;
use onefold_resolve::state::State;
use onefold_spec::Diagnostic;
use onefold_spec::model::{Content, Pipeline};

use super::follow::{Fate, KeptTables, Row};
use crate::error::Error;
use crate::ledger::{Account, Ledger};
use crate::places::Places;
use crate::stored::Stored;
use crate::suppression::Suppression;

/// A kind of step, as a pipeline has it.
pub(crate) trait Kind {
    /// Its key in the pipeline file.
    fn name(&self) -> &'static str;

    /// The tables and side tables that it reads, one entry a reading.
    fn reads(&self, pipeline: &Pipeline) -> Vec<String>;

    /// Makes it ready to run. `None` where an input is not known, or an error was found.
    fn ready(&self, known: &mut Known<'_>) -> Option<Ready>;
}

/// What is known of a pipeline when a step is made ready.
pub(crate) struct Known<'a> {
    pub(crate) pipeline: &'a Pipeline,
    /// Name of the table that the step makes.
    pub(crate) table: &'a str,
    /// Columns of the tables and side tables before it.
    pub(crate) schemas: &'a HashMap<String, SchemaRef>,
    pub(crate) context: &'a SessionContext,
    /// How many steps and outputs read each table.
    pub(crate) readers: &'a HashMap<String, usize>,
    pub(crate) errors: &'a mut Vec<Diagnostic>,
}

impl Known<'_> {
    /// Columns of a table.
    pub(crate) fn columns(&self, table: &str) -> Option<SchemaRef> {
        self.schemas.get(table).cloned()
    }

    /// Whether a page on how the table was matched is published.
    pub(crate) fn has_page(&self) -> bool {
        let of_it = |content: &Content| matches!(content, Content::Page(table) if table.value == self.table);
        self.pipeline
            .outputs
            .iter()
            .any(|output| of_it(&output.content))
    }

    /// Whether anyone reads this side table of the step.
    pub(crate) fn is_side_read(&self, side: &str) -> bool {
        self.readers.contains_key(&format!("{}.{side}", self.table))
    }
}

/// A step that is ready to run.
pub(crate) struct Ready {
    /// Columns of its rows.
    pub(crate) rows: SchemaRef,
    /// Columns of its side tables.
    pub(crate) sides: Vec<(&'static str, SchemaRef)>,
    pub(crate) way: Way,
}

impl Ready {
    /// A step without side tables.
    pub(crate) fn new(rows: SchemaRef, way: Way) -> Self {
        Self {
            rows,
            sides: Vec::new(),
            way,
        }
    }
}

/// How a step makes its rows.
pub(crate) enum Way {
    /// Each batch comes from one batch of the first input; the other inputs are looked up.
    Batchwise(Box<dyn Batchwise>),
    /// Batches are taken in as they pass; the rows are made when all inputs have ended.
    Gathering(Box<dyn Gathering>),
    /// All rows of all inputs are needed at once.
    Whole(Box<dyn Whole>),
}

impl Way {
    /// The step as one that tells what becomes of a row.
    pub(crate) fn as_follow(&self) -> &dyn Follow {
        match self {
            Self::Batchwise(step) => step.as_ref(),
            Self::Gathering(step) => step.as_ref(),
            Self::Whole(step) => step.as_ref(),
        }
    }
}

/// Makes rows batch by batch.
pub(crate) trait Batchwise: Follow + Send + Sync {
    /// Whether the order of the rows of a lookup matters, by number of the input.
    fn needs_order(&self, _input: usize) -> bool {
        true
    }

    /// Whether its rows are those of its first input as they are.
    fn keeps_rows(&self) -> bool {
        false
    }

    /// Whether it notes which rows of its lookups were found: then no batch may be given to it twice.
    fn marks(&self) -> bool {
        false
    }

    /// Begins a run. `lookups` are the inputs but the first; `stored`: its rows are stored in the end.
    fn begin(
        &self,
        lookups: Vec<Input>,
        stored: bool,
        run: &mut Running<'_, '_>,
    ) -> Result<Box<dyn Stage>, Error>;
}

/// A batchwise step in a run. Several threads make batches at the same time.
pub(crate) trait Stage: Send + Sync {
    /// Makes a batch. It may be made in vain, so what is counted goes into `counts`.
    fn batch(&self, batch: RecordBatch, counts: &mut Counts) -> Result<RecordBatch, String>;

    /// The rows that come after those of all batches.
    fn rest(&self, _threads: usize, _counts: &mut Counts) -> Result<Vec<RecordBatch>, Error> {
        Ok(Vec::new())
    }

    /// Enters what was counted; `lost` rows of the input are not among those made.
    fn account(&self, _counts: Counts, _lost: u64, _account: &mut Account) {}
}

/// What a stage counts, of one batch or of all so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// By lookup of a `join:`.
    pub(crate) joins: Vec<JoinCounts>,
    pub(crate) asof: AsOfTally,
}

impl Counts {
    /// Counts for a lookup.
    pub(crate) fn join(&mut self, lookup: usize, counts: JoinCounts) {
        if self.joins.len() <= lookup {
            self.joins.resize_with(lookup + 1, JoinCounts::default);
        }
        self.joins[lookup] += counts;
    }

    /// Adds the counts of a batch that has arrived.
    pub(crate) fn append(&mut self, other: Counts) {
        for (lookup, counts) in other.joins.into_iter().enumerate() {
            self.join(lookup, counts);
        }
        self.asof.append(other.asof);
    }
}

/// What a worker made of a batch; only the one who takes it knows its type.
pub(crate) type Work = Box<dyn Any + Send>;

/// Works on batches on several threads. Work may be done in vain: only what is taken counts.
pub(crate) trait Worker: Send + Sync {
    fn work(&self, batch: RecordBatch) -> Result<Work, String>;
}

impl<F: Fn(RecordBatch) -> Result<Work, String> + Send + Sync> Worker for F {
    fn work(&self, batch: RecordBatch) -> Result<Work, String> {
        self(batch)
    }
}

/// The work as the type that it has.
pub(crate) fn of_type<T: 'static>(work: Work) -> Result<T, Error> {
    let work = work.downcast().map(|work| *work);
    work.map_err(|_| Error::internal("work of another kind"))
}

/// Takes in batches as they pass.
pub(crate) trait Gathering: Follow + Send + Sync {
    /// Whether the batches that it takes in are kept as they are.
    fn keeps_batches(&self) -> bool {
        false
    }

    /// Begins a run; `places` find the rows of each input.
    fn begin(&self, places: Vec<Places>, threads: usize) -> Result<Box<dyn Gatherer>, Error>;
}

/// A gathering step in a run.
pub(crate) trait Gatherer {
    /// Works on the batches of an input.
    fn worker(&self, input: usize) -> Arc<dyn Worker>;

    /// Takes the work on the batches of an input, in their order.
    fn take(&mut self, input: usize, work: Work) -> Result<(), Error>;

    /// Makes the rows, when all inputs have ended.
    fn finish(self: Box<Self>, run: &mut Running<'_, '_>) -> Result<Made, Error>;
}

/// Makes rows of whole tables.
pub(crate) trait Whole: Follow + Send + Sync {
    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error>;

    /// Who is one customer at other thresholds. `None`: no model of it has a threshold. Fails once `_is_over` says that nobody wants to
    /// know any more.
    fn cuts(
        &self,
        _inputs: Vec<Input>,
        _threads: usize,
        _is_over: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Cuts>, Error> {
        Ok(None)
    }
}

/// A table that a step reads whole. Its rows are free once the step has dropped it, where it is the last reader.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) rows: Arc<Stored>,
    /// Finds its rows in their files.
    pub(crate) places: Places,
}

impl Input {
    /// Columns and rows of the one table that a step reads, without the hidden address. The input itself is dropped.
    pub(crate) fn only(inputs: Vec<Input>) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        match inputs.as_slice() {
            [input] => input.rows.visible(),
            _ => Err(Error::internal(
                "a step that reads one table has another number",
            )),
        }
    }
}

/// Rows that a step has made.
pub(crate) struct Made {
    pub(crate) rows: Stored,
    /// Side tables that somebody reads.
    pub(crate) sides: Vec<(&'static str, Stored)>,
    /// The state of the table that is published with the outputs, and its path.
    pub(crate) state: Option<(String, State)>,
    pub(crate) account: Account,
}

/// The run that a step is part of.
pub(crate) struct Running<'r, 'l> {
    /// Name of the table that the step makes.
    pub(crate) table: &'r str,
    pub(crate) threads: usize,
    /// Whether somebody reads its rows, and not only how many there are.
    pub(crate) is_read: bool,
    /// Whether the run log is published, so that every merge is written to it.
    pub(crate) is_logged: bool,
    /// Where the states of tables are that an earlier run has published.
    pub(crate) state_dir: Option<&'r Path>,
    /// Name of the pipeline.
    pub(crate) pipeline: &'r str,
    /// People who were erased, whom states forget.
    pub(crate) suppression: Option<&'r Suppression>,
    /// What the run is called.
    pub(crate) run_id: &'r str,
    pub(crate) ledger: &'r mut Ledger<'l>,
}

/// A step that can tell what becomes of a row.
pub(crate) trait Follow {
    /// Follows a row of an input. `None`: the step can do anything with its rows, so only its result can tell.
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error>;
}
