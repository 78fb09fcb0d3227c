//! Bad records that are a person's, and bad records that only look like it.

use std::path::Path;

use super::*;

const PIPELINE: &str = "\
sources:
  s:
    path: s.csv
    key: id
    fields: {id: KEY, name: text, email: email, phone: {type: phone, region: REGION}, device: uuid, sum: integer, day: date}
outputs: [{table: s, path: o.csv}]
";

struct Zoe {
    values: Vec<&'static str>,
    keys: Vec<&'static str>,
}

impl Wanted for Zoe {
    fn has_value(&self, value: &str) -> bool {
        self.values.contains(&value)
    }

    fn has_key(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }
}

fn source(key: &str, region: &str) -> Source {
    let text = PIPELINE.replace("KEY", key).replace("REGION", region);
    let loaded = onefold_spec::load(&text, Path::new("p.yaml"), &|_| None).expect("a pipeline");
    let mut sources = loaded.pipeline.sources.into_iter();
    sources.next().expect("a source")
}

#[test]
fn values_are_found_in_the_text_of_broken_records() {
    let source = source("text", "GB");
    let mentions = Mentions::of(&source);
    let zoe = Zoe {
        values: vec![
            "ann@example.org",
            "+442079460777",
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        ],
        keys: Vec::new(),
    };
    for (text, is_theirs) in [
        ("7,\"ann@example.org,x", true),
        ("7;Ann <ANN@example.org>;;", true),
        ("{\"mail\": \"ann@example.org\"", true),
        (r#"{"mail": "ann\u0040example.org""#, true),
        ("7,call 'ann@example.org'.", true),
        ("7,joann@example.org,x", false),
        ("7,ann@example.org.uk,x", false),
        ("K1,Ann,020 7946 0777,x,y", true),
        ("K1;02079460777", true),
        ("K1|(020) 7946-0777|", true),
        ("K1,+44 20 7946 0777", true),
        ("K1,0044 20 7946 0777", true),
        ("K1,\"+44 (0)20 7946 0777", true),
        (r#"{"phone":"020\/7946\/0777"#, true),
        ("K1,20 7946 0777", true),
        ("K1,2079460777,an amount", false),
        ("K1,442079460777,an amount", false),
        ("K1,020 7946 0778,x", false),
        ("K1,7946", false),
        ("3f2504e04f8941d39a0c0305e82c3301,x,y", true),
        ("\\u", false),
        ("\\uzzzz \\ud800", false),
        ("", false),
    ] {
        assert_eq!(mentions.is_of(&zoe, [], text), is_theirs, "{text}");
    }
}

#[test]
fn dates_are_no_telephone_numbers() {
    let source = source("text", "DE");
    let mentions = Mentions::of(&source);
    let zoe = Zoe {
        values: vec!["+4920240101", "+4920240315"],
        keys: Vec::new(),
    };
    for text in [
        "KB-1,Bob,bad-mail,,2024-01-01",
        "KB-1,2024-03-15T10:30",
        "KB-1,2024/03/15",
        "KB-1,20240315",
        "KB-1,2024.01.01,x",
        "KB-1,2024-03-15 10:30,x",
    ] {
        assert!(!mentions.is_of(&zoe, [], text), "{text}");
        let cells = [
            ("day", "2024-01-01"),
            ("sum", "20240101"),
            ("name", "2024-01-01"),
        ];
        assert!(!mentions.is_of(&zoe, cells, text), "{text}");
    }
    assert!(mentions.is_of(&zoe, [], "KB-1,0202 40101"));
    assert!(mentions.is_of(&zoe, [("phone", "0202 40101")], ""));
}

#[test]
fn cells_are_read_by_their_types() {
    let zoe = Zoe {
        values: vec!["+442079460777", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
        keys: vec!["17"],
    };
    for (key, field, cell, is_theirs) in [
        ("text", "phone", "020–7946–0777", true),
        ("text", "phone", "020 7946 0777 / 020 7946 0778", true),
        ("text", "phone", "020 7946 0778", false),
        ("text", "sum", "2079460777", false),
        ("text", "device", "3F2504E04F8941D39A0C0305E82C3301", true),
        ("text", "id", " 17 ", true),
        ("text", "id", "0017", false),
        ("integer", "id", "0017", true),
        ("integer", "sum", "17", false),
    ] {
        let source = source(key, "GB");
        let mentions = Mentions::of(&source);
        let found = mentions.is_of(&zoe, [(field, cell)], cell);
        assert_eq!(found, is_theirs, "{key} {field} {cell}");
    }
}

#[test]
fn keys_are_found_where_nothing_else_can_stand() {
    for (text, key, named, is_theirs) in [
        ("KZ1,Ann,,x,extra", "KZ1", "text", true),
        ("\"KZ1\",\"Ann", "KZ1", "text", true),
        ("KZ1", "KZ1", "text", true),
        ("[\"KZ1\",1", "KZ1", "text", true),
        ("KZ10,Ann", "KZ1", "text", false),
        ("17,Ann,x,y", "17", "text", false),
        ("19,Bob,,,20240101,extra", "20240101", "text", false),
        ("19,Bob,,,12.50,x", "12.50", "text", false),
        ("20,Birmingham,x", "Birmingham", "text", false),
        ("{\"n\": 4, \"id\": 17, ", "17", "text", true),
        ("{\"n\": 17, \"id\": 4, ", "17", "text", false),
        ("{\"id\": 17, \"no\": 4, ", "17", "{from: no}", false),
        ("{\"id\": 4, \"no\": 17, ", "17", "{from: no}", true),
        (
            "{\"order\":{\"id\":17},\"customer\":{\"id\":19}",
            "17",
            "{from: customer.id}",
            false,
        ),
    ] {
        let source = source(named, "GB");
        let mentions = Mentions::of(&source);
        let zoe = Zoe {
            values: Vec::new(),
            keys: vec![key],
        };
        assert_eq!(mentions.is_of(&zoe, [], text), is_theirs, "{text}");
    }
}
