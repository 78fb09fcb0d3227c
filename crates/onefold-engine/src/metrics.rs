//! `metrics: run`: the figures of a run in the Prometheus text format.

use crate::report::{Report, SourceReport, Status};

/// The metrics of a run.
pub(crate) fn text(report: &Report) -> String {
    let mut out = String::new();
    let pipeline = escaped(&report.pipeline);
    let mut family = |name: &str, help: &str, samples: Vec<(String, String)>| {
        out += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (labels, value) in samples {
            let labels = match labels.is_empty() {
                true => labels,
                false => format!(",{labels}"),
            };
            out += &format!("{name}{{pipeline=\"{pipeline}\"{labels}}} {value}\n");
        }
    };
    let of_run = |value: String| vec![(String::new(), value)];
    family(
        "onefold_run_success",
        "1: the outputs of the run are published. 0: it was refused or failed, and the old outputs are in place.",
        of_run(u8::from(report.status == Status::Published).to_string()),
    );
    family(
        "onefold_run_duration_seconds",
        "Wall time of the run.",
        of_run(format!("{:.3}", report.seconds)),
    );
    let started = report.started.parse::<jiff::Timestamp>();
    family(
        "onefold_run_timestamp_seconds",
        "Start of the run, in seconds since 1970.",
        of_run(started.map_or(0, jiff::Timestamp::as_second).to_string()),
    );
    let sources = &report.sources;
    let by_source = |get: fn(&SourceReport) -> Option<i128>| {
        let samples = sources.iter().filter_map(|s| {
            let labels = format!("source=\"{}\"", escaped(&s.name));
            Some((labels, get(s)?.to_string()))
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
                r.records.to_string(),
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
    let rows = report.tables.iter().map(|t| {
        let label = format!("table=\"{}\"", escaped(&t.name));
        (label, t.rows_out.to_string())
    });
    let rows = rows.collect();
    family("onefold_table_rows", "Rows of a table.", rows);
    out
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
