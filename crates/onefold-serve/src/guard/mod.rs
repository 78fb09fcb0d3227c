//! Who may ask, and from where: held against every request before anything else looks at it.
//!
//! 1. *Host.* A page of another site whose name leads to this machine (DNS rebinding) asks under its own name, and is refused.
//! 2. *Origin.* What changes something must come from a page of this server; a form or a script of another site is refused.
//! 3. *Token.* Whoever has started the server has its token, in the address that is printed. The first visit turns it into a cookie.

mod cookie;
mod keys;
mod token;

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use axum::response::Response;

use crate::page::entry::{self, ENTER};
use crate::public::PublicUrl;
use crate::response::{elsewhere, text};
pub(crate) use cookie::{cookie, remember};
pub(crate) use keys::Keys;
pub(crate) use token::Token;

/// What is answered without a token: what the page that asks for it is made of. It is the same for everybody.
const OPEN: [&str; 2] = ["/assets/style.css", "/assets/icon.svg"];

/// Wrong passwords in [`WINDOW`], after which none is looked at.
const MOST_TRIES: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// Scripts, styles, images and data come from this server alone, forms go to it alone, and no other page may show it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Holds requests against the rules.
#[derive(Debug)]
pub(crate) struct Guard {
    keys: Keys,
    port: u16,
    /// The address that is bound, where it is not of this machine alone.
    host: Option<IpAddr>,
    /// The address of a proxy before it.
    public: Option<PublicUrl>,
    /// Moments of wrong passwords.
    tries: Mutex<Vec<Instant>>,
}

/// What a request may do.
pub(crate) enum Verdict {
    /// It may pass.
    Pass,
    /// It is answered here.
    Answer(Box<Response>),
}

impl Guard {
    pub(crate) fn new(
        keys: Keys,
        port: u16,
        host: Option<IpAddr>,
        public: Option<PublicUrl>,
    ) -> Self {
        Self {
            keys,
            port,
            host,
            public,
            tries: Mutex::new(Vec::new()),
        }
    }

    /// Looks at a request.
    pub(crate) fn judge(&self, request: &Request<Body>) -> Verdict {
        let answer = |response| Verdict::Answer(Box::new(response));
        let headers = request.headers();
        let Some(host) = self.host_of(request) else {
            return answer(refused(
                "this server answers under the addresses of this machine only",
            ));
        };
        let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
        let public = self.public_of(headers);
        let ours = public.map_or_else(|| format!("http://{host}"), PublicUrl::origin);
        if !comes_from_here(headers, &ours, is_safe) {
            return answer(refused("the request comes from a page of another site"));
        }
        if !is_safe && !has_form(headers) {
            return answer(refused("only forms of this page are taken"));
        }
        let uri = request.uri();
        if OPEN.contains(&uri.path()) || uri.path() == ENTER {
            return Verdict::Pass;
        }
        if is_safe && let Some((token, rest)) = token_in(uri) {
            return answer(match self.keys.token.is(&token) {
                true => self.enter(&rest),
                false => entry::closed(self.keys.has_password(), uri.path(), true),
            });
        }
        match cookie(headers, &self.cookie_name()).is_some_and(|given| self.keys.token.is(given)) {
            true => Verdict::Pass,
            false => answer(entry::closed(
                self.keys.has_password(),
                &path_and_query(uri),
                false,
            )),
        }
    }

    /// Answers a token or a password that was typed.
    pub(crate) fn try_entry(&self, given: &str, next: &str) -> Response {
        let next = if is_here(next) { next } else { "/" };
        // Nobody guesses a token, so whoever has it is never kept waiting by those who guess.
        if self.keys.is_token(given.trim()) {
            return self.enter(next);
        }
        let mut tries = self
            .tries
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        tries.retain(|at| at.elapsed() < WINDOW);
        if tries.len() >= MOST_TRIES {
            let wait = "there have been too many wrong ones; wait a minute";
            return plain(StatusCode::TOO_MANY_REQUESTS, wait);
        }
        if self.keys.is_password(given.trim()) {
            return self.enter(next);
        }
        tries.push(Instant::now());
        entry::closed(self.keys.has_password(), next, true)
    }

    /// Sends a browser on with the token in a cookie.
    fn enter(&self, next: &str) -> Response {
        let mut response = elsewhere(next);
        cookie::until_closed(&mut response, &self.cookie_name(), self.keys.token.text());
        response
    }

    /// Whether a request came over an encrypted way.
    pub(crate) fn is_secure(&self, headers: &HeaderMap) -> bool {
        self.public_of(headers).is_some_and(PublicUrl::is_secure)
    }

    /// The address of the proxy, where a request came to it.
    fn public_of(&self, headers: &HeaderMap) -> Option<&PublicUrl> {
        let host = headers.get(HOST)?.to_str().ok()?;
        let public = self.public.as_ref()?;
        public.is_at(host).then_some(public)
    }

    /// Cookies are shared by all ports of a machine.
    fn cookie_name(&self) -> String {
        format!("onefold-{}", self.port)
    }

    /// The `Host` that a request names, if it is one of ours.
    fn host_of(&self, request: &Request<Body>) -> Option<String> {
        let mut named = request.headers().get_all(HOST).iter();
        let host = match (named.next(), named.next()) {
            (Some(only), None) => only.to_str().ok()?.to_ascii_lowercase(),
            _ => return None,
        };
        // A request may name a host in its first line, too.
        if request
            .uri()
            .authority()
            .is_some_and(|named| named.as_str() != host)
        {
            return None;
        }
        if self.public_of(request.headers()).is_some() {
            return Some(host);
        }
        let end = format!(":{}", self.port);
        let name = match host.strip_suffix(&end) {
            Some(name) => name,
            None if self.port == 80 => &host,
            None => return None,
        };
        let is_here = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
        (is_here || self.host.is_some_and(|bound| is_address(name, bound))).then_some(host)
    }
}

/// Whether an address is one of this server; a sign that nobody sees may make it one of another.
pub(crate) fn is_here(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains(|sign: char| sign == '\\' || sign.is_control())
}

/// Whether a host is the bound address; where all addresses are bound, whether it is an address at all: only names can be rebound.
fn is_address(name: &str, bound: IpAddr) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => bound.is_unspecified() || address == bound,
        Err(_) => false,
    }
}

/// Whether a request comes from a page of `ours`, our own origin.
fn comes_from_here(headers: &HeaderMap, ours: &str, is_safe: bool) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if is_safe {
        // A link elsewhere may lead here, but no page elsewhere may have parts of this one.
        let mode = headers.get("sec-fetch-mode").map(HeaderValue::as_bytes);
        let is_visit = mode == Some(b"navigate".as_slice());
        return matches!(site, None | Some(b"same-origin" | b"none")) || is_visit;
    }
    match headers.get(ORIGIN) {
        Some(origin) => {
            origin.as_bytes() == ours.as_bytes() && matches!(site, None | Some(b"same-origin"))
        }
        None => site == Some(b"same-origin".as_slice()),
    }
}

fn has_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    matches!(
        kind,
        Some("application/x-www-form-urlencoded" | "multipart/form-data")
    )
}

/// A token in an address, and the address without it.
fn token_in(uri: &Uri) -> Option<(String, String)> {
    let query = uri.query()?;
    let is_token = |part: &&str| part.starts_with("token=");
    let token = query.split('&').find(is_token)?;
    let rest: Vec<&str> = query.split('&').filter(|part| !is_token(part)).collect();
    let mark = if rest.is_empty() { "" } else { "?" };
    let rest = format!("{}{mark}{}", uri.path(), rest.join("&"));
    // An address that begins with two slashes is one of another machine.
    let rest = format!("/{}", rest.trim_start_matches('/'));
    Some((token.trim_start_matches("token=").to_owned(), rest))
}

fn path_and_query(uri: &Uri) -> String {
    let text = uri.path_and_query().map_or("/", |path| path.as_str());
    text.to_owned()
}

fn refused(why: &str) -> Response {
    plain(StatusCode::FORBIDDEN, why)
}

fn plain(status: StatusCode, message: &str) -> Response {
    text(status, "text/plain; charset=utf-8", format!("{message}\n"))
}

/// Adds what every answer says to the browser about itself, and has its cookies come back over TLS alone where the request came over it.
pub(crate) fn close(response: &mut Response, is_secure: bool) {
    if is_secure {
        cookie::secure(response);
    }
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        // With `no-referrer`, browsers say of the forms of our own pages that they come from nowhere: `Origin: null`.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests;
