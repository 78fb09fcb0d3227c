//! Customers of a run with two sources, events that a join leads to them, and orders that have their e-mail address.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::run::{Keep, RunOptions};
use crate::temporary::temporary_folder;
use crate::{Project, before};

const PIPELINE: &str = "
pipeline: p
sources:
  crm:
    path: crm.csv
    key: id
    fields: {id: {required: true}, name: person_name, email: email, phone: {type: phone, region: GB}, city: text}
  shop: {path: shop.csv, key: no, fields: {no: {required: true}, name: person_name, email: email, city: text}}
  events: {path: events.csv, fields: {user: text, what: text, at: timestamp}}
  orders: {path: orders.csv, fields: {order: text, email: email, on_day: date}}
tables:
  people:
    resolve: {from: [crm, shop], match: [email, phone], survivorship: {city: {priority: [shop]}}, id: {name: customer, prefix: C}}
  known: {join: {from: events, left: [{table: people.members, on: {left: user, right: record_key}, expect: first}]}}
outputs: [{table: people, path: people.csv}]
";

const FILES: [(&str, &str); 4] = [
    (
        "crm.csv",
        "id,name,email,phone,city\nk-1,Ann Lee,ann@example.org,0113 496 0001,Leeds\nk-2,Bob Ray,bob@example.org,,York\n",
    ),
    (
        "shop.csv",
        "no,name,email,city\nn-1,Anna Lee,ann@example.org,Hull\nn:2,Élodie Cru,elodie@example.org,Lyon\n",
    ),
    (
        "events.csv",
        "user,what,at\nn-1,login,2024-03-01 10:00:00\nk-1,buy,2024-03-03 10:00:00\nk-2,login,2024-03-02 10:00:00\nx,login,2024-03-02 10:00:00\n",
    ),
    (
        "orders.csv",
        "order,email,on_day\no-1,ann@example.org,2024-03-02\no-2,ann@example.org,\no-3,bob@example.org,2024-03-02\n",
    ),
];

fn customers() -> (tempfile::TempDir, Customers) {
    let folder = temporary_folder().expect("a folder");
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let path = folder.path().join("p.yaml");
    let project = Project::from_text(PIPELINE.to_owned(), path, &|_| None);
    let project = project.unwrap_or_else(|failed| panic!("{:?}", failed.error.diagnostics()));
    let out = folder.path().join("out");
    let options = RunOptions {
        input_dir: None,
        output_dir: out.clone(),
        state_dir: None,
        new_ids: false,
        stdin: None,
        threads: 2,
        clock: &|| jiff::Timestamp::UNIX_EPOCH,
        on_event: &|_| {},
        interrupted: &AtomicBool::new(false),
        keep_runs: 1,
        keep: Keep::All,
        memory: None,
    };
    project
        .run(&options)
        .unwrap_or_else(|error| panic!("{error}"));
    let run = before::runs_in(&out).remove(0).run_id;
    let customers = Customers::open(&Opened {
        output_dir: &out,
        run: &run,
        table: "people",
        pipeline: Some(project.pipeline()),
        input_dir: None,
    });
    (folder, customers.unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn customers_are_found_by_all_that_is_known_of_them() {
    let (_folder, customers) = customers();
    let value = Some(Why::Value);
    let record = |name: &str| Some(Why::Record(name.to_owned()));
    let cases: [(&str, &[u32], Option<Why>); 17] = [
        ("", &[0, 1, 2], None),
        ("c2", &[1], Some(Why::Id)),
        ("O-9", &[2], Some(Why::OldId)),
        ("n-1", &[0], record("shop:n-1")),
        ("shop:n-1", &[0], record("shop:n-1")),
        ("crm:n-1", &[], None),
        ("n:2", &[2], record("shop:n:2")),
        ("shop:n:2", &[2], record("shop:n:2")),
        ("n-1:", &[], None),
        ("x:n-1", &[], None),
        ("ann lee", &[0], value.clone()),
        ("anna", &[0], value.clone()),
        ("ÉLODIE", &[2], value.clone()),
        ("@EXAMPLE.org", &[0, 1, 2], value.clone()),
        ("0113 496 0001", &[0], value.clone()),
        ("leeds", &[0], value),
        ("ann ray", &[], None),
    ];
    for (text, rows, why) in cases {
        let now = |id: &str| {
            if id == "O-9" {
                vec!["C3".to_owned()]
            } else {
                Vec::new()
            }
        };
        let found = customers.search(text, now).expect("found");
        assert_eq!(found.rows, rows, "{text}");
        let first = found.rows.first().and_then(|row| found.why(*row));
        assert_eq!(first, why.as_ref(), "{text}");
    }
}

#[test]
fn a_customer_has_records_values_and_links() {
    let (folder, customers) = customers();
    let ann = customers.customer("C1").expect("a customer");
    let records = ann.records.iter().map(|record| {
        let line = record.line.unwrap_or(0);
        format!(
            "{} {}:{line} {}",
            record.name(),
            record.file.clone().unwrap_or_default(),
            record.kept
        )
    });
    assert_eq!(
        records.collect::<Vec<_>>(),
        ["crm:k-1 crm.csv:2 true", "shop:n-1 shop.csv:2 false"]
    );
    assert_eq!(value(&ann.records[1].values, "name"), Some("Anna Lee"));
    let city = ann
        .golden
        .iter()
        .find(|golden| golden.field == "city")
        .expect("a value");
    assert_eq!(
        (city.value.as_deref(), city.record, city.rule.as_deref()),
        (Some("Hull"), Some(1), Some("priority"))
    );
    assert_eq!(ann.links.len(), 1);
    assert_eq!(ann.ends(&ann.links[0]), [Some(1), Some(0)]);
    let bob = customers.customer("C2").expect("a customer");
    let name = bob
        .golden
        .iter()
        .find(|golden| golden.field == "name")
        .expect("a value");
    assert_eq!((name.record, name.rule.as_deref()), (Some(0), Some("kept")));
    assert!(customers.customer("C9").is_err());
    // Lines of a file that is another one now are not told.
    std::fs::write(folder.path().join("crm.csv"), "id,name\nk-1,Ann\n").expect("written");
    let ann = customers.customer("C1").expect("a customer");
    assert_eq!((ann.records[0].line, ann.records[1].line), (None, Some(2)));
}

#[test]
fn rows_of_other_tables_stand_by_time() {
    let (_folder, customers) = customers();
    let ann = customers.customer("C1").expect("a customer");
    let all = customers.timeline(&ann, None, 0, 10).expect("rows");
    assert_eq!(
        all.tables,
        [("known".to_owned(), 2), ("orders".to_owned(), 2)]
    );
    let told = |timeline: &Moments| -> Vec<String> {
        let moments = timeline.moments.iter();
        let day = |moment: &Moment| {
            moment
                .time
                .as_deref()
                .map_or("-", |time| &time[..10])
                .to_owned()
        };
        moments
            .map(|moment| format!("{} {} {}", day(moment), moment.table, moment.row))
            .collect()
    };
    assert_eq!(
        told(&all),
        [
            "2024-03-03 known 1",
            "2024-03-02 orders 0",
            "2024-03-01 known 0",
            "- orders 1"
        ]
    );
    let some = customers
        .timeline(&ann, Some("known"), 1, 10)
        .expect("rows");
    assert_eq!(
        (some.total, told(&some)),
        (2, vec!["2024-03-01 known 0".to_owned()])
    );
}
