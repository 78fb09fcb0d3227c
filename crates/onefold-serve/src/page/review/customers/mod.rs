//! Doubtful customers, one after another: is each one person, or is a record of somebody else in it?

mod cut;
mod decide;
mod one;

use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::json;

use super::decide::{last, settings};
use super::notes::{again, progress, unreadable, where_to_write};
use super::subject::{Review, Tab, nothing, tabs, waiting};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::doubts::{Doubts, Settled};
use crate::failure::Failure;
use crate::page::frame::{Frame, Place};
use one::Doubtful;

pub(crate) use decide::decide;

/// The page: a customer that is asked for, or the first on which nobody has decided.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(crate::page::home::empty(app, asked, Place::Review));
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Review);
    let Some(review) = Review::of(app, run, asked)? else {
        return Ok(nothing(asked, run, frame));
    };
    let doubts = review.doubts(app)?;
    // A file that cannot be read is shown as what it is; nothing is decided then.
    let decisions = review.decisions();
    let known = decisions.as_ref().ok().and_then(Option::as_ref);
    let all = known.map_or(&[][..], |known| known.all.as_slice());
    let decided = doubts.as_ref().map(|doubts| doubts.decided(all));
    let decided = decided.unwrap_or_default();
    let customer = match &doubts {
        Some(doubts) => chosen(asked, doubts, &decided)?.map(|place| {
            let settled = decided.get(&place).copied();
            Doubtful::of(app, &review, doubts, place, all, settled)
        }),
        None => None,
    };
    let customer = customer.transpose()?;
    let count = doubts.as_ref().map_or(0, |doubts| doubts.len());
    let next = doubts.as_ref().and_then(|doubts| {
        let place = doubts.next(customer.as_ref().map(|customer| customer.place), &decided)?;
        Some(doubts.at(place)?.id.as_str())
    });
    let waiting = waiting(all, run);
    if asked.shape == Shape::Json {
        let file = review.now.as_ref().and_then(|now| now.decisions.as_ref());
        return Ok(Answer::Json(json!({
            "run_id": run.run_id,
            "table": review.table,
            "decisions": file.map(|path| path.to_string_lossy()),
            "unreadable": decisions.as_ref().err().map(|failure| &failure.message),
            "customers": count,
            "decided": decided.len(),
            "waiting": waiting,
            "customer": customer.as_ref().map(|customer| customer.json(&review)),
            "next": next,
        })));
    }
    let first = asked.number("record").unwrap_or(0);
    let first = usize::try_from(first).unwrap_or(0);
    let id = customer.as_ref().map(|customer| customer.doubt.id.clone());
    let body = html! {
        header.head {
            h1 { "Review" }
            p.sub { "Customers in which a record of somebody else may be, those with the weakest links first" }
        }
        (tabs(&review, Tab::Customers))
        @if doubts.is_none() { (without(review.table)) }
        @else { (progress(decided.len(), count)) }
        @match &customer {
            None => @if doubts.is_some() { (done(count, &review)) },
            Some(customer) => {
                @if let Err(failure) = &decisions { (unreadable(failure)) }
                (where_to_write(&review))
                (customer.shown(&review, count, first))
                (decide::form(app, &review, customer, matches!(&decisions, Ok(Some(_))), first, next, asked))
            }
        }
        @if let Some(known) = known {
            (last(app, &review, known))
            (again(waiting))
        }
        (settings(&review, &|mode| review.customers(mode, id.as_deref()), decide::keys(), asked))
        script type="module" src="/assets/review.js" {}
    };
    Ok(Answer::page("Review", frame, body))
}

/// The customer that is asked for, or the first on which nobody has decided.
fn chosen(
    asked: &Asked,
    doubts: &Doubts,
    decided: &HashMap<u32, Settled<'_>>,
) -> Result<Option<u32>, Failure> {
    let Some(id) = asked.value("customer") else {
        return Ok(doubts.next(None, decided));
    };
    let place = doubts.place(id);
    let missing = || Failure::missing(format!("no customer {id} of the run is doubtful"));
    place.map(Some).ok_or_else(missing)
}

/// What the run has not kept.
fn without(table: &str) -> Markup {
    html! {
        section.state.empty {
            h2 { "The run has not kept its customers" }
            p {
                "Doubtful customers are found in " code { (table) } ", " code { (table) ".members" } " and " code { (table) ".links" }
                ". A run that you start on this page keeps them, and so does " code { "onefold run --keep all" } "."
            }
            form method="post" action="/run" { button.primary type="submit" { "Run now, and keep all tables" } }
        }
    }
}

fn done(count: usize, review: &Review<'_>) -> Markup {
    html! {
        section.state.empty {
            @if count > 0 {
                h2 { "All customers are decided" }
                p { "The next run obeys the decisions, and may find other customers." }
            } @else {
                h2 { "No customer is doubtful" }
                p {
                    "No customer of " (review.table) " has a weak link"
                    @if review.thresholds().is_none() { ", because rules link without probabilities" }
                    ", none is unusually large, and the run names no guard that kept one apart."
                }
            }
        }
    }
}
