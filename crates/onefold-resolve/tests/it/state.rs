//! Ids from run to run, without records.

use std::collections::{BTreeMap, BTreeSet};

use onefold_resolve::state::{Assigned, IdScheme, Standing, State};
use proptest::prelude::*;

use crate::keyed::{self, Row};

fn numbers() -> IdScheme {
    IdScheme::Numbers {
        prefix: "C".to_owned(),
        digits: 1,
    }
}

/// Customers as blank-separated keys.
fn assign(state: &State, customers: &[&str]) -> Assigned {
    let records = customers.iter().enumerate().flat_map(|(customer, keys)| {
        let keys = keys.split_whitespace();
        keys.map(move |key| (customer as u32, "s", Some(key)))
    });
    let records: Vec<Row<'_>> = records.collect();
    let run = format!("run {}", state.run().number + 1);
    let how = (&numbers(), run.as_str(), 2);
    let assigned = keyed::assign(state, customers.len() as u32, &records, how);
    let assigned = assigned.expect("assigned");
    let bytes = assigned.next.to_bytes();
    assert_eq!(
        State::parse(bytes.clone(), 2).expect("state"),
        assigned.next
    );
    assigned
}

fn ids(assigned: &Assigned) -> String {
    assigned.ids().collect::<Vec<_>>().join(" ")
}

fn lineage(assigned: &Assigned) -> Vec<String> {
    let rows = assigned.lineage();
    rows.map(|row| {
        let (old, new) = (row.old.unwrap_or("-"), row.new.unwrap_or("-"));
        format!("{old} {new} {}: {}", row.event.name(), row.cause)
    })
    .collect()
}

/// The states and ids of runs, one after another.
fn runs(of: &[&[&str]]) -> (State, Vec<String>, Vec<String>) {
    let (mut state, mut all, mut last) = (State::default(), Vec::new(), Vec::new());
    for customers in of {
        let assigned = assign(&state, customers);
        all.push(ids(&assigned));
        last = lineage(&assigned);
        state = assigned.next;
    }
    (state, all, last)
}

#[test]
fn new_customers_get_ids_in_order_of_their_first_keys() {
    let (_, ids, lineage) = runs(&[&["c d", "b", "a e"]]);
    assert_eq!(ids, ["C3 C2 C1"]);
    let created = [
        "- C1 created: 2 records new",
        "- C2 created: 1 record new",
        "- C3 created: 2 records new",
    ];
    assert_eq!(lineage, created);
}

#[test]
fn nothing_happens_to_customers_that_stay() {
    let (_, ids, lineage) = runs(&[&["a b", "c"], &["c", "b a"]]);
    assert_eq!(ids, ["C1 C2", "C2 C1"]);
    assert!(lineage.is_empty());
}

#[test]
fn members_join_and_leave() {
    let (_, ids, lineage) = runs(&[&["a b", "c"], &["a x y", "c", "d"]]);
    assert_eq!(ids, ["C1 C2", "C1 C2 C3"]);
    let expected = [
        "C1 C1 changed: 2 records new, 1 record absent",
        "- C3 created: 1 record new",
    ];
    assert_eq!(lineage, expected);
}

#[test]
fn a_merge_of_whole_customers_keeps_the_oldest_id() {
    let (state, ids, lineage) = runs(&[&["a", "b c d", "e f"], &["b c d a n", "e f"]]);
    assert_eq!(ids, ["C1 C2 C3", "C1 C3"]);
    let expected = [
        "C1 C1 changed: 1 record new, 3 records from other customers",
        "C2 C1 merged: all 3 records",
    ];
    assert_eq!(lineage, expected);
    let run = state.run();
    assert_eq!((run.number, run.label), (2, "run 2"));
    assert_eq!(
        state.look_up("C2"),
        Some(Standing::Merged { into: "C1", run })
    );
    assert_eq!(state.look_up("C1"), Some(Standing::Current));
    assert_eq!(state.look_up("C9"), None);
}

#[test]
fn records_that_are_missing_do_not_make_a_merge_partial() {
    let (_, ids, _) = runs(&[&["a z", "b c d"], &["a b c d"]]);
    assert_eq!(ids[1], "C1");
}

#[test]
fn a_split_leaves_the_id_with_the_larger_part() {
    let (state, ids, lineage) = runs(&[&["a b c"], &["a", "b c n"]]);
    assert_eq!(ids, ["C1", "C2 C1"]);
    let expected = [
        "C1 C1 changed: 1 record new, 1 record to other customers",
        "C1 C2 split: 1 of 3 records",
    ];
    assert_eq!(lineage, expected);
    assert_eq!(state.look_up("C1"), Some(Standing::Current));
}

#[test]
fn of_two_equal_parts_the_one_with_the_first_record_keeps_the_id() {
    // New records, however early their keys, do not decide.
    let (_, ids, _) = runs(&[&["b c"], &["c a", "b"]]);
    assert_eq!(ids[1], "C2 C1");
}

#[test]
fn of_a_general_mix_the_greatest_overlap_decides_then_age() {
    // C1 gives most to the second, which has more of C2.
    let (_, ids, _) = runs(&[&["a b c", "d e f g"], &["a", "b c d e f", "g"]]);
    assert_eq!(ids[1], "C1 C2 C3");
    // Equal overlaps: the older id first.
    let (_, ids, _) = runs(&[&["a b", "c d"], &["a c", "b d"]]);
    assert_eq!(ids[1], "C1 C2");
}

#[test]
fn an_id_without_heir_is_split_into_those_who_have_its_records() {
    let (state, ids, lineage) = runs(&[
        &["a b", "m n o", "x y z"],
        &["a m n o", "b x y z"],
        &["a m n o", "b", "x y z"],
    ]);
    assert_eq!(ids[1..], ["C2 C3", "C2 C4 C3"]);
    assert_eq!(
        lineage,
        [
            "C3 C3 changed: 1 record to other customers",
            "C3 C4 split: 1 of 4 records",
        ]
    );
    let Some(Standing::Split { into, run }) = state.look_up("C1") else {
        panic!("split");
    };
    assert_eq!(
        (into, run.number, run.label),
        (vec!["C2", "C3"], 2, "run 2")
    );
}

#[test]
fn a_merge_and_a_split_in_one_run() {
    let (_, ids, lineage) = runs(&[&["a b", "c d", "e f g"], &["a b c d", "e", "f g"]]);
    assert_eq!(ids[1], "C1 C4 C3");
    let expected = [
        "C1 C1 changed: 2 records from other customers",
        "C2 C1 merged: all 2 records",
        "C3 C3 changed: 1 record to other customers",
        "C3 C4 split: 1 of 3 records",
    ];
    assert_eq!(lineage, expected);
}

#[test]
fn who_comes_back_gets_the_old_id_back() {
    let (state, ids, lineage) = runs(&[&["a b", "c"], &[], &["b a n", "d"]]);
    assert_eq!(ids, ["C1 C2", "", "C1 C3"]);
    let expected = [
        "C1 C1 returned: 2 records back, 1 record new",
        "- C3 created: 1 record new",
    ];
    assert_eq!(lineage, expected);
    let Some(Standing::Gone { since }) = state.look_up("C2") else {
        panic!("gone");
    };
    assert_eq!((since.number, since.label), (2, "run 2"));
    assert_eq!(state.id_of("s", "c"), Some("C2"));
    assert_eq!(state.id_of("s", "x"), None);
    assert_eq!(state.id_of("t", "c"), None);
}

#[test]
fn who_is_gone_yields_to_who_is_there() {
    let (state, ids, lineage) = runs(&[&["a b c", "d"], &["d"], &["a b c d"]]);
    assert_eq!(ids[2], "C2");
    let expected = [
        "C1 C2 merged: all 3 records",
        "C2 C2 changed: 3 records from other customers",
    ];
    assert_eq!(lineage, expected);
    let run = state.run();
    assert_eq!(
        state.look_up("C1"),
        Some(Standing::Merged { into: "C2", run })
    );
}

#[test]
fn a_record_that_left_its_customer_does_not_take_the_id_along() {
    // `a` is missing for a run, while `b` stays.
    let (_, ids, _) = runs(&[&["a b"], &["b"], &["a", "b"]]);
    assert_eq!(ids[2], "C2 C1");
}

#[test]
fn chains_of_merges_lead_to_who_is_there_now() {
    let (state, ..) = runs(&[&["a", "b", "c"], &["a", "b c"], &["a b c"], &[]]);
    let Some(Standing::Gone { since }) = state.look_up("C3") else {
        panic!("gone");
    };
    assert_eq!(since.number, 4);
    let (state, ..) = runs(&[&["a", "b", "c"], &["a", "b c"], &["a b c"]]);
    let Some(Standing::Merged { into, run }) = state.look_up("C3") else {
        panic!("merged");
    };
    assert_eq!((into, run.number, run.label), ("C1", 2, "run 2"));
}

#[test]
fn records_without_a_key_of_their_own_leave_no_trace() {
    let records = [
        (0, "s", Some("a")),
        (1, "s", Some("a")),
        (2, "s", None),
        (0, "s", None),
    ];
    let assign = |state: &State, customers, run| {
        keyed::assign(state, customers, &records, (&numbers(), run, 2))
    };
    let first = assign(&State::default(), 3, "1").expect("assigned");
    assert_eq!(ids(&first), "C1 C2 C3");
    assert_eq!((first.without_key, first.repeated), (2, 1));
    assert_eq!(first.next.record_count(), 1);
    let second = assign(&first.next, 3, "2").expect("assigned");
    assert_eq!(ids(&second), "C1 C4 C5");
    let expected = [
        "C2 - gone: no record with a key of its own",
        "C3 - gone: no record with a key of its own",
        "- C4 created: no record with a key of its own",
        "- C5 created: no record with a key of its own",
    ];
    assert_eq!(lineage(&second), expected);
    assert!(assign(&State::default(), 2, "1").is_err());
}

/// Sources are numbered by name, so others get other numbers when one comes or goes.
#[test]
fn customers_stay_as_they_are_when_a_source_comes_or_goes() {
    let assign = |state: &State, rows: &[Row<'_>]| {
        let assigned = keyed::assign(state, 3, rows, (&numbers(), "", 2)).expect("assigned");
        let parsed = State::parse(assigned.next.to_bytes(), 2).expect("state");
        assert_eq!(parsed, assigned.next);
        assigned
    };
    let shop = [
        (0, "shop", Some("1")),
        (0, "shop", Some("2")),
        (1, "shop", Some("3")),
    ];
    let crm = [(2, "crm", Some("1"))];
    let first = assign(&State::default(), &shop);
    let both = assign(&first.next, &[&crm[..], &shop].concat());
    for state in [&first.next, &both.next] {
        assert_eq!(state.id_of("shop", "2"), Some("C1"));
        assert_eq!(state.id_of("shop", "3"), Some("C2"));
    }
    assert_eq!(both.next.id_of("crm", "1"), Some("C4"));
    // The records of a customer who is gone stay.
    let none = assign(&both.next, &crm);
    assert_eq!(none.next.id_of("shop", "2"), Some("C1"));
    let back = assign(&none.next, &shop);
    assert_eq!(&ids(&back)[..5], "C1 C2");
    assert_eq!(back.next.id_of("crm", "1"), Some("C4"));
}

#[test]
fn uuids_depend_on_the_first_record_alone() {
    let assign = |state: &State, customers, rows: &[Row<'_>]| {
        let assigned = keyed::assign(state, customers, rows, (&IdScheme::Uuids, "", 2));
        assigned.expect("assigned")
    };
    let none = State::default();
    let many = [
        (0, "b", Some("1")),
        (1, "a", Some("2")),
        (1, "a", Some("1")),
    ];
    let many = assign(&none, 2, &many);
    let one = assign(&none, 1, &[(0, "a", Some("1"))]);
    assert_eq!(many.id(1), one.id(0));
    assert_eq!(one.id(0).len(), 36);
    // Somebody who is new gets another one, even with the first record of somebody else.
    let apart = [
        (0, "a", Some("1")),
        (1, "a", Some("2")),
        (1, "a", Some("3")),
    ];
    let together = assign(&none, 1, &apart.map(|(_, source, key)| (0, source, key)));
    let apart = assign(&together.next, 2, &apart);
    assert_eq!(apart.id(1), together.id(0));
    assert_ne!(apart.id(0), together.id(0));
}

/// A world of up to 30 keys in two sources: by key its customer, or none.
fn world() -> impl Strategy<Value = Vec<Option<u8>>> {
    prop::collection::vec(prop::option::weighted(0.8, 0..12u8), 30)
}

fn records(world: &[Option<u8>]) -> (Vec<(u32, String, String)>, u32) {
    let customers: BTreeSet<u8> = world.iter().flatten().copied().collect();
    let number: BTreeMap<u8, u32> = customers.iter().copied().zip(0..).collect();
    let records = world.iter().enumerate().filter_map(|(key, customer)| {
        let source = if key % 3 == 0 { "shop" } else { "crm" };
        Some((number[&(*customer)?], source.to_owned(), format!("K{key}")))
    });
    (records.collect(), customers.len() as u32)
}

fn run_world(state: &State, world: &[Option<u8>], scheme: &IdScheme, turn: usize) -> Assigned {
    let (mut records, customers) = records(world);
    let turned = turn % records.len().max(1);
    records.rotate_left(turned);
    let rows = records.iter();
    let rows = rows.map(|(customer, source, key)| (*customer, source.as_str(), Some(key.as_str())));
    let rows: Vec<Row<'_>> = rows.collect();
    keyed::assign(state, customers, &rows, (scheme, "run", 2)).expect("assigned")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn ids_hold_over_random_edits(
        worlds in prop::collection::vec((world(), any::<bool>()), 1..12),
        is_uuid in any::<bool>(),
        turn in 0..30usize,
    ) {
        let scheme = if is_uuid { IdScheme::Uuids } else { numbers() };
        let mut state = State::default();
        // By id: the records that it had last.
        let mut had: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut world = Vec::new();
        for (next, is_small) in worlds {
            // A small edit changes some keys only.
            world = match is_small && !world.is_empty() {
                true => world.iter().zip(&next).enumerate()
                    .map(|(place, (old, new))| if place % 7 == 0 { *new } else { *old })
                    .collect(),
                false => next,
            };
            let before = had.clone();
            let assigned = run_world(&state, &world, &scheme, 0);
            let turned = run_world(&state, &world, &scheme, turn);
            prop_assert_eq!(assigned.next.to_bytes(), turned.next.to_bytes());
            prop_assert_eq!(assigned.ids().collect::<Vec<_>>(), turned.ids().collect::<Vec<_>>());

            let mut now: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (customer, source, key) in records(&world).0 {
                let id = assigned.id(customer);
                prop_assert_eq!(assigned.next.id_of(&source, &key), Some(id));
                now.entry(id.to_owned()).or_default().insert(format!("{source}:{key}"));
            }
            // Unique: as many ids as customers.
            prop_assert_eq!(now.len(), assigned.ids().len());
            for (id, keys) in &now {
                // Never reused for people who share nothing with those who had it.
                if let Some(old) = before.get(id) {
                    prop_assert!(!old.is_disjoint(keys), "{id}: {old:?} {keys:?}");
                }
                prop_assert_eq!(assigned.next.look_up(id), Some(Standing::Current));
            }
            // Who stays as it is keeps its id, and makes no row.
            for (id, keys) in &before {
                let was_there = state.look_up(id) == Some(Standing::Current);
                if was_there && now.values().any(|other| other == keys) {
                    prop_assert_eq!(now.get(id), Some(keys));
                    prop_assert!(assigned.lineage().all(|row| row.old != Some(id) && row.new != Some(id)));
                }
            }
            // Every id that was ever given has an answer, and those who are there are current.
            for id in assigned.next.ids() {
                match assigned.next.look_up(id) {
                    Some(Standing::Current) => prop_assert!(now.contains_key(id)),
                    Some(Standing::Merged { into, .. }) => prop_assert!(now.contains_key(into)),
                    Some(Standing::Split { into, .. }) => {
                        prop_assert!(into.len() > 1);
                        prop_assert!(into.iter().all(|id| now.contains_key(*id)));
                    }
                    Some(Standing::Gone { .. }) => prop_assert!(!now.contains_key(id)),
                    None => prop_assert!(false, "no answer for {id}"),
                }
            }
            let parsed = State::parse(assigned.next.to_bytes(), 2).expect("state");
            prop_assert_eq!(&parsed, &assigned.next);
            // A second look at the same records changes nothing.
            let again = run_world(&parsed, &world, &scheme, turn);
            prop_assert_eq!(again.lineage_len(), 0);
            had.extend(now);
            state = if is_small { parsed } else { assigned.next };
        }
    }
}
