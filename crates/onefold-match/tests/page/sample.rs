//! Pages to test with.

use onefold_match::page::{Blocking, ColumnUse, Example, Page, Prevented};
use onefold_match::{Agreement, Explanation, Kind, Learned, Level, Model, SkippedBlock};

/// A comparison with the shares of its levels, the lowest first.
fn learned(label: &str, kind: Kind, filled: f64, distinct: u64, shares: &[(f64, f64)]) -> Learned {
    let names = kind.levels().iter().cycle();
    let level = |((m, u), name): (&(f64, f64), &&str)| Level {
        name: (*name).to_owned(),
        m: *m,
        u: *u,
    };
    Learned {
        label: label.to_owned(),
        kind,
        filled,
        distinct,
        depends_on: None,
        levels: shares.iter().zip(names).map(level).collect(),
    }
}

fn model() -> Model {
    let words = [
        (0.012, 0.9621),
        (0.031, 0.0288),
        (0.042, 0.0061),
        (0.071, 0.0011),
        (0.058, 0.0004),
        (0.786, 0.0015),
    ];
    let mut names = words.repeat(4);
    names[18] = (0.24, 0.9621);
    names[23] = (0.558, 0.0015);
    let mut email = learned(
        "email",
        Kind::Email,
        0.91,
        9_412,
        &[
            (0.112, 0.8214),
            (0.021, 0.1782),
            (0.051, 0.0004),
            (0.043, 0.000_004),
            (0.773, 0.000_021),
        ],
    );
    email.depends_on = Some("name".to_owned());
    Model {
        matches_per_record: 0.31,
        comparisons: vec![
            learned("name", Kind::Name, 0.998, 8_790, &names),
            email,
            learned(
                "birth_date",
                Kind::Date,
                0.64,
                7_304,
                &[
                    (0.034, 0.931),
                    (0.011, 0.0431),
                    (0.018, 0.0212),
                    (0.022, 0.0017),
                    (0.094, 0.003),
                    (0.821, 0.000_048),
                ],
            ),
            learned(
                "postcode",
                Kind::Code,
                0.87,
                2_118,
                &[
                    (0.131, 0.962),
                    (0.022, 0.027),
                    (0.019, 0.006),
                    (0.058, 0.0043),
                    (0.77, 0.0007),
                ],
            ),
        ],
    }
}

/// An example; of each comparison its level, both values and the weight.
fn example(what: &str, keys: [&str; 2], evidence: &[(&str, &str, [&str; 2], f32)]) -> Example {
    let prior = -15.2;
    let weight = prior + evidence.iter().map(|(.., weight)| weight).sum::<f32>();
    let agreement =
        |(comparison, level, values, weight): &(&str, &str, [&str; 2], f32)| Agreement {
            comparison: (*comparison).to_owned(),
            level: (*level).to_owned(),
            values: values.map(|value| (!value.is_empty()).then(|| value.to_owned())),
            weight: *weight,
        };
    Example {
        what: what.to_owned(),
        a: keys[0].to_owned(),
        b: keys[1].to_owned(),
        explanation: Explanation {
            prior,
            evidence: evidence.iter().map(agreement).collect(),
            weight,
            probability: 1.0 / (1.0 + f64::from(-weight).exp2()),
        },
    }
}

fn examples() -> Vec<Example> {
    vec![
        example(
            "linked",
            ["crm/10482", "shop/77310"],
            &[
                (
                    "name",
                    "equal word, nickname",
                    ["katherine ann osei", "kate osei"],
                    10.3,
                ),
                (
                    "email",
                    "equal",
                    ["k.osei@example.org", "k.osei@example.org"],
                    15.2,
                ),
                ("birth_date", "missing", ["1986-04-11", ""], 0.0),
                ("postcode", "one edit", ["se15 4qr", "se15 4qn"], 3.7),
            ],
        ),
        example(
            "linked although weak",
            ["crm/2231", "loyalty/90-118"],
            &[
                (
                    "name",
                    "equal word, a slip of the pen",
                    ["maria lindqvist", "maria lindkvist"],
                    14.1,
                ),
                (
                    "email",
                    "differ",
                    ["maria@example.com", "m.lindkvist@example.net"],
                    -2.9,
                ),
                (
                    "birth_date",
                    "one edit, or day and month swapped",
                    ["1990-03-07", "1990-07-03"],
                    5.0,
                ),
                ("postcode", "equal", ["11453", "11453"], 6.8),
            ],
        ),
        example(
            "possible",
            ["shop/5120", "shop/61877"],
            &[
                ("name", "equal word", ["j smith", "j smith"], 9.4),
                ("email", "missing", ["", "js@example.com"], 0.0),
                ("birth_date", "missing", ["", ""], 0.0),
                ("postcode", "equal", ["ls2 9jt", "ls2 9jt"], 7.1),
            ],
        ),
    ]
}

/// A page of a few comparisons and pairs.
pub(crate) fn small() -> Page {
    let named = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
        pairs
            .iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    };
    let column =
        |name: &str, role: &str, confidence, because: &str, comparison: Option<&str>| ColumnUse {
            name: name.to_owned(),
            role: role.to_owned(),
            confidence,
            because: because.to_owned(),
            comparison: comparison.map(str::to_owned),
        };
    Page {
        title: "Customers of the shop and the CRM".to_owned(),
        records: 12_345,
        customers: 9_876,
        sources: named(&[("crm", 6_120), ("shop", 5_004), ("loyalty", 1_221)]),
        model: model(),
        thresholds: [0.5, 0.9],
        compared: 148_210,
        probabilities: [141_020, 2_310, 840, 402, 260, 181, 144, 190, 388, 2_475],
        blocking: Blocking {
            cap: 20,
            blocks: 41_377,
            skipped: 612,
            largest: 4_810,
            skipped_blocks: vec![
                SkippedBlock {
                    values: vec![
                        ("name".to_owned(), "smith".to_owned()),
                        ("city".to_owned(), "<new> york".to_owned()),
                    ],
                    records: 4_810,
                    not_compared: 11_560_001,
                },
                SkippedBlock {
                    values: vec![
                        ("name".to_owned(), "initials j s".to_owned()),
                        ("dob".to_owned(), "1980".to_owned()),
                    ],
                    records: 77,
                    not_compared: 0,
                },
            ],
            compared_of: 76_193_340,
        },
        sizes: named(&[("2", 1_714), ("3-5", 318), ("6-10", 12), ("11-20", 1)]),
        examples: examples(),
        possible: 585,
        empty: 7,
        prevented: vec![
            Prevented {
                guard: "values of passport never differ within a person".to_owned(),
                count: 14,
                examples: vec![
                    ("crm/18".to_owned(), "shop/4410".to_owned()),
                    ("crm/902".to_owned(), "shop/17".to_owned()),
                ],
            },
            Prevented {
                guard: "crm has no duplicates".to_owned(),
                count: 1,
                examples: Vec::new(),
            },
        ],
        columns: vec![
            column("id", "key", 1.0, "differs in every record", None),
            column(
                "full_name",
                "full name",
                0.97,
                "its name says so and 998 of 1000 values look like names",
                Some("name"),
            ),
            column("email", "email", 1.0, "declared as email", Some("email")),
            column(
                "born",
                "birth date",
                0.82,
                "the only date of the table, and its years are those of adults",
                Some("birth_date"),
            ),
            column(
                "zip",
                "postcode",
                0.95,
                "its name says so",
                Some("postcode"),
            ),
        ],
        seconds: [
            ("encode", 0.041),
            ("block", 0.093),
            ("learn", 0.31),
            ("score", 0.182),
            ("link", 0.027),
        ]
        .map(|(step, seconds)| (step.to_owned(), seconds))
        .to_vec(),
        largest: named(&[("c-000412", 17), ("c-007719", 9), ("c-001003", 8)]),
    }
}

/// A page of no records.
pub(crate) fn nothing() -> Page {
    Page {
        title: String::new(),
        records: 0,
        customers: 0,
        sources: Vec::new(),
        model: Model {
            matches_per_record: 0.0,
            comparisons: Vec::new(),
        },
        thresholds: [0.5, 0.9],
        compared: 0,
        probabilities: [0; 10],
        blocking: Blocking::default(),
        sizes: Vec::new(),
        examples: Vec::new(),
        possible: 0,
        empty: 0,
        prevented: Vec::new(),
        columns: Vec::new(),
        seconds: Vec::new(),
        largest: Vec::new(),
    }
}
