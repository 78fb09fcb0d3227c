//! Hostile requests over a real connection, and rejected records that are hidden.

use crate::served::{CANARY, Served};

#[test]
fn hostile_requests_are_refused() {
    let served = Served::after_a_run();
    let host = served.host();
    let cookie = format!(
        "onefold-{}={}",
        host.rsplit(':').next().expect("a port"),
        served.token
    );
    for path in [
        "/",
        "/health",
        "/live/events",
        "/home.json",
        "/tables/crm.csv",
        "/assets/style.css",
    ] {
        let evil = served.bare(
            "GET",
            path,
            &[("Host", "evil.example"), ("Cookie", &cookie)],
            "",
        );
        assert_eq!(evil.status, 403, "{path}");
        let status = served.bare("GET", path, &[("Host", &host)], "").status;
        assert_eq!(
            status,
            if path.ends_with(".css") { 200 } else { 401 },
            "{path}"
        );
    }
    let own = format!("http://{host}");
    let form = "application/x-www-form-urlencoded";
    let post = |origin: &str, site: &str, kind: &str, cookie: &str| {
        let headers = [
            ("Host", host.as_str()),
            ("Cookie", cookie),
            ("Origin", origin),
            ("Sec-Fetch-Site", site),
            ("Content-Type", kind),
        ];
        served.bare("POST", "/run", &headers, "").status
    };
    assert_eq!(
        post("http://evil.example", "cross-site", form, &cookie),
        403
    );
    assert_eq!(post(&own, "cross-site", form, &cookie), 403);
    assert_eq!(post(&own, "same-origin", "text/plain", &cookie), 403);
    assert_eq!(post(&own, "same-origin", form, "onefold-1=0"), 401);
    assert_eq!(
        served.get("/home.json").json()["runs"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn the_first_visit_turns_the_token_into_a_cookie() {
    let served = Served::after_a_run();
    let host = served.host();
    let path = format!("/tables/crm?sort=id&token={}", served.token);
    let first = served.bare("GET", &path, &[("Host", &host)], "");
    assert_eq!(
        (first.status, first.header("location")),
        (303, "/tables/crm?sort=id")
    );
    let cookie = first.header("set-cookie");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().expect("a cookie");
    let next = served.bare(
        "GET",
        "/tables/crm?sort=id",
        &[("Host", &host), ("Cookie", pair)],
        "",
    );
    assert_eq!(next.status, 200);
    let closed = served.bare("GET", "/", &[("Host", &host)], "");
    assert!(closed.text().contains("onefold serve"), "{}", closed.text());
}

#[test]
fn the_text_of_a_reject_comes_when_it_is_asked_for() {
    let served = Served::after_a_run();
    for path in [
        "/tables/crm.rejects",
        "/tables/crm.rejects/rows.json?whole=1",
        "/tables/crm.rejects/columns.json",
        "/tables/crm.rejects/values.json?values=email",
        "/rejects.json",
        "/live.json",
    ] {
        assert!(!served.get(path).text().contains(CANARY), "{path}");
    }
    let search = served.post(
        "/tables/crm.rejects/filter",
        &[
            ("do", "add"),
            ("name", "raw"),
            ("operator", "contains"),
            ("text", "canary"),
        ],
    );
    assert_eq!(search.status, 400);
    let fields = [("source", "crm"), ("place", "0")];
    let page = served.post("/rejects/reveal", &fields);
    assert!(page.text().contains(CANARY), "{}", page.text());
    let piece = served.post("/rejects/reveal", &[fields[0], fields[1], ("piece", "1")]);
    let text = piece.text();
    assert!(
        text.contains("<mark>x</mark>") && !text.contains("<html"),
        "{text}"
    );
    // A download is asked for as well.
    assert!(
        served
            .get("/tables/crm.rejects.csv")
            .text()
            .contains(CANARY)
    );
}

#[test]
fn only_questions_are_asked_in_sql() {
    let served = Served::after_a_run();
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "COPY crm TO 'x.csv'",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'http://127.0.0.1/'",
        "INSERT INTO crm SELECT * FROM crm",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; SELECT 2",
        "EXPLAIN ANALYZE SELECT 1",
        "DROP TABLE crm",
        "SELECT 1 -- */ ; DROP TABLE crm",
    ] {
        let kept = served.post("/sql/ask", &[("sql", sql)]);
        assert_eq!(kept.status, 303, "{sql}");
        let answer = served.get(kept.header("location")).text();
        let is_refused = answer.contains("class=\"note bad\"");
        let is_harmless = sql.starts_with("SELECT 1 --");
        assert!(is_refused || is_harmless, "{sql}: {answer}");
    }
}
