//! Which characters of delimited text separate, enclose and escape, and what one record says under these rules.

use crate::lines::{after_break, line_end};

/// The characters with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub(crate) delimiter: u8,
    /// Spaces after a delimiter do not belong to the field.
    pub(crate) spaces: bool,
    /// `None`: nothing encloses fields.
    pub(crate) quote: Option<u8>,
    /// Makes a delimiter, quote, line end or itself plain; never the quote.
    pub(crate) escape: Option<u8>,
    /// Begins lines that are not read.
    pub(crate) comment: Option<u8>,
    /// A line without a character is a record.
    pub(crate) blank_records: bool,
    /// The text is that of a sheet ([`crate::workbook`]): `\n` and `\r` in a field are line breaks.
    pub(crate) is_sheet: bool,
}

/// A field of a record that is looked at, not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) is_quoted: bool,
    /// A quoted field with a quote inside that neither ends it nor is doubled.
    pub(super) is_stray: bool,
    /// Where it begins.
    pub(super) at: usize,
}

/// A record that is looked at, not read.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) start: usize,
    /// Start of what follows.
    pub(super) next: usize,
    pub(super) fields: Vec<Field>,
}

impl Row {
    pub(super) fn width(&self) -> usize {
        self.fields.len()
    }

    /// Fields that hold more than white space.
    pub(super) fn filled(&self) -> usize {
        let filled = self.fields.iter().filter(|f| !f.text.trim().is_empty());
        filled.count()
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.fields.iter().map(|f| f.text.clone()).collect()
    }
}

/// A quoted field: where its content ends, where what follows starts, and whether it needs rewriting.
pub(super) struct Quoted {
    pub(super) end: usize,
    pub(super) next: usize,
    pub(super) is_escaped: bool,
    /// A quote that neither ends the field nor is doubled.
    pub(super) is_stray: bool,
}

impl Syntax {
    /// Commas and double quotes.
    #[cfg(test)]
    pub(super) fn standard() -> Self {
        Self {
            delimiter: b',',
            spaces: false,
            quote: Some(b'"'),
            escape: None,
            comment: None,
            blank_records: false,
            is_sheet: false,
        }
    }

    /// Of the text of a sheet.
    pub(super) fn of_sheet(blank_records: bool) -> Self {
        Self {
            delimiter: b',',
            spaces: false,
            quote: Some(b'"'),
            escape: Some(b'\\'),
            comment: None,
            blank_records,
            is_sheet: true,
        }
    }

    /// The four bytes at which a field may end or be enclosed.
    pub(super) fn stops(&self) -> [u8; 4] {
        let quote = self.quote.unwrap_or(self.delimiter);
        [self.delimiter, b'\n', b'\r', quote]
    }

    #[inline]
    pub(super) fn is_quote(&self, byte: Option<&u8>) -> bool {
        self.quote.is_some() && byte.copied() == self.quote
    }

    /// Where a field begins that follows a delimiter.
    #[inline]
    pub(super) fn field_start(&self, text: &[u8], mut at: usize) -> usize {
        while self.spaces && text.get(at) == Some(&b' ') {
            at += 1;
        }
        at
    }

    /// Whether the byte at `at` is made plain by an escape; nothing before `from` counts.
    #[inline]
    fn is_escaped(&self, text: &[u8], from: usize, at: usize) -> bool {
        let Some(escape) = self.escape else {
            return false;
        };
        let before = text[from..at].iter().rev();
        before.take_while(|b| **b == escape).count() % 2 == 1
    }

    /// Whether an escape makes a delimiter or line break plain that stands in the field at `from`; of a break of two bytes that is both.
    #[cold]
    pub(super) fn is_plain(&self, text: &[u8], from: usize, at: usize) -> bool {
        let is_second = at > from && text[at] == b'\n' && text[at - 1] == b'\r';
        self.is_escaped(text, from, at - usize::from(is_second))
    }

    /// Reads the quoted field whose content starts at `start`; `None` where it is never closed.
    pub(super) fn quoted(&self, text: &[u8], start: usize) -> Option<Quoted> {
        let quote = self.quote?;
        let mut at = start;
        let (mut is_escaped, mut is_stray) = (self.escape.is_some(), false);
        loop {
            let found = at + memchr::memchr(quote, &text[at..])?;
            at = found + 1;
            if self.is_escaped(text, start, found) {
                continue;
            }
            match text.get(at) {
                Some(b) if *b == quote => {
                    is_escaped = true;
                    at += 1;
                }
                Some(b) if *b != self.delimiter && !matches!(b, b'\n' | b'\r') => is_stray = true,
                _ => {
                    return Some(Quoted {
                        end: found,
                        next: at,
                        is_escaped,
                        is_stray,
                    });
                }
            }
        }
    }

    /// Appends the value of a field's text: doubled quotes of a quoted one made single, escapes taken away.
    pub(super) fn unescape(&self, text: &str, is_quoted: bool, out: &mut String) {
        let bytes = text.as_bytes();
        let quote = self.quote.filter(|_| is_quoted);
        let mut from = 0;
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let next = bytes.get(at + 1);
            let line_break = match next {
                Some(b'n') => Some('\n'),
                Some(b'r') => Some('\r'),
                _ => None,
            };
            if let Some(character) = line_break
                && self.is_sheet
                && Some(*byte) == self.escape
            {
                out.push_str(text.get(from..at).unwrap_or_default());
                out.push(character);
                at += 2;
                from = at;
                continue;
            }
            let drops = match next {
                Some(next) if Some(*byte) == self.escape => {
                    *next == self.delimiter
                        || Some(*next) == self.quote
                        || Some(*next) == self.escape
                        || matches!(next, b'\n' | b'\r')
                }
                Some(next) => Some(*byte) == quote && next == byte,
                None => false,
            };
            if drops {
                // The byte is ASCII, so that both sides of it are text.
                out.push_str(text.get(from..at).unwrap_or_default());
                from = at + 1;
                at += 1;
            }
            at += 1;
        }
        out.push_str(text.get(from..).unwrap_or_default());
    }

    /// Where the next record starts: blank lines and comments are passed over.
    pub(super) fn skip_nothing(&self, text: &[u8], mut at: usize) -> usize {
        loop {
            match text.get(at) {
                Some(b'\n' | b'\r') if !self.blank_records => at += 1,
                Some(b) if Some(*b) == self.comment => at = line_end(text, at).1,
                _ => return at,
            }
        }
    }

    /// The record at `at`; `None` at the end of the text.
    pub(super) fn row(&self, text: &[u8], at: usize) -> Option<Row> {
        self.row_with(text, at, None)
    }

    /// The record at `at`, where the field that begins at `unquoted` is not quoted, whatever it begins with.
    pub(super) fn row_with(&self, text: &[u8], at: usize, unquoted: Option<usize>) -> Option<Row> {
        if at >= text.len() {
            return None;
        }
        let start = at;
        let mut at = at;
        let mut fields = Vec::new();
        loop {
            let quoted = match self.is_quote(text.get(at)) && unquoted != Some(at) {
                true => self.quoted(text, at + 1),
                false => None,
            };
            let next = match &quoted {
                Some(q) => q.next,
                None => self.plain_end(text, at),
            };
            let content = match &quoted {
                Some(q) => &text[at + 1..q.end],
                None => &text[at..next],
            };
            let mut value = String::new();
            self.unescape(
                &String::from_utf8_lossy(content),
                quoted.is_some(),
                &mut value,
            );
            if self.is_sheet && value.contains(['\n', '\r']) {
                // A name is one line.
                value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            fields.push(Field {
                text: value,
                is_quoted: quoted.is_some(),
                is_stray: quoted.is_some_and(|q| q.is_stray),
                at,
            });
            match text.get(next) {
                Some(b) if *b == self.delimiter => at = self.field_start(text, next + 1),
                stop => {
                    let next = match stop {
                        Some(_) => after_break(text, next),
                        None => text.len(),
                    };
                    return Some(Row {
                        start,
                        next,
                        fields,
                    });
                }
            }
        }
    }

    /// The end of the field at `from`, which is not quoted.
    fn plain_end(&self, text: &[u8], from: usize) -> usize {
        let mut at = from;
        loop {
            match memchr::memchr3(self.delimiter, b'\n', b'\r', &text[at..]) {
                None => return text.len(),
                Some(i) if self.is_plain(text, from, at + i) => at += i + 1,
                Some(i) => return at + i,
            }
        }
    }

    /// Up to `most` records from `start`; one that the end of the head may have cut off is left out, unless the head is the whole file.
    pub(super) fn sample(
        &self,
        head: &[u8],
        start: usize,
        most: usize,
        is_whole: bool,
    ) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut at = self.skip_nothing(head, start);
        while rows.len() < most
            && let Some(row) = self.row(head, at)
        {
            at = self.skip_nothing(head, row.next);
            rows.push(row);
        }
        if !is_whole && rows.len() > 1 && rows.last().is_some_and(|row| row.next == head.len()) {
            rows.pop();
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str, syntax: Syntax) -> Vec<String> {
        syntax.row(text.as_bytes(), 0).expect("a record").texts()
    }

    #[test]
    fn escapes_make_plain_what_has_a_meaning_and_nothing_else() {
        let syntax = Syntax {
            escape: Some(b'\\'),
            ..Syntax::standard()
        };
        for (text, expected) in [
            (r#"a\,b,c"#, vec!["a,b", "c"]),
            (r#""a \"b\"",c"#, vec![r#"a "b""#, "c"]),
            (r#""a \\",c"#, vec![r"a \", "c"]),
            (r#""C:\dir",x\y"#, vec![r"C:\dir", r"x\y"]),
            (r#""a ""b""",c"#, vec![r#"a "b""#, "c"]),
            ("a\\\nb,c", vec!["a\nb", "c"]),
        ] {
            assert_eq!(fields(text, syntax), expected, "{text:?}");
        }
    }

    #[test]
    fn spaces_after_a_delimiter_can_belong_to_it() {
        let syntax = Syntax {
            spaces: true,
            ..Syntax::standard()
        };
        assert_eq!(
            fields(r#" 1, "x, y",  3 , "#, syntax),
            [" 1", "x, y", "3 ", ""]
        );
    }

    #[test]
    fn without_a_quote_every_character_stands_for_itself() {
        let syntax = Syntax {
            quote: None,
            ..Syntax::standard()
        };
        assert_eq!(fields(r#""a,b",c"#, syntax), [r#""a"#, r#"b""#, "c"]);
    }
}
