//! Which record is kept and which values survive.

use std::sync::Arc;

use arrow::array::{Array, Date32Array, Float64Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use onefold_resolve::{CustomerId, Options, Preference, Resolved, Rule, SourceRecords, resolve};

use crate::tables::{column, source_of};

use Preference::{Earliest, First, Last, Latest, MostComplete, Priority};

/// Three records of one customer:
/// | id | name | city | seen | score | source |
/// |----|------|------|------|-------|--------|
/// | A  | Ann  |      | 10   | 1.5   | crm    |
/// | B  |      | Bonn | 30   | NaN   | crm    |
/// | C  | Cy   | Cork |      | 0.5   | shop   |
fn sources() -> Vec<SourceRecords> {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Utf8View, true),
        Field::new("phone", DataType::Int64, true),
        Field::new("name", DataType::Utf8View, true),
        Field::new("city", DataType::Utf8View, true),
        Field::new("seen", DataType::Date32, true),
        Field::new("score", DataType::Float64, true),
    ]);
    let crm = source_of(
        "crm",
        "CRM",
        schema.clone(),
        vec![
            Arc::new(StringViewArray::from(vec!["A", "B"])),
            Arc::new(Int64Array::from(vec![555, 555])),
            Arc::new(StringViewArray::from(vec![Some("Ann"), None])),
            Arc::new(StringViewArray::from(vec![None, Some("Bonn")])),
            Arc::new(Date32Array::from(vec![Some(10), Some(30)])),
            Arc::new(Float64Array::from(vec![1.5, f64::NAN])),
        ],
        Some(0),
        None,
    );
    let shop = source_of(
        "shop",
        "ECOM",
        schema,
        vec![
            Arc::new(StringViewArray::from(vec!["C"])),
            Arc::new(Int64Array::from(vec![555])),
            Arc::new(StringViewArray::from(vec!["Cy"])),
            Arc::new(StringViewArray::from(vec!["Cork"])),
            Arc::new(Date32Array::from(vec![None::<i32>])),
            Arc::new(Float64Array::from(vec![0.5])),
        ],
        Some(0),
        None,
    );
    vec![crm, shop]
}

fn resolved(keep: &[Preference], own: &[(&str, &[Preference])], fill: bool) -> Resolved {
    let options = Options {
        rules: vec![Rule::on("phone", ["phone"])],
        keep: keep.to_vec(),
        survivorship: own
            .iter()
            .map(|(c, p)| ((*c).to_owned(), p.to_vec()))
            .collect(),
        fill,
        ..Options::new(CustomerId::default())
    };
    resolve(sources(), &options).expect("resolved")
}

fn survivor(keep: &[Preference], own: &[(&str, &[Preference])], fill: bool) -> String {
    let resolved = resolved(keep, own, fill);
    ["kept_key", "name", "city", "seen", "score"]
        .map(|name| column(&resolved.customers, name).join(","))
        .join(" ")
}

fn latest(column: &str) -> Preference {
    Latest(column.to_owned())
}

fn earliest(column: &str) -> Preference {
    Earliest(column.to_owned())
}

#[test]
fn the_kept_record() {
    let cases: [(&[Preference], &str); 12] = [
        (&[], "A Ann - 1970-01-11 1.5"),
        (&[First], "A Ann - 1970-01-11 1.5"),
        (&[Last], "C Cy Cork - 0.5"),
        // All lack one value: the first record read.
        (&[MostComplete], "A Ann - 1970-01-11 1.5"),
        (&[MostComplete, Last], "C Cy Cork - 0.5"),
        (&[latest("seen")], "B - Bonn 1970-01-31 NaN"),
        (&[earliest("seen")], "A Ann - 1970-01-11 1.5"),
        // NaN is missing: last both ways.
        (&[latest("score")], "A Ann - 1970-01-11 1.5"),
        (&[earliest("score")], "C Cy Cork - 0.5"),
        (&[latest("city")], "C Cy Cork - 0.5"),
        (&[Priority(vec![1, 0])], "C Cy Cork - 0.5"),
        (&[Priority(vec![0]), Last], "B - Bonn 1970-01-31 NaN"),
    ];
    for (keep, expected) in cases {
        assert_eq!(survivor(keep, &[], false), expected, "{keep:?}");
    }
}

#[test]
fn missing_values_come_from_the_next_records_in_order() {
    let cases: [(&[Preference], &str); 4] = [
        (&[First], "A Ann Bonn 1970-01-11 1.5"),
        (&[Last], "C Cy Cork 1970-01-31 0.5"),
        (&[latest("seen")], "B Ann Bonn 1970-01-31 NaN"),
        (&[Priority(vec![1]), First], "C Cy Cork 1970-01-11 0.5"),
    ];
    for (keep, expected) in cases {
        assert_eq!(survivor(keep, &[], true), expected, "{keep:?}");
    }
}

#[test]
fn a_column_may_have_its_own_order() {
    let own: [(&str, &[Preference]); 2] =
        [("name", &[Priority(vec![1])]), ("seen", &[latest("seen")])];
    assert_eq!(survivor(&[First], &own, false), "A Cy - 1970-01-31 1.5");
    assert_eq!(survivor(&[First], &own, true), "A Cy Bonn 1970-01-31 1.5");
    // The first of the column's own order lacks it.
    let city: [(&str, &[Preference]); 1] = [("city", &[earliest("seen")])];
    assert_eq!(survivor(&[Last], &city, false), "C Cy - - 0.5");
    assert_eq!(survivor(&[Last], &city, true), "C Cy Bonn 1970-01-31 0.5");
}

#[test]
fn every_value_tells_its_record() {
    let resolved = resolved(&[First], &[("name", &[Last])], true);
    let origins: Vec<_> = (0..6).map(|column| resolved.origin(0, column)).collect();
    assert_eq!(origins, [0, 0, 2, 1, 0, 0].map(Some));
    assert_eq!(resolved.origin(0, 6), None);
    assert_eq!(resolved.origin(1, 0), None);
}

#[test]
fn texts_are_not_copied() {
    let schema = Schema::new(vec![Field::new("text", DataType::Utf8View, true)]);
    let array = StringViewArray::from(vec![
        "longer than twelve bytes",
        "longer than twelve bytes",
        "and one more of these",
    ]);
    let buffer = array.data_buffers()[0].as_ptr();
    let source = source_of("s", "S", schema, vec![Arc::new(array)], None, None);
    let options = Options {
        rules: vec![Rule::on("text", ["text"])],
        ..Options::new(CustomerId::default())
    };
    let resolved = resolve(vec![source], &options).expect("resolved");
    let texts = resolved.customers[0]
        .column_by_name("text")
        .expect("column");
    let texts = texts
        .as_any()
        .downcast_ref::<StringViewArray>()
        .expect("views");
    assert_eq!(texts.len(), 2);
    assert!(texts.data_buffers().iter().all(|b| b.as_ptr() == buffer));
}
