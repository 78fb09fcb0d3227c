//! Stored numbers and moments that are taken as they are, without their texts.

use super::files::Stored;
use super::types::{DAY, EPOCH, column};
use super::{read, yaml};

/// Numbers that are taken as they are come to the same as their texts.
#[test]
fn stored_numbers_and_their_texts_agree() {
    let cases = [
        (
            "integer, min: -5, max: 1000000000",
            "int32 v",
            Stored::Int32(vec![1, -7, 5, i32::MAX, 0]),
        ),
        (
            "integer, one_of: ['1', '-7']",
            "int64 v",
            Stored::Int64(vec![1, -7, i64::MIN, i64::MAX, 0]),
        ),
        (
            "integer",
            "int32 v (UINT_32)",
            Stored::Int32(vec![1, -7, 5, i32::MAX, 0]),
        ),
        (
            "float, min: 0",
            "double v",
            Stored::Double(vec![0.1, -7.5, 1e300, f64::INFINITY, -0.0]),
        ),
        (
            "float",
            "float v",
            Stored::Float(vec![0.1, -7.5, 1e30, f32::MIN_POSITIVE, f32::MAX]),
        ),
        (
            "'decimal(9,2)', max: 5",
            "int64 v (DECIMAL(18,2))",
            Stored::Int64(vec![1, -7, i64::MIN, 499, 500]),
        ),
        (
            "'decimal(9,1)'",
            "int64 v (DECIMAL(18,2))",
            Stored::Int64(vec![10, -7, i64::MIN, 500, 0]),
        ),
        (
            "boolean, one_of: ['true']",
            "boolean v",
            Stored::Boolean(vec![true, false, true]),
        ),
        (
            "date, min: 2000-01-01",
            "int32 v (DATE)",
            Stored::Int32(vec![0, 20_000, i32::MIN, 2_932_896, 2_932_897]),
        ),
        (
            "timestamp, max: 2000-01-01",
            "int64 v (TIMESTAMP(NANOS,true))",
            Stored::Int64(vec![0, -1, i64::MIN, i64::MAX, 999]),
        ),
        (
            "timestamp",
            "int64 v (TIMESTAMP(MILLIS,false))",
            Stored::Int64(vec![0, -1, -62_135_596_800_001, 253_402_300_800_000, 999]),
        ),
        (
            "timestamp",
            "int96 v",
            Stored::Int96(vec![(EPOCH, 999), (EPOCH, DAY), (0, 0)]),
        ),
        ("integer", "double v", Stored::Double(vec![1.0, 1e10, -3.0])),
    ];
    for (ty, of, values) in cases {
        let file = column(of, values.clone());
        let as_stored = read(&format!("{{v: {{type: {ty}}}}}"), &file);
        let source = yaml(&format!("{{v: {{type: {ty}}}}}")) + "nulls: [never]\n";
        let as_text = super::super::read_bytes(&source, &[("s.parquet", &file)]);
        assert_eq!(as_stored.rows, as_text.rows, "{ty} {of}");
        assert_eq!(as_stored.rejects, as_text.rejects, "{ty} {of}");
        assert!(!as_stored.rows.is_empty(), "{ty} {of}");
    }
}

/// A moment of no zone is one of the declared zone; formats are for text.
#[test]
fn moments_of_no_zone() {
    let local = column("int64 v (TIMESTAMP(MICROS,false))", Stored::Int64(vec![0]));
    let zoned = column("int64 v (TIMESTAMP(MICROS,true))", Stored::Int64(vec![0]));
    let read = |file: &[u8]| {
        let source = yaml("{v: timestamp}") + "timezone: Europe/Berlin\n";
        super::super::read_bytes(&source, &[("s.parquet", file)]).rows
    };
    assert_eq!(read(&local), ["1969-12-31T23:00:00Z"]);
    assert_eq!(read(&zoned), ["1970-01-01T00:00:00Z"]);
}

/// Words for "missing" are looked for in stored numbers, too, where they are declared.
#[test]
fn declared_nulls_are_those_of_numbers() {
    let file = column("int32 v", Stored::Int32(vec![1, -999]));
    let source = yaml("{v: integer}") + "nulls: ['-999']\n";
    let found = super::super::read_bytes(&source, &[("s.parquet", &file)]);
    assert_eq!(found.rows, ["1", "~"]);
}
