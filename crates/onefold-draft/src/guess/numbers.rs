//! Numbers: whole or not, and whether a comma is a decimal mark. Amounts of money are exact.

use onefold_values::DecimalMark;
use onefold_values::number::{parse_decimal, parse_float, parse_integer};

use super::answer::{Answer, Context, Guess, Kind, Values, has_leading_zero};
use crate::words::Role;

/// Digits of an amount that all sums fit in.
const DIGITS: u8 = 18;

/// The most digits after the point that an amount has; with more, it is measured rather than counted.
const MOST_DIGITS: usize = 8;

fn is_number(text: &str, mark: DecimalMark) -> bool {
    parse_float(text, mark).is_ok() || parse_decimal(text, 38, 12, mark).is_ok()
}

pub(super) fn number(values: &Values<'_>, context: &Context) -> Answer {
    use DecimalMark::{Comma, Point};
    let of = values.texts.len();
    if matches!(values.role, Some(Role::Phone)) || values.any(has_leading_zero) {
        return Answer::No;
    }
    let point = values.count(|text| is_number(text, Point));
    let comma = values.count(|text| is_number(text, Comma));
    if point.max(comma) == 0 {
        return Answer::No;
    }
    if currencies(values) > 1 {
        return Answer::Doubt("amounts in several currencies".to_owned());
    }
    let differ = |text: &str| match (parse_float(text, Point), parse_float(text, Comma)) {
        (Ok(a), Ok(b)) => a.to_bits() != b.to_bits(),
        _ => parse_decimal(text, 38, 12, Point) != parse_decimal(text, 38, 12, Comma),
    };
    let mark = if comma > point {
        Comma
    } else if comma == point && values.any(|text| differ(text)) {
        match (
            context.has_decimal_comma,
            values.any(|text| text.contains(',')),
        ) {
            (true, _) => Comma,
            (false, false) => Point,
            (false, true) => {
                return Answer::Doubt(
                    "numbers in which a comma may stand before thousands or before decimals; say `decimal_comma: true` or `false`"
                        .to_owned(),
                );
            }
        }
    } else {
        Point
    };
    typed(values, mark, of)
}

fn typed(values: &Values<'_>, mark: DecimalMark, of: usize) -> Answer {
    let is_amount = values.role == Some(Role::Amount) || values.any(|text| symbol(text).is_some());
    let reads = values.texts.iter().filter(|text| is_number(text, mark));
    let fractions = reads
        .clone()
        .map(|text| fraction(text, mark))
        .max()
        .unwrap_or(0);
    let wholes = reads
        .clone()
        .map(|text| text.bytes().filter(u8::is_ascii_digit).count())
        .max();
    let is_scientific = reads.clone().any(|text| text.contains(['e', 'E']));
    let is_plain = reads.clone().all(|text| fraction(text, mark) == 0);
    let whole = values.count(|text| parse_integer(text, mark).is_ok());
    let guess = if !is_amount && is_plain && whole == reads.clone().count() {
        Guess::new(Kind::Integer, "integer", whole, of)
    } else if is_amount
        && !is_scientific
        && fractions <= MOST_DIGITS
        && wholes.is_some_and(|digits| digits <= 15)
    {
        // Of a part of the values nobody knows the longest fraction.
        let scale = match values.is_whole {
            true => fractions.max(2),
            false => fractions.max(4),
        };
        let name = format!("\"decimal({DIGITS},{scale})\"");
        let fits = values.count(|text| parse_decimal(text, DIGITS, scale as u8, mark).is_ok());
        Guess::new(Kind::Decimal, name, fits, of)
    } else if reads.clone().any(|text| is_beyond_floats(text, mark)) {
        let reason = "numbers of more digits than a `float` holds; say `decimal(P,S)` if they are to be added up";
        return Answer::Doubt(reason.to_owned());
    } else {
        let fits = values.count(|text| parse_float(text, mark).is_ok());
        Guess::new(Kind::Float, "float", fits, of)
    };
    Answer::Is(match mark {
        DecimalMark::Comma => guess.option("decimal_comma", "true"),
        DecimalMark::Point => guess,
    })
}

/// Whether two such numbers may become one float: those that programs print have 17 digits at most, and whole ones are printed as integers.
fn is_beyond_floats(text: &str, mark: DecimalMark) -> bool {
    let digits = text.split(['e', 'E']).next().unwrap_or(text);
    let digits = digits.trim_start_matches(|c: char| !c.is_ascii_digit() || c == '0');
    let significant = digits.bytes().filter(u8::is_ascii_digit).count();
    let is_whole = fraction(text, mark) == 0 && !text.contains(['e', 'E']);
    significant > if is_whole { 15 } else { 17 }
}

/// Digits after the decimal mark.
fn fraction(text: &str, mark: DecimalMark) -> usize {
    let mark = match mark {
        DecimalMark::Comma => ',',
        DecimalMark::Point => '.',
    };
    let behind = text.rsplit_once(mark).map(|(_, behind)| behind);
    behind.map_or(0, |behind| {
        behind.bytes().take_while(u8::is_ascii_digit).count()
    })
}

fn symbol(text: &str) -> Option<char> {
    text.chars()
        .find(|c| !c.is_alphanumeric() && !c.is_ascii() && !c.is_whitespace() || *c == '$')
}

fn currencies(values: &Values<'_>) -> usize {
    let mut symbols: Vec<char> = values
        .texts
        .iter()
        .filter_map(|text| symbol(text))
        .collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols.len()
}

/// Whether a column can only be read with a decimal comma.
pub(crate) fn has_decimal_comma(values: &Values<'_>) -> bool {
    let of = values.texts.len();
    let count = |mark| values.count(|text| is_number(text, mark));
    of > 0 && count(DecimalMark::Comma) == of && count(DecimalMark::Point) < of
}
