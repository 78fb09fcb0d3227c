//! `metrics: run`: the figures of a run in the Prometheus text format.

use crate::report::{SourceReport, TableReport};

/// The metrics of a run.
pub(crate) fn text<'a>(
    pipeline: &str,
    sources: impl Iterator<Item = &'a SourceReport>,
    tables: &[TableReport],
) -> String {
    let mut out = String::new();
    let pipeline = escaped(pipeline);
    let mut family = |name: &str, help: &str, samples: Vec<(String, i128)>| {
        out += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (labels, value) in samples {
            out += &format!("{name}{{pipeline=\"{pipeline}\",{labels}}} {value}\n");
        }
    };
    let sources: Vec<&SourceReport> = sources.collect();
    let by_source = |get: fn(&SourceReport) -> Option<i128>| {
        let samples = sources.iter().filter_map(|s| {
            let labels = format!("source=\"{}\"", escaped(&s.name));
            Some((labels, get(s)?))
        });
        samples.collect::<Vec<_>>()
    };
    family(
        "onefold_records_read",
        "Records read from a source.",
        by_source(|s| Some(s.read.into())),
    );
    family(
        "onefold_records_accepted",
        "Records of a source that were accepted.",
        by_source(|s| Some(s.accepted.into())),
    );
    let rejects = sources.iter().flat_map(|s| {
        s.rejects.iter().map(|r| {
            (
                format!(
                    "source=\"{}\",code=\"{}\"",
                    escaped(&s.name),
                    escaped(&r.code)
                ),
                r.records.into(),
            )
        })
    });
    family(
        "onefold_records_rejected",
        "Records of a source that were rejected, by code.",
        rejects.collect(),
    );
    family(
        "onefold_newest_record_timestamp_seconds",
        "Time of the newest record of a source, in seconds since 1970.",
        by_source(|s| s.freshness.as_ref().map(|f| f.newest.as_second().into())),
    );
    family(
        "onefold_newest_record_age_seconds",
        "Age of the newest record of a source when the run started.",
        by_source(|s| s.freshness.as_ref().map(|f| f.age_seconds.into())),
    );
    let rows = tables
        .iter()
        .map(|t| (format!("table=\"{}\"", escaped(&t.name)), t.rows_out.into()))
        .collect();
    family("onefold_table_rows", "Rows of a table.", rows);
    out
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
