//! Sessions against events sorted and cut one by one.

use std::collections::{HashMap, HashSet};

use onefold_operators::{NO_ROW, SessionOptions, events_schema, sessionize, sessions_schema};
use proptest::prelude::*;

use crate::tables::{Owned, cuts, int, lines, names, text, time, time_type};

const MINUTE: i64 = 60_000_000;

type Row = (Option<u8>, Option<u8>, Option<i64>);

fn row() -> impl Strategy<Value = Row> {
    let key = || prop_oneof![1 => Just(None), 12 => (0..3u8).prop_map(Some)];
    let at = prop_oneof![1 => Just(None), 12 => (0..100i64).prop_map(Some)];
    (key(), key(), at)
}

fn table(rows: &[Row]) -> Owned {
    let user = |k: u8| format!("{}{k}", if k == 0 { "the user with number " } else { "u" });
    Owned::new(vec![
        ("user", text(rows.iter().map(|row| row.0.map(user)))),
        ("device", int(rows.iter().map(|row| row.1.map(i64::from)))),
        ("at", time(rows.iter().map(|row| row.2))),
    ])
}

/// Sessions as lists of rows.
fn oracle(rows: &[Row], options: &SessionOptions) -> Vec<Vec<u32>> {
    let key = |row: &Row| {
        let user = if options.by.contains(&0) {
            row.0
        } else {
            Some(0)
        };
        let device = if options.by.contains(&1) {
            row.1
        } else {
            Some(0)
        };
        Some((user?, device?)).filter(|_| row.2.is_some())
    };
    let mut keys: Vec<(u8, u8)> = Vec::new();
    for row in rows {
        if let Some(key) = key(row)
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
    let mut sessions: Vec<Vec<u32>> = Vec::new();
    for wanted in keys {
        let mut events: Vec<u32> = (0..rows.len() as u32)
            .filter(|row| key(&rows[*row as usize]) == Some(wanted))
            .collect();
        let at = |row: u32| rows[row as usize].2.expect("time");
        events.sort_by_key(|row| (at(*row), *row));
        let mut last: Option<u32> = None;
        for event in events {
            let beyond = |from: u32, limit: Option<u64>| {
                limit.is_some_and(|limit| (at(event) - at(from)) as u64 > limit)
            };
            let cut = last.is_none_or(|last| {
                beyond(last, options.gap)
                    || beyond(sessions[sessions.len() - 1][0], options.max_length)
            });
            if cut {
                sessions.push(Vec::new());
            }
            sessions.last_mut().expect("session").push(event);
            last = Some(event);
        }
    }
    sessions
}

proptest! {
    #[test]
    fn sessions_are_those_of_the_rule(
        rows in prop::collection::vec(row(), 1..80),
        sizes in cuts(),
        by in prop::sample::select(vec![vec![0], vec![1], vec![0, 1], vec![]]),
        gap in prop::option::of(0..20u64),
        max_length in prop::option::of(0..40u64),
        threads in 1..4usize,
    ) {
        let options = SessionOptions { by, time: 2, gap, max_length };
        let expected = oracle(&rows, &options);
        let table = table(&rows).cut(&sizes);
        let sessions = sessionize(&table.table(), &options, threads).expect("sessions");
        prop_assert_eq!(sessions.len(), expected.len());
        let mut assigned = vec![(NO_ROW, NO_ROW); rows.len()];
        for (number, events) in expected.iter().enumerate() {
            prop_assert_eq!(sessions.first_rows[number], events[0]);
            prop_assert_eq!(sessions.last_rows[number], events[events.len() - 1]);
            prop_assert_eq!(sessions.event_counts[number] as usize, events.len());
            for (position, event) in events.iter().enumerate() {
                assigned[*event as usize] = (number as u32, position as u32);
            }
        }
        let found: Vec<_> = sessions.assignment.iter().copied().zip(sessions.positions.iter().copied()).collect();
        prop_assert_eq!(&found, &assigned);
        let outside: Vec<u32> = (0..).zip(&assigned).filter(|(_, (s, _))| *s == NO_ROW).map(|(row, _)| row).collect();
        prop_assert_eq!(&sessions.outside, &outside);
        let ids: HashSet<u64> = sessions.ids.iter().copied().collect();
        prop_assert_eq!(ids.len(), sessions.len());

        // The same session has the same id whatever else is in the table.
        if let Some(user) = rows[0].0.filter(|_| options.by.contains(&0)) {
            let alone: Vec<Row> = rows.iter().filter(|row| row.0 == Some(user)).copied().collect();
            let alone_sessions = sessionize(&self::table(&alone).table(), &options, 1).expect("sessions");
            prop_assert!(alone_sessions.ids.iter().all(|id| ids.contains(id)));
        }

        let events = sessions.events(&table.table(), threads).expect("events");
        let expected_events: Vec<String> = lines(&table.batches).iter().zip(&assigned).map(|(line, (session, position))| match *session {
            NO_ROW => format!("{line}||"),
            session => format!("{line}|{}|{}", sessions.id(session), position + 1),
        }).collect();
        prop_assert_eq!(lines(&events), expected_events);
    }
}

fn options(gap: Option<u64>) -> SessionOptions {
    SessionOptions {
        by: vec![0],
        time: 1,
        gap,
        max_length: None,
    }
}

#[test]
fn thirty_minutes_sharp_stay_together() {
    let start = 23 * 60 * MINUTE + 50 * MINUTE;
    let at = [
        start,
        start + 30 * MINUTE,
        start + 60 * MINUTE + 1,
        start + 60 * MINUTE + 1,
    ];
    let events = Owned::new(vec![
        ("user", text(at.map(|_| Some("1")))),
        ("at", time(at.map(Some))),
    ]);
    let sessions =
        sessionize(&events.table(), &options(Some(30 * MINUTE as u64)), 1).expect("sessions");
    // Midnight lies between the first two events.
    assert_eq!(sessions.assignment, [0, 0, 1, 1]);
    assert_eq!(sessions.positions, [0, 1, 0, 1]);
}

#[test]
fn one_session_a_key_in_order_of_appearance() {
    let minutes = [10, 5, 0, 10].map(|m| Some(m * MINUTE));
    let users = [Some("10"), Some("2"), Some("10"), Some("1")];
    let events = Owned::new(vec![
        ("user_id", text(users)),
        ("event_time", time(minutes)),
    ])
    .cut(&[1, 2]);
    let options = options(None);
    let sessions = sessionize(&events.table(), &options, 2).expect("sessions");
    let schema = sessions_schema(&events.schema, &options).expect("schema");
    assert_eq!(
        names(&schema),
        [
            "user_id",
            "session_id",
            "session_start",
            "session_end",
            "event_count"
        ]
    );
    assert_eq!(schema.field(2).data_type(), &time_type());
    let rows = sessions.sessions(&events.table(), 2).expect("rows");
    let without_id: Vec<String> = lines(&rows)
        .iter()
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            assert!(
                cells[1].len() == 16
                    && cells[1]
                        .bytes()
                        .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
            );
            [cells[0], cells[2], cells[3], cells[4]].join("|")
        })
        .collect();
    assert_eq!(
        without_id,
        [
            "10|1970-01-01T00:00:00Z|1970-01-01T00:10:00Z|2",
            "2|1970-01-01T00:05:00Z|1970-01-01T00:05:00Z|1",
            "1|1970-01-01T00:10:00Z|1970-01-01T00:10:00Z|1",
        ]
    );
}

#[test]
fn ids_are_the_documented_hash() {
    let events = Owned::new(vec![("user", text([Some("u1")])), ("at", time([Some(0)]))]);
    let sessions = sessionize(&events.table(), &options(None), 1).expect("sessions");
    assert_eq!(sessions.ids, [xxhash_rust::xxh3::xxh3_64(b"2:u1@0")]);
    // Recorded: ids are in users' tables, so the rule must not change.
    assert_eq!(sessions.id(0), "6baf35fc7efea173");
}

#[test]
fn a_hot_key_and_many_others_agree_whatever_the_threads() {
    let rows = 150_000i64;
    let user = |row: i64| {
        Some(if row % 2 == 0 {
            "the hot key of all".to_owned()
        } else {
            format!("user {}", row % 30_001)
        })
    };
    let at = |row: i64| Some(row * 7919 % rows * MINUTE);
    let whole = Owned::new(vec![
        ("user", text((0..rows).map(user))),
        ("at", time((0..rows).map(at))),
    ]);
    let options = options(Some(3 * MINUTE as u64));
    let expected = sessionize(&whole.table(), &options, 1).expect("sessions");
    let mut keys: HashMap<String, Vec<(i64, u32)>> = HashMap::new();
    for row in 0..rows {
        keys.entry(user(row).expect("user"))
            .or_default()
            .push((at(row).expect("time"), row as u32));
    }
    let mut count = 0;
    for events in keys.values_mut() {
        events.sort_unstable();
        count += 1 + events
            .windows(2)
            .filter(|pair| pair[1].0 - pair[0].0 > 3 * MINUTE)
            .count();
    }
    assert_eq!(expected.len(), count);
    for (sizes, threads) in [(vec![8192], 2), (vec![3, 9000], 3)] {
        let cut = whole.cut(&sizes);
        let found = sessionize(&cut.table(), &options, threads).expect("sessions");
        assert!(found == expected);
        let rows = found.sessions(&cut.table(), threads).expect("rows");
        assert!(lines(&rows) == lines(&expected.sessions(&whole.table(), 1).expect("rows")));
    }
}

#[test]
fn names_and_types_are_checked_without_data() {
    let events = Owned::new(vec![
        ("session_id", text([Some("x")])),
        ("at", text([Some("x")])),
        ("t", time([Some(1)])),
    ]);
    let message = sessions_schema(&events.schema, &options(None))
        .expect_err("no time")
        .to_string();
    assert_eq!(message, "column `at` is Utf8View, which is no time");
    let named = SessionOptions {
        time: 2,
        ..options(None)
    };
    let message = sessions_schema(&events.schema, &named)
        .expect_err("name")
        .to_string();
    assert_eq!(message, "column `session_id` is named twice");
    assert!(events_schema(&events.schema).is_err());
    let empty = Owned {
        schema: Owned::new(vec![("u", int([])), ("t", time([]))]).schema,
        batches: vec![],
    };
    let sessions = sessionize(&empty.table(), &options(None), 2).expect("sessions");
    assert!(
        sessions.is_empty()
            && sessions
                .sessions(&empty.table(), 2)
                .expect("rows")
                .is_empty()
    );
}
