//! What the head of a file tells: delimiter, column names, where the data starts.

use onefold_spec::model::Header;

use super::split::{Fields, line_end};

/// How one file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    /// Column names, made unique: an empty one becomes `column_N`, a repeated one gets `_2`, `_3`, ...
    pub(crate) names: Vec<String>,
    /// The header's fields as written, to recognise it among the records.
    pub(crate) header: Option<Vec<String>>,
    /// Offset of the first record.
    pub(crate) data: usize,
}

const CANDIDATES: [u8; 4] = *b",\t;|";
const SAMPLE_RECORDS: usize = 50;

/// Reads the head of a file; `None` where it holds no record at all and none is declared.
pub(crate) fn sniff(head: &[u8], declared: Option<u8>, header: &Header) -> Option<Dialect> {
    let (start, said) = separator_line(head);
    let delimiter = declared.or(said).unwrap_or_else(|| guess(&head[start..]));
    let first = skip_blank(head, start);
    let (fields, end) = Fields::read(head, first, delimiter)?;
    let (names, header, data) = match header {
        Header::First => (fields.clone(), Some(fields), end),
        Header::None => (vec![String::new(); fields.len()], None, first),
        Header::Names(names) => (names.clone(), None, first),
    };
    Some(Dialect {
        delimiter,
        names: unique(&names),
        header,
        data,
    })
}

/// Excel's `sep=;` line: where the next line starts, and the delimiter.
fn separator_line(head: &[u8]) -> (usize, Option<u8>) {
    match head {
        [
            b's' | b'S',
            b'e' | b'E',
            b'p' | b'P',
            b'=',
            delimiter,
            b'\r' | b'\n',
            ..,
        ] => (line_end(head, 5).1, Some(*delimiter)),
        _ => (0, None),
    }
}

fn skip_blank(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The candidate under which most of the first records have as many fields as the first, more than one; ties go to the earlier
/// candidate, and a comma is assumed where nothing speaks.
fn guess(head: &[u8]) -> u8 {
    let mut best = (0, 0, b',');
    for delimiter in CANDIDATES {
        let mut at = skip_blank(head, 0);
        let mut width = 0;
        let mut agree = 0;
        for record in 0..SAMPLE_RECORDS {
            let Some((fields, end)) = Fields::read(head, at, delimiter) else {
                break;
            };
            if record == 0 {
                width = fields.len();
            }
            agree += usize::from(fields.len() == width);
            at = skip_blank(head, end);
        }
        if width > 1 && (agree, width) > (best.0, best.1) {
            best = (agree, width, delimiter);
        }
    }
    best.2
}

fn unique(names: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    let mut taken = std::collections::HashSet::new();
    for (i, name) in names.iter().enumerate() {
        let name = name.trim().trim_start_matches('\u{feff}');
        let base = if name.is_empty() {
            format!("column_{}", i + 1)
        } else {
            name.to_owned()
        };
        let mut candidate = base.clone();
        let mut n = 2;
        while !taken.insert(candidate.clone()) {
            candidate = format!("{base}_{n}");
            n += 1;
        }
        out.push(candidate);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (u8, Vec<String>) {
        let d = sniff(text.as_bytes(), None, &Header::First).expect("a header");
        (d.delimiter, d.names)
    }

    #[test]
    fn the_delimiter_is_the_one_the_records_agree_on() {
        for (text, expected) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a\tb\n1,5\t2\n", b'\t'),
            ("a;b\n1,5;2,5\n3,5;4,5\n", b';'),
            ("a|b\n1|2\n", b'|'),
            ("a\n1\n", b','),
            ("sep=;\na;b\n1;2\n", b';'),
            ("a,\"x;y\"\n1,\"p;q\"\n", b','),
        ] {
            assert_eq!(names(text).0 as char, expected as char, "{text:?}");
        }
    }

    #[test]
    fn names_are_made_unique_and_never_empty() {
        let found = names("id,email,email,Email, email ,\n1,a,b,c,d,e\n").1;
        assert_eq!(
            found,
            ["id", "email", "email_2", "Email", "email_3", "column_6"]
        );
    }
}
