//! The `onefold` command: picks a subcommand and an exit code.

mod arguments;
mod commands;
mod output;
mod progress;
mod summary;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use output::Output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keep_freed_memory();
    let arguments = Arguments::parse();
    let output = Output::new(arguments.format);
    let done = match &arguments.command {
        Command::Run(args) => commands::run::run(args, &output),
        Command::Check(args) => commands::check::check(args, &output),
        Command::Plan(args) => commands::plan::plan(args, &output),
        Command::Test(args) => commands::test::test(args, &output),
        Command::Sessions(args) => commands::sessions::sessions(args, &output),
        Command::Schema => commands::schema::schema(&output),
    };
    ExitCode::from(done.unwrap_or_else(|error| output.fault(&error)))
}

/// Freed memory is used again for the next chunk of a file; giving it back to the system in between costs more than the work on a chunk.
fn keep_freed_memory() {
    // The option `purge_delay`; -1 turns giving back off.
    const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
    // SAFETY: sets a number in a table of options; no other thread is there yet.
    #[expect(unsafe_code, reason = "the allocator has no other interface")]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, -1);
    }
}
