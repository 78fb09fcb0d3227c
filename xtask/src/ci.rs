//! `cargo xtask ci`: everything that must pass before a change is merged, cheapest first and the tests last.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::generate;

/// Runs all checks; the first that fails ends it.
///
/// # Errors
/// The check that failed.
pub(crate) fn ci(root: &Path) -> anyhow::Result<()> {
    cargo(root, "formatting", "fmt --all --check")?;
    heading("generated files");
    generate::check(root)?;
    cargo(
        root,
        "lints",
        "clippy --release --workspace --all-targets --locked -- -D warnings",
    )?;
    // Last, so that what the test runner says last is what is said last.
    cargo(root, "tests", "test --release --workspace --locked")
}

fn heading(name: &str) {
    eprintln!("== {name}");
}

fn cargo(root: &Path, name: &str, arguments: &str) -> anyhow::Result<()> {
    heading(name);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments.split(' '))
        .current_dir(root)
        .status()
        .with_context(|| format!("could not start `cargo {arguments}`"))?;
    if !status.success() {
        bail!("`cargo {arguments}` failed");
    }
    Ok(())
}
