//! Ids that customers keep from run to run, in all tables of a resolution.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use onefold_resolve::state::{IdScheme, State};
use onefold_resolve::{
    Compare, CustomerId, Likeness, Options, Resolved, Rule, SourceRecords, StableIds, resolve,
};
use proptest::prelude::*;

use crate::tables::{Row, column, lines, rebatched, text_source};

const COLUMNS: [&str; 3] = ["id", "email", "phone"];

fn options(previous: &Arc<State>, run: &str, scheme: IdScheme) -> Options {
    Options {
        rules: vec![Rule::on("email", ["email"]), Rule::on("phone", ["phone"])],
        max_size: Some(2),
        stable: Some(StableIds {
            previous: Arc::clone(previous),
            erased: HashSet::new(),
            scheme,
            run: run.to_owned(),
        }),
        ..Options::new(CustomerId::default())
    }
}

fn numbers() -> IdScheme {
    IdScheme::from(&CustomerId::default())
}

fn run(previous: &Arc<State>, name: &str, rows: &[Row<'_>]) -> (Resolved, Arc<State>) {
    let source = text_source("crm", "CRM", &COLUMNS, rows);
    let resolved = resolve(vec![source], &options(previous, name, numbers())).expect("resolved");
    let state = Arc::new(resolved.state().expect("state").clone());
    (resolved, state)
}

fn row<'a>(id: &'a str, email: &'a str, phone: &'a str) -> Row<'a> {
    [id, email, phone]
        .map(|text| (!text.is_empty()).then_some(text))
        .to_vec()
}

#[test]
fn all_tables_have_the_ids_that_stay() {
    let (_, state) = run(
        &Arc::default(),
        "monday",
        &[
            row("1", "ann@x.org", ""),
            row("2", "", "555"),
            row("3", "bob@x.org", ""),
        ],
    );
    // Rows come in another order; 2 and 3 turn out to be one; 4 is new.
    let (resolved, _) = run(
        &state,
        "tuesday",
        &[
            row("4", "eve@x.org", ""),
            row("3", "bob@x.org", "555"),
            row("2", "", "555"),
            row("1", "ann@x.org", ""),
        ],
    );
    assert_eq!(
        column(&resolved.customers().expect("rows"), "unified_id"),
        ["CUST004", "CUST002", "CUST001"]
    );
    assert_eq!(
        column(&resolved.duplicates().expect("rows"), "kept_id"),
        ["CUST002"]
    );
    let members = resolved.members().expect("members");
    assert_eq!(
        column(&members, "unified_id"),
        ["CUST004", "CUST002", "CUST002", "CUST001"]
    );
    let links = resolved.links().expect("links");
    assert_eq!(column(&links, "unified_id"), ["CUST002"]);
    let provenance = resolved.provenance().expect("provenance");
    assert!(
        column(&provenance, "unified_id")
            .iter()
            .all(|id| id == "CUST002")
    );
    assert_eq!(resolved.customer_id(0), "CUST004");
    assert!(resolved.report.oversized.is_empty());
    let lineage = resolved.lineage().expect("lineage");
    assert_eq!(
        lines(&resolved.schemas.lineage, &lineage),
        [
            "old_id|new_id|event|cause|run",
            "CUST002|CUST002|changed|1 record from other customers|tuesday",
            "CUST003|CUST002|merged|its only record by phone|tuesday",
            "-|CUST004|created|1 record new|tuesday",
        ]
    );
}

#[test]
fn without_a_state_an_id_is_a_place_and_there_is_no_lineage() {
    let source = text_source(
        "crm",
        "CRM",
        &COLUMNS,
        &[row("9", "a@x.org", ""), row("1", "", "")],
    );
    let resolved = resolve(vec![source], &Options::new(CustomerId::default())).expect("resolved");
    assert_eq!(
        column(&resolved.customers().expect("rows"), "unified_id"),
        ["CUST001", "CUST002"]
    );
    assert!(resolved.state().is_none());
    assert!(resolved.lineage().expect("lineage").is_empty());
}

#[test]
fn a_record_without_a_key_does_not_bring_its_id_to_its_neighbour() {
    let (first, state) = run(
        &Arc::default(),
        "1",
        &[row("", "a@x.org", ""), row("", "b@x.org", "")],
    );
    assert_eq!(
        column(&first.customers().expect("rows"), "unified_id"),
        ["CUST001", "CUST002"]
    );
    let (second, _) = run(&state, "2", &[row("", "b@x.org", "")]);
    assert_eq!(
        column(&second.customers().expect("rows"), "unified_id"),
        ["CUST003"]
    );
    assert_eq!(second.assigned().expect("ids").without_key, 1);
}

/// Customers as the keys of their records, by id.
fn people(resolved: &Resolved) -> BTreeMap<String, Vec<String>> {
    let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (record, customer) in resolved.clusters().iter().enumerate() {
        let name = resolved.record_name(record as u32).expect("name");
        let name = name.expect("record");
        people
            .entry(resolved.customer_id(*customer))
            .or_default()
            .push(name);
    }
    people.values_mut().for_each(|names| names.sort());
    people
}

type Record = (u16, Option<u8>, Option<u8>);

/// Two sources of records in the given order.
fn sources(records: &[Record]) -> Vec<SourceRecords> {
    let text = |value: Option<u8>| value.map(|v| format!("v{v}"));
    let rows: Vec<(String, Option<String>, Option<String>)> = records
        .iter()
        .map(|(key, email, phone)| (format!("K{key}"), text(*email), text(*phone)))
        .collect();
    let of = |name: &str, rest: u16| {
        let rows = rows
            .iter()
            .zip(records)
            .filter(|(_, record)| record.0 % 2 == rest);
        let rows: Vec<Row<'_>> = rows
            .map(|((key, email, phone), _)| {
                vec![Some(key.as_str()), email.as_deref(), phone.as_deref()]
            })
            .collect();
        text_source(name, name, &COLUMNS, &rows)
    };
    vec![of("crm", 0), of("shop", 1)]
}

fn likeness() -> Likeness {
    Likeness {
        compare: Compare::Nothing,
        threshold: 0.9,
        possible: 0.5,
        never: vec!["phone".to_owned()],
        distinct: Vec::new(),
        learned: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn order_threads_and_batches_change_no_id(
        first in prop::collection::vec((prop::option::of(0..20u8), prop::option::of(0..20u8)), 0..40),
        second in prop::collection::vec((prop::option::of(0..20u8), prop::option::of(0..20u8)), 0..40),
        seed in any::<u64>(),
        batch in 1..9usize,
        is_parted in any::<bool>(),
        is_uuid in any::<bool>(),
    ) {
        let keyed = |values: &[(Option<u8>, Option<u8>)]| -> Vec<Record> {
            values.iter().zip(0u16..).map(|((a, b), key)| (key, *a, *b)).collect()
        };
        let shuffled = |mut records: Vec<Record>| {
            records.sort_by_key(|(key, ..)| (u64::from(*key) + 1).wrapping_mul(seed | 1).rotate_left(17));
            records
        };
        let resolved = |records: &[Record], state: &Arc<State>, threads, batch| {
            let scheme = if is_uuid { IdScheme::Uuids } else { numbers() };
            let mut options = Options { threads, ..options(state, "run", scheme) };
            if is_parted {
                options.rules.truncate(1);
                options.likeness = Some(likeness());
            }
            let sources = sources(records).into_iter().map(|s| rebatched(s, batch)).collect();
            resolve(sources, &options).expect("resolved")
        };
        let mut state = Arc::default();
        for records in [keyed(&first), keyed(&second)] {
            let whole = resolved(&records, &state, 1, 100);
            for threads in [1, 2, 8] {
                let other = resolved(&shuffled(records.clone()), &state, threads, batch);
                if !is_parted {
                    prop_assert_eq!(people(&other), people(&whole));
                    prop_assert_eq!(
                        other.state().expect("state").to_bytes(),
                        whole.state().expect("state").to_bytes()
                    );
                    let lineage = |resolved: &Resolved| {
                        lines(&resolved.schemas.lineage, &resolved.lineage().expect("lineage"))
                    };
                    prop_assert_eq!(lineage(&other), lineage(&whole));
                }
                let same_order = resolved(&records, &state, threads, batch);
                prop_assert_eq!(people(&same_order), people(&whole));
            }
            state = Arc::new(whole.state().expect("state").clone());
        }
    }
}
