//! Small tables in which records look alike and are not the same, and the reverse.

use crate::{Comparison, Input, Kind, Matched, Options, Texts, find};

const KINDS: [(&str, Kind); 6] = [
    ("name", Kind::Name),
    ("birth", Kind::Date),
    ("email", Kind::Email),
    ("phone", Kind::Phone),
    ("address", Kind::Address),
    ("company", Kind::Company),
];

/// Cells of a row.
pub(crate) const PLACES: usize = KINDS.len();

/// What is found in rows of name, birth date, e-mail, phone, address and company.
pub(crate) fn found(rows: &[String]) -> Matched {
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); KINDS.len()];
    for row in rows {
        let mut cells = row.split('|').map(str::trim);
        for column in &mut columns {
            let cell = cells.next().filter(|cell| !cell.is_empty());
            column.push(cell.map(str::to_owned));
        }
    }
    let comparisons = KINDS.iter().enumerate().map(|(index, (label, kind))| {
        let (label, kind) = ((*label).to_owned(), *kind);
        Comparison {
            label,
            kind,
            columns: vec![index],
            identifies: false,
            implied_by: None,
            weighs: true,
        }
    });
    let options = Options {
        comparisons: comparisons.collect(),
        threshold: 0.5,
        possible: 0.2,
        threads: 2,
        ..Options::default()
    };
    let input = Input {
        records: rows.len() as u32,
        columns: columns.iter().map(|column| column as &dyn Texts).collect(),
        sources: &[],
    };
    find(&input, &options).expect("a model of its own")
}

fn merged(rows: &[String]) -> usize {
    let mut found = found(rows).clusters;
    found.sort_unstable();
    found.dedup();
    rows.len() - found.len()
}

const GIVEN: [&str; 16] = [
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "William",
    "Barbara",
    "Richard",
    "Susan",
    "Joseph",
    "Margaret",
];
const FAMILY: [&str; 15] = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Wilson",
    "Anderson",
    "Taylor",
    "Thomas",
    "Moore",
    "Jackson",
];
const STREETS: [&str; 7] = ["Oak", "Main", "Hill", "Lake", "Park", "Church", "Mill"];

/// A person of its own.
fn person(number: usize) -> [String; 6] {
    let (given, family) = (GIVEN[number % 16], FAMILY[number % 15]);
    let (month, day) = (number * 7 % 12 + 1, number * 11 % 28 + 1);
    [
        format!("{given} {family}"),
        format!("{}-{month:02}-{day:02}", 1940 + number * 13 % 60),
        format!("{}.{family}{}@example.com", &given[..1], number * 37 % 1000),
        format!("555{:07}", number * 7_654_321 % 9_999_991),
        format!("{} {} Street", number * 31 % 900 + 1, STREETS[number % 7]),
        format!("{} Works", STREETS[number * 3 % 7]),
    ]
}

/// So many people, each changed.
pub(crate) fn rows(count: usize, change: impl Fn(usize, &mut [String; 6])) -> Vec<String> {
    let people = (0..count).map(|number| {
        let mut person = person(number);
        change(number, &mut person);
        person.join("|")
    });
    people.collect()
}

#[test]
fn people_of_their_own_stay_apart() {
    for count in [0, 1, 2, 3, 20, 200] {
        assert_eq!(merged(&rows(count, |_, _| {})), 0, "{count} people");
    }
}

#[test]
fn people_of_one_company_stay_apart() {
    let rows = rows(200, |_, person| {
        person[2] = "info@acme.example".to_owned();
        person[3] = "555 1234567".to_owned();
        person[4] = "1 Acme Plaza".to_owned();
        person[5] = "Acme Inc.".to_owned();
    });
    assert_eq!(merged(&rows), 0);
}

#[test]
fn twins_and_couples_stay_apart() {
    for shares_birth_date in [true, false] {
        let rows = rows(40, |number, person| {
            let other = self::person(number / 2);
            let family = FAMILY[number / 2 % 15];
            person[0] = format!("{} {family}", GIVEN[(number / 2 + number % 2 * 5) % 16]);
            for (place, value) in other.into_iter().enumerate().skip(1) {
                if place > 1 || shares_birth_date {
                    person[place] = value;
                }
            }
        });
        assert_eq!(merged(&rows), 0, "birth date shared: {shares_birth_date}");
    }
}

#[test]
fn father_and_son_stay_apart() {
    let rows = rows(40, |number, person| {
        let other = self::person(number / 2);
        let generation = ["Sr", "Jr"][number % 2];
        person[0] = format!("{} {generation}", other[0]);
        person[4] = other[4].clone();
        person[3] = other[3].clone();
    });
    assert_eq!(merged(&rows), 0);
}

#[test]
fn names_alone_make_nobody_the_same() {
    let rows = rows(60, |number, person| {
        person[0] = self::person(number / 2)[0].clone();
    });
    assert_eq!(merged(&rows), 0);
}

#[test]
fn the_same_person_is_found_among_few_and_many() {
    for count in [2, 20, 200] {
        let rows = rows(count, |number, person| {
            *person = self::person(number / 2);
            if number % 2 == 1 {
                person[2] = String::new();
                person[4] = person[4].replace("Street", "St.");
            }
        });
        assert_eq!(merged(&rows), count / 2, "{count} records");
    }
}
