//! Nested arrays exploded: held to what a plain walk over the documents makes of them, over many chunks.

use serde_json::{Value, json};

use crate::{read, read_bytes};

const SOURCE: &str = "path: f.json\nexplode: {path: a.b, position: n}\nfields: {id: integer, k: {from: a.k}, v: {from: a.b.v, type: integer}}\n";

/// Documents that have the array, arrays on the way to it, nothing, and what is wrong.
fn document(id: u64) -> Value {
    let element = |n: u64| match (id + n) % 11 {
        0 => json!(null),
        1 => json!({"v": "wrong"}),
        2 => json!({"w": [n]}),
        _ => json!({"v": n, "k": "inner"}),
    };
    let elements = |n: u64| (0..n).map(element).collect::<Vec<_>>();
    match id % 7 {
        0 => json!({"id": id}),
        1 => json!({"a": {"b": elements(id % 5), "k": "x\u{e9}\n"}, "id": id}),
        2 => {
            json!({"id": id, "a": [{"k": "p", "b": elements(id % 4)}, {"b": null, "k": "q"}, 4, {"b": elements(2)}]})
        }
        3 => json!({"id": id, "a": {"b": "text"}}),
        4 => json!({"id": id, "a": []}),
        _ => json!({"id": id, "a": {"k": "z".repeat((id % 301) as usize), "b": elements(id % 9)}}),
    }
}

#[derive(Default)]
struct Expected {
    rows: Vec<String>,
    rejects: u64,
    empty: u64,
}

impl Expected {
    fn record(&mut self, record: &Value) {
        let mut number = 0;
        match &record["a"] {
            Value::Null => self.empty += 1,
            Value::Array(values) if values.is_empty() => self.empty += 1,
            Value::Array(values) => {
                for value in values {
                    match value {
                        Value::Object(_) => self.value(record, value, &mut number),
                        _ => {
                            number += 1;
                            self.rejects += 1;
                        }
                    }
                }
            }
            value @ Value::Object(_) => self.value(record, value, &mut number),
            _ => self.rejects += 1,
        }
    }

    fn value(&mut self, record: &Value, value: &Value, number: &mut u64) {
        match &value["b"] {
            Value::Null => self.empty += 1,
            Value::Array(elements) if elements.is_empty() => self.empty += 1,
            Value::Array(elements) => {
                for element in elements {
                    *number += 1;
                    let v = &element["v"];
                    match element.is_object() && !v.is_string() {
                        true => {
                            let k = value["k"].as_str().unwrap_or("~").trim();
                            let v = v.as_u64().map_or("~".to_owned(), |v| v.to_string());
                            let k = if k.is_empty() { "~" } else { k };
                            self.rows.push(format!("{}|{k}|{v}|{number}", record["id"]));
                        }
                        false => self.rejects += 1,
                    }
                }
            }
            _ => self.rejects += 1,
        }
    }
}

#[test]
fn rows_are_those_of_a_plain_walk_whatever_the_framing() {
    let documents: Vec<Value> = (0..60_000).map(document).collect();
    let mut expected = Expected::default();
    documents.iter().for_each(|d| expected.record(d));
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    for text in [
        lines.join("\n"),
        format!("[{}]", lines.join(",")),
        lines.concat(),
    ] {
        let outcome = read(SOURCE, &[("f.json", &text)]);
        assert!(text.len() > 5 << 20, "{}", text.len());
        assert_eq!(outcome.rows, expected.rows);
        let summary = &outcome.summary;
        assert_eq!(
            (summary.read, summary.rejected, summary.empty),
            (60_000, expected.rejects, expected.empty)
        );
        assert_eq!(
            summary.read + summary.added,
            summary.accepted + summary.rejected + summary.empty
        );
        // Each names the record that it is of, and where it stands.
        for reject in &outcome.rejects {
            let record = &lines[reject.record as usize - 1];
            assert!(record.contains(&reject.raw), "{reject:?}");
            let at = reject.byte_offset as usize;
            assert_eq!(
                text.get(at..at + reject.raw.len()),
                Some(reject.raw.as_str())
            );
        }
        let order: Vec<(u64, u64)> = outcome
            .rejects
            .iter()
            .map(|r| (r.record, r.byte_offset))
            .collect();
        assert!(order.is_sorted());
        let drift = summary.drift.iter().map(|d| d.column.as_str());
        assert_eq!(drift.collect::<Vec<_>>(), ["a.b.w", "a.b.k"]);
    }
}

#[test]
fn a_byte_that_is_no_text_costs_its_element_or_what_is_around_the_array() {
    let text = b"{\"id\": 1, \"a\": {\"k\": \"p\", \"b\": [{\"v\": 1}, {\"v\": 2, \"w\": \"\xff\"}, {\"v\": 3}]}}\n\
        {\"id\": 2, \"x\": \"\xff\", \"a\": {\"b\": [{\"v\": 4}]}}\n\
        {\"id\": 3, \"a\": [{\"b\": [{\"v\": 5}], \"k\": \"\xff\"}, {\"b\": [{\"v\": 6}]}]}\n";
    let outcome = read_bytes(SOURCE, &[("f.json", text)]);
    assert_eq!(outcome.rows, ["1|p|1|1", "1|p|3|3", "3|~|6|2"]);
    let places: Vec<String> = outcome
        .rejects
        .iter()
        .map(|r| format!("{} {:?} {} {}", r.record, r.element, r.line, r.code))
        .collect();
    assert_eq!(
        places,
        [
            "1 Some(2) 1 invalid_encoding",
            "2 None 2 invalid_encoding",
            "3 Some(1) 3 invalid_encoding"
        ]
    );
    let summary = outcome.summary;
    assert_eq!(
        (
            summary.read,
            summary.added,
            summary.accepted,
            summary.rejected,
            summary.empty
        ),
        (3, 3, 3, 3, 0)
    );
}
