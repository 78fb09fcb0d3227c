//! Many rows, and several files of one source.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray, UInt64Array,
};

use super::files::{Stored, of_arrow, plain, raw};
use super::{read, yaml};

/// Rejects name records rightly, whichever row group and batch these stand in.
#[test]
fn rejects_are_numbered_through_the_file() {
    const ROWS: usize = 70_000;
    let text = |n: usize| match n % 9_999 {
        0 => "x".to_owned(),
        _ => n.to_string(),
    };
    let texts: StringArray = (0..ROWS).map(|n| Some(text(n))).collect();
    let file = of_arrow(vec![("v", Arc::new(texts) as ArrayRef)], 7_001);
    let found = read("{v: integer}", &file);
    let numbers: Vec<u64> = found.rejects.iter().map(|r| r.record).collect();
    let expected: Vec<u64> = (0..ROWS as u64).step_by(9_999).map(|n| n + 1).collect();
    assert_eq!(numbers, expected);
    assert!(
        found
            .rejects
            .iter()
            .all(|r| r.line == r.record && r.byte_offset == 0)
    );
    assert_eq!(found.summary.read, ROWS as u64);
    assert_eq!(found.rows.len() + found.rejects.len(), ROWS);
    // Stored numbers that are refused, and bytes without a text.
    let numbers: Int64Array = (0..ROWS as i64).map(|n| Some(n - 69_000)).collect();
    let file = of_arrow(vec![("v", Arc::new(numbers) as ArrayRef)], 10_000);
    let found = read("{v: {type: integer, max: 997}}", &file);
    let numbers: Vec<u64> = found.rejects.iter().map(|r| r.record).collect();
    assert_eq!(numbers, [69_999, 70_000]);
    let group = |from: usize| {
        let values = (from..from + 20_000).map(|n| match n {
            30_000 => vec![0xff],
            _ => vec![b'a'],
        });
        vec![Stored::Bytes(values.collect()).into()]
    };
    let file = raw(
        "message m { required binary v (UTF8); }",
        plain(),
        &[group(0), group(20_000)],
    );
    let found = read("", &file);
    assert_eq!(
        found.refused(),
        ["s.parquet:30001 invalid_encoding v=\\xff"]
    );
    assert_eq!(found.rows.len(), 39_999);
}

/// Many row groups of a row each are many rows.
#[test]
fn row_groups_of_one_row() {
    let numbers: Int64Array = (0..2_000).map(Some).collect();
    let file = of_arrow(vec![("v", Arc::new(numbers) as ArrayRef)], 1);
    let found = read("", &file);
    assert_eq!(
        found.rows,
        (0..2_000).map(|n: i64| n.to_string()).collect::<Vec<_>>()
    );
}

fn all(files: &[(&str, &[u8])]) -> Vec<String> {
    super::super::read_bytes(&yaml(""), files).rows
}

fn column<A: arrow::array::Array + 'static>(name: &str, array: A) -> (&str, ArrayRef) {
    (name, Arc::new(array))
}

/// Undeclared columns of several files have the type that holds the values of all, by their names.
#[test]
fn files_of_one_source_may_differ() {
    let narrow = of_arrow(
        vec![
            column("a", Int32Array::from(vec![1])),
            column("b", StringArray::from(vec!["x"])),
        ],
        10,
    );
    let wide = of_arrow(
        vec![
            column("b", StringArray::from(vec!["y"])),
            column("c", Float64Array::from(vec![0.5])),
            column("a", Int64Array::from(vec![i64::MAX])),
        ],
        10,
    );
    let rows = all(&[("1.parquet", &narrow), ("2.parquet", &wide)]);
    assert_eq!(rows, ["1|x|~", "9223372036854775807|y|0.5"]);
    let source = super::super::source(&yaml(""));
    let folder = super::super::folder(&[("1.parquet", &narrow), ("2.parquet", &wide)]);
    let options = onefold_read::Options {
        threads: 1,
        needed: None,
        stdin: None,
    };
    let scan = onefold_read::Scan::open(
        &source,
        folder.path(),
        Arc::new(onefold_read::NoExpressions),
        &options,
    )
    .expect("a source");
    let types: Vec<String> = scan
        .schema()
        .fields()
        .iter()
        .map(|f| f.data_type().to_string())
        .collect();
    assert_eq!(types, ["Int64", "Utf8View", "Float64", "UInt64"]);

    let big = 9_007_199_254_740_993_i64;
    let decimal = |value: i128, p, s| {
        Decimal128Array::from(vec![value])
            .with_precision_and_scale(p, s)
            .expect("a decimal")
    };
    for (first, second, rows) in [
        // What floating point does not hold exactly stays text.
        (
            column("v", Int64Array::from(vec![big])),
            column("v", Float64Array::from(vec![1.5])),
            ["9007199254740993", "1.5"],
        ),
        (
            column("v", Int32Array::from(vec![1])),
            column("v", Float64Array::from(vec![1.5])),
            ["1.0", "1.5"],
        ),
        (
            column("v", Int64Array::from(vec![big])),
            column("v", decimal(150, 5, 2)),
            ["9007199254740993.00", "1.50"],
        ),
        (
            column("v", decimal(15, 3, 1)),
            column("v", decimal(1, 5, 4)),
            ["1.5000", "0.0001"],
        ),
        (
            column("v", decimal(15, 38, 1)),
            column("v", decimal(1, 5, 4)),
            ["1.5", "0.0001"],
        ),
        (
            column("v", UInt64Array::from(vec![u64::MAX])),
            column("v", Int64Array::from(vec![-1])),
            ["18446744073709551615", "-1"],
        ),
        (
            column("v", StringArray::from(vec!["x"])),
            column("v", Int64Array::from(vec![1])),
            ["x", "1"],
        ),
        (
            column("v", arrow::array::NullArray::new(1)),
            column("v", Int64Array::from(vec![1])),
            ["~", "1"],
        ),
    ] {
        let files = [first, second].map(|column| of_arrow(vec![column], 10));
        assert_eq!(
            all(&[("1.parquet", &files[0]), ("2.parquet", &files[1])]),
            rows
        );
        assert_eq!(
            all(&[("1.parquet", &files[1]), ("2.parquet", &files[0])]),
            [rows[1], rows[0]]
        );
    }
}
