//! `aggregate:`: groups of rows and aggregates over each. Groups come in the order in which their first rows came.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use onefold_spec::model::{self, Pipeline};

use super::follow::{Deed, Fate, KeptTables, Kin, Row, numbers};
use super::grouping;
use super::step::{
    Follow, Gatherer, Gathering, Input, Kind, Known, Made, Ready, Running, Way, Whole, Work,
    Worker, of_type,
};
use crate::aggregation::{Accumulators, Aggregation, Read};
use crate::catalog::{Relation, register};
use crate::error::{Error, Kind as ErrorKind};
use crate::explain::short;
use crate::fault;
use crate::ledger::Account;
use crate::places::Places;
use crate::query::Query;
use crate::stored::Stored;

/// The step, as the pipeline has it.
pub(super) struct Aggregate<'a>(pub(super) &'a model::Aggregate);

impl Kind for Aggregate<'_> {
    fn name(&self) -> &'static str {
        "aggregate"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        vec![self.0.from.value.clone()]
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let input = known.columns(&self.0.from)?;
        // A table of its own, which nobody else fills.
        let relation = register(known.context, &self.0.from, &input, Vec::new()).ok()?;
        let grouping = grouping::plan(self.0, &input, known.context, known.errors)?;
        let schema = Arc::clone(grouping.schema());
        let by = numbers(&input, self.0.by.iter().map(|column| column.as_str()))?;
        let way = match grouping.aggregation {
            Some(aggregation) => Way::Gathering(Box::new(Passing {
                table: known.table.to_owned(),
                aggregation,
                by,
            })),
            None => Way::Whole(Box::new(AtOnce {
                relation,
                query: grouping.query,
                by,
            })),
        };
        Some(Ready::new(schema, way))
    }
}

/// The account of rows that became groups.
fn account(rows_in: u64, groups: u64, began: Instant) -> Account {
    // Without `by` even no rows make one group: then the step has no equation.
    let equation = (groups <= rows_in).then_some(rows_in);
    let mut account = Account::new("aggregate", equation, began);
    if equation.is_some() {
        account.remove("grouped", rows_in - groups);
    }
    account
}

/// Rows are added to their groups as they pass.
struct Passing {
    table: String,
    aggregation: Arc<Aggregation>,
    /// The columns of the input that say the group.
    by: Vec<usize>,
}

impl Gathering for Passing {
    fn begin(&self, places: Vec<Places>, threads: usize) -> Result<Box<dyn Gatherer>, Error> {
        let began = Instant::now();
        let groups = Accumulators::new(Arc::clone(&self.aggregation), threads);
        Ok(Box::new(Groups {
            table: self.table.clone(),
            aggregation: Arc::clone(&self.aggregation),
            places: places.into_iter().next().unwrap_or_default(),
            groups: groups.map_err(|e| failed(&self.table, &e))?,
            began,
        }))
    }
}

struct Groups {
    table: String,
    aggregation: Arc<Aggregation>,
    places: Places,
    groups: Accumulators,
    began: Instant,
}

impl Gatherer for Groups {
    fn worker(&self, _input: usize) -> Arc<dyn Worker> {
        let aggregation = Arc::clone(&self.aggregation);
        let (table, places) = (self.table.clone(), self.places.clone());
        Arc::new(move |batch: RecordBatch| {
            fault::point("step", &table);
            let read = aggregation.read(&batch, &places);
            let read = read.map_err(|e| format!("table `{table}`, {}", short(&e)))?;
            Ok(Box::new(read) as Work)
        })
    }

    fn take(&mut self, _input: usize, work: Work) -> Result<(), Error> {
        let read: Read = of_type(work)?;
        let added = self.groups.add(read);
        added.map_err(|e| failed(&self.table, &e))
    }

    fn finish(self: Box<Self>, _run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let rows_in = self.groups.rows();
        let finished = self.groups.finish();
        let (batches, chosen) = finished.map_err(|e| failed(&self.table, &e))?;
        let schema = match batches.first() {
            Some(batch) => batch.schema(),
            None => Arc::clone(self.aggregation.schema()),
        };
        let rows = Stored {
            schema,
            batches,
            chosen,
        };
        let account = account(rows_in, crate::stored::rows(&rows.batches), self.began);
        Ok(Made {
            rows,
            sides: Vec::new(),
            state: None,
            account,
        })
    }
}

fn failed(table: &str, error: &DataFusionError) -> Error {
    let kind = match error.find_root() {
        DataFusionError::Internal(_) => ErrorKind::Internal,
        _ => ErrorKind::Data,
    };
    let why = short(error);
    let between = if why.starts_with("column `") {
        ","
    } else {
        ":"
    };
    Error::new(kind, format!("table `{table}`{between} {why}"))
}

/// A query over all rows: what cannot be added row by row.
struct AtOnce {
    relation: Relation,
    query: Query,
    /// The columns of the input that say the group.
    by: Vec<usize>,
}

impl Whole for AtOnce {
    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let began = Instant::now();
        let (_, batches) = Input::only(inputs)?;
        let rows_in = crate::stored::rows(&batches);
        let rows = self
            .query
            .run_over(run.table, vec![(&self.relation, batches)])?;
        let account = account(rows_in, rows.rows(), began);
        Ok(Made {
            rows,
            sides: Vec::new(),
            state: None,
            account,
        })
    }
}

impl Follow for Passing {
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        let kin = kept.like(input, &self.by, &row.values, &self.by)?;
        let mut groups = self.begin(Vec::new(), run.threads)?;
        let work = groups.worker(0).work(kin.rows.clone());
        groups.take(0, work.map_err(|why| Error::new(ErrorKind::Data, why))?)?;
        Ok(Some(grouped(&kin, &groups.finish(run)?.rows)))
    }
}

impl Follow for AtOnce {
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        let kin = kept.like(input, &self.by, &row.values, &self.by)?;
        let tables = vec![(&self.relation, vec![kin.rows.clone()])];
        Ok(Some(grouped(
            &kin,
            &self.query.run_over(run.table, tables)?,
        )))
    }
}

/// The fate of a row whose group are these rows.
fn grouped(kin: &Kin, made: &Stored) -> Fate {
    let told = match kin.numbers.len() {
        1 => "the only row of its group".to_owned(),
        rows => format!("one of {rows} rows of its group"),
    };
    let fate = Fate::new(Deed::Grouped, told);
    made.batches
        .iter()
        .fold(fate, |fate, batch| fate.made(batch.clone()))
}
