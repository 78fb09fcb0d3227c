//! Postcodes: capitals, one blank or hyphen where the country writes one, and every digit as it was typed.
//!
//! Without a region, a blank is put where the form can be of one country only: Britain (`TQ13 8DF`), the Netherlands (`1234 AB`), Canada
//! (`K1A 0B6`), Ireland (`D02 AF30`). All else keeps the blanks and hyphens that it has. With a region, the text must have one of the forms
//! of that country; prefixes for the country (`D-12345`, `CH-8001`) go.
//!
//! Digits are never added: a postcode that lost its leading zero in a spreadsheet has too few of them, and is rejected where the region is
//! known.

use unicode_normalization::UnicodeNormalization;

use crate::invalid::Invalid;
use crate::text::{is_zero_width, trim};

mod forms;

use forms::Forms;

/// A longer text is no postcode.
const LONGEST: usize = 12;

/// How the postcodes of a column are read.
#[derive(Debug, Clone, Copy)]
pub struct PostcodeRules {
    forms: Option<&'static Forms>,
}

impl PostcodeRules {
    /// `region`: ISO 3166-1 alpha-2 code of the country, any case; `None`: of all countries. Of a country whose forms are not known, all
    /// postcodes are taken.
    pub fn new(region: Option<&str>) -> Self {
        Self {
            forms: region.and_then(forms::of),
        }
    }

    /// Appends the postcode to `out`.
    ///
    /// # Errors
    /// [`Invalid::Postcode`]; `out` is then unchanged.
    pub fn standardise(&self, value: &str, out: &mut String) -> Result<(), Invalid> {
        let text = Text::read(trim(value)).ok_or(Invalid::Postcode)?;
        let signs = text.signs();
        match self.forms {
            Some(forms) => {
                let form = forms.of(signs).or_else(|| {
                    let bare = text.without_prefix(forms)?;
                    Some((forms.of(bare)?.0, bare))
                });
                let (form, signs) = form.ok_or(Invalid::Postcode)?;
                form.write(signs, out);
            }
            None => match forms::telling(signs).filter(|_| !text.has_hyphen) {
                Some(form) => form.write(signs, out),
                None => out.push_str(text.written()),
            },
        }
        Ok(())
    }
}

/// A text that may be a postcode.
struct Text {
    /// As it is written, with single blanks and hyphens.
    written: [u8; LONGEST],
    written_len: usize,
    /// Letters and digits alone.
    signs: [u8; LONGEST],
    signs_len: usize,
    has_hyphen: bool,
    /// How many letters stand before the first blank or hyphen.
    first: usize,
}

impl Text {
    /// `None`: a forbidden sign, no digit, too long, or a hyphen at an end.
    fn read(value: &str) -> Option<Self> {
        if value.is_ascii() {
            return Self::read_plain(value.chars());
        }
        let plain = value.nfkc().filter(|c| !is_zero_width(*c));
        Self::read_plain(plain.map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c if c.is_whitespace() => ' ',
            c => c,
        }))
    }

    fn read_plain(text: impl Iterator<Item = char>) -> Option<Self> {
        let mut read = Self {
            written: [0; LONGEST],
            written_len: 0,
            signs: [0; LONGEST],
            signs_len: 0,
            has_hyphen: false,
            first: 0,
        };
        let mut between = None;
        for c in text {
            match c {
                ' ' | '\t' | '\n' | '\r' => between = between.or(Some(b' ')),
                '-' if between == Some(b'-') => return None,
                '-' => between = Some(b'-'),
                'A'..='Z' | 'a'..='z' | '0'..='9' => {
                    match between.take() {
                        Some(b'-') if read.signs_len == 0 => return None,
                        Some(mark) if read.signs_len > 0 => {
                            if read.first == 0 {
                                read.first = read.signs_len;
                            }
                            read.has_hyphen |= mark == b'-';
                            push(&mut read.written, &mut read.written_len, mark)?;
                        }
                        _ => {}
                    }
                    let sign = u8::try_from(c.to_ascii_uppercase()).ok()?;
                    push(&mut read.written, &mut read.written_len, sign)?;
                    push(&mut read.signs, &mut read.signs_len, sign)?;
                }
                _ => return None,
            }
        }
        let is_whole = between != Some(b'-') && read.signs().iter().any(u8::is_ascii_digit);
        is_whole.then_some(read)
    }

    fn signs(&self) -> &[u8] {
        self.signs.get(..self.signs_len).unwrap_or_default()
    }

    fn written(&self) -> &str {
        let written = self.written.get(..self.written_len).unwrap_or_default();
        str::from_utf8(written).unwrap_or_default()
    }

    /// The signs behind the country's prefix.
    fn without_prefix(&self, forms: &Forms) -> Option<&[u8]> {
        let (prefix, rest) = self.signs().split_at_checked(self.first)?;
        (self.has_hyphen && forms.has_prefix(prefix)).then_some(rest)
    }
}

fn push(to: &mut [u8; LONGEST], length: &mut usize, sign: u8) -> Option<()> {
    *to.get_mut(*length)? = sign;
    *length += 1;
    Some(())
}

#[cfg(test)]
mod tests;
