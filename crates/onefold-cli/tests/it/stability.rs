//! The same input gives the same bytes, whatever the number of threads.

use std::fmt::Write;

use crate::command::Run;

pub(crate) const PIPELINE: &str = "\
pipeline: big
sources:
  crm:
    path: crm.csv
    key: id
    fields:
      id: {required: true}
      name: person_name
      email: email
      joined: {type: date, on_invalid: 'null'}
      spent: decimal(12,2)
  shop: {path: shop.jsonl, key: id, fields: {id: {required: true}, name: person_name, email: email}}
tables:
  customers: {resolve: {from: [crm, shop], match: [email], id: {name: customer, prefix: C}}}
outputs:
  - {table: customers, path: customers.csv}
  - {table: customers.duplicates, path: duplicates.csv}
  - {table: crm.rejects, path: rejects.jsonl}
  - {table: shop.rejects, path: broken.csv}
";

/// Rows of two sources with broken ones, quoted line breaks and duplicates among them: several chunks of each.
pub(crate) fn inputs(rows: usize) -> (String, String) {
    let mut csv = String::from("id,name,email,joined,spent\n");
    let mut json = String::new();
    let mut random = 1u64;
    for row in 0..rows {
        // A linear congruential generator: the same rows on every machine.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let person = (random >> 33) as usize % rows;
        let line = match row % 97 {
            13 => format!(
                "{row},\"Ann\nvan {person}\",p{person}@example.com,2024-01-0{},1.50\n",
                row % 9 + 1
            ),
            29 => format!("{row},no more fields\n"),
            41 => format!("{row},\"never closed,p{person}@example.com\n"),
            53 => format!("{row},Bob Lee,not an address,2024-02-30,x\n"),
            _ => format!(
                "{row},ann lee,P{person}@Example.com,2024-01-0{},{}.25\n",
                row % 9 + 1,
                row % 1000
            ),
        };
        csv.push_str(&line);
        let line = match row % 89 {
            17 => format!("{{\"id\": \"s{row}\", \"email\": \n"),
            31 => format!(
                "{{\n  \"id\": \"s{row}\",\n  \"name\": \"Zo\\u00eb\",\n  \"email\": \"p{person}@example.com\"\n}}\n"
            ),
            _ => format!(
                "{{\"id\": \"s{row}\", \"name\": \"ann  lee\", \"email\": \"p{person}@example.com\"}}\n"
            ),
        };
        write!(json, "{line}").expect("a string");
    }
    (csv, json)
}

#[test]
fn threads_do_not_show() {
    let (csv, json) = inputs(120_000);
    let mut first = None;
    for (threads, again) in [("1", false), ("2", false), ("8", false), ("8", true)] {
        let run = Run::new(&["run", "p.yaml", "--out", "out", "--threads", threads])
            .file("p.yaml", PIPELINE)
            .file("crm.csv", &csv)
            .file("shop.jsonl", &json);
        if again {
            assert_eq!(run.done().code, Some(0));
        }
        let done = run.done();
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        let outputs: Vec<(String, Vec<u8>)> = done
            .files
            .into_iter()
            .filter(|(p, _)| p.starts_with("out/") && !p.contains(".onefold/"))
            .collect();
        assert_eq!(outputs.len(), 4);
        assert!(outputs.iter().all(|(_, content)| content.len() > 10_000));
        // Chunks end inside records here: numbers and lines of rejects must not notice.
        match &first {
            None => first = Some((done.stdout, outputs)),
            Some((stdout, expected)) => {
                assert_eq!(&done.stdout, stdout, "--threads {threads}");
                for ((name, found), (_, expected)) in outputs.iter().zip(expected) {
                    assert!(
                        found == expected,
                        "`{name}` differs with --threads {threads}"
                    );
                }
            }
        }
    }
}

/// Quoted fields of many lines, each of which looks like a record: nearly every place to cut a chunk is a wrong one.
fn misleading() -> String {
    let mut csv = String::from("id,b\n");
    for row in 0..20_000 {
        writeln!(csv, "{row},\"start\n{}\"", "zzz,1\n".repeat(60)).expect("a string");
    }
    csv
}

#[test]
fn a_value_in_a_chunk_cut_in_the_wrong_place_stops_no_run() {
    let pipeline = "sources:\n  t: {path: t.csv, fields: {id: {type: integer, on_invalid: fail}, b: text}}\noutputs: [{table: t, path: o.csv}]\n";
    let run = Run::new(&["run", "p.yaml", "--format", "json"])
        .file("p.yaml", pipeline)
        .file("t.csv", misleading());
    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(
        done.stdout.contains("\"read\":20000,\"accepted\":20000,"),
        "{}",
        done.stdout
    );

    let wrong = misleading() + "x,\"last\"\n";
    let done = run.file("t.csv", wrong).done();
    assert_eq!(done.code, Some(1));
    assert!(
        done.stdout
            .contains("field `id`: invalid integer (`x`) in the record at byte"),
        "{}",
        done.stdout
    );
}

#[test]

fn a_table_counts_no_row_twice() {
    let pipeline = "sources:\n  t: {path: t.csv, fields: {id: integer, b: text}}\ntables:\n  u: {from: t, where: id >= 10}\noutputs: [{table: u, path: o.csv}]\n";
    let done = Run::new(&["run", "p.yaml"])
        .file("p.yaml", pipeline)
        .file("t.csv", misleading())
        .done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(
        done.stdout
            .contains("19,990 rows from 20,000, 10 removed (where)"),
        "{}",
        done.stdout
    );
}

/// Of two files the second cannot be read; what is wrong in the first is told, whoever is quicker.
#[test]
fn the_first_error_of_the_files_is_told() {
    let pipeline = "sources:\n  t: {path: 't*', fields: {id: {type: integer, on_invalid: fail}}}\noutputs: [{table: t, path: o.csv}]\n";
    for threads in ["1", "8"] {
        let run = Run::new(&["run", "p.yaml", "--threads", threads])
            .file("p.yaml", pipeline)
            .file("t1.csv", "id\n1\nx\n")
            .file("t2.csv.gz", b"\x1f\x8b\x08 and no more");
        let done = run.done();
        assert_eq!(done.code, Some(1), "{}", done.stderr);
        assert!(done.stderr.contains("field `id`"), "{}", done.stderr);
        let done = run.file("t1.csv", "id\n1\n").done();
        assert_eq!(done.code, Some(3), "{}", done.stderr);
        assert!(done.stderr.contains("t2.csv.gz"), "{}", done.stderr);
    }
}

/// More rejects than are made rows together, some of them large.
#[test]
fn many_rejects_are_all_there() {
    const ROWS: usize = 40_000;
    let mut csv = String::from("id,note\n");
    for row in 0..ROWS {
        match row % 3 {
            0 => writeln!(csv, "{row},fine"),
            _ if row % 1000 == 1 => writeln!(csv, "x{row},{}", "long ".repeat(60_000)),
            _ => writeln!(csv, "x{row},wrong"),
        }
        .expect("a string");
    }
    let pipeline = "sources:\n  t: {path: t.csv, fields: {id: integer, note: text}}\noutputs:\n  - {table: t, path: o.csv}\n  - {table: t.rejects, path: r.csv, columns: [record, line, id]}\nlimits: {rejects: 100%}\n";
    let run = Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", pipeline)
        .file("t.csv", &csv);
    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let rejects = String::from_utf8_lossy(done.file("out/r.csv")).into_owned();
    let wrong = (0..ROWS).filter(|row| row % 3 != 0);
    let expected = wrong.map(|row| format!("{},{},x{row}\n", row + 1, row + 2));
    let expected = expected.fold("record,line,id\n".to_owned(), |all, line| all + &line);
    assert!(rejects == expected, "rejects differ");
}
