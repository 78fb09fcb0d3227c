//! Whole, damaged and cut texts at random, on which the splitter and `serde_json` must agree.

use super::*;
use proptest::prelude::*;

/// Values with the keys that paths want, repeated now and then.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("-2.5e3".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("\"x\"".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"}],{\\\"a\\u00e9\"".to_owned()),
        Just("\"\u{e9}\u{1f600}\"".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        let map = prop::collection::vec((key(), inner), 0..4);
        prop_oneof![
            (list, spaces()).prop_map(|(values, s)| format!("[{s}{}{s}]", values.join(","))),
            (map, spaces()).prop_map(|(entries, s)| object(&entries, &s)),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a", "a", "b", "c", "d", "0", "\\u0061", "rows", "data",
    ])
    .prop_map(str::to_owned)
}

fn spaces() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "", " ", "\n", "\r\n  ", "\t"]).prop_map(str::to_owned)
}

fn object(entries: &[(String, String)], s: &str) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(key, value)| format!("\"{key}\":{s}{value}"))
        .collect();
    format!("{{{s}{}{s}}}", entries.join(&format!(",{s}")))
}

fn record() -> impl Strategy<Value = String> {
    let entries = prop::collection::vec((key(), value()), 0..4);
    prop_oneof![
        8 => (entries, spaces()).prop_map(|(entries, s)| object(&entries, &s)),
        1 => value(),
    ]
}

/// The records of a page, as an array.
fn array() -> impl Strategy<Value = String> {
    (prop::collection::vec(record(), 0..5), spaces())
        .prop_map(|(records, s)| format!("[{s}{}{s}]", records.join(&format!(",{s}"))))
}

/// Documents for `records: data.rows`.
fn page() -> impl Strategy<Value = String> {
    let members = || prop::collection::vec((key(), value()), 0..3);
    let rows = prop_oneof![6 => array(), 1 => value()];
    (members(), members(), rows, members(), members(), spaces()).prop_map(
        |(before, mut inside, rows, behind, after, s)| {
            inside.push(("rows".to_owned(), rows));
            inside.extend(behind);
            let mut entries = before;
            entries.push(("data".to_owned(), object(&inside, &s)));
            entries.extend(after);
            object(&entries, &s)
        },
    )
}

fn file(document: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec!["\n", "\n", "", " ", "\r\n", "\n\n  "]);
    (prop::collection::vec(document, 1..5), separator)
        .prop_map(|(documents, separator)| documents.join(separator))
}

/// A text that something has happened to.
fn damaged(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let junk = prop::sample::select(vec![
        "",
        "",
        ",",
        "]",
        "}",
        "{",
        "[",
        "\"",
        "\n",
        ":",
        "x",
        "\\",
        "1",
        "]}",
        "}}",
        "{\"data\":",
    ]);
    let harm = (any::<prop::sample::Index>(), 0usize..6, junk);
    (text, prop::collection::vec(harm, 1..4)).prop_map(|(mut text, harms)| {
        for (at, length, junk) in harms {
            let place = |text: &str, at: usize| {
                (at..=text.len())
                    .find(|at| text.is_char_boundary(*at))
                    .unwrap_or(0)
            };
            let from = place(&text, at.index(text.len() + 1));
            let to = place(&text, (from + length).min(text.len()));
            text.replace_range(from..to.max(from), junk);
        }
        text
    })
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0usize..4096, 0..6)
}

fn agree(text: &str, records: &str, cuts: &[usize]) -> Result<(), TestCaseError> {
    compare(text, records, cuts).map_err(|what| TestCaseError::fail(format!("{text:?}: {what}")))
}

proptest! {
    #[test]
    fn documents_agree(text in file(prop_oneof![record(), array(), value()]), cuts in cuts()) {
        agree(&text, "", &cuts)?;
    }

    #[test]
    fn pages_agree(text in file(prop_oneof![8 => page(), 1 => value()]), cuts in cuts()) {
        agree(&text, "data.rows", &cuts)?;
    }

    #[test]
    fn damaged_documents_agree(text in damaged(file(prop_oneof![record(), array()])), cuts in cuts()) {
        agree(&text, "", &cuts)?;
    }

    #[test]
    fn damaged_pages_agree(text in damaged(file(page())), cuts in cuts()) {
        agree(&text, "data.rows", &cuts)?;
    }

    #[test]
    fn anything_agrees(text in "[\\[\\]{},:\"ab0\\\\ \n]{0,40}", cuts in cuts()) {
        agree(&text, "", &cuts)?;
        agree(&text, "a", &cuts)?;
    }
}

/// Every place of one text, and every pair of them.
#[test]
fn a_cut_at_any_byte_changes_nothing() {
    let pages = "{\"n\":1,\"data\":{\"rows\":[{\"a\":{\"b\":\"\u{e9}\"}},{\"a\":[1,{\"b\":2}]}],\"t\":\"x\\\"\"},\"tail\":[{}]}\n {\"data\":{\"rows\":[ ]}}{\"data\":{\"rows\":[{\"a\":1}]";
    let arrays = "[{\"a\":1},\n]\n[] {\"a\":3} [{\"a\":\"open},{\"a\":4}] x\n[{\"a\":5}][{\"a\":6}";
    for (text, records) in [(pages, "data.rows"), (arrays, "")] {
        for one in 0..=text.len() {
            for other in one..=text.len() {
                assert_eq!(disagreement(text, records, &[one, other]), None);
            }
        }
    }
}
