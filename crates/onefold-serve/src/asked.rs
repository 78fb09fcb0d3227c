//! What a request asks for.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::Method;
use axum::http::request::Parts;

use crate::form::Form;
use crate::guard::cookie;
use crate::link::{Link, decoded};

/// Cookie of the theme; it says nothing about anybody.
pub(crate) const THEME_COOKIE: &str = "onefold-theme";
/// Cookie of the name under which somebody decides.
pub(crate) const WHO_COOKIE: &str = "onefold-who";
/// Cookie of whether single keys do something.
pub(crate) const KEYS_COOKIE: &str = "onefold-keys";

/// Colours of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// For people.
    Html,
    /// For programs.
    Json,
}

/// What a request asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The path as it was sent.
    pub(crate) path: String,
    /// Where to come back to: the address of the page, or of the page that the form stands on.
    pub(crate) here: String,
    pub(crate) shape: Shape,
    pub(crate) theme: Theme,
    /// The name under which somebody has last decided.
    pub(crate) who: Option<String>,
    /// Whether single keys do something.
    pub(crate) has_keys: bool,
    query: Vec<(String, String)>,
}

impl Asked {
    /// The path of the page, without what is asked of it.
    pub(crate) fn page(&self) -> &str {
        self.here.split('?').next().unwrap_or("/")
    }

    /// The first value of a name; an empty one counts as none.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let found = pairs.find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a name but empty ones.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.query.iter();
        let found = pairs.filter(move |(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// A number, where it is one.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.parse().ok()
    }

    /// The same request where its answer stands for the page of another address.
    pub(crate) fn seen_at(&self, place: &Link) -> Self {
        Self {
            here: place.to_string(),
            ..self.clone()
        }
    }

    /// The same request with the fields of a form in place of its query.
    pub(crate) fn with_form(&self, form: &Form) -> Self {
        Self {
            query: form.fields().to_vec(),
            ..self.clone()
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let path = parts.uri.path().to_owned();
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let theme = cookie(&parts.headers, THEME_COOKIE).unwrap_or_default();
        let whole = parts.uri.path_and_query();
        let here = match parts.method == Method::GET {
            true => whole.map_or("/", |whole| whole.as_str()),
            false => path.rsplit_once('/').map_or("/", |(page, _)| page),
        };
        Ok(Self {
            here: here.to_owned(),
            shape: match path.ends_with(".json") {
                true => Shape::Json,
                false => Shape::Html,
            },
            path,
            theme: Theme::parse(theme),
            who: cookie(&parts.headers, WHO_COOKIE).map(decoded),
            has_keys: cookie(&parts.headers, KEYS_COOKIE) != Some("off"),
            query: query.map(|Query(pairs)| pairs).unwrap_or_default(),
        })
    }
}
