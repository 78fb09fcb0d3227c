//! What a file is found to be, and what is said of one that is no text and no Parquet.

use std::io::Write;

use super::*;

/// What is said of a file without declared fields.
fn refused(name: &str, content: &[u8], more: &str) -> String {
    let folder = folder(&[(name, content)]);
    let source = source(&format!("path: {name}\n{more}"));
    match scan(&source, folder.path(), 1) {
        Err(error) => error
            .to_string()
            .rsplit("`: ")
            .next()
            .unwrap_or_default()
            .to_owned(),
        Ok(outcome) => format!("read: {:?}", outcome.rows),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn binary() -> Vec<u8> {
    (0..4000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

fn parquet() -> Vec<u8> {
    let column: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["x"; 100]));
    let batch = RecordBatch::try_from_iter([("a", column)]).expect("a table");
    let mut bytes = Vec::new();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
    bytes
}

#[test]
fn an_archive_of_text_is_an_archive() {
    let mut tar = b"a.csv".to_vec();
    tar.resize(257, 0);
    tar.extend(b"ustar\x0000");
    tar.resize(512, 0);
    tar.extend(b"a,b\n1,2\n");
    assert_eq!(refused("x.csv", &tar, ""), "it is a tar archive");
    assert_eq!(
        refused("x.csv", &gzip(&tar), ""),
        "it is a tar archive inside gzip compression"
    );
}

#[test]
fn binary_files_are_refused_by_what_they_are() {
    let with = |mark: &[u8]| [mark, &binary()].concat();
    for (mark, what) in [
        (&b"ORC"[..], "an ORC file"),
        (b"Obj\x01", "an Avro file"),
        (b"ARROW1\0\0", "an Arrow IPC file (Feather)"),
        (b"FEA1", "a Feather file of version 1"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"PARE", "an encrypted Parquet file"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"PK\x03\x04", "a zip archive"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "an old Office document (such as .xls)",
        ),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"\x04\x22\x4d\x18", "lz4-compressed"),
        (b"BZh91AY&SY", "bzip2-compressed"),
        (b"\x7fELF", "a program (ELF)"),
        (b"\x80\x04\x95", "a Python pickle"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    ] {
        for name in ["x.csv", "x.json", "x.bin", "x.parquet", "x.csv.gz"] {
            assert_eq!(
                refused(name, &with(mark), ""),
                format!("it is {what}"),
                "{name}"
            );
        }
        for format in ["csv", "json"] {
            let said = refused("x.csv", &with(mark), &format!("format: {format}\n"));
            assert_eq!(said, format!("it is {what}"));
        }
        let packed = refused("x.csv.gz", &gzip(&with(mark)), "");
        assert_eq!(
            packed,
            format!("it is {what} inside gzip compression").replace(
                "an encrypted Parquet file inside gzip compression",
                "an encrypted Parquet file"
            )
        );
    }
    assert!(refused("x.csv", &with(b""), "").starts_with("it is not text"));
    assert!(refused("x.csv", &gzip(&with(b"")), "").starts_with("it is not text"));
    assert!(refused("x.csv", &[0; 100], "").starts_with("it is nothing but zero bytes"));
    assert_eq!(
        refused("x.csv.gz", &gzip(&gzip(b"a\n1\n")), ""),
        "it is compressed twice"
    );
}

#[test]
fn parquet_is_parquet_or_damaged() {
    let whole = parquet();
    assert!(refused("x.csv", &whole, "").starts_with("read: "));
    let mut beheaded = whole.clone();
    beheaded[..4].copy_from_slice(b"XXXX");
    let cut = &whole[..whole.len() - 10];
    for name in ["x.parquet", "x.csv", "x"] {
        assert_eq!(
            refused(name, &beheaded, ""),
            "it is a damaged Parquet file: its first bytes are not those of Parquet"
        );
        assert_eq!(
            refused(name, cut, ""),
            "it is a damaged Parquet file: its end is missing, so it was cut off"
        );
    }
    assert_eq!(
        refused("x.csv", &whole, "format: csv\n"),
        "it is a Parquet file, and the source declares another `format`"
    );
    assert_eq!(
        refused("x.parquet.gz", &gzip(&whole), ""),
        "it is a Parquet file inside gzip compression"
    );
    assert_eq!(refused("x.csv", b"PAR1,b\n1,2\n", ""), "read: [\"1|2\"]");
    assert_eq!(
        refused("x.csv", b"PARENT,b\n1,PAR1", ""),
        "read: [\"1|PAR1\"]"
    );
}

#[test]
fn a_name_of_a_binary_format_is_kept_to() {
    for name in [
        "x.parquet",
        "x.orc",
        "x.avro",
        "x.xlsx",
        "x.arrow",
        "X.PARQUET",
    ] {
        let said = refused(name, b"a,b\n1,2\n", "");
        assert!(said.contains("but it begins with"), "{name}: {said}");
        let said = refused(name, b"", "");
        assert!(said.contains("but it is empty"), "{name}: {said}");
        assert_eq!(
            refused(name, b"a,b\n1,2\n", "format: csv\n"),
            "read: [\"1|2\"]"
        );
        assert_eq!(
            refused(name, b"{\"a\":1}\n", "format: json\n"),
            "read: [\"1\"]"
        );
    }
    // Programs write text under this name.
    assert_eq!(refused("x.xls", b"a\tb\n1\t2\n", ""), "read: [\"1|2\"]");
}

#[test]
fn pages_are_not_tables() {
    for page in [
        "<!DOCTYPE html>\n<html>",
        "\u{feff}\n<html><body>",
        "<table><tr><td>",
    ] {
        for name in ["x.csv", "x.json", "x.xls"] {
            let said = refused(name, page.as_bytes(), "");
            assert!(said.starts_with("it is an HTML page"), "{said}");
        }
        let said = refused("x.csv", page.as_bytes(), "format: csv\n");
        assert!(said.starts_with("read: "), "{said}");
        assert!(refused("x.csv", &gzip(page.as_bytes()), "").starts_with("it is an HTML page"));
    }
    assert_eq!(
        refused("x.csv", b"<?xml version='1.0'?>\n<a/>", ""),
        "it is an XML document"
    );
    assert_eq!(refused("x.csv", b"<id>,<b>\n1,2\n", ""), "read: [\"1|2\"]");
}

#[test]
fn text_with_a_few_zeros_is_read_as_before() {
    assert_eq!(refused("x.csv", b"a,b\n1,\0\n", ""), "read: [\"1|\\0\"]");
    assert!(refused("x.csv", b"a\0\n1\n", "").starts_with("read: "));
    let padded = [&b"a,b\n1,2\n3,4\n"[..], &[0; 5000]].concat();
    assert!(refused("x.csv", &padded, "").starts_with("read: "));
}

#[test]
fn empty_files_have_no_records() {
    for blank in [
        &b""[..],
        b"\xef\xbb\xbf",
        b"\n\r\n\n",
        b"  \n \t\n",
        b"\xff\xfe",
        b"\xff\xfe\n\0",
    ] {
        for name in ["x.csv", "x.json", "x.txt", "x.csv.gz"] {
            assert_eq!(refused(name, blank, ""), "read: []", "{name} {blank:?}");
            assert_eq!(
                refused(name, &gzip(blank), ""),
                "read: []",
                "{name} {blank:?}"
            );
        }
        assert_eq!(refused("x.json", blank, "records: data.rows\n"), "read: []");
        assert_eq!(
            refused("x.json", blank, "records: data.rows\nfields: {a: text}\n"),
            "read: []"
        );
        assert_eq!(refused("x.csv", blank, "fields: {a: text}\n"), "read: []");
    }
    // The columns come from the files that have any.
    let outcome = read_bytes(
        "path: d\n",
        &[
            ("d/1.csv", b""),
            ("d/2.csv", b"a,b\n1,2\n"),
            ("d/3.csv", b"\n"),
            ("d/4.csv", b"a,b\n"),
        ],
    );
    assert_eq!(outcome.rows, ["1|2"]);
    let outcome = read_bytes(
        "path: d\n",
        &[("d/1.json", b" "), ("d/2.json", b"{\"a\":1}")],
    );
    assert_eq!(outcome.rows, ["1"]);
}

#[test]
fn a_frame_to_be_skipped_may_come_first() {
    let mut bytes = vec![0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
    bytes.extend(zstd::encode_all(&b"a\n1\n"[..], 1).expect("memory"));
    assert_eq!(refused("x.csv.zst", &bytes, ""), "read: [\"1\"]");
}
