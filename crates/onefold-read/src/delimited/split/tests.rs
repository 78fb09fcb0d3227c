//! Records and faults by example, and what holds of any text: cuts change nothing, what is written reads back.

use super::*;
use crate::delimited::dialect::sniff;
use onefold_spec::model;
use proptest::prelude::*;

fn reads(header: &str, declared: &model::Dialect) -> (DelimitedSplitter, usize) {
    let declared = model::Dialect {
        delimiter: declared.delimiter.or(Some(model::Delimiter::plain(b','))),
        header: model::Header::Rows(1),
        ..declared.clone()
    };
    let dialect = sniff(header.as_bytes(), true, &declared, &[]);
    let dialect = dialect.expect("a line").expect("a header");
    let width = dialect.layout.names.len();
    let wanted = (0..width).map(Some).collect();
    let pad = declared.pad;
    (DelimitedSplitter::new(&dialect, wanted, width, pad), width)
}

fn splitter(header: &str) -> (DelimitedSplitter, usize) {
    reads(header, &model::Dialect::default())
}

fn rows(split: &Split, text: &str) -> Vec<Vec<String>> {
    let r = &split.records;
    (0..r.len())
        .map(|i| {
            (0..r.width)
                .map(|c| r.get(text, i, c).unwrap_or("<none>").to_owned())
                .collect()
        })
        .collect()
}

fn read(text: &str) -> (Vec<Vec<String>>, Vec<(&'static str, String)>) {
    let (splitter, _) = splitter("a,b\n");
    let split = splitter.split(text.as_bytes(), Between::Ready, true);
    assert_eq!(split.rest, text.len());
    let faults = split
        .faults
        .iter()
        .map(|f| (f.code, text[f.start..f.end].to_owned()))
        .collect();
    (rows(&split, text), faults)
}

#[test]
fn records_and_faults() {
    type Case = (
        &'static str,
        &'static [[&'static str; 2]],
        &'static [(&'static str, &'static str)],
    );
    let table: &[Case] = &[
        ("1,2\n3,4\n", &[["1", "2"], ["3", "4"]], &[]),
        ("1,2\r\n3,4", &[["1", "2"], ["3", "4"]], &[]),
        ("1,2\r3,4\r", &[["1", "2"], ["3", "4"]], &[]),
        ("\n1,2\n\n\n3,4\n\n", &[["1", "2"], ["3", "4"]], &[]),
        (
            "\"x,y\",\"p\nq\"\n3,4\n",
            &[["x,y", "p\nq"], ["3", "4"]],
            &[],
        ),
        ("\"ha \"\"ha\"\" ha\",2\n", &[["ha \"ha\" ha", "2"]], &[]),
        (
            "Ann \"The Hammer\" Lee,2\n",
            &[["Ann \"The Hammer\" Lee", "2"]],
            &[],
        ),
        ("\"Ann \"The\" Lee\",2\n", &[["Ann \"The\" Lee", "2"]], &[]),
        ("1,\"\"\n", &[["1", ""]], &[]),
        ("1,2,,\n", &[], &[("too_many_fields", "1,2,,")]),
        ("1\n2,3\n", &[["2", "3"]], &[("too_few_fields", "1")]),
        (
            "1,2,3\n4,5\n",
            &[["4", "5"]],
            &[("too_many_fields", "1,2,3")],
        ),
        (
            "1,\"never\n2,3\n4,5\n",
            &[["2", "3"], ["4", "5"]],
            &[("unterminated_quote", "1,\"never")],
        ),
        (
            "1,\"open\n2,\"x\"\n4,5\n",
            &[["2", "x"], ["4", "5"]],
            &[("unterminated_quote", "1,\"open")],
        ),
        (
            "1,2\na,b\n3,4\n",
            &[["1", "2"], ["3", "4"]],
            &[("repeated_header", "a,b")],
        ),
        ("\u{feff}1,2\n", &[["1", "2"]], &[]),
        ("", &[], &[]),
    ];
    for (text, good, bad) in table {
        let (rows, faults) = read(text);
        let good: Vec<Vec<String>> = good
            .iter()
            .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
            .collect();
        let bad: Vec<(&str, String)> = bad.iter().map(|(c, t)| (*c, (*t).to_owned())).collect();
        assert_eq!((rows, faults), (good, bad), "{text:?}");
    }
}

#[test]
fn a_line_too_long_costs_itself_however_many_chunks_it_fills() {
    let (splitter, _) = splitter("a,b\n");
    let long = "x".repeat(MAX_RECORD + 1);
    let head = splitter.split(format!("1,2\n{long}").as_bytes(), Between::Ready, false);
    assert_eq!((head.records.len(), head.between), (1, Between::Within));
    assert_eq!(
        head.faults
            .iter()
            .map(|f| (f.start, f.code))
            .collect::<Vec<_>>(),
        [(4, "record_too_long")]
    );
    let middle = splitter.split(b"3,\"4", Between::Within, false);
    assert_eq!(
        (
            middle.records.len(),
            middle.faults.len(),
            middle.between,
            middle.rest
        ),
        (0, 0, Between::Within, 4)
    );
    let tail = "5,6\n7,8\n";
    let split = splitter.split(tail.as_bytes(), Between::Within, true);
    assert_eq!(
        (rows(&split, tail), split.faults.len()),
        (vec![vec!["7".to_owned(), "8".to_owned()]], 0)
    );
    assert_eq!(
        splitter.split(b"5,6", Between::Within, true).records.len(),
        0
    );
}

proptest! {
    /// Written by the rules and read back, every cell is what it was.
    #[test]
    fn reads_what_a_writer_writes(table in proptest::collection::vec(proptest::array::uniform2("[ab,\"\n\r é]{0,6}"), 1..20)) {
        let quote = |c: &str| format!("\"{}\"", c.replace('"', "\"\""));
        let text: String = table.iter().map(|r| format!("{},{}\n", quote(&r[0]), quote(&r[1]))).collect();
        let (splitter, _) = splitter("x,y\n");
        let split = splitter.split(text.as_bytes(), Between::Ready, true);
        let expected: Vec<Vec<String>> = table.iter().map(|r| r.to_vec()).collect();
        prop_assert_eq!(rows(&split, &text), expected);
    }

    /// A chunk that ends anywhere, followed by the rest, gives what one pass gives, whatever the dialect.
    #[test]
    fn a_cut_anywhere_changes_nothing(text in TEXT, cut in 0usize..60, dialect in dialects()) {
        let (splitter, _) = reads("x,y\n", &dialect);
        let whole = splitter.split(text.as_bytes(), Between::Ready, true);
        let mut cut = cut.min(text.len());
        // Between \r and \n the cut would make two line ends of one, and chunks are never cut there.
        while cut > 0 && text.as_bytes()[cut - 1] == b'\r' {
            cut -= 1;
        }
        let head = splitter.split(&text.as_bytes()[..cut], Between::Ready, false);
        let tail = splitter.split(&text.as_bytes()[head.rest..], Between::Ready, true);
        let mut both = rows(&head, &text[..cut]);
        both.extend(rows(&tail, &text[head.rest..]));
        prop_assert_eq!(both, rows(&whole, &text));
        prop_assert_eq!(head.faults.len() + tail.faults.len(), whole.faults.len());
        let mut tolerated = head.tolerated;
        tolerated.add(tail.tolerated);
        prop_assert_eq!(tolerated, whole.tolerated);
    }

    /// A record that is read has the fields that the plain way of reading one record finds.
    #[test]
    fn records_are_those_of_the_plain_reading(text in TEXT, dialect in dialects()) {
        let (splitter, width) = reads("x,y\n", &dialect);
        let split = splitter.split(text.as_bytes(), Between::Ready, true);
        prop_assume!(split.tolerated.quotes == 0);
        for (row, (start, _)) in rows(&split, &text).iter().zip(&split.records.spans) {
            let plain = splitter.syntax.row(text.as_bytes(), *start as usize);
            let mut plain = plain.expect("a record").texts();
            plain.resize(width.max(plain.len()), "<none>".to_owned());
            prop_assert_eq!(&plain[..width], row.as_slice());
            prop_assert!(plain[width..].iter().all(|beyond| beyond.is_empty()));
        }
    }
}

const TEXT: &str = "[a1,\"'\\\\# \n\r]{0,60}";

fn dialects() -> impl Strategy<Value = model::Dialect> {
    let base = model::Dialect::default;
    proptest::sample::select(vec![
        base(),
        model::Dialect {
            escape: Some(b'\\'),
            ..base()
        },
        model::Dialect {
            quote: Some(model::Quote::Character(b'\'')),
            ..base()
        },
        model::Dialect {
            quote: Some(model::Quote::None),
            escape: Some(b'\\'),
            comment: Some(b'#'),
            ..base()
        },
        model::Dialect {
            delimiter: Some(model::Delimiter {
                byte: b',',
                spaces: true,
            }),
            ..base()
        },
        model::Dialect {
            comment: Some(b'#'),
            pad: true,
            trailing_delimiter: Some(model::TrailingDelimiter::Allow),
            blank_lines: model::BlankLines::Record,
            ..base()
        },
    ])
}
