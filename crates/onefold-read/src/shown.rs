//! Values as everybody may see them: messages end up in terminals, logs and tickets, and what a record says of a person stays out of them.
//! The table of rejects has each value as it is, for those who may read the data.

use std::borrow::Cow;

/// Codes of errors whose values say who or where a person is.
const PERSONAL: [&str; 6] = [
    "invalid_address",
    "invalid_company",
    "invalid_email",
    "invalid_ip",
    "invalid_name",
    "invalid_phone",
];

/// The value of an error with a code: of what is personal the shape alone.
pub fn shown_value<'a>(code: &str, value: &'a str) -> Cow<'a, str> {
    match PERSONAL.contains(&code) {
        true => shape(value).into(),
        false => shown_text(value),
    }
}

/// A text: of its words that may be an e-mail address the shape alone.
pub fn shown_text(text: &str) -> Cow<'_, str> {
    if !text.contains(['@', '\u{ff20}']) {
        return text.into();
    }
    let words = text.split_inclusive(char::is_whitespace);
    let words = words.map(|word| match word.contains(['@', '\u{ff20}']) {
        true => shape(word).into(),
        false => Cow::Borrowed(word),
    });
    words.collect::<String>().into()
}

/// How a text is written: `x` for each letter and `9` for each digit.
fn shape(text: &str) -> String {
    let sign = |sign: char| match sign {
        sign if sign.is_alphabetic() => 'x',
        sign if sign.is_numeric() => '9',
        sign => sign,
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_values_are_shown_by_their_shape() {
        for (code, value, shown) in [
            (
                "invalid_email",
                "ann.lee(at)example.org",
                "xxx.xxx(xx)xxxxxxx.xxx",
            ),
            ("invalid_phone", "+1 555-12\u{663}", "+9 999-999"),
            ("invalid_name", "\u{e9}-4", "x-9"),
            ("invalid_date", "31/31/2024", "31/31/2024"),
            ("invalid_date", "ann@example.org", "xxx@xxxxxxx.xxx"),
            ("invalid_integer", "n/a", "n/a"),
            (
                "not_allowed",
                "Ann <ann@example.org> gold",
                "Ann <xxx@xxxxxxx.xxx> gold",
            ),
            (
                "not_allowed",
                "ann\u{ff20}example.org\tx",
                "xxx\u{ff20}xxxxxxx.xxx\tx",
            ),
            ("invalid_email", "", ""),
        ] {
            assert_eq!(shown_value(code, value), shown, "{code}");
        }
    }
}
