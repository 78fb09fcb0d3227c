//! Rejects from run to run.

use maud::Markup;
use onefold_engine::Report;

use crate::chart;
use crate::text::moment;

/// Runs that the chart goes back.
const BACK: usize = 20;

/// Rejects by source in the last runs of the pipeline.
pub(super) fn shown(runs: &[Report], run: &Report) -> Markup {
    let same = runs
        .iter()
        .filter(|other| other.pipeline == run.pipeline)
        .take(BACK);
    let mut same: Vec<&Report> = same.collect();
    same.reverse();
    let labels: Vec<String> = same.iter().map(|run| moment(&run.started)).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let of = |name: &str| -> Vec<u64> {
        let rejected = |run: &&Report| {
            let source = run.sources.iter().find(|source| source.name == name);
            source.map_or(0, |source| source.rejected)
        };
        same.iter().map(rejected).collect()
    };
    let series: Vec<(&str, Vec<u64>)> = run
        .sources
        .iter()
        .map(|source| (source.name.as_str(), of(&source.name)))
        .filter(|(_, rows)| rows.iter().any(|rows| *rows > 0))
        .collect();
    let series: Vec<(&str, &[u64])> = series
        .iter()
        .map(|(name, rows)| (*name, rows.as_slice()))
        .collect();
    chart::stacked(
        "Rejected records of each run",
        &labels,
        &series,
        chart::Width::Half,
    )
}
