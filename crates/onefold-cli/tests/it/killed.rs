//! A run that is killed leaves the old outputs whole, and the next run works.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::command::Run;
use crate::stability::{PIPELINE, inputs};

/// Waits until `ready` or until the process has ended; whether it is ready.
fn reaches(child: &mut Child, mut ready: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if ready() {
            return true;
        }
        if child.try_wait().expect("a process").is_some() {
            return false;
        }
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "the run neither goes on nor ends"
        );
        std::thread::yield_now();
    }
}

fn with_inputs(rows: usize) -> Run {
    let (csv, json) = inputs(rows);
    Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", csv)
        .file("shop.jsonl", json)
}

fn published(run: &Run) -> Vec<(String, Vec<u8>)> {
    run.files()
        .into_iter()
        .filter(|(p, _)| p.starts_with("out/") && !p.contains(".onefold/"))
        .collect()
}

fn staged_bytes(run: &Run) -> u64 {
    let mut sum = 0;
    for folder in std::fs::read_dir(run.path("out/.onefold/staging"))
        .into_iter()
        .flatten()
        .flatten()
    {
        for file in std::fs::read_dir(folder.path())
            .into_iter()
            .flatten()
            .flatten()
        {
            sum += 1 + file.metadata().map_or(0, |m| m.len());
        }
    }
    sum
}

#[test]
fn killed_at_any_moment_the_old_outputs_are_whole_and_the_next_run_works() {
    let small = with_inputs(500);
    assert_eq!(small.done().code, Some(0));
    let old = published(&small);
    let fresh = with_inputs(150_000);
    assert_eq!(fresh.done().code, Some(0));
    let new = published(&fresh);
    assert!(
        old.iter()
            .zip(&new)
            .all(|(old, new)| old.0 == new.0 && old.1 != new.1)
    );
    let (csv, json) = inputs(150_000);
    let run = small.file("crm.csv", csv).file("shop.jsonl", json);

    let mut killed = 0;
    // Right after the start, while sources are read, and while outputs are written: `staged` counts files and bytes.
    for staged in [0, 1, 2, 1 << 10, 1 << 20, 3 << 20, 6 << 20] {
        let mut child = run.spawn();
        reaches(&mut child, || staged == 0 || staged_bytes(&run) >= staged);
        child.kill().expect("a process");
        killed += usize::from(child.wait().expect("a process").signal() == Some(9));
        let now = published(&run);
        assert_eq!(now.len(), old.len());
        for (i, (name, content)) in now.iter().enumerate() {
            assert!(
                content == &old[i].1 || content == &new[i].1,
                "`{name}` is neither the old nor the new file"
            );
        }
    }
    assert!(
        killed >= 4,
        "only {killed} runs were still going when they were killed"
    );

    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(
        published(&run) == new,
        "a run after killed ones differs from an undisturbed one"
    );
    let left: Vec<_> = run
        .files()
        .into_keys()
        .filter(|p| p.contains("staging") || p.contains("journal"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// State, decisions, checks, rejects, blanked values, and partitions of which one comes and goes.
const WITH_STATE: &str = "\
pipeline: stateful
sources:
  crm:
    path: crm.csv
    key: id
    fields: {id: {required: true}, name: person_name, email: email, joined: {type: date, on_invalid: 'null'}, spent: 'decimal(12,2)'}
  shop: {path: shop.jsonl, key: id, fields: {id: {required: true}, name: person_name, email: email}}
tables:
  customers:
    resolve: {from: [crm, shop], match: [email], id: {name: customer, prefix: C}, state: customers.state, decisions: decided.csv}
    checks: [{unique: customer}, {not_null: spent, severity: warn}]
outputs:
  - {table: customers, path: customers.csv}
  - {table: customers.members, path: deep/members.parquet}
  - {table: customers.lineage, path: lineage.csv}
  - {table: crm.rejects, path: rejects.csv}
  - table: customers
    path: by_domain/
    partition_by: domain
    columns: [\"*\", {domain: \"coalesce(split_part(email, '@', 2), 'none')\"}]
";

/// What runs over the same records leave alike: outputs, rejects and kept tables without the story of ids, and ids without that of runs.
fn alike(run: &Run) -> Vec<(String, Vec<u8>)> {
    let varies = ["lineage", "lock", "report.json", "log.jsonl", "checksums"];
    let files = run.files().into_iter();
    let files = files.filter(|(path, _)| {
        path.starts_with("out/") && !varies.iter().any(|name| path.contains(name))
    });
    let without_runs = |(path, content): (String, Vec<u8>)| match path.ends_with(".state") {
        true => {
            let lines = content.split_inclusive(|byte| *byte == b'\n');
            let records = lines.filter(|line| line.starts_with(b"record\t"));
            (path, records.flatten().copied().collect())
        }
        false => (path, content),
    };
    files.map(without_runs).collect()
}

/// Kills runs at moments spread over the time of one. All ids, outputs, rejects and kept tables are afterwards those of a run that nobody
/// has killed.
#[test]
fn killed_with_a_state_the_next_run_is_like_an_undisturbed_one() {
    const SEED: u64 = 7;
    let run = Run::new(&[
        "run", "p.yaml", "--out", "out", "--keep", "all", "--keep-runs", "1",
    ])
    .file("p.yaml", WITH_STATE)
    .file(
        "decided.csv",
        "decision,source_a,key_a,source_b,key_b,who,at,why\nsame,crm,1,crm,2,,,\ndifferent,crm,3,shop,s3,,,\n",
    );
    // The longer export has more people: whoever is gone comes back with the old id.
    let (csv, json) = inputs(1500);
    let others = |text: &str| {
        let text = text.replace("xample.com", "xample.org");
        let text = text.replace("\"id\": \"s", "\"id\": \"t");
        let lines = text
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("id,"));
        let renumbered = lines.map(
            |line| match line.starts_with(|c: char| c.is_ascii_digit()) {
                true => format!("n{line}"),
                false => line.to_owned(),
            },
        );
        renumbered.collect::<String>()
    };
    let more = (csv.clone() + &others(&csv), json.clone() + &others(&json));
    let exports = [(csv, json), more];
    let given = |run: Run, export: usize| {
        let (csv, json) = &exports[export];
        run.file("crm.csv", csv).file("shop.jsonl", json)
    };
    let mut run = run;
    let mut expected = Vec::new();
    let mut took = Duration::ZERO;
    for export in [0, 1, 0, 1] {
        run = given(run, export);
        let began = Instant::now();
        let done = run.done();
        took = began.elapsed();
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        expected.push(alike(&run));
    }
    assert!(expected[2] != expected[3] && expected[2].len() > 15);
    for (again, first) in [(2, 0), (3, 1)] {
        for (again, first) in expected[again].iter().zip(&expected[first]) {
            // The state remembers who is gone.
            assert!(
                again == first || again.0.ends_with(".state"),
                "`{}` changes by itself",
                again.0
            );
        }
    }

    let expected = expected.split_off(2);
    let mut random = SEED;
    let mut killed = 0;
    for moment in 0..20 {
        let export = moment % 2;
        run = given(run, export);
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let after = took.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64);
        let what = format!("seed {SEED}, moment {moment}, killed after {after:?}");
        let began = Instant::now();
        let mut child = run.spawn();
        reaches(&mut child, || began.elapsed() >= after);
        child.kill().expect("a process");
        killed += usize::from(child.wait().expect("a process").signal() == Some(9));
        // A publication that was killed on its way is completed by the next run.
        if !run.path("out/.onefold/commit.journal").exists() {
            let is_published = |(path, _): &(String, Vec<u8>)| !path.contains(".onefold/");
            let outputs = |files: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
                files
                    .iter()
                    .filter(|file| is_published(file))
                    .cloned()
                    .collect()
            };
            let now = outputs(&alike(&run));
            assert!(
                now == outputs(&expected[0]) || now == outputs(&expected[1]),
                "outputs are of no run: {what}"
            );
        }
        let done = run.done();
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{what}");
        let found = alike(&run);
        for (found, expected) in found.iter().zip(&expected[export]) {
            assert!(found == expected, "`{}` differs: {what}", found.0);
        }
        assert_eq!(found.len(), expected[export].len(), "{what}");
        let paths = run.files().into_keys();
        let left: Vec<_> = paths
            .filter(|path| {
                ["staging", "journal", ".new"]
                    .iter()
                    .any(|n| path.contains(n))
            })
            .collect();
        assert!(left.is_empty(), "{left:?}: {what}");
    }
    assert!(killed >= 10, "only {killed} runs were still going");
}

#[test]
fn an_interrupted_run_stops_by_itself_and_leaves_no_output() {
    let run = with_inputs(150_000);
    let mut child = run.spawn();
    assert!(
        reaches(&mut child, || staged_bytes(&run) > 0),
        "the run ended before it staged anything"
    );
    send("INT", &child);
    let ended = child.wait().expect("a process");
    assert_eq!(ended.code(), Some(130));
    assert_eq!(published(&run), []);
}

/// What waits for others does not look whether it is to stop.
#[test]
fn an_interrupted_run_ends_in_time_whatever_it_waits_for() {
    for (signal, again, code) in [
        ("INT", false, 130),
        ("TERM", false, 130),
        ("TERM", true, 143),
    ] {
        let run = Run::new(&["run", "p.yaml", "--out", "out"]).file(
            "p.yaml",
            "sources: {t: {path: '-', format: csv}}\noutputs: [{table: t, path: o.csv}]\n",
        );
        let (input, writer) = std::io::pipe().expect("a pipe");
        let (mut said, error) = std::io::pipe().expect("a pipe");
        let mut child = run.spawn_with(input.into(), error.into());
        // It has read all there is once the pipe is empty, and waits for more.
        (&writer).write_all(b"id\n1\n").expect("a reader");
        assert!(reaches(&mut child, || bytes_waiting(&writer) == 0));
        let began = Instant::now();
        send(signal, &child);
        // One that comes before the first is handled is lost.
        while again && child.try_wait().expect("a process").is_none() {
            send(signal, &child);
        }
        let ended = child.wait().expect("a process");
        assert_eq!(ended.code(), Some(code), "{signal}");
        assert!(began.elapsed() < Duration::from_secs(3), "{signal}");
        let mut text = String::new();
        said.read_to_string(&mut text).expect("text");
        assert_eq!(text.contains("error: interrupted"), !again, "{text}");
        drop(writer);
    }
}

/// Bytes that nobody has read from a pipe.
fn bytes_waiting(pipe: &std::io::PipeWriter) -> i32 {
    let mut waiting = 0;
    #[expect(unsafe_code, reason = "the standard library does not tell")]
    // SAFETY: the descriptor is open as long as `pipe` is, and the call writes one number.
    let done = unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &raw mut waiting) };
    assert_eq!(done, 0, "a pipe");
    waiting
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status();
    assert!(sent.expect("a process").success());
}

#[test]
fn a_run_finds_the_folder_of_another_locked() {
    let run = with_inputs(100_000);
    let mut first = run.spawn();
    assert!(
        reaches(&mut first, || staged_bytes(&run) > 0),
        "the first run ended before it staged anything"
    );
    let second = run.done();
    let first = first.wait().expect("a process");
    assert_eq!(first.code(), Some(0));
    assert_ne!(second.code, Some(0));
    assert!(
        second.stderr.contains("process N, started TIME"),
        "{}",
        second.stderr
    );
    assert_eq!(second.stdout, "");
}
