//! A cursor over JSON text that checks the grammar of RFC 8259 and builds nothing.

use crate::simd;

/// What is wrong and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) expected: &'static str,
    /// The text ended before the value did: more text could make it right.
    pub(super) ended: bool,
}

pub(super) type Scanned<T> = Result<T, Wrong>;

/// A string's content, between its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct StringSpan {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) escaped: bool,
}

/// White space as JSON defines it, which excludes the form feed.
#[inline]
pub(super) fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// A text without white space at its end.
pub(super) fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !is_space(byte));
    &text[..end.map_or(0, |last| last + 1)]
}

#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn wrong<T>(&self, expected: &'static str) -> Scanned<T> {
        Err(Wrong {
            at: self.at,
            expected,
            ended: self.at >= self.text.len(),
        })
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    pub(super) fn eat(&mut self, byte: u8, expected: &'static str) -> Scanned<()> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            self.wrong(expected)
        }
    }

    /// A string, the cursor standing on its first quote.
    #[inline]
    pub(super) fn string(&mut self) -> Scanned<StringSpan> {
        self.eat(b'"', "a string")?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = simd::string_stop(self.text, self.at);
            match self.peek() {
                Some(b'"') => {
                    let end = self.at;
                    self.at += 1;
                    return Ok(StringSpan {
                        start,
                        end,
                        escaped,
                    });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                Some(_) => return self.wrong("no control character in a string"),
                None => return self.wrong("the end of the string"),
            }
        }
    }

    /// What is left of a string, its closing quote with it. Where the text ends first, the cursor stands where more text goes on.
    pub(super) fn rest_of_string(&mut self) -> Scanned<()> {
        loop {
            self.at = simd::string_stop(self.text, self.at);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let escape = self.at;
                    self.at += 1;
                    if let Err(wrong) = self.escape() {
                        self.at = escape;
                        return Err(wrong);
                    }
                }
                Some(_) => return self.wrong("no control character in a string"),
                None => return self.wrong("the end of the string"),
            }
        }
    }

    fn escape(&mut self) -> Scanned<()> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|b| b.is_ascii_hexdigit()) {
                        return self.wrong("four hexadecimal digits");
                    }
                    self.at += 1;
                }
                Ok(())
            }
            _ => self.wrong("a known escape"),
        }
    }

    #[inline]
    fn digits(&mut self) -> Scanned<()> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            self.wrong("a digit")
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Scanned<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
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
        match self.peek() {
            // At the end of the text the number may go on in the next chunk.
            Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') | None => Ok(()),
            _ => self.wrong("the end of the number"),
        }
    }

    fn word(&mut self, word: &'static [u8]) -> Scanned<()> {
        let here = &self.text[self.at..];
        if here.starts_with(word) {
            self.at += word.len();
            Ok(())
        } else if word.starts_with(here) {
            self.at = self.text.len();
            self.wrong("a value")
        } else {
            self.wrong("a value")
        }
    }

    /// A number, `true`, `false` or `null`.
    #[inline]
    pub(super) fn scalar(&mut self) -> Scanned<()> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.wrong("a value"),
        }
    }

    /// Any value, however deep.
    pub(super) fn value(&mut self) -> Scanned<()> {
        self.value_in(&mut Vec::new())
    }

    /// Any value, however deep: the nesting is kept in `open`, not on the stack.
    fn value_in(&mut self, open: &mut Vec<u8>) -> Scanned<()> {
        open.clear();
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'{') => {
                    self.at += 1;
                    self.space();
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                    } else {
                        open.push(b'}');
                        self.key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.space();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                    } else {
                        open.push(b']');
                        continue;
                    }
                }
                _ => self.scalar()?,
            }
            loop {
                let Some(close) = open.last().copied() else {
                    return Ok(());
                };
                self.space();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if close == b'}' {
                            self.space();
                            self.key()?;
                        }
                        break;
                    }
                    Some(b) if b == close => {
                        self.at += 1;
                        open.pop();
                    }
                    _ => {
                        return self.wrong(if close == b'}' {
                            "`,` or `}`"
                        } else {
                            "`,` or `]`"
                        });
                    }
                }
            }
        }
    }

    /// A key and its colon.
    fn key(&mut self) -> Scanned<()> {
        self.string()?;
        self.space();
        self.eat(b':', "`:`")
    }
}

/// Whether a text is one JSON value, white space around it allowed. `open` is memory to be used again.
pub(crate) fn is_value(text: &str, open: &mut Vec<u8>) -> bool {
    let mut cursor = Cursor::new(text.as_bytes(), 0);
    cursor.value_in(open).is_ok() && {
        cursor.space();
        cursor.at == text.len()
    }
}

/// Appends the value of a string's content; what is wrong where a surrogate stands alone.
pub(super) fn unescape(content: &str, out: &mut String) -> Result<(), &'static str> {
    let bytes = content.as_bytes();
    let mut at = 0;
    while let Some(i) = memchr::memchr(b'\\', &bytes[at..]) {
        out.push_str(content.get(at..at + i).unwrap_or_default());
        at += i + 1;
        let simple = match bytes.get(at) {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = |at: usize| {
                    content
                        .get(at..at + 4)
                        .and_then(|h| u16::from_str_radix(h, 16).ok())
                };
                let first = unit(at + 1).ok_or("a broken escape")?;
                at += 5;
                if (0xdc00..0xe000).contains(&first) {
                    return Err("a lone surrogate");
                }
                if (0xd800..0xdc00).contains(&first) {
                    let second = bytes[at..]
                        .starts_with(b"\\u")
                        .then(|| unit(at + 2))
                        .flatten();
                    let Some(second) = second.filter(|u| (0xdc00..0xe000).contains(u)) else {
                        return Err("a lone surrogate");
                    };
                    let code = 0x10000
                        + ((u32::from(first) - 0xd800) << 10)
                        + (u32::from(second) - 0xdc00);
                    out.push(char::from_u32(code).ok_or("a lone surrogate")?);
                    at += 6;
                } else {
                    out.push(char::from_u32(u32::from(first)).ok_or("a broken escape")?);
                }
                continue;
            }
            Some(b) => *b as char,
            None => return Err("a broken escape"),
        };
        out.push(simple);
        at += 1;
    }
    out.push_str(content.get(at..).unwrap_or_default());
    Ok(())
}
