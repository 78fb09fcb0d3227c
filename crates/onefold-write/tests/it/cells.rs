//! Every type in every text format, byte for byte.

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::*;
use onefold_write::{Format, RowEncoder, write_table};

pub(crate) fn csv(null: &str) -> Format {
    csv_of(b',', null)
}

pub(crate) fn csv_of(delimiter: u8, null: &str) -> Format {
    Format::Csv {
        delimiter,
        null: null.to_owned(),
        header: true,
        bom: false,
        spreadsheet_safe: false,
    }
}

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .expect("columns of one length")
}

pub(crate) fn text(format: &Format, batches: &[RecordBatch]) -> String {
    let schema = batches[0].schema();
    let (bytes, _) =
        write_table(&schema, format, batches.iter().cloned(), Vec::new()).expect("writes");
    String::from_utf8(bytes).expect("UTF-8")
}

/// The values of one column as CSV cells and JSON values.
pub(crate) fn cells(array: ArrayRef) -> (Vec<String>, Vec<String>) {
    let rows = array.len();
    let batch = batch(vec![("a", array), ("b", Arc::new(NullArray::new(rows)))]);
    let csv = text(&csv("NULL"), std::slice::from_ref(&batch));
    let csv = csv.lines().skip(1).map(|line| {
        let cell = line.strip_suffix(",NULL").expect("two cells");
        cell.to_owned()
    });
    let json = text(&Format::JsonLines, std::slice::from_ref(&batch));
    let json = json.lines().map(|line| {
        let value = line
            .strip_prefix("{\"a\":")
            .and_then(|l| l.strip_suffix(",\"b\":null}"));
        value.expect("two values").to_owned()
    });
    (csv.collect(), json.collect())
}

fn check(array: impl Array + 'static, expected_csv: &[&str], expected_json: &[&str]) {
    let name = array.data_type().to_string();
    let (csv, json) = cells(Arc::new(array));
    assert_eq!(csv, expected_csv, "CSV of {name}");
    assert_eq!(json, expected_json, "JSON of {name}");
}

#[test]
fn numbers() {
    macro_rules! integers {
        ($($array:ty, $type:ty);*) => {$({
            let (min, max) = (<$type>::MIN.to_string(), <$type>::MAX.to_string());
            check(
                <$array>::from(vec![Some(<$type>::MIN), Some(<$type>::MAX), None, Some(7)]),
                &[&min, &max, "NULL", "7"],
                &[&min, &max, "null", "7"],
            );
        })*};
    }
    integers!(Int8Array, i8; Int16Array, i16; Int32Array, i32; Int64Array, i64;
        UInt8Array, u8; UInt16Array, u16; UInt32Array, u32; UInt64Array, u64);
    check(
        Float64Array::from(vec![
            Some(1.0),
            Some(-0.0),
            Some(0.1),
            Some(1e16),
            Some(-1.5e300),
            Some(5e-324),
            Some(f64::NAN),
            Some(f64::INFINITY),
            Some(f64::NEG_INFINITY),
            None,
        ]),
        &[
            "1.0",
            "-0.0",
            "0.1",
            "1e+16",
            "-1.5e+300",
            "5e-324",
            "NaN",
            "inf",
            "-inf",
            "NULL",
        ],
        &[
            "1.0",
            "-0.0",
            "0.1",
            "1e+16",
            "-1.5e+300",
            "5e-324",
            "null",
            "null",
            "null",
            "null",
        ],
    );
    check(
        Float32Array::from(vec![0.1, 16_777_216.0, f32::NAN]),
        &["0.1", "16777216.0", "NaN"],
        &["0.1", "16777216.0", "null"],
    );
    let money = Decimal128Array::from(vec![Some(1_050), Some(-5), None, Some(0)]);
    check(
        money.with_precision_and_scale(12, 2).expect("precision"),
        &["10.50", "-0.05", "NULL", "0.00"],
        &["10.50", "-0.05", "null", "0.00"],
    );
    let wide = Decimal256Array::from(vec![i256::from_i128(i128::MAX)]);
    check(
        wide.with_precision_and_scale(50, 3).expect("precision"),
        &["170141183460469231731687303715884105.727"],
        &["170141183460469231731687303715884105.727"],
    );
    check(
        BooleanArray::from(vec![Some(true), None, Some(false)]),
        &["true", "NULL", "false"],
        &["true", "null", "false"],
    );
}

#[test]
fn times_and_bytes() {
    check(
        Date32Array::from(vec![Some(19_372), None]),
        &["2023-01-15", "NULL"],
        &["\"2023-01-15\"", "null"],
    );
    check(
        Date64Array::from(vec![0]),
        &["1970-01-01"],
        &["\"1970-01-01\""],
    );
    let moments = vec![
        Some(1_720_605_600_000_000),
        Some(1_720_605_600_250_000),
        None,
    ];
    check(
        TimestampMicrosecondArray::from(moments.clone()).with_timezone("Europe/Berlin"),
        &["2024-07-10T10:00:00Z", "2024-07-10T10:00:00.250Z", "NULL"],
        &[
            "\"2024-07-10T10:00:00Z\"",
            "\"2024-07-10T10:00:00.250Z\"",
            "null",
        ],
    );
    check(
        TimestampMicrosecondArray::from(moments),
        &["2024-07-10T10:00:00", "2024-07-10T10:00:00.250", "NULL"],
        &[
            "\"2024-07-10T10:00:00\"",
            "\"2024-07-10T10:00:00.250\"",
            "null",
        ],
    );
    check(
        TimestampSecondArray::from(vec![0]).with_timezone_utc(),
        &["1970-01-01T00:00:00Z"],
        &["\"1970-01-01T00:00:00Z\""],
    );
    check(
        TimestampNanosecondArray::from(vec![-1]),
        &["1969-12-31T23:59:59.999999999"],
        &["\"1969-12-31T23:59:59.999999999\""],
    );
    check(
        Time32SecondArray::from(vec![61]),
        &["00:01:01"],
        &["\"00:01:01\""],
    );
    check(
        Time64MicrosecondArray::from(vec![1]),
        &["00:00:00.000001"],
        &["\"00:00:00.000001\""],
    );
    check(
        DurationSecondArray::from(vec![5_400]),
        &["PT1H30M"],
        &["\"PT1H30M\""],
    );
    check(
        IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, 2, 3_000_000_000)]),
        &["P1M2DT3S"],
        &["\"P1M2DT3S\""],
    );
    check(
        BinaryArray::from(vec![Some(b"\x00\xffA".as_slice()), Some(b""), None]),
        &["00ff41", "", "NULL"],
        &["\"00ff41\"", "\"\"", "null"],
    );
    check(
        BinaryViewArray::from(vec![b"hi".as_slice()]),
        &["6869"],
        &["\"6869\""],
    );
}

/// Texts that each need a decision: (text, CSV cell with null text `NULL`, JSON string).
const TEXTS: [(&str, &str, &str); 25] = [
    ("", "", r#""""#),
    ("NULL", "\"NULL\"", r#""NULL""#),
    ("NULLS", "NULLS", r#""NULLS""#),
    ("plain", "plain", r#""plain""#),
    (" outer ", " outer ", r#"" outer ""#),
    ("twelve bytes", "twelve bytes", r#""twelve bytes""#),
    ("thirteen byte", "thirteen byte", r#""thirteen byte""#),
    ("a,b", "\"a,b\"", r#""a,b""#),
    ("say \"hi\"", "\"say \"\"hi\"\"\"", r#""say \"hi\"""#),
    ("\"", "\"\"\"\"", r#""\"""#),
    ("line\rend", "\"line\rend\"", r#""line\rend""#),
    ("tab\t", "tab\t", r#""tab\t""#),
    ("back\\slash", "back\\slash", r#""back\\slash""#),
    (
        "nul\0bell\u{7}",
        "nul\0bell\u{7}",
        r#""nul\u0000bell\u0007""#,
    ),
    ("\u{8}\u{c}\u{1f}", "\u{8}\u{c}\u{1f}", r#""\b\f\u001f""#),
    (
        "\u{7f}é\u{2028}😀",
        "\u{7f}é\u{2028}😀",
        "\"\u{7f}é\u{2028}😀\"",
    ),
    ("=cmd()", "=cmd()", r#""=cmd()""#),
    (
        "long enough to lie outside of its view",
        "long enough to lie outside of its view",
        r#""long enough to lie outside of its view""#,
    ),
    (
        "long enough to lie outside of its view,",
        "\"long enough to lie outside of its view,\"",
        r#""long enough to lie outside of its view,""#,
    ),
    (
        "\"long enough to lie outside of its view",
        "\"\"\"long enough to lie outside of its view\"",
        r#""\"long enough to lie outside of its view""#,
    ),
    ("null", "null", r#""null""#),
    ("\u{1f}", "\u{1f}", r#""\u001f""#),
    (
        "a unit separator at the end\u{1f}",
        "a unit separator at the end\u{1f}",
        r#""a unit separator at the end\u001f""#,
    ),
    ("\u{20}", "\u{20}", "\"\u{20}\""),
    ("/", "/", r#""/""#),
];

#[test]
fn texts_in_every_layout() {
    let texts = || TEXTS.iter().map(|(text, _, _)| Some(*text)).chain([None]);
    let mut csv: Vec<_> = TEXTS.iter().map(|(_, csv, _)| *csv).collect();
    let mut json: Vec<_> = TEXTS.iter().map(|(_, _, json)| *json).collect();
    csv.push("NULL");
    json.push("null");
    check(texts().collect::<StringViewArray>(), &csv, &json);
    check(texts().collect::<StringArray>(), &csv, &json);
    check(texts().collect::<LargeStringArray>(), &csv, &json);
    check(texts().collect::<DictionaryArray<Int8Type>>(), &csv, &json);
    // A slice starts in the middle of its buffers.
    let sliced = texts().collect::<StringArray>().slice(5, 10);
    check(sliced, &csv[5..15], &json[5..15]);
    let sliced = texts().collect::<StringViewArray>().slice(5, 10);
    check(sliced, &csv[5..15], &json[5..15]);
}

#[test]
fn dictionaries_without_values_or_with_missing_ones() {
    let keys = Int8Array::from(vec![None, None]);
    let empty = DictionaryArray::new(keys, Arc::new(StringArray::from(Vec::<&str>::new())));
    check(empty, &["NULL", "NULL"], &["null", "null"]);
    let keys = Int8Array::from(vec![Some(0), Some(1), None]);
    let missing = DictionaryArray::new(keys, Arc::new(StringArray::from(vec![None, Some("x")])));
    check(missing, &["NULL", "x", "NULL"], &["null", "\"x\"", "null"]);
}

pub(crate) fn lists() -> ListArray {
    ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
        Some(vec![Some(1), None, Some(3)]),
        Some(vec![]),
        None,
    ])
}

pub(crate) fn structs() -> StructArray {
    let names: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a\"b"), None, Some("c")]));
    let fields = Fields::from(vec![
        Field::new("name", DataType::Utf8View, true),
        Field::new("tags", lists().data_type().clone(), true),
    ]);
    let nulls = vec![true, true, false].into();
    StructArray::new(fields, vec![names, Arc::new(lists())], Some(nulls))
}

pub(crate) fn maps() -> MapArray {
    let entries = StructArray::from(vec![
        (
            Arc::new(Field::new("keys", DataType::Int32, false)),
            Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("values", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec![Some("x"), None])) as ArrayRef,
        ),
    ]);
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 2, 2]));
    MapArray::new(field, offsets, entries, None, false)
}

#[test]
fn nested_values() {
    check(
        lists(),
        &["\"[1,null,3]\"", "[]", "NULL"],
        &["[1,null,3]", "[]", "null"],
    );
    check(
        structs(),
        &[
            r#""{""name"":""a\""b"",""tags"":[1,null,3]}""#,
            r#""{""name"":null,""tags"":[]}""#,
            "NULL",
        ],
        &[
            r#"{"name":"a\"b","tags":[1,null,3]}"#,
            r#"{"name":null,"tags":[]}"#,
            "null",
        ],
    );
    check(
        maps(),
        &[r#""{""1"":""x"",""2"":null}""#, "{}"],
        &[r#"{"1":"x","2":null}"#, "{}"],
    );
}

/// A text column, a dictionary and a number, as a file for spreadsheets; cells that are guarded.
fn guarded(null: &str, texts: &[Option<&str>]) -> (String, u64) {
    let format = Format::Csv {
        delimiter: b',',
        null: null.to_owned(),
        header: true,
        bom: false,
        spreadsheet_safe: true,
    };
    let numbers: Int64Array = texts.iter().map(|_| Some(-5)).collect();
    let table = batch(vec![
        (
            "=a",
            Arc::new(StringViewArray::from_iter(texts.iter().copied())) as ArrayRef,
        ),
        (
            "b",
            Arc::new(
                texts
                    .iter()
                    .copied()
                    .collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
        ("-5", Arc::new(numbers)),
    ]);
    let encoder = RowEncoder::new(&table.schema(), &format).expect("an encoder");
    let mut out = Vec::new();
    let names = encoder.begin(&mut out);
    let cells = encoder.rows(&table, 0, &mut out).expect("rows");
    (String::from_utf8(out).expect("UTF-8"), names + cells)
}

#[test]
fn texts_for_spreadsheets() {
    let (text, cells) = guarded(
        "",
        &[Some("=1+1"), None, Some("'a"), Some("-5"), Some("@a,b")],
    );
    let expected = "'=a,b,-5\n'=1+1,'=1+1,-5\n,,-5\n''a,''a,-5\n-5,-5,-5\n\"'@a,b\",\"'@a,b\",-5\n";
    assert_eq!(text, expected);
    assert_eq!(cells, 1 + 2 * 3);
    // The text with its guard may look like a missing value, and is told from it as any text is.
    let (text, _) = guarded("'=x", &[Some("=x"), None]);
    assert_eq!(text, "'=a,b,-5\n\"'=x\",\"'=x\",-5\n'=x,'=x,-5\n");
}

#[test]
fn guards_can_be_taken_away() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let seed = random;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below
    };
    let signs: Vec<char> = "='+-@\t\r\n \u{feff}＝＋a1,\"é;".chars().collect();
    let texts: Vec<String> = (0..2_000)
        .map(|_| (0..next(6)).map(|_| signs[next(signs.len())]).collect())
        .collect();
    let some: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    let (written, cells) = guarded("NULL", &some);
    let rows = crate::csv_read::parse(&written, ',').expect("RFC 4180");
    let mut taken = 0;
    for (row, text) in rows.iter().skip(1).zip(&texts) {
        let cell = &row[0].0;
        let blanks = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        assert!(
            !blanks.starts_with(['=', '@', '＝']),
            "seed {seed:#x}: {cell:?}"
        );
        let back = cell.strip_prefix('\'').unwrap_or(cell);
        taken += 2 * u64::from(back.len() < cell.len());
        assert_eq!(back, text, "seed {seed:#x}");
    }
    assert_eq!(cells, taken + 1);
}
