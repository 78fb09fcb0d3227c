//! Doubtful customers, decided in the page as wholes and obeyed by the next run.

use serde_json::Value;

use crate::people::{HEADER, PIPELINE, after_a_run, after_a_run_with, customers};
use crate::review::{decisions, press};
use crate::served::{Served, run};

/// Customers by one rule; more than two records are unusual.
const BY_RULE: &str = "
pipeline: people
sources:
  crm:
    path: crm.csv
    key: id
    fields: {id: {required: true}, name: person_name, email: email}
tables:
  customers:
    resolve:
      from: crm
      match: email
      guards: {max_size: 2}
      id: {name: customer, prefix: C}
      decisions: decisions.csv
outputs:
  - {table: customers, path: customers.csv}
";
/// Two records of Ann and one of Bob, who has used her address.
const FAMILY: &str = "id,name,email
1,Ann Lee,lee@example.org
2,Ann Lee,lee@example.org
3,Bob Lee,lee@example.org
4,Eve Orr,orr@example.org
";
/// Two people of one address in both sources, and a father and a son.
const RELATED: [&str; 2] = [
    "900,Tina Quist,quist@example.net,1980-04-07,Hull\n910,John Berg Jr,berg@example.net,1980-04-07,Hull\n",
    "s900,Tina Quist,quist@example.net,1980-04-07,Hull\ns901,Oscar Quist,quist@example.net,1980-04-07,Hull\n\
     s902,Oscar Quist,quist@example.net,,Hull\ns910,John Berg Jr,berg@example.net,,Hull\n\
     s911,John Berg Sr,berg@example.net,1950-04-07,Hull\n",
];
const DECIDE: &str = "/review/customers/decide";

fn family(pipeline: &str) -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("p.yaml"), pipeline).expect("written");
    std::fs::write(folder.path().join("crm.csv"), FAMILY).expect("written");
    run(folder.path(), 0);
    Served::over(folder)
}

fn standing(served: &Served) -> Value {
    served.get("/review/customers.json").json()
}

/// The records of the customer that is shown.
fn records(standing: &Value) -> Vec<(String, String)> {
    let records = standing["customer"]["records"].as_array();
    let records = records.unwrap_or_else(|| panic!("no records: {standing}"));
    let text = |record: &Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let name = |record: &Value| (text(record, "source"), text(record, "record_key"));
    records.iter().map(name).collect()
}

fn run_again(served: &Served) {
    assert_eq!(served.post("/run", &[]).status, 303);
    let events = served.get("/live/events").text();
    assert!(events.contains("Published"), "{events}");
}

#[test]
fn a_record_that_is_parted_from_its_customer_stays_apart() {
    let served = family(BY_RULE);
    let before = standing(&served);
    assert_eq!(
        (&before["customers"], &before["decided"]),
        (&1.into(), &0.into())
    );
    assert_eq!(
        before["customer"]["why"][0],
        "It is unusually large: 3 records."
    );
    let place = records(&before).iter().position(|(_, key)| key == "3");
    let place = place.expect("Bob").to_string();
    let page = served.get("/review/customers").text();
    let typed = [
        ("part", place.as_str()),
        ("who", "eve"),
        ("why", "her brother"),
    ];
    let (status, next) = press(&served, &page, DECIDE, &typed);
    assert_eq!((status, next.as_str()), (303, "/review/customers"));
    // One rule links all of them, so he would take one of hers with him.
    let written = decisions(&served);
    let mut lines: Vec<&str> = written.lines().skip(1).collect();
    lines.sort_unstable();
    let at = "eve,2026-05-28T21:50:00Z,her brother";
    assert_eq!(
        lines,
        [
            format!("different,crm,3,crm,1,{at}"),
            format!("different,crm,3,crm,2,{at}")
        ]
    );
    let after = standing(&served);
    assert_eq!(
        (&after["decided"], &after["waiting"]),
        (&1.into(), &2.into())
    );
    assert_eq!(after["customer"], Value::Null);
    run_again(&served);
    let now = customers(served.folder.path(), None);
    let of = |key: &str| &now[&("crm".to_owned(), key.to_owned())];
    assert_eq!(of("1"), of("2"));
    assert_ne!(of("1"), of("3"));
    assert_eq!(standing(&served)["customers"], 0);
}

#[test]
fn a_customer_that_is_one_person_stays_whole() {
    let served = after_a_run(PIPELINE);
    let first = standing(&served);
    let all = first["customers"].as_u64().expect("a number");
    assert!(all > 1, "{first}");
    let scores = first["customer"]["links"].as_array().expect("links");
    let weakest = scores[0]["score"].as_f64().expect("a probability");
    assert!(weakest < 0.9891, "{first}");
    let confirmed = records(&first);
    assert_eq!(confirmed.len(), 2);
    let page = served.get("/review/customers").text();
    for part in [
        "value=\"same\"",
        "data-key=\"2\"",
        ">Skip<",
        "Its weakest link",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let same = [("decision", "same"), ("who", "eve")];
    let (status, next) = press(&served, &page, DECIDE, &same);
    assert_eq!(status, 303, "{next}");
    let written = decisions(&served);
    assert_eq!(written.lines().count(), 2, "{written}");
    // It is taken back as it was written, and made again.
    let page = served.get(&next).text();
    assert!(page.contains("is one person"), "{page}");
    let (status, back) = press(&served, &page, "/review/undo", &[]);
    assert!(status == 303 && back.contains("customer="), "{back}");
    assert_eq!(decisions(&served), HEADER);
    let page = served.get(&back).text();
    let (_, next) = press(&served, &page, DECIDE, &same);
    assert_eq!(decisions(&served), written);
    let second = standing(&served);
    assert_eq!(
        (&second["decided"], second["customers"].as_u64()),
        (&1.into(), Some(all))
    );
    assert!(next.contains(second["customer"]["id"].as_str().expect("an id")));
    let other = records(&second);
    assert_ne!(other, confirmed);
    // A threshold that parts all of them but the one that is confirmed.
    let path = served.folder.path().join("p.yaml");
    let strict = PIPELINE.replace("threshold: 90%", "threshold: 99.9%");
    std::fs::write(path, strict).expect("written");
    let now = customers(served.folder.path(), None);
    assert_eq!(now[&confirmed[0]], now[&confirmed[1]]);
    assert_ne!(now[&other[0]], now[&other[1]]);
}

#[test]
fn parts_that_no_link_joins_are_asked_about_and_joined() {
    let served = after_a_run_with(PIPELINE, RELATED);
    let id = customers_page_of(&served, "s901");
    let page = served
        .get(&format!("/review/customers?customer={id}"))
        .text();
    assert!(page.contains("No link joins all of its records"), "{page}");
    let (status, _) = press(&served, &page, DECIDE, &[("decision", "same")]);
    assert_eq!(status, 303);
    let written = decisions(&served);
    let lines: Vec<&str> = written.lines().skip(1).collect();
    assert!(
        lines.len() == 1 && lines[0].starts_with("same,crm,900,shop,s90"),
        "{written}"
    );
}

/// The customer of a record, by its page in the review.
fn customers_page_of(served: &Served, key: &str) -> String {
    let mut seen = Vec::new();
    let mut path = "/review/customers.json".to_owned();
    loop {
        let shown = served.get(&path).json();
        let id = shown["customer"]["id"].as_str().expect("an id").to_owned();
        if records(&shown).iter().any(|(_, known)| known == key) {
            return id;
        }
        assert!(!seen.contains(&id), "no doubtful customer has {key}");
        seen.push(id);
        let next = shown["next"].as_str().expect("another one");
        path = format!("/review/customers.json?customer={next}");
    }
}

#[test]
fn a_guard_is_named_for_each_pair_of_the_two_customers() {
    let served = after_a_run_with(PIPELINE, RELATED);
    let all = served.get("/review.json").json()["pairs"].as_u64();
    let pairs = (0..all.expect("a number"))
        .map(|pair| served.get(&format!("/review.json?pair={pair}")).json()["pair"].clone());
    let of_father = pairs
        .filter(|pair| [&pair["record_key"], &pair["other_key"]].contains(&&Value::from("s911")));
    let of_father: Vec<Value> = of_father.collect();
    // The run names one of them.
    assert!(of_father.len() > 1, "{of_father:?}");
    for pair in &of_father {
        assert_eq!(pair["guard"], "another generation", "{pair}");
        let page = served
            .get(&format!("/review?pair={}", pair["number"]))
            .text();
        assert!(page.contains("by a guard: another generation"), "{page}");
    }
    let id = customers_page_of(&served, "s910");
    let page = served
        .get(&format!("/review/customers?customer={id}"))
        .text();
    assert!(page.contains("apart from it: another generation"), "{page}");
}

#[test]
fn blind_review_of_customers_hides_links_and_sources() {
    let served = after_a_run(PIPELINE);
    let [a, b] = records(&standing(&served)).try_into().expect("two records");
    let blind = served.get("/review/customers?blind=1").text();
    for secret in [
        format!("{}:{}", a.0, a.1),
        format!("{}:{}", b.0, b.1),
        "waterfall".to_owned(),
        "weakest link has".to_owned(),
        ">id</th>".to_owned(),
    ] {
        assert!(!blind.contains(&secret), "{secret}: {blind}");
    }
    assert!(
        blind.contains("Record 2") && blind.contains("Not record 2"),
        "{blind}"
    );
    let json = served.get("/review/customers.json?blind=1").json();
    let customer = &json["customer"];
    assert_eq!(
        (
            &customer["why"],
            &customer["links"],
            &customer["records"][0]["source"]
        ),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let id = customer["id"].as_str().expect("an id").to_owned();
    let (status, next) = press(&served, &blind, DECIDE, &[("decision", "same")]);
    assert!(status == 303 && next.contains("blind=1"), "{next}");
    let open = served.get(&format!("/review/customers?customer={id}&blind=1"));
    assert!(open.text().contains("waterfall"), "{}", open.text());
}

#[test]
fn what_somebody_else_decides_of_a_customer_is_not_overruled_unseen() {
    let served = family(BY_RULE);
    let page = served.get("/review/customers").text();
    let bob = [("decision", "same"), ("who", "bob")];
    assert_eq!(press(&served, &page, DECIDE, &bob).0, 303);
    let before = decisions(&served);
    let (status, said) = press(&served, &page, DECIDE, &[("part", "2"), ("who", "eve")]);
    assert!(
        status == 409 && said.contains("bob has decided meanwhile"),
        "{status} {said}"
    );
    assert_eq!(decisions(&served), before);
    // Whoever sees it may decide otherwise, and back.
    let id = served.get("/review/customers.json").json();
    assert_eq!(id["customer"], Value::Null);
    let path = "/review/customers?customer=C1";
    let page = served.get(path).text();
    assert!(page.contains("Decided: one person"), "{page}");
    assert_eq!(press(&served, &page, DECIDE, &[("part", "2")]).0, 303);
    let page = served.get(path).text();
    assert!(page.contains("Decided: not one person"), "{page}");
    assert_eq!(
        press(&served, &page, DECIDE, &[("decision", "same")]).0,
        303
    );
    let page = served.get(path).text();
    assert!(page.contains("Decided: one person"), "{page}");
    let nothing = press(&served, &page, DECIDE, &[]);
    assert_eq!(nothing.0, 400);
    let missing = press(&served, &page, DECIDE, &[("part", "9")]);
    assert_eq!(missing.0, 404);
}

#[test]
fn customers_that_cannot_be_decided_on_say_why() {
    let without = BY_RULE.replace("    key: id\n", "");
    let served = family(&without.replace("      decisions: decisions.csv\n", ""));
    let page = served.get("/review/customers").text();
    assert!(page.contains("has no key, so the next run"), "{page}");
    assert!(
        !page.contains("value=\"same\"") && !page.contains("name=\"part\""),
        "{page}"
    );
    // A run that has not kept the links.
    let served = family(BY_RULE);
    let run = served.last_run();
    let tables = served
        .folder
        .path()
        .join("out/.onefold/runs")
        .join(run)
        .join("tables");
    let files = std::fs::read_dir(&tables).expect("tables");
    let mut links = files.filter_map(|file| {
        let path = file.ok()?.path();
        path.to_string_lossy().contains("links").then_some(path)
    });
    std::fs::remove_file(links.next().expect("links")).expect("removed");
    let page = served.get("/review/customers").text();
    assert!(
        page.contains("customers.links") && page.contains("onefold run --keep all"),
        "{page}"
    );
    assert_eq!(standing(&served)["customer"], Value::Null);
}
