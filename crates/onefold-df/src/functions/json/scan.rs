//! A value at a path of a JSON text, found in one pass that checks the whole text by RFC 8259 and builds nothing.

use std::fmt;
use std::ops::Range;

/// A step into a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// Into the value of this key of an object.
    Key(&'a str),
    /// Into the element at this place of an array, from 0; below zero from its end.
    Place(i64),
}

/// Why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotJson {
    expected: &'static str,
    at: usize,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not JSON: expected {} at byte {}",
            self.expected, self.at
        )
    }
}

/// The text of the value at `path`, `null` too; of a repeated key the last counts, as a whole.
///
/// # Errors
/// The text is not JSON, wherever in it that is.
pub(super) fn find<'t>(text: &'t str, path: &[Step<'_>]) -> Result<Option<&'t str>, NotJson> {
    let mut scanner = Scanner {
        text: text.as_bytes(),
        at: 0,
        open: Vec::new(),
    };
    scanner.space();
    let found = scanner.find(path)?;
    scanner.space();
    match scanner.at == text.len() {
        true => Ok(found.and_then(|range| text.get(range))),
        false => scanner.wrong("the end of the text"),
    }
}

/// How many elements an array or keys an object has, a repeated key once; `None`: the value, which is JSON, is neither.
pub(super) fn length(value: &str) -> Option<usize> {
    let mut scanner = Scanner {
        text: value.as_bytes(),
        at: 0,
        open: Vec::new(),
    };
    match scanner.peek() {
        Some(b'[') => {
            let mut count = 0;
            let each = |scanner: &mut Scanner<'_>| {
                count += 1;
                scanner.value()
            };
            scanner.elements(each).ok()?;
            Some(count)
        }
        Some(b'{') => {
            let mut keys = Vec::new();
            let each = |scanner: &mut Scanner<'_>, key: &str| {
                keys.push(unescaped(key).unwrap_or_else(|| key.to_owned()));
                scanner.value()
            };
            scanner.entries(each).ok()?;
            keys.sort_unstable();
            keys.dedup();
            Some(keys.len())
        }
        _ => None,
    }
}

/// The value of a JSON string without its quotes; `None`: it has half of a surrogate pair, which is no character.
pub(super) fn unescaped(content: &str) -> Option<String> {
    let mut out = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (character, length) = escaped(after)?;
                out.push(character);
                rest = after.get(length..).unwrap_or_default();
                continue;
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Some(out)
}

/// The character of an escape that starts with its `u`, and the bytes that it takes.
fn escaped(text: &str) -> Option<(char, usize)> {
    let unit = |from: usize| {
        let digits = text.get(from..from + 4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    match unit(1)? {
        high @ 0xd800..0xdc00 => match unit(7)? {
            low @ 0xdc00..0xe000 if text.get(5..7) == Some("\\u") => {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                Some((char::from_u32(code)?, 11))
            }
            _ => None,
        },
        code => Some((char::from_u32(code)?, 5)),
    }
}

type Scanned<T> = Result<T, NotJson>;

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// What closes the arrays and objects that are open, the innermost last.
    open: Vec<u8>,
}

impl<'t> Scanner<'t> {
    fn wrong<T>(&self, expected: &'static str) -> Scanned<T> {
        Err(NotJson {
            expected,
            at: self.at,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes over the value that starts here; where in it the path leads. Goes as deep as the path does, no deeper.
    fn find(&mut self, path: &[Step<'_>]) -> Scanned<Option<Range<usize>>> {
        let start = self.at;
        let Some((step, rest)) = path.split_first() else {
            self.value()?;
            return Ok(Some(start..self.at));
        };
        let mut found = None;
        match (step, self.peek()) {
            (Step::Key(wanted), Some(b'{')) => self.entries(|scanner, key| {
                let is_wanted = match key.contains('\\') {
                    true => unescaped(key).as_deref() == Some(*wanted),
                    false => key == *wanted,
                };
                match is_wanted {
                    true => found = scanner.find(rest)?,
                    false => scanner.value()?,
                }
                Ok(())
            })?,
            (Step::Place(place), Some(b'[')) => {
                let Some(place) = self.place(*place)? else {
                    self.value()?;
                    return Ok(None);
                };
                let mut number = 0;
                self.elements(|scanner| {
                    match number == place {
                        true => found = scanner.find(rest)?,
                        false => scanner.value()?,
                    }
                    number += 1;
                    Ok(())
                })?;
            }
            _ => self.value()?,
        }
        Ok(found)
    }

    /// A place in the array that starts here, from 0; `None`: before its first.
    fn place(&mut self, place: i64) -> Scanned<Option<usize>> {
        if place >= 0 {
            return Ok(usize::try_from(place).ok());
        }
        let start = self.at;
        let mut count = 0_i64;
        self.elements(|scanner| {
            count += 1;
            scanner.value()
        })?;
        self.at = start;
        Ok(usize::try_from(count.saturating_add(place)).ok())
    }

    /// Passes over an array, the scanner on its bracket; `each` passes over an element.
    fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Scanned<()>) -> Scanned<()> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            each(self)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.wrong("`,` or `]`"),
            }
        }
    }

    /// Passes over an object, the scanner on its brace; `each` gets a key as it is written, and passes over its value.
    fn entries(&mut self, mut each: impl FnMut(&mut Self, &str) -> Scanned<()>) -> Scanned<()> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            let key = self.key()?;
            let key = std::str::from_utf8(self.text.get(key).unwrap_or_default());
            self.space();
            each(self, key.unwrap_or_default())?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.wrong("`,` or `}`"),
            }
        }
    }

    /// Passes over any value, however deep: what is open is kept in a list, not on the stack.
    fn value(&mut self) -> Scanned<()> {
        let outside = self.open.len();
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => _ = self.string()?,
                Some(opening @ (b'{' | b'[')) => {
                    let close = if opening == b'{' { b'}' } else { b']' };
                    self.at += 1;
                    self.space();
                    if self.peek() == Some(close) {
                        self.at += 1;
                    } else {
                        self.open.push(close);
                        if close == b'}' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                _ => self.scalar()?,
            }
            loop {
                if self.open.len() == outside {
                    return Ok(());
                }
                let close = self.open.last().copied();
                self.space();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if close == Some(b'}') {
                            self.space();
                            self.key()?;
                        }
                        break;
                    }
                    byte if byte == close => {
                        self.at += 1;
                        self.open.pop();
                    }
                    _ if close == Some(b'}') => return self.wrong("`,` or `}`"),
                    _ => return self.wrong("`,` or `]`"),
                }
            }
        }
    }

    /// A key and its colon; where the key stands, without its quotes.
    fn key(&mut self) -> Scanned<Range<usize>> {
        let key = self.string()?;
        self.space();
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                Ok(key)
            }
            _ => self.wrong("`:`"),
        }
    }

    /// A string; where it stands, without its quotes.
    fn string(&mut self) -> Scanned<Range<usize>> {
        if self.peek() != Some(b'"') {
            return self.wrong("a string");
        }
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(start..self.at - 1);
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {}
                        Some(b'u') => {
                            for _ in 0..4 {
                                self.at += 1;
                                if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                                    return self.wrong("four hexadecimal digits");
                                }
                            }
                        }
                        _ => return self.wrong("a known escape"),
                    }
                    self.at += 1;
                }
                Some(0..0x20) => return self.wrong("no control character in a string"),
                Some(_) => self.at += 1,
                None => return self.wrong("the end of the string"),
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Scanned<()> {
        if let Some(b'-' | b'0'..=b'9') = self.peek() {
            return self.number();
        }
        let here = self.text.get(self.at..).unwrap_or_default();
        let words: [&[u8]; 3] = [b"true", b"false", b"null"];
        match words.iter().find(|word| here.starts_with(word)) {
            Some(word) => {
                self.at += word.len();
                Ok(())
            }
            None => self.wrong("a value"),
        }
    }

    fn number(&mut self) -> Scanned<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Scanned<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => self.wrong("a digit"),
        }
    }
}

#[cfg(test)]
mod tests;
