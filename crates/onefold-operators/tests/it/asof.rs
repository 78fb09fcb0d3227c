//! As-of joins against a join of all pairs.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array};
use onefold_operators::{
    AsOf, AsOfJoin, AsOfKind, AsOfOptions, AsOfReport, Direction, Distances, NO_ROW, TimeKey,
    Unmatched, asof_schema,
};
use proptest::prelude::*;

use crate::tables::{Owned, cuts, int, lines, names, text, time};

type Row = (Option<u8>, Option<bool>, Option<i64>);

fn row() -> impl Strategy<Value = Row> {
    let maybe =
        |present: BoxedStrategy<i64>| prop_oneof![1 => Just(None), 12 => present.prop_map(Some)];
    (
        maybe((0..4i64).boxed()).prop_map(|k| k.map(|k| k as u8)),
        maybe((0..2i64).boxed()).prop_map(|k| k.map(|k| k == 1)),
        maybe((0..30i64).boxed()),
    )
}

fn table(rows: &[Row]) -> Owned {
    let long = |k: u8| {
        format!(
            "{}{k}",
            if k.is_multiple_of(2) {
                "customer number "
            } else {
                "c"
            }
        )
    };
    Owned::new(vec![
        ("a", text(rows.iter().map(|row| row.0.map(long)))),
        ("b", int(rows.iter().map(|row| row.1.map(i64::from)))),
        ("t", time(rows.iter().map(|row| row.2))),
        ("row", int((0..rows.len() as i64).map(Some))),
    ])
}

/// For each left row: the right row, and whether there was one at any distance.
fn oracle(
    left: &[Row],
    right: &[Row],
    by: &[usize],
    options: &AsOfOptions,
) -> Vec<(Option<usize>, bool)> {
    let mut sorted: Vec<usize> = (0..right.len()).filter(|r| right[*r].2.is_some()).collect();
    sorted.sort_by_key(|r| (right[*r].2, *r));
    let same = |l: &Row, r: &Row| {
        (!by.contains(&0) || (l.0.is_some() && l.0 == r.0))
            && (!by.contains(&1) || (l.1.is_some() && l.1 == r.1))
    };
    let one = |l: &Row| {
        let Some(t) = l.2 else { return (None, false) };
        let time = |r: usize| right[r].2.expect("time");
        let candidates: Vec<usize> = sorted
            .iter()
            .copied()
            .filter(|r| same(l, &right[*r]))
            .collect();
        let exact = options.allow_exact;
        let backward = candidates
            .iter()
            .copied()
            .rfind(|r| time(*r) < t || (exact && time(*r) == t));
        let forward = candidates
            .iter()
            .copied()
            .find(|r| time(*r) > t || (exact && time(*r) == t));
        let near = |r: &usize| {
            options
                .tolerance
                .is_none_or(|tolerance| time(*r).abs_diff(t) <= tolerance)
        };
        match options.direction {
            Direction::Backward => (backward.filter(near), backward.is_some()),
            Direction::Forward => (forward.filter(near), forward.is_some()),
            Direction::Nearest => {
                let any = backward.is_some() || forward.is_some();
                let chosen = match (backward.filter(near), forward.filter(near)) {
                    (Some(b), Some(f)) if time(f) - t < t - time(b) => Some(f),
                    (Some(b), _) => Some(b),
                    (None, f) => f,
                };
                (chosen, any)
            }
        }
    };
    left.iter().map(one).collect()
}

const DIRECTIONS: [Direction; 3] = [Direction::Backward, Direction::Forward, Direction::Nearest];

proptest! {
    #[test]
    fn matches_are_those_of_all_pairs(
        left in prop::collection::vec(row(), 1..50),
        mut right in prop::collection::vec(row(), 0..50),
        sorted in any::<bool>(),
        left_cuts in cuts(),
        right_cuts in cuts(),
        by in prop::sample::select(vec![vec![], vec![0], vec![1], vec![0, 1]]),
        tolerance in prop::option::of(0..6u64),
        allow_exact in any::<bool>(),
        threads in 1..4usize,
    ) {
        let mut left = left;
        if sorted {
            left.sort_by_key(|row| row.2);
            right.sort_by_key(|row| row.2);
        }
        let key = TimeKey { by: &by, on: 2 };
        let left_table = table(&left).cut(&left_cuts);
        let right_table = table(&right).cut(&right_cuts);
        for direction in DIRECTIONS {
            let options = AsOfOptions { direction, tolerance, allow_exact };
            let expected = oracle(&left, &right, &by, &options);
            let chosen: Vec<u32> = expected.iter().map(|(r, _)| r.map_or(NO_ROW, |r| r as u32)).collect();

            let asof = AsOf::build(&right_table.table(), key, threads).expect("index");
            let missing = |row: &&Row| row.2.is_none() || (by.contains(&0) && row.0.is_none()) || (by.contains(&1) && row.1.is_none());
            prop_assert_eq!(asof.null_keys() as usize, right.iter().filter(missing).count());
            let whole = table(&left);
            let matches = asof.probe(&whole.batches[0], key, &options).expect("matches");
            prop_assert_eq!(&matches.right, &chosen, "{:?}", options);

            let unmatched: Vec<u32> = (0..).zip(&chosen).filter(|(_, r)| **r == NO_ROW).map(|(l, _)| l).collect();
            prop_assert_eq!(matches.unmatched().collect::<Vec<_>>(), unmatched.clone());
            let asof = AsOfJoin::new(asof, &left_table.schema, key, options, AsOfKind::Left, "r").expect("join");
            let joined = asof.table(&left_table.table(), threads).expect("joined");
            prop_assert_eq!(&joined.unmatched, &unmatched);
            let reason = |l: &u32| match (missing(&&left[*l as usize]), expected[*l as usize].1) {
                (true, _) => Unmatched::NullKey,
                (false, true) => Unmatched::OutsideTolerance,
                (false, false) => Unmatched::NoCandidate,
            };
            prop_assert_eq!(&joined.reasons, &unmatched.iter().map(reason).collect::<Vec<_>>());
            let rows = |line: &String| {
                let cells: Vec<&str> = line.split('|').collect();
                (cells[3].to_owned(), cells[cells.len() - 1].to_owned())
            };
            let found: Vec<_> = lines(&joined.batches).iter().map(rows).collect();
            let cell = |r: &u32| if *r == NO_ROW { String::new() } else { r.to_string() };
            let pairs: Vec<_> = chosen.iter().enumerate().map(|(l, r)| (l.to_string(), cell(r))).collect();
            prop_assert_eq!(found, pairs);

            let report = joined.report;
            let null_key = left.iter().filter(missing).count() as u64;
            let outside = expected.iter().filter(|(chosen, any)| chosen.is_none() && *any).count() as u64;
            let matched = (left.len() - unmatched.len()) as u64;
            prop_assert_eq!(
                (report.matched, report.null_key, report.outside_tolerance, report.no_candidate),
                (matched, null_key, outside, left.len() as u64 - matched - null_key - outside)
            );
            let distance = |(l, r): (usize, &u32)| (*r != NO_ROW).then(|| {
                let times = (left[l].2.expect("time"), right[*r as usize].2.expect("time"));
                times.0.abs_diff(times.1)
            });
            let mut distances: Vec<u64> = chosen.iter().enumerate().filter_map(distance).collect();
            prop_assert_eq!(&matches.distances, &distances);
            distances.sort_unstable();
            prop_assert_eq!(report.distances.map(|d| d.max), distances.last().copied());
            prop_assert_eq!(report.distances.map(|d| d.p50), distances.get(distances.len().saturating_sub(1) / 2).copied());
        }
    }
}

fn join(
    left: &Owned,
    right: &Owned,
    options: AsOfOptions,
    kind: AsOfKind,
) -> onefold_operators::AsOfJoined {
    let key = TimeKey { by: &[0], on: 1 };
    let asof = AsOf::build(&right.table(), key, 2).expect("index");
    let join = AsOfJoin::new(asof, &left.schema, key, options, kind, "transactions").expect("join");
    join.table(&left.table(), 2).expect("joined")
}

#[test]
fn one_hour_either_way_inclusive() {
    const HOUR: i64 = 3_600_000_000;
    let left = Owned::new(vec![
        (
            "customer_id",
            text([Some("a"), Some("a"), Some("b"), None, Some("a"), Some("c")]),
        ),
        (
            "at",
            time([Some(0), Some(HOUR), Some(0), Some(0), None, Some(0)]),
        ),
    ]);
    let right = Owned::new(vec![
        ("customer_id", text([Some("a"), Some("b"), Some("b"), None])),
        (
            "at",
            time([Some(2 * HOUR), Some(HOUR + 1), Some(-HOUR), Some(0)]),
        ),
        ("amount", int([Some(10), Some(20), Some(30), Some(40)])),
    ]);
    let options = AsOfOptions {
        tolerance: Some(HOUR as u64),
        ..AsOfOptions::new(Direction::Nearest)
    };
    let joined = join(&left, &right, options, AsOfKind::Left);
    let amounts: Vec<String> = lines(&joined.batches)
        .iter()
        .map(|line| line.rsplit('|').next().unwrap_or("").to_owned())
        .collect();
    assert_eq!(amounts, ["", "10", "30", "", "", ""]);
    assert_eq!(joined.unmatched, [0, 3, 4, 5]);
    assert_eq!(
        joined.reasons,
        [
            Unmatched::OutsideTolerance,
            Unmatched::NullKey,
            Unmatched::NullKey,
            Unmatched::NoCandidate
        ]
    );
    let hour = HOUR as u64;
    let distances = Some(Distances {
        p50: hour,
        p90: hour,
        p99: hour,
        max: hour,
    });
    let report = AsOfReport {
        matched: 2,
        no_candidate: 1,
        outside_tolerance: 1,
        null_key: 2,
        distances,
    };
    assert_eq!(joined.report, report);
    assert_eq!(
        names(joined.batches[0].schema_ref()),
        ["customer_id", "at", "at_transactions", "amount"]
    );

    let inner = join(&left, &right, options, AsOfKind::Inner);
    let ids: Vec<String> = lines(&inner.batches)
        .iter()
        .map(|line| line[..1].to_owned())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(
        (inner.unmatched, inner.report),
        (joined.unmatched, joined.report)
    );
}

#[test]
fn extreme_times_do_not_overflow() {
    for times in [[i64::MIN, i64::MAX], [i64::MAX, i64::MIN]] {
        let table = |t: i64| Owned::new(vec![("k", int([Some(1)])), ("t", int([Some(t)]))]);
        let joined = join(
            &table(times[0]),
            &table(times[1]),
            AsOfOptions::new(Direction::Nearest),
            AsOfKind::Left,
        );
        assert_eq!(joined.report.distances.map(|d| d.max), Some(u64::MAX));
    }
}

#[test]
fn dates_are_apart_by_days_in_microseconds() {
    let days = |days: Vec<i32>| -> ArrayRef { Arc::new(Date32Array::from(days)) };
    let left = Owned::new(vec![
        ("k", int([Some(1), Some(1)])),
        ("d", days(vec![10, i32::MAX])),
    ]);
    let right = Owned::new(vec![
        ("k", int([Some(1), Some(1)])),
        ("d", days(vec![8, 9])),
    ]);
    let day = 86_400_000_000;
    let options = AsOfOptions {
        tolerance: Some(day),
        ..AsOfOptions::new(Direction::Backward)
    };
    let joined = join(&left, &right, options, AsOfKind::Left);
    assert_eq!(joined.report.distances.map(|d| d.max), Some(day));
    assert_eq!(joined.unmatched, [1]);
}

#[test]
fn one_hot_key_over_many_batches() {
    // Enough rows for a sort by several threads; times unsorted, each on two rows.
    let rows = 200_000i64;
    let scrambled = |i: i64| i * 7919 % rows;
    let right = Owned::new(vec![
        (
            "k",
            text((0..2 * rows).map(|_| Some("the one and only key"))),
        ),
        (
            "t",
            time((0..2 * rows).map(|i| Some(scrambled(i % rows) * 10))),
        ),
    ]);
    let left = Owned::new(vec![
        ("k", text((0..rows).map(|_| Some("the one and only key")))),
        ("t", time((0..rows).map(|i| Some(scrambled(i) * 10 + 4)))),
    ]);
    let (right, left) = (right.cut(&[5000]), left.cut(&[3000]));
    let key = TimeKey { by: &[0], on: 1 };
    let asof = AsOf::build(&right.table(), key, 3).expect("index");
    let mut row = 0;
    for batch in &left.batches {
        for (direction, expected_distance) in [
            (Direction::Backward, 4),
            (Direction::Nearest, 4),
            (Direction::Forward, 6),
        ] {
            let matches = asof
                .probe(batch, key, &AsOfOptions::new(direction))
                .expect("matches");
            assert!(matches.distances.iter().all(|d| *d == expected_distance));
            if direction == Direction::Backward {
                // The later of the two right rows of that time.
                let expected: Vec<u32> = (row..)
                    .take(batch.num_rows())
                    .map(|l: u32| l + rows as u32)
                    .collect();
                assert_eq!(matches.right, expected);
            }
        }
        row += batch.num_rows() as u32;
    }
}

#[test]
fn a_plan_is_refused_without_data() {
    let left = Owned::new(vec![("k", int([])), ("t", time([])), ("n", int([]))]);
    let schema = |left_on, right_on| {
        let (l, r) = (
            TimeKey {
                by: &[0],
                on: left_on,
            },
            TimeKey {
                by: &[0],
                on: right_on,
            },
        );
        asof_schema(&left.schema, l, &left.schema, r, AsOfKind::Left, "r")
    };
    assert_eq!(
        names(&schema(1, 1).expect("schema")),
        ["k", "t", "n", "t_r", "n_r"]
    );
    let message = schema(1, 2).expect_err("types").to_string();
    assert!(
        message.starts_with("times differ in type: `t` is Timestamp"),
        "{message}"
    );
    let text = Owned::new(vec![
        ("k", int([])),
        ("t", text(Vec::<Option<&str>>::new())),
    ]);
    let key = TimeKey { by: &[0], on: 1 };
    let message = AsOf::build(&text.table(), key, 1)
        .err()
        .expect("no time")
        .to_string();
    assert_eq!(message, "column `t` is Utf8View, which is no time");
}
