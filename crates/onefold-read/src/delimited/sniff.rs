//! Finds the syntax of a file that declares none: the syntax under which its first records look most like a table.
//!
//! Method: the consistency measure of G. van den Burg, A. Nazábal and C. Sutton, "Wrangling messy CSV files by detecting row and type
//! patterns" (2019), with plainer types: records of equal width count for a delimiter, cells that hold other delimiters against it.

use onefold_spec::model::{self, BlankLines, Quote};

use super::syntax::{Field, Row, Syntax};

/// Delimiters that are looked for, the likelier first.
const DELIMITERS: [u8; 4] = *b",\t;|";

/// Records that are looked at.
const SAMPLE: usize = 100;

/// How a file is written, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sniffed {
    pub(crate) syntax: Syntax,
    /// Whether the pipeline, or a `sep=` line, names the delimiter.
    pub(crate) is_declared: bool,
    /// Records of the sample that have the commonest width, and all of them.
    pub(crate) agree: (usize, usize),
}

/// Finds what `declared` leaves open; `said` is the delimiter of a `sep=` line. Records begin at `start`.
pub(super) fn syntax(
    head: &[u8],
    start: usize,
    is_whole: bool,
    declared: &model::Dialect,
    said: Option<u8>,
) -> Sniffed {
    let given = declared.delimiter.map(|d| d.byte).or(said);
    let quote = match declared.quote {
        Some(Quote::None) => None,
        Some(Quote::Character(byte)) => Some(byte),
        None => Some(b'"'),
    };
    let base = Syntax {
        delimiter: b',',
        spaces: declared.delimiter.is_some_and(|d| d.spaces),
        quote,
        escape: declared.escape.filter(|escape| Some(*escape) != quote),
        comment: declared.comment,
        blank_records: declared.blank_lines == BlankLines::Record,
        is_sheet: false,
    };
    let sample = |syntax: &Syntax| syntax.sample(head, start, SAMPLE, is_whole);
    let score = |syntax: &Syntax| looks(&sample(syntax));
    let mut syntax = match given {
        Some(delimiter) => Syntax { delimiter, ..base },
        None => delimited(base, &sample),
    };
    if declared.quote.is_none() && encloses(&syntax, b'\'', &sample) {
        let other = Syntax {
            quote: Some(b'\''),
            ..syntax
        };
        let other = match given {
            Some(_) => other,
            None => delimited(other, &sample),
        };
        if score(&other) >= score(&syntax) {
            syntax = other;
        }
    }
    if declared.escape.is_none() && syntax.quote.is_some() {
        let other = Syntax {
            escape: Some(b'\\'),
            ..syntax
        };
        if escapes_quotes(&syntax, head, &sample(&other)) && score(&other) >= score(&syntax) {
            syntax = other;
        }
    }
    if declared.delimiter.is_none() && has_spaces(&sample(&syntax)) {
        syntax.spaces = true;
    }
    Sniffed {
        syntax,
        is_declared: given.is_some(),
        agree: agreement(&sample(&syntax)),
    }
}

/// The syntax of the text of a sheet.
pub(super) fn of_sheet(declared: &model::Dialect) -> Sniffed {
    Sniffed {
        syntax: Syntax::of_sheet(declared.blank_lines == BlankLines::Record),
        is_declared: true,
        agree: (0, 0),
    }
}

/// `base` with the delimiter under which the records look most like a table; a comma where nothing speaks.
fn delimited(base: Syntax, sample: &impl Fn(&Syntax) -> Vec<Row>) -> Syntax {
    let mut best = (0.0, base);
    for delimiter in DELIMITERS {
        let syntax = Syntax { delimiter, ..base };
        let score = looks(&sample(&syntax));
        if score > best.0 {
            best = (score, syntax);
        }
    }
    let spaced = Syntax {
        delimiter: b' ',
        ..base
    };
    match best.0 == 0.0 && is_table(&sample(&spaced)) {
        true => spaced,
        false => best.1,
    }
}

/// How much records look like a table: the more agree on a width, the more of their cells are of one piece.
fn looks(rows: &[Row]) -> f64 {
    let mut widths: Vec<(usize, usize)> = Vec::new();
    for row in rows {
        match widths.iter_mut().find(|(width, _)| *width == row.width()) {
            Some((_, rows)) => *rows += 1,
            None => widths.push((row.width(), 1)),
        }
    }
    let agreeing = widths.iter().map(|(width, rows)| {
        let width = *width as f64;
        *rows as f64 * (width - 1.0) / width
    });
    let agreeing = agreeing.sum::<f64>() / widths.len().max(1) as f64;
    let cells: usize = rows.iter().map(Row::width).sum();
    let sound = rows.iter().flat_map(|row| &row.fields);
    let sound = sound.filter(|field| is_sound(field)).count();
    agreeing * sound as f64 / cells.max(1) as f64
}

/// Whether a cell is of one piece: it holds no delimiter, or as a number or an address does.
fn is_sound(field: &Field) -> bool {
    let text = field.text.trim();
    let is_mark = |b: u8| DELIMITERS.contains(&b) || b == b'"';
    if field.is_quoted {
        return !field.is_stray;
    }
    !text.bytes().any(is_mark)
        || text.starts_with("http://")
        || text.starts_with("https://")
        || text
            .bytes()
            .all(|b| b.is_ascii_digit() || b",. -+%()".contains(&b))
}

/// Whether records cut at spaces are a table beyond doubt: words of a text are not.
fn is_table(rows: &[Row]) -> bool {
    let width = rows.first().map_or(0, Row::width);
    let typed = (0..width).filter(|column| super::layout::is_typed_column(&rows[1..], *column));
    rows.len() >= 4
        && width >= 3
        && rows.iter().all(|row| row.width() == width)
        && typed.count() >= 2
}

/// Whether a character encloses fields of several records, and double quotes none.
fn encloses(syntax: &Syntax, quote: u8, sample: &impl Fn(&Syntax) -> Vec<Row>) -> bool {
    let rows = |quote: u8| {
        let rows = sample(&Syntax {
            quote: Some(quote),
            ..*syntax
        });
        let is_quoted = |row: &&Row| row.fields.iter().any(|field| field.is_quoted);
        rows.iter().filter(is_quoted).count()
    };
    rows(quote) >= 2 && rows(b'"') == 0
}

/// Whether quotes inside quoted fields stand behind backslashes, at least once where they cannot be anything else, and none is doubled.
fn escapes_quotes(syntax: &Syntax, head: &[u8], escaped: &[Row]) -> bool {
    let Some(quote) = syntax.quote else {
        return false;
    };
    let (mut clear, mut doubled) = (false, false);
    for row in escaped {
        let text = &head[row.start..row.next];
        for at in memchr::memchr_iter(quote, text) {
            let before = at.checked_sub(1).and_then(|i| text.get(i));
            let next = text.get(at + 1);
            let ends =
                matches!(next, None | Some(b'\n' | b'\r')) || next == Some(&syntax.delimiter);
            match before {
                Some(b'\\') => clear |= !ends && next != Some(&quote),
                Some(b) if *b != syntax.delimiter && !matches!(b, b'\n' | b'\r') => {
                    doubled |= next == Some(&quote);
                }
                _ => {}
            }
        }
    }
    clear && !doubled
}

/// Whether a space follows every delimiter.
fn has_spaces(rows: &[Row]) -> bool {
    let later = |row: &Row| {
        let fields = row.fields.iter().skip(1);
        fields
            .filter(|field| !field.text.is_empty() || field.is_quoted)
            .map(|field| !field.is_quoted && field.text.starts_with(' '))
            .collect::<Vec<bool>>()
    };
    let found: Vec<bool> = rows.iter().flat_map(later).collect();
    found.len() >= 2 && found.iter().all(|spaced| *spaced)
}

/// Records of the commonest width, and all.
fn agreement(rows: &[Row]) -> (usize, usize) {
    let width = super::layout::commonest_width(rows);
    let agree = rows.iter().filter(|row| row.width() == width).count();
    (agree, rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(text: &str) -> Syntax {
        syntax(text.as_bytes(), 0, true, &model::Dialect::default(), None).syntax
    }

    #[test]
    fn the_delimiter_is_the_one_under_which_records_are_a_table() {
        for (text, expected) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a\tb\n1,5\t2\n", b'\t'),
            ("a;b\n1,5;2,5\n3,5;4,5\n", b';'),
            ("a|b\n1|2\n", b'|'),
            ("a\n1\n", b','),
            ("a,\"x;y\"\n1,\"p;q\"\n", b','),
            // In ragged records, a comma within text proves nothing.
            ("1;a,b;2\n2;c,d\n3;e,f;4\n", b';'),
            ("id,notes\n1,a;b;c\n2,d;e\n", b','),
            ("x y z\n1 2 a\n3 4 b\n5 6 c\n", b' '),
            // Prose is not a table.
            ("full name\nAnna Ek\nBo Al\nCy Or\n", b','),
            (
                "where it is now\n12 Main St X\n9 High St Y\n7 Low St Z\n",
                b',',
            ),
            ("Report\n\na;b\n1;2\n3;4\n", b';'),
        ] {
            assert_eq!(
                sniffed(text).delimiter as char,
                expected as char,
                "{text:?}"
            );
        }
    }

    #[test]
    fn quotes_and_escapes_are_those_that_the_records_show() {
        for (text, quote, escape) in [
            ("a,b\n'x, y',1\n'z, w',2\n", b'\'', None),
            ("a,b\n'x, y',1\n\"z, w\",2\n", b'"', None),
            // An apostrophe at the start of one name is not a quote.
            ("a,b\n's-Gravenhage,1\n'tis,2\n", b'"', None),
            ("a,b\n\"x \\\"y\\\" z\",1\n", b'"', Some(b'\\')),
            // Doubled quotes beside a backslash: the backslash is a character.
            ("a,b\n\"8\\'9\"\" rod\",1\n\"10\"\" x\",2\n", b'"', None),
            ("a,b\n\"C:\\dir\\\",1\n\"D:\\\",2\n", b'"', None),
        ] {
            let found = sniffed(text);
            assert_eq!(
                (found.quote, found.escape),
                (Some(quote), escape),
                "{text:?}"
            );
        }
    }

    #[test]
    fn spaces_belong_to_the_delimiter_where_every_one_has_them() {
        for (text, expected) in [
            ("a, b, c\n1, \"x, y\", 3\n", true),
            ("a,b,c\n1, x,3\n", false),
            ("a,b\n1,2\n", false),
            ("a, b\n", false),
        ] {
            assert_eq!(sniffed(text).spaces, expected, "{text:?}");
        }
    }
}
