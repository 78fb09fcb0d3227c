//! Which record is kept and which values survive.

use std::sync::Arc;

use arrow::array::{Array, Date32Array, Float64Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use onefold_resolve::{CustomerId, Options, Preference, Resolved, Rule, SourceRecords, resolve};

use crate::tables::{column, lines, source_of};

use Preference::{Earliest, First, Last, Latest, Longest, MostComplete, MostFrequent, Priority};

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
        .map(|name| column(&resolved.customers().expect("rows"), name).join(","))
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
    let customers = resolved.customers().expect("rows");
    let texts = customers[0].column_by_name("text").expect("column");
    let texts = texts
        .as_any()
        .downcast_ref::<StringViewArray>()
        .expect("views");
    assert_eq!(texts.len(), 2);
    assert!(texts.data_buffers().iter().all(|b| b.as_ptr() == buffer));
}

fn most_frequent() -> Preference {
    MostFrequent { fold_case: true }
}

/// Five records of one customer:
/// | id | name     | street  | postcode | city | seen |
/// |----|----------|---------|----------|------|------|
/// | A  | Al       | Elm 1   |          |      | 10   |
/// | B  | Albert   |         | 10115    | Bonn | 50   |
/// | C  | AL       | Oak 2   | 50667    | Köln | 20   |
/// | D  | Bertram  | Ash 3   | 50668    | Köln | 40   |
/// | E  |          |         |          |      | 60   |
fn addresses() -> SourceRecords {
    let text = |name: &str| Field::new(name, DataType::Utf8View, true);
    let schema = Schema::new(vec![
        text("id"),
        Field::new("phone", DataType::Int64, true),
        text("name"),
        text("street"),
        text("postcode"),
        text("city"),
        Field::new("seen", DataType::Date32, true),
    ]);
    let texts = |values: [Option<&str>; 5]| -> Arc<dyn Array> {
        Arc::new(StringViewArray::from(values.to_vec()))
    };
    source_of(
        "crm",
        "CRM",
        schema,
        vec![
            texts(["A", "B", "C", "D", "E"].map(Some)),
            Arc::new(Int64Array::from(vec![555; 5])),
            texts([
                Some("Al"),
                Some("Albert"),
                Some("AL"),
                Some("Bertram"),
                None,
            ]),
            texts([Some("Elm 1"), None, Some("Oak 2"), Some("Ash 3"), None]),
            texts([None, Some("10115"), Some("50667"), Some("50668"), None]),
            texts([None, Some("Bonn"), Some("Köln"), Some("Köln"), None]),
            Arc::new(Date32Array::from(vec![10, 50, 20, 40, 60])),
        ],
        Some(0),
        None,
    )
}

fn one_address(options: Options) -> Result<Resolved, onefold_resolve::Error> {
    let options = Options {
        rules: vec![Rule::on("phone", ["phone"])],
        ..options
    };
    resolve(vec![addresses()], &options)
}

fn with_own(own: &[(&str, &[Preference])]) -> Options {
    Options {
        survivorship: own
            .iter()
            .map(|(c, p)| ((*c).to_owned(), p.to_vec()))
            .collect(),
        ..Options::new(CustomerId::default())
    }
}

fn together(groups: &[&[&str]]) -> Vec<Vec<String>> {
    let owned = |group: &&[&str]| group.iter().map(|c| (*c).to_owned()).collect();
    groups.iter().map(owned).collect()
}

#[test]
fn a_column_may_count_its_values() {
    let cases: [(&str, &[Preference], &[Preference], &str); 8] = [
        ("name", &[most_frequent()], &[], "Al"),
        // The one that `keep` prefers tells how it is written.
        ("name", &[most_frequent()], &[Last], "AL"),
        ("name", &[most_frequent(), latest("seen")], &[], "AL"),
        // With case, all are on one record.
        ("name", &[MostFrequent { fold_case: false }], &[], "Al"),
        (
            "name",
            &[MostFrequent { fold_case: false }],
            &[Last],
            "Bertram",
        ),
        ("name", &[Longest], &[], "Bertram"),
        ("city", &[most_frequent()], &[Last], "Köln"),
        // Characters, not bytes.
        ("city", &[Longest], &[], "Bonn"),
    ];
    for (name, own, keep, expected) in cases {
        for fill in [true, false] {
            let options = Options {
                keep: keep.to_vec(),
                fill,
                ..with_own(&[(name, own)])
            };
            let resolved = one_address(options).expect("resolved");
            let found = column(&resolved.customers().expect("rows"), name).join(",");
            assert_eq!(found, expected, "{name} by {own:?}, then {keep:?}");
        }
    }
}

#[test]
fn columns_that_stay_together_come_from_one_record() {
    let address = |keep: &[Preference], own: &[(&str, &[Preference])], fill| {
        let options = Options {
            keep: keep.to_vec(),
            together: together(&[&["street", "postcode", "city"]]),
            fill,
            ..with_own(own)
        };
        let resolved = one_address(options).expect("resolved");
        ["kept_key", "street", "postcode", "city"]
            .map(|name| column(&resolved.customers().expect("rows"), name).join(","))
            .join(" ")
    };
    // A complete one beats half of one that is first.
    assert_eq!(address(&[First], &[], true), "A Oak 2 50667 Köln");
    assert_eq!(address(&[Last], &[], true), "E Ash 3 50668 Köln");
    // Without `fill`, the first that has anything is taken as it is.
    assert_eq!(address(&[First], &[], false), "A Elm 1 - -");
    assert_eq!(address(&[Last], &[], false), "E Ash 3 50668 Köln");
    let newest = [latest("seen")];
    assert_eq!(
        address(&[First], &[("city", &newest)], true),
        "A Ash 3 50668 Köln"
    );
    let both: [(&str, &[Preference]); 2] = [("postcode", &newest), ("city", &newest)];
    assert_eq!(address(&[First], &both, false), "A - 10115 Bonn");
    let frequent = most_frequent();
    assert_eq!(
        address(&[Last], &[("city", &[frequent])], false),
        "E Ash 3 50668 Köln"
    );
}

#[test]
fn provenance_tells_where_a_value_comes_from_and_why() {
    let options = Options {
        keep: vec![latest("seen")],
        together: together(&[&["postcode", "city"]]),
        ..with_own(&[
            ("name", &[most_frequent()]),
            ("street", &[Last]),
            ("seen", &[Priority(vec![0]), earliest("seen")]),
        ])
    };
    let resolved = one_address(options).expect("resolved");
    let provenance = resolved.provenance().expect("provenance");
    assert_eq!(
        lines(&resolved.schemas.provenance, &provenance),
        [
            "unified_id|field|value|source|record_key|address|rule",
            "CUST001|id|E|crm|E|-|kept",
            "CUST001|phone|555|crm|E|-|kept",
            "CUST001|name|AL|crm|C|-|most_frequent",
            // E is the last, but has none.
            "CUST001|street|Ash 3|crm|D|-|filled",
            "CUST001|postcode|10115|crm|B|-|together",
            "CUST001|city|Bonn|crm|B|-|together",
            "CUST001|seen|1970-01-11|crm|A|-|earliest seen",
        ]
    );
    // Customers of one record need no explanation.
    let alone = resolve(vec![addresses()], &with_own(&[])).expect("resolved");
    assert_eq!(alone.report.customers, 5);
    assert!(alone.provenance().expect("provenance").is_empty());
}

#[test]
fn orders_that_do_not_fit_are_refused() {
    let both: [(&str, &[Preference]); 2] = [("street", &[First]), ("city", &[Last])];
    let counting: [(&str, &[Preference]); 2] = [("street", &[Longest]), ("city", &[Longest])];
    let group = together(&[&["street", "city"]]);
    let cases = [
        (
            Options {
                keep: vec![Longest],
                ..with_own(&[])
            },
            "`keep` uses `longest`, which can only be the first preference of a column",
        ),
        (
            with_own(&[("name", &[First, most_frequent()])]),
            "survivorship of `name` uses `most_frequent`, which can only be the first preference of a column",
        ),
        (
            with_own(&[("seen", &[Longest])]),
            "`longest` is for texts, and column `seen` is none",
        ),
        (
            Options {
                together: together(&[&["street", "city"], &["name", "street"]]),
                ..with_own(&[])
            },
            "`together` names column `street` twice",
        ),
        (
            Options {
                together: together(&[&["street", "town"]]),
                ..with_own(&[])
            },
            "`together` uses column `town`, which no source has",
        ),
        (
            Options {
                together: group.clone(),
                ..with_own(&both)
            },
            "columns `street` and `city` stay together, but their orders differ",
        ),
        (
            Options {
                together: group,
                ..with_own(&counting)
            },
            "columns `street` and `city` stay together, but their orders differ",
        ),
    ];
    for (options, expected) in cases {
        let error = one_address(options).err().expect("refused");
        assert_eq!(error.to_string(), expected);
    }
}
