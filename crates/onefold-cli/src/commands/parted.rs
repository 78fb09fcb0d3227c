//! Two records that decisions keep apart, and what would link them.

use std::cmp::Reverse;
use std::collections::HashMap;

use onefold_engine::{Decision, Project, RecordName, Timestamp, Undivided, record_name};
use serde_json::{Value, json};

use super::resolution::{Folders, Link, Record, Resolution, path, resolution};
use crate::output::Output;

/// Most decisions that are named.
const NAMED: usize = 3;

/// What keeps two records apart.
pub(super) struct Parted {
    /// At least one; those on the two records themselves, where there are any.
    pub(super) decisions: Vec<Decision>,
    /// The links between them that there would be without it.
    pub(super) links: Vec<Link>,
}

/// Finds the decisions that keep two records of two customers apart. Whether they do is tried: the resolution runs again without those that
/// say `different`. The exit code where that cannot be.
pub(super) fn parted(
    project: &Project,
    found: &Resolution,
    [a, b]: [&Record; 2],
    asked: Folders<'_>,
    output: &Output,
) -> anyhow::Result<Result<Option<Parted>, u8>> {
    let without = match Undivided::of(project, &found.table) {
        Ok(Some(without)) => without,
        Ok(None) => return Ok(Ok(None)),
        Err(error) => return Ok(Err(output.project_error(&error, project))),
    };
    let undivided = match resolution(&without.project, Some(&found.table), asked, output)? {
        Ok(undivided) => undivided,
        Err(code) => return Ok(Err(code)),
    };
    let (now, then) = (Ids::of(found), Ids::of(&undivided));
    let [name_a, name_b] = [a, b].map(|record| (record.source.as_str(), record.key.as_str()));
    if then.of_name(name_a) != then.of_name(name_b) {
        return Ok(Ok(None));
    }
    let of_customers = [now.of_name(name_a), now.of_name(name_b)];
    // The decision on the two comes first, then those between their customers, then those by which others of them are two customers.
    let rank = |decision: &Decision| {
        let [x, y] = [&decision.a, &decision.b].map(name);
        let ends = [now.of_name(x), now.of_name(y)];
        let are_within = [x, y]
            .iter()
            .all(|end| then.of_name(*end) == then.of_name(name_a));
        match are_within && ends[0] != ends[1] {
            true if is_on(decision, a, b) => Some(0),
            true if ends == of_customers || [ends[1], ends[0]] == of_customers => Some(1),
            true => Some(2),
            false => None,
        }
    };
    let ranked = without.different.iter();
    let ranked = ranked.filter_map(|decision| Some((rank(decision)?, decision)));
    let mut ranked: Vec<(usize, &Decision)> = ranked.collect();
    ranked.sort_by_key(|(rank, decision)| (*rank, Reverse(decision.at)));
    let first = ranked.first().map(|(rank, _)| *rank);
    let decisions = ranked.iter().filter(|(rank, _)| Some(*rank) == first);
    // Of several on the two, the latest holds.
    let named = if first == Some(0) { 1 } else { NAMED };
    let decisions: Vec<Decision> = decisions.take(named).map(|(_, d)| (*d).clone()).collect();
    let links: Vec<Link> = path(&undivided.links, a, b).into_iter().cloned().collect();
    Ok(Ok(
        (!decisions.is_empty() && !links.is_empty()).then_some(Parted { decisions, links })
    ))
}

/// Whether a decision is on two records.
fn is_on(decision: &Decision, a: &Record, b: &Record) -> bool {
    let is =
        |end: &RecordName, record: &Record| end.source == record.source && end.key == record.key;
    let (x, y) = (&decision.a, &decision.b);
    (is(x, a) && is(y, b)) || (is(x, b) && is(y, a))
}

/// Source and key.
type Name<'a> = (&'a str, &'a str);

fn name(record: &RecordName) -> Name<'_> {
    (record.source.as_str(), record.key.as_str())
}

/// The customers of records; of several with one key, the first stands for it.
struct Ids<'a>(HashMap<Name<'a>, &'a str>);

impl<'a> Ids<'a> {
    fn of(found: &'a Resolution) -> Self {
        let mut ids = HashMap::new();
        for (record, id) in &found.members {
            let name = (record.source.as_str(), record.key.as_str());
            ids.entry(name).or_insert(id.as_str());
        }
        Self(ids)
    }
}

impl Ids<'_> {
    fn of_name(&self, name: Name<'_>) -> Option<&str> {
        self.0.get(&name).copied()
    }
}

impl Parted {
    /// A sentence for each decision.
    pub(super) fn sentences(&self, a: &Record, b: &Record) -> Vec<String> {
        let sentence = |decision: &Decision| {
            let mut text = match decision.who.as_str() {
                "" => "a decision".to_owned(),
                who => format!("the decision of {who}"),
            };
            if let Some(at) = at(decision) {
                text += &format!(" at {at}");
            }
            if !is_on(decision, a, b) {
                let (x, y) = (full(&decision.a), full(&decision.b));
                text += &format!(" that {x} and {y} are different");
            }
            text += " keeps them apart";
            if !decision.why.is_empty() {
                text += &format!(": {}", decision.why);
            }
            text
        };
        self.decisions.iter().map(sentence).collect()
    }

    /// The decisions, for programs.
    pub(super) fn json(&self) -> Vec<Value> {
        let one = |decision: &Decision| {
            json!({
                "records": [full(&decision.a), full(&decision.b)],
                "who": decision.who,
                "at": at(decision),
                "why": decision.why,
            })
        };
        self.decisions.iter().map(one).collect()
    }
}

fn at(decision: &Decision) -> Option<String> {
    let at = Timestamp::from_microsecond(decision.at?).ok()?;
    Some(at.to_string())
}

fn full(record: &RecordName) -> String {
    record_name(&record.source, &record.key)
}
