//! Runs that are started from the page.

use crate::served::{PIPELINE, Served};

#[test]
fn a_run_is_started_and_followed_to_its_end() {
    let served = Served::after_a_run();
    let before = served.last_run();
    let started = served.post("/run", &[]);
    assert_eq!(
        (started.status, started.header("location")),
        (303, "/pipeline")
    );
    // The stream ends with the run.
    let events = served.get("/live/events");
    assert_eq!(events.header("content-type"), "text/event-stream");
    let text = events.text();
    assert!(
        text.contains("event: over") && text.contains("Published"),
        "{text}"
    );
    let last = served.last_run();
    assert_ne!(before, last);
    let live = served.get("/live.json").json();
    assert_eq!(
        (live["state"].as_str(), live["run_id"].as_str()),
        (Some("published"), Some(&*last))
    );
    let home = served.get("/home.json").json();
    assert!(!home["run"]["kept"].as_array().expect("tables").is_empty());
    assert_eq!(home["changes"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_run_that_cannot_go_on_says_why() {
    let served = Served::after_a_run();
    std::fs::remove_file(served.folder.path().join("crm.csv")).expect("removed");
    served.post("/run", &[]);
    let events = served.get("/live/events").text();
    assert!(
        events.contains("Failed") && events.contains("crm.csv"),
        "{events}"
    );
}

#[test]
fn before_the_first_run_every_link_leads_somewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("p.yaml"), PIPELINE).expect("written");
    let served = Served::over(folder);
    let mut found = vec!["/".to_owned()];
    let mut seen = 0;
    while let Some(address) = found.get(seen).cloned() {
        seen += 1;
        let page = served.get(&address);
        assert_ne!(page.status, 404, "{address}");
        let text = page.text();
        for link in text.split("href=\"/").skip(1) {
            let link = link.split(['"', '#']).next().unwrap_or_default();
            let link = format!("/{}", link.replace("&amp;", "&"));
            if !found.contains(&link) {
                found.push(link);
            }
        }
    }
    assert!(found.iter().any(|link| link == "/pipeline"), "{found:?}");
}

#[test]
fn the_pipeline_is_checked_and_saved() {
    let served = Served::after_a_run();
    let path = served.folder.path().join("p.yaml");
    let old = std::fs::read_to_string(&path).expect("a file");
    let page = served.get("/pipeline").text();
    let before = page
        .split("name=\"before\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let before = before.expect("a digest").to_owned();
    let wrong = old.replace("dedupe:", "dedup:");
    let checked = served.post("/pipeline/check", &[("text", &wrong)]).text();
    assert!(
        checked.contains("class=\"finding bad\"") && checked.contains("did you mean"),
        "{checked}"
    );
    let refused = served.post("/pipeline/save", &[("text", &wrong), ("before", &before)]);
    assert_eq!(refused.status, 200);
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), old);
    let new = format!("# A comment.\r\n{old}");
    let stale = served.post("/pipeline/save", &[("text", &new), ("before", "0-0")]);
    assert_eq!(stale.status, 409);
    let saved = served.post("/pipeline/save", &[("text", &new), ("before", &before)]);
    assert_eq!(saved.status, 303);
    let now = std::fs::read_to_string(&path).expect("a file");
    assert_eq!(now, format!("# A comment.\n{old}"));
}
