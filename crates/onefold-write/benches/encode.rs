//! Throughput of the encoders on a customer table; bytes a second are bytes of output.

use std::hint::black_box;
use std::io::sink;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onefold_write::{Format, ParquetEncoder, RowEncoder, TableWriter};

const ROWS: usize = 8_192;

fn strings(text: impl Fn(usize) -> Option<String>) -> ArrayRef {
    Arc::new((0..ROWS).map(text).collect::<StringViewArray>())
}

/// Deterministic noise (splitmix64).
fn noise(seed: usize) -> u64 {
    let mut z = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}

fn people(from: usize) -> RecordBatch {
    let first = ["John", "Mary", "Alexandra", "Bob", "Christopher"];
    let last = ["Smith", "O'Brien-Johnson", "Li", "Wilson", "van den Berg"];
    let name = |i: usize| {
        let n = noise(from + i) as usize;
        format!("{} {}", first[n % 5], last[n / 5 % 5])
    };
    table(vec![
        (
            "unified_id",
            strings(|i| Some(format!("CUST{:07}", from + i))),
        ),
        ("full_name", strings(|i| Some(name(i)))),
        (
            "email",
            strings(|i| {
                let n = noise(from + i) % 1_000_000;
                Some(format!(
                    "{}{n}@example.com",
                    name(i).replace(' ', ".").to_lowercase()
                ))
            }),
        ),
        (
            "phone",
            strings(|i| (i % 7 > 0).then(|| format!("555{:07}", noise(i) % 10_000_000))),
        ),
        (
            "source_system",
            strings(|i| Some(["CRM", "CRM+ECOM"][i % 2].to_owned())),
        ),
        (
            "status",
            strings(|i| Some(["active", "inactive"][i % 2].to_owned())),
        ),
        ("signup_date", strings(|_| Some("2023-01-15".to_owned()))),
    ])
}

fn facts(from: usize) -> RecordBatch {
    let zone = TimestampMicrosecondArray::from_iter_values(
        (0..ROWS)
            .map(|i| 1_720_605_600_000_000 + (noise(from + i) % 31_536_000) as i64 * 1_000_000),
    )
    .with_timezone("UTC");
    let amount = Decimal128Array::from_iter_values(
        (0..ROWS).map(|i| i128::from(noise(from + i) % 1_000_000)),
    )
    .with_precision_and_scale(12, 2)
    .expect("precision");
    table(vec![
        (
            "transaction_id",
            Arc::new(Int64Array::from_iter_values(
                (0..ROWS).map(|i| (from + i) as i64),
            )),
        ),
        (
            "quantity",
            Arc::new(Int64Array::from_iter_values(
                (0..ROWS).map(|i| noise(i) as i64 % 1_000),
            )),
        ),
        (
            "score",
            Arc::new(Float64Array::from_iter_values(
                (0..ROWS).map(|i| (noise(i) % 100_000) as f64 / 100.0),
            )),
        ),
        ("amount", Arc::new(amount)),
        ("time", Arc::new(zone)),
        (
            "day",
            Arc::new(Date32Array::from_iter_values(
                (0..ROWS).map(|i| 19_000 + (i % 900) as i32),
            )),
        ),
    ])
}

fn notes(from: usize) -> RecordBatch {
    table(vec![
        ("id", strings(|i| Some(format!("{}", from + i)))),
        (
            "note",
            strings(|i| {
                let n = noise(from + i);
                Some(match n % 8 {
                    0 => format!("said \"call back\", then\nhung up {n}"),
                    _ => format!(
                        "a longer note of the sales team about customer number {n}; nothing special"
                    ),
                })
            }),
        ),
    ])
}

fn formats() -> [(&'static str, Format); 3] {
    [
        (
            "csv",
            Format::Csv {
                delimiter: b',',
                null: String::new(),
                header: true,
                bom: false,
                spreadsheet_safe: false,
            },
        ),
        ("json4", Format::Json { indent: Some(4) }),
        ("jsonl", Format::JsonLines),
    ]
}

fn rows(c: &mut Criterion) {
    for (table, make) in [
        ("people", people as fn(usize) -> _),
        ("facts", facts),
        ("notes", notes),
    ] {
        let batch = make(1);
        let mut group = c.benchmark_group(table);
        for (name, format) in formats() {
            let encoder = RowEncoder::new(&batch.schema(), &format).expect("encoder");
            let mut text = Vec::new();
            encoder.rows(&batch, 1, &mut text).expect("rows");
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(name, |b| {
                b.iter(|| {
                    text.clear();
                    encoder.rows(black_box(&batch), 1, &mut text).expect("rows");
                    text.len()
                });
            });
        }
        group.finish();
    }
}

fn columns(c: &mut Criterion) {
    let mut group = c.benchmark_group("csv_column");
    for batch in [people(1), facts(1)] {
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let schema: SchemaRef = Arc::new(Schema::new(vec![
                Field::new(field.name(), field.data_type().clone(), true),
                Field::new("n", DataType::Null, true),
            ]));
            let nothing: ArrayRef = Arc::new(arrow::array::NullArray::new(ROWS));
            let batch =
                RecordBatch::try_new(schema, vec![ArrayRef::clone(array), nothing]).expect("batch");
            let encoder = RowEncoder::new(&batch.schema(), &formats()[0].1).expect("encoder");
            let mut text = Vec::new();
            group.throughput(Throughput::Elements(ROWS as u64));
            group.bench_function(field.name(), |b| {
                b.iter(|| {
                    text.clear();
                    encoder.rows(black_box(&batch), 1, &mut text).expect("rows");
                    text.len()
                });
            });
        }
    }
    group.finish();
}

fn whole_files(c: &mut Criterion) {
    let mut group = c.benchmark_group("million");
    group.sample_size(10);
    for (table, make) in [("people", people as fn(usize) -> _), ("facts", facts)] {
        let batches: Vec<_> = (0..128).map(|i| make(i * ROWS)).collect();
        group.throughput(Throughput::Elements((batches.len() * ROWS) as u64));
        for threads in [1, 2] {
            group.bench_function(format!("{table}/csv/{threads}"), |b| {
                b.iter(|| {
                    let schema = batches[0].schema();
                    let mut writer = TableWriter::start(&schema, &formats()[0].1, sink(), threads)
                        .expect("writer");
                    for batch in &batches {
                        writer.write(batch).expect("written");
                    }
                    writer.finish().expect("finished").1
                });
            });
            group.bench_function(format!("{table}/parquet/{threads}"), |b| {
                b.iter(|| {
                    let schema = batches[0].schema();
                    let mut encoder =
                        ParquetEncoder::new(&schema, sink(), threads).expect("encoder");
                    for batch in &batches {
                        encoder.write(batch).expect("written");
                    }
                    encoder.finish().expect("finished").1
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, rows, columns, whole_files);
criterion_main!(benches);
