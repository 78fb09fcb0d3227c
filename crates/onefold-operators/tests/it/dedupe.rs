//! Deduplication against a comparison of all pairs.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, UInt64Array};
use onefold_operators::{DedupeOptions, Deduped, ErrorKind, Preference, check_dedupe, dedupe};
use proptest::prelude::*;

use crate::tables::{Owned, cuts, int, lines, text};

type Row = (Option<String>, Option<i64>, Option<f64>);

fn row() -> impl Strategy<Value = Row> {
    let name = prop_oneof![
        1 => Just(None),
        4 => (0..4u8).prop_map(|n| Some(format!("k{n}"))),
        2 => (0..2u8).prop_map(|n| Some(format!("a key of many letters {n}"))),
    ];
    let number = prop_oneof![1 => Just(None), 3 => (0..3i64).prop_map(Some)];
    let float = prop_oneof![
        1 => Just(None),
        1 => Just(Some(f64::NAN)),
        1 => Just(Some(-0.0)),
        3 => (0..3u8).prop_map(|v| Some(f64::from(v))),
    ];
    (name, number, float)
}

fn table(rows: &[Row]) -> Owned {
    let floats: ArrayRef = Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.2)));
    let addresses: ArrayRef = Arc::new(UInt64Array::from_iter(
        (0..rows.len() as u64).map(|row| (row % 3 > 0).then_some(row * 80)),
    ));
    Owned::new(vec![
        ("name", text(rows.iter().map(|row| row.0.as_ref()))),
        ("n", int(rows.iter().map(|row| row.1))),
        ("v", floats),
        ("address", addresses),
    ])
}

/// Whether two cells are equal, and whether either is missing.
fn cells(a: &Row, b: &Row, column: usize) -> (bool, bool) {
    let missing = |v: Option<f64>| v.is_none_or(f64::is_nan);
    match column {
        0 => (a.0 == b.0, a.0.is_none() || b.0.is_none()),
        1 => (a.1 == b.1, a.1.is_none() || b.1.is_none()),
        _ => {
            let both_nan = a.2.is_some_and(f64::is_nan) && b.2.is_some_and(f64::is_nan);
            (a.2 == b.2 || both_nan, missing(a.2) || missing(b.2))
        }
    }
}

fn ordered(a: &Row, b: &Row, column: usize, latest: bool) -> Ordering {
    let rank = |row: &Row| match column {
        0 => row.0.as_ref().map(|s| (s.clone(), 0.0)),
        1 => row.1.map(|n| (String::new(), n as f64)),
        _ => row.2.filter(|v| !v.is_nan()).map(|v| (String::new(), v)),
    };
    match (rank(a), rank(b)) {
        (Some(a), Some(b)) => {
            let ordering = a.partial_cmp(&b).expect("numbers");
            if latest { ordering.reverse() } else { ordering }
        }
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

fn oracle(rows: &[Row], options: &DedupeOptions) -> Deduped {
    let equal = |a: &Row, b: &Row| match options.by.is_empty() {
        true => (0..3).all(|column| cells(a, b, column).0),
        false => options
            .by
            .iter()
            .all(|column| cells(a, b, *column) == (true, false)),
    };
    let nulls = |row: &Row| {
        u8::from(row.0.is_none()) + u8::from(row.1.is_none()) + u8::from(row.2.is_none())
    };
    let better = |a: usize, b: usize| {
        for preference in &options.keep {
            let ordering = match preference {
                Preference::MostComplete => nulls(&rows[a]).cmp(&nulls(&rows[b])),
                Preference::Latest(column) => ordered(&rows[a], &rows[b], *column, true),
                Preference::Earliest(column) => ordered(&rows[a], &rows[b], *column, false),
                Preference::First => a.cmp(&b),
                Preference::Last => b.cmp(&a),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        a.cmp(&b)
    };
    let mut deduped = Deduped::default();
    for row in 0..rows.len() {
        let group =
            (0..rows.len()).filter(|other| *other == row || equal(&rows[row], &rows[*other]));
        let kept = group.min_by(|a, b| better(*a, *b)).expect("itself");
        if kept == row {
            deduped.kept.push(row as u32);
        } else {
            deduped.removed.push(row as u32);
            deduped.replaced_by.push(kept as u32);
        }
    }
    deduped
}

fn preference() -> impl Strategy<Value = Preference> {
    prop_oneof![
        Just(Preference::MostComplete),
        (0..3usize).prop_map(Preference::Latest),
        (0..3usize).prop_map(Preference::Earliest),
        Just(Preference::First),
        Just(Preference::Last),
    ]
}

proptest! {
    #[test]
    fn kept_rows_are_those_of_all_pairs(
        rows in prop::collection::vec(row(), 1..60),
        sizes in cuts(),
        by in prop::sample::subsequence(vec![0usize, 1, 2], 0..=3),
        keep in prop::collection::vec(preference(), 0..3),
        threads in 1..4usize,
    ) {
        let options = DedupeOptions { by, keep, ignore: vec![3] };
        let table = table(&rows).cut(&sizes);
        check_dedupe(&table.schema, &options).expect("plan");
        let deduped = dedupe(&table.table(), &options, threads).expect("deduped");
        prop_assert_eq!(deduped, oracle(&rows, &options));
    }
}

#[test]
fn many_partitions_agree_with_one_thread() {
    // Every person on three rows far apart; one in eleven without a name.
    let rows = 120_000i64;
    let name = |row: i64| (row % 11 != 10).then(|| format!("the person {}", row % 40_000));
    let whole = Owned::new(vec![
        ("name", text((0..rows).map(name))),
        ("n", int((0..rows).map(|row| Some(row * 7919 % 1000)))),
    ]);
    let options = DedupeOptions {
        by: vec![0],
        keep: vec![Preference::Latest(1), Preference::Last],
        ..DedupeOptions::default()
    };
    let expected = dedupe(&whole.table(), &options, 1).expect("deduped");
    let mut best: std::collections::HashMap<String, i64> = std::collections::HashMap::new();
    for row in 0..rows {
        if let Some(name) = name(row) {
            let best = best.entry(name).or_insert(row);
            if row * 7919 % 1000 >= *best * 7919 % 1000 {
                *best = row;
            }
        }
    }
    let is_kept = |row: &i64| name(*row).is_none_or(|name| best[&name] == *row);
    assert_eq!(
        expected.kept,
        (0..rows)
            .filter(is_kept)
            .map(|row| row as u32)
            .collect::<Vec<_>>()
    );
    assert_eq!(expected.kept.len() + expected.removed.len(), rows as usize);
    for (sizes, threads) in [(vec![8192], 2), (vec![1, 7000], 3)] {
        let cut = whole.cut(&sizes);
        assert_eq!(
            dedupe(&cut.table(), &options, threads).expect("deduped"),
            expected
        );
        let gathered = cut.table().gather(&expected.kept, threads).expect("rows");
        assert_eq!(
            lines(&gathered),
            lines(&whole.table().gather(&expected.kept, 1).expect("rows"))
        );
    }
}

#[test]
fn a_column_that_cannot_be_compared_is_named() {
    let table = Owned::new(vec![
        ("id", int([Some(1)])),
        (
            "bytes",
            Arc::new(arrow::array::BinaryArray::from(vec![Some(&b"x"[..])])),
        ),
    ]);
    for options in [
        DedupeOptions::default(),
        DedupeOptions {
            by: vec![1],
            ..DedupeOptions::default()
        },
        DedupeOptions {
            by: vec![0],
            keep: vec![Preference::Latest(1)],
            ..DedupeOptions::default()
        },
    ] {
        let found = dedupe(&table.table(), &options, 1).expect_err("refused");
        assert_eq!(
            (found.kind(), found.to_string()),
            (
                ErrorKind::Options,
                "column `bytes` is Binary, which cannot be a key".to_owned()
            )
        );
        assert_eq!(
            check_dedupe(&table.schema, &options)
                .expect_err("refused")
                .to_string(),
            found.to_string()
        );
    }
    let ignoring = DedupeOptions {
        ignore: vec![1],
        ..DedupeOptions::default()
    };
    assert_eq!(
        dedupe(&table.table(), &ignoring, 1).expect("deduped").kept,
        [0]
    );
}

#[test]
fn no_rows() {
    let table = Owned::new(vec![("id", int([]))]);
    assert_eq!(
        dedupe(&table.table(), &DedupeOptions::default(), 2).expect("deduped"),
        Deduped::default()
    );
    let none = Owned {
        schema: table.schema,
        batches: vec![],
    };
    assert_eq!(
        dedupe(&none.table(), &DedupeOptions::default(), 2).expect("deduped"),
        Deduped::default()
    );
}
