//! Chores of the workspace: `cargo xtask ci`, `cargo xtask generate [--check]`, `cargo xtask bench`, `cargo xtask faults`.

mod bench;
mod ci;
mod command_line;
mod directions;
mod faults;
mod generate;
mod rejects;
#[cfg(test)]
mod tidy;
mod workspace;

use std::process::ExitCode;

use workspace::root;

const USAGE: &str = "\
usage: cargo xtask <command>

  ci                  everything that must pass: formatting, lints, generated files, tests
  generate            write the files under docs/reference, and the directions in ARCHITECTURE.md
  generate --check    fail where one of them is out of date
  bench [--help]      five jobs in onefold and in its peers: time, memory, and whether the results are right
  faults [--help]     runs that are killed, and runs whose calls to the system fail: whether anything is lost
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["ci"] => ci::ci(&root()),
        ["generate"] => generate::write(&root()),
        ["generate", "--check"] => generate::check(&root()),
        ["bench", ref options @ ..] => bench::bench(&root(), options),
        ["faults", ref options @ ..] => faults::faults(&root(), options),
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
