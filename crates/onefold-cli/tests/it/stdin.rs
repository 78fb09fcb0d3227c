//! `-` is standard input.

use std::io::Write;

use crate::command::Run;

const CSV: &str = "id,joined\n1,2024-01-05\n2,2024-02-30\n3,2024-03-07\n";

const DECLARED: &str = "\
pipeline: p
sources:
  t: {path: \"-\", fields: {id: {type: integer, required: true}, joined: date}}
tables:
  late: {from: t, where: \"joined > '2024-02-01'\"}
outputs:
  - {table: late, path: late.csv}
  - {table: t.rejects, path: rejects.csv, columns: [file, line, code]}
";

const AS_FOUND: &str = "\
pipeline: p
sources:
  t: {path: \"-\"}
tables:
  few: {from: t, where: \"joined <> '2024-02-30'\"}
outputs:
  - {table: few, path: out.csv}
  - {table: few, path: out.parquet}
";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn run(pipeline: &str) -> Run {
    Run::new(&["run", "p.yaml", "--out", "out"]).file("p.yaml", pipeline)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn rejects_call_it_as_the_pipeline_does() {
    let done = run(DECLARED).stdin(CSV).done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(text(done.file("out/late.csv")), "id,joined\n3,2024-03-07\n");
    let rejects = "file,line,code\n-,3,invalid_date\n";
    assert_eq!(text(done.file("out/rejects.csv")), rejects);
}

#[test]
fn content_decides_as_of_a_file() {
    let rows = "id,joined\n1,2024-01-05\n3,2024-03-07\n";
    let json = r#"{"id": 1, "joined": "2024-01-05"}
{"id": 2, "joined": "2024-02-30"}
{"id": 3, "joined": "2024-03-07"}
"#;
    let mut parquet = Vec::new();
    for content in [CSV.as_bytes().to_vec(), gzip(CSV), gzip(json)] {
        let done = run(AS_FOUND).stdin(content).done();
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        assert_eq!(text(done.file("out/out.csv")), rows);
        parquet = done.file("out/out.parquet").to_vec();
    }
    let done = run(AS_FOUND).stdin(parquet).done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(text(done.file("out/out.csv")), rows);
}

#[test]
fn what_cannot_be_read_is_called_so_too() {
    let done = run(AS_FOUND).stdin(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n").done();
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert!(done.stderr.contains("`-`"), "{}", done.stderr);
    let done = run(AS_FOUND).stdin("").done();
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(
        done.stderr
            .contains("source `t` has no columns: `-` holds no records"),
        "{}",
        done.stderr
    );
}

#[test]
fn only_a_run_reads_it() {
    let ask = |arguments: &[&str], pipeline: &str| {
        let done = Run::new(arguments).file("p.yaml", pipeline).done();
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        done.stdout
    };
    assert_eq!(
        ask(&["check", "p.yaml"], AS_FOUND),
        "p.yaml: nothing wrong\n"
    );
    assert_eq!(
        ask(&["plan", "p.yaml"], DECLARED),
        "source t from - (standard input)\n  id: integer\n  joined: date\ntable late = from of t\n  id: integer\n  joined: date\n"
    );
    let unknown = "  the columns are known only in a run: they are those of standard input\n";
    assert_eq!(
        ask(&["plan", "p.yaml"], AS_FOUND),
        format!("source t from - (standard input)\n{unknown}table few = from of t\n{unknown}")
    );
    assert_eq!(
        ask(&["run", "p.yaml", "--dry-run"], AS_FOUND),
        "would read   - (standard input) as t\nwould make   few (from)\nwould write  ./out.csv\nwould write  ./out.parquet\n"
    );
    let plan = ask(&["plan", "p.yaml", "--format", "json"], AS_FOUND);
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    assert_eq!(plan["sources"][0]["stdin"], true);
    assert_eq!(plan["sources"][0]["columns"], serde_json::Value::Null);
}

#[test]
fn commands_on_it_alone() {
    let done = Run::new(&["show", "-"]).stdin(gzip(CSV)).done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(done.stdout.ends_with("\n3 rows\n"), "{}", done.stdout);
    let done = Run::new(&["show", "-", "--plot", "id"]).stdin(CSV).done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);

    let run = Run::new(&["init", "-", "--out", "p"]).stdin(CSV);
    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let draft = text(done.file("p/onefold.yaml"));
    assert!(draft.contains("path: \"-\""), "{draft}");
    let done = run.arguments(&["run", "p", "--out", "out"]).done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));

    let event = r#"{"user_id":1,"event_time":"2024-01-01T00:00:00Z","event_type":"x"}"#;
    let arguments = [
        "sessions",
        "--input",
        "-",
        "--out",
        "s.csv",
        "--skips-out",
        "k.csv",
    ];
    let done = Run::new(&arguments).stdin(event).done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(text(done.file("s.csv")).starts_with("user_id,"));
}

#[test]
fn tests_of_a_pipeline_give_it_as_a_file() {
    let test = "\
tests:
  - name: late
    inputs:
      t: |
        id,joined
        1,2024-02-02
        x,2024-02-02
    expect:
      late: [{id: 1, joined: 2024-02-02}]
      t.rejects: [{file: \"-\", code: invalid_integer}]
";
    let done = Run::new(&["test", "p.yaml"])
        .file("p.yaml", format!("{DECLARED}{test}"))
        .stdin("never read")
        .done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_file_of_that_name() {
    let done = run(&DECLARED.replace("\"-\"", "./-")).file("-", CSV).done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(text(done.file("out/late.csv")), "id,joined\n3,2024-03-07\n");
}
