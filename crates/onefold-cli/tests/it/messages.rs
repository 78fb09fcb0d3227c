//! What a person is told who typed something else than was meant, and at the end of a run.

use crate::command::Run;

const PEOPLE: &str = "Nr,E-Mail-Adresse,consent,spend\n1,Ann@Example.com,yes,5\n2,bob@example.com,ja,7\n3,,jo,9\n4,d@example.com,no,x\n";

fn pipeline(more: &str) -> String {
    format!(
        "pipeline: p\nsources:\n  people:\n    path: people.csv\n    fields:\n      nr: {{from: Nr, type: integer}}\n      consent: boolean\n      spend: {{type: integer, on_invalid: \"null\"}}\n{more}"
    )
}

const OUTPUTS: &str = "    ignore: [E-Mail-Adresse]\noutputs:\n  - {table: people, path: people.csv}\n  - {log: run, path: run.log}\n";

fn run(arguments: &[&str], pipeline: &str) -> Run {
    Run::new(arguments)
        .file("p.yaml", pipeline)
        .file("people.csv", PEOPLE)
}

#[test]
fn commands_that_there_are_not() {
    Run::new(&["version"]).golden("command_version");
    Run::new(&["validate", "p.yaml"]).golden("command_validate");
    Run::new(&["frobnicate"]).golden("command_unknown");
}

#[test]
fn data_where_a_pipeline_is_expected() {
    run(&["run", "people.csv"], "").golden("data_is_not_a_pipeline");
    let json = Run::new(&["check", "a.json"]).file("a.json", "[{\"id\": 1}]");
    let done = json.done();
    assert!(
        done.stderr.contains("`onefold init a.json` drafts one"),
        "{}",
        done.stderr
    );
}

#[test]
fn the_end_of_a_run() {
    let pipeline = pipeline(OUTPUTS);
    run(&["run", "p.yaml", "--out", "out"], &pipeline).golden("end_of_a_run");
    let done = run(&["run", "p.yaml", "--out", "out", "--quiet"], &pipeline).done();
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""));
    let coloured = run(
        &["run", "p.yaml", "--out", "out", "--color", "always"],
        &pipeline,
    )
    .done();
    assert!(coloured.stdout.contains("\u{1b}["), "{}", coloured.stdout);
}

#[test]
fn a_dry_run_writes_nothing() {
    let arguments = ["run", "p.yaml", "--out", "out", "--dry-run"];
    run(&arguments, &pipeline(OUTPUTS)).golden("dry_run");
}

#[test]
fn a_name_that_needs_quotes() {
    let field = "      mail: {sql: \"lower(E-Mail-Adresse)\"}\noutputs:\n  - {table: people, path: out.csv}\n";
    run(&["run", "p.yaml"], &pipeline(field)).golden("unquoted_in_a_field");
    let found = "sources:\n  people: {path: people.csv}\noutputs:\n  - {table: people, path: out.csv, columns: [{mail: lower(E-Mail-Adresse)}]}\n";
    run(&["run", "p.yaml"], found).golden("unquoted_in_an_output");
    let query = "sources:\n  people: {path: people.csv}\ntables:\n  t: {sql: SELECT lower(E-Mail-Adresse) AS mail FROM people}\noutputs:\n  - {table: t, path: out.csv}\n";
    run(&["run", "p.yaml"], query).golden("unquoted_in_a_query");
}

#[test]
fn functions_of_other_dialects() {
    let step = "tables:\n  t: {aggregate: {from: people, by: consent, columns: {a: first(nr), b: len(consent), c: uper(consent), d: xyzzy(nr)}}}\noutputs:\n  - {table: t, path: out.csv}\n";
    let checked = || run(&["check", "p.yaml"], &pipeline(step));
    checked().golden("functions_of_other_dialects");
    let first = checked().done().stderr;
    for _ in 0..3 {
        assert_eq!(checked().done().stderr, first);
    }
}
