//! Answers: pages and data.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::link::Link;
use crate::page::frame::{self, Frame};
use crate::response::{elsewhere, text};

/// A page: its title, its place in the navigation, and what stands on it.
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) frame: Frame,
    pub(crate) body: Markup,
}

/// What a question comes to.
pub(crate) enum Answer {
    Page(Box<Page>),
    /// A piece of a page, for a script of ours.
    Piece(Markup),
    Json(serde_json::Value),
    /// Look elsewhere.
    Elsewhere(Link),
    /// An answer of another kind.
    Other(Box<Response>),
}

impl Answer {
    pub(crate) fn page(title: impl Into<String>, frame: Frame, body: Markup) -> Self {
        Self::Page(Box::new(Page {
            title: title.into(),
            frame,
            body,
        }))
    }

    /// Data as JSON.
    pub(crate) fn json(data: &impl Serialize) -> Result<Self, Failure> {
        let value = serde_json::to_value(data);
        value
            .map(Self::Json)
            .map_err(|e| Failure::fault(e.to_string()))
    }
}

/// The response to a question.
pub(crate) fn response(app: &App, asked: &Asked, answer: Result<Answer, Failure>) -> Response {
    match answer {
        Ok(Answer::Page(page)) => text(
            StatusCode::OK,
            "text/html; charset=utf-8",
            frame::page(&page.title, &page.frame, asked, &page.body).into_string(),
        ),
        Ok(Answer::Piece(piece)) => text(
            StatusCode::OK,
            "text/html; charset=utf-8",
            piece.into_string(),
        ),
        Ok(Answer::Json(value)) => text(StatusCode::OK, "application/json", format!("{value}\n")),
        Ok(Answer::Elsewhere(link)) => elsewhere(&link.to_string()),
        Ok(Answer::Other(response)) => *response,
        Err(failure) => failed(app, asked, &failure),
    }
}

fn failed(app: &App, asked: &Asked, failure: &Failure) -> Response {
    if asked.shape == Shape::Json {
        let body = json!({"error": {"message": failure.message, "hint": failure.hint}});
        return text(failure.status, "application/json", format!("{body}\n"));
    }
    let body = html! {
        section.state.failed role="alert" {
            h1 { (failure.title()) }
            p { (failure.message) }
            @if let Some(hint) = &failure.hint { p.hint { (hint) } }
            p { a href="/" { "Back to Home" } }
        }
    };
    let frame = Frame::new(app, asked, None);
    let page = frame::page(failure.title(), &frame, asked, &body);
    text(
        failure.status,
        "text/html; charset=utf-8",
        page.into_string(),
    )
}
