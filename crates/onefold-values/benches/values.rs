//! Nanoseconds a value, each rule over a column of mixed but ordinary values.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onefold_values::{
    Currency, DateOrder, DateRules, DecimalMark, MoneyRules, NameOrder, NullTokens, PhoneFormat,
    PhoneRules, TimestampRules, civil, email, name_order, number, uuid,
};

const ROWS: usize = 1_000;

/// A column: `write` makes the value of a row number.
fn column(write: impl Fn(usize) -> String) -> Vec<String> {
    (0..ROWS).map(|row| write(row * 7_919 % 100_003)).collect()
}

/// Measures `rule` over the column; it appends to one buffer, emptied for each pass.
fn standardise<E>(
    c: &mut Criterion,
    id: &str,
    values: &[String],
    rule: impl Fn(&str, &mut String) -> Result<(), E>,
) {
    let mut group = c.benchmark_group("standardise");
    group.throughput(Throughput::Elements(ROWS as u64));
    let mut out = String::new();
    group.bench_function(id, |b| {
        b.iter(|| {
            out.clear();
            let valid = values
                .iter()
                .filter(|v| rule(black_box(v), &mut out).is_ok())
                .count();
            assert_eq!(valid, ROWS);
            black_box(out.len())
        });
    });
    group.finish();
}

/// Measures `rule` over the column; it gives numbers.
fn parse<T: Default, E>(
    c: &mut Criterion,
    id: &str,
    values: &[String],
    rule: impl Fn(&str) -> Result<T, E>,
) {
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Elements(ROWS as u64));
    let mut out: Vec<T> = Vec::with_capacity(ROWS);
    group.bench_function(id, |b| {
        b.iter(|| {
            out.clear();
            for value in values {
                if let Ok(value) = rule(black_box(value)) {
                    out.push(value);
                }
            }
            assert_eq!(out.len(), ROWS);
        });
    });
    group.finish();
}

fn texts(c: &mut Criterion) {
    let emails = column(|n| format!("John.Smith{n}@Example{}.com", n % 90));
    standardise(c, "email", &emails, email::standardise);
    let emails = column(|n| format!("jörg.müller{n}@bücher{}.de", n % 90));
    standardise(c, "email, international", &emails, email::standardise);

    let name = |v: &str, out: &mut String| name_order::standardise(v, NameOrder::Undeclared, out);
    const NAMES: [&str; 8] = [
        "JOHN SMITH",
        "jane doe",
        "Mary Johnson",
        "Conan O'Brien",
        "RONALD MCDONALD",
        "Jan van der Berg",
        "John Smith III",
        "Mary Smith-Jones",
    ];
    standardise(c, "name", &column(|n| NAMES[n % 8].to_owned()), name);
    const FIRST: [&str; 7] = [
        "Maria",
        "John",
        "Elizabeth",
        "Jo",
        "Robert",
        "Susan",
        "Guadalupe",
    ];
    const LAST: [&str; 8] = [
        "Lopez",
        "Smith",
        "Lee",
        "Ng",
        "Anderson",
        "Hernandez",
        "Cox",
        "Montgomery",
    ];
    let names = column(|n| format!("{} {}", FIRST[n % 7], LAST[n / 7 % 8]));
    standardise(c, "name, plain", &names, name);
    let names = column(|n| format!("{} {}", FIRST[n % 7], LAST[n / 7 % 8]).to_uppercase());
    standardise(c, "name, plain capitals", &names, name);
    let names =
        column(|n| ["JOSÉ PEÑA", "Élodie Béart", "jürgen groß", "Łukasz żak"][n % 4].to_owned());
    standardise(c, "name, accented", &names, name);

    let phones = column(|n| match n % 4 {
        0 => format!("(212) 555-{:04}", n % 10_000),
        1 => format!("+1-555-{:04}", n % 10_000),
        2 => format!("212.555.{:04}", n % 10_000),
        _ => format!("1212555{:04}", n % 10_000),
    });
    if let Ok(rules) = PhoneRules::new(Some("US"), PhoneFormat::Digits) {
        standardise(c, "phone, US", &phones, |v, out| rules.standardise(v, out));
    }
    if let Ok(rules) = PhoneRules::new(Some("DE"), PhoneFormat::E164) {
        let phones = column(|n| format!("030 {:07}", 1_000_000 + n));
        standardise(c, "phone, DE", &phones, |v, out| rules.standardise(v, out));
    }

    let uuids = column(|n| format!("{:032X}", n as u128 * 0x9E37_79B9_7F4A_7C15_F39C));
    standardise(c, "uuid", &uuids, uuid::standardise);
}

fn amounts(c: &mut Criterion) {
    let euros = |mark| MoneyRules {
        precision: 18,
        scale: 2,
        mark,
        currency: Currency::of_code("EUR"),
    };
    let amounts = column(|n| format!("{n}.{:02}", n % 100));
    parse(c, "money, plain", &amounts, |v| euros(None).parse(v));
    let amounts = column(|n| match n % 3 {
        0 => format!("{n},{:02} €", n % 100),
        1 => format!("EUR {}.{:03},{:02}", n % 900 + 1, n % 1_000, n % 100),
        _ => format!("({n},5)"),
    });
    parse(c, "money, with a currency", &amounts, |v| {
        euros(None).parse(v)
    });
}

fn times(c: &mut Criterion) {
    let clock = |n: usize| format!("{:02}:{:02}:{:02}", n % 24, n % 60, n % 59);
    let day = |n: usize| format!("20{:02}-{:02}-{:02}", n % 100, n % 12 + 1, n % 28 + 1);
    if let Ok(rules) = TimestampRules::new(DateOrder::Undeclared, &[], None) {
        parse(
            c,
            "timestamp, Z",
            &column(|n| format!("{}T{}Z", day(n), clock(n))),
            |v| rules.parse(v),
        );
        parse(
            c,
            "timestamp, space, fraction",
            &column(|n| format!("{} {}.{n:06}", day(n), clock(n))),
            |v| rules.parse(v),
        );
        parse(
            c,
            "timestamp, offset",
            &column(|n| format!("{}T{}+02:00", day(n), clock(n))),
            |v| rules.parse(v),
        );
    }
    if let Ok(rules) = TimestampRules::new(DateOrder::Undeclared, &[], Some("Europe/Berlin")) {
        parse(
            c,
            "timestamp, Berlin",
            &column(|n| format!("{} 1{}:00:00", day(n), n % 10)),
            |v| rules.parse(v),
        );
    }
    if let Ok(rules) = DateRules::new(DateOrder::DayFirst, &[], None) {
        parse(c, "date, ISO", &column(day), |v| rules.parse(v));
        parse(
            c,
            "date, day first",
            &column(|n| format!("{}/{}/2024", n % 28 + 1, n % 12 + 1)),
            |v| rules.parse(v),
        );
        parse(
            c,
            "date, month name",
            &column(|n| format!("{} Jan 2024", n % 28 + 1)),
            |v| rules.parse(v),
        );
    }
    let formats = ["%d.%m.%Y %H:%M:%S".to_owned()];
    if let Ok(rules) = TimestampRules::new(DateOrder::Undeclared, &formats, None) {
        parse(
            c,
            "timestamp, pattern",
            &column(|n| format!("{:02}.{:02}.2024 {}", n % 28 + 1, n % 12 + 1, clock(n))),
            |v| rules.parse(v),
        );
    }
    let formats = ["epoch_ms".to_owned()];
    if let Ok(rules) = TimestampRules::new(DateOrder::Undeclared, &formats, None) {
        parse(
            c,
            "timestamp, milliseconds",
            &column(|n| format!("17206056{n:05}")),
            |v| rules.parse(v),
        );
    }
    let mut group = c.benchmark_group("write");
    group.throughput(Throughput::Elements(ROWS as u64));
    let mut out = Vec::new();
    group.bench_function("timestamp", |b| {
        b.iter(|| {
            out.clear();
            for row in 0..ROWS as i64 {
                civil::write_timestamp(
                    black_box(1_720_605_600_000_000 + row * 86_399_000_000),
                    &mut out,
                );
            }
            black_box(out.len())
        });
    });
    group.finish();
}

fn numbers(c: &mut Criterion) {
    parse(c, "integer", &column(|n| n.to_string()), |v| {
        number::parse_integer(v, DecimalMark::Point)
    });
    parse(
        c,
        "decimal",
        &column(|n| format!("{}.{:02}", n, n % 100)),
        |v| number::parse_decimal(v, 12, 2, DecimalMark::Point),
    );
    parse(
        c,
        "decimal, amount",
        &column(|n| format!("$1,{:03}.{:02}", n % 1_000, n % 100)),
        |v| number::parse_decimal(v, 12, 2, DecimalMark::Point),
    );
    parse(
        c,
        "float",
        &column(|n| format!("{}.{:02}", n, n % 100)),
        |v| number::parse_float(v, DecimalMark::Point),
    );
    parse(
        c,
        "decimal, comma",
        &column(|n| format!("{},{:02}", n, n % 100)),
        |v| number::parse_decimal(v, 12, 2, DecimalMark::Comma),
    );
    parse(
        c,
        "decimal, comma, thousands",
        &column(|n| format!("1.{:03},{:02}", n % 1_000, n % 100)),
        |v| number::parse_decimal(v, 12, 2, DecimalMark::Comma),
    );
    parse(
        c,
        "float, comma",
        &column(|n| format!("{},{:02}", n, n % 100)),
        |v| number::parse_float(v, DecimalMark::Comma),
    );
    let nulls = NullTokens::default();
    let values = column(|n| ["John Smith", "Nancy", "42", "n/a", ""][n % 5].to_owned());
    parse(c, "null", &values, |v| Ok::<_, ()>(nulls.is_null(v)));
}

criterion_group!(benches, texts, times, numbers, amounts);
criterion_main!(benches);
