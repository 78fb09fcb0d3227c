//! Values that were no text before are not in their source's writing: its date formats and its decimal comma are not theirs.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    StructArray, TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Field};
use parquet::arrow::ArrowWriter;

use super::{read, read_bytes};

const FIELDS: &str = "\
path: '*'
decimal_comma: true
fields:
  n: {type: 'decimal(12,3)'}
  i: integer
  f: float
  day: {type: date, formats: '%d.%m.%Y'}
  at: {type: timestamp, formats: '%d.%m.%Y %H:%M'}
  since: {type: timestamp, formats: epoch_s}
";

/// `1.234` means a number of four digits only where it is text.
#[test]
fn typed_columns_of_parquet() {
    let batch = |columns: Vec<(&str, ArrayRef)>| {
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("rows");
        writer.close().expect("a file");
        bytes
    };
    let decimals = Decimal128Array::from(vec![1_234])
        .with_precision_and_scale(12, 3)
        .expect("decimals");
    let typed = batch(vec![
        ("n", Arc::new(decimals)),
        ("i", Arc::new(Int64Array::from(vec![1_234]))),
        ("f", Arc::new(Float64Array::from(vec![1.234]))),
        ("day", Arc::new(Date32Array::from(vec![19_727]))),
        (
            "at",
            Arc::new(TimestampMillisecondArray::from(vec![1_704_448_800_000])),
        ),
        ("since", Arc::new(Int64Array::from(vec![20_240_131]))),
    ]);
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let texts = batch(vec![
        ("n", text("1.234")),
        ("i", text("1.234")),
        ("f", text("1.234")),
        ("day", text("05.01.2024")),
        ("at", text("05.01.2024 10:00")),
        ("since", text("20240131")),
    ]);
    let csv = b"n;i;f;day;at;since\n1.234;1.234;1.234;05.01.2024;05.01.2024 10:00;20240131\n";
    let found = read_bytes(
        FIELDS,
        &[("1.parquet", &typed), ("2.parquet", &texts), ("3.csv", csv)],
    );
    let rest = "2024-01-05|2024-01-05T10:00:00Z|1970-08-23T06:15:31Z";
    assert_eq!(
        found.rows,
        [
            format!("1.234|1234|1.234|{rest}"),
            format!("1234.000|1234|1234.0|{rest}"),
            format!("1234.000|1234|1234.0|{rest}"),
        ]
    );
    assert_eq!(found.refused(), Vec::<String>::new());
}

#[test]
fn typed_fields_of_structs_in_parquet() {
    let inside: ArrayRef = Arc::new(Float64Array::from(vec![1.234]));
    let price = StructArray::from(vec![(
        Arc::new(Field::new("net", DataType::Float64, true)),
        inside,
    )]);
    let batch = RecordBatch::try_from_iter(vec![("price", Arc::new(price) as ArrayRef)]);
    let batch = batch.expect("a batch");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a file");
    let yaml = "path: '*'\nfields: {n: {from: price.net, type: float, decimal_comma: true}}";
    let found = read_bytes(yaml, &[("1.parquet", &bytes)]);
    assert_eq!(found.rows, ["1.234"]);
}

/// Record by record, also where versions divide a chunk.
#[test]
fn numbers_of_json() {
    let yaml = "\
path: '*'
fields:
  n: {type: 'decimal(12,3)', decimal_comma: true}
  day: {type: date, formats: epoch_s}
versions:
  - {name: v2, when: {fields: m}, fields: {n: {from: m}}}
";
    let json = "{\"n\":1.234,\"day\":20240131}\n{\"m\":\"1.234\",\"day\":\"20240131\"}\n{\"n\":\"1.234\"}\n{\"m\":1.234}\n{\"n\": \"\\u0031.234\"}\n{\"m\":1.5}\n{\"n\":\"1.5\"}\n";
    let found = read(yaml, &[("1.json", json)]);
    assert_eq!(
        found.rows,
        [
            "1.234|1970-08-23",
            "1234.000|1970-08-23",
            "1234.000|~",
            "1.234|~",
            "1234.000|~",
            "1.500|~"
        ]
    );
    assert_eq!(found.refused(), ["1.json:7 ambiguous_number n=1.5"]);
}

/// A file may have quotes around its numbers; they are text.
#[test]
fn quoted_fields_of_delimited_text() {
    let yaml = "path: '*'\nfields: {n: {type: 'decimal(12,3)', decimal_comma: true}, m: text}";
    let found = read(
        yaml,
        &[("1.csv", "n,m\n\"1.234\",x\n1.234,{\n\"1,234\",\"\"\n")],
    );
    assert_eq!(found.rows, ["1234.000|x", "1234.000|{", "1.234|~"]);
}

/// What the pipeline says is written as its author writes: bounds, defaults and constants.
#[test]
fn values_of_the_pipeline() {
    let yaml = "\
path: '*'
decimal_comma: true
fields:
  n: {type: 'decimal(12,3)', default: 1.234, min: 1.2, max: 1000.5, one_of: [1.234, 1.3, 1000.6]}
  day: {type: date, formats: '%Y-%d-%m', default: 2024-01-05, min: 2024-01-05, max: 2024-05-01}
  c: {value: 1.234, type: float}
  d: {value: 2024-01-05, type: date, formats: '%Y-%d-%m'}
";
    let csv = "n;day\n;\n1,3;2024-01-05\n1,1;2024-01-05\n1000,6;2024-01-05\n1,4;2024-01-05\n1,3;2024-04-01\n1,3;2024-02-05\n";
    let found = read(yaml, &[("1.csv", csv)]);
    assert_eq!(
        found.rows,
        [
            "1.234|2024-01-05|1.234|2024-01-05",
            "1.300|2024-05-01|1.234|2024-01-05"
        ]
    );
    assert_eq!(
        found.refused(),
        [
            "1.csv:3 below_minimum n=1,1",
            "1.csv:4 above_maximum n=1000,6",
            "1.csv:5 not_allowed n=1,4",
            "1.csv:6 below_minimum day=2024-04-01",
            "1.csv:7 above_maximum day=2024-02-05",
        ]
    );
}
