//! Customers: searched, looked at, exported and erased. No address holds what was searched for.

use std::path::Path;

use onefold_engine::{Keep, Project, RunOptions, Timestamp};
use serde_json::Value;

use crate::served::{HOSTILE, Response, Served, run};

const PIPELINE: &str = "
pipeline: p
sources:
  crm:
    path: crm.csv
    key: id
    fields: {id: {required: true}, name: text, email: email, phone: {type: phone, region: US}, born: date}
  news: {path: news.csv, key: no, fields: {no: text, name: text, email: {type: email, required: true}}}
  events: {path: events.csv, fields: {user: text, what: text, at: timestamp}}
  orders: {path: orders.csv, fields: {order: text, email: email, sum: integer, on_day: date}}
tables:
  people: {resolve: {from: [crm, news], match: [email, phone], id: {name: customer, prefix: C}, state: people.state}}
  known: {join: {from: events, left: [{table: people.members, on: {left: user, right: record_key}, expect: first}]}}
  visits: {sessionize: {from: known, by: user, time: at, gap: 30m}}
outputs:
  - {table: people, path: people.csv}
  - {table: known, path: known.csv}
  - {table: visits, path: visits.csv}
";

const CRM: &str = "id,name,email,phone,born
k-17,Zoe Quill,zoe.quill@example.org,+1 202 555 0143,1980-04-07
k-18,Bob Ray,bob@example.org,+1 202 555 0188,1979-01-30
";
const NEWS: &str = "no,name,email
n-1,Zoe Quilt,zoe.quill@example.org
n-2,<script>alert(1)</script>,eve@example.org
";
const EVENTS: &str = "user,what,at
k-17,login,2024-03-01 10:00:00
k-17,buy,2024-03-01 10:05:00
k-18,login,2024-03-02 10:00:00
";
const ORDERS: &str = "order,email,sum,on_day
o-1,zoe.quill@example.org,5,2024-03-04
o-2,bob@example.org,7,2024-03-02
";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("written");
    }
}

fn served() -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        &[
            ("p.yaml", PIPELINE),
            ("crm.csv", CRM),
            ("news.csv", NEWS),
            ("events.csv", EVENTS),
            ("orders.csv", ORDERS),
        ],
    );
    run(folder.path(), 0);
    Served::over(folder)
}

/// Searches, and follows to what is found.
fn search(served: &Served, text: &str) -> (String, Response) {
    let sent = served.post("/customers/search", &[("text", text)]);
    assert_eq!(sent.status, 303, "{}", sent.text());
    let link = sent.header("location").to_owned();
    let page = served.get(&link);
    (link, page)
}

fn ids(answer: &Value) -> Vec<(String, String)> {
    let customers = answer["customers"].as_array().expect("customers").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    customers
        .map(|one| (text(&one["customer"]), text(&one["found_by"])))
        .collect()
}

#[test]
fn customers_are_searched_and_the_address_holds_no_value() {
    let served = served();
    let all = served.get("/customers").text();
    assert!(
        all.contains("<strong>3 customers</strong> of 4 records"),
        "{all}"
    );
    assert!(
        !all.contains(HOSTILE) && all.contains("href=\"/customers/C1\""),
        "{all}"
    );
    for (text, id, why) in [
        ("quill", "C1", "value"),
        ("QUILT zoe", "C1", "value"),
        ("bob@EXAMPLE", "C2", "value"),
        ("(202) 555-0188", "C2", "value"),
        ("c2", "C2", "id"),
        ("n-1", "C1", "record news:n-1"),
        ("crm:k-18", "C2", "record crm:k-18"),
    ] {
        let (link, page) = search(&served, text);
        let personal = text.split(' ').next().expect("a word");
        // Two signs may stand in any id.
        assert!(personal.len() < 3 || !link.contains(personal), "{link}");
        assert!(
            page.text().contains("1 customer found"),
            "{text}: {}",
            page.text()
        );
        let found = served
            .get(&link.replace("/customers?", "/customers.json?"))
            .json();
        assert_eq!(ids(&found), [(id.to_owned(), why.to_owned())], "{text}");
        let file = served.get(&(link.replace("/customers?", "/customers.csv?") + "&raw=1"));
        assert!(
            file.text().starts_with("customer,id,name"),
            "{}",
            file.text()
        );
        assert_eq!(file.text().lines().count(), 2, "{text}");
        let name = file.header("content-disposition");
        assert_eq!(
            name,
            "attachment; filename=\"people_2026-05-28_found_1rows.csv\""
        );
    }
    let (_, none) = search(&served, "zoe bob");
    assert!(
        none.text().contains("No customer has this"),
        "{}",
        none.text()
    );
    let unknown = served.get("/customers?search=0000");
    assert_eq!(unknown.status, 404);
    let empty = served.post("/customers/search", &[("text", "  ")]);
    assert_eq!(empty.header("location"), "/customers");
    let all = served.get("/customers.csv?raw=1");
    assert_eq!(all.body, served.get("/tables/people.csv?raw=1").body);
}

#[test]
fn a_customer_with_records_links_and_rows_by_time() {
    let served = served();
    let page = served.get("/customers/C1");
    let text = page.text();
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "no-store")
    );
    for part in [
        "<h1>C1</h1>",
        "crm.csv:2",
        "news.csv:2",
        "href=\"/tables/crm\">crm:k-17</a>",
        "<td>Zoe Quil<mark>l</mark><span class=\"hidden\">, differs</span></td><td>Zoe Quil<mark>t</mark><span class=\"hidden\">, differs</span></td>",
        "Linked by <strong>email</strong>",
        "C1</a> was created",
        "href=\"/customers/C1/export.json?of=",
        "href=\"/customers/C1/erase?of=",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(
        !text.contains(" style=") && !text.contains("<script>"),
        "{text}"
    );
    let data = served.get("/customers/C1.json").json();
    assert_eq!(
        (data["id"].as_str(), data["records"][1]["line"].as_u64()),
        (Some("C1"), Some(2))
    );
    assert_eq!(data["customer"][0]["name"], "Zoe Quill");
    assert_eq!(data["links"][0]["reasons"], "email");
    assert_eq!(data["lineage"][0]["event"], "created");
    let rows = data["timeline"]["rows"].as_array().expect("rows").iter();
    let rows: Vec<_> = rows
        .map(|row| {
            let time = row["time"]
                .as_str()
                .unwrap_or("-")
                .get(..10)
                .unwrap_or("-")
                .to_owned();
            (
                time,
                row["table"].as_str().unwrap_or_default(),
                row["row"].as_u64(),
            )
        })
        .collect();
    let first = "2024-03-01".to_owned();
    assert_eq!(
        rows,
        [
            ("2024-03-04".to_owned(), "orders", Some(1)),
            (first.clone(), "known", Some(2)),
            (first.clone(), "known", Some(1)),
            (first, "visits", Some(1)),
        ]
    );
    let few = served.get("/customers/C1.json?rows=known&offset=1").json();
    assert_eq!(few["timeline"]["total"], 2);
    assert_eq!(few["timeline"]["rows"][0]["values"]["what"], "login");
    let beyond = served.get("/customers/C1.json?offset=900").json();
    assert_eq!(beyond["timeline"]["offset"], 0);
    assert_eq!(beyond["timeline"]["rows"], data["timeline"]["rows"]);
    let file = served.get("/customers/C1/timeline.csv").text();
    assert_eq!(
        (file.lines().count(), &file[..21]),
        (5, "time,table,row,values")
    );
    let hostile = served.get("/customers/C3").text();
    assert!(
        hostile.contains("&lt;script&gt;") && !hostile.contains(HOSTILE),
        "{hostile}"
    );
    assert!(
        hostile.contains("No row of another table is about this customer"),
        "{hostile}"
    );
    assert_eq!(served.get("/customers/C9").status, 404);
    assert_eq!(served.get("/customers/C9.json").status, 404);
}

#[test]
fn an_id_that_was_merged_leads_on() {
    let served = served();
    let folder = served.folder.path().to_path_buf();
    let crm = format!("{CRM}k-19,Bobby Ray,zoe.quill@example.org,+1 202 555 0188,\n");
    write(&folder, &[("crm.csv", &crm)]);
    run(&folder, 60);
    let (link, _) = search(&served, "C2");
    let found = served
        .get(&link.replace("/customers?", "/customers.json?"))
        .json();
    assert_eq!(ids(&found), [("C1".to_owned(), "old id".to_owned())]);
    let old = served.get("/customers/C2").text();
    assert!(
        old.contains("C2 is an old id") && old.contains("href=\"/customers/C1\""),
        "{old}"
    );
    let json = served.get("/customers/C2.json").json();
    assert_eq!(
        (json["status"].as_str(), &json["ids"][0]),
        (Some("merged"), &Value::from("C1"))
    );
    let text = served.get("/customers/C1").text();
    let merged = text.find("was merged into").expect("a merge");
    let created = text.rfind("was created").expect("a beginning");
    assert!(merged < created, "the latest comes first: {text}");
    // In the run before, C2 was a customer; only the last run exports and erases.
    let runs = served.get("/home.json").json();
    let first = runs["runs"][1]["run_id"]
        .as_str()
        .expect("a run")
        .to_owned();
    let then = served.get(&format!("/customers/C2?run={first}")).text();
    assert!(
        then.contains("<h1>C2</h1>") && !then.contains("/erase"),
        "{then}"
    );
}

#[test]
fn an_export_is_that_of_the_command() {
    let served = served();
    let file = served.get("/customers/C1/export.json");
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"C1.json\""
    );
    let project = Project::load(&served.folder.path().join("p.yaml"), &|_| None);
    let project = project.unwrap_or_else(|failed| panic!("{}", failed.error));
    let document = project.export_person((None, "C1"), &options(served.folder.path(), Keep::None));
    let document = document.unwrap_or_else(|error| panic!("{error}"));
    let text = serde_json::to_string_pretty(&document).expect("JSON") + "\n";
    assert_eq!(file.text(), text);
    // The page has the same of what both tell.
    let page = served.get("/customers/C1.json").json();
    for part in [
        "id",
        "table",
        "pipeline",
        "run_id",
        "customer",
        "records",
        "provenance",
        "links",
    ] {
        assert_eq!(page[part], document[part], "{part}");
    }
}

fn options(folder: &Path, keep: Keep) -> RunOptions<'static> {
    static NEVER: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    RunOptions {
        input_dir: None,
        output_dir: folder.join("out"),
        state_dir: Some(folder.join("out")),
        new_ids: false,
        stdin: None,
        threads: 1,
        clock: &|| Timestamp::UNIX_EPOCH,
        on_event: &|_| {},
        interrupted: &NEVER,
        keep_runs: usize::MAX,
        keep,
        memory: None,
    }
}

#[test]
fn a_person_is_erased_once_the_id_is_typed() {
    let served = served();
    let (link, _) = search(&served, "quill");
    let asks = served.get("/customers/C1/erase").text();
    for part in [
        "without 2 records",
        "crm.csv:2",
        "news.csv:2",
        "orders.csv:2",
        "cannot be undone",
    ] {
        assert!(asks.contains(part), "{part} is not in {asks}");
    }
    let planned = served.get("/customers/C1/erase.json").json();
    assert_eq!(
        (
            planned["records"].as_u64(),
            planned["runs_removed"].as_u64()
        ),
        (Some(2), Some(1))
    );
    let wrong = served.post("/customers/C1/erase", &[("confirm", "C2")]);
    assert_eq!(wrong.status, 400);
    assert_eq!(served.get("/customers/C1").status, 200);
    let unsaid = served.post("/customers/C1/erase", &[("confirm", "C1")]);
    assert_eq!(unsaid.status, 400, "{}", unsaid.text());
    let run = served.last_run();
    assert!(
        asks.contains(&format!("name=\"of\" value=\"{run}\"")),
        "{asks}"
    );
    let done = served.post("/customers/C1/erase", &[("confirm", "C1"), ("of", &run)]);
    assert_eq!(done.status, 303, "{}", done.text());
    // To send the form again is to ask for somebody whom nobody has seen; to load the receipt again is to read it again.
    let again = served.post("/customers/C1/erase", &[("confirm", "C1"), ("of", &run)]);
    assert_eq!(again.status, 409, "{}", again.text());
    let receipt = done.header("location").to_owned();
    let text = served.get(&receipt).text();
    assert_eq!(served.get(&receipt).text(), text);
    let json = served.get(&receipt.replace("/erased?", "/erased.json?"));
    assert_eq!(json.json()["records"], 2);
    assert_eq!(served.get("/erased?receipt=0").status, 404);
    assert!(
        text.contains("2 records with 2 identifying values are gone"),
        "{text}"
    );
    assert!(!text.contains("quill"), "{text}");
    assert_eq!(served.get("/customers/C1.json").json()["status"], "gone");
    // What was searched for is forgotten, too.
    assert_eq!(served.get(&link).status, 404);
    let out = std::fs::read_to_string(served.folder.path().join("out/people.csv")).expect("a file");
    assert!(!out.contains("Quill") && out.contains("Bob"), "{out}");
}

/// Without a state, ids are others in each run: what was seen in one is not done in the next.
#[test]
fn nobody_else_is_erased_or_exported_after_another_run() {
    let served = served();
    let folder = served.folder.path().to_path_buf();
    let stateless = PIPELINE.replace(", state: people.state", "");
    write(&folder, &[("p.yaml", &stateless)]);
    run(&folder, 60);
    let seen = served.last_run();
    let crm = format!(
        "id,name,email,phone,born\nk-1,Al New,al@example.org,,\n{}",
        &CRM[25..]
    );
    assert!(crm.contains("\nk-17,"), "{crm}");
    write(&folder, &[("crm.csv", &crm)]);
    run(&folder, 120);
    let asked = format!("/customers/C1/export.json?of={seen}");
    assert_eq!(served.get(&asked).status, 409);
    assert_eq!(
        served.get(&format!("/customers/C1/erase?of={seen}")).status,
        409
    );
    let sent = served.post("/customers/C1/erase", &[("confirm", "C1"), ("of", &seen)]);
    assert_eq!(sent.status, 409, "{}", sent.text());
    let before = served.get(&format!("/customers/C1?run={seen}")).text();
    assert!(
        before.contains("href=\"/customers\">go to it") && !before.contains("/erase"),
        "{before}"
    );
    // The page of a run of another pipeline than the one that is served.
    let last = served.last_run();
    write(
        &folder,
        &[("p.yaml", &stateless.replace("pipeline: p", "pipeline: q"))],
    );
    let other = served.get("/customers/C1").text();
    assert!(
        other.contains("the server shows another one") && !other.contains("/erase"),
        "{other}"
    );
    assert_eq!(
        served
            .get(&format!("/customers/C1/export.json?of={last}"))
            .status,
        409
    );
}

#[test]
fn what_is_missing_to_erase_is_said() {
    let served = served();
    let path = served.folder.path().join("p.yaml");
    let text = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(&path, text.replace("gap: 30m", "gap: 20m")).expect("written");
    let asks = served.get("/customers/C1/erase").text();
    assert!(
        asks.contains("cannot be erased yet") && asks.contains("is not what it was in run"),
        "{asks}"
    );
    assert_eq!(served.get("/customers/C1/erase.json").status, 400);
    assert_eq!(
        served
            .post(
                "/customers/C1/erase",
                &[("confirm", "C1"), ("of", &served.last_run())]
            )
            .status,
        400
    );
}

#[test]
fn empty_states_say_what_to_do() {
    let served = Served::after_a_run();
    let page = served.get("/customers").text();
    assert!(
        page.contains("This pipeline finds no customers") && page.contains("resolve"),
        "{page}"
    );
    assert_eq!(served.get("/customers.json").json()["total"], 0);
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("crm.csv", CRM),
        ("news.csv", NEWS),
        ("events.csv", EVENTS),
        ("orders.csv", ORDERS),
    ];
    write(folder.path(), &files);
    write(folder.path(), &[("p.yaml", PIPELINE)]);
    let project = Project::load(&folder.path().join("p.yaml"), &|_| None);
    let project = project.unwrap_or_else(|failed| panic!("{}", failed.error));
    let ran = project.run(&options(folder.path(), Keep::None));
    ran.unwrap_or_else(|error| panic!("{error}"));
    let served = Served::over(folder);
    let page = served.get("/customers").text();
    assert!(
        page.contains("This run has kept no tables") && page.contains("action=\"/run\""),
        "{page}"
    );
    assert_eq!(served.get("/customers.json").status, 404);
}
