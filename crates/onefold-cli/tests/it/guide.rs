//! The pages of the guide do what they say: their files are written, their commands run, and their output is what is printed.
//!
//! A block ```` ```csv crm.csv ```` is a file. A block ```` ```sh ```` has commands; a block ```` ```text ```` right behind it is what
//! they print, and ```` ```text crm.out.csv ```` a file that they make. Commands whose output a page does not show must succeed. A page
//! may keep blocks from its readers in a comment. Commands that install something stand in ```` ```console ```` and do not run. Each page
//! starts in a folder of its own, with the examples in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::{blessing, redacted};

/// Lines from the end of a block to the text of the next, right behind it.
const BEHIND: usize = 4;

/// A block of a page: its info string, its text, and the lines of the page that are its text.
struct Block {
    info: String,
    text: String,
    lines: std::ops::Range<usize>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for (number, line) in page.lines().enumerate() {
        match (&open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.trim().to_owned(), number + 1)),
            (Some((info, start)), Some("")) => {
                let text = page.lines().skip(*start).take(number - start);
                found.push(Block {
                    info: info.clone(),
                    text: text.map(|line| format!("{line}\n")).collect(),
                    lines: *start..number,
                });
                open = None;
            }
            _ => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// What the commands of a block print, output and errors together, and whether they succeed.
fn run(commands: &str, folder: &Path) -> (String, bool) {
    let program = Path::new(env!("CARGO_BIN_EXE_onefold"));
    let path = program.parent().expect("a program is in a folder");
    let others = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(path.to_path_buf()).chain(std::env::split_paths(&others));
    let output = Command::new("sh")
        .args(["-ec", &format!("exec 2>&1\n{commands}")])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).expect("a path"))
        .env_remove("NO_COLOR")
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("the command writes UTF-8");
    (redacted(&text, folder), output.status.success())
}

fn pages() -> Vec<PathBuf> {
    let guide = crate::package().join("../../docs/guide");
    let mut pages = Vec::new();
    for folder in [guide.clone(), guide.join("tasks")] {
        let entries = fs::read_dir(folder).expect("the guide");
        pages.extend(entries.map(|e| e.expect("an entry").path()));
    }
    pages.retain(|path| path.extension().is_some_and(|end| end == "md"));
    pages.sort();
    pages
}

/// Copies a folder, but for the accounts of runs in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true if entry.file_name() == ".onefold" => {}
            true => copy(&path, &target),
            false => {
                fs::copy(path, target).expect("a copy");
            }
        }
    }
}

#[test]
fn pages_do_what_they_say() {
    let mut differences = String::new();
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        let folder = TempDir::new().expect("a folder");
        if page.contains("examples/") {
            let examples = crate::package().join("../../examples");
            copy(&examples, &folder.path().join("examples"));
        }
        let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
        let mut printed: Option<String> = None;
        let mut changes = Vec::new();
        let blocks = blocks(&page);
        for (number, block) in blocks.iter().enumerate() {
            let (language, file) = block.info.split_once(' ').unwrap_or((&block.info, ""));
            let found = match (language, file) {
                ("sh", "") => {
                    let (text, succeeded) = run(&block.text, folder.path());
                    let is_shown = blocks.get(number + 1).is_some_and(|next| {
                        next.info == "text" && next.lines.start <= block.lines.end + BEHIND
                    });
                    if !is_shown && !succeeded {
                        let at = block.lines.start;
                        differences += &format!("\n{}:{at} fails:\n{text}", path.display());
                    }
                    printed = is_shown.then_some(text);
                    continue;
                }
                ("text", "") => match printed.take() {
                    Some(printed) => printed,
                    None => continue,
                },
                ("text", file) => fs::read_to_string(folder.path().join(file))
                    .unwrap_or_else(|e| panic!("{}: {file}: {e}", path.display())),
                (_, "") => continue,
                (_, file) => {
                    let file = folder.path().join(file);
                    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
                    fs::write(file, &block.text).expect("a file");
                    continue;
                }
            };
            if found != block.text {
                let range = block.lines.clone();
                differences += &format!(
                    "\n{}:{}\n--- the page\n{}--- what comes\n{found}",
                    path.display(),
                    block.lines.start,
                    block.text
                );
                changes.push((range, found));
            }
        }
        if blessing() {
            for (range, text) in changes.into_iter().rev() {
                lines.splice(range, text.lines().map(str::to_owned));
            }
            fs::write(&path, lines.join("\n") + "\n").expect("the page");
        }
    }
    assert!(blessing() || differences.is_empty(), "{differences}");
}

/// Whole pipelines and sources that a page shows are what the loader takes.
#[test]
fn pipelines_of_pages_load() {
    let mut wrong = String::new();
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        for block in blocks(&page).iter().filter(|b| b.info.starts_with("yaml")) {
            let Some(text) = whole(&block.text) else {
                continue;
            };
            let loaded = onefold_spec::load(&text, Path::new("p.yaml"), &|_| Some("x".repeat(16)));
            if let Err(findings) = loaded {
                let at = block.lines.start;
                wrong += &format!("\n{}:{at} {findings:?}\n{text}", path.display());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A fragment as a whole pipeline, where it has sources.
fn whole(text: &str) -> Option<String> {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    if !has("sources:") || has("outputs:") {
        return has("sources:").then(|| text.to_owned());
    }
    let mut lines = text
        .lines()
        .skip_while(|line| !line.starts_with("sources:"));
    let first = lines.nth(1)?.trim().split(':').next()?.to_owned();
    Some(format!(
        "{text}\noutputs: [{{table: {first}, path: whole.csv}}]\n"
    ))
}
