//! Lookup joins against a join of all pairs.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, RecordBatch,
    StringArray, UInt64Array,
};
use onefold_operators::{
    ErrorKind, Expect, Join, JoinCounts, JoinKind, Lookup, NO_ROW, Pairs, check_keys, join_schema,
};
use proptest::prelude::*;

use crate::tables::{Owned, cuts, int, lines, names, text, time};

type Row = (Option<String>, Option<i64>);

/// Few keys, so that they meet; some longer than a view holds.
fn row() -> impl Strategy<Value = Row> {
    let name = prop_oneof![
        1 => Just(None),
        5 => (0..6u8).prop_map(|n| Some(format!("k{n}"))),
        3 => (0..4u8).prop_map(|n| Some(format!("a key of many letters {n}"))),
        1 => Just(Some(String::new())),
    ];
    (
        name,
        prop_oneof![1 => Just(None), 5 => (0..3i64).prop_map(Some)],
    )
}

fn table(rows: &[Row]) -> Owned {
    Owned::new(vec![
        ("name", text(rows.iter().map(|(name, _)| name.as_ref()))),
        ("n", int(rows.iter().map(|(_, n)| *n))),
        ("row", int((0..rows.len() as i64).map(Some))),
    ])
}

fn meets(left: &Row, right: &Row) -> bool {
    left.0.is_some() && left.1.is_some() && left == right
}

/// The join's pairs of rows by comparing all pairs.
fn oracle(
    left: &[Row],
    right: &[Row],
    kind: JoinKind,
    expect: Expect,
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut joined = Vec::new();
    let mut seen = vec![false; right.len()];
    for (l, row) in left.iter().enumerate() {
        let mut found: Vec<usize> = (0..right.len())
            .filter(|r| meets(row, &right[*r]))
            .collect();
        for r in &found {
            seen[*r] = true;
        }
        match expect {
            Expect::First => found.truncate(1),
            Expect::Last => found = found.pop().into_iter().collect(),
            Expect::One | Expect::Many => {}
        }
        match kind {
            JoinKind::Semi if !found.is_empty() => joined.push((Some(l), None)),
            JoinKind::Anti if found.is_empty() => joined.push((Some(l), None)),
            JoinKind::Semi | JoinKind::Anti => {}
            JoinKind::Left | JoinKind::Full if found.is_empty() => joined.push((Some(l), None)),
            _ => joined.extend(found.iter().map(|r| (Some(l), Some(*r)))),
        }
    }
    if kind == JoinKind::Full {
        let aside = |r: usize| match expect {
            Expect::First => right[..r].iter().any(|other| meets(other, &right[r])),
            Expect::Last => right[r + 1..].iter().any(|other| meets(other, &right[r])),
            Expect::One | Expect::Many => false,
        };
        let rest = (0..right.len()).filter(|r| !seen[*r] && !aside(*r));
        joined.extend(rest.map(|r| (None, Some(r))));
    }
    joined
}

const KINDS: [JoinKind; 5] = [
    JoinKind::Left,
    JoinKind::Inner,
    JoinKind::Semi,
    JoinKind::Anti,
    JoinKind::Full,
];

/// A UUID for each name, that of zeros for no name.
fn uuid(name: &str) -> String {
    if name.is_empty() {
        return "00000000-0000-0000-0000-000000000000".to_owned();
    }
    let number = name.bytes().fold(0xfeed_u64, |n, b| {
        n.wrapping_mul(0x100_0000_01b3) ^ u64::from(b)
    });
    format!("{:08x}-abcd-4ef0-8000-{:012x}", number as u32, number >> 16)
}

/// The rows with UUIDs as names. Some of the left are in capitals, and some none at all.
fn with_uuids(rows: &[Row], is_left: bool) -> Vec<Row> {
    let name = |name: &String| match name.as_str() {
        "" if is_left => "no UUID".to_owned(),
        "a key of many letters 3" if is_left => uuid(name).to_uppercase(),
        name => uuid(name),
    };
    rows.iter()
        .map(|(text, n)| (text.as_ref().map(name), *n))
        .collect()
}

proptest! {
    #[test]
    fn joins_are_those_of_all_pairs(
        left in prop::collection::vec(row(), 1..40),
        right in prop::collection::vec(row(), 0..40),
        uuids in any::<bool>(),
        pass in any::<bool>(),
        left_cuts in cuts(),
        right_cuts in cuts(),
        on in prop::sample::select(vec![vec![0], vec![1], vec![0, 1], vec![1, 0]]),
        threads in 1..4usize,
    ) {
        let (left, right) = match uuids {
            true => (with_uuids(&left, true), with_uuids(&right, false)),
            false => (left, right),
        };
        let masked = |rows: &[Row]| -> Vec<Row> {
            let column = |row: &Row| (
                if on.contains(&0) { row.0.clone() } else { Some(String::new()) },
                if on.contains(&1) { row.1 } else { Some(0) },
            );
            rows.iter().map(column).collect()
        };
        let (left_keys, right_keys) = (masked(&left), masked(&right));
        let left_table = table(&left).cut(&left_cuts);
        let right_table = table(&right).cut(&right_cuts);
        let name = |row: Option<String>| row.unwrap_or_default();
        let cell = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();

        let duplicated = (0..right.len()).any(|r| right_keys[..r].iter().any(|other| meets(other, &right_keys[r])));
        for expect in [Expect::One, Expect::First, Expect::Last, Expect::Many] {
            for kind in KINDS {
                let lookup = match Lookup::build(&right_table.table(), &on, expect, threads) {
                    Ok(lookup) => lookup,
                    Err(error) => {
                        prop_assert!(expect == Expect::One && duplicated);
                        prop_assert_eq!(error.kind(), ErrorKind::DuplicateKeys);
                        continue;
                    }
                };
                prop_assert!(expect != Expect::One || !duplicated);
                let lookup = match pass {
                    true => lookup.for_rows_that_pass(&right_table.table(), threads),
                    false => lookup,
                };
                let join = Join::new(lookup, &left_table.schema, &on, kind, "right").expect("join");
                let joined = join.table(&left_table.table(), threads).expect("joined");
                let expected: Vec<String> = oracle(&left_keys, &right_keys, kind, expect).into_iter().map(|(l, r)| {
                    // Right key columns are not repeated; they stand in for the left ones where there is no left row.
                    let mut cells = vec![String::new(); 3];
                    if let Some(l) = l {
                        cells = vec![name(left[l].0.clone()), cell(left[l].1), l.to_string()];
                    } else if let Some(r) = r {
                        if on.contains(&0) { cells[0] = name(right[r].0.clone()); }
                        if on.contains(&1) { cells[1] = cell(right[r].1); }
                    }
                    if !matches!(kind, JoinKind::Semi | JoinKind::Anti) {
                        if !on.contains(&0) { cells.push(name(r.and_then(|r| right[r].0.clone()))); }
                        if !on.contains(&1) { cells.push(cell(r.and_then(|r| right[r].1))); }
                        cells.push(r.map(|r| r.to_string()).unwrap_or_default());
                    }
                    cells.join("|")
                }).collect();
                prop_assert_eq!(joined.counts.rows as usize, expected.len());
                prop_assert_eq!(lines(&joined.batches), expected, "{:?} {:?}", kind, expect);

                let met = |l: &&Row| right_keys.iter().any(|r| meets(l, r));
                prop_assert_eq!(joined.counts.matched as usize, left_keys.iter().filter(met).count());
                prop_assert_eq!(joined.counts.left as usize, left.len());
                let nulls = |rows: &[Row]| rows.iter().filter(|(a, b)| a.is_none() || b.is_none()).count() as u64;
                prop_assert_eq!(joined.counts.null_keys, nulls(&left_keys));
                prop_assert_eq!(join.lookup().null_keys(), nulls(&right_keys));
            }
        }
    }
}

#[test]
fn a_second_row_for_a_key_is_named() {
    // 15 keys on two rows, key 3 on three of them; the second rows come in another order.
    let keys = (0..20).chain((5..20).rev()).chain([6]);
    let right = Owned::new(vec![
        ("id", int(keys.clone().map(Some))),
        ("id2", text(keys.map(|k| Some(format!("c{k}"))))),
    ]);
    let error = Lookup::build(&right.cut(&[3]).table(), &[0, 1], Expect::One, 2)
        .err()
        .expect("refused");
    assert_eq!(error.kind(), ErrorKind::DuplicateKeys);
    let duplicates = error.duplicate_keys().expect("keys");
    assert_eq!((duplicates.keys, duplicates.listed.len()), (15, 10));
    let listed = &duplicates.listed[0];
    assert_eq!(
        (listed.key.as_str(), listed.rows, listed.count),
        ("5, c5", [5, 34], 2)
    );
    let listed = &duplicates.listed[1];
    assert_eq!(
        (listed.key.as_str(), listed.rows, listed.count),
        ("6, c6", [6, 33], 3)
    );
    assert!(
        error
            .to_string()
            .starts_with("15 keys are on more than one row: `5, c5` (2 rows), `6, c6` (3 rows)"),
        "{error}"
    );
    assert!(error.to_string().ends_with(" and 5 more"), "{error}");

    let twice = Owned::new(vec![("at", time([Some(0), None, None, Some(0)]))]);
    let error = Lookup::build(&twice.table(), &[0], Expect::One, 1)
        .err()
        .expect("refused");
    let expected = "1 key is on more than one row: `1970-01-01T00:00:00Z` (2 rows)";
    assert_eq!(error.to_string(), expected);

    let lookup = Lookup::build(&right.table(), &[0], Expect::Last, 1).expect("lookup");
    let first_rows: Vec<u32> = (5..20).chain([33]).collect();
    assert_eq!(lookup.aside(), first_rows);
}

#[test]
fn rows_left_aside_are_not_given_as_unmatched() {
    let right = Owned::new(vec![
        ("id", int([Some(1), Some(1), Some(2), None])),
        ("v", int((0..4).map(Some))),
    ]);
    let left = Owned::new(vec![("id", int([Some(3)]))]);
    let lookup = Lookup::build(&right.table(), &[0], Expect::First, 1).expect("lookup");
    let join = Join::new(lookup, &left.schema, &[0], JoinKind::Full, "r").expect("join");
    let joined = join.table(&left.table(), 1).expect("joined");
    assert_eq!(lines(&joined.batches), ["3|", "1|0", "2|2", "|3"]);
    let counts = JoinCounts {
        left: 1,
        matched: 0,
        null_keys: 0,
        right_only: 3,
        rows: 4,
    };
    assert_eq!(joined.counts, counts);
}

#[test]
fn every_key_type_finds_its_row() {
    let columns: Vec<ArrayRef> = vec![
        text([
            Some("a"),
            Some("b"),
            None,
            Some("a long text, longer than a view"),
        ]),
        Arc::new(StringArray::from(vec![
            Some("a"),
            Some("b"),
            None,
            Some("a long text, longer than a view"),
        ])),
        int([Some(1), Some(2), None, Some(-1)]),
        Arc::new(UInt64Array::from(vec![
            Some(1),
            Some(2),
            None,
            Some(u64::MAX),
        ])),
        Arc::new(Float64Array::from(vec![
            Some(0.0),
            Some(2.5),
            None,
            Some(f64::INFINITY),
        ])),
        Arc::new(Decimal128Array::from(vec![
            Some(1),
            Some(2),
            None,
            Some(1 << 90),
        ])),
        Arc::new(Date32Array::from(vec![Some(1), Some(2), None, Some(-1)])),
        time([Some(1), Some(2), None, Some(-1)]),
    ];
    for column in columns {
        let right = Owned::new(vec![("k", Arc::clone(&column))]).cut(&[1, 3]);
        let lookup = Lookup::build(&right.table(), &[0], Expect::One, 1).expect("lookup");
        let left = Owned::new(vec![("k", column.slice(1, 3))]);
        let matches = lookup.probe(&left.batches[0], &[0]).expect("matches");
        assert_eq!(
            matches.pairs,
            Pairs::One(vec![1, NO_ROW, 3]),
            "{}",
            column.data_type()
        );
        assert_eq!((matches.matched, matches.null_keys), (2, 1));
    }
    let truth: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    let right = Owned::new(vec![("k", truth)]);
    let lookup = Lookup::build(&right.table(), &[0], Expect::Many, 1).expect("lookup");
    let matches = lookup.probe(&right.batches[0], &[0]).expect("matches");
    assert_eq!(
        matches.pairs,
        Pairs::Many {
            left: vec![0, 1, 2],
            right: vec![0, NO_ROW, 2]
        }
    );
}

#[test]
fn an_empty_right_table_gives_nulls() {
    let right = Owned::new(vec![
        ("k", int([])),
        ("t", text(Vec::<Option<&str>>::new())),
        ("u", Arc::new(StringArray::from(Vec::<Option<&str>>::new()))),
        (
            "b",
            Arc::new(BooleanArray::from(Vec::<Option<bool>>::new())),
        ),
        ("d", time([])),
    ]);
    let left = Owned::new(vec![("k", int([Some(1), None]))]);
    for batches in [vec![], right.batches.clone()] {
        let right = Owned {
            schema: Arc::clone(&right.schema),
            batches,
        };
        for (kind, expected) in [
            (JoinKind::Left, vec!["1||||", "||||"]),
            (JoinKind::Full, vec!["1||||", "||||"]),
            (JoinKind::Inner, vec![]),
            (JoinKind::Anti, vec!["1", ""]),
        ] {
            let lookup = Lookup::build(&right.table(), &[0], Expect::One, 2).expect("lookup");
            let join = Join::new(lookup, &left.schema, &[0], kind, "r").expect("join");
            assert_eq!(
                lines(&join.table(&left.table(), 2).expect("joined").batches),
                expected
            );
        }
    }
}

#[test]
fn large_batches_are_cut_and_texts_shared() {
    let rows = 20_000;
    let key = |i: i64| Some(format!("customer number {i}"));
    let right = Owned::new(vec![
        ("k", text((0..rows).map(key))),
        (
            "v",
            text((0..rows).map(|i| Some(format!("value of customer {i}")))),
        ),
    ]);
    let left = Owned::new(vec![("k", text((0..rows).rev().map(key)))]);
    for (expect, kind) in [
        (Expect::One, JoinKind::Left),
        (Expect::Many, JoinKind::Full),
        (Expect::Many, JoinKind::Inner),
    ] {
        let right = right.cut(&[700]);
        let buffers = |batch: &RecordBatch| -> Vec<*const u8> {
            let values = batch.column(1).as_string_view();
            values.data_buffers().iter().map(|b| b.as_ptr()).collect()
        };
        let own: HashSet<_> = right.batches.iter().flat_map(buffers).collect();
        let lookup = Lookup::build(&right.table(), &[0], expect, 2).expect("lookup");
        let join = Join::new(lookup, &left.schema, &[0], kind, "r").expect("join");
        let joined = join.table(&left.table(), 2).expect("joined");
        let expected: Vec<String> = (0..rows)
            .rev()
            .map(|i| format!("customer number {i}|value of customer {i}"))
            .collect();
        assert_eq!(lines(&joined.batches), expected);
        assert_eq!(names(join.schema()), ["k", "v"]);
        for batch in &joined.batches {
            assert!(buffers(batch).iter().all(|buffer| own.contains(buffer)));
        }
    }
}

#[test]
fn right_rows_that_nobody_found_come_in_the_order_that_is_told() {
    let right = Owned::new(vec![("k", int([4, 1, 3, 2, 0].map(Some)))]);
    let left = Owned::new(vec![("k", int([Some(3)]))]);
    let lookup = Lookup::build(&right.table(), &[0], Expect::One, 2).expect("lookup");
    let join = Join::new(lookup, &left.schema, &[0], JoinKind::Full, "r").expect("join");
    let join = join.with_right_order(&[4, 1, 3, 2, 0]);
    let joined = join.table(&left.table(), 2).expect("joined");
    assert_eq!(lines(&joined.batches), ["3", "0", "1", "2", "4"]);
}

#[test]
fn a_plan_is_refused_without_data() {
    let left = Owned::new(vec![("id", int([Some(1)])), ("name", text([Some("x")]))]);
    let right = Owned::new(vec![("id", text([Some("1")])), ("name", text([Some("x")]))]);
    let error = check_keys(&left.schema, &[0], &right.schema, &[0]).expect_err("types");
    assert_eq!(error.kind(), ErrorKind::Options);
    let schema = join_schema(
        &left.schema,
        &[1],
        &right.schema,
        &[1],
        JoinKind::Left,
        "crm",
    )
    .expect("schema");
    assert_eq!(names(&schema), ["id", "name", "id_crm"]);
    let lookup = Lookup::build(&right.table(), &[0], Expect::One, 1).expect("lookup");
    assert!(lookup.probe(&left.batches[0], &[0]).is_err());
    assert!(Join::new(lookup, &left.schema, &[0], JoinKind::Left, "crm").is_err());
    let lookup = Lookup::build(&right.table(), &[1], Expect::One, 1).expect("lookup");
    let join = Join::new(lookup, &left.schema, &[1], JoinKind::Left, "crm").expect("join");
    assert_eq!(
        join.batch(&right.batches[0]).expect_err("schema").kind(),
        ErrorKind::Schema
    );
}
