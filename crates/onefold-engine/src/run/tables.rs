//! Tables: passed by batch after batch where that can be, made and stored where it cannot.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{SchemaRef, UInt64Type};
use onefold_spec::model::Step;

use super::joins::Joins;
use super::tally::{Passed, Tally};
use super::{Map, Run, Stored};
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::prepare::{self, PreparedTable, Shape};
use crate::report::{AsofReport, JoinReport, Removed, ResolveReport, TableReport};
use crate::steps;

impl Run<'_> {
    pub(super) fn source_index(&self, name: &str) -> Option<usize> {
        self.pipeline
            .sources
            .iter()
            .position(|s| s.name.value == name)
    }

    fn table_index(&self, name: &str) -> Option<usize> {
        self.prepared
            .tables
            .iter()
            .position(|t| self.pipeline.tables[t.index].name.value == name)
    }

    pub(super) fn is_read_once(&self, name: &str) -> bool {
        self.prepared.readers.get(name).copied().unwrap_or(0) <= 1
    }

    /// Whether a table's rows can pass by without being stored.
    pub(super) fn streams(&self, name: &str) -> bool {
        if self.stored.contains_key(name) || !self.is_read_once(name) {
            return false;
        }
        if let Some(index) = self.source_index(name) {
            return self.scans[index].is_some();
        }
        self.table_index(name).is_some_and(|i| {
            let table = &self.prepared.tables[i];
            table.shape.order.is_empty()
                && match &self.pipeline.tables[table.index].step {
                    Step::From(inner) => self.streams(inner),
                    Step::Join(step) => Joins::can_stream(step) && self.streams(&step.from),
                    _ => false,
                }
        })
    }

    /// Gives the rows of a table to `sink` in order; `map` runs on several threads where the rows are not stored.
    pub(super) fn feed<T: Send>(
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
            let made = map(batch.clone(), &mut self.tally)
                .map_err(|e| Error::new(Kind::Data, format!("table `{name}`: {e}")))?;
            sink(made)?;
        }
        if self.is_read_once(name) {
            self.stored.remove(name);
        }
        Ok(())
    }

    /// A table whose rows are made one batch after another on their way.
    fn pass<T: Send>(
        &mut self,
        number: usize,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let (step, inner, joins) = match &table.step {
            Step::From(inner) => ("from", inner, None),
            Step::Join(step) => ("join", &step.from, Some(self.joins(&table.name, step)?)),
            _ => return Err(Error::internal("this step needs all rows at once")),
        };
        let began = Instant::now();
        let shape = self.take_shape(number);
        let rows = |batch: &RecordBatch| batch.num_rows() as u64;
        let shaped = |batch: RecordBatch, tally: &mut Tally| {
            let rows_in = rows(&batch);
            let batch = match &joins {
                Some(joins) => {
                    joins.batch(batch, |lookup, counts| tally.join(number, lookup, counts))?
                }
                None => batch,
            };
            let made = rows(&batch);
            let batch = apply(&shape, batch)?;
            tally.pass(
                number,
                Passed {
                    rows_in,
                    made,
                    rows_out: rows(&batch),
                },
            );
            map(batch, tally)
        };
        self.feed(inner, &shaped, sink)?;
        let (passed, counts) = self.tally.take(number);
        let mut account = Account::new(step, Some(passed.rows_in), began);
        if let Some(joins) = joins {
            (account.removed, account.added, account.joins) = joins.account(&counts);
        }
        account.remove("where", passed.made - passed.rows_out);
        self.account(&table.name, passed.rows_out, account);
        Ok(())
    }

    fn take_shape(&mut self, number: usize) -> Shape {
        let shape = &mut self.prepared.tables[number].shape;
        Shape {
            filter: shape.filter.clone(),
            select: shape.select.clone(),
            order: std::mem::take(&mut shape.order),
            order_selected: shape.order_selected,
        }
    }

    fn account(&mut self, name: &str, rows_out: u64, account: Account) {
        let Account {
            step,
            rows_in,
            removed,
            added,
            joins,
            asof,
            resolve,
            began,
        } = account;
        self.tables.push(TableReport {
            name: name.to_owned(),
            step: step.to_owned(),
            rows_in,
            rows_out,
            removed,
            added,
            joins,
            asof,
            resolve,
            seconds: began.elapsed().as_secs_f64(),
        });
        self.event(RunEvent::Made {
            table: name.to_owned(),
            rows: rows_out,
        });
    }

    /// All rows of a table, made now unless they are there.
    pub(super) fn collect(&mut self, name: &str) -> Result<Arc<Stored>, Error> {
        if let Some(stored) = self.stored.get(name) {
            return Ok(Arc::clone(stored));
        }
        if let Some(index) = self.source_index(name) {
            let schema = match &self.scans[index] {
                Some(scan) => Arc::clone(scan.schema()),
                None => return Err(Error::internal(format!("source `{name}` is read twice"))),
            };
            let mut batches = Vec::new();
            self.scan(index, &|batch, _| Ok(batch), &mut |batch: RecordBatch| {
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
                        0 => self.scan::<()>(index, &|_, _| Ok(()), &mut |()| Ok(()))?,
                        _ => drop(self.collect(owner)?),
                    }
                }
            } else {
                self.collect(owner)?;
            }
            return self
                .stored
                .get(name)
                .cloned()
                .ok_or_else(|| Error::internal(format!("no rows of `{name}`")));
        }
        let number = self
            .table_index(name)
            .ok_or_else(|| Error::internal(format!("no table `{name}`")))?;
        self.make(number)?;
        self.stored
            .get(name)
            .cloned()
            .ok_or_else(|| Error::internal(format!("no rows of `{name}`")))
    }

    pub(super) fn store(&mut self, name: &str, stored: Stored) -> Arc<Stored> {
        let stored = Arc::new(stored);
        self.stored.insert(name.to_owned(), Arc::clone(&stored));
        stored
    }

    /// Forgets the rows of a table that nobody else reads.
    pub(super) fn release(&mut self, name: &str) {
        if self.is_read_once(name) {
            self.stored.remove(name);
        }
    }

    /// Where a row of a stored table stands in its file, where it came straight from one.
    pub(super) fn address(&self, table: &str, stored: &Stored, row: u32) -> Option<String> {
        let index = self.source_index(table)?;
        let column = steps::resolve::address(&stored.schema)?;
        let mut row = row as usize;
        let batch = stored.batches.iter().find(|batch| {
            let here = row < batch.num_rows();
            row -= if here { 0 } else { batch.num_rows() };
            here
        })?;
        let address = batch.column(column).as_primitive::<UInt64Type>().value(row);
        let place = self.locators[index].locate(address).ok()?;
        Some(format!("{}:{}", place.file, place.line))
    }

    /// Makes a table by its step, shapes and stores it.
    fn make(&mut self, number: usize) -> Result<(), Error> {
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let name = table.name.value.clone();
        let (batches, mut account) = self.step(number, &name, &table.step)?;
        let shape = self.take_shape(number);
        let before = rows(&batches);
        let (schema, batches) = self.shaped(number, &shape, batches, &name)?;
        let stored = self.store(&name, Stored { schema, batches });
        let after = stored.rows();
        if account.rows_in.is_some() {
            account.remove("where", before - after);
        }
        self.account(&name, after, account);
        Ok(())
    }

    /// The rows of a step, and what became of those that went in.
    fn step(
        &mut self,
        number: usize,
        name: &str,
        step: &Step,
    ) -> Result<(Vec<RecordBatch>, Account), Error> {
        let step_schema = Arc::clone(&self.prepared.tables[number].step_schema);
        match step {
            Step::Resolve(step) => {
                let (batches, records, report, began) = self.resolve(name, step)?;
                let mut account = Account::new("resolve", Some(records), began);
                account.remove("merged", records - rows(&batches));
                account.resolve = Some(report);
                Ok((batches, account))
            }
            Step::Join(step) => {
                let joins = self.joins(name, step)?;
                let began = Instant::now();
                let (rows_in, batches, counts) = self.join_whole(step, &joins)?;
                let mut account = Account::new("join", Some(rows_in), began);
                (account.removed, account.added, account.joins) = joins.account(&counts);
                Ok((batches, account))
            }
            Step::AsofJoin(step) => {
                let began = Instant::now();
                let (rows_in, batches, report) = self.asof(name, step)?;
                let mut account = Account::new("asof_join", Some(rows_in), began);
                account.remove("unmatched", rows_in - rows(&batches));
                account.asof = Some(report);
                Ok((batches, account))
            }
            Step::Dedupe(step) => self.dedupe(name, step),
            Step::Sessionize(step) => self.sessionize(name, step),
            Step::Sql(query) => {
                for input in steps::sql::tables(query, self.pipeline) {
                    let stored = self.collect(&input)?;
                    let (schema, batches) = visible(&stored)?;
                    prepare::register(&self.prepared.context, &input, &schema, batches)?;
                }
                let began = Instant::now();
                let batches = steps::sql::run(query, &self.prepared.context)?;
                Ok((batches, Account::new("sql", None, began)))
            }
            Step::Aggregate(step) => {
                let stored = self.collect(&step.from)?;
                let (schema, batches) = visible(&stored)?;
                let mut errors = Vec::new();
                let query = steps::aggregate_query(step, &schema, &mut errors)
                    .ok_or_else(|| Error::configuration(std::mem::take(&mut errors)))?;
                prepare::register(&self.prepared.context, &step.from, &schema, batches)?;
                let began = Instant::now();
                let rows_in = stored.rows();
                let batches = steps::sql::run(&query, &self.prepared.context)?;
                // Without `by` even no rows make one: then the step has no equation.
                let equation = (rows(&batches) <= rows_in).then_some(rows_in);
                let mut account = Account::new("aggregate", equation, began);
                if equation.is_some() {
                    account.remove("grouped", rows_in - rows(&batches));
                }
                Ok((batches, account))
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
                let batch = steps::align(&step_schema, &inputs)?;
                Ok((
                    vec![batch.clone()],
                    Account::new("align", Some(batch.num_rows() as u64), began),
                ))
            }
            Step::Union(tables) => {
                let began = Instant::now();
                let mut all = Vec::new();
                for input in tables {
                    let conform = |batch: RecordBatch, _: &mut Tally| {
                        steps::union(&step_schema, &batch).map_err(|e| e.to_string())
                    };
                    self.feed(input, &conform, &mut |batch| {
                        all.push(batch);
                        Ok(())
                    })?;
                }
                let account = Account::new("union", Some(rows(&all)), began);
                Ok((all, account))
            }
            Step::From(inner) => {
                let began = Instant::now();
                let mut all = Vec::new();
                self.feed(inner, &|batch, _| Ok(batch), &mut |batch: RecordBatch| {
                    all.push(batch);
                    Ok(())
                })?;
                let account = Account::new("from", Some(rows(&all)), began);
                Ok((all, account))
            }
        }
    }

    fn shaped(
        &self,
        number: usize,
        shape: &Shape,
        batches: Vec<RecordBatch>,
        name: &str,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let PreparedTable {
            schema,
            step_schema,
            ..
        } = &self.prepared.tables[number];
        let failed = |e: String| Error::new(Kind::Data, format!("table `{name}`: {e}"));
        let mut batches = match &shape.filter {
            Some(_) => batches
                .into_iter()
                .map(|b| filter(shape, b))
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?,
            None => batches,
        };
        let sort = |batches: Vec<RecordBatch>, schema: &SchemaRef| match shape.order.is_empty() {
            true => Ok(batches),
            false => {
                let schema = batches
                    .first()
                    .map_or_else(|| Arc::clone(schema), RecordBatch::schema);
                steps::sort::sort(&schema, &batches, &shape.order)
            }
        };
        if !shape.order_selected {
            batches = sort(batches, step_schema)?;
        }
        if let Some(select) = &shape.select {
            let selected = batches.iter().map(|b| select.apply(b));
            batches = selected.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        }
        if shape.order_selected {
            batches = sort(batches, schema)?;
        }
        let schema = batches
            .first()
            .map_or_else(|| Arc::clone(schema), RecordBatch::schema);
        Ok((schema, batches))
    }
}

/// What became of the rows of a table.
pub(super) struct Account {
    step: &'static str,
    rows_in: Option<u64>,
    removed: Vec<Removed>,
    added: Vec<Removed>,
    joins: Vec<JoinReport>,
    asof: Option<AsofReport>,
    resolve: Option<ResolveReport>,
    began: Instant,
}

impl Account {
    pub(super) fn new(step: &'static str, rows_in: Option<u64>, began: Instant) -> Self {
        Self {
            step,
            rows_in,
            removed: Vec::new(),
            added: Vec::new(),
            joins: Vec::new(),
            asof: None,
            resolve: None,
            began,
        }
    }

    pub(super) fn remove(&mut self, reason: &str, rows: u64) {
        if rows > 0 {
            self.removed.push(Removed {
                reason: reason.to_owned(),
                rows,
            });
        }
    }
}

pub(super) fn rows(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|b| b.num_rows() as u64).sum()
}

/// The rows of a stored table without the hidden address.
pub(super) fn visible(stored: &Stored) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
    let Some(hidden) = steps::resolve::address(&stored.schema) else {
        return Ok((Arc::clone(&stored.schema), stored.batches.clone()));
    };
    let columns: Vec<usize> = (0..hidden).collect();
    let schema = Arc::new(stored.schema.project(&columns)?);
    let batches = stored
        .batches
        .iter()
        .map(|b| b.project(&columns))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((schema, batches))
}

fn filter(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    match &shape.filter {
        None => Ok(batch),
        Some(condition) => {
            filter_record_batch(&batch, &condition.holds(&batch)?).map_err(|e| e.to_string())
        }
    }
}

fn apply(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    let batch = filter(shape, batch)?;
    match &shape.select {
        None => Ok(batch),
        Some(select) => select.apply(&batch),
    }
}
