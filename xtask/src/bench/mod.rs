//! `cargo xtask bench`: the five jobs of `bench/*.yaml` in onefold and in its peers, on the same inputs, with every result checked.

mod figures;
mod generate;
mod identity;
mod measure;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Parser;
use serde_json::{Map, Value};

pub(crate) use generate::Random;
use measure::{Cost, empty, measure};

pub(crate) const JOBS: [&str; 5] = ["clickstream", "stream", "sessions", "master", "c360"];
/// Packages of Python; each has its jobs in `bench/peers/PACKAGE_jobs.py`.
const PEERS: [&str; 3] = ["polars", "duckdb", "chdb"];

/// Runs five jobs in onefold and in its peers, and compares time and memory. Ends with 1 where a result is wrong.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Options {
    /// Customers in the inputs; a million are 3.7 GB. Of several numbers, such as 100000,1000000, how time and memory grow is told too
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1_000_000], value_parser = clap::value_parser!(u64).range(1..))]
    people: Vec<u64>,
    /// What is run
    #[arg(long, value_delimiter = ',', default_values = JOBS, value_parser = JOBS)]
    jobs: Vec<String>,
    /// How often; the median counts
    #[arg(long, value_name = "R", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// Whom to compare with; chdb is ClickHouse, `none` is nobody
    #[arg(long, value_delimiter = ',', default_values = PEERS, value_parser = [PEERS[0], PEERS[1], PEERS[2], "none"])]
    peers: Vec<String>,
    /// The Python that has the peers' packages
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Where inputs are made and found again. Default: `bench` in cargo's target folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Find the people in records with a known truth instead, and print how many links are right
    #[arg(long)]
    identity: bool,
    /// Make the inputs and run nothing
    #[arg(long)]
    generate_only: bool,
}

/// Makes the inputs that are missing, builds onefold, runs everything and prints the table.
///
/// # Errors
/// Inputs that cannot be made, a build that fails, or the results that are wrong.
pub(crate) fn bench(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let name = ["cargo xtask bench"].iter();
    let options = Options::parse_from(name.chain(arguments));
    let xtask = std::env::current_exe()?;
    let release = xtask.parent().context("a program is in a folder")?;
    let target = release.parent().context("a release is in a folder")?;
    let built = target.join("bench");
    let data = options.data.clone().unwrap_or_else(|| built.clone());
    let data = std::path::absolute(data)?;
    if options.identity {
        build(root, target)?;
        let (sets, out) = (root.join("bench/identity"), built.join("identity"));
        let text = identity::identity(&release.join("onefold"), &sets, &out, options.runs)?;
        return print(&text);
    }
    let folder = |people: u64| data.join(format!("people-{people}"));

    let mut is_missing = false;
    for people in &options.people {
        let jobs = options.jobs.iter().map(String::as_str);
        let missing: Vec<&str> = jobs
            .filter(|job| generate::facts(job, *people, &folder(*people)).is_none())
            .collect();
        if options.generate_only {
            generate::generate(&missing, *people, &folder(*people))?;
        } else if !missing.is_empty() {
            is_missing = true;
            let folder = folder(*people);
            eprintln!(
                "making inputs in {}: {}",
                folder.display(),
                missing.join(", ")
            );
        }
    }
    if options.generate_only {
        return Ok(());
    }
    if is_missing {
        // In a process of its own: the memory of this one would show in what it measures.
        succeed(
            Command::new(&xtask)
                .args(["bench", "--generate-only"])
                .args(arguments),
        )?;
    }
    build(root, target)?;

    let mut programs = vec![Program::Onefold(release.join("onefold"))];
    programs.extend(peers(root, &options));
    let names: Vec<&str> = programs.iter().map(Program::name).collect();
    let mut wrong = Vec::new();
    let mut tables = Vec::new();
    for people in &options.people {
        let mut lines = Vec::new();
        for job in &options.jobs {
            let data = folder(*people);
            let facts = generate::facts(job, *people, &data)
                .with_context(|| format!("no inputs for {job} in {}", data.display()))?;
            let job = Job {
                name: job,
                pipeline: root.join(format!("bench/{job}.yaml")),
                data: data.join(job),
                out: built.join("out"),
                facts,
            };
            let input = read_once(&job.data)?;
            let costs = compare(&job, &programs, options.runs, &mut wrong)?;
            lines.push(table::Line::of(job.name, input, &costs));
            eprintln!();
        }
        print(&format!(
            "{people} customers\n\n{}\n",
            table::table(&names, &lines)
        ))?;
        tables.push((*people, lines));
    }
    print(&table::growth(&tables))?;
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// Builds onefold.
pub(crate) fn build(root: &Path, target: &Path) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "-p", "onefold-cli"]);
    command.arg("--target-dir").arg(target);
    succeed(command.current_dir(root))
}

/// Makes the inputs of a job for so many people in `folder/JOB`, where they are missing.
pub(crate) fn make_inputs(job: &str, people: u64, folder: &Path) -> anyhow::Result<()> {
    match generate::facts(job, people, folder) {
        Some(_) => Ok(()),
        None => generate::generate(&[job], people, folder),
    }
}

/// What is run, where its inputs are, and what has to come out.
struct Job<'a> {
    name: &'a str,
    pipeline: PathBuf,
    data: PathBuf,
    out: PathBuf,
    facts: Map<String, Value>,
}

enum Program {
    Onefold(PathBuf),
    Peer {
        name: String,
        python: PathBuf,
        script: PathBuf,
    },
}

impl Program {
    fn name(&self) -> &str {
        match self {
            Self::Onefold(_) => "onefold",
            Self::Peer { name, .. } => name,
        }
    }

    fn command(&self, job: &Job<'_>) -> Command {
        match self {
            Self::Onefold(path) => {
                let mut command = Command::new(path);
                command.arg("run").arg(&job.pipeline);
                command
                    .arg("--in")
                    .arg(&job.data)
                    .arg("--out")
                    .arg(&job.out);
                command
            }
            Self::Peer { python, script, .. } => {
                let mut command = Command::new(python);
                command
                    .arg(script)
                    .arg(job.name)
                    .arg(&job.data)
                    .arg(&job.out);
                command
            }
        }
    }
}

/// The peers that are asked for and can be run here.
fn peers(root: &Path, options: &Options) -> Vec<Program> {
    let asked = options.peers.iter().filter(|name| *name != "none");
    asked
        .filter(|name| {
            let import = format!("import {name}");
            let found = Command::new(&options.python).args(["-c", &import]).output();
            let found = found.is_ok_and(|output| output.status.success());
            if !found {
                eprintln!(
                    "{name} is left out: {} cannot import it",
                    options.python.display()
                );
            }
            found
        })
        .map(|name| Program::Peer {
            name: name.clone(),
            python: options.python.clone(),
            script: root.join(format!("bench/peers/{name}_jobs.py")),
        })
        .collect()
}

/// Runs a job in all programs in turn, so that what changes on the machine changes for all of them. Returns the costs of each; the
/// first result of each is checked, and what is wrong is added to `wrong`.
fn compare(
    job: &Job<'_>,
    programs: &[Program],
    runs: u64,
    wrong: &mut Vec<String>,
) -> anyhow::Result<Vec<Vec<Cost>>> {
    let onefold = programs.iter().find_map(|program| match program {
        Program::Onefold(path) => Some(path.as_path()),
        Program::Peer { .. } => None,
    });
    let onefold = onefold.context("onefold is among the programs")?;
    let mut costs = vec![Vec::new(); programs.len()];
    for run in 0..runs {
        for (program, costs) in programs.iter().zip(&mut costs) {
            let name = format!("{} {}", job.name, program.name());
            empty(&job.out)?;
            let cost = match measure(&mut program.command(job), &job.out.with_extension("log")) {
                Ok(cost) => cost,
                Err(error) => {
                    wrong.push(format!("{name}: {error:#}"));
                    continue;
                }
            };
            eprintln!("{name}: {:.2} s, {:.0} MB", cost.seconds, cost.megabytes);
            costs.push(cost);
            if run == 0 {
                let faults = match figures::figures(job.name, &job.out, onefold) {
                    Ok(found) => faults(&found, &job.facts),
                    Err(error) => vec![format!("{error:#}")],
                };
                wrong.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
            }
        }
    }
    std::fs::remove_dir_all(&job.out)?;
    Ok(costs)
}

/// The figures that are not as they must be.
fn faults(found: &generate::Facts, facts: &Map<String, Value>) -> Vec<String> {
    let expected = |name: &str| facts.get(name).and_then(Value::as_u64);
    let wrong = found
        .iter()
        .filter(|(name, figure)| expected(name) != Some(*figure));
    wrong
        .map(|(name, figure)| match expected(name) {
            Some(expected) => format!("{name} is {figure}, should be {expected}"),
            None => format!("nothing is known of {name}"),
        })
        .collect()
}

/// Reads all inputs, so that nobody pays for the disk because of being first. Returns how many bytes they have.
fn read_once(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.ends_with("facts.json") {
            bytes += std::io::copy(&mut std::fs::File::open(path)?, &mut std::io::sink())?;
        }
    }
    Ok(bytes)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().display().to_string();
    let status = command
        .status()
        .with_context(|| format!("could not start {program}"))?;
    if !status.success() {
        bail!("{program} failed");
    }
    Ok(())
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(std::io::Write::write_all(
        &mut std::io::stdout(),
        text.as_bytes(),
    )?)
}
