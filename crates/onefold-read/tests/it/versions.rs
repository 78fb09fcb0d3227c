//! Several schemas of one source in one run.

use super::{read, read_bytes, refuse};

/// Renamed, retyped, dropped, fixed and defaulted fields, with a place for `when`.
fn events(when: &str) -> String {
    format!(
        "\
path: '*'
fields:
  id: {{type: text, required: true}}
  at: {{type: timestamp, required: true}}
  kind: text
  plan: {{default: none}}
  score: integer
  day: {{type: date, order: month_first}}
versions:
  - name: v2
    when: {when}
    fields:
      id: {{from: event_id}}
      at: {{from: ts, formats: '%s'}}
      kind: {{from: event_type, default: view}}
      plan: {{value: free}}
      score: {{absent: true, default: 7}}
      day: {{order: day_first}}
"
    )
}

const CSV_1: &str = "id,at,kind,plan,score,day\n1,2025-07-01T10:00:00Z,click,,3,02/01/2025\n2,1751364000,click,pro,x,\n";
const CSV_2: &str =
    "event_id,ts,event_type,day\n3,1751364000,,02/01/2025\n4,1751364060,scroll,\n5,soon,scroll,\n";
const CSV_ROWS: [&str; 3] = [
    "1|2025-07-01T10:00:00Z|click|none|3|2025-02-01",
    "3|2025-07-01T10:00:00Z|view|free|7|2025-01-02",
    "4|2025-07-01T10:01:00Z|scroll|free|7|~",
];

#[test]
fn delimited_text_by_path_and_by_columns() {
    for when in [
        "{path: '*_v2.csv'}",
        "{fields: [ts, event_type]}",
        "{fields: ts}",
    ] {
        let found = read(&events(when), &[("e_v1.csv", CSV_1), ("e_v2.csv", CSV_2)]);
        assert_eq!(found.rows, CSV_ROWS, "{when}");
        assert_eq!(found.versions(), [("v2", 3)]);
        assert_eq!(found.refused().len(), 2);
        assert_eq!(found.rejects[0].errors.len(), 2);
        assert_eq!(
            (&*found.rejects[0].file, found.rejects[0].record),
            ("e_v1.csv", 2)
        );
        assert!(
            found.refused()[1].starts_with("e_v2.csv:3 ")
                && found.refused()[1].ends_with(" at=soon"),
            "{:?}",
            found.refused()
        );
        let fields: Vec<_> = found.rejects[1]
            .fields
            .iter()
            .map(|text| text.as_deref())
            .collect();
        assert_eq!(
            fields,
            [
                Some("5"),
                Some("soon"),
                Some("scroll"),
                Some("free"),
                None,
                Some("")
            ]
        );
        assert_eq!(found.drift(), Vec::<String>::new());
    }
}

const JSON_1: &str = "{\"id\":1,\"at\":\"2025-07-01T10:00:00Z\",\"kind\":\"click\",\"score\":3,\"day\":\"02/01/2025\"}\n";
const JSON_2: &str = "{\"event_id\":3,\"ts\":1751364000,\"event_type\":null,\"day\":\"02/01/2025\"}\n{\"event_id\":4,\"ts\":1751364060,\"event_type\":\"scroll\"}\n";

#[test]
fn json_by_path_and_by_keys() {
    for when in ["{path: '*_v2.json'}", "{fields: [ts, event_type]}"] {
        let found = read(
            &events(when),
            &[("e_v1.json", JSON_1), ("e_v2.json", JSON_2)],
        );
        assert_eq!(found.rows, CSV_ROWS, "{when}");
        assert_eq!(found.versions(), [("v2", 2)]);
        assert_eq!(found.drift(), Vec::<String>::new());
    }
}

#[test]
fn json_and_delimited_text_make_one_table() {
    let found = read(
        &events("{fields: ts}"),
        &[("1.csv", CSV_1), ("2.json", JSON_2)],
    );
    assert_eq!(found.rows, CSV_ROWS);
    assert_eq!(found.versions(), [("v2", 2)]);
}

#[test]
fn the_first_version_that_holds_applies() {
    let yaml = "\
path: '**/*.json'
fields: {a: text}
versions:
  - {name: nested, when: {fields: [n.x, k]}, fields: {a: {value: nested}}}
  - {name: literal, when: {fields: [[n.x]]}, fields: {a: {value: literal}}}
  - {name: late, when: {path: 'late/*'}, fields: {a: {value: late}}}
  - {name: k, when: {fields: k}, fields: {a: {value: k}}}
";
    let json = r#"{"a":"own"} {"k":null} {"k":1,"n":{"x":null}} {"n":{"x":1}} {"n.x":0,"k":2} {"k":1,"n":[{"x":1}]} {"k":1,"n":{"x":2},"n":0}"#;
    let found = read(
        yaml,
        &[
            ("early.json", json),
            ("late/b.json", json),
            ("late/deep/c.json", "{\"a\":\"x\"}"),
        ],
    );
    // Of the key that the last record repeats, the last value counts.
    let early = ["own", "k", "nested", "~", "literal", "k", "k"];
    let late = ["late", "late", "nested", "late", "literal", "late", "late"];
    assert_eq!(found.rows, [&early[..], &late, &["x"]].concat());
    assert_eq!(
        found.versions(),
        [("nested", 2), ("literal", 2), ("late", 5), ("k", 3)]
    );
}

#[test]
fn a_folder_deeper_is_no_match() {
    let yaml = "\
path: '**/*.csv'
fields: {a: text}
versions: [{name: late, when: {path: '*.csv'}, fields: {a: {value: late}}}]
";
    assert_eq!(
        read(yaml, &[("x.csv", "b\n1\n"), ("y/x.csv", "a\n2\n")]).rows,
        ["late", "2"]
    );
}

/// Records of two versions in turns, over many chunks, with broken and refused ones among them.
#[test]
fn versions_change_from_record_to_record() {
    const RECORDS: usize = 60_000;
    let mut text = String::new();
    let mut rows = Vec::new();
    let mut refused = Vec::new();
    let (mut second, mut broken) = (0, 0);
    for i in 0..RECORDS {
        let name = format!("a name \\\"{i}\\\" long enough to lie outside of its view");
        let plain = name.replace("\\\"", "\"");
        match i % 7 {
            0 | 1 | 5 => {
                text.push_str(&format!("{{\"id\":{i},\"name\":\"{name}\",\"n\":{i}}}\n"));
                rows.push(format!("{i}|{plain}|{i}|1"));
            }
            2 | 3 => {
                second += 1;
                text.push_str(&format!(
                    "{{\"key\":{i},\"label\":\"{name}\",\"list\":[{{\"id\":1}},{{\"id\":2}}]}}\n"
                ));
                rows.push(format!("{i}|{plain}|~|2"));
            }
            4 => {
                broken += 1;
                text.push_str("{\"key\":\n");
                refused.push(format!("f.json:{} invalid_json =~", i + 1));
            }
            _ => {
                second += 1;
                text.push_str("{\"key\":\"\",\"label\":\"nobody\"}\n");
                refused.push(format!("f.json:{} missing_value id=", i + 1));
            }
        }
    }
    assert!(text.len() > 3 << 20);
    let yaml = "\
path: f.json
fields:
  id: {type: integer, required: true}
  name: text
  n: integer
  v: {value: 1}
versions:
  - name: second
    when: {fields: key}
    fields: {id: {from: key}, name: {from: label}, n: {absent: true}, v: {value: 2}}
ignore: list
";
    let found = read(yaml, &[("f.json", &text)]);
    assert_eq!(found.rows.len(), rows.len());
    assert!(
        found.rows == rows,
        "{:?}",
        found.rows.iter().zip(&rows).find(|(a, b)| a != b)
    );
    assert_eq!(found.versions(), [("second", second)]);
    let expected: Vec<&String> = refused.iter().collect();
    assert!(
        found.refused().iter().collect::<Vec<_>>() == expected,
        "{:?}",
        found.refused().iter().zip(&refused).find(|(a, b)| a != b)
    );
    assert_eq!(found.summary.rejected, refused.len() as u64);
    assert!(broken > 0);
    let raw = found
        .rejects
        .iter()
        .find(|reject| reject.code == "missing_value")
        .expect("a reject");
    let fields: Vec<_> = raw.fields.iter().map(|text| text.as_deref()).collect();
    assert_eq!(fields, [Some(""), Some("nobody"), None, Some("2")]);
}

#[test]
fn values_made_missing_are_counted_over_all_versions() {
    let yaml = "\
path: f.json
fields: {a: {type: integer, on_invalid: 'null'}}
versions: [{name: second, when: {fields: b}, fields: {a: {from: b}}}]
";
    let found = read(
        yaml,
        &[("f.json", r#"{"a":"x"} {"b":"y"} {"b":2} {"a":3}"#)],
    );
    assert_eq!(found.rows, ["~", "~", "2", "3"]);
    assert_eq!(found.summary.nulled, [("a".to_owned(), 2)]);
}

#[test]
fn parquet_by_path_and_by_columns() {
    for when in ["{path: 'b*'}", "{fields: n.key}"] {
        let yaml = format!(
            "\
path: '*.parquet'
fields: {{id: integer, plan: {{default: none}}}}
versions: [{{name: second, when: {when}, fields: {{id: {{from: n.key}}, plan: {{absent: true, default: old}}}}}}]
ignore: [junk_*]
"
        );
        let files = [
            ("a.parquet", parquet::first()),
            ("b.parquet", parquet::second()),
        ];
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_slice()))
            .collect();
        let found = read_bytes(&yaml, &files);
        assert_eq!(found.rows, ["1|pro", "2|none", "3|old", "4|old"], "{when}");
        assert_eq!(found.versions(), [("second", 2)]);
        assert_eq!(
            found.drift(),
            ["extra 2 a.parquet:1:1", "n.more 2 b.parquet:1:1"]
        );
    }
}

mod parquet {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray};
    use arrow::datatypes::{DataType, Field};
    use parquet::arrow::ArrowWriter;

    fn file(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("rows");
        writer.close().expect("a file");
        bytes
    }

    fn numbers(numbers: [i64; 2]) -> ArrayRef {
        Arc::new(Int64Array::from(numbers.to_vec()))
    }

    pub(super) fn first() -> Vec<u8> {
        let plan = Arc::new(StringArray::from(vec![Some("pro"), None]));
        file(vec![
            ("id", numbers([1, 2])),
            ("plan", plan),
            ("extra", numbers([0, 0])),
            ("junk_1", numbers([0, 0])),
        ])
    }

    pub(super) fn second() -> Vec<u8> {
        let field = |name| Arc::new(Field::new(name, DataType::Int64, true));
        let inside = StructArray::from(vec![
            (field("key"), numbers([3, 4])),
            (field("more"), numbers([0, 0])),
        ]);
        file(vec![("n", Arc::new(inside))])
    }
}

#[test]
fn a_file_that_does_not_fit_its_version_is_named() {
    let (message, hint) = refuse(
        &events("{path: '*_v2.csv'}"),
        &[("e_v2.csv", "event_id,tss,event_type,day\n1,2,3,\n")],
    );
    assert_eq!(
        message,
        "`e_v2.csv` has no column `ts`, which version `v2` of source `s` reads"
    );
    assert_eq!(hint.as_deref(), Some("did you mean `tss`?"));
    let (message, _) = refuse(
        &events("{path: '*_v2.csv'}"),
        &[("e_v1.csv", "event_id,ts,event_type,day\n1,2,3,\n")],
    );
    assert_eq!(
        message,
        "`e_v1.csv` has no column `id`, which source `s` reads"
    );
}

/// One column may be read as text and as JSON.
#[test]
fn a_column_may_be_read_twice() {
    let yaml = "path: '*'\nfields: {a: text, b: {from: a, type: json}, c: {from: a}}\n";
    let found = read(
        yaml,
        &[("1.csv", "a,z\n7,0\n"), ("2.json", r#"{"a":"x\n"}"#)],
    );
    assert_eq!(found.rows, ["7|7|7", "x|\"x\\n\"|x"]);
}
