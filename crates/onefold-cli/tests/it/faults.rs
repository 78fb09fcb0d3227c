//! Panics inside: an error of kind *internal*, and outputs as they were.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use onefold_engine::{Error, Keep, Kind, MemoryLimit, Project, RunEvent, RunOptions};

const PIPELINE: &str = "\
pipeline: p
sources: {t: {path: t.csv}}
tables: {sorted: {from: t, order_by: [id]}}
outputs: [{table: sorted, path: out.csv}, {table: t.rejects, path: rejects.csv}]
";

/// Runs the pipeline in a folder with old outputs; `on_event` and `held` are called by the run.
fn run(
    folder: &Path,
    on_event: &(dyn Fn(&RunEvent) + Sync),
    held: &(dyn Fn() -> u64 + Sync),
) -> Result<(), Error> {
    fs::write(folder.join("t.csv"), "id\n2\n1\n").expect("a file");
    fs::create_dir_all(folder.join("out")).expect("a folder");
    fs::write(folder.join("out/out.csv"), "old").expect("a file");
    let project = match Project::from_text(PIPELINE.to_owned(), folder.join("p.yaml"), &|_| None) {
        Ok(project) => project,
        Err(failed) => panic!("{}", failed.error),
    };
    let options = RunOptions {
        keep: Keep::None,
        state_dir: None,
        new_ids: false,
        input_dir: None,
        output_dir: folder.join("out"),
        threads: 2,
        clock: &|| jiff::Timestamp::UNIX_EPOCH,
        on_event,
        interrupted: &AtomicBool::new(false),
        keep_runs: 20,
        stdin: None,
        memory: Some(MemoryLimit {
            bytes: u64::MAX,
            held,
        }),
    };
    project.run(&options).map(drop)
}

/// The report of the one run, and the last line of its log.
fn failed_report(at: &Path) -> [serde_json::Value; 2] {
    let runs = fs::read_dir(at.join("out/.onefold/runs")).expect("a folder");
    let runs: Vec<_> = runs.map(|run| run.expect("a run").path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    let text = |name| fs::read_to_string(runs[0].join(name)).expect("a file");
    let log = text("log.jsonl");
    let last = log.lines().next_back().expect("a line");
    [text("report.json").as_str(), last].map(|text| serde_json::from_str(text).expect("JSON"))
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| entries.count())
}

#[test]
fn a_panic_before_publishing_changes_no_output() {
    type Wanted = fn(&RunEvent) -> bool;
    let places: [(&str, Wanted); 4] = [
        ("started", |e| matches!(e, RunEvent::Started { .. })),
        ("reading", |e| matches!(e, RunEvent::Reading { .. })),
        ("made", |e| matches!(e, RunEvent::Made { .. })),
        ("written", |e| matches!(e, RunEvent::Written { .. })),
    ];
    for (name, wanted) in places {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let done = run(at, &|event| assert!(!wanted(event), "told {name}"), &|| 0);
        let error = done.expect_err(name);
        assert_eq!(error.kind(), Kind::Internal, "{name}");
        assert_eq!(error.kind().exit_code(), 5);
        assert!(
            error.to_string().contains(&format!("told {name}")),
            "{error}"
        );
        assert!(
            error
                .hint_text()
                .is_some_and(|hint| hint.contains("the old outputs are unchanged"))
        );
        assert_eq!(
            fs::read_to_string(at.join("out/out.csv")).expect("a file"),
            "old"
        );
        assert_eq!(entries(&at.join("out/.onefold/staging")), 0, "{name}");
        let [report, last] = failed_report(at);
        assert_eq!(report["status"], "failed", "{name}");
        let told = report["error"].as_str().unwrap_or_default();
        assert!(told.contains(&format!("told {name}")), "{told}");
        assert_eq!(last["level"], "ERROR", "{name}");
        assert_eq!(last["message"], format!("Nothing is published: {told}"));
        fs::remove_dir_all(at.join("out/.onefold/runs")).expect("a folder");
        // The lock is free, and the next run goes through.
        run(at, &|_| {}, &|| 0).expect("a run");
        assert_eq!(
            fs::read_to_string(at.join("out/out.csv")).expect("a file"),
            "id\n1\n2\n"
        );
    }
    let folder = tempfile::tempdir().expect("a folder");
    let error = run(folder.path(), &|_| {}, &|| panic!("held")).expect_err("a panic");
    assert_eq!(error.kind(), Kind::Internal);
}

#[test]
fn a_panic_after_publishing_is_an_error_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let on_event = |event: &RunEvent| assert_ne!(*event, RunEvent::Completed);
    let error = run(folder.path(), &on_event, &|| 0).expect_err("a panic");
    assert_eq!(error.kind(), Kind::Internal);
    assert!(
        !error
            .hint_text()
            .is_some_and(|hint| hint.contains("unchanged"))
    );
    let published = fs::read_to_string(folder.path().join("out/out.csv"));
    assert_eq!(published.expect("a file"), "id\n1\n2\n");
}
