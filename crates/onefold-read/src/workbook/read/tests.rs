//! Whole workbooks, made here, and the text that they come to.

use std::io::Write;

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;
use crate::workbook::grid::Cell;

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        let method = match *name {
            "mimetype" => zip::CompressionMethod::Stored,
            _ => zip::CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(*name, options).expect("memory");
        zip.write_all(content.as_bytes()).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// A workbook with these rows on its sheets; `state` such as ` state="hidden"`.
fn xlsx(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    let list: String = sheets
        .iter()
        .enumerate()
        .map(|(i, (name, state, _))| format!(r#"<sheet name="{name}"{state} r:id="r{i}"/>"#))
        .collect();
    let related: String = (0..sheets.len())
        .map(|i| format!(r#"<Relationship Id="r{i}" Type="http://x/worksheet" Target="worksheets/s{i}.xml"/>"#))
        .collect();
    let workbook = format!("<workbook><sheets>{list}</sheets></workbook>");
    let related = format!(
        r#"<Relationships>{related}
        <Relationship Id="t" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/>
        <Relationship Id="s" Type="http://x/styles" Target="styles.xml"/></Relationships>"#
    );
    let strings = r#"<sst uniqueCount="99999999999999"><si><t>id</t></si><si/>
        <si><r><t xml:space="preserve">Ann </t></r><r><t>Ek</t></r><rPh><t>x</t></rPh></si>
        <si><t>a &amp; "b", c\d
e_x000D_</t></si></sst>"#;
    let styles = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>
        <cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>
        <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
    let bodies: Vec<(String, String)> = sheets
        .iter()
        .enumerate()
        .map(|(i, (_, _, rows))| {
            let body = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
            (format!("xl/worksheets/s{i}.xml"), body)
        })
        .collect();
    let mut parts = vec![
        ("xl/workbook.xml", workbook.as_str()),
        ("xl/_rels/workbook.xml.rels", related.as_str()),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", styles),
    ];
    parts.extend(
        bodies
            .iter()
            .map(|(name, body)| (name.as_str(), body.as_str())),
    );
    archive(&parts)
}

fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        r#"<office:document-content><office:automatic-styles>
        <style:style style:name="h"><style:table-properties table:display="false"/></style:style>
        </office:automatic-styles><office:body><office:spreadsheet>{tables}
        </office:spreadsheet></office:body></office:document-content>"#
    );
    archive(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest/>"),
        ("content.xml", &content),
    ])
}

fn read_as(bytes: Vec<u8>, format: InputFormat, wanted: Option<&str>) -> Result<Read, Error> {
    read(bytes, format, wanted, &Label::of_name("t"))
}

fn text(bytes: Vec<u8>, format: InputFormat) -> String {
    let read = read_as(bytes, format, None).expect("a workbook");
    String::from_utf8(read.sheet.text).expect("text")
}

fn said(bytes: Vec<u8>, format: InputFormat) -> String {
    match read_as(bytes, format, None) {
        Ok(read) => format!("{:?}", String::from_utf8_lossy(&read.sheet.text)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn cells_are_written_as_what_they_are() {
    let rows = r#"<row r="2"><c r="B2" t="s"><v>0</v></c><c r="D2" t="inlineStr"><is><t>n</t></is></c></row>
        <row r="4"><c r="B4" t="s"><v>2</v></c><c t="s"><v>3</v></c><c r="D4"><v>196.49999999999997</v></c>
        <c t="b"><v>1</v></c><c t="e"><v>#DIV/0!</v></c><c s="1"><v>45356</v></c><c s="2"><v>42</v></c>
        <c t="str"><f>A1</f><v>x</v></c><c><f>B1</f></c><c t="s"><v>1</v></c><c s="1"/></row>
        <row><c><v>7</v></c></row>"#;
    let read = read_as(xlsx(&[("S", "", rows)]), InputFormat::Xlsx, None).expect("a workbook");
    assert_eq!(
        String::from_utf8(read.sheet.text).expect("text"),
        concat!(
            "\n,\"id\",,\"n\"\n\n",
            r#","Ann Ek","a & ""b"", c\\d\ne\r",196.5,true,#DIV/0!,2024-03-05,00042,"x""#,
            "\n7\n"
        )
    );
    assert_eq!(read.sheet.unvalued, 1);
    assert_eq!(read.sheet.last_filled.first(), Some(&Some(4)));
    assert_eq!(read.passed_over, None);
}

#[test]
fn a_spreadsheet_of_opendocument_is_read_as_it_is_shown() {
    let table = r#"<table:table table:name="A"><table:table-header-rows><table:table-row>
        <table:table-cell office:value-type="string"><text:p>id</text:p></table:table-cell>
        <table:table-cell office:value-type="string"><text:p>two<text:s text:c="2"/>x</text:p><text:p>lines</text:p>
        <office:annotation><text:p>note</text:p></office:annotation></table:table-cell></table:table-row></table:table-header-rows>
        <table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"/></table:table-row>
        <table:table-row table:number-rows-repeated="2">
        <table:table-cell office:value-type="float" office:value="4103"><text:p>04103</text:p></table:table-cell>
        <table:table-cell office:value-type="currency" office:value="12.5"><text:p>12,50 €</text:p></table:table-cell>
        <table:table-cell office:value-type="date" office:date-value="2024-03-05"><text:p>5.3.</text:p></table:table-cell>
        <table:table-cell office:value-type="time" office:time-value="PT14H30M00S"><text:p>14:30</text:p></table:table-cell>
        <table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></table:table-cell>
        <table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>
        <table:table-cell table:number-columns-repeated="16000"/></table:table-row>
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        </table:table>"#;
    let row = "04103,12.5,2024-03-05,14:30:00,true,#N/A\n";
    assert_eq!(
        text(ods(table), InputFormat::Ods),
        format!("\"id\",\"two  x\\nlines\"\n\n\n{row}{row}")
    );
}

#[test]
fn the_sheet_is_chosen_by_what_it_holds_or_by_name_or_number() {
    let cell = |v: &str| format!(r#"<row><c t="inlineStr"><is><t>{v}</t></is></c></row>"#);
    let (a, b, c) = (cell("a"), cell("b"), cell("c"));
    let hidden = r#" state="hidden""#;
    let read_of = |sheets: &[(&str, &str, &str)], wanted| {
        let read = read_as(xlsx(sheets), InputFormat::Xlsx, wanted).expect("a sheet");
        let text = String::from_utf8(read.sheet.text).expect("text");
        (text, read.passed_over.map(|sheets| sheets.to_string()))
    };
    let all = [
        ("E", "", ""),
        ("H", hidden, &*a),
        ("Data", "", &*b),
        ("2", "", &*c),
    ];
    for (sheets, wanted, expected, remark) in [
        (&all[..1], None, "", None),
        (&all[2..3], None, "\"b\"\n", None),
        (
            &all[..2],
            None,
            "\"a\"\n",
            Some("the sheet `H` is read, which is hidden"),
        ),
        (
            &all[..],
            None,
            "\"b\"\n",
            Some(
                "the sheet `Data` is read, not the sheet `2`, not the hidden sheet `H`; `sheet` chooses another",
            ),
        ),
        (&all[..], Some("data"), "\"b\"\n", None),
        (&all[..], Some("3"), "\"b\"\n", None),
        (&all[..], Some("2"), "\"c\"\n", None),
        (&all[..], Some("H"), "\"a\"\n", None),
    ] {
        let found = read_of(sheets, wanted);
        assert_eq!(found, (expected.to_owned(), remark.map(str::to_owned)));
    }
    for wanted in ["Date", "0", "5"] {
        let error = read_as(xlsx(&all), InputFormat::Xlsx, Some(wanted));
        let error = error.err().expect("no such sheet");
        assert_eq!(error.to_string(), format!("`t` has no sheet `{wanted}`"));
        assert_eq!(error.kind(), Kind::Declaration);
    }
    let table = |name: &str, style: &str| {
        format!(
            r#"<table:table table:name="{name}"{style}><table:table-row><table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell></table:table-row></table:table>"#
        )
    };
    let both = table("H", r#" table:style-name="h""#) + &table("V", "");
    let read = read_as(ods(&both), InputFormat::Ods, None).expect("a sheet");
    assert_eq!(read.sheet.text, b"\"V\"\n");
    let remark = read.passed_over.map(|sheets| sheets.to_string());
    assert_eq!(
        remark.as_deref(),
        Some("the sheet `V` is read, not the hidden sheet `H`; `sheet` chooses another")
    );
}

#[test]
fn damaged_and_protected_workbooks_are_refused() {
    let whole = xlsx(&[("S", "", "<row><c><v>1</v></c></row>")]);
    let cut = whole[..whole.len() - 30].to_vec();
    assert!(
        said(cut, InputFormat::Xlsx).contains("it is a damaged workbook: its archive is not whole")
    );
    // A byte of what is compressed.
    let mut changed = whole;
    for byte in &mut changed[40..60] {
        *byte ^= 0x55;
    }
    assert!(said(changed, InputFormat::Xlsx).contains("it is a damaged workbook"));
    for (rows, expected) in [
        (r#"<row r="0"/>"#, "a row has a number that is not one"),
        (r#"<row><c r="7"/></row>"#, "no cell stands at `7`"),
        (
            r#"<row><c r="ZZZZZZZZ7"/></row>"#,
            "no cell stands at `ZZZZZZZZ7`",
        ),
        (
            r#"<row r="1048577"><c><v>1</v></c></row>"#,
            "a cell stands in row 1048577 and column 1",
        ),
        (
            r#"<row r="4294967295"><c><v>1</v></c></row>"#,
            "a cell stands in row 4294967295",
        ),
        (
            r#"<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>"#,
            "the cells of row 1 are not in order",
        ),
        (
            r#"<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>"#,
            "the cells of row 1 are not in order",
        ),
        (
            r#"<row><c t="s"><v>99</v></c></row>"#,
            "it has no shared text `99`",
        ),
        ("<row><c><v>1</v></row>", "cannot be read"),
        (
            "<row><c><v>&wrong;</v></c></row>",
            "`&wrong;` means nothing",
        ),
    ] {
        let said = said(xlsx(&[("S", "", rows)]), InputFormat::Xlsx);
        assert!(
            said.contains("it is a damaged workbook") && said.contains(expected),
            "{said}"
        );
    }
    let no_sheet = archive(&[("xl/workbook.xml", "<workbook/>")]);
    assert_eq!(said(no_sheet, InputFormat::Xlsx), "\"\"");
    let nothing = archive(&[("a", "b")]);
    assert!(said(nothing, InputFormat::Xlsx).ends_with("it has no `xl/workbook.xml`"));
    let open_table = "<table:table><table:table-row><table:table-cell>";
    let broken = archive(&[("content.xml", open_table)]);
    assert!(said(broken, InputFormat::Ods).ends_with("`content.xml` ends too early"));
    let locked = archive(&[("META-INF/manifest.xml", "<manifest:encryption-data/>")]);
    assert!(said(locked, InputFormat::Ods).ends_with("it is a workbook that a password protects"));
}

#[test]
fn a_workbook_cannot_ask_for_more_than_there_is_room_for() {
    let mut grid = Grid::of_at_most(100);
    let added = (0..60).try_for_each(|row| grid.add(row, 0, Cell::Typed("1")));
    let trouble = added.expect_err("too large");
    assert!(trouble.what.contains("with a sheet of more than"));
    // A cell far away costs a line break for each row.
    let far = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let read = read_as(xlsx(&[("S", "", far)]), InputFormat::Xlsx, None).expect("a sheet");
    assert_eq!(read.sheet.text.len(), (1 << 20) - 1 + (1 << 14) - 1 + 2);
}
