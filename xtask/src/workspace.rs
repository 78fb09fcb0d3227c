//! The workspace: its folder, and what cargo says of its crates.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// The folder of the workspace in this clone: that in which this was built may be another one, where clones share what they build.
pub(crate) fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| "xtask".into());
    match Path::new(&xtask).parent() {
        Some(root) if root != Path::new("") => root.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// What `cargo metadata` says.
///
/// # Errors
/// Cargo does not start, or does not understand the workspace.
pub(crate) fn metadata(arguments: &[&str]) -> anyhow::Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(arguments)
        .current_dir(root())
        .output()
        .context("could not start `cargo metadata`")?;
    if !output.status.success() {
        bail!(
            "`cargo metadata` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).context("`cargo metadata` gave no JSON")
}

/// The packages of `cargo metadata`: name and the rest.
pub(crate) fn packages(metadata: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.map(|package| (package["name"].as_str().unwrap_or_default(), package))
}

/// Names of a package's dependencies, with those of its tests or without.
pub(crate) fn dependencies(package: &Value, with_tests: bool) -> impl Iterator<Item = &str> {
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    dependencies
        .filter(move |dependency| with_tests || dependency["kind"] != "dev")
        .filter_map(|dependency| dependency["name"].as_str())
}
