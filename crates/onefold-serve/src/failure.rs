//! What goes wrong with requests.

use axum::http::StatusCode;
use onefold_engine::{Error, Kind, LoadError};

/// What went wrong with a request, for whoever asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// There is no such thing.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: message.into(),
            hint: None,
        }
    }

    /// The question is wrong.
    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            ..Self::missing(message)
        }
    }

    /// A fault of this program.
    pub(crate) fn fault(message: impl Into<String>) -> Self {
        let hint = "this is a fault of onefold; please report it";
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            hint: Some(hint.to_owned()),
            message: message.into(),
        }
    }

    /// A file of this machine cannot be written: its disk is full, or the folder belongs to somebody else.
    pub(crate) fn unwritable(what: impl std::fmt::Display, error: &std::io::Error) -> Self {
        Self {
            status: StatusCode::INSUFFICIENT_STORAGE,
            ..Self::missing(format!("{what}: {error}"))
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What it is, as the title of a page.
    pub(crate) fn title(&self) -> &'static str {
        match self.status {
            StatusCode::NOT_FOUND => "There is nothing here",
            StatusCode::BAD_REQUEST => "This cannot be answered",
            StatusCode::CONFLICT => "Not now",
            StatusCode::FORBIDDEN => "This is not allowed here",
            StatusCode::UNPROCESSABLE_ENTITY => "A file cannot be read",
            StatusCode::INSUFFICIENT_STORAGE => "This machine has no room for it",
            StatusCode::PAYLOAD_TOO_LARGE => "This is too large",
            _ => "Something went wrong",
        }
    }
}

impl From<Box<LoadError>> for Failure {
    fn from(failed: Box<LoadError>) -> Self {
        failed.error.into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            status: match error.kind() {
                Kind::Configuration | Kind::Data => StatusCode::BAD_REQUEST,
                Kind::Unreadable => StatusCode::UNPROCESSABLE_ENTITY,
                Kind::Resources => StatusCode::INSUFFICIENT_STORAGE,
                Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
                Kind::Interrupted => StatusCode::CONFLICT,
            },
            message: error.to_string(),
            hint: error.hint_text().map(str::to_owned),
        }
    }
}
