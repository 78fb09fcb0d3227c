//! Marks by example, and text that only looks like one.

use super::*;

fn what(head: &[u8]) -> Option<String> {
    foreign(head, &[]).map(|found| found.what.into_owned())
}

/// A mark with the kind of bytes that follow one.
fn with_body(mark: &[u8]) -> Vec<u8> {
    let mut bytes = mark.to_vec();
    bytes.extend((0..600u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8));
    bytes
}

#[test]
fn every_mark_is_known() {
    for mark in MARKS {
        let mut bytes = vec![0u8; mark.at];
        bytes.extend(mark.bytes);
        let found = what(&with_body(&bytes));
        assert!(found.is_some(), "{}", mark.what);
        if mark.at == 0 {
            assert_eq!(found.as_deref(), Some(mark.what));
        }
    }
}

#[test]
fn text_that_begins_like_a_mark_is_text() {
    for text in [
        "ORC,name\n1,2\n",
        "PARENT,CHILD\n1,2\n",
        "PAR1,PAR2\n1,2\n",
        "BM,name\n1,2\n",
        "MZ;x\n1;2\n",
        "BZh1,b\n1,2\n",
        "GIF89a,b\n1,2\n",
        "RDX,b\n1,2\n",
        "LZIP,b\n1,2\n",
        "FEA1,b\n1,2\n",
        "RIFF,b\n1,2\n",
        "ID3,b\n1,2\n",
        "PK,name\n1,2\n",
        "id,xDUCK\n1,2\n",
        "abcdftyp,b\n1,2\n",
        "X\n1\n",
    ] {
        assert_eq!(what(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn what_a_zip_holds() {
    let entry = |name: &str, content: &str| {
        let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0".to_vec();
        bytes.extend([0; 16]);
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(name.as_bytes());
        bytes.extend(content.as_bytes());
        bytes
    };
    let of = |entries: &[(&str, &str)]| {
        let bytes: Vec<u8> = entries.iter().flat_map(|(n, c)| entry(n, c)).collect();
        what(&bytes).unwrap_or_default()
    };
    for (entries, expected) in [
        (
            vec![("[Content_Types].xml", "x"), ("xl/workbook.xml", "x")],
            "an Excel workbook (.xlsx)",
        ),
        (
            vec![("mimetype", "application/vnd.oasis.opendocument.spreadsheet")],
            "an OpenDocument spreadsheet (.ods)",
        ),
        (
            vec![("[Content_Types].xml", "x"), ("word/document.xml", "x")],
            "a Word document (.docx)",
        ),
        (vec![("data.csv", "a,b")], "a zip archive"),
        (vec![("arr_0.npy", "x")], "a NumPy archive (.npz)"),
    ] {
        assert_eq!(of(&entries), expected);
    }
    // What can be read is none of these; the names may stand at the end only.
    let workbook = [
        entry("[Content_Types].xml", "x"),
        entry("xl/workbook.xml", "x"),
    ]
    .concat();
    assert_eq!(super::workbook(&workbook, &[]), Some(InputFormat::Xlsx));
    let far = entry("[Content_Types].xml", "x");
    assert_eq!(
        super::workbook(&far, b"xl/workbook.xml"),
        Some(InputFormat::Xlsx)
    );
    assert_eq!(
        super::workbook(&far, b"xl/workbook.bin xl/worksheets/a.bin"),
        None
    );
    let sheet = entry("mimetype", "application/vnd.oasis.opendocument.spreadsheet");
    assert_eq!(super::workbook(&sheet, &[]), Some(InputFormat::Ods));
    assert_eq!(
        what(b"PK\x05\x06\0\0\0\0").as_deref(),
        Some("a zip archive")
    );
}

#[test]
fn text_is_not_binary() {
    let cp1252: Vec<u8> = "id,name\n"
        .bytes()
        .chain([0xe9, b',', 0xfc, b'\n'])
        .collect();
    let zeros_at_the_end: Vec<u8> = "a,b\n1,2\n".bytes().chain([0; 4000]).collect();
    let utf16: Vec<u8> = "id,name\n1,x\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let blobs = with_body(b"id,name,picture_as_the_database_holds_it\n1,Ann,none\n2,Bob,and_more,");
    for text in [
        &b"a,b\n1,\0\n"[..],
        &blobs,
        b"a\0,b\n1,2\n3,4\n5,6\n",
        b"",
        b"\0",
        b"a\x01b\x01c\n1\x012\x013\n",
        "name\n\u{4e2d}\u{6587}\n".as_bytes(),
        &cp1252,
        &zeros_at_the_end,
        &utf16,
    ] {
        assert!(!is_binary(text), "{text:?}");
    }
}

#[test]
fn what_is_not_text_is_binary() {
    assert!(is_binary(&[0; 64]));
    let old_tar = [&b"a.csv"[..], &[0; 95], b"0000644\0"].concat();
    assert!(is_binary(&old_tar));
    assert!(is_binary(&with_body(b"")));
    let records: Vec<u8> = (0..50u32)
        .flat_map(|i| [i.to_le_bytes(), [1, 0, 0, 0]].concat())
        .collect();
    assert!(is_binary(&records));
}

#[test]
fn pages_and_documents() {
    for (text, expected) in [
        ("<!DOCTYPE html><html>", Some("an HTML page")),
        ("\u{feff}  \n<HTML lang=en>", Some("an HTML page")),
        ("<table border=1><tr>", Some("an HTML page")),
        ("<?xml version=\"1.0\"?><rows/>", Some("an XML document")),
        (
            "<?xml version=\"1.0\"?><!DOCTYPE html><html>",
            Some("an HTML page"),
        ),
        ("<Error><Code>AccessDenied</Code>", Some("an XML document")),
        ("<rows a=\"1\">\n  <row>", Some("an XML document")),
        ("<id>,<name>\n1,2\n", None),
        ("<id>\n1\n", None),
        ("<tablename>,b\n", None),
        ("< 5,b\n", None),
        ("a,<html>\n", None),
    ] {
        assert_eq!(markup(text.as_bytes()), expected, "{text}");
    }
    let wide: Vec<u8> = "\u{feff}<html><body>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(markup(&wide), Some("an HTML page"));
}

#[test]
fn wide_text() {
    let utf32: Vec<u8> = "id,name\n1,x\n"
        .chars()
        .flat_map(|c| (c as u32).to_le_bytes())
        .collect();
    assert!(is_utf32(&utf32));
    assert!(!is_utf32(b"id,name\n1,x and more of it\n"));
}
