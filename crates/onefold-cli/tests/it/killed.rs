//! A run that is killed leaves the old outputs whole, and the next run works.

use std::os::unix::process::ExitStatusExt;
use std::process::Child;
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
        assert!(began.elapsed() < Duration::from_secs(120), "the run neither goes on nor ends");
        std::thread::yield_now();
    }
}

fn published(run: &Run) -> Vec<(String, Vec<u8>)> {
    run.files().into_iter().filter(|(p, _)| p.starts_with("out/") && !p.contains(".onefold/")).collect()
}

fn staged_bytes(run: &Run) -> u64 {
    let mut sum = 0;
    for folder in std::fs::read_dir(run.path("out/.onefold/staging")).into_iter().flatten().flatten() {
        for file in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            sum += 1 + file.metadata().map_or(0, |m| m.len());
        }
    }
    sum
}

#[test]
fn killed_at_any_moment_the_old_outputs_are_whole_and_the_next_run_works() {
    let (old_csv, old_json) = inputs(500);
    let run = Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", &old_csv)
        .file("shop.jsonl", &old_json);
    assert_eq!(run.done().code, Some(0));
    let old = published(&run);
    let (csv, json) = inputs(150_000);
    let run = run.file("crm.csv", &csv).file("shop.jsonl", &json);

    let mut killed = 0;
    // Right after the start, while sources are read, and while outputs are written: `staged` bytes are there.
    for staged in [0, 1, 2, 1 << 10, 1 << 20, 3 << 20, 6 << 20] {
        let mut child = run.spawn();
        let running = reaches(&mut child, || staged == 0 || staged_bytes(&run) >= staged);
        child.kill().expect("a process");
        let status = child.wait().expect("a process");
        if status.signal() != Some(9) {
            assert!(!running || status.code() == Some(0));
            continue;
        }
        killed += 1;
        let now = published(&run);
        if now != old {
            // Past the commit point: then the next run, whatever it reads, finishes the renames first.
            assert!(staged > 1 << 20, "outputs changed with {staged} bytes staged");
        }
    }
    assert!(killed >= 4, "only {killed} runs were still going when they were killed");
    if published(&run) != old {
        return;
    }

    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let after = published(&run);
    let fresh = Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", &csv)
        .file("shop.jsonl", &json);
    assert_eq!(fresh.done().code, Some(0));
    assert!(after == published(&fresh), "a run after killed ones differs from an undisturbed one");
    assert_ne!(after, old);
    let left: Vec<_> = run.files().into_keys().filter(|p| p.contains("staging") || p.contains("journal")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_run_finds_the_folder_of_another_locked() {
    let (csv, json) = inputs(100_000);
    let run = Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", &csv)
        .file("shop.jsonl", &json);
    let mut first = run.spawn();
    assert!(reaches(&mut first, || staged_bytes(&run) > 0), "the first run ended before it staged anything");
    let second = run.done();
    let first = first.wait().expect("a process");
    assert_eq!(first.code(), Some(0));
    assert_ne!(second.code, Some(0));
    assert!(second.stderr.contains("process N, started TIME"), "{}", second.stderr);
    assert_eq!(second.stdout, "");
}
