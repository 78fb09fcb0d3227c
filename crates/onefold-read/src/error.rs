//! What stops a source: a file that cannot be read, or a declaration that does not fit. A dirty record never stops it.

use std::path::{Path, PathBuf};

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    path: Option<PathBuf>,
    #[source]
    cause: Option<std::io::Error>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file is missing, may not be read, or is corrupt.
    Unreadable,
    /// The source is declared in a way that its files do not fit.
    Declaration,
    /// A value was invalid in a field with `on_invalid: fail`.
    Data,
    /// The folder of temporary files does not take what has to be kept.
    Resources,
    /// A fault of the program.
    Internal,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            path: None,
            cause: None,
        }
    }

    pub(crate) fn unreadable(path: &Path, what: impl std::fmt::Display) -> Self {
        let mut error = Self::new(
            Kind::Unreadable,
            format!("could not read `{}`: {what}", path.display()),
        );
        error.path = Some(path.to_path_buf());
        error
    }

    pub(crate) fn io(path: &Path, cause: std::io::Error) -> Self {
        let what = match cause.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => cause.to_string(),
        };
        let mut error = Self::unreadable(path, what);
        error.cause = Some(cause);
        error
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the file that the message speaks of.
    pub(crate) fn of_file(mut self, name: &str) -> Self {
        self.message = format!("{} of `{name}`", self.message);
        self
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The file, where one is at fault.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}
