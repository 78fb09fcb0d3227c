//! `onefold run FILE`

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use onefold_engine::{Project, RunEvent, RunOptions};

use crate::arguments::{Format, RunArgs};
use crate::output::Output;
use crate::progress::Progress;
use crate::summary::summary;

pub(super) static INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub(crate) fn run(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match super::load(&args.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    run_project(
        &project,
        args.plan.input.clone(),
        args.output.clone(),
        args.threads,
        output,
    )
}

/// Runs a project and prints how it went.
pub(super) fn run_project(
    project: &Project,
    input_dir: Option<PathBuf>,
    output_dir: PathBuf,
    threads: Option<u16>,
    output: &Output,
) -> anyhow::Result<u8> {
    listen_for_interrupts();
    let progress = Progress::new(output.format == Format::Human);
    let on_event = |event: &RunEvent| progress.note(event);
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let result = project.run(&RunOptions {
        input_dir,
        output_dir: output_dir.clone(),
        threads: threads.map_or_else(processors, usize::from),
        clock: &jiff::Timestamp::now,
        on_event: &on_event,
        interrupted: &INTERRUPTED,
    });
    progress.finish();
    match result {
        Ok(report) => {
            match output.format {
                Format::Human => output.say(&summary(&report, &output_dir))?,
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

/// The first interrupt asks the run to stop between two batches; the second ends the process, which leaves the old outputs whole too.
pub(super) fn listen_for_interrupts() {
    extern "C" fn note(signal: libc::c_int) {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            #[expect(unsafe_code, reason = "the only way to leave from a signal handler")]
            // SAFETY: `_exit` may be called in a signal handler.
            unsafe {
                libc::_exit(128 + signal);
            }
        }
    }
    let handler = note as extern "C" fn(libc::c_int);
    #[expect(unsafe_code, reason = "installing a signal handler")]
    // SAFETY: the handler only touches an atomic and calls `_exit`, both allowed in a handler.
    unsafe {
        libc::signal(libc::SIGINT, handler as libc::sighandler_t);
        libc::signal(libc::SIGTERM, handler as libc::sighandler_t);
    }
}
