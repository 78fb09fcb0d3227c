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
