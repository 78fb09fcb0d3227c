//! Inputs as they lie in real folders: beside outputs, beside files that are no data, empty, or declared wrongly.

use crate::command::{Done, Run};

const CSV: &str = "id,email\n1,a@b.org\n";

fn pipeline(source: &str, outputs: &str) -> String {
    format!("pipeline: p\nsources:\n  t: {source}\noutputs:\n{outputs}")
}

/// A run in one folder for everything.
fn here(source: &str, outputs: &str) -> Run {
    Run::new(&["run", "p.yaml"]).file("p.yaml", pipeline(source, outputs))
}

/// A run whose outputs go elsewhere.
fn apart(source: &str) -> Run {
    let outputs = "  - {table: t, path: out.csv}\nlimits: {rejects: 100%}\n";
    Run::new(&["run", "p.yaml", "--out", "out"]).file("p.yaml", pipeline(source, outputs))
}

fn warnings(done: &Done) -> Vec<&str> {
    let lines = done.stdout.lines();
    lines
        .filter_map(|line| line.strip_prefix("warning: "))
        .collect()
}

#[test]
fn an_output_that_is_an_input() {
    let run = here(
        "{path: \"data/*.csv\"}",
        "  - {table: t, path: data/a.csv}\n  - {table: t, path: data/all.csv}\n  - {table: t, path: all.csv}\n",
    )
    .file("data/a.csv", CSV);
    run.golden("an_output_that_is_an_input");
    assert_eq!(run.done().file("data/a.csv"), CSV.as_bytes());
    // `check` says the same, without a file being there.
    here("{path: \"*.csv\"}", "  - {table: t, path: out.csv}\n")
        .arguments(&["check", "p.yaml"])
        .golden("check_finds_outputs_that_are_inputs");
}

#[test]
fn nothing_is_read_a_second_time() {
    // Two runs into the folder of the inputs, as far as they are allowed, read the same.
    let run = here("{path: \"*.csv\"}", "  - {table: t, path: out/all.csv}\n").file("a.csv", CSV);
    for _ in 0..2 {
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert_eq!(done.file("out/all.csv"), CSV.as_bytes());
    }
    for (source, output) in [
        ("{path: \"**/*.csv\"}", "{table: t, path: out/all.csv}"),
        ("{path: .}", "{table: t, path: all.json}"),
        ("{path: .}", "{log: run, path: run.log}"),
        ("{path: .}", "{metrics: run, path: run.prom}"),
        ("{path: a.csv}", "{table: t, path: a.csv}"),
        ("{path: a.csv}", "{table: t, path: ./a.csv}"),
    ] {
        let run = here(source, &format!("  - {output}\n")).file("a.csv", CSV);
        let done = run.done();
        assert_eq!(done.code, Some(2), "{source} {output}");
        assert_eq!(done.file("a.csv"), CSV.as_bytes());
        assert!(
            !done.files.keys().any(|name| name.contains(".onefold")),
            "work has begun"
        );
        let says = ["would overwrite", "would read output"];
        assert!(
            says.iter().any(|s| done.stderr.contains(s)),
            "{}",
            done.stderr
        );
    }
    // Folders of their own are apart, whatever the names.
    let run = here("{path: \"*.csv\"}", "  - {table: t, path: a.csv}\n")
        .file("in/a.csv", CSV)
        .arguments(&["run", "p.yaml", "--in", "in", "--out", "out"]);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["check", "p.yaml", "--in", "in", "--out", "in"]);
    assert_eq!(run.done().code, Some(2));
    let run = run.arguments(&["check", "p.yaml", "--in", "in", "--out", "out"]);
    assert_eq!(run.done().code, Some(0));
}

#[test]
fn the_pipeline_file_is_neither_output_nor_input() {
    let run = here(
        "{path: a.csv}",
        "  - {table: t, path: p.yaml, format: csv}\n",
    )
    .file("a.csv", CSV);
    let done = run.done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr
            .starts_with("error: output `p.yaml` would overwrite the pipeline file\n")
    );
    let run = apart("{path: .}").file("a.csv", CSV);
    let done = run.done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr
            .starts_with("error: source `t` reads the pipeline file itself\n")
    );
    // Who names it means it.
    let run = apart("{path: p.yaml, format: csv, header: false}");
    assert_eq!(run.done().code, Some(0));
}

#[test]
fn sessions_do_not_overwrite_their_events() {
    let event = r#"{"user_id":1,"event_time":"2024-01-01T00:00:00Z","event_type":"x"}"#;
    let run = Run::new(&[
        "sessions",
        "--input",
        "e.json",
        "--out",
        "e.json",
        "--skips_out",
        "s.csv",
    ])
    .file("e.json", event);
    let done = run.done();
    assert_eq!(done.code, Some(2));
    assert_eq!(
        done.stderr,
        "error: output `e.json` would overwrite `e.json`, an input of source `events`\n"
    );
    assert_eq!(done.file("e.json"), event.as_bytes());
}

#[test]
fn what_is_beside_the_data_is_told() {
    let run = apart("{path: data}")
        .file("data/a.csv", CSV)
        .file("data/._a.csv", "\0\x05\x16\x07")
        .file("data/_SUCCESS", "")
        .file("data/b.csv.part", "id,em")
        .folder("data/old");
    run.golden("what_is_beside_the_data_is_told");
    let run = run.arguments(&["plan", "p.yaml"]);
    let said = run.done().stdout;
    assert!(
        said.contains("  not read: data/b.csv.part (unfinished by its name)\n"),
        "{said}"
    );
}

#[test]
fn what_is_no_table_is_refused() {
    let workbook = [
        &b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0"[..],
        &[0; 12],
        b"\x13\0\0\0[Content_Types].xml xl/workbook.xml",
    ];
    apart("{path: customers.csv}")
        .file("customers.csv", workbook.concat())
        .golden("a_workbook_named_csv");
    apart("{path: customers.csv}")
        .file(
            "customers.csv",
            "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n",
        )
        .golden("a_page_named_csv");
    apart("{path: customers.parquet}")
        .file("customers.parquet", CSV)
        .golden("text_named_parquet");
}

#[test]
fn a_link_in_the_place_of_own_files() {
    let run = apart("{path: a.csv}")
        .file("a.csv", CSV)
        .folder("elsewhere")
        .folder("out");
    std::os::unix::fs::symlink("../elsewhere", run.path("out/.onefold")).expect("a link");
    let done = run.done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("out/.onefold is a symbolic link"),
        "{}",
        done.stderr
    );
    assert!(!done.files.keys().any(|name| name.starts_with("elsewhere/")));
}

#[test]
fn sources_without_records_are_told() {
    for (files, expected) in [
        (vec![("d/a.csv", "")], "there are no records in `d/a.csv`"),
        (
            vec![("d/a.csv", "id,email\n")],
            "there are no records in `d/a.csv`",
        ),
        (
            vec![("d/a.csv", "\n"), ("d/b.csv", "\u{feff}")],
            "there are no records in any of its 2 files: `d/a.csv`, `d/b.csv`",
        ),
        (
            vec![("d/a.csv", ""), ("d/b.csv", CSV), ("d/c.csv", "id,email\n")],
            "there are no records in 2 of its 3 files: `d/a.csv`, `d/c.csv`",
        ),
        (
            vec![("d/a.json", " ")],
            "there are no records in `d/a.json`",
        ),
        (
            vec![("d/a.json", "[]")],
            "there are no records in `d/a.json`",
        ),
    ] {
        for fields in ["", ", fields: {id: text, email: text}"] {
            let mut run = apart(&format!("{{path: d{fields}}}"));
            for (name, text) in &files {
                run = run.file(name, text);
            }
            let done = run.done();
            assert_eq!(done.code, Some(0), "{files:?} {}", done.stderr);
            assert_eq!(warnings(&done), [format!("source t: {expected}")]);
            let has_rows = files.iter().any(|(_, text)| *text == CSV);
            if has_rows {
                assert_eq!(done.file("out/out.csv"), CSV.as_bytes());
            }
        }
    }
}

#[test]
fn a_table_without_columns() {
    apart("{path: a.csv}")
        .file("a.csv", "")
        .file(
            "p.yaml",
            "sources: {t: {path: a.csv}}\noutputs: [{table: t, path: out.parquet}]\n",
        )
        .golden("a_table_without_columns_as_parquet");
    apart("{path: a.csv}")
        .file("a.csv", "\n\n")
        .file(
            "p.yaml",
            "sources: {t: {path: a.csv}}\ntables: {d: {dedupe: {from: t, by: email}}}\noutputs: [{table: d, path: out.csv}]\n",
        )
        .golden("a_column_of_an_empty_file");
}

#[test]
fn a_source_that_is_mostly_rejected_is_doubted() {
    let western = b"id,name\n1,Zo\xeb\n2,Jos\xe9\n3,Ren\xe9\n";
    for (source, content, expected) in [
        (
            "{path: d, fields: {id: integer, name: text}}",
            &western[..],
            "all 3 records are rejected: invalid encoding (invalid_encoding); the bytes fit `encoding: windows-1252`",
        ),
        (
            "{path: d, fields: {id: integer, day: date}}",
            b"id,day\n1,01/02/2024\n2,03/04/2024\nx,2024-01-01\n4,2024-01-01\n",
            "3 of 4 records are rejected, 2 of them: ambiguous date (day or month first?) (ambiguous_date); declare which comes first, with `order: day_first` or `order: month_first`",
        ),
        (
            "{path: d, format: json, fields: {email: {required: true}}}",
            b"{\"e_mail\":\"a@b.org\"}\n{\"e_mail\":\"c@d.org\"}\n",
            "all 2 records are rejected: missing email (missing_value); no column is called `email`; the files have `e_mail`: read it with `from: e_mail`",
        ),
        (
            "{path: d, format: json}",
            b"id,email\n1,a@b.org\n",
            "are rejected",
        ),
        (
            "{path: d, fields: {id: {type: integer, required: true}}, checks: [{sql: id > 5, code: small, reason: too small}]}",
            b"id\n1\n",
            "its only record is rejected: too small (small)",
        ),
    ] {
        let done = apart(source).file("d/t.x", content).done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let found = warnings(&done);
        assert!(
            found.len() == 1 && found[0].starts_with("source t: "),
            "{found:?}"
        );
        assert!(
            found[0].ends_with(expected) || found[0].contains(expected),
            "{found:?}"
        );
    }
    let half = apart("{path: d, fields: {id: integer}}").file("d/t.csv", "id\n1\n2\nx\ny\n");
    assert_eq!(warnings(&half.done()), Vec::<&str>::new());
}
