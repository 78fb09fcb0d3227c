//! What is written reads back, by parsers that share nothing with the encoders; cuts and threads change no byte.

use std::io::Write;
use std::sync::{Arc, Mutex};

use arrow::array::*;
use arrow::datatypes::*;
use onefold_write::{ErrorKind, Format, OrderedWriter, RowEncoder, TableWriter, write_table};
use proptest::prelude::*;
use serde_json::Value;

use crate::cells::{csv, text};
use crate::csv_read;

type Row = (Option<String>, Option<String>, Option<i64>, Option<f64>);

fn any_text() -> impl Strategy<Value = Option<String>> {
    let piece = prop_oneof![
        4 => "[a-z]{0,5}",
        1 => Just("\"".to_owned()),
        1 => Just(",".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("N/A".to_owned()),
        1 => "\\PC{0,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::option::of(proptest::collection::vec(piece, 0..8).prop_map(|p| p.concat()))
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        any_text(),
        any_text(),
        any::<Option<i64>>(),
        any::<Option<f64>>(),
    );
    proptest::collection::vec(row, 0..40)
}

fn table(rows: &[Row]) -> RecordBatch {
    let columns: [(&str, ArrayRef); 4] = [
        (
            "a",
            Arc::new(
                rows.iter()
                    .map(|r| r.0.as_deref())
                    .collect::<StringViewArray>(),
            ),
        ),
        (
            "b",
            Arc::new(rows.iter().map(|r| r.1.as_deref()).collect::<StringArray>()),
        ),
        (
            "n",
            Arc::new(rows.iter().map(|r| r.2).collect::<Int64Array>()),
        ),
        (
            "f",
            Arc::new(rows.iter().map(|r| r.3).collect::<Float64Array>()),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(n, a)| (n, a, true))).expect("table")
}

fn same_float(text: &str, expected: f64) -> bool {
    text.parse::<f64>().is_ok_and(|found| {
        found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan())
    })
}

proptest! {
    #[test]
    fn csv_reads_back(rows in any_rows(), null in prop_oneof![Just(""), Just("N/A"), Just("-")]) {
        let written = text(&csv(null), &[table(&rows)]);
        let records = csv_read::parse(&written, ',').map_err(TestCaseError::fail)?;
        prop_assert_eq!(records.len(), rows.len() + 1);
        let is_null = |cell: &csv_read::Cell| !cell.1 && cell.0 == null;
        for (record, row) in records[1..].iter().zip(&rows) {
            for (cell, expected) in record.iter().zip([&row.0, &row.1]) {
                let found = (!is_null(cell)).then(|| cell.0.clone());
                prop_assert_eq!(&found, expected);
            }
            let found = (!is_null(&record[2])).then(|| record[2].0.parse::<i64>());
            prop_assert_eq!(found, row.2.map(Ok));
            match row.3 {
                Some(expected) => prop_assert!(same_float(&record[3].0, expected)),
                None => prop_assert!(is_null(&record[3])),
            }
        }
    }

    #[test]
    fn json_reads_back(rows in any_rows(), indent in prop_oneof![Just(None), Just(Some(0)), Just(Some(4))]) {
        let written = text(&Format::Json { indent }, &[table(&rows)]);
        let array: Vec<Value> = serde_json::from_str(&written).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let lines = text(&Format::JsonLines, &[table(&rows)]);
        let lines: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
        prop_assert_eq!(&lines.map_err(|e| TestCaseError::fail(e.to_string()))?, &array);
        prop_assert_eq!(array.len(), rows.len());
        for (object, row) in array.iter().zip(&rows) {
            prop_assert_eq!(object["a"].as_str(), row.0.as_deref());
            prop_assert_eq!(object["b"].as_str(), row.1.as_deref());
            prop_assert_eq!(object["n"].as_i64(), row.2);
            // The parser of the test rounds floats by itself, so their text is checked in CSV and only their presence here.
            prop_assert_eq!(object["f"].is_number(), row.3.is_some_and(f64::is_finite));
        }
    }

    #[test]
    fn cuts_change_nothing(rows in any_rows(), cuts in proptest::collection::vec(0..40_usize, 0..6)) {
        let whole = table(&rows);
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|w| whole.slice(w[0], w[1] - w[0])).collect();
        for format in formats() {
            let one = write_table(&whole.schema(), &format, [whole.clone()], Vec::new());
            let many = write_table(&whole.schema(), &format, pieces.clone(), Vec::new());
            prop_assert_eq!(one.expect("one"), many.expect("many"));
        }
    }
}

fn formats() -> [Format; 5] {
    [
        csv(""),
        Format::Json { indent: Some(4) },
        Format::Json { indent: None },
        Format::JsonLines,
        Format::Parquet,
    ]
}

fn long_table(rows: usize) -> RecordBatch {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(
        (0..rows).map(|i| (i % 5 > 0).then_some((0..i % 4).map(move |j| Some((i * j) as i32)))),
    );
    let columns: [(&str, ArrayRef); 4] = [
        (
            "text",
            Arc::new(
                (0..rows)
                    .map(|i| (i % 11 > 0).then(|| format!("text number {i}, {}", i % 97)))
                    .collect::<StringViewArray>(),
            ),
        ),
        (
            "few",
            Arc::new(
                (0..rows)
                    .map(|i| Some(["x", "y"][i % 2]))
                    .collect::<StringViewArray>(),
            ),
        ),
        (
            "number",
            Arc::new(Int64Array::from_iter_values(
                (0..rows).map(|i| i as i64 * 7),
            )),
        ),
        ("list", Arc::new(list)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(n, a)| (n, a, true))).expect("table")
}

fn sliced(batch: &RecordBatch, rows: usize) -> Vec<RecordBatch> {
    (0..batch.num_rows())
        .step_by(rows)
        .map(|start| batch.slice(start, rows.min(batch.num_rows() - start)))
        .collect()
}

#[test]
fn batches_and_threads_change_nothing() {
    let table = long_table(100_003);
    for format in formats() {
        let schema = table.schema();
        let (expected, rows) =
            write_table(&schema, &format, [table.clone()], Vec::new()).expect("writes");
        assert_eq!(rows, 100_003);
        for (size, threads) in [(100_003, 3), (8_192, 1), (8_192, 2), (10_000, 2), (777, 3)] {
            let mut writer =
                TableWriter::start(&schema, &format, Vec::new(), threads).expect("starts");
            for batch in sliced(&table, size) {
                writer.write(&batch).expect("written");
            }
            let (bytes, rows) = writer.finish().expect("finished");
            assert_eq!(rows, 100_003);
            assert!(
                bytes == expected,
                "{format:?} in batches of {size} on {threads} threads"
            );
        }
    }
}

#[test]
fn a_parquet_file_holds_the_rows_and_only_plain_types() {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let seconds: ArrayRef =
        Arc::new(TimestampSecondArray::from(vec![Some(5), None]).with_timezone("UTC"));
    let words: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None]));
    let kinds: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::from_iter([
        Some("k"),
        Some("k"),
    ]));
    let pairs = StructArray::from(vec![
        (
            Arc::new(Field::new("x", DataType::Int64, true)),
            Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("y", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec!["p", "q"])) as ArrayRef,
        ),
    ]);
    let table = RecordBatch::try_from_iter_with_nullable([
        ("seconds", seconds, true),
        ("pair", Arc::new(pairs.clone()) as ArrayRef, true),
        ("words", words, true),
        ("kinds", kinds, true),
    ])
    .expect("table");
    let file = tempfile::tempfile().expect("temporary file");
    let (file, _) = write_table(&table.schema(), &Format::Parquet, [table], file).expect("writes");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    assert_eq!(
        reader.metadata().file_metadata().created_by(),
        Some("onefold")
    );
    let read = reader
        .build()
        .expect("reader")
        .next()
        .expect("rows")
        .expect("rows");
    let expected = TimestampMillisecondArray::from(vec![Some(5_000), None]).with_timezone("UTC");
    assert_eq!(
        read.column(0).as_primitive::<TimestampMillisecondType>(),
        &expected
    );
    assert_eq!(read.column(1).as_struct(), &pairs);
    assert_eq!(
        read.column(2).as_string::<i32>(),
        &StringArray::from(vec![Some("a"), None])
    );
    assert_eq!(
        read.column(3).as_string::<i32>(),
        &StringArray::from(vec!["k", "k"])
    );
}

/// Takes some bytes, then has no space.
struct FullDisk {
    left: usize,
}

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match bytes.len().min(self.left) {
            0 => Err(std::io::ErrorKind::StorageFull.into()),
            len => {
                self.left -= len;
                Ok(len)
            }
        }
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_and_stops_the_threads() {
    let table = long_table(200_000);
    for format in formats() {
        for left in [0, 1, 100_000] {
            let written = || {
                let disk = FullDisk { left };
                let mut writer = TableWriter::start(&table.schema(), &format, disk, 2)?;
                for batch in sliced(&table, 5_000) {
                    writer.write(&batch)?;
                }
                writer.finish().map(drop)
            };
            let error = written().expect_err("no space");
            assert!(error.is_out_of_space(), "{format:?} with {left}: {error}");
        }
    }
}

#[test]
fn a_bad_batch_is_told_and_nothing_after_it_is_written() {
    let table = long_table(10);
    let bad = RecordBatch::try_from_iter([("text", Arc::new(NullArray::new(3)) as ArrayRef)])
        .expect("batch");
    let encoder = RowEncoder::new(&table.schema(), &csv("")).expect("encoder");
    let mut writer = OrderedWriter::start(encoder, Vec::new(), 2).expect("starts");
    writer.write(&table).expect("good");
    let error = match writer.write(&bad) {
        Err(error) => error,
        Ok(()) => writer.finish().expect_err("bad batch"),
    };
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
}

/// A sink that a test can look into after the writer was dropped.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_dropped_writer_ends_its_threads_and_writes_no_end() {
    let table = long_table(10);
    let encoder = RowEncoder::new(&table.schema(), &Format::Json { indent: None });
    let sink = Shared::default();
    let mut writer =
        OrderedWriter::start(encoder.expect("encoder"), sink.clone(), 2).expect("starts");
    writer.write(&table).expect("written");
    drop(writer);
    assert_eq!(Arc::strong_count(&sink.0), 1);
    assert!(!sink.0.lock().expect("lock").ends_with(b"]\n"));
}

#[test]
fn values_that_all_differ_get_no_dictionary() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let of = |rows: i64, value: fn(i64) -> Option<i64>| -> ArrayRef {
        Arc::new((0..rows).map(value).collect::<Int64Array>())
    };
    let columns = |rows: i64| -> Vec<(&str, ArrayRef)> {
        vec![
            ("id", of(rows, Some)),
            ("code", of(rows, |n| Some(n % 500))),
            ("in_turn", of(rows, |n| Some(n % 5000))),
            ("sparse", of(rows, |n| (n % 9 == 0).then_some(n))),
            ("half", of(rows, |n| (n % 2 == 0).then_some(n))),
        ]
    };
    for (rows, expected) in [
        (40_000, vec!["code", "in_turn", "sparse"]),
        (3_000, vec!["id", "code", "in_turn", "sparse", "half"]),
    ] {
        let batch = RecordBatch::try_from_iter(columns(rows)).expect("batch");
        let file = |threads: usize| {
            let schema = batch.schema();
            let mut writer =
                TableWriter::start(&schema, &Format::Parquet, Vec::new(), threads).expect("writer");
            writer.write(&batch.slice(0, 100)).expect("written");
            let rest = batch.num_rows() - 100;
            writer.write(&batch.slice(100, rest)).expect("written");
            writer.finish().expect("file").0
        };
        assert_eq!(file(1), file(3));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, file(1)).expect("a file");
        let reader = std::fs::File::open(&path).expect("a file");
        let reader = SerializedFileReader::new(reader).expect("reader");
        let group = reader.metadata().row_group(0);
        let with: Vec<&str> = group
            .columns()
            .iter()
            .filter(|column| column.dictionary_page_offset().is_some())
            .map(|column| column.column_path().parts()[0].as_str())
            .collect();
        assert_eq!(with, expected, "{rows} rows");
    }
}
