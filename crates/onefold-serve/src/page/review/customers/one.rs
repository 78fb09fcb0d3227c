//! A doubtful customer: its records side by side, why it is doubtful, and what can be decided of it.

use std::collections::{BTreeSet, HashMap};

use maud::{Markup, html};
use onefold_engine::browse::{Condition, Customer, Operator};
use onefold_engine::{Decision, RecordName};
use serde_json::{Value, json};

use super::super::card::decided_as;
use super::super::subject::Review;
use super::cut::{self, Strength};
use crate::app::App;
use crate::doubts::{Doubt, Doubts, Settled, Why, doubtful_below, standing};
use crate::failure::Failure;
use crate::page::evidence::{Linked, Record, beside, links, probability};
use crate::text::{counted, grouped};

/// Records that stand side by side, each with a key of its own.
const BESIDE: usize = 6;
/// Obstacles that are told.
const TOLD: usize = 3;

/// A doubtful customer.
pub(super) struct Doubtful<'d> {
    pub(super) place: u32,
    pub(super) doubt: &'d Doubt,
    pub(super) settled: Option<Settled<'d>>,
    customer: Customer,
    records: Vec<Record>,
    /// The weakest first.
    linked: Vec<Linked>,
    /// The same, and what was decided since the run.
    links: Vec<cut::Link>,
    /// Pairs of its records that are decided to be different, the record that was parted first.
    different: Vec<[usize; 2]>,
}

impl<'d> Doubtful<'d> {
    pub(super) fn of(
        app: &App,
        review: &Review<'_>,
        doubts: &'d Doubts,
        place: u32,
        decisions: &'d [Decision],
        settled: Option<Settled<'d>>,
    ) -> Result<Self, Failure> {
        let missing = || Failure::missing("the run has no such doubtful customer");
        let doubt = doubts.at(place).ok_or_else(missing)?;
        let run = &review.run.run_id;
        let customer = app.customers(run, review.table)?.customer(&doubt.id)?;
        let records = customer.records.iter();
        let mut records: Vec<Record> = records
            .map(|record| Record::of(record, review.key(&record.source)))
            .collect();
        tell_apart(app, run, &mut records)?;
        let linked = Linked::weakest_first(&customer);
        let below = review.thresholds();
        let below = below.map_or(0.0, |(threshold, _)| doubtful_below(threshold));
        let links = linked.iter().filter_map(|linked| link(linked, below));
        let mut links: Vec<cut::Link> = links.collect();
        let mut different = Vec::new();
        for (same, ends) in decided(&records, decisions) {
            match same {
                true => links.push(cut::Link {
                    ends,
                    strength: Strength::Decision,
                    is_doubtful: false,
                }),
                false => different.push(ends),
            }
        }
        different.sort_unstable();
        Ok(Self {
            place,
            doubt,
            settled,
            customer,
            records,
            linked,
            links,
            different,
        })
    }

    /// The pairs that have to be the same, so that the next run keeps it whole.
    pub(super) fn whole(&self) -> Vec<[usize; 2]> {
        let mut pairs = cut::whole(self.records.len(), &self.links);
        // What was parted is joined again.
        let revoked = self
            .different
            .iter()
            .filter(|[a, b]| !pairs.contains(&[*a, *b]) && !pairs.contains(&[*b, *a]));
        let revoked: Vec<[usize; 2]> = revoked.copied().collect();
        pairs.extend(revoked);
        pairs
    }

    /// The pairs that have to be different, so that the next run parts a record from the others; none where it is parted.
    pub(super) fn parted(&self, record: usize) -> Vec<[usize; 2]> {
        let others = cut::parted(record, self.records.len(), &self.links, &self.apart());
        let pairs = others.into_iter().map(|other| [record, other]);
        pairs
            .filter(|pair| !self.different.contains(pair))
            .collect()
    }

    /// Whether it has such a record.
    pub(super) fn is_one_of_it(&self, record: usize) -> bool {
        record < self.records.len()
    }

    /// What the records of pairs are called.
    pub(super) fn names(&self, pairs: &[[usize; 2]]) -> Vec<[RecordName; 2]> {
        let name = |place: usize| {
            let record = self.records.get(place)?;
            Some(RecordName::new(&*record.called.0, &*record.called.1))
        };
        let pairs = pairs.iter();
        pairs
            .filter_map(|[a, b]| Some([name(*a)?, name(*b)?]))
            .collect()
    }

    /// Why nobody can decide on some pairs.
    pub(super) fn obstacle(&self, review: &Review<'_>, pairs: &[[usize; 2]]) -> Option<String> {
        let is_hidden = self.is_hidden(review);
        let mut records = pairs.iter().flatten();
        self.unknown().or_else(|| {
            records.find_map(|place| self.records.get(*place)?.obstacle(*place, is_hidden))
        })
    }

    /// Why nobody can decide on it at all.
    fn unknown(&self) -> Option<String> {
        if self.customer.total > self.records.len() as u64 {
            let records = counted(self.customer.total, "record");
            return Some(format!(
                "It has {records}, too many to decide on: change the rules that link them."
            ));
        }
        let is_unknown = self.records.iter().any(|record| record.fields.is_empty());
        is_unknown.then(|| "The run has not kept all of its records.".to_owned())
    }

    /// What was decided when the page was shown, for a form to say.
    pub(super) fn state(&self) -> String {
        let settled = self.settled.map(|settled| settled.is_whole);
        match settled {
            None => "open".to_owned(),
            Some(true) => "whole".to_owned(),
            Some(false) => {
                let parted = self.different.iter().map(|[a, b]| format!("{a}-{b}"));
                parted.collect::<Vec<_>>().join(",")
            }
        }
    }

    /// Whether its links and sources are hidden.
    fn is_hidden(&self, review: &Review<'_>) -> bool {
        review.mode.is_blind && self.settled.is_none()
    }

    /// The records that stand side by side, from one on.
    pub(super) fn beside(&self, first: usize) -> std::ops::Range<usize> {
        let first = first.min(self.records.len().saturating_sub(1));
        first..(first + BESIDE).min(self.records.len())
    }

    /// What a record is called on a button.
    pub(super) fn called(&self, review: &Review<'_>, place: usize) -> String {
        match self.records.get(place) {
            Some(record) if !self.is_hidden(review) => record.name.clone(),
            _ => format!("record {}", place + 1),
        }
    }

    pub(super) fn json(&self, review: &Review<'_>) -> Value {
        let is_hidden = self.is_hidden(review);
        let records = self.records.iter().map(|record| {
            let fields = match is_hidden {
                true => record.masked().fields,
                false => record.fields.clone(),
            };
            let fields = fields.into_iter();
            let fields = fields.map(|(field, value)| (field, Value::from(value)));
            let mut one = json!({"values": Value::Object(fields.collect())});
            if !is_hidden {
                one["source"] = json!(record.called.0);
                one["record_key"] = json!(record.called.1);
            }
            one
        });
        let mut customer = json!({
            "id": self.doubt.id,
            "total": self.customer.total,
            "records": records.collect::<Vec<_>>(),
            "decision": self.settled.map(|settled| match settled.is_whole {
                true => "one person",
                false => "parted",
            }),
        });
        if !is_hidden {
            let why = self.doubt.why.iter().map(said);
            customer["why"] = why.collect();
            let links = self.linked.iter().map(|link| {
                let names = link.ends.map(|end| Some(&self.records.get(end?)?.name));
                json!({"records": names, "score": link.score()})
            });
            customer["links"] = links.collect();
        }
        customer
    }

    pub(super) fn shown(&self, review: &Review<'_>, of: usize, first: usize) -> Markup {
        let is_hidden = self.is_hidden(review);
        let seen = self.beside(first);
        let known = self.records.len();
        // Each is held against the first one that is seen, so their numbers are those of the buttons.
        let records = self.records.get(seen.clone()).unwrap_or_default().iter();
        let records = records.enumerate().map(|(place, record)| match is_hidden {
            true => Record {
                name: format!("Record {}", seen.start + place + 1),
                ..record.masked()
            },
            false => record.clone(),
        });
        let records: Vec<Record> = records.collect();
        let more = |first: usize| {
            let link = review.customers(review.mode, Some(&self.doubt.id));
            link.with_some("record", (first > 0).then_some(first))
        };
        let customer = crate::link::Link::to(&["customers", &self.doubt.id]);
        html! {
            section.card.pair {
                header.row-head {
                    h2 { "Customer " (grouped(u64::from(self.place) + 1)) " of " (grouped(of as u64)) }
                    @if !is_hidden { a.quiet href=(review.with(customer)) { (self.doubt.id) } }
                }
                @if let Some(settled) = &self.settled {
                    (decided_as(if settled.is_whole { "one person" } else { "not one person" }, settled.decision))
                }
                @if !is_hidden {
                    p { @for (place, why) in self.doubt.why.iter().enumerate() { @if place > 0 { " " } (said(why)) } }
                }
                (beside(&records, false))
                @if known > BESIDE {
                    nav.pager aria-label="Pages of records" {
                        span { (grouped(seen.start as u64 + 1)) "–" (grouped(seen.end as u64)) " of " (counted(self.customer.total, "record")) }
                        @if seen.start > 0 { a href=(more(seen.start.saturating_sub(BESIDE))) rel="prev" { "Previous" } }
                        @if seen.end < known { a href=(more(seen.end)) rel="next" { "Next" } }
                    }
                }
                @for parted in self.apart() {
                    p.note.good { (self.called(review, parted)) " is parted from the others." }
                }
                @for obstacle in self.obstacles(is_hidden) { p.note.warn { (obstacle) } }
            }
            @if !is_hidden {
                (links(&self.customer, &self.linked, review.thresholds().map(|(threshold, _)| threshold)))
            }
        }
    }

    /// The records that are parted, each once.
    fn apart(&self) -> BTreeSet<usize> {
        self.different.iter().map(|[parted, _]| *parted).collect()
    }

    /// Records on which nobody can decide, and why.
    fn obstacles(&self, is_hidden: bool) -> Vec<String> {
        if let Some(obstacle) = self.unknown() {
            return vec![obstacle];
        }
        let records = self.records.iter().enumerate();
        let obstacles = records.filter_map(|(place, record)| record.obstacle(place, is_hidden));
        obstacles.take(TOLD).collect()
    }
}

/// A link as it counts for decisions, where both of its records are read.
fn link(linked: &Linked, below: f64) -> Option<cut::Link> {
    let [Some(a), Some(b)] = linked.ends else {
        return None;
    };
    let strength = match (linked.is_decided(), linked.is_by_rule()) {
        (true, _) => Strength::Decision,
        (_, true) => Strength::Rule,
        _ => Strength::Model,
    };
    let is_weak = linked.score().is_some_and(|score| score < below);
    Some(cut::Link {
        ends: [a, b],
        strength,
        is_doubtful: is_weak && strength != Strength::Decision,
    })
}

/// What stands decided of pairs of these records, by their places: whether they are the same.
fn decided(records: &[Record], decisions: &[Decision]) -> Vec<(bool, [usize; 2])> {
    let places = records.iter().enumerate();
    let places: HashMap<(&str, &str), usize> = places
        .map(|(place, Record { called, .. })| ((called.0.as_str(), called.1.as_str()), place))
        .collect();
    let standing = standing(decisions).into_values();
    let decided = standing.filter_map(|decision| {
        let place = |of: &RecordName| places.get(&(of.source.as_str(), of.key.as_str())).copied();
        Some((decision.same, [place(&decision.a)?, place(&decision.b)?]))
    });
    decided.collect()
}

/// Finds out which records share their keys with others of their tables.
fn tell_apart(app: &App, run: &str, records: &mut [Record]) -> Result<(), Failure> {
    let mut keyed: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (place, record) in records.iter().enumerate() {
        if let Some(key) = &record.key {
            let of = keyed.entry((record.called.0.clone(), key.clone()));
            of.or_default().push(place);
        }
    }
    for ((source, key), places) in keyed {
        let table = app.table(run, &source)?;
        let keys = places
            .iter()
            .map(|place| Some(records[*place].called.1.clone()));
        let condition = Condition {
            column: key.clone(),
            operator: Operator::Is,
            values: keys.collect(),
        };
        let view = table.view(&[condition], &[])?;
        if view.rows() == places.len() as u64 {
            continue;
        }
        let most = usize::try_from(view.rows()).unwrap_or(usize::MAX);
        let rows = table.page(&view, &[table.column(&key)?], 0, most)?;
        let mut counts: HashMap<String, usize> = HashMap::new();
        for key in rows.into_iter().flatten().flatten() {
            *counts.entry(key).or_default() += 1;
        }
        for place in places {
            let record = &mut records[place];
            record.is_one_of_several = counts.get(&record.called.1).is_some_and(|all| *all > 1);
        }
    }
    Ok(())
}

/// Why a customer is doubtful, in a sentence.
fn said(why: &Why) -> String {
    match why {
        Why::Weak(score) => format!(
            "Its weakest link has a probability of {}.",
            probability(*score)
        ),
        Why::Parts => {
            "No link joins all of its records: parts of it were merged for what they say together."
                .to_owned()
        }
        Why::Guard { guard, other } => {
            format!("A guard kept customer {other} apart from it: {guard}.")
        }
        Why::Large(records) => format!("It is unusually large: {}.", counted(*records, "record")),
    }
}
