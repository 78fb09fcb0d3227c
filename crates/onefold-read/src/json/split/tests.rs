//! Framings, faults and recovery.

use super::*;
use proptest::prelude::*;

fn splitter(text: &str) -> (JsonSplitter, usize) {
    let paths = Paths::new(&[
        (vec!["a".into()], Keep::Text),
        (vec!["n".into(), "b".into()], Keep::Text),
    ]);
    match preamble(text.as_bytes(), &[], true) {
        Preamble::Found {
            start,
            framing,
            signature,
        } => (JsonSplitter::new(paths, framing, signature, true), start),
        other => panic!("{other:?}"),
    }
}

fn values(split: &Split, text: &str) -> Vec<String> {
    (0..split.records.len())
        .map(|i| split.records.get(text, i, 0).unwrap_or("-").to_owned())
        .collect()
}

fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let (splitter, start) = splitter(text);
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

#[test]
fn records_and_faults() {
    let table: &[(&str, &[&str], &[&str])] = &[
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
        let (values, faults) = read(text);
        let mut bad: Vec<&str> = bad.to_vec();
        // The comma fault stands where the array ends.
        if *text == "[{\"a\":1},]" {
            bad = vec!["]"];
        }
        assert_eq!(
            (values, faults),
            (
                good.iter().map(|s| (*s).to_owned()).collect(),
                bad.iter().map(|s| (*s).to_owned()).collect()
            ),
            "{text}"
        );
    }
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
    let text = br#"{"meta":{"rows":[0]},"data":{"rows":[{"a":1}]},"more":1}"#;
    let path = ["data".to_owned(), "rows".to_owned()];
    let Preamble::Found {
        start,
        framing,
        signature,
    } = preamble(text, &path, true)
    else {
        panic!()
    };
    let splitter = JsonSplitter::new(
        Paths::new(&[(vec!["a".into()], Keep::Text)]),
        framing,
        signature,
        false,
    );
    let split = splitter.split(&text[start..], Between::Ready, true);
    assert_eq!((split.records.len(), split.faults.len()), (1, 0));
    assert_eq!(
        preamble(text, &["meta".to_owned(), "row".to_owned()], true),
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

#[test]
fn a_key_with_a_quote_is_found_as_json_writes_it() {
    let split = |text: &str| {
        let paths = Paths::new(&[(vec!["a\"b".into()], Keep::Text)]);
        let framing = Framing::Stream { objects: true };
        let splitter = JsonSplitter::new(paths, framing, Vec::new(), true);
        let split = splitter.split(text.as_bytes(), Between::Ready, true);
        (values(&split, text), split.faults.len())
    };
    assert_eq!(split(r#"{"a\"b":"1"}"#), (vec!["1".to_owned()], 0));
    assert_eq!(split(r#"{"a"b":"1"}"#), (Vec::new(), 1));
}
