//! What runs have left in an output folder, without what differs from run to run.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::path::Path;

use anyhow::Context as _;

/// Digests of files by their path.
pub(super) type Files = BTreeMap<String, u64>;

/// What is published: all but the metrics, which tell the time.
pub(super) fn published(out: &Path) -> anyhow::Result<Files> {
    files(out, &|path| {
        !path.starts_with(".onefold/") && !path.ends_with(".prom")
    })
}

/// What a run has left in its folder besides its account, and besides the story of ids, which names the run.
pub(super) fn records(out: &Path, run: &str) -> anyhow::Result<Files> {
    let account = ["report.json", "log.jsonl", "checksums"];
    files(&out.join(".onefold/runs").join(run), &|path| {
        !account.contains(&path) && !path.ends_with(".lineage.parquet")
    })
}

/// The runs that have an account, the earliest first.
pub(super) fn runs(out: &Path) -> anyhow::Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(out.join(".onefold/runs")) else {
        return Ok(Vec::new());
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().join("report.json").exists() {
            runs.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    runs.sort();
    Ok(runs)
}

/// Whether the next run has a publication to settle.
pub(super) fn has_journal(out: &Path) -> bool {
    let journal = |name: &str| out.join(".onefold").join(name).exists();
    journal("commit.journal") || journal("undo.journal")
}

/// What no run that has ended should leave.
pub(super) fn litter(out: &Path) -> anyhow::Result<Vec<String>> {
    let home = out.join(".onefold");
    let mut left: Vec<String> = files(&home, &|path| {
        path != "lock" && (!path.starts_with("runs/") || path.ends_with(".new"))
    })?
    .into_keys()
    .collect();
    for folder in ["staging", "runs"] {
        let Ok(entries) = fs::read_dir(home.join(folder)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if folder == "staging" || !path.join("report.json").exists() {
                left.push(path.display().to_string());
            }
        }
    }
    Ok(left)
}

fn files(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> anyhow::Result<Files> {
    let mut found = Files::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        if !at.exists() {
            continue;
        }
        for entry in fs::read_dir(&at)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
            if wanted(&name) {
                let bytes = fs::read(&path);
                let bytes = bytes.with_context(|| format!("could not read {}", path.display()))?;
                found.insert(name, digest(&bytes));
            }
        }
    }
    Ok(found)
}

/// A digest of a file; of a state without the name of its run, and the checksum over it.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    if bytes.starts_with(b"onefold customer ids\t") {
        let lines = bytes.split(|byte| *byte == b'\n');
        let varies =
            |line: &[u8]| [&b"run\t"[..], b"past\t", b"end\t"].map(|w| line.starts_with(w));
        for line in lines.filter(|line| !varies(line).contains(&true)) {
            hasher.write(line);
            hasher.write_u8(b'\n');
        }
    } else {
        hasher.write(bytes);
    }
    hasher.finish()
}

/// Copies a folder.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => {
                fs::copy(entry.path(), to)?;
            }
        }
    }
    Ok(())
}

/// Replaces a folder by a copy of another.
pub(super) fn reset(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    copy(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_two_runs_are_one() {
        let state = |run: &str, id: &str| {
            format!("onefold customer ids\t1\nrun\t1\t{run}\ngiven\t1\nid\t{id}\nend\t{run}\n")
        };
        assert_eq!(
            digest(state("a", "C1").as_bytes()),
            digest(state("b", "C1").as_bytes())
        );
        assert_ne!(
            digest(state("a", "C1").as_bytes()),
            digest(state("a", "C2").as_bytes())
        );
    }
}
