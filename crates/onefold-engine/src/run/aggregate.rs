//! `aggregate:` in a run.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use onefold_spec::model;

use super::Run;
use super::account::Account;
use super::stored::{Stored, rows};
use super::tally::Tally;
use crate::aggregation::Aggregation;
use crate::error::{Error, Kind};
use crate::prepare;
use crate::sql::short;
use crate::steps;

impl Run<'_> {
    /// Groups the rows of a table as they pass by.
    pub(super) fn aggregate(
        &mut self,
        number: usize,
        name: &str,
        step: &model::Aggregate,
    ) -> Result<(Stored, Account), Error> {
        let began = Instant::now();
        let schema = self.columns(&step.from)?;
        let mut errors = Vec::new();
        let query = steps::aggregate_query(step, &schema, &mut errors)
            .ok_or_else(|| Error::configuration(std::mem::take(&mut errors)))?;
        let failed = |e: &DataFusionError| {
            let kind = match e.find_root() {
                DataFusionError::Internal(_) => Kind::Internal,
                _ => Kind::Data,
            };
            let why = short(e);
            let between = if why.starts_with("column `") {
                ","
            } else {
                ":"
            };
            Error::new(kind, format!("table `{name}`{between} {why}"))
        };
        let planned = steps::sql::block_on(Aggregation::plan(&query, &self.prepared.context));
        let (rows_in, (batches, order)) = match planned.map_err(|e| failed(&e))? {
            Some(aggregation) => {
                let aggregation = aggregation.found_at(self.places_of(&step.from));
                let mut totals = aggregation
                    .begin(self.options.threads)
                    .map_err(|e| failed(&e))?;
                let read = |batch: RecordBatch, _: &mut Tally| {
                    let read = aggregation.read(&batch);
                    read.map_err(|e| format!("table `{name}`, {}", short(&e)))
                };
                self.feed(&step.from, &read, &mut |read| {
                    totals.add(read).map_err(|e| failed(&e))
                })?;
                let rows = totals.rows();
                (rows, totals.finish().map_err(|e| failed(&e))?)
            }
            None => {
                let stored = self.collect(&step.from)?;
                let (schema, batches) = stored.visible()?;
                prepare::register(&self.prepared.context, &step.from, &schema, batches)?;
                let batches = steps::sql::run(name, &query, &self.prepared.context)?;
                (stored.rows(), (batches, None))
            }
        };
        // Without `by` even no rows make one: then the step has no equation.
        let equation = (rows(&batches) <= rows_in).then_some(rows_in);
        let mut account = Account::new("aggregate", equation, began);
        if equation.is_some() {
            account.remove("grouped", rows_in - rows(&batches));
        }
        let schema = match batches.first() {
            Some(batch) => batch.schema(),
            None => Arc::clone(&self.prepared.tables[number].step_schema),
        };
        let groups = Stored {
            schema,
            batches,
            chosen: order,
        };
        Ok((groups, account))
    }
}
