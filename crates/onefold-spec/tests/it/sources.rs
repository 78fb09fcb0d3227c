//! What the sources of a good file become, with their versions and test inputs.

use onefold_spec::model::{
    DateOrder, Delimiter, Expectation, ExpectedRows, Header, InputFormat, Limit, OnInvalid, Origin,
    Pivot, TestContent, TestFiles, TestInput, TestValue, Type, When,
};

use crate::model::pipeline;

#[test]
fn source_options() {
    let text = "\
env: [DATA]
sources:
  a:
    path: ${DATA}/$${x}.csv
    format: csv
    delimiter: tab
    header: [x, \"y z\"]
    encoding: windows-1252
    nulls: ['', 0, null]
    timezone: Europe/Paris
    limits: {rejects: 0.5%}
    checks: [x > 0]
    fields:
      x: {type: integer, min: 1, max: 9, on_invalid: null}
      y: {from: [a.b], one_of: [a, 007], pattern: ^a}
      z: {type: date, formats: '%d.%m.%Y', default: 2020-01-01}
      q: {}
limits: {rejects: 100}
outputs: [{table: a, path: a.csv}]
";
    let pipeline = pipeline(text);
    assert_eq!(pipeline.limits.rejects, Some(Limit::Count(100)));
    let source = &pipeline.sources[0];
    assert_eq!(source.path.value, "secret/${x}.csv");
    assert_eq!(
        (source.format, source.dialect.delimiter),
        (Some(InputFormat::Csv), Some(Delimiter::plain(b'\t')))
    );
    assert_eq!(
        source.dialect.header,
        Header::Names(vec!["x".to_owned(), "y z".to_owned()])
    );
    assert_eq!(
        source.nulls.as_deref(),
        Some(["".to_owned(), "0".to_owned(), "null".to_owned()].as_slice())
    );
    assert_eq!(source.limits.rejects, Some(Limit::Share(0.005)));
    assert_eq!(
        (
            source.checks[0].code.as_str(),
            source.checks[0].reason.as_str()
        ),
        ("check_failed", "check failed: x > 0")
    );
    assert_eq!(source.label, "a");
    let [x, y, z, q] = source.fields.as_deref().expect("fields") else {
        panic!("four fields")
    };
    assert_eq!(
        (x.ty.clone(), x.on_invalid),
        (Type::Integer, OnInvalid::Null)
    );
    assert_eq!(y.origin, Origin::Path(vec!["a.b".to_owned()]));
    assert_eq!(y.one_of, ["a", "007"]);
    assert_eq!(
        z.ty,
        Type::Date {
            order: DateOrder::Undeclared,
            formats: vec!["%d.%m.%Y".to_owned()],
            pivot: Pivot::default()
        }
    );
    assert_eq!(q.origin, Origin::Path(vec!["q".to_owned()]));
}

#[test]
fn versions_fill_in_what_they_do_not_say() {
    let pipeline = pipeline(include_str!("../cases/versions.yaml"));
    let source = &pipeline.sources[0];
    let ignored: Vec<&str> = source.ignore.iter().map(|name| name.as_str()).collect();
    assert_eq!(ignored, ["utm_*", "debug"]);
    let [v2, v3] = source.versions.as_slice() else {
        panic!("two versions")
    };
    assert!(matches!(&v2.when, When::Path(glob) if **glob == "clickstream_v2*.json"));
    let When::Fields(paths) = &v3.when else {
        panic!("by fields")
    };
    let paths: Vec<_> = paths.iter().map(|path| path.value.clone()).collect();
    assert_eq!(paths, [vec!["ts".to_owned()], vec!["a.b".to_owned()]]);
    let index: Vec<usize> = v2.fields.iter().map(|field| field.field).collect();
    assert_eq!(index, [1, 2, 4, 6, 5, 3]);
    let [timestamp, date, amount, host, phone, score] = v2.fields.as_slice() else {
        panic!("six fields")
    };
    assert_eq!(timestamp.origin, Some(Origin::Path(vec!["ts".to_owned()])));
    assert!(matches!(&timestamp.ty, Type::Timestamp { formats, .. } if *formats == ["%s"]));
    let own = Origin::Path(vec!["signup_date".to_owned()]);
    assert_eq!(date.origin, Some(own));
    assert!(matches!(
        date.ty,
        Type::Date {
            order: DateOrder::DayFirst,
            ..
        }
    ));
    let inside = vec!["amount".to_owned(), "value".to_owned()];
    assert_eq!(amount.origin, Some(Origin::Path(inside)));
    assert_eq!(host.origin, Some(Origin::Value("unknown".to_owned())));
    assert!(matches!(&phone.ty, Type::Phone { region: Some(region), .. } if region == "FR"));
    assert_eq!(score.default.as_ref().map(|text| text.as_str()), Some("0"));
    let absent = &v3.fields[1];
    assert_eq!(absent.origin, None);
    assert_eq!(absent.default.as_ref().map(|text| text.as_str()), Some("1"));
}

#[test]
fn a_decimal_comma_is_the_fields_or_the_sources() {
    let text = "\
sources:
  a:
    path: a.csv
    decimal_comma: true
    fields:
      x: integer
      y: {type: float, decimal_comma: false}
      z: {type: \"decimal(9,2)\", decimal_comma: true}
    versions:
      - {name: v2, when: {path: b.csv}, fields: {x: {decimal_comma: false}, y: {from: b}, z: {from: c}}}
  b:
    path: b.csv
    fields: {x: integer, y: {type: float, decimal_comma: true}}
outputs: [{table: a, path: a.csv}, {table: b, path: b.csv}]
";
    let pipeline = pipeline(text);
    let commas = |source: usize| -> Vec<Option<bool>> {
        let fields = pipeline.sources[source].fields.iter().flatten();
        fields.map(|field| field.decimal_comma).collect()
    };
    assert_eq!(commas(0), [Some(true), Some(false), Some(true)]);
    assert_eq!(commas(1), [None, Some(true)]);
    let version = pipeline.sources[0].versions[0].fields.iter();
    let commas: Vec<Option<bool>> = version.map(|field| field.decimal_comma).collect();
    assert_eq!(commas, [Some(false), Some(false), Some(true)]);
}

/// `formats` and `order` are one choice: a version that makes it has nothing of the source's.
#[test]
fn a_version_says_how_its_dates_are_written() {
    let text = "\
sources:
  a:
    path: a.csv
    fields:
      x: {type: date, formats: '%d.%m.%Y'}
      y: {type: date, order: day_first}
      z: {type: timestamp, formats: [iso, epoch_ms]}
    versions:
      - {name: v2, when: {path: b.csv}, fields: {x: {order: month_first}, y: {formats: iso}, z: {from: c}}}
outputs: [{table: a, path: a.csv}]
";
    let pipeline = pipeline(text);
    let [x, y, z] = pipeline.sources[0].versions[0].fields.as_slice() else {
        panic!("three fields")
    };
    let date = |order, formats: &[&str]| Type::Date {
        order,
        formats: formats.iter().map(|&format| format.to_owned()).collect(),
        pivot: Pivot::default(),
    };
    assert_eq!(x.ty, date(DateOrder::MonthFirst, &[]));
    assert_eq!(y.ty, date(DateOrder::Undeclared, &["iso"]));
    assert!(matches!(&z.ty, Type::Timestamp { formats, .. } if *formats == ["iso", "epoch_ms"]));
}

/// The content of the only file of an input of a test, over a source declared so.
fn test_content(source: &str, input: &str) -> TestContent {
    let text = format!(
        "env: [DATA]\nsources: {{a: {{{source}, label: '${{DATA}}'}}}}\noutputs: [{{table: a, path: a.csv}}]\ntests: [{{name: t, inputs: {{a: {input}}}, error: x}}]\n"
    );
    match pipeline(&text).tests.remove(0).inputs.remove(0).files {
        TestFiles::One(content) => content,
        TestFiles::Named(files) => panic!("{files:?}"),
    }
}

#[test]
fn tests_of_a_pipeline() {
    let cases = [
        ("path: a.csv", Some(b',')),
        ("path: A.TSV.gz", Some(b'\t')),
        ("path: a.txt, delimiter: '|'", Some(b'|')),
        ("path: a.dat, header: false", Some(b',')),
        ("path: a.csv, format: json", None),
        ("path: a.csv, records: x", None),
        ("path: a.json", None),
        ("path: folder", None),
    ];
    for (source, expected) in cases {
        match test_content(source, "[{column_1: 1}]") {
            TestContent::Delimited(delimiter, rows) => {
                assert_eq!((Some(delimiter), rows.len()), (expected, 1), "{source}");
            }
            TestContent::Json(rows) => assert_eq!((None, rows.len()), (expected, 1), "{source}"),
            TestContent::Text(text) => panic!("{source}: {text}"),
        }
    }
    let TestContent::Json(rows) = test_content(
        "path: a",
        "[{a: , b: null, c: 'null', d: 007, e: '${DATA}'}]",
    ) else {
        panic!("rows")
    };
    let values: Vec<&TestValue> = rows[0].iter().map(|(_, value)| value).collect();
    let quoted = |text: &str| TestValue::Quoted(text.to_owned());
    let expected = [
        TestValue::Missing,
        TestValue::Missing,
        quoted("null"),
        TestValue::Plain("007".to_owned()),
        quoted("secret"),
    ];
    assert_eq!(values, expected.iter().collect::<Vec<_>>());
    assert_eq!(
        test_content("path: a", "\"x\\n\""),
        TestContent::Text("x\n".to_owned())
    );

    let text = "sources: {a: {path: a*}}\noutputs: [{table: a, path: a.csv}]\ntests: [{name: t, inputs: {a: {files: {a1: x, a2.csv: [{b: 1}]}}}, expect: {a: 2, a.rejects: []}, ledger: {a: {read: 3}}}]\n";
    let test = pipeline(text).tests.remove(0);
    let [
        TestInput {
            files: TestFiles::Named(files),
            ..
        },
    ] = test.inputs.as_slice()
    else {
        panic!("{:?}", test.inputs)
    };
    assert_eq!(files[0].1, TestContent::Text("x".to_owned()));
    assert!(matches!(files[1].1, TestContent::Delimited(b',', _)));
    let Expectation::Success { tables, ledger } = &test.expect else {
        panic!("{:?}", test.expect)
    };
    assert_eq!(tables[0].1, ExpectedRows::Count(2));
    assert_eq!(tables[1].1, ExpectedRows::Rows(Vec::new()));
    let counts = (ledger[0].read, ledger[0].accepted, ledger[0].rejected);
    assert_eq!(counts, (Some(3), None, None));
}
