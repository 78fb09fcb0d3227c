//! JSON over many chunks: documents one after another, arrays under a path, what is broken among them.

use crate::{read, read_bytes, refuse};

const FIELDS: &str = "fields: {id: {type: integer, required: true}, v: text}\n";

/// Records from `first` on, of a length that shows where chunks end.
fn records(first: usize, count: usize) -> String {
    let record = |id: usize| format!("{{\"id\":{id},\"v\":\"{}\"}}", "x".repeat(id % 97));
    (first..first + count)
        .map(record)
        .collect::<Vec<_>>()
        .join(",")
}

fn page(rows: &str, tail: &str) -> String {
    format!("{{\"meta\":{{\"n\":1}},\"data\":{{\"rows\":[{rows}]{tail}}}}}")
}

fn ids(rows: &[String]) -> Vec<usize> {
    let id = |row: &String| row.split('|').next().and_then(|id| id.parse().ok());
    rows.iter().map(|row| id(row).expect("a number")).collect()
}

fn places(outcome: &crate::Outcome) -> Vec<String> {
    let place = |r: &onefold_read::Reject| {
        format!(
            "{}:{} at {} {} `{}`",
            r.record, r.line, r.byte_offset, r.code, r.raw
        )
    };
    outcome.rejects.iter().map(place).collect()
}

#[test]
fn pages_of_every_length_are_all_read() {
    let yaml = format!("path: f.json\nrecords: data.rows\n{FIELDS}");
    // From pages that lie many in a chunk to pages of several chunks, and empty ones between.
    for (pages, rows) in [(4000, 20), (60, 1500), (3, 60_000)] {
        for separator in ["\n", ""] {
            let mut text = String::new();
            for number in 0..pages {
                text += &page(&records(number * rows, rows), "");
                text += separator;
                if number % 7 == 0 {
                    text += &page("", ",\"rows\":[]");
                    text += separator;
                }
            }
            let outcome = read(&yaml, &[("f.json", &text)]);
            assert!(text.len() > 5 << 20, "{}", text.len());
            assert_eq!(places(&outcome), [""; 0]);
            assert_eq!(ids(&outcome.rows), (0..pages * rows).collect::<Vec<_>>());
        }
    }
}

#[test]
fn arrays_of_every_length_are_all_read() {
    let yaml = format!("path: f.json\n{FIELDS}");
    for (arrays, rows) in [(80_000, 1), (60, 1500), (3, 60_000)] {
        let mut text = String::from("[]\n");
        for number in 0..arrays {
            text += &format!(
                "[{}]{}",
                records(number * rows, rows),
                ["\n", ""][number % 2]
            );
        }
        let outcome = read(&yaml, &[("f.json", &text)]);
        assert!(text.len() > 3 << 20, "{}", text.len());
        assert_eq!(places(&outcome), [""; 0]);
        assert_eq!(ids(&outcome.rows), (0..arrays * rows).collect::<Vec<_>>());
    }
}

#[test]
fn keys_around_the_array_may_be_of_any_size() {
    let yaml = format!("path: f.json\nrecords: data.rows\n{FIELDS}");
    let long = format!("\"{}\\\"\u{e9}\"", "y\u{e9}\\n{[".repeat(3 << 20));
    let list = format!(
        "[{}]",
        vec!["{\"id\":[[0,{\"x\":\"}\"}]]}"; 300_000].join(",")
    );
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    assert!(long.len() > 17 << 20 && list.len() > 6 << 20);
    for tail in [&long, &list, &deep] {
        let text = [
            page(&records(0, 2), &format!(",\"t\":{tail}")),
            format!(
                "{{\"head\":{tail},\"data\":{{\"rows\":[{}]}}}}",
                records(2, 2)
            ),
            page(&records(4, 2), ""),
        ];
        let outcome = read(&yaml, &[("f.json", &text.join("\n"))]);
        assert_eq!(places(&outcome), [""; 0]);
        assert_eq!(ids(&outcome.rows), (0..6).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_wrong_with_a_document_is_told_where_it_stands() {
    let yaml = format!("path: f.json\nrecords: data.rows\n{FIELDS}");
    let text = [
        "{\"data\":{\"rows\":[{\"id\":1},{\"id\":},{\"id\":3}]}}",
        "{\"data\":{\"rows\":null}}",
        "{\"data\":{\"rows\":[{\"id\":4}],\"t\":tru}}",
        "{\"data\":{\"rows\":[{\"id\":5},{\"id\":6}",
        "{\"data\":{\"rows\":[{\"id\":7},{\"id\":null}]}} oops",
        "{\"data\":{\"rows\":[{\"id\":9}]}",
    ];
    let outcome = read(&yaml, &[("f.json", &text.join("\n"))]);
    assert_eq!(
        places(&outcome),
        [
            "2:1 at 26 invalid_json `{\"id\":}`",
            "4:2 at 46 no_records_array `{\"data\":{\"rows\":null}}`",
            "6:3 at 100 invalid_json `tru}}`",
            "9:5 at 141 invalid_json ``",
            "11:5 at 167 missing_value `{\"id\":null}`",
            "12:5 at 182 trailing_data `oops`",
            "14:6 at 214 invalid_json ``",
        ]
    );
    assert_eq!(ids(&outcome.rows), [1, 3, 4, 5, 6, 7, 9]);
    let said: Vec<&str> = outcome
        .rejects
        .iter()
        .map(|r| &*r.errors[0].message)
        .collect();
    assert_eq!(said[1], "no array under `data.rows`");
    assert_eq!(said[2], "expected a value, after the array `data.rows`");
    assert_eq!(said[3], "the array is never closed");
    assert_eq!(
        said[6],
        "the document is never closed, after the array `data.rows`"
    );
}

#[test]
fn a_page_broken_in_the_middle_costs_what_is_broken() {
    let yaml = format!("path: f.json\nrecords: data.rows\n{FIELDS}");
    let count = 70_000;
    let mut text = page(&records(0, count), "") + "\n";
    // In the second chunk or later, so that a worker has guessed where it begins.
    let broken = text.find("{\"id\":50000,").expect("a record");
    text.replace_range(broken..broken + 6, "{\"id\";");
    text += &page(&records(count, 10), "");
    let outcome = read(&yaml, &[("f.json", &text)]);
    let expected: Vec<usize> = (0..count + 10).filter(|id| *id != 50_000).collect();
    assert_eq!(ids(&outcome.rows), expected);
    let place = &places(&outcome)[0];
    assert!(
        place.starts_with(&format!("50001:1 at {broken} invalid_json")),
        "{place}"
    );

    // Cut off there, and the next page follows.
    text.truncate(broken);
    text += "\n";
    text += &page(&records(count, 10), "");
    let outcome = read(&yaml, &[("f.json", &text)]);
    let expected: Vec<usize> = (0..50_000).chain(count..count + 10).collect();
    assert_eq!(ids(&outcome.rows), expected);
    assert_eq!(
        places(&outcome),
        [format!("50001:2 at {} invalid_json ``", broken + 1)]
    );
}

#[test]
fn the_first_document_must_have_the_array() {
    let yaml = format!("path: f.json\nrecords: data.rows\n{FIELDS}");
    let (message, hint) = refuse(
        &yaml,
        &[(
            "f.json",
            "{\"data\":{\"row\":[]}}\n{\"data\":{\"rows\":[{\"id\":1}]}}",
        )],
    );
    assert_eq!(message, "`f.json` has no array under `data.rows`");
    assert_eq!(hint.as_deref(), Some("did you mean `row`?"));
}

#[test]
fn a_value_that_stops_the_run_is_told_of_the_record_that_has_it() {
    let count = 150_000;
    let yaml = "path: f.json\nrecords: data.rows\nfields: {id: integer, v: {type: integer, on_invalid: fail}}\n";
    // A guess at the start of a chunk takes what follows the array for records.
    let tail = format!(
        ",\"t\":[{}]",
        vec!["{\"id\":1,\"v\":\"x\"}"; 200_000].join(",")
    );
    let rows = vec!["{\"id\":1,\"v\":2}"; count].join(",");
    let text = page(&rows, &tail) + "\n" + &page("{\"id\":2,\"v\":\"bad\"}", "");
    let at = text.rfind("{\"id\":2").expect("a record");
    let (message, _) = refuse(yaml, &[("f.json", &text)]);
    assert_eq!(
        message,
        format!("field `v`: invalid integer (`bad`) in the record at byte {at} of `f.json`")
    );
}

#[test]
fn a_missing_comma_and_the_record_behind_it_have_numbers_of_their_own() {
    let yaml = format!("path: f.json\n{FIELDS}");
    let outcome = read(
        &yaml,
        &[("f.json", "[{\"id\":1}\n{\"id\":null},{\"id\":3}]")],
    );
    assert_eq!(
        places(&outcome),
        [
            "2:2 at 10 invalid_json ``",
            "3:2 at 10 missing_value `{\"id\":null}`"
        ]
    );
}

#[test]
fn places_in_arrays_are_read_and_are_no_drift() {
    let yaml = "path: '*'\nfields: {id: integer, no: {from: 'orders.0.no'}, second: {from: 'orders[1].no'}, listed: {from: [orders, 0, tags, 1]}}\n";
    let json = "{\"id\":1,\"orders\":[{\"no\":\"a\",\"x\":1,\"tags\":[7,8]},{\"no\":\"b\"},{\"no\":\"c\"}]}\n{\"id\":2,\"orders\":[]}\n{\"id\":3,\"orders\":{\"0\":{\"no\":\"k\",\"y\":1}}}\n{\"id\":4,\"orders\":\"[{\\\"no\\\":1}]\"}\n";
    let csv = "id,orders.0.no,orders[1].no,orders.0.tags.1\n5,p,q,r\n";
    let outcome = read(yaml, &[("a.jsonl", json), ("b.csv", csv)]);
    assert_eq!(
        outcome.rows,
        ["1|a|b|8", "2|~|~|~", "3|k|~|~", "4|~|~|~", "5|p|q|r"]
    );
    assert_eq!(outcome.names(), ["orders.0.y"]);
}

#[test]
fn a_place_in_an_array_tells_a_version() {
    let yaml = "path: f.jsonl\nfields: {id: integer, no: text}\nversions:\n  - {name: listed, when: {fields: ['orders.0.no']}, fields: {no: {from: 'orders[0].no'}}}\n";
    let text = "{\"id\":1,\"orders\":[{\"no\":\"a\"}]}\n{\"id\":2,\"no\":\"b\",\"orders\":[]}\n{\"id\":3,\"orders\":[{\"no\":null}]}\n{\"id\":4,\"orders\":[{\"no\":1}],\"orders\":[],\"no\":\"d\"}\n";
    let outcome = read(yaml, &[("f.jsonl", text)]);
    assert_eq!(outcome.rows, ["1|a", "2|b", "3|~", "4|d"]);
    assert_eq!(outcome.versions(), [("listed", 2)]);
}

#[test]
fn a_repeated_key_tells_no_version_by_what_its_last_value_lacks() {
    let yaml = "path: f.jsonl\nfields: {id: integer, v: text}\nversions:\n  - {name: old, when: {fields: [c.b]}, fields: {v: {from: c.b}}}\n";
    let text = "{\"id\":1,\"c\":{\"b\":\"x\"},\"c\":{},\"v\":\"y\"}\n{\"id\":2,\"c\":{},\"c\":{\"b\":\"x\"}}\n";
    let outcome = read(yaml, &[("f.jsonl", text)]);
    assert_eq!(outcome.rows, ["1|y", "2|x"]);
}

#[test]
fn columns_found_are_of_the_kind_of_the_last_value() {
    let text = "{\"a\":\"x\",\"a\":1,\"b\":{\"c\":1},\"b\":true}\n{\"b\":null,\"a\":null,\"a\":2,\"b\":false}\n";
    let outcome = read("path: f.jsonl\n", &[("f.jsonl", text)]);
    assert_eq!(outcome.rows, ["1|true", "2|false"]);
}

#[test]
fn json_of_any_source_is_json() {
    let yaml = "path: '*'\nfields: {id: integer, v: {type: json, required: true}}\n";
    let csv = "id,v\n1,x\n2,\"[a, b]\"\n3,NaN\n4,{}\n5,\" [1, {\"\"a\"\":null}] \"\n6,1e400\n7,01\n8,\"\"\"x\"\"\"\n9,null\n10,\"{\"\"a\"\":1} 2\"\n11,  \n12,N/A\n13,'x'\n";
    let json =
        "{\"id\":20,\"v\":\"x\"}\n{\"id\":21,\"v\":[1, 2]}\n{\"id\":22,\"v\":\"\\ud83d\\ude00\"}\n";
    let outcome = read(yaml, &[("a.csv", csv), ("b.jsonl", json)]);
    assert_eq!(
        outcome.rows,
        [
            "4|{}",
            "5| [1, {\"a\":null}] ",
            "6|1e400",
            "8|\"x\"",
            "9|null",
            "20|\"x\"",
            "21|[1, 2]",
            "22|\"\\ud83d\\ude00\"",
        ]
    );
    assert_eq!(
        outcome.refused(),
        [
            "a.csv:1 invalid_json_value v=x",
            "a.csv:2 invalid_json_value v=[a, b]",
            "a.csv:3 invalid_json_value v=NaN",
            "a.csv:7 invalid_json_value v=01",
            "a.csv:10 invalid_json_value v={\"a\":1} 2",
            "a.csv:11 missing_value v=  ",
            "a.csv:12 invalid_json_value v=N/A",
            "a.csv:13 invalid_json_value v='x'",
        ]
    );
    // A constant is a value too.
    let yaml =
        "path: a.csv\nfields: {id: integer, v: {type: json, value: '[a]', on_invalid: 'null'}}\n";
    let outcome = read(yaml, &[("a.csv", "id\n1\n")]);
    assert_eq!(outcome.rows, ["1|~"]);
}

#[test]
fn text_that_is_not_utf8_costs_its_record_among_documents_too() {
    let yaml = format!("path: f.json\nrecords: data.rows\n{FIELDS}");
    let mut text = page("{\"id\":1}", ",\"t\":\"\u{e9}\"").into_bytes();
    text.extend(page("{\"id\":2,\"v\":\"@\"},{\"id\":3}", "").into_bytes());
    let at = text.iter().position(|b| *b == b'@').expect("a mark");
    text[at] = 0xff;
    let outcome = read_bytes(&yaml, &[("f.json", &text)]);
    assert_eq!(ids(&outcome.rows), [1, 3]);
    assert_eq!(outcome.rejects[0].code, "invalid_encoding");
}
