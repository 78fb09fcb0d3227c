//! What the documents name exists, and what they tell people to type can be typed.

use std::path::{Path, PathBuf};

use super::{files, metadata, packages, read};

/// Commands in the fenced blocks of a document that are marked as shell.
fn commands(document: &str) -> Vec<&str> {
    let blocks = document.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    lines
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// Why a command cannot be typed at the root of the workspace.
fn fault(command: &str, crates: &[String]) -> Option<String> {
    let root = crate::root();
    let words: Vec<&str> = command.split_whitespace().collect();
    let after = |option: &str| {
        words
            .iter()
            .position(|w| *w == option)
            .and_then(|i| words.get(i + 1))
    };
    match words[..] {
        ["cargo", "xtask", chore, ..] => {
            (!crate::USAGE.contains(&format!("\n  {chore} "))).then(|| format!("no chore {chore}"))
        }
        ["cargo", "run" | "test" | "build" | "bench" | "fmt", ..] => {
            let package = after("-p").filter(|p| !crates.iter().any(|c| c == *p));
            if let Some(package) = package {
                return Some(format!("no crate {package}"));
            }
            match words.iter().position(|w| *w == "--") {
                Some(at) if words[1] == "run" => onefold(&words[at + 1..]),
                _ => None,
            }
        }
        ["cargo", "clippy" | "deny" | "insta" | "install", ..]
        | [
            "export" | "git" | "cat" | "cut" | "gzip" | "zcat" | "man" | "apt-get" | "cd" | "find"
            | "npm",
            ..,
        ] => None,
        ["onefold", ..] => onefold(&words[1..]),
        [program, ..] if program.contains('/') => {
            (!root.join(program).exists()).then(|| format!("no file {program}"))
        }
        _ => Some("nothing that is known here".to_owned()),
    }
}

fn onefold(words: &[&str]) -> Option<String> {
    let root = crate::root();
    let command = words.first().copied().unwrap_or_default();
    if command.starts_with('-') {
        return None;
    }
    if !root
        .join(format!(
            "crates/onefold-cli/src/commands/{}.rs",
            command.replace('-', "_")
        ))
        .exists()
    {
        return Some(format!("no command {command}"));
    }
    let example = words.get(1).filter(|w| w.starts_with("examples/"));
    example
        .filter(|e| !root.join(e).exists())
        .map(|e| format!("no example {e}"))
}

#[test]
fn commands_of_the_documents_exist() {
    let metadata = metadata(&["--no-deps"]);
    let crates: Vec<String> = packages(&metadata)
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(
        fault("cargo run --release -p onefold-cle -- run x", &crates).as_deref(),
        Some("no crate onefold-cle")
    );
    assert_eq!(
        fault("cargo run -p onefold-cli -- rum x", &crates).as_deref(),
        Some("no command rum")
    );
    assert_eq!(
        fault("cargo xtask ce", &crates).as_deref(),
        Some("no chore ce")
    );
    assert_eq!(
        fault("./missing.sh", &crates).as_deref(),
        Some("no file ./missing.sh")
    );

    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in files(&["md"]) {
        for command in commands(&read(&path)) {
            seen += 1;
            wrong.extend(
                fault(command, &crates)
                    .map(|why| format!("{}: `{command}`: {why}", path.display())),
            );
        }
    }
    assert!(seen > 5, "found only {seen} commands");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Backticked words that are paths in the repository.
fn named_files(document: &str) -> impl Iterator<Item = &str> {
    let prose = document.split("```").step_by(2);
    let words = prose.flat_map(|part| part.split('`').skip(1).step_by(2));
    words.filter(|word| {
        let folders = ["crates/", "docs/", "examples/", "xtask/", "bench/"];
        folders.iter().any(|folder| word.starts_with(folder)) && !word.contains(['*', ' '])
    })
}

#[test]
fn files_named_in_the_code_map_exist() {
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = read(document);
        let missing: Vec<&str> = named_files(&text)
            .filter(|file| !crate::root().join(file).exists())
            .collect();
        assert!(missing.is_empty(), "{document} names {missing:?}");
    }
    assert!(named_files(&read("ARCHITECTURE.md")).count() > 20);
}

#[test]
fn every_crate_has_its_place_in_the_code_map() {
    let metadata = metadata(&["--no-deps"]);
    let map = read("ARCHITECTURE.md");
    let missing: Vec<&str> = packages(&metadata)
        .map(|(name, _)| name)
        .filter(|name| !map.contains(&format!("### `{name}`")))
        .collect();
    assert!(missing.is_empty(), "without a section: {missing:?}");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut dead = Vec::new();
    for path in files(&["md"]) {
        let text = read(&path);
        let folder = path.parent().unwrap_or(Path::new(""));
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(|(target, _)| target)
        {
            let file = target.split('#').next().unwrap_or_default();
            let full: PathBuf = crate::root().join(folder).join(file);
            if !file.is_empty() && !target.contains("://") && !full.exists() {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:?}");
}

/// Whole pipelines in the documents are pipelines.
#[test]
fn pipelines_in_the_documents_load() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in files(&["md"]) {
        let text = read(&path);
        let blocks = text
            .split("```yaml\n")
            .skip(1)
            .map(|b| b.split("```").next().unwrap_or_default());
        for block in blocks.filter(|b| b.contains("sources:") && b.contains("outputs:")) {
            seen += 1;
            if let Err(findings) = onefold_spec::load(block, &path, &|_| Some(String::new())) {
                wrong.extend(
                    findings
                        .iter()
                        .map(|f| format!("{}: {}", path.display(), f.message)),
                );
            }
        }
    }
    assert!(seen >= 2, "found only {seen} pipelines");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
