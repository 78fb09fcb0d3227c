//! What single values become.

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterVersion;

use super::files::{Leaf, Stored, changed, compressed, plain, raw};
use super::read;

/// A file of one column `v`.
pub(super) fn column(of: &str, values: Stored) -> Vec<u8> {
    raw(
        &format!("message m {{ required {of}; }}"),
        plain(),
        &[vec![values.into()]],
    )
}

/// 1970-01-01 and a day in the terms of INT96.
pub(super) const EPOCH: i32 = 2_440_588;
pub(super) const DAY: i64 = 86_400_000_000_000;

fn int96() -> Vec<u8> {
    let day_9999 = 2_932_896 + EPOCH;
    let day_1 = -719_162 + EPOCH;
    column(
        "int96 v",
        Stored::Int96(vec![
            (EPOCH, 0),
            (day_9999, DAY - 1),
            (day_1, 0),
            (day_9999 + 1, 0),
            (day_1 - 1, 0),
            (EPOCH, DAY),
            (EPOCH, -1),
            (i32::MAX, i64::MAX),
            (i32::MIN, i64::MIN),
            (EPOCH + 1, 1_500_000),
        ]),
    )
}

/// The library wraps such times around: 9999-12-31 would be in 1816.
#[test]
fn times_of_96_bits_never_wrap() {
    let rows = [
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00Z",
        "1970-01-02T00:00:00.001500Z",
    ];
    for fields in ["", "{v: timestamp}"] {
        let found = read(fields, &int96());
        assert_eq!(found.rows, rows, "{fields}");
        assert_eq!(
            found.refused(),
            [
                "s.parquet:4 invalid_timestamp v=+010000-01-01T00:00:00",
                "s.parquet:5 invalid_timestamp v=0000-12-31T00:00:00",
                "s.parquet:6 value_out_of_range v=Julian day 2440588, 86400000000000 ns",
                "s.parquet:7 value_out_of_range v=Julian day 2440588, -1 ns",
                "s.parquet:8 value_out_of_range v=Julian day 2147483647, 9223372036854775807 ns",
                "s.parquet:9 value_out_of_range v=Julian day -2147483648, -9223372036854775808 ns",
            ]
        );
    }
    let found = read("{v: text}", &int96());
    assert_eq!(found.rows[1], "9999-12-31T23:59:59.999999999");
    assert_eq!(found.rows[3], "+010000-01-01T00:00:00");
    assert_eq!(found.refused().len(), 4);
    let found = read(
        "{v: {type: timestamp, on_invalid: 'null', default: '2000-01-01'}}",
        &int96(),
    );
    assert_eq!(found.rows.len(), 10);
    assert_eq!((&*found.rows[5], &*found.rows[3]), ("~", "~"));
    assert_eq!(found.summary.nulled, [("v".to_owned(), 6)]);
}

/// What every physical and annotated type becomes, undeclared.
#[test]
fn each_type_has_its_text() {
    let interval = [14_u32, 3, 4_567].map(u32::to_le_bytes).concat();
    let uuid = (0..16).collect::<Vec<u8>>();
    let big = {
        let mut bytes = vec![0xff; 17];
        bytes[16] = 0x85;
        bytes
    };
    for (of, values, rows) in [
        (
            "boolean v",
            Stored::Boolean(vec![true, false]),
            vec!["true", "false"],
        ),
        (
            "int32 v (INTEGER(8,false))",
            Stored::Int32(vec![255]),
            vec!["255"],
        ),
        (
            "int32 v (UINT_32)",
            Stored::Int32(vec![-1]),
            vec!["4294967295"],
        ),
        (
            "int64 v (UINT_64)",
            Stored::Int64(vec![-1, 7]),
            vec!["18446744073709551615", "7"],
        ),
        (
            "int32 v (DATE)",
            Stored::Int32(vec![-719_162, 2_932_896]),
            vec!["0001-01-01", "9999-12-31"],
        ),
        (
            "int32 v (TIME_MILLIS)",
            Stored::Int32(vec![0, 86_399_001, 86_400_000]),
            vec!["00:00:00", "23:59:59.001000", "24:00:00"],
        ),
        (
            "int64 v (TIME(MICROS,true))",
            Stored::Int64(vec![1, 3_600_000_000]),
            vec!["00:00:00.000001", "01:00:00"],
        ),
        (
            "int64 v (TIME(NANOS,false))",
            Stored::Int64(vec![1]),
            vec!["00:00:00.000000001"],
        ),
        (
            "int64 v (TIMESTAMP(MILLIS,true))",
            Stored::Int64(vec![-1]),
            vec!["1969-12-31T23:59:59.999Z"],
        ),
        (
            "int64 v (TIMESTAMP(MICROS,false))",
            Stored::Int64(vec![1]),
            vec!["1970-01-01T00:00:00.000001Z"],
        ),
        (
            "int64 v (TIMESTAMP(NANOS,true))",
            Stored::Int64(vec![-1, i64::MAX]),
            vec!["1969-12-31T23:59:59.999999Z", "2262-04-11T23:47:16.854775Z"],
        ),
        (
            "float v",
            Stored::Float(vec![0.1, f32::NAN]),
            vec!["0.1", "~"],
        ),
        (
            "double v",
            Stored::Double(vec![0.1, f64::NAN]),
            vec!["0.1", "~"],
        ),
        (
            "fixed_len_byte_array(2) v (FLOAT16)",
            Stored::Fixed(vec![vec![0, 0x3e]]),
            vec!["1.5"],
        ),
        (
            "int32 v (DECIMAL(5,2))",
            Stored::Int32(vec![-5, 99_999]),
            vec!["-0.05", "999.99"],
        ),
        (
            "int64 v (DECIMAL(18,18))",
            Stored::Int64(vec![1]),
            vec!["0.000000000000000001"],
        ),
        (
            "binary v (DECIMAL(20,1))",
            Stored::Bytes(vec![vec![0xff], vec![0, 0x80], Vec::new()]),
            vec!["-0.1", "12.8", "0.0"],
        ),
        (
            "binary v (DECIMAL(50,1))",
            Stored::Bytes(vec![big]),
            vec!["-12.3"],
        ),
        (
            "fixed_len_byte_array(3) v (DECIMAL(6,0))",
            Stored::Fixed(vec![vec![0xff, 0xff, 0xfe]]),
            vec!["-2"],
        ),
        (
            "fixed_len_byte_array(12) v (INTERVAL)",
            Stored::Fixed(vec![interval]),
            vec!["P14M3DT4.567S"],
        ),
        (
            "fixed_len_byte_array(16) v (UUID)",
            Stored::Fixed(vec![uuid.clone()]),
            vec!["00010203-0405-0607-0809-0a0b0c0d0e0f"],
        ),
        (
            "fixed_len_byte_array(3) v",
            Stored::Fixed(vec![b"ab\xff".to_vec()]),
            vec!["6162ff"],
        ),
        (
            "binary v (UTF8)",
            Stored::texts(&["a", "\\x"]),
            vec!["a", "\\x"],
        ),
        ("binary v (ENUM)", Stored::texts(&["RED"]), vec!["RED"]),
        (
            "binary v (JSON)",
            Stored::texts(&["{\"a\": 1}"]),
            vec!["{\"a\": 1}"],
        ),
        ("binary v (BSON)", Stored::texts(&["ab"]), vec!["6162"]),
        (
            "binary v",
            Stored::Bytes(vec![
                b"ab".to_vec(),
                b"\xff\x00".to_vec(),
                b"\\xff".to_vec(),
            ]),
            vec!["ab", "\\xff00", "\\x5c786666"],
        ),
    ] {
        let found = read("", &column(of, values));
        assert_eq!(found.rows, rows, "{of}");
        assert_eq!(found.rejects, [], "{of}");
    }
    let file = column("fixed_len_byte_array(16) v", Stored::Fixed(vec![uuid]));
    assert_eq!(
        read("{v: uuid}", &file).rows,
        ["00010203-0405-0607-0809-0a0b0c0d0e0f"]
    );
}

/// A value that its type, or the field's, cannot hold costs its record, not its neighbours.
#[test]
fn a_value_out_of_range_is_a_reject() {
    let rejects = |fields: &str, of: &str, values: Stored| {
        let found = read(fields, &column(of, values));
        let refused = found.refused().into_iter();
        let refused = refused.map(|text| text.trim_start_matches("s.parquet:").to_owned());
        (found.rows, refused.collect::<Vec<_>>())
    };
    let check = |fields: &str, of: &str, values: Stored, rows: &[&str], refused: &[&str]| {
        assert_eq!(
            rejects(fields, of, values),
            (
                rows.iter().map(|s| s.to_string()).collect(),
                refused.iter().map(|s| s.to_string()).collect()
            ),
            "{fields} {of}"
        );
    };
    let moments = Stored::Int64(vec![0, i64::MAX, i64::MIN, 253_402_300_800_000]);
    check(
        "",
        "int64 v (TIMESTAMP(MILLIS,true))",
        moments,
        &["1970-01-01T00:00:00Z"],
        &[
            "2 invalid_timestamp v=9223372036854775807 ms since 1970",
            "3 invalid_timestamp v=-9223372036854775808 ms since 1970",
            "4 invalid_timestamp v=+010000-01-01T00:00:00Z",
        ],
    );
    check(
        "{v: date}",
        "int32 v (DATE)",
        Stored::Int32(vec![i32::MAX, 1, i32::MIN]),
        &["1970-01-02"],
        &[
            "1 invalid_date v=+5881580-07-11",
            "3 invalid_date v=-5877641-06-23",
        ],
    );
    check(
        "",
        "int64 v (TIME_MICROS)",
        Stored::Int64(vec![90_000_000_000, 5, -1, 86_400_000_001]),
        &["00:00:00.000005"],
        &[
            "1 value_out_of_range v=90000000000 us",
            "3 value_out_of_range v=-1 us",
            "4 value_out_of_range v=86400000001 us",
        ],
    );
    check(
        "{v: integer}",
        "int64 v (UINT_64)",
        Stored::Int64(vec![i64::MAX, i64::MIN, -1]),
        &["9223372036854775807"],
        &[
            "2 integer_out_of_range v=9223372036854775808",
            "3 integer_out_of_range v=18446744073709551615",
        ],
    );
    check(
        "{v: 'decimal(38,0)'}",
        "fixed_len_byte_array(17) v (DECIMAL(40,0))",
        Stored::Fixed(vec![vec![0x7f; 17], [vec![0; 16], vec![9]].concat()]),
        &["9"],
        &["1 decimal_out_of_range v=43385334562092358133808765634594698395519"],
    );
    // More digits than the file declares.
    check(
        "",
        "int32 v (DECIMAL(5,2))",
        Stored::Int32(vec![100_000, 99_999]),
        &["999.99"],
        &["1 decimal_out_of_range v=1000.00"],
    );
    check(
        "",
        "double v",
        Stored::Double(vec![f64::INFINITY, 1.0]),
        &["1.0"],
        &["1 invalid_float v=Infinity"],
    );
}

/// Bytes that are not text are refused where text is asked for, and shown.
#[test]
fn bytes_that_are_not_text() {
    let values = || Stored::Bytes(vec![b"a".to_vec(), b"\xffA".to_vec(), b"b".to_vec()]);
    let refused = ["s.parquet:2 invalid_encoding v=\\xff41"];
    for of in [
        "binary v",
        "binary v (UTF8)",
        "binary v (ENUM)",
        "binary v (JSON)",
    ] {
        for fields in ["{v: text}", "{v: person_name}"] {
            let found = read(fields, &column(of, values()));
            assert_eq!(found.rows.len(), 2, "{of} {fields}");
            assert_eq!(found.refused(), refused, "{of} {fields}");
            assert_eq!(found.rejects[0].fields, [Some("\\xff41".to_owned())]);
        }
    }
    // Undeclared bytes have a text of their own; what says of itself that it is text has none.
    assert_eq!(
        read("", &column("binary v", values())).rows,
        ["a", "\\xff41", "b"]
    );
    let found = read("", &column("binary v (UTF8)", values()));
    assert_eq!(
        (found.rows.len(), &found.refused()[..]),
        (2, &refused.map(String::from)[..])
    );
    let found = read(
        "{v: {type: text, on_invalid: 'null', default: x}}",
        &column("binary v", values()),
    );
    assert_eq!(found.rows, ["a", "~", "b"]);
    let found = read(
        "{v: {type: text, required: true}, w: {from: v}}",
        &column("binary v", values()),
    );
    assert_eq!(found.rejects[0].errors.len(), 2);
}

/// Every compression that a file may have, and both kinds of pages.
#[test]
fn each_compression_is_read() {
    let texts: Vec<String> = (0..3_000).map(|n| format!("text {}", n % 700)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let leaf: Leaf = Stored::texts(&texts).into();
            let file = raw(
                "message m { required binary v (UTF8); }",
                compressed(codec, version),
                &[vec![leaf]],
            );
            let found = read("", &file);
            assert!(found.rows == texts, "{codec} {version:?}");
        }
    }
}

/// A column that is annotated as nothing but missing, and an annotation that does not fit its values.
#[test]
fn odd_annotations() {
    let file = raw(
        "message m { optional int32 v (UNKNOWN); required int32 w; }",
        plain(),
        &[vec![
            Stored::Int32(Vec::new()).levels(&[0, 0], &[]),
            Stored::Int32(vec![1, 2]).into(),
        ]],
    );
    assert_eq!(read("", &file).rows, ["~|1", "~|2"]);
    assert_eq!(read("{w: integer}", &file).rows, ["1", "2"]);
    let file = changed(
        &column("int32 v", Stored::Int32(vec![0x1234_5678])),
        &0x1234_5678_i32.to_le_bytes(),
        &7_i32.to_le_bytes(),
    );
    assert_eq!(read("", &file).rows, ["7"]);
}
