//! What stops a run, by whose turn it is.

use onefold_spec::{Diagnostic, Secrets, Severity};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

/// Whose turn it is; each kind has an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The data exceed a limit or fail a check that the pipeline sets.
    Data,
    /// The pipeline file or the command line is wrong.
    Configuration,
    /// An input cannot be read.
    Unreadable,
    /// Memory or disk does not suffice, or an output cannot be written.
    Resources,
    /// A fault of this program.
    Internal,
    /// The user stopped the run.
    Interrupted,
}

impl Kind {
    /// Exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Data => 1,
            Kind::Configuration => 2,
            Kind::Unreadable => 3,
            Kind::Resources => 4,
            Kind::Internal => 5,
            Kind::Interrupted => 130,
        }
    }
}

impl Error {
    /// An error with a message for people: lower case, no full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            diagnostics: Vec::new(),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same without the values of secrets.
    pub(crate) fn hide(mut self, secrets: &Secrets) -> Self {
        let hide = |text: &mut String| *text = secrets.hide(text).into_owned();
        hide(&mut self.message);
        self.hint.iter_mut().for_each(hide);
        for found in &mut self.diagnostics {
            hide(&mut found.message);
            found.detail.iter_mut().for_each(hide);
            found.hint.iter_mut().for_each(hide);
        }
        self
    }

    /// The same once more, where somebody else has the error.
    pub(crate) fn again(&self) -> Self {
        Self {
            kind: self.kind,
            message: self.message.clone(),
            hint: self.hint.clone(),
            diagnostics: self.diagnostics.clone(),
        }
    }

    pub(crate) fn internal(what: impl std::fmt::Display) -> Self {
        Self::new(Kind::Internal, what.to_string())
            .hint("this is a fault of onefold; please report it with the pipeline file")
    }

    /// Says of a fault of ours that it harmed no output.
    pub(crate) fn before_publishing(self) -> Self {
        match self.kind {
            Kind::Internal => self.hint(
                "this is a fault of onefold: nothing is published, the old outputs are unchanged; please report it with the pipeline file",
            ),
            _ => self,
        }
    }

    pub(crate) fn configuration(diagnostics: Vec<Diagnostic>) -> Self {
        let errors = diagnostics.iter();
        let n = errors.filter(|d| d.severity == Severity::Error).count();
        let message = format!(
            "the pipeline file has {n} error{}",
            if n == 1 { "" } else { "s" }
        );
        Self {
            diagnostics,
            ..Self::new(Kind::Configuration, message)
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The places in the pipeline file that are wrong, where it is the pipeline file.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl From<onefold_read::Error> for Error {
    fn from(error: onefold_read::Error) -> Self {
        let kind = match error.kind() {
            onefold_read::Kind::Unreadable => Kind::Unreadable,
            onefold_read::Kind::Declaration => Kind::Configuration,
            onefold_read::Kind::Data => Kind::Data,
            onefold_read::Kind::Resources => Kind::Resources,
            onefold_read::Kind::Internal => Kind::Internal,
        };
        let mut out = Self::new(kind, error.to_string());
        out.hint = error.hint_text().map(str::to_owned);
        out
    }
}

impl From<onefold_write::Error> for Error {
    fn from(error: onefold_write::Error) -> Self {
        let kind = match error.kind() {
            onefold_write::ErrorKind::Internal => Kind::Internal,
            onefold_write::ErrorKind::Options
            | onefold_write::ErrorKind::Schema
            | onefold_write::ErrorKind::Path
            | onefold_write::ErrorKind::Locked => Kind::Configuration,
            onefold_write::ErrorKind::Damaged => Kind::Unreadable,
            onefold_write::ErrorKind::TooLarge => Kind::Data,
            _ => Kind::Resources,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<onefold_resolve::Error> for Error {
    fn from(error: onefold_resolve::Error) -> Self {
        Self::new(Kind::Configuration, error.to_string())
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::internal(error)
    }
}

impl From<Error> for datafusion::common::DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}
