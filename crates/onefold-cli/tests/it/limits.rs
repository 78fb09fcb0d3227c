//! Runs that would harm what is published: they publish nothing, say why, and tell whoever watches.

use std::fs;

use crate::command::Run;

const PIPELINE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, fields: {id: {required: true}, name: text}}
outputs:
  - {table: crm, path: crm.out.csv}
  - {metrics: run, path: run.prom}
";

/// A file of so many customers.
fn customers(count: usize) -> String {
    let rows = (0..count).map(|n| format!("{n},n\n"));
    std::iter::once("id,name\n".to_owned())
        .chain(rows)
        .collect()
}

/// A run of the pipeline in a folder where a run over ten customers was published.
fn after_ten(pipeline: &str, file: &str) -> Run {
    let run = Run::new(&["run", "p.yaml", "--out", "."])
        .file("p.yaml", pipeline)
        .file("crm.csv", customers(10));
    assert_eq!(run.done().code, Some(0));
    run.file("crm.csv", file)
}

fn metric(run: &Run, name: &str) -> String {
    let text = fs::read_to_string(run.path("run.prom")).expect("metrics");
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name}{{")));
    line.and_then(|line| line.rsplit_once(' '))
        .expect("a metric")
        .1
        .to_owned()
}

#[track_caller]
fn is_refused(run: &Run, why: &str) {
    let done = run.done();
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains(why), "{}", done.stderr);
    assert_eq!(metric(run, "onefold_run_success"), "0");
}

fn published_rows(run: &Run) -> usize {
    fs::read_to_string(run.path("crm.out.csv"))
        .expect("an output")
        .lines()
        .count()
        - 1
}

#[test]
fn an_empty_export_does_not_wipe_a_good_table() {
    for empty in ["", "id,name\n"] {
        let run = after_ten(PIPELINE, empty);
        assert_eq!(metric(&run, "onefold_run_success"), "1");
        is_refused(
            &run,
            "source `crm` has no records; the last published run read 10",
        );
        is_refused(&run, "the last published run read 10");
        assert_eq!(published_rows(&run), 10);
        let allowed = PIPELINE.replace(
            "path: crm.csv,",
            "path: crm.csv, allow_empty: true, limits: {drop: 20%},",
        );
        let run = run.file("p.yaml", allowed);
        assert_eq!(run.done().code, Some(0));
        assert_eq!(published_rows(&run), 0);
    }
}

#[test]
fn the_first_run_may_find_nothing() {
    let run = Run::new(&["run", "p.yaml", "--out", "."])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", "id,name\n");
    assert_eq!(run.done().code, Some(0));
}

#[test]
fn other_pipelines_in_the_folder_do_not_count() {
    let other = PIPELINE.replace("pipeline: p", "pipeline: q");
    let run = after_ten(PIPELINE, "").file("q.yaml", other);
    let run = run.arguments(&["run", "q.yaml", "--out", "."]);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["run", "p.yaml", "--out", "."]);
    is_refused(&run, "the last published run read 10");
}

#[test]
fn the_last_published_run_is_remembered_however_many_fail_after_it() {
    let run = after_ten(PIPELINE, "");
    let run = run.arguments(&["run", "p.yaml", "--out", ".", "--keep-runs", "1"]);
    for _ in 0..3 {
        is_refused(&run, "the last published run read 10");
    }
    let kept = fs::read_dir(run.path(".onefold/runs"))
        .expect("runs")
        .count();
    assert_eq!(kept, 2, "the published one and the last");
}

#[test]
fn drops_and_few_rows() {
    let with = |limits: &str| {
        PIPELINE.replace(
            "path: crm.csv,",
            &format!("path: crm.csv, limits: {limits},"),
        )
    };
    let run = after_ten(&with("{drop: 20%}"), &customers(7));
    is_refused(
        &run,
        "source `crm` has 7 rows, 10 in the last published run: a drop of 30%, more than its limit of 20%",
    );
    let run = run.file("crm.csv", customers(8));
    assert_eq!(run.done().code, Some(0));
    // From here on the eight count.
    let run = run.file("crm.csv", customers(7));
    assert_eq!(run.done().code, Some(0));
    let run = run.file("p.yaml", with("{min_rows: 8}"));
    is_refused(
        &run,
        "source `crm` has 7 rows, fewer than its `min_rows` of 8",
    );

    let table = "tables: {few: {from: crm, where: id < '7', limits: {min_rows: 8, drop: 5%}}}\noutputs:\n  - {table: few, path: few.csv}\n";
    let run = run.file("p.yaml", PIPELINE.replace("outputs:\n", table));
    is_refused(
        &run,
        "table `few` has 7 rows, fewer than its `min_rows` of 8",
    );
}

#[test]
fn mass_rejection_is_refused_with_its_likely_cause() {
    let umlauts = |count: usize| [b"id,name\n".to_vec(), b"1,M\xfcller\n".repeat(count)].concat();
    let run = Run::new(&["run", "p.yaml", "--out", "."])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", [umlauts(6), b"2,Ann\n".repeat(5)].concat());
    is_refused(
        &run,
        "source `crm` has 6 rejects among 11 records, more than the default limit of 50%; the bytes fit `encoding: windows-1252`",
    );
    let run = run.file("crm.csv", [umlauts(6), b"2,Ann\n".repeat(6)].concat());
    assert_eq!(run.done().code, Some(0), "not more than half");

    let renamed = "{\"Id\": 1, \"name\": \"Ann\"}\n";
    let run = run.file("crm.csv", renamed);
    is_refused(
        &run,
        "no column is called `id`; the files have `Id`: read it with `from: Id`",
    );
    let all = PIPELINE.to_owned() + "limits: {rejects: 100%}\n";
    let run = run.file("p.yaml", all);
    assert_eq!(run.done().code, Some(0), "it says so");
}

#[test]
fn a_failed_run_tells_its_watchers() {
    let run = after_ten(PIPELINE, "");
    fs::remove_file(run.path("crm.csv")).expect("removed");
    let done = run.done();
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert_eq!(metric(&run, "onefold_run_success"), "0");
    let started = metric(&run, "onefold_run_timestamp_seconds");
    assert!(started.parse::<i64>().expect("a number") > 1_700_000_000);
    assert_eq!(published_rows(&run), 10);
}

#[test]
fn a_buyer_of_many_orders_is_one_customer() {
    let pipeline = "\
sources:
  orders: {path: orders.csv, fields: {email: email, name: person_name, amount: integer}}
tables:
  people: {resolve: {from: [orders], match: email}}
outputs: [{table: people, path: people.csv}]
";
    let order = |name: &str, n: usize| format!("a@example.org,{name},{n}\n");
    let file = |names: &dyn Fn(usize) -> String| {
        let rows = (0..14).map(|n| order(&names(n), n));
        std::iter::once("email,name,amount\n".to_owned())
            .chain(rows)
            .collect::<String>()
    };
    let run = Run::new(&["run", "p.yaml", "--out", "."])
        .file("p.yaml", pipeline)
        .file("orders.csv", file(&|_| "Ann Lee".to_owned()));
    assert_eq!(run.done().code, Some(0));
    let people = |run: &Run| {
        fs::read_to_string(run.path("people.csv"))
            .expect("an output")
            .lines()
            .count()
            - 1
    };
    assert_eq!(people(&run), 1);
    let letter = |n: usize| char::from(b'A' + n as u8);
    let run = run.file("orders.csv", file(&|n| format!("Person {}", letter(n))));
    let done = run.done();
    assert_eq!(people(&run), 14);
    let said = done.stdout + &done.stderr;
    assert!(
        said.contains("`a@example.org` is on 14 records; if they are of one customer, raise `guards.max_shared.email` or dedupe `orders` first"),
        "{said}"
    );
}
