//! A person's right to their data, and to have it erased: what `onefold subject export` and `onefold subject erase` do.

use std::sync::atomic::AtomicBool;

use axum::http::StatusCode;
use maud::{Markup, html};
use onefold_engine::{Erasure, Project, Receipt};

use super::served_run;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::download::attached;
use crate::failure::Failure;
use crate::form::Form;
use crate::link::{Link, encoded};
use crate::page::frame::{Frame, Place};
use crate::text::{counted, verb};

/// Fails where the last run of the pipeline is another one than that in which somebody has seen the id: it may be somebody else's now.
fn is_of(app: &App, project: &Project, seen: &str) -> Result<(), Failure> {
    let runs = app.runs();
    let last = served_run(project, &runs).map(|run| run.run_id.as_str());
    if last == Some(seen) {
        return Ok(());
    }
    let failure = Failure {
        status: StatusCode::CONFLICT,
        ..Failure::wrong(format!(
            "the last run of {} is not {seen}, in which you have seen this customer",
            project.pipeline().name.value
        ))
    };
    Err(failure
        .hint("nothing was done; look for the customer again: the id may be somebody else's now"))
}

/// All that is known of a customer, as `onefold subject export` prints it.
pub(crate) fn export(app: &App, asked: &Asked, id: &str) -> Result<Answer, Failure> {
    let project = app.project()?;
    if let Some(seen) = asked.value("of") {
        is_of(app, &project, seen)?;
    }
    let interrupted = AtomicBool::new(false);
    let about = (asked.value("table"), id);
    let document = project.export_person(about, &app.options.quiet_run(&interrupted))?;
    if let (Some(seen), Some(run)) = (asked.value("of"), document["run_id"].as_str())
        && seen != run
    {
        is_of(app, &project, seen)?;
    }
    let text = serde_json::to_string_pretty(&document);
    let text = text.map_err(|error| Failure::fault(error.to_string()))? + "\n";
    let name = format!("{}.json", encoded(id).replace('%', "_"));
    let response = attached(text, "application/json", &name);
    Ok(Answer::Other(Box::new(response)))
}

/// Says what erasing a customer will do, and asks.
pub(crate) fn confirm(app: &App, asked: &Asked, id: &str) -> Result<Answer, Failure> {
    let project = app.project()?;
    if let Some(seen) = asked.value("of") {
        is_of(app, &project, seen)?;
    }
    let interrupted = AtomicBool::new(false);
    let about = (asked.value("table"), id);
    let found = project.erasure(about, &app.options.quiet_run(&interrupted));
    if asked.shape == Shape::Json {
        return Answer::json(&found?);
    }
    let back = Link::to(&["customers", id]).with_some("table", asked.value("table"));
    let body = html! {
        header.head {
            p.crumbs { a href=(Link::to(&["customers"]).with_some("table", asked.value("table"))) { "Customers" } " / " a href=(back) { (id) } }
            h1 { "Erase " (id) }
        }
        @match found {
            Ok(erasure) => (consequences(&erasure, asked, id, &back)),
            Err(error) => (not_yet(&Failure::from(error), &back)),
        }
    };
    let runs = app.runs();
    let frame = Frame::new(app, asked, app.run(&runs, asked)?).at(Place::Customers);
    Ok(Answer::page(format!("Erase {id}"), frame, body))
}

fn consequences(erasure: &Erasure, asked: &Asked, id: &str, back: &Link) -> Markup {
    let link = Link::to(&["customers", id, "erase"]).with_some("table", asked.value("table"));
    html! {
        section.card {
            h2 { "What will happen" }
            ul.sentences {
                li { "The pipeline runs again without " (counted(erasure.records, "record")) " of this person, and publishes its outputs. If that run \
                      fails, the old outputs stay." }
                li { (counted(erasure.runs_removed, "run")) " of the pipeline " (verb(erasure.runs_removed, "is", "are")) " removed, with all tables, rejects \
                      and reports, and so are the searches, filters and queries of this page." }
                li { "The person stays out of later runs: " (counted(erasure.records, "record")) " and "
                     (counted(erasure.values, "identifying value")) " go onto a list, as hashes with a key. Back up both, "
                     code { ".onefold/suppressed" } " and " code { ".onefold/suppression.key" } "." }
                @if erasure.shared_values > 0 {
                    li { (counted(erasure.shared_values, "value")) " that other people have too " (verb(erasure.shared_values, "stays", "stay")) " with them." }
                }
                @if erasure.remains.is_empty() { li { "No line of your own files is known to hold the person." } }
                @else {
                    li { "Your own files are not changed. These lines of them hold the person: "
                        @for (place, line) in erasure.remains.iter().enumerate() {
                            @if place > 0 { ", " } span.at { (line) }
                        } }
                }
            }
            p { strong { "This cannot be undone." } }
            form.controls method="post" action=(link) {
                input type="hidden" name="of" value=(erasure.run_id);
                label { "Type " strong { (id) } " to erase this person"
                    input type="text" name="confirm" autocomplete="off" required; }
                button.danger type="submit" { "Erase for good" }
                a.button href=(back) { "Do not erase" }
            }
        }
    }
}

/// What is missing for it.
fn not_yet(failure: &Failure, back: &Link) -> Markup {
    html! {
        section.state.failed role="alert" {
            h2 { "This person cannot be erased yet" }
            p { (failure.message) }
            @if let Some(hint) = &failure.hint { p.hint { (hint) } }
            form method="post" action="/run" { button type="submit" { "Run now, and keep all tables" } }
            p { a href=(back) { "Back to the customer" } }
        }
    }
}

/// Erases a customer whose id was typed.
pub(crate) fn erase(app: &App, asked: &Asked, id: &str, form: &Form) -> Result<Answer, Failure> {
    if form.text("confirm").trim() != id {
        let failure = Failure::wrong("the id that was typed is another one, so nobody was erased");
        return Err(failure.hint(format!("type {id} to erase this person")));
    }
    let seen = form.value("of").ok_or_else(|| {
        let failure = Failure::wrong("the form does not say in which run the customer was seen");
        failure.hint("load the page of the customer again, and erase from there")
    })?;
    let project = app.project()?;
    let about = (asked.value("table"), id);
    let receipt = app.work.alone(|interrupted| {
        is_of(app, &project, seen)?;
        let options = app.options.quiet_run(interrupted);
        Ok::<_, Failure>(project.erase_person(about, Some(seen), &options)?)
    })??;
    app.forget();
    let kept = app.keep_receipt(receipt)?;
    Ok(Answer::Elsewhere(
        Link::to(&["erased"]).with("receipt", kept),
    ))
}

/// What was done to erase a person. To load it again does nothing again.
pub(crate) fn erased(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let receipt = asked.value("receipt").and_then(|id| app.receipt(id));
    let receipt = receipt.ok_or_else(|| {
        let failure = Failure::missing("the receipt of this address is not known any more");
        failure.hint("receipts are kept until the server stops; the run without the person is among the runs")
    })?;
    if asked.shape == Shape::Json {
        return Answer::json(&*receipt);
    }
    let body = html! {
        header.head {
            p.crumbs { a href="/customers" { "Customers" } }
            h1 { "The person is erased" }
        }
        (told(&receipt))
        p.actions { a.button href="/customers" { "All customers" } }
    };
    let runs = app.runs();
    let frame = Frame::new(app, asked, app.run(&runs, asked)?).at(Place::Customers);
    Ok(Answer::page("Erased", frame, body))
}

fn told(receipt: &Receipt) -> Markup {
    let places = |places: &[String]| {
        html! {
            @for (place, one) in places.iter().enumerate() { @if place > 0 { ", " } span.at { (one) } }
        }
    };
    html! {
        section.card {
            ul.sentences {
                li { (counted(receipt.records, "record")) " with " (counted(receipt.values, "identifying value"))
                     " " (verb(receipt.records, "is", "are")) " gone from the outputs, states and runs of " strong { (receipt.pipeline) } "." }
                @if receipt.shared_values > 0 {
                    li { (counted(receipt.shared_values, "value")) " that other people have too " (verb(receipt.shared_values, "stays", "stay")) " with them." }
                }
                li { "The run " code { (receipt.run_id) } " published the outputs; " (counted(receipt.runs_removed, "earlier run")) " " (verb(receipt.runs_removed, "was", "were")) " removed." }
                @if !receipt.remains.is_empty() { li { "Still in your own files: " (places(&receipt.remains)) } }
            }
            @if !receipt.left.is_empty() {
                div.note.warn role="alert" { strong { "A value of the person is still in " } (places(&receipt.left)) }
            }
        }
    }
}
