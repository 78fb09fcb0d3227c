//! What a good file becomes.

use std::path::Path;

use onefold_spec::load;
use onefold_spec::model::{
    AsofJoin, Column, Content, DateOrder, Delimiter, Direction, Expect, Expectation, ExpectedRows,
    Header, InputFormat, JoinKind, Keep, Limit, MaxShared, OnInvalid, Origin, OutputFormat,
    PhoneFormat, Pipeline, Resolve, Step, Table, TestContent, TestFiles, TestInput, TestValue,
    Type, When,
};

fn pipeline(text: &str) -> Pipeline {
    let environment = |name: &str| (name == "DATA").then(|| "secret".to_owned());
    match load(text, Path::new("/data/shop/onefold.yaml"), &environment) {
        Ok(loaded) => {
            assert_eq!(loaded.warnings, [], "{text}");
            loaded.pipeline
        }
        Err(findings) => panic!("{findings:#?}\n{text}"),
    }
}

/// A pipeline with the sources `a` and `b` and a table `t`.
fn table(yaml: &str) -> Table {
    let text = format!(
        "sources: {{a: {{path: a}}, b: {{path: b}}}}\ntables:\n  t: {yaml}\n  u: {{union: [a, b]}}\noutputs: [{{table: t, path: t.csv}}, {{table: u, path: u.csv}}]\n"
    );
    pipeline(&text).tables.remove(0)
}

fn output(yaml: &str) -> Content {
    let text =
        format!("sources: {{a: {{path: a}}}}\noutputs: [{yaml}, {{table: a, path: other.csv}}]\n");
    pipeline(&text).outputs.remove(0).content
}

#[test]
fn customer_master() {
    let pipeline = pipeline(include_str!("../examples/customer-master.yaml"));
    assert_eq!(pipeline.name.value, "customer-master");
    let [crm, shop] = pipeline.sources.as_slice() else {
        panic!("two sources")
    };
    assert_eq!(
        (crm.name.as_str(), crm.label.as_str(), crm.format),
        ("crm", "CRM", None)
    );
    assert_eq!(shop.records, ["customers"]);
    let fields = crm.fields.as_deref().expect("fields");
    assert!(fields[0].required && fields[0].ty == Type::Text);
    assert_eq!(
        fields[3].ty,
        Type::Phone {
            region: Some("US".to_owned()),
            format: PhoneFormat::Digits
        }
    );
    let fields = shop.fields.as_deref().expect("fields");
    assert_eq!(fields[0].origin, Origin::Path(vec!["id".to_owned()]));
    assert!(matches!(&fields[1].origin, Origin::Sql(sql) if sql.starts_with("concat_ws")));
    assert_eq!(
        fields[2].origin,
        Origin::Path(vec!["contact".to_owned(), "email".to_owned()])
    );
    assert_eq!(fields[5].origin, Origin::Value("active".to_owned()));
    let Step::Resolve(resolve) = &pipeline.tables[0].step else {
        panic!("resolve")
    };
    let rules: Vec<_> = resolve
        .rules
        .iter()
        .map(|rule| (rule.label.as_str(), rule.fields[0].as_str()))
        .collect();
    assert_eq!(
        rules,
        [
            ("email", "email"),
            ("phone", "phone"),
            ("name", "full_name")
        ]
    );
    assert_eq!(
        (
            resolve.id.name.as_str(),
            resolve.id.prefix.as_str(),
            resolve.id.digits
        ),
        ("unified_id", "CUST", 3)
    );
    let Content::Table {
        columns, format, ..
    } = &pipeline.outputs[0].content
    else {
        panic!("a table")
    };
    assert_eq!(
        *format,
        OutputFormat::Csv {
            delimiter: b',',
            null: "N/A".to_owned(),
            header: true
        }
    );
    assert!(
        matches!(&columns[5], Column::Named { name, sql } if **name == "source_system" && **sql == "sources")
    );
    assert!(matches!(pipeline.outputs[2].content, Content::RunLog));
    assert_eq!(pipeline.outputs[1].path.span.line, 36);
}

#[test]
fn event_sessions() {
    let pipeline = pipeline(include_str!("../examples/event-sessions.yaml"));
    let gaps: Vec<_> = pipeline
        .tables
        .iter()
        .filter_map(|table| match &table.step {
            Step::Sessionize(sessionize) => Some(sessionize.gap_micros),
            _ => None,
        })
        .collect();
    assert_eq!(gaps, [None, Some(1_800_000_000)]);
}

#[test]
fn stream_enrichment() {
    let pipeline = pipeline(include_str!("../examples/stream-enrichment.yaml"));
    assert_eq!(pipeline.name.value, "shop");
    let Step::Join(join) = &pipeline.tables[0].step else {
        panic!("join")
    };
    assert_eq!(
        (join.lookups[0].kind, join.lookups[0].expect),
        (JoinKind::Left, Expect::One)
    );
    let [Column::All(_), Column::Named { name, .. }] = pipeline.tables[0].select.as_slice() else {
        panic!("two columns")
    };
    assert_eq!(name.value, "amount_category");
    let Step::AsofJoin(AsofJoin {
        left_on,
        right_on,
        direction,
        tolerance_micros,
        allow_exact,
        kind,
        by,
        ..
    }) = &pipeline.tables[1].step
    else {
        panic!("asof_join")
    };
    assert_eq!(
        (left_on.as_str(), right_on.as_str(), by[0].0.as_str()),
        ("event_time", "timestamp", "customer_id")
    );
    assert_eq!(
        (*direction, *tolerance_micros, *allow_exact, *kind),
        (
            Direction::Nearest,
            Some(3_600_000_000),
            true,
            JoinKind::Left
        )
    );
    assert_eq!(pipeline.tables[1].order_by.len(), 2);
}

#[test]
fn customer_360() {
    let pipeline = pipeline(include_str!("../examples/customer-360.yaml"));
    let transactions = &pipeline.sources[1];
    assert_eq!(transactions.dialect.delimiter, Some(Delimiter::plain(b'|')));
    assert_eq!(transactions.checks[0].code, "non_positive_amount");
    let fields = transactions.fields.as_deref().expect("fields");
    assert_eq!(
        fields[3].ty,
        Type::Decimal {
            precision: 12,
            scale: 2
        }
    );
    let Step::Dedupe(dedupe) = &pipeline.tables[0].step else {
        panic!("dedupe")
    };
    assert!(matches!(dedupe.keep.as_slice(), [Keep::Latest(field)] if **field == "creation_date"));
    let Step::Aggregate(aggregate) = &pipeline.tables[1].step else {
        panic!("aggregate")
    };
    assert_eq!(aggregate.columns.len(), 2);
    assert!(matches!(
        &pipeline.outputs[0].content,
        Content::Table {
            format: OutputFormat::Parquet,
            ..
        }
    ));
    assert!(matches!(
        &pipeline.outputs[1].content,
        Content::Table {
            format: OutputFormat::Csv {
                delimiter: b'|',
                ..
            },
            ..
        }
    ));
    assert!(matches!(pipeline.outputs[2].content, Content::Metrics));
}

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
            formats: vec!["%d.%m.%Y".to_owned()]
        }
    );
    assert_eq!(q.origin, Origin::Path(vec!["q".to_owned()]));
}

fn resolve(options: &str) -> Resolve {
    match table(&format!(
        "{{resolve: {{from: [a, b], match: [x, {{xy: [x, y]}}]{options}}}}}"
    ))
    .step
    {
        Step::Resolve(resolve) => resolve,
        other => panic!("{other:?}"),
    }
}

#[test]
fn resolve_options() {
    let plain = resolve("");
    assert!(plain.fill && matches!(plain.keep.as_slice(), [Keep::MostComplete]));
    assert_eq!((plain.max_shared, plain.max_size), (MaxShared::Default, 50));
    assert_eq!(
        (
            plain.id.name.as_str(),
            plain.id.prefix.as_str(),
            plain.id.digits
        ),
        ("id", "CUST", 1)
    );
    assert_eq!(plain.rules[1].fields.len(), 2);
    let off = resolve(", guards: off, fill: false");
    assert_eq!(
        (off.max_shared, off.max_size, off.fill),
        (MaxShared::Off, u64::MAX, false)
    );
    assert_eq!(
        resolve(", guards: {max_shared: 50}").max_shared,
        MaxShared::All(50)
    );
    assert_eq!(
        resolve(", guards: {max_shared: off}").max_shared,
        MaxShared::Off
    );
    let by_rule = resolve(", guards: {max_shared: {xy: off, x: 3}, max_size: 7}");
    assert_eq!(
        by_rule.max_shared,
        MaxShared::ByRule(vec![("xy".to_owned(), u64::MAX), ("x".to_owned(), 3)])
    );
    assert_eq!(by_rule.max_size, 7);
    let kept = resolve(
        ", keep: [{priority: [b, a]}, {latest: y}, first], survivorship: {x: {earliest: y}, y: [last]}, id: cid",
    );
    assert!(
        matches!(kept.keep.as_slice(), [Keep::Priority(order), Keep::Latest(_), Keep::First] if order.len() == 2)
    );
    assert!(matches!(kept.survivorship[0].1.as_slice(), [Keep::Earliest(field)] if **field == "y"));
    assert_eq!((kept.survivorship.len(), kept.id.name.as_str()), (2, "cid"));
}

#[test]
fn join_options() {
    let step = table("{join: {from: a, anti: {table: b, on: [k, {left: [l, m], right: [r, s]}]}, left: [{table: b, on: k}, {table: b.rejects, on: k, expect: last}]}}").step;
    let Step::Join(join) = step else {
        panic!("join")
    };
    let kinds: Vec<_> = join
        .lookups
        .iter()
        .map(|lookup| (lookup.kind, lookup.expect))
        .collect();
    assert_eq!(
        kinds,
        [
            (JoinKind::Anti, Expect::Many),
            (JoinKind::Left, Expect::One),
            (JoinKind::Left, Expect::Last)
        ]
    );
    let on: Vec<_> = join.lookups[0]
        .on
        .iter()
        .map(|(left, right)| (left.as_str(), right.as_str()))
        .collect();
    assert_eq!(on, [("k", "k"), ("l", "r"), ("m", "s")]);
    let step =
        table("{asof_join: {left: a, right: b, by: [], on: t, allow_exact: false, kind: inner}}")
            .step;
    let Step::AsofJoin(asof) = step else {
        panic!("asof_join")
    };
    assert_eq!(
        (asof.by.len(), asof.allow_exact, asof.kind, asof.direction),
        (0, false, JoinKind::Inner, Direction::Backward)
    );
    assert_eq!(
        (
            asof.left_on.as_str(),
            asof.right_on.as_str(),
            asof.tolerance_micros
        ),
        ("t", "t", None)
    );
}

#[test]
fn other_steps() {
    let Step::Dedupe(dedupe) = table("{dedupe: {from: a}}").step else {
        panic!("dedupe")
    };
    assert!(dedupe.by.is_empty() && matches!(dedupe.keep.as_slice(), [Keep::First]));
    let Step::Sessionize(sessionize) =
        table("{sessionize: {from: a, by: [x, y], time: t, gap: 1h30m, max_length: 1d, columns: [{n: count(*)}]}}").step
    else {
        panic!("sessionize")
    };
    assert_eq!(
        (sessionize.gap_micros, sessionize.max_length_micros),
        (Some(5_400_000_000), Some(86_400_000_000))
    );
    assert_eq!((sessionize.by.len(), sessionize.columns.len()), (2, 1));
    assert!(matches!(table("{align: [a, b]}").step, Step::Align(tables) if tables.len() == 2));
    assert!(matches!(table("{sql: SELECT 1}").step, Step::Sql(sql) if *sql == "SELECT 1"));
    let from = table("{from: a.rejects, where: x > 1, select: x, order_by: x DESC}");
    assert!(matches!(&from.step, Step::From(table) if **table == "a.rejects"));
    assert_eq!(
        (
            from.filter.is_some(),
            from.select.len(),
            from.order_by.len()
        ),
        (true, 1, 1)
    );
    assert_eq!(from.filter.expect("a condition").span.column, 31);
}

#[test]
fn output_formats() {
    let csv = |delimiter: u8| OutputFormat::Csv {
        delimiter,
        null: String::new(),
        header: true,
    };
    let cases = [
        ("path: a.csv", csv(b',')),
        ("path: A.CSV", csv(b',')),
        ("path: a.tsv", csv(b'\t')),
        ("path: a.txt, delimiter: ';'", csv(b';')),
        ("path: a.dat, format: csv", csv(b',')),
        (
            "path: a.csv, null: null, header: false",
            OutputFormat::Csv {
                delimiter: b',',
                null: "null".to_owned(),
                header: false,
            },
        ),
        ("path: a.csv, null: ", csv(b',')),
        ("path: a.json", OutputFormat::Json { indent: None }),
        (
            "path: a.json, indent: 4",
            OutputFormat::Json { indent: Some(4) },
        ),
        ("path: a.jsonl", OutputFormat::JsonLines),
        ("path: a.ndjson", OutputFormat::JsonLines),
        ("path: deep/./a.parquet", OutputFormat::Parquet),
    ];
    for (options, expected) in cases {
        let content = output(&format!("{{table: a, {options}}}"));
        assert!(
            matches!(&content, Content::Table { format, .. } if *format == expected),
            "{options}: {content:?}"
        );
    }
}

#[test]
fn aliases_stand_for_whole_values() {
    let text = "sources:\n  a: {path: a, fields: &f {x: email}}\n  b: {path: b, fields: *f}\noutputs: [{table: a, path: a.csv}, {table: b, path: b.csv}]\n";
    let pipeline = pipeline(text);
    assert_eq!(
        pipeline.sources[1]
            .fields
            .as_deref()
            .map(|fields| fields[0].ty.clone()),
        Some(Type::Email)
    );
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
    let commas = |source: usize| -> Vec<bool> {
        let fields = pipeline.sources[source].fields.iter().flatten();
        fields.map(|field| field.decimal_comma).collect()
    };
    assert_eq!(commas(0), [true, false, true]);
    assert_eq!(commas(1), [false, true]);
    let version = pipeline.sources[0].versions[0].fields.iter();
    let commas: Vec<bool> = version.map(|field| field.decimal_comma).collect();
    assert_eq!(commas, [false, false, true]);
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
