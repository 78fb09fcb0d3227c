//! A run that is killed leaves the old outputs whole, and the next run works.

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

#[test]
fn an_interrupted_run_stops_by_itself_and_leaves_no_output() {
    let run = with_inputs(150_000);
    let mut child = run.spawn();
    assert!(
        reaches(&mut child, || staged_bytes(&run) > 0),
        "the run ended before it staged anything"
    );
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.expect("a process").success());
    let ended = child.wait().expect("a process");
    assert_eq!(ended.code(), Some(130));
    assert_eq!(published(&run), []);
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
