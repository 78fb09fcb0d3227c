//! Bytes to typed columns on one core, and the splitters alone: megabytes of input a second.

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onefold_read::{NoExpressions, Options, Scan, bare};

const ROWS: usize = 200_000;

const CRM: &str = "
path: crm.csv
fields:
  customer_id: {required: true}
  full_name: person_name
  email: email
  phone: {type: phone, region: US, format: digits}
  signup_date: {type: date, order: month_first}
  status: text
";

const CRM_TEXT: &str = "
path: crm.csv
fields: {customer_id: text, full_name: text, email: text, phone: text, signup_date: text, status: text}
";

const SHOP: &str = "
path: shop.json
records: customers
fields:
  customer_id: {from: id, required: true}
  first: {from: name.first, type: person_name}
  last: {from: name.last, type: person_name}
  email: {from: contact.email, type: email}
  phone: {from: contact.phone, type: phone, region: US, format: digits}
  signup_date: {from: registered, type: date}
";

const EVENTS: &str = "
path: events.jsonl
fields:
  user_id: {required: true}
  event_time: {type: timestamp, required: true}
  event_type: {required: true}
";

const FIRST: [&str; 6] = [
    "CAROLYN",
    "Scott",
    "lauren",
    "Peter",
    "Christian",
    "Mary-Ann",
];
const LAST: [&str; 6] = [
    "Gohime",
    "NOVIGO",
    "disanu",
    "Vakega",
    "Meduga",
    "van Rihowa",
];

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

fn crm() -> String {
    let mut n = Numbers(1);
    let mut out = String::from("customer_id,full_name,email,phone,signup_date,status\n");
    for row in 0..ROWS {
        let (first, last) = (FIRST[n.next(6)], LAST[n.next(6)]);
        let (area, line) = (n.next(800), n.next(10_000));
        let (year, month, day) = (2020 + n.next(5), 1 + n.next(12), 1 + n.next(28));
        let done = match row % 4 {
            0 => writeln!(
                out,
                "CRM{row:08},{first} {last},{}.{}{row}@example.com,212.{area:03}.{line:04},{month:02}/{day:02}/{year},inactive",
                first.to_lowercase(),
                last.to_lowercase().replace(' ', "")
            ),
            1 => writeln!(
                out,
                "CRM{row:08},{first} {last},,1 212 {area:03} {line:04},{year}-{month:02}-{day:02},active"
            ),
            2 => writeln!(
                out,
                "CRM{row:08},{first} {last},{first}{row}@Example.com,,{year}-{month:02}-{day:02},active"
            ),
            _ => writeln!(
                out,
                "CRM{row:08},\"{first} {last}\",{first}{row}@example.com,+1-212-{area:03}-{line:04},{year}-{month:02}-{day:02},active"
            ),
        };
        done.expect("a string");
    }
    out
}

fn shop() -> String {
    let mut n = Numbers(2);
    let mut out = String::from("{\n  \"customers\": [\n");
    for row in 0..ROWS {
        let (first, last) = (FIRST[n.next(6)], LAST[n.next(6)]);
        let (area, line) = (n.next(800), n.next(10_000));
        let (year, month, day) = (2020 + n.next(5), 1 + n.next(12), 1 + n.next(28));
        let end = if row + 1 == ROWS { "" } else { "," };
        writeln!(out, "    {{\"id\": \"EC{row:08}\", \"name\": {{\"first\": \"{first}\", \"last\": \"{last}\"}}, \"contact\": {{\"email\": \"{first}{row}@example.com\", \"phone\": \"1 212 {area:03} {line:04}\"}}, \"registered\": \"{year}-{month:02}-{day:02}T00:00:00Z\", \"orders_count\": {}}}{end}", n.next(9))
            .expect("a string");
    }
    out + "  ]\n}\n"
}

fn events() -> String {
    let mut n = Numbers(3);
    let mut out = String::new();
    for _ in 0..ROWS {
        let (user, hour, minute, second) = (n.next(50_000), n.next(24), n.next(60), n.next(60));
        let kind = ["login", "view", "purchase", "click"][n.next(4)];
        writeln!(out, "{{\"user_id\": {user}, \"event_time\": \"2024-07-10T{hour:02}:{minute:02}:{second:02}Z\", \"event_type\": \"{kind}\"}}")
            .expect("a string");
    }
    out
}

/// Reads a source on one thread; the number of records accepted.
fn read(folder: &Path, source: &str) -> u64 {
    let indented = source.replace('\n', "\n    ");
    let text = format!("sources:\n  t:{indented}\noutputs:\n  - {{table: t, path: out.csv}}\n");
    let loaded = onefold_spec::load(&text, &folder.join("p.yaml"), &|_| None)
        .unwrap_or_else(|e| panic!("{e:?}"));
    let options = Options {
        threads: 1,
        needed: None,
        stdin: None,
    };
    let scan = Scan::open(
        &loaded.pipeline.sources[0],
        folder,
        Arc::new(NoExpressions),
        &options,
    )
    .expect("the file");
    let mut accepted = 0;
    let sink = |batch: onefold_read::Batch<usize>| {
        accepted += batch.accepted;
        true
    };
    scan.run(|batch| batch.num_rows(), sink).expect("records");
    accepted
}

fn benches(c: &mut Criterion) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut group = c.benchmark_group("read");
    group.sample_size(10);
    let (crm, shop, events) = (crm(), shop(), events());
    for (name, file, text, source) in [
        ("csv_customers", "crm.csv", &crm, CRM),
        ("csv_customers_as_text", "crm.csv", &crm, CRM_TEXT),
        ("json_customers", "shop.json", &shop, SHOP),
        ("json_lines_events", "events.jsonl", &events, EVENTS),
    ] {
        std::fs::write(folder.path().join(file), text).expect("a file");
        assert!(
            read(folder.path(), source) > ROWS as u64 * 9 / 10,
            "{name} is mostly rejected"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| read(folder.path(), source)));
    }
    for (name, text, split) in [
        (
            "split_csv",
            &crm,
            bare::delimited as fn(&[u8]) -> (usize, usize),
        ),
        ("split_json_lines", &events, bare::json),
    ] {
        assert_eq!(split(text.as_bytes()), (ROWS, 0));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| split(black_box(text.as_bytes()))));
    }
    group.finish();
}

criterion_group!(read_benches, benches);
criterion_main!(read_benches);
