//! Framings, faults and recovery.

use super::*;
use crate::json::paths::Paths;
use crate::json::preamble::{Preamble, preamble};
use crate::raw::Keep;
use proptest::prelude::*;

fn paths() -> Paths {
    Paths::new(&[
        (vec!["a".into()], Keep::Text),
        (vec!["n".into(), "b".into()], Keep::Text),
    ])
}

fn splitter(text: &str) -> (JsonSplitter, usize) {
    splitter_under(text, "")
}

fn splitter_under(text: &str, records: &str) -> (JsonSplitter, usize) {
    let path: Vec<String> = records
        .split('.')
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    match preamble(text.as_bytes(), &path, true) {
        Preamble::Found { start, layout } => (JsonSplitter::new(paths(), layout, &path), start),
        other => panic!("{other:?}"),
    }
}

fn values(split: &Split, text: &str) -> Vec<String> {
    (0..split.records.len())
        .map(|i| split.records.get(text, i, 0).unwrap_or("-").to_owned())
        .collect()
}

fn read(text: &str) -> (Vec<String>, Vec<String>) {
    read_under(text, "")
}

fn read_under(text: &str, records: &str) -> (Vec<String>, Vec<String>) {
    let (splitter, start) = splitter_under(text, records);
    let text = &text[start..];
    let split = splitter.split(text.as_bytes(), Between::Ready, true);
    assert_eq!(split.rest, text.len());
    (
        values(&split, text),
        split
            .faults
            .iter()
            .map(|f| text[f.start..f.end].to_owned())
            .collect(),
    )
}

type Table<'t> = [(&'t str, &'t [&'t str], &'t [&'t str])];

fn own((good, bad): (&[&str], &[&str])) -> (Vec<String>, Vec<String>) {
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    (own(good), own(bad))
}

#[test]
fn records_and_faults() {
    let table: &Table = &[
        (r#"{"a":1}"#, &["1"], &[]),
        ("{\"a\":1}\n{\"a\":\"x\"}\n", &["1", "x"], &[]),
        ("{\"a\":1}{\"a\":2} {\"a\":3}", &["1", "2", "3"], &[]),
        ("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", &["1", "2"], &[]),
        ("[{\"a\":1},{\"a\":2}]", &["1", "2"], &[]),
        ("[\n  {\"a\":1},\n  {\"a\":2}\n]\n", &["1", "2"], &[]),
        ("[]", &[], &[]),
        ("", &[], &[]),
        (r#"{"a":"x\n\u00e9\ud834\udd1e"}"#, &["x\né\u{1d11e}"], &[]),
        (
            r#"{"\u0061":9007199254740993,"x":[{"a":2}]}"#,
            &["9007199254740993"],
            &[],
        ),
        (r#"{"a":1,"a":2}"#, &["2"], &[]),
        (r#"{"a":null,"n":{"b":1}}"#, &["-"], &[]),
        // A broken record costs itself.
        (
            "{\"a\":1}\n{\"a\":}\n{\"a\":3}\n",
            &["1", "3"],
            &["{\"a\":}"],
        ),
        (
            "{\"a\":1}\n{\"a\":\"open}\n{\"a\":3}\n",
            &["1", "3"],
            &["{\"a\":\"open}"],
        ),
        (
            "{\"a\":1}\n{\"a\":2\n{\"a\":3}\n",
            &["1", "3"],
            &["{\"a\":2"],
        ),
        ("{\"a\":1} {\"a\":} {\"a\":3}", &["1", "3"], &["{\"a\":}"]),
        (
            "{\n  \"a\": 1,\n}\n{\n  \"a\": 2\n}\n",
            &["2"],
            &["{\n  \"a\": 1,\n}"],
        ),
        ("[{\"a\":1},{\"a\":},{\"a\":3}]", &["1", "3"], &["{\"a\":}"]),
        (
            "[{\"a\":1},{\"a\":\"x},{\"a\":\"y\"},{\"a\":3}]",
            &["1", "y", "3"],
            &["{\"a\":\"x}"],
        ),
        (
            "[\n{\"a\":1},\n{\"a\":,\n{\"a\":3}\n]",
            &["1", "3"],
            &["{\"a\":"],
        ),
        ("{\"a\":1}\noops\n{\"a\":3}\n", &["1", "3"], &["oops"]),
        ("{\"a\":1}\n{\"a\":2", &["1"], &["{\"a\":2"]),
        ("[{\"a\":1},]", &["1"], &[","]),
        ("[{\"a\":1}{\"a\":2}]", &["1", "2"], &[""]),
        ("[{\"a\":1}", &["1"], &[""]),
        ("[{\"a\":1}] x", &["1"], &["x"]),
        ("[1, {\"a\":2}]", &["2"], &["1"]),
        ("{\"a\":01}\n{\"a\":2}", &["2"], &["{\"a\":01}"]),
        (r#"{"a":"\ud800"}"#, &[], &[r#"{"a":"\ud800"}"#]),
        (r#"{"\udc00":1}"#, &[], &[r#"{"\udc00":1}"#]),
        ("{\"a\":1} [\n2] {\"a\":3}", &["1", "3"], &["[\n2]"]),
        ("{\"a\":1}\n\"x\"\n{\"a\":3}\n", &["1", "3"], &["\"x\""]),
    ];
    for (text, good, bad) in table {
        let mut bad: Vec<&str> = bad.to_vec();
        // The comma fault stands where the array ends.
        if *text == "[{\"a\":1},]" {
            bad = vec!["]"];
        }
        assert_eq!(read(text), own((good, &bad)), "{text}");
    }
}

#[test]
fn arrays_one_after_another() {
    let table: &Table = &[
        (
            "[{\"a\":1}]\n[{\"a\":2},{\"a\":3}]\n",
            &["1", "2", "3"],
            &[],
        ),
        ("[{\"a\":1}][{\"a\":2}] [{\"a\":3}]", &["1", "2", "3"], &[]),
        ("[]\n[{\"a\":1}]\n[]\n[{\"a\":2}]", &["1", "2"], &[]),
        ("[][]", &[], &[]),
        // Objects between arrays are records, and so is an array of them between objects.
        ("[{\"a\":1}]\n{\"a\":2}\n[{\"a\":3}]", &["1", "2", "3"], &[]),
        (
            "{\"a\":1}\n[{\"a\":2},{\"a\":3}]\n{\"a\":4}",
            &["1", "2", "3", "4"],
            &[],
        ),
        ("{\"a\":1} [] {\"a\":2}", &["1", "2"], &[]),
        // What stands between them costs no more than its line.
        (
            "[{\"a\":1}] x [{\"a\":2}]\ny\n[{\"a\":3}]",
            &["1", "2", "3"],
            &["x", "y"],
        ),
        ("[{\"a\":1}],[{\"a\":2}]", &["1", "2"], &[","]),
        ("[{\"a\":1}]]\n[{\"a\":2}]", &["1", "2"], &["]"]),
        ("[{\"a\":1}]\n7\n[{\"a\":2}]", &["1", "2"], &["7"]),
        // An array that is cut off, before a comma and within a record.
        ("[{\"a\":1},{\"a\":2}\n[{\"a\":3}]", &["1", "2", "3"], &[""]),
        (
            "[{\"a\":1},{\"a\":\"op\n[{\"a\":3},{\"a\":4}]",
            &["1", "3", "4"],
            &["{\"a\":\"op"],
        ),
        (
            "{\"a\":1}\n[{\"a\":2}\n{\"a\":3}\n{\"a\":4}",
            &["1", "2", "3", "4"],
            &[""],
        ),
        (
            "[{\"a\":1},{\"a\":}]\n[{\"a\":3}]",
            &["1", "3"],
            &["{\"a\":}"],
        ),
    ];
    for (text, good, bad) in table {
        assert_eq!(read(text), own((good, bad)), "{text}");
    }
}

#[test]
fn documents_with_an_array_under_a_path() {
    let page = |rows: &str| format!("{{\"data\":{{\"rows\":[{rows}]}}}}");
    let (one, two, none) = (page("{\"a\":1}"), page("{\"a\":2},{\"a\":3}"), page(""));
    for separator in ["\n", "", " ", "\r\n\r\n"] {
        for (pages, expected) in [
            (vec![&one, &two], vec!["1", "2", "3"]),
            (vec![&none, &one, &none, &two, &none], vec!["1", "2", "3"]),
            (vec![&one; 3], vec!["1", "1", "1"]),
        ] {
            let pages: Vec<&str> = pages.into_iter().map(String::as_str).collect();
            let text = pages.join(separator);
            assert_eq!(
                read_under(&text, "data.rows"),
                own((&expected, &[])),
                "{text}"
            );
        }
    }
    let table: &Table = &[
        // Over lines, with other keys around the array, of any depth.
        (
            "{\n  \"n\": [1, {\"x\": []}],\n  \"data\": {\n    \"rows\": [\n      {\"a\": 1}\n    ],\n    \"t\": \"}{\"\n  },\n  \"z\": null\n}\n{\n  \"data\": {\n    \"rows\": [\n      {\"a\": 2}\n    ]\n  }\n}\n",
            &["1", "2"],
            &[],
        ),
        // The array again, under a key that is repeated.
        (
            "{\"data\":{\"rows\":[{\"a\":1}],\"rows\":[{\"a\":2}]},\"data\":{\"rows\":[{\"a\":3}]}}",
            &["1", "2", "3"],
            &[],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1}]},\"data\":null}",
            &["1"],
            &[],
        ),
        (
            "{\"data\":{\"rows\":null,\"rows\":[{\"a\":1}]}}",
            &["1"],
            &[],
        ),
        (
            "{\"data\":1,\"data\":{\"\\u0072ows\":[{\"a\":1}]}}",
            &["1"],
            &[],
        ),
        // Documents without the array.
        (
            "{\"data\":{\"rows\":[{\"a\":1}]}}\n{\"data\":{\"rows\":null}}\n{\"data\":{\"rows\":{\"a\":5}}}\n{\"data\":[]}\n{}\n[{\"a\":6}]\n8\n{\"data\":{\"rows\":[{\"a\":2}]}}",
            &["1", "2"],
            &[
                "{\"data\":{\"rows\":null}}",
                "{\"data\":{\"rows\":{\"a\":5}}}",
                "{\"data\":[]}",
                "{}",
                "[{\"a\":6}]",
                "8",
            ],
        ),
        // What is wrong behind the array.
        ("{\"data\":{\"rows\":[{\"a\":1}]", &["1"], &[""]),
        ("{\"data\":{\"rows\":[{\"a\":1}]},\"x\":\"y", &["1"], &[""]),
        ("{\"data\":{\"rows\":[{\"a\":1}]}} oops", &["1"], &["oops"]),
        ("{\"data\":{\"rows\":[{\"a\":1}]}}}", &["1"], &["}"]),
        (
            "{\"data\":{\"rows\":[{\"a\":1}], oops}}\n{\"data\":{\"rows\":[{\"a\":2}]}}",
            &["1", "2"],
            &["oops}}"],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1}]\n{\"data\":{\"rows\":[{\"a\":2}]}}",
            &["1", "2"],
            &[""],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1}],\"t\":\"open\n{\"data\":{\"rows\":[{\"a\":2}]}}",
            &["1", "2"],
            &[""],
        ),
        // Before it.
        (
            "{\"data\":{\"rows\":[{\"a\":1}]}}\n{\"data\":{\"x\":tru,\"rows\":[{\"a\":2}]}}{\"data\":{\"rows\":[{\"a\":3}]}}",
            &["1", "3"],
            &["{\"data\":{\"x\":tru,\"rows\":[{\"a\":2}]}}"],
        ),
        // Within it: before a comma, after one, within a record.
        (
            "{\"data\":{\"rows\":[{\"a\":1},{\"a\":2}\n{\"data\":{\"rows\":[{\"a\":3}]}}",
            &["1", "2", "3"],
            &[""],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1},\n{\"data\":{\"rows\":[{\"a\":3}]}}\n{\"data\":{\"rows\":[{\"a\":4}]}}",
            &["1", "3", "4"],
            &[""],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1},\n{\"data\":{\"rows\":[{\"a\":3}]}}",
            &["1", "3"],
            &[""],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1},\n{\"data\":{\"rows\":[{\"a\":},{\"a\":4}]}}",
            &["1", "4"],
            &["", "{\"a\":}"],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1},{\"a\":\"op\n{\"data\":{\"rows\":[{\"a\":3}]}}",
            &["1", "3"],
            &["{\"a\":\"op"],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1},{\"a\":},{\"a\":2}]}}\n{\"data\":{\"rows\":[{\"a\":3}]}}",
            &["1", "2", "3"],
            &["{\"a\":}"],
        ),
        (
            "{\"data\":{\"rows\":[{\"a\":1},{\"a\":\"x},{\"a\":2}]}}{\"data\":{\"rows\":[{\"a\":3}]}}",
            &["1", "2", "3"],
            &["{\"a\":\"x}"],
        ),
        ("{\"data\":{\"rows\":[{\"a\":1},]}}", &["1"], &["]"]),
    ];
    for (text, good, bad) in table {
        assert_eq!(read_under(text, "data.rows"), own((good, bad)), "{text}");
    }
}

#[test]
fn records_that_look_like_documents_are_records() {
    let text = "{\"a\":0,\"kids\":[{\"a\":1,\"kids\":[{\"a\":9}]},{\"a\":2,\"kids\":[]},\n{\"a\":3,\"kids\":[]}]}\n{\"a\":0,\"kids\":[{\"a\":4}]}";
    assert_eq!(read_under(text, "kids"), own((&["1", "2", "3", "4"], &[])));
}

#[test]
fn nested_paths() {
    let text = r#"{"n":{"c":1,"b":"deep"},"a":{"x":[1,2]}}"#;
    let (splitter, start) = splitter(text);
    let split = splitter.split(&text.as_bytes()[start..], Between::Ready, true);
    assert_eq!(split.records.get(text, 0, 1), Some("deep"));
    assert_eq!(split.records.get(text, 0, 0), Some(r#"{"x":[1,2]}"#));
}

#[test]
fn an_array_under_a_path() {
    let text = "{\"meta\":{\"rows\":[0]},\"data\":{\"rows\":[{\"a\":1}]},\"more\":1}";
    assert_eq!(read_under(text, "data.rows"), own((&["1"], &[])));
    let path = ["meta".to_owned(), "row".to_owned()];
    assert_eq!(
        preamble(text.as_bytes(), &path, true),
        Preamble::NoArray {
            at: "meta.row".into(),
            keys: vec!["rows".into()]
        }
    );
    assert_eq!(preamble(b"{\"meta\":{\"ro", &path, false), Preamble::More);
}

#[test]
fn a_missing_comma_before_an_unfinished_record_counts_once() {
    let text = "[{\"a\":1}{\"a\":2}]";
    let (splitter, start) = splitter(text);
    let text = &text.as_bytes()[start..];
    let head = splitter.split(&text[..10], Between::Ready, false);
    let tail = splitter.split(&text[head.rest..], head.between, true);
    assert_eq!((head.records.len(), head.faults.len()), (1, 1));
    assert_eq!((tail.records.len(), tail.faults.len()), (1, 0));
}

fn document() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("1"),
        Just("\"x\""),
        Just("\"}{\\\"\""),
        Just("[{\"a\":1},{\"a\":2}]"),
        Just("{\"a\":{}}"),
        Just(""),
        Just("\"open")
    ];
    let record = value.prop_map(|v| format!("{{\"a\":{v}}}"));
    (
        proptest::collection::vec(record, 0..8),
        prop_oneof![Just("\n"), Just(","), Just(",\n "), Just("")],
        any::<bool>(),
    )
        .prop_map(|(records, between, array)| {
            if array {
                format!("[{}]", records.join(between))
            } else {
                records.join(between)
            }
        })
}

proptest! {
    #[test]
    fn never_panics_and_never_stalls(text in prop_oneof![document(), "[\\[\\]{},:\"a1\\\\ \n]{0,60}"]) {
        let (splitter, start) = splitter(&text);
        let split = splitter.split(&text.as_bytes()[start..], Between::Ready, true);
        prop_assert_eq!(split.rest, text.len() - start);
    }

    /// A cut where the splitter would cut, checked as the driver checks it, gives what one pass gives.
    #[test]
    fn a_cut_changes_nothing(text in document()) {
        let (splitter, start) = splitter(&text);
        let text = &text[start..];
        let whole = splitter.split(text.as_bytes(), Between::Ready, true);
        let Some(cut) = splitter.cut(text.as_bytes()) else { return Ok(()) };
        let head = splitter.split(&text.as_bytes()[..cut], Between::Ready, false);
        let tail = splitter.split(&text.as_bytes()[head.rest..], head.between, true);
        let mut both = values(&head, text);
        both.extend(values(&tail, &text[head.rest..]));
        prop_assert_eq!(both, values(&whole, text));
        prop_assert_eq!(head.faults.len() + tail.faults.len(), whole.faults.len());
    }
}

/// A form feed is not white space of JSON, wherever a chunk ends.
#[test]
fn a_form_feed_between_records_is_junk_wherever_the_text_is_cut() {
    let text = "[{\"a\":1},\n\u{c} {\"a\":2},\n{\"a\":3}]\n";
    for cut in 0..=text.len() {
        let found = crate::json::disagreement(text, "", &[cut]);
        assert_eq!(found, None, "cut at {cut}");
    }
}
