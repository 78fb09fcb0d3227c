//! Events cut into sessions.

use onefold_rows::parallel::map_items;
use onefold_rows::partition::Partition;
use onefold_rows::{NO_ROW, Places, Scatter, Scatter64};

use super::id::{DIGITS, SessionId, hex};
use crate::column::Nulls;
use crate::error::Error;
use crate::groups::{by_time, map_partitions};
use crate::keys::Keys;
use crate::schema::check_key;
use crate::table::Table;
use crate::time::Times;

/// How events become sessions. Columns are indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// Key columns.
    pub by: Vec<usize>,
    /// Time column: timestamps, dates or integers.
    pub time: usize,
    /// Longest silence within a session: microseconds for timestamps and dates, else in units of the time column. `None`: any, so that a
    /// key has one session.
    pub gap: Option<u64>,
    /// Longest time from the first event of a session to its last. `None`: any.
    pub max_length: Option<u64>,
}

/// The sessions of a table. A session's number is its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sessions {
    pub(super) options: SessionOptions,
    /// By session the row of its first event.
    pub first_rows: Vec<u32>,
    /// By session the row of its last event.
    pub last_rows: Vec<u32>,
    /// By session how many events it has.
    pub event_counts: Vec<u32>,
    /// By session its id: XXH3 (64 bits) of the text of the key, `@`, and the first event's time as an integer, microseconds for timestamps
    /// and dates. The text of a key is, column by column, the length in bytes of the value's text, `:`, and that text; so user `u1` seen
    /// first at the epoch is the hash of `2:u1@0`. Numbers, dates (days) and timestamps (microseconds) are decimal integers there.
    pub ids: Vec<u64>,
    /// By row its session, or [`NO_ROW`] for none.
    pub assignment: Vec<u32>,
    /// By row its position in its session, from 0; [`NO_ROW`] for none.
    pub positions: Vec<u32>,
    /// Rows in no session, ascending: those with a null in the key or without a time.
    pub outside: Vec<u32>,
}

/// Sessions of a partition.
struct Cut {
    /// First row of each key and number of its sessions.
    keys: Vec<(u32, u32)>,
    /// Events of each session, key after key.
    counts: Vec<u32>,
    /// Its id.
    ids: Vec<u64>,
    /// Rows of all sessions, one session after the other.
    rows: Vec<u32>,
}

/// Cuts the rows of a table into sessions.
pub fn sessionize(
    table: &Table<'_>,
    options: &SessionOptions,
    threads: usize,
) -> Result<Sessions, Error> {
    for column in &options.by {
        check_key(table.field(*column)?)?;
    }
    let times = Times::new(table.field(options.time)?, table.chunks(options.time))?;
    let keys = table.keys(&options.by, Nulls::Distinct)?;
    let places = table.places();

    // At the first row of each key: how many sessions the key has; later the number of the first of them.
    let numbers = Scatter::new(table.rows(), 0);
    let cuts = map_partitions(&keys, Some(&times), &places, threads, |partition| {
        let cut = cut(partition, &keys, &times, &places, options, threads);
        for (first, sessions) in &cut.keys {
            numbers.set(*first, *sessions);
        }
        cut
    });
    let mut numbers = numbers.into_vec();
    let mut sessions = 0;
    for number in &mut numbers {
        sessions += std::mem::replace(number, sessions);
    }

    let first_rows = Scatter::new(sessions as usize, NO_ROW);
    let last_rows = Scatter::new(sessions as usize, NO_ROW);
    let event_counts = Scatter::new(sessions as usize, 0);
    let ids = Scatter64::new(sessions as usize);
    let assignment = Scatter::new(table.rows(), NO_ROW);
    let positions = Scatter::new(table.rows(), NO_ROW);
    map_items(threads, cuts, |cut| {
        let mut rows = &cut.rows[..];
        let mut sessions_of_keys = cut.counts.iter().zip(&cut.ids);
        for (first, sessions) in &cut.keys {
            let number = numbers[*first as usize];
            let numbers = number..number + sessions;
            for (session, (count, id)) in numbers.zip(sessions_of_keys.by_ref()) {
                let (events, after) = rows.split_at(*count as usize);
                rows = after;
                event_counts.set(session, *count);
                ids.set(session, *id);
                if let (Some(first), Some(last)) = (events.first(), events.last()) {
                    first_rows.set(session, *first);
                    last_rows.set(session, *last);
                }
                for (position, row) in (0..).zip(events) {
                    assignment.set(*row, session);
                    positions.set(*row, position);
                }
            }
        }
    });
    let assignment = assignment.into_vec();
    let outside = (0..)
        .zip(&assignment)
        .filter(|(_, session)| **session == NO_ROW);
    Ok(Sessions {
        options: options.clone(),
        ids: ids.into_vec(),
        first_rows: first_rows.into_vec(),
        last_rows: last_rows.into_vec(),
        event_counts: event_counts.into_vec(),
        outside: outside.map(|(row, _)| row).collect(),
        assignment,
        positions: positions.into_vec(),
    })
}

fn cut(
    partition: &Partition,
    keys: &Keys,
    times: &Times,
    places: &Places,
    options: &SessionOptions,
    threads: usize,
) -> Cut {
    let sorted = by_time(partition, times, places, threads);
    let mut cut = Cut {
        keys: Vec::with_capacity(partition.groups.len()),
        counts: Vec::new(),
        ids: Vec::new(),
        rows: sorted.iter().map(|(_, row)| *row).collect(),
    };
    let exceeds = |from: i64, to: i64, limit: Option<u64>| {
        limit.is_some_and(|limit| to.abs_diff(from) > limit)
    };
    let mut id = SessionId::default();
    let mut rest = &sorted[..];
    for group in &partition.groups {
        id.key(keys, places.at(group.first));
        let (events, after) = rest.split_at(group.rows as usize);
        rest = after;
        let sessions = cut.counts.len();
        let (mut start, mut previous, mut count) = (events[0].0, events[0].0, 0);
        for (time, _) in events {
            let is_new =
                exceeds(previous, *time, options.gap) || exceeds(start, *time, options.max_length);
            if is_new {
                cut.counts.push(count);
                cut.ids.push(id.at(start));
                (start, count) = (*time, 0);
            }
            previous = *time;
            count += 1;
        }
        cut.counts.push(count);
        cut.ids.push(id.at(start));
        cut.keys
            .push((group.first, (cut.counts.len() - sessions) as u32));
    }
    cut
}

impl Sessions {
    /// Number of sessions.
    pub fn len(&self) -> usize {
        self.first_rows.len()
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.first_rows.is_empty()
    }

    /// The id of a session as tables have it: 16 hexadecimal digits.
    pub fn id(&self, session: u32) -> String {
        hex(self.ids[session as usize], &mut [0; DIGITS]).to_owned()
    }
}
