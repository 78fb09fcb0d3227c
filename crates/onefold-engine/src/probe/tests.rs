//! Every function of the query engine with every type of column: refused when it is checked, or it runs.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Field, Float64Type, Schema, TimeUnit};
use datafusion::common::DFSchema;
use datafusion::logical_expr::Volatility;
use onefold_spec::model::{Aggregate, Column};
use onefold_spec::{Span, Spanned};

use super::*;
use crate::aggregation::Accumulators;
use crate::catalog::session;
use crate::places::Places;
use crate::query::Query;
use crate::sql;
use crate::steps::grouping;

const COLUMNS: [&str; 8] = ["i", "f", "d", "w", "b", "t", "day", "at"];
const CONSTANTS: [&str; 9] = [
    "1",
    "-2",
    "0.5",
    "'day'",
    "'x'",
    "'sha256'",
    "[1, 2]",
    "INTERVAL '1 day'",
    "NULL",
];
const PAIRS: [(&str, &str); 8] = [
    ("1", "1"),
    ("'a'", "'b'"),
    ("t", "t"),
    ("i", "i"),
    ("at", "at"),
    ("[1]", "['x', 'y']"),
    ("f", "d"),
    ("1", "'x'"),
];

/// Rows with values small and large, and missing ones.
fn rows() -> (SchemaRef, RecordBatch) {
    let types = [
        DataType::Int64,
        DataType::Float64,
        DataType::Decimal128(12, 2),
        DataType::Decimal128(38, 0),
        DataType::Boolean,
        DataType::Utf8View,
        DataType::Date32,
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    ];
    let texts: [[Option<&str>; 5]; 8] = [
        [
            Some("1"),
            Some("7"),
            None,
            Some("-9223372036854775808"),
            Some("0"),
        ],
        [Some("1.5"), Some("1e300"), None, Some("-2.25"), Some("0")],
        [
            Some("1.25"),
            Some("9999999999.99"),
            None,
            Some("-0.01"),
            Some("0"),
        ],
        [
            Some("1"),
            Some("99999999999999999999999999999999999999"),
            None,
            Some("-7"),
            Some("0"),
        ],
        [
            Some("true"),
            Some("false"),
            None,
            Some("true"),
            Some("false"),
        ],
        [Some("ann"), Some("1"), None, Some("day"), Some("")],
        [
            Some("2024-02-29"),
            Some("9999-12-31"),
            None,
            Some("0001-01-01"),
            Some("1970-01-01"),
        ],
        [
            Some("2024-02-29T12:00:00Z"),
            Some("9999-12-31T23:59:59Z"),
            None,
            Some("0001-01-01T00:00:00Z"),
            Some("1970-01-01T00:00:00Z"),
        ],
    ];
    let fields = COLUMNS
        .iter()
        .zip(&types)
        .map(|(name, t)| Field::new(*name, t.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let column = |(texts, t): (&[Option<&str>; 5], &DataType)| {
        let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        cast(&texts, t).expect("values")
    };
    let columns = texts.iter().zip(&types).map(column).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).expect("a batch");
    (schema, batch)
}

/// Whether an error is about the types of a call, which a check should have told.
fn is_of_types(message: &str) -> bool {
    let message = message.to_lowercase();
    let signs = [
        "internal",
        "bug in datafusion",
        "not implemented",
        "unsupported",
        "not supported",
        "does not support",
        "data type",
        "downcast",
        "column types must match",
        "should have been simplified",
        "unexpected type",
    ];
    signs.iter().any(|sign| message.contains(sign))
}

/// Whether all floats are finite.
fn is_finite(values: &ArrayRef) -> bool {
    let floats = cast(values, &DataType::Float64);
    let is_float = values.data_type().is_floating();
    !is_float
        || floats.is_ok_and(|floats| {
            floats
                .as_primitive::<Float64Type>()
                .iter()
                .flatten()
                .all(f64::is_finite)
        })
}

/// What went wrong in running what a check let pass, if anything did.
fn fault<T>(run: impl FnOnce() -> Result<T, String>) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(_)) => None,
        Ok(Err(message)) => is_of_types(&message).then_some(message),
        Err(_) => Some("a panic".to_owned()),
    }
}

#[test]
fn every_scalar_function_is_refused_or_runs() {
    let context = session();
    let (schema, batch) = rows();
    let df = DFSchema::try_from(schema.as_ref().clone()).expect("a schema");
    let state = context.state();
    let functions = state.scalar_functions().values();
    let functions = functions.filter(|f| f.signature().volatility == Volatility::Immutable);
    let names: BTreeSet<&str> = functions.map(|f| f.name()).collect();
    assert!(names.len() > 100, "{} functions", names.len());
    let (mut faults, mut ran, mut refused) = (Vec::new(), 0, 0);
    for name in names {
        let mut calls = vec![format!("{name}()")];
        for first in COLUMNS {
            calls.push(format!("{name}({first})"));
            calls.extend(
                COLUMNS
                    .iter()
                    .chain(&CONSTANTS)
                    .map(|second| format!("{name}({first}, {second})")),
            );
            calls.extend(
                PAIRS
                    .iter()
                    .map(|(second, third)| format!("{name}({first}, {second}, {third})")),
            );
        }
        calls.extend(
            COLUMNS
                .iter()
                .map(|second| format!("{name}('day', {second})")),
        );
        for call in calls {
            let Ok(compiled) =
                sql::compile(&context, &Spanned::new(call.clone(), Span::default()), &df)
            else {
                refused += 1;
                continue;
            };
            ran += 1;
            let run = || {
                let values = compiled.evaluate(&batch)?;
                match values.data_type() == &compiled.data_type && values.len() == batch.num_rows()
                {
                    true => Ok(()),
                    false => Err("an unexpected type".to_owned()),
                }
            };
            faults.extend(fault(run).map(|fault| format!("{call}: {fault}")));
        }
    }
    assert!(
        ran > 1000 && refused > 1000,
        "{ran} ran, {refused} were refused"
    );
    assert!(
        faults.is_empty(),
        "{} of {ran}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_operator_is_refused_or_runs() {
    let context = session();
    let (schema, batch) = rows();
    let df = DFSchema::try_from(schema.as_ref().clone()).expect("a schema");
    let operators = [
        "+",
        "-",
        "*",
        "/",
        "%",
        "<<",
        ">>",
        "&",
        "|",
        "#",
        "||",
        "=",
        "<",
        "IS DISTINCT FROM",
        "LIKE",
        "~",
        "AND",
        "OR",
    ];
    let types = [
        "INT",
        "SMALLINT",
        "BIGINT",
        "REAL",
        "DOUBLE",
        "DECIMAL(10,2)",
        "DECIMAL(38,10)",
        "TEXT",
        "DATE",
        "TIMESTAMP",
        "TIME",
        "BOOLEAN",
        "BIGINT UNSIGNED",
    ];
    let mut calls = Vec::new();
    for first in COLUMNS {
        for second in COLUMNS.iter().chain(&CONSTANTS) {
            calls.extend(
                operators
                    .iter()
                    .map(|operator| format!("{first} {operator} {second}")),
            );
            calls.push(format!("CASE WHEN b THEN {first} ELSE {second} END"));
            calls.push(format!("{first} IN ({second})"));
            calls.push(format!("{first} BETWEEN {second} AND {second}"));
        }
        calls.extend(types.iter().map(|t| format!("CAST({first} AS {t})")));
        calls.extend(types.iter().map(|t| format!("TRY_CAST({first} AS {t})")));
        calls.extend(
            ["year", "epoch", "doy", "microsecond", "nanosecond"]
                .map(|part| format!("extract({part} FROM {first})")),
        );
        calls.push(format!("-{first}"));
        calls.push(format!("NOT {first}"));
    }
    let mut faults = Vec::new();
    for call in calls {
        let Ok(compiled) =
            sql::compile(&context, &Spanned::new(call.clone(), Span::default()), &df)
        else {
            continue;
        };
        let run = || {
            let values = compiled.evaluate(&batch)?;
            match values.data_type() == &compiled.data_type {
                true if !is_finite(&values) => Err("internal: not finite".to_owned()),
                true => Ok(()),
                false => Err("an unexpected type".to_owned()),
            }
        };
        faults.extend(fault(run).map(|fault| format!("{call}: {fault}")));
    }
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Calls of aggregate functions in the forms that people write.
fn figures(name: &str) -> Vec<String> {
    let mut calls = vec![format!("{name}()"), format!("{name}(*)")];
    for column in COLUMNS {
        calls.extend([
            format!("{name}({column})"),
            format!("{name}(DISTINCT {column})"),
            format!("{name}({column} ORDER BY i)"),
            format!("{name}({column}) FILTER (WHERE b)"),
            format!("round({name}({column}), 1)"),
            format!("{name}({column}) + 1"),
            format!("{name}({column}, 0.5)"),
            format!("{name}({column}, ',')"),
            format!("{name}({column}, 2)"),
            format!("{name}({column}, f)"),
            format!("{name}(0.5) WITHIN GROUP (ORDER BY {column})"),
        ]);
    }
    calls
}

#[test]
fn every_aggregate_function_is_refused_or_runs() {
    let (schema, batch) = rows();
    let context = session();
    register(&context, "sales", &schema, vec![batch.clone()]).expect("registered");
    let state = context.state();
    let names: BTreeSet<&str> = state
        .aggregate_functions()
        .values()
        .map(|f| f.name())
        .collect();
    assert!(names.len() > 30, "{} functions", names.len());
    let span = Span::default();
    let (mut faults, mut ran) = (Vec::new(), 0);
    for call in names.into_iter().flat_map(figures) {
        for by in [vec![], vec![Spanned::new("t".to_owned(), span)]] {
            let step = Aggregate {
                from: Spanned::new("sales".to_owned(), span),
                by,
                columns: vec![Column::Named {
                    name: Spanned::new("v".to_owned(), span),
                    sql: Spanned::new(call.clone(), span),
                }],
            };
            let mut errors = Vec::new();
            let Some(grouping) = grouping::plan(&step, &schema, &context, &mut errors) else {
                assert!(!errors.is_empty(), "{call}");
                continue;
            };
            ran += 1;
            let planned = grouping.schema();
            let run = || {
                let batches = match &grouping.aggregation {
                    None => grouping.query.run("s").map_err(|e| e.to_string())?,
                    Some(aggregation) => {
                        let said = |e: DataFusionError| short(&e);
                        let read = aggregation.read(&batch, &Places::default());
                        let mut groups =
                            Accumulators::new(Arc::clone(aggregation), 2).map_err(said)?;
                        groups.add(read.map_err(said)?).map_err(said)?;
                        groups.finish().map_err(said)?.0
                    }
                };
                let types = |schema: &SchemaRef| -> Vec<DataType> {
                    schema
                        .fields()
                        .iter()
                        .map(|f| f.data_type().clone())
                        .collect()
                };
                match batches
                    .iter()
                    .all(|batch| types(&batch.schema()) == types(planned))
                {
                    true => Ok(()),
                    false => Err("an unexpected type".to_owned()),
                }
            };
            faults.extend(fault(run).map(|fault| format!("{call} by {}: {fault}", step.by.len())));
        }
    }
    assert!(ran > 300, "{ran} ran");
    assert!(
        faults.is_empty(),
        "{} of {ran}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_figure_of_a_query_is_refused_or_runs() {
    let (schema, batch) = rows();
    let context = session();
    register(&context, "sales", &schema, vec![batch]).expect("registered");
    let state = context.state();
    let aggregates = state.aggregate_functions().values().map(|f| f.name());
    let windows = state.window_functions().values().map(|f| f.name());
    let names: BTreeSet<&str> = aggregates.chain(windows).collect();
    let (mut faults, mut ran) = (Vec::new(), 0);
    for name in names {
        let mut queries = Vec::new();
        for column in COLUMNS {
            for call in [
                format!("{name}({column})"),
                format!("{name}()"),
                format!("{name}({column}, 2)"),
            ] {
                queries.push(format!("SELECT {call} AS v FROM sales"));
                queries.push(format!(
                    "SELECT t, {call} AS v FROM sales GROUP BY t HAVING {call} IS NOT NULL"
                ));
                for frame in [
                    "",
                    "ORDER BY i",
                    "PARTITION BY t ORDER BY i",
                    "ORDER BY i ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                ] {
                    queries.push(format!("SELECT {call} OVER ({frame}) AS v FROM sales"));
                }
            }
        }
        for query in queries {
            let Ok(planned) = Query::plan(&query, &context) else {
                continue;
            };
            ran += 1;
            let run = || {
                let batches = planned.run("s").map_err(|e| e.to_string())?;
                match batches
                    .iter()
                    .all(|batch| batch.schema().fields() == planned.schema().fields())
                {
                    true => Ok(()),
                    false => Err("an unexpected type".to_owned()),
                }
            };
            faults.extend(fault(run).map(|fault| format!("{query}: {fault}")));
        }
    }
    assert!(ran > 1000, "{ran} ran");
    assert!(
        faults.is_empty(),
        "{} of {ran}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// What fails for the values that are tried may run for others.
#[test]
fn values_that_fail_alone_refuse_nothing() {
    let (schema, _) = rows();
    let context = session();
    for (fields, is_required) in [(Arc::clone(&schema), false), (required(&schema), true)] {
        for (text, is_refused) in [
            ("CAST(concat(t, '-', t) AS DATE)", false),
            ("to_date(concat_ws('-', t, i))", false),
            ("CAST(concat(t, 'x') AS INT)", false),
            ("CAST(t AS DATE)", false),
            ("100 / (coalesce(i, 1) - 1)", false),
            ("CAST(coalesce(t, '1') AS DATE)", false),
            ("CAST(d AS DECIMAL(2, 2))", is_required),
            ("CAST('x' AS INT)", true),
            ("CAST(concat('a', 'b') AS INT)", true),
            ("encode(t, 'none')", true),
        ] {
            let df = DFSchema::try_from(fields.as_ref().clone()).expect("columns");
            let text = Spanned::new(text.to_owned(), Span::default());
            let compiled = sql::compile(&context, &text, &df);
            assert_eq!(compiled.is_err(), is_refused, "{}", text.value);
        }
    }
}

/// The same columns, none of them missing anywhere.
fn required(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields = fields.map(|field| field.as_ref().clone().with_nullable(false));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
