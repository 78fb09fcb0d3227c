//! Who gets to see what is in the data: canaries are planted, and hunted in all that a run says and leaves.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::command::{Done, Run};

const PIPELINE: &str = "\
pipeline: leaks
env: [ONEFOLD_TEST_SALT]
sources:
  crm:
    path: crm.csv
    key: id
    fields:
      id: {required: true}
      name: person_name
      email: email
      phone: {type: phone, on_invalid: 'null'}
      spent: decimal(12,2)
      code: {sql: \"sha256(concat(email, '${ONEFOLD_TEST_SALT}'))\"}
    checks: [{sql: spent > 0, code: not_positive, reason: 'not positive: {name}'}]
tables:
  customers:
    resolve: {from: crm, match: [email, phone], id: {name: customer, prefix: C}, state: customers.state}
    checks: [{unique: name, severity: warn}]
outputs:
  - {table: customers, path: customers.csv, columns: [customer, records]}
  - {metrics: run, path: run.prom}
  - {log: run, path: run.log}
";

/// Values that every canary has in it.
const CANARIES: [&str; 2] = ["canary", "Canary"];
const SALT: &str = "canary-of-the-environment";

/// People in records that are good, bad, broken, alike, and too many for one address.
fn people() -> String {
    let mut csv = "id,name,email,phone,spent\n".to_owned();
    for n in 0..120 {
        let name = format!("Canary{n} Lee");
        let email = format!("canary{n}@example.org");
        let line = match n % 10 {
            0 => format!("{n},{name},canary{n} at example.org,,5"),
            1 => format!("{n},{name},{email},call canary{n},5"),
            2 => format!("{n},{name},{email},,canary{n}"),
            3 => format!("{n},{name},{email},,-5"),
            4 => format!("{n},{name}"),
            5 => format!("{n},\"{name},{email},,5"),
            6 => format!("{n},Canary Twin,canary6@example.org,,5"),
            _ => format!("{n},{name},canaries@example.org,,5"),
        };
        writeln!(csv, "{line}").expect("a string");
    }
    csv
}

fn run(pipeline: &str) -> Run {
    Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file("crm.csv", people())
        .variable("ONEFOLD_TEST_SALT", SALT)
        .variable("RUST_LOG", "trace")
        .variable("RUST_BACKTRACE", "1")
}

fn has_canary(text: &str) -> bool {
    CANARIES.iter().any(|canary| text.contains(canary))
}

#[track_caller]
fn no_canary(what: &str, text: &str) {
    let line = text.lines().find(|line| has_canary(line));
    assert_eq!(line, None, "{what}");
}

/// Paths of the values of a report that have a canary.
fn found(value: &Value, path: &str, paths: &mut Vec<String>) {
    match value {
        Value::String(text) if has_canary(text) => paths.push(path.to_owned()),
        Value::Array(items) => items
            .iter()
            .for_each(|item| found(item, &format!("{path}[]"), paths)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| found(value, &format!("{path}.{name}"), paths)),
        _ => {}
    }
}

fn reports(done: &Done) -> Vec<Value> {
    let files = done.files.iter();
    let reports = files.filter(|(path, _)| path.ends_with("/report.json"));
    reports
        .map(|(_, bytes)| serde_json::from_slice(bytes).expect("JSON"))
        .collect()
}

#[test]
fn what_a_run_tells_of_itself_names_nobody() {
    let done = run(PIPELINE).done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    no_canary("stderr", &done.stderr);
    for (path, content) in &done.files {
        let text = String::from_utf8_lossy(content);
        assert!(!text.contains(SALT), "{path} has the salt");
        let may = ["crm.csv", "/rejects/", "/nulled/", "/tables/", "/failures/"];
        if !may.iter().any(|part| path.contains(part)) {
            no_canary(path, &text);
        }
    }
    let reports = reports(&done);
    assert_eq!(reports.len(), 1);
    for report in reports {
        let rejected = &report["sources"][0]["rejected"];
        assert!(rejected.as_u64() > Some(0), "the canaries are dead");
        let mut paths = Vec::new();
        found(&report, "", &mut paths);
        assert!(paths.is_empty(), "{paths:?}");
    }
}

/// The reason of a check can hold values. The end of a run shows them to a person; log and report have the reason as it is declared.
#[test]
fn a_check_that_most_records_fail_is_in_the_log_without_their_values() {
    let crm = "id,name,email,phone,spent\n1,Canary Lee,canary@example.org,,-5\n";
    let pipeline = PIPELINE.replace("key: id\n", "key: id\n    limits: {rejects: 100%}\n");
    let done = run(&pipeline).file("crm.csv", crm).done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(said.contains("not positive: Canary Lee"), "{said}");
    assert!(said.contains("crm.csv:2"), "{said}");
    let logs = done.files.iter();
    let logs: Vec<_> = logs
        .filter(|(path, _)| path.ends_with("log.jsonl") || path.ends_with("run.log"))
        .collect();
    assert_eq!(logs.len(), 2);
    for (path, content) in logs {
        let text = String::from_utf8_lossy(content);
        no_canary(path, &text);
        assert!(text.contains("not positive: {name}"), "{path}");
    }
}

#[test]
fn runs_that_fail_name_nobody_in_their_logs() {
    for (what, from, to) in [
        (
            "refused",
            "pipeline: leaks",
            "pipeline: leaks\nlimits: {rejects: 1%}",
        ),
        (
            "no column",
            "spent: decimal(12,2)",
            "spent: decimal(12,2)\n      gone: text",
        ),
        ("a check", "unique: name, severity: warn", "not_null: phone"),
    ] {
        let pipeline = PIPELINE.replacen(from, to, 1);
        assert_ne!(pipeline, PIPELINE, "{what}");
        let done = run(&pipeline).done();
        assert_ne!(done.code, Some(0), "{what}");
        no_canary(what, &done.stderr);
        for (path, content) in &done.files {
            let text = String::from_utf8_lossy(content);
            assert!(!text.contains(SALT), "{what}: {path} has the salt");
            if path.ends_with(".jsonl") || path.ends_with(".prom") || path.ends_with(".log") {
                no_canary(path, &text);
            }
        }
    }
}

/// Whatever is wrong with the text that a secret is part of.
#[test]
fn messages_show_the_name_of_a_secret_alone() {
    let salted = "sha256(concat(email, '${ONEFOLD_TEST_SALT}'))";
    for wrong in [
        "CAST('${ONEFOLD_TEST_SALT}' AS INT)",
        "concat('${ONEFOLD_TEST_SALT}', email",
        "\\\"${ONEFOLD_TEST_SALT}\\\"",
    ] {
        let pipeline = PIPELINE.replace(salted, wrong);
        for format in ["human", "json"] {
            let run = run(&pipeline);
            let done = run.arguments(&["run", "p.yaml", "--format", format]).done();
            assert_ne!(done.code, Some(0), "{wrong}");
            let said = format!("{}{}", done.stdout, done.stderr);
            assert!(!said.contains(SALT), "{wrong}: {said}");
            assert!(said.contains("ONEFOLD_TEST_SALT"), "{wrong}: {said}");
            for (path, content) in &done.files {
                let text = String::from_utf8_lossy(content);
                assert!(!text.contains(SALT), "{wrong}: {path}");
            }
        }
    }
    let path = PIPELINE.replace("path: crm.csv", "path: '${ONEFOLD_TEST_SALT}.csv'");
    let done = run(&path).done();
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert!(!done.stderr.contains(SALT), "{}", done.stderr);
}

#[test]
fn a_run_warns_of_secrets_that_are_too_short_to_hide() {
    for (secret, is_short) in [("q7z", true), ("q7z1", false)] {
        let done = run(PIPELINE).variable("ONEFOLD_TEST_SALT", secret).done();
        let warning = "the value of `${ONEFOLD_TEST_SALT}` is too short to be hidden";
        let said = format!("{}{}", done.stdout, done.stderr);
        assert_eq!(said.contains(warning), is_short, "{said}");
        assert!(!said.contains(secret), "{said}");
    }
}

/// What holds personal data and is no output lies in folders that only their owner can enter.
#[cfg(unix)]
#[test]
fn records_of_runs_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let run = run(PIPELINE);
    assert_eq!(run.done().code, Some(0));
    let mode = |path: &Path| {
        let metadata = fs::metadata(path).expect("a folder");
        metadata.permissions().mode() & 0o777
    };
    let mut folders = vec![run.path("out/.onefold/runs")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        seen += 1;
        let entries = fs::read_dir(&folder).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        folders.extend(paths.filter(|path| path.is_dir()));
    }
    assert!(seen > 4, "{seen} folders");
}

/// A secret may be part of a check, of allowed values or of a bound. Rejects show its name alone.
#[test]
fn rejects_show_the_name_of_a_secret_alone() {
    let pipeline = "\
pipeline: p
env: [ONEFOLD_TEST_SECRET]
sources:
  s:
    path: s.csv
    limits: {rejects: 90%}
    fields:
      kind: {one_of: ['${ONEFOLD_TEST_SECRET}', open, sum]}
      count: {type: integer, max: '${ONEFOLD_TEST_SECRET}'}
      sum: {sql: \"CASE WHEN kind = 'sum' THEN cast(concat('${ONEFOLD_TEST_SECRET}', kind) AS bigint) END\"}
    checks: [\"kind = 'open' AND count <> 5 OR cast(count AS text) = '${ONEFOLD_TEST_SECRET}'\"]
outputs:
  - {table: s, path: s.csv}
  - {table: s.rejects, path: rejects.csv}
";
    let secret = "77018234";
    let mut run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", pipeline)
        .file(
            "s.csv",
            "kind,count\nopen,1\nshut,1\nopen,99999999\nopen,5\nsum,1\n",
        )
        .variable("ONEFOLD_TEST_SECRET", secret);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let rejects = fs::read_to_string(run.path("out/rejects.csv")).expect("rejects");
    assert_eq!(rejects.lines().count(), 5, "{rejects}");
    for (line, shown) in rejects.lines().skip(1).zip([
        "kind is not one of ${ONEFOLD_TEST_SECRET}, open, sum",
        "count is above ${ONEFOLD_TEST_SECRET}",
        "= '${ONEFOLD_TEST_SECRET}'",
        "cannot cast string '${ONEFOLD_TEST_SECRET}sum'",
    ]) {
        assert!(line.contains(shown), "{line}");
    }
    let mut said = done.stdout + &done.stderr + &rejects;
    for command in [
        &["rejects", "--out", "out"][..],
        &["trace", "p.yaml", "s.csv:5", "--out", "out"],
    ] {
        run = run.arguments(command);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        said += &(done.stdout + &done.stderr);
    }
    assert!(!said.contains(secret), "{said}");
}

/// A secret that is a part of a path, of the name of a function or of a column, in whatever case, and in the tests of a file.
#[test]
fn what_is_planned_and_tested_shows_no_secret() {
    const PLANNED: &str = "\
pipeline: planned
env: [MY_SECRET]
sources:
  s: {path: 's_${MY_SECRET}.csv', fields: {v: text}}
tables:
  t: {from: s, select: [{v: \"concat('${MY_SECRET}', v)\"}]}
outputs:
  - {table: t, path: '${MY_SECRET}.csv'}
tests:
  - name: n ${MY_SECRET}
    inputs: {s: [{v: '${MY_SECRET}'}]}
    expect: {t: [{v: '${MY_SECRET}'}]}
";
    let called = PLANNED.replace("concat('${MY_SECRET}', v)", "${MY_SECRET}(v)");
    let secret = "Tok03Canary23757Zz";
    for pipeline in [PLANNED, &called] {
        for command in [
            &["plan", "p.yaml"][..],
            &["run", "p.yaml", "--dry-run"],
            &["test", "p.yaml"],
        ] {
            for format in ["human", "json"] {
                let command = [command, &["--format", format]].concat();
                let run = Run::new(&command).file("p.yaml", pipeline);
                let run = run
                    .file(&format!("s_{secret}.csv"), "v\nx\n")
                    .variable("MY_SECRET", secret);
                let done = run.done();
                let said = format!("{}{}", done.stdout, done.stderr);
                assert!(said.contains("MY_SECRET"), "{command:?}: {said}");
                assert!(
                    !said.to_lowercase().contains("canary"),
                    "{command:?}: {said}"
                );
            }
        }
    }
}

/// Bad rows have an address in each field, in a check and in a failing expression; runs that are done, stop, are refused or fail tell of them.
#[test]
fn addresses_of_bad_rows_are_in_rejects_alone() {
    const BAD: &str = "\
pipeline: bad
sources:
  crm:
    path: crm.csv
    key: id
    limits: {rejects: 100%}
    fields:
      id: {required: true}
      email: email
      phone: phone
      born: date
      spent: decimal(12,2)
      tier: {one_of: [gold, silver]}
      year: {sql: \"cast(note as int)\"}
      note: text
    checks: [{sql: \"note not like '%spam%'\", code: spam, reason: 'spam of {note}'}]
tables:
  customers: {from: crm}
outputs:
  - {table: customers, path: customers.csv}
  - {metrics: run, path: run.prom}
  - {log: run, path: run.log}
";
    let mut crm = "id,email,phone,born,spent,tier,note\n".to_owned();
    for n in 0..50 {
        let mut cells =
            ["canary@example.org", "+15555550123", "", "1", "gold", "7"].map(str::to_owned);
        let canary = format!("canary{n}@@example.org");
        match n % 7 {
            6 => cells[5] = format!("spam {canary}"),
            field => cells[field] = canary,
        }
        writeln!(crm, "{n},{}", cells.join(",")).expect("written");
    }
    crm += "50,canary@example.org,+15555550123,,1,gold,7\n";
    let stopped = BAD.replace("tier: {one_of", "tier: {on_invalid: fail, one_of");
    let refused = BAD.replace("rejects: 100%", "rejects: 1%");
    let failed = BAD.replace(
        "{from: crm}",
        "{sql: \"SELECT id, cast(email AS int) AS n FROM crm\"}",
    );
    for (what, pipeline, code) in [
        ("done", BAD, 0),
        ("stopped", &stopped, 1),
        ("refused", &refused, 1),
        ("failed", &failed, 1),
    ] {
        for format in ["human", "json"] {
            let command = [
                "run", "p.yaml", "--out", "out", "--keep", "all", "--format", format,
            ];
            let run = Run::new(&command)
                .file("p.yaml", pipeline)
                .file("crm.csv", crm.as_str());
            let done = run.variable("RUST_LOG", "trace").done();
            assert_eq!(done.code, Some(code), "{what}: {}", done.stderr);
            no_canary(what, &done.stdout);
            no_canary(what, &done.stderr);
            for (path, content) in &done.files {
                let may = ["crm.csv", "/rejects/", "/tables/", "customers.csv"];
                if !may.iter().any(|part| path.contains(part)) {
                    no_canary(
                        &format!("{what}: {path}"),
                        &String::from_utf8_lossy(content),
                    );
                }
            }
            let shape = match what {
                "failed" => "xxxxxx@xxxxxxx.xxx",
                _ => "xxxxxx9@@xxxxxxx.xxx",
            };
            let said = format!("{}{}", done.stdout, done.stderr);
            assert!(format == "json" || said.contains(shape), "{what}: {said}");
        }
    }
}

/// Lines that are not read, names of columns that are a record, and keys that should be of one row.
#[test]
fn addresses_beside_the_records_are_shown_by_their_shape() {
    const BESIDE: &str = "\
pipeline: beside
sources:
  a: {path: a.csv, footer: 1, fields: {id: text, email: text}}
  b: {path: b.csv, fields: {email: text}}
tables:
  t: {join: {from: a, left: {table: b, on: email, expect: one}}}
outputs:
  - {table: t, path: t.csv}
  - {log: run, path: run.log}
";
    let a = "Report for canary1@example.org\nid,email,canary9@example.org\n1,x,\nTotal canary3@example.org,9,\n";
    let twice = "email\ncanary2@example.org\ncanary2@example.org\n";
    let others = a.replace("1,x,", "1,canary2@example.org,");
    for (what, a, b, code) in [("done", a, "email\nx\n", 0), ("twice", &*others, twice, 1)] {
        let run = Run::new(&["run", "p.yaml", "--out", "out"]).file("p.yaml", BESIDE);
        let done = run.file("a.csv", a).file("b.csv", b).done();
        assert_eq!(done.code, Some(code), "{what}: {}", done.stderr);
        no_canary(what, &done.stdout);
        no_canary(what, &done.stderr);
        for (path, content) in &done.files {
            if path.starts_with("out/") {
                no_canary(
                    &format!("{what}: {path}"),
                    &String::from_utf8_lossy(content),
                );
            }
        }
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(said.contains("xxxxxx9@xxxxxxx.xxx"), "{what}: {said}");
    }
}
