//! A person's data given out, and erased: `onefold subject`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::Run;
use crate::guide::copy;

const PIPELINE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: text, email: email, phone: {type: phone, region: US}}}
  news: {path: news.csv, key: no, fields: {no: text, email: {type: email, required: true}, since: {type: date, required: true}}}
  orders: {path: orders.csv, fields: {order: text, email: email, sum: integer}}
tables:
  people: {resolve: {from: [crm, news], match: [email, phone], id: {name: customer, prefix: C}, state: people.state}}
outputs:
  - {table: people, path: people.csv}
  - {table: people.members, path: members.csv}
  - {table: orders, path: orders.csv}
  - {table: news.rejects, path: refused.csv}
  - {log: run, path: log.txt}
";

const CRM: &str = "\
id,name,email,phone
k-17,Zoe Quill,zoe.quill@example.org,+1 202 555 0143
k-18,Bob Ray,bob@example.org,+1 202 555 0188
k-19,Cid Ray,cid@example.org,+1 202 555 0188
";
const NEWS: &str = "\
no,email,since
n-1,zoe.quill@example.org,2024-01-01
n-2,zoe.quill@example.org,soon
n-3,bob@example.org,2024-02-01
n-4,see ZOE.QUILL@example.org!,2024-02-01,open
";
const ORDERS: &str = "order,email,sum\no-1,zoe.quill@example.org,5\no-2,bob@example.org,7\n";

/// What must be nowhere once Zoe is erased.
const OF_ZOE: &[&str] = &[
    "Zoe",
    "Quill",
    "zoe.quill",
    "5550143",
    "k-17",
    "n-1",
    "n-2",
    "n-4",
    "ZOE.QUILL",
    "o-1",
];

fn published() -> Run {
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", CRM)
        .file("news.csv", NEWS)
        .file("orders.csv", ORDERS);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    run
}

#[test]
fn all_that_is_known_of_a_person() {
    let run = published().arguments(&["subject", "export", "p.yaml", "C1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let person: Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(person["customer"][0]["name"], "Zoe Quill");
    let records = person["records"].as_array().expect("records");
    let keys: Vec<_> = records.iter().map(|record| &record["record_key"]).collect();
    assert_eq!(keys, ["k-17", "n-1"]);
    assert_eq!(records[0]["values"]["phone"], "+12025550143");
    assert_eq!(
        (&records[1]["file"], &records[1]["line"]),
        (&"news.csv".into(), &2.into())
    );
    assert_eq!(person["links"][0]["reasons"], "email");
    let lineage = &person["lineage"][0];
    assert_eq!(
        (&lineage["event"], &lineage["new_id"]),
        (&"created".into(), &"C1".into())
    );
    assert_eq!(person["elsewhere"]["orders"][0]["order"], "o-1");
    let rejects = &person["elsewhere"]["news.rejects"];
    assert_eq!(rejects[0]["no"], "n-2");
    // A record that is not well formed has the person's address in its text.
    let raw = rejects[1]["raw"].as_str().expect("text");
    assert!(raw.starts_with("n-4,"), "{raw}");
    assert_eq!(rejects.as_array().map(Vec::len), Some(2));
    let run = run.arguments(&["subject", "export", "p.yaml", "C2", "--out", "out"]);
    let other: Value = serde_json::from_str(&run.done().stdout).expect("JSON");
    let elsewhere = other["elsewhere"].as_object().expect("tables");
    assert!(!elsewhere.contains_key("news.rejects"), "{elsewhere:?}");
}

#[test]
fn pairs_that_may_be_one_person_are_known_of_both() {
    let pipeline = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: id, fields: {id: text, name: text, email: text, born: text}}
tables:
  people:
    resolve:
      from: crm
      model: {compare: [{as: name, fields: name}, {as: email, fields: email}, {as: date, fields: born}]}
      distinct: crm
      id: {name: customer, prefix: C}
outputs: [{table: people, path: people.csv}]
";
    // The key of the last record reads like the id of a customer.
    let crm = "\
id,name,email,born
1,Robert Miller,robert.miller@example.org,1980-03-12
2,Robert Miller,robert.miller@example.org,1980-03-12
3,Maria Garcia,maria@example.com,1975-07-30
4,Jane Doe,jane@example.net,1991-11-02
C3,Maria Garcia,maria@example.com,1975-07-30
";
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file("crm.csv", crm);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let mut run = run;
    for (id, expected) in [("C1", 1), ("C2", 1), ("C3", 1), ("C4", 0)] {
        run = run.arguments(&["subject", "export", "p.yaml", id, "--out", "out"]);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let person: Value = serde_json::from_str(&done.stdout).expect("JSON");
        let own = &person["records"][0]["record_key"];
        let pairs = person["possible"].as_array().expect("pairs");
        assert_eq!(pairs.len(), expected, "{id}: {pairs:?}");
        for pair in pairs {
            let keys = [&pair["record_key"], &pair["other_key"]];
            assert!(keys.contains(&own), "{own} in {pair}");
        }
    }
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Where something of Zoe is in a folder.
fn of_zoe(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(folder) {
        let bytes = fs::read(&file).expect("bytes");
        let texts = OF_ZOE.iter().filter(|text| contains(&bytes, text));
        found.extend(texts.map(|text| format!("`{text}` is in {}", file.display())));
    }
    found
}

#[test]
fn an_erased_person_is_nowhere_and_does_not_come_back() {
    let run = published();
    let before = fs::read_to_string(run.path("out/people.csv")).expect("people");
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    assert!(
        done.stdout.contains(
            "Still in your own files: crm.csv:2, news.csv:2, news.csv:3, news.csv:5, orders.csv:2"
        ),
        "{}",
        done.stdout
    );
    let nowhere = |run: &Run| assert_eq!(of_zoe(&run.path("out")), [""; 0]);
    nowhere(&run);
    let after = fs::read_to_string(run.path("out/people.csv")).expect("people");
    let others = |people: &str| {
        let others = people.lines().filter(|line| !line.contains("Zoe"));
        others.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        others(&before),
        others(&after),
        "others keep their ids and values"
    );

    // Its id is gone for another reason than that of others.
    let run = run.arguments(&[
        "query",
        "SELECT old_id, event, cause FROM people.lineage",
        "--out",
        "out",
        "--as",
        "csv",
    ]);
    assert_eq!(
        run.done().stdout,
        "old_id,event,cause\nC1,gone,its person was erased\n"
    );

    // The kept tables, decoded.
    let run = run.arguments(&["query", "SELECT * FROM crm", "--out", "out", "--as", "csv"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        done.stdout.contains("Bob") && !done.stdout.contains("Zoe"),
        "{}",
        done.stdout
    );

    // The old files are imported again, and the person has another key in a new one.
    let run = run
        .file(
            "news.csv",
            &(NEWS.to_owned() + "n-9,zoe.quill@example.org,2024-03-01\n"),
        )
        .arguments(&["run", "p.yaml", "--out", "out", "--keep", "all"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    nowhere(&run);
    let report = fs::read_to_string(run.path("out/members.csv")).expect("members");
    assert!(!report.contains("n-9"), "{report}");
    let text = format!("{}{}", done.stdout, done.stderr);
    assert!(text.contains("4 of erased people"), "{text}");
}

/// Bad records are known by key, address and telephone number in all spellings, those without fields too.
#[test]
fn bad_records_of_an_erased_person_go_too() {
    let pipeline = "\
pipeline: p
limits: {rejects: 100%}
sources:
  crm:
    path: crm.csv
    key: id
    fields: {id: {required: true}, name: text, email: {type: email}, phone: {type: phone, region: GB}, since: date}
tables:
  people: {resolve: {from: [crm], match: [email, phone], id: {name: customer, prefix: C}, state: people.state}}
outputs:
  - {table: people, path: people.csv}
  - {table: crm.rejects, path: refused.csv}
";
    let of_zoe = [
        "KA-1,Zoe,bad-mail,020 7946 0777,2024-01-01",
        "KZ-1,Zoe,bad,worse,never",
        "KZ-1,Zoe,,,2024-01-01,extra",
        "KA-2,Zoe,,(020) 7946-0777,2024-01-01,extra",
        "KA-3,Zoe,,+44 (0)20 7946 0777,2024-01-01,extra",
        "KA-4,Zoe,ZOE@example.org,,2024-01-01,extra",
    ];
    let of_others = [
        "KB-1,Ann,bad-mail,020 7946 0778,2024-01-01",
        "KB-2,Ann,joe@example.org,,2024-01-01,extra",
        "KB-3,Ann,,2079460777,2024-01-01,extra",
    ];
    let mut crm = "id,name,email,phone,since\n".to_owned();
    crm += "KZ-1,Zoe,zoe@example.org,020 7946 0777,2024-01-01\n";
    crm += "KY-1,Ann,ann@example.org,,2024-01-01\n";
    for record in of_zoe.iter().chain(&of_others) {
        crm += &format!("{record}\n");
    }
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file("crm.csv", crm);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);

    let run = run.arguments(&["subject", "export", "p.yaml", "C2", "--out", "out"]);
    let person: Value = serde_json::from_str(&run.done().stdout).expect("JSON");
    let rejects = person["elsewhere"]["crm.rejects"].as_array().expect("rows");
    let raw: Vec<&str> = rejects
        .iter()
        .filter_map(|row| row["raw"].as_str())
        .collect();
    assert_eq!(raw, of_zoe);

    let run = run.arguments(&["subject", "erase", "p.yaml", "C2", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let lines = "crm.csv:2, crm.csv:4, crm.csv:5, crm.csv:6, crm.csv:7, crm.csv:8, crm.csv:9\n";
    assert!(done.stdout.contains(lines), "{}", done.stdout);
    for file in files(&run.path("out")) {
        let bytes = fs::read(&file).expect("bytes");
        for text in ["Zoe", "ZOE", "zoe", "KZ-1", "7946 0777", "7946-0777"] {
            assert!(!contains(&bytes, text), "{text} is in {}", file.display());
        }
    }
    let refused = fs::read_to_string(run.path("out/refused.csv")).expect("rejects");
    assert_eq!(refused.lines().count(), 1 + of_others.len(), "{refused}");
}

/// A column of rejects has another name where the key is called like what is told of each record.
#[test]
fn bad_records_are_known_by_a_key_called_line() {
    let pipeline = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: line, fields: {line: text, email: email, since: date}}
tables:
  people: {resolve: {from: [crm], match: email, id: {name: customer, prefix: C}}}
outputs: [{table: people, path: people.csv}]
";
    let crm = "line,email,since\n17,zoe@example.org,2024-01-01\n17,bad,never\n";
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file("crm.csv", crm);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["subject", "export", "p.yaml", "C1", "--out", "out"]);
    let person: Value = serde_json::from_str(&run.done().stdout).expect("JSON");
    let rejects = &person["elsewhere"]["crm.rejects"];
    assert_eq!(rejects[0]["raw"], "17,bad,never", "{person}");
}

#[test]
fn what_others_have_too_stays_with_them() {
    // Bob and Cid share a telephone number, and are two customers once Cid has no other link.
    let pipeline = PIPELINE.replace("match: [email, phone]", "match: email");
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", &pipeline)
        .file("crm.csv", CRM)
        .file("news.csv", NEWS)
        .file("orders.csv", ORDERS);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&[
        "subject", "erase", "p.yaml", "C3", "--out", "out", "--format", "json",
    ]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let receipt: Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(
        (&receipt["values"], &receipt["shared_values"]),
        (&1.into(), &1.into())
    );
    let people = fs::read_to_string(run.path("out/people.csv")).expect("people");
    assert!(
        people.contains("Bob Ray") && !people.contains("Cid"),
        "{people}"
    );
    for text in ["Cid", "cid@example.org", "k-19"] {
        assert!(!done.stdout.contains(text), "the receipt has `{text}`");
    }
}

/// What `erase` says where it refuses, with nothing changed.
fn refused(pipeline: &str, crm: &str, expected: &str) {
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file("crm.csv", crm);
    assert_eq!(run.done().code, Some(0));
    let before = fs::read(run.path("out/people.csv")).expect("people");
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains(expected), "{}", done.stderr);
    assert_eq!(
        before,
        fs::read(run.path("out/people.csv")).expect("people")
    );
    assert!(
        !run.path("out/.onefold/suppressed").exists(),
        "nobody is on the list"
    );
}

#[test]
fn who_would_come_back_is_not_erased() {
    let of = |source: &str, tables: &str| {
        format!(
            "pipeline: p\nsources:\n  crm: {{path: crm.csv, {source}fields: {{id: text, name: text, email: email}}}}\ntables:\n{tables}outputs: [{{table: people, path: people.csv}}]\n"
        )
    };
    let of_source =
        "  people: {resolve: {from: crm, match: name, id: {name: customer, prefix: C}}}\n";
    let of_step = "  once: {dedupe: {from: crm, by: name}}\n  people: {resolve: {from: once, match: name, id: {name: customer, prefix: C}}}\n";
    let nameless = "a record of `crm` has neither a key nor an e-mail address";
    refused(
        &of("", of_source),
        "id,name,email\n1,Ann,\n2,Bob,\n",
        nameless,
    );
    // Two people with one key: the key would take the other one, too.
    refused(
        &of("key: id, ", of_source),
        "id,name,email\n1,Ann,\n1,Bob,\n",
        nameless,
    );
    refused(
        &of("key: id, ", of_step),
        "id,name,email\n1,Ann,\n2,Bob,\n",
        "`once` is made by a step",
    );
}

#[test]
fn a_record_without_a_key_is_known_by_its_value() {
    let pipeline = PIPELINE
        .replace("crm.csv, key: id,", "crm.csv,")
        .replace(", state: people.state", "");
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", &pipeline)
        .file("crm.csv", CRM)
        .file("news.csv", NEWS)
        .file("orders.csv", ORDERS);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let people = fs::read_to_string(run.path("out/people.csv")).expect("people");
    assert!(
        people.contains("Bob Ray") && !people.contains("Zoe"),
        "{people}"
    );
}

#[test]
fn what_cannot_be_told_is_not_erased() {
    let run = published().arguments(&["run", "p.yaml", "--out", "out"]);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(
        done.stderr.contains("has not kept its tables"),
        "{}",
        done.stderr
    );
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "nowhere"]);
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(
        done.stderr
            .contains("no run of `p` is published in `nowhere`"),
        "{}",
        done.stderr
    );
    assert!(!run.path("nowhere").exists());
}

#[test]
fn erased_again_is_the_same_person() {
    let limited = PIPELINE
        .replace("match: [email, phone]", "match: email")
        .replace(", state: people.state}}", "}, limits: {min_rows: 3}}");
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", &limited)
        .file("crm.csv", CRM)
        .file("news.csv", NEWS)
        .file("orders.csv", ORDERS);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "out"]);
    for _ in 0..2 {
        let done = run.done();
        assert_eq!(done.code, Some(1), "{}", done.stdout);
        assert!(
            done.stderr
                .contains("the run without the person was refused"),
            "{}",
            done.stderr
        );
    }
    let people = fs::read_to_string(run.path("out/people.csv")).expect("people");
    assert_eq!(people.lines().count(), 4, "nothing is published: {people}");
    let list = fs::read_to_string(run.path("out/.onefold/suppressed")).expect("a list");
    assert_eq!(list.lines().count(), 6, "one person's marks: {list}");
}

#[test]
fn a_value_that_stays_is_told_of() {
    let pipeline = PIPELINE.replace(
        "orders.csv, fields: {order: text, email: email, sum: integer}",
        "orders.csv, fields: {order: text, email: text, sum: integer}",
    ) + "  - {table: orders, path: notes.csv}\n";
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", &pipeline)
        .file("crm.csv", CRM)
        .file("news.csv", NEWS)
        .file("orders.csv", ORDERS);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        done.stdout.contains(
            "warning: a value of the person is still in orders (rows: 1) in orders.csv and notes.csv\n"
        ),
        "{}",
        done.stdout
    );
}

/// A kill between the publication without the person and the removal of earlier runs.
#[test]
fn an_erasure_that_was_interrupted_is_done_by_the_next_command() {
    let erase = ["subject", "erase", "p.yaml", "C1", "--out", "out"];
    let again = ["run", "p.yaml", "--out", "out", "--keep", "all"];
    for (next, code) in [(&erase[..], 2), (&again[..], 0)] {
        let run = published();
        let (out, saved) = (run.path("out"), run.path("saved"));
        let first = fs::read_dir(out.join(".onefold/runs"))
            .expect("runs")
            .next();
        let first = first.expect("a run").expect("a run");
        copy(&first.path(), &saved);
        let run = run.arguments(&erase);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let debts = out.join(".onefold/erasing");
        assert!(!debts.exists() && !first.path().exists());

        copy(&saved, &first.path());
        fs::write(&debts, format!("[[{:?},\"p\"]]", first.file_name())).expect("written");
        assert!(!of_zoe(&out).is_empty());
        let run = run.arguments(next);
        let done = run.done();
        assert_eq!(done.code, Some(code), "{}", done.stderr);
        assert_eq!(of_zoe(&out), [""; 0]);
        assert!(!debts.exists());
    }
}
