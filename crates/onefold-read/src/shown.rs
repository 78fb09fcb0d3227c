//! Values as everybody may see them: messages end up in terminals, logs and tickets, and what a record says of a person stays out of them.
//! The table of rejects has each value as it is, for those who may read the data.

use std::borrow::Cow;

/// How an e-mail address has its `@`, also in other scripts and in addresses of the web.
const AT: [&str; 4] = ["@", "\u{fe6b}", "\u{ff20}", "%40"];

/// A value: the shape alone where it is personal.
pub fn shown_value(is_personal: bool, value: &str) -> Cow<'_, str> {
    match is_personal {
        true => shape(value).into(),
        false => shown_text(value),
    }
}

/// A text: the shape alone of its words that may be an e-mail address, or a part of one.
pub fn shown_text(text: &str) -> Cow<'_, str> {
    if !AT.iter().any(|at| text.contains(at)) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    for (place, word) in words.iter().enumerate() {
        let at = |place: usize, edge: fn(&str, &str) -> bool| {
            let word = words.get(place).map_or("", |word| word.trim_end());
            AT.iter().any(|at| edge(word, at))
        };
        // `ann @ example.org`
        let is_part = at(place, |word, at| word.contains(at))
            || at(place + 1, |word, at| word.starts_with(at))
            || place > 0 && at(place - 1, |word, at| word.ends_with(at));
        match is_part {
            true => shown.push_str(&shape(word)),
            false => shown.push_str(word),
        }
    }
    shown.into()
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
        for (is_personal, value, shown) in [
            (true, "ann.lee(at)example.org", "xxx.xxx(xx)xxxxxxx.xxx"),
            (true, "+1 555-12\u{663}", "+9 999-999"),
            (true, "\u{e9}-4", "x-9"),
            (true, "", ""),
            (false, "31/31/2024", "31/31/2024"),
            (false, "n/a", "n/a"),
            (false, "ann@example.org", "xxx@xxxxxxx.xxx"),
            (false, "ann%40example.org", "xxx%99xxxxxxx.xxx"),
            (
                false,
                "Ann <ann@example.org> gold",
                "Ann <xxx@xxxxxxx.xxx> gold",
            ),
            (
                false,
                "to ann\u{ff20}example.org\tx",
                "to xxx\u{ff20}xxxxxxx.xxx\tx",
            ),
            (
                false,
                "to ann @ example.org now",
                "to xxx @ xxxxxxx.xxx now",
            ),
            (false, "to ann @example.org now", "to xxx @xxxxxxx.xxx now"),
            (false, "to ann@ example.org now", "to xxx@ xxxxxxx.xxx now"),
        ] {
            assert_eq!(shown_value(is_personal, value), shown);
        }
    }
}
