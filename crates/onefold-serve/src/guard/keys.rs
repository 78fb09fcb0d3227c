//! What opens the server.

use super::token::{Token, same};

/// The token, and a password where the server is open to other machines.
pub(crate) struct Keys {
    pub(super) token: Token,
    password: Option<String>,
}

impl Keys {
    pub(crate) fn new(token: Token, password: Option<String>) -> Self {
        Self { token, password }
    }

    /// Whether there is a password.
    pub(crate) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Whether a text is the token.
    pub(super) fn is_token(&self, given: &str) -> bool {
        self.token.is(given)
    }

    /// Whether a text is the password.
    pub(super) fn is_password(&self, given: &str) -> bool {
        let password = self.password.as_deref();
        password.is_some_and(|known| same(known.as_bytes(), given.as_bytes()))
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}
