//! Decisions of people about records: they hold in every run.

use crate::command::Run;
use crate::runs::{FIRST, PIPELINE, after_first, said, text};

/// What a person has decided holds in every later run.
#[test]
fn decisions_stay() {
    let pipeline = PIPELINE.replace(
        "state: people.state",
        "state: people.state, decisions: decided.csv",
    );
    let mut run = after_first(&pipeline);
    for decision in [
        &[
            "decide",
            "different",
            "p.yaml",
            "crm:1",
            "crm:2",
            "--why",
            "mother, daughter",
            "--who",
            "eve",
        ],
        &[
            "decide", "same", "p.yaml", "crm:1", "crm:3", "--why", "called", "--who", "eve",
        ],
        &[
            "decide", "same", "p.yaml", "crm:1", "crm:99", "--why", "called", "--who", "eve",
        ],
    ] {
        run = run.arguments(decision);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
    }
    let file = text(&run, "decided.csv");
    let mut lines = file.lines();
    assert_eq!(
        lines.next(),
        Some("decision,source_a,key_a,source_b,key_b,who,at,why")
    );
    assert!(
        lines
            .next()
            .is_some_and(|line| line.starts_with("different,crm,1,crm,2,eve,20")),
        "{file}"
    );
    assert!(file.contains("\"mother, daughter\""));
    for _ in 0..2 {
        run = run.arguments(&["run", "p.yaml", "--out", "out"]);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(
            said(&done).contains("2 decisions applied"),
            "{}",
            said(&done)
        );
        assert!(
            said(&done).contains("records that are not there: crm:99"),
            "{}",
            said(&done)
        );
        let members = text(&run, "out/members.csv");
        let id = |key: &str| {
            let line = members
                .lines()
                .find(|line| line.ends_with(&format!(",{key}")));
            line.and_then(|line| line.split(',').next())
                .map(str::to_owned)
        };
        assert_eq!(id("1"), id("3"), "{members}");
        assert_ne!(id("1"), id("2"), "{members}");
    }
}

#[test]
fn a_decision_that_cannot_be_read_stops_the_run() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let run = after_first(&pipeline).file(
        "decided.csv",
        "decision,source_a,key_a,source_b,key_b,who,at,why\nsame,crm,1,crm,3,,,\nmaybe,crm,1,crm,2,,,\n",
    );
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("decided.csv:3: "), "{}", done.stderr);
}

#[test]
fn decisions_are_about_records() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    for (a, b, what) in [
        ("crm:1", "crm:1", "are one record"),
        ("shop:1", "crm:1", "`shop:1` names no record"),
        ("crm:", "crm:1", "`crm:` names no record"),
    ] {
        let run =
            Run::new(&["decide", "same", "p.yaml", a, b, "--why", "x"]).file("p.yaml", &pipeline);
        let done = run.done();
        assert_eq!(done.code, Some(2));
        assert!(done.stderr.contains(what), "{}", done.stderr);
        assert!(!run.path("decided.csv").exists());
    }
}

/// Whoever has to correct a decision sees those that contradict it, not only the one that lost.
#[test]
fn a_contradiction_through_others_is_named_with_its_chain() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let header = "decision,source_a,key_a,source_b,key_b,who,at,why\n";
    for (decisions, expected) in [
        (
            "same,crm,1,crm,2,,2026-01-01,\nsame,crm,2,crm,3,,2026-01-02,\ndifferent,crm,1,crm,3,,2026-01-03,\n",
            "contradict those on crm:1 and crm:2 (crm:2 same crm:3, crm:1 different crm:3)",
        ),
        (
            "different,crm,1,crm,3,,2026-01-01,\nsame,crm,1,crm,2,,2026-01-02,\nsame,crm,2,crm,3,,2026-01-03,\n",
            "contradict those on crm:1 and crm:3 (crm:1 same crm:2, crm:2 same crm:3)",
        ),
        (
            "same,crm,1,crm,3,,2026-01-01,\ndifferent,crm,3,crm,1,,2026-01-02,\n",
            "contradict those on crm:1 and crm:3 (crm:3 different crm:1)",
        ),
    ] {
        let run = Run::new(&["run", "p.yaml", "--out", "out"])
            .file("p.yaml", &pipeline)
            .file("crm.csv", FIRST)
            .file("decided.csv", format!("{header}{decisions}"));
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(said(&done).contains(expected), "{}", said(&done));
    }
}

/// Values under the wrong names would be other decisions.
#[test]
fn a_file_with_other_columns_is_left_alone() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let file = "why,decision,source_a,key_a,source_b,key_b,who,at\nx,same,crm,1,crm,3,,\n";
    let run = Run::new(&[
        "decide",
        "different",
        "p.yaml",
        "crm:1",
        "crm:2",
        "--why",
        "x",
    ])
    .file("p.yaml", &pipeline)
    .file("decided.csv", file);
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(
        done.stderr.contains("decided.csv` has other columns"),
        "{}",
        done.stderr
    );
    assert_eq!(text(&run, "decided.csv"), file);
}

/// A disk that is full, as a limit on the size of files.
#[cfg(unix)]
#[test]
fn a_first_decision_that_cannot_be_written_leaves_no_file() {
    let pipeline = PIPELINE.replace("state: people.state", "decisions: decided.csv");
    let run = Run::new(&[]).file("p.yaml", &pipeline);
    let decide = |before: &str| {
        let script =
            format!("{before}\"$0\" decide different p.yaml crm:1 crm:2 --why x --who ann",);
        std::process::Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_onefold")])
            .current_dir(run.path(""))
            .output()
            .expect("a shell")
    };
    let done = decide("trap '' XFSZ; ulimit -f 0; exec ");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success(), "{said}");
    assert!(said.contains("could not write `decided.csv`"), "{said}");
    assert!(!run.path("decided.csv").exists());
    assert!(decide("").status.success());
    let first = text(&run, "decided.csv");
    assert_eq!(first.lines().count(), 2);
    assert!(!decide("trap '' XFSZ; ulimit -f 0; exec ").status.success());
    assert_eq!(text(&run, "decided.csv"), first);
}
