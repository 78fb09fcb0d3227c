//! The `onefold` command: picks a subcommand and an exit code.

mod arguments;
mod boxes;
mod commands;
mod examples;
mod mistyped;
mod output;
mod panics;
mod progress;
mod signals;
mod summary;
mod whole;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use output::Output;

#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Freed memory is used again for the next chunk of a file: giving it back to the system and fetching it again costs more than the work
/// on a chunk. One arena has it all: batches go from thread to thread, and an arena whose last thread ends gives back what is free. How
/// large the pages are is left to the system: where it is a guest, large ones that nobody has used lately have to be fetched from the host.
#[cfg(not(target_env = "msvc"))]
#[expect(unsafe_code, reason = "where the allocator looks for its options")]
// SAFETY: the allocator declares this symbol as a pointer to text that ends with a zero, which a reference to an array of bytes is.
#[unsafe(export_name = "_rjem_malloc_conf")]
pub static ALLOCATOR_OPTIONS: &[u8; 67] =
    b"narenas:1,oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1\0";

fn main() -> ExitCode {
    panics::remember();
    let arguments = Arguments::try_parse().unwrap_or_else(|error| mistyped::explain(error).exit());
    let output = Output::new(&arguments);
    let code = match panics::caught(|| run(&arguments, &output)) {
        Some(Ok(code)) => code,
        Some(Err(error)) => output.fault(&error),
        None => output.panicked(),
    };
    ExitCode::from(code)
}

fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<u8> {
    match &arguments.command {
        Command::Init(args) => commands::init::init(args, output),
        Command::Resolve(args) => commands::resolve::resolve(args, output),
        Command::Run(args) => commands::run::run(args, output),
        Command::Check(args) => commands::check::check(args, output),
        Command::Plan(args) => commands::plan::plan(args, output),
        Command::Test(args) => commands::test::test(args, output),
        Command::Sessions(args) => commands::sessions::sessions(args, output),
        Command::Show(args) => commands::show::show(args, output),
        Command::Evaluate(args) => commands::evaluate::evaluate(args, output),
        Command::Explain(args) => commands::explain::explain(args, output),
        Command::Decide(args) => commands::decide::decide(args, output),
        Command::ResolveId(args) => commands::resolve_id::resolve_id(args, output),
        Command::Runs(args) => commands::runs::runs(args, output),
        Command::Diff(args) => commands::diff::run(args, output),
        Command::Query(args) => commands::query::query(args, output),
        Command::Subject(command) => commands::subject::subject(command, output),
        Command::Trace(args) => commands::trace::trace(args, output),
        Command::Rejects(args) => commands::rejects::rejects(args, output),
        Command::Serve(args) => commands::serve::serve(args, output),
        Command::Schema => commands::schema::schema(output),
        Command::Completions(args) => commands::completions::completions(args, output),
        Command::Man(args) => commands::man::man(args, output),
    }
}
