//! The customers behind all inputs, and the spellings in which systems write them down.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::random::Random;

const FIRST_NAMES: &[&str] = &[
    "Anna", "Ben", "Clara", "David", "Elena", "Frank", "Grace", "Hugo", "Irene", "Jonas", "Karen",
    "Leo", "Marta", "Nils", "Olga", "Paul", "Quinn", "Rosa", "Simon", "Teresa", "Ugo", "Vera",
    "Walter", "Xenia", "Yusuf", "Zoe", "Alice", "Bruno", "Carmen", "Dennis", "Edith", "Felix",
    "Gloria", "Henry", "Ines", "Jack", "Kate", "Louis", "Maria", "Nora", "Oscar", "Petra", "Ralph",
    "Sarah", "Thomas", "Ursula", "Victor", "Wanda",
];
const ONSETS: &[&str] = &[
    "B", "Br", "C", "D", "Dr", "F", "G", "Gr", "H", "K", "Kr", "L", "M", "N", "P", "Pr", "R", "S",
    "St", "T", "Tr", "V", "W", "Z",
];
const MIDDLES: &[&str] = &[
    "all", "amb", "and", "ar", "eck", "ell", "end", "ill", "imm", "ind", "oll", "ond", "or", "unt",
    "urr",
];
const ENDINGS: &[&str] = &[
    "a", "er", "en", "ey", "in", "is", "man", "o", "ov", "ski", "son", "ton", "well", "wood",
];
const DOMAINS: &[&str] = &["example.com", "example.com", "example.org", "example.net"];
/// Area codes in use; a number has seven more digits, of which the first is 2 to 9.
const AREAS: &[u64] = &[212, 312, 415, 617, 713, 202, 305, 404, 206, 602];
const LOCAL_NUMBERS: u64 = 8_000_000;

/// One customer. E-mail address and phone number are theirs alone; names repeat.
pub(super) struct Person {
    number: u64,
    pub(super) first: &'static str,
    pub(super) last: String,
    domain: &'static str,
    pub(super) signup: Date,
}

impl Person {
    /// The person of a number is the same in all inputs.
    pub(super) fn of(number: u64) -> Self {
        let mut random = Random::new(number);
        let days = random.below(2000) as i64;
        Self {
            number,
            first: random.pick(FIRST_NAMES),
            last: [ONSETS, MIDDLES, ENDINGS]
                .map(|part| random.pick(part))
                .concat(),
            domain: random.pick(DOMAINS),
            signup: date(2020, 1, 1).saturating_add(days.days()),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// Lower case; the digits before the `@` are the number of the person.
    pub(super) fn email(&self) -> String {
        let mut email = format!(
            "{}.{}{}@{}",
            self.first, self.last, self.number, self.domain
        );
        email.make_ascii_lowercase();
        email
    }

    /// The telephone number in one of the ways in which people type it.
    pub(super) fn phone(&self, random: &mut Random) -> String {
        let area = AREAS[(self.number / LOCAL_NUMBERS) as usize % AREAS.len()];
        // The factor has no divisor in common with the range, so that no number comes twice.
        let local = 2_000_000 + self.number % LOCAL_NUMBERS * 4_999_999 % LOCAL_NUMBERS;
        let (exchange, line) = (local / 10_000, local % 10_000);
        match random.below(5) {
            0 => format!("({area}) {exchange}-{line:04}"),
            1 => format!("{area}.{exchange}.{line:04}"),
            2 => format!("+1 {area} {exchange} {line:04}"),
            3 => format!("1-{area}-{exchange}-{line:04}"),
            _ => format!("{area}{exchange}{line:04}"),
        }
    }

    /// The day on which the person signed up, as a system writes it.
    pub(super) fn signup_as_typed(&self, random: &mut Random) -> impl fmt::Display + use<> {
        self.signup
            .strftime(random.pick(&["%Y-%m-%d", "%m/%d/%Y", "%d %b %Y"]))
    }
}

/// A name or address as it is, or in one case of ten each in small or in capital letters.
pub(super) fn recased(text: String, random: &mut Random) -> String {
    match random.below(10) {
        0 => text.to_lowercase(),
        1 => text.to_uppercase(),
        _ => text,
    }
}
