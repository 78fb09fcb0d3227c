//! Other thresholds than that of the pipeline, held against runs that are really done with them.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;

use onefold_engine::{Keep, Kind, Project, RunOptions, Timestamp};
use serde_json::Value;

use crate::people::{HEADER, PIPELINE, after_a_run, customers};
use crate::review::press;

#[test]
fn numbers_of_a_threshold_are_those_of_a_run_with_it() {
    let served = after_a_run(PIPELINE);
    let own = customers(served.folder.path(), None);
    let mut differing = 0;
    for percent in [3.0, 20.0, 50.0, 90.0, 99.5] {
        let run = customers(served.folder.path(), Some(percent / 100.0));
        let mut sizes: HashMap<&str, u64> = HashMap::new();
        for customer in run.values() {
            *sizes.entry(customer).or_default() += 1;
        }
        let (mut added, mut removed) = (0, 0);
        let records: Vec<_> = run.keys().collect();
        for (place, a) in records.iter().enumerate() {
            for b in &records[place + 1..] {
                match (run[*a] == run[*b], own[*a] == own[*b]) {
                    (true, false) => added += 1,
                    (false, true) => removed += 1,
                    _ => {}
                }
            }
        }
        differing += added + removed;
        let found = served
            .get(&format!("/review/threshold.json?exact={percent}"))
            .json();
        let cut = &found["cut"];
        for (name, expected) in [
            ("records", run.len() as u64),
            ("customers", sizes.len() as u64),
            ("links", (run.len() - sizes.len()) as u64),
            ("merged", sizes.values().filter(|size| **size > 1).sum()),
            ("largest", sizes.values().copied().max().unwrap_or(0)),
            ("added", added),
            ("removed", removed),
        ] {
            assert_eq!(cut[name].as_u64(), Some(expected), "{name} at {percent} %");
        }
        assert_eq!(cut["is_own"], percent == 90.0);
        for (pairs, all) in [("added_pairs", added), ("removed_pairs", removed)] {
            let pairs = cut[pairs].as_array().expect("pairs");
            assert_eq!(pairs.is_empty(), all == 0, "{percent}");
            for pair in pairs {
                let path = format!("/review/threshold/pair?a={}&b={}", pair["a"], pair["b"]);
                let page = served.get(&path);
                assert!(
                    page.status == 200 && page.text().contains("waterfall"),
                    "{}",
                    page.text()
                );
            }
        }
    }
    assert!(differing > 0, "the thresholds make no difference");
    let page = served.get("/review/threshold?cut=1&exact=3").text();
    assert!(page.contains("threshold: 3%"), "{page}");
}

#[test]
fn comparing_stops_when_it_is_interrupted() {
    let served = after_a_run(PIPELINE);
    let folder = served.folder.path();
    let project = Project::load(&folder.join("p.yaml"), &|_| None);
    let project = project.unwrap_or_else(|failed| panic!("{}", failed.error));
    let clock = || Timestamp::UNIX_EPOCH;
    let compared = |interrupted: bool| {
        let options = RunOptions {
            input_dir: None,
            output_dir: folder.join("out"),
            state_dir: None,
            new_ids: false,
            stdin: None,
            threads: 2,
            clock: &clock,
            on_event: &|_| {},
            interrupted: &AtomicBool::new(interrupted),
            keep_runs: usize::MAX,
            keep: Keep::None,
            memory: None,
        };
        let found = project.thresholds("customers", &served.last_run(), &options);
        found.map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(compared(true), Err(Kind::Interrupted));
    assert_eq!(compared(false), Ok(()));
}

#[test]
fn what_takes_long_is_compared_in_the_background() {
    let served = after_a_run(PIPELINE);
    let run = served.last_run();
    let folder = served.folder.path().join("out/.onefold/runs").join(run);
    // The runs of earlier versions have none, and may be changed.
    std::fs::remove_file(folder.join("checksums")).expect("removed");
    let path = folder.join("report.json");
    let text = std::fs::read_to_string(&path).expect("a report");
    let mut report: Value = serde_json::from_str(&text).expect("JSON");
    let tables = report["tables"].as_array_mut().expect("tables");
    for table in tables {
        table["seconds"] = 600.0.into();
    }
    std::fs::write(&path, report.to_string()).expect("written");
    let page = served.get("/review/threshold?cut=3").text();
    assert!(page.contains("have to be compared again"), "{page}");
    assert_eq!(served.get("/review/threshold.json?cut=3").status, 400);
    let (status, next) = press(&served, &page, "/review/threshold/compare", &[]);
    assert_eq!((status, next.as_str()), (303, "/review/threshold?cut=3"));
    let mut pages = (0..100_000).map(|_| served.get(&next).text());
    let done = pages.find(|page| !page.contains("are being compared"));
    let done = done.expect("an end");
    assert!(done.contains("Linked from 3 %"), "{done}");
    // There is nothing to stop, and no way to anywhere else.
    let cancelled = served.post("/review/threshold/cancel", &[("next", "//example.org")]);
    let to = cancelled.header("location");
    assert_eq!((cancelled.status, to), (303, "/review/threshold"));
}

#[test]
fn precision_and_recall_are_measured_as_if_nobody_had_decided() {
    let served = after_a_run(PIPELINE);
    let own = customers(served.folder.path(), None);
    let joined = own.iter().find_map(|((source, key), customer)| {
        let other = own
            .iter()
            .find(|((of, _), other)| of == "shop" && *other == customer);
        (source == "crm").then_some(())?;
        other.map(|((_, other), _)| (key.clone(), other.clone()))
    });
    let (crm, shop) = joined.expect("somebody is in both");
    let text = format!(
        "{HEADER}different,crm,{crm},shop,{shop},eve,2026-01-01T00:00:00Z,\nsame,crm,1,crm,2,eve,2026-01-01T00:00:00Z,\n\
         same,crm,2,crm,1,bob,2026-01-02T00:00:00Z,\n"
    );
    std::fs::write(served.folder.path().join("decisions.csv"), text).expect("written");
    let cut = served.get("/review/threshold.json").json()["cut"].clone();
    assert_eq!(
        (&cut["decided"]["precision"], &cut["decided"]["recall"]),
        (&Value::from(0.0), &Value::from(0.0))
    );
    assert_eq!(
        (&cut["decided"]["same"], &cut["decided"]["different"]),
        (&Value::from(1), &Value::from(1))
    );
    let sizes = customers(served.folder.path(), None);
    let sizes: HashSet<&String> = sizes.values().collect();
    assert_eq!(cut["customers"].as_u64(), Some(sizes.len() as u64));
}
