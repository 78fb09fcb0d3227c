//! Structs, lists and maps: as JSON, and by path into them.

use super::files::{Leaf, Stored, plain, raw};
use super::read;

/// `{id, addr {city, zip}, orders [{no, tags []}], props {key: value}, n [[]]}`.
pub(super) fn people() -> Vec<u8> {
    let schema = "message m {
        required int32 id;
        optional group addr { optional binary city (UTF8); required int32 zip; }
        optional group orders (LIST) { repeated group list { optional group element {
            optional int64 no;
            optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
        } } }
        optional group props (MAP) { repeated group key_value { required binary key (UTF8); optional double value; } }
        optional group n (LIST) { repeated group list { optional group element (LIST) { repeated group list { required int32 element; } } } }
    }";
    let leaves: Vec<Leaf> = vec![
        Stored::Int32(vec![1, 2, 3]).into(),
        Stored::texts(&["Köln"]).levels(&[2, 0, 1], &[]),
        Stored::Int32(vec![50_667, 1]).levels(&[1, 0, 1], &[]),
        // Row 1: two orders, the first with two tags; row 2: none; row 3: a missing one, one without a number.
        Stored::Int64(vec![7, 8]).levels(&[4, 4, 0, 2, 3], &[0, 1, 0, 0, 1]),
        Stored::texts(&["a", "\"b\"\n"]).levels(&[6, 6, 4, 0, 2, 3], &[0, 2, 1, 0, 0, 1]),
        Stored::texts(&["x", "y", "x"]).levels(&[2, 2, 0, 2], &[0, 1, 0, 0]),
        Stored::Double(vec![0.5, f64::NAN]).levels(&[3, 2, 0, 3], &[0, 1, 0, 0]),
        Stored::Int32(vec![1, 2, 3]).levels(&[4, 4, 4, 0, 1], &[0, 2, 1, 0, 0]),
    ];
    raw(schema, plain(), &[leaves])
}

#[test]
fn nested_values_are_json() {
    let found = read("", &people());
    assert_eq!(
        found.rows,
        [
            concat!(
                r#"1|{"city":"Köln","zip":50667}|"#,
                r#"[{"no":7,"tags":["a","\"b\"\n"]},{"no":8,"tags":[]}]|{"x":0.5,"y":null}|[[1,2],[3]]"#
            ),
            "2|~|~|~|~",
            r#"3|{"city":null,"zip":1}|[null,{"no":null,"tags":null}]|{"x":"NaN"}|[]"#,
        ]
    );
    for row in &found.rows {
        for value in row.split('|').filter(|value| *value != "~") {
            serde_json::from_str::<serde_json::Value>(value).expect("JSON");
        }
    }
    let single = read(
        "{id: json, zip: {from: addr.zip, type: json}, x: {from: props.x, type: json}}",
        &people(),
    );
    assert_eq!(single.rows, ["1|50667|0.5", "2|~|~", "3|1|\"NaN\""]);
    let fields = "{addr: json, orders: {type: json}, o: {from: orders, type: text}}";
    let found = read(fields, &people());
    assert!(
        found.rows[0].starts_with(r#"{"city":"Köln","zip":50667}|[{"no":7,"#),
        "{}",
        found.rows[0]
    );
    assert_eq!(
        found.drift(),
        [
            "id 3 s.parquet:1:1",
            "props 3 s.parquet:1:1",
            "n 3 s.parquet:1:1"
        ]
    );
}

#[test]
fn paths_lead_into_structs_lists_and_maps() {
    for (path, rows) in [
        ("addr.city", ["Köln", "~", "~"]),
        ("addr.zip", ["50667", "~", "1"]),
        ("orders.0.no", ["7", "~", "~"]),
        ("'orders[0].no'", ["7", "~", "~"]),
        ("orders.1.no", ["8", "~", "~"]),
        ("orders.2.no", ["~", "~", "~"]),
        ("orders.0.tags.1", ["\"b\"\n", "~", "~"]),
        ("'orders[0].tags[0]'", ["a", "~", "~"]),
        (
            "orders.1",
            [r#"{"no":8,"tags":[]}"#, "~", r#"{"no":null,"tags":null}"#],
        ),
        ("props.x", ["0.5", "~", "NaN"]),
        ("props.y", ["~", "~", "~"]),
        ("n.0.1", ["2", "~", "~"]),
        ("'n[1][0]'", ["3", "~", "~"]),
        ("'n[0]'", ["[1,2]", "~", "~"]),
        ("orders.no", ["~", "~", "~"]),
        ("addr.street", ["~", "~", "~"]),
    ] {
        let ty = if path.contains("tags.1") {
            "json"
        } else {
            "text"
        };
        let found = read(
            &format!("{{v: {{from: {path}, type: {ty}, on_invalid: 'null'}}}}"),
            &people(),
        );
        let rows = if ty == "json" {
            found.rows.clone()
        } else {
            rows.map(str::trim_end).map(String::from).to_vec()
        };
        assert_eq!(found.rows, rows, "{path}");
    }
    // As its own type; what the plan looks into is no drift, what lies beside it in a struct is.
    let found = read(
        "{no: {from: 'orders[0].no', type: integer, min: 8}, city: {from: addr.city}, k: {from: props.x, type: float}}",
        &people(),
    );
    assert_eq!(found.rows, ["~|~|~", "~|~|~"]);
    assert_eq!(found.refused(), ["s.parquet:1 below_minimum no=7"]);
    assert_eq!(
        found.drift(),
        [
            "id 3 s.parquet:1:1",
            "addr.zip 3 s.parquet:1:1",
            "n 3 s.parquet:1:1"
        ]
    );
}

/// Old writers store lists in other ways, by the rules of the format.
#[test]
fn lists_of_old_writers() {
    let numbers = |definition: &[i16]| Stored::Int32(vec![1, 2, 3]).levels(definition, &[0, 1, 0]);
    for (of, leaf, rows) in [
        ("repeated int32 v", numbers(&[1, 1, 1]), ["[1,2]", "[3]"]),
        (
            "optional group v (LIST) { repeated int32 element; }",
            numbers(&[2, 2, 2]),
            ["[1,2]", "[3]"],
        ),
        (
            "optional group v (LIST) { repeated group element { required int32 num; } }",
            numbers(&[2, 2, 2]),
            ["[1,2]", "[3]"],
        ),
        (
            "optional group v (LIST) { repeated group array { required int32 num; } }",
            numbers(&[2, 2, 2]),
            [r#"[{"num":1},{"num":2}]"#, r#"[{"num":3}]"#],
        ),
        (
            "optional group v (LIST) { repeated group v_tuple { required int32 num; } }",
            numbers(&[2, 2, 2]),
            [r#"[{"num":1},{"num":2}]"#, r#"[{"num":3}]"#],
        ),
        (
            "optional group v (LIST) { repeated group bag { optional int32 array_element; } }",
            numbers(&[3, 3, 3]),
            ["[1,2]", "[3]"],
        ),
        (
            "repeated group v { required int32 a; }",
            numbers(&[1, 1, 1]),
            [r#"[{"a":1},{"a":2}]"#, r#"[{"a":3}]"#],
        ),
        (
            "optional group v { repeated int32 a; }",
            numbers(&[2, 2, 2]),
            [r#"{"a":[1,2]}"#, r#"{"a":[3]}"#],
        ),
        (
            "required group v (MAP) { repeated group map (MAP_KEY_VALUE) { required int32 key; } }",
            numbers(&[1, 1, 1]),
            ["[1,2]", "[3]"],
        ),
        // An annotation that fits nothing says nothing.
        (
            "optional group v (LIST) { optional int32 a; }",
            Stored::Int32(vec![1, 2]).levels(&[2, 2], &[]),
            [r#"{"a":1}"#, r#"{"a":2}"#],
        ),
    ] {
        let file = raw(
            &format!("message m {{ {of}; }}").replace("};", "}"),
            plain(),
            &[vec![leaf]],
        );
        let found = read("", &file);
        assert_eq!(found.rows, rows, "{of}");
    }
    // A list of lists, the inner one without a group of its own.
    let file = raw(
        "message m { optional group v (LIST) { repeated group array (LIST) { repeated int32 array; } } }",
        plain(),
        &[vec![
            Stored::Int32(vec![1, 2, 3]).levels(&[3, 3, 3], &[0, 2, 1]),
        ]],
    );
    assert_eq!(read("", &file).rows, ["[[1,2],[3]]"]);
    // A map whose entries are annotated, with a key that is no text, and one that stands twice.
    let schema = "message m { optional group v (MAP_KEY_VALUE) { repeated group map { required int32 key; optional int32 value; } } }";
    let file = raw(
        schema,
        plain(),
        &[vec![
            Stored::Int32(vec![1, 2, 1]).levels(&[2, 2, 2], &[0, 1, 1]),
            Stored::Int32(vec![5, 6, 7]).levels(&[3, 3, 3], &[0, 1, 1]),
        ]],
    );
    assert_eq!(read("", &file).rows, [r#"{"1":5,"2":6,"1":7}"#]);
    assert_eq!(read("{v: {from: v.1, type: integer}}", &file).rows, ["7"]);
}

/// Numbers are exact, what JSON cannot say is text.
#[test]
fn values_in_json() {
    let schema = "message m { required group v {
        required int64 i; required int64 u (UINT_64); required int32 d (DECIMAL(9,2)); required float f; required double g;
        required boolean b; required int32 day (DATE); required int64 t (TIMESTAMP(MICROS,true)); required int96 old;
        required binary text (UTF8); required binary bytes; required binary json (JSON); required fixed_len_byte_array(16) id (UUID);
    } }";
    let file = raw(
        schema,
        plain(),
        &[vec![
            Stored::Int64(vec![i64::MIN]).into(),
            Stored::Int64(vec![-1]).into(),
            Stored::Int32(vec![-1230]).into(),
            Stored::Float(vec![0.1]).into(),
            Stored::Double(vec![f64::NEG_INFINITY]).into(),
            Stored::Boolean(vec![true]).into(),
            Stored::Int32(vec![1]).into(),
            Stored::Int64(vec![1]).into(),
            Stored::Int96(vec![(2_932_896 + 2_440_588, 0)]).into(),
            Stored::texts(&["\u{1}\\"]).into(),
            Stored::Bytes(vec![vec![0xff]]).into(),
            Stored::texts(&["{\"a\": 1.50}"]).into(),
            Stored::Fixed(vec![vec![0xab; 16]]).into(),
        ]],
    );
    let json = concat!(
        r#"{"i":-9223372036854775808,"u":18446744073709551615,"d":-12.30,"f":0.1,"g":"-Infinity","b":true,"#,
        r#""day":"1970-01-02","t":"1970-01-01T00:00:00.000001Z","old":"9999-12-31T00:00:00","#,
        r#""text":"\u0001\\","bytes":"\\xff","json":{"a": 1.50},"id":"abababab-abab-abab-abab-abababababab"}"#
    );
    assert_eq!(read("", &file).rows, [json]);
    serde_json::from_str::<serde_json::Value>(json).expect("JSON");
    // A text within that is none costs its record.
    let schema = "message m { repeated binary v (UTF8); }";
    let file = raw(
        schema,
        plain(),
        &[vec![
            Stored::Bytes(vec![b"a".to_vec(), b"\xff".to_vec(), b"b".to_vec()])
                .levels(&[1, 1, 1], &[0, 1, 0]),
        ]],
    );
    let found = read("", &file);
    assert_eq!(found.rows, [r#"["b"]"#]);
    assert_eq!(found.rejects[0].code, "invalid_encoding");
}

/// A column with points in its name, and names that differ in case only.
#[test]
fn names_of_columns() {
    let numbers = |n| Leaf::from(Stored::Int32(vec![n]));
    let schema = "message m { required int32 a.b; required group c { required int32 d.e; } required int32 A; required int32 a; }";
    let file = raw(
        schema,
        plain(),
        &[vec![numbers(1), numbers(2), numbers(3), numbers(4)]],
    );
    let found = read(
        "{x: {from: a.b}, y: {from: c.d.e}, z: {from: A}, u: {from: a}}",
        &file,
    );
    assert_eq!(found.rows, ["1|2|3|4"]);
    assert_eq!(read("", &file).rows, [r#"1|{"d.e":2}|3|4"#]);
}

/// Files of no rows, no row groups, no columns.
#[test]
fn files_of_nothing() {
    let schema = "message m { required int32 v; optional group g { optional int32 a; } }";
    let none = || {
        vec![
            Leaf::from(Stored::Int32(Vec::new())),
            Stored::Int32(Vec::new()).into(),
        ]
    };
    for groups in [Vec::new(), vec![none()], vec![none(), none()]] {
        let file = raw(schema, plain(), &groups);
        for fields in ["", "{v: integer}", "{w: integer}"] {
            assert_eq!(read(fields, &file).summary.read, 0);
        }
    }
    let file = raw("message m { }", plain(), &[Vec::new()]);
    assert_eq!(read("{w: integer}", &file).summary.read, 0);
}
