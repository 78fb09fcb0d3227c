//! `join:` and `asof_join:` in a run.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringViewArray};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use onefold_operators::{
    AsOf, AsOfJoin, Expect, Join, JoinCounts, JoinKind, Lookup, Table, TimeKey,
};
use onefold_spec::model;

use super::Run;
use super::stored::Stored;
use crate::error::{Error, Kind};
use crate::report::{AsofReport, JoinReport, Removed};
use crate::steps::join as step;

/// The lookups of a `join:`, indexed and ready for batches.
pub(super) struct Joins {
    joins: Vec<Join>,
    tables: Vec<String>,
    kinds: Vec<JoinKind>,
    input: SchemaRef,
}

impl Joins {
    /// Joins one batch; rows that only a right table has come with [`Joins::rest`].
    pub(super) fn batch(
        &self,
        batch: RecordBatch,
        mut count: impl FnMut(usize, JoinCounts),
    ) -> Result<RecordBatch, String> {
        let mut batch = without_address(batch, &self.input)?;
        for (number, join) in self.joins.iter().enumerate() {
            let joined = join.batch(&batch).map_err(|e| e.to_string())?;
            count(number, joined.counts);
            batch = match joined.batches.as_slice() {
                [one] => one.clone(),
                several => concat_batches(join.schema(), several).map_err(|e| e.to_string())?,
            };
        }
        Ok(batch)
    }

    /// The rows that only a right table has, once all left rows are joined; those of one lookup go through the lookups after it.
    pub(super) fn rest(
        &self,
        threads: usize,
        mut count: impl FnMut(usize, JoinCounts),
    ) -> Result<Vec<RecordBatch>, Error> {
        let mut rows = Vec::new();
        for (number, join) in self.joins.iter().enumerate() {
            let mut next = Vec::with_capacity(rows.len());
            for batch in rows {
                let joined = join.batch(&batch).map_err(Error::internal)?;
                count(number, joined.counts);
                next.extend(joined.batches);
            }
            let rest = join.rest(threads).map_err(Error::internal)?;
            count(number, rest.counts);
            next.extend(rest.batches);
            rows = next;
        }
        Ok(rows)
    }

    /// Whether right rows are marked as they are found: then no batch may be joined twice.
    pub(super) fn marks(step: &model::Join) -> bool {
        step.lookups.iter().any(|l| step::kind(l) == JoinKind::Full)
    }

    /// Rows that went, rows that came, and what each lookup did.
    pub(super) fn account(
        self,
        counts: &[JoinCounts],
    ) -> (Vec<Removed>, Vec<Removed>, Vec<JoinReport>) {
        let (mut removed, mut added, mut reports) = (Vec::new(), Vec::new(), Vec::new());
        for (((join, table), kind), c) in self
            .joins
            .iter()
            .zip(&self.tables)
            .zip(&self.kinds)
            .zip(counts)
        {
            let unmatched = c.left - c.matched;
            let note = |list: &mut Vec<Removed>, reason: &str, rows: u64| {
                if rows > 0 {
                    list.push(Removed {
                        reason: format!("{reason} {table}"),
                        rows,
                    });
                }
            };
            match kind {
                JoinKind::Inner => {
                    note(&mut removed, "not in", unmatched);
                    note(&mut added, "several in", c.rows - c.matched);
                }
                JoinKind::Semi => note(&mut removed, "not in", unmatched),
                JoinKind::Anti => note(&mut removed, "in", c.matched),
                JoinKind::Left | JoinKind::Full => {
                    note(&mut added, "several in", c.rows - c.left - c.right_only);
                    note(&mut added, "only in", c.right_only);
                }
            }
            reports.push(JoinReport {
                table: table.clone(),
                matched: c.matched,
                unmatched,
                null_keys: c.null_keys,
                only_right: c.right_only,
                left_aside: join.lookup().aside().len() as u64,
            });
        }
        (removed, added, reports)
    }
}

/// A source's batch without its hidden address.
pub(super) fn without_address(
    batch: RecordBatch,
    schema: &SchemaRef,
) -> Result<RecordBatch, String> {
    let columns = schema.fields().len();
    if batch.num_columns() == columns {
        return Ok(batch);
    }
    let visible: Vec<usize> = (0..columns).collect();
    batch.project(&visible).map_err(|e| e.to_string())
}

impl Run<'_> {
    /// Indexes the tables that a `join:` looks up. `kept`: this table is stored.
    pub(super) fn joins(
        &mut self,
        name: &str,
        step: &model::Join,
        kept: bool,
    ) -> Result<Joins, Error> {
        let input = self.columns(&step.from)?;
        let mut left = Arc::clone(&input);
        let (mut joins, mut tables, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for lookup in &step.lookups {
            let expect = step::expect(lookup);
            let mut stored = match expect {
                Expect::One => self.all_rows(&lookup.table)?,
                // Here the order says which row counts.
                _ => self.collect(&lookup.table)?,
            };
            let (right, mut batches) = stored.visible()?;
            let mut errors = Vec::new();
            let (left_on, right_on) = step::pairs(
                &lookup.on,
                (&left, &step.from),
                (&right, &lookup.table),
                &mut errors,
            )
            .ok_or_else(|| Error::configuration(errors))?;
            let threads = self.options.threads;
            let index = |batches: &[RecordBatch]| {
                let table = Table::new(&right, batches)?;
                Lookup::build(&table, &right_on, expect, threads)
            };
            let mut indexed = index(&batches);
            if indexed.is_err() && stored.chosen.is_some() {
                // The rows are told by their numbers in the order of the table.
                stored = self.collect(&lookup.table)?;
                batches = stored.visible()?.1;
                indexed = index(&batches);
            }
            let mut indexed =
                indexed.map_err(|error| self.lookup_error(name, lookup, &stored, &error))?;
            let gives = !matches!(step::kind(lookup), JoinKind::Semi | JoinKind::Anti);
            if gives && !kept {
                let table = Table::new(&right, &batches).map_err(Error::internal)?;
                indexed = indexed.for_rows_that_pass(&table, threads);
            }
            let aside = indexed.aside().len();
            if aside > 0 {
                self.warn(format!("table {name}: {aside} rows of {} have a key that another row has, and were left aside", lookup.table.value));
            }
            let mut join = Join::new(indexed, &left, &left_on, step::kind(lookup), &lookup.table)
                .map_err(Error::internal)?;
            if let Some(order) = &stored.chosen {
                join = join.with_right_order(order);
            }
            left = Arc::clone(join.schema());
            joins.push(join);
            tables.push(lookup.table.value.clone());
            kinds.push(step::kind(lookup));
            self.release(&lookup.table);
            self.note_lookup(name, &lookup.table, stored.rows());
        }
        Ok(Joins {
            joins,
            tables,
            kinds,
            input,
        })
    }

    fn note_lookup(&mut self, by: &str, table: &str, rows: u64) {
        let looked_up = self.looked_up.entry(by.to_owned()).or_default();
        looked_up.push((table.to_owned(), rows));
    }

    /// Names the keys that are on several rows, where they stand, and what can be done.
    fn lookup_error(
        &self,
        name: &str,
        lookup: &model::Lookup,
        stored: &Stored,
        error: &onefold_operators::Error,
    ) -> Error {
        let Some(duplicates) = error.duplicate_keys() else {
            return Error::internal(error);
        };
        let mut listed = Vec::new();
        for key in &duplicates.listed {
            let places: Vec<String> = key
                .rows
                .iter()
                .map(|row| self.place(&lookup.table, stored, *row))
                .collect();
            listed.push(format!(
                "`{}` ({} rows: {})",
                key.key,
                key.count,
                places.join(", ")
            ));
        }
        if duplicates.keys > listed.len() as u64 {
            listed.push(format!(
                "and {} more",
                duplicates.keys - listed.len() as u64
            ));
        }
        Error::new(
            Kind::Data,
            format!(
                "table `{name}` expects one row of `{}` for a key, but {} of its keys {} on several: {}",
                lookup.table.value,
                duplicates.keys,
                if duplicates.keys == 1 { "is" } else { "are" },
                listed.join("; ")
            ),
        )
        .hint("say which row counts with `expect: first` or `expect: last`, or multiply the rows with `expect: many`")
    }

    /// Where a row of a table stands, for people.
    fn place(&self, table: &str, stored: &Stored, row: u32) -> String {
        self.address(table, stored, row)
            .unwrap_or_else(|| format!("row {}", row + 1))
    }

    /// An `asof_join:` ready for batches of its left table, and the columns of that.
    pub(super) fn asof_join(
        &mut self,
        name: &str,
        step: &model::AsofJoin,
    ) -> Result<(AsOfJoin, SchemaRef), Error> {
        let left = self.columns(&step.left)?;
        let stored = self.collect(&step.right)?;
        let (right, batches) = stored.visible()?;
        self.note_lookup(name, &step.right, stored.rows());
        drop(stored);
        self.release(&step.right);
        let mut errors = Vec::new();
        let sides = ((&left, step.left.as_str()), (&right, step.right.as_str()));
        let by = step::pairs(&step.by, sides.0, sides.1, &mut errors);
        let times = [(step.left_on.clone(), step.right_on.clone())];
        let on = step::pairs(&times, sides.0, sides.1, &mut errors);
        let (Some((left_by, right_by)), Some((left_on, right_on))) = (by, on) else {
            return Err(Error::configuration(errors));
        };
        let left_key = TimeKey {
            by: &left_by,
            on: left_on[0],
        };
        let right_key = TimeKey {
            by: &right_by,
            on: right_on[0],
        };
        let table = Table::new(&right, &batches).map_err(Error::internal)?;
        let asof = AsOf::build(&table, right_key, self.options.threads).map_err(Error::internal)?;
        let join = AsOfJoin::new(
            asof,
            &left,
            left_key,
            step::asof_options(step),
            step::asof_kind(step),
            &step.right,
        )
        .map_err(Error::internal)?;
        Ok((join, left))
    }

    /// Runs an `asof_join:` whose unmatched rows are wanted too; rows in, rows out, its account.
    pub(super) fn asof_whole(
        &mut self,
        name: &str,
        step: &model::AsofJoin,
    ) -> Result<(u64, Vec<RecordBatch>, AsofReport), Error> {
        let (join, schema) = self.asof_join(name, step)?;
        let stored = self.collect(&step.left)?;
        let (_, batches) = stored.visible()?;
        drop(stored);
        self.release(&step.left);
        let threads = self.options.threads;
        let left = Table::new(&schema, &batches).map_err(Error::internal)?;
        let joined = join.table(&left, threads).map_err(Error::internal)?;
        if self.is_side_read(name, "unmatched") {
            let side = step::unmatched_schema(&schema);
            let mut unmatched = left
                .gather(&joined.unmatched, threads)
                .map_err(Error::internal)?;
            let mut reasons = joined.reasons.iter();
            for batch in &mut unmatched {
                let of_batch = reasons.by_ref().take(batch.num_rows());
                let reasons: StringViewArray =
                    of_batch.map(|why| Some(step::reason(*why))).collect();
                let mut columns = batch.columns().to_vec();
                columns.push(Arc::new(reasons));
                *batch = RecordBatch::try_new(Arc::clone(&side), columns)?;
            }
            self.store(&format!("{name}.unmatched"), Stored::new(side, unmatched));
        }
        let report = asof_report(&joined.report);
        Ok((left.rows() as u64, joined.batches, report))
    }
}

pub(super) fn asof_report(report: &onefold_operators::AsOfReport) -> AsofReport {
    let distances = report.distances;
    AsofReport {
        matched: report.matched,
        no_candidate: report.no_candidate,
        outside_tolerance: report.outside_tolerance,
        null_key: report.null_key,
        distance_p50: distances.map(|d| d.p50),
        distance_p90: distances.map(|d| d.p90),
        distance_p99: distances.map(|d| d.p99),
        distance_max: distances.map(|d| d.max),
    }
}
