//! Looking at files, tables and rejects: nothing is published.

use crate::command::Run;

const PIPELINE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, fields: {id: {type: integer, required: true}, email: email, born: date, note: {}}}
  shop: {path: shop.csv, fields: {id: integer}}
tables:
  grown: {from: crm, where: \"born < '2000-01-01'\"}
outputs: [{table: grown, path: grown.csv}, {table: shop, path: shop.out.csv}]
";

const CRM: &str = "\
id,email,born,note
1,ann@example.org,1990-02-01,
2,bob@example,1991-03-01,\"two\nlines\"
3,cid@example.org,2001-04-01,x
4,,1992-05-01,a long note that does not have to be read as a whole by anybody who looks at a table
x,eve@example.org,1993-05-01,y
";

fn with_files(arguments: &[&str]) -> Run {
    Run::new(arguments)
        .file("p.yaml", PIPELINE)
        .file("crm.csv", CRM)
        .file("shop.csv", "id\n7\n")
}

#[test]
fn a_file_as_it_is_read() {
    with_files(&["show", "crm.csv"]).golden("show/file");
}

#[test]
fn a_source_with_its_rejects() {
    with_files(&["show", "p.yaml", "crm"]).golden("show/source");
}

#[test]
fn rows_of_a_table() {
    with_files(&["show", "p.yaml", "grown", "--where", "id > 1", "-n", "1"]).golden("show/rows");
}

#[test]
fn a_side_table() {
    with_files(&["show", "p.yaml", "crm.rejects", "--format", "json"]).golden("show/side_table");
}

#[test]
fn only_what_the_table_needs_is_read() {
    let run = with_files(&["show", "p.yaml", "grown"]);
    std::fs::remove_file(run.path("shop.csv")).expect("removed");
    assert_eq!(run.done().code, Some(0));
}

#[test]
fn how_often_values_occur() {
    with_files(&["show", "p.yaml", "crm", "--plot", "born"]).golden("show/plot");
}

#[test]
fn what_is_not_there() {
    with_files(&["show", "p.yaml", "crn"]).golden("show/no_table");
    with_files(&["show", "p.yaml", "crm", "--plot", "age"]).golden("show/no_column");
    with_files(&["show", "p.yaml", "crm", "--where", "idd > 1"]).golden("show/wrong_condition");
    with_files(&["show", "none.csv"]).golden("show/no_file");
}

#[test]
fn rejects_of_the_last_run() {
    let run = with_files(&["run", "p.yaml", "--out", "out"]);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["rejects", "--out", "out"]);
    let done = run.done();
    let told = "\
crm: 2 of 5 records rejected

  1 email: invalid e-mail (invalid_email)
    crm.csv:3
      2,bob@example,1991-03-01,\"two
        ^^^^^^^^^^^

  1 id: invalid integer (invalid_integer)
    crm.csv:7
      x,eve@example.org,1993-05-01,y
      id: `x`
";
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), (told, ""));
    let run = run.arguments(&["rejects", "shop", "--out", "out"]);
    assert!(run.done().stdout.ends_with(" of p rejected nothing\n"));
    let run = run.arguments(&["rejects", "crn", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("it has read `crm`, `shop`"),
        "{}",
        done.stderr
    );
    let done = run.arguments(&["rejects", "--out", "nowhere"]).done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("there has been no run in `nowhere`"),
        "{}",
        done.stderr
    );
}

/// What is not shown is told of.
#[test]
fn a_line_that_is_no_record() {
    let run = Run::new(&["show", "f.csv"]).file(
        "f.csv",
        "id,name,city\n1,Ann,X\n2,Bo,Y\n3,Cy,Z\n4,Di,Z\n5,Ed,Z\nTotal,,\n",
    );
    let done = run.done();
    assert!(done.stdout.contains("5 rows"), "{}", done.stdout);
    assert!(
        done.stdout.contains("warning: ") && done.stdout.contains("Total"),
        "{}",
        done.stdout
    );
}
