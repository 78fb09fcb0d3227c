//! `onefold run FILE`

use std::path::PathBuf;

use onefold_engine::{Keep, MemoryLimit, Project, RunEvent, RunOptions};

use super::dry_run::dry_run;
use super::pipeline;
use crate::arguments::{Format, Kept, RunArgs};
use crate::output::Output;
use crate::progress::Progress;
use crate::signals;
use crate::summary::summary;

pub(crate) fn run(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    if args.dry_run {
        return dry_run(args, &project, output);
    }
    run_project(
        &project,
        args.plan.input.clone(),
        args.output.clone(),
        Means {
            threads: args.threads,
            memory: args.memory,
            new_ids: args.new_ids,
            keep_runs: args.keep_runs,
            keep: match args.keep {
                Kept::None => Keep::None,
                Kept::Outputs => Keep::Outputs,
                Kept::All => Keep::All,
            },
        },
        output,
    )
}

/// What a run may use and leave.
pub(super) struct Means {
    /// Threads; `None`: one a processor.
    pub(super) threads: Option<u16>,
    /// Bytes of memory; `None`: as many as there are.
    pub(super) memory: Option<u64>,
    /// Whether states are not read.
    pub(super) new_ids: bool,
    /// Runs whose records stay.
    pub(super) keep_runs: usize,
    /// Tables that stay in the folder of the run.
    pub(super) keep: Keep,
}

/// Runs a project and prints how it went.
pub(super) fn run_project(
    project: &Project,
    input_dir: Option<PathBuf>,
    output_dir: PathBuf,
    means: Means,
    output: &Output,
) -> anyhow::Result<u8> {
    let interrupted = signals::interrupted()?;
    let progress = Progress::new(output);
    let on_event = |event: &RunEvent| progress.note(event);
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let result = project.run(&RunOptions {
        input_dir,
        output_dir: output_dir.clone(),
        keep: means.keep,
        state_dir: Some(output_dir.clone()),
        new_ids: means.new_ids,
        threads: means.threads.map_or_else(processors, usize::from),
        clock: &now,
        on_event: &on_event,
        keep_runs: means.keep_runs,
        interrupted: &interrupted,
        stdin: Some(|| Box::new(std::io::stdin())),
        memory: means.memory.map(|bytes| MemoryLimit { bytes, held: &held }),
    });
    progress.finish();
    match result {
        Ok(report) => {
            match output.format {
                Format::Human => {
                    let text = summary(&report, project.pipeline(), &output_dir, output.colour);
                    output.tell(&text)?;
                }
                Format::Json => output.say(&format!("{}\n", serde_json::to_string(&report)?))?,
            }
            Ok(match &report.refused {
                None => 0,
                Some(why) => output.refused(why),
            })
        }
        Err(error) => Ok(output.project_error(&error, project)),
    }
}

/// The time of day.
pub(super) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// The most memory that the process has held, in bytes. It is what it holds: freed memory is kept for later use.
#[cfg(target_os = "linux")]
pub(super) fn held() -> u64 {
    // Not `getrusage`: that remembers what held memory before this program was started in its place.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// The most memory that the process has held, in bytes. It is what it holds: freed memory is kept for later use.
#[cfg(not(target_os = "linux"))]
pub(super) fn held() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    #[expect(unsafe_code, reason = "the standard library does not tell")]
    // SAFETY: `getrusage` writes a whole `rusage`, of which all zeros is one too.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(usage.ru_maxrss).unwrap_or(0) * unit
}
