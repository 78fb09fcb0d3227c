//! Ids of customers that stay from run to run.

use std::fs;

use crate::command::{Done, Run};
use crate::runs::{FIRST, PIPELINE, SECOND, after_first, said, text};

#[test]
fn the_same_people_keep_their_ids() {
    let run = after_first(PIPELINE);
    assert_eq!(
        text(&run, "out/members.csv"),
        "customer,record_key\nC1,1\nC1,2\nC2,3\n"
    );
    let run = run.file("crm.csv", SECOND);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        said(&done).contains("ids: 1 created, 1 gone"),
        "{}",
        said(&done)
    );
    assert_eq!(
        text(&run, "out/members.csv"),
        "customer,record_key\nC3,4\nC1,2\nC1,1\n"
    );
    assert_eq!(
        text(&run, "out/lineage.csv"),
        "old_id,new_id,event\nC2,,gone\n,C3,created\n"
    );
    let what = |run: Run, id: &str| {
        let run = run.arguments(&["resolve-id", "p.yaml", id, "--out", "out"]);
        let done = run.done();
        (run, done)
    };
    let (run, done) = what(run, "C1");
    assert_eq!(done.stdout, "C1 is a customer\n");
    let (run, done) = what(run, "C2");
    assert!(
        done.stdout.starts_with("C2 is gone since run "),
        "{}",
        done.stdout
    );
    let (_, done) = what(run, "C9");
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("no customer ever had the id `C9`"),
        "{}",
        done.stderr
    );
}

#[test]
fn questions_know_the_ids_that_stay() {
    let run = after_first(PIPELINE).file("crm.csv", SECOND);
    assert_eq!(run.done().code, Some(0));
    let run = run.arguments(&["explain", "p.yaml", "crm:4", "--out", "out"]);
    let done = run.done();
    assert!(
        done.stdout.starts_with("C3 has 1 record\n"),
        "{}{}",
        done.stdout,
        done.stderr
    );
}

#[test]
fn new_ids_may_be_uuids() {
    let pipeline = PIPELINE.replace("prefix: C", "uuid: true");
    let run = after_first(&pipeline);
    let members = text(&run, "out/members.csv");
    let id = members
        .lines()
        .nth(1)
        .and_then(|line| line.split(',').next());
    assert_eq!(id.map(str::len), Some(36), "{members}");
}

/// What is published stays as it is, and so does the state.
#[test]
fn a_damaged_state_stops_the_run() {
    let run = after_first(PIPELINE);
    let (state, members) = (
        text(&run, "out/people.state"),
        text(&run, "out/members.csv"),
    );
    let damaged = state.replacen("ann", "amn", 1).replacen('1', "2", 1);
    assert_ne!(damaged, state);
    fs::write(run.path("out/people.state"), &damaged).expect("a state");
    let run = run.file("crm.csv", SECOND);
    let done = run.done();
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert!(
        done.stderr.contains("cannot use the state"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("hint: "), "{}", done.stderr);
    assert_eq!(text(&run, "out/members.csv"), members);
    assert_eq!(text(&run, "out/people.state"), damaged);
}

/// Without the state ids start again, and C2, who was Bob, would be Cid.
#[test]
fn a_lost_state_stops_the_run() {
    let run = after_first(PIPELINE).file("crm.csv", SECOND);
    let (state, members) = (
        text(&run, "out/people.state"),
        text(&run, "out/members.csv"),
    );
    fs::remove_file(run.path("out/people.state")).expect("removed");
    let again = ["run", "p.yaml", "--out", "out"];
    let mut run = run.arguments(&again);
    let done = run.done();
    let lost = |done: &Done, why: &str| {
        assert_eq!(done.code, Some(3), "{}{}", done.stdout, done.stderr);
        for part in [why, "hint: put it back from a backup", "--new-ids"] {
            assert!(done.stderr.contains(part), "{}", done.stderr);
        }
    };
    lost(
        &done,
        "the state `out/people.state` is missing, and run RUN",
    );
    lost(&done, "RUN left the ids of `people` in it");
    assert_eq!(text(&run, "out/members.csv"), members);
    assert!(!run.path("out/people.state").exists());
    let reports = fs::read_dir(run.path("out/.onefold/runs")).expect("runs");
    let reports = reports.map(|entry| entry.expect("a run").path().join("report.json"));
    let reports = reports.map(|path| fs::read_to_string(path).expect("a report"));
    let told = reports.filter(|text| text.contains("is missing, and run"));
    assert_eq!(told.count(), 1);
    // Whoever asks gets no ids of other people either.
    for question in [
        vec!["run", "p.yaml", "--out", "out", "--dry-run"],
        vec!["resolve-id", "p.yaml", "C1", "--out", "out"],
        vec!["explain", "p.yaml", "crm:1", "--out", "out"],
        vec!["show", "p.yaml", "people", "--out", "out"],
    ] {
        run = run.arguments(&question);
        lost(&run.done(), "is missing");
    }
    run = run.arguments(&again);
    // Back in its place, or under another name.
    fs::write(run.path("out/old.state"), &state).expect("a state");
    lost(&run.done(), "the state `out/people.state` is missing");
    fs::rename(run.path("out/old.state"), run.path("out/people.state")).expect("put back");
    assert_eq!(run.done().code, Some(0));
    let kept = "customer,record_key\nC3,4\nC1,2\nC1,1\n";
    assert_eq!(text(&run, "out/members.csv"), kept);
    let renamed = PIPELINE.replace("people.state", "persons.state");
    let run = run.file("p.yaml", renamed);
    lost(&run.done(), "left the ids of `people` in `people.state`");
}

/// Whoever wants ids to start again says so, and the run warns.
#[test]
fn ids_start_again_where_that_is_asked_for() {
    let run = after_first(PIPELINE).file("crm.csv", SECOND);
    fs::remove_file(run.path("out/people.state")).expect("removed");
    let run = run.arguments(&["run", "p.yaml", "--out", "out", "--new-ids"]);
    for _ in 0..2 {
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let warning =
            "table people: ids start again, so ids given before may stand for other people";
        assert!(said(&done).contains(warning), "{}", said(&done));
        assert_eq!(
            text(&run, "out/members.csv"),
            "customer,record_key\nC2,4\nC1,2\nC1,1\n"
        );
    }
    // A run goes on with the state that is there now, unless it is told not to.
    let mut run = run.file("crm.csv", "id,name,email\n4,Cid,cid@x.org\n");
    let plain = ["run", "p.yaml", "--out", "out"];
    for (arguments, id) in [
        (&plain[..], "C2"),
        (&[&plain[..], &["--new-ids"]].concat(), "C1"),
    ] {
        run = run.arguments(arguments);
        assert_eq!(run.done().code, Some(0));
        let members = text(&run, "out/members.csv");
        assert_eq!(members, format!("customer,record_key\n{id},4\n"));
    }
}

#[test]
fn records_without_a_key_have_no_ids_that_stay() {
    let pipeline = PIPELINE.replace("key: id, ", "");
    let run = Run::new(&["check", "p.yaml"])
        .file("p.yaml", &pipeline)
        .file("crm.csv", FIRST);
    let done = run.done();
    assert_eq!(done.code, Some(2));
    let expected = "`state` needs records with a key, and `crm` has none";
    assert!(done.stderr.contains(expected), "{}", done.stderr);
}

/// A table made of one source has the source's key.
#[test]
fn the_key_of_a_deduplicated_source() {
    let pipeline = PIPELINE.replace(
        "people: {resolve: {from: crm,",
        "newest: {dedupe: {from: crm, by: id}}\n  people: {resolve: {from: newest,",
    );
    let run = after_first(&pipeline).file("crm.csv", SECOND);
    assert_eq!(run.done().code, Some(0));
    assert!(text(&run, "out/members.csv").contains("C1,2\nC1,1\n"));
}

/// A run that publishes nothing leaves the ids as they were.
#[test]
fn a_refused_run_leaves_the_state_alone() {
    let pipeline = PIPELINE.replace("key: id,", "key: id, limits: {min_rows: 3},");
    let run = after_first(&pipeline);
    let state = text(&run, "out/people.state");
    let run = run.file("crm.csv", "id,name,email\n8,Di,di@x.org\n");
    assert_eq!(run.done().code, Some(1));
    assert_eq!(text(&run, "out/people.state"), state);
}
