//! Two records at the thresholds: side by side, with what they say.

use maud::html;
use serde_json::json;

use super::super::subject::Review;
use super::here::{Here, PAIR, ask, thresholds};
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::page::evidence::{
    Reason, Weights, beside, probability, reasons as reasons_of, record_at,
};
use crate::page::frame::{Frame, Place};

/// The page: two records by their numbers.
pub(crate) fn page(app: &App, asked: &Asked) -> Result<Answer, Failure> {
    let missing = || Failure::missing("the run has no such records");
    let runs = app.runs();
    let run = app.run(&runs, asked)?.ok_or_else(missing)?;
    let review = Review::of(app, run, asked)?.ok_or_else(missing)?;
    let here = Here::of(&review, asked)?;
    let number = |name: &str| {
        asked
            .number(name)
            .and_then(|record| u32::try_from(record).ok())
    };
    let (Some(a), Some(b)) = (number("a"), number("b")) else {
        return Err(missing());
    };
    let frame = Frame::new(app, asked, Some(run)).at(Place::Review);
    let Some(thresholds) = thresholds(app, &review, asked)? else {
        return ask(
            app,
            &here,
            here.link(&PAIR).with("a", a).with("b", b),
            asked,
            frame,
        );
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
    let is_weighed = |reason: &Reason| matches!(reason, Reason::Weights(_));
    if !reasons.iter().any(is_weighed) {
        let weights = Weights::parse(&score.to_string(), &weights);
        reasons.extend(weights.map(Reason::Weights));
    }
    let body = html! {
        header.head {
            p.crumbs { a href=(here.link(&["review", "threshold"])) { "Threshold" } }
            h1 { "Two records" }
            p.sub { "Probability of one customer, from their values alone: " (probability(score)) }
        }
        section.card {
            (beside(&records, false))
            @if is_linked { p { "The run has linked the two directly." } }
            @for reason in &reasons { (reason.shown(Some(thresholds.own()))) }
            p.quiet { "Whether they are merged depends on all records of their customers, and on rules, guards and decisions." }
        }
    };
    Ok(Answer::page("Two records", frame, body))
}
