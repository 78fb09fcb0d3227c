//! The address under which a proxy shows the server to others.

use std::fmt;
use std::str::FromStr;

/// An origin of the web: scheme, host and port, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    is_secure: bool,
    /// The host, with its port where it is not that of the scheme.
    host: String,
}

impl PublicUrl {
    /// As browsers send it in `Origin`.
    pub(crate) fn origin(&self) -> String {
        self.to_string()
    }

    /// Whether a `Host` means it; a proxy may add the port that is usual for the scheme.
    pub(crate) fn is_at(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        host == self.host || host.strip_suffix(usual(self.is_secure)) == Some(self.host.as_str())
    }

    /// Whether the way to it is encrypted.
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }
}

/// The port of a scheme, which browsers leave out.
fn usual(is_secure: bool) -> &'static str {
    if is_secure { ":443" } else { ":80" }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: axum::http::Uri = text.parse().map_err(|_| {
            format!("`{text}` is not an address such as `https://data.example.org`")
        })?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("it begins with `https://` or `http://`".to_owned()),
        };
        let named = uri.authority().map_or("", |authority| authority.as_str());
        if named.is_empty() || named.contains('@') {
            return Err("it names a host and nobody's password".to_owned());
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err("it has no path: the page needs a host name of its own".to_owned());
        }
        let host = named.to_ascii_lowercase();
        let host = host
            .strip_suffix(usual(is_secure))
            .unwrap_or(&host)
            .to_owned();
        Ok(Self { is_secure, host })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let of = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        let data = "https://data.example.org".to_owned();
        for text in [
            "https://data.example.org",
            "https://Data.Example.org/",
            "https://data.example.org:443",
        ] {
            assert_eq!(of(text), Ok(data.clone()), "{text}");
        }
        assert_eq!(
            of("http://10.0.0.7:81"),
            Ok("http://10.0.0.7:81".to_owned())
        );
        for text in [
            "data.example.org",
            "ftp://data.example.org",
            "https://",
            "https://a:b@data.example.org",
            "https://data.example.org/onefold",
            "https://data.example.org/?a=1",
            "not an address",
        ] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
