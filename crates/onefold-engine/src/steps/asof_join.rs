//! `asof_join:`: each row with what was true at its time. Where the rows without a partner are read too, all left rows are joined at once.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, SchemaRef};
use onefold_operators::{
    AsOf, AsOfJoin as AsOfLookup, AsOfKind, AsOfOptions, Direction, NO_ROW, Table, TimeKey,
    Unmatched, asof_schema,
};
use onefold_spec::Diagnostic;
use onefold_spec::model::{self, Pipeline};

use super::columns::{Pairs, fit, has_time, pairs, with_columns, without_address};
use super::follow::{Deed, Fate, KeptTables, Row, single};
use super::step::{
    Batchwise, Counts, Follow, Input, Kind, Known, Made, Ready, Running, Stage, Way, Whole,
};
use crate::error::Error;
use crate::explain::words;
use crate::ledger::Account;
use crate::places::Places;
use crate::report::AsofReport;
use crate::stored::{Stored, rows};

/// The step, as the pipeline has it.
pub(super) struct AsofJoin<'a>(pub(super) &'a model::AsofJoin);

impl Kind for AsofJoin<'_> {
    fn name(&self) -> &'static str {
        "asof_join"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        vec![self.0.left.value.clone(), self.0.right.value.clone()]
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let step = self.0;
        let (left, right) = (known.columns(&step.left)?, known.columns(&step.right)?);
        let of_left = (&left, step.left.as_str());
        let of_right = (&right, step.right.as_str());
        let by = pairs(&step.by, of_left, of_right, known.errors);
        let times = [(step.left_on.clone(), step.right_on.clone())];
        let on = pairs(&times, of_left, of_right, known.errors);
        let (by, (left_on, right_on)) = (by?, on?);
        let before = known.errors.len();
        has_time(&step.left_on, &left, &step.left, known.errors);
        has_time(&step.right_on, &right, &step.right, known.errors);
        if known.errors.len() == before {
            fit(&times, of_left, of_right, known.errors);
        }
        fit(&step.by, of_left, of_right, known.errors);
        if known.errors.len() > before {
            return None;
        }
        let ready = ByTime {
            left: Arc::clone(&left),
            by,
            on: (left_on[0], right_on[0]),
            kind: match step.kind {
                model::JoinKind::Inner => AsOfKind::Inner,
                _ => AsOfKind::Left,
            },
            options: options(step),
            right: step.right.value.clone(),
        };
        let made = asof_schema(
            &left,
            ready.left_key(),
            &right,
            ready.right_key(),
            ready.kind,
            &step.right,
        );
        match made {
            Ok(rows) => Some(Ready {
                rows,
                sides: vec![("unmatched", unmatched_schema(&left))],
                way: match known.is_side_read("unmatched") {
                    true => Way::Whole(Box::new(ready)),
                    false => Way::Batchwise(Box::new(ready)),
                },
            }),
            Err(error) => {
                let error = Diagnostic::error(step.right.span, words(&error.to_string()));
                known.errors.push(error);
                None
            }
        }
    }
}

fn options(step: &model::AsofJoin) -> AsOfOptions {
    AsOfOptions {
        tolerance: step.tolerance_micros.map(i64::unsigned_abs),
        allow_exact: step.allow_exact,
        ..AsOfOptions::new(match step.direction {
            model::Direction::Backward => Direction::Backward,
            model::Direction::Forward => Direction::Forward,
            model::Direction::Nearest => Direction::Nearest,
        })
    }
}

/// Columns of the left rows without a partner: those of the left table and, last, `reason`.
fn unmatched_schema(left: &SchemaRef) -> SchemaRef {
    with_columns(left, [("reason".to_owned(), DataType::Utf8View, false)])
}

/// The reason for which a left row has no partner, as the report calls it.
fn reason(why: Unmatched) -> &'static str {
    match why {
        Unmatched::NoCandidate => "no_candidate",
        Unmatched::OutsideTolerance => "outside_tolerance",
        Unmatched::NullKey => "null_key",
    }
}

/// The step, ready to run.
struct ByTime {
    left: SchemaRef,
    by: Pairs,
    on: (usize, usize),
    kind: AsOfKind,
    options: AsOfOptions,
    right: String,
}

impl ByTime {
    fn left_key(&self) -> TimeKey<'_> {
        TimeKey {
            by: &self.by.0,
            on: self.on.0,
        }
    }

    fn right_key(&self) -> TimeKey<'_> {
        TimeKey {
            by: &self.by.1,
            on: self.on.1,
        }
    }

    /// Indexes the right rows.
    fn index(&self, right: Input, threads: usize) -> Result<AsOfLookup, Error> {
        let (schema, batches) = right.rows.visible()?;
        drop(right);
        let table = Table::new(&schema, &batches).map_err(Error::internal)?;
        let asof = AsOf::build(&table, self.right_key(), threads).map_err(Error::internal)?;
        AsOfLookup::new(
            asof,
            &self.left,
            self.left_key(),
            self.options,
            self.kind,
            &self.right,
        )
        .map_err(Error::internal)
    }
}

impl Batchwise for ByTime {
    fn begin(
        &self,
        lookups: Vec<Input>,
        _stored: bool,
        run: &mut Running<'_, '_>,
    ) -> Result<Box<dyn Stage>, Error> {
        let right = lookups.into_iter().next();
        let right = right.ok_or_else(|| Error::internal("no right table"))?;
        Ok(Box::new(Joining {
            left: Arc::clone(&self.left),
            join: self.index(right, run.threads)?,
        }))
    }
}

/// The step in a run.
struct Joining {
    left: SchemaRef,
    join: AsOfLookup,
}

impl Stage for Joining {
    fn batch(&self, batch: RecordBatch, counts: &mut Counts) -> Result<RecordBatch, String> {
        let batch = without_address(batch, &self.left)?;
        let (joined, matches) = self.join.one_batch(&batch).map_err(|e| e.to_string())?;
        counts.asof.add(&matches);
        Ok(joined)
    }

    fn account(&self, counts: Counts, lost: u64, account: &mut Account) {
        account.remove("unmatched", lost);
        account.asof = Some(report(&counts.asof.finish()));
    }
}

impl Whole for ByTime {
    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let mut inputs = inputs.into_iter();
        let (Some(left), Some(right)) = (inputs.next(), inputs.next()) else {
            return Err(Error::internal("an as-of join reads two tables"));
        };
        let threads = run.threads;
        let join = self.index(right, threads)?;
        let began = Instant::now();
        let (_, batches) = left.rows.visible()?;
        drop(left);
        let left = Table::new(&self.left, &batches).map_err(Error::internal)?;
        let joined = join.table(&left, threads).map_err(Error::internal)?;
        let side = unmatched_schema(&self.left);
        let mut unmatched = left
            .gather(&joined.unmatched, threads)
            .map_err(Error::internal)?;
        let mut reasons = joined.reasons.iter();
        for batch in &mut unmatched {
            let of_batch = reasons.by_ref().take(batch.num_rows());
            let reasons: StringViewArray = of_batch.map(|why| Some(reason(*why))).collect();
            let mut columns = batch.columns().to_vec();
            columns.push(Arc::new(reasons));
            *batch = RecordBatch::try_new(Arc::clone(&side), columns)?;
        }
        let rows_in = left.rows() as u64;
        let mut account = Account::new("asof_join", Some(rows_in), began);
        account.remove("unmatched", rows_in - rows(&joined.batches));
        account.asof = Some(report(&joined.report));
        Ok(Made {
            rows: Stored::new(Arc::clone(join.schema()), joined.batches),
            sides: vec![("unmatched", Stored::new(side, unmatched))],
            state: None,
            account,
        })
    }
}

fn report(report: &onefold_operators::AsOfReport) -> AsofReport {
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

impl Follow for ByTime {
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        let is_left = input == 0;
        let (own, other) = match is_left {
            true => (&self.by.0, &self.by.1),
            false => (&self.by.1, &self.by.0),
        };
        let others = kept.like(1 - input, other, &row.values, own)?;
        let (lefts, rights) = match is_left {
            true => (None, others),
            false => (Some(others), kept.like(1, own, &row.values, own)?),
        };
        let right = Stored::new(rights.rows.schema(), vec![rights.rows.clone()]);
        let join = self.index(
            Input {
                name: self.right.clone(),
                rows: Arc::new(right),
                places: Places::default(),
            },
            run.threads,
        )?;
        let Some(lefts) = lefts else {
            let (joined, matches) = join.one_batch(&row.values).map_err(Error::internal)?;
            let fate = match matches.right.first() {
                Some(partner) if *partner != NO_ROW => {
                    let distance = matches.distances.first().copied().unwrap_or_default();
                    let told = format!("joined to {{0}}, {}", self.apart(distance));
                    Fate::new(Deed::Passed, told).with(1, rights.number(*partner)?)
                }
                _ => {
                    let why = match (matches.null_keys, matches.outside_tolerance) {
                        (1.., _) => "it has no key or no time".to_owned(),
                        (_, 1..) => {
                            format!("the nearest row of {} is beyond the tolerance", self.right)
                        }
                        _ => match self.options.direction {
                            Direction::Nearest => format!("{} has no row of its key", self.right),
                            _ => format!("{} has no row of its key in that direction", self.right),
                        },
                    };
                    match self.kind {
                        AsOfKind::Inner => Fate::new(Deed::Removed, format!("left out: {why}")),
                        AsOfKind::Left => Fate::new(Deed::Unmatched, format!("no partner: {why}")),
                    }
                }
            };
            return Ok(Some(fate.made(joined)));
        };
        let (_, matches) = join.one_batch(&lefts.rows).map_err(Error::internal)?;
        let mut fate = Fate::new(Deed::Passed, "");
        for ((left, number), partner) in single(&lefts.rows).zip(&lefts.numbers).zip(&matches.right)
        {
            if *partner != NO_ROW && rights.number(*partner)? == row.number {
                fate = fate.with(0, *number);
                let (joined, _) = join.one_batch(&left).map_err(Error::internal)?;
                fate = fate.made(joined);
            }
        }
        fate.told = match fate.others.len() {
            0 => "no row takes it".to_owned(),
            1 => "taken by {0}".to_owned(),
            rows => format!("taken by {rows} rows"),
        };
        if fate.others.is_empty() {
            fate.deed = Deed::Removed;
        }
        Ok(Some(fate))
    }
}

impl ByTime {
    /// How far apart the times of two rows are.
    fn apart(&self, distance: u64) -> String {
        match self.left.field(self.on.0).data_type() {
            DataType::Int64 => format!("{distance} apart"),
            _ => format!("{} s apart", distance as f64 / 1e6),
        }
    }
}
