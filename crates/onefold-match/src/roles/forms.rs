//! Forms of single values: dates, telephone numbers, postcodes, tokens.

/// A day as far as it matters for a date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: u32,
    /// 1 January stands for a date of which only the year is known.
    pub(super) is_new_year: bool,
    /// A time of day other than midnight follows.
    pub(super) has_time: bool,
}

/// Reads a folded text as a day. Two digits of a year are of 1931 to 2030.
pub(super) fn day(text: &str) -> Option<Day> {
    if text.len() < 6 || text.len() > 32 || !text.bytes().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let (date, time) = split_time(text);
    let mut parts = [""; 3];
    let mut count = 0;
    for part in date.split(|c: char| !c.is_ascii_alphanumeric()) {
        if part.is_empty() {
            continue;
        }
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let number = |text: &str| text.parse::<u32>().ok();
    let (year, month, day) = match (count, parts) {
        (1, [whole, ..]) if whole.len() == 8 => {
            let n = number(whole)?;
            (n / 10_000, n / 100 % 100, n % 100)
        }
        (3, [a, b, c]) if a.len() == 4 => {
            (number(a)?, month_of(b).or_else(|| number(b))?, number(c)?)
        }
        (3, [a, b, c]) if matches!(c.len(), 2 | 4) && a.len().max(b.len()) <= 9 => {
            let year = number(c)?;
            let year = match c.len() {
                2 if year > 30 => year + 1900,
                2 => year + 2000,
                _ => year,
            };
            let ordinal =
                |text: &str| number(text.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']));
            match (month_of(a), month_of(b)) {
                (Some(month), _) => (year, month, ordinal(b)?),
                (_, Some(month)) => (year, month, ordinal(a)?),
                _ => {
                    let (a, b) = (number(a)?, number(b)?);
                    (year, a.min(b), a.max(b))
                }
            }
        }
        _ => return None,
    };
    let is_day = (1000..=2999).contains(&year)
        && (1..=12).contains(&month.min(day))
        && (1..=31).contains(&month.max(day));
    is_day.then(|| Day {
        year,
        is_new_year: month == 1 && day == 1,
        has_time: time.bytes().any(|c| matches!(c, b'1'..=b'9')),
    })
}

/// A date, and the time of day behind it.
fn split_time(text: &str) -> (&str, &str) {
    let Some(colon) = text.find(':') else {
        return (text, "");
    };
    let before = text.get(..colon).unwrap_or_default();
    match before.rfind(['t', ' ']) {
        Some(at) => text.split_at(at),
        None => ("", text),
    }
}

fn month_of(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    const OTHERS: [(&str, u32); 6] = [
        ("mai", 5),
        ("mae", 3),
        ("okt", 10),
        ("dez", 12),
        ("ene", 1),
        ("ago", 8),
    ];
    let start = text.get(..3)?;
    let month = MONTHS.iter().position(|month| *month == start);
    let month = month.map(|month| month as u32 + 1);
    month.or_else(|| Some(OTHERS.iter().find(|(month, _)| *month == start)?.1))
}

/// How a telephone number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PhoneForm {
    /// As many digits as whole numbers have.
    pub(super) is_whole: bool,
    /// A plus, brackets or signs between the digits.
    pub(super) is_separated: bool,
}

/// Whether a folded text may be a telephone number. A day, a decimal number or a postcode may not.
pub(super) fn phone(text: &str) -> Option<PhoneForm> {
    let main = match text.find(['x', 'e', ';']) {
        Some(at) if at >= 7 => text.get(..at)?,
        _ => text,
    };
    let main = main.strip_prefix("tel").unwrap_or(main);
    let main = main.trim_matches(['\'', '"', '=', ' ', ':', '.']);
    let digits = main.bytes().filter(u8::is_ascii_digit).count();
    let signs = main.bytes().filter(|c| !c.is_ascii_digit());
    let is_form = (5..=15).contains(&digits)
        && signs
            .clone()
            .all(|c| matches!(c, b' ' | b'-' | b'.' | b'(' | b')' | b'+' | b'/'))
        && !main.ends_with(['-', '/', '+']);
    if !is_form || main.parse::<f64>().is_ok() && main.contains('.') {
        return None;
    }
    let is_year_first =
        (main.starts_with("19") || main.starts_with("20")) && main.get(4..5) == Some("-");
    let is_separated = signs.count() > 0 && !main.starts_with('-');
    let is_other = is_separated && (is_year_first || is_social(main) || postcode(main).is_some());
    (!is_other).then_some(PhoneForm {
        is_whole: digits >= 7,
        is_separated,
    })
}

/// `294-66-9999`
pub(super) fn is_social(text: &str) -> bool {
    pattern_is(text, &["ddd-dd-dddd"])
}

/// Whether the form of a postcode is one that little else has.
pub(super) fn postcode(text: &str) -> Option<bool> {
    const PLAIN: &[&str] = &["dddd", "ddddd", "dddddd"];
    const TELLING: &[&str] = &[
        "ddddd-dddd",
        "ld dll",
        "ldd dll",
        "lld dll",
        "lldd dll",
        "ldl dll",
        "lldl dll",
        "lddll",
        "ldddll",
        "llddll",
        "lldddll",
        "ldldll",
        "lldldll",
        "ldl dld",
        "ldldld",
        "dddd ll",
        "ddddll",
        "l-ddddd",
        "l-dddd",
        "ll-dddd",
        "ll-ddddd",
        "dd-ddd",
        "dddd-ddd",
        "ddd dd",
    ];
    let text = text.strip_suffix(".0").unwrap_or(text);
    if pattern_is(text, PLAIN) {
        return Some(false);
    }
    pattern_is(text, TELLING).then_some(true)
}

/// Whether a text has one of these patterns of letters, digits and signs.
fn pattern_is(text: &str, patterns: &[&str]) -> bool {
    let fits = |pattern: &&str| {
        pattern.len() == text.len()
            && pattern.bytes().zip(text.bytes()).all(|(p, c)| match p {
                b'd' => c.is_ascii_digit(),
                b'l' => c.is_ascii_lowercase(),
                sign => c == sign,
            })
    };
    patterns.iter().any(fits)
}

/// Whether a folded text is a hash, a UUID or another long token without words.
pub(super) fn is_token(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = text.bytes().all(|c| c.is_ascii_hexdigit() || c == b'-');
    let is_base = text
        .bytes()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'=' | b'_' | b'-'));
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    match text.len() {
        0..=9 => false,
        10..=15 => is_hex && digits > 1 && letters > 1,
        _ if is_hex => letters > 0 && digits > 0,
        length => length >= 14 && is_base && digits > 2 && letters > 2 && !text.contains("--"),
    }
}

/// `ann@example.org`, also within `Ann <ann@example.org>`.
pub(super) fn is_email(text: &str) -> bool {
    let Some((before, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let ends = |c: char| c.is_ascii_alphanumeric() || "._%+-'".contains(c);
    before.chars().next_back().is_some_and(ends)
        && domain.rfind('.').is_some_and(|dot| dot > 0)
        && !domain.trim_end_matches('>').contains([' ', '/', ':'])
}

/// `https://example.org`, `www.example.org`, `example.org/x`.
pub(super) fn is_url(text: &str) -> bool {
    text.contains("://") || text.starts_with("www.") && !text.contains(' ')
}

/// `192.0.2.1`, `2001:db8::1`.
pub(super) fn is_ip(text: &str) -> bool {
    text.contains(['.', ':']) && text.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (text, year) in [
            ("1978-12-11", Some(1978)),
            ("19781211", Some(1978)),
            ("12/11/78", Some(1978)),
            ("20/8/1991", Some(1991)),
            ("3. 5. 2001", Some(2001)),
            ("mar 1 1970", Some(1970)),
            ("25-jun-08", Some(2008)),
            ("15. marz 1992", Some(1992)),
            ("1978-12-11t00:00:00z", Some(1978)),
            ("1978-12-11 10:30", Some(1978)),
            ("294-66-9999", None),
            ("702-919-1300", None),
            ("12345678", None),
            ("12:30", None),
            ("", None),
        ] {
            assert_eq!(day(text).map(|day| day.year), year, "{text}");
        }
        assert_eq!(day("1978-12-11 00:00").map(|day| day.has_time), Some(false));
        assert_eq!(day("1978-12-11t10:30").map(|day| day.has_time), Some(true));
    }

    #[test]
    fn phones() {
        for (text, expected) in [
            ("+1 (702) 919-1300", Some((true, true))),
            ("0352 6553537", Some((true, true))),
            ("321-3212", Some((true, true))),
            ("2095257564", Some((true, false))),
            ("030/123456 ext. 12", Some((true, true))),
            ("2024-01-05", None),
            ("294-66-9999", None),
            ("43004-1234", None),
            ("123456.78", None),
            ("-1234567", Some((true, false))),
            ("ann", None),
        ] {
            let found = phone(text).map(|form| (form.is_whole, form.is_separated));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn postcodes_tokens_emails() {
        assert_eq!(postcode("tq13 8df"), Some(true));
        assert_eq!(postcode("m1s 1t4"), Some(true));
        assert_eq!(postcode("43004"), Some(false));
        assert_eq!(postcode("12"), None);
        assert!(is_token("d41d8cd98f00b204e9800998ecf8427e"));
        assert!(is_token("6f1c1e4e-7d5b-4a8e-9a50-0d6c2d0c6a01"));
        assert!(!is_token("sondergeld"));
        assert!(!is_token("702-919-1300"));
        assert!(is_email("maria sentosa<msentosa@fmail.com>"));
        assert!(!is_email("@handle"));
    }
}
