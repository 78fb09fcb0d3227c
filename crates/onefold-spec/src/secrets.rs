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

/// Bytes of a value that is hidden wherever it stands.
const LONG: usize = 8;

/// Bytes of a value that is hidden where it stands as a word, with no letter or digit beside it: `2024` or `crm1` is a part of many texts. A
/// shorter one is a word of many texts, and to hide it would hide them and not it.
const SHORT: usize = 4;

/// The secrets that a pipeline file uses: the values of variables whose name has one of [`WORDS`].
#[derive(Clone, Default)]
pub struct Secrets {
    /// Value, and what is shown for it; longer values first, since one may be a part of another.
    values: Vec<(String, String)>,
    /// Names of the variables whose values are too short to be hidden.
    shown: Vec<String>,
}

impl Secrets {
    /// `always` is a variable that is a secret whatever it is called.
    pub(crate) fn of(variables: &HashMap<String, Option<String>>, always: Option<&str>) -> Self {
        let (mut values, mut shown) = (Vec::new(), Vec::new());
        for (name, value) in variables {
            let is_secret = name
                .split('_')
                .any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)));
            let is_secret = is_secret || always == Some(name);
            let Some(value) = value.as_ref().filter(|_| is_secret) else {
                continue;
            };
            match value.len() {
                0 => {}
                1..SHORT => shown.push(name.clone()),
                _ => values.push((value.clone(), format!("${{{name}}}"))),
            }
        }
        values.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        shown.sort();
        Self { values, shown }
    }

    /// Why some values are not hidden, a sentence each. It names the variable and says nothing of the value.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let shown = self.shown.iter();
        shown.map(|name| {
            format!("the value of `${{{name}}}` is too short to be hidden: a secret has at least {SHORT} bytes")
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A text with `${NAME}` for the value of each secret.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut hidden = Cow::Borrowed(text);
        for (value, shown) in &self.values {
            if let Some(replaced) = replaced(&hidden, value, shown) {
                hidden = Cow::Owned(replaced);
            }
        }
        hidden
    }
}

/// The text with something else for a value, where it is there to be hidden. A long value is found in any case: functions and names of
/// expressions change it.
fn replaced(text: &str, value: &str, shown: &str) -> Option<String> {
    let mut replaced: Option<String> = None;
    let mut end = 0;
    let cased = |text: &str| match value.len() {
        LONG.. => text.to_ascii_lowercase(),
        _ => text.to_owned(),
    };
    let (folded, value) = (cased(text), cased(value));
    for (start, _) in folded.match_indices(&value) {
        let next = start + value.len();
        let before = text[..start].chars().next_back();
        let beside = before.into_iter().chain(text[next..].chars().next());
        if value.len() < LONG && beside.into_iter().any(char::is_alphanumeric) {
            continue;
        }
        let so_far = replaced.get_or_insert_default();
        *so_far += &text[end..start];
        *so_far += shown;
        end = next;
    }
    let mut replaced = replaced?;
    replaced += &text[end..];
    Some(replaced)
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
            ("PIN_SECRET", "4711"),
            ("B_TOKEN", "s-7%é"),
            ("PASSWORD", ""),
            ("MONKEY", "banana"),
            ("EXPORT_DATE", "2024-01-31"),
        ]);
        for (text, hidden) in [
            ("PEPPER-1! Pepper-1-mint", "${HASH_SALT}! ${SALT_2}"),
            ("no column `pepper-1`", "no column `${HASH_SALT}`"),
            ("pepper-1-mint", "${SALT_2}"),
            ("a\"b\\cdefg", "${crm_token}"),
            ("a-key-of-masks", "${PEPPER}"),
            ("abc banana 2024-01-31", "abc banana 2024-01-31"),
            ("is '4711', 4711", "is '${PIN_SECRET}', ${PIN_SECRET}"),
            ("a4711 47110 é4711 4711", "a4711 47110 é4711 ${PIN_SECRET}"),
            ("4711_s-7%é.csv", "${PIN_SECRET}_${B_TOKEN}.csv"),
        ] {
            assert_eq!(secrets.hide(text), hidden);
        }
        assert!(!format!("{secrets:?}").contains("pepper"));
        let warnings: Vec<String> = secrets.warnings().collect();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("`${API_KEY}`"), "{warnings:?}");
        assert!(!warnings[0].contains("abc"), "{warnings:?}");
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
