//! Doubtful pairs and customers, one after another: are they one person? What somebody decides goes into the file that the next run obeys.

mod card;
mod customers;
mod decide;
mod notes;
mod subject;
mod threshold;

use maud::{Markup, html};
use onefold_engine::Decisions;
use serde_json::{Value, json};

use super::frame::{Frame, Place};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::text::grouped;
use card::Pair;
use notes::{again, unreadable, where_to_write};
use subject::{Mode, Review, Standing, Tab, nothing, tabs};

pub(crate) use customers::{decide as decide_customer, page as customers};
pub(crate) use decide::{decide, keys, undo};
pub(crate) use threshold::{cancel, compare, page as threshold, pair as threshold_pair};

/// The page: a pair that is asked for, or the least certain one on which nobody has decided.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(super::home::empty(app, asked, Place::Review));
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Review);
    let Some(review) = Review::of(app, run, asked)? else {
        return Ok(nothing(asked, run, frame));
    };
    let queue = review.queue(app)?;
    // A file that cannot be read is shown as what it is; nothing is decided then.
    let decisions = review.decisions();
    let known = decisions.as_ref().ok().and_then(Option::as_ref);
    let standing = queue.as_ref().map(|queue| Standing::of(queue, known, run));
    let number = match (asked.value("pair"), &standing) {
        (Some(_), _) => asked
            .number("pair")
            .and_then(|pair| u32::try_from(pair).ok()),
        (None, Some(standing)) => review.next(None, standing),
        (None, None) => None,
    };
    let pair = match (number, &standing) {
        (Some(number), Some(standing)) => {
            let decision = standing.decided.get(&number).copied();
            Some(Pair::of(app, &review, number, decision)?)
        }
        _ => None,
    };
    if pair.is_none() && asked.value("pair").is_some() {
        return Err(Failure::missing("the run has no such pair"));
    }
    if asked.shape == Shape::Json {
        return Ok(Answer::Json(data(
            &review,
            &decisions,
            standing.as_ref(),
            pair.as_ref(),
        )));
    }
    let body = html! {
        header.head {
            h1 { "Review" }
            p.sub { "Pairs of records that may be one customer, the least certain first" }
        }
        (tabs(&review, Tab::Pairs))
        @match (&standing, &pair) {
            (None, _) => @if run.kept.is_empty() { (super::tables::keep_hint()) } @else { (without(&review)) },
            (Some(standing), None) => {
                (progress(&review, standing))
                (done(&review, standing))
            },
            (Some(standing), Some(pair)) => {
                (progress(&review, standing))
                @if let Err(failure) = &decisions { (unreadable(failure)) }
                (where_to_write(&review))
                (pair.shown(&review, standing))
                @let can_be_decided = matches!(&decisions, Ok(Some(_))) && pair.obstacles(&review).is_empty();
                (decide::form(app, &review, standing, pair, can_be_decided, asked))
            },
        }
        @if let (Some(standing), Some(known)) = (&standing, known) {
            (decide::last(app, &review, known))
            (again(standing.waiting))
        }
        (settings(&review, pair.as_ref(), asked))
        script type="module" src="/assets/review.js" {}
    };
    Ok(Answer::page("Review", frame, body))
}

fn data(
    review: &Review<'_>,
    decisions: &Result<Option<Decisions>, Failure>,
    standing: Option<&Standing<'_>>,
    pair: Option<&Pair>,
) -> Value {
    let file = review.now.as_ref().and_then(|now| now.decisions.as_ref());
    let thresholds = review.thresholds();
    let number = pair.map(|pair| pair.number);
    json!({
        "run_id": review.run.run_id,
        "table": review.table,
        "threshold": thresholds.map(|(threshold, _)| threshold),
        "possible": thresholds.map(|(_, possible)| possible),
        "decisions": file.map(|path| path.to_string_lossy()),
        "unreadable": decisions.as_ref().err().map(|failure| &failure.message),
        "pairs": standing.map_or(0, |at| at.queue.len()),
        "decided": standing.map_or(0, |at| at.decided.len()),
        "waiting": standing.map_or(0, |at| at.waiting),
        "pair": pair.map(|pair| pair.json(review)),
        "next": standing.and_then(|at| review.next(number, at)),
    })
}

fn progress(review: &Review<'_>, standing: &Standing<'_>) -> Markup {
    let (done, all) = (standing.decided.len(), standing.queue.len());
    let threshold = review.thresholds().map(|(threshold, _)| threshold);
    let apart = threshold.map_or(0, |threshold| standing.queue.likely(threshold));
    let kind = |is_apart: bool, name: &str, pairs: u64| {
        let is_here = (is_apart == review.mode.is_apart).then_some("true");
        let mode = Mode {
            is_apart,
            ..review.mode
        };
        let link = review.link_in(mode, None);
        html! { a href=(link) aria-current=[is_here] { (name) " " span.quiet { (grouped(pairs)) } } }
    };
    html! {
        (notes::progress(done, all))
        @if apart > 0 || review.mode.is_apart {
            nav.reasons aria-label="Kinds of pairs" {
                (kind(false, "All doubtful pairs", all as u64))
                (kind(true, "Likely, but kept apart", apart as u64))
            }
        }
    }
}

/// Why a run has left no doubtful pairs.
fn without(review: &Review<'_>) -> Markup {
    let by_rules = review.thresholds().is_none();
    html! {
        section.state.empty {
            h2 { "No pair is doubtful" }
            @if by_rules {
                p { (review.table) " is resolved by rules alone: two records meet a rule, or they do not. With " code { "model: auto" }
                    ", records are compared by likeness too, and pairs in between come here." }
            } @else {
                p { "The run has not kept " code { (review.table) ".possible" } ". Runs that are started from this page keep all tables." }
                form method="post" action="/run" { button.primary type="submit" { "Run now, and keep all tables" } }
            }
        }
    }
}

fn done(review: &Review<'_>, standing: &Standing<'_>) -> Markup {
    let all = Mode {
        is_apart: false,
        ..review.mode
    };
    html! {
        section.state.empty {
            @if review.mode.is_apart {
                h2 { "No such pair is left" }
                p { "Every pair that is likely enough, but was kept apart, is decided. " a href=(review.link_in(all, None)) { "All doubtful pairs" } }
            } @else if standing.queue.len() == 0 {
                h2 { "No pair is doubtful" }
                p { "Every pair of " (review.table) " is either linked, or too unlike to be listed." }
            } @else {
                h2 { "All pairs are decided" }
                p { "The next run obeys the decisions, and may find other pairs." }
            }
        }
    }
}

fn settings(review: &Review<'_>, pair: Option<&Pair>, asked: &Asked) -> Markup {
    let number = pair.map(|pair| pair.number);
    let keys = html! {
        kbd { "S" } " same, " kbd { "D" } " different, " kbd { "K" } " skip, " kbd { "U" } " undo "
    };
    decide::settings(review, &|mode| review.link_in(mode, number), keys, asked)
}
