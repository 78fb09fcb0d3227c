//! Texts of a workbook: in runs of one format each, with characters that XML does not allow written as `_x000D_`.

use std::io::BufRead;

use quick_xml::events::Event;

use crate::workbook::limits::MAX_TEXT;
use crate::workbook::trouble::Trouble;
use crate::workbook::xml::{Xml, attribute};

/// The texts that cells refer to by their number.
pub(super) fn shared(mut xml: Xml<impl BufRead>) -> Result<Vec<Box<str>>, Trouble> {
    let mut texts: Vec<Box<str>> = Vec::new();
    let mut held = 0;
    let mut text = String::new();
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "si" => {
                text.clear();
                runs(&mut xml, &mut text)?;
                held += text.len() + size_of::<Box<str>>();
                if held > MAX_TEXT {
                    let what = format!("with more than {} GiB of texts", MAX_TEXT >> 30);
                    return Err(Trouble::too_large(&what));
                }
                texts.push(text.as_str().into());
            }
            Event::Eof => return Ok(texts),
            _ => {}
        }
    }
}

/// Appends the runs of the element that has been opened, without the readings of East Asian characters.
pub(super) fn runs(xml: &mut Xml<impl BufRead>, out: &mut String) -> Result<(), Trouble> {
    let mut depth = 0;
    loop {
        let is_kept = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => attribute(&element, "xml:space")?.is_some_and(|space| space == "preserve"),
                "rPh" => {
                    xml.skip()?;
                    continue;
                }
                _ => {
                    depth += 1;
                    continue;
                }
            },
            Event::End(_) if depth == 0 => return Ok(()),
            Event::End(_) => {
                depth -= 1;
                continue;
            }
            Event::Eof => return Err(xml.cut_off()),
            _ => continue,
        };
        let mut run = String::new();
        xml.text(&mut run)?;
        let run = match is_kept {
            true => run.as_str(),
            false => run.trim_matches([' ', '\t', '\r', '\n']),
        };
        unescaped(run, out);
    }
}

/// Appends a text with `_xHHHH_` as the character that it stands for.
pub(super) fn unescaped(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (units, length) = code_units(from);
        match length {
            0 => {
                out.push_str("_x");
                rest = &from[2..];
            }
            length => {
                out.push_str(&String::from_utf16_lossy(&units));
                rest = &from[length..];
            }
        }
    }
    out.push_str(rest);
}

/// The code units that a text begins with, `_xHHHH_` each, and the bytes that they take. A character may be two of them.
fn code_units(text: &str) -> (Vec<u16>, usize) {
    const LENGTH: usize = 7;
    let unit = |text: &str| {
        let digits = text.strip_prefix("_x")?.get(..4)?;
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        (is_hex && text.as_bytes().get(LENGTH - 1) == Some(&b'_'))
            .then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let Some(first) = unit(text) else {
        return (Vec::new(), 0);
    };
    let second = text.get(LENGTH..).and_then(unit);
    match (first, second) {
        (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) => (vec![first, second], 2 * LENGTH),
        _ => (vec![first], LENGTH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_does_not_allow_are_read() {
        for (text, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_xD83D__xDE00_", "😀"),
            ("_xD83D_", "\u{fffd}"),
            ("a_x", "a_x"),
            ("_x00zz_", "_x00zz_"),
            ("_x000Dé", "_x000Dé"),
            ("max_x_y", "max_x_y"),
        ] {
            let mut out = String::new();
            unescaped(text, &mut out);
            assert_eq!(out, expected, "{text}");
        }
    }
}
