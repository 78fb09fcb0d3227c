//! Commands that there are not: what was meant.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};

use crate::arguments::Arguments;

/// What people type for a command, and what does it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("build", "run"),
    ("dag", "plan"),
    ("dashboard", "serve"),
    ("exec", "run"),
    ("execute", "run"),
    ("graph", "plan"),
    ("lint", "check"),
    ("sessionize", "sessions"),
    ("start", "run"),
    ("ui", "serve"),
    ("validate", "check"),
    ("verify", "check"),
    ("version", "--version"),
    ("web", "serve"),
];

/// The error with our own advice: what the parser takes for near may mean something else.
pub(crate) fn explain(mut error: Error) -> Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let meant = meant(word);
    error.remove(ContextKind::SuggestedSubcommand);
    if let Some(meant) = meant {
        let tip = format!("did you mean `onefold {meant}`?");
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    error
}

fn meant(word: &str) -> Option<String> {
    let folded = word.to_lowercase();
    if let Some((_, here)) = ELSEWHERE.iter().find(|(other, _)| *other == folded) {
        return Some((*here).to_owned());
    }
    // A file: its command was left out.
    if [".yaml", ".yml"].iter().any(|end| folded.ends_with(end)) {
        return Some(format!("run {word}"));
    }
    let command = Arguments::command();
    let names: Vec<&str> = command.get_subcommands().map(|c| c.get_name()).collect();
    onefold_spec::nearest(word, names).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_by_what_people_type() {
        for (word, expected) in [
            ("version", Some("--version")),
            ("chekc", Some("check")),
            ("validate", Some("check")),
            ("crm.yaml", Some("run crm.yaml")),
            ("frobnicate", None),
        ] {
            assert_eq!(meant(word).as_deref(), expected, "{word}");
        }
    }
}
