//! Real processes: a second one that finds the lock, and many that are killed while they publish.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use onefold_write::{ErrorKind, Publication};

const FOLDER: &str = "ONEFOLD_WRITE_TEST_FOLDER";
const FILES: usize = 6;

/// Runs the ignored test of that name in a process of its own, in `folder`.
fn child(name: &str, folder: &Path) -> (Child, BufReader<ChildStdout>) {
    let program = std::env::current_exe().expect("this test");
    let mut child = Command::new(program)
        .args([
            "--exact",
            &format!("processes::{name}"),
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let stdout = BufReader::new(child.stdout.take().expect("its output"));
    (child, stdout)
}

fn wait_for(line: &str, stdout: &mut BufReader<ChildStdout>) {
    let mut text = String::new();
    while !text.ends_with(&format!("{line}\n")) {
        let read = stdout.read_line(&mut text).expect("output");
        assert!(read > 0, "the process ended after {text:?}");
    }
}

fn say(line: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "\n{line}")
        .and_then(|()| stdout.flush())
        .expect("parent");
}

fn publish(folder: &Path, run: u64) {
    let publication = Publication::begin(folder, &format!("run-{run}")).expect("begins");
    for number in 0..FILES {
        let path = format!("dir-{number}/out.txt");
        let mut file = publication.stage(Path::new(&path)).expect("staged");
        file.write_all(run.to_string().as_bytes()).expect("written");
        file.finish().expect("synced");
    }
    publication
        .record(Path::new("report.json"), run.to_string().as_bytes())
        .expect("recorded");
    publication.commit().expect("published");
}

/// The runs that have left a report; each is whole.
fn reported(folder: &Path) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(folder.join(".onefold/runs")) else {
        return Vec::new();
    };
    let mut runs = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry").path();
        if let Ok(report) = fs::read_to_string(path.join("report.json")) {
            assert!(path.ends_with(format!("run-{report}")), "{path:?}");
            runs.push(report.parse().expect("a run"));
        }
    }
    runs.sort_unstable();
    runs
}

/// The run whose files are visible; all must be of one.
fn visible(folder: &Path) -> Option<u64> {
    let runs: Vec<_> = (0..FILES)
        .map(|number| fs::read_to_string(folder.join(format!("dir-{number}/out.txt"))).ok())
        .collect();
    assert!(
        runs.windows(2).all(|two| two[0] == two[1]),
        "mixed: {runs:?}"
    );
    runs[0].as_ref().map(|run| run.parse().expect("a run"))
}

#[test]
#[ignore = "a part of other tests"]
fn child_that_holds_the_lock() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let publication = Publication::begin(Path::new(&folder), "child").expect("begins");
    say("locked");
    std::thread::sleep(Duration::from_secs(60));
    drop(publication);
}

#[test]
#[ignore = "a part of other tests"]
fn child_that_publishes_for_ever() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    say("started");
    let mut run = visible(folder).unwrap_or(0);
    loop {
        run += 1;
        publish(folder, run);
    }
}

#[test]
fn another_process_is_refused_until_the_first_is_dead() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (mut holder, mut stdout) = child("child_that_holds_the_lock", folder.path());
    wait_for("locked", &mut stdout);
    let error = Publication::begin(folder.path(), "second").expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Locked);
    let expected = format!("process {}, started 20", holder.id());
    assert!(error.to_string().contains(&expected), "{error}");
    holder.kill().expect("killed");
    holder.wait().expect("dead");
    Publication::begin(folder.path(), "second").expect("the lock died with its holder");
}

#[test]
fn killed_at_any_moment_the_files_are_of_one_run() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let began = Instant::now();
    publish(folder.path(), 1);
    let one = began.elapsed();
    let mut last = 1;
    for round in 0..25 {
        let (mut publisher, mut stdout) = child("child_that_publishes_for_ever", folder.path());
        wait_for("started", &mut stdout);
        // Spread over the time that two publications take.
        std::thread::sleep(one * 2 * (round * 7 % 25) / 25);
        publisher.kill().expect("killed");
        publisher.wait().expect("dead");
        drop(Publication::begin(folder.path(), "settles").expect("recovers"));
        let run = visible(folder.path()).unwrap_or(0);
        assert!(run >= last, "run {run} after {last}");
        assert_eq!(reported(folder.path()), (1..=run).collect::<Vec<_>>());
        last = run;
    }
    assert!(last > 1, "no killed process ever published");
}
