//! Tables with the role of each column: `tests/roles/*.txt`.
//!
//! A table begins with `# title`. Its lines are `name | role | values | declared type`, values parted by `;`. With `records N` the
//! values of each column are repeated to N; `1..` counts.

use std::collections::HashSet;
use std::time::Instant;

use onefold_match::roles::{Declared, Seen, guess};
use proptest::prelude::*;

struct Line {
    name: String,
    role: String,
    values: Vec<String>,
    declared: Option<Declared>,
}

fn declared(text: &str) -> Declared {
    match text {
        "name" => Declared::PersonName,
        "email" => Declared::Email,
        "phone" => Declared::Phone,
        "date" => Declared::Date,
        "timestamp" => Declared::Timestamp,
        "number" => Declared::Number,
        "boolean" => Declared::Boolean,
        "uuid" => Declared::Uuid,
        "money" => Declared::Money,
        "address" => Declared::Address,
        "postcode" => Declared::Postcode,
        "country" => Declared::Country,
        "company" => Declared::Company,
        "url" => Declared::Url,
        "ip" => Declared::Ip,
        "text" => Declared::Text,
        other => panic!("unknown type {other}"),
    }
}

fn line(text: &str, records: Option<usize>) -> Line {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let [name, role, values, rest @ ..] = parts.as_slice() else {
        panic!("three parts: {text}");
    };
    let all: Vec<String> = values
        .split(';')
        .map(|value| value.trim().replace("\\n", "\n"))
        .filter(|value| !value.is_empty())
        .collect();
    let values = match records {
        Some(records) if *values == "1.." => (1..=records).map(|n| n.to_string()).collect(),
        Some(records) => all.iter().cycle().take(records).cloned().collect(),
        None => all,
    };
    Line {
        name: (*name).to_owned(),
        role: (*role).to_owned(),
        values,
        declared: rest.first().map(|text| declared(text)),
    }
}

/// What is wrong with the guesses for a table, and how many columns it has.
fn check(table: &str) -> (usize, Vec<String>) {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty());
    let title = lines.next().unwrap_or_default();
    let mut rest: Vec<&str> = lines.collect();
    let records = rest
        .first()
        .and_then(|line| line.strip_prefix("records "))
        .and_then(|n| n.trim().parse().ok());
    if records.is_some() {
        rest.remove(0);
    }
    let lines: Vec<Line> = rest.iter().map(|text| line(text, records)).collect();
    let values: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.values.iter().map(String::as_str).collect())
        .collect();
    let most = values.iter().map(Vec::len).max().unwrap_or(0);
    let seen: Vec<Seen<'_>> = lines
        .iter()
        .zip(&values)
        .map(|(line, values)| Seen {
            name: &line.name,
            declared: line.declared,
            values,
            filled: values.len() as u64,
            records: most as u64,
            distinct: values.iter().collect::<HashSet<_>>().len() as u64,
        })
        .collect();
    let guesses = guess(&seen);
    assert_eq!(guesses.len(), lines.len());
    let wrong = lines.iter().zip(&guesses).filter_map(|(line, guess)| {
        assert!((0.0..=1.0).contains(&guess.confidence));
        assert!(!guess.because.is_empty(), "{}", line.name);
        let found = format!("{:?}", guess.role);
        let (name, role, because) = (&line.name, &line.role, &guess.because);
        (found != *role).then(|| format!("{title}: `{name}` is {found}, not {role}: {because}"))
    });
    (lines.len(), wrong.collect())
}

#[test]
fn columns_have_their_roles() {
    let tables = [
        include_str!("roles/benchmarks.txt"),
        include_str!("roles/exports.txt"),
        include_str!("roles/registers.txt"),
        include_str!("roles/languages.txt"),
        include_str!("roles/headerless.txt"),
        include_str!("roles/traps.txt"),
    ];
    let (mut columns, mut wrong) = (0, Vec::new());
    for text in tables {
        for table in text.split("\n# ").filter(|table| !table.trim().is_empty()) {
            let (count, found) = check(table);
            columns += count;
            wrong.extend(found);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(columns >= 80, "{columns}");
}

#[test]
fn a_name_makes_it_surer() {
    let values = ["Mary", "James", "Peter", "Linda", "Susan"];
    let seen = |name| Seen {
        name,
        declared: None,
        values: &values,
        filled: 5,
        records: 5,
        distinct: 5,
    };
    let [named, unnamed] = [seen("first_name"), seen("c0")].map(|seen| guess(&[seen]).remove(0));
    assert_eq!(named.role, unnamed.role);
    assert!(named.confidence > unnamed.confidence);
    assert_eq!(
        named.because,
        "named `first_name`; 100% of its values look like names"
    );
}

#[test]
fn nothing_is_needed() {
    assert!(guess(&[]).is_empty());
    let empty = Seen {
        name: "",
        declared: None,
        values: &[],
        filled: 0,
        records: 0,
        distinct: 0,
    };
    assert_eq!(format!("{:?}", guess(&[empty])[0].role), "Ignore");
    let odd = [
        "\u{0}",
        "\u{1f600}",
        "e\u{301}",
        "@",
        "....",
        "-",
        "\u{202e}x",
        "١٢٣",
    ];
    for name in [
        "\u{0}",
        "email",
        "Дата рождения",
        "出生日期",
        "a.b..c",
        "____",
    ] {
        let seen = Seen {
            name,
            values: &odd,
            filled: 3,
            records: 2,
            distinct: 9,
            ..empty
        };
        assert_eq!(guess(&[seen]).len(), 1);
    }
}

#[test]
fn large_tables_take_no_time() {
    let texts: Vec<String> = (0..10_000)
        .map(|n| format!("Hauptstraße {n}, {} Köln", 10_000 + n))
        .collect();
    let values: Vec<&str> = texts.iter().map(String::as_str).collect();
    let names: Vec<String> = (0..50).map(|n| format!("c{n}")).collect();
    let seen: Vec<Seen<'_>> = names
        .iter()
        .map(|name| Seen {
            name,
            declared: None,
            values: &values,
            filled: 10_000,
            records: 10_000,
            distinct: 10_000,
        })
        .collect();
    let start = Instant::now();
    assert_eq!(guess(&seen).len(), 50);
    // About 70 ms; the machine may be busy.
    assert!(start.elapsed().as_millis() < 1000, "{:?}", start.elapsed());
}

proptest! {
    /// Whatever names and values there are, each column gets a role, and the same one again.
    #[test]
    fn any_table_has_roles(columns in proptest::collection::vec((".{0,20}", proptest::collection::vec(".{0,30}|[0-9./:-]{0,12}", 0..6), 0u64..9, 0u64..9), 0..6)) {
        let values: Vec<Vec<&str>> = columns
            .iter()
            .map(|(_, values, ..)| values.iter().map(String::as_str).collect())
            .collect();
        let seen: Vec<Seen<'_>> = columns
            .iter()
            .zip(&values)
            .map(|((name, _, filled, distinct), values)| Seen {
                name,
                declared: None,
                values,
                filled: *filled,
                records: 8,
                distinct: *distinct,
            })
            .collect();
        let guesses = guess(&seen);
        prop_assert_eq!(guesses.len(), seen.len());
        prop_assert!(guesses.iter().all(|guess| (0.0..=1.0).contains(&guess.confidence)));
        prop_assert_eq!(guesses, guess(&seen));
    }
}
