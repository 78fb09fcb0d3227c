//! From dropped files to a run.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::served::{MAX_UPLOAD, Served};

pub(crate) const CRM: &str = "id,first_name,last_name,email,phone\n\
    1,Ann,Lee,ann@example.org,+44 20 7946 0001\n\
    2,Bob,Ray,bob@example.org,+44 20 7946 0002\n\
    3,Cy,Dow,cy@example.org,+44 20 7946 0003\n";
const SHOP: &str = r#"[
    {"customer_id": "s-1", "name": "Ann Lee", "email": "ANN@example.org"},
    {"customer_id": "s-2", "name": "Dee Fox", "email": "dee@example.org"}
]"#;
const NEWS: &str =
    "E-Mail\tsubscribed\nbob@example.org\tyes\ndee@example.org\tno\neve@example.org\tyes\n";

pub(crate) fn without_a_pipeline() -> Served {
    Served::over(tempfile::tempdir().expect("a folder"))
}

/// Uploads files, and waits until they have been looked at.
pub(crate) fn given(served: &Served, files: &[(&str, &[u8])]) -> (String, serde_json::Value) {
    let sent = served.upload("/start/upload", files);
    assert_eq!(sent.status, 303, "{}", sent.text());
    let place = sent.header("location").to_owned();
    let id = place.split('=').nth(1).expect("an id").to_owned();
    let data = looked_at(served, &id);
    (id, data)
}

fn looked_at(served: &Served, id: &str) -> serde_json::Value {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        // The server waits a while itself.
        let data = served.get(&format!("/start.json?files={id}")).json();
        if data["busy"] == false {
            return data;
        }
        assert!(Instant::now() < until, "{data}");
    }
}

/// All files below a folder, by their paths in it.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let path = path.strip_prefix(folder).expect("below it");
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
    }
    found.sort();
    found
}

fn draft(data: &serde_json::Value) -> String {
    let text = data["draft"]["text"].as_str();
    text.unwrap_or_else(|| panic!("no draft: {data}"))
        .to_owned()
}

#[test]
fn three_files_without_a_pipeline_become_customers() {
    let served = without_a_pipeline();
    let home = served.get("/");
    assert_eq!((home.status, home.header("location")), (303, "/start"));
    let first = served.get("/start").text();
    assert!(
        first.contains("enctype=\"multipart/form-data\"") && first.contains("Drop files"),
        "{first}"
    );
    let files: [(&str, &[u8]); 3] = [
        ("crm.csv", CRM.as_bytes()),
        ("shop.json", SHOP.as_bytes()),
        ("newsletter.tsv", NEWS.as_bytes()),
    ];
    let (id, data) = given(&served, &files);
    let sources = data["sources"].as_array().expect("sources");
    let names: Vec<_> = sources.iter().map(|s| s["name"].as_str()).collect();
    assert_eq!(names, [Some("crm"), Some("shop"), Some("newsletter")]);
    assert_eq!(sources[0]["rows"], 3);
    assert_eq!(sources[0]["columns"][3]["role"], "email");
    assert_eq!(sources[0]["columns"][3]["type"], "email");
    assert_eq!(data["draft"]["diagnostics"], serde_json::json!([]));
    let page = served.get(&format!("/start?files={id}")).text();
    for text in [
        "crm.csv",
        "newsletter.tsv",
        "delimiter",
        "as found: e-mail address",
        "nothing wrong",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let text = draft(&data);
    let fields = [
        ("files", &*id),
        ("text", &text),
        ("name", "p.yaml"),
        ("then", "run"),
    ];
    let saved = served.post("/start/save", &fields);
    assert_eq!((saved.status, saved.header("location")), (303, "/pipeline"));
    let events = served.get("/live/events").text();
    assert!(events.contains("Published"), "{events}");
    let customers = served.folder.path().join("out/results/customers.csv");
    let customers = std::fs::read_to_string(customers).expect("an output");
    // Ann and Bob are in two files, Dee is too; Cy and Eve are in one.
    assert_eq!(customers.lines().count(), 1 + 5, "{customers}");
    // The next draft of the same files leaves these outputs alone, and so does the old one.
    let again = draft(&looked_at(&served, &id));
    assert!(again.contains("path: results_2/customers.csv"), "{again}");
    let fields = [("files", &*id), ("text", &text), ("name", "again.yaml")];
    let refused = served.post("/start/save", &fields).text();
    assert!(refused.contains("would replace `results/"), "{refused}");
    assert!(!served.folder.path().join("again.yaml").exists());
    assert!(customers.contains("eve@example.org"), "{customers}");
    let home = served.get("/home.json").json();
    assert_eq!(home["run"]["status"], "published");
}

#[test]
fn choices_change_the_draft() {
    let served = without_a_pipeline();
    let rows = "ref,contact,when,size,note\n\
        a,ann@example.org,01/02/2024,7,x\n\
        b,bob@example.org,03/04/2024,8,y\n\
        c,ann@example.org,05/06/2024,9,z\n";
    let (id, data) = given(&served, &[("visits.csv", rows.as_bytes())]);
    let before = draft(&data);
    assert!(
        before.contains("      when: text") && before.contains("size: integer"),
        "{before}"
    );
    let path = data["sources"][0]["path"]
        .as_str()
        .expect("a path")
        .to_owned();
    let mut fields = vec![
        ("files", id.as_str()),
        ("s0.path", &path),
        ("s0.name", "Besuche"),
    ];
    let seen = [
        "s0.c0.seen",
        "s0.c1.seen",
        "s0.c2.seen",
        "s0.c3.seen",
        "s0.c4.seen",
    ];
    fields.extend(seen.map(|name| (name, "1")));
    fields.extend(["s0.c0.use", "s0.c1.use", "s0.c2.use", "s0.c3.use"].map(|name| (name, "1")));
    fields.extend([
        ("s0.c2.type", "date_day_first"),
        ("s0.c3.type", "text"),
        ("s0.c0.role", "customer"),
    ]);
    let chosen = served.post("/start/choose", &fields);
    assert_eq!(chosen.status, 303);
    let data = looked_at(&served, &id);
    let after = draft(&data);
    for line in [
        "  besuche:",
        "      when: {type: date, formats: \"%d/%m/%Y\"}",
        "      size: text",
        "    ignore: [\"note\"]",
    ] {
        assert!(after.contains(line), "{line}: {after}");
    }
    assert!(!after.contains("      note:"), "{after}");
    assert_eq!(data["draft"]["diagnostics"], serde_json::json!([]));
    assert_eq!(data["sources"][0]["columns"][0]["role"], "customer");
    assert_eq!(
        data["sources"][0]["columns"][4]["type"],
        serde_json::Value::Null
    );
    let page = served.get(&format!("/start?files={id}")).text();
    assert!(
        page.contains("<option value=\"date_day_first\" selected>"),
        "{page}"
    );
    // All as found again.
    let mut fields = vec![
        ("files", id.as_str()),
        ("s0.path", &path),
        ("s0.name", "besuche"),
    ];
    fields.extend(seen.map(|name| (name, "1")));
    fields.extend(
        [
            "s0.c0.use",
            "s0.c1.use",
            "s0.c2.use",
            "s0.c3.use",
            "s0.c4.use",
        ]
        .map(|name| (name, "1")),
    );
    served.post("/start/choose", &fields);
    let again = draft(&looked_at(&served, &id));
    assert_eq!(again.replace("besuche", "visits"), before);
    // No column at all is no source.
    fields.retain(|(name, _)| !name.ends_with(".use"));
    assert_eq!(served.post("/start/choose", &fields).status, 400);
    fields.push(("remove", &path));
    let removed = served.post("/start/remove", &fields);
    assert_eq!(removed.status, 303, "{}", removed.text());
    assert_eq!(looked_at(&served, &id)["files"], serde_json::json!([]));
    assert!(!served.folder.path().join(&path).exists());
    let foreign = served.post("/start/remove", &[("files", &id), ("remove", "../p.yaml")]);
    assert_eq!(foreign.status, 303);
}

#[test]
fn a_pipeline_that_is_there_stays() {
    let served = Served::after_a_run();
    let old = std::fs::read_to_string(served.folder.path().join("p.yaml")).expect("a file");
    let (id, data) = given(&served, &[("crm.csv", CRM.as_bytes())]);
    let text = draft(&data);
    let save = |name: &str, text: &str| {
        served.post(
            "/start/save",
            &[("files", &id), ("text", text), ("name", name)],
        )
    };
    for (name, said) in [
        ("p.yaml", "is there already"),
        ("../p.yaml", "the name has letters"),
        ("con.yaml", "the name has letters"),
        ("", "the name has letters"),
    ] {
        let refused = save(name, &text);
        assert!(
            refused.status == 200 && refused.text().contains(said),
            "{name}: {}",
            refused.text()
        );
    }
    let wrong = save("new.yaml", "sources: {a: {pth: x.csv}}");
    assert!(wrong.text().contains("did you mean"), "{}", wrong.text());
    let checked = served.post(
        "/start/check",
        &[("files", &id), ("text", "sources: {a: {pth: x.csv}}")],
    );
    assert!(
        checked.text().contains("class=\"finding bad\""),
        "{}",
        checked.text()
    );
    let kept = std::fs::read_to_string(served.folder.path().join("p.yaml")).expect("a file");
    assert_eq!(kept, old);
    assert_eq!(
        save("new", &text).header("location"),
        "/pipeline?said=saved"
    );
    let saved = std::fs::read_to_string(served.folder.path().join("new.yaml")).expect("a file");
    assert_eq!(saved, text);
    let shown = served.get("/pipeline.json").json();
    assert!(
        shown["path"]
            .as_str()
            .is_some_and(|path| path.ends_with("new.yaml")),
        "{shown}"
    );
    // What the pipeline reads now is not taken from it.
    let path = data["files"][0]["path"].as_str().expect("a path");
    let removed = served.post("/start/remove", &[("files", &id), ("remove", path)]);
    assert_eq!(removed.status, 409, "{}", removed.text());
    assert!(served.folder.path().join(path).exists());
}

#[test]
fn values_are_hidden_until_they_are_asked_for() {
    let served = without_a_pipeline();
    let rows = "id,name\n1,Canary Quill\n2,Broken Canary,x,y\n3,Cy Dow\n4,Dee Fox\n5,Eve Gray\n6,Finn Hill\n";
    let (id, data) = given(&served, &[("people.csv", rows.as_bytes())]);
    let broken = &data["sources"][0]["first_broken"][0];
    assert_eq!(
        (
            broken["line"].as_u64(),
            data["sources"][0]["broken"].as_u64()
        ),
        (Some(3), Some(1))
    );
    let page = served.get(&format!("/start?files={id}")).text();
    assert!(
        page.contains("people.csv:3") && page.contains("1 record cannot be read"),
        "{page}"
    );
    for text in [page, data.to_string()] {
        assert!(!text.contains("Canary"), "{text}");
    }
    let path = data["sources"][0]["path"].as_str().expect("a path");
    let fields = [("files", &*id), ("reveal", path)];
    let shown = served.post("/start/reveal", &fields).text();
    assert!(
        shown.contains("Canary Quill") && shown.contains("Broken Canary"),
        "{shown}"
    );
    let data = served.post("/start/reveal.json", &fields).text();
    assert!(data.contains("Canary Quill"), "{data}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_card_beside_the_others() {
    let served = without_a_pipeline();
    let (id, data) = given(
        &served,
        &[
            ("a.xls", b"PK\x03\x04 nothing"),
            ("crm.csv", CRM.as_bytes()),
            ("empty.csv", b""),
        ],
    );
    assert_eq!(data["files"][0]["state"], "unreadable", "{data}");
    assert!(
        data["files"][0]["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("a.xls"))
    );
    assert!(draft(&data).contains("  crm:"), "{data}");
    let page = served.get(&format!("/start?files={id}")).text();
    assert!(
        page.contains("cannot be read") && page.contains("empty.csv"),
        "{page}"
    );
}

/// Every malformed file of the collections has its card, and the server goes on.
#[test]
fn malformed_files_have_cards() {
    let served = without_a_pipeline();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/badinput");
    let mut paths: Vec<PathBuf> = files(&root).iter().map(|path| root.join(path)).collect();
    // Larger than the limit of this server together.
    paths.retain(|path| {
        path.metadata()
            .is_ok_and(|file| file.len() < MAX_UPLOAD / 40)
    });
    assert!(paths.len() > 100, "{}", paths.len());
    for some in paths.chunks(40) {
        let contents: Vec<(String, Vec<u8>)> = some
            .iter()
            .map(|path| {
                let name = path
                    .file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                (name, std::fs::read(path).expect("a file"))
            })
            .collect();
        let all: Vec<(&str, &[u8])> = contents
            .iter()
            .map(|(name, content)| (&**name, &**content))
            .collect();
        let (id, data) = given(&served, &all);
        let found = data["files"].as_array().expect("files");
        assert_eq!(found.len(), some.len());
        let page = served.get(&format!("/start?files={id}"));
        assert_eq!(page.status, 200);
        let text = page.text();
        for file in found {
            assert!(
                matches!(file["state"].as_str(), Some("read" | "unreadable")),
                "{file}"
            );
            assert!(!file.to_string().contains("panicked"), "{file}");
            let path = file["path"].as_str().expect("a path");
            assert!(
                text.contains(&format!("name=\"remove\" value=\"{path}\"")),
                "{file}"
            );
        }
    }
}
