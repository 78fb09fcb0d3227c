//! Held to rows evaluated one at a time.

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, StringViewArray};
use datafusion::common::DFSchema;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::*;

fn context() -> SessionContext {
    let config =
        SessionConfig::new().set_bool("datafusion.sql_parser.enable_ident_normalization", false);
    crate::session(config, |e| e.strip_backtrace())
}

/// Numbers small, at the bounds, zero and missing; texts that are numbers, and that are not.
fn rows(count: usize) -> RecordBatch {
    let mut state = 7u64;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let integer = |n: u64| match n {
        0 => None,
        1 => Some(i64::MAX),
        2 => Some(i64::MIN),
        3 | 4 => Some(0),
        n => Some(n as i64 - 20),
    };
    let a: Int64Array = (0..count).map(|_| integer(random(60))).collect();
    let b: Int64Array = (0..count).map(|_| integer(random(20))).collect();
    let f: Float64Array = (0..count)
        .map(|_| match random(9) {
            0 => None,
            1 => Some(f64::MAX),
            2 => Some(0.0),
            n => Some(n as f64 / 4.0 - 1.0),
        })
        .collect();
    let d: Decimal128Array = (0..count)
        .map(|_| match random(9) {
            0 => None,
            1 => Some(10i128.pow(38) - 1),
            n => Some(n as i128 * 125 - 500),
        })
        .collect();
    let t: StringViewArray = (0..count)
        .map(|_| match random(5) {
            0 => None,
            1 => Some("x".to_owned()),
            2 => Some("99999999999999999999".to_owned()),
            n => Some(format!("{n}")),
        })
        .collect();
    let decimals = d.with_precision_and_scale(38, 2).expect("a decimal");
    RecordBatch::try_from_iter_with_nullable([
        ("a", Arc::new(a) as ArrayRef, true),
        ("b", Arc::new(b), true),
        ("f", Arc::new(f), true),
        ("d", Arc::new(decimals), true),
        ("t", Arc::new(t), true),
    ])
    .expect("a batch")
}

fn compiled(context: &SessionContext, sql: &str, batch: &RecordBatch) -> Arc<dyn PhysicalExpr> {
    let schema = DFSchema::try_from(batch.schema().as_ref().clone()).expect("a schema");
    let state = context.state();
    let expr = state.create_logical_expr(sql, &schema).expect("SQL");
    let expr = crate::settle(expr, &schema, context).expect("types");
    state
        .create_physical_expr(expr, &schema)
        .expect("an expression")
}

fn said(error: &DataFusionError) -> String {
    error.strip_backtrace()
}

#[test]
fn rows_fail_as_they_do_alone() {
    let context = context();
    let batch = rows(1000);
    for (sql, some_fail) in [
        ("a + 1", true),
        ("a + b", true),
        ("a - b", true),
        ("a * 3", true),
        ("-a", true),
        ("a / b", true),
        ("a % b", true),
        ("abs(a)", true),
        ("a << b", true),
        ("f / (f - f)", true),
        ("f * 1e308", true),
        ("ln(f)", true),
        ("d + 1", true),
        ("d * 1.19", true),
        ("d * d", true),
        ("d / 3", true),
        ("CAST(t AS BIGINT)", true),
        ("CAST(t AS BIGINT) + 1", true),
        ("CAST(t AS DOUBLE) / b", true),
        ("CAST(t AS DATE)", true),
        ("CAST(a AS INT)", true),
        ("round(d, 1)", false),
        ("coalesce(a / nullif(b, 0), b)", false),
        ("b <> 0 AND a / b > 1", false),
        ("b = 0 OR a / b > 1", false),
        ("a / b > 1 OR b = 0", true),
        (
            "CASE WHEN b <> 0 THEN a / b ELSE CAST(t AS BIGINT) END",
            true,
        ),
        ("CASE WHEN t = '1' THEN a WHEN b / a > 1 THEN 1 END", true),
        ("CASE a WHEN b THEN 1 WHEN 100 / b THEN a + b END", true),
        ("a IN (b / a, 3)", true),
        ("TRY_CAST(t AS BIGINT) IS NULL", false),
    ] {
        let expr = compiled(&context, sql, &batch);
        let found = evaluate(&expr, &batch, &said).expect("rows");
        assert_eq!(found.values.len(), batch.num_rows(), "{sql}");
        assert!(found.failed.is_sorted_by_key(|(row, _)| *row), "{sql}");
        assert_eq!(!found.failed.is_empty(), some_fail, "{sql}");
        for row in 0..batch.num_rows() {
            let alone = expr
                .evaluate(&batch.slice(row, 1))
                .and_then(|v| v.into_array(1));
            let failed = found
                .failed
                .iter()
                .find(|(failed, _)| *failed as usize == row);
            match (alone, failed) {
                (Ok(alone), None) => {
                    assert_eq!(&found.values.slice(row, 1), &alone, "{sql}, row {row}")
                }
                (Err(error), Some((_, why))) => assert_eq!(&said(&error), why, "{sql}, row {row}"),
                (alone, failed) => panic!("{sql}, row {row}: {alone:?} alone, {failed:?} here"),
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let context = context();
    let batch = RecordBatch::try_from_iter([
        (
            "c",
            Arc::new(Int64Array::from(vec![9_000_000_000_000_000_000])) as ArrayRef,
        ),
        ("z", Arc::new(Int64Array::from(vec![0]))),
        ("f", Arc::new(Float64Array::from(vec![1e308]))),
        (
            "d",
            Arc::new(
                Decimal128Array::from(vec![10i128.pow(38) - 1])
                    .with_precision_and_scale(38, 2)
                    .expect("a decimal"),
            ),
        ),
        ("t", Arc::new(StringViewArray::from(vec!["1e999"]))),
    ])
    .expect("a batch");
    for (sql, expected) in [
        (
            "c + c",
            "9000000000000000000 + 9000000000000000000 is outside of the range of Int64",
        ),
        (
            "c * 3",
            "9000000000000000000 * 3 is outside of the range of Int64",
        ),
        (
            "-(-c - c)",
            "-9000000000000000000 - 9000000000000000000 is outside of the range of Int64",
        ),
        ("c / z", "9000000000000000000 / 0 divides by zero"),
        ("c % z", "9000000000000000000 % 0 divides by zero"),
        ("f * 10", "1e308 * 10.0 is outside of the range of Float64"),
        ("f / z", "1e308 / 0.0 divides by zero"),
        (
            "d + 1",
            "999999999999999999999999999999999999.99 + 1 is outside of the range of Decimal128(38, 2)",
        ),
        ("ln(z)", "ln(0.0) is not a finite value"),
        ("exp(f)", "exp(1e308) is not a finite value"),
        (
            "CAST(t AS DOUBLE)",
            "`1e999` is not a finite number of type Float64",
        ),
        (
            "CAST(f AS REAL)",
            "`1e308` is not a finite number of type Float32",
        ),
        (
            "c << 4",
            "9000000000000000000 << 4 is outside of the range of Int64",
        ),
    ] {
        let expr = compiled(&context, sql, &batch);
        let found = evaluate(&expr, &batch, &said).expect("rows");
        let why = found.failed.first().map(|(_, why)| why.as_str());
        assert_eq!(
            why,
            Some(format!("Execution error: {expected}").as_str()),
            "{sql}"
        );
    }
}

#[test]
fn decimals_stay_decimals_and_round() {
    let context = context();
    let decimals = Decimal128Array::from(vec![Some(1000), Some(-1000), Some(2999), None])
        .with_precision_and_scale(12, 2)
        .expect("a decimal");
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("d", Arc::new(decimals) as ArrayRef, true),
        ("f", Arc::new(Float64Array::from(vec![1.5; 4])), true),
        ("i", Arc::new(Int64Array::from(vec![3; 4])), true),
    ])
    .expect("a batch");
    for (sql, expected) in [
        ("d * 1.19", ["11.9000", "-11.9000", "35.6881"]),
        ("1.19 * d", ["11.9000", "-11.9000", "35.6881"]),
        ("d + 0.125", ["10.125", "-9.875", "30.115"]),
        ("d % 0.3", ["0.10", "-0.10", "0.29"]),
        ("d / i", ["3.333333", "-3.333333", "9.996667"]),
        ("-d / i", ["-3.333333", "3.333333", "-9.996667"]),
        ("round(d * 1.19, 2)", ["11.90", "-11.90", "35.69"]),
        ("d * 0.1 > 2.9", ["false", "false", "true"]),
        ("d * i", ["30.00", "-30.00", "89.97"]),
        // Beside floats and integers a number with a fraction is a float, as is a quotient by one.
        (
            "f * 0.1",
            [
                "0.15000000000000002",
                "0.15000000000000002",
                "0.15000000000000002",
            ],
        ),
        (
            "i * 0.1",
            [
                "0.30000000000000004",
                "0.30000000000000004",
                "0.30000000000000004",
            ],
        ),
        ("d / 1.6", ["6.25", "-6.25", "18.74375"]),
        (
            "CASE WHEN d > 0 THEN round(d, 1) ELSE d END",
            ["10.00", "-10.00", "30.00"],
        ),
        ("round(d, 1 + 0)", ["10.0", "-10.0", "30.0"]),
    ] {
        let expr = compiled(&context, sql, &batch);
        let found = evaluate(&expr, &batch, &said).expect("rows");
        let planned = expr.data_type(&batch.schema()).expect("a type");
        assert_eq!(found.values.data_type(), &planned, "{sql}");
        let shown =
            |row| arrow::util::display::array_value_to_string(&found.values, row).expect("a value");
        assert_eq!([shown(0), shown(1), shown(2)], expected, "{sql}");
    }
}
