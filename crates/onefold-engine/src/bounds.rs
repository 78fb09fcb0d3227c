//! Bounds outside of which a run publishes nothing.
//!
//! Some are about the run alone, others compare it with the last run of the pipeline that was published.

use onefold_spec::model::{Graded, Limit, Pipeline, RowLimits, Severity, Source};

use crate::report::{Report, SourceReport, TableReport};

/// Share of rejected records that a source may have where nobody says anything.
const MOST_REJECTS: Limit = Limit::Share(0.5);

/// What keeps a run from being published, a sentence each. `before`: the last published run.
pub(crate) fn exceeded(
    pipeline: &Pipeline,
    sources: &[&SourceReport],
    tables: &[TableReport],
    before: Option<&Report>,
) -> Vec<String> {
    let mut found = Vec::new();
    for source in &pipeline.sources {
        let name = source.name.value.as_str();
        let Some(report) = sources.iter().find(|report| report.name == name) else {
            continue;
        };
        let default = match pipeline.limits.rejects {
            Some(_) => None,
            None => Some(MOST_REJECTS),
        };
        found.extend(rejects(source.limits.rejects, default, report));
        if let Some(had) = gone(source, report, before)
            && !source.allow_empty
        {
            found.push(format!(
                "source `{name}` has no records; the last published run read {had} (`allow_empty: true` allows it)"
            ));
            continue;
        }
        found.extend(rows_of_source(source, report, before, Severity::Error));
    }
    found.extend(total_rejects(pipeline.limits.rejects, sources));
    found.extend(rows_of_tables(pipeline, tables, before, Severity::Error));
    found
}

/// What a person should look at, a sentence each.
pub(crate) fn warned(
    pipeline: &Pipeline,
    sources: &[&SourceReport],
    tables: &[TableReport],
    before: Option<&Report>,
) -> Vec<String> {
    let mut found = Vec::new();
    for source in &pipeline.sources {
        let mut reports = sources.iter();
        if let Some(report) = reports.find(|report| report.name == source.name.value) {
            found.extend(rows_of_source(source, report, before, Severity::Warn));
        }
    }
    found.extend(rows_of_tables(pipeline, tables, before, Severity::Warn));
    found
}

/// The records that the last published run read, of a source that has none any more.
fn gone(source: &Source, report: &SourceReport, before: Option<&Report>) -> Option<u64> {
    let mut sources = before?.sources.iter();
    let had = sources.find(|s| s.name == source.name.value)?.read;
    (report.read == 0 && had > 0).then_some(had)
}

fn rows_of_source(
    source: &Source,
    report: &SourceReport,
    before: Option<&Report>,
    severity: Severity,
) -> Vec<String> {
    let name = source.name.value.as_str();
    // What may be empty may be so at once.
    let before = before.filter(|_| gone(source, report, before).is_none());
    let before = before.and_then(|run| run.sources.iter().find(|s| s.name == name));
    let had = before.map(|before| before.accepted);
    let whose = format!("source `{name}`");
    rows(&whose, source.rows, report.accepted, had, severity)
}

fn rows_of_tables(
    pipeline: &Pipeline,
    tables: &[TableReport],
    before: Option<&Report>,
    severity: Severity,
) -> Vec<String> {
    let mut found = Vec::new();
    for table in &pipeline.tables {
        let name = table.name.value.as_str();
        let Some(report) = tables.iter().find(|report| report.name == name) else {
            continue;
        };
        let before = before.and_then(|run| run.tables.iter().find(|t| t.name == name));
        let had = before.map(|before| before.rows_out);
        let whose = format!("table `{name}`");
        found.extend(rows(&whose, table.rows, report.rows_out, had, severity));
    }
    found
}

fn rejects(limit: Option<Limit>, default: Option<Limit>, report: &SourceReport) -> Option<String> {
    let most = over(limit.or(default)?, report.rejected, report.judged())?;
    let whose = match limit {
        Some(_) => "its limit",
        None => "the default limit",
    };
    let mut message = format!(
        "source `{}` has {} rejects among {} records, more than {whose} of {most}",
        report.name,
        report.rejected,
        report.judged()
    );
    if let Some(cause) = &report.likely_cause {
        message += &format!("; {cause}");
    }
    if limit.is_none() {
        message += " (`limits: {rejects: ...}` at the source sets another limit)";
    }
    Some(message)
}

fn total_rejects(limit: Option<Limit>, sources: &[&SourceReport]) -> Option<String> {
    let sums = |(a, b), r: &&SourceReport| (a + r.rejected, b + r.judged());
    let (rejected, read) = sources.iter().fold((0, 0), sums);
    let most = over(limit?, rejected, read)?;
    Some(format!(
        "the sources have {rejected} rejects among {read} records, more than the limit of {most}"
    ))
}

/// The limit, where it is exceeded.
fn over(limit: Limit, rejected: u64, read: u64) -> Option<String> {
    match limit {
        Limit::Count(most) => (rejected > most).then(|| format!("{most}")),
        Limit::Share(most) => exceeds(rejected, most, read).then(|| format!("{}%", percent(most))),
    }
}

/// `1 row`, `2 rows`.
fn counted(rows: u64) -> String {
    match rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }
}

/// Too few rows by themselves, or beside those of before: what is to be said with a severity. An error needs no warning.
fn rows(
    whose: &str,
    limits: RowLimits,
    rows: u64,
    before: Option<u64>,
    severity: Severity,
) -> Vec<String> {
    let few = outside(limits.min_rows, severity, |least| rows < least);
    let few = few.map(|least| {
        format!(
            "{whose} has {}, fewer than its `min_rows` of {least}",
            counted(rows)
        )
    });
    let before = before.unwrap_or(0);
    let gone = before.saturating_sub(rows);
    let fell = outside(limits.drop, severity, |most| exceeds(gone, most, before));
    let fell = fell.map(|most| {
        format!(
            "{whose} has {}, {before} in the last published run: a drop of {}%, more than its limit of {}%",
            counted(rows),
            percent(gone as f64 / before as f64),
            percent(most)
        )
    });
    few.into_iter().chain(fell).collect()
}

/// The bound of a severity, where the rows are outside of it, and no error says so already.
fn outside<T: Copy>(
    bound: Graded<T>,
    severity: Severity,
    is_outside: impl Fn(T) -> bool,
) -> Option<T> {
    let error = bound.error.filter(|bound| is_outside(*bound));
    match severity {
        Severity::Error => error,
        Severity::Warn => bound
            .warn
            .filter(|bound| error.is_none() && is_outside(*bound)),
    }
}

/// Whether a part is more than a share of the whole; 29 of 100 is not more than 29 %, whatever floats make of it.
fn exceeds(part: u64, share: f64, whole: u64) -> bool {
    part > 0 && part as f64 / whole as f64 - share > 1e-12
}

/// A share in percent, to four digits behind the point.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_fall() {
        let limits = |min_rows, drop| RowLimits {
            min_rows: Graded {
                warn: None,
                error: min_rows,
            },
            drop: Graded {
                warn: None,
                error: drop,
            },
        };
        let told = |limits, now, before| rows("table `t`", limits, now, before, Severity::Error);
        assert!(told(limits(None, Some(0.2)), 80, Some(100)).is_empty());
        assert_eq!(
            told(limits(None, Some(0.2)), 79, Some(100)),
            [
                "table `t` has 79 rows, 100 in the last published run: a drop of 21%, more than its limit of 20%"
            ]
        );
        assert!(told(limits(None, Some(0.0)), 100, Some(100)).is_empty());
        assert!(told(limits(None, Some(0.29)), 71, Some(100)).is_empty());
        assert_eq!(
            told(limits(None, Some(0.0001)), 9997, Some(10_000)),
            [
                "table `t` has 9997 rows, 10000 in the last published run: a drop of 0.03%, more than its limit of 0.01%"
            ]
        );
        assert!(told(limits(None, Some(0.2)), 0, None).is_empty());
        assert!(told(limits(None, Some(0.2)), 0, Some(0)).is_empty());
        assert!(told(limits(Some(5), None), 5, None).is_empty());
        assert_eq!(
            told(limits(Some(5), None), 4, None),
            ["table `t` has 4 rows, fewer than its `min_rows` of 5"]
        );
    }

    #[test]
    fn a_warning_comes_before_the_error_and_not_with_it() {
        let limits = RowLimits {
            min_rows: Graded {
                warn: Some(100),
                error: Some(10),
            },
            drop: Graded {
                warn: Some(0.05),
                error: None,
            },
        };
        let count = |now, before, severity| rows("table `t`", limits, now, before, severity).len();
        for (now, before, warnings, errors) in [
            (100, None, 0, 0),
            (99, None, 1, 0),
            (9, None, 0, 1),
            (190, Some(200), 0, 0),
            (189, Some(200), 1, 0),
            (9, Some(200), 1, 1),
        ] {
            assert_eq!(
                count(now, before, Severity::Warn),
                warnings,
                "{now} {before:?}"
            );
            assert_eq!(
                count(now, before, Severity::Error),
                errors,
                "{now} {before:?}"
            );
        }
    }

    #[test]
    fn rejects_are_over() {
        for (limit, rejected, read, is_over) in [
            (Limit::Count(1), 1, 9, false),
            (Limit::Count(1), 2, 9, true),
            (Limit::Share(0.1), 1, 10, false),
            (Limit::Share(0.1), 2, 10, true),
            (Limit::Share(0.5), 0, 0, false),
            (Limit::Share(0.005), 1, 100, true),
            (Limit::Share(0.29), 29, 100, false),
            (Limit::Share(0.57), 57, 100, false),
            (Limit::Share(0.58), 58, 100, false),
            (Limit::Share(0.29), 30, 100, true),
            (Limit::Share(1e-9), 1, 1_000_000_000, false),
            (Limit::Share(1e-9), 2, 1_000_000_000, true),
        ] {
            assert_eq!(
                over(limit, rejected, read).is_some(),
                is_over,
                "{limit:?} {rejected} {read}"
            );
        }
        assert_eq!(over(Limit::Share(0.005), 1, 100).as_deref(), Some("0.5%"));
    }
}
