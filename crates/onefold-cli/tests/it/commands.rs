//! Whole commands: what is printed, where, with which exit code, and which files are there afterwards.

use std::fs;
use std::io::Write;

use crate::command::Run;

const CUSTOMERS: &str = "id,name,joined\n1,Ann,2024-01-05\n2,Bob,2024-02-30\n3,Eve,2024-03-07\n";
const PIPELINE: &str = "\
pipeline: p
sources:
  t:
    path: t.csv
    fields: {id: {required: true}, name: text, joined: date}
outputs:
  - {table: t, path: out.csv}
";
const AS_FOUND: &str =
    "pipeline: p\nsources:\n  t: {path: PATH}\noutputs:\n  - {table: t, path: out.csv}\n";

fn run() -> Run {
    Run::new(&["run", "p.yaml", "--out", "out"])
}

/// A run of a pipeline without declared fields over one file.
fn as_found(path: &str, content: impl AsRef<[u8]>) -> Run {
    run()
        .file("p.yaml", AS_FOUND.replace("PATH", path))
        .file(path, content)
}

fn with_fields(fields: &str) -> Run {
    run()
        .file("p.yaml", PIPELINE.replace("joined: date", fields))
        .file("t.csv", CUSTOMERS)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[test]
fn example_customer_master() {
    let folder = crate::package().join("../../examples/customer-master");
    let mut run = run().arguments(&["run", "project", "--out", "out"]);
    for name in [
        "onefold.yaml",
        "crm_customers.csv",
        "ecommerce_customers.json",
    ] {
        run = run.file(
            &format!("project/{name}"),
            fs::read(folder.join(name)).expect("the example"),
        );
    }
    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    for name in [
        "customer_master.csv",
        "duplicate_report.csv",
        "integration_log.txt",
    ] {
        let expected = fs::read_to_string(folder.join("expected").join(name)).expect("the example");
        let found = String::from_utf8_lossy(done.file(&format!("out/{name}")));
        assert_eq!(run.redacted(&found), expected, "{name}");
    }
    run.golden("example_customer_master");
}

#[test]
fn clean_run() {
    run()
        .file("p.yaml", PIPELINE)
        .file("t.csv", "id,name,joined\n1,Ann,2024-01-05\n")
        .golden("clean_run");
}

#[test]
fn an_invalid_value_is_a_reject() {
    run()
        .file("p.yaml", PIPELINE)
        .file("t.csv", CUSTOMERS)
        .golden("an_invalid_value_is_a_reject");
}

#[test]
fn missing_input() {
    run().file("p.yaml", PIPELINE).golden("missing_input");
}

#[test]
fn missing_pipeline() {
    run().golden("missing_pipeline");
}

#[test]
fn input_is_an_empty_folder() {
    run()
        .file("p.yaml", PIPELINE)
        .folder("t.csv")
        .golden("input_is_an_empty_folder");
}

#[test]
fn truncated_gzip() {
    let whole = gzip(&CUSTOMERS.repeat(50));
    as_found("t.csv.gz", &whole[..whole.len() / 2]).golden("truncated_gzip");
}

#[test]
fn gzip_of_two_members() {
    let bytes = [gzip("id,name\n1,Ann\n"), gzip("2,Bob\n")].concat();
    as_found("t.csv.gz", bytes).golden("gzip_of_two_members");
}

#[test]
fn misspelt_field() {
    let pipeline =
        PIPELINE.to_owned() + "tables:\n  c: {resolve: {from: t, match: nmae, id: customer}}\n";
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .golden("misspelt_field");
}

#[test]
fn field_without_a_column() {
    run()
        .file("p.yaml", PIPELINE.replace("name: text", "nam: text"))
        .file("t.csv", CUSTOMERS)
        .golden("field_without_a_column");
}

#[test]
fn three_errors_in_one_file() {
    let pipeline = PIPELINE
        .replace("joined: date", "joined: dat")
        .replace("required", "requird")
        .replace("table: t", "table: tt");
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .golden("three_errors_in_one_file");
}

#[test]
fn ragged_row() {
    as_found("t.csv", "id,name\n1,Ann\n2\n3,Eve,x\n4,Bob\n").golden("ragged_row");
}

#[test]
fn broken_record_in_an_array() {
    as_found(
        "t.json",
        "[\n  {\"id\": 1},\n  {\"id\": },\n  {\"id\": 3}\n]\n",
    )
    .golden("broken_record_in_an_array");
}

#[test]
fn limit_exceeded() {
    let pipeline = PIPELINE.replace(
        "    path: t.csv\n",
        "    path: t.csv\n    limits: {rejects: 10%}\n",
    );
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .file("out/out.csv", "old\n")
        .golden("limit_exceeded");
}

#[test]
fn on_invalid_fail() {
    with_fields("joined: {type: date, on_invalid: fail}")
        .file("out/out.csv", "old\n")
        .golden("on_invalid_fail");
}

#[test]
fn unknown_column_in_an_output() {
    let pipeline = PIPELINE.replace("path: out.csv", "path: out.csv, columns: [id, nane]");
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .golden("unknown_column_in_an_output");
}

#[test]
fn sql_error_in_a_condition() {
    let pipeline = PIPELINE
        .replace(
            "outputs:",
            "tables:\n  u: {from: t, where: name >}\noutputs:",
        )
        .replace("table: t", "table: u");
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .golden("sql_error_in_a_condition");
}

#[test]
fn a_check_rejects() {
    let checks = "    checks: [{sql: \"name <> 'Bob'\", code: no_bob, reason: \"{name} is not welcome\"}]\noutputs:";
    let pipeline = PIPELINE
        .replace("outputs:", checks)
        .replace("joined: date", "joined: text");
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .golden("a_check_rejects");
}

#[test]
fn json_report() {
    run()
        .arguments(&["run", "p.yaml", "--out", "out", "--format", "json"])
        .file("p.yaml", PIPELINE)
        .file("t.csv", CUSTOMERS)
        .golden("json_report");
}

#[test]
fn json_report_of_versions_drift_and_freshness() {
    let pipeline = "\
pipeline: p
sources:
  t:
    path: 'in/*.json'
    fields: {id: {required: true}, at: timestamp}
    versions:
      - {name: v2, when: {path: in/*_v2.json}, fields: {id: {from: key}}}
      - {name: v3, when: {path: in/*_v3.json}, fields: {id: {from: uuid}}}
outputs:
  - {table: t, path: out.csv}
";
    run()
        .arguments(&["run", "p.yaml", "--out", "out", "--format", "json"])
        .file("p.yaml", pipeline)
        .file(
            "in/a_v1.json",
            r#"{"id": 1, "at": "2025-07-01T10:00:00Z", "vip": true}"#,
        )
        .file(
            "in/a_v2.json",
            r#"[{"key": 2, "at": "2025-07-01T11:00:00Z"}, {"vip": false}]"#,
        )
        .golden("json_report_of_versions_drift_and_freshness");
}

#[test]
fn json_error() {
    run()
        .arguments(&["run", "p.yaml", "--format", "json"])
        .file("p.yaml", PIPELINE.replace("date", "dat"))
        .golden("json_error");
}

#[test]
fn check() {
    run()
        .arguments(&["check", "p.yaml"])
        .file("p.yaml", PIPELINE)
        .golden("check");
}

#[test]
fn check_finds_errors_without_reading_data() {
    let pipeline = PIPELINE.replace("path: out.csv", "path: out.csv, columns: [nme]");
    run()
        .arguments(&["check", "p.yaml"])
        .file("p.yaml", pipeline)
        .golden("check_finds_errors_without_reading_data");
}

#[test]
fn plan() {
    let pipeline = PIPELINE.replace(
        "outputs:",
        "tables:\n  u: {from: t, where: id <> '2', select: [id, {day: joined}]}\noutputs:",
    );
    run()
        .arguments(&["plan", "p.yaml"])
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .golden("plan");
}

#[test]
fn schema_is_json() {
    let done = run().arguments(&["schema"]).done();
    assert_eq!(
        (done.code, done.stderr.as_str(), done.files.len()),
        (Some(0), "", 0)
    );
    let schema: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert!(
        schema["properties"]["sources"].is_object() || schema["$ref"].is_string(),
        "{schema}"
    );
}

#[test]
fn unknown_option() {
    run()
        .arguments(&["run", "p.yaml", "--ot", "out"])
        .file("p.yaml", PIPELINE)
        .golden("unknown_option");
}

#[test]
fn output_outside_of_the_folder() {
    let pipeline = PIPELINE.replace("path: out.csv", "path: ../out.csv");
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", CUSTOMERS)
        .golden("output_outside_of_the_folder");
}

#[test]
fn zero_bytes() {
    as_found("t.csv", "").golden("zero_bytes");
}

#[test]
fn zero_bytes_with_declared_fields() {
    run()
        .file("p.yaml", PIPELINE)
        .file("t.csv", "")
        .golden("zero_bytes_with_declared_fields");
}

#[test]
fn header_only() {
    run()
        .file("p.yaml", PIPELINE)
        .file("t.csv", "id,name,joined\n")
        .golden("header_only");
}

#[test]
fn empty_array() {
    run()
        .file("p.yaml", PIPELINE.replace("t.csv", "t.json"))
        .file("t.json", "[]")
        .golden("empty_array");
}

#[test]
fn several_files() {
    run()
        .file(
            "p.yaml",
            PIPELINE.replace("path: t.csv", "path: 'in/*.csv'")
                + "  - {table: t.rejects, path: rejects.csv}\n",
        )
        .file("in/b.csv", "name,id,joined\nBob,2,x\nJoe,3,2024-02-03\n")
        .file("in/a.csv", "id,name,joined\n1,Ann,2024-01-05\n")
        .file("in/c.txt", "not read\n")
        .golden("several_files");
}

#[test]
fn utf16_with_a_byte_order_mark() {
    as_found("t.csv", utf16("id,name\r\n1,Zoë 张\r\n")).golden("utf16_with_a_byte_order_mark");
}

#[test]
fn declared_windows_1252() {
    let pipeline = AS_FOUND.replace("PATH", "t.csv, encoding: windows-1252");
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", b"id,name\n1,Zo\xeb \x80\n")
        .golden("declared_windows_1252");
}

#[test]
fn undeclared_windows_1252() {
    let pipeline =
        AS_FOUND.replace("PATH", "t.csv") + "  - {table: t.rejects, path: rejects.jsonl}\n";
    run()
        .file("p.yaml", pipeline)
        .file("t.csv", b"id,name\n1,Zo\xeb\n2,Ann\n")
        .golden("undeclared_windows_1252");
}

#[test]
fn header_that_is_no_utf8() {
    as_found("t.csv", b"id,pr\xe9nom\n1,Ann\n").golden("header_that_is_no_utf8");
}

#[test]
fn tar_archive() {
    let mut bytes = vec![0; 1024];
    bytes[..5].copy_from_slice(b"t.csv");
    bytes[257..262].copy_from_slice(b"ustar");
    as_found("t.tar", bytes).golden("tar_archive");
}
