//! A doubtful pair: its records side by side, and why it is doubtful.

use maud::{Markup, html};
use onefold_engine::{Decision, RecordName, Timestamp};
use serde_json::{Value, json};

use super::subject::{Review, Standing};
use crate::app::App;
use crate::doubts::account;
use crate::failure::Failure;
use crate::page::evidence::{Record, Weights, beside, percent, probability, record, waterfall};
use crate::text::{grouped, named};

/// A doubtful pair.
pub(super) struct Pair {
    /// Its number in the run.
    pub(super) number: u32,
    pub(super) a: RecordName,
    pub(super) b: RecordName,
    pub(super) decision: Option<Decision>,
    score: f64,
    weights: Option<String>,
    /// Its records as far as they are found.
    records: Vec<Record>,
    /// The guard that kept it apart, where the run says which.
    guard: Option<String>,
}

impl Pair {
    pub(super) fn of(
        app: &App,
        review: &Review<'_>,
        number: u32,
        decision: Option<&Decision>,
    ) -> Result<Self, Failure> {
        let run = &review.run.run_id;
        let table = app.table(run, &format!("{}.possible", review.table))?;
        let columns = [
            "record_key",
            "source",
            "other_key",
            "other_source",
            "score",
            "weights",
        ];
        let columns = columns.map(|name| table.column(name));
        let columns: Vec<usize> = columns.into_iter().collect::<Result<_, _>>()?;
        let row = table.page(&table.view(&[], &[])?, &columns, u64::from(number), 1)?;
        let row = row.into_iter().next();
        let row = row.ok_or_else(|| Failure::missing("the run has no such pair"))?;
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        let mut name = || {
            let key = next().unwrap_or_default();
            RecordName::new(next().unwrap_or_default(), key)
        };
        let (a, b) = (name(), name());
        let score = next().and_then(|score| score.parse().ok()).unwrap_or(0.5);
        let mut records = Vec::new();
        for name in [&a, &b] {
            let of = (name.source.as_str(), review.key(&name.source));
            records.extend(record(app, run, of, &name.key)?);
        }
        Ok(Self {
            number,
            weights: next(),
            guard: guard(app, review, &a, &b)?,
            a,
            b,
            decision: decision.cloned(),
            score,
            records,
        })
    }

    /// Why nobody can decide on it.
    pub(super) fn obstacles(&self, review: &Review<'_>) -> Vec<String> {
        if self.records.len() < 2 {
            return vec!["The run has not kept both of its records.".to_owned()];
        }
        let is_hidden = self.is_hidden(review);
        let records = self.records.iter().enumerate();
        let obstacles = records.filter_map(|(place, record)| record.obstacle(place, is_hidden));
        obstacles.collect()
    }

    /// Whether its weights and sources are hidden.
    fn is_hidden(&self, review: &Review<'_>) -> bool {
        review.mode.is_blind && self.decision.is_none()
    }

    pub(super) fn json(&self, review: &Review<'_>) -> Value {
        let is_hidden = self.is_hidden(review);
        let weights = self.weights.as_deref();
        let weights: Option<Value> = weights.and_then(|text| serde_json::from_str(text).ok());
        let fields = |record: &Record| {
            let fields = shown(record, is_hidden).fields.into_iter();
            let fields = fields.map(|(field, value)| (field, Value::from(value)));
            Value::Object(fields.collect())
        };
        let records: Vec<Value> = self.records.iter().map(fields).collect();
        let mut pair = json!({
            "number": self.number,
            "decision": self.decision.as_ref().map(|decision| json!({
                "decision": word(decision.same),
                "who": decision.who,
                "at": decision.at.map(moment),
                "why": decision.why,
            })),
            "records": records,
        });
        if !is_hidden {
            pair["record_key"] = json!(self.a.key);
            pair["source"] = json!(self.a.source);
            pair["other_key"] = json!(self.b.key);
            pair["other_source"] = json!(self.b.source);
            pair["score"] = json!(self.score);
            pair["weights"] = json!(weights);
            pair["guard"] = json!(self.guard);
        }
        pair
    }

    pub(super) fn shown(&self, review: &Review<'_>, standing: &Standing<'_>) -> Markup {
        let is_hidden = self.is_hidden(review);
        let records: Vec<Record> = self
            .records
            .iter()
            .map(|one| shown(one, is_hidden))
            .collect();
        let weights = self.weights.as_deref();
        let weights = weights.and_then(|text| Weights::parse(&self.score.to_string(), text));
        let least = review.thresholds().map(|(threshold, _)| threshold);
        let place = standing
            .queue
            .place(self.number)
            .map_or(0, |place| place + 1);
        html! {
            section.card.pair {
                header.row-head {
                    h2 { "Pair " (grouped(place as u64)) " of " (grouped(standing.queue.len() as u64)) }
                    @if !is_hidden { span.quiet { (probability(self.score)) } }
                }
                @if let Some(decision) = &self.decision { (decided(decision)) }
                (beside(&records, is_hidden))
                @if !is_hidden {
                    p { (self.why(review)) }
                    @if let Some(weights) = &weights { (waterfall(weights, least)) }
                }
                @for obstacle in self.obstacles(review) { p.note.warn { (obstacle) } }
            }
        }
    }

    /// Why it was not linked, in words.
    fn why(&self, review: &Review<'_>) -> String {
        let Some((threshold, possible)) = review.thresholds() else {
            return String::new();
        };
        if self.score < threshold
            && let Some(guard) = &self.guard
        {
            return format!("Not linked: a guard kept the two customers apart: {guard}.");
        }
        if self.score < threshold {
            return format!(
                "Not linked: pairs are linked from {}, and listed here from {}.",
                percent(threshold),
                percent(possible)
            );
        }
        match &self.guard {
            Some(guard) => format!("Likely enough, but kept apart by a guard: {guard}."),
            None => "Likely enough, but kept apart by a guard, or by the other records of the two customers.".to_owned(),
        }
    }
}

/// A record as it is shown.
fn shown(record: &Record, is_hidden: bool) -> Record {
    match is_hidden {
        true => record.masked(),
        false => record.clone(),
    }
}

/// What somebody has decided.
pub(super) fn decided(decision: &Decision) -> Markup {
    decided_as(word(decision.same), decision)
}

/// What somebody has decided, in other words.
pub(super) fn decided_as(what: &str, decision: &Decision) -> Markup {
    html! {
        div.note.good {
            strong { "Decided: " (what) }
            @if !decision.who.is_empty() { " by " (decision.who) }
            @if let Some(at) = decision.at { " on " (crate::text::moment(&moment(at))) }
            @if !decision.why.is_empty() { p { (decision.why) } }
        }
    }
}

pub(super) fn word(same: bool) -> &'static str {
    if same { "same" } else { "different" }
}

fn moment(at: i64) -> String {
    let at = Timestamp::from_microsecond(at);
    at.map_or_else(|_| String::new(), |at| at.to_string())
}

/// The guard that kept two records apart, where the run says which: it names some pairs of records, and each stands for the pairs of their
/// two customers.
fn guard(
    app: &App,
    review: &Review<'_>,
    a: &RecordName,
    b: &RecordName,
) -> Result<Option<String>, Failure> {
    let model = account(review.run, review.table).and_then(|account| account.model.as_ref());
    let Some(model) = model.filter(|model| !model.prevented.is_empty()) else {
        return Ok(None);
    };
    if let Some(doubts) = review.doubts(app)? {
        return Ok(doubts.guard(a, b).map(str::to_owned));
    }
    let [a, b] = [a, b].map(|record| named(&record.source, &record.key));
    let is_it = |(x, y): &(String, String)| (*x == a && *y == b) || (*x == b && *y == a);
    let mut guards = model.prevented.iter();
    let found = guards.find(|guard| guard.examples.iter().any(is_it));
    Ok(found.map(|found| found.guard.clone()))
}
