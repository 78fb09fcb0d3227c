//! Runs of which one call to the system fails, by `strace`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use super::folder;
use super::pipeline::{INPUTS, SMALL, run};

/// Calls by which a run reads and changes files.
pub(super) const CALLS: [&str; 25] = [
    "openat",
    "read",
    "pread64",
    "write",
    "fsync",
    "rename",
    "linkat",
    "mkdir",
    "unlink",
    "unlinkat",
    "rmdir",
    "ftruncate",
    "chmod",
    "fchmod",
    "flock",
    "statx",
    "newfstatat",
    "getdents64",
    "lseek",
    "readlink",
    "sync_file_range",
    "copy_file_range",
    "clone3",
    "pwrite64",
    "fdatasync",
];

/// Beyond this, a call fails in vain: no run has so many.
const MOST: usize = 1000;

/// Lets the first call fail, then the second, and so on until there are no more; what is wrong.
///
/// Calls are counted by thread, so a trial may have more than one that fails.
pub(super) fn trials(
    program: &Path,
    work: &Path,
    call: &str,
    error: &str,
) -> anyhow::Result<Vec<String>> {
    let [before, new, work] = ["before", "new", "work"].map(|name| work.join("calls").join(name));
    if before.exists() {
        fs::remove_dir_all(&before)?;
    }
    fs::create_dir_all(&before)?;
    fs::write(before.join("p.yaml"), SMALL)?;
    let here = Path::new(".");
    let undisturbed = |folder: &Path| -> anyhow::Result<()> {
        let output = run(program, folder, here).output()?;
        match output.status.success() {
            true => Ok(()),
            false => bail!("{}", String::from_utf8_lossy(&output.stderr).trim()),
        }
    };
    for (name, text, _) in INPUTS {
        fs::write(before.join(name), text)?;
    }
    undisturbed(&before)?;
    for (name, _, text) in INPUTS {
        fs::write(before.join(name), text)?;
    }
    folder::reset(&before, &new)?;
    undisturbed(&new)?;
    let outputs = |folder: &Path| folder::published(&folder.join("out"));
    let records = |folder: &Path, nth: usize| -> anyhow::Result<folder::Files> {
        let out = folder.join("out");
        match folder::runs(&out)?.get(nth) {
            Some(id) => folder::records(&out, id),
            None => Ok(folder::Files::new()),
        }
    };
    let (old_outputs, old_records) = (outputs(&before)?, records(&before, 0)?);
    let (new_outputs, new_records) = (outputs(&new)?, records(&new, 1)?);

    let mut wrong = Vec::new();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let log = work.with_extension("strace");
    for nth in 1..=MOST {
        folder::reset(&before, &work)?;
        let mut command = Command::new("strace");
        command.args(["-f", "-o"]).arg(&log);
        command.args(["-e", &format!("trace={call}")]);
        command.args(["-e", &format!("inject={call}:error={error}:when={nth}")]);
        let plain = run(program, &work, here);
        command.arg(plain.get_program()).args(plain.get_args());
        command.args(["--threads", "1"]).current_dir(&work);
        let output = command.output().context("could not start `strace`")?;
        let traced = fs::read(&log)?;
        let traced = String::from_utf8_lossy(&traced);
        if !traced.contains("(INJECTED)") {
            break;
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        let mut faults = Vec::new();
        let found = outputs(&work)?;
        match code {
            Some(0) if found != new_outputs => {
                faults.push("success without the outputs".to_owned())
            }
            Some(0) if records(&work, 1)? != new_records => {
                faults.push("success without the records".to_owned());
            }
            // Before the program begins, the system says what is wrong.
            Some(0 | 2 | 3 | 4 | 127) => {}
            _ => faults.push(format!("{}: {}", output.status, said.trim())),
        }
        if code != Some(0) && found != old_outputs && !folder::has_journal(&work.join("out")) {
            faults.push(format!("the outputs have changed: {}", said.trim()));
        }
        if records(&work, 0)? != old_records {
            faults.push("what the run before had kept has changed".to_owned());
        }
        match undisturbed(&work) {
            Err(error) => faults.push(format!("the next run fails: {error:#}")),
            // After a success it is one more run, in which nothing happens to customers.
            Ok(()) if code != Some(0) && outputs(&work)? != new_outputs => {
                faults.push("the next run makes other outputs".to_owned());
            }
            Ok(()) => {}
        }
        let litter = folder::litter(&work.join("out"))?;
        if !litter.is_empty() {
            faults.push(format!("left: {}", litter.join(", ")));
        }
        let code = code.map_or("killed".to_owned(), |code| code.to_string());
        *codes.entry(code).or_default() += 1;
        wrong.extend(
            faults
                .into_iter()
                .map(|fault| format!("{call} {nth} {error}: {fault}")),
        );
    }
    let codes = codes
        .iter()
        .map(|(code, n)| format!("{n} with exit code {code}"));
    let codes: Vec<String> = codes.collect();
    eprintln!(
        "{call} {error}: {}; {} wrong",
        codes.join(", "),
        wrong.len()
    );
    Ok(wrong)
}
