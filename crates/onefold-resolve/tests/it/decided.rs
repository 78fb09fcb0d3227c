//! Random decisions against a stupid implementation: try them all, latest first.

use std::collections::{BTreeMap, BTreeSet};

use onefold_match::Kind;
use onefold_resolve::{Compare, Compared, Decision, Likeness, Options, Overruled, resolve};
use proptest::prelude::*;

use crate::decisions::{decide, likeness, options, people, source};

type Record = (Option<u8>, Option<u8>);

fn record_texts(records: &[Record], order: &[usize]) -> Vec<String> {
    let text = |value: Option<u8>| value.map_or("-".to_owned(), |v| format!("v{v}"));
    let texts = order.iter().map(|key| {
        let (email, phone) = records[*key];
        format!("K{key} {} {} n{}", text(email), text(phone), key % 5)
    });
    texts.collect()
}

/// The places of the decisions that hold, by trying them all, latest first.
fn holding(decisions: &[(bool, usize, usize, i64)], records: usize) -> BTreeSet<usize> {
    let mut order: Vec<usize> = (0..decisions.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse((decisions[*place].3, *place)));
    let mut held: Vec<usize> = Vec::new();
    for place in order {
        let (_, a, b, _) = decisions[place];
        if a >= records || b >= records {
            continue;
        }
        let with: Vec<usize> = held.iter().copied().chain([place]).collect();
        let mut label: Vec<usize> = (0..records).collect();
        for _ in 0..records {
            for (same, a, b, _) in with.iter().map(|place| decisions[*place]) {
                if same {
                    let least = label[a].min(label[b]);
                    (label[a], label[b]) = (least, least);
                }
            }
        }
        let mut pairs = with.iter().map(|place| decisions[*place]);
        if pairs.all(|(same, a, b, _)| same || label[a] != label[b]) {
            held = with;
        }
    }
    held.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_decided_holds(
        records in prop::collection::vec((prop::option::of(0..8u8), prop::option::of(0..8u8)), 2..30),
        decisions in prop::collection::vec((any::<bool>(), 0..31usize, 0..31usize, 0..4i64), 0..14),
        seed in any::<u64>(),
        mode in 0..4u8,
    ) {
        let list: Vec<Decision> = decisions.iter()
            .map(|(same, a, b, at)| decide(*same, &format!("K{a}"), &format!("K{b}"), *at))
            .collect();
        let mut options = Options { threads: 2, ..options(&list) };
        let compared = |label: &str, kind| Compared {
            label: label.to_owned(), kind, columns: vec![label.to_owned()], identifies: false, given: None,
        };
        let compare = Compare::Given(vec![compared("email", Kind::Text), compared("phone", Kind::Text), compared("name", Kind::Name)]);
        match mode {
            0 => {}
            1 => options.likeness = Some(Likeness { never: vec!["phone".to_owned()], ..likeness(Compare::Nothing) }),
            2 => options.likeness = Some(likeness(compare)),
            _ => {
                options.rules.clear();
                options.likeness = Some(likeness(compare));
            }
        }
        let mut order: Vec<usize> = (0..records.len()).collect();
        let resolved = |order: &[usize]| {
            let texts = record_texts(&records, order);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            resolve(vec![source(&texts)], &options).expect("resolved")
        };
        let found = resolved(&order);
        let report = &found.report.decisions;
        let held = holding(&decisions, records.len());
        prop_assert_eq!(report.applied, held.len() as u64);
        let overruled: BTreeSet<usize> = report.overruled.iter().map(|o| o.place).collect();
        for (place, (_, a, b, _)) in decisions.iter().enumerate() {
            let is_missing = report.missing.iter().any(|missing| missing.place == place);
            prop_assert_eq!(is_missing, *a >= records.len() || *b >= records.len());
            prop_assert_eq!(overruled.contains(&place), !is_missing && !held.contains(&place));
        }
        // Those that overrule a decision contradict it by themselves.
        for Overruled { place, by } in &report.overruled {
            let alone: Vec<_> = by.iter().chain([place]).map(|place| decisions[*place]).collect();
            prop_assert!(by == &[*place] || holding(&alone, records.len()).len() < alone.len());
        }
        let customer = found.clusters();
        for (same, a, b, _) in held.iter().map(|place| decisions[*place]) {
            prop_assert_eq!(customer[a] == customer[b], same, "{} {}", a, b);
        }
        // Each removed record leads to the kept one.
        let merges = found.merges();
        let into: BTreeMap<u32, u32> = merges.iter().map(|m| (m.record, m.into)).collect();
        for merge in &merges {
            prop_assert!(merge.rules.iter().next().is_some());
            let mut end = merge.record;
            for _ in 0..records.len() {
                end = into.get(&end).copied().unwrap_or(end);
            }
            prop_assert_eq!(Some(end), found.kept(merge.customer));
        }
        found.links().expect("links");
        if mode == 0 {
            // Two records that share a value are apart only where a decision keeps their customers apart.
            let is_shared = |a: usize, b: usize| {
                let (x, y) = (records[a], records[b]);
                (x.0.is_some() && x.0 == y.0) || (x.1.is_some() && x.1 == y.1)
            };
            for a in 0..records.len() {
                for b in 0..records.len() {
                    let (x, y) = (customer[a], customer[b]);
                    let is_kept_apart = || held.iter().map(|place| decisions[*place]).any(|(same, a, b, _)| {
                        let pair = (customer[a], customer[b]);
                        !same && (pair == (x, y) || pair == (y, x))
                    });
                    prop_assert!(!is_shared(a, b) || x == y || is_kept_apart(), "{} {}", a, b);
                }
            }
            order.sort_by_key(|key| (*key as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
            prop_assert_eq!(people(&resolved(&order)), people(&found));
        }
    }
}
