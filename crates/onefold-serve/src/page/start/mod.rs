//! From dropped files to a run: what was found in them, what somebody has chosen instead, and the pipeline that is drafted from it.

mod card;
mod draft;
mod edit;
mod given;
mod save;

use maud::{Markup, html};
use serde_json::json;

use super::frame::{Frame, Place};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::link::Link;
use crate::text::{counted, size};
use crate::upload::{Batch, MOST_FILES, Outcome};

pub(crate) use edit::{choose, dismiss, remove, reveal};
pub(crate) use given::place;
use given::{Shown, WAIT, batch};
pub(crate) use save::{check, save};

/// Earlier sets that are named.
const EARLIER: usize = 8;

/// The page of a set of files, or of none yet.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let Some(id) = asked.value("files") else {
        return Ok(empty(app, asked));
    };
    app.uploads.wait(id, WAIT);
    shown(app, asked, id, &Shown::default())
}

fn shown(app: &App, asked: &Asked, id: &str, what: &Shown) -> Result<Answer, Failure> {
    let batch = batch(app, id)?;
    if asked.shape == Shape::Json {
        return Ok(Answer::Json(data(app, &batch, what)));
    }
    let is_busy = batch.is_busy();
    let place = place(id);
    let body = html! {
        header.head {
            h1 { "Start" }
            p.sub {
                (counted(batch.files.len() as u64, "file")) ", "
                (size(batch.files.iter().map(|file| file.bytes).sum()))
                @if is_busy { ", being looked at" }
            }
        }
        @if is_busy {
            section.note role="status" data-busy=(place.as_format(".json")) {
                "The files are being looked at. " a href=(place) { "Load the page again" }
            }
        }
        (card::refused(&batch))
        form method="post" action="/start/choose" {
            input type="hidden" name="files" value=(batch.id);
            // The first button of a form is the one that the enter key presses.
            button.hidden type="submit" tabindex="-1" aria-hidden="true" { "Draft with these choices" }
            @for file in &batch.files {
                @match &file.outcome {
                    Outcome::Unreadable(why, hint) => (card::unreadable(file, why, hint.as_deref())),
                    Outcome::Waiting | Outcome::Looking => (card::waiting(file)),
                    Outcome::Read => {},
                }
            }
            @for (number, source) in batch.sources.iter().enumerate() {
                (card::source(&batch, number, source, what.revealed.as_deref() == Some(source.path.as_str())))
            }
            @if !batch.sources.is_empty() {
                div.buttons {
                    button.primary type="submit" { "Draft with these choices" }
                    span.quiet { "Types and roles “as found” follow the data." }
                }
            }
        }
        (draft::section(app, &batch, what))
        (form(app, Some(&batch)))
        script type="module" src="/assets/start.js" {}
    };
    Ok(Answer::page(
        "Start",
        Frame::new(app, asked, None).at(Place::Start),
        body,
    ))
}

fn data(app: &App, batch: &Batch, what: &Shown) -> serde_json::Value {
    let files = batch.files.iter().map(|file| {
        let (state, error) = match &file.outcome {
            Outcome::Waiting => ("waiting", None),
            Outcome::Looking => ("looking", None),
            Outcome::Read => ("read", None),
            Outcome::Unreadable(message, hint) => (
                "unreadable",
                Some(json!({"message": message, "hint": hint})),
            ),
        };
        json!({
            "name": file.given,
            "path": file.path,
            "bytes": file.bytes,
            "state": state,
            "error": error,
        })
    });
    let mut sources = json!(batch.sources);
    let revealed = batch
        .sources
        .iter()
        .zip(sources.as_array_mut().into_iter().flatten());
    for (source, data) in
        revealed.filter(|(s, _)| what.revealed.as_deref() == Some(s.path.as_str()))
    {
        let values = source.columns.iter().map(|column| &column.values);
        data["values"] = json!(values.collect::<Vec<_>>());
    }
    json!({
        "files": files.collect::<Vec<_>>(),
        "refused": batch.refused,
        "busy": batch.is_busy(),
        "sources": sources,
        "chosen": batch.chosen,
        "draft": draft::data(app, batch),
    })
}

fn empty(app: &App, asked: &Asked) -> Answer {
    let earlier = app.uploads.all();
    if asked.shape == Shape::Json {
        let earlier = earlier.iter();
        let earlier = earlier.map(|(id, names)| json!({"id": id, "names": names}));
        return Answer::Json(json!({
            "uploads": earlier.collect::<Vec<_>>(),
            "max_bytes": app.options.max_upload,
            "max_files": MOST_FILES,
        }));
    }
    let body = html! {
        header.head {
            h1 { "Start" }
            p.sub { "Drop files, check what was found in them, and run the drafted pipeline." }
        }
        (form(app, None))
        @if !earlier.is_empty() {
            section.card {
                h2 { "Files that are here already" }
                ul.sentences {
                    @for (id, names) in earlier.iter().take(EARLIER) {
                        li { a href=(place(id)) { (few(names)) } }
                    }
                }
            }
        }
        script type="module" src="/assets/start.js" {}
    };
    Answer::page("Start", Frame::new(app, asked, None).at(Place::Start), body)
}

fn few(names: &[String]) -> String {
    const SAID: usize = 3;
    let said: Vec<&str> = names.iter().take(SAID).map(String::as_str).collect();
    match names.len() {
        0 => "no file".to_owned(),
        n if n > SAID => format!(
            "{} and {}",
            said.join(", "),
            counted((n - SAID) as u64, "more file")
        ),
        _ => said.join(", "),
    }
}

/// Where files are dropped or chosen.
fn form(app: &App, batch: Option<&Batch>) -> Markup {
    let most = app.options.max_upload;
    let link = Link::to(&["start", "upload"]).with_some("files", batch.map(|batch| &batch.id));
    html! {
        form.drop method="post" enctype="multipart/form-data" action=(link) data-most=(most) data-limit=(size(most)) {
            h2 { @if batch.is_some() { "Add files" } @else { "Drop files here" } }
            p {
                label for="files" { "CSV, TSV, JSON, JSON Lines, Parquet, Excel or OpenDocument workbooks; packed with gzip or zstd as well" }
            }
            div.buttons {
                input id="files" name="file" type="file" multiple required;
                button.primary type="submit" { "Upload" }
            }
            p.quiet {
                "Up to " (counted(MOST_FILES as u64, "file")) ", " (size(most)) " together. They go into the folder "
                code { "uploads" } " of this project and nowhere else."
            }
            div.sending hidden { progress max="100" value="0" aria-label="Sent" {} " " span {} }
            div.said-here role="alert" {}
        }
    }
}
