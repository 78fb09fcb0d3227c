//! The form of a doubtful customer: one person, or not this record.

use maud::{Markup, html};
use onefold_engine::Decisions;

use super::super::decide::{about, file, meanwhile, of_form, signed, written};
use super::super::subject::Review;
use super::one::Doubtful;
use crate::answer::Answer;
use crate::app::{About, App};
use crate::asked::Asked;
use crate::failure::Failure;
use crate::form::Form;

/// Appends what somebody has decided of a customer, and leads to the next one.
pub(crate) fn decide(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = &asked.with_form(form);
    let runs = app.runs();
    let review = of_form(app, &runs, asked)?;
    let missing = || Failure::missing("the run has no such doubtful customer");
    let doubts = review.doubts(app)?.ok_or_else(missing)?;
    let id = asked.value("customer").ok_or_else(missing)?;
    let place = doubts.place(id).ok_or_else(missing)?;
    let decisions = Decisions::read(&file(&review)?)?;
    let decided = doubts.decided(&decisions.all);
    let settled = decided.get(&place).copied();
    let customer = Doubtful::of(app, &review, &doubts, place, &decisions.all, settled)?;
    let same = asked.value("decision") == Some("same");
    let pairs = match (same, asked.number("part")) {
        (true, _) => customer.whole(),
        (false, Some(record)) => {
            let record = usize::try_from(record).unwrap_or(usize::MAX);
            match customer.is_one_of_it(record) {
                true => customer.parted(record),
                false => return Err(Failure::missing("the customer has no such record")),
            }
        }
        (false, None) => {
            let failure = Failure::wrong("nothing was decided");
            return Err(failure.hint("press One person, or the button of a record"));
        }
    };
    if let Some(obstacle) = customer.obstacle(&review, &pairs) {
        return Err(Failure::wrong(obstacle));
    }
    if let Some(settled) = &customer.settled
        && asked.value("standing") != Some(&customer.state())
    {
        return Err(meanwhile(settled.decision, "records of the customer are"));
    }
    if pairs.is_empty() {
        return Err(Failure::wrong(
            "the record is parted from the others already",
        ));
    }
    let next = doubts.next(Some(place), &decided);
    let next = next.and_then(|place| doubts.at(place));
    let next = review.customers(review.mode, next.map(|doubt| doubt.id.as_str()));
    let names = customer.names(&pairs);
    written(
        app,
        &review,
        asked,
        About::Customer(id.to_owned()),
        same,
        names,
        &next,
    )
}

/// One person, not this record, or Skip.
pub(super) fn form(
    app: &App,
    review: &Review<'_>,
    customer: &Doubtful<'_>,
    is_writable: bool,
    first: usize,
    next: Option<&str>,
    asked: &Asked,
) -> Markup {
    let can_be = |pairs: &[[usize; 2]]| {
        is_writable && !pairs.is_empty() && customer.obstacle(review, pairs).is_none()
    };
    let is_whole = can_be(&customer.whole());
    let records = customer.beside(first).enumerate();
    let records = records.filter(|(_, record)| can_be(&customer.parted(*record)));
    let records: Vec<(usize, usize)> = records.collect();
    html! {
        form.decide method="post" action="/review/customers/decide" {
            (about(review, &About::Customer(customer.doubt.id.clone())))
            input type="hidden" name="standing" value=(customer.state());
            // The first button is the one that Enter in a field presses: nothing is decided by accident.
            button type="submit" disabled hidden {}
            @if is_whole || !records.is_empty() { (signed(app, asked)) }
            div.buttons {
                @if is_whole {
                    button.primary type="submit" name="decision" value="same" data-key="s" { "One person" kbd { "S" } }
                }
                @for (place, record) in &records {
                    button type="submit" name="part" value=(record) data-key=(place + 1) {
                        "Not " (customer.called(review, *record)) kbd { (place + 1) }
                    }
                }
                @if let Some(next) = next {
                    a.button href=(review.customers(review.mode, Some(next))) data-key="k" { "Skip" kbd { "K" } }
                }
            }
        }
    }
}

/// What single keys do.
pub(super) fn keys() -> Markup {
    html! {
        kbd { "S" } " one person, " kbd { "1" } "–" kbd { "6" } " not this record, " kbd { "K" } " skip, " kbd { "U" } " undo "
    }
}
