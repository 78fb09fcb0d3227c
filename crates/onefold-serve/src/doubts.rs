//! The doubtful customers of a `resolve` table of a run, in the order in which somebody looks at them: those with the weakest links first,
//! then those with parts that no link joins, those from which a guard kept another one apart, and unusually large ones.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use onefold_engine::browse::Table;
use onefold_engine::{Decision, Error, PARTED_BY_DECISION, RecordName, Report, ResolveReport};

use crate::queue::{name, pair_name};
use crate::reasons::Reasons;
use crate::text::named;

/// Rows that are read at once.
const ROWS: usize = 50_000;
/// A link is doubtful up to so many times the odds from which records are linked.
const DOUBT: f64 = 10.0;

/// Doubtful customers; a customer is called by its place in the order.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    all: Vec<Doubt>,
    /// By id.
    places: HashMap<String, u32>,
    /// By what a record is called: its customer, if that is doubtful.
    customers: HashMap<u64, u32>,
    /// Which customers a guard kept apart, by their numbers among those of which the run says so.
    guards: Vec<(String, [usize; 2])>,
    /// By what a record is called: the number of its customer.
    guarded: HashMap<u64, usize>,
}

/// A doubtful customer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Doubt {
    pub(crate) id: String,
    pub(crate) why: Vec<Why>,
    records: u64,
    /// Its doubtful links, by what their records are called.
    links: Vec<u64>,
}

/// Why a customer is doubtful.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Why {
    /// The probability of its weakest link.
    Weak(f64),
    /// It has parts that no link joins: they were merged for what all of their records say.
    Parts,
    /// A guard kept another customer apart from it.
    Guard { guard: String, other: String },
    /// It has more records than `max_size`.
    Large(u64),
}

/// What somebody has decided of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settled<'d> {
    /// Whether it is one person; else a record was parted from it.
    pub(crate) is_whole: bool,
    /// The last decision.
    pub(crate) decision: &'d Decision,
}

impl Doubt {
    fn new(id: String, why: Why, links: Vec<u64>) -> Self {
        Self {
            id,
            why: vec![why],
            records: 0,
            links,
        }
    }
}

/// The probability below which a link is doubtful, where records are linked from `threshold`.
pub(crate) fn doubtful_below(threshold: f64) -> f64 {
    let odds = DOUBT * threshold / (1.0 - threshold).max(f64::EPSILON);
    odds / (1.0 + odds)
}

/// The account of a `resolve` table of a run.
pub(crate) fn account<'r>(run: &'r Report, table: &str) -> Option<&'r ResolveReport> {
    let mut tables = run.tables.iter();
    tables.find(|known| known.name == table)?.resolve.as_ref()
}

impl Doubts {
    /// Of what a run says of a `resolve` table, and its side tables `members` and `links`.
    ///
    /// # Errors
    /// A table cannot be read, or has other columns.
    pub(crate) fn new(
        account: Option<&ResolveReport>,
        members: &Table,
        links: &Table,
    ) -> Result<Self, Error> {
        let mut all = Vec::new();
        let model = account.and_then(|account| account.model.as_ref());
        // Without comparisons there is no score.
        if let Some(model) = model.filter(|_| links.column("score").is_ok()) {
            all = weak(links, doubtful_below(model.threshold))?;
        }
        let mut doubts = Self::default();
        let guards = model.map_or(&[][..], |model| model.prevented.as_slice());
        let examples = guards.iter().flat_map(|guard| {
            let examples = guard.examples.iter();
            examples.map(move |(a, b)| (guard.guard.as_str(), [a.as_str(), b.as_str()]))
        });
        // What somebody decided is not doubtful.
        let examples = examples.filter(|(guard, _)| *guard != PARTED_BY_DECISION);
        let examples: Vec<(&str, [&str; 2])> = examples.collect();
        let ids = ids(members, &examples)?;
        let mut guarded: HashMap<String, usize> = HashMap::new();
        for (guard, names) in &examples {
            let [Some(a), Some(b)] = names.map(|name| ids.get(name)) else {
                continue;
            };
            for (id, other) in [(a, b), (b, a)] {
                let why = Why::Guard {
                    guard: (*guard).to_owned(),
                    other: other.clone(),
                };
                add(&mut all, id, why);
            }
            let numbers = [a, b].map(|id| {
                let all = guarded.len();
                *guarded.entry(id.clone()).or_insert(all)
            });
            doubts.guards.push(((*guard).to_owned(), numbers));
        }
        for large in account.iter().flat_map(|account| &account.oversized) {
            add(&mut all, &large.id, Why::Large(large.records));
        }
        doubts.fill(all, &guarded, members)?;
        Ok(doubts)
    }

    /// Finds the records of the customers. One of a single record has nothing to be parted.
    fn fill(
        &mut self,
        mut all: Vec<Doubt>,
        guarded: &HashMap<String, usize>,
        members: &Table,
    ) -> Result<(), Error> {
        let place = |(place, doubt): (usize, &Doubt)| (doubt.id.clone(), place as u32);
        let found: HashMap<String, u32> = all.iter().enumerate().map(place).collect();
        let mut records = Vec::new();
        each_member(members, |id, source, key| {
            if let Some(place) = found.get(id) {
                all[*place as usize].records += 1;
                records.push((record(source, key), *place));
            }
            if let Some(number) = guarded.get(id) {
                self.guarded.insert(record(source, key), *number);
            }
        })?;
        let mut now = vec![None; all.len()];
        for (before, doubt) in all.into_iter().enumerate() {
            if doubt.records > 1 {
                let place = self.all.len() as u32;
                now[before] = Some(place);
                self.places.insert(doubt.id.clone(), place);
                self.all.push(doubt);
            }
        }
        let records = records.into_iter();
        let customers =
            records.filter_map(|(record, before)| Some((record, now[before as usize]?)));
        self.customers = customers.collect();
        Ok(())
    }

    /// How many customers there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The customer at a place.
    pub(crate) fn at(&self, place: u32) -> Option<&Doubt> {
        self.all.get(place as usize)
    }

    /// The place of a customer in the order, from 0.
    pub(crate) fn place(&self, id: &str) -> Option<u32> {
        self.places.get(id).copied()
    }

    /// The guard that kept the customers of two records apart, where the run says so.
    pub(crate) fn guard(&self, a: &RecordName, b: &RecordName) -> Option<&str> {
        let number = |of: &RecordName| self.guarded.get(&record(&of.source, &of.key)).copied();
        let (a, b) = (number(a)?, number(b)?);
        let is_it = |both: &[usize; 2]| *both == [a, b] || *both == [b, a];
        let mut guards = self.guards.iter();
        let (guard, _) = guards.find(|(_, both)| is_it(both))?;
        Some(guard)
    }

    /// The customers that somebody has decided on. One is whole when all of its doubtful links are decided to be the same, or any of its
    /// links where none is doubtful.
    pub(crate) fn decided<'d>(&self, decisions: &'d [Decision]) -> HashMap<u32, Settled<'d>> {
        let mut decided = HashMap::new();
        let mut same: HashMap<u32, (HashSet<u64>, &Decision)> = HashMap::new();
        for (pair, decision) in standing(decisions) {
            let [a, b] = [&decision.a, &decision.b].map(|name| {
                let name = record(&name.source, &name.key);
                self.customers.get(&name).copied()
            });
            let (Some(place), true) = (a, a == b) else {
                continue;
            };
            if decision.same {
                let (pairs, last) = same.entry(place).or_insert((HashSet::new(), decision));
                pairs.insert(pair);
                *last = later(last, decision);
                continue;
            }
            let parted = decided.entry(place).or_insert(Settled {
                is_whole: false,
                decision,
            });
            parted.decision = later(parted.decision, decision);
        }
        for (place, (pairs, decision)) in same {
            let links = self.at(place).map_or(&[][..], |doubt| &doubt.links);
            if links.iter().all(|link| pairs.contains(link)) {
                decided.entry(place).or_insert(Settled {
                    is_whole: true,
                    decision,
                });
            }
        }
        decided
    }

    /// The next customer on which nobody has decided, after one or from the first; round and round.
    pub(crate) fn next(
        &self,
        after: Option<u32>,
        decided: &HashMap<u32, Settled<'_>>,
    ) -> Option<u32> {
        let all = self.all.len() as u32;
        let start = after.map_or(0, |place| place + 1).min(all);
        let mut places = (start..all).chain(0..start);
        places.find(|place| !decided.contains_key(place) && Some(*place) != after)
    }
}

/// The decisions that stand, by what their records are called: of two on the same records, the later one.
pub(crate) fn standing(decisions: &[Decision]) -> HashMap<u64, &Decision> {
    let mut standing: HashMap<u64, &Decision> = HashMap::new();
    for decision in decisions {
        let known = standing.entry(pair_name(decision)).or_insert(decision);
        *known = later(known, decision);
    }
    standing
}

/// The later of two decisions; of the same time, the second.
fn later<'d>(a: &'d Decision, b: &'d Decision) -> &'d Decision {
    if b.at >= a.at { b } else { a }
}

/// The customers with doubtful links, the weakest link first, and those with parts that no link joins.
fn weak(links: &Table, below: f64) -> Result<Vec<Doubt>, Error> {
    let names = [
        "record_key",
        "source",
        "linked_key",
        "linked_source",
        "reasons",
        "score",
    ];
    let mut columns = vec![0];
    for name in names {
        columns.push(links.column(name)?);
    }
    let mut found: Vec<(f64, String, u64)> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    let mut joined = Joined::default();
    each_row(links, &columns, |row| {
        let [id, key, source, linked_key, linked_source, reasons, score] = row else {
            return;
        };
        // A run keeps one link for each record but one. Where one leads back, another one is missing.
        if !joined.join(record(source, key), record(linked_source, linked_key)) {
            parts.push((*id).to_owned());
        }
        let score: Option<f64> = score.parse().ok();
        let score = score.filter(|score| *score < below);
        if let Some(score) = score.filter(|_| !Reasons::parse(reasons).is_decided) {
            let link = name((*source, *key), (*linked_source, *linked_key));
            found.push((score, (*id).to_owned(), link));
        }
    })?;
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut all: Vec<Doubt> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (score, id, link) in found {
        match places.get(&id).and_then(|place| all.get_mut(*place)) {
            Some(doubt) => doubt.links.push(link),
            None => {
                places.insert(id.clone(), all.len());
                let links = vec![link];
                all.push(Doubt::new(id, Why::Weak(score), links));
            }
        }
    }
    parts.dedup();
    for id in parts {
        match places.get(&id).and_then(|place| all.get_mut(*place)) {
            Some(doubt) if doubt.why.contains(&Why::Parts) => {}
            Some(doubt) => doubt.why.push(Why::Parts),
            None => {
                places.insert(id.clone(), all.len());
                all.push(Doubt::new(id, Why::Parts, Vec::new()));
            }
        }
    }
    Ok(all)
}

/// Records that links join.
#[derive(Default)]
struct Joined(HashMap<u64, u64>);

impl Joined {
    fn root(&mut self, mut record: u64) -> u64 {
        while let Some(up) = self.0.get(&record).copied() {
            if let Some(above) = self.0.get(&up).copied() {
                self.0.insert(record, above);
            }
            record = up;
        }
        record
    }

    /// Joins two records; whether they were not joined before.
    fn join(&mut self, a: u64, b: u64) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.0.insert(a, b);
        }
        a != b
    }
}

/// Adds why a customer is doubtful. There are few such reasons.
fn add(all: &mut Vec<Doubt>, id: &str, why: Why) {
    match all.iter_mut().find(|doubt| doubt.id == id) {
        Some(doubt) => doubt.why.push(why),
        None => all.push(Doubt::new(id.to_owned(), why, Vec::new())),
    }
}

/// The customers of the records that examples name.
fn ids<'e>(
    members: &Table,
    examples: &[(&str, [&'e str; 2])],
) -> Result<HashMap<&'e str, String>, Error> {
    let mut ids = HashMap::new();
    if examples.is_empty() {
        return Ok(ids);
    }
    let wanted: HashSet<&str> = examples.iter().flat_map(|(_, names)| *names).collect();
    each_member(members, |id, source, key| {
        if let Some(name) = wanted.get(named(source, key).as_str()) {
            ids.entry(*name).or_insert_with(|| id.to_owned());
        }
    })?;
    Ok(ids)
}

/// Sees the customer, source and key of each record.
fn each_member(members: &Table, mut each: impl FnMut(&str, &str, &str)) -> Result<(), Error> {
    let columns = [0, members.column("source")?, members.column("record_key")?];
    each_row(members, &columns, |row| {
        if let [id, source, key] = row {
            each(id, source, key);
        }
    })
}

/// Sees some columns of each row. The first column of `members` and `links` is the id of the customer, whatever its name.
fn each_row(table: &Table, columns: &[usize], mut each: impl FnMut(&[&str])) -> Result<(), Error> {
    let view = table.view(&[], &[])?;
    let mut read = 0;
    while read < view.rows() {
        let page = table.page(&view, columns, read, ROWS)?;
        if page.is_empty() {
            break;
        }
        read += page.len() as u64;
        for row in &page {
            let values = row.iter().map(|value| value.as_deref().unwrap_or_default());
            each(&values.collect::<Vec<_>>());
        }
    }
    Ok(())
}

/// What a record is called.
fn record(source: &str, key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (source, key).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(id: &str, links: &[(&str, &str)]) -> Doubt {
        let link = |(a, b): &(&str, &str)| name(("crm", a), ("crm", b));
        Doubt {
            id: id.to_owned(),
            why: Vec::new(),
            records: 3,
            links: links.iter().map(link).collect(),
        }
    }

    fn decision(same: bool, a: &str, b: &str, at: i64) -> Decision {
        Decision {
            same,
            a: RecordName::new("crm", a),
            b: RecordName::new("crm", b),
            who: String::new(),
            at: Some(at),
            why: String::new(),
        }
    }

    /// Two customers: `1`, `2` and `3` with two doubtful links; `4` and `5` with none.
    fn doubts() -> Doubts {
        let customers = [("1", 0), ("2", 0), ("3", 0), ("4", 1), ("5", 1)];
        let customers = customers.map(|(key, place)| (record("crm", key), place));
        Doubts {
            all: vec![doubt("A", &[("1", "2"), ("3", "1")]), doubt("B", &[])],
            places: HashMap::new(),
            customers: customers.into_iter().collect(),
            ..Doubts::default()
        }
    }

    #[test]
    fn a_customer_is_whole_when_all_that_is_doubtful_is_decided() {
        let doubts = doubts();
        let mut all = vec![decision(true, "2", "1", 5), decision(true, "1", "4", 5)];
        assert_eq!(doubts.decided(&all), HashMap::new());
        all.push(decision(true, "1", "3", 6));
        let decided = doubts.decided(&all);
        let settled = |place: u32| decided.get(&place).map(|at| (at.is_whole, at.decision.at));
        assert_eq!((settled(0), settled(1)), (Some((true, Some(6))), None));
        assert_eq!(doubts.next(None, &decided), Some(1));
        // One without doubtful links needs one decision.
        all.push(decision(true, "4", "5", 7));
        assert_eq!(doubts.next(None, &doubts.decided(&all)), None);
    }

    #[test]
    fn a_customer_of_which_a_record_is_parted_is_decided_unless_that_is_revoked() {
        let doubts = doubts();
        let mut all = vec![decision(true, "1", "2", 5), decision(false, "3", "1", 6)];
        let is_whole = |all: &[Decision]| doubts.decided(all).get(&0).map(|at| at.is_whole);
        assert_eq!(is_whole(&all), Some(false));
        all.push(decision(true, "1", "3", 7));
        assert_eq!(is_whole(&all), Some(true));
    }

    #[test]
    fn customers_come_round_and_round() {
        let (doubts, none) = (doubts(), HashMap::new());
        assert_eq!(doubts.next(None, &none), Some(0));
        assert_eq!(doubts.next(Some(0), &none), Some(1));
        assert_eq!(doubts.next(Some(1), &none), Some(0));
    }

    #[test]
    fn a_link_that_leads_back_joins_nothing() {
        let mut joined = Joined::default();
        assert!(joined.join(1, 2) && joined.join(3, 4));
        assert!(!joined.join(4, 3) && !joined.join(2, 1));
        assert!(joined.join(4, 1) && !joined.join(3, 2));
    }

    #[test]
    fn doubt_ends_at_ten_times_the_odds_of_the_threshold() {
        assert!((doubtful_below(0.9) - 0.98901).abs() < 1e-5);
        assert!((doubtful_below(0.5) - 10.0 / 11.0).abs() < 1e-9);
        assert!(doubtful_below(1.0) <= 1.0);
    }
}
