//! Web addresses: URLs with a host, as the WHATWG's URL standard writes them.
//!
//! Scheme and host are in lower case, the host in ASCII (UTS 46), the scheme's own port is left out, an empty path is `/`, dot segments are
//! resolved. Path, query and fragment keep their letters: they may differ by case. An address without a scheme gets `https://` where its
//! host has a dot and a top-level domain; so `unknown` is no address.
//!
//! Mended is only what nobody reads otherwise. White space within, brackets, quotes, backslashes, hosts of numbers that programs extend
//! (`http://12.5` is 12.0.0.5), and a second scheme (`https://http://...`) are damage.

use ::url::{Host, Url};

use crate::invalid::Invalid;
use crate::text::{is_zero_width, trim};

const HOST_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// Appends the address to `out`.
///
/// # Errors
/// [`Invalid::Url`]; `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    let value = trim(value);
    if is_standard(value) {
        out.push_str(value);
        return Ok(());
    }
    standardise_any(value, out)
}

/// Whether an address is plainly as it will be written: `http` or `https`, a host of letters, a path of letters, digits and hyphens.
fn is_standard(value: &str) -> bool {
    let rest = value.strip_prefix("https://");
    let rest = rest.or_else(|| value.strip_prefix("http://"));
    let Some((host, path)) = rest.and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let is_label = |label: &str| {
        let letters = label.bytes().all(|b| b.is_ascii_lowercase());
        letters && (1..=LABEL_MAX).contains(&label.len())
    };
    let is_host = host.len() <= HOST_MAX && host.contains('.') && host.split('.').all(is_label);
    let is_path = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_');
    is_host && path.bytes().all(is_path)
}

fn standardise_any(value: &str, out: &mut String) -> Result<(), Invalid> {
    let visible: String = value.chars().filter(|c| !is_zero_width(*c)).collect();
    if visible.chars().any(is_forbidden) {
        return Err(Invalid::Url);
    }
    let url = match visible.strip_prefix("//") {
        Some(rest) => with_scheme(rest),
        None if has_scheme(&visible) => Url::parse(&visible).ok(),
        None => with_scheme(&visible),
    };
    let mut url = url.ok_or(Invalid::Url)?;
    let host = url.host_str().unwrap_or_default();
    let is_number = match url.host() {
        Some(Host::Ipv4(address)) => !visible.contains(&address.to_string()),
        _ => false,
    };
    if is_number || !is_host(host) {
        return Err(Invalid::Url);
    }
    // The dot that ends a name, or a sentence.
    if let Some(bare) = host.strip_suffix('.').map(str::to_owned) {
        url.set_host(Some(&bare)).map_err(|_| Invalid::Url)?;
    }
    push_escapes(url.as_str(), out);
    Ok(())
}

fn is_forbidden(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\' | '`')
}

/// Whether a scheme stands before `://`. `http:example.org` and `mailto:ann@example.org` have none that leads to a host.
fn has_scheme(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        let mut bytes = scheme.bytes();
        bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

/// The address of a text without a scheme, where its host is one of the web and not, say, a word or an e-mail address.
fn with_scheme(text: &str) -> Option<Url> {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let host = text.get(..end)?;
    if host.contains('@') {
        return None;
    }
    let url = Url::parse(&format!("https://{text}")).ok()?;
    let is_of_web = match url.host()? {
        Host::Domain(domain) => domain
            .trim_end_matches('.')
            .rsplit_once('.')
            .is_some_and(|(_, top)| top.len() >= 2 && top.bytes().any(|b| b.is_ascii_alphabetic())),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    is_of_web.then_some(url)
}

/// Labels of possible lengths; none is a scheme that lost its colon.
fn is_host(host: &str) -> bool {
    let bare = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| (1..=LABEL_MAX).contains(&label.len());
    let is_scheme = matches!(bare, "http" | "https");
    bare.len() <= HOST_MAX && !is_scheme && bare.split('.').all(is_label)
}

/// Appends the address with its escapes in capitals (RFC 3986, 6.2.2.1).
fn push_escapes(url: &str, out: &mut String) {
    let mut parts = url.split('%');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push('%');
        match part.split_at_checked(2) {
            Some((digits, rest)) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                out.extend(digits.chars().map(|c| c.to_ascii_uppercase()));
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standard(value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        standardise(value, &mut out).map(|()| out)
    }

    #[test]
    fn accepts() {
        for (value, expected) in [
            ("https://example.com/", "https://example.com/"),
            ("https://example.com", "https://example.com/"),
            (
                " HTTPS://WWW.Example.COM/Path ",
                "https://www.example.com/Path",
            ),
            ("www.example.com", "https://www.example.com/"),
            ("Example.com/a?b=C#d", "https://example.com/a?b=C#d"),
            ("//example.com/a", "https://example.com/a"),
            ("example.com:8080/x", "https://example.com:8080/x"),
            ("http://example.com:80/x", "http://example.com/x"),
            ("https://example.com:443", "https://example.com/"),
            ("http://example.com:443/", "http://example.com:443/"),
            ("example.com.", "https://example.com/"),
            ("http://example.com./a", "http://example.com/a"),
            ("https://example.com/a/../b/./c", "https://example.com/b/c"),
            (
                "https://example.com/%c3%bc?q=%2f",
                "https://example.com/%C3%BC?q=%2F",
            ),
            ("https://example.com/ü", "https://example.com/%C3%BC"),
            ("https://Bücher.example/", "https://xn--bcher-kva.example/"),
            ("bücher.example", "https://xn--bcher-kva.example/"),
            ("http://localhost:3000/a", "http://localhost:3000/a"),
            ("http://192.0.2.1/", "http://192.0.2.1/"),
            ("192.0.2.1/a", "https://192.0.2.1/a"),
            ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
            (
                "ftp://files.example.com/a.txt",
                "ftp://files.example.com/a.txt",
            ),
            ("https://ann:pw@example.com/", "https://ann:pw@example.com/"),
            ("exam\u{200b}ple.com", "https://example.com/"),
            ("https://example.com/?", "https://example.com/?"),
            ("https://example.com/100%", "https://example.com/100%"),
            (
                "https://web.archive.org/web/http://example.com",
                "https://web.archive.org/web/http://example.com",
            ),
            (
                "example.com/login?next=http://example.org/",
                "https://example.com/login?next=http://example.org/",
            ),
        ] {
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects() {
        for value in [
            "",
            "unknown",
            "localhost",
            "ann@example.com",
            "mailto:ann@example.com",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://",
            "https:///",
            "http:example",
            "https://http://example.com",
            "https://https//example.com",
            "www.example.com, www.example.org",
            "https://example.com/a b",
            "<https://example.com>",
            "\"https://example.com\"",
            "https:\\\\example.com",
            "http://12.5",
            "12.5",
            "3232235777",
            "http://3232235777/",
            "http://256.1.1.1/",
            "https://exa_mple..com/",
            "https://.example.com",
            "example.c",
            "1.2.3",
            "https://exam<ple.com",
            "http://example.com:99999/",
        ] {
            assert_eq!(standard(value), Err(Invalid::Url), "{value:?}");
        }
        let long = format!("https://{}.com/", "a".repeat(64));
        assert_eq!(standard(&long), Err(Invalid::Url));
    }

    proptest! {
        #[test]
        fn the_fast_path_gives_the_answer_of_the_full_one(value in "https?://[a-z]{1,9}(\\.[a-z]{1,3}){0,3}/[A-Za-z0-9/_-]{0,9}") {
            let mut full = String::new();
            prop_assert_eq!(standardise_any(&value, &mut full), Ok(()));
            prop_assert_eq!(standard(&value), Ok(full));
        }

        #[test]
        fn a_second_time_changes_nothing(value in "(([hH]ttps?|ftp|s3)://)?[a-zA-Z0-9ü.-]{1,9}\\.[a-z0-9]{1,3}\\.?(:[0-9]{1,5})?(/[a-z%A-F0-9./?#@:|{}^ü]{0,12})?") {
            if let Ok(once) = standard(&value) {
                prop_assert_eq!(standard(&once), Ok(once));
            }
        }

        #[test]
        fn no_text_panics(value in any::<String>()) {
            let mut out = "before".to_owned();
            match standardise(&value, &mut out) {
                Ok(()) => {
                    let once = out["before".len()..].to_owned();
                    prop_assert_eq!(standard(&once), Ok(once));
                }
                Err(_) => prop_assert_eq!(out, "before"),
            }
        }
    }
}
