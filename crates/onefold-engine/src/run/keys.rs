//! `dedupe:` and `sessionize:` in a run.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::concat_batches;
use arrow::datatypes::UInt32Type;
use onefold_operators::{NO_ROW, SessionOptions, Sessions, Table, dedupe, sessionize};
use onefold_spec::model;

use super::Run;
use super::account::Account;
use super::stored::Stored;
use crate::error::Error;
use crate::prepare;
use crate::steps;

impl Run<'_> {
    /// Keeps one row a key.
    pub(super) fn dedupe(
        &mut self,
        name: &str,
        step: &model::Dedupe,
    ) -> Result<(Stored, Account), Error> {
        let stored = self.collect(&step.from)?;
        let (schema, batches) = stored.visible()?;
        let rows = stored.rows();
        drop(stored);
        self.release(&step.from);
        let began = Instant::now();
        let mut errors = Vec::new();
        let options = steps::keys::dedupe_options(step, &schema, &mut errors)
            .ok_or_else(|| Error::configuration(errors))?;
        let threads = self.options.threads;
        let table = Table::new(&schema, &batches).map_err(Error::internal)?;
        let deduped = dedupe(&table, &options, threads).map_err(Error::internal)?;
        if self.is_side_read(name, "removed") {
            let gather = |rows: &[u32]| table.gather(rows, threads).map_err(Error::internal);
            let kept_columns = steps::keys::kept_columns(&schema, &options);
            let side = steps::keys::removed_schema(&schema, &options);
            let kept = match kept_columns.is_empty() {
                true => Vec::new(),
                false => gather(&deduped.replaced_by)?,
            };
            let mut removed = gather(&deduped.removed)?;
            // Both are as many rows, so they are cut in the same places.
            for (removed, kept) in removed.iter_mut().zip(kept) {
                let mut columns = removed.columns().to_vec();
                columns.extend(kept_columns.iter().map(|c| Arc::clone(kept.column(*c))));
                *removed = RecordBatch::try_new(Arc::clone(&side), columns)?;
            }
            self.store(&format!("{name}.removed"), Stored::new(side, removed));
        }
        let mut account = Account::new("dedupe", Some(rows), began);
        account.remove("duplicate", deduped.removed.len() as u64);
        let chosen = (!deduped.removed.is_empty()).then_some(deduped.kept);
        let kept = Stored {
            schema,
            batches,
            chosen,
        };
        Ok((kept, account))
    }

    /// Cuts events into sessions.
    pub(super) fn sessionize(
        &mut self,
        name: &str,
        step: &model::Sessionize,
    ) -> Result<(Vec<RecordBatch>, Account), Error> {
        let stored = self.collect(&step.from)?;
        let (schema, batches) = stored.visible()?;
        let rows = stored.rows();
        drop(stored);
        self.release(&step.from);
        let began = Instant::now();
        let mut errors = Vec::new();
        let options: SessionOptions = steps::keys::session_options(step, &schema, &mut errors)
            .ok_or_else(|| Error::configuration(errors))?;
        let threads = self.options.threads;
        let table = Table::new(&schema, &batches).map_err(Error::internal)?;
        let cut = sessionize(&table, &options, threads).map_err(Error::internal)?;
        let mut sessions = cut.sessions(&table, threads).map_err(Error::internal)?;
        if !step.columns.is_empty() {
            sessions = self.further(name, step, &table, &cut, &sessions)?;
        }
        if self.is_side_read(name, "events") {
            let events = cut.events(&table, threads).map_err(Error::internal)?;
            let schema = onefold_operators::events_schema(&schema).map_err(Error::internal)?;
            self.store(&format!("{name}.events"), Stored::new(schema, events));
        }
        let outside = cut.outside.len() as u64;
        if outside > 0 {
            self.warn(format!(
                "table {name}: {outside} events without a key or a time are in no session"
            ));
        }
        let mut account = Account::new("sessionize", Some(rows), began);
        account.remove("in no session", outside);
        account.remove("grouped", rows - outside - cut.len() as u64);
        Ok((sessions, account))
    }

    /// Adds the further columns of the step to the sessions.
    fn further(
        &mut self,
        name: &str,
        step: &model::Sessionize,
        table: &Table<'_>,
        cut: &Sessions,
        sessions: &[RecordBatch],
    ) -> Result<Vec<RecordBatch>, Error> {
        let schema = steps::keys::numbered_schema(table.schema());
        let mut first = 0;
        let mut numbered = Vec::with_capacity(table.batches().len());
        for batch in table.batches() {
            let rows = &cut.assignment[first..first + batch.num_rows()];
            first += batch.num_rows();
            let numbers: UInt32Array = rows.iter().map(|n| (*n != NO_ROW).then_some(*n)).collect();
            let columns = std::iter::once(Arc::new(numbers) as ArrayRef)
                .chain(batch.columns().iter().map(Arc::clone));
            numbered.push(RecordBatch::try_new(
                Arc::clone(&schema),
                columns.collect(),
            )?);
        }
        prepare::register(
            &self.prepared.context,
            steps::keys::EVENTS,
            &schema,
            numbered,
        )?;
        let mut errors = Vec::new();
        let query = steps::aggregate_query(&steps::keys::further(step), &schema, &mut errors)
            .ok_or_else(|| Error::configuration(errors))?;
        let made = steps::sql::run(name, &query, &self.prepared.context)?;
        let Some(made_schema) = made.first().map(RecordBatch::schema) else {
            return Ok(sessions.to_vec());
        };
        let made = concat_batches(&made_schema, &made)?;

        // By session the row of `made`; events in no session form a group of their own, which is left out.
        let numbers = made.column(0).as_primitive::<UInt32Type>();
        let mut order = vec![0u32; cut.len()];
        for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row)) {
            order[numbers.value(row) as usize] = row as u32;
        }
        let mut start = 0;
        let mut out = Vec::with_capacity(sessions.len());
        for batch in sessions {
            let rows = UInt32Array::from(order[start..start + batch.num_rows()].to_vec());
            start += batch.num_rows();
            let mut columns = batch.columns().to_vec();
            let mut fields: Vec<_> = batch.schema().fields().iter().map(Arc::clone).collect();
            for (column, field) in made.columns().iter().zip(made_schema.fields()).skip(1) {
                columns.push(arrow::compute::take(column, &rows, None)?);
                fields.push(Arc::clone(field));
            }
            out.push(RecordBatch::try_new(
                Arc::new(arrow::datatypes::Schema::new(fields)),
                columns,
            )?);
        }
        Ok(out)
    }
}
