//! `onefold completions SHELL`

use clap::CommandFactory as _;
use clap_complete::{Shell as Kind, generate};

use crate::arguments::{Arguments, CompletionsArgs, Shell};
use crate::output::Output;

pub(crate) fn completions(args: &CompletionsArgs, output: &Output) -> anyhow::Result<u8> {
    let kind = match args.shell {
        Shell::Bash => Kind::Bash,
        Shell::Zsh => Kind::Zsh,
        Shell::Fish => Kind::Fish,
        Shell::Power => Kind::PowerShell,
        Shell::Elvish => Kind::Elvish,
    };
    let mut script = Vec::new();
    generate(kind, &mut Arguments::command(), "onefold", &mut script);
    output.say(&String::from_utf8(script)?)?;
    Ok(0)
}
