//! Tables whose rows pass by: batch after batch, from their input to their reader, without being stored.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use onefold_operators::{AsOfJoin, SortKey, compact, sort_rows};
use onefold_spec::model::Step;

use super::account::Account;
use super::joins::{Joins, asof_report, without_address};
use super::stored::Stored;
use super::tables::{failed, filter};
use super::tally::{Passed, Tally};
use super::{Map, Run};
use crate::error::Error;
use crate::ordered::ordered;
use crate::prepare::{PreparedTable, Shape};

impl Run<'_> {
    /// Whether a table's rows pass by on their way to its one reader, without being stored.
    pub(super) fn passes(&self, name: &str) -> bool {
        if self.stored.contains_key(name) || !self.is_read_once(name) {
            return false;
        }
        if let Some(index) = self.source_index(name) {
            return self.scans[index].is_some();
        }
        self.table_index(name)
            .is_some_and(|number| self.order_before(number).is_some())
    }

    /// Where each batch of a table comes from one batch of its input: the columns that the input must be sorted by, so that the rows come
    /// as `order_by:` wants them. `None`: the rows are made together.
    pub(super) fn order_before(&self, number: usize) -> Option<Vec<(usize, SortOptions)>> {
        let PreparedTable { index, shape, .. } = &self.prepared.tables[number];
        let table = &self.pipeline.tables[*index];
        let input = match &table.step {
            Step::From(input) => input,
            Step::Join(step) if shape.order.is_empty() || !Joins::marks(step) => &step.from,
            Step::AsofJoin(step) if !self.is_side_read(&table.name, "unmatched") => &step.left,
            _ => return None,
        };
        let columns = self.prepared.schemas.get(input.as_str())?.fields().len();
        let before = shape.order.iter().map(|key| {
            let column = key.value.column?;
            let column = match &shape.select {
                Some(select) if shape.order_selected => select.columns[column].value.column?,
                _ => column,
            };
            (column < columns).then_some((column, key.options))
        });
        before.collect()
    }

    /// Gives the rows of a table to `sink` in order; `map` runs on several threads.
    pub(super) fn feed<T: Send>(
        &mut self,
        name: &str,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.passes(name) {
            if let Some(index) = self.source_index(name) {
                return self.scan(index, map, sink);
            }
            if let Some(number) = self.table_index(name) {
                return self.pass(number, false, map, sink);
            }
        }
        let stored = self.kept(name)?;
        self.release(name);
        self.feed_stored(name, &stored, map, sink)
    }

    fn feed_stored<T: Send>(
        &mut self,
        name: &str,
        stored: &Stored,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let pieces = stored.pieces()?;
        let make = |number| {
            let mut tally = Tally::default();
            let made = pieces
                .piece(number)
                .and_then(|batch| map(batch, &mut tally))?;
            Ok((made, tally))
        };
        ordered(self.options.threads, pieces.count(), make, |made| {
            self.check_on(None)?;
            let (made, tally) = made.map_err(|e: String| failed(name, &e))?;
            self.tally.append(tally);
            sink(made)
        })
    }

    /// Gives the rows of a table that are made one batch after another. `kept`: they are stored in the end.
    pub(super) fn pass<T: Send>(
        &mut self,
        number: usize,
        kept: bool,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let before = self.order_before(number).unwrap_or_default();
        let shape = self.take_shape(number);
        let (passed, mut account) = self.pass_by(number, &before, &shape, kept, map, sink)?;
        account.remove("where", passed.made - passed.rows_out);
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        self.account(&table.name, passed.rows_out, account);
        Ok(())
    }

    /// Makes the rows of a `from:`, `join:` or `asof_join:` one batch after another: those of its input, sorted by `before`, then what only
    /// a right table has.
    pub(super) fn pass_by<T: Send>(
        &mut self,
        number: usize,
        before: &[(usize, SortOptions)],
        shape: &Shape,
        kept: bool,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(Passed, Account), Error> {
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        let (step, input, way) = match &table.step {
            Step::From(input) => ("from", input, Way::From),
            Step::Join(step) => {
                let joins = self.joins(&table.name, step, kept)?;
                if Joins::marks(step) && !self.is_fed_once(&step.from) {
                    self.kept(&step.from)?;
                }
                ("join", &step.from, Way::Join(joins))
            }
            Step::AsofJoin(step) => {
                let (join, left) = self.asof_join(&table.name, step)?;
                ("asof_join", &step.left, Way::Asof(Box::new(join), left))
            }
            _ => return Err(Error::internal("this step needs all rows at once")),
        };
        let began = Instant::now();
        let rows = |batch: &RecordBatch| batch.num_rows() as u64;
        let shaped = |rows_in: u64, batch: RecordBatch, tally: &mut Tally| {
            let made = rows(&batch);
            let batch = apply(shape, batch)?;
            let rows_out = rows(&batch);
            tally.pass(
                number,
                Passed {
                    rows_in,
                    made,
                    rows_out,
                },
            );
            map(batch, tally)
        };
        let as_read = kept && self.source_index(input).is_some() && self.passes(input);
        let stepped = |batch: RecordBatch, tally: &mut Tally| {
            let batch = if as_read { compact(batch) } else { batch };
            let rows_in = rows(&batch);
            let batch = match &way {
                Way::From => batch,
                Way::Join(joins) => {
                    joins.batch(batch, |lookup, counts| tally.join(number, lookup, counts))?
                }
                Way::Asof(join, left) => {
                    let batch = without_address(batch, left)?;
                    let (joined, matches) = join.one_batch(&batch).map_err(|e| e.to_string())?;
                    tally.asof(number, &matches);
                    joined
                }
            };
            shaped(rows_in, batch, tally)
        };
        if before.is_empty() {
            self.feed(input, &stepped, sink)?;
        } else {
            // Rows are sorted before they grow: only what the input has is kept.
            let sorted = self.sorted(input, before)?;
            self.feed_stored(&table.name, &sorted, &stepped, sink)?;
        }
        if let Way::Join(joins) = &way {
            let count = |lookup, counts| self.tally.join(number, lookup, counts);
            let rest = joins.rest(self.options.threads, count)?;
            if let Some(schema) = rest.first().map(RecordBatch::schema) {
                let rest = Stored::new(schema, rest);
                let added = |batch, tally: &mut Tally| shaped(0, batch, tally);
                self.feed_stored(&table.name, &rest, &added, sink)?;
            }
        }
        let (passed, counts, asof) = self.tally.take(number);
        let mut account = Account::new(step, Some(passed.rows_in), began);
        match way {
            Way::From => {}
            Way::Join(joins) => {
                (account.removed, account.added, account.joins) = joins.account(&counts);
            }
            Way::Asof(..) => {
                account.remove("unmatched", passed.rows_in - passed.made);
                account.asof = Some(asof_report(&asof.finish()));
            }
        }
        Ok((passed, account))
    }

    /// Whether each batch of a table is given once: a reading thread may give one again, where a chunk of a file was cut in the wrong place.
    fn is_fed_once(&self, name: &str) -> bool {
        if self.stored.contains_key(name) || !self.passes(name) {
            return true;
        }
        let Some(number) = self.table_index(name) else {
            return false;
        };
        let sorted = self.order_before(number).is_some_and(|by| !by.is_empty());
        let table = &self.pipeline.tables[self.prepared.tables[number].index];
        sorted
            || match &table.step {
                Step::From(input) => self.is_fed_once(input),
                Step::Join(step) => self.is_fed_once(&step.from),
                Step::AsofJoin(step) => self.is_fed_once(&step.left),
                _ => true,
            }
    }

    /// The rows of a table by some of its columns, without the hidden address.
    fn sorted(&mut self, name: &str, by: &[(usize, SortOptions)]) -> Result<Stored, Error> {
        let schema = self.columns(name)?;
        let mut batches = Vec::new();
        let read_now = self.source_index(name).is_some() && self.passes(name);
        let visible = |batch, _: &mut Tally| {
            let batch = without_address(batch, &schema)?;
            Ok(if read_now { compact(batch) } else { batch })
        };
        self.feed(name, &visible, &mut |batch: RecordBatch| {
            if batch.num_rows() > 0 {
                batches.push(batch);
            }
            Ok(())
        })?;
        let key = |(column, options): &(usize, SortOptions)| SortKey {
            values: batches
                .iter()
                .map(|b| Arc::clone(b.column(*column)))
                .collect(),
            options: *options,
        };
        let keys: Vec<SortKey> = by.iter().map(key).collect();
        let chosen = sort_rows(&keys, self.options.threads).map_err(Error::internal)?;
        Ok(Stored {
            schema,
            batches,
            chosen: Some(chosen),
        })
    }
}

/// How the rows of a passing table come from those of its input.
enum Way {
    From,
    Join(Joins),
    /// With the columns of the left table.
    Asof(Box<AsOfJoin>, SchemaRef),
}

fn apply(shape: &Shape, batch: RecordBatch) -> Result<RecordBatch, String> {
    let batch = filter(shape, batch)?;
    match &shape.select {
        None => Ok(batch),
        Some(select) => select.apply(&batch),
    }
}
