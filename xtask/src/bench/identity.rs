//! `cargo xtask bench --identity`: how many links are right in records with a known truth, without any configuration and by types alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::measure::{Cost, empty, measure};
use super::table;

/// Records with a truth, in `bench/identity`.
struct Set {
    name: &'static str,
    files: &'static [&'static str],
    truth: &'static str,
    /// A column that holds the truth.
    ignore: Option<&'static str>,
}

const SETS: [Set; 5] = [
    Set {
        name: "fake_1000",
        files: &["splink/fake_1000.csv"],
        truth: "fake_1000.csv",
        ignore: Some("cluster"),
    },
    Set {
        name: "historical_50k",
        files: &["splink/historical_50k.csv.gz"],
        truth: "historical_50k.csv.gz",
        ignore: Some("cluster"),
    },
    Set {
        name: "febrl1",
        files: &["febrl/dataset1.csv"],
        truth: "febrl1.csv",
        ignore: None,
    },
    Set {
        name: "febrl4",
        files: &["febrl/dataset4a.csv.gz", "febrl/dataset4b.csv.gz"],
        truth: "febrl4.csv.gz",
        ignore: None,
    },
    Set {
        name: "senzing",
        files: &[
            "senzing/customers.csv",
            "senzing/reference.csv",
            "senzing/watchlist.csv",
        ],
        truth: "senzing.csv",
        ignore: None,
    },
];

/// Pairs of records, over whole customers.
struct Ratios {
    precision: f64,
    recall: f64,
    f1: f64,
}

/// Finds the people of all sets in both ways; the table as Markdown.
///
/// # Errors
/// A run that fails.
pub(super) fn identity(
    onefold: &Path,
    sets: &Path,
    out: &Path,
    runs: u64,
) -> anyhow::Result<String> {
    let mut text = String::from(
        "| set | `onefold resolve FILE...`: F1 (precision, recall) | seconds | MB | types and `match: auto`: F1 (precision, recall) | seconds | MB |\n|---|---|---|---|---|---|---|\n",
    );
    for set in &SETS {
        let truth = sets.join("truth").join(set.truth);
        let declared = sets.join(format!("pipelines/{}.yaml", set.name));
        let (mut by_itself, mut by_types) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let mut resolve = Command::new(onefold);
            resolve
                .arg("resolve")
                .args(set.files.iter().map(|file| sets.join(file)));
            if let Some(column) = set.ignore {
                resolve.args(["--ignore", column]);
            }
            by_itself.push(fresh(&mut resolve, out)?);
        }
        let found = evaluate(onefold, &out.join("onefold.yaml"), &truth)?;
        for _ in 0..runs {
            by_types.push(fresh(Command::new(onefold).arg("run").arg(&declared), out)?);
        }
        let typed = evaluate(onefold, &declared, &truth)?;
        let cells = [(found, by_itself), (typed, by_types)].map(|(ratios, costs)| {
            let Ratios {
                precision,
                recall,
                f1,
            } = ratios;
            let cost = table::median(&costs).context("a run is measured")?;
            anyhow::Ok(format!(
                "{f1:.4} ({precision:.3}, {recall:.3}) | {:.2} | {:.0}",
                cost.seconds, cost.megabytes
            ))
        });
        let [found, typed] = cells;
        let line = format!("| {} | {} | {} |\n", set.name, found?, typed?);
        eprint!("{line}");
        text += &line;
    }
    std::fs::remove_dir_all(out)?;
    Ok(text)
}

/// Runs a command into an empty folder.
fn fresh(command: &mut Command, out: &Path) -> anyhow::Result<Cost> {
    empty(out)?;
    measure(command.arg("--out").arg(out), &out.with_extension("log"))
}

fn evaluate(onefold: &Path, pipeline: &PathBuf, truth: &Path) -> anyhow::Result<Ratios> {
    let mut command = Command::new(onefold);
    command.arg("evaluate").arg(pipeline);
    command.arg("--truth").arg(truth).args(["--format", "json"]);
    let output = command.output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let found: Value = serde_json::from_slice(&output.stdout)?;
    let ratio = |name: &str| {
        let ratio = found["pairwise"][name].as_f64();
        ratio.with_context(|| format!("evaluate says no {name}"))
    };
    Ok(Ratios {
        precision: ratio("precision")?,
        recall: ratio("recall")?,
        f1: ratio("f1")?,
    })
}
