//! Lists exploded: a row for each element, as JSON of the same records gives.

use super::files::{Leaf, Stored, plain, raw};
use super::nested::people;
use super::{Outcome, refuse_source};
use crate::read_bytes;

/// `{id, items [{sku, qty}], tags []}`: two items; none; a missing one and one.
fn orders() -> Vec<u8> {
    let schema = "message m {
        required int32 id;
        optional group items (LIST) { repeated group list { optional group element {
            required binary sku (UTF8); optional int32 qty;
        } } }
        optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
    }";
    let leaves: Vec<Leaf> = vec![
        Stored::Int32(vec![1, 2, 3]).into(),
        Stored::texts(&["a", "b", "c"]).levels(&[3, 3, 1, 2, 3], &[0, 1, 0, 0, 1]),
        Stored::Int32(vec![1, 3]).levels(&[4, 3, 1, 2, 4], &[0, 1, 0, 0, 1]),
        Stored::texts(&["x", "y", "z"]).levels(&[3, 3, 0, 3], &[0, 1, 0, 0]),
    ];
    raw(schema, plain(), &[leaves])
}

fn read(explode: &str, fields: &str, file: &[u8]) -> Outcome {
    let source = format!("path: '*.parquet'\nexplode: {explode}\nfields: {fields}\n");
    read_bytes(&source, &[("s.parquet", file)])
}

/// Read, added, accepted, rejected and empty ones.
fn counts(outcome: &Outcome) -> [u64; 5] {
    let summary = &outcome.summary;
    [
        summary.read,
        summary.added,
        summary.accepted,
        summary.rejected,
        summary.empty,
    ]
}

/// Record, element, line and code of each reject.
fn places(outcome: &Outcome) -> Vec<String> {
    let rejects = outcome.rejects.iter();
    rejects
        .map(|r| format!("{} {:?} {} {}", r.record, r.element, r.line, r.code))
        .collect()
}

#[test]
fn a_row_for_each_element() {
    let fields = "{id: integer, sku: {from: items.sku, required: true}, qty: {from: items.qty, type: integer}, tags: json}";
    let found = read("{path: items, position: n}", fields, &orders());
    assert_eq!(
        found.rows,
        [
            r#"1|a|1|["x","y"]|1"#,
            r#"1|b|~|["x","y"]|2"#,
            r#"3|c|3|["z"]|2"#
        ]
    );
    assert_eq!(places(&found), ["3 Some(1) 3 not_an_object"]);
    let known = &found.rejects[0].fields;
    assert_eq!(known[0].as_deref(), Some("3"));
    assert_eq!(known[1], None);
    assert_eq!(counts(&found), [3, 2, 3, 1, 1]);
    assert_eq!(found.drift(), Vec::<String>::new());
}

#[test]
fn records_without_elements_may_stay() {
    let fields = "{id: integer, tag: {from: tags}}";
    let found = read("tags", fields, &orders());
    assert_eq!(found.rows, ["1|x", "1|y", "3|z"]);
    assert_eq!(counts(&found), [3, 1, 3, 0, 1]);
    assert_eq!(found.drift(), ["items 3 s.parquet:1:1"]);
    let kept = read(
        "{path: tags, position: n, keep_empty: true}",
        fields,
        &orders(),
    );
    assert_eq!(kept.rows, ["1|x|1", "1|y|2", "2|~|~", "3|z|1"]);
    assert_eq!(counts(&kept), [3, 1, 4, 0, 0]);
}

#[test]
fn an_invalid_value_costs_its_element() {
    let fields = "{id: integer, qty: {from: items.qty, type: integer, min: 2}}";
    let found = read("items", fields, &orders());
    assert_eq!(found.rows, ["1|~", "3|3"]);
    assert_eq!(
        places(&found),
        ["1 Some(1) 1 below_minimum", "3 Some(1) 3 not_an_object"]
    );
    assert_eq!(
        found.drift(),
        ["items.sku 3 s.parquet:1:1", "tags 3 s.parquet:1:1"]
    );
}

#[test]
fn what_is_no_list() {
    let refused = refuse_source(
        "path: '*.parquet'\nexplode: id\nfields: {id: {from: id}}\n",
        &[("s.parquet", &orders())],
    );
    assert_eq!(
        refused,
        "could not read `s.parquet`: `id` is not a list (`explode` names a list, whose elements become the records)"
    );
    let none = read("lines", "{id: integer, no: {from: lines.no}}", &orders());
    assert_eq!(none.rows, Vec::<String>::new());
    assert_eq!(counts(&none), [3, 0, 0, 0, 3]);
}

/// The records of a file as JSON, one on a line.
fn as_json(file: &[u8]) -> String {
    let found = super::read("", file);
    let names = ["id", "addr", "orders", "props", "n"];
    let line = |row: &String| {
        let values = row.split('|').map(|value| match value {
            "~" => "null",
            value => value,
        });
        let pairs = names.iter().zip(values);
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}\n", pairs.join(","))
    };
    found.rows.iter().map(line).collect()
}

#[test]
fn json_of_the_same_records_gives_the_same() {
    let file = people();
    let json = as_json(&file);
    for (explode, fields) in [
        (
            "{path: orders, position: p}",
            "{id: integer, no: {from: orders.no, type: integer}, city: {from: addr.city}}",
        ),
        (
            "{path: orders, position: p, keep_empty: true}",
            "{id: integer, no: {from: orders.no, type: integer}}",
        ),
        (
            "{path: orders.tags, position: p}",
            "{id: integer, no: {from: orders.no, type: integer}, tag: {from: orders.tags}}",
        ),
        (
            "{path: orders.tags, position: p, keep_empty: true}",
            "{id: integer, tag: {from: orders.tags}}",
        ),
        ("n", "{id: integer, numbers: {from: n, type: json}}"),
        (
            "orders.nothing",
            "{id: integer, v: {from: orders.nothing.v}}",
        ),
    ] {
        let stored = read(explode, fields, &file);
        let source = format!("path: s.json\nexplode: {explode}\nfields: {fields}\n");
        let written = read_bytes(&source, &[("s.json", json.as_bytes())]);
        assert_eq!(stored.rows, written.rows, "{explode}");
        assert_eq!(counts(&stored), counts(&written), "{explode}");
        assert_eq!(places(&stored), places(&written), "{explode}");
        let fields = |outcome: &Outcome| -> Vec<Vec<Option<String>>> {
            outcome.rejects.iter().map(|r| r.fields.clone()).collect()
        };
        assert_eq!(fields(&stored), fields(&written), "{explode}");
    }
}
