//! What a good file becomes.

use std::path::Path;

use onefold_spec::load;
use onefold_spec::model::{
    AsofJoin, Column, Content, Delimiter, Direction, Expect, JoinKind, Keep, MaxShared, Origin,
    OutputFormat, PhoneFormat, Pipeline, Resolve, Step, Table, Type,
};

pub(crate) fn pipeline(text: &str) -> Pipeline {
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
            header: true,
            bom: false,
            spreadsheet_safe: false,
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

fn resolve(options: &str) -> Resolve {
    match table(&format!(
        "{{resolve: {{from: [a, b], match: [x, {{xy: [x, y]}}]{options}}}}}"
    ))
    .step
    {
        Step::Resolve(resolve) => *resolve,
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
    assert!(plain.together.is_empty());
    let counted = resolve(
        ", survivorship: {x: [most_frequent, {latest: y}], y: longest}, together: [[x, z], [v, w]], id: cid",
    );
    assert!(matches!(
        counted.survivorship[0].1.as_slice(),
        [Keep::MostFrequent, Keep::Latest(field)] if **field == "y"
    ));
    assert_eq!(counted.survivorship[1].1, [Keep::Longest]);
    let together: Vec<Vec<&str>> = counted
        .together
        .iter()
        .map(|group| group.iter().map(|field| field.as_str()).collect())
        .collect();
    assert_eq!(together, [["x", "z"], ["v", "w"]]);
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
        bom: false,
        spreadsheet_safe: false,
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
                bom: false,
                spreadsheet_safe: false,
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
