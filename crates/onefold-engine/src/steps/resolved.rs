//! What a `resolve:` tells of itself: its merges in the log, its warnings, its part of the report.

use onefold_resolve::{Options, Resolved};

use super::step::Running;
use crate::error::Error;
use crate::events::RunEvent;
use crate::report::{Oversized, ResolveReport, RuleCounts, SharedValue};

/// Writes every merge to the log.
pub(super) fn log_merges(
    resolved: &Resolved,
    options: &Options,
    run: &mut Running<'_, '_>,
) -> Result<(), Error> {
    for merge in resolved.merges() {
        let key = |record| {
            let key = resolved.record_key(record).map(Option::unwrap_or_default);
            key.map_err(Error::internal)
        };
        let rules = merge.rules.iter().filter_map(|r| options.rules.get(r));
        let event = RunEvent::Merged {
            record: key(merge.record)?,
            into: key(merge.into)?,
            reasons: rules.map(|rule| rule.label.clone()).collect(),
        };
        run.ledger.event(event);
    }
    Ok(())
}

/// Warns of values that made no links, and of a customer of too many records.
pub(super) fn warn(report: &ResolveReport, run: &mut Running<'_, '_>) {
    for rule in report.rules.iter().filter(|rule| rule.shared_values > 0) {
        let name = &rule.rule;
        let message = format!(
            "table {}: rule {name} did not link {} records, because too many people share their value",
            run.table, rule.shared_records
        );
        let top = report.shared_values.iter().find(|v| v.rule == *name);
        let Some(top) = top else {
            run.ledger.warn(message);
            continue;
        };
        let of = match rule.shared_values {
            1 => String::new(),
            values => format!(", the first of {values} such values,"),
        };
        let with = |value: &str| {
            format!(
                "{message}: {value}{of} is on {} records; if they are of one customer, raise `guards.max_shared.{name}` or dedupe `{}` first",
                top.records, top.table
            )
        };
        run.ledger
            .warn_of_value(with(&format!("`{}`", top.value)), with("a value"));
    }
    if let Some(largest) = report.oversized.first() {
        run.ledger.warn(format!(
            "table {}: customer {} has {} records, more than max_size",
            run.table, largest.id, largest.records
        ));
    }
}

/// The report of the operator in the words of ours.
pub(super) fn resolve_report(report: &onefold_resolve::Report) -> ResolveReport {
    ResolveReport {
        records: report.records,
        customers: report.customers,
        sizes: onefold_resolve::SIZE_BUCKETS
            .iter()
            .map(|b| b.0.to_owned())
            .zip(report.sizes)
            .collect(),
        largest: report.largest,
        rules: report
            .rules
            .iter()
            .map(|r| RuleCounts {
                rule: r.label.clone(),
                present: r.present,
                linked: r.records,
                shared_values: r.skipped_values,
                shared_records: r.skipped_records,
            })
            .collect(),
        shared_values: report
            .skipped
            .iter()
            .map(|v| SharedValue {
                rule: v.rule.clone(),
                value: v.value.clone(),
                records: v.records,
                table: v.source.clone(),
            })
            .collect(),
        oversized: report
            .oversized
            .iter()
            .map(|o| Oversized {
                id: o.id.clone(),
                records: o.records,
            })
            .collect(),
        model: None,
        ids: None,
        decisions: None,
    }
}
