//! Values of environment variables that nobody is to see.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// Words in the name of a variable, between underscores, that make it a secret.
const WORDS: [&str; 7] = [
    "CREDENTIALS",
    "KEY",
    "PASSPHRASE",
    "PASSWORD",
    "SALT",
    "SECRET",
    "TOKEN",
];

/// Bytes of a value that is hidden. A shorter one is in half of all texts, and hides nothing.
const LEAST: usize = 4;

/// The secrets that a pipeline file uses: the values of variables whose name has one of [`WORDS`].
#[derive(Clone, Default)]
pub struct Secrets {
    /// Value, and what is shown for it; longer values first, since one may be a part of another.
    values: Vec<(String, String)>,
}

impl Secrets {
    pub(crate) fn of(variables: &HashMap<String, Option<String>>) -> Self {
        let mut values = Vec::new();
        for (name, value) in variables {
            let is_secret = name
                .split('_')
                .any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)));
            let Some(value) = value
                .as_ref()
                .filter(|value| is_secret && value.len() >= LEAST)
            else {
                continue;
            };
            let shown = format!("${{{name}}}");
            // As it is in JSON.
            let escaped = serde_json::Value::from(value.as_str()).to_string();
            let escaped = escaped.trim_matches('"').to_owned();
            if escaped != *value {
                values.push((escaped, shown.clone()));
            }
            values.push((value.clone(), shown));
        }
        values.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        Self { values }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A text with `${NAME}` for the value of each secret. JSON stays JSON.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut hidden = Cow::Borrowed(text);
        for (value, shown) in &self.values {
            if hidden.contains(value.as_str()) {
                hidden = Cow::Owned(hidden.replace(value.as_str(), shown));
            }
        }
        hidden
    }
}

/// How many there are, and nothing of them.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(variables: &[(&str, &str)]) -> Secrets {
        let set = |(name, value): &(&str, &str)| ((*name).to_owned(), Some((*value).to_owned()));
        Secrets::of(&variables.iter().map(set).collect())
    }

    #[test]
    fn values_are_hidden_by_the_names_of_their_variables() {
        let secrets = secrets(&[
            ("HASH_SALT", "pepper"),
            ("SALT_2", "peppermint"),
            ("crm_token", "a\"b\\c"),
            ("API_KEY", "abc"),
            ("PASSWORD", ""),
            ("MONKEY", "banana"),
            ("EXPORT_DATE", "2024-01-31"),
        ]);
        for (text, hidden) in [
            ("no column `pepper`", "no column `${HASH_SALT}`"),
            ("peppermint", "${SALT_2}"),
            (r#"{"sql": "a\"b\\c"}"#, r#"{"sql": "${crm_token}"}"#),
            ("a\"b\\c", "${crm_token}"),
            ("abc banana 2024-01-31", "abc banana 2024-01-31"),
        ] {
            assert_eq!(secrets.hide(text), hidden);
        }
        assert!(!format!("{secrets:?}").contains("pepper"));
    }
}
