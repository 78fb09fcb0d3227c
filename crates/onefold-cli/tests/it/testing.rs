//! `onefold test`: what users' own tests read, compare and print.

use std::fs;
use std::process::Command;

use crate::command::{Done, Run};

const PIPELINE: &str = "\
pipeline: p
sources:
  events:
    path: events.json
    limits: {rejects: 50%}
    fields: {user_id: {required: true}, time: timestamp, amount: 'decimal(10,2)'}
  people: {path: people.csv, fields: {user_id: {required: true}, name: person_name}}
tables:
  known: {join: {from: events, left: {table: people, on: user_id}}}
outputs: [{table: known, path: known.csv}]
tests:
";

fn test(tests: &str) -> Run {
    Run::new(&["test", "p.yaml"]).file("p.yaml", format!("{PIPELINE}{tests}"))
}

/// What the tests of a pipeline print; all pass.
fn passes(pipeline: &str) -> String {
    let done = Run::new(&["test", "p.yaml"])
        .file("p.yaml", pipeline)
        .done();
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (Some(0), ""),
        "{}",
        done.stdout
    );
    done.stdout
}

fn root(path: &str) -> std::path::PathBuf {
    crate::package().join("../..").join(path)
}

#[test]
fn the_tests_of_the_examples_pass() {
    for (name, tests) in [
        ("event-sessions/onefold.yaml", 2),
        ("unified-events/onefold.yaml", 2),
        ("unified-events/both-versions.yaml", 2),
        ("one-list/onefold.yaml", 1),
        ("daily-logs/onefold.yaml", 1),
        ("nightly-crm/onefold.yaml", 1),
        ("customer-master/onefold.yaml", 1),
        ("stream-enrichment/onefold.yaml", 1),
        ("customer-360/onefold.yaml", 1),
    ] {
        let text = fs::read_to_string(root("examples").join(name)).expect("the example");
        let end = format!("\n{tests} passed, 0 failed\n");
        assert!(passes(&text).ends_with(&end), "{name}");
    }
}

#[test]
fn the_tests_of_the_guide_pass() {
    let guide = fs::read_to_string(root("docs/guide/testing.md")).expect("the guide");
    let pipeline = guide
        .split("```")
        .find_map(|block| block.strip_prefix("yaml\n"))
        .expect("a pipeline");
    assert!(passes(pipeline).ends_with("\n2 passed, 0 failed\n"));
}

#[test]
fn differences_are_shown() {
    test(
        "
  - name: all is well
    inputs: {events: [{user_id: 1, amount: 2.5}]}
    expect: {known: [{user_id: 1, amount: 2.50, name: null}], events.rejects: 0}
  - name: rows
    inputs:
      events: [{user_id: 1}, {user_id: 2}, {user_id: 3}, {user_id: 4}, {user_id: 5}, {user_id: 6}, {user_id: 'a, b'}]
      people: [{user_id: 2, name: ann lee}]
    expect:
      known: [{user_id: 1}, {user_id: 2, name: Bob}, {user_id: 3}, {user_id: 4}, {user_id: 5}, {user_id: 6, name: ''}]
  - name: no rows
    inputs: {events: [{user_id: 1, time: 2024-01-01}]}
    expect: {events: []}
  - name: counts
    inputs: {events: [{user_id: 1}, {user_id: 1}, {time: 2024-01-01}]}
    expect: {known: 3, events.rejects: 1}
    ledger: {events: {read: 4, accepted: 2, rejected: 2}}
",
    )
    .golden("test_differences_are_shown");
}

#[test]
fn a_failing_run() {
    test(
        "
  - name: expected
    inputs: {events: [{user_id: 1}], people: [{user_id: 1}, {user_id: 1}]}
    error: expects one row
  - name: a limit counts as one
    inputs: {events: [{user_id: 1}, {}, {}]}
    error: more than its limit of 50%
  - name: it does not fail
    error: expects one row
  - name: another error
    inputs: {events: [{}]}
    error: expects one row
  - name: not expected
    inputs: {events: [{}]}
    expect: {known: 0}
",
    )
    .golden("test_a_failing_run");
}

#[test]
fn for_programs() {
    test(
        "
  - {name: good, expect: {known: 0}}
  - {name: bad, inputs: {events: [{user_id: 1}]}, expect: {known: [{user_id: 2}], events: 2}, ledger: {people: {read: 1}}}
",
    )
    .arguments(&["test", "p.yaml", "--format", "json"])
    .golden("test_for_programs");
}

#[test]
fn wrong_tests() {
    test(
        "
  - name: a
    inputs: {evnts: ''}
    expect: {knwon: 1, known.rejects: 1}
  - name: a
    expectt: {}
",
    )
    .golden("test_wrong_tests");
}

#[test]
fn unknown_columns() {
    let run = test(
        "  - {name: a, expect: {known: [{user: 1}], events.rejects: [{resaon: x, record: 1}]}}\n",
    );
    run.golden("test_unknown_columns");
    let check = run.arguments(&["check", "p.yaml"]).done();
    assert!(
        check.code == Some(2) && check.stderr.contains("did you mean `reason`?"),
        "{}",
        check.stderr
    );
}

#[test]
fn no_tests() {
    Run::new(&["test", "p.yaml"])
        .file("p.yaml", PIPELINE.replace("tests:\n", ""))
        .golden("test_no_tests");
}

/// A pipeline of one source, and one test of it.
fn one(source: &str, input: &str, expect: &str) -> Done {
    let pipeline = format!(
        "sources: {{s: {{{source}}}}}\noutputs: [{{table: s, path: o.csv}}]\ntests: [{{name: t, inputs: {{s: {input}}}, expect: {expect}}}]\n"
    );
    Run::new(&["test", "p.yaml"])
        .file("p.yaml", pipeline)
        .done()
}

#[test]
fn rows_take_the_form_of_their_source() {
    let cases = [
        (
            "path: s.csv, fields: {a: integer, b: text}",
            "[{b: 'x, \"y\"', a: 1}, {a: 2}]",
            "{s: [{a: 1, b: 'x, \"y\"'}, {a: 2, b: null}]}",
        ),
        (
            "path: s.txt, delimiter: '|'",
            "[{a: x|y}]",
            "{s: [{a: x|y}]}",
        ),
        (
            "path: s.txt, header: [a, b], delimiter: tab",
            "[{b: 2}]",
            "{s: [{a: '', b: 2}]}",
        ),
        (
            "path: s.txt, header: false",
            "[{column_2: x, column_1: y}]",
            "{s: [{column_1: y, column_2: x}]}",
        ),
        (
            "path: s.csv.gz, encoding: windows-1252",
            "[{a: é}]",
            "{s: [{a: é}]}",
        ),
        (
            "path: s.json, records: data.list, fields: {e: {from: c.e}}",
            "[{c.e: x, c.f: y}, {c.f: z}]",
            "{s: [{e: x}, {e: null}]}",
        ),
        (
            "path: s.parquet, format: parquet, fields: {a: 'decimal(4,2)'}",
            "[{a: 1.5}]",
            "{s: [{a: 1.50}]}",
        ),
        (
            "path: 'x/*.csv', fields: {a: text}",
            "[{a: 1}]",
            "{s: [{a: 1}]}",
        ),
        (
            "path: 'x/*.csv', fields: {a: text}, versions: [{name: old, when: {path: x/old*}, fields: {a: {from: b}}}]",
            "{files: {x/new.csv: [{a: 1}], x/old.csv: \"b\\n2\\n\"}}",
            "{s: [{a: 1}, {a: 2}]}",
        ),
        (
            "path: s.json, fields: {a: {required: true}}",
            "[{a: 1}, {a: ~}, {a: 'null'}]",
            "{s: [{a: 1}, {a: 'null'}], s.rejects: [{record: 2, a: null}]}",
        ),
        ("path: s.json, fields: {a: text}", "''", "{s: []}"),
    ];
    for (source, input, expect) in cases {
        let done = one(source, input, expect);
        assert_eq!(
            (done.code, done.stderr.as_str(), done.stdout.as_str()),
            (Some(0), "", "ok t\n1 passed, 0 failed\n"),
            "{source}"
        );
    }
}

#[test]
fn sources_of_one_file_read_their_own() {
    let pipeline = "\
sources: {a: {path: s.csv, fields: {x: text}}, b: {path: ./s.csv, fields: {x: text}}, c: {path: s.csv/, fields: {x: text}}}
outputs: [{table: a, path: a.csv}, {table: b, path: b.csv}, {table: c, path: c.csv}]
tests: [{name: t, inputs: {a: [{x: 1}], b: [{x: 2}, {x: 3}]}, expect: {a: [{x: 1}], b: 2, c: 0}}]
";
    assert_eq!(passes(pipeline), "ok t\n1 passed, 0 failed\n");
}

/// Inputs of the user are not read, outputs are not touched, and nothing is left behind.
#[test]
fn a_test_stays_in_its_folder() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    for name in ["tmp", "project"] {
        fs::create_dir(at(name)).expect("a folder");
    }
    let outside = at("outside.csv");
    let pipeline = format!(
        "\
sources:
  near: {{path: near.csv, fields: {{x: text}}}}
  above: {{path: ../above.csv, fields: {{x: text}}}}
  outside: {{path: '{}', fields: {{x: text}}}}
tables: {{t: {{union: [near, above, outside]}}}}
outputs: [{{table: t, path: out.csv}}, {{log: run, path: log.txt}}]
tests:
  - {{name: empty, expect: {{t: 0}}}}
  - {{name: given, inputs: {{above: [{{x: 1}}], outside: [{{x: 2}}]}}, expect: {{t: [{{x: 1}}, {{x: 2}}]}}}}
",
        outside.display()
    );
    for (name, text) in [
        ("project/onefold.yaml", pipeline.as_str()),
        ("project/near.csv", "x\nno\n"),
        ("above.csv", "x\nno\n"),
        ("outside.csv", "x\nno\n"),
    ] {
        fs::write(at(name), text).expect("a file");
    }
    let done = Command::new(env!("CARGO_BIN_EXE_onefold"))
        .args(["test", "project"])
        .current_dir(folder.path())
        .env("TMPDIR", at("tmp"))
        .output()
        .expect("the command starts");
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "ok empty\nok given\n2 passed, 0 failed\n"
    );
    let names = |folder: &str| {
        let mut names: Vec<_> = fs::read_dir(at(folder))
            .expect("a folder")
            .map(|e| e.expect("an entry").file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("tmp"), Vec::<std::ffi::OsString>::new());
    assert_eq!(names("project"), ["near.csv", "onefold.yaml"]);
    assert_eq!(names("."), ["above.csv", "outside.csv", "project", "tmp"]);
}
