//! `onefold man`

use std::path::PathBuf;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::arguments::{Arguments, Format, ManArgs};
use crate::output::Output;

pub(crate) fn man(args: &ManArgs, output: &Output) -> anyhow::Result<u8> {
    let folder = &args.output;
    std::fs::create_dir_all(folder)
        .map_err(|e| anyhow::anyhow!("could not create `{}`: {e}", folder.display()))?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, page) in pages()? {
        let path = folder.join(name);
        std::fs::write(&path, page)
            .map_err(|e| anyhow::anyhow!("could not write `{}`: {e}", path.display()))?;
        written.push(path);
    }
    match output.format {
        Format::Json => {
            let body = serde_json::json!({"written": written});
            output.say(&format!("{body}\n"))?;
        }
        Format::Human => {
            let pages = written.len();
            output.tell(&format!("Wrote {pages} pages into {}\n", folder.display()))?;
        }
    }
    Ok(0)
}

/// File name and text of each page: the whole first, then the commands.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut whole = Arguments::command().disable_help_subcommand(true);
    whole.build();
    let commands = std::iter::once(&whole).chain(whole.get_subcommands());
    commands.map(page).collect()
}

fn page(command: &Command) -> std::io::Result<(String, Vec<u8>)> {
    // Without a date, so that a version has the same pages whenever they are made.
    let man = Man::new(command.clone())
        .date("\"\"")
        .source(concat!("onefold ", env!("CARGO_PKG_VERSION")))
        .manual("Onefold");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    // Help begins with examples and ends with the exit codes. In a manual page both have a section of their own.
    let before = command.get_before_help().map(ToString::to_string);
    let after = command.get_after_help().map(ToString::to_string);
    let codes = after.map(|text| {
        text.split(';')
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("\n")
    });
    for (title, lead, section) in [
        ("EXIT STATUS", "Exit codes: ", codes),
        ("EXAMPLES", "Examples:\n", before),
    ] {
        if let Some(section) = section {
            let section = section.strip_prefix(lead).unwrap_or(&section);
            verbatim(title, section).to_writer(&mut text)?;
        }
    }
    Ok((man.get_filename(), text))
}

/// A section whose lines stay as they are.
fn verbatim(title: &str, text: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]).control("nf", []);
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_for_each_command() {
        let pages = pages().expect("pages");
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "onefold.1");
        let command = Arguments::command();
        for sub in command.get_subcommands() {
            let name = format!("onefold-{}.1", sub.get_name());
            assert!(names.contains(&name.as_str()), "{name} of {names:?}");
        }
        assert_eq!(names.len(), 1 + command.get_subcommands().count());
        for (name, page) in &pages {
            let page = String::from_utf8_lossy(page);
            for section in ["NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES"] {
                assert!(
                    page.contains(&format!(".SH {section}\n")),
                    "{name}: {section}"
                );
            }
        }
    }
}
