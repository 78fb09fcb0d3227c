//! Sheets of workbooks as sources: what is a record, of which type, and where it stands.

use std::io::Write;

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// A workbook with one sheet. Of a cell, `'` begins a text, `@` a day, `#` an error; others are numbers, and nothing is none.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let cell = |text: &&str| match text.split_at_checked(1) {
        Some(("'", text)) => format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#),
        Some(("@", day)) => format!(r#"<c s="1"><v>{day}</v></c>"#),
        Some(("#", error)) => format!(r#"<c t="e"><v>#{error}</v></c>"#),
        Some(_) => format!("<c><v>{text}</v></c>"),
        None => "<c/>".to_owned(),
    };
    let row =
        |cells: &&[&str]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    let rows: String = rows.iter().map(row).collect();
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [
        (
            "xl/workbook.xml",
            r#"<workbook><sheets><sheet name="S" r:id="a"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/a.xml"/>
            <Relationship Id="s" Type="x/styles" Target="styles.xml"/></Relationships>"#,
        ),
        (
            "xl/styles.xml",
            r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
        ),
        (
            "xl/worksheets/a.xml",
            &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ] {
        zip.start_file(name, SimpleFileOptions::default())
            .expect("memory");
        zip.write_all(content.as_bytes()).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fn read(rows: &[&[&str]], declared: &str) -> Outcome {
    let folder = folder(&[("w.xlsx", &workbook(rows))]);
    let source = source(&format!("path: w.xlsx\n{declared}"));
    scan(&source, folder.path(), 2).expect("a workbook")
}

#[test]
fn titles_blank_rows_and_footers_are_not_records() {
    let rows: &[&[&str]] = &[
        &["'Report for March"],
        &["'of", "'Eve"],
        &[],
        &["", "'id", "'first\nname", "", "'zip", "'when"],
        &["", "1", "'Ann", "", "'04103", "@45356"],
        &["", "x"],
        &[],
        &["", "3", "'Cy\nOr", "", "'01067"],
        &["'Total", "", "", "", "2"],
        &[],
        &["'by Eve"],
    ];
    let found = read(rows, "footer: 2\n");
    assert_eq!(
        found.rows,
        [
            "~|1|Ann|04103|2024-03-05",
            "~|x|~|~|~",
            "~|3|Cy\nOr|01067|~"
        ]
    );
    assert_eq!(
        found.summary.remarks,
        [
            "w.xlsx: 2 lines before the header are not read; the first is `\"Report for March\"`",
            "w.xlsx: the last 2 lines are not read; the first is `\"Total\",,,,2`"
        ]
    );
    let declared = "footer: 2
fields:
  id: {type: integer, required: true}
  name: {from: first name}
  when: {type: date, formats: \"%d.%m.%Y\"}
";
    let found = read(rows, declared);
    assert_eq!(found.rows, ["1|Ann|2024-03-05", "3|Cy\nOr|~"]);
    assert_eq!(found.refused(), ["w.xlsx:2 invalid_integer id=x"]);
    assert_eq!(
        (found.rejects[0].line, found.rejects[0].byte_offset),
        (6, 0)
    );
    assert_eq!(found.rejects[0].raw, ",\"x\"");
    // The note at the end stands in the first column.
    assert_eq!(found.names(), ["column_1", "zip"]);
    let found = read(rows, "skip: 4\nheader: [a, b, c, d, e, f]\nfooter: 2\n");
    assert_eq!(found.rows.len(), 3);
    let found = read(rows, "skip_until: id\nfooter: 2\n");
    assert_eq!(found.rows.len(), 3);
}

#[test]
fn numbers_and_dates_of_cells_are_known_to_be_such() {
    let declared = "decimal_comma: true
fields:
  n: float
  d: {type: date, formats: \"%d.%m.%Y\"}
  t: {type: timestamp, formats: \"%d.%m.%Y %H:%M\"}
";
    let rows: &[&[&str]] = &[
        &["'n", "'d", "'t"],
        &["1234.5", "@45356", "@45356.5"],
        &["'1.234,5", "'05.03.2024", "'05.03.2024 12:00"],
        &["'1234.5", "'2024-03-05", "'05.03.2024 12:00"],
    ];
    let found = read(rows, declared);
    let expected = "1234.5|2024-03-05|2024-03-05T12:00:00Z";
    assert_eq!(found.rows, [expected, expected]);
    assert_eq!(found.refused(), ["w.xlsx:3 ambiguous_number n=1234.5"]);
}

#[test]
fn an_error_is_a_reject_where_its_field_is_read() {
    let rows: &[&[&str]] = &[
        &["'id", "'a", "'b", "'c"],
        &["1", "#N/A", "'#N/A", "#REF!"],
        &["2", "'x", "#DIV/0!", "'y"],
        &["3", "'x", "#N/A", "'y"],
    ];
    let found = read(
        rows,
        "fields: {id: integer, a: text, b: {type: float, on_invalid: \"null\"}}\n",
    );
    assert_eq!(found.rows, ["2|x|~", "3|x|~"]);
    assert_eq!(found.refused(), ["w.xlsx:1 error_cell a=#N/A"]);
    assert_eq!(found.rejects[0].reason, "the cell shows an error");
    assert_eq!(found.summary.nulled, [("b".to_owned(), 2)]);
    // Whoever reads the fields.
    let folder = folder(&[("w.xlsx", &workbook(rows))]);
    let source = source("path: w.xlsx\nfields: {id: integer, a: text}\n");
    let options = Options {
        threads: 1,
        needed: Some(["id".to_owned()].into()),
        stdin: None,
    };
    let scan = Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options);
    let summary = scan.expect("a source").run(|_| (), |_| true).expect("rows");
    assert_eq!((summary.read, summary.rejected), (3, 1));
}

#[test]
fn rows_are_found_again_and_a_workbook_may_be_compressed() {
    let rows: &[&[&str]] = &[
        &["'Title"],
        &["'id", "'v"],
        &[],
        &["1", "'a\nb"],
        &["2", "'c"],
    ];
    let bytes = workbook(rows);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&bytes).expect("memory");
    let packed = encoder.finish().expect("memory");
    let folder = folder(&[("a.csv", &bytes), ("b.xlsx.gz", &packed)]);
    let source = source("path: \"*\"\n");
    let options = Options {
        threads: 1,
        needed: None,
        stdin: None,
    };
    let scan = Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options);
    let scan = scan.expect("a source");
    let mut lines = Vec::new();
    let locator = scan.locator();
    scan.run(
        |batch| batch,
        |batch| {
            let addresses = batch.records.column_by_name("_at").expect("addresses");
            let addresses = addresses.as_primitive::<arrow::datatypes::UInt64Type>();
            for address in addresses.values() {
                let place = locator.locate(*address).expect("a place");
                lines.push(format!("{}:{}", place.file, place.line));
            }
            true
        },
    )
    .expect("rows");
    assert_eq!(lines, ["a.csv:4", "a.csv:5", "b.xlsx.gz:4", "b.xlsx.gz:5"]);
    let dialects = scan.dialects().expect("readable");
    assert_eq!(
        dialects[0].parts,
        [
            "sheet of a workbook",
            "header on row 2, 2 columns",
            "the line `\"Title\"` before the header is not read"
        ]
    );
}

#[test]
fn a_format_that_the_content_does_not_have_is_refused() {
    let bytes = workbook(&[&["'id"], &["1"]]);
    for (content, declared, expected) in [
        (
            &bytes[..],
            "format: csv",
            "it is an Excel workbook, and the source declares another `format`",
        ),
        (
            &bytes[..],
            "format: ods",
            "it is an Excel workbook, and the source declares another `format`",
        ),
        (
            b"a,b\n1,2\n",
            "format: xlsx",
            "it is not a workbook: it begins with `a,b\\x0a1,2\\x0a`",
        ),
    ] {
        let folder = folder(&[("w", content)]);
        let source = source(&format!("path: w\n{declared}\n"));
        let error = scan(&source, folder.path(), 1).expect_err("refused");
        assert!(error.to_string().ends_with(expected), "{error}");
    }
    let folder = folder(&[("w", &bytes)]);
    let source = source("path: w\nformat: xlsx\n");
    assert_eq!(
        scan(&source, folder.path(), 1).expect("a sheet").rows,
        ["1"]
    );
}
