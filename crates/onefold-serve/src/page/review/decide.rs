//! The forms of the review: decide, take back, and how it is done.

use axum::http::StatusCode;
use maud::{Markup, html};
use onefold_engine::{Decision, Decisions};

use super::card::{Pair, decided, word};
use super::subject::{Mode, Review, Standing};
use crate::answer::Answer;
use crate::app::{App, Decided};
use crate::asked::{Asked, KEYS_COOKIE, WHO_COOKIE};
use crate::failure::Failure;
use crate::form::Form;
use crate::guard::remember;
use crate::link::{Link, encoded};
use crate::response::elsewhere;

/// Most letters of a name, and of a reason.
const WHO: usize = 120;
const WHY: usize = 2_000;

/// Appends what somebody has decided, and leads to the next pair.
pub(crate) fn decide(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = &asked.with_form(form);
    let runs = app.runs();
    let (review, number) = of_form(app, &runs, asked)?;
    let path = review.now.as_ref().and_then(|now| now.decisions.clone());
    let path = path.ok_or_else(|| {
        let failure = Failure::wrong("the pipeline names no file for decisions");
        failure.hint("add `decisions: decisions.csv` to the `resolve`")
    })?;
    let same = match asked.value("decision") {
        Some("same") => true,
        Some("different") => false,
        _ => return Err(Failure::wrong("nothing was decided").hint("press Same or Different")),
    };
    let queue = review.queue(app)?.ok_or_else(no_pair)?;
    let decisions = Decisions::read(&path)?;
    let standing = Standing::of(&queue, Some(&decisions), review.run);
    let pair = Pair::of(app, &review, number, standing.decided.get(&number).copied())?;
    if let Some(obstacle) = pair.obstacles(&review).first() {
        return Err(Failure::wrong(obstacle.as_str()));
    }
    if let Some(standing) = &pair.decision
        && asked.value("standing") != Some(word(standing.same))
    {
        let who = match standing.who.as_str() {
            "" => "somebody",
            who => who,
        };
        let message = format!(
            "{who} has decided meanwhile that they are {}",
            word(standing.same)
        );
        return Err(not_now(&message).hint("load the page again; you can still decide otherwise"));
    }
    let who = line(asked.value("who").unwrap_or_default(), WHO);
    let decision = Decision {
        same,
        a: pair.a,
        b: pair.b,
        who: who.clone(),
        at: None,
        why: line(asked.value("why").unwrap_or_default(), WHY),
    };
    let written = onefold_engine::decide(&path, &decision, (app.options.clock)())?;
    let made_here = Decided {
        written,
        run: review.run.run_id.clone(),
        table: review.table.to_owned(),
        pair: number,
    };
    // It is decided; where this cannot be kept, it is taken back by hand.
    app.decided.id(&made_here).ok();
    let next = review.next(Some(number), &standing);
    Ok(with_cookie(&review.link(next), WHO_COOKIE, &encoded(&who)))
}

/// Takes the last decision back, and leads to its pair.
pub(crate) fn undo(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = &asked.with_form(form);
    let runs = app.runs();
    let (review, number) = of_form(app, &runs, asked)?;
    let path = review.now.as_ref().and_then(|now| now.decisions.clone());
    let changed = || {
        let failure = not_now("the file of the decisions has been changed since");
        failure.hint("load the page again, or remove the line by hand")
    };
    let path = path.ok_or_else(changed)?;
    let last = last_made(app, &review, &Decisions::read(&path)?);
    let last = last
        .filter(|last| last.pair == number)
        .ok_or_else(changed)?;
    if !onefold_engine::take_back(&path, &last.written)? {
        return Err(changed());
    }
    Ok(Answer::Elsewhere(review.link(Some(number))))
}

/// Remembers whether single keys do something.
pub(crate) fn keys(_app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = asked.with_form(form);
    let keys = match asked.value("keys") {
        Some("off") => "off",
        _ => "on",
    };
    let link = ["run", "table", "pair", "blind", "apart"].iter();
    let link = link.fold(Link::to(&["review"]), |link, name| {
        link.with_some(name, asked.value(name))
    });
    Ok(with_cookie(&link, KEYS_COOKIE, keys))
}

fn of_form<'r>(
    app: &App,
    runs: &'r [onefold_engine::Report],
    asked: &Asked,
) -> Result<(Review<'r>, u32), Failure> {
    // The last run may be another one than when the page was shown.
    let shown = asked.value("of");
    let run = match shown {
        Some(id) => runs.iter().find(|run| run.run_id == id),
        None => app.run(runs, asked)?,
    };
    let run = run.ok_or_else(|| Failure::missing("the run of this page is not there any more"))?;
    let mut review = Review::of(app, run, asked)?.ok_or_else(no_pair)?;
    // A page of the default run stays with its run where there is another one meanwhile.
    if review.run_id.is_none() {
        let usual = app.run(runs, asked)?;
        let is_usual = usual.is_some_and(|usual| usual.run_id == run.run_id);
        review.run_id = (!is_usual).then(|| run.run_id.clone());
    }
    let number = asked
        .number("pair")
        .and_then(|pair| u32::try_from(pair).ok());
    Ok((review, number.ok_or_else(no_pair)?))
}

fn no_pair() -> Failure {
    Failure::missing("the run has no such pair")
}

fn not_now(message: &str) -> Failure {
    Failure {
        status: StatusCode::CONFLICT,
        ..Failure::wrong(message)
    }
}

/// A text on one line, not longer than some letters.
fn line(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars()
        .filter(|sign| !sign.is_control())
        .take(most)
        .collect()
}

fn with_cookie(to: &Link, name: &str, value: &str) -> Answer {
    let mut response = elsewhere(&to.to_string());
    remember(&mut response, name, value);
    Answer::Other(Box::new(response))
}

/// The last decision in the file, where it was made here about this table.
fn last_made(app: &App, review: &Review<'_>, decisions: &Decisions) -> Option<Decided> {
    let last = app.decided.find(|made| decisions.end_with(&made.written))?;
    let is_here = last.table == review.table && last.run == review.run.run_id;
    is_here.then_some(last)
}

/// What a form has to say of the pair that it is about.
fn about(review: &Review<'_>, pair: u32) -> Markup {
    html! {
        input type="hidden" name="of" value=(review.run.run_id);
        @for (name, value) in review.link(Some(pair)).query() { input type="hidden" name=(name) value=(value); }
    }
}

/// Same, Different or Skip.
pub(super) fn form(
    app: &App,
    review: &Review<'_>,
    standing: &Standing<'_>,
    pair: &Pair,
    can_be_decided: bool,
    asked: &Asked,
) -> Markup {
    let next = review.next(Some(pair.number), standing);
    let who = asked.who.clone().or_else(|| (app.options.env)("USER"));
    let now = pair.decision.as_ref().map(|decision| word(decision.same));
    html! {
        form.decide method="post" action="/review/decide" {
            (about(review, pair.number))
            @if let Some(now) = now { input type="hidden" name="standing" value=(now); }
            // The first button is the one that Enter in a field presses: nothing is decided by accident.
            button type="submit" disabled hidden {}
            @if can_be_decided {
                label { "Why" input type="text" name="why" maxlength=(WHY) autocomplete="off" placeholder="for whoever asks later"; }
                label { "Who" input type="text" name="who" maxlength=(WHO) autocomplete="name" value=[who]; }
                div.buttons {
                    button.primary type="submit" name="decision" value="same" data-key="s" { "Same" kbd { "S" } }
                    button.primary type="submit" name="decision" value="different" data-key="d" { "Different" kbd { "D" } }
                }
            }
            div.buttons {
                @if let Some(next) = next {
                    a.button href=(review.link(Some(next))) data-key="k" { "Skip" kbd { "K" } }
                }
            }
        }
    }
}

/// The last decision, and a button that takes it back.
pub(super) fn last(app: &App, review: &Review<'_>, decisions: &Decisions) -> Markup {
    let (Some(made), Some(decision)) = (last_made(app, review, decisions), decisions.all.last())
    else {
        return html! {};
    };
    html! {
        section.last aria-label="The last decision" {
            (decided(decision))
            form method="post" action="/review/undo" {
                (about(review, made.pair))
                button type="submit" data-key="u" { "Undo" kbd { "U" } }
                " " a href=(review.link(Some(made.pair))) { "Show the pair" }
            }
        }
    }
}

/// Blind or not, and which keys do something.
pub(super) fn settings(review: &Review<'_>, pair: Option<&Pair>, asked: &Asked) -> Markup {
    let number = pair.map(|pair| pair.number);
    let is_blind = review.mode.is_blind;
    let other = Mode {
        is_blind: !is_blind,
        ..review.mode
    };
    html! {
        section.settings data-keys=(if asked.has_keys { "on" } else { "off" }) {
            p {
                @if is_blind { "Weights and sources are hidden until you have decided. " a href=(review.link_in(other, number)) { "Show them" } }
                @else { a href=(review.link_in(other, number)) { "Hide weights and sources until I have decided" } }
            }
            form method="post" action="/review/keys" {
                @for (name, value) in review.link(number).query() { input type="hidden" name=(name) value=(value); }
                p {
                    "Keys: " kbd { "S" } " same, " kbd { "D" } " different, " kbd { "K" } " skip, " kbd { "U" } " undo "
                    @if asked.has_keys { button type="submit" name="keys" value="off" { "Turn single keys off" } }
                    @else { "(off) " button type="submit" name="keys" value="on" { "Turn single keys on" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_one_line() {
        assert_eq!(line("  a\r\nb\u{7}  c ", 10), "a b c");
        assert_eq!(line("abcdef", 3), "abc");
    }
}
