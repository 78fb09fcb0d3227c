//! The threshold of a model, moved: what becomes of the customers, before anything is changed.

mod here;
mod pair;

use std::sync::Arc;

use maud::{Markup, html};
use onefold_engine::{Cut, Pair, THRESHOLDS, Thresholds};
use serde_json::json;

use super::subject::{Review, nothing};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::chart::{self, Ink, Line, Width};
use crate::failure::Failure;
use crate::form::Form;
use crate::guard::is_here;
use crate::page::evidence::{percent, probability};
use crate::page::frame::{Frame, Place};
use crate::response::elsewhere;
use crate::text::{counted, difference, grouped};
use here::{Here, PAIR, ask, head, is_brief, number, thresholds};

pub(crate) use pair::page as pair;

/// Thresholds of the chart, beside those that are looked at.
const CURVE: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];

/// The page.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(crate::page::home::empty(app, asked, Place::Review));
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Review);
    let Some(review) = Review::of(app, run, asked)? else {
        return Ok(nothing(asked, run, frame));
    };
    let here = Here::of(&review, asked)?;
    let Some((own, _)) = review.thresholds() else {
        return Ok(by_rules(&here, asked, frame));
    };
    let Some(thresholds) = thresholds(app, &review, asked)? else {
        return ask(
            app,
            &here,
            here.link(&["review", "threshold"]),
            asked,
            frame,
        );
    };
    // A threshold that is written as the pipeline's is it, however many digits the pipeline has.
    let is_other = |share: &f64| number(*share) != number(thresholds.own());
    let wanted = here.wanted.filter(is_other).unwrap_or(thresholds.own());
    let cut = thresholds.at(wanted);
    let curve = match is_brief(&review) || here.has_curve {
        true => curve(&thresholds, cut.threshold),
        false => Vec::new(),
    };
    if asked.shape == Shape::Json {
        return Ok(Answer::Json(json!({
            "run_id": run.run_id,
            "table": review.table,
            "threshold": thresholds.own(),
            "range": THRESHOLDS,
            "cut": *cut,
            "curve": curve.iter().map(|cut| brief(cut)).collect::<Vec<_>>(),
        })));
    }
    let at_own = thresholds.at(thresholds.own());
    let body = html! {
        (head())
        (here.tabs())
        @if own != thresholds.own() {
            p.note.warn { "The pipeline now has the threshold " (percent(thresholds.own())) ". This run had " (percent(own)) "." }
        }
        (form(&here, &cut))
        (tiles(&cut, &at_own))
        @if !cut.is_own { (apply(&review, &cut)) }
        @if !curve.is_empty() { (drawn(&here, &curve, &cut)) }
        @else { (ask_for_curve(&here)) }
        (pairs(&here, "Pairs that would be joined", &cut.added_pairs, cut.added))
        (pairs(&here, "Pairs that would be separated", &cut.removed_pairs, cut.removed))
        script type="module" src="/assets/review.js" {}
    };
    Ok(Answer::page("Threshold", frame, body))
}

/// Compares the records in the background, and leads to the page that waits for it.
pub(crate) fn compare(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let asked = &asked.with_form(form);
    let runs = app.runs();
    let missing = || Failure::missing("the run of this page is not there any more");
    let run = app.run(&runs, asked)?.ok_or_else(missing)?;
    let review = Review::of(app, run, asked)?.ok_or_else(missing)?;
    here::start(app, &review)?;
    Ok(back(form))
}

/// Stops comparing.
pub(crate) fn cancel(app: &App, form: &Form) -> Answer {
    app.comparing.cancel();
    back(form)
}

/// Back to the page of a form.
fn back(form: &Form) -> Answer {
    let next = form.text("next");
    let next = if is_here(next) {
        next
    } else {
        "/review/threshold"
    };
    Answer::Other(Box::new(elsewhere(next)))
}

fn curve(thresholds: &Thresholds, wanted: f64) -> Vec<Arc<Cut>> {
    let mut all = CURVE.to_vec();
    all.extend([thresholds.own(), wanted]);
    all.sort_by(f64::total_cmp);
    all.dedup();
    all.into_iter().map(|cut| thresholds.at(cut)).collect()
}

/// A cut without its pairs.
fn brief(cut: &Cut) -> Cut {
    Cut {
        added_pairs: Vec::new(),
        removed_pairs: Vec::new(),
        ..cut.clone()
    }
}

fn by_rules(here: &Here<'_, '_>, asked: &Asked, frame: Frame) -> Answer {
    let review = here.review;
    if asked.shape == Shape::Json {
        let run = &review.run.run_id;
        return Answer::Json(json!({"run_id": run, "table": review.table, "threshold": null}));
    }
    let body = html! {
        (head())
        (here.tabs())
        section.state.empty {
            h2 { "There is no threshold" }
            p { (review.table) " is resolved by rules alone, and a rule holds or does not. With " code { "model: auto" }
                ", records are compared by likeness too." }
        }
    };
    Answer::page("Threshold", frame, body)
}

fn ask_for_curve(here: &Here<'_, '_>) -> Markup {
    let link = here.link(&["review", "threshold"]).with("curve", 1);
    html! {
        p { a.button href=(link) { "Draw all thresholds" } " "
            span.quiet { "This merges the records anew for each of " (CURVE.len()) " thresholds." } }
    }
}

fn form(here: &Here<'_, '_>, cut: &Cut) -> Markup {
    let link = here.with_cut(&["review", "threshold"], None);
    html! {
        form.cut method="get" action=(link.path()) {
            @for (name, value) in link.query() { input type="hidden" name=(name) value=(value); }
            label.slide { "Threshold in percent"
                input type="range" name="cut" min="2" max="99.99" step="0.01" value=(number(cut.threshold)); }
            label { "Exact value"
                input type="number" name="exact" min=(number(THRESHOLDS[0])) max=(number(THRESHOLDS[1])) step="0.01" placeholder=(number(cut.threshold)); }
            button.primary type="submit" { "Show" }
            p.quiet { "Between " (percent(THRESHOLDS[0])) " and " (percent(THRESHOLDS[1]))
                ". The numbers are those of a run with that threshold over the same records. Nothing is changed." }
        }
    }
}

fn tiles(cut: &Cut, own: &Cut) -> Markup {
    let tile = |name: &str, now: u64, before: u64| {
        html! {
            div.tile {
                dt { (name) }
                dd.value { (grouped(now)) }
                dd.change.quiet { @if cut.is_own { "as it is" } @else { (difference(now, before)) } }
            }
        }
    };
    let share = |share: Option<f64>| share.map_or_else(|| "\u{2013}".to_owned(), percent);
    html! {
        h2 id="at" { "Linked from " (percent(cut.threshold)) " "
            span.quiet { @if cut.is_own { "the threshold of the pipeline" } @else { "instead of " (percent(own.threshold)) } } }
        dl.tiles aria-labelledby="at" {
            (tile("Links", cut.links, own.links))
            (tile("Customers", cut.customers, own.customers))
            (tile("Records merged", cut.merged, own.merged))
            (tile("Largest customer", cut.largest, own.largest))
            div.tile {
                dt { "Pairs of records" }
                dd.value { "+" (grouped(cut.added)) " / \u{2212}" (grouped(cut.removed)) }
                dd.change.quiet { "joined, or separated" }
            }
            @if let Some(decided) = &cut.decided {
                div.tile {
                    dt { "Precision" }
                    dd.value { (share(decided.precision)) }
                    dd.change.quiet { "of " (counted(decided.same + decided.different, "decided pair")) }
                }
                div.tile {
                    dt { "Recall" }
                    dd.value { (share(decided.recall)) }
                    dd.change.quiet { "of " (grouped(decided.same)) " decided to be the same" }
                }
            }
        }
        @if cut.decided.is_some() {
            p.quiet { "Precision and recall are measured on the decided pairs, as if nobody had decided. The customers obey the decisions at every threshold." }
        } @else {
            p.quiet { "Precision and recall appear here once pairs are decided." }
        }
    }
}

/// The lines to set, for whoever wants to keep the threshold.
fn apply(review: &Review<'_>, cut: &Cut) -> Markup {
    let mut yaml = format!(
        "tables:\n  {}:\n    resolve:\n      model:\n        threshold: {}%\n",
        review.table,
        number(cut.threshold)
    );
    let possible = review.now.as_ref().and_then(|now| now.thresholds);
    if possible.is_some_and(|(_, possible)| possible > cut.threshold) {
        yaml += &format!("        possible: {}%\n", number(cut.threshold));
    }
    html! {
        details.card.apply {
            summary { "Apply " (percent(cut.threshold)) }
            p { "Set this in " a href="/pipeline" { "the pipeline file" } ", and run it again:" }
            pre tabindex="0" { code { (yaml) } }
        }
    }
}

fn drawn(here: &Here<'_, '_>, curve: &[Arc<Cut>], cut: &Cut) -> Markup {
    let labels: Vec<String> = curve.iter().map(|cut| percent(cut.threshold)).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let series = |of: fn(&Cut) -> u64| curve.iter().map(|cut| of(cut)).collect::<Vec<u64>>();
    let (links, largest) = (series(|cut| cut.links), series(|cut| cut.largest));
    let line = |name, values, ink| {
        [Line {
            name,
            values,
            ink: Ink::Of(ink),
        }]
    };
    let share = |share: Option<f64>| share.map_or_else(|| "\u{2013}".to_owned(), percent);
    let has_labels = cut.decided.is_some();
    html! {
        div.charts {
            section.card { (chart::chart("Links at each threshold", &labels, &line("links", &links, 0), Width::Half)) }
            section.card { (chart::chart("Records of the largest customer", &labels, &line("records", &largest, 2), Width::Half)) }
        }
        section.card {
            h2 { "All thresholds" }
            div.scroll tabindex="0" role="group" aria-label="All thresholds" {
                table.list {
                    thead { tr {
                        th scope="col" { "Threshold" } th.number scope="col" { "Links" } th.number scope="col" { "Customers" }
                        th.number scope="col" { "Records merged" } th.number scope="col" { "Largest customer" }
                        th.number scope="col" { "Pairs joined" } th.number scope="col" { "Pairs separated" }
                        @if has_labels { th.number scope="col" { "Precision" } th.number scope="col" { "Recall" } }
                    } }
                    tbody {
                        @let looked_at = cut.threshold;
                        @for cut in curve {
                            @let is_here = cut.threshold == looked_at;
                            tr aria-current=[is_here.then_some("true")] {
                                th scope="row" { a href=(here.at(cut.threshold)) { (percent(cut.threshold)) }
                                    @if cut.is_own { " " span.quiet { "the pipeline's" } } }
                                td.number { (grouped(cut.links)) } td.number { (grouped(cut.customers)) }
                                td.number { (grouped(cut.merged)) } td.number { (grouped(cut.largest)) }
                                td.number { (grouped(cut.added)) } td.number { (grouped(cut.removed)) }
                                @if let Some(decided) = &cut.decided {
                                    td.number { (share(decided.precision)) } td.number { (share(decided.recall)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn pairs(here: &Here<'_, '_>, title: &str, pairs: &[Pair], all: u64) -> Markup {
    html! {
        @if all > 0 {
            section.card {
                h2 { (title) " " span.quiet { (pairs.len()) " of " (grouped(all)) ", one per customer" } }
                ul {
                    @for pair in pairs {
                        li {
                            a href=(here.link(&PAIR).with("a", pair.a).with("b", pair.b)) { "Records " (grouped(u64::from(pair.a) + 1)) " and " (grouped(u64::from(pair.b) + 1)) }
                            " " span.quiet { (probability(pair.score)) " from their values alone" }
                        }
                    }
                }
            }
        }
    }
}
