//! `cargo xtask faults`: whole runs of the built program that are killed, or whose calls to the system fail, and what is there afterwards.
//!
//! Each trial begins with a folder in which an earlier run has published, has left its state, and has kept its tables. It disturbs a run,
//! looks at what is there, and lets the next run go through. Three folders say what may be there: as the earlier run left it, as an
//! undisturbed run leaves it, and as one more run leaves that.

mod calls;
mod folder;
mod killed;
mod pipeline;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Parser;

use crate::bench;

/// Kills runs at random moments, and lets each of their calls to the system fail. Ends with 1 where anything is lost, half-written or left
#[derive(Parser)]
#[command(name = "cargo xtask faults")]
struct Options {
    /// What is done: `kill` kills the jobs of the benchmark, `calls` lets calls to the system fail, for which it needs `strace`
    #[arg(value_delimiter = ',', default_values = ["kill", "calls"], value_parser = ["kill", "calls"])]
    what: Vec<String>,
    /// Moments at which each job is killed
    #[arg(long, value_name = "N", default_value_t = 100)]
    moments: u64,
    /// Which jobs are killed
    #[arg(long, value_delimiter = ',', default_values = bench::JOBS, value_parser = bench::JOBS)]
    jobs: Vec<String>,
    /// Customers in their inputs
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(10..))]
    people: u64,
    /// Where their inputs are made and found again. Default: `bench` in cargo's target folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which moments are chosen
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Calls that fail
    #[arg(long, value_delimiter = ',', default_values = calls::CALLS)]
    calls: Vec<String>,
    /// How they fail
    #[arg(long, value_delimiter = ',', default_values = ["EIO", "ENOSPC"])]
    errors: Vec<String>,
}

/// Builds onefold and disturbs its runs.
///
/// # Errors
/// What was lost, half-written or left, or why a trial could not be made.
pub(crate) fn faults(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let name = ["cargo xtask faults"].iter();
    let options = Options::parse_from(name.chain(arguments));
    let xtask = std::env::current_exe()?;
    let release = xtask.parent().context("a program is in a folder")?;
    let target = release.parent().context("a release is in a folder")?;
    bench::build(root, target)?;
    let program = release.join("onefold");
    let data = options.data.clone().unwrap_or_else(|| target.join("bench"));
    let data = std::path::absolute(data)?;
    let work = target.join("faults");

    let mut wrong = Vec::new();
    if options.what.iter().any(|what| what == "kill") {
        for job in &options.jobs {
            let inputs = |people: u64| -> anyhow::Result<PathBuf> {
                let folder = data.join(format!("people-{people}"));
                bench::make_inputs(job, people, &folder)?;
                Ok(folder.join(job))
            };
            let job = killed::Job {
                name: job,
                pipeline: pipeline::with_state(job, &root.join(format!("bench/{job}.yaml")))?,
                before: inputs(options.people / 10)?,
                now: inputs(options.people)?,
            };
            let (moments, seed) = (options.moments, options.seed);
            wrong.extend(killed::trials(&program, &job, &work, moments, seed)?);
        }
    }
    if options.what.iter().any(|what| what == "calls") {
        for call in &options.calls {
            for error in &options.errors {
                wrong.extend(calls::trials(&program, &work, call, error)?);
            }
        }
    }
    if !wrong.is_empty() {
        bail!("{} trials are wrong\n{}", wrong.len(), wrong.join("\n"));
    }
    Ok(())
}
