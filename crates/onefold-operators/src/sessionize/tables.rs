//! Sessions and their events as tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field, SchemaRef};
use onefold_rows::parallel::map_items;
use onefold_rows::{NO_ROW, batch_ranges};

use super::id::{DIGITS, hex};
use super::sessions::{SessionOptions, Sessions};
use crate::batch::{batch, pieces};
use crate::error::Error;
use crate::schema::{check_key, check_time, field, with_own_columns};
use crate::table::Table;

/// The columns of the table of sessions: the key, then `session_id`, `session_start`, `session_end`, `event_count`. This needs no data;
/// it fails where a column cannot be a key or a time, or where a key has one of those names.
pub fn sessions_schema(input: &SchemaRef, options: &SessionOptions) -> Result<SchemaRef, Error> {
    let mut keys = Vec::with_capacity(options.by.len());
    for column in &options.by {
        check_key(field(input, *column)?)?;
        keys.push(&input.fields()[*column]);
    }
    let time = field(input, options.time)?;
    check_time(time)?;
    let time = |name: &str| Field::new(name, time.data_type().clone(), false);
    with_own_columns(
        keys,
        vec![
            Field::new("session_id", DataType::Utf8View, false),
            time("session_start"),
            time("session_end"),
            Field::new("event_count", DataType::Int64, false),
        ],
    )
}

/// The columns of the table of events: those of the input, then `session_id` and `session_position` (from 1), both null for a row in no
/// session. It fails where the input has one of those names.
pub fn events_schema(input: &SchemaRef) -> Result<SchemaRef, Error> {
    with_own_columns(
        input.fields(),
        vec![
            Field::new("session_id", DataType::Utf8View, true),
            Field::new("session_position", DataType::Int64, true),
        ],
    )
}

impl Sessions {
    /// One row a session, of the columns of [`sessions_schema`]. `table` is the one that was cut.
    pub fn sessions(&self, table: &Table<'_>, threads: usize) -> Result<Vec<RecordBatch>, Error> {
        sessions(self, table, threads)
    }

    /// One row an event, in their order in the table, of the columns of [`events_schema`]. `table` is the one that was cut.
    pub fn events(&self, table: &Table<'_>, threads: usize) -> Result<Vec<RecordBatch>, Error> {
        events(self, table, threads)
    }
}

fn sessions(
    sessions: &Sessions,
    table: &Table<'_>,
    threads: usize,
) -> Result<Vec<RecordBatch>, Error> {
    let schema = sessions_schema(table.schema(), &sessions.options)?;
    let options = &sessions.options;
    let gatherer = table.gatherer();
    map_items(threads, batch_ranges(sessions.len()), |range| {
        let of_first = options.by.iter().copied().chain([options.time]);
        let mut columns = gatherer.columns(of_first, &sessions.first_rows[range.clone()])?;
        let counts = &sessions.event_counts[range.clone()];
        let numbers = range.clone().map(|session| session as u32);
        columns.insert(options.by.len(), Arc::new(ids(sessions, numbers)?));
        let last_rows = &sessions.last_rows[range.clone()];
        columns.extend(gatherer.columns([options.time].into_iter(), last_rows)?);
        columns.push(Arc::new(Int64Array::from_iter_values(
            counts.iter().map(|count| i64::from(*count)),
        )));
        batch(&schema, columns, range.len())
    })
    .into_iter()
    .collect()
}

fn events(
    sessions: &Sessions,
    table: &Table<'_>,
    threads: usize,
) -> Result<Vec<RecordBatch>, Error> {
    let schema = events_schema(table.schema())?;
    let mut work = Vec::new();
    let mut row = 0;
    for input in table.batches() {
        work.extend(pieces(input).map(|(start, piece)| (row + start, piece)));
        row += input.num_rows();
    }
    map_items(threads, work, |(start, piece)| {
        let rows = start..start + piece.num_rows();
        let assigned = sessions.assignment[rows.clone()].iter().copied();
        let positions = sessions.positions[rows].iter();
        let positions = positions.map(|p| (*p != NO_ROW).then(|| i64::from(*p) + 1));
        let mut columns: Vec<ArrayRef> = piece.columns().to_vec();
        columns.push(Arc::new(ids(sessions, assigned)?));
        columns.push(Arc::new(Int64Array::from_iter(positions)));
        batch(&schema, columns, piece.num_rows())
    })
    .into_iter()
    .collect()
}

fn ids(sessions: &Sessions, numbers: impl Iterator<Item = u32>) -> Result<StringViewArray, Error> {
    let mut ids = StringViewBuilder::with_capacity(numbers.size_hint().0);
    for number in numbers {
        match number {
            NO_ROW => ids.append_null(),
            number => {
                let mut digits = [0; DIGITS];
                ids.try_append_value(hex(sessions.ids[number as usize], &mut digits))?;
            }
        }
    }
    Ok(ids.finish())
}
