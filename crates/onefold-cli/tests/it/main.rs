//! The `onefold` command, run as a user runs it: real files, real processes.
//!
//! `ONEFOLD_BLESS=1 cargo test` writes down what the command does now; the difference is then there to be judged.

mod asking;
mod badinput;
mod bombs;
mod cases;
mod command;
mod commands;
mod damaged;
mod decisions;
mod examples;
mod faults;
mod freshness;
mod graphs;
mod guide;
mod init;
mod inputs;
mod killed;
mod leaks;
mod limits;
mod masks;
mod memory;
mod messages;
mod partitions;
mod queries;
mod resolve;
mod runs;
mod sandbox;
mod shell;
mod show;
mod stability;
mod states;
mod stdin;
mod subject;
mod testing;
mod tracing;
mod workbooks;
mod yaml;

/// The folder of this package in the clone that is tested. Not as it was when this was built: clones may share what they build.
fn package() -> std::path::PathBuf {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR");
    folder.expect("cargo runs the tests").into()
}
