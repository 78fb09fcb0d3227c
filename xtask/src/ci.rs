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
    cargo(root, "the command", "build --release --workspace --locked")?;
    browser(root)?;
    // Last, so that what the test runner says last is what is said last.
    cargo(root, "tests", "test --release --workspace --locked")
}

fn heading(name: &str) {
    eprintln!("== {name}");
}

/// The page in a browser: `tests/browser`, with Chromium and what `package-lock.json` names.
fn browser(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("tests/browser");
    let npm = |name: &str, arguments: &[&str]| {
        heading(name);
        let status = Command::new("npm")
            .args(arguments)
            .current_dir(&folder)
            .status()
            .context("the page is tested in a browser: install chromium, nodejs and npm")?;
        if !status.success() {
            bail!(
                "`npm {}` failed in {}",
                arguments.join(" "),
                folder.display()
            );
        }
        Ok(())
    };
    npm("what the browser tests need", &["ci", "--silent"])?;
    npm("the page in a browser", &["test", "--silent"])
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
