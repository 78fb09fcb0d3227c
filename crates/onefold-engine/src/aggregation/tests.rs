//! Held to the same queries run by DataFusion itself.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringViewArray,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, SchemaRef};
use arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;
use onefold_operators::{Table, TextKeys};

use super::input::deal;
use super::planned::PARTITIONS;
use super::*;
use crate::catalog::{block_on, register, session};
use crate::explain::short;
use crate::places::Places;
use crate::query::Query;

const ROWS: u64 = 5000;

/// Rows with few and many groups, nulls, and numbers that come again.
fn rows() -> (SchemaRef, Vec<RecordBatch>) {
    let schema = Arc::new(Schema::new(vec![
        Field::new("customer", DataType::Utf8View, true),
        Field::new("shop", DataType::Utf8View, true),
        Field::new("year", DataType::Int64, true),
        Field::new("amount", DataType::Int64, true),
        Field::new("price", DataType::Float64, true),
        Field::new("note", DataType::Utf8View, true),
    ]));
    let mut state = 42u64;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let mut batches = Vec::new();
    let mut left = ROWS;
    while left > 0 {
        let n = left.min(1 + random(700));
        left -= n;
        let some = |n: u64, of: u64| !n.is_multiple_of(of);
        let rows: Vec<[u64; 6]> = (0..n)
            .map(|_| [900, 4, 3, 50, 1000, 40].map(&mut random))
            .collect();
        let text = |column: usize, name: &str| -> ArrayRef {
            let value =
                |row: &[u64; 6]| some(row[column], 13).then(|| format!("{name} {}", row[column]));
            Arc::new(rows.iter().map(value).collect::<StringViewArray>())
        };
        let number = |column: usize| -> ArrayRef {
            let value = |row: &[u64; 6]| some(row[column], 7).then_some(row[column] as i64 - 20);
            Arc::new(rows.iter().map(value).collect::<Int64Array>())
        };
        let price = rows.iter().map(|row| match row[4] {
            0..100 => Some(0.0),
            100..200 => Some(-0.0),
            price => Some(price as f64 / 8.0),
        });
        let columns: Vec<ArrayRef> = vec![
            text(0, "customer with a long name"),
            text(1, "shop"),
            number(2),
            number(3),
            Arc::new(price.collect::<Float64Array>()),
            text(5, "note"),
        ];
        batches.push(RecordBatch::try_new(Arc::clone(&schema), columns).expect("batch"));
    }
    (schema, batches)
}

fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let text = pretty_format_batches(batches).expect("table").to_string();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn aggregate(query: &str, batches: &[RecordBatch], threads: usize) -> Vec<RecordBatch> {
    let (schema, _) = rows();
    aggregate_over(&schema, query, batches, threads)
}

fn aggregate_over(
    schema: &SchemaRef,
    query: &str,
    batches: &[RecordBatch],
    threads: usize,
) -> Vec<RecordBatch> {
    let context = session();
    register(&context, "sales", schema, Vec::new()).expect("registered");
    let aggregation = block_on(Aggregation::plan(query, &context))
        .expect("planned")
        .expect("of the form that is driven here");
    let aggregation = Arc::new(aggregation);
    let mut groups = Accumulators::new(Arc::clone(&aggregation), threads).expect("begun");
    for batch in batches {
        groups
            .add(aggregation.read(batch, &Places::default()).expect("read"))
            .expect("added");
    }
    let (batches, order) = groups.finish().expect("finished");
    let Some(order) = order else {
        return batches;
    };
    let schema = batches[0].schema();
    let table = Table::new(&schema, &batches).expect("table");
    table.gather(&order, 1).expect("in order")
}

fn by_query(query: &str, context: &SessionContext) -> Vec<RecordBatch> {
    let query = Query::plan(query, context).expect("planned");
    query.run("t").expect("run")
}

#[test]
fn aggregates_are_those_of_the_query_engine() {
    let (schema, batches) = rows();
    let context = session();
    register(&context, "sales", &schema, batches.clone()).expect("registered");
    let aggregates = [
        "count(*) AS n, sum(amount) AS total, min(note) AS least, max(price) AS greatest",
        "count(amount) FILTER (WHERE shop = 'shop 2') AS n, sum(price) FILTER (WHERE amount > 0) AS total",
        "string_agg(note, ',' ORDER BY note DESC, amount, price) AS notes",
        "string_agg(note, ',' ORDER BY price, note) FILTER (WHERE amount > 10) AS notes, avg(amount) AS mean",
        "string_agg(note, NULL ORDER BY amount, price, note) AS notes",
        "array_agg(amount ORDER BY 'one', amount, price) FILTER (WHERE year > 0) AS amounts, sum(amount) FILTER (WHERE year > 0) AS total, max(amount) AS most",
        "string_agg(DISTINCT note, '; ' ORDER BY note) AS notes",
        "first_value(DISTINCT note ORDER BY note) AS first, last_value(DISTINCT note ORDER BY note) AS last",
        "array_agg(DISTINCT note ORDER BY note DESC) FILTER (WHERE amount > 10) AS notes",
        "sum(amount ORDER BY note) FILTER (WHERE amount > 27) AS total, max(note ORDER BY price) AS last",
        "count(DISTINCT note) AS notes, count(DISTINCT amount) AS amounts",
        "array_agg(amount ORDER BY price, amount, note) AS amounts",
        "first_value(note ORDER BY price, note) AS first, median(amount) AS middle",
        "sum(amount) + count(*) AS two, coalesce(max(amount), 0) AS most",
    ];
    let groupings = [
        "customer",
        "shop",
        "year",
        "price",
        "shop, year",
        "customer, shop",
        // Nulls with texts under them.
        "CASE WHEN amount > 10 THEN customer END",
        "nullif(shop, 'shop 1')",
    ];
    for groups in groupings {
        for call in aggregates {
            let query = format!("SELECT {groups}, {call} FROM sales GROUP BY {groups}");
            let expected = lines(&by_query(&query, &context));
            for threads in [1, 3] {
                assert_eq!(
                    lines(&aggregate(&query, &batches, threads)),
                    expected,
                    "{query}"
                );
            }
        }
    }
    for call in aggregates {
        let query = format!("SELECT {call} FROM sales");
        let expected = lines(&by_query(&query, &context));
        assert_eq!(lines(&aggregate(&query, &batches, 2)), expected, "{query}");
    }
}

#[test]
fn no_rows() {
    let (schema, _) = rows();
    let context = session();
    register(&context, "sales", &schema, Vec::new()).expect("registered");
    let all = "count(*) AS n, sum(amount) AS s, string_agg(note, ',' ORDER BY note) AS t";
    assert!(
        aggregate(
            &format!("SELECT shop, {all} FROM sales GROUP BY shop"),
            &[],
            2
        )
        .is_empty()
    );
    let query = format!("SELECT {all} FROM sales");
    let expected = lines(&by_query(&query, &context));
    assert_eq!(lines(&aggregate(&query, &[], 2)), expected);
}

#[test]
fn groups_come_in_the_order_of_their_first_rows() {
    let (_, batches) = rows();
    let text = |batch: &RecordBatch, column: usize, row: usize| {
        let texts = batch.column(column).as_string_view();
        texts.is_valid(row).then(|| texts.value(row).to_owned())
    };
    let pairs = |batches: &[RecordBatch]| -> Vec<(Option<String>, Option<String>)> {
        let rows = batches
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
        rows.map(|(batch, row)| (text(batch, 0, row), text(batch, 1, row)))
            .collect()
    };
    let mut seen = HashSet::new();
    let mut expected = pairs(&batches);
    expected.retain(|pair| seen.insert(pair.clone()));
    let query = "SELECT customer, shop, count(*) AS n FROM sales GROUP BY customer, shop";
    for threads in [1, 2, 5] {
        assert_eq!(pairs(&aggregate(query, &batches, threads)), expected);
    }
    let mut seen = HashSet::new();
    expected.iter_mut().for_each(|pair| pair.1 = None);
    expected.retain(|pair| seen.insert(pair.clone()));
    let query = "SELECT customer, count(*) AS n FROM sales GROUP BY customer";
    for threads in [1, 2, 5] {
        let made = aggregate(query, &batches, threads);
        let customers: Vec<Option<String>> = made
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(move |row| text(batch, 0, row)))
            .collect();
        let expected: Vec<Option<String>> = expected.iter().map(|pair| pair.0.clone()).collect();
        assert_eq!(customers, expected);
    }
}

#[test]
fn hashes_of_a_partition_differ_where_its_table_looks() {
    let names: fn(u32) -> String = |n| format!("customer {n}");
    let uuids: fn(u32) -> String = |n| format!("00000000-0000-4000-8000-{n:012}");
    for text in [names, uuids] {
        let texts: StringViewArray = (0..200_000).map(|n| Some(text(n))).collect();
        let keys = TextKeys::new(&texts);
        let hashes = keys.hashes();
        let (rows, starts) = deal(hashes, PARTITIONS);
        assert_eq!(starts.len(), PARTITIONS + 1);
        for range in starts.windows(2) {
            let rows = &rows[range[0]..range[1]];
            assert!(rows.is_sorted());
            let slots: HashSet<u32> = rows
                .iter()
                .map(|row| hashes[*row as usize] & 0xfff)
                .collect();
            // 3,125 texts thrown into 4,096 slots meet about 2,190 of them.
            assert!(slots.len() > 2_000, "{} slots", slots.len());
        }
    }
}

/// Numbers that leave their width on the way, in groups whose sums are small again; of the last group they are not.
fn large() -> (SchemaRef, Vec<RecordBatch>, Vec<(i64, i128)>) {
    let schema = Arc::new(Schema::new(vec![
        Field::new("g", DataType::Int64, true),
        Field::new("c", DataType::Int64, true),
        Field::new("d", DataType::Decimal128(38, 0), true),
    ]));
    let most = 10i128.pow(38) - 1;
    let mut rows: Vec<(i64, i64, i128)> = Vec::new();
    for group in 0..50 {
        for n in 0..group {
            rows.push((group, i64::MAX - n, most - i128::from(n)));
        }
        for n in 0..group {
            rows.push((group, -i64::MAX + 2 * n, -most + 2 * i128::from(n)));
        }
    }
    let sums = (1..50).map(|group| (group, (0..i128::from(group)).sum()));
    let sums = sums.collect();
    let batch = |rows: &[(i64, i64, i128)]| {
        let groups: Int64Array = rows.iter().map(|row| Some(row.0)).collect();
        let integers: Int64Array = rows.iter().map(|row| Some(row.1)).collect();
        let decimals: Decimal128Array = rows.iter().map(|row| Some(row.2)).collect();
        let decimals = decimals.with_precision_and_scale(38, 0).expect("a decimal");
        let columns: Vec<ArrayRef> = vec![Arc::new(groups), Arc::new(integers), Arc::new(decimals)];
        RecordBatch::try_new(Arc::clone(&schema), columns).expect("a batch")
    };
    let batches = rows.chunks(97).map(batch).collect();
    (schema, batches, sums)
}

fn sums_of(batches: &[RecordBatch]) -> Vec<(i64, [i128; 2])> {
    let mut found = Vec::new();
    for batch in batches {
        let groups = batch.column(0).as_primitive::<Int64Type>();
        let integers = batch.column(1).as_primitive::<Int64Type>();
        let decimals = batch.column(2).as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            let sums = [i128::from(integers.value(row)), decimals.value(row)];
            found.push((groups.value(row), sums));
        }
    }
    found.sort_unstable();
    found
}

#[test]
fn sums_are_exact_whatever_they_are_on_the_way() {
    let (schema, batches, sums) = large();
    let expected: Vec<(i64, [i128; 2])> = sums.iter().map(|(g, sum)| (*g, [*sum; 2])).collect();
    let context = session();
    register(&context, "sales", &schema, batches.clone()).expect("registered");
    for query in [
        "SELECT g, sum(c) AS c, sum(d) AS d FROM sales GROUP BY g",
        // Values once each, of which all differ.
        "SELECT g, sum(DISTINCT c) AS c, sum(DISTINCT d) AS d FROM sales GROUP BY g",
        "SELECT g, sum(c ORDER BY d) AS c, sum(d) FILTER (WHERE g >= 0) AS d FROM sales GROUP BY g",
    ] {
        assert_eq!(
            sums_of(&aggregate_over(&schema, query, &batches, 2)),
            expected,
            "{query}"
        );
        let run = by_query(query, &context);
        assert_eq!(sums_of(&run), expected, "{query}");
    }
    for query in [
        // Parts are merged.
        "SELECT g, sum(c) AS c, sum(d) AS d FROM (SELECT * FROM sales WHERE c < 0 UNION ALL SELECT * FROM sales WHERE c >= 0) GROUP BY g",
        // Rows come and go.
        "SELECT DISTINCT g, sum(c) OVER (PARTITION BY g) AS c, sum(d) OVER (PARTITION BY g) AS d FROM sales",
    ] {
        let run = by_query(query, &context);
        assert_eq!(sums_of(&run), expected, "{query}");
    }
}

#[test]
fn the_first_sum_that_does_not_fit_is_told() {
    let (schema, batches, _) = large();
    // Without those below zero no sum of two or more fits; the first of these groups is 2.
    for (query, expected) in [
        (
            "SELECT g, sum(c) FILTER (WHERE c > 0) AS total FROM sales GROUP BY g",
            "column `total`: sum is 18446744073709551613, outside of the range of integer (group with `g` 2)",
        ),
        (
            "SELECT g, sum(DISTINCT d) FILTER (WHERE d > 0) AS total FROM sales GROUP BY g",
            "column `total`: sum is 199999999999999999999999999999999999997, outside of the range of decimal(38,0) (group with `g` 2)",
        ),
        (
            "SELECT g, 1 + sum(d) FILTER (WHERE d > 0) AS total FROM sales GROUP BY g",
            "column `total`: 1 + 99999999999999999999999999999999999999 is outside of the range of decimal(38,0) (group with `g` 1)",
        ),
        (
            "SELECT g, max(c) * g AS total FROM sales GROUP BY g",
            "column `total`: 9223372036854775807 * 2 is outside of the range of integer (group with `g` 2)",
        ),
    ] {
        let context = session();
        register(&context, "sales", &schema, Vec::new()).expect("registered");
        let aggregation = block_on(Aggregation::plan(query, &context))
            .expect("planned")
            .expect("of the form that is driven here");
        let aggregation = Arc::new(aggregation);
        for threads in [1, 3] {
            let mut groups = Accumulators::new(Arc::clone(&aggregation), threads).expect("begun");
            for batch in &batches {
                let read = aggregation.read(batch, &Places::default()).expect("read");
                groups.add(read).expect("added");
            }
            let error = groups.finish().map(|_| ()).expect_err("too large");
            assert_eq!(short(&error), expected, "{query}");
        }
    }
}
