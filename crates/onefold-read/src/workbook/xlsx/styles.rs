//! How cells show their numbers: as dates, with zeros in front, or as numbers.

use std::io::BufRead;

use quick_xml::events::Event;

use crate::workbook::cell::Time;
use crate::workbook::trouble::Trouble;
use crate::workbook::xml::{Xml, attribute};

/// How a number is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    Number,
    Time(Time),
    /// With zeros in front: `00000`.
    Zeros(String),
}

/// How the cells of each style show their numbers.
pub(super) fn read(mut xml: Xml<impl BufRead>) -> Result<Vec<Shown>, Trouble> {
    let mut formats: Vec<(u32, String)> = Vec::new();
    let mut ids: Vec<u32> = Vec::new();
    let mut in_cells = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "cellXfs" => in_cells = true,
                "xf" if in_cells => ids.push(id(attribute(&element, "numFmtId")?)),
                "numFmt" => {
                    if let Some(code) = attribute(&element, "formatCode")? {
                        formats.push((id(attribute(&element, "numFmtId")?), code));
                    }
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => in_cells = false,
            Event::Eof => break,
            _ => {}
        }
    }
    let shown = ids.iter().map(|id| {
        let own = formats.iter().find(|(other, _)| other == id);
        own.map_or_else(|| built_in(*id), |(_, code)| of_code(code))
    });
    Ok(shown.collect())
}

fn id(text: Option<String>) -> u32 {
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// The formats that have a number only (ECMA-376, 18.8.30), those of East Asia included.
fn built_in(id: u32) -> Shown {
    match id {
        14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Shown::Time(Time::Date),
        18..=21 | 32..=35 | 45 | 47 | 55 | 56 => Shown::Time(Time::Clock),
        22 => Shown::Time(Time::Moment),
        46 => Shown::Time(Time::Duration),
        _ => Shown::Number,
    }
}

/// What a code such as `dd.mm.yyyy` or `00000` shows of a positive number: its first section.
fn of_code(code: &str) -> Shown {
    let mut letters = String::new();
    let mut mask = String::new();
    let mut is_mask = true;
    let mut is_duration = false;
    let mut rest = code.chars();
    while let Some(mark) = rest.next() {
        match mark {
            ';' => break,
            '"' => {
                rest.by_ref().find(|c| *c == '"');
                is_mask = false;
            }
            '\\' => match rest.next() {
                Some(literal @ ('-' | ' ')) => mask.push(literal),
                _ => is_mask = false,
            },
            // As wide as the next character, or filled with it.
            '_' | '*' => {
                rest.next();
                is_mask = false;
            }
            '[' => {
                let inside: String = rest.by_ref().take_while(|c| *c != ']').collect();
                let first = inside.chars().next().map(|c| c.to_ascii_lowercase());
                let is_one = |c: char| Some(c.to_ascii_lowercase()) == first;
                let is_time = matches!(first, Some('h' | 'm' | 's'));
                is_duration |= is_time && inside.chars().all(is_one);
                is_mask = false;
            }
            '0' | '-' | ' ' => mask.push(mark),
            other => {
                letters.push(other.to_ascii_lowercase());
                is_mask = false;
            }
        }
    }
    if is_duration {
        return Shown::Time(Time::Duration);
    }
    if is_mask && mask.starts_with('0') && mask.ends_with('0') && mask.len() > 1 {
        return Shown::Zeros(mask);
    }
    if matches!(letters.as_str(), "general" | "standard") {
        return Shown::Number;
    }
    let is_half_day = letters.contains("am/pm") || letters.contains("a/p");
    let letters = letters.replace("am/pm", "").replace("a/p", "");
    let has_time = is_half_day || letters.contains(['h', 's']);
    // `m` is a minute beside hours and seconds, and else a month.
    let has_date = letters.contains(['y', 'd'])
        || letters.contains("mmm")
        || (letters.contains('m') && !has_time);
    match (has_date, has_time) {
        (true, true) => Shown::Time(Time::Moment),
        (true, false) => Shown::Time(Time::Date),
        (false, true) => Shown::Time(Time::Clock),
        (false, false) => Shown::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_dates_and_zeros_from_numbers() {
        for (code, expected) in [
            ("General", Shown::Number),
            ("0", Shown::Number),
            ("0.00", Shown::Number),
            ("#,##0.00 [$€-407]", Shown::Number),
            ("0.00E+00", Shown::Number),
            ("\"dmy\" 0", Shown::Number),
            ("0\\d", Shown::Number),
            ("0_d", Shown::Number),
            ("[Red]0", Shown::Number),
            ("00000", Shown::Zeros("00000".to_owned())),
            ("000\\-00\\-0000", Shown::Zeros("000-00-0000".to_owned())),
            ("00000;[Red]dd", Shown::Zeros("00000".to_owned())),
            ("dd.mm.yyyy", Shown::Time(Time::Date)),
            ("[$-407]d. mmmm yyyy;@", Shown::Time(Time::Date)),
            ("mmm\\-yy", Shown::Time(Time::Date)),
            ("MM", Shown::Time(Time::Date)),
            ("hh:mm", Shown::Time(Time::Clock)),
            ("mm:ss.0", Shown::Time(Time::Clock)),
            ("h:mm AM/PM", Shown::Time(Time::Clock)),
            ("yyyy-mm-dd hh:mm:ss", Shown::Time(Time::Moment)),
            ("m/d/yy h:mm", Shown::Time(Time::Moment)),
            ("[h]:mm:ss", Shown::Time(Time::Duration)),
            ("[Blue][mm]:ss", Shown::Time(Time::Duration)),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
    }
}
