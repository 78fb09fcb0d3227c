//! Runs of the benchmark's jobs that are killed.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::folder::{self, Files};
use super::pipeline::run;
use crate::bench::Random;

/// A job, with the inputs of the run before and of the run that is killed.
pub(super) struct Job<'a> {
    pub(super) name: &'a str,
    pub(super) pipeline: String,
    pub(super) before: PathBuf,
    pub(super) now: PathBuf,
}

/// What a run leaves.
#[derive(PartialEq)]
struct Left {
    published: Files,
    records: Files,
}

impl Left {
    /// What the last run in a folder has left.
    fn of(out: &Path) -> anyhow::Result<Self> {
        let runs = folder::runs(out)?;
        let last = runs.last().context("there is no run")?;
        Ok(Self {
            published: folder::published(out)?,
            records: folder::records(out, last)?,
        })
    }

    /// The files that another run has left otherwise.
    fn other_than(&self, other: &Self) -> Vec<String> {
        let all = |left: &Self| -> Files {
            let records = left.records.iter();
            let records = records.map(|(path, digest)| (format!("RUN/{path}"), *digest));
            left.published.clone().into_iter().chain(records).collect()
        };
        let (a, b) = (all(self), all(other));
        let paths = a
            .keys()
            .chain(b.keys().filter(|path| !a.contains_key(*path)));
        let differs = paths.filter(|path| a.get(*path) != b.get(*path));
        differs.cloned().collect()
    }
}

/// Kills runs of a job; what is wrong.
pub(super) fn trials(
    program: &Path,
    job: &Job<'_>,
    work: &Path,
    moments: u64,
    seed: u64,
) -> anyhow::Result<Vec<String>> {
    let work = work.join(job.name);
    let [before, work] = [work.join("before"), work.join("work")];
    for folder in [&before, &work] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    fs::create_dir_all(&before)?;
    fs::write(before.join("p.yaml"), &job.pipeline)?;
    done(&mut run(program, &before, &job.before))?;
    let old = folder::published(&before.join("out"))?;

    // What undisturbed runs leave: one after the run before, and one more.
    let out = work.join("out");
    folder::reset(&before, &work)?;
    let start = Instant::now();
    done(&mut run(program, &work, &job.now))?;
    let took = start.elapsed();
    let new = Left::of(&out)?;
    done(&mut run(program, &work, &job.now))?;
    let later = Left::of(&out)?;
    if new.published == old {
        bail!("{} makes the same of both inputs", job.name);
    }

    let mut wrong = Vec::new();
    let (mut killed, mut kept_old, mut half_way, mut made_new) = (0, 0, 0, 0);
    let mut random = Random::new(seed);
    for moment in 0..moments {
        // A third of the moments are at the end, where runs publish.
        let micros = took.as_micros() as u64;
        let at = match moment % 3 {
            0 => micros * 9 / 10 + random.below(micros / 5),
            _ => random.below(micros),
        };
        folder::reset(&before, &work)?;
        let mut command = run(program, &work, &job.now);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        std::thread::sleep(Duration::from_micros(at));
        child.kill()?;
        killed += u64::from(child.wait()?.signal() == Some(9));

        let mut faults = Vec::new();
        let found = folder::published(&out)?;
        let has_journal = folder::has_journal(&out);
        let is_new = found == new.published;
        match (has_journal, found == old, is_new) {
            (true, ..) => half_way += 1,
            (false, true, _) => kept_old += 1,
            (false, _, true) => made_new += 1,
            (false, false, false) => faults.push("outputs are neither old nor new".to_owned()),
        }
        let has_account = folder::runs(&out)?.len() == 2;
        if !has_journal && has_account != is_new {
            faults.push("outputs and account are of different runs".to_owned());
        }
        if let Err(error) = done(&mut run(program, &work, &job.now)) {
            faults.push(format!("the next run fails: {error:#}"));
        } else {
            // The next run completes what was half-way, and then is one more.
            let expected = match folder::runs(&out)?.len() {
                2 => &new,
                _ => &later,
            };
            let differs = expected.other_than(&Left::of(&out)?);
            if !differs.is_empty() {
                faults.push(format!("the next run makes other {}", differs.join(", ")));
            }
            let litter = folder::litter(&out)?;
            if !litter.is_empty() {
                faults.push(format!("left: {}", litter.join(", ")));
            }
        }
        let name = job.name;
        wrong.extend(faults.into_iter().map(|fault| {
            format!("{name}, killed after {at} µs (seed {seed}, moment {moment}): {fault}")
        }));
    }
    eprintln!(
        "{}: {moments} moments in {took:.2?}, {killed} killed: {kept_old} with the old outputs, {half_way} half-way, {made_new} with the new ones; {} wrong",
        job.name,
        wrong.len()
    );
    Ok(wrong)
}

/// Lets a program run to its end.
fn done(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {}", output.status, said.trim());
    }
    Ok(())
}
