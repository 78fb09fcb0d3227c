//! Folders of partitions over several runs: what is not made again goes, and nothing that is not Onefold's.

use std::collections::BTreeMap;
use std::fs;

use crate::command::{Done, Run};

const PIPELINE: &str = "\
pipeline: p
sources: {t: {path: t.csv, fields: {id: integer, day: text, place: text}}}
tables: {all: {from: t, checks: [{not_null: id}]}}
outputs:
  - {table: all, path: events/, partition_by: [day, place]}
";

/// A run over rows of these days.
fn with_days(run: Run, days: &str) -> Run {
    let rows = days.chars().enumerate();
    let rows = rows.map(|(id, day)| format!("{id},{day},here\n"));
    let csv: String = std::iter::once("id,day,place\n".to_owned())
        .chain(rows)
        .collect();
    run.file("t.csv", csv)
}

fn after(days: &str) -> Run {
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep-runs", "1"]);
    let run = with_days(run.file("p.yaml", PIPELINE), days);
    published(&run);
    run
}

#[track_caller]
fn published(run: &Run) -> Done {
    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    done
}

/// The published files.
fn events(run: &Run) -> BTreeMap<String, Vec<u8>> {
    let files = run.files().into_iter();
    let files =
        files.filter_map(|(path, bytes)| Some((path.strip_prefix("out/")?.to_owned(), bytes)));
    files
        .filter(|(path, _)| !path.starts_with(".onefold/"))
        .collect()
}

#[track_caller]
fn has(run: &Run, expected: &[&str]) {
    let found: Vec<String> = events(run).into_keys().collect();
    assert_eq!(found, expected);
}

fn file_of(day: char) -> String {
    format!("events/day={day}/place=here/part-00000.parquet")
}

#[test]
fn partitions_that_are_not_made_again_go_with_the_commit() {
    let run = after("aabc");
    has(&run, &[&file_of('a'), &file_of('b'), &file_of('c')]);
    let run = with_days(run, "abd")
        .file("out/events/README.md", "of somebody else")
        .file("out/events/day=c/place=here/note.txt", "of somebody else");
    let done = published(&run);
    let wrote = "events/ (3 rows in 3 partitions)";
    assert!(done.stdout.contains(wrote), "{}", done.stdout);
    has(
        &run,
        &[
            "events/README.md",
            &file_of('a'),
            &file_of('b'),
            "events/day=c/place=here/note.txt",
            &file_of('d'),
        ],
    );
    let run = with_days(run, "a");
    published(&run);
    assert!(!run.path("out/events/day=b").exists(), "an empty folder");
    assert!(run.path("out/events/day=c/place=here/note.txt").exists());
    // By another spelling it is the same folder.
    let run = with_days(run, "e").file("p.yaml", PIPELINE.replace("events/", "./events"));
    published(&run);
    has(
        &run,
        &[
            "events/README.md",
            "events/day=c/place=here/note.txt",
            &file_of('e'),
        ],
    );
    // Without rows the columns stay.
    let empty = PIPELINE.replace("{path: t.csv", "{allow_empty: true, path: t.csv");
    let run = with_days(run, "").file("p.yaml", empty);
    let done = published(&run);
    let wrote = "events/ (0 rows in 0 partitions)";
    assert!(done.stdout.contains(wrote), "{}", done.stdout);
    has(
        &run,
        &[
            "events/README.md",
            "events/day=__HIVE_DEFAULT_PARTITION__/place=__HIVE_DEFAULT_PARTITION__/part-00000.parquet",
            "events/day=c/place=here/note.txt",
        ],
    );
}

#[test]
fn what_a_run_did_not_publish_counts_for_nothing() {
    let run = after("ab");
    let csv = "id,day,place\n,c,here\n";
    let run = run.file("t.csv", csv);
    assert_eq!(run.done().code, Some(1), "a check fails");
    has(&run, &[&file_of('a'), &file_of('b')]);
    let run = with_days(run, "a");
    published(&run);
    has(&run, &[&file_of('a')]);
}

#[test]
fn an_output_that_was_left_out_for_a_while_knows_its_files() {
    let run = after("ab").arguments(&["run", "p.yaml", "--out", "out"]);
    let other = PIPELINE.replace(
        "{table: all, path: events/, partition_by: [day, place]}",
        "{table: all, path: all.csv}",
    );
    let run = run.file("p.yaml", other);
    published(&run);
    has(&run, &["all.csv", &file_of('a'), &file_of('b')]);
    let run = with_days(run.file("p.yaml", PIPELINE), "b");
    published(&run);
    has(&run, &["all.csv", &file_of('b')]);
}

#[test]
fn a_file_that_no_run_has_put_there_is_neither_read_with_the_table_nor_lost() {
    let foreign = "out/events/day=z/data.parquet";
    let run = after("ab").file(foreign, "of somebody else");
    let before = events(&run);
    let run = with_days(run, "bc");
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    let expected = "output `events`: no run has put `events/day=z/data.parquet` there";
    assert!(done.stderr.contains(expected), "{}", done.stderr);
    assert!(events(&run) == before, "nothing changes");
    fs::remove_file(run.path(foreign)).expect("removed");
    published(&run);
    has(&run, &[&file_of('b'), &file_of('c')]);
    // Whoever removes the runs has files of which nothing is known.
    fs::remove_dir_all(run.path("out/.onefold/runs")).expect("removed");
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(
        done.stderr.contains("hint: move it away"),
        "{}",
        done.stderr
    );
}

#[test]
fn what_others_and_their_programs_have_put_there_stays() {
    let theirs = [
        "out/events/.DS_Store",
        "out/events/.git/objects/ab/cd",
        "out/events/_SUCCESS",
        "out/events/_delta_log/00000.json",
        "out/events/day=a/.crc",
        "out/events/day=b/place=here/.part-00000.parquet.crc",
    ];
    let mut run = after("ab");
    for path in theirs {
        run = run.file(path, "of somebody else");
    }
    let run = with_days(run, "ac");
    let done = published(&run);
    let wrote = "events/ (2 rows in 2 partitions)";
    assert!(done.stdout.contains(wrote), "{}", done.stdout);
    assert!(run.path(&format!("out/{}", file_of('c'))).exists());
    assert!(!run.path(&format!("out/{}", file_of('b'))).exists());
    for path in theirs {
        let text = fs::read_to_string(run.path(path));
        assert_eq!(text.expect(path), "of somebody else");
    }
}

#[test]
fn a_hidden_parquet_file_would_be_read_too() {
    for path in [
        "events/.git/x.parquet",
        "events/day=a/.x.parquet",
        "events/day=a/place=here/._part-00000.parquet",
        "events/_temporary/x.PARQUET",
    ] {
        let run = after("a").file(&format!("out/{path}"), "of somebody else");
        let done = run.done();
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        let expected = format!("output `events`: no run has put `{path}` there");
        assert!(done.stderr.contains(&expected), "{}", done.stderr);
        assert!(run.path(&format!("out/{path}")).exists());
    }
}

#[test]
fn a_file_that_comes_back_is_made_again_or_told_of() {
    let run = after("ab").arguments(&["run", "p.yaml", "--out", "out"]);
    let old = fs::read(run.path(&format!("out/{}", file_of('b')))).expect("a file");
    let run = with_days(run, "a");
    published(&run);
    let run = run.file(&format!("out/{}", file_of('b')), &old);
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    let expected = format!("no run has put `{}` there", file_of('b'));
    assert!(done.stderr.contains(&expected), "{}", done.stderr);
    let run = with_days(run, "b");
    published(&run);
    has(&run, &[&file_of('b')]);
}

#[cfg(unix)]
#[test]
fn a_linked_folder_is_no_part_of_the_table() {
    let run = after("ab").file("elsewhere/note.txt", "of somebody else");
    for name in ["day=z", ".hidden"] {
        let link = run.path(&format!("out/events/{name}"));
        std::os::unix::fs::symlink(run.path("elsewhere"), &link).expect("link");
        let done = run.done();
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        let expected = format!("no run has put `events/{name}` there");
        assert!(done.stderr.contains(&expected), "{}", done.stderr);
        fs::remove_file(&link).expect("removed");
    }
    published(&run);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_hinder_nobody() {
    use std::os::unix::ffi::OsStrExt;
    let run = after("ab");
    let name = std::ffi::OsStr::from_bytes(b"day=\xff");
    let folder = run.path("out/events").join(name);
    // Not every file system has such names.
    if fs::create_dir(&folder).is_err() {
        return;
    }
    published(&run);
    fs::write(folder.join("x.parquet"), "of somebody else").expect("written");
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_folder_with_a_secret_in_its_path_knows_its_files() {
    let pipeline = PIPELINE.replace("pipeline: p", "pipeline: p\nenv: [TOKEN]");
    let pipeline = pipeline.replace("path: events/", "path: \"events-${TOKEN}/\"");
    let run = Run::new(&["run", "p.yaml", "--out", "out"]).variable("TOKEN", "sesame");
    let run = with_days(run.file("p.yaml", pipeline), "ab");
    published(&run);
    let run = with_days(run, "b");
    published(&run);
    has(&run, &["events-sesame/day=b/place=here/part-00000.parquet"]);
}

#[test]
fn a_damaged_list_is_told_of() {
    let run = after("ab");
    let runs = fs::read_dir(run.path("out/.onefold/runs")).expect("runs");
    let folder = runs.map(|run| run.expect("a run").path()).next();
    let list = folder.expect("a run").join("partitions/0.json");
    let text = fs::read_to_string(&list).expect("a list");
    fs::write(&list, text.replace("day=a", "day=q")).expect("written");
    let done = with_days(run, "b").done();
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert!(
        done.stderr.contains("partitions/0.json is damaged"),
        "{}",
        done.stderr
    );
}

#[test]
fn the_bytes_are_the_same_for_every_number_of_threads() {
    let rows = (0..60_000).map(|n| format!("{n},{},{}\n", n * 7919 % 31, n % 3));
    let csv: String = std::iter::once("id,day,place\n".to_owned())
        .chain(rows)
        .collect();
    let with = |threads: &str| {
        let run = Run::new(&["run", "p.yaml", "--out", "out", "--threads", threads])
            .file("p.yaml", PIPELINE)
            .file("t.csv", &csv);
        published(&run);
        events(&run)
    };
    let expected = with("1");
    assert_eq!(expected.len(), 93);
    for threads in ["2", "3", "7"] {
        assert!(with(threads) == expected, "{threads} threads");
    }
}

#[test]
fn an_erased_person_has_no_partition() {
    const PEOPLE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: text, email: email}}
tables:
  people: {resolve: {from: [crm], match: [email], id: {name: customer, prefix: C}, state: people.state}}
outputs:
  - {table: people, path: people/, partition_by: email}
";
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("p.yaml", PEOPLE)
        .file(
            "crm.csv",
            "id,name,email\nk-1,Zoe,zoe@example.org\nk-2,Bob,bob@example.org\n",
        );
    published(&run);
    let zoe = "people/email=zoe@example.org/part-00000.parquet";
    let bob = "people/email=bob@example.org/part-00000.parquet";
    has(&run, &["people.state", bob, zoe]);
    let run = run.arguments(&["subject", "erase", "p.yaml", "C1", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    has(&run, &["people.state", bob]);
    assert!(!run.path("out/people/email=zoe@example.org").exists());
    for (path, bytes) in run.files() {
        let bytes = String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            !path.starts_with("out/") || !bytes.contains("zoe@"),
            "{path}"
        );
    }
}
