//! Texts as fields of a line.

use std::borrow::Cow;

pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let is_special = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b'\\');
    if !text.bytes().any(is_special) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\\' => escaped.push_str("\\\\"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

pub(super) fn unescape(text: &str) -> Result<Cow<'_, str>, &'static str> {
    if !text.contains('\\') {
        return Ok(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match (c, c == '\\') {
            (c, false) => c,
            (_, true) => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('\\') => '\\',
                _ => {
                    return Err(
                        "a backslash stands before something else than `t`, `n`, `r` or `\\`",
                    );
                }
            },
        });
    }
    Ok(Cow::Owned(plain))
}
