//! Chores of the workspace: `cargo xtask ci`, `cargo xtask generate [--check]`, `cargo xtask bench`.

mod bench;
mod ci;
mod command_line;
mod generate;
mod rejects;
#[cfg(test)]
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  ci                  everything that must pass: formatting, lints, generated files, tests
  generate            write the files under docs/reference
  generate --check    fail where one of them is out of date
  bench [--help]      five jobs in onefold and in its peers: time, memory, and whether the results are right
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["ci"] => ci::ci(&root()),
        ["generate"] => generate::write(&root()),
        ["generate", "--check"] => generate::check(&root()),
        ["bench", ref options @ ..] => bench::bench(&root(), options),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace in this clone: that in which this was built may be another one, where clones share what they build.
fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| "xtask".into());
    match Path::new(&xtask).parent() {
        Some(root) if root != Path::new("") => root.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
