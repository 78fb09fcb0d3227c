//! Masks by hash: joins still find their partners, and nothing that a command leaves or says has the key or a value.

use crate::command::Run;

const KEY: &str = "0123456789abcdef-the-key";

const PIPELINE: &str = r#"pipeline: masks
env: [MASK_KEY]
mask_key: ${MASK_KEY}
sources:
  people: {path: people.csv, fields: {email: email, age: integer}}
  orders: {path: orders.csv, fields: {order: text, email: email}}
outputs:
  - {table: people, path: people.csv, mask: {email: hash}}
  - {table: orders, path: orders.jsonl, columns: [order, {customer: email}], mask: {customer: hash}}
  - {table: people, path: people.parquet, mask: {email: hash, age: redact}}
  - {log: run, path: run.log}
"#;

fn run(arguments: &[&str]) -> Run {
    Run::new(arguments)
        .variable("MASK_KEY", KEY)
        .file("p.yaml", PIPELINE)
        .file("people.csv", "email,age\nANN@X.org,41\n,7\n")
        .file("orders.csv", "order,email\no1,ann@x.org\no2,bo@x.org\n")
}

#[test]
fn masked_values_can_be_joined_and_tell_nothing() {
    let run = run(&["run", "p.yaml", "--out", "out", "--keep", "outputs"]);
    let done = run.done();
    assert_eq!(done.exit(), "0", "{}", done.stderr);
    let text = |path: &str| String::from_utf8_lossy(done.file(path)).into_owned();
    let people = text("out/people.csv");
    let hash = people
        .lines()
        .nth(1)
        .and_then(|line| line.strip_suffix(",41"));
    let hash = hash.expect("a row");
    assert_eq!(hash.len(), 64);
    assert_eq!(
        people,
        format!("email,age\n{hash},41\n,7\n"),
        "missing stays missing"
    );
    let orders = text("out/orders.jsonl");
    assert!(
        orders.starts_with(&format!("{{\"order\":\"o1\",\"customer\":\"{hash}\"}}\n")),
        "{orders}"
    );
    for (path, content) in &done.files {
        if path.starts_with("out/") {
            let content = String::from_utf8_lossy(content);
            assert!(!content.contains(KEY), "{path} has the key");
            assert!(!content.contains("x.org"), "{path} has a value");
        }
    }
    assert!(!(done.stdout + &done.stderr).contains(KEY));
}

#[test]
fn no_command_tells_the_key() {
    for arguments in [
        &["check", "p.yaml", "--out", "out", "--format", "json"][..],
        &["plan", "p.yaml"],
        &["plan", "p.yaml", "--format", "json"],
        &["run", "p.yaml", "--out", "out", "--dry-run"],
        &["run", "p.yaml", "--out", "out", "--format", "json"],
    ] {
        let done = run(arguments).done();
        assert_eq!(done.exit(), "0", "{arguments:?}: {}", done.stderr);
        assert!(!(done.stdout + &done.stderr).contains(KEY), "{arguments:?}");
    }
    let short = "fifteen-bytes-x";
    let run = run(&["check", "p.yaml", "--format", "json"]).variable("MASK_KEY", short);
    let done = run.done();
    assert_eq!(done.exit(), "2");
    assert!(
        done.stdout.contains("fewer than 16 bytes"),
        "{}",
        done.stdout
    );
    assert!(!(done.stdout + &done.stderr).contains(short));
}
