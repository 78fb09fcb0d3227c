//! Pages, conditions, orders, counts and files of a table of several row groups.

use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use onefold_spec::model::OutputFormat;
use onefold_write::write_table;

use super::*;
use crate::temporary::temporary_folder;

/// More than two row groups.
const ROWS: usize = 600_000;
const CITIES: [Option<&str>; 4] = [Some("Rome"), Some("Oslo"), None, Some("=1+1")];

fn city(row: usize) -> Option<&'static str> {
    CITIES[row % 7 % 4]
}

fn sample() -> (tempfile::TempDir, Table) {
    let zone: Option<Arc<str>> = Some("UTC".into());
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("city", DataType::Utf8, true),
        Field::new("amount", DataType::Float64, true),
        Field::new(
            "at",
            DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
            true,
        ),
    ]));
    let ids: Int64Array = (0..ROWS as i64).collect();
    let cities: StringArray = (0..ROWS).map(city).collect();
    let amounts: Float64Array = (0..ROWS)
        .map(|row| Some((row % 1000) as f64 / 10.0))
        .collect();
    let times: TimestampMicrosecondArray =
        (0..ROWS as i64).map(|row| Some(row * 1_000_000)).collect();
    let times = times.with_timezone_opt(zone);
    let columns = vec![
        Arc::new(ids) as _,
        Arc::new(cities) as _,
        Arc::new(amounts) as _,
        Arc::new(times) as _,
    ];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).expect("a batch");
    let folder = temporary_folder().expect("a folder");
    let path = folder.path().join("t.parquet");
    let file = std::fs::File::create(&path).expect("a file");
    write_table(&schema, &OutputFormat::Parquet, [batch], file).expect("written");
    let table = Table::open(&path).expect("a table");
    (folder, table)
}

fn condition(column: &str, operator: Operator, values: &[&str]) -> Condition {
    Condition {
        column: column.to_owned(),
        operator,
        values: values
            .iter()
            .map(|value| Some((*value).to_owned()))
            .collect(),
    }
}

fn first_column(page: &[Vec<Option<String>>]) -> Vec<usize> {
    let texts = page.iter().map(|row| row[0].as_deref().unwrap_or("-"));
    texts.map(|text| text.parse().expect("a number")).collect()
}

#[test]
fn a_page_from_anywhere() {
    let (_folder, table) = sample();
    assert_eq!(table.rows(), ROWS as u64);
    let view = table.view(&[], &[]).expect("a view");
    for offset in [0, 262_140, 300_000, ROWS - 3, ROWS, ROWS + 5] {
        let page = table
            .page(&view, &[0, 1], offset as u64, 10)
            .expect("a page");
        let expected: Vec<usize> = (offset..ROWS.min(offset + 10)).collect();
        assert_eq!(first_column(&page), expected, "from {offset}");
        let cities: Vec<_> = expected
            .iter()
            .map(|row| city(*row).map(str::to_owned))
            .collect();
        assert_eq!(
            page.iter().map(|row| row[1].clone()).collect::<Vec<_>>(),
            cities
        );
    }
    let page = table.page(&view, &[1, 0], 1, 1).expect("a page");
    assert_eq!(page, [[Some("Oslo".to_owned()), Some("1".to_owned())]]);
}

#[test]
fn rows_that_meet_conditions_in_another_order() {
    let (_folder, table) = sample();
    let oslo = [
        condition("city", Operator::Is, &["Oslo"]),
        condition("id", Operator::AtLeast, &["300000"]),
    ];
    let expected: Vec<usize> = (300_000..ROWS)
        .filter(|row| city(*row) == Some("Oslo"))
        .collect();
    let view = table.view(&oslo, &[]).expect("a view");
    assert_eq!(view.rows(), expected.len() as u64);
    let page = table.page(&view, &[0], 1000, 20).expect("a page");
    assert_eq!(first_column(&page), expected[1000..1020]);
    let sort = [Sort {
        column: "amount".to_owned(),
        descending: true,
    }];
    let view = table.view(&oslo, &sort).expect("a view");
    let mut sorted = expected.clone();
    sorted.sort_by_key(|row| std::cmp::Reverse(row % 1000));
    let page = table.page(&view, &[0], 500, 30).expect("a page");
    assert_eq!(first_column(&page), sorted[500..530]);
}

#[test]
fn conditions_of_all_kinds() {
    let (_folder, table) = sample();
    let rows = |conditions: &[Condition]| table.view(conditions, &[]).expect("a view").rows();
    let count = |meets: &dyn Fn(usize) -> bool| (0..ROWS).filter(|row| meets(*row)).count() as u64;
    let is = |text: &'static str| move |row: usize| city(row) == Some(text);
    assert_eq!(
        rows(&[condition("city", Operator::Contains, &["OSL"])]),
        count(&is("Oslo"))
    );
    assert_eq!(
        rows(&[condition("", Operator::Contains, &["=1+"])]),
        count(&is("=1+1"))
    );
    assert_eq!(rows(&[condition("city", Operator::Contains, &["%"])]), 0);
    assert_eq!(
        rows(&[condition("city", Operator::Begins, &["Ro"])]),
        count(&is("Rome"))
    );
    assert_eq!(
        rows(&[condition("city", Operator::Missing, &[])]),
        count(&|row| city(row).is_none())
    );
    assert_eq!(
        rows(&[condition("city", Operator::IsNot, &["Rome"])]),
        count(&|row| city(row).is_some_and(|city| city != "Rome"))
    );
    let two = Condition {
        values: vec![Some("Rome".to_owned()), None],
        ..condition("city", Operator::Is, &[])
    };
    assert_eq!(
        rows(&[two]),
        count(&|row| matches!(city(row), Some("Rome") | None))
    );
    let late = condition("at", Operator::More, &["1970-01-01T00:00:10Z"]);
    assert_eq!(rows(&[late]), ROWS as u64 - 11);
    let wrong = table.view(&[condition("id", Operator::Is, &["x"])], &[]);
    assert_eq!(
        wrong.expect_err("no number").to_string(),
        "`x` is no integer, which `id` holds"
    );
    let wrong = table
        .view(&[condition("cty", Operator::Is, &["x"])], &[])
        .expect_err("no column");
    assert_eq!(wrong.hint_text(), Some("did you mean `city`?"));
}

#[test]
fn values_are_counted_under_conditions() {
    let (_folder, table) = sample();
    let counts = table.counts("city", &[], 2).expect("counts");
    let rows = |text: Option<&str>| (0..ROWS).filter(|row| city(*row) == text).count() as u64;
    assert_eq!(counts.missing, rows(None));
    assert_eq!((counts.rows, counts.distinct), (ROWS as u64, Some(3)));
    let expected = |value: &str| ValueCount {
        value: value.to_owned(),
        rows: rows(Some(value)),
    };
    assert_eq!(counts.values, [expected("Oslo"), expected("Rome")]);
    let few = [condition("id", Operator::Less, &["14"])];
    let counts = table.counts("city", &few, 9).expect("counts");
    let counted: Vec<_> = counts
        .values
        .iter()
        .map(|v| (v.value.as_str(), v.rows))
        .collect();
    assert_eq!(counted, [("Oslo", 4), ("Rome", 4), ("=1+1", 2)]);
    let amounts = table.counts("amount", &few, 1).expect("counts");
    assert_eq!(amounts.values[0].value, "0.0");
    let ids = table.counts("id", &[], 5).expect("counts");
    assert_eq!((ids.distinct, ids.values.len()), (None, 0));
}

#[test]
fn a_column_is_profiled() {
    let (_folder, table) = sample();
    let profile = table.profile("id", &[]).expect("a profile");
    assert_eq!(
        (profile.least.as_deref(), profile.greatest.as_deref()),
        (Some("0"), Some("599999"))
    );
    assert_eq!(
        profile.bins.iter().map(|bin| bin.rows).sum::<u64>(),
        ROWS as u64
    );
    assert_eq!(profile.bins[1].from, "50000");
    let profile = table.profile("amount", &[]).expect("a profile");
    assert_eq!(
        profile.bins.iter().map(|bin| bin.rows).sum::<u64>(),
        ROWS as u64
    );
    assert!((profile.mean.expect("a mean") - 49.95).abs() < 1e-6);
    let profile = table.profile("city", &[]).expect("a profile");
    assert_eq!(
        (profile.least.as_deref(), profile.top.len()),
        (Some("4"), 3)
    );
}

#[test]
fn rows_over_time() {
    let (_folder, table) = sample();
    let few = [condition("id", Operator::Less, &["700"])];
    let line = table
        .timeline("at", Some("city"), Some(300), &few)
        .expect("a timeline");
    let starts: Vec<&str> = line
        .buckets
        .iter()
        .map(|bucket| bucket.from.as_str())
        .collect();
    assert_eq!(
        starts,
        [
            "1970-01-01 00:00:00",
            "1970-01-01 00:05:00",
            "1970-01-01 00:10:00"
        ]
    );
    let sums = (0..3).map(|bucket| line.series.iter().map(|series| series.rows[bucket]).sum());
    assert_eq!(sums.collect::<Vec<u64>>(), [300, 300, 100]);
    assert_eq!(line.series.last().expect("the rest").value, None);
    let all = table.timeline("at", None, None, &[]).expect("a timeline");
    assert_eq!(all.series.len(), 1);
    assert!(table.timeline("at", None, Some(1), &[]).is_err());
    assert!(table.timeline("id", None, None, &[]).is_err());
}

#[test]
fn a_file_of_a_view() {
    let (folder, table) = sample();
    let written =
        |conditions: &[Condition], sort: &[Sort], columns: &[usize], spreadsheet_safe: bool| {
            let path = folder.path().join("out.csv");
            let view = table.view(conditions, sort).expect("a view");
            let export = Export {
                view: &view,
                columns,
                format: &OutputFormat::Csv {
                    delimiter: b',',
                    null: String::new(),
                    header: true,
                    bom: false,
                    spreadsheet_safe,
                },
            };
            let rows = table.export(&export, std::fs::File::create(&path).expect("a file"));
            (
                rows.expect("written"),
                std::fs::read_to_string(path).expect("text"),
            )
        };
    let few = [condition("id", Operator::Less, &["5"])];
    let raw = written(&few, &[], &[1, 0], false);
    assert_eq!(
        raw,
        (
            5,
            "city,id\nRome,0\nOslo,1\n,2\n=1+1,3\nRome,4\n".to_owned()
        )
    );
    let safe = written(&few, &[], &[1, 0], true);
    assert_eq!(safe.1, "city,id\nRome,0\nOslo,1\n,2\n'=1+1,3\nRome,4\n");
    let down = [Sort {
        column: "id".to_owned(),
        descending: true,
    }];
    let sorted = written(&few, &down, &[0], false);
    assert_eq!(sorted.1, "id\n4\n3\n2\n1\n0\n");
    let (rows, text) = written(&[], &[], &[0], false);
    assert_eq!((rows, text.lines().count()), (ROWS as u64, ROWS + 1));
}
