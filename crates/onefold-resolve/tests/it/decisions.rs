//! Decisions on pairs of records, beside rules, a model, and both.

use std::collections::{BTreeMap, BTreeSet};

use onefold_match::Kind;
use onefold_resolve::{
    Compare, Compared, CustomerId, Decision, Likeness, MissingRecord, Options, Overruled,
    RecordName, Resolved, Rule, SourceRecords, resolve,
};

use crate::tables::{Row, column, lines, text_source};

const COLUMNS: [&str; 4] = ["id", "email", "phone", "name"];

pub(crate) fn decide(same: bool, a: &str, b: &str, at: i64) -> Decision {
    Decision {
        same,
        a: RecordName::new("crm", a),
        b: RecordName::new("crm", b),
        who: "eve".to_owned(),
        at: Some(at),
        why: format!("{a} and {b}"),
    }
}

fn same(a: &str, b: &str) -> Decision {
    decide(true, a, b, 0)
}

fn different(a: &str, b: &str) -> Decision {
    decide(false, a, b, 0)
}

pub(crate) fn options(decisions: &[Decision]) -> Options {
    Options {
        rules: vec![Rule::on("email", ["email"]), Rule::on("phone", ["phone"])],
        decisions: (!decisions.is_empty()).then(|| decisions.to_vec()),
        ..Options::new(CustomerId::default())
    }
}

/// Records as `KEY EMAIL PHONE`, a `-` where there is none.
pub(crate) fn source(records: &[&str]) -> SourceRecords {
    let rows = records.iter().map(|record| {
        let mut words = record
            .split_whitespace()
            .map(|word| (word != "-").then_some(word));
        [(); 4].map(|()| words.next().flatten()).to_vec()
    });
    let rows: Vec<Row<'_>> = rows.collect();
    text_source("crm", "CRM", &COLUMNS, &rows)
}

fn run(records: &[&str], decisions: &[Decision]) -> Resolved {
    resolve(vec![source(records)], &options(decisions)).expect("resolved")
}

/// The keys of each customer, sorted.
pub(crate) fn people(resolved: &Resolved) -> BTreeSet<Vec<String>> {
    let mut people: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (record, customer) in resolved.clusters().iter().enumerate() {
        let key = resolved
            .record_key(record as u32)
            .expect("key")
            .expect("record");
        people.entry(*customer).or_default().push(key);
    }
    people.values_mut().for_each(|keys| keys.sort());
    people.into_values().collect()
}

fn said(resolved: &Resolved) -> String {
    let people = people(resolved).into_iter().map(|keys| keys.join("+"));
    people.collect::<Vec<_>>().join(" ")
}

#[test]
fn same_joins_and_says_who_decided() {
    let resolved = run(
        &["1 a@x -", "2 a@x -", "3 - 5", "4 - 5", "5 - -"],
        &[same("2", "3"), same("5", "4")],
    );
    assert_eq!(said(&resolved), "1+2+3+4+5");
    assert_eq!(
        column(&resolved.duplicates().expect("rows"), "match_reason"),
        ["email+phone+decision"]
    );
    assert_eq!(
        lines(&resolved.schemas.links, &resolved.links().expect("links")),
        [
            "unified_id|record_key|source|linked_key|linked_source|reasons|address|linked_address|decided_by|decided_why",
            "CUST001|2|crm|1|crm|email|100|0|-|-",
            "CUST001|3|crm|2|crm|decision|200|100|eve|2 and 3",
            "CUST001|4|crm|3|crm|phone|300|200|-|-",
            "CUST001|5|crm|4|crm|decision|400|300|eve|5 and 4",
        ]
    );
    assert_eq!(resolved.report.decisions.applied, 2);
    let rule = &resolved.report.rules[2];
    assert_eq!(
        (rule.label.as_str(), rule.values, rule.records),
        ("decision", 2, 4)
    );
}

#[test]
fn a_chain_of_decisions_is_told_link_by_link() {
    let resolved = run(
        &["1 - -", "2 - -", "3 - -"],
        &[same("3", "2"), same("2", "1")],
    );
    let links = resolved.links().expect("links");
    assert_eq!(column(&links, "record_key"), ["2", "3"]);
    assert_eq!(column(&links, "linked_key"), ["1", "2"]);
    assert_eq!(column(&links, "decided_why"), ["2 and 1", "3 and 2"]);
}

#[test]
fn without_decisions_nothing_is_new() {
    let resolved = run(&["1 a@x -", "2 a@x -"], &[]);
    assert_eq!(resolved.report.rules.len(), 2);
    assert!(
        resolved
            .schemas
            .links
            .column_with_name("decided_by")
            .is_none()
    );
}

#[test]
fn different_cuts_at_the_later_of_two_equal_links() {
    // 2 is linked to both by e-mail: it stays with 1, which comes first.
    let resolved = run(&["1 a@x -", "2 a@x -", "3 a@x -"], &[different("1", "3")]);
    assert_eq!(said(&resolved), "1+2 3");
    // The order of the rows has no say.
    let resolved = run(&["3 a@x -", "2 a@x -", "1 a@x -"], &[different("1", "3")]);
    assert_eq!(said(&resolved), "1+2 3");
    // Rules are stronger the earlier they come: the telephone gives way.
    let resolved = run(&["1 - 5", "2 a@x 5", "3 a@x -"], &[different("1", "3")]);
    assert_eq!(said(&resolved), "1 2+3");
    assert_eq!(
        column(&resolved.duplicates().expect("rows"), "match_reason"),
        ["email"]
    );
    // Decisions are stronger than rules.
    let resolved = run(
        &["1 - -", "2 a@x -", "3 a@x -"],
        &[same("1", "2"), different("1", "3")],
    );
    assert_eq!(said(&resolved), "1+2 3");
}

#[test]
fn those_who_are_cut_off_the_first_of_a_value_stay_together() {
    let resolved = run(
        &["1 a@x -", "2 a@x -", "3 a@x -", "4 a@x -"],
        &[different("1", "3"), different("1", "4")],
    );
    assert_eq!(said(&resolved), "1+2 3+4");
    let links = resolved.links().expect("links");
    assert_eq!(column(&links, "record_key"), ["2", "4"]);
    assert_eq!(column(&links, "linked_key"), ["1", "3"]);
    assert_eq!(column(&links, "reasons"), ["email", "email"]);
    // What the rule found is what it found.
    assert_eq!(resolved.report.rules[0].records, 4);
    assert_eq!(resolved.report.decisions.applied, 2);
}

#[test]
fn the_later_decision_wins() {
    let overruled = |decisions: &[Decision]| {
        let resolved = run(&["1 a@x -", "2 a@x -", "3 - -", "4 - -"], decisions);
        (said(&resolved), resolved.report.decisions.overruled)
    };
    let by = |place, by: &[usize]| {
        vec![Overruled {
            place,
            by: by.to_vec(),
        }]
    };
    // By position.
    assert_eq!(
        overruled(&[same("1", "2"), different("2", "1")]),
        ("1 2 3 4".to_owned(), by(0, &[1]))
    );
    // By time.
    assert_eq!(
        overruled(&[decide(true, "1", "2", 9), different("2", "1")]),
        ("1+2 3 4".to_owned(), by(1, &[0]))
    );
    // Through a chain.
    assert_eq!(
        overruled(&[different("1", "3"), same("1", "2"), same("2", "3")]),
        ("1+2+3 4".to_owned(), by(0, &[1, 2]))
    );
    assert_eq!(
        overruled(&[same("3", "4"), same("1", "3"), different("4", "1")]),
        ("1+2+3 4".to_owned(), by(0, &[1, 2]))
    );
    assert_eq!(
        overruled(&[
            same("2", "4"),
            same("1", "3"),
            same("1", "2"),
            different("3", "4")
        ]),
        ("1+2+3 4".to_owned(), by(0, &[1, 2, 3]))
    );
    // Nobody is different from himself.
    assert_eq!(
        overruled(&[different("1", "1"), same("2", "2")]),
        ("1+2 3 4".to_owned(), by(0, &[0]))
    );
}

#[test]
fn records_that_are_gone_are_reported() {
    let mut elsewhere = same("1", "2");
    elsewhere.b.source = "shop".to_owned();
    let resolved = run(
        &["1 - -", "2 - -"],
        &[same("1", "9"), elsewhere, same("1", "2")],
    );
    assert_eq!(said(&resolved), "1+2");
    let missing = |place, source: &str, key: &str, is_source_unknown| MissingRecord {
        place,
        record: RecordName::new(source, key),
        is_source_unknown,
    };
    assert_eq!(
        resolved.report.decisions.missing,
        [missing(0, "crm", "9", false), missing(1, "shop", "2", true)]
    );
    assert_eq!(resolved.report.decisions.applied, 1);
}

#[test]
fn of_repeated_keys_the_first_record_is_meant() {
    let resolved = run(&["1 - -", "1 - -", "2 - -"], &[same("1", "2")]);
    assert_eq!(resolved.clusters(), [0, 1, 0]);
}

pub(crate) fn likeness(compare: Compare) -> Likeness {
    Likeness {
        compare,
        threshold: 0.5,
        possible: 0.01,
        never: Vec::new(),
        distinct: Vec::new(),
        learned: None,
    }
}

#[test]
fn decisions_hold_against_never_and_distinct() {
    let records = ["1 a@x 5", "2 b@x 5", "3 c@x 5"];
    let run = |decisions: &[Decision], never: bool, distinct: bool| {
        let mut options = options(decisions);
        options.rules = vec![Rule::on("phone", ["phone"])];
        options.likeness = Some(Likeness {
            never: never.then(|| "email".to_owned()).into_iter().collect(),
            distinct: distinct.then_some(0).into_iter().collect(),
            ..likeness(Compare::Nothing)
        });
        resolve(vec![source(&records)], &options).expect("resolved")
    };
    assert_eq!(said(&run(&[], true, false)), "1 2 3");
    for (never, distinct) in [(true, false), (false, true)] {
        let resolved = run(&[same("1", "3")], never, distinct);
        assert_eq!(said(&resolved), "1+3 2");
        // The rule finds the pair too.
        assert_eq!(
            column(&resolved.duplicates().expect("rows"), "match_reason"),
            ["phone+decision"]
        );
    }
    assert_eq!(said(&run(&[different("1", "2")], false, false)), "1+3 2");
}

/// 150 people of two records each, `N` and `Nb`, with a name and a telephone number; a slip in every third name.
fn pairs() -> Vec<String> {
    let word = |mut n: u64, length: usize| -> String {
        n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc;
        let letters = (0..length).map(|_| {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b"abcdefghiklmnoprstuv"[(n >> 40) as usize % 20])
        });
        letters.collect()
    };
    let mut rows = Vec::new();
    for n in 0..150 {
        let name = format!("{}_{}", word(n % 40, 6), word(1000 + n, 9));
        let slip = match n % 3 {
            0 => name.replacen('a', "e", 1),
            _ => name.clone(),
        };
        let phone = 200_000 + n * 317;
        rows.push(format!("{n} - {phone} {name}"));
        rows.push(format!("{n}b {n}@x {phone} {slip}"));
    }
    rows
}

fn by_model(decisions: &[Decision], rules: Vec<Rule>) -> Resolved {
    let rows = pairs();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let compared = |label: &str, kind| Compared {
        label: label.to_owned(),
        kind,
        columns: vec![label.to_owned()],
        identifies: false,
        given: None,
    };
    let compare = vec![compared("name", Kind::Name), compared("phone", Kind::Phone)];
    let options = Options {
        rules,
        likeness: Some(likeness(Compare::Given(compare))),
        threads: 2,
        ..options(decisions)
    };
    resolve(vec![source(&rows)], &options).expect("resolved")
}

fn are_one(resolved: &Resolved, a: &str, b: &str) -> bool {
    let has = |keys: &Vec<String>, key: &str| keys.iter().any(|k| k == key);
    people(resolved)
        .iter()
        .any(|keys| has(keys, a) && has(keys, b))
}

#[test]
fn decisions_hold_against_a_model() {
    let plain = by_model(&[], Vec::new());
    assert!(
        are_one(&plain, "7", "7b") && are_one(&plain, "8", "8b") && !are_one(&plain, "9", "10")
    );
    let decisions = [different("7", "7b"), same("9", "10")];
    let resolved = by_model(&decisions, Vec::new());
    assert!(!are_one(&resolved, "7", "7b"));
    assert!(are_one(&resolved, "9", "10") && are_one(&resolved, "9b", "10b"));
    // All others are as before.
    let others = |resolved: &Resolved| {
        let mut people = people(resolved);
        let touched = ["7", "7b", "9", "9b", "10", "10b"];
        people.retain(|keys| keys.iter().all(|key| !touched.contains(&key.as_str())));
        people
    };
    assert_eq!(others(&resolved), others(&plain));
    // The pair is not asked about again, and the guard is named.
    let possible = resolved.possible().expect("possible");
    let asked = column(&possible, "record_key")
        .into_iter()
        .zip(column(&possible, "other_key"));
    assert!(
        asked
            .into_iter()
            .all(|pair| pair != ("7".to_owned(), "7b".to_owned()))
    );
    let found = resolved.found().expect("model");
    let prevented = found.matched.prevented.iter();
    let guards: Vec<_> = prevented
        .map(|prevented| (prevented.guard, prevented.merges))
        .collect();
    assert!(guards.contains(&("parted by a decision", 1)), "{guards:?}");
    let links = resolved.links().expect("links");
    let by = column(&links, "decided_by")
        .into_iter()
        .filter(|by| by == "eve");
    assert_eq!(by.count(), 1);
    let reasons = column(&links, "reasons");
    assert!(reasons.iter().any(|r| r == "decision") && reasons.iter().any(|r| r == "model"));
}

#[test]
fn decisions_hold_against_rules_and_a_model() {
    let rules = || vec![Rule::on("phone", ["phone"])];
    let decisions = [
        different("7", "7b"),
        same("9", "10"),
        different("9b", "10b"),
    ];
    let resolved = by_model(&decisions, rules());
    assert!(!are_one(&resolved, "7", "7b") && !are_one(&resolved, "9b", "10b"));
    assert!(are_one(&resolved, "9", "10") && are_one(&resolved, "8", "8b"));
    // 9 and 10 are one, and the other two are not: one of them goes along.
    assert!(are_one(&resolved, "9", "9b") != are_one(&resolved, "10", "10b"));
}
