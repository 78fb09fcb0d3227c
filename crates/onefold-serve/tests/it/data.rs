//! What pages say of tables is what SQL says of them.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use onefold_engine::{MemoryLimit, Question, query};
use onefold_spec::model::OutputFormat;

use crate::served::{ROWS, Served};

/// The answer to a query as a file, as the command `onefold query` writes it.
fn asked(served: &Served, sql: &str, format: &OutputFormat) -> Vec<u8> {
    let question = Question {
        sql,
        run: None,
        rows: usize::MAX,
        time: Duration::from_secs(60),
        memory: MemoryLimit {
            bytes: 1 << 30,
            held: &|| 0,
        },
        interrupted: &AtomicBool::new(false),
    };
    let answer = query(&served.folder.path().join("out"), &question);
    let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error}"));
    answer.bytes(format).expect("a file")
}

fn csv() -> OutputFormat {
    OutputFormat::Csv {
        delimiter: b',',
        null: String::new(),
        header: true,
        bom: false,
        spreadsheet_safe: false,
    }
}

#[test]
fn downloads_are_what_the_command_writes() {
    let served = Served::after_a_run();
    let json = OutputFormat::Json { indent: None };
    for (path, format) in [
        ("/tables/crm.csv?raw=1", csv()),
        ("/tables/crm.jsonl", OutputFormat::JsonLines),
        ("/tables/crm.json", json),
        ("/tables/crm.parquet", OutputFormat::Parquet),
    ] {
        let file = served.get(path);
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(
            file.body,
            asked(&served, "SELECT * FROM crm", &format),
            "{path}"
        );
        let name = file.header("content-disposition");
        let end = path
            .split('?')
            .next()
            .and_then(|path| path.strip_prefix("/tables/crm"))
            .expect("an end");
        assert_eq!(
            name,
            format!("attachment; filename=\"crm_2026-05-28_{ROWS}rows{end}\"")
        );
    }
    let down = served.get("/tables/crm.csv?raw=1&sort=-id&column=city&column=id");
    let expected = asked(&served, "SELECT city, id FROM crm ORDER BY id DESC", &csv());
    assert_eq!(down.body, expected);
}

#[test]
fn spreadsheets_get_no_formulas() {
    let served = Served::after_a_run();
    let text = served.get("/tables/crm.csv?column=city").text();
    assert!(
        text.contains("\n'=1+1\n") && !text.contains("\n=1+1\n"),
        "{text}"
    );
    let raw = served.get("/tables/crm.csv?column=city&raw=1").text();
    assert!(raw.contains("\n=1+1\n"), "{raw}");
}

#[test]
fn a_filter_is_kept_and_its_address_holds_no_value() {
    let served = Served::after_a_run();
    let add = [
        ("do", "add"),
        ("name", "email"),
        ("operator", "contains"),
        ("text", "ann1"),
    ];
    let set = served.post("/tables/crm/filter?sort=-id", &add);
    assert_eq!(set.status, 303);
    let link = set.header("location").to_owned();
    assert!(
        link.contains("filter=") && link.contains("sort=-id") && !link.contains("ann1"),
        "{link}"
    );
    let page = served.get(&link).text();
    assert!(page.contains("<strong>11</strong> of 40 rows"), "{page}");
    let path = link.replace("/tables/crm?", "/tables/crm.csv?") + "&raw=1";
    let file = served.get(&path);
    let sql = "SELECT * FROM crm WHERE email LIKE '%ann1%' ORDER BY id DESC";
    assert_eq!(file.body, asked(&served, sql, &csv()));
    let name = file.header("content-disposition");
    assert!(name.ends_with("_filtered_11rows.csv\""), "{name}");
    // The same filter again, from another start of the server.
    let Served { ref folder, .. } = served;
    let again = tempfile::tempdir().expect("a folder");
    copy(folder.path(), again.path());
    drop(served);
    let served = Served::over(again);
    assert_eq!(served.get(&link).status, 200);
    let wrong = [
        ("do", "add"),
        ("name", "id"),
        ("operator", "is"),
        ("text", "x"),
    ];
    let wrong = served.post("/tables/crm/filter", &wrong);
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text().contains("`x` is no integer, which `id` holds"),
        "{}",
        wrong.text()
    );
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).expect("copied"),
        }
    }
}

#[test]
fn values_are_counted_as_sql_counts_them() {
    let served = Served::after_a_run();
    let counts = |path: &str| served.get(path).json()["counts"].clone();
    let all = counts("/tables/crm/values.json?values=city");
    assert_eq!(
        (all["distinct"].as_u64(), all["missing"].as_u64()),
        (Some(3), Some(10))
    );
    let lines = asked(
        &served,
        "SELECT city AS value, count(*) AS rows FROM crm WHERE city IS NOT NULL GROUP BY city ORDER BY rows DESC, value",
        &OutputFormat::Json { indent: None },
    );
    let expected: serde_json::Value = serde_json::from_slice(&lines).expect("JSON");
    assert_eq!(all["values"], expected);
    // A choice in another column narrows the counts, one in the same column does not.
    let few = served.post(
        "/tables/crm/filter",
        &[
            ("do", "add"),
            ("name", "id"),
            ("operator", "less"),
            ("text", "6"),
        ],
    );
    let oslo = served.post(
        &few.header("location").replace("/crm?", "/crm/filter?"),
        &[("do", "value"), ("name", "city"), ("text", "Oslo")],
    );
    let id = oslo
        .header("location")
        .split("filter=")
        .nth(1)
        .expect("a filter")
        .to_owned();
    let narrowed = counts(&format!("/tables/crm/values.json?values=city&filter={id}"));
    assert_eq!(narrowed["rows"], 6);
    assert_eq!(narrowed["values"][0]["rows"], 2);
    let rows = served
        .get(&format!("/tables/crm/rows.json?filter={id}"))
        .json();
    assert_eq!(rows["total"], 2);
}

#[test]
fn a_page_of_rows_from_anywhere() {
    let served = Served::after_a_run();
    let rows = served
        .get("/tables/crm/rows.json?sort=-id&column=id&offset=30&limit=3")
        .json();
    assert_eq!(rows["rows"], serde_json::json!([["9"], ["8"], ["7"]]));
    assert_eq!(
        (rows["total"].as_u64(), rows["offset"].as_u64()),
        (Some(40), Some(30))
    );
}

#[test]
fn answers_of_the_console_are_those_of_the_command() {
    let served = Served::after_a_run();
    let sql = "SELECT city, count(*) AS n FROM crm GROUP BY city ORDER BY city";
    let kept = served.post("/sql/ask", &[("sql", sql)]);
    let link = kept.header("location").to_owned();
    assert!(!link.contains("city"), "{link}");
    assert!(served.get(&link).text().contains("4 rows"));
    let file = served.get(&(link.replace("/sql?", "/sql.csv?") + "&raw=1"));
    assert_eq!(file.body, asked(&served, sql, &csv()));
    let safe = served.get(&link.replace("/sql?", "/sql.csv?")).text();
    assert!(safe.contains("'=1+1,10"), "{safe}");
    let saved = served.post("/sql/save", &[("sql", sql), ("name", "by city")]);
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, "/sql?saved=by%20city.sql")
    );
    let file = served.folder.path().join("queries/by city.sql");
    assert_eq!(
        std::fs::read_to_string(file).expect("a file"),
        format!("{sql}\n")
    );
    assert!(
        served
            .get("/sql?saved=by%20city.sql")
            .text()
            .contains("GROUP BY city")
    );
    let outside = served.post("/sql/save", &[("sql", sql), ("name", "../outside")]);
    assert_eq!(outside.status, 400);
}
