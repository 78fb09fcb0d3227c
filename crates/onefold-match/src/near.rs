//! How alike two different values are: the level of each kind.

use crate::kind::Kind;
use crate::names::word_level;
use crate::similarity::{edits, jaro_winkler};
use crate::sketch::{Text, words};

impl Kind {
    /// The level at which two different values agree. Values are as [`Cleaner`](crate::clean::Cleaner) leaves them.
    pub(crate) fn near(self, a: &Text<'_>, b: &Text<'_>) -> u8 {
        match self {
            Self::Name => word_level(a, b),
            Self::Text => text(a, b),
            Self::Email => email(a, b),
            Self::Phone => phone(a, b),
            Self::Date => date(a, b),
            Self::Code => code(a, b),
            Self::Address => address(a, b),
            Self::Company => company(a.str(), b.str(), |_| 1.0),
        }
    }
}

fn text(a: &Text<'_>, b: &Text<'_>) -> u8 {
    let shorter = a.bytes.len().min(b.bytes.len());
    let limit = if shorter >= 6 { 2 } else { 1 };
    if a.edits(b, limit).is_some() {
        return 2;
    }
    u8::from(a.has_common_word(b))
}

fn email(a: &Text<'_>, b: &Text<'_>) -> u8 {
    if a.edits(b, 2).is_some() {
        return 3;
    }
    let is_domain_equal = a.sketch.has_domain_of(b.sketch);
    let ((local, domain), (other_local, other_domain)) = (ends(a.bytes), ends(b.bytes));
    if local == other_local || are_ends_equal(local, other_local) {
        return 2;
    }
    u8::from(is_domain_equal && domain == other_domain)
}

/// Local part and domain of an address.
fn ends(email: &[u8]) -> (&[u8], &[u8]) {
    match email.iter().rposition(|byte| *byte == b'@') {
        Some(at) => (&email[..at], &email[at + 1..]),
        None => (email, &[]),
    }
}

/// Whether two thirds of the longer one are a common beginning or end, as in `ann.lee1980` and `ann.lee80`.
fn are_ends_equal(a: &[u8], b: &[u8]) -> bool {
    let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let ends = a.iter().rev().zip(b.iter().rev());
    let end = ends
        .take_while(|(a, b)| a == b)
        .count()
        .min(shorter - start);
    longer > 3 && 3 * (start + end) >= 2 * longer
}

fn phone(a: &Text<'_>, b: &Text<'_>) -> u8 {
    let one_edit = a.edits(b, 1).is_some();
    let (a, b) = (a.bytes, b.bytes);
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // One of them may have its country code.
    if short.len() >= 9 && long.len() - short.len() <= 3 && long.ends_with(short) {
        return 3;
    }
    if one_edit {
        return 2;
    }
    u8::from(a.len() >= 7 && b.len() >= 7 && a[a.len() - 7..] == b[b.len() - 7..])
}

/// Days are written `YYYYMMDD`.
fn date(a: &Text<'_>, b: &Text<'_>) -> u8 {
    let near = a.edits(b, 2);
    let (a, b) = (a.bytes, b.bytes);
    let new_year = |day: &[u8]| day.get(4..) == Some(b"0101");
    let (both, either) = (new_year(a) && new_year(b), new_year(a) || new_year(b));
    if near == Some(1) && !both || are_swapped(a, b) {
        return 4;
    }
    if a.len() == 8 && b.len() == 8 && a[..4] == b[..4] {
        return if either || a[4..6] == b[4..6] { 3 } else { 2 };
    }
    match near {
        Some(1) => 2,
        Some(_) if !either => 2,
        Some(_) => 1,
        None => 0,
    }
}

fn are_swapped(a: &[u8], b: &[u8]) -> bool {
    a.len() == 8 && b.len() == 8 && a[..4] == b[..4] && a[4..6] == b[6..] && a[6..] == b[4..6]
}

fn code(a: &Text<'_>, b: &Text<'_>) -> u8 {
    if a.edits(b, 1).is_some() {
        return 3;
    }
    let (a, b) = (a.bytes, b.bytes);
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let longer = a.len().max(b.len());
    match longer - common {
        _ if common == 0 => 0,
        0..=2 => 2,
        3 => 1,
        _ => 0,
    }
}

/// Words of addresses are in their order, the house number being a word with a digit.
fn address(a: &Text<'_>, b: &Text<'_>) -> u8 {
    if a.may_be_turned(b) && are_same_words(a.str(), b.str()) {
        return 4;
    }
    let is_number_equal = || digits(a.bytes) == digits(b.bytes);
    if a.edits(b, 2).is_some() && is_number_equal() || is_within(a, b) {
        return 3;
    }
    match (a.has_common_word(b), a.has_common_number(b)) {
        (true, true) => 2,
        (true, false) => 1,
        _ => 0,
    }
}

/// Whether two texts have the same words, in any order.
fn are_same_words(a: &str, b: &str) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (mut x, mut y): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    x.sort_unstable();
    y.sort_unstable();
    x == y
}

fn digits(text: &[u8]) -> u64 {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0u64, |sum, digit| {
        sum.wrapping_mul(10)
            .wrapping_add(u64::from(digit - b'0') + 1)
    })
}

/// Whether each of at least two words of the shorter text is in the longer one.
fn is_within(a: &Text<'_>, b: &Text<'_>) -> bool {
    let is_shorter = a.bytes.len() <= b.bytes.len();
    let (short, long) = if is_shorter { (a, b) } else { (b, a) };
    if !short.may_be_within(long) {
        return false;
    }
    let mut count = 0;
    words(short.bytes).all(|word| {
        count += 1;
        words(long.bytes).any(|other| other == word)
    }) && count > 1
}

/// Companies are compared word by word, in any order: a rare word says more than a common one. `weight` is how much a word says.
pub(crate) fn company(a: &str, b: &str, weight: impl Fn(&str) -> f32) -> u8 {
    if are_same_words(a, b) {
        return 3;
    }
    let (x, y): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    let mut is_taken = vec![false; long.len()];
    let (mut shared, mut of_short, mut of_long) = (0.0, 0.0, 0.0);
    for word in &short {
        of_short += weight(word);
        let place = [0, 1, 2].into_iter().find_map(|slips| {
            (0..long.len()).find(|place| {
                !is_taken[*place] && is_slip(word.as_bytes(), long[*place].as_bytes(), slips)
            })
        });
        if let Some(place) = place {
            is_taken[place] = true;
            shared += weight(word).min(weight(long[place]));
        }
    }
    long.iter().for_each(|word| of_long += weight(word));
    let all = of_short.max(of_long);
    let is_within = short.len() > 1 && shared >= 0.99 * of_short && shared >= 0.5 * of_long;
    let is_close = jaro_winkler(a.as_bytes(), b.as_bytes()) >= 0.93 && shared >= 0.5 * all;
    match shared / all.max(f32::MIN_POSITIVE) {
        share if share >= MOST_OF_A_NAME || is_within || is_close => 2,
        share if share >= PART_OF_A_NAME => 1,
        _ => 0,
    }
}

/// Share of the weight of a company's words that makes names similar.
const MOST_OF_A_NAME: f32 = 0.75;
/// Share of it that makes them related.
const PART_OF_A_NAME: f32 = 0.3;

/// Whether a word is another one but for so many slips.
fn is_slip(a: &[u8], b: &[u8], slips: u8) -> bool {
    let shorter = a.len().min(b.len());
    match slips {
        0 => a == b,
        1 => shorter >= 4 && edits(a, b, 1).is_some(),
        _ => shorter >= 7 && edits(a, b, 2).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_pairs() {
        for (kind, a, b, level) in [
            (
                Kind::Date,
                "19781112",
                "19781211",
                "one edit, or day and month swapped",
            ),
            (Kind::Date, "19780101", "19781112", "equal year and month"),
            (Kind::Date, "19780101", "19790101", "equal year"),
            (Kind::Date, "19781112", "19781130", "equal year and month"),
            (Kind::Date, "19781112", "19580407", "differ"),
            (Kind::Code, "tq138df", "tq138dg", "one edit"),
            (Kind::Code, "tq138df", "tq138xx", "all but two signs equal"),
            (
                Kind::Code,
                "tq138df",
                "tq139xx",
                "all but three signs equal",
            ),
            (Kind::Code, "6", "7", "one edit"),
            (Kind::Email, "ann@x.org", "anm@x.org", "up to two edits"),
            (
                Kind::Email,
                "ann.lee@x.org",
                "ann.lee@gmail.com",
                "equal local part, or similar",
            ),
            (Kind::Email, "ann@x.org", "bobby@x.org", "equal domain"),
            (Kind::Phone, "2125550123", "2125550124", "one edit"),
            (Kind::Phone, "92427925774", "427925774", "equal"),
            (Kind::Address, "oak st 12", "12 oak st", "equal"),
            (
                Kind::Phone,
                "492125550",
                "2125550",
                "last seven digits equal",
            ),
            (
                Kind::Address,
                "12 oak st",
                "12 oak st flat 3",
                "up to two edits, or one within the other",
            ),
            (
                Kind::Address,
                "12 oak st",
                "13 oak st",
                "a street word in common",
            ),
            (
                Kind::Address,
                "12 oak st",
                "12 oka st",
                "up to two edits, or one within the other",
            ),
            (
                Kind::Company,
                "acme steel",
                "acme steel works",
                "most of the words in common",
            ),
            (Kind::Text, "london", "lonfon", "up to two edits"),
            (Kind::Text, "new york", "york", "a word in common"),
        ] {
            let (x, y) = (Text::new(kind, a), Text::new(kind, b));
            let found = kind.levels()[usize::from(kind.near(&x, &y))];
            assert_eq!(found, level, "{kind:?} {a} {b}");
            assert_eq!(kind.near(&x, &y), kind.near(&y, &x), "{kind:?} {a} {b}");
        }
    }
}
