//! How a file is written, as its head tells.

use onefold_spec::model::{self, Skip};

use super::layout::{self, Layout, Remark};
use super::sniff::{self, Sniffed};
use crate::lines::{count_lines, line_end};

/// How one file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) sniffed: Sniffed,
    pub(crate) layout: Layout,
}

/// No line of the file holds the text of `skip_until`.
#[derive(Debug)]
pub(crate) struct NoSuchLine;

/// Reads the head of a file; `None` where it holds no record and none is declared. `expected` are sets of columns of which the file
/// should have one whole.
pub(crate) fn sniff(
    head: &[u8],
    is_whole: bool,
    declared: &model::Dialect,
    expected: &[Vec<String>],
) -> Result<Option<Dialect>, NoSuchLine> {
    let (start, said) = separator_line(head);
    let start = skipped(head, start, &declared.skip)?;
    let sniffed = sniff::syntax(head, start, is_whole, declared, said);
    let rows = layout::sample(head, start, is_whole, &sniffed.syntax);
    let layout = layout::layout(head, rows, &sniffed.syntax, declared, expected);
    Ok(layout.map(|layout| Dialect { sniffed, layout }))
}

/// Reads the head of the text of a sheet ([`crate::workbook`]); `last_filled`: for each column the last row that has something in it.
pub(crate) fn sniff_sheet(
    head: &[u8],
    is_whole: bool,
    last_filled: &[Option<u32>],
    declared: &model::Dialect,
    expected: &[Vec<String>],
) -> Result<Option<Dialect>, NoSuchLine> {
    let start = skipped(head, 0, &declared.skip)?;
    let sniffed = sniff::of_sheet(declared);
    let mut rows = layout::sample(head, start, is_whole, &sniffed.syntax);
    layout::level(&mut rows, last_filled.len());
    let layout = layout::layout(head, rows, &sniffed.syntax, declared, expected);
    let Some(mut layout) = layout else {
        return Ok(None);
    };
    let first = count_lines(&head[..layout.header_at]) as u32;
    let is_unused = |column: &usize| match last_filled.get(*column) {
        Some(last) => last.is_none_or(|last| last < first),
        None => false,
    };
    layout.unused = (0..layout.names.len()).filter(is_unused).collect();
    Ok(Some(Dialect { sniffed, layout }))
}

/// Where what is not to be skipped begins.
fn skipped(head: &[u8], start: usize, skip: &Skip) -> Result<usize, NoSuchLine> {
    Ok(match skip {
        Skip::Found => start,
        Skip::Lines(lines) => {
            let below = |at: usize, _| line_end(head, at).1;
            (0..*lines).fold(0, below).max(start)
        }
        Skip::Until(text) => {
            let at = memchr::memmem::find(head, text.as_bytes()).ok_or(NoSuchLine)?;
            let before = memchr::memrchr2(b'\n', b'\r', &head[..at]);
            before.map_or(0, |i| i + 1)
        }
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

impl Dialect {
    /// A file without a record.
    pub(crate) fn of_nothing() -> Self {
        let declared = model::Dialect::default();
        Self {
            sniffed: sniff::syntax(&[], 0, true, &declared, None),
            layout: Layout {
                names: Vec::new(),
                header: None,
                header_at: 0,
                data: 0,
                trailing: false,
                unused: Vec::new(),
                remarks: Vec::new(),
            },
        }
    }

    /// How the file is read, in parts for people; `line` is the line of its header or first record.
    pub(crate) fn describe(&self, line: u64) -> Vec<String> {
        let syntax = &self.sniffed.syntax;
        if syntax.is_sheet {
            return self.describe_sheet(line);
        }
        let (agree, all) = self.sniffed.agree;
        let mut delimiter = format!("delimiter {}", shown(syntax.delimiter));
        if syntax.spaces {
            delimiter += " and spaces";
        }
        delimiter += &match self.sniffed.is_declared {
            true => " (declared)".to_owned(),
            false => format!(" ({agree} of {all} records looked at agree)"),
        };
        let mut parts = vec!["delimited text".to_owned(), delimiter];
        match syntax.quote {
            Some(b'"') => {}
            Some(quote) => parts.push(format!("quote {}", shown(quote))),
            None => parts.push("no quotes".to_owned()),
        }
        if let Some(escape) = syntax.escape {
            parts.push(format!("escape {}", shown(escape)));
        }
        parts.push(self.header("line", line));
        if self.layout.trailing {
            parts.push("empty fields beyond the header are passed over".to_owned());
        }
        parts.extend(self.layout.remarks.iter().map(Remark::to_string));
        parts
    }

    fn describe_sheet(&self, row: u64) -> Vec<String> {
        let mut parts = vec!["sheet of a workbook".to_owned(), self.header("row", row)];
        parts.extend(self.layout.remarks.iter().map(Remark::to_string));
        parts
    }

    fn header(&self, unit: &str, number: u64) -> String {
        let columns = self.layout.names.len() - self.layout.unused.len();
        match self.layout.data > self.layout.header_at {
            true => format!("header on {unit} {number}, {columns} columns"),
            false => format!("no header, {columns} columns"),
        }
    }
}

fn shown(byte: u8) -> String {
    match byte {
        b'\t' => "tab".to_owned(),
        b' ' => "space".to_owned(),
        _ => format!("`{}`", char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use onefold_spec::model::{Header, TrailingDelimiter};

    use super::*;

    fn read(text: &str, declared: &model::Dialect, expected: &[&[&str]]) -> Layout {
        let expected: Vec<Vec<String>> = expected
            .iter()
            .map(|set| set.iter().map(|name| (*name).to_owned()).collect())
            .collect();
        let dialect = sniff(text.as_bytes(), true, declared, &expected);
        dialect.expect("the line").expect("a record").layout
    }

    fn names(text: &str) -> Vec<String> {
        read(text, &model::Dialect::default(), &[]).names
    }

    #[test]
    fn names_are_made_unique_and_never_empty() {
        let found = names("id,email,email,Email, email ,\n1,a,b,c,d,e\n");
        assert_eq!(
            found,
            ["id", "email", "email_2", "Email", "email_3", "column_6"]
        );
    }

    #[test]
    fn titles_before_the_header_are_found_where_the_records_settle_on_a_width() {
        for (text, expected) in [
            (
                "Report,,\n,,\nid,day,name\n1,2024-01-02,a\n2,2024-01-03,b\n",
                &["id", "day", "name"][..],
            ),
            ("Report\n\nid,name\n1,a\n2,b\n", &["id", "name"]),
            (
                "Report, of today\nid,day,name\n1,2024-01-02,a\n2,2024-01-03,b\n",
                &["id", "day", "name"],
            ),
            // A header with an empty name is a header.
            ("id,\n1,2\n3,4\n", &["id", "column_2"]),
            // The first record is not a title because it is short.
            ("a,b,c\n1\n1,2,3\n4,5,6\n7,8,9\n1,2,3\n", &["a", "b", "c"]),
        ] {
            assert_eq!(names(text), expected, "{text:?}");
        }
    }

    #[test]
    fn declared_columns_decide_which_record_is_the_header() {
        let text = "Report for,March\nid,name\nx,y\n";
        let found = read(text, &model::Dialect::default(), &[&["name"]]);
        assert_eq!(
            (found.names, found.data),
            (vec!["id".to_owned(), "name".to_owned()], 25)
        );
    }

    #[test]
    fn lines_can_be_skipped_by_number_and_by_text() {
        let text = "a,b\nc,d\ne,f\n";
        for skip in [Skip::Lines(1), Skip::Until("c,".to_owned())] {
            let declared = model::Dialect {
                skip,
                ..model::Dialect::default()
            };
            let found = read(text, &declared, &[]);
            assert_eq!(
                (found.names, found.data),
                (vec!["c".to_owned(), "d".to_owned()], 8)
            );
        }
        let declared = model::Dialect {
            skip: Skip::Until("nowhere".to_owned()),
            ..model::Dialect::default()
        };
        assert!(sniff(text.as_bytes(), true, &declared, &[]).is_err());
    }

    #[test]
    fn a_header_of_several_rows_is_joined() {
        let text = "Order,Order,\nid,day,who\n1,2024-01-02,a\n2,2024-01-03,b\n";
        let declared = model::Dialect {
            header: Header::Rows(2),
            ..model::Dialect::default()
        };
        let joined = ["Order id", "Order day", "who"];
        assert_eq!(read(text, &declared, &[]).names, joined);
        let text = "Order,Order,Buyer\nid,day,who\n1,2024-01-02,a\n2,2024-01-03,b\n";
        assert_eq!(names(text), ["Order id", "Order day", "Buyer who"]);
        // The header again, as files joined end to end have it, is not one of two rows.
        let text = "id,day\nid,day\n1,2024-01-02\n2,2024-01-03\n";
        assert_eq!(names(text), ["id", "day"]);
        // Columns that the pipeline names are found in one row.
        let text = "id,day\nkg,year\n1,2024-01-02\n2,2024-01-03\n";
        let found = read(text, &model::Dialect::default(), &[&["id", "day"]]);
        assert_eq!(found.names, ["id", "day"]);
    }

    #[test]
    fn a_damaged_header_is_mended_where_the_width_says_how() {
        let records = "1,2024-01-02,a\n2,2024-01-03,b\n3,2024-01-04,c\n";
        for header in ["id,,day,name", ",id,day,name", "id day name", "id;day;name"] {
            let found = names(&format!("{header}\n{records}"));
            assert_eq!(found, ["id", "day", "name"], "{header}");
        }
        let found = names(&format!("\"id,day,name\n{records}"));
        assert_eq!(found, ["\"id", "day", "name"]);
        // Nothing says where the names belong but the order of the fields.
        let text = format!("idday,name\n{records}");
        let found = read(&text, &model::Dialect::default(), &[&["id", "day", "name"]]);
        assert_eq!(found.names, ["id", "day", "name"]);
        assert_eq!(found.remarks, [Remark::ByOrder]);
        assert_eq!(names(&text), ["idday", "name"]);
    }

    #[test]
    fn trailing_delimiters_are_allowed_where_every_record_has_them() {
        let trails = |text: &str, declared: Option<TrailingDelimiter>| {
            let declared = model::Dialect {
                trailing_delimiter: declared,
                ..model::Dialect::default()
            };
            read(text, &declared, &[]).trailing
        };
        assert!(trails("a,b\n1,2,\n3,4,\n", None));
        assert!(!trails("a,b\n1,2,\n3,4\n", None));
        assert!(!trails("a,b,c\n1,,2,\n", None));
        assert!(trails("a,b\n1,2,\n3,4\n", Some(TrailingDelimiter::Allow)));
        assert!(!trails(
            "a,b\n1,2,\n3,4,\n",
            Some(TrailingDelimiter::Reject)
        ));
    }

    #[test]
    fn a_header_is_sure_where_it_is_declared_or_differs_from_the_records() {
        let sure = |text: &str, declared: Header, expected: &[&[&str]]| {
            let declared = model::Dialect {
                header: declared,
                ..model::Dialect::default()
            };
            read(text, &declared, expected).header.is_some()
        };
        assert!(!sure("a,b\nc,d\na,b\n", Header::Found, &[]));
        assert!(sure("a,b\nc,d\na,b\n", Header::Rows(1), &[]));
        assert!(sure("a,b\nc,d\na,b\n", Header::Found, &[&["a"]]));
        assert!(sure("a,b\n1,d\n2,b\n", Header::Found, &[]));
    }
}
