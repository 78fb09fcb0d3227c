//! English names of months and weekdays.

use crate::scan::Scan;

const MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];

/// 1 to 12, by the whole name or its first three letters, in lower case.
pub(crate) fn month_of(word: &[u8]) -> Option<u32> {
    let index = MONTHS.iter().position(|&month| {
        word == month || word == &month[..3] || (word == b"sept" && month == b"september")
    })?;
    u32::try_from(index + 1).ok()
}

/// 0 is Monday; by the whole name or a usual abbreviation, in lower case.
pub(crate) fn weekday_of(word: &[u8]) -> Option<u32> {
    Some(match word {
        b"mon" | b"monday" => 0,
        b"tue" | b"tues" | b"tuesday" => 1,
        b"wed" | b"wednesday" => 2,
        b"thu" | b"thur" | b"thurs" | b"thursday" => 3,
        b"fri" | b"friday" => 4,
        b"sat" | b"saturday" => 5,
        b"sun" | b"sunday" => 6,
        _ => return None,
    })
}

/// Takes the longest name that stands here and that `number_of` knows; letters may follow it.
pub(crate) fn take_name(
    scan: &mut Scan<'_>,
    number_of: impl Fn(&[u8]) -> Option<u32>,
) -> Option<u32> {
    let mut ahead = *scan;
    let word = ahead.word();
    let letters = word.as_bytes();
    let (len, number) = (3..=letters.len())
        .rev()
        .find_map(|len| Some((len, number_of(&letters[..len])?)))?;
    scan.rest = &scan.rest[len..];
    Some(number)
}
