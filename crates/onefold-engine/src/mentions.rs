//! Values that identify people, found in the text of bad records, which have no columns to look in.

use std::borrow::Cow;

use onefold_spec::model::{Origin, Pipeline, Source, Type};
use onefold_values::{PhoneRules, email};

/// Least digits of a telephone number.
const PHONE_DIGITS: usize = 5;
/// A key of this length is hardly something else.
const TELLING: usize = 8;

/// Finds e-mail addresses, telephone numbers and UUIDs in a text, however a field of the pipeline would take them.
pub(crate) struct Mentions {
    phones: Vec<PhoneRules>,
}

impl Mentions {
    pub(crate) fn of(pipeline: &Pipeline) -> Self {
        let fields = pipeline
            .sources
            .iter()
            .flat_map(|s| s.fields.iter().flatten());
        let mut kinds = Vec::new();
        for field in fields {
            if let Type::Phone { region, format } = &field.ty
                && !kinds.contains(&(region, format))
            {
                kinds.push((region, format));
            }
        }
        let rules = kinds.into_iter();
        let rules = rules.map(|(region, format)| PhoneRules::new(region.as_deref(), *format));
        Self {
            phones: rules.filter_map(Result::ok).collect(),
        }
    }

    /// Whether a text has a value for which `is_meant` holds, as it stands or as a table would have it.
    pub(crate) fn any(&self, text: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        let text = unescaped(text);
        let has_word = words(&text).any(|word| {
            let mut address = String::new();
            let is_address = word.contains('@') && email::standardise(word, &mut address).is_ok();
            is_meant(word) || is_meant(&word.to_lowercase()) || is_address && is_meant(&address)
        });
        let mut number = String::new();
        has_word
            || numbers(&text).any(|written| {
                self.phones.iter().any(|rules| {
                    number.clear();
                    rules.standardise(written, &mut number).is_ok() && is_meant(&number)
                })
            })
    }
}

/// How the key of a record is found in its text.
pub(crate) struct KeyMention<'s> {
    /// How the file calls the key.
    names: Vec<&'s str>,
    /// Whether a record begins with it.
    is_first: bool,
}

impl<'s> KeyMention<'s> {
    /// `None` where the records of a source have no key.
    pub(crate) fn of(source: &'s Source) -> Option<Self> {
        let key = source.key.as_ref()?.value.as_str();
        let mut names = vec![key];
        let mut fields = source.fields.iter().flatten();
        let place = fields.position(|field| field.name.value == key);
        let field = place.and_then(|place| source.fields.as_ref()?.get(place));
        if let Some(Origin::Path(path)) = field.map(|field| &field.origin) {
            names.extend(path.last().map(String::as_str));
        }
        Some(Self {
            names,
            is_first: place == Some(0),
        })
    }

    /// Whether a cell of a text is a key for which `is_meant` holds. A key that may as well be a number or a common word counts where keys
    /// stand: behind their name, or at the beginning.
    pub(crate) fn any(&self, text: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        let text = unescaped(text);
        let cells = text.split([
            ',', ';', '|', '\t', '\n', '"', '\'', ':', '{', '}', '[', ']',
        ]);
        let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
        let mut before = None;
        for cell in cells {
            let is_place = match before {
                None => self.is_first,
                Some(before) => self.names.contains(&before),
            };
            if (is_place || is_telling(cell)) && is_meant(cell) {
                return true;
            }
            before = Some(cell);
        }
        false
    }
}

fn is_telling(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    digits > 0 && digits < cell.chars().count() || cell.len() >= TELLING
}

/// The words of a text in which an address or an identifier may stand.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_apart = |c: char| !c.is_alphanumeric() && !"@.+-_'%".contains(c);
    let words = text.split(is_apart);
    let words = words.map(|word| word.trim_matches(['.', '\'', '-']));
    words.filter(|word| !word.is_empty())
}

/// What may be telephone numbers.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_digit() || "+().-/ \u{a0}".contains(c);
    let runs = text.split(move |c| !is_part(c));
    let begins = |c: char| c.is_ascii_digit() || c == '+' || c == '(';
    let runs = runs.map(move |run| run.trim_start_matches(move |c| !begins(c)));
    runs.filter(|run| run.bytes().filter(u8::is_ascii_digit).count() >= PHONE_DIGITS)
}

/// A text without the escapes of JSON that stand for one letter each.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split("\\u");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letter = part
            .get(..4)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match letter.and_then(char::from_u32) {
            Some(letter) => {
                plain.push(letter);
                plain += &part[4..];
            }
            None => {
                plain += "\\u";
                plain += part;
            }
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use onefold_values::PhoneFormat;

    use super::*;

    #[test]
    fn values_are_found_however_they_are_written() {
        let rules = PhoneRules::new(Some("GB"), PhoneFormat::E164).expect("a region");
        let mentions = Mentions {
            phones: vec![rules],
        };
        let meant = ["ann@example.org", "+442079460777"];
        for (text, is_there) in [
            ("7,\"ann@example.org,x", true),
            ("7;Ann <ANN@example.org>;;", true),
            ("{\"mail\": \"ann@example.org\"", true),
            (r#"{"mail": "ann\u0040example.org""#, true),
            ("7,call 'ann@example.org'.", true),
            ("7,joann@example.org,x", false),
            ("7,ann@example.org.uk,x", false),
            ("K1,Ann,020 7946 0777,x,y", true),
            ("K1;02079460777", true),
            ("K1|(020) 7946-0777|", true),
            ("K1,+44 20 7946 0777", true),
            ("K1,0044 20 7946 0777", true),
            ("K1,\"+44 (0)20 7946 0777", true),
            ("{\"phone\":\"020 7946 0777", true),
            ("K1,020 7946 0778,x", false),
            ("K1,7946", false),
            ("\\u", false),
            ("\\uzzzz \\ud800", false),
            ("", false),
        ] {
            let found = mentions.any(text, |value| meant.contains(&value));
            assert_eq!(found, is_there, "{text}");
        }
    }

    #[test]
    fn keys_are_found_where_keys_stand() {
        let mention = |is_first| KeyMention {
            names: vec!["id", "customer_no"],
            is_first,
        };
        for (text, key, is_first, is_there) in [
            ("KZ1,Ann,,x,extra", "KZ1", false, true),
            ("\"KZ1\",\"Ann", "KZ1", false, true),
            ("KZ1", "KZ1", false, true),
            ("Ann,KZ1", "KZ1", false, true),
            ("[\"KZ1\",1", "KZ1", false, true),
            ("KZ10,Ann", "KZ1", true, false),
            ("17,Ann,x,y", "17", true, true),
            ("17,Ann,x,y", "17", false, false),
            ("4,17,x,y", "17", true, false),
            ("{\"n\": 4, \"customer_no\": 17, ", "17", false, true),
            ("{\"n\": 17, \"id\": 4, ", "17", false, false),
            ("{\"id\":\"yes\"", "yes", false, true),
            ("4,yes,x,y", "yes", true, false),
        ] {
            let found = mention(is_first).any(text, |value| value == key);
            assert_eq!(found, is_there, "{text}");
        }
    }
}
