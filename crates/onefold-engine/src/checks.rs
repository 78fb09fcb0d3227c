//! Checks of tables, as tables of the rows that fail them.
//!
//! Each check of a table `t` becomes a table `t.failures.N` of the rows that fail it, made by SQL. `t.failures` has all of them. What is
//! fresh is known once a run has started: until then such a check counts from 1970.

use jiff::Timestamp;
use onefold_spec::model::{
    Checked, Pipeline, RowLimits, Severity, Step, Table, TableCheck, TableRef,
};
use onefold_spec::{Span, Spanned};

use crate::freshness::DAY_MICROS;
use crate::report::{CheckReport, CheckSeverity};

/// Side table of the rows that fail.
pub(crate) const FAILURES: &str = "failures";

/// Adds the tables of the rows that fail.
pub(crate) fn with_failures(mut pipeline: Pipeline) -> Pipeline {
    let mut added = Vec::new();
    for table in &pipeline.tables {
        let name = &table.name.value;
        let mut parts = Vec::new();
        for (number, check) in table.checks.iter().enumerate() {
            let part = format!("{name}.{FAILURES}.{number}");
            added.push(made(
                &part,
                Step::Sql(Spanned::new(
                    sql(name, check, Timestamp::UNIX_EPOCH),
                    check.span,
                )),
            ));
            parts.push(TableRef::new(part, check.span));
        }
        let all = match parts.as_slice() {
            [] => continue,
            [only] => Step::From(only.clone()),
            _ => Step::Union(parts),
        };
        added.push(made(&format!("{name}.{FAILURES}"), all));
    }
    pipeline.tables.extend(added);
    pipeline
}

/// Lets the checks of freshness count from the start of a run.
pub(crate) fn count_from(pipeline: &mut Pipeline, started: Timestamp) {
    let mut counted = Vec::new();
    for table in &pipeline.tables {
        for (number, check) in table.checks.iter().enumerate() {
            if let Checked::Fresh { .. } = check.what {
                let part = format!("{}.{FAILURES}.{number}", table.name.value);
                counted.push((part, sql(&table.name, check, started)));
            }
        }
    }
    for (part, sql) in counted {
        let mut tables = pipeline.tables.iter_mut();
        let table = tables.find(|table| table.name.value == part);
        if let Some(Step::Sql(text)) = table.map(|table| &mut table.step) {
            text.value = sql;
        }
    }
}

fn made(name: &str, step: Step) -> Table {
    Table {
        name: Spanned::new(name.to_owned(), Span::default()),
        step,
        filter: None,
        select: Vec::new(),
        order_by: Vec::new(),
        rows: RowLimits::default(),
        checks: Vec::new(),
    }
}

/// Whether a table was added for a check: nobody wrote it.
pub(crate) fn is_added(name: &str) -> bool {
    name.split_once('.').is_some_and(|(_, side)| {
        side == FAILURES
            || side
                .strip_prefix(FAILURES)
                .is_some_and(|n| n.starts_with('.'))
    })
}

/// The source or table that makes a table: a side table belongs to another, any other table to itself.
pub(crate) fn owner(name: &str) -> &str {
    match name.split_once('.') {
        Some((owner, _)) if !is_added(name) => owner,
        _ => name,
    }
}

/// The rows that fail a check of a run that `started` then.
fn sql(table: &str, check: &TableCheck, started: Timestamp) -> String {
    let from = name(table);
    let label = text(&check.name);
    let severity = match check.severity {
        Severity::Error => "error",
        Severity::Warn => "warn",
    };
    let rows = match &check.what {
        Checked::Unique(columns) => {
            let list = columns.iter().map(|column| quoted(column));
            let list: Vec<String> = list.collect();
            let known = list.iter().map(|column| format!("{column} IS NOT NULL"));
            let known: Vec<String> = known.collect();
            let same = list.iter().map(|column| format!("t.{column} = d.{column}"));
            let same: Vec<String> = same.collect();
            format!(
                "JOIN (SELECT {columns} FROM {from} WHERE {known} GROUP BY {columns} HAVING count(*) > 1) AS d ON {same}",
                columns = list.join(", "),
                known = known.join(" AND "),
                same = same.join(" AND "),
            )
        }
        Checked::NotNull(column) => format!("WHERE t.{} IS NULL", quoted(column)),
        Checked::Accepted(column, values) => {
            let values: Vec<String> = values.iter().map(|value| text(value)).collect();
            let column = quoted(column);
            format!(
                "WHERE CAST(t.{column} AS VARCHAR) NOT IN ({})",
                values.join(", ")
            )
        }
        Checked::References {
            column,
            table,
            other,
        } => {
            let (column, table, other) = (quoted(column), name(table), quoted(other));
            format!(
                "WHERE t.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {table} AS o WHERE o.{other} = t.{column})"
            )
        }
        Checked::Fresh { column, micros, .. } => {
            let column = quoted(column);
            let since = started.as_microsecond().saturating_sub(*micros);
            // A slip such as the year 9999 must not make a table fresh for ever; clocks and zones differ by less than a day.
            let until = started.as_microsecond().saturating_add(DAY_MICROS);
            let is_past = format!("{} <= {}", moment(&column), moment(&until.to_string()));
            // Where there is no newest value, a row without values stands for it.
            let from = format!(
                "(SELECT max({column}) AS newest FROM {from} WHERE {is_past}) AS n LEFT JOIN {from} AS t ON t.{column} = n.newest"
            );
            let is_old = format!(
                "n.newest IS NULL OR {} < {}",
                moment("n.newest"),
                moment(&since.to_string())
            );
            return format!(
                "SELECT {label} AS failed_check, '{severity}' AS failed_severity, t.* FROM {from} WHERE {is_old}"
            );
        }
        Checked::Sql(condition) => format!("WHERE NOT ({})", condition.value),
    };
    format!(
        "SELECT {label} AS failed_check, '{severity}' AS failed_severity, t.* FROM {from} AS t {rows}"
    )
}

/// A date, a timestamp, or microseconds since 1970 as a moment.
fn moment(sql: &str) -> String {
    format!("arrow_cast({sql}, 'Timestamp(Microsecond, None)')")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table or side table.
fn name(table: &str) -> String {
    match table.split_once('.') {
        Some((owner, side)) => format!("{}.{}", quoted(owner), quoted(side)),
        None => quoted(table),
    }
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The account of all checks: `failed` has the rows of each table that was added for one.
pub(crate) fn account(pipeline: &Pipeline, failed: &[(String, u64)]) -> Vec<CheckReport> {
    let mut reports = Vec::new();
    for table in &pipeline.tables {
        let name = &table.name.value;
        for (number, check) in table.checks.iter().enumerate() {
            let part = format!("{name}.{FAILURES}.{number}");
            let Some((_, rows)) = failed.iter().find(|(name, _)| *name == part) else {
                continue;
            };
            reports.push(CheckReport {
                table: name.clone(),
                check: check.name.clone(),
                severity: match check.severity {
                    Severity::Error => CheckSeverity::Error,
                    Severity::Warn => CheckSeverity::Warn,
                },
                rows: *rows,
            });
        }
    }
    reports
}

/// What to say of a check that rows fail.
pub(crate) fn sentence(pipeline: &Pipeline, failed: &CheckReport) -> String {
    let mut tables = pipeline.tables.iter();
    let table = tables.find(|table| table.name.value == failed.table);
    let mut checks = table.into_iter().flat_map(|table| &table.checks);
    let check = checks.find(|check| check.name == failed.check);
    if let Some(Checked::Fresh { column, age, .. }) = check.map(|check| &check.what) {
        return format!(
            "table `{}` is stale: no `{}` is from the last {age}",
            failed.table, column.value
        );
    }
    let rows = match failed.rows {
        1 => "1 row fails".to_owned(),
        rows => format!("{rows} rows fail"),
    };
    format!(
        "table `{}`: {rows} the check `{}`",
        failed.table, failed.check
    )
}
