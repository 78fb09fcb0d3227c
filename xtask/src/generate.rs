//! `cargo xtask generate`: the reference manual and the JSON Schema, from the tables that the program itself works with.

use std::path::Path;

use anyhow::{Context, bail};

use crate::{command_line, rejects};

const MARK: &str = "<!-- Made by `cargo xtask generate`; edit the code instead. -->\n\n";

/// The generated files: path from the root of the workspace, and what belongs into it.
pub(crate) fn files() -> anyhow::Result<Vec<(&'static str, String)>> {
    let schema = serde_json::to_string_pretty(&onefold_spec::json_schema())?;
    Ok(vec![
        (
            "docs/reference/pipeline.md",
            format!("{MARK}{}", onefold_spec::reference()),
        ),
        ("docs/reference/onefold.schema.json", schema + "\n"),
        (
            "docs/reference/rejects.md",
            format!("{MARK}{}", rejects::manual()),
        ),
        (
            "docs/reference/command-line.md",
            format!("{MARK}{}", command_line::manual()),
        ),
    ])
}

/// Writes the files.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    for (path, text) in files()? {
        let full = root.join(path);
        if let Some(folder) = full.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not create {}", folder.display()))?;
        }
        std::fs::write(&full, text).with_context(|| format!("could not write {path}"))?;
        eprintln!("wrote {path}");
    }
    Ok(())
}

/// Compares the files with what belongs into them.
///
/// # Errors
/// The files that differ, all of them.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    let stale: Vec<&str> = files()?
        .into_iter()
        .filter(|(path, text)| std::fs::read_to_string(root.join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    if !stale.is_empty() {
        bail!(
            "out of date: {}; run `cargo xtask generate`",
            stale.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_by_a_byte_is_out_of_date() {
        let root = std::env::temp_dir().join(format!("onefold-xtask-{}", std::process::id()));
        write(&root).unwrap();
        check(&root).unwrap();
        let (path, text) = files().unwrap().remove(0);
        std::fs::write(root.join(path), format!("{text} ")).unwrap();
        let error = check(&root).unwrap_err().to_string();
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(
            error,
            format!("out of date: {path}; run `cargo xtask generate`")
        );
    }
}
