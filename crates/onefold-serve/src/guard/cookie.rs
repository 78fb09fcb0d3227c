//! Cookies: of requests, and of answers.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

/// Seconds for which a choice is remembered.
const YEAR: u32 = 365 * 24 * 60 * 60;

/// A cookie of a request.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter();
    let mut pairs = all
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Has the browser remember something until it is closed.
pub(super) fn until_closed(response: &mut Response, name: &str, value: &str) {
    set(response, &format!("{name}={value}"));
}

/// Has the browser remember a choice for a year.
pub(crate) fn remember(response: &mut Response, name: &str, value: &str) {
    set(response, &format!("{name}={value}; Max-Age={YEAR}"));
}

/// No script reads a cookie, and no page of another site sends one along.
fn set(response: &mut Response, cookie: &str) {
    let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Strict");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Has the browser send all cookies of an answer back over TLS alone.
pub(super) fn secure(response: &mut Response) {
    let headers = response.headers_mut();
    let cookies: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for cookie in cookies {
        let text = cookie.to_str().unwrap_or_default();
        if let Ok(cookie) = HeaderValue::from_str(&format!("{text}; Secure")) {
            headers.append(SET_COOKIE, cookie);
        }
    }
}
