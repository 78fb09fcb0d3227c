//! 1.3 million records of two sources, as they come from the readers: batches of 8192 rows, texts as views.

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::{Date32Array, RecordBatch, StringViewBuilder, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use criterion::{Criterion, criterion_group, criterion_main};
use onefold_resolve::{CustomerId, Options, Preference, Rule, SourceRecords, resolve};

const RECORDS: u64 = 1_300_000;
const BATCH: u64 = 8192;

fn scramble(n: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 32;
    x = x.wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}

/// `records` records about `people` people, one in 20 e-mails and one in 10 phones missing.
fn source(name: &str, label: &str, records: u64, people: u64, one_phone: bool) -> SourceRecords {
    let schema = Arc::new(Schema::new(vec![
        Field::new("customer_id", DataType::Utf8View, true),
        Field::new("full_name", DataType::Utf8View, true),
        Field::new("email", DataType::Utf8View, true),
        Field::new("phone", DataType::Utf8View, true),
        Field::new("signup_date", DataType::Date32, true),
        Field::new("status", DataType::Utf8View, true),
        Field::new("address", DataType::UInt64, false),
    ]));
    let batch = |start: u64| {
        let rows = start..(start + BATCH).min(records);
        let mut ids = StringViewBuilder::new();
        let mut names = StringViewBuilder::new();
        let mut emails = StringViewBuilder::new();
        let mut phones = StringViewBuilder::new();
        let mut dates = Vec::new();
        let mut statuses = StringViewBuilder::new();
        for row in rows.clone() {
            let person = scramble(row ^ scramble(name.len() as u64)) % people;
            let dirt = scramble(row + 77);
            ids.append_value(format!("{label}{row:07}"));
            names.append_value(format!(
                "Firstname{} Lastname{}",
                person % 2000,
                person / 2000
            ));
            emails.append_option(
                (!dirt.is_multiple_of(20)).then(|| format!("person{person}@example.com")),
            );
            let phone = if one_phone { 0 } else { person };
            phones.append_option((dirt % 10 != 1).then(|| format!("555{phone:07}")));
            dates.push((dirt % 20_000) as i32);
            statuses.append_value(if dirt.is_multiple_of(3) {
                "active"
            } else {
                "inactive"
            });
        }
        RecordBatch::try_new(
            Arc::clone(&schema),
            vec![
                Arc::new(ids.finish()),
                Arc::new(names.finish()),
                Arc::new(emails.finish()),
                Arc::new(phones.finish()),
                Arc::new(Date32Array::from(dates)),
                Arc::new(statuses.finish()),
                Arc::new(UInt64Array::from_iter_values(rows.map(|row| row * 80))),
            ],
        )
        .expect("batch")
    };
    SourceRecords {
        name: name.to_owned(),
        label: label.to_owned(),
        batches: (0..records).step_by(BATCH as usize).map(batch).collect(),
        schema,
        key: Some(0),
        address: Some(6),
    }
}

fn options(rules: Vec<Rule>, threads: usize) -> Options {
    Options {
        rules,
        keep: vec![Preference::MostComplete],
        threads,
        ..Options::new(CustomerId::default())
    }
}

fn capped(label: &str, fold_case: bool, max_shared: Option<u64>) -> Rule {
    Rule {
        fold_case,
        max_shared,
        ..Rule::on(label, [label])
    }
}

fn resolution(c: &mut Criterion) {
    let people = RECORDS * 3 / 4;
    let sources = vec![
        source("crm", "CRM", RECORDS * 8 / 13, people, false),
        source("shop", "ECOM", RECORDS * 5 / 13, people, false),
    ];
    let two = || {
        vec![
            capped("email", false, Some(10)),
            capped("phone", false, Some(10)),
        ]
    };
    let mut three = two();
    three.push(capped("full_name", true, Some(50)));

    let mut group = c.benchmark_group("1.3M records");
    group.sample_size(10);
    for (name, rules, threads) in [
        ("two rules, 1 thread", two(), 1),
        ("two rules, 2 threads", two(), 2),
        ("three rules, 2 threads", three, 2),
    ] {
        let options = options(rules, threads);
        group.bench_function(name, |b| {
            b.iter_with_large_drop(|| {
                resolve(black_box(sources.clone()), &options).expect("resolved")
            });
        });
    }
    let options = options(two(), 2);
    let resolved = resolve(sources, &options).expect("resolved");
    group.bench_function("merges", |b| b.iter_with_large_drop(|| resolved.merges()));
    group.bench_function("links", |b| {
        b.iter_with_large_drop(|| resolved.links().expect("links"))
    });
    group.bench_function("members", |b| {
        b.iter_with_large_drop(|| resolved.members().expect("members"))
    });
    group.finish();

    let mut group = c.benchmark_group("200k records, one phone");
    group.sample_size(10);
    let sources = vec![source("crm", "CRM", 200_000, 180_000, true)];
    for (name, cap) in [("guarded", Some(10)), ("unguarded", None)] {
        let options = self::options(vec![capped("phone", false, cap)], 2);
        group.bench_function(name, |b| {
            b.iter_with_large_drop(|| {
                resolve(black_box(sources.clone()), &options).expect("resolved")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, resolution);
criterion_main!(benches);
