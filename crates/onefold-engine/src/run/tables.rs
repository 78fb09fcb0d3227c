//! Tables: made and stored, unless their rows pass by.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{SchemaRef, UInt64Type};
use onefold_operators::{SortKey, compact, sort_rows};
use onefold_read::Locator;
use onefold_spec::model::{Content, Step};

use super::Run;
use super::account::Account;
use super::stored::{Stored, rows};
use super::tally::Tally;
use crate::error::{Error, Kind};
use crate::places::Places;
use crate::prepare::{self, PreparedTable, Shape};
use crate::steps;

impl Run<'_> {
    pub(super) fn source_index(&self, name: &str) -> Option<usize> {
        self.pipeline
            .sources
            .iter()
            .position(|s| s.name.value == name)
    }

    /// Columns of a source or table, without the hidden address.
    pub(super) fn columns(&self, name: &str) -> Result<SchemaRef, Error> {
        let columns = self.prepared.schemas.get(name).cloned();
        columns.ok_or_else(|| Error::internal(format!("no columns of `{name}`")))
    }

    pub(super) fn table_index(&self, name: &str) -> Option<usize> {
        self.prepared
            .tables
            .iter()
            .position(|t| self.pipeline.tables[t.index].name.value == name)
    }

    pub(super) fn is_read_once(&self, name: &str) -> bool {
        self.prepared.readers.get(name).copied().unwrap_or(0) <= 1
    }

    /// Whether anyone reads the side table `side` of a table.
    pub(super) fn is_side_read(&self, table: &str, side: &str) -> bool {
        let name = format!("{table}.{side}");
        self.prepared.readers.contains_key(&name)
    }

    pub(super) fn take_shape(&mut self, number: usize) -> Shape {
        let shape = &mut self.prepared.tables[number].shape;
        Shape {
            filter: shape.filter.clone(),
            select: shape.select.clone(),
            order: std::mem::take(&mut shape.order),
            order_selected: shape.order_selected,
        }
    }

    /// All rows of a table, made now unless they are there: those of its batches, whose order may be told apart.
    pub(super) fn all_rows(&mut self, name: &str) -> Result<Arc<Stored>, Error> {
        let stored = self.kept(name)?;
        match &stored.chosen {
            Some(chosen) if (chosen.len() as u64) < rows(&stored.batches) => self.collect(name),
            _ => Ok(stored),
        }
    }

    /// All rows of a table in batches, in their order, made now unless they are there.
    pub(super) fn collect(&mut self, name: &str) -> Result<Arc<Stored>, Error> {
        let stored = self.kept(name)?;
        if stored.chosen.is_none() {
            return Ok(stored);
        }
        let gathered = stored.gathered(self.options.threads)?;
        Ok(self.store(name, gathered))
    }

    /// All rows of a table, made now unless they are there.
    pub(super) fn kept(&mut self, name: &str) -> Result<Arc<Stored>, Error> {
        if let Some(stored) = self.stored.get(name) {
            return Ok(Arc::clone(stored));
        }
        if let Some(index) = self.source_index(name) {
            let schema = match &self.scans[index] {
                Some(scan) => Arc::clone(scan.schema()),
                None => return Err(Error::internal(format!("source `{name}` is read twice"))),
            };
            let mut batches = Vec::new();
            let keep = |batch, _: &mut Tally| Ok(compact(batch));
            self.scan(index, &keep, &mut |batch: RecordBatch| {
                if batch.num_rows() > 0 {
                    batches.push(batch);
                }
                Ok(())
            })?;
            return Ok(self.store(name, Stored::new(schema, batches)));
        }
        if let Some((owner, _)) = name.split_once('.') {
            // A side table is made with its owner.
            if let Some(index) = self.source_index(owner) {
                if self.scans[index].is_some() {
                    match self.prepared.readers.get(owner).copied().unwrap_or(0) {
                        0 => self.scan::<()>(index, &|_, _| Ok(()), &mut |()| Ok(()))?,
                        _ => drop(self.kept(owner)?),
                    }
                }
            } else {
                self.kept(owner)?;
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
        let stored = match self.order_before(number) {
            Some(_) => {
                let mut batches = Vec::new();
                self.pass(
                    number,
                    true,
                    &|batch, _| Ok(batch),
                    &mut |batch: RecordBatch| {
                        if batch.num_rows() > 0 {
                            batches.push(batch);
                        }
                        Ok(())
                    },
                )?;
                let schema = match batches.first() {
                    Some(batch) => batch.schema(),
                    None => Arc::clone(&self.prepared.tables[number].schema),
                };
                Stored::new(schema, batches)
            }
            None => self.make(number)?,
        };
        Ok(self.store(name, stored))
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

    /// Finds the rows of a table in their files, where they come from one as they are.
    pub(super) fn places_of(&self, name: &str) -> Places {
        Places::of(self.locator_of(name).cloned())
    }

    fn locator_of(&self, name: &str) -> Option<&Locator> {
        if let Some(index) = self.source_index(name) {
            return self.locators.get(index);
        }
        let prepared = &self.prepared.tables[self.table_index(name)?];
        match &self.pipeline.tables[prepared.index].step {
            Step::From(input) if prepared.shape.select.is_none() => self.locator_of(input),
            Step::Dedupe(step) if prepared.shape.select.is_none() => self.locator_of(&step.from),
            _ => None,
        }
    }

    /// Lets expressions say in which line of which file the row stands for which they fail.
    pub(super) fn locate_failures(&mut self) {
        for number in 0..self.prepared.tables.len() {
            let table = &self.pipeline.tables[self.prepared.tables[number].index];
            if let Step::From(input) = &table.step {
                let places = self.places_of(input);
                self.prepared.tables[number].shape.found_at(&places);
            } else if let Step::Dedupe(step) = &table.step {
                let places = self.places_of(&step.from);
                self.prepared.tables[number].shape.found_at(&places);
            }
        }
        for (number, output) in self.pipeline.outputs.iter().enumerate() {
            if let Content::Table { table, .. } = &output.content {
                let places = self.places_of(table);
                if let Some(Some(columns)) = self.prepared.outputs.get_mut(number) {
                    columns.found_at(&places);
                }
            }
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

    /// Makes a table by its step and shapes it.
    fn make(&mut self, number: usize) -> Result<Stored, Error> {
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let name = table.name.value.clone();
        let (made, mut account) = self.step(number, &name, &table.step)?;
        let shape = self.take_shape(number);
        let before = made.rows();
        let stored = self.shaped(number, &shape, made, &name)?;
        self.check_on(None)?;
        let after = stored.rows();
        if account.rows_in.is_some() {
            account.remove("where", before - after);
        }
        self.account(&name, after, account);
        Ok(stored)
    }

    /// The rows of a step, and what became of those that went in.
    fn step(&mut self, number: usize, name: &str, step: &Step) -> Result<(Stored, Account), Error> {
        match step {
            Step::Dedupe(step) => return self.dedupe(name, step),
            Step::Aggregate(step) => return self.aggregate(number, name, step),
            _ => {}
        }
        let (batches, account) = self.step_batches(number, name, step)?;
        let schema = match batches.first() {
            Some(batch) => batch.schema(),
            None => Arc::clone(&self.prepared.tables[number].step_schema),
        };
        Ok((Stored::new(schema, batches), account))
    }

    fn step_batches(
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
            Step::AsofJoin(step) if self.is_side_read(name, "unmatched") => {
                let began = Instant::now();
                let (rows_in, batches, report) = self.asof_whole(name, step)?;
                let mut account = Account::new("asof_join", Some(rows_in), began);
                account.remove("unmatched", rows_in - rows(&batches));
                account.asof = Some(report);
                Ok((batches, account))
            }
            Step::From(_) | Step::Join(_) | Step::AsofJoin(_) => {
                let mut all = Vec::new();
                let bare = Shape::default();
                let keep = |batch, _: &mut Tally| Ok(batch);
                let mut push = |batch| {
                    all.push(batch);
                    Ok(())
                };
                let (_, account) = self.pass_by(number, &[], &bare, true, &keep, &mut push)?;
                Ok((all, account))
            }
            Step::Dedupe(_) | Step::Aggregate(_) => Err(Error::internal("this step chooses rows")),
            Step::Sessionize(step) => self.sessionize(name, step),
            Step::Sql(query) => {
                for input in steps::sql::tables(query, self.pipeline) {
                    let stored = self.collect(&input)?;
                    let (schema, batches) = stored.visible()?;
                    prepare::register(&self.prepared.context, &input, &schema, batches)?;
                }
                let began = Instant::now();
                let batches = steps::sql::run(name, query, &self.prepared.context)?;
                Ok((batches, Account::new("sql", None, began)))
            }
            Step::Align(tables) => {
                let mut inputs = Vec::new();
                for table in tables {
                    inputs.push(self.collect(table)?.visible()?);
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
        }
    }

    /// `where`, `order_by` and `select` of a table on the rows of its step.
    fn shaped(
        &self,
        number: usize,
        shape: &Shape,
        made: Stored,
        name: &str,
    ) -> Result<Stored, Error> {
        if shape.filter.is_none() && shape.select.is_none() && shape.order.is_empty() {
            return Ok(made);
        }
        let PreparedTable {
            schema,
            step_schema,
            ..
        } = &self.prepared.tables[number];
        let failed = |e: String| failed(name, &e);
        let mut batches = made.gathered(self.options.threads)?.batches;
        drop(made);
        if shape.filter.is_some() {
            let filtered = batches.into_iter().map(|b| filter(shape, b));
            batches = filtered.collect::<Result<_, _>>().map_err(failed)?;
        }
        // The numbers of the rows stay what they are while columns are selected.
        let order = |batches: &[RecordBatch]| match shape.order.is_empty() {
            true => Ok(None),
            false => self.order(name, &shape.order, batches).map(Some),
        };
        let mut chosen = None;
        if !shape.order_selected {
            chosen = order(&batches)?;
        }
        if let Some(select) = &shape.select {
            let selected = batches.iter().map(|b| select.apply(b));
            batches = selected.collect::<Result<_, _>>().map_err(failed)?;
        }
        if shape.order_selected {
            chosen = order(&batches)?;
        }
        let schema = match (batches.first(), &shape.select) {
            (Some(batch), _) => batch.schema(),
            (None, Some(_)) => Arc::clone(schema),
            (None, None) => Arc::clone(step_schema),
        };
        Ok(Stored {
            schema,
            batches,
            chosen,
        })
    }

    fn order(
        &self,
        name: &str,
        keys: &[crate::sql::SortKey],
        batches: &[RecordBatch],
    ) -> Result<Vec<u32>, Error> {
        let keys = keys.iter().map(|key| {
            let values = batches.iter().map(|b| key.value.evaluate(b));
            Ok(SortKey {
                values: values
                    .collect::<Result<_, String>>()
                    .map_err(|e| failed(name, &e))?,
                options: key.options,
            })
        });
        let keys = keys.collect::<Result<Vec<_>, Error>>()?;
        sort_rows(&keys, self.options.threads).map_err(Error::internal)
    }
}

/// An error about rows of a table. What an expression says names its table itself.
pub(super) fn failed(name: &str, why: &str) -> Error {
    let is_named = why.starts_with("table `") || why.starts_with("output `");
    let named = format!("table `{name}`: {why}");
    Error::new(Kind::Data, if is_named { why.to_owned() } else { named })
}

pub(super) fn filter(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    match &shape.filter {
        None => Ok(batch),
        Some(condition) => {
            filter_record_batch(&batch, &condition.holds(&batch)?).map_err(|e| e.to_string())
        }
    }
}
