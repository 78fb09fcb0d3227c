//! The inputs of a few hundred people, counted again by reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;

const PEOPLE: u64 = 300;

/// The inputs of a job in a folder of the test's own, by name of the file, and the figures.
fn made(job: &str, test: &str) -> (BTreeMap<String, String>, BTreeMap<String, u64>) {
    let folder: PathBuf =
        std::env::temp_dir().join(format!("onefold-bench-{}-{job}-{test}", std::process::id()));
    generate(&[job], PEOPLE, &folder).unwrap();
    let facts = facts(job, PEOPLE, &folder).unwrap();
    assert_eq!(super::facts(job, PEOPLE + 1, &folder), None);
    let files = std::fs::read_dir(folder.join(job)).unwrap();
    let files = files.map(|entry| entry.unwrap().path()).map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    });
    let files = files.collect();
    std::fs::remove_dir_all(&folder).unwrap();
    let facts = facts
        .iter()
        .map(|(name, figure)| (name.clone(), figure.as_u64().unwrap()));
    (files, facts.collect())
}

fn check(facts: &BTreeMap<String, u64>, recounted: &[(&str, u64)]) {
    for (name, figure) in recounted {
        assert_eq!(facts[*name], *figure, "{name}");
        assert_ne!(*figure, 0, "{name} is never seen at this size");
    }
    assert_eq!(
        facts.len(),
        recounted.len() + 2,
        "all but version and people"
    );
}

fn json(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn csv(text: &str, delimiter: char) -> Vec<Vec<&str>> {
    text.lines()
        .skip(1)
        .map(|line| line.split(delimiter).collect())
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn digits(text: &str) -> u64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn the_same_size_gives_the_same_bytes() {
    for job in ["clickstream", "stream", "sessions", "master", "c360"] {
        let (first, second) = (made(job, "first"), made(job, "second"));
        assert!(first.0.len() > 1);
        assert!(first == second, "{job}");
    }
}

#[test]
fn clickstream_again() {
    let (files, facts) = made("clickstream", "again");
    let by_user = |file: &str, field: &str| -> BTreeMap<String, String> {
        let rows = json(&files[file]);
        let count = rows.len();
        let pairs = rows.iter().map(|row| {
            (
                text(&row["user_id"]).to_owned(),
                text(&row[field]).to_owned(),
            )
        });
        let map: BTreeMap<_, _> = pairs.collect();
        assert_eq!(map.len(), count, "a user twice in {file}");
        map
    };
    let emails = by_user("user_profile_v1.json", "email");
    let campaigns = by_user("marketing_data_v1.json", "campaign_id");
    let events = json(&files["clickstream_v1.json"]);
    let of = |map: &BTreeMap<String, String>| -> Vec<u64> {
        let found = events
            .iter()
            .filter_map(|event| map.get(text(&event["user_id"])));
        found.map(|found| digits(found)).collect()
    };
    check(
        &facts,
        &[
            ("events", events.len() as u64),
            ("with_email", of(&emails).len() as u64),
            ("people_sum", of(&emails).iter().sum()),
            ("with_campaign", of(&campaigns).len() as u64),
            ("campaign_sum", of(&campaigns).iter().sum()),
        ],
    );
}

#[test]
fn stream_again() {
    let (files, facts) = made("stream", "again");
    let second = |time: &str| {
        let time: jiff::civil::DateTime = time.parse().unwrap();
        time.to_zoned(jiff::tz::TimeZone::UTC)
            .unwrap()
            .timestamp()
            .as_second()
    };
    let customers = csv(&files["source_customers.csv"], ',');
    let known: BTreeSet<&str> = customers.iter().map(|row| row[0]).collect();
    let transactions = csv(&files["source_transactions.csv"], ',');
    let events = csv(&files["stream_events.csv"], ',');
    let gaps: Vec<u64> = events
        .iter()
        .filter_map(|event| {
            let own = transactions
                .iter()
                .filter(|transaction| transaction[1] == event[1]);
            let gaps = own.map(|own| second(own[2]).abs_diff(second(event[3])));
            gaps.min().filter(|gap| *gap <= 3600)
        })
        .collect();
    let count = |wanted: &dyn Fn(&Vec<&str>) -> bool| {
        transactions.iter().filter(|t| wanted(t)).count() as u64
    };
    check(
        &facts,
        &[
            ("transactions", transactions.len() as u64),
            ("with_region", count(&|row| known.contains(row[1]))),
            ("low", count(&|row| row[3].parse::<f64>().unwrap() <= 50.0)),
            ("events", events.len() as u64),
            ("matched", gaps.len() as u64),
            ("gap_seconds", gaps.iter().sum()),
        ],
    );
}

#[test]
fn sessions_again() {
    let (files, facts) = made("sessions", "again");
    let text = files["events.json"].trim_end().replace("}\n{", "}\u{1}{");
    let (mut rejected, mut unique) = (0, BTreeSet::new());
    for object in text.split('\u{1}') {
        let event: Value = serde_json::from_str(object).unwrap_or_default();
        let time = event["event_time"].as_str().unwrap_or_default();
        match (event["user_id"].as_u64(), time.parse::<jiff::Timestamp>()) {
            (Some(user), Ok(time)) => {
                unique.insert((user, time, event["event_type"].to_string()));
            }
            _ => rejected += 1,
        }
    }
    let users: BTreeSet<u64> = unique.iter().map(|event| event.0).collect();
    check(
        &facts,
        &[
            ("rejected", rejected),
            ("unique_events", unique.len() as u64),
            ("users", users.len() as u64),
        ],
    );
}

#[test]
fn master_again() {
    let (files, facts) = made("master", "again");
    let shop: Value = serde_json::from_str(&files["ecommerce_customers.json"]).unwrap();
    let contacts = shop["customers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| &record["contact"]);
    let mut records: Vec<(String, String)> = contacts
        .map(|contact| {
            (
                text(&contact["email"]).to_owned(),
                contact["phone"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    let crm = csv(&files["crm_customers.csv"], ',');
    records.extend(
        crm.iter()
            .map(|row| (row[2].to_lowercase(), row[3].to_owned())),
    );
    for (_, phone) in &mut records {
        phone.retain(|c| c.is_ascii_digit());
        *phone = phone[phone.len().saturating_sub(10)..].to_owned();
    }
    // Every record takes the least label among those that it shares something with, until nothing changes.
    let mut labels: Vec<usize> = (0..records.len()).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for (a, (email, phone)) in records.iter().enumerate() {
            for (b, other) in records.iter().enumerate() {
                let same = (!email.is_empty() && *email == other.0)
                    || (!phone.is_empty() && *phone == other.1);
                if same && labels[b] > labels[a] {
                    labels[b] = labels[a];
                    changed = true;
                }
            }
        }
    }
    let mut sizes = BTreeMap::new();
    for label in labels {
        *sizes.entry(label).or_insert(0) += 1;
    }
    check(
        &facts,
        &[
            ("customers", sizes.len() as u64),
            (
                "merged",
                sizes.values().filter(|size| **size > 1).count() as u64,
            ),
        ],
    );
}

#[test]
fn c360_again() {
    let (files, facts) = made("c360", "again");
    let mut newest = BTreeMap::new();
    for lead in csv(&files["crm_leads.csv"], ',') {
        let email = lead[2].trim().to_lowercase();
        let candidate = (lead[3], digits(lead[0]));
        let kept = newest.entry(email).or_insert(candidate);
        *kept = candidate.max(*kept);
    }
    let map = csv(&files["identity_map.csv"], ',');
    let mapped: BTreeSet<&str> = map.iter().map(|row| row[1]).collect();
    let transactions = csv(&files["transactions.txt"], '|');
    let (good, bad): (Vec<_>, Vec<_>) = transactions
        .iter()
        .partition(|row| row[3].parse::<f64>().is_ok_and(|amount| amount > 0.0));
    let with = |status: &str| -> Vec<u64> {
        let rows = good.iter().filter(|row| row[2] == status);
        rows.map(|row| digits(row[3])).collect()
    };
    let visits: Vec<Value> = files["web_activity.json"]
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let visits: Vec<&Value> = visits
        .iter()
        .filter(|visit| !visit["user_uuid"].is_null())
        .collect();
    let mut active: BTreeSet<&str> = good.iter().map(|row| row[1]).collect();
    active.extend(visits.iter().map(|visit| text(&visit["user_uuid"])));
    check(
        &facts,
        &[
            ("rejected", bad.len() as u64),
            (
                "rows",
                (newest.len() + active.difference(&mapped).count()) as u64,
            ),
            ("lead_sum", newest.values().map(|(_, lead)| lead).sum()),
            ("completed_count", with("Completed").len() as u64),
            ("completed_cents", with("Completed").iter().sum()),
            ("pending_count", with("Pending").len() as u64),
            ("pending_cents", with("Pending").iter().sum()),
            (
                "page_views",
                visits
                    .iter()
                    .map(|visit| visit["page_views"].as_u64().unwrap())
                    .sum(),
            ),
        ],
    );
}
