//! Where words go: results to stdout, talk to stderr.

use std::io::{IsTerminal, Write};
use std::path::Path;

use onefold_engine::{Error, LoadError, Project};
use onefold_spec::{Diagnostic, Style, render_all};

use clap::ColorChoice;

use crate::arguments::{Arguments, Format};
use crate::boxes::plain;
use crate::panics;

/// Prints in the chosen format.
pub(crate) struct Output {
    pub(crate) format: Format,
    quiet: bool,
    /// On stdout.
    pub(crate) colour: bool,
    /// On stderr.
    colour_of_talk: bool,
}

impl Output {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = |is_terminal: bool| match arguments.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !unwanted,
        };
        Self {
            format: arguments.format,
            quiet: arguments.quiet,
            colour: colour(std::io::stdout().is_terminal()),
            colour_of_talk: colour(std::io::stderr().is_terminal()),
        }
    }

    /// Prints what people may want to know to stdout.
    pub(crate) fn tell(&self, text: &str) -> anyhow::Result<()> {
        match self.quiet {
            true => Ok(()),
            false => self.say(text),
        }
    }

    /// Whether progress is shown.
    pub(crate) fn shows_progress(&self) -> bool {
        self.format == Format::Human && !self.quiet
    }

    /// Prints to stdout. A reader that has gone away is no error.
    pub(crate) fn say(&self, text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// Prints a pipeline file that could not be loaded; the exit code.
    pub(crate) fn load_error(&self, failed: &LoadError) -> u8 {
        self.error(&failed.error, &failed.path, &failed.text)
    }

    /// Prints what stopped a command on a project; the exit code.
    pub(crate) fn project_error(&self, error: &Error, project: &Project) -> u8 {
        self.error(error, project.path(), project.text())
    }

    /// Prints an error that is about no pipeline file; the exit code.
    pub(crate) fn plain_error(&self, error: &Error) -> u8 {
        self.error(error, Path::new(""), "")
    }

    pub(crate) fn warnings(&self, project: &Project) {
        if !self.quiet {
            self.diagnostics(project.warnings(), project.path(), project.text());
        }
    }

    fn diagnostics(&self, diagnostics: &[Diagnostic], path: &Path, text: &str) {
        if self.format == Format::Human && !diagnostics.is_empty() {
            let style = if self.colour_of_talk {
                Style::Ansi
            } else {
                Style::Plain
            };
            self.talk(&render_all(diagnostics, path, text, style));
        }
    }

    fn error(&self, error: &Error, path: &Path, text: &str) -> u8 {
        let code = error.kind().exit_code();
        // Only a fault of ours comes from a panic, if any does.
        let is_fault = error.kind() == onefold_engine::Kind::Internal;
        let detail = panics::last().filter(|_| is_fault);
        if self.format == Format::Json {
            let places: Vec<_> = error
                .diagnostics()
                .iter()
                .map(|d| d.to_json(path))
                .collect();
            self.error_object(&error.to_string(), detail, error.hint_text(), code, &places);
        } else if error.diagnostics().is_empty() {
            self.error_lines(&error.to_string(), detail, error.hint_text());
        } else {
            self.diagnostics(error.diagnostics(), path, text);
        }
        code
    }

    fn error_object(
        &self,
        message: &str,
        detail: Option<String>,
        hint: Option<&str>,
        code: u8,
        places: &[serde_json::Value],
    ) {
        let mut body = serde_json::json!({
            "error": {"message": message, "hint": hint, "exit_code": code, "diagnostics": places}
        });
        if let Some(detail) = detail {
            body["error"]["detail"] = detail.into();
        }
        // The exit code says all that a closed pipe could not hear.
        self.say(&format!("{body}\n")).ok();
    }

    fn error_lines(&self, message: &str, detail: Option<String>, hint: Option<&str>) {
        // Names and values of data may be in it.
        let shown = |text: &str| text.split('\n').map(plain).collect::<Vec<_>>().join("\n");
        let line = |label: &str, text: Option<&str>| {
            let text = text.map(|text| format!("{label}: {}\n", shown(text)));
            text.unwrap_or_default()
        };
        let (detail, hint) = (line("detail", detail.as_deref()), line("hint", hint));
        self.talk(&format!("error: {}\n{detail}{hint}", shown(message)));
    }

    /// Says that the command itself panicked; the exit code.
    pub(crate) fn panicked(&self) -> u8 {
        let code = onefold_engine::Kind::Internal.exit_code();
        let message = "onefold stopped because of a fault of its own";
        let hint = Some("please report it with the pipeline file; outputs are whole, old or new");
        match self.format {
            Format::Json => self.error_object(message, panics::last(), hint, code, &[]),
            Format::Human => self.error_lines(message, panics::last(), hint),
        }
        code
    }

    /// Says why nothing is published though the run went through; the exit code.
    pub(crate) fn refused(&self, why: &str) -> u8 {
        if self.format == Format::Human {
            self.talk(&format!(
                "error: {why}\nhint: nothing is published, the old outputs are unchanged\n"
            ));
        }
        onefold_engine::Kind::Data.exit_code()
    }

    /// Says that the command line is wrong; the exit code.
    pub(crate) fn usage(&self, message: &str) -> u8 {
        self.talk(&format!("error: {message}\n"));
        onefold_engine::Kind::Configuration.exit_code()
    }

    /// Says that the command line is wrong, and what to do; the exit code.
    pub(crate) fn usage_with_hint(&self, message: &str, hint: &str) -> u8 {
        self.stopped(message, Some(hint), onefold_engine::Kind::Configuration)
    }

    /// Says that an input cannot be read; the exit code.
    pub(crate) fn unreadable(&self, message: &str, hint: Option<&str>) -> u8 {
        self.stopped(message, hint, onefold_engine::Kind::Unreadable)
    }

    fn stopped(&self, message: &str, hint: Option<&str>, kind: onefold_engine::Kind) -> u8 {
        let code = kind.exit_code();
        match self.format {
            Format::Json => self.error_object(message, None, hint, code, &[]),
            Format::Human => self.error_lines(message, None, hint),
        }
        code
    }

    /// Warns of what whoever typed the command may not have meant.
    pub(crate) fn warn(&self, message: &str) {
        self.talk(&format!("warning: {message}\n"));
    }

    /// Says something that stops nothing.
    pub(crate) fn note(&self, message: &str) {
        if self.format == Format::Human {
            self.talk(&format!("{message}\n"));
        }
    }

    /// A fault that no command foresaw.
    pub(crate) fn fault(&self, error: &anyhow::Error) -> u8 {
        self.talk(&format!("error: {error:#}\n"));
        onefold_engine::Kind::Resources.exit_code()
    }

    fn talk(&self, text: &str) {
        // There is nobody left to tell that stderr is closed.
        std::io::stderr().lock().write_all(text.as_bytes()).ok();
    }
}
