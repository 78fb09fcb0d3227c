//! `resolve:` in a run: inputs collected, customers and side tables stored, merges and guards told.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;

use super::{Run, Stored};
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::report::{Oversized, ResolveReport, RuleCounts, SharedValue};
use crate::steps;

impl Run<'_> {
    /// The customers, how many records went in, the account, and when the work began.
    pub(super) fn resolve(
        &mut self,
        name: &str,
        step: &onefold_spec::model::Resolve,
    ) -> Result<(Vec<RecordBatch>, u64, ResolveReport, Instant), Error> {
        let mut inputs = Vec::new();
        for table in &step.from {
            let stored = self.collect(table)?;
            let mut input =
                steps::resolve::source(table, self.pipeline, Arc::clone(&stored.schema));
            input.address = steps::resolve::address(&stored.schema);
            input.batches = stored.batches.clone();
            inputs.push(input);
            if self.is_read_once(table) {
                self.stored.remove(table.as_str());
            }
        }
        let began = Instant::now();
        let options = steps::resolve::options(step, self.pipeline, self.options.threads);
        let records = inputs
            .iter()
            .flat_map(|i| &i.batches)
            .map(|b| b.num_rows() as u64)
            .sum();
        self.event(RunEvent::Collected { records });
        let mut resolved = onefold_resolve::resolve(inputs, &options)
            .map_err(|e| Error::new(Kind::Configuration, e.to_string()))?;
        let customers = std::mem::take(&mut resolved.customers);
        let duplicates = std::mem::take(&mut resolved.duplicates);
        let groups = duplicates.iter().map(|b| b.num_rows() as u64).sum();
        self.event(RunEvent::Duplicates {
            groups,
            removed: resolved.report.duplicates,
        });
        if self.wants_log {
            for merge in resolved.merges() {
                let key = |record| {
                    resolved
                        .record_key(record)
                        .map(Option::unwrap_or_default)
                        .map_err(Error::internal)
                };
                let reasons = merge
                    .rules
                    .iter()
                    .filter_map(|r| options.rules.get(r))
                    .map(|r| r.label.clone())
                    .collect();
                self.event(RunEvent::Merged {
                    record: key(merge.record)?,
                    into: key(merge.into)?,
                    reasons,
                });
            }
        }
        self.event(RunEvent::Resolved {
            customers: resolved.report.customers,
        });
        let report = resolve_report(&resolved.report);
        for rule in &report.rules {
            if rule.shared_values > 0 {
                let top = report.shared_values.iter().find(|v| v.rule == rule.rule);
                let example = top.map_or(String::new(), |v| {
                    format!(", the first is `{}` on {} records", v.value, v.records)
                });
                self.warn(format!(
                    "table {name}: {} value{} of rule {} on too many records made no links ({} records{example})",
                    rule.shared_values,
                    if rule.shared_values == 1 { "" } else { "s" },
                    rule.rule,
                    rule.shared_records
                ));
            }
        }
        if let Some(largest) = report.oversized.first() {
            self.warn(format!(
                "table {name}: customer {} has {} records, more than max_size",
                largest.id, largest.records
            ));
        }
        let read = |side: &str| {
            self.prepared
                .readers
                .contains_key(&format!("{name}.{side}"))
        };
        let mut sides = vec![(
            "duplicates",
            Arc::clone(&resolved.schemas.duplicates),
            duplicates,
        )];
        if read("links") {
            sides.push((
                "links",
                Arc::clone(&resolved.schemas.links),
                resolved.links().map_err(Error::internal)?,
            ));
        }
        if read("members") {
            let members = resolved
                .members()
                .collect::<Result<Vec<_>, _>>()
                .map_err(Error::internal)?;
            sides.push(("members", Arc::clone(&resolved.schemas.members), members));
        }
        for (side, schema, batches) in sides {
            self.store(&format!("{name}.{side}"), Stored::new(schema, batches));
        }
        Ok((customers, records, report, began))
    }
}

fn resolve_report(report: &onefold_resolve::Report) -> ResolveReport {
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
    }
}
