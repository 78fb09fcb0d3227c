//! Caps, sizes and chains.

use std::time::Instant;

use onefold_resolve::{CustomerId, Options, Resolved, Rule, resolve};

use crate::tables::{column, lines, text_source};

fn capped(label: &str, columns: &[&str], max_shared: Option<u64>) -> Rule {
    Rule {
        max_shared,
        ..Rule::on(label, columns.iter().copied())
    }
}

fn one_phone(cap: Option<u64>) -> Resolved {
    let keys: Vec<String> = (0..200_000).map(|row| format!("K{row}")).collect();
    let rows: Vec<_> = keys
        .iter()
        .map(|key| vec![Some(key.as_str()), Some("5550100")])
        .collect();
    let source = text_source("s", "S", &["id", "phone"], &rows);
    let options = Options {
        rules: vec![capped("phone", &["phone"], cap)],
        max_size: Some(10),
        threads: 2,
        ..Options::new(CustomerId::default())
    };
    resolve(vec![source], &options).expect("resolved")
}

#[test]
fn a_phone_on_200_000_records_identifies_nobody() {
    let report = one_phone(Some(10)).report;
    assert_eq!((report.customers, report.largest), (200_000, 1));
    assert_eq!(report.skipped.len(), 1);
    assert_eq!(report.skipped[0].value, "5550100");
    assert_eq!(report.skipped[0].records, 200_000);
    assert_eq!(
        (
            report.rules[0].skipped_values,
            report.rules[0].skipped_records
        ),
        (1, 200_000)
    );
    assert_eq!((report.rules[0].values, report.rules[0].records), (0, 0));
    assert_eq!(report.oversized_total, 0);
}

#[test]
fn without_a_guard_they_merge_and_the_work_stays_linear() {
    let start = Instant::now();
    let resolved = one_phone(None);
    let merges = resolved.merges();
    // By pairs this would be 20,000,000,000 comparisons.
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    assert_eq!(
        (resolved.report.customers, resolved.report.largest),
        (1, 200_000)
    );
    assert_eq!(resolved.report.oversized[0].id, "CUST001");
    assert_eq!(resolved.report.oversized[0].records, 200_000);
    assert_eq!(resolved.report.sizes[6], 1);
    assert_eq!(merges.len(), 199_999);
    assert!(merges.iter().all(|m| m.into == 0));
}

/// Each record shares with its neighbour only: email with the one before, phone with the one after, by turns.
#[test]
fn a_chain_across_rules_is_one_customer_and_each_link_is_explained() {
    let rows = [
        vec![Some("A"), Some("a@x"), None],
        vec![Some("B"), Some("a@x"), Some("1")],
        vec![Some("C"), Some("c@x"), Some("1")],
        vec![Some("D"), Some("c@x"), Some("2")],
        vec![Some("E"), None, Some("2")],
        vec![Some("F"), None, None],
    ];
    let source = text_source("s", "S", &["id", "email", "phone"], &rows);
    let options = Options {
        rules: vec![
            capped("email", &["email"], Some(2)),
            capped("phone", &["phone"], Some(2)),
        ],
        ..Options::new(CustomerId::default())
    };
    let resolved = resolve(vec![source], &options).expect("resolved");
    assert_eq!(resolved.clusters(), [0, 0, 0, 0, 0, 1]);
    let links = resolved.links().expect("links");
    assert_eq!(column(&links, "record_key"), ["B", "C", "D", "E"]);
    assert_eq!(column(&links, "linked_key"), ["A", "B", "C", "D"]);
    assert_eq!(
        column(&links, "reasons"),
        ["email", "phone", "email", "phone"]
    );
    assert_eq!(
        column(&resolved.duplicates().expect("rows"), "match_reason"),
        ["email+phone"]
    );
}

#[test]
fn a_long_chain_is_explained_in_linear_time() {
    let texts: Vec<String> = (0..100_001).map(|n| format!("value {n}")).collect();
    let rows: Vec<_> = (0..100_000)
        .map(|n| {
            let (even, odd) = if n % 2 == 0 { (n, n + 1) } else { (n + 1, n) };
            vec![
                Some(texts[n].as_str()),
                Some(texts[even].as_str()),
                Some(texts[odd].as_str()),
            ]
        })
        .collect();
    let source = text_source("s", "S", &["id", "a", "b"], &rows);
    let options = Options {
        rules: vec![capped("a", &["a"], None), capped("b", &["b"], None)],
        ..Options::new(CustomerId::default())
    };
    let resolved = resolve(vec![source], &options).expect("resolved");
    assert_eq!(resolved.report.largest, 100_000);
    for merge in resolved.merges() {
        assert_eq!(merge.into + 1, merge.record);
    }
}

#[test]
fn a_value_above_the_cap_is_no_reason_either() {
    // All share a phone; only A and B share an e-mail.
    let rows = [
        vec![Some("A"), Some("x@x"), Some("1")],
        vec![Some("B"), Some("x@x"), Some("1")],
        vec![Some("C"), Some("y@x"), Some("1")],
    ];
    let source = text_source("s", "S", &["id", "email", "phone"], &rows);
    let options = Options {
        rules: vec![
            capped("email", &["email"], Some(2)),
            capped("phone", &["phone"], Some(2)),
        ],
        ..Options::new(CustomerId::default())
    };
    let resolved = resolve(vec![source], &options).expect("resolved");
    assert_eq!(
        lines(
            &resolved.schemas.duplicates,
            &resolved.duplicates().expect("rows")
        )[1..],
        ["CUST001|B|email|S"]
    );
    assert_eq!(
        column(&resolved.links().expect("links"), "reasons"),
        ["email"]
    );
}

#[test]
fn the_report_lists_the_worst_values_first() {
    let values: Vec<String> = (0..150).map(|v| format!("v{v:03}")).collect();
    // Value v is on 2 + v % 3 records, all above the cap of 1.
    let rows: Vec<_> = (0..4)
        .flat_map(|copy| {
            values
                .iter()
                .enumerate()
                .map(move |(v, value)| (copy, v, value))
        })
        .filter(|(copy, v, _)| *copy < 2 + v % 3)
        .map(|(_, _, value)| vec![Some("k"), Some(value.as_str())])
        .collect();
    let source = text_source("s", "S", &["id", "v"], &rows);
    let options = Options {
        rules: vec![capped("v", &["v"], Some(1))],
        ..Options::new(CustomerId::default())
    };
    let report = resolve(vec![source], &options).expect("resolved").report;
    assert_eq!(report.rules[0].skipped_values, 150);
    assert_eq!(report.rules[0].skipped_records, 450);
    assert_eq!(report.skipped.len(), 100);
    assert_eq!(
        (report.skipped[0].value.as_str(), report.skipped[0].records),
        ("v002", 4)
    );
    assert_eq!(
        (
            report.skipped[49].value.as_str(),
            report.skipped[49].records
        ),
        ("v149", 4)
    );
    assert_eq!(
        (
            report.skipped[50].value.as_str(),
            report.skipped[50].records
        ),
        ("v001", 3)
    );
}

/// Records of orders: e-mail, name, phone.
fn orders(rows: &[[Option<&str>; 3]], person: &[&str], cap: u64) -> Resolved {
    let rows: Vec<_> = rows.iter().map(|row| row.to_vec()).collect();
    let source = text_source("orders", "Orders", &["email", "name", "phone"], &rows);
    let options = Options {
        rules: vec![capped("email", &["email"], Some(cap))],
        person: person.iter().map(|name| (*name).to_owned()).collect(),
        ..Options::new(CustomerId::default())
    };
    resolve(vec![source], &options).expect("resolved")
}

#[test]
fn records_of_one_person_share_a_value_as_one() {
    let buyer = [Some("a@x.org"), Some("Ann Lee"), Some("5550100")];
    let shouting = [Some("a@x.org"), Some("ANN LEE"), Some("5550100")];
    let many = [buyer, shouting, buyer, buyer, buyer];
    let person = ["name", "phone"];
    let customers = |rows: &[_], person: &[_]| orders(rows, person, 2).report.customers;
    assert_eq!(customers(&many, &person), 1, "one person");
    assert_eq!(customers(&many, &[]), 5, "nobody says who it is");
    assert_eq!(
        customers(&many, &["email"]),
        5,
        "only the rule's own column does"
    );

    let info = |name| [Some("info@x.org"), Some(name), None];
    let two = [info("Ann"), info("Bob"), info("Ann"), info("Bob")];
    assert_eq!(
        customers(&two, &person),
        1,
        "two people, as many as the cap"
    );
    let three = [info("Ann"), info("Bob"), info("Cid"), info("Ann")];
    assert_eq!(customers(&three, &person), 4, "three people");
    let unknown = [Some("info@x.org"), None, Some("")];
    assert_eq!(customers(&[unknown; 3], &person), 3, "who knows");

    let report = orders(&three, &person, 2).report;
    assert_eq!(report.skipped[0].records, 4);
    assert_eq!(report.skipped[0].source, "orders");
}
