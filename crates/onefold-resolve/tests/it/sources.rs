//! Sources that differ, names that clash, options that do not fit.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use onefold_resolve::{
    CustomerId, ErrorKind, Options, Preference, Rule, SourceRecords, resolve, schemas,
};

use crate::tables::{column, lines, source_of, text_source};

fn options(rules: Vec<Rule>) -> Options {
    Options {
        rules,
        ..Options::new(CustomerId::default())
    }
}

fn numbers(name: &str, columns: &[(&str, &[Option<i64>])], key: Option<usize>) -> SourceRecords {
    let schema = Schema::new(
        columns
            .iter()
            .map(|(name, _)| Field::new(*name, DataType::Int64, true))
            .collect::<Vec<_>>(),
    );
    let arrays = columns
        .iter()
        .map(|(_, values)| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef)
        .collect();
    source_of(name, &name.to_uppercase(), schema, arrays, key, None)
}

#[test]
fn columns_are_united_by_name() {
    let a = numbers(
        "a",
        &[("x", &[Some(1), Some(2)]), ("y", &[Some(10), None])],
        None,
    );
    let b = numbers("b", &[("z", &[Some(7)]), ("y", &[Some(10)])], None);
    let resolved = resolve(vec![a, b], &options(vec![Rule::on("y", ["y"])])).expect("resolved");
    assert_eq!(
        lines(
            &resolved.schemas.customers,
            &resolved.customers().expect("rows")
        ),
        [
            "unified_id|x|y|z|sources|records|kept_key",
            "CUST001|1|10|7|A+B|2|a:1",
            "CUST002|2|-|-|A|1|a:2",
        ]
    );
}

#[test]
fn a_rule_over_a_column_that_a_source_lacks_matches_nothing_there() {
    let a = numbers(
        "a",
        &[("x", &[Some(1), Some(1)]), ("y", &[Some(5), Some(5)])],
        None,
    );
    let b = numbers("b", &[("x", &[Some(1), Some(1)])], None);
    let resolved =
        resolve(vec![a, b], &options(vec![Rule::on("xy", ["x", "y"])])).expect("resolved");
    assert_eq!(resolved.clusters(), [0, 0, 1, 2]);
}

#[test]
fn records_without_a_key_are_called_by_source_and_row() {
    let a = numbers(
        "a",
        &[
            ("k", &[Some(1), None, None]),
            ("y", &[Some(5), Some(5), None]),
        ],
        Some(0),
    );
    let b = numbers("b", &[("y", &[Some(6), Some(5)])], None);
    let resolved = resolve(vec![a, b], &options(vec![Rule::on("y", ["y"])])).expect("resolved");
    assert_eq!(
        column(&resolved.duplicates().expect("rows"), "removed_ids"),
        ["a:2,b:2"]
    );
    assert_eq!(
        column(&resolved.customers().expect("rows"), "kept_key"),
        ["1", "a:3", "b:1"]
    );
}

#[test]
fn a_label_shared_by_two_sources_is_named_once() {
    let row = |key| vec![vec![Some(key), Some("1")]];
    let sources = vec![
        text_source("a", "CRM", &["id", "p"], &row("A")),
        text_source("b", "SHOP", &["id", "p"], &row("B")),
        text_source("c", "CRM", &["id", "p"], &row("C")),
    ];
    let resolved = resolve(sources, &options(vec![Rule::on("p", ["p"])])).expect("resolved");
    assert_eq!(
        column(&resolved.customers().expect("rows"), "sources"),
        ["CRM+SHOP"]
    );
    assert_eq!(
        column(&resolved.duplicates().expect("rows"), "removed_sources"),
        ["SHOP+CRM"]
    );
}

#[test]
fn record_columns_keep_their_names() {
    let a = numbers(
        "a",
        &[
            ("records", &[Some(1)]),
            ("sources", &[Some(2)]),
            ("sources_2", &[Some(3)]),
        ],
        None,
    );
    let resolved = resolve(vec![a], &options(vec![])).expect("resolved");
    assert_eq!(
        lines(
            &resolved.schemas.customers,
            &resolved.customers().expect("rows")
        ),
        [
            "unified_id|records|sources|sources_2|sources_3|records_2|kept_key",
            "CUST001|1|2|3|A|1|a:1",
        ]
    );
    let source = CustomerId {
        name: "source".to_owned(),
        ..CustomerId::default()
    };
    let a = numbers("a", &[("x", &[Some(1)])], None);
    let resolved = resolve(vec![a], &Options::new(source)).expect("resolved");
    let members = resolved.members().expect("members");
    assert_eq!(
        lines(&resolved.schemas.members, &members)[0],
        "source|source_2|record_key|address|kept"
    );
}

#[test]
fn nothing_in_nothing_out() {
    for sources in [vec![], vec![numbers("a", &[("x", &[])], Some(0))]] {
        let resolved = resolve(sources, &options(vec![])).expect("resolved");
        assert!(
            resolved.customers().expect("rows").is_empty()
                && resolved.duplicates().expect("rows").is_empty()
        );
        assert!(resolved.links().expect("links").is_empty());
        assert!(resolved.members().expect("members").is_empty());
        assert_eq!((resolved.report.records, resolved.report.largest), (0, 0));
    }
}

#[test]
fn schemas_are_known_before_the_run() {
    let sources = vec![numbers("a", &[("x", &[Some(1), Some(1)])], None)];
    let options = options(vec![Rule::on("x", ["x"])]);
    let planned = schemas(&sources, &options).expect("planned");
    let resolved = resolve(sources, &options).expect("resolved");
    assert_eq!(planned, resolved.schemas);
    assert_eq!(
        &planned.customers,
        resolved.customers().expect("rows")[0].schema_ref()
    );
    assert_eq!(
        &planned.duplicates,
        resolved.duplicates().expect("rows")[0].schema_ref()
    );
    assert_eq!(
        &planned.links,
        resolved.links().expect("links")[0].schema_ref()
    );
}

#[test]
fn errors_name_what_does_not_fit() {
    let a = || numbers("a", &[("x", &[Some(1)])], None);
    let text = || text_source("b", "B", &["x"], &[vec![Some("1")]]);
    let binary = || {
        let schema = Schema::new(vec![Field::new("bytes", DataType::Binary, true)]);
        let bytes = BinaryArray::from_opt_vec(vec![Some(b"1")]);
        source_of("c", "C", schema, vec![Arc::new(bytes)], None, None)
    };
    let plain = || options(vec![]);
    let keep = |keep| Options {
        keep: vec![keep],
        ..plain()
    };
    let cases: Vec<(Vec<SourceRecords>, Options, ErrorKind, &str)> = vec![
        (
            vec![a(), text()],
            plain(),
            ErrorKind::Schema,
            "column `x` is Int64 in source `a` but Utf8View in source `b`",
        ),
        (
            vec![a()],
            options(vec![Rule::on("mail", ["email"])]),
            ErrorKind::Options,
            "match rule `mail` uses column `email`, which no source has",
        ),
        (
            vec![binary()],
            options(vec![Rule::on("b", ["bytes"])]),
            ErrorKind::Options,
            "match rule `b` uses column `bytes`, whose type Binary cannot be compared",
        ),
        (
            vec![a()],
            keep(Preference::Latest("date".to_owned())),
            ErrorKind::Options,
            "`keep` uses column `date`, which no source has",
        ),
        (
            vec![a()],
            keep(Preference::Priority(vec![0, 3])),
            ErrorKind::Options,
            "priority names source 3, which does not exist",
        ),
        (
            vec![a()],
            Options {
                survivorship: vec![("y".to_owned(), vec![])],
                ..plain()
            },
            ErrorKind::Options,
            "survivorship of `y` uses column `y`, which no source has",
        ),
        (
            vec![a()],
            Options::new(CustomerId {
                name: "x".to_owned(),
                ..CustomerId::default()
            }),
            ErrorKind::Options,
            "the records already have a column `x`, which is also the name of the customer id",
        ),
        (
            vec![a()],
            options(vec![Rule::on("none", [])]),
            ErrorKind::Options,
            "match rule `none` has no columns",
        ),
        (
            vec![a()],
            options((0..65).map(|_| Rule::on("x", ["x"])).collect()),
            ErrorKind::Options,
            "65 match rules, at most 64 are possible",
        ),
        (
            vec![SourceRecords {
                key: Some(4),
                ..a()
            }],
            plain(),
            ErrorKind::Schema,
            "the key column of source `a` has index 4, but there are 1 columns",
        ),
        (
            vec![SourceRecords {
                address: Some(0),
                ..a()
            }],
            plain(),
            ErrorKind::Schema,
            "the address column of source `a` is Int64, not UInt64",
        ),
        (
            vec![SourceRecords {
                batches: text().batches,
                ..a()
            }],
            plain(),
            ErrorKind::Schema,
            "batch 0 of source `a` does not have the columns of its schema",
        ),
    ];
    for (sources, options, kind, message) in cases {
        let error = resolve(sources, &options).err().expect(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn null_slots_of_views_may_hold_anything() {
    // A slice of a longer array: nulls and offsets do not start at zero.
    let long = StringViewArray::from(vec![
        Some("a text longer than twelve"),
        None,
        Some("b"),
        Some("b"),
    ]);
    let schema = Schema::new(vec![Field::new("v", DataType::Utf8View, true)]);
    let source = source_of(
        "s",
        "S",
        schema,
        vec![Arc::new(long.slice(1, 3))],
        None,
        None,
    );
    let resolved = resolve(vec![source], &options(vec![Rule::on("v", ["v"])])).expect("resolved");
    assert_eq!(resolved.clusters(), [0, 1, 1]);
}
