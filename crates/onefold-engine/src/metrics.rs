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
    let mut family = |name: &str, help: &str, samples: Vec<(String, u64)>| {
        out += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (labels, value) in samples {
            out += &format!("{name}{{pipeline=\"{pipeline}\",{labels}}} {value}\n");
        }
    };
    let sources: Vec<&SourceReport> = sources.collect();
    let by_source = |get: fn(&SourceReport) -> u64| {
        sources
            .iter()
            .map(|s| (format!("source=\"{}\"", escaped(&s.name)), get(s)))
            .collect::<Vec<_>>()
    };
    family(
        "onefold_records_read",
        "Records read from a source.",
        by_source(|s| s.read),
    );
    family(
        "onefold_records_accepted",
        "Records of a source that were accepted.",
        by_source(|s| s.accepted),
    );
    let rejects = sources.iter().flat_map(|s| {
        s.rejects.iter().map(|r| {
            (
                format!(
                    "source=\"{}\",code=\"{}\"",
                    escaped(&s.name),
                    escaped(&r.code)
                ),
                r.records,
            )
        })
    });
    family(
        "onefold_records_rejected",
        "Records of a source that were rejected, by code.",
        rejects.collect(),
    );
    let rows = tables
        .iter()
        .map(|t| (format!("table=\"{}\"", escaped(&t.name)), t.rows_out))
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
