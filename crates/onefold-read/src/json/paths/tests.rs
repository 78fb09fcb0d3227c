//! What is found at a path: repeated keys, places in arrays, values kept as JSON.

use super::*;
use crate::between::Between;
use crate::json::preamble::{Preamble, preamble};
use crate::json::splitter::JsonSplitter;
use crate::raw::{Split, Splitter};

/// The first cell of each record.
fn values(split: &Split, text: &str) -> Vec<String> {
    (0..split.records.len())
        .map(|i| split.records.get(text, i, 0).unwrap_or("-").to_owned())
        .collect()
}

/// The values of one record at paths.
fn at(record: &str, wanted: &[&[&str]], keep: Keep) -> Vec<String> {
    let own = |path: &[&str]| path.iter().map(|key| (*key).to_owned()).collect();
    let wanted: Vec<_> = wanted.iter().map(|path| (own(path), keep)).collect();
    let Preamble::Found { layout, .. } = preamble(record.as_bytes(), &[], true) else {
        panic!("no record");
    };
    let splitter = JsonSplitter::new(Paths::new(&wanted), layout, &[]);
    let split = splitter.split(record.as_bytes(), Between::Ready, true);
    assert_eq!(
        (split.records.len(), split.faults.len()),
        (1, 0),
        "{record}"
    );
    (0..wanted.len())
        .map(|i| split.records.get(record, 0, i).unwrap_or("~").to_owned())
        .collect()
}

#[test]
fn of_a_repeated_key_the_last_value_counts_as_a_whole() {
    let wanted: [&[&str]; 4] = [&["c", "a"], &["c", "b"], &["c", "d", "e"], &["x"]];
    for (record, expected) in [
        (
            "{\"c\":{\"a\":\"1\",\"b\":\"1\"},\"c\":{\"a\":\"2\"}}",
            "2 ~ ~ ~",
        ),
        (
            "{\"c\":{\"a\":\"1\"},\"x\":0,\"c\":{\"b\":\"2\"}}",
            "~ 2 ~ 0",
        ),
        (
            "{\"x\":0,\"c\":{\"a\":\"1\"},\"\\u0063\":{\"b\":\"2\"}}",
            "~ 2 ~ 0",
        ),
        (
            "{\"c\":{\"a\":1,\"d\":{\"e\":1}},\"c\":{\"a\":2}}",
            "2 ~ ~ ~",
        ),
        ("{\"c\":{\"d\":{\"e\":1},\"a\":1,\"d\":{}}}", "1 ~ ~ ~"),
        (
            "{\"c\":{\"d\":{\"e\":1},\"d\":{\"f\":1},\"b\":3}}",
            "~ 3 ~ ~",
        ),
        ("{\"c\":{\"a\":1},\"c\":null}", "~ ~ ~ ~"),
        ("{\"c\":{\"a\":1},\"c\":\"t\"}", "~ ~ ~ ~"),
        ("{\"c\":{\"a\":1},\"c\":[{\"a\":2}]}", "~ ~ ~ ~"),
        ("{\"c\":{\"a\":1},\"c\":{}}", "~ ~ ~ ~"),
        ("{\"c\":{\"a\":1},\"c\":{\"a\":null}}", "~ ~ ~ ~"),
        ("{\"c\":null,\"c\":{\"a\":1}}", "1 ~ ~ ~"),
        ("{\"c\":{\"a\":1},\"c\":{},\"c\":{\"b\":2}}", "~ 2 ~ ~"),
        ("{\"x\":1,\"x\":2}", "~ ~ ~ 2"),
        // In another order than declared, and none repeated.
        (
            "{\"x\":1,\"c\":{\"d\":{\"e\":5},\"b\":4,\"a\":3}}",
            "3 4 5 1",
        ),
    ] {
        assert_eq!(
            at(record, &wanted, Keep::Text).join(" "),
            expected,
            "{record}"
        );
    }
    let inner: [&[&str]; 3] = [&["c"], &["c", "a"], &["c", "b"]];
    for (record, json, presence) in [
        (
            "{\"c\":{\"a\":\"1\",\"b\":1},\"c\":{\"a\":\"2\"}}",
            "{\"a\":\"2\"} \"2\" ~",
            "  ~",
        ),
        (
            "{\"c\":{\"a\":\"1\",\"b\":1},\"c\":{\"b\":null}}",
            "{\"b\":null} ~ ~",
            " ~ ",
        ),
        ("{\"c\":{\"a\":\"1\",\"b\":1},\"c\":null}", "~ ~ ~", " ~ ~"),
    ] {
        assert_eq!(at(record, &inner, Keep::Json).join(" "), json, "{record}");
        assert_eq!(
            at(record, &inner, Keep::Presence).join(" "),
            presence,
            "{record}"
        );
    }
}

#[test]
fn a_number_in_a_path_is_a_place_in_an_array_or_a_key() {
    let wanted: [&[&str]; 6] = [
        &["orders", "0", "no"],
        &["orders[1]", "no"],
        &["orders", "1"],
        &["m", "0", "1"],
        &["m[1][0]"],
        &["orders", "0", "t[0]"],
    ];
    for (record, expected) in [
        (
            "{\"orders\":[{\"no\":7,\"t\":[5]},{\"no\":8}],\"m\":[[1,2],[3]]}",
            "7 8 {\"no\":8} 2 3 5",
        ),
        ("{\"orders\":[{\"no\":7}],\"m\":[]}", "7 ~ ~ ~ ~ ~"),
        ("{\"orders\":[],\"m\":[[],[null]]}", "~ ~ ~ ~ ~ ~"),
        (
            "{\"orders\":[ null , \"x\" ],\"m\":[{\"1\":\"k\"}]}",
            "~ ~ x k ~ ~",
        ),
        (
            "{\"orders\":{\"0\":{\"no\":1},\"1\":{\"no\":2}}}",
            "1 2 {\"no\":2} ~ ~ ~",
        ),
        ("{\"orders[1]\":{\"no\":3},\"m[1][0]\":4}", "~ 3 ~ ~ 4 ~"),
        ("{\"orders\":\"[{\\\"no\\\":1}]\",\"m\":1}", "~ ~ ~ ~ ~ ~"),
        // Of a repeated key the last value counts here too.
        (
            "{\"orders\":[{\"no\":1},{\"no\":2}],\"orders\":[{\"no\":3}]}",
            "3 ~ ~ ~ ~ ~",
        ),
        (
            "{\"orders\":[{\"no\":1},{\"no\":2}],\"orders\":{\"1\":{\"no\":4}}}",
            "~ 4 {\"no\":4} ~ ~ ~",
        ),
    ] {
        assert_eq!(
            at(record, &wanted, Keep::Text).join(" "),
            expected,
            "{record}"
        );
    }
    // Numbers are places only as they are mostly written.
    let odd: [&[&str]; 4] = [&["m", "00"], &["m", "-1"], &["m", "+1"], &["[0]"]];
    assert_eq!(at("{\"m\":[1,2]}", &odd, Keep::Text).join(" "), "~ ~ ~ ~");
}

#[test]
fn an_array_is_json_between_the_elements_wanted_too() {
    let wanted: [&[&str]; 1] = [&["o", "1"]];
    let paths =
        Paths::new(&wanted.map(|p| (p.iter().map(|k| (*k).to_owned()).collect(), Keep::Text)));
    for text in [
        "{\"o\":[1 2]}",
        "{\"o\":[1,2,]}",
        "{\"o\":[,1]}",
        "{\"o\":[1,2}",
        "{\"o\":[1,2",
    ] {
        let Preamble::Found { layout, .. } = preamble(text.as_bytes(), &[], true) else {
            panic!("no record");
        };
        let splitter = JsonSplitter::new(paths.clone(), layout, &[]);
        let split = splitter.split(text.as_bytes(), Between::Ready, true);
        assert_eq!((split.records.len(), split.faults.len()), (0, 1), "{text}");
    }
}

#[test]
fn a_key_with_a_quote_is_found_as_json_writes_it() {
    let split = |text: &str| {
        let paths = Paths::new(&[(vec!["a\"b".into()], Keep::Text)]);
        let Preamble::Found { layout, .. } = preamble(text.as_bytes(), &[], true) else {
            panic!("no record");
        };
        let splitter = JsonSplitter::new(paths, layout, &[]);
        let split = splitter.split(text.as_bytes(), Between::Ready, true);
        (values(&split, text), split.faults.len())
    };
    assert_eq!(split(r#"{"a\"b":"1"}"#), (vec!["1".to_owned()], 0));
    assert_eq!(split(r#"{"a"b":"1"}"#), (Vec::new(), 1));
}
