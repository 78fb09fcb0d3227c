//! What stands around a review: what is missing before anybody can decide, how far it is, and what comes then.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::subject::Review;
use crate::failure::Failure;
use crate::text::{counted, grouped};

/// How much of a queue is decided.
pub(super) fn progress(done: usize, all: usize) -> Markup {
    html! {
        @if all > 0 {
            div.reviewed {
                label for="reviewed" { (grouped(done as u64)) " of " (grouped(all as u64)) " decided" }
                progress id="reviewed" max=(all) value=(done) {}
            }
        }
    }
}

/// A file of decisions that cannot be read.
pub(super) fn unreadable(failure: &Failure) -> Markup {
    html! {
        section.note.bad role="alert" {
            strong { (failure.message) }
            @if let Some(hint) = &failure.hint { p { (hint) } }
            p { "Nobody can decide here until the file is corrected." }
        }
    }
}

/// Which lines the pipeline needs before anything can be decided.
pub(super) fn where_to_write(review: &Review<'_>) -> Markup {
    let Some(now) = &review.now else {
        return html! {
            section.note.warn {
                strong { "The pipeline file has no table " code { (review.table) } " now, or has errors, so nothing can be decided." }
                p { a href="/pipeline" { "Show the pipeline" } }
            }
        };
    };
    if now.decisions.is_some() {
        return html! {};
    }
    let mut yaml = String::new();
    let keyless = review.keyless().into_iter();
    let (with, without): (Vec<_>, Vec<_>) = keyless.partition(|(_, source)| source.is_some());
    let sources: BTreeSet<&str> = with.iter().filter_map(|(_, source)| *source).collect();
    if !sources.is_empty() {
        yaml += "sources:\n";
        for source in &sources {
            yaml += &format!("  {source}:\n    key: FIELD   # identifies each record\n");
        }
    }
    yaml += &format!(
        "tables:\n  {}:\n    resolve:\n      decisions: decisions.csv\n",
        now.table
    );
    html! {
        section.note.warn {
            strong { "The pipeline names no file for decisions." }
            p { "Add " @if sources.is_empty() { "this line" } @else { "these lines" } " to " a href="/pipeline" { "the pipeline file" }
                "; every run then obeys what is decided here." }
            pre tabindex="0" { code { (yaml) } }
            @if !sources.is_empty() {
                p { "A decision finds its records again by their keys. These have none: " (names(&with)) "." }
            }
            @if !without.is_empty() {
                p { "Nobody can decide on records of these tables, because they have no key: " (names(&without)) ". A source can have one, and so \
                     can a table that takes its records from it by " code { "from" } " or " code { "dedupe" } ". Name these in the " code { "resolve" } "." }
            }
        }
    }
}

/// The names of tables.
fn names(tables: &[(&str, Option<&str>)]) -> String {
    let names = tables.iter().map(|(table, _)| *table);
    names.collect::<Vec<_>>().join(", ")
}

/// Offers to run again where decisions wait for it.
pub(super) fn again(waiting: usize) -> Markup {
    html! {
        @if waiting > 0 {
            form.again method="post" action="/run" {
                p { (counted(waiting as u64, "pair")) " decided since this run. The next run obeys." }
                button.primary type="submit" { "Run again" }
            }
        }
    }
}
