//! Numbers, times, sizes and names of records for people.

/// A number with its thousands apart: `1,204`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and what it counts, in the plural where it is not one.
pub(crate) fn counted(number: u64, what: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {what}{end}", grouped(number))
}

/// The word that goes with a number.
pub(crate) fn verb<'w>(number: u64, one: &'w str, many: &'w str) -> &'w str {
    if number == 1 { one } else { many }
}

/// A difference with its sign: `+12`, `−3`, `±0`.
pub(crate) fn difference(now: u64, before: u64) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!("+{}", grouped(now - before)),
        std::cmp::Ordering::Less => format!("\u{2212}{}", grouped(before - now)),
        std::cmp::Ordering::Equal => "\u{b1}0".to_owned(),
    }
}

/// A share in percent: `99.7 %`, never 100 or 0 where something is missing from it or in it.
pub(crate) fn percent(part: u64, of: u64) -> String {
    if of == 0 {
        return "\u{2013}".to_owned();
    }
    let share = part as f64 * 100.0 / of as f64;
    let rounded = (share * 10.0).round() / 10.0;
    let honest = match rounded {
        r if r >= 100.0 && part < of => 99.9,
        r if r <= 0.0 && part > 0 => 0.1,
        r => r,
    };
    match honest.fract() == 0.0 {
        true => format!("{honest:.0} %"),
        false => format!("{honest:.1} %"),
    }
}

/// Bytes in the unit that fits.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ if value < 10.0 => format!("{value:.1} {}", UNITS[unit]),
        _ => format!("{value:.0} {}", UNITS[unit]),
    }
}

/// Seconds as people say them: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 days`.
pub(crate) fn duration(seconds: f64) -> String {
    let ago = if seconds < 0.0 { "\u{2212}" } else { "" };
    let seconds = seconds.abs();
    let text = match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3_600.0),
        s => format!("{:.0} days", s / 86_400.0),
    };
    format!("{ago}{text}")
}

/// The time of a report, `2026-11-26T14:10:03.123Z`, to the second and with a space.
pub(crate) fn moment(rfc3339: &str) -> String {
    let cut = rfc3339.get(..19).unwrap_or(rfc3339);
    cut.replacen('T', " ", 1)
}

/// Source and key of a record, as in `crm:17`.
pub(crate) fn named(source: &str, key: &str) -> String {
    match key.strip_prefix(source) {
        Some(rest) if rest.starts_with(':') => key.to_owned(),
        _ => format!("{source}:{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        let numbers = [0, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(1200, "row"), "1,200 rows");
        assert_eq!(difference(5, 5), "±0");
        assert_eq!(difference(5, 1005), "−1,000");
        assert_eq!(percent(999_999, 1_000_000), "99.9 %");
        assert_eq!(percent(1, 1_000_000), "0.1 %");
        assert_eq!(percent(1, 2), "50 %");
        assert_eq!(percent(0, 0), "–");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500_000), "1.5 MB");
        assert_eq!(duration(75.0), "75 s");
        assert_eq!(duration(-86_400.0), "−24 h");
        assert_eq!([named("crm", "crm:7"), named("crm", "7")], ["crm:7"; 2]);
        assert_eq!(moment("2026-11-26T14:10:03.123Z"), "2026-11-26 14:10:03");
    }
}
