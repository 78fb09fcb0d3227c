//! `join:`: rows of other tables looked up by key. Lookups are made one after another; each is indexed before the first row comes.

use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use onefold_operators::{
    Expect, Join as LookupJoin, JoinKind, Lookup, NO_ROW, Pairs, Table, join_schema,
};
use onefold_read::shown_text;
use onefold_spec::Diagnostic;
use onefold_spec::model::{self, Pipeline};

use super::columns::{Pairs as Columns, fit, pairs, without_address};
use super::follow::{Deed, Fate, KeptTables, Kin, Row, single};
use super::step::{Batchwise, Counts, Follow, Input, Kind, Known, Ready, Running, Stage, Way};
use crate::error::{Error, Kind as ErrorKind};
use crate::explain::words;
use crate::ledger::Account;
use crate::report::JoinReport;

/// The step, as the pipeline has it.
pub(super) struct Join<'a>(pub(super) &'a model::Join);

impl Kind for Join<'_> {
    fn name(&self) -> &'static str {
        "join"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        let lookups = self.0.lookups.iter().map(|lookup| &lookup.table);
        let all = std::iter::once(&self.0.from).chain(lookups);
        all.map(|table| table.value.clone()).collect()
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let step = self.0;
        let input = known.columns(&step.from)?;
        let mut left = Arc::clone(&input);
        let mut lookups = Vec::new();
        for lookup in &step.lookups {
            let right = known.columns(&lookup.table)?;
            let sides = ((&left, step.from.as_str()), (&right, lookup.table.as_str()));
            let Some(on) = pairs(&lookup.on, sides.0, sides.1, known.errors) else {
                continue;
            };
            if !fit(&lookup.on, sides.0, sides.1, known.errors) {
                continue;
            }
            let kind = kind(lookup);
            match join_schema(&left, &on.0, &right, &on.1, kind, &lookup.table) {
                Ok(joined) => {
                    lookups.push(ReadyLookup {
                        table: lookup.table.value.clone(),
                        left: Arc::clone(&left),
                        on,
                        kind,
                        expect: expect(lookup),
                    });
                    left = joined;
                }
                Err(error) => known.errors.push(Diagnostic::error(
                    lookup.table.span,
                    words(&error.to_string()),
                )),
            }
        }
        let is_whole = lookups.len() == step.lookups.len();
        let way = Way::Batchwise(Box::new(Lookups { input, lookups }));
        is_whole.then(|| Ready::new(left, way))
    }
}

fn kind(lookup: &model::Lookup) -> JoinKind {
    match lookup.kind {
        model::JoinKind::Left => JoinKind::Left,
        model::JoinKind::Inner => JoinKind::Inner,
        model::JoinKind::Full => JoinKind::Full,
        model::JoinKind::Semi => JoinKind::Semi,
        model::JoinKind::Anti => JoinKind::Anti,
    }
}

fn expect(lookup: &model::Lookup) -> Expect {
    match lookup.expect {
        model::Expect::One => Expect::One,
        model::Expect::First => Expect::First,
        model::Expect::Last => Expect::Last,
        model::Expect::Many => Expect::Many,
    }
}

/// The step, ready to run.
struct Lookups {
    input: SchemaRef,
    lookups: Vec<ReadyLookup>,
}

struct ReadyLookup {
    table: String,
    /// Columns of the rows that look up.
    left: SchemaRef,
    on: Columns,
    kind: JoinKind,
    expect: Expect,
}

impl ReadyLookup {
    /// Indexes the rows. `stored`: the joined rows are stored in the end.
    fn index(
        &self,
        input: &Input,
        stored: bool,
        run: &mut Running<'_, '_>,
    ) -> Result<LookupJoin, Error> {
        let (right, mut batches) = input.rows.visible()?;
        let index = |batches: &[RecordBatch]| {
            let table = Table::new(&right, batches)?;
            Lookup::build(&table, &self.on.1, self.expect, run.threads)
        };
        let mut chosen = input.rows.chosen.as_deref();
        let mut indexed = index(&batches);
        if indexed.is_err() && chosen.is_some() {
            // An error tells rows by their numbers in the order of the table.
            let gathered = input.rows.gathered(run.threads)?;
            batches = gathered.visible()?.1;
            chosen = None;
            let line = |row| gathered.line(row, &input.places);
            indexed = Ok(index(&batches).map_err(|e| self.error(run.table, &e, line))?);
        }
        let line = |row| input.rows.line(row, &input.places);
        let mut indexed = indexed.map_err(|e| self.error(run.table, &e, line))?;
        let gives = !matches!(self.kind, JoinKind::Semi | JoinKind::Anti);
        if gives && !stored {
            let table = Table::new(&right, &batches).map_err(Error::internal)?;
            indexed = indexed.for_rows_that_pass(&table, run.threads);
        }
        let aside = indexed.aside().len();
        if aside > 0 {
            run.ledger.warn(format!(
                "table {}: {aside} rows of {} have a key that another row has, and were left aside",
                run.table, self.table
            ));
        }
        let join = LookupJoin::new(indexed, &self.left, &self.on.0, self.kind, &self.table)
            .map_err(Error::internal)?;
        Ok(match chosen {
            Some(order) => join.with_right_order(order),
            None => join,
        })
    }

    /// Names the keys that are on several rows, where they stand, and what can be done.
    fn error(
        &self,
        name: &str,
        error: &onefold_operators::Error,
        line: impl Fn(u32) -> Option<String>,
    ) -> Error {
        let Some(duplicates) = error.duplicate_keys() else {
            return Error::internal(error);
        };
        let mut listed = Vec::new();
        for key in &duplicates.listed {
            let place = |row: &u32| line(*row).unwrap_or_else(|| format!("row {}", row + 1));
            let places: Vec<String> = key.rows.iter().map(place).collect();
            listed.push(format!(
                "`{}` ({} rows: {})",
                shown_text(&key.key),
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
            ErrorKind::Data,
            format!(
                "table `{name}` expects one row of `{}` for a key, but {} of its keys {} on several: {}",
                self.table,
                duplicates.keys,
                if duplicates.keys == 1 { "is" } else { "are" },
                listed.join("; ")
            ),
        )
        .hint("say which row counts with `expect: first` or `expect: last`, or multiply the rows with `expect: many`")
    }
}

impl Batchwise for Lookups {
    fn needs_order(&self, input: usize) -> bool {
        // Where every key has one row, the order tells nothing.
        self.lookups[input - 1].expect != Expect::One
    }

    fn marks(&self) -> bool {
        self.lookups.iter().any(|l| l.kind == JoinKind::Full)
    }

    fn begin(
        &self,
        lookups: Vec<Input>,
        stored: bool,
        run: &mut Running<'_, '_>,
    ) -> Result<Box<dyn Stage>, Error> {
        let indexed = self.lookups.iter().zip(lookups);
        let indexed = indexed.map(|(lookup, input)| {
            Ok(Indexed {
                join: lookup.index(&input, stored, run)?,
                table: lookup.table.clone(),
                kind: lookup.kind,
            })
        });
        Ok(Box::new(Joining {
            input: Arc::clone(&self.input),
            lookups: indexed.collect::<Result<_, Error>>()?,
        }))
    }
}

/// The step in a run.
struct Joining {
    input: SchemaRef,
    lookups: Vec<Indexed>,
}

struct Indexed {
    join: LookupJoin,
    table: String,
    kind: JoinKind,
}

impl Stage for Joining {
    fn batch(&self, batch: RecordBatch, counts: &mut Counts) -> Result<RecordBatch, String> {
        let mut batch = without_address(batch, &self.input)?;
        for (number, lookup) in self.lookups.iter().enumerate() {
            let joined = lookup.join.batch(&batch).map_err(|e| e.to_string())?;
            counts.join(number, joined.counts);
            batch = match joined.batches.as_slice() {
                [one] => one.clone(),
                several => {
                    concat_batches(lookup.join.schema(), several).map_err(|e| e.to_string())?
                }
            };
        }
        Ok(batch)
    }

    /// The rows that only a right table has; those of one lookup go through the lookups after it.
    fn rest(&self, threads: usize, counts: &mut Counts) -> Result<Vec<RecordBatch>, Error> {
        let mut rows = Vec::new();
        for (number, lookup) in self.lookups.iter().enumerate() {
            let mut next = Vec::with_capacity(rows.len());
            for batch in rows {
                let joined = lookup.join.batch(&batch).map_err(Error::internal)?;
                counts.join(number, joined.counts);
                next.extend(joined.batches);
            }
            let rest = lookup.join.rest(threads).map_err(Error::internal)?;
            counts.join(number, rest.counts);
            next.extend(rest.batches);
            rows = next;
        }
        Ok(rows)
    }

    fn account(&self, counts: Counts, _lost: u64, account: &mut Account) {
        for (lookup, c) in self.lookups.iter().zip(&counts.joins) {
            let table = &lookup.table;
            let unmatched = c.left - c.matched;
            match lookup.kind {
                JoinKind::Inner => {
                    account.remove(format!("not in {table}"), unmatched);
                    account.add(format!("several in {table}"), c.rows - c.matched);
                }
                JoinKind::Semi => account.remove(format!("not in {table}"), unmatched),
                JoinKind::Anti => account.remove(format!("in {table}"), c.matched),
                JoinKind::Left | JoinKind::Full => {
                    let several = c.rows - c.left - c.right_only;
                    account.add(format!("several in {table}"), several);
                    account.add(format!("only in {table}"), c.right_only);
                }
            }
            account.joins.push(JoinReport {
                table: table.clone(),
                matched: c.matched,
                unmatched,
                null_keys: c.null_keys,
                only_right: c.right_only,
                left_aside: lookup.join.lookup().aside().len() as u64,
            });
        }
    }
}

/// Most rows that a row which is looked up is followed to.
const FOLLOWED: usize = 20;

impl Follow for Lookups {
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        match input.checked_sub(1) {
            None => Ok(Some(self.look_up(&row.values, kept, run)?.0)),
            Some(lookup) => self.looked_up(lookup, row, kept, run),
        }
    }
}

/// Rows that a row finds, by lookup: numbers in the tables that are looked up.
type Partners = Vec<Vec<usize>>;

impl Lookups {
    /// Does what the step does with a row of its first input.
    fn look_up(
        &self,
        row: &RecordBatch,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<(Fate, Partners), Error> {
        let mut fate = Fate::new(Deed::Passed, "");
        let mut rows = vec![row.clone()];
        let mut told = Vec::new();
        let mut partners = Vec::new();
        for (number, lookup) in self.lookups.iter().enumerate() {
            let (mut next, mut found) = (Vec::new(), Vec::new());
            for row in &rows {
                let kin = kept.like(number + 1, &lookup.on.1, row, &lookup.on.0)?;
                let (joined, partners) = lookup.join_one(row, &kin, run)?;
                next.extend(joined);
                found.extend(partners);
            }
            let table = &lookup.table;
            let has_no_key = |row: &RecordBatch| {
                let mut key = lookup.on.0.iter();
                key.any(|column| row.column(*column).is_null(0))
            };
            match (found.len(), lookup.kind) {
                (0, kind) => {
                    if kind != JoinKind::Anti {
                        fate.deed = Deed::Unmatched;
                    }
                    told.push(match rows.iter().any(has_no_key) {
                        true => format!("it has no key for {table}"),
                        false => format!("no row of {table} has its key"),
                    });
                }
                (1, _) => {
                    told.push(format!("joined to {{{}}}", fate.others.len()));
                    fate.others.push((number + 1, found[0]));
                }
                (rows, _) => told.push(format!("joined to {rows} rows of {table}")),
            }
            partners.push(found);
            rows = next;
            if rows.is_empty() {
                fate.deed = Deed::Removed;
                break;
            }
        }
        fate.told = match fate.deed {
            Deed::Removed => format!("left out: {}", told.join("; ")),
            _ => told.join("; "),
        };
        fate.rows = rows;
        Ok((fate, partners))
    }

    /// Finds the rows that find a row of a table that is looked up.
    fn looked_up(
        &self,
        number: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        let lookup = &self.lookups[number];
        let columns = self.input.fields().len();
        if lookup.on.0.iter().any(|column| *column >= columns) {
            // Its key comes of a lookup before it.
            return Ok(None);
        }
        let lefts = kept.like(0, &lookup.on.0, &row.values, &lookup.on.1)?;
        let (mut rows, mut finders) = (Vec::new(), Vec::new());
        for (left, finder) in single(&lefts.rows).zip(&lefts.numbers) {
            let (fate, partners) = self.look_up(&left, kept, run)?;
            let is_found = partners
                .get(number)
                .is_some_and(|p| p.contains(&row.number));
            if is_found {
                finders.push(*finder);
                rows.extend(fate.rows);
            }
            if finders.len() == FOLLOWED {
                break;
            }
        }
        let more = match finders.len() {
            FOLLOWED if lefts.numbers.len() > FOLLOWED => format!(
                "found by the first {FOLLOWED} of {} rows with its key",
                lefts.numbers.len()
            ),
            0 => "no row finds it".into(),
            1 => "found by {0}".into(),
            rows => format!("found by {rows} rows"),
        };
        if finders.is_empty() && lookup.kind == JoinKind::Full {
            // What it looks like then, only the whole step can tell.
            return Ok(None);
        }
        let mut fate = match (finders.is_empty(), rows.is_empty()) {
            (true, _) => Fate::new(Deed::Removed, more),
            (_, true) => Fate::new(Deed::Removed, more + ", so left out"),
            _ => Fate::new(Deed::Passed, more),
        };
        if let [one] = finders.as_slice() {
            fate = fate.with(0, *one);
        }
        fate.rows = rows;
        Ok(Some(fate))
    }
}

impl ReadyLookup {
    /// The rows that a left row makes with the right rows of its key, and which of these it finds.
    fn join_one(
        &self,
        left: &RecordBatch,
        kin: &Kin,
        run: &mut Running<'_, '_>,
    ) -> Result<(Vec<RecordBatch>, Vec<usize>), Error> {
        let batches = [kin.rows.clone()];
        let schema = kin.rows.schema();
        let right = Table::new(&schema, &batches).map_err(Error::internal)?;
        let indexed = Lookup::build(&right, &self.on.1, self.expect, run.threads);
        let indexed = indexed.map_err(|e| self.error(run.table, &e, |_| None))?;
        let found = indexed.probe(left, &self.on.0).map_err(Error::internal)?;
        let found = match found.pairs {
            Pairs::One(right) | Pairs::Many { right, .. } => right,
        };
        let found = found.into_iter().filter(|row| *row != NO_ROW);
        let found = found.map(|row| kin.number(row));
        let found = found.collect::<Result<Vec<_>, Error>>()?;
        let join = LookupJoin::new(indexed, &self.left, &self.on.0, self.kind, &self.table)
            .map_err(Error::internal)?;
        let joined = join.batch(left).map_err(Error::internal)?;
        Ok((joined.batches.iter().flat_map(single).collect(), found))
    }
}
