//! People of two sources, of whom some are known a little otherwise in the other.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use onefold_engine::{Keep, Project, RunOptions, Timestamp};

use crate::served::{Served, run};

pub(crate) const PIPELINE: &str = "
pipeline: people
sources:
  crm:
    path: crm.csv
    key: id
    fields: {id: {required: true}, name: person_name, email: email, born: date, city: text}
  shop:
    path: shop.csv
    key: id
    fields: {id: {required: true}, name: person_name, email: email, born: date, city: text}
tables:
  customers:
    resolve:
      from: [crm, shop]
      match: auto
      model: {threshold: 90%, possible: 2%}
      id: {name: customer, prefix: C}
      decisions: decisions.csv
outputs:
  - {table: customers, path: customers.csv}
";
/// First line of a file of decisions.
pub(crate) const HEADER: &str = "decision,source_a,key_a,source_b,key_b,who,at,why\n";

const FIRST: [&str; 9] = [
    "Ann", "Robert", "Maria", "Peter", "Laura", "Simon", "Helen", "Marcus", "Julia",
];
const LAST: [&str; 8] = [
    "Smith", "Garcia", "Miller", "Novak", "Larsen", "Moretti", "Fischer", "Okafor",
];
const CITIES: [&str; 5] = ["Leeds", "York", "Hull", "Ripon", "Whitby"];

/// People of whom the shop knows some a little otherwise than the CRM.
fn people() -> [String; 2] {
    let head = "id,name,email,born,city\n";
    let (mut crm, mut shop) = (head.to_owned(), head.to_owned());
    for person in 0..FIRST.len() * LAST.len() {
        let (first, last) = (FIRST[person % FIRST.len()], LAST[person % LAST.len()]);
        let mail = format!("{}.{}", first.to_lowercase(), last.to_lowercase());
        let born = format!(
            "19{:02}-{:02}-{:02}",
            50 + person % 45,
            1 + person % 12,
            1 + person % 27
        );
        let city = CITIES[person % CITIES.len()];
        crm += &format!("{person},{first} {last},{mail}@example.org,{born},{city}\n");
        let other = FIRST[(person + 4) % FIRST.len()];
        let elsewhere = CITIES[(person + 2) % CITIES.len()];
        shop += &match person % 6 {
            0 => format!("s{person},{first} {last},{mail}@example.org,,{elsewhere}\n"),
            1 => format!("s{person},{first} {last},{mail}1@example.org,{born},{city}\n"),
            2 => format!("s{person},{first} {last},,,{elsewhere}\n"),
            3 => format!("s{person},{first} {last},,1999-09-09,{city}\n"),
            4 => format!("s{person},{other} {last},,{born},{city}\n"),
            _ => String::new(),
        };
    }
    [crm, shop]
}

fn folder(pipeline: &str, more: [&str; 2]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let [mut crm, mut shop] = people();
    crm += more[0];
    shop += more[1];
    for (name, text) in [("p.yaml", pipeline), ("crm.csv", &crm), ("shop.csv", &shop)] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

/// A server over the people, after a run.
pub(crate) fn after_a_run(pipeline: &str) -> Served {
    after_a_run_with(pipeline, [""; 2])
}

/// The same with more lines of the CRM and of the shop.
pub(crate) fn after_a_run_with(pipeline: &str, more: [&str; 2]) -> Served {
    let folder = folder(pipeline, more);
    run(folder.path(), 0);
    Served::over(folder)
}

/// The customer of each record, in a run of the pipeline as it is now.
pub(crate) fn customers(
    folder: &Path,
    threshold: Option<f64>,
) -> HashMap<(String, String), String> {
    let project = Project::load(&folder.join("p.yaml"), &|_| None);
    let mut project = project.unwrap_or_else(|failed| panic!("{}", failed.error));
    if let Some(threshold) = threshold {
        project = project.with_threshold("customers", threshold);
    }
    let clock = || Timestamp::from_second(1_780_000_000).expect("a time");
    let out = tempfile::tempdir().expect("a folder");
    let made = project.tables(
        &[("customers.members", None)],
        &RunOptions {
            input_dir: None,
            output_dir: out.path().to_owned(),
            state_dir: None,
            new_ids: false,
            stdin: None,
            threads: 2,
            clock: &clock,
            on_event: &|_| {},
            interrupted: &AtomicBool::new(false),
            keep_runs: 1,
            keep: Keep::None,
            memory: None,
        },
    );
    let made = made.unwrap_or_else(|error| panic!("{error}"));
    let rows = made.iter().flat_map(|table| &table.rows).map(|row| {
        let value = |at: usize| row[at].clone().unwrap_or_default();
        ((value(1), value(2)), value(0))
    });
    rows.collect()
}
