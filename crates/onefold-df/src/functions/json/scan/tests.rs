//! Held to tables and to `serde_json`.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn at(text: &str, path: &[Step<'_>]) -> Option<String> {
    find(text, path).expect("JSON").map(str::to_owned)
}

#[test]
fn values_at_paths() {
    use Step::{Key, Place};
    let text =
        r#" {"a": [1, {"b": "x", "0": 5}, null], "0": 7, "a.b": 8, "\u0063": 9, "d": 1.50} "#;
    for (path, expected) in [
        (vec![], Some(text.trim())),
        (vec![Key("a"), Place(0)], Some("1")),
        (vec![Key("a"), Place(1), Key("b")], Some("\"x\"")),
        (vec![Key("a"), Place(1), Key("0")], Some("5")),
        (vec![Key("a"), Place(2)], Some("null")),
        (vec![Key("a"), Place(-2), Key("b")], Some("\"x\"")),
        (vec![Key("a"), Place(-4)], None),
        (vec![Key("a"), Place(3)], None),
        (vec![Key("a"), Key("0")], None),
        (vec![Place(0)], None),
        (vec![Key("0")], Some("7")),
        (vec![Key("a.b")], Some("8")),
        (vec![Key("c")], Some("9")),
        (vec![Key("d")], Some("1.50")),
        (vec![Key("d"), Key("x")], None),
    ] {
        assert_eq!(at(text, &path).as_deref(), expected, "{path:?}");
    }
}

#[test]
fn of_a_repeated_key_the_last_counts_as_a_whole() {
    let text = r#"{"a": {"b": 1}, "a": {"c": 2}}"#;
    assert_eq!(at(text, &[Step::Key("a"), Step::Key("b")]), None);
    assert_eq!(
        at(text, &[Step::Key("a"), Step::Key("c")]).as_deref(),
        Some("2")
    );
}

#[test]
fn what_is_not_json_is_told_wherever_it_stands() {
    for (text, said) in [
        ("", "not JSON: expected a value at byte 0"),
        ("{\"a\": 1", "not JSON: expected `,` or `}` at byte 7"),
        (
            "{\"a\": 1} x",
            "not JSON: expected the end of the text at byte 9",
        ),
        (
            "{\"a\": 1, \"b\": tru}",
            "not JSON: expected a value at byte 14",
        ),
        ("[1,]", "not JSON: expected a value at byte 3"),
        ("{'a': 1}", "not JSON: expected a string at byte 1"),
        ("01", "not JSON: expected the end of the text at byte 1"),
    ] {
        let error = find(text, &[Step::Key("a")]).expect_err(text);
        assert_eq!(error.to_string(), said, "{text}");
    }
}

#[test]
fn lengths() {
    for (text, expected) in [
        ("[]", Some(0)),
        ("[1, [2, 3], {}]", Some(3)),
        ("{}", Some(0)),
        (r#"{"a": 1, "b": [], "a": 2, "\u0061": 3}"#, Some(2)),
        ("\"abc\"", None),
        ("12", None),
    ] {
        assert_eq!(length(text), expected, "{text}");
    }
}

#[test]
fn deep_values_do_not_overflow_the_stack() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    assert_eq!(
        find(&deep, &[]).map(|found| found.map(str::len)),
        Ok(Some(400_000))
    );
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            Just("{\"a\":"),
            Just("}"),
            Just("["),
            Just("]"),
            Just(","),
            Just("\"a\""),
            Just(":"),
            Just("1"),
            Just("-0.5e2"),
            Just("null"),
            Just("true"),
            Just(" "),
            Just("\"\\u00e9\\n\""),
            Just("\"\\ud83d\\ude00\""),
            Just("tru"),
            Just("\\"),
            Just("{}"),
            Just("[]"),
            Just("\u{e9}"),
            Just("\""),
            Just("0"),
        ],
        0..14,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn json_is_what_serde_json_takes_for_it(text in any_text()) {
        let ours = find(&text, &[]);
        match serde_json::from_str::<Value>(&text) {
            Ok(value) => {
                let found = ours.expect("JSON").expect("a value");
                prop_assert_eq!(serde_json::from_str::<Value>(found).expect("JSON"), value);
            }
            Err(_) => prop_assert!(ours.is_err(), "{}", text),
        }
    }

    #[test]
    fn values_are_those_of_serde_json(text in any_text()) {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            for (step, expected) in [(Step::Key("a"), value.get("a")), (Step::Place(0), value.get(0))] {
                let found = at(&text, &[step]).map(|found| serde_json::from_str::<Value>(&found).expect("JSON"));
                prop_assert_eq!(found.as_ref(), expected);
            }
            if let Value::String(string) = &value {
                let text = text.trim();
                prop_assert_eq!(&unescaped(&text[1..text.len() - 1]), &Some(string.clone()));
            }
        }
    }
}
