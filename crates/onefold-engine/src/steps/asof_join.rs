//! `asof_join:`: each row with what was true at its time. Where the rows without a partner are read too, all left rows are joined at once.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, SchemaRef};
use onefold_operators::{
    AsOf, AsOfJoin as AsOfLookup, AsOfKind, AsOfOptions, Direction, Table, TimeKey, Unmatched,
    asof_schema,
};
use onefold_spec::Diagnostic;
use onefold_spec::model::{self, Pipeline};

use super::columns::{Pairs, fit, has_time, pairs, with_columns, without_address};
use super::step::{Batchwise, Counts, Input, Kind, Known, Made, Ready, Running, Stage, Way, Whole};
use crate::error::Error;
use crate::explain::words;
use crate::ledger::Account;
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
