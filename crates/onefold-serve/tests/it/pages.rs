//! Every page answers, as HTML and as data, and none of them is blank.

use crate::served::{CANARY, HOSTILE, Served, run};

const PAGES: &[&str] = &[
    "/",
    "/tables",
    "/tables/crm",
    "/tables/crm?sort=-id&column=id&column=name&offset=7",
    "/tables/crm/columns",
    "/tables/events/time?by=city&bucket=300",
    "/tables/crm.rejects",
    "/rejects",
    "/rejects?source=crm",
    "/sessions",
    "/sessions?tab=skipped",
    "/sessions?tab=events",
    "/sessions?tab=original",
    "/sql",
    "/pipeline",
];

#[test]
fn every_page_answers_and_holds_no_script_of_others() {
    let served = Served::after_a_run();
    run(served.folder.path(), 60);
    for path in PAGES {
        let page = served.get(path);
        let text = page.text();
        assert_eq!(page.status, 200, "{path}: {text}");
        assert!(text.contains("<h1>"), "{path} has no title");
        assert!(!text.contains("<script>"), "{path} has a script in place");
        assert!(!text.contains(HOSTILE), "{path} does not escape");
        assert!(!text.contains(" style="), "{path} has a style in place");
        assert!(!text.contains(CANARY), "{path} shows a rejected record");
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
    }
}

#[test]
fn every_page_answers_as_data() {
    let served = Served::after_a_run();
    for path in [
        "/home.json",
        "/tables.json",
        "/tables/crm/rows.json",
        "/tables/crm/values.json?values=city",
        "/tables/crm/columns.json",
        "/tables/events/time.json",
        "/rejects.json",
        "/sessions.json",
        "/sql.json",
        "/pipeline.json",
        "/live.json",
    ] {
        let page = served.get(path);
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, "application/json"),
            "{path}"
        );
        page.json();
        assert!(!page.text().contains(CANARY), "{path}");
    }
    let home = served.get("/home.json").json();
    assert_eq!(home["run"]["sources"][0]["rejected"], 1);
    let names = |list: &serde_json::Value, key: &str| -> Vec<String> {
        let entries = list.as_array().expect("a list").iter();
        entries
            .map(|entry| entry[key].as_str().expect("a name").to_owned())
            .collect()
    };
    let metrics = names(&home["metrics"], "name");
    for name in [
        "Records",
        "Valid",
        "Rejected",
        "Duplicates removed",
        "Sessions",
    ] {
        assert!(metrics.iter().any(|known| known == name), "{metrics:?}");
    }
    let steps = served.get("/pipeline.json").json()["steps"].clone();
    assert_eq!(
        names(&steps, "name"),
        ["crm", "events", "visits", "events.csv", "visits.csv"]
    );
    for step in steps.as_array().expect("steps") {
        assert_ne!(step["adds_up"], false, "{step}");
    }
}

#[test]
fn what_is_not_there_says_so() {
    let served = Served::after_a_run();
    for path in [
        "/nothing",
        "/tables/nothing",
        "/tables/crm/nothing",
        "/tables/nothing.csv",
        "/tables/crm?run=nothing",
        "/tables/crm?filter=nothing",
        "/rejects?source=nothing",
        "/sql?query=nothing",
        "/assets/nothing.js",
        "/tables/..%2F..%2Fp.yaml",
        "/tables/%2Fetc%2Fpasswd.csv",
    ] {
        let page = served.get(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text().contains("There is nothing here"), "{path}");
    }
    let near = served.get("/tables/crn");
    assert!(
        near.text().contains("did you mean `crm`?"),
        "{}",
        near.text()
    );
    let wrong = served.get("/tables/crm?sort=nme");
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text().contains("did you mean `name`?"),
        "{}",
        wrong.text()
    );
    let json = served.get("/tables/nothing/columns.json");
    assert_eq!(
        (json.status, json.header("content-type")),
        (404, "application/json")
    );
}

#[test]
fn a_folder_without_runs_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = Served::over(folder);
    let first = served.get("/");
    assert_eq!(
        (first.status, first.header("location")),
        (303, "/start"),
        "files can be dropped there"
    );
    for path in ["/tables", "/rejects"] {
        let page = served.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.text().contains("onefold init"),
            "{path}: {}",
            page.text()
        );
    }
}

#[test]
fn the_theme_is_remembered() {
    let served = Served::after_a_run();
    let answer = served.post("/theme", &[("theme", "dark"), ("next", "/tables")]);
    assert_eq!((answer.status, answer.header("location")), (303, "/tables"));
    assert!(
        answer
            .header("set-cookie")
            .starts_with("onefold-theme=dark;")
    );
    let away = served.post("/theme", &[("theme", "dark"), ("next", "//evil.example")]);
    assert_eq!(away.header("location"), "/");
}

#[test]
fn the_pages_of_an_earlier_run_stay_with_it() {
    let served = Served::after_a_run();
    let first = served.last_run();
    run(served.folder.path(), 60);
    let query = format!("run={first}");
    for path in [
        "/",
        "/tables",
        "/tables/crm",
        "/rejects",
        "/sessions",
        "/sql",
        "/pipeline",
    ] {
        let text = served.get(&format!("{path}?{query}")).text();
        let links = text.split("href=\"").skip(1);
        let links = links.filter_map(|rest| rest.split('"').next());
        let of_a_run = ["/tables", "/rejects", "/sessions", "/customers"];
        let links = links.filter(|link| of_a_run.iter().any(|start| link.starts_with(start)));
        // One link leads back to the last run.
        let links: Vec<&str> = links.filter(|link| *link != path).collect();
        assert!(links.len() > 3, "{path}: {links:?}");
        for link in links {
            assert!(link.contains(&query), "{path}: {link}");
        }
    }
}
