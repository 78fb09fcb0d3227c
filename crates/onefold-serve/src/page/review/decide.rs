//! The forms of the review: decide, take back, and how it is done.

use std::path::PathBuf;

use axum::http::StatusCode;
use maud::{Markup, html};
use onefold_engine::{Decision, Decisions, RecordName};

use super::card::{Pair, decided, decided_as, word};
use super::subject::{Mode, Review, Standing};
use crate::answer::Answer;
use crate::app::{About, App, Decided};
use crate::asked::{Asked, KEYS_COOKIE, WHO_COOKIE};
use crate::failure::Failure;
use crate::form::Form;
use crate::guard::remember;
use crate::link::{Link, encoded};
use crate::response::elsewhere;
use crate::text::named;

/// Most letters of a name, and of a reason.
const WHO: usize = 120;
const WHY: usize = 2_000;

/// Appends what somebody has decided, and leads to the next pair.
pub(crate) fn decide(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = &asked.with_form(form);
    let runs = app.runs();
    let review = of_form(app, &runs, asked)?;
    let About::Pair(number) = about_of(asked)? else {
        return Err(no_pair());
    };
    let path = file(&review)?;
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
        return Err(meanwhile(standing, "they are"));
    }
    let next = review.link(review.next(Some(number), &standing));
    let pairs = vec![[pair.a, pair.b]];
    written(app, &review, asked, About::Pair(number), same, pairs, &next)
}

/// The file of the decisions.
pub(super) fn file(review: &Review<'_>) -> Result<PathBuf, Failure> {
    let path = review.now.as_ref().and_then(|now| now.decisions.clone());
    path.ok_or_else(|| {
        let failure = Failure::wrong("the pipeline names no file for decisions");
        failure.hint("add `decisions: decisions.csv` to the `resolve`")
    })
}

/// Somebody else has decided since the page was shown.
pub(super) fn meanwhile(decision: &Decision, of_what: &str) -> Failure {
    let who = match decision.who.as_str() {
        "" => "somebody",
        who => who,
    };
    let message = format!(
        "{who} has decided meanwhile that {of_what} {}",
        word(decision.same)
    );
    not_now(&message).hint("load the page again; you can still decide otherwise")
}

/// Appends what a form decides of some pairs, which are taken back together, and leads on.
pub(super) fn written(
    app: &App,
    review: &Review<'_>,
    asked: &Asked,
    about: About,
    same: bool,
    pairs: Vec<[RecordName; 2]>,
    next: &Link,
) -> Result<Answer, Failure> {
    let who = line(asked.value("who").unwrap_or_default(), WHO);
    let why = line(asked.value("why").unwrap_or_default(), WHY);
    let decisions = pairs.into_iter().map(|[a, b]| Decision {
        same,
        a,
        b,
        who: who.clone(),
        at: None,
        why: why.clone(),
    });
    let decisions: Vec<Decision> = decisions.collect();
    let now = (app.options.clock)();
    let made_here = Decided {
        written: onefold_engine::decide_all(&file(review)?, &decisions, now)?,
        run: review.run.run_id.clone(),
        table: review.table.to_owned(),
        about,
    };
    // It is decided; where this cannot be kept, it is taken back by hand.
    app.decided.id(&made_here).ok();
    Ok(with_cookie(next, WHO_COOKIE, &encoded(&who)))
}

/// Takes the last decision back, and leads to what it was about.
pub(crate) fn undo(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = &asked.with_form(form);
    let runs = app.runs();
    let review = of_form(app, &runs, asked)?;
    let about = about_of(asked)?;
    let path = review.now.as_ref().and_then(|now| now.decisions.clone());
    let changed = || {
        let failure = not_now("the file of the decisions has been changed since");
        failure.hint("load the page again, or remove the line by hand")
    };
    let path = path.ok_or_else(changed)?;
    let last = last_made(app, &review, &Decisions::read(&path)?);
    let last = last
        .filter(|last| last.about == about)
        .ok_or_else(changed)?;
    if !onefold_engine::take_back(&path, &last.written)? {
        return Err(changed());
    }
    Ok(Answer::Elsewhere(review.link_of(&about)))
}

/// Remembers whether single keys do something.
pub(crate) fn keys(_app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = asked.with_form(form);
    let keys = match asked.value("keys") {
        Some("off") => "off",
        _ => "on",
    };
    let page = match asked.value("page") {
        Some("customers") => Link::to(&["review", "customers"]),
        _ => Link::to(&["review"]),
    };
    let names = ["run", "table", "pair", "customer", "blind", "apart"].iter();
    let link = names.fold(page, |link, name| link.with_some(name, asked.value(name)));
    Ok(with_cookie(&link, KEYS_COOKIE, keys))
}

/// What a form is about: a run and a table.
pub(super) fn of_form<'r>(
    app: &App,
    runs: &'r [onefold_engine::Report],
    asked: &Asked,
) -> Result<Review<'r>, Failure> {
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
    Ok(review)
}

/// What a form decides on.
fn about_of(asked: &Asked) -> Result<About, Failure> {
    if let Some(id) = asked.value("customer") {
        return Ok(About::Customer(id.to_owned()));
    }
    let number = asked.number("pair");
    let number = number.and_then(|pair| u32::try_from(pair).ok());
    number.map(About::Pair).ok_or_else(no_pair)
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

/// What a form has to say of what it is about.
pub(super) fn about(review: &Review<'_>, about: &About) -> Markup {
    html! {
        input type="hidden" name="of" value=(review.run.run_id);
        @for (name, value) in review.link_of(about).query() { input type="hidden" name=(name) value=(value); }
    }
}

/// Who decides, and why.
pub(super) fn signed(app: &App, asked: &Asked) -> Markup {
    let who = asked.who.clone().or_else(|| (app.options.env)("USER"));
    html! {
        label { "Why" input type="text" name="why" maxlength=(WHY) autocomplete="off" placeholder="for whoever asks later"; }
        label { "Who" input type="text" name="who" maxlength=(WHO) autocomplete="name" value=[who]; }
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
    let now = pair.decision.as_ref().map(|decision| word(decision.same));
    html! {
        form.decide method="post" action="/review/decide" {
            (about(review, &About::Pair(pair.number)))
            @if let Some(now) = now { input type="hidden" name="standing" value=(now); }
            // The first button is the one that Enter in a field presses: nothing is decided by accident.
            button type="submit" disabled hidden {}
            @if can_be_decided {
                (signed(app, asked))
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
            @match (&made.about, decision.same) {
                (About::Pair(_), _) => (decided(decision)),
                (About::Customer(id), true) => (decided_as(&format!("{id} is one person"), decision)),
                (About::Customer(id), false) => (decided_as(
                    &format!("{} is not of {id}", named(&decision.a.source, &decision.a.key)), decision)),
            }
            form method="post" action="/review/undo" {
                (about(review, &made.about))
                button type="submit" data-key="u" { "Undo" kbd { "U" } }
                " " a href=(review.link_of(&made.about)) {
                    @match made.about {
                        About::Pair(_) => "Show the pair",
                        About::Customer(_) => "Show the customer",
                    }
                }
            }
        }
    }
}

/// Blind or not, and which keys do something. `link` is the same page, reviewed in another way.
pub(super) fn settings(
    review: &Review<'_>,
    link: &dyn Fn(Mode) -> Link,
    keys: Markup,
    asked: &Asked,
) -> Markup {
    let is_blind = review.mode.is_blind;
    let other = Mode {
        is_blind: !is_blind,
        ..review.mode
    };
    let here = link(review.mode);
    html! {
        section.settings data-keys=(if asked.has_keys { "on" } else { "off" }) {
            p {
                @if is_blind { "Weights and sources are hidden until you have decided. " a href=(link(other)) { "Show them" } }
                @else { a href=(link(other)) { "Hide weights and sources until I have decided" } }
            }
            form method="post" action="/review/keys" {
                @if here.path().ends_with("/customers") { input type="hidden" name="page" value="customers"; }
                @for (name, value) in here.query() { input type="hidden" name=(name) value=(value); }
                p {
                    "Keys: " (keys)
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
