//! `cargo xtask generate`: the reference manual and the JSON Schema, from the tables that the program itself works with, and the
//! directions between crates in `ARCHITECTURE.md`, from what cargo says.

use std::path::Path;

use anyhow::{Context, bail};

use crate::{command_line, directions, rejects, workspace};

const MARK: &str = "<!-- Made by `cargo xtask generate`; edit the code instead. -->\n\n";

/// The document with the list of directions, and what stands around the list in it.
const MAP: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- Directions, made by `cargo xtask generate`: -->\n";
const END: &str = "<!-- End of directions. -->\n";

/// The generated files: path from the root of the workspace, and what belongs into it.
///
/// # Errors
/// The document that is generated in part cannot be read or has no place for that part.
fn files(root: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
    let map =
        std::fs::read_to_string(root.join(MAP)).with_context(|| format!("could not read {MAP}"))?;
    let directions = directions::list(&workspace::metadata(&["--no-deps"])?);
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
        (MAP, between(&map, &directions)?),
    ])
}

/// The document with this between its marks.
fn between(document: &str, part: &str) -> anyhow::Result<String> {
    let parts = document.split_once(BEGIN);
    let parts = parts.and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) = parts.with_context(|| {
        format!(
            "{MAP} has no line `{}` with `{}` below it",
            BEGIN.trim_end(),
            END.trim_end()
        )
    })?;
    Ok(format!("{head}{BEGIN}{part}{END}{tail}"))
}

/// Writes the files.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    for (path, text) in files(root)? {
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
    let stale: Vec<&str> = files(root)?
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
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join(MAP), format!("# Map\n{BEGIN}old\n{END}more\n")).unwrap();
        let stale = check(&root).unwrap_err().to_string();
        assert!(
            stale.contains("pipeline.md") && stale.contains(MAP),
            "{stale}"
        );
        write(&root).unwrap();
        check(&root).unwrap();
        let map = std::fs::read_to_string(root.join(MAP)).unwrap();
        assert!(
            map.starts_with("# Map\n") && map.ends_with("more\n"),
            "{map}"
        );
        assert!(map.contains("\nvalues -> nothing of ours\n"), "{map}");
        let (path, text) = files(&root).unwrap().remove(0);
        std::fs::write(root.join(path), format!("{text} ")).unwrap();
        let error = check(&root).unwrap_err().to_string();
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(
            error,
            format!("out of date: {path}; run `cargo xtask generate`")
        );
    }
}
