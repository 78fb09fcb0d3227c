//! A secret that only whoever started the server has.

use std::io;

use crate::private;

/// A random text that nobody guesses. It is shown in no message.
pub(crate) struct Token(String);

impl Token {
    /// A new one, of 256 random bits.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(private::random::<32>()?))
    }

    /// The token as it stands in an address.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Whether a text is the token.
    pub(crate) fn is(&self, given: &str) -> bool {
        same(self.0.as_bytes(), given.as_bytes())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Whether two texts are the same; how long it takes tells nothing of where they differ.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0, |bits, (a, b)| bits | (a ^ b));
    std::hint::black_box(differing) == 0 && a.len() == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_the_token() {
        let token = Token::new().expect("random bytes");
        assert_eq!(token.text().len(), 64);
        assert!(token.is(token.text()));
        for wrong in [
            "",
            &token.text()[1..],
            &format!("{}0", token.text()),
            &"0".repeat(64),
        ] {
            assert!(!token.is(wrong), "{wrong}");
        }
        assert_ne!(token.text(), Token::new().expect("random bytes").text());
        assert_eq!(format!("{token:?}"), "Token");
    }
}
