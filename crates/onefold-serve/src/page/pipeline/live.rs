//! The run that is at work: how far it is, as a piece of the page and as a stream of such pieces.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use maud::{Markup, html};
use tokio::sync::watch;

use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::link::Link;
use crate::text::{counted, duration, grouped, size};
use crate::work::{JobState, Progress, Reading};

/// How often a stream says that it is there.
const ALIVE: Duration = Duration::from_secs(10);

/// The run that was started last, on its own.
pub(crate) fn piece(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let progress = app.work.progress();
    match asked.shape {
        Shape::Json => Answer::json(&progress),
        Shape::Html => Ok(Answer::Piece(
            html! { @if let Some(progress) = &progress { (shown(progress)) } },
        )),
    }
}

/// The run that was started last, where it stands on the page.
pub(super) fn section(app: &App) -> Markup {
    let progress = app.work.progress();
    let is_over = progress
        .as_ref()
        .is_none_or(|progress| progress.state.is_over());
    html! {
        section.card.live id="live" hidden[progress.is_none()] data-live=[(!is_over).then_some("/live/events")] aria-label="The run at work" {
            @if let Some(progress) = &progress { (shown(progress)) }
        }
    }
}

/// A stream of the run at work, until it is over.
pub(crate) fn events(app: &Arc<App>) -> Response {
    let following = app.work.follow();
    let stream = stream::unfold((following, true), |(following, is_first)| async move {
        let mut following: watch::Receiver<Progress> = following?;
        if !is_first && following.changed().await.is_err() {
            return None;
        }
        let (piece, is_over) = {
            let progress = following.borrow_and_update();
            (shown(&progress).into_string(), progress.state.is_over())
        };
        let event = Event::default()
            .event(if is_over { "over" } else { "progress" })
            .data(piece);
        // After the end there is nothing to hear.
        let rest = (!is_over).then_some(following);
        Some((Ok::<_, Infallible>(event), (rest, false)))
    });
    Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(ALIVE))
        .into_response()
}

fn shown(progress: &Progress) -> Markup {
    let (class, words) = match progress.state {
        JobState::Running => ("warn", "Running"),
        JobState::Stopping => ("warn", "Stopping"),
        JobState::Published => ("good", "Published"),
        JobState::Refused => ("bad", "Refused"),
        JobState::Failed => ("bad", "Failed"),
        JobState::Cancelled => ("warn", "Cancelled; the old outputs are unchanged"),
    };
    html! {
        header.row-head {
            h2 { "Run of " (progress.pipeline) ": " span class=(class) { (words) } " " span.quiet { (duration(progress.seconds)) } }
            @if progress.state == JobState::Running {
                form method="post" action="/run/cancel" { button.danger type="submit" { "Cancel" } }
            }
            @if let Some(run) = &progress.run_id { a.button href=(Link::to(&[]).with("run", run)) { "Show the run" } }
        }
        @if let Some((error, hint)) = &progress.error {
            div.note.bad role="alert" {
                strong { (error) }
                @if let Some(hint) = hint { p { (hint) } }
            }
        }
        @for source in &progress.sources { (reading(source, progress.seconds)) }
        @if !progress.tables.is_empty() {
            p.made {
                @for (table, rows) in &progress.tables { span { (table) " " span.quiet { (grouped(*rows)) } } " " }
            }
        }
        @if !progress.lines.is_empty() {
            details.log { summary { "Log" } pre tabindex="0" { (progress.lines.join("\n")) } }
        }
    }
}

fn reading(source: &Reading, seconds: f64) -> Markup {
    let per_second = (source.records as f64 / seconds.max(0.001)) as u64;
    html! {
        div.reading {
            span { (source.source) }
            @if source.of_bytes > 0 {
                progress max=(source.of_bytes) value=(source.bytes.min(source.of_bytes)) aria-label={ "How much of " (source.source) " is read" } {}
            }
            span.quiet { (counted(source.records, "record")) ", " (size(source.bytes)) ", " (grouped(per_second)) " a second" }
        }
    }
}
