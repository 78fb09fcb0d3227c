//! Tables as they come from the readers: batches of 8192 rows, texts as views. `ROWS=10000000` for the large ones.

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringViewBuilder, TimestampMicrosecondArray,
};
use arrow::compute::SortOptions;
use arrow::datatypes::{Field, Schema, SchemaRef};
use criterion::{Criterion, criterion_group, criterion_main};
use onefold_operators::{
    AsOf, AsOfJoin, AsOfKind, AsOfOptions, DedupeOptions, Direction, DistinctTexts, Expect, Join,
    JoinKind, Lookup, Preference, SessionOptions, SortKey, Table, TextKeys, TimeKey, dedupe,
    sessionize, sort_rows,
};

const BATCH: u64 = 8192;
const SECOND: i64 = 1_000_000;

fn scramble(n: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 32;
    x = x.wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}

/// A column by name: row number to value.
enum Values<'a> {
    Text(&'a dyn Fn(u64) -> String),
    Int(&'a dyn Fn(u64) -> i64),
    Time(&'a dyn Fn(u64) -> i64),
}

struct Owned {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Owned {
    fn new(rows: u64, columns: &[(&str, Values<'_>)]) -> Self {
        let array = |values: &Values<'_>, rows: std::ops::Range<u64>| -> ArrayRef {
            match values {
                Values::Text(text) => {
                    let mut texts = StringViewBuilder::new();
                    rows.for_each(|row| texts.append_value(text(row)));
                    Arc::new(texts.finish())
                }
                Values::Int(value) => Arc::new(Int64Array::from_iter_values(rows.map(value))),
                Values::Time(time) => {
                    let times = TimestampMicrosecondArray::from_iter_values(rows.map(time));
                    Arc::new(times.with_timezone("UTC"))
                }
            }
        };
        let field = |(name, values): &(&str, Values<'_>)| {
            Field::new(*name, array(values, 0..0).data_type().clone(), true)
        };
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let batch = |start: u64| {
            let rows = start..(start + BATCH).min(rows);
            let arrays = columns
                .iter()
                .map(|(_, values)| array(values, rows.clone()));
            RecordBatch::try_new(Arc::clone(&schema), arrays.collect()).expect("batch")
        };
        Owned {
            batches: (0..rows).step_by(BATCH as usize).map(batch).collect(),
            schema,
        }
    }

    fn table(&self) -> Table<'_> {
        Table::new(&self.schema, &self.batches).expect("table")
    }
}

fn rows() -> u64 {
    let rows = std::env::var("ROWS").ok();
    rows.and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000)
}

fn lookups(c: &mut Criterion) {
    let (left_rows, right_rows) = (rows(), rows() / 10);
    let key = |n: u64| format!("person{n}@example.com");
    let left = Owned::new(
        left_rows,
        &[
            (
                "email",
                Values::Text(&|row| key(scramble(row) % (right_rows * 5 / 4))),
            ),
            ("amount", Values::Int(&|row| row as i64)),
        ],
    );
    let right = Owned::new(
        right_rows,
        &[
            ("email", Values::Text(&key)),
            (
                "name",
                Values::Text(&|row| format!("Firstname{} Lastname{row}", row % 2000)),
            ),
            ("segment", Values::Int(&|row| row as i64 % 7)),
        ],
    );
    let mut group = c.benchmark_group(format!("lookup {left_rows} x {right_rows}"));
    group.sample_size(10);
    for threads in [1, 2] {
        group.bench_function(format!("build, {threads} threads"), |b| {
            b.iter_with_large_drop(|| {
                Lookup::build(&right.table(), &[0], Expect::One, threads).expect("lookup")
            });
        });
        for kind in [JoinKind::Left, JoinKind::Inner] {
            let lookup = Lookup::build(&right.table(), &[0], Expect::One, threads).expect("lookup");
            let join = Join::new(lookup, &left.schema, &[0], kind, "right").expect("join");
            group.bench_function(format!("{kind:?}, {threads} threads"), |b| {
                b.iter_with_large_drop(|| {
                    join.table(black_box(&left.table()), threads)
                        .expect("joined")
                });
            });
        }
    }
    group.finish();
}

fn as_of(c: &mut Criterion) {
    let (left_rows, right_rows) = (rows(), rows() * 3 / 10);
    let customers = rows() / 50;
    let table = |rows: u64, seed: u64| {
        let customer = |row: u64| format!("customer-{}", scramble(row ^ seed) % customers);
        let at = |row: u64| (scramble(row ^ seed ^ 77) % 10_000_000) as i64 * SECOND;
        Owned::new(
            rows,
            &[
                ("customer", Values::Text(&customer)),
                ("at", Values::Time(&at)),
                ("amount", Values::Int(&|row| row as i64)),
            ],
        )
    };
    let (left, right) = (table(left_rows, 1 << 40), table(right_rows, 1 << 41));
    let mut group = c.benchmark_group(format!("as-of {left_rows} x {right_rows}"));
    group.sample_size(10);
    let options = AsOfOptions {
        tolerance: Some(86_400 * SECOND as u64),
        ..AsOfOptions::new(Direction::Nearest)
    };
    for (name, by) in [("by customer", &[0][..]), ("no key, unsorted", &[])] {
        for threads in [1, 2] {
            group.bench_function(format!("{name}, {threads} threads"), |b| {
                b.iter_with_large_drop(|| {
                    let key = TimeKey { by, on: 1 };
                    let asof = AsOf::build(&right.table(), key, threads).expect("index");
                    let join =
                        AsOfJoin::new(asof, &left.schema, key, options, AsOfKind::Left, "right");
                    join.expect("join")
                        .table(&left.table(), threads)
                        .expect("joined")
                });
            });
        }
    }
    group.finish();
}

fn dedupes(c: &mut Criterion) {
    let rows = rows();
    let source = |row: u64| {
        // One row in five says what another says.
        if scramble(row).is_multiple_of(5) {
            scramble(row ^ 7) % rows
        } else {
            row
        }
    };
    let events = Owned::new(
        rows,
        &[
            (
                "user_id",
                Values::Text(&|row| format!("u{}", scramble(source(row)) % (rows / 10))),
            ),
            ("at", Values::Time(&|row| source(row) as i64 * SECOND)),
            (
                "type",
                Values::Text(&|row| format!("event_type_{}", scramble(source(row)) % 6)),
            ),
            ("row", Values::Int(&|row| row as i64)),
        ],
    );
    let mut group = c.benchmark_group(format!("dedupe {rows}, 3 key columns"));
    group.sample_size(10);
    for (name, keep) in [("first", vec![]), ("latest", vec![Preference::Latest(3)])] {
        let options = DedupeOptions {
            by: vec![0, 1, 2],
            keep,
            ..DedupeOptions::default()
        };
        for threads in [1, 2] {
            group.bench_function(format!("{name}, {threads} threads"), |b| {
                b.iter_with_large_drop(|| {
                    dedupe(black_box(&events.table()), &options, threads).expect("deduped")
                });
            });
        }
    }
    let found = dedupe(&events.table(), &DedupeOptions::default(), 2).expect("deduped");
    group.bench_function("gather the kept rows, 2 threads", |b| {
        b.iter_with_large_drop(|| events.table().gather(&found.kept, 2).expect("rows"));
    });
    group.finish();
}

fn sessions(c: &mut Criterion) {
    let rows = rows();
    let events = Owned::new(
        rows,
        &[
            (
                "user_id",
                Values::Text(&|row| format!("u{}", scramble(row) % (rows / 20))),
            ),
            (
                "at",
                Values::Time(&|row| (scramble(row ^ 7) % 100_000) as i64 * SECOND),
            ),
        ],
    );
    let options = SessionOptions {
        by: vec![0],
        time: 1,
        gap: Some(1800 * SECOND as u64),
        max_length: None,
    };
    let mut group = c.benchmark_group(format!("sessionize {rows}"));
    group.sample_size(10);
    for threads in [1, 2] {
        group.bench_function(format!("{threads} threads"), |b| {
            b.iter_with_large_drop(|| {
                sessionize(black_box(&events.table()), &options, threads).expect("sessions")
            });
        });
    }
    let found = sessionize(&events.table(), &options, 2).expect("sessions");
    group.bench_function("table of sessions, 2 threads", |b| {
        b.iter_with_large_drop(|| found.sessions(&events.table(), 2).expect("rows"));
    });
    group.bench_function("table of events, 2 threads", |b| {
        b.iter_with_large_drop(|| found.events(&events.table(), 2).expect("rows"));
    });
    group.finish();
}

/// Texts of groups as they come, five rows a group: UUIDs, which are compared as numbers, and names, which are not.
fn distinct(c: &mut Criterion) {
    let rows = rows();
    let mut group = c.benchmark_group(format!("distinct texts {rows}"));
    group.sample_size(10);
    let number = |row: u64| scramble(row) % (rows / 5);
    let uuid = |row: u64| format!("00000000-0000-4000-8000-{:012x}", number(row));
    let name = |row: u64| format!("customer number {:020}", number(row));
    let texts: [(&str, &dyn Fn(u64) -> String); 2] = [("UUIDs", &uuid), ("names", &name)];
    for (kind, text) in texts {
        let events = Owned::new(rows, &[("id", Values::Text(text))]);
        let columns = || events.batches.iter().map(|b| b.column(0).as_string_view());
        group.bench_function(format!("keys of {kind}"), |b| {
            b.iter(|| {
                columns()
                    .map(|texts| TextKeys::new(black_box(texts)).hashes().len())
                    .sum::<usize>()
            });
        });
        let keys: Vec<TextKeys> = columns().map(TextKeys::new).collect();
        group.bench_function(format!("number {kind}"), |b| {
            b.iter_with_large_drop(|| {
                let mut seen = DistinctTexts::default();
                let mut numbers = Vec::new();
                for keys in &keys {
                    seen.number(black_box(keys), 0..keys.hashes().len(), &mut numbers);
                }
                seen
            });
        });
    }
    group.finish();
}

fn sorts(c: &mut Criterion) {
    let rows = rows();
    let events = Owned::new(
        rows,
        &[
            (
                "at",
                Values::Time(&|row| (scramble(row) % 100_000_000) as i64 * SECOND),
            ),
            (
                "id",
                Values::Text(&|row| format!("customer {:012}", scramble(row ^ 3))),
            ),
        ],
    );
    let mut group = c.benchmark_group(format!("sort {rows}"));
    group.sample_size(10);
    for (name, columns) in [
        ("times", &[0][..]),
        ("texts", &[1]),
        ("times, then texts", &[0, 1]),
    ] {
        let key = |column: &usize| SortKey {
            values: events
                .batches
                .iter()
                .map(|b| Arc::clone(b.column(*column)))
                .collect(),
            options: SortOptions::default(),
        };
        let keys: Vec<SortKey> = columns.iter().map(key).collect();
        for threads in [1, 2] {
            group.bench_function(format!("{name}, {threads} threads"), |b| {
                b.iter_with_large_drop(|| sort_rows(black_box(&keys), threads).expect("sorted"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, lookups, as_of, dedupes, sessions, distinct, sorts);
criterion_main!(benches);
