//! Pairs that one thread scores in a second: five comparisons of 100,000 records, of which two of three are copies with slips of the pen.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onefold_match::roles::Role;
use onefold_match::{Input, Options, auto};
use onefold_rows::hash::mix;

const RECORDS: u64 = 100_000;

/// One of so many things, by a person and what is asked.
fn one(person: u64, what: u64, of: u64) -> u64 {
    mix(person, what) % of
}

/// A word of a few syllables.
fn word(number: u64) -> String {
    let syllables = ["ba", "co", "di", "fe", "gu", "ha", "jo", "ki", "le", "mu"];
    let syllable = |place: u32| syllables[(number / 10u64.pow(place) % 10) as usize];
    (0..4).map(syllable).collect()
}

fn column(of: impl Fn(u64) -> String) -> Vec<Option<String>> {
    let value = |record: u64| {
        let mut value = of(record / 3);
        match one(record, 1, 12) {
            0 => return None,
            1 => drop(value.pop()),
            _ => {}
        }
        Some(value)
    };
    (0..RECORDS).map(value).collect()
}

fn score(c: &mut Criterion) {
    let name = |person| {
        let (given, family) = (one(person, 2, 300), one(person, 3, 9000));
        format!("{} {}", word(given), word(family))
    };
    let born = |person| {
        let [year, month, day] =
            [(4, 70), (5, 12), (6, 28)].map(|(what, of)| one(person, what, of));
        format!("{}-{:02}-{:02}", 1940 + year, 1 + month, 1 + day)
    };
    let columns = [
        column(name),
        column(|person| format!("{}{}@example.org", word(one(person, 7, 9000)), person % 90)),
        column(|person| format!("2025{:06}", one(person, 8, 900_000))),
        column(born),
        column(|person| format!("{:05}", one(person, 9, 3000))),
    ];
    let input = Input {
        records: RECORDS as u32,
        columns: columns.iter().map(|column| column as _).collect(),
        sources: &[],
    };
    let roles = [
        Role::FullName,
        Role::Email,
        Role::Phone,
        Role::BirthDate,
        Role::Postcode,
    ];
    let options = Options {
        comparisons: auto::comparisons(&["name", "email", "phone", "born", "zip"], &roles),
        threads: 1,
        ..Options::default()
    };
    // The seconds of scoring, of all that is done, and the pairs.
    let scored = || {
        let found = onefold_match::find(&input, &options).expect("a model of its own");
        let mut seconds = found.report.seconds.iter();
        let score = seconds.find(|(what, _)| *what == "score");
        (
            score.map_or(0.0, |(_, seconds)| *seconds),
            found.report.compared,
        )
    };
    let mut group = c.benchmark_group("100k records, five comparisons");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(scored().1));
    group.bench_function("score", |b| {
        b.iter_custom(|times| {
            (0..times)
                .map(|_| Duration::from_secs_f64(scored().0))
                .sum()
        });
    });
    group.finish();
}

criterion_group!(benches, score);
criterion_main!(benches);
