//! Time zones: what people call them.

use onefold_values::{DateOrder, TimestampRules, timezone_names};

use super::names::{folded, near};
use crate::scalar::InvalidScalar;

/// Abbreviations that are no names of zones, and a zone where they are used.
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("cest", "Europe/Berlin"),
    ("mesz", "Europe/Berlin"),
    ("mez", "Europe/Berlin"),
    ("bst", "Europe/London"),
    ("eest", "Europe/Athens"),
    ("west", "Europe/Lisbon"),
    ("msk", "Europe/Moscow"),
    ("edt", "America/New_York"),
    ("cst", "America/Chicago"),
    ("cdt", "America/Chicago"),
    ("mdt", "America/Denver"),
    ("pst", "America/Los_Angeles"),
    ("pdt", "America/Los_Angeles"),
    ("pt", "America/Los_Angeles"),
    ("et", "America/New_York"),
    ("ist", "Asia/Kolkata"),
    ("jst", "Asia/Tokyo"),
    ("aest", "Australia/Sydney"),
    ("z", "UTC"),
    ("germany", "Europe/Berlin"),
    ("france", "Europe/Paris"),
    ("uk", "Europe/London"),
    ("spain", "Europe/Madrid"),
    ("italy", "Europe/Rome"),
    ("india", "Asia/Kolkata"),
];

/// A zone of the IANA database, or an offset.
pub(crate) fn timezone(text: &str) -> Result<(), InvalidScalar> {
    if is_zone(text) {
        return Ok(());
    }
    let invalid = InvalidScalar::new("not a time zone");
    Err(match meant(text) {
        Some(name) => invalid.with_hint(format!("did you mean `{name}`?")),
        None => invalid
            .with_hint("write its name in the IANA database, such as `Europe/Paris`, or `+02:00`"),
    })
}

fn is_zone(text: &str) -> bool {
    TimestampRules::new(DateOrder::Undeclared, &[], Some(text)).is_ok()
}

fn meant(text: &str) -> Option<String> {
    let word = folded(text);
    if let Some((_, zone)) = ABBREVIATIONS.iter().find(|(name, _)| *name == word) {
        return Some((*zone).to_owned());
    }
    if let Some(offset) = offset(text) {
        return Some(offset);
    }
    let names = timezone_names();
    let names = || names.iter().map(String::as_str);
    // `Berlin`, `europe berlin`
    let is_it = |name: &&str| {
        let place = name.rsplit('/').next().unwrap_or(name);
        folded(name) == word || folded(place) == word
    };
    let places = || names().map(|name| name.rsplit('/').next().unwrap_or(name));
    let by_name = names().find(is_it).or_else(|| near(text, names()));
    let found = by_name.or_else(|| {
        let place = near(text, places())?;
        names().find(|name| name.ends_with(place))
    });
    found.map(str::to_owned)
}

/// `UTC+2`, `GMT-05:30`, `+2` as an offset that is read.
fn offset(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = ["UTC", "GMT", "utc", "gmt"]
        .iter()
        .find_map(|zone| text.strip_prefix(zone))
        .unwrap_or(text)
        .trim();
    let sign = rest.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let (hours, minutes) = rest[1..].split_once(':').unwrap_or((&rest[1..], "0"));
    let hours: u8 = hours.trim().parse().ok()?;
    let minutes: u8 = minutes.parse().ok()?;
    let offset = format!("{sign}{hours:02}:{minutes:02}");
    is_zone(&offset).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_by_what_people_call_them() {
        for (text, expected) in [
            ("Berlin", Some("Europe/Berlin")),
            ("Europe/Berln", Some("Europe/Berlin")),
            ("europe berlin", Some("Europe/Berlin")),
            ("New York", Some("America/New_York")),
            ("PST", Some("America/Los_Angeles")),
            ("UTC+2", Some("+02:00")),
            ("GMT-5:30", Some("-05:30")),
            ("nowhere", None),
            ("x", None),
        ] {
            assert_eq!(meant(text).as_deref(), expected, "{text}");
        }
        for (_, zone) in ABBREVIATIONS {
            assert!(is_zone(zone), "{zone}");
        }
    }
}
