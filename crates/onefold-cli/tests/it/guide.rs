//! The pages of `docs/guide/tasks` do what they say: their files are written, their commands run, and their output is what is printed.
//!
//! A block ```` ```csv crm.csv ```` is a file. A block ```` ```sh ```` has commands; a block ```` ```text ```` right behind it is what
//! they print, and ```` ```text crm.out.csv ```` a file that they make. Each page starts in an empty folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::{blessing, redacted};

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

/// What the commands of a block print, output and errors together.
fn run(commands: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_onefold"));
    let path = program.parent().expect("a program is in a folder");
    let others = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(path.to_path_buf()).chain(std::env::split_paths(&others));
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{commands}")])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).expect("a path"))
        .env_remove("NO_COLOR")
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("the command writes UTF-8");
    redacted(&text, folder)
}

fn pages() -> Vec<PathBuf> {
    let folder = crate::package().join("../../docs/guide/tasks");
    let entries = fs::read_dir(folder).expect("the guide");
    let mut pages: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    pages.sort();
    pages
}

#[test]
fn pages_do_what_they_say() {
    let mut differences = String::new();
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        let folder = TempDir::new().expect("a folder");
        let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
        let mut printed: Option<String> = None;
        let mut changes = Vec::new();
        for block in blocks(&page) {
            let (language, file) = block.info.split_once(' ').unwrap_or((&block.info, ""));
            let found = match (language, file) {
                ("sh", "") => {
                    printed = Some(run(&block.text, folder.path()));
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
                differences += &format!(
                    "\n{}:{}\n--- the page\n{}--- what comes\n{found}",
                    path.display(),
                    block.lines.start,
                    block.text
                );
                changes.push((block.lines, found));
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
