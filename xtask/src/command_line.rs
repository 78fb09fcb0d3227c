//! The manual of the command line, made of the arguments that the command itself is made of.

use std::fmt::{self, Write as _};

use clap::{Arg, Command, CommandFactory as _};

#[path = "../../crates/onefold-cli/src/arguments.rs"]
mod arguments;
#[path = "../../crates/onefold-cli/src/examples.rs"]
mod examples;

/// Every command with its arguments and options, as Markdown.
pub(crate) fn manual() -> String {
    let mut command = arguments::Arguments::command();
    command.build();
    let mut out = String::new();
    // Writing to a string cannot fail.
    write(&mut out, &command).unwrap_or_default();
    out
}

fn write(out: &mut String, command: &Command) -> fmt::Result {
    writeln!(out, "# The command line\n\n{}", about(command))?;
    writeln!(out, "\n    {}\n", usage(command))?;
    for argument in shown(command, true) {
        write_argument(out, argument)?;
    }
    for sub in command.get_subcommands().filter(|c| c.get_name() != "help") {
        writeln!(out, "\n## {}\n\n{}\n", sub.get_name(), about(sub))?;
        writeln!(out, "    {}", usage(sub))?;
        let mut arguments = shown(sub, false).peekable();
        if arguments.peek().is_some() {
            out.push('\n');
        }
        for argument in arguments {
            write_argument(out, argument)?;
        }
    }
    let codes = command.get_after_help().map(ToString::to_string);
    let codes = codes.unwrap_or_default().replace('\n', " ");
    out.push_str("\n## Exit codes\n\n");
    for code in codes.trim_start_matches("Exit codes: ").split("; ") {
        let (number, meaning) = code.split_once(' ').unwrap_or((code, ""));
        writeln!(out, "- `{number}`: {meaning}")?;
    }
    Ok(())
}

fn about(command: &Command) -> String {
    sentence(
        &command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default(),
    )
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches("Usage: ").to_owned()
}

/// The arguments of a command; those that all commands have stand with the whole.
fn shown(command: &Command, whole: bool) -> impl Iterator<Item = &Arg> {
    let is_help = |argument: &&Arg| argument.get_id() == "help";
    command
        .get_arguments()
        .filter(move |a| !a.is_hide_set() && (whole || !(a.is_global_set() || is_help(a))))
}

fn write_argument(out: &mut String, argument: &Arg) -> fmt::Result {
    let takes = argument.get_action().takes_values();
    let values = argument.get_value_names().unwrap_or_default();
    let values: Vec<String> = values.iter().map(|name| format!("<{name}>")).collect();
    let mut name = Vec::new();
    name.extend(argument.get_short().map(|short| format!("-{short},")));
    name.extend(argument.get_long().map(|long| format!("--{long}")));
    name.extend(values.into_iter().filter(|_| takes));
    let required = match argument.is_required_set() && argument.get_long().is_some() {
        true => " (required)",
        false => "",
    };
    let help = argument.get_help().map(ToString::to_string);
    write!(
        out,
        "- `{}`{required}: {}",
        name.join(" "),
        sentence(&help.unwrap_or_default())
    )?;
    let defaults = argument.get_default_values();
    if let Some(default) = defaults.first().filter(|_| takes) {
        write!(out, " Default: `{}`.", default.to_string_lossy())?;
    }
    out.push('\n');
    for value in argument.get_possible_values().iter().filter(|_| takes) {
        let help = value.get_help().map(ToString::to_string);
        writeln!(
            out,
            "  - `{}`: {}",
            value.get_name(),
            help.unwrap_or_default()
        )?;
    }
    Ok(())
}

/// Help has no point at its end, and its defaults in brackets.
fn sentence(help: &str) -> String {
    let help = help.trim_end_matches('.');
    match help
        .strip_suffix(']')
        .and_then(|h| h.split_once(" [default: "))
    {
        Some((help, default)) => format!("{help}. Default: {default}."),
        None => format!("{help}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_is_in_the_manual() {
        let manual = manual();
        let mut command = arguments::Arguments::command();
        command.build();
        let mut options = 0;
        for sub in command.get_subcommands().filter(|c| c.get_name() != "help") {
            let (_, section) = manual
                .split_once(&format!("\n## {}\n", sub.get_name()))
                .expect("a section");
            let section = section.split("\n## ").next().unwrap_or_default();
            for option in sub.get_arguments().filter(|a| !a.is_global_set()) {
                if let Some(long) = option.get_long().filter(|long| *long != "help") {
                    options += 1;
                    assert!(
                        section.contains(&format!("--{long}")),
                        "{} --{long}",
                        sub.get_name()
                    );
                }
            }
        }
        assert!(options > 5, "{options} options");
        assert!(manual.contains("\n- `--format <FORMAT>`: "));
        assert!(manual.ends_with("- `130`: interrupted\n"));
    }
}
