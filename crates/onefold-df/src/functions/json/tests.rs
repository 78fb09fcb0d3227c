//! Expressions over rows of JSON.

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionConfig;

use super::*;

/// The values of an expression over a column `t` of these texts, and the rows that fail.
fn values(sql: &str, texts: &[Option<&str>]) -> (Vec<String>, Vec<(u32, String)>) {
    let context = crate::session(SessionConfig::new(), |e| e.strip_backtrace());
    let texts: StringViewArray = texts.iter().copied().collect();
    let texts: ArrayRef = Arc::new(texts);
    let batch = RecordBatch::try_from_iter_with_nullable([("t", texts, true)]).expect("rows");
    let schema = DFSchema::try_from(batch.schema()).expect("a schema");
    let state = context.state();
    let expr = state.create_logical_expr(sql, &schema).expect(sql);
    let expr = crate::settle(expr, &schema, &context).expect(sql);
    let expr = state.create_physical_expr(expr, &schema).expect(sql);
    let said = |e: &datafusion::common::DataFusionError| e.strip_backtrace();
    let found = crate::evaluate(&expr, &batch, &said).expect(sql);
    let options = FormatOptions::default().with_null("~");
    let shown = ArrayFormatter::try_new(&found.values, &options).expect("shown");
    let rows = 0..batch.num_rows();
    (
        rows.map(|row| shown.value(row).to_string()).collect(),
        found.failed,
    )
}

fn one(sql: &str) -> String {
    values(sql, &[Some(r#"{"a": {"b": [1, "x\u00e9", 2.50, null, true, "7"]}, "n": 12345678901234567890.10, "s": "q"}"#)]).0[0].clone()
}

#[test]
fn values_by_steps() {
    for (sql, expected) in [
        ("json_get(t, 'a', 'b', 1)", r#""x\u00e9""#),
        ("t -> 'a' -> 'b' -> 1", r#""x\u00e9""#),
        ("t -> 'a' -> 'b' ->> 1", "x\u{e9}"),
        ("json_get_str(t, 'a', 'b', -4)", "2.50"),
        ("json_get_str(t, 'n')", "12345678901234567890.10"),
        ("json_get(t, 'a', 'b', 3)", "~"),
        ("json_contains(t, 'a', 'b', 3)", "true"),
        ("json_contains(t, 'a', 'b', 6)", "false"),
        ("json_get_int(t, 'a', 'b', 0)", "1"),
        ("json_get_int(t, 'a', 'b', 5)", "7"),
        ("json_get_float(t, 'a', 'b', 2)", "2.5"),
        ("json_get_bool(t, 'a', 'b', 4)", "true"),
        ("json_length(t)", "3"),
        ("json_length(t, 'a', 'b')", "6"),
        ("json_length(t, 'none')", "~"),
        ("json_valid(t)", "true"),
        ("json_valid('{')", "false"),
        ("(t ->> 's') = 'q'", "true"),
        ("t -> 'a' -> 'b' ->> -1", "7"),
        ("json_get(t, json_get_str(t, 'x'))", "~"),
        ("json_get_int('[1, 2]', 1) + 1", "3"),
    ] {
        assert_eq!(one(sql), expected, "{sql}");
    }
}

#[test]
fn a_row_fails_alone() {
    let texts = [
        Some(r#"{"a": 1}"#),
        Some("{\"a\": 1"),
        None,
        Some(r#"{"a": "x"}"#),
        Some(r#"{"a": 2.5}"#),
        Some(r#"{"a": null}"#),
    ];
    let (found, failed) = values("json_get_int(t, 'a')", &texts);
    assert_eq!(found, ["1", "~", "~", "~", "~", "~"]);
    let failed: Vec<String> = failed
        .iter()
        .map(|(row, why)| format!("{row}: {why}"))
        .collect();
    assert_eq!(
        failed,
        [
            "1: Execution error: json_get_int: not JSON: expected `,` or `}` at byte 7",
            "3: Execution error: json_get_int: `\"x\"` is not a whole number",
            "4: Execution error: json_get_int: `2.5` is not a whole number",
        ]
    );
    let (_, failed) = values(
        "json_length(t, 'a')",
        &[Some(r#"{"a": []}"#), Some(r#"{"a": 1}"#)],
    );
    assert_eq!(failed.len(), 1);
    let (_, failed) = values(
        "t ->> 'a'",
        &[Some(r#"{"a": "\ud800"}"#), Some(r#"{"a": 1}"#)],
    );
    assert_eq!(failed.len(), 1);
}

#[test]
fn what_binds_more_tightly_than_an_arrow_is_refused() {
    let context = crate::session(SessionConfig::new(), |e| e.strip_backtrace());
    let field = arrow::datatypes::Field::new("t", DataType::Utf8View, true);
    let schema = arrow::datatypes::Schema::new(vec![field]);
    let schema = DFSchema::try_from(schema).expect("a schema");
    for sql in [
        "t ->> 's' = 'q'",
        "t ->> 's' || 'q'",
        "'q' = t ->> 's'",
        "t ->> 's' LIKE 'q%'",
        "t ->> 's' IS NULL",
        "t ->> 'n' + 1",
        "t ->> 's'::text",
    ] {
        let planned = context.state().create_logical_expr(sql, &schema);
        let error = planned.expect_err(sql).strip_backtrace();
        assert!(error.contains("write `(json ->> step)`"), "{sql}: {error}");
    }
}
