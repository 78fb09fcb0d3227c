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
const LEAST: usize = 8;

/// The secrets that a pipeline file uses: the values of variables whose name has one of [`WORDS`].
#[derive(Clone, Default)]
pub struct Secrets {
    /// Value, and what is shown for it; longer values first, since one may be a part of another.
    values: Vec<(String, String)>,
}

impl Secrets {
    /// `always` is a variable that is a secret whatever it is called.
    pub(crate) fn of(variables: &HashMap<String, Option<String>>, always: Option<&str>) -> Self {
        let mut values = Vec::new();
        for (name, value) in variables {
            let is_secret = name
                .split('_')
                .any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)));
            let is_secret = is_secret || always == Some(name);
            let Some(value) = value
                .as_ref()
                .filter(|value| is_secret && value.len() >= LEAST)
            else {
                continue;
            };
            values.push((value.clone(), format!("${{{name}}}")));
        }
        values.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        Self { values }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A text with `${NAME}` for the value of each secret.
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

impl Secrets {
    /// The same of all texts in a document but those under `left`. Names of fields and numbers stay.
    pub fn hide_in(&self, document: &mut serde_json::Value, left: &[&str]) {
        match document {
            serde_json::Value::String(text) => *text = self.hide(text).into_owned(),
            serde_json::Value::Array(items) => {
                items.iter_mut().for_each(|item| self.hide_in(item, left));
            }
            serde_json::Value::Object(fields) => {
                let fields = fields.iter_mut();
                let fields = fields.filter(|(name, _)| !left.contains(&name.as_str()));
                fields.for_each(|(_, value)| self.hide_in(value, left));
            }
            _ => {}
        }
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
        Secrets::of(&variables.iter().map(set).collect(), Some("PEPPER"))
    }

    #[test]
    fn values_are_hidden_by_the_names_of_their_variables() {
        let secrets = secrets(&[
            ("HASH_SALT", "pepper-1"),
            ("SALT_2", "pepper-1-mint"),
            ("crm_token", "a\"b\\cdefg"),
            ("PEPPER", "a-key-of-masks"),
            ("API_KEY", "abc"),
            ("PASSWORD", ""),
            ("MONKEY", "banana"),
            ("EXPORT_DATE", "2024-01-31"),
        ]);
        for (text, hidden) in [
            ("no column `pepper-1`", "no column `${HASH_SALT}`"),
            ("pepper-1-mint", "${SALT_2}"),
            ("a\"b\\cdefg", "${crm_token}"),
            ("a-key-of-masks", "${PEPPER}"),
            ("abc banana 2024-01-31", "abc banana 2024-01-31"),
        ] {
            assert_eq!(secrets.hide(text), hidden);
        }
        assert!(!format!("{secrets:?}").contains("pepper"));
        let mut document = serde_json::json!({
            "pepper-1": "data-pepper-1.csv", "kept": "pepper-1", "rows": [1, "a\"b\\cdefg"]
        });
        secrets.hide_in(&mut document, &["kept"]);
        let expected = serde_json::json!({
            "pepper-1": "data-${HASH_SALT}.csv", "kept": "pepper-1", "rows": [1, "${crm_token}"]
        });
        assert_eq!(document, expected);
    }
}
