//! Tables: passed by batch after batch where that can be, made and stored where it cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use onefold_spec::model::Step;

use super::{Map, Run, Stored};
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::prepare::{self, PreparedTable, Shape};
use crate::report::{Removed, ResolveReport, TableReport};
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
            table.shape.order.is_empty() && matches!(&self.pipeline.tables[table.index].step, Step::From(inner) if self.streams(inner))
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
            let made = map(batch.clone())
                .map_err(|e| Error::new(Kind::Data, format!("table `{name}`: {e}")))?;
            sink(made)?;
        }
        if self.is_read_once(name) {
            self.stored.remove(name);
        }
        Ok(())
    }

    /// A `from:` table whose rows are shaped on their way.
    fn pass<T: Send>(
        &mut self,
        number: usize,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let Step::From(inner) = &table.step else {
            return Err(Error::internal("only a `from` table passes its rows by"));
        };
        let shape = Arc::new(self.take_shape(number));
        let (rows_in, rows_out) = (AtomicU64::new(0), AtomicU64::new(0));
        let shaped = |batch: RecordBatch| {
            rows_in.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            let batch = apply(&shape, batch)?;
            rows_out.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            map(batch)
        };
        self.feed(inner, &shaped, sink)?;
        let (rows_in, rows_out) = (rows_in.into_inner(), rows_out.into_inner());
        self.account(
            &table.name,
            "from",
            Some(rows_in),
            rows_out,
            vec![("where", rows_in - rows_out)],
            None,
            began,
        );
        Ok(())
    }

    fn take_shape(&mut self, number: usize) -> Shape {
        let shape = &mut self.prepared.tables[number].shape;
        Shape {
            filter: shape.filter.clone(),
            select: shape.select.clone(),
            order: std::mem::take(&mut shape.order),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of a ledger line")]
    pub(super) fn account(
        &mut self,
        name: &str,
        step: &str,
        rows_in: Option<u64>,
        rows_out: u64,
        removed: Vec<(&str, u64)>,
        resolve: Option<ResolveReport>,
        began: Instant,
    ) {
        let removed = removed
            .into_iter()
            .filter(|(_, rows)| *rows > 0)
            .map(|(reason, rows)| Removed {
                reason: reason.to_owned(),
                rows,
            });
        self.tables.push(TableReport {
            name: name.to_owned(),
            step: step.to_owned(),
            rows_in,
            rows_out,
            removed: removed.collect(),
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
            self.scan(index, &Ok, &mut |batch: RecordBatch| {
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
                        0 => self.scan::<()>(index, &|_| Ok(()), &mut |()| Ok(()))?,
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

    /// Makes a table by its step, shapes and stores it.
    fn make(&mut self, number: usize) -> Result<(), Error> {
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let name = table.name.value.clone();
        let mut resolved = None;
        let (step, rows_in, removed, batches, began) = match &table.step {
            Step::Resolve(step) => {
                let (batches, rows, report, began) = self.resolve(&name, step)?;
                let kept = batches.iter().map(|b| b.num_rows() as u64).sum::<u64>();
                resolved = Some(report);
                (
                    "resolve",
                    Some(rows),
                    vec![("merged", rows - kept)],
                    batches,
                    began,
                )
            }
            Step::Sql(query) => {
                for input in steps::sql::tables(query, self.pipeline) {
                    let stored = self.collect(&input)?;
                    let (schema, batches) = visible(&stored)?;
                    prepare::register(&self.prepared.context, &input, &schema, batches)?;
                }
                let began = Instant::now();
                let batches = steps::sql::run(query, &self.prepared.context)?;
                ("sql", None, Vec::new(), batches, began)
            }
            Step::Aggregate(step) => {
                let stored = self.collect(&step.from)?;
                let (schema, batches) = visible(&stored)?;
                let mut errors = Vec::new();
                let query = steps::aggregate_query(step, &schema, &mut errors)
                    .ok_or_else(|| Error::configuration(std::mem::take(&mut errors)))?;
                prepare::register(&self.prepared.context, &step.from, &schema, batches)?;
                let began = Instant::now();
                let rows = stored.rows();
                let batches = steps::sql::run(&query, &self.prepared.context)?;
                let groups: u64 = batches.iter().map(|b| b.num_rows() as u64).sum();
                (
                    "aggregate",
                    Some(rows.max(groups)),
                    vec![("grouped", rows.max(groups) - groups)],
                    batches,
                    began,
                )
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
                let schema = Arc::clone(&self.prepared.tables[number].step_schema);
                let batch = steps::align(&schema, &inputs)?;
                (
                    "align",
                    Some(batch.num_rows() as u64),
                    Vec::new(),
                    vec![batch],
                    began,
                )
            }
            Step::Union(tables) => {
                let schema = Arc::clone(&self.prepared.tables[number].step_schema);
                let mut all = Vec::new();
                for input in tables {
                    self.feed(
                        input,
                        &|batch| steps::union(&schema, &batch).map_err(|e| e.to_string()),
                        &mut |batch| {
                            all.push(batch);
                            Ok(())
                        },
                    )?;
                }
                let rows = all.iter().map(|b: &RecordBatch| b.num_rows() as u64).sum();
                ("union", Some(rows), Vec::new(), all, Instant::now())
            }
            Step::From(inner) => {
                let mut all = Vec::new();
                self.feed(inner, &Ok, &mut |batch: RecordBatch| {
                    all.push(batch);
                    Ok(())
                })?;
                let rows = all.iter().map(|b| b.num_rows() as u64).sum();
                ("from", Some(rows), Vec::new(), all, Instant::now())
            }
            _ => {
                return Err(Error::internal(format!(
                    "table `{name}` has a step that cannot run"
                )));
            }
        };
        let shape = self.take_shape(number);
        let before: u64 = batches.iter().map(|b| b.num_rows() as u64).sum();
        let (schema, batches) = self.shaped(number, &shape, batches, &name)?;
        let stored = self.store(&name, Stored { schema, batches });
        let rows = stored.rows();
        let mut removed = removed;
        if rows_in.is_some() {
            removed.push(("where", before - rows));
        }
        self.account(&name, step, rows_in, rows, removed, resolved, began);
        Ok(())
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
        if !shape.order.is_empty() {
            let schema = batches
                .first()
                .map_or_else(|| Arc::clone(step_schema), RecordBatch::schema);
            batches = steps::sort::sort(&schema, &batches, &shape.order)?;
        }
        if let Some(select) = &shape.select {
            batches = batches
                .iter()
                .map(|b| select.apply(b))
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
        }
        let schema = batches
            .first()
            .map_or_else(|| Arc::clone(schema), RecordBatch::schema);
        Ok((schema, batches))
    }
}

/// The rows of a stored table without the hidden address.
fn visible(stored: &Stored) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
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
