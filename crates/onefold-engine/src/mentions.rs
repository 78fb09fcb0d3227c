//! Whose a bad record is: identifying values and keys, found in its cells or, where it has none, in its text.
//!
//! An export gives these records to the person, and an erasure removes them, so both ask here. What may be somebody else's is nobody's: in
//! a text, telephone numbers and keys count only in forms that hardly anything else has.

use std::borrow::Cow;

use onefold_spec::model::{Origin, Source, Type};
use onefold_values::{PhoneRules, email, uuid};

/// Fewest digits of a telephone number.
const PHONE_DIGITS: usize = 6;

/// Who is looked for.
pub(crate) trait Wanted {
    /// Whether an e-mail address, telephone number or UUID, as a table has it, is theirs.
    fn has_value(&self, value: &str) -> bool;
    /// Whether the key of a record of the source is theirs.
    fn has_key(&self, key: &str) -> bool;
}

/// Tells whose the bad records of a source are.
pub(crate) struct Mentions<'s> {
    source: &'s Source,
    phones: Vec<PhoneRules>,
}

impl<'s> Mentions<'s> {
    pub(crate) fn of(source: &'s Source) -> Self {
        let fields = source.fields.iter().flatten();
        let phones = fields.filter_map(|field| match &field.ty {
            Type::Phone { region, format } => PhoneRules::new(region.as_deref(), *format).ok(),
            _ => None,
        });
        let phones = phones.collect();
        Self { source, phones }
    }

    /// Whether a record is theirs, by the cells of its fields, each with its name, and by its text.
    pub(crate) fn is_of<'c>(
        &self,
        wanted: &impl Wanted,
        cells: impl IntoIterator<Item = (&'c str, &'c str)>,
        raw: &str,
    ) -> bool {
        let mut is_broken = true;
        for (field, cell) in cells {
            is_broken = false;
            if self.is_in_cell(wanted, field, cell.trim()) {
                return true;
            }
        }
        let raw = unescaped(raw);
        has_word(wanted, &raw)
            || is_broken && (self.has_number(wanted, &raw) || self.has_key(wanted, &raw))
    }

    fn is_in_cell(&self, wanted: &impl Wanted, field: &str, cell: &str) -> bool {
        let fields = self.source.fields.iter().flatten();
        let mut types = fields.filter(|known| known.name.value == field);
        let ty = types.next().map(|field| &field.ty);
        let is_key = self
            .source
            .key
            .as_ref()
            .is_some_and(|key| key.value == field);
        let is_theirs = match ty {
            Some(Type::Phone { .. }) => {
                // A cell with several numbers is rejected.
                let parts = cell.split([',', ';', '|', '/', '\n']);
                std::iter::once(cell)
                    .chain(parts)
                    .any(|part| self.is_number(wanted, part))
            }
            Some(Type::Integer) if is_key => cell
                .parse::<i64>()
                .is_ok_and(|number| wanted.has_key(&number.to_string())),
            _ => false,
        };
        is_theirs || is_key && wanted.has_key(cell) || has_word(wanted, cell)
    }

    fn is_number(&self, wanted: &impl Wanted, written: &str) -> bool {
        let mut number = String::new();
        self.phones.iter().any(|rules| {
            number.clear();
            rules.standardise(written, &mut number).is_ok() && wanted.has_value(&number)
        })
    }

    /// Whether a text has one of their telephone numbers in a form that tells it from a date, an amount or a number of something else.
    fn has_number(&self, wanted: &impl Wanted, text: &str) -> bool {
        let is_part = |c: char| c.is_ascii_digit() || "+().-/ \u{a0}".contains(c);
        let is_begin = |c: char| c.is_ascii_digit() || c == '+' || c == '(';
        let runs = text.split(|c| !is_part(c));
        let runs = runs.map(|run| run.trim_start_matches(|c| !is_begin(c)).trim_end());
        runs.filter(|run| is_telling_number(run))
            .any(|run| self.is_number(wanted, run))
    }

    /// Whether a text has one of their keys: behind its name in JSON, or anywhere if letters and digits make it telling.
    fn has_key(&self, wanted: &impl Wanted, text: &str) -> bool {
        let Some(key) = &self.source.key else {
            return false;
        };
        let fields = self.source.fields.iter().flatten();
        let mut fields = fields.filter(|field| field.name.value == key.value);
        let name = match fields.next().map(|field| &field.origin) {
            None => Some(key.as_str()),
            Some(Origin::Path(path)) if path.len() == 1 => Some(path[0].as_str()),
            // A nested key may share its name with a field of something else.
            Some(_) => None,
        };
        let is_json = text.trim_start().starts_with(['{', '[']);
        let cells = text.split([
            ',', ';', '|', '\t', '\n', '"', '\'', ':', '{', '}', '[', ']',
        ]);
        let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
        let mut before = None;
        for cell in cells {
            let is_named = is_json && name.is_some() && before == name;
            if (is_named || is_telling_key(cell)) && wanted.has_key(cell) {
                return true;
            }
            before = Some(cell);
        }
        false
    }
}

/// Whether a text has one of their values as a word.
fn has_word(wanted: &impl Wanted, text: &str) -> bool {
    words(text).any(|word| {
        let mut standard = String::new();
        wanted.has_value(word)
            || wanted.has_value(&word.to_lowercase())
            || email::standardise(word, &mut standard).is_ok() && wanted.has_value(&standard)
            || uuid::standardise(word, &mut standard).is_ok() && wanted.has_value(&standard)
    })
}

/// Whether digits read like a telephone number: they have a `+`, a leading zero or groups, and are not a date.
fn is_telling_number(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let groups: Vec<usize> = run
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .filter(|digits| *digits > 0)
        .collect();
    let is_of_our_time = run.starts_with("19") || run.starts_with("20");
    let is_date = matches!(groups[..], [1 | 2, 1 | 2, 2 | 4] | [4, 1 | 2, 1 | 2])
        || is_of_our_time && matches!(groups[..], [4, 2, 2, ..]);
    let is_written_out = run.starts_with(['+', '0', '(']);
    digits >= PHONE_DIGITS && !is_date && (is_written_out || groups.len() >= 3)
}

/// Whether a cell has letters and digits, as hardly anything but a key has.
fn is_telling_key(cell: &str) -> bool {
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    letters > 0 && digits > 0 && letters + digits >= 3
}

/// The words of a text in which an address or an identifier may stand.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_apart = |c: char| !c.is_alphanumeric() && !"@.+-_'%".contains(c);
    let words = text.split(is_apart);
    let words = words.map(|word| word.trim_matches(['.', '\'', '-']));
    words.filter(|word| !word.is_empty())
}

/// A text without the escapes of JSON that stand for one letter each.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") && !text.contains("\\/") {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\\/", "/");
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
mod tests;
