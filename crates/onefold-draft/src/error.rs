//! Why a file could not be looked at.

use onefold_spec::Diagnostic;

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    message: String,
    hint: Option<String>,
}

impl Error {
    pub(crate) fn declaration(path: &str, findings: &[Diagnostic]) -> Self {
        let first = findings.first();
        let why = first.map_or("it cannot be a source", |finding| &finding.message);
        Self {
            message: format!("`{path}`: {why}"),
            hint: first.and_then(|finding| finding.hint.clone()),
        }
    }

    pub(crate) fn no_column(name: &str) -> Self {
        Self {
            message: format!("no file has a column `{name}`"),
            hint: Some("`onefold show FILE` prints the columns".to_owned()),
        }
    }

    pub(crate) fn nothing_to_compare() -> Self {
        Self {
            message: "no column says who a record is: no name, e-mail address, telephone number or the like".to_owned(),
            hint: Some("say what to compare in a pipeline file: `model: {compare: [{as: name, fields: ..}]}`".to_owned()),
        }
    }

    /// The same of a file that the user calls otherwise.
    pub(crate) fn called(mut self, place: &str, name: &str) -> Self {
        self.message = self.message.replace(place, name);
        self
    }

    /// What to do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<onefold_read::Error> for Error {
    fn from(error: onefold_read::Error) -> Self {
        Self {
            message: error.to_string(),
            hint: error.hint_text().map(str::to_owned),
        }
    }
}
