//! What the values of a column look like: the share of them that has a trait.

use super::forms::{
    Day, PhoneForm, day, is_email, is_ip, is_social, is_token, is_url, phone, postcode,
};
use super::lists::{
    COUNTRIES, FAMILY, FLAGS, GENDERS, GIVEN, List, ORGANISATIONS, STATES, STREETS, SUFFIXES,
    TITLES,
};
use crate::fold::{fold, is_null};

/// Values of a column that are looked at.
const LOOKED_AT: usize = 1000;

/// Words of missing values beside those that are known everywhere.
const MISSING: &[&str] = &[
    "\\n",
    "#n/a",
    "#ref!",
    "(null)",
    "<null>",
    "undefined",
    "(none)",
    "keine angabe",
    "k.a.",
];

/// A trait of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trait {
    Email,
    Web,
    Token,
    Date,
    TimeOfDay,
    NewYear,
    Phone,
    WholePhone,
    SeparatedPhone,
    Social,
    Postcode,
    TellingPostcode,
    HouseNumber,
    /// Letters alone, in few words.
    Name,
    OneWord,
    /// Two or three words of letters.
    FewWords,
    Given,
    Family,
    Gender,
    Country,
    State,
    Title,
    Suffix,
    Flag,
    Organisation,
    StreetWord,
    /// A number and a word, as a house number and a street are.
    NumberAndWord,
    /// Several parts, as of a whole address.
    Parts,
    Integer,
    Number,
    Digit,
    Letter,
    Year,
    Month,
    DayOfMonth,
    /// Like the number of a card or a document.
    Document,
    Short,
    Long,
}

const TRAITS: usize = Trait::Long as usize + 1;

/// What the values look like.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// Values that say something, of those looked at.
    pub(super) values: u32,
    /// The share of those looked at that say nothing, such as `NA`.
    pub(super) missing: f32,
    counts: [u32; TRAITS],
    /// The years of days, in order.
    years: Vec<u32>,
}

impl Shape {
    /// Looks at up to 1000 values, spread evenly.
    pub(super) fn of(values: &[&str]) -> Self {
        let mut shape = Self {
            values: 0,
            missing: 0.0,
            counts: [0; TRAITS],
            years: Vec::new(),
        };
        let mut folded = String::new();
        let mut looked_at = 0u32;
        for raw in values
            .iter()
            .step_by(values.len().div_ceil(LOOKED_AT).max(1))
        {
            looked_at += 1;
            folded.clear();
            // Notes are known by their beginning.
            let end = raw.char_indices().nth(200).map_or(raw.len(), |(at, _)| at);
            fold(raw.get(..end).unwrap_or_default(), &mut folded);
            if !is_null(&folded) && !MISSING.contains(&folded.as_str()) {
                shape.values += 1;
                shape.add(&folded, raw);
            }
        }
        shape.missing = (looked_at - shape.values) as f32 / looked_at.max(1) as f32;
        shape.years.sort_unstable();
        shape
    }

    /// The share of the values that have a trait.
    pub(super) fn share(&self, of: Trait) -> f32 {
        let count = self.counts.get(of as usize).copied().unwrap_or(0);
        count as f32 / self.values.max(1) as f32
    }

    /// The earliest and the latest year of the days, a tenth at each end aside.
    pub(super) fn years(&self) -> Option<(u32, u32)> {
        let count = self.years.len();
        let first = self.years.get(count / 10)?;
        let last = self.years.get(count - 1 - count / 10)?;
        Some((*first, *last))
    }

    fn add(&mut self, text: &str, raw: &str) {
        let value = Value::of(text, raw);
        if let Some(day) = value.day {
            self.years.push(day.year);
        }
        let mut count = |of: Trait, holds: bool| {
            if let Some(count) = self.counts.get_mut(of as usize) {
                *count += u32::from(holds);
            }
        };
        value.for_each(&mut count);
    }
}

/// A value, taken apart.
struct Value<'a> {
    text: &'a str,
    has_lines: bool,
    words: Vec<&'a str>,
    digits: usize,
    letters: usize,
    signs: usize,
    number: Option<f64>,
    day: Option<Day>,
    phone: Option<PhoneForm>,
}

impl<'a> Value<'a> {
    fn of(text: &'a str, raw: &str) -> Self {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let spaces = text.bytes().filter(|c| *c == b' ').count();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '\'';
        let words = text.split(|c| !is_part(c)).filter(|word| !word.is_empty());
        Self {
            text,
            has_lines: raw.trim().contains('\n'),
            words: words.collect(),
            digits,
            letters,
            signs: text.len() - digits - letters - spaces,
            number: (digits > 0 && letters < 2).then(|| number(text)).flatten(),
            day: (digits > 0).then(|| day(text)).flatten(),
            phone: (digits > 4).then(|| phone(text)).flatten(),
        }
    }

    fn any_word(&self, list: &List) -> bool {
        self.words.iter().any(|word| list.contains(word))
    }

    fn for_each(&self, count: &mut impl FnMut(Trait, bool)) {
        let (text, words) = (self.text, self.words.len());
        let is_email = text.contains('@') && is_email(text);
        let is_whole_number = self.digits == text.len();
        let integer = is_whole_number.then(|| text.parse::<u64>().ok()).flatten();
        let within =
            |range: std::ops::RangeInclusive<u64>| integer.is_some_and(|n| range.contains(&n));
        let is_name = self.letters > 0
            && self.digits == 0
            && words <= 8
            && text.len() <= 60
            && self.signs <= 1 + self.letters / 3
            && !text.contains(['@', '/', '_', '<', '=']);
        count(Trait::Email, is_email);
        count(Trait::Web, is_url(text) || is_ip(text));
        count(Trait::Token, words <= 8 && is_token(text));
        count(Trait::Name, is_name);
        count(Trait::OneWord, is_name && !text.contains(' '));
        count(Trait::FewWords, is_name && (2..=3).contains(&words));
        if is_name {
            count(Trait::Given, self.any_word(&GIVEN));
            count(Trait::Family, words < 4 && self.any_word(&FAMILY));
            count(Trait::Gender, GENDERS.contains(text));
            count(Trait::Country, COUNTRIES.contains(text));
            count(Trait::State, STATES.contains(text));
            count(Trait::Title, TITLES.contains(text));
        }
        count(
            Trait::Organisation,
            self.letters > 0 && self.any_word(&ORGANISATIONS),
        );
        count(Trait::Suffix, text.len() <= 6 && SUFFIXES.contains(text));
        count(Trait::Flag, text.len() <= 6 && FLAGS.contains(text));
        count(Trait::Digit, self.digits > 0);
        count(Trait::Letter, self.letters > 0);
        count(Trait::Short, text.len() <= 12);
        count(Trait::Long, text.len() > 60 || words > 9);
        if !is_email {
            let has_word = self.words.iter().any(|word| is_word(word));
            let has_number = self.words.iter().any(|word| is_house_number(word));
            count(
                Trait::StreetWord,
                words <= 12 && self.words.iter().any(|word| is_street(word)),
            );
            count(Trait::NumberAndWord, words <= 12 && has_word && has_number);
            count(
                Trait::Parts,
                has_word && has_number && words > 3 && (text.contains(',') || self.has_lines),
            );
        }
        if self.digits == 0 {
            return;
        }
        count(Trait::Date, self.day.is_some());
        count(Trait::TimeOfDay, self.day.is_some_and(|day| day.has_time));
        count(Trait::NewYear, self.day.is_some_and(|day| day.is_new_year));
        let is_other = self.day.is_some() && !is_whole_number || is_ip(text);
        let phone = self.phone.filter(|_| !is_other);
        count(Trait::Phone, phone.is_some());
        count(Trait::WholePhone, phone.is_some_and(|form| form.is_whole));
        count(
            Trait::SeparatedPhone,
            phone.is_some_and(|form| form.is_whole && form.is_separated),
        );
        count(Trait::Social, is_social(text));
        let postcode = postcode(text);
        count(
            Trait::Postcode,
            postcode.is_some() || is_whole_number && matches!(text.len(), 3 | 9),
        );
        count(Trait::TellingPostcode, postcode == Some(true));
        count(
            Trait::HouseNumber,
            text.len() <= 10
                && words <= 3
                && self.words.first().is_some_and(|word| is_house_number(word)),
        );
        count(Trait::Integer, is_whole_number);
        count(Trait::Number, self.number.is_some());
        count(Trait::Year, within(1000..=2100));
        count(Trait::Month, within(1..=12));
        count(Trait::DayOfMonth, within(1..=31));
        let length = self.digits + self.letters;
        count(
            Trait::Document,
            (4..=30).contains(&length)
                && words <= 8
                && self.letters <= self.digits.max(8)
                && !is_email,
        );
    }
}

/// A number as it may be written: `-1,234.50`, `12 €`.
fn number(text: &str) -> Option<f64> {
    let text = text.trim_matches(['$', '%', ' ']);
    let plain = text.replace([',', ' '], "");
    plain.parse().ok()
}

/// A word of a street's name, or longer.
fn is_word(word: &str) -> bool {
    word.len() > 2 && word.bytes().all(|c| c.is_ascii_alphabetic() || c == b'\'')
}

/// `12`, `12a`, `1304`.
fn is_house_number(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    word.len() - digits.len() < 3
        && (1..=5).contains(&digits.len())
        && digits.bytes().all(|c| c.is_ascii_digit())
}

fn is_street(word: &str) -> bool {
    const ENDS: [&str; 11] = [
        "strasse", "str", "weg", "platz", "allee", "gasse", "straat", "laan", "plein", "gracht",
        "damm",
    ];
    STREETS.contains(word) || word.len() > 5 && ENDS.iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_traits() {
        let shape = Shape::of(&["Ann", "Bob Lee", "NA", "-", "12 Oak St"]);
        assert_eq!(shape.values, 3);
        assert_eq!(shape.missing, 0.4);
        let third = 1.0 / 3.0;
        for (of, share) in [
            (Trait::Name, 2.0 * third),
            (Trait::OneWord, third),
            (Trait::FewWords, third),
            (Trait::Given, 2.0 * third),
            (Trait::Family, third),
            (Trait::StreetWord, third),
            (Trait::NumberAndWord, third),
            (Trait::Email, 0.0),
        ] {
            assert_eq!(shape.share(of), share, "{of:?}");
        }
    }

    #[test]
    fn years_without_the_ends() {
        let shape = Shape::of(&["1950-02-03", "1980-01-01", "2001-05-06"]);
        assert_eq!(shape.years(), Some((1950, 2001)));
        assert_eq!(Shape::of(&[]).years(), None);
        assert_eq!(Shape::of(&["x"]).share(Trait::Name), 1.0);
    }
}
