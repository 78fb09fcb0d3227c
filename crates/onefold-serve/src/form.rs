//! Forms that a browser sends.

use axum::extract::rejection::FormRejection;
use axum::extract::{self, FromRequest, Request};
use serde::Deserialize;

/// The fields of a form, in the order in which they came.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The first value of a name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a name, or an empty text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.value(name).unwrap_or_default()
    }

    /// A text of several lines. Browsers send each with both signs of its end.
    pub(crate) fn lines(&self, name: &str) -> Option<String> {
        self.value(name).map(|text| text.replace("\r\n", "\n"))
    }

    /// All fields.
    pub(crate) fn fields(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = FormRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, FormRejection> {
        let form = extract::Form::from_request(request, state).await;
        form.map(|extract::Form(form)| form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_counts() {
        let fields = [("a", "1"), ("a", "2"), ("text", "x\r\ny")];
        let form = Form(
            fields
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        );
        assert_eq!((form.value("a"), form.value("b")), (Some("1"), None));
        assert_eq!((form.text("a"), form.text("b")), ("1", ""));
        assert_eq!(form.lines("text").as_deref(), Some("x\ny"));
    }
}
