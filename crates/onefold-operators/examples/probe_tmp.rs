//! Tables as they come from the readers: batches of 8192 rows, texts as views. `ROWS=10000000` for the large ones.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringViewBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema, SchemaRef};
use onefold_operators::{
    AsOf, AsOfJoin, AsOfKind, AsOfOptions, DedupeOptions, Direction, Expect, Join, JoinKind,
    Lookup, Preference, SessionOptions, Table, TimeKey, dedupe, sessionize,
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

fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("stat");
    let f: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    (f[11].parse::<f64>().unwrap_or(0.0) + f[12].parse::<f64>().unwrap_or(0.0)) / 100.0
}
fn run<T>(name: &str, f: impl Fn() -> T) {
    for _ in 0..3 {
        let (c, t) = (cpu(), std::time::Instant::now());
        let r = f();
        println!(
            "{name}: cpu {:.2} wall {:.2}",
            cpu() - c,
            t.elapsed().as_secs_f64()
        );
        drop(r);
    }
}
fn main() {
    let which = std::env::args().nth(1).unwrap_or_default();
    let threads = 2;
    if which == "lookup" {
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
        run("build", || {
            Lookup::build(&right.table(), &[0], Expect::One, threads).expect("lookup")
        });
        let lookup = Lookup::build(&right.table(), &[0], Expect::One, threads).expect("lookup");
        run("probe", || {
            for b in &left.batches {
                std::hint::black_box(lookup.probe(b, &[0]).expect("m"));
            }
        });
        for kind in [JoinKind::Left, JoinKind::Inner] {
            let lookup = Lookup::build(&right.table(), &[0], Expect::One, threads).expect("lookup");
            let join = Join::new(lookup, &left.schema, &[0], kind, "right").expect("join");
            run(&format!("{kind:?}"), || {
                join.table(&left.table(), threads).expect("joined")
            });
        }
    }
    if which == "asof" {
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
        let options = AsOfOptions {
            tolerance: Some(86_400 * SECOND as u64),
            ..AsOfOptions::new(Direction::Nearest)
        };
        for by in [&[0][..], &[]] {
            let key = TimeKey { by, on: 1 };
            run("build", || {
                AsOf::build(&right.table(), key, threads).expect("index")
            });
            let asof = AsOf::build(&right.table(), key, threads).expect("index");
            run("probe", || {
                for b in &left.batches {
                    std::hint::black_box(asof.probe(b, key, &options).expect("m"));
                }
            });
            let join = AsOfJoin::new(asof, &left.schema, key, options, AsOfKind::Left, "right")
                .expect("join");
            run("table", || {
                join.table(&left.table(), threads).expect("joined")
            });
        }
    }
    if which == "dedupe" {
        let rows = rows();
        let source = |row: u64| {
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
        for (name, keep) in [("first", vec![]), ("latest", vec![Preference::Latest(3)])] {
            let options = DedupeOptions {
                by: vec![0, 1, 2],
                keep,
                ..DedupeOptions::default()
            };
            run(name, || {
                dedupe(&events.table(), &options, threads).expect("deduped")
            });
        }
    }
    if which == "sessions" {
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
        run("cut", || {
            sessionize(&events.table(), &options, threads).expect("sessions")
        });
        let found = sessionize(&events.table(), &options, 2).expect("sessions");
        println!("{} sessions", found.len());
        run("sessions", || {
            found.sessions(&events.table(), 2).expect("rows")
        });
        run("events", || found.events(&events.table(), 2).expect("rows"));
    }
}
