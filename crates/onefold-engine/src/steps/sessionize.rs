//! `sessionize:`: events cut into sessions where a gap is too long or a session would be. Further columns are aggregates over the events of
//! a session.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use onefold_operators::{
    NO_ROW, SessionOptions, Sessions, Table, events_schema, sessionize, sessions_schema,
};
use onefold_spec::model::{self, Pipeline};
use onefold_spec::{Diagnostic, Spanned};

use super::columns::{has_column, has_time};
use super::follow::{Deed, Fate, KeptTables, Row};
use super::grouping;
use super::step::{Follow, Input, Kind, Known, Made, Ready, Running, Way, Whole};
use crate::catalog::{Relation, register};
use crate::error::Error;
use crate::explain::{EVENTS, words};
use crate::ledger::Account;
use crate::query::Query;
use crate::stored::Stored;

/// Name of the column with a session's number, for the aggregates over its events.
const NUMBER: &str = "session_number";

/// The step, as the pipeline has it.
pub(super) struct Sessionize<'a>(pub(super) &'a model::Sessionize);

impl Kind for Sessionize<'_> {
    fn name(&self) -> &'static str {
        "sessionize"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        vec![self.0.from.value.clone()]
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let step = self.0;
        let input = known.columns(&step.from)?;
        let options = options(step, &input, known.errors)?;
        if !has_time(&step.time, &input, &step.from, known.errors) {
            return None;
        }
        let made =
            sessions_schema(&input, &options).and_then(|rows| Ok((rows, events_schema(&input)?)));
        let (rows, events) = match made {
            Ok(made) => made,
            Err(error) => {
                let error = Diagnostic::error(step.from.span, words(&error.to_string()));
                known.errors.push(error);
                return None;
            }
        };
        let mut fields: Vec<Arc<Field>> = rows.fields().iter().map(Arc::clone).collect();
        let further = match step.columns.is_empty() {
            true => None,
            false => {
                let further = Further::ready(step, &input, known)?;
                let columns = further.query.schema().fields().iter().skip(1);
                fields.extend(columns.map(Arc::clone));
                Some(further)
            }
        };
        let rows: SchemaRef = Arc::new(Schema::new(fields));
        Some(Ready {
            rows: Arc::clone(&rows),
            way: Way::Whole(Box::new(Cut {
                rows,
                options,
                further,
                events: known.is_side_read("events").then(|| Arc::clone(&events)),
            })),
            sides: vec![("events", events)],
        })
    }
}

/// Column numbers, gap and greatest length.
fn options(
    step: &model::Sessionize,
    schema: &SchemaRef,
    errors: &mut Vec<Diagnostic>,
) -> Option<SessionOptions> {
    let before = errors.len();
    for column in step.by.iter().chain([&step.time]) {
        has_column(column, schema, &step.from, errors);
    }
    let number = |column: &Spanned<String>| schema.index_of(column).ok();
    let by = step.by.iter().map(number).collect::<Option<Vec<_>>>();
    if errors.len() > before {
        return None;
    }
    Some(SessionOptions {
        by: by?,
        time: number(&step.time)?,
        gap: step.gap_micros.map(i64::unsigned_abs),
        max_length: step.max_length_micros.map(i64::unsigned_abs),
    })
}

/// The step, ready to run.
struct Cut {
    /// Columns of the sessions.
    rows: SchemaRef,
    options: SessionOptions,
    further: Option<Further>,
    /// Columns of the events with their session, where somebody reads them.
    events: Option<SchemaRef>,
}

impl Whole for Cut {
    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let (schema, batches) = Input::only(inputs)?;
        let rows = crate::stored::rows(&batches);
        let began = Instant::now();
        let threads = run.threads;
        let table = Table::new(&schema, &batches).map_err(Error::internal)?;
        let cut = sessionize(&table, &self.options, threads).map_err(Error::internal)?;
        let mut sessions = cut.sessions(&table, threads).map_err(Error::internal)?;
        if let Some(further) = &self.further {
            sessions = further.add(run.table, &table, &cut, &sessions)?;
        }
        let mut sides = Vec::new();
        if let Some(schema) = &self.events {
            let events = cut.events(&table, threads).map_err(Error::internal)?;
            sides.push(("events", Stored::new(Arc::clone(schema), events)));
        }
        let outside = cut.outside.len() as u64;
        if outside > 0 {
            run.ledger.warn(format!(
                "table {}: {outside} events without a key or a time are in no session",
                run.table
            ));
        }
        let mut account = Account::new("sessionize", Some(rows), began);
        account.remove("in no session", outside);
        account.remove("grouped", rows - outside - cut.len() as u64);
        let schema = match sessions.first() {
            Some(batch) => batch.schema(),
            None => Arc::clone(&self.rows),
        };
        Ok(Made {
            rows: Stored::new(schema, sessions),
            sides,
            state: None,
            account,
        })
    }
}

/// The further columns of the sessions: a query over the events, which have the number of their session in front.
struct Further {
    events: Relation,
    numbered: SchemaRef,
    query: Query,
}

impl Further {
    fn ready(step: &model::Sessionize, input: &SchemaRef, known: &mut Known<'_>) -> Option<Self> {
        let number = Arc::new(Field::new(NUMBER, DataType::UInt32, true));
        let fields: Vec<Arc<Field>> = std::iter::once(number)
            .chain(input.fields().iter().map(Arc::clone))
            .collect();
        let numbered: SchemaRef = Arc::new(Schema::new(fields));
        let events = register(known.context, EVENTS, &numbered, Vec::new()).ok()?;
        let groups = model::Aggregate {
            from: Spanned::new(EVENTS.to_owned(), step.from.span),
            by: vec![Spanned::new(NUMBER.to_owned(), step.from.span)],
            columns: step.columns.clone(),
        };
        let grouping = grouping::plan(&groups, &numbered, known.context, known.errors)?;
        Some(Self {
            events,
            numbered,
            query: grouping.query,
        })
    }

    /// Adds the columns to the sessions.
    fn add(
        &self,
        name: &str,
        table: &Table<'_>,
        cut: &Sessions,
        sessions: &[RecordBatch],
    ) -> Result<Vec<RecordBatch>, Error> {
        let mut first = 0;
        let mut numbered = Vec::with_capacity(table.batches().len());
        for batch in table.batches() {
            let rows = &cut.assignment[first..first + batch.num_rows()];
            first += batch.num_rows();
            let numbers: UInt32Array = rows.iter().map(|n| (*n != NO_ROW).then_some(*n)).collect();
            let columns = std::iter::once(Arc::new(numbers) as ArrayRef)
                .chain(batch.columns().iter().map(Arc::clone));
            let schema = Arc::clone(&self.numbered);
            numbered.push(RecordBatch::try_new(schema, columns.collect())?);
        }
        let tables = vec![(&self.events, numbered)];
        let made = self.query.run_over(name, tables)?.batches;
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
                Arc::new(Schema::new(fields)),
                columns,
            )?);
        }
        Ok(out)
    }
}

impl Follow for Cut {
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        let by = &self.options.by;
        let kin = kept.like(input, by, &row.values, by)?;
        let place = kin.place(row.number)?;
        let schema = kin.rows.schema();
        let batches = [kin.rows.clone()];
        let table = Table::new(&schema, &batches).map_err(Error::internal)?;
        let cut = sessionize(&table, &self.options, run.threads).map_err(Error::internal)?;
        let session = cut.assignment[place];
        if session == NO_ROW {
            let told = "in no session: it has no key or no time";
            return Ok(Some(Fate::new(Deed::Removed, told)));
        }
        let mut sessions = cut.sessions(&table, run.threads).map_err(Error::internal)?;
        if let Some(further) = &self.further {
            sessions = further.add(run.table, &table, &cut, &sessions)?;
        }
        let told = format!(
            "event {} of {} in its session",
            cut.positions[place] + 1,
            cut.event_counts[session as usize]
        );
        let mut number = session as usize;
        for batch in &sessions {
            if number < batch.num_rows() {
                return Ok(Some(
                    Fate::new(Deed::Grouped, told).made(batch.slice(number, 1)),
                ));
            }
            number -= batch.num_rows();
        }
        Err(Error::internal("a session that is not there"))
    }
}
