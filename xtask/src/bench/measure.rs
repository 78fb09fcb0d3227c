//! What a process takes: wall time, and the memory that it had at most.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

#[derive(Clone, Copy)]
pub(super) struct Cost {
    pub(super) seconds: f64,
    /// Largest resident memory, in millions of bytes.
    pub(super) megabytes: f64,
}

/// Runs a program to its end; what it says goes to `log`.
///
/// # Errors
/// A program that cannot be started, or that fails: with the end of what it said.
pub(super) fn measure(command: &mut Command, log: &Path) -> anyhow::Result<Cost> {
    let said = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    command
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said);
    let start = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("could not start {}", command.get_program().display()))?;
    let (status, peak) = wait(child.id())?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let end = lines[lines.len().saturating_sub(10)..].join("\n");
        bail!("{status}\n{end}");
    }
    // A parent larger than its child would show in here: what needs memory is done by processes of their own.
    Ok(Cost {
        seconds,
        megabytes: peak as f64 / 1e6,
    })
}

/// Waits for a process that this one has started and nobody else waits for. Returns how it ended, and its peak memory in bytes.
fn wait(process: u32) -> anyhow::Result<(ExitStatus, u64)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    #[expect(
        unsafe_code,
        reason = "the standard library does not say what a child has used"
    )]
    // SAFETY: both pointers are to live memory of the right types; zeroes are a valid `rusage`, so that it may be read even where
    // the call fails.
    let (waited, usage) = unsafe {
        let waited = libc::wait4(
            process as libc::pid_t,
            &raw mut status,
            0,
            usage.as_mut_ptr(),
        );
        (waited, usage.assume_init())
    };
    if waited < 0 {
        return Err(std::io::Error::last_os_error()).context("could not wait for a process");
    }
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let status = std::os::unix::process::ExitStatusExt::from_raw(status);
    Ok((status, usage.ru_maxrss as u64 * unit))
}

/// Makes a folder anew.
pub(super) fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not create {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name` is that of the log: tests run at the same time.
    fn shell(name: &str, script: &str) -> anyhow::Result<Cost> {
        let log = format!("onefold-measure-{name}-{}", std::process::id());
        let log = std::env::temp_dir().join(log);
        measure(Command::new("sh").args(["-c", script]), &log)
    }

    #[test]
    fn time_and_memory_are_those_of_the_process() {
        let cost = shell("quiet", "sleep 0.2").unwrap();
        assert!((0.2..20.0).contains(&cost.seconds), "{}", cost.seconds);
        assert!((0.1..1e5).contains(&cost.megabytes), "{}", cost.megabytes);
    }

    #[test]
    fn a_program_that_fails_says_why() {
        let error = shell("failed", "echo nothing to read >&2; exit 3")
            .err()
            .unwrap();
        let error = error.to_string();
        assert!(
            error.contains('3') && error.contains("nothing to read"),
            "{error}"
        );
    }
}
