//! Hostile requests, and what is answered to them.

use axum::http::header::{LOCATION, SET_COOKIE};

use super::*;

const PORT: u16 = 8642;

fn guard(host: Option<&str>, password: Option<&str>) -> (Guard, String) {
    let token = Token::new().expect("random bytes");
    let text = token.text().to_owned();
    let host = host.map(|host| host.parse().expect("an address"));
    let keys = Keys::new(token, password.map(str::to_owned));
    (Guard::new(keys, PORT, host, None), text)
}

/// A server behind a proxy.
fn behind(public: &str) -> (Guard, String) {
    let token = Token::new().expect("random bytes");
    let text = token.text().to_owned();
    let keys = Keys::new(token, Some("correct horse battery".to_owned()));
    let public = public.parse().expect("an address");
    (Guard::new(keys, PORT, None, Some(public)), text)
}

/// Status that the guard answers a request with; 200 where it lets it pass.
fn status(guard: &Guard, method: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match guard.judge(&request.body(Body::empty()).expect("a request")) {
        Verdict::Pass => 200,
        Verdict::Answer(response) => response.status().as_u16(),
    }
}

const HERE: (&str, &str) = ("host", "127.0.0.1:8642");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OWN: (&str, &str) = ("origin", "http://127.0.0.1:8642");

#[test]
fn other_hosts_are_refused_everywhere() {
    let (guard, token) = guard(None, None);
    let cookie = format!("onefold-{PORT}={token}");
    for path in [
        "/",
        "/health",
        "/live",
        "/assets/style.css",
        "/enter",
        "/tables/a.csv",
    ] {
        for host in [
            "evil.example",
            "evil.example:8642",
            "127.0.0.1",
            "127.0.0.1:8643",
            "localhost.evil.example:8642",
            "192.168.0.7:8642",
            "127.0.0.1:8642.evil.example",
            "",
        ] {
            let headers = [("host", host), ("cookie", &cookie)];
            assert_eq!(status(&guard, "GET", path, &headers), 403, "{host} {path}");
        }
        assert_eq!(status(&guard, "GET", path, &[]), 403, "no host, {path}");
        let twice = [HERE, ("host", "evil.example")];
        assert_eq!(
            status(&guard, "GET", path, &twice),
            403,
            "two hosts, {path}"
        );
        let uri = format!("http://evil.example{path}");
        assert_eq!(
            status(&guard, "GET", &uri, &[HERE]),
            403,
            "another host in the first line"
        );
    }
    for host in [
        "127.0.0.1:8642",
        "localhost:8642",
        "LOCALHOST:8642",
        "[::1]:8642",
    ] {
        let headers = [("host", host), ("cookie", &cookie)];
        assert_eq!(status(&guard, "GET", "/", &headers), 200, "{host}");
    }
}

#[test]
fn what_changes_something_comes_from_this_page() {
    let (guard, token) = guard(None, None);
    let cookie = format!("onefold-{PORT}={token}");
    let cookie = ("cookie", cookie.as_str());
    let post = |headers: &[(&str, &str)]| {
        let headers = [&[HERE, cookie], headers].concat();
        status(&guard, "POST", "/runs", &headers)
    };
    assert_eq!(post(&[FORM, OWN]), 200);
    assert_eq!(post(&[FORM, OWN, ("sec-fetch-site", "same-origin")]), 200);
    assert_eq!(post(&[FORM, ("sec-fetch-site", "same-origin")]), 200);
    assert_eq!(post(&[FORM]), 403, "nobody says where it comes from");
    for site in ["cross-site", "same-site", "none"] {
        assert_eq!(post(&[FORM, OWN, ("sec-fetch-site", site)]), 403, "{site}");
    }
    for origin in [
        "http://evil.example",
        "null",
        "https://127.0.0.1:8642",
        "http://127.0.0.1:3000",
        "http://localhost:8642",
        "http://127.0.0.1:8642.evil.example",
    ] {
        assert_eq!(post(&[FORM, ("origin", origin)]), 403, "{origin}");
    }
    assert_eq!(post(&[("content-type", "text/plain"), OWN]), 403);
    assert_eq!(post(&[OWN]), 403);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        assert_eq!(
            status(&guard, method, "/", &[HERE, cookie]),
            403,
            "{method}"
        );
    }
}

#[test]
fn pages_of_other_sites_get_no_parts_of_this_one() {
    let (guard, token) = guard(None, None);
    let cookie = format!("onefold-{PORT}={token}");
    let get = |site: &str, mode: &str| {
        let fetch = [("sec-fetch-site", site), ("sec-fetch-mode", mode)];
        let headers = [&[HERE, ("cookie", cookie.as_str())], &fetch[..]].concat();
        status(&guard, "GET", "/home.json", &headers)
    };
    assert_eq!(get("cross-site", "no-cors"), 403);
    assert_eq!(get("same-site", "cors"), 403);
    assert_eq!(get("cross-site", "navigate"), 200);
    assert_eq!(get("same-origin", "cors"), 200);
    assert_eq!(get("none", "navigate"), 200);
}

#[test]
fn without_the_token_nothing_is_said() {
    let (guard, token) = guard(None, None);
    for path in [
        "/",
        "/health",
        "/live",
        "/home.json",
        "/tables/a.csv",
        "/assets/grid.js",
        "/nothing",
    ] {
        assert_eq!(status(&guard, "GET", path, &[HERE]), 401, "{path}");
        let wrong = [HERE, ("cookie", "onefold-8642=0000")];
        assert_eq!(status(&guard, "GET", path, &wrong), 401, "{path}");
        let other = format!("onefold-1={token}");
        let other = [HERE, ("cookie", other.as_str())];
        assert_eq!(status(&guard, "GET", path, &other), 401, "{path}");
    }
    assert_eq!(status(&guard, "POST", "/runs", &[HERE, FORM, OWN]), 401);
    assert_eq!(status(&guard, "GET", "/?token=0000", &[HERE]), 401);
    assert_eq!(status(&guard, "GET", "/assets/style.css", &[HERE]), 200);
}

#[test]
fn the_token_becomes_a_cookie_and_leaves_the_address() {
    let (guard, token) = guard(None, None);
    let uri = format!("/tables/a?run=r&token={token}&sort=x");
    let request = Request::builder().uri(uri).header("host", HERE.1);
    let Verdict::Answer(response) = guard.judge(&request.body(Body::empty()).expect("a request"))
    else {
        panic!("it was let pass");
    };
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], "/tables/a?run=r&sort=x");
    let cookie = response.headers()[SET_COOKIE].to_str().expect("text");
    let expected = format!("onefold-8642={token}; Path=/; HttpOnly; SameSite=Strict");
    assert_eq!(cookie, expected);
    let away = format!("//evil.example/?token={token}");
    let request = Request::builder().uri(away).header("host", HERE.1);
    if let Verdict::Answer(response) = guard.judge(&request.body(Body::empty()).expect("a request"))
    {
        let location = response.headers().get(LOCATION).map(HeaderValue::as_bytes);
        assert!(
            location.is_none_or(|to| !to.starts_with(b"//")),
            "{location:?}"
        );
    }
}

#[test]
fn a_password_is_guessed_a_few_times_only() {
    let (guard, token) = guard(Some("192.168.0.7"), Some("correct horse"));
    assert_eq!(
        guard.try_entry("correct horse", "/x").status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        guard.try_entry(&token, "/x").status(),
        StatusCode::SEE_OTHER
    );
    let away = guard.try_entry(&token, "//evil.example");
    assert_eq!(away.headers()[LOCATION], "/");
    let unseen = guard.try_entry(&token, "/\t/evil.example");
    assert_eq!(unseen.headers()[LOCATION], "/");
    for _ in 0..MOST_TRIES {
        assert_eq!(
            guard.try_entry("wrong", "/").status(),
            StatusCode::UNAUTHORIZED
        );
    }
    let late = guard.try_entry("correct horse", "/");
    assert_eq!(late.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[test]
fn a_bound_address_answers_to_itself() {
    let (guard, token) = guard(Some("192.168.0.7"), Some("p"));
    let cookie = format!("onefold-{PORT}={token}");
    let get = |host: &str| status(&guard, "GET", "/", &[("host", host), ("cookie", &cookie)]);
    assert_eq!(get("192.168.0.7:8642"), 200);
    assert_eq!(get("192.168.0.8:8642"), 403);
    assert_eq!(get("evil.example:8642"), 403);
}

#[test]
fn a_proxy_shows_the_page_under_its_own_address() {
    let (guard, token) = behind("https://data.example.org");
    let cookie = format!("onefold-{PORT}={token}");
    let there = ("host", "data.example.org");
    let cookie = ("cookie", cookie.as_str());
    assert_eq!(status(&guard, "GET", "/", &[there, cookie]), 200);
    assert_eq!(status(&guard, "GET", "/", &[HERE, cookie]), 200);
    let with_port = ("host", "data.example.org:443");
    assert_eq!(status(&guard, "GET", "/", &[with_port, cookie]), 200);
    for host in [
        "data.example.org:8642",
        "data.example.org:80",
        "example.org",
        "evil.example",
    ] {
        assert_eq!(status(&guard, "GET", "/", &[("host", host), cookie]), 403);
    }
    let post = |host, origin| {
        let headers = [host, cookie, FORM, ("origin", origin)];
        status(&guard, "POST", "/run", &headers)
    };
    assert_eq!(post(there, "https://data.example.org"), 200);
    assert_eq!(post(there, "http://data.example.org"), 403);
    assert_eq!(post(there, "http://127.0.0.1:8642"), 403);
    assert_eq!(post(HERE, "http://127.0.0.1:8642"), 200);
    assert_eq!(post(HERE, "https://data.example.org"), 403);
    // The cookie of whoever came over TLS goes over nothing else.
    let mut headers = HeaderMap::new();
    for (host, is_secure) in [("data.example.org", true), ("127.0.0.1:8642", false)] {
        headers.insert(HOST, HeaderValue::from_static(host));
        let mut entered = guard.try_entry(&token, "/");
        close(&mut entered, guard.is_secure(&headers));
        let cookie = entered.headers()[SET_COOKIE].to_str().expect("text");
        assert_eq!(cookie.ends_with("; Secure"), is_secure, "{cookie}");
    }
}

#[test]
fn every_cookie_over_tls_is_secure() {
    let mut response = plain(StatusCode::OK, "");
    remember(&mut response, "a", "1");
    remember(&mut response, "b", "2");
    close(&mut response, true);
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    let cookies: Vec<&str> = cookies.map(|c| c.to_str().expect("text")).collect();
    let expected = ["a=1", "b=2"]
        .map(|pair| format!("{pair}; Max-Age=31536000; Path=/; HttpOnly; SameSite=Strict; Secure"));
    assert_eq!(cookies, expected);
}
