//! A list as an office keeps it: a workbook with titles, a total, a note, and sheets that are not the list. And workbooks that a run writes.

use std::io::Write;

use zip::write::{SimpleFileOptions, ZipWriter};

use crate::command::Run;

const RELATED: &str = r#"<Relationships>
<Relationship Id="a" Type="x/worksheet" Target="worksheets/a.xml"/>
<Relationship Id="b" Type="x/worksheet" Target="worksheets/b.xml"/>
<Relationship Id="c" Type="x/worksheet" Target="worksheets/c.xml"/>
<Relationship Id="s" Type="x/styles" Target="styles.xml"/></Relationships>"#;

const WORKBOOK: &str = r#"<workbook><sheets><sheet name="Participants" r:id="a"/>
<sheet name="Codes" state="hidden" r:id="b"/><sheet name="Notes" r:id="c"/></sheets></workbook>"#;

const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;

const PARTICIPANTS: &str = r##"<worksheet><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Autumn seminar</t></is></c></row>
<row r="3"><c r="A3" t="inlineStr"><is><t>No</t></is></c><c t="inlineStr"><is><t>E-mail</t></is></c>
<c t="inlineStr"><is><t>Zip</t></is></c><c t="inlineStr"><is><t>Paid
on</t></is></c><c t="inlineStr"><is><t>Amount</t></is></c></row>
<row r="4"><c><v>1</v></c><c t="inlineStr"><is><t>Anna@Example.org</t></is></c><c s="2"><v>4103</v></c><c s="1"><v>45356</v></c><c><v>196.49999999999997</v></c></row>
<row r="5"><c><v>2</v></c><c t="inlineStr"><is><t>bo.example.org</t></is></c><c s="2"><v>80331</v></c><c s="1"><v>45357</v></c><c><v>20</v></c></row>
<row r="7"><c><v>3</v></c><c t="inlineStr"><is><t>cy@example.org</t></is></c><c s="2"><v>1067</v></c><c/><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>
<row r="8"><c><v>4</v></c><c t="inlineStr"><is><t>di@example.org</t></is></c><c/><c s="1"><v>45358</v></c><c><f>E4/2</f></c></row>
<row r="10"><c t="inlineStr"><is><t>Total</t></is></c><c/><c/><c/><c><v>216.5</v></c></row>
</sheetData></worksheet>"##;

const OTHER: &str = r#"<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>"#;

fn workbook() -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATED),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/a.xml", PARTICIPANTS),
        ("xl/worksheets/b.xml", OTHER),
        ("xl/worksheets/c.xml", OTHER),
    ] {
        zip.start_file(name, SimpleFileOptions::default())
            .expect("memory");
        zip.write_all(content.as_bytes()).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

const PIPELINE: &str = r#"pipeline: seminar
sources:
  participants:
    path: seminar.xlsx
    footer: 1
    fields:
      no: {from: "No", type: integer, required: true}
      email: {from: E-mail, type: email, required: true}
      zip: {from: Zip}
      paid: {from: Paid on, type: date, formats: "%d.%m.%Y"}
      amount: {from: Amount, type: "decimal(12,2)"}
outputs:
  - {table: participants, path: participants.csv, bom: true}
  - {table: participants.rejects, path: rejects.csv}
"#;

#[test]
fn a_list_of_an_office() {
    let run = Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", PIPELINE)
        .file("seminar.xlsx", workbook());
    run.golden("a_workbook");
    run.arguments(&["plan", "p.yaml"])
        .golden("plan_of_a_workbook");
}

#[test]
fn a_sheet_that_is_not_there() {
    let pipeline = PIPELINE.replace("footer: 1", "sheet: Participant");
    Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", pipeline)
        .file("seminar.xlsx", workbook())
        .golden("a_sheet_that_is_not_there");
}

const WRITES: &str = r#"pipeline: people
sources:
  people:
    path: people.csv
    fields: {id: text, name: text, phone: {type: phone, region: GB}, born: date, seen: timestamp, points: integer, balance: "decimal(8,2)", active: boolean}
outputs:
  - {table: people, path: people.csv}
  - {table: people, path: book.xlsx}
  - {table: people.rejects, path: book.xlsx, columns: [line, reason]}
"#;

const READS: &str = r#"pipeline: again
sources:
  people:
    path: out/book.xlsx
    sheet: people
    fields: {id: text, name: text, phone: text, born: date, seen: timestamp, points: integer, balance: "decimal(8,2)", active: boolean}
outputs:
  - {table: people, path: people.csv}
"#;

const PEOPLE: &str = "id,name,phone,born,seen,points,balance,active
007,=1+1,020 7946 0000,1999-12-31,2024-01-05T10:30:00Z,-5,12.50,yes
0012345678901234567890,'Bo,+44 20 7946 0001,1900-02-28,2024-01-05T10:30:00.25Z,999999999999999,-0.01,no
1e5,\"two
lines_x000D_ <&>\",,2024-02-29,2024-01-05T10:30:00.000001Z,9007199254740993,,
TRUE, http://x.example/ ,,,,,,
10,Bad,,2024-02-30,,,,
";

/// What is written to a workbook is there again when it is read: no id has become a number, no text a formula.
#[test]
fn a_workbook_is_read_again() {
    let run = Run::new(&["run", "writes.yaml", "--out", "out"])
        .file("writes.yaml", WRITES)
        .file("people.csv", PEOPLE);
    let wrote = run.done();
    assert_eq!(wrote.exit(), "0", "{}", wrote.stderr);
    assert!(
        wrote.stdout.contains(
            "book.xlsx, sheet people (4 rows)\n        book.xlsx, sheet people.rejects (1 row)"
        ),
        "{}",
        wrote.stdout
    );
    let run = run
        .file("reads.yaml", READS)
        .arguments(&["run", "reads.yaml", "--out", "again"]);
    let read = run.done();
    assert_eq!(read.exit(), "0", "{}", read.stderr);
    let text = |path: &str| String::from_utf8_lossy(read.file(path)).into_owned();
    assert_eq!(text("again/people.csv"), text("out/people.csv"));
    // The same rows are the same bytes, whenever and on however many threads they are written.
    let run = run.arguments(&["run", "writes.yaml", "--out", "third", "--threads", "1"]);
    let third = run.done();
    assert!(third.file("third/book.xlsx") == third.file("out/book.xlsx"));
}
