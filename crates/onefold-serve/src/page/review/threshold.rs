//! The threshold of a model, moved: what becomes of the customers, before anything is changed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use maud::{Markup, html};
use onefold_engine::{Cut, Keep, Pair, Project, RunOptions, THRESHOLDS, Thresholds};
use serde_json::json;

use super::subject::{Review, nothing, tabs};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::chart::{self, Ink, Line, Width};
use crate::failure::Failure;
use crate::link::Link;
use crate::page::evidence::{
    Reason, Weights, beside, percent, probability, reasons as reasons_of, record_at,
};
use crate::page::frame::{Frame, Place};
use crate::text::{counted, difference, duration, grouped};

/// Thresholds of the chart, beside those that are looked at.
const CURVE: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];
/// Seconds of matching in the run up to which the records are compared again without being asked, and the chart is drawn.
const BRIEFLY: f64 = 8.0;

/// The page.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let runs = app.runs();
    let Some(run) = app.run(&runs, asked)? else {
        return Ok(crate::page::home::empty(app, asked, Place::Review));
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Review);
    let Some(review) = Review::of(app, run, asked)? else {
        return Ok(Answer::page("Threshold", frame, nothing()));
    };
    let Some((own, _)) = review.thresholds() else {
        let body = html! { (head()) (tabs(&review, "threshold")) (by_rules(&review)) };
        return Ok(Answer::page("Threshold", frame, body));
    };
    let is_brief = seconds(&review) <= BRIEFLY;
    let thresholds = match known(app, &review)? {
        Some(known) => known,
        None if is_brief || asked.value("go").is_some() => compared(app, &review)?,
        None if asked.shape == Shape::Json => return Err(not_compared()),
        None => {
            let body = html! { (head()) (tabs(&review, "threshold")) (ask(&review)) };
            return Ok(Answer::page("Threshold", frame, body));
        }
    };
    // A threshold that is written as the pipeline's is it, however many digits the pipeline has.
    let is_other = |share: &f64| number(*share) != number(thresholds.own());
    let wanted = wanted(asked)?.filter(is_other).unwrap_or(thresholds.own());
    let cut = thresholds.at(wanted);
    let has_curve = is_brief || asked.value("curve").is_some();
    let curve = match has_curve {
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
        (tabs(&review, "threshold"))
        @if own != thresholds.own() {
            p.note.warn { "The pipeline says " (percent(thresholds.own())) " now; this run was done with " (percent(own)) "." }
        }
        (form(&review, asked, &cut))
        (tiles(&cut, &at_own))
        @if !cut.is_own { (apply(&review, &cut)) }
        @if !curve.is_empty() { (drawn(&review, &curve, &cut)) }
        @else { (ask_for_curve(&review, &cut)) }
        (pairs(&review, "Pairs that would be one customer", &cut.added_pairs, cut.added))
        (pairs(&review, "Pairs that would be one no longer", &cut.removed_pairs, cut.removed))
        script type="module" src="/assets/review.js" {}
    };
    Ok(Answer::page("Threshold", frame, body))
}

/// Two records by their numbers: side by side, with what they say.
pub(crate) fn pair(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let missing = || Failure::missing("the run has no such records");
    let runs = app.runs();
    let run = app.run(&runs, asked)?.ok_or_else(missing)?;
    let review = Review::of(app, run, asked)?.ok_or_else(missing)?;
    let is_wanted = seconds(&review) <= BRIEFLY || asked.value("go").is_some();
    let thresholds = match known(app, &review)? {
        Some(known) => known,
        None if is_wanted => compared(app, &review)?,
        None if asked.shape == Shape::Json => return Err(not_compared()),
        None => {
            let frame = Frame::new(app, asked, Some(run)).at(Place::Review);
            let body = html! { (head()) (tabs(&review, "threshold")) (ask(&review)) };
            return Ok(Answer::page("Two records", frame, body));
        }
    };
    let number = |name: &str| {
        asked
            .number(name)
            .and_then(|record| u32::try_from(record).ok())
    };
    let (Some(a), Some(b)) = (number("a"), number("b")) else {
        return Err(missing());
    };
    let mut records = Vec::new();
    for record in [a, b] {
        let (table, row) = thresholds.place(record).ok_or_else(missing)?;
        let of = (table, review.key(table));
        records.extend(record_at(app, &run.run_id, of, row)?);
    }
    let (score, weights) = thresholds.weights(a, b).ok_or_else(missing)?;
    if asked.shape == Shape::Json {
        let weights: Option<serde_json::Value> = serde_json::from_str(&weights).ok();
        let names = records.iter().map(|record| &record.name);
        return Ok(Answer::Json(json!({
            "run_id": run.run_id,
            "table": review.table,
            "a": a,
            "b": b,
            "records": names.collect::<Vec<_>>(),
            "score": score,
            "weights": weights,
        })));
    }
    let mut reasons = Vec::new();
    if let [a, b] = records.as_slice() {
        let [a, b] = [a, b].map(|record| (record.called.0.as_str(), record.called.1.as_str()));
        reasons = reasons_of(app, (run.run_id.as_str(), review.table), a, b)?;
    }
    let is_linked = !reasons.is_empty();
    if !reasons
        .iter()
        .any(|reason| matches!(reason, Reason::Weights(_)))
    {
        let weights = Weights::parse(&score.to_string(), &weights);
        reasons.extend(weights.map(Reason::Weights));
    }
    let back = review.with(Link::to(&["review", "threshold"]));
    let back = back.with_some("cut", asked.value("cut"));
    let body = html! {
        header.head {
            p.crumbs { a href=(back) { "Threshold" } }
            h1 { "Two records" }
            p.sub { "By themselves they are one customer with a probability of " (probability(score)) }
        }
        section.card {
            (beside(&records, false))
            @if is_linked { p { "The run has linked the two directly." } }
            @for reason in &reasons { (reason.shown(Some(thresholds.own()))) }
            p.quiet { "Whether they are merged depends on all records of their customers, and on rules, guards and decisions." }
        }
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Review);
    Ok(Answer::page("Two records", frame, body))
}

/// The threshold that is asked for: the number where there is one, or else that of the slider.
fn wanted(asked: &Asked) -> Result<Option<f64>, Failure> {
    let Some(text) = asked.value("exact").or(asked.value("cut")) else {
        return Ok(None);
    };
    let number = text.trim().trim_end_matches('%').trim().parse::<f64>().ok();
    // As it is shown, so that every number on the page leads back to what it says.
    let share = number.map(|number| (number * 100.0).round() / 10_000.0);
    let [least, most] = [THRESHOLDS[0] - 1e-9, THRESHOLDS[1] + 1e-9];
    let share = share.filter(|share| (least..=most).contains(share));
    let share = share.ok_or_else(|| {
        Failure::wrong(format!(
            "the threshold is not between {} and {}",
            percent(THRESHOLDS[0]),
            percent(THRESHOLDS[1])
        ))
    })?;
    Ok(Some(share))
}

fn not_compared() -> Failure {
    let failure = Failure::wrong("the records have not been compared again yet");
    failure.hint("`go=1` compares them")
}

/// Seconds that the run has spent on the table.
fn seconds(review: &Review<'_>) -> f64 {
    let mut tables = review.run.tables.iter();
    let table = tables.find(|table| table.name == review.table);
    table.map_or(0.0, |table| table.seconds)
}

/// What the records are compared under: the decisions and the pipeline as they are now.
fn key(review: &Review<'_>, project: &Project) -> Result<String, Failure> {
    let decisions = review.decisions()?;
    let decisions = decisions
        .as_ref()
        .map_or("", |decisions| decisions.digest());
    let mut hasher = DefaultHasher::new();
    project.text().hash(&mut hasher);
    Ok(format!("{decisions} {:016x}", hasher.finish()))
}

fn project(app: &App) -> Result<Project, Failure> {
    app.project().map_err(|failed| Failure::from(failed.error))
}

fn known(app: &App, review: &Review<'_>) -> Result<Option<Arc<Thresholds>>, Failure> {
    let key = key(review, &project(app)?)?;
    Ok(app.known_thresholds(&review.run.run_id, review.table, &key))
}

fn compared(app: &App, review: &Review<'_>) -> Result<Arc<Thresholds>, Failure> {
    let project = project(app)?;
    let key = key(review, &project)?;
    let options = RunOptions {
        input_dir: app.options.input_dir.clone(),
        output_dir: app.options.output_dir.clone(),
        state_dir: Some(app.options.output_dir.clone()),
        stdin: None,
        threads: app.options.threads,
        clock: &app.options.clock,
        on_event: &|_| {},
        interrupted: &AtomicBool::new(false),
        keep_runs: 1,
        keep: Keep::None,
        memory: None,
    };
    let run = review.run.run_id.as_str();
    app.compared((run, review.table), &key, || {
        Ok(project.thresholds(review.table, run, &options)?)
    })
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

fn head() -> Markup {
    html! {
        header.head {
            h1 { "Threshold" }
            p.sub { "What becomes of the customers where pairs are linked from another probability on" }
        }
    }
}

fn by_rules(review: &Review<'_>) -> Markup {
    html! {
        section.state.empty {
            h2 { "There is no threshold" }
            p { (review.table) " is resolved by rules alone, and a rule holds or does not. With " code { "model: auto" }
                ", records are compared by likeness too." }
        }
    }
}

/// Asks whether to compare the records again, where that takes its time.
fn ask(review: &Review<'_>) -> Markup {
    let link = review
        .with(Link::to(&["review", "threshold"]))
        .with("go", 1);
    html! {
        section.state.empty {
            h2 { "The records have to be compared again" }
            p { "That takes about as long as in the run, " (duration(seconds(review)))
                ", and as much memory. Afterwards each threshold takes a small part of it." }
            p { a.button href=(link) { "Compare them" } }
        }
    }
}

fn ask_for_curve(review: &Review<'_>, cut: &Cut) -> Markup {
    let link = at(review, cut.threshold).with("curve", 1);
    html! {
        p { a.button href=(link) { "Draw all thresholds" } " "
            span.quiet { "This merges the records anew for each of " (CURVE.len()) " thresholds." } }
    }
}

/// A share as a number of per cent.
fn number(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn at(review: &Review<'_>, threshold: f64) -> Link {
    let link = review.with(Link::to(&["review", "threshold"]));
    link.with("cut", number(threshold))
}

fn form(review: &Review<'_>, asked: &Asked, cut: &Cut) -> Markup {
    let link = review.with(Link::to(&["review", "threshold"]));
    html! {
        form.cut method="get" action="/review/threshold" {
            @for (name, value) in link.query() { input type="hidden" name=(name) value=(value); }
            @if asked.value("curve").is_some() { input type="hidden" name="curve" value="1"; }
            label.slide { "Linked from, in per cent"
                input type="range" name="cut" min="2" max="99.99" step="0.01" value=(number(cut.threshold)); }
            label { "Or exactly"
                input type="number" name="exact" min=(number(THRESHOLDS[0])) max=(number(THRESHOLDS[1])) step="0.01" placeholder=(number(cut.threshold)); }
            button.primary type="submit" { "Look" }
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
                dd.change.quiet { "one customer here, or no longer" }
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
            p.quiet { "Precision and recall are those of the pairs that somebody has decided on, as if nobody had: decisions are obeyed at every threshold." }
        } @else {
            p.quiet { "Precision and recall come here once pairs are decided." }
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
            p { "Set this in " a href="/pipeline" { "the pipeline file" } ", beside what stands there, and run it again:" }
            pre tabindex="0" { code { (yaml) } }
        }
    }
}

fn drawn(review: &Review<'_>, curve: &[Arc<Cut>], here: &Cut) -> Markup {
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
    let has_labels = here.decided.is_some();
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
                        th.number scope="col" { "Pairs more" } th.number scope="col" { "Pairs less" }
                        @if has_labels { th.number scope="col" { "Precision" } th.number scope="col" { "Recall" } }
                    } }
                    tbody {
                        @for cut in curve {
                            @let is_here = cut.threshold == here.threshold;
                            tr aria-current=[is_here.then_some("true")] {
                                th scope="row" { a href=(at(review, cut.threshold)) { (percent(cut.threshold)) }
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

fn pairs(review: &Review<'_>, title: &str, pairs: &[Pair], all: u64) -> Markup {
    html! {
        @if all > 0 {
            section.card {
                h2 { (title) " " span.quiet { (pairs.len()) " of " (grouped(all)) ", one a customer" } }
                ul.pairs {
                    @for pair in pairs {
                        @let link = review.with(Link::to(&["review", "threshold", "pair"]));
                        li {
                            a href=(link.with("a", pair.a).with("b", pair.b)) { "Records " (grouped(u64::from(pair.a) + 1)) " and " (grouped(u64::from(pair.b) + 1)) }
                            " " span.quiet { (probability(pair.score)) " by themselves" }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_per_cent_lead_back_to_their_share() {
        for share in [0.29, 0.5, 0.875, 0.9999, 0.02] {
            let again = number(share)
                .parse::<f64>()
                .map_or(0.0, |number| number / 100.0);
            assert!((again - share).abs() < 1e-9, "{share}");
        }
    }
}
