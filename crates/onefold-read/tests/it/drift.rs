//! Columns and keys that nobody mentions.

use std::collections::BTreeMap;

use super::{read, read_bytes};

#[test]
fn columns_of_delimited_text() {
    let yaml = "\
path: '*.csv'
fields: {id: integer, name: {from: full_name}, k: {value: x}}
versions: [{name: v2, when: {fields: [marker]}, fields: {name: {from: label}}}]
ignore: [debug, utm_*]
";
    let found = read(
        yaml,
        &[
            ("a.csv", "id,full_name,empty\n"),
            (
                "b.csv",
                "id,full_name,fax,utm_source,debug\n1,Ann,2,3,4\nx,Bob,2,3,4\n1,Cid\n",
            ),
            (
                "c.csv",
                "sep=;\nfax;id;full_name;empty\n1\n;2;Dan;\n;3;\"E\nve\";\n",
            ),
            // Columns of other versions are known.
            ("d.csv", "id,label,marker,full_name,\n1,Fay,,,\n"),
        ],
    );
    assert_eq!(
        found.drift(),
        [
            "empty 2 c.csv:2:4",
            "fax 4 b.csv:1:2",
            "column_5 1 d.csv:1:2"
        ]
    );
    assert_eq!(found.summary.rejected, 3);
    assert_eq!(found.rows.len(), 4);
}

#[test]
fn a_header_alone_shows_its_columns() {
    let found = read(
        "path: a.csv\nfields: {id: integer}\n",
        &[("a.csv", "id,new\n")],
    );
    assert_eq!(found.drift(), ["new 0 a.csv:0:1"]);
}

#[test]
fn names_that_the_pipeline_gives_are_known() {
    let named = read(
        "path: a.csv\nheader: [id, junk]\nfields: {id: integer}\n",
        &[("a.csv", "1,2\n")],
    );
    assert_eq!(named.drift(), Vec::<String>::new());
    let unnamed = read(
        "path: a.csv\nheader: false\nfields: {id: {from: column_1}}\n",
        &[("a.csv", "1,2\n")],
    );
    assert_eq!(unnamed.drift(), ["column_2 1 a.csv:1:1"]);
}

#[test]
fn without_fields_nothing_is_unknown() {
    let found = read(
        "path: '*'\n",
        &[
            ("a.csv", "id,new\n1,2\n"),
            ("b.json", "{\"id\":1,\"newer\":2}"),
        ],
    );
    assert_eq!(found.drift(), Vec::<String>::new());
}

#[test]
fn keys_of_json() {
    let yaml = "\
path: '*.json'
fields: {id: integer, mail: {from: contact.email}, all: {from: meta, type: json}}
versions: [{name: v2, when: {fields: [marker]}, fields: {id: {from: key}}}]
ignore: [contact.ig*, 'a?']
";
    let text = r#"{"id":1,"contact":{"email":"x","fax":1,"ignored":2},"meta":{"free":1},"marker":null}
{"key":1,"contact":[{"pager":1}],"ab":0,"n\u0065w":{"inner":1}}
{"id":"x","contact":{"fax":{"deep":1}},"new":1,"new":2}
{"id":3,"lost":1,"contact":{"broken":}}
{"id":4,"lost":null,"a.b":0,"ab":1}
"#;
    let found = read(yaml, &[("a.json", text)]);
    assert_eq!(
        found.drift(),
        [
            "contact.fax 2 a.json:1:1",
            "new 2 a.json:2:2",
            "lost 1 a.json:5:5",
            "a.b 1 a.json:5:5"
        ]
    );
    assert_eq!(found.refused().len(), 2);
}

#[test]
fn records_in_an_encoding_gone_wrong_do_not_count() {
    let text = b"{\"id\":1,\"n\xffw\":1,\"x\":1}\n{\"id\":2,\"x\":1}\n";
    let found = read_bytes("path: a.json\nfields: {id: integer}\n", &[("a.json", text)]);
    assert_eq!(found.drift(), ["x 1 a.json:2:2"]);
    assert_eq!(found.refused(), ["a.json:1 invalid_encoding =~"]);
}

/// Random records over several chunks and files, cut in wrong places, against a count by a JSON library.
#[test]
fn counts_and_first_records_are_those_of_one_pass() {
    const KEYS: [&str; 6] = ["e", "d", "c", "b", "a", "often"];
    let mut state = 7u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    for framing in ["lines", "array"] {
        let mut files = Vec::new();
        let mut expected: BTreeMap<String, (u64, String)> = BTreeMap::new();
        for name in ["f1.json", "f2.json"] {
            let mut text = String::from(if framing == "array" { "[\n" } else { "" });
            let mut line = if framing == "array" { 2 } else { 1 };
            for record in 1..=80_000u64 {
                let mut fields = vec![format!(
                    "\"id\":{}",
                    if random(50) == 0 {
                        "\"bad\"".to_owned()
                    } else {
                        record.to_string()
                    }
                )];
                for (place, key) in KEYS.iter().enumerate() {
                    // From hardly ever to every other record.
                    if random(1 + 20u64.pow(5 - place as u32).min(200_000)) == 0 {
                        let value = [
                            "1",
                            "null",
                            "\"text\"",
                            "[{\"id\":1},{\"id\":2},{\"id\":3}]",
                            "{\"id\": {}}",
                        ][random(5) as usize];
                        fields.push(format!("\"{key}\":{value}"));
                    }
                }
                if random(3) == 0 {
                    fields.push(format!("\"sub\":{{\"known\":1,\"k{}\":2}}", random(3)));
                }
                let broken = random(100) == 0;
                // Lists of objects that look like records make the cuts go wrong.
                let list = vec!["{\"id\":0}"; random(40) as usize].join(if record % 2 == 0 {
                    ",\n"
                } else {
                    ","
                });
                fields.push(format!("\"list\":[{list}]"));
                let body = format!("{{{}}}", fields.join(","));
                if broken {
                    text.push_str("{\"id\":1,\"e\":1,\"zzz\":,\"sub\":{\"yyy\":1}}");
                } else {
                    let parsed: serde_json::Value = serde_json::from_str(&body).expect("JSON");
                    let object = parsed.as_object().expect("an object");
                    let mut names: Vec<String> = object
                        .keys()
                        .filter(|k| !["id", "sub", "list"].contains(&k.as_str()))
                        .cloned()
                        .collect();
                    let sub = object.get("sub").and_then(|sub| sub.as_object());
                    names.extend(
                        sub.into_iter()
                            .flat_map(|sub| sub.keys())
                            .filter(|k| *k != "known")
                            .map(|k| format!("sub.{k}")),
                    );
                    for column in names {
                        expected
                            .entry(column)
                            .or_insert((0, format!("{name}:{record}:{line}")))
                            .0 += 1;
                    }
                    text.push_str(&body);
                    line += body.matches('\n').count();
                }
                text.push_str(if framing == "array" && record < 80_000 {
                    ",\n"
                } else {
                    "\n"
                });
                line += 1;
            }
            text.push_str(if framing == "array" { "]\n" } else { "" });
            assert!(text.len() > 4 << 20);
            files.push((name, text));
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let yaml = "path: '*.json'\nfields: {id: {type: integer, on_invalid: reject}, known: {from: sub.known}}\nignore: list\n";
        let found = read(yaml, &files);
        let expected: BTreeMap<String, String> = expected
            .into_iter()
            .map(|(column, (records, first))| {
                (column.clone(), format!("{column} {records} {first}"))
            })
            .collect();
        let by_column: BTreeMap<String, String> = found
            .summary
            .drift
            .iter()
            .zip(found.drift())
            .map(|(drift, text)| (drift.column.clone(), text))
            .collect();
        assert_eq!(by_column, expected, "{framing}");
        assert!(expected.len() >= 7, "{expected:?}");
        assert!(found.summary.rejected > 500 && found.summary.accepted > 50_000);
        let place = |name: &str| found.names().iter().position(|column| *column == name);
        assert!(place("often") < place("b"), "{:?}", found.names());
    }
}

/// Line breaks in quoted fields make the cuts go wrong.
#[test]
fn delimited_text_over_several_chunks() {
    let mut text = String::from("id,note,extra\n");
    let mut records = 0;
    while text.len() < 5 << 20 {
        records += 1;
        text.push_str(&format!(
            "{records},\"{}\",x\n",
            "a,b,c\n".repeat(records % 300)
        ));
        if records % 1000 == 0 {
            text.push_str("too,many,fields,here\n");
        }
    }
    let yaml = "path: '*.csv'\nfields: {id: integer, note: text}\n";
    let found = read(
        yaml,
        &[
            ("a.csv", "id,note\n1,2\n"),
            ("b.csv", &text),
            ("c.csv", "extra,id,note\n1,x,3\n"),
        ],
    );
    assert_eq!(found.drift(), [format!("extra {} b.csv:1:2", records + 1)]);
    assert_eq!(found.rows.len(), records + 1);
}
