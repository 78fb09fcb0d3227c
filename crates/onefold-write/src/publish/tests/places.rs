//! Where files of a run may lie, links on the way there, and who may read them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::{folder, of_run, publish, stage_all, visible};
use crate::ErrorKind;
use crate::error::Error;
use crate::publish::Publication;
use crate::publish::disk::RealDisk;
use crate::publish::home::HOME;

#[test]
fn paths_that_no_output_may_have() {
    let (folder, _) = folder();
    let out = folder.path().join("out");
    fs::create_dir_all(out.join("dir")).expect("folder");
    fs::write(out.join("file"), "").expect("file");
    let publication = Publication::begin(&out, "run").expect("begins");
    drop(publication.stage(Path::new("taken/x.csv")).expect("staged"));
    for (path, reason) in [
        ("../x.csv", "it leads outside the output folder"),
        ("a/../../x.csv", "it leads outside the output folder"),
        ("/tmp/x.csv", "it leads outside the output folder"),
        ("", "it names no file"),
        (".", "it names no file"),
        (".onefold/lock", ".onefold is Onefold's own folder"),
        ("dir", "it is a folder"),
        ("./taken//x.csv", "collides with output taken/x.csv"),
        ("taken", "collides with output taken/x.csv"),
        ("taken/x.csv/y", "collides with output taken/x.csv"),
    ] {
        let error = publication.stage(Path::new(path)).expect_err(path);
        assert_eq!(error.kind(), ErrorKind::Path, "{path}");
        assert_eq!(error.to_string(), format!("output {path}: {reason}"));
    }
    assert!(publication.stage(Path::new("file/below")).is_err());
    drop(publication.stage_record(Path::new("log")).expect("staged"));
    for (path, reason) in [
        ("../x", "it leads outside the output folder"),
        ("/tmp/x", "it leads outside the output folder"),
        ("", "it names no file"),
        ("log", "collides with output .onefold/runs/run/log"),
        ("log/x", "collides with output .onefold/runs/run/log"),
    ] {
        let error = publication
            .stage_record(Path::new(path))
            .expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Path, "{path}");
        assert_eq!(error.to_string(), format!("output {path}: {reason}"));
    }
    for run_id in ["", ".", "..", "a/b", "/a", "a/"] {
        let error = Publication::begin(&out, run_id).expect_err(run_id);
        assert_eq!(error.kind(), ErrorKind::Path, "{run_id}");
    }
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_links_are_replaced() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, _) = folder();
    let out = folder.path();
    let mode = |name: &str| fs::metadata(out.join(name)).map(|m| m.permissions().mode() & 0o777);
    fs::set_permissions(out.join("a.csv"), PermissionsExt::from_mode(0o440)).expect("mode");
    let elsewhere = tempfile::tempdir().expect("temporary folder");
    fs::write(elsewhere.path().join("private"), "private").expect("file");
    symlink(elsewhere.path().join("private"), out.join("d.csv")).expect("link");
    publish(Arc::new(RealDisk), out, "run").expect("published");
    assert_eq!(mode("a.csv").expect("a.csv"), 0o440);
    assert_eq!(visible(out), of_run("run"));
    assert!(!out.join("d.csv").is_symlink());
    let private = fs::read_to_string(elsewhere.path().join("private"));
    assert_eq!(private.expect("readable"), "private");

    symlink(elsewhere.path(), out.join("away")).expect("link");
    symlink(out.join(HOME), out.join("home")).expect("link");
    let publication = Publication::begin(out, "next").expect("begins");
    for path in ["away/x.csv", "home/lock"] {
        let error = publication.stage(Path::new(path)).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Path, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_the_place_of_own_files_are_not_followed() {
    use std::os::unix::fs::symlink;
    let refused = |name: &str, is_folder: bool| {
        let (folder, old) = folder();
        let elsewhere = tempfile::tempdir().expect("temporary folder");
        let victim = match is_folder {
            true => elsewhere.path().join("folder"),
            false => elsewhere.path().join("file"),
        };
        match is_folder {
            true => fs::create_dir(&victim).expect("folder"),
            false => fs::write(&victim, "private").expect("file"),
        }
        let link = folder.path().join(name);
        fs::create_dir_all(link.parent().expect("a folder")).expect("folder");
        symlink(&victim, &link).expect("link");
        let recorded = || -> Result<(), Error> {
            Publication::begin(folder.path(), "run")?
                .stage_record(Path::new("rejects/report.json"))
                .map(drop)
        };
        let error = recorded().expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Path, "{name}");
        assert!(error.to_string().contains("is a symbolic link"), "{error}");
        match is_folder {
            true => assert_eq!(fs::read_dir(&victim).expect("folder").count(), 0, "{name}"),
            false => assert_eq!(
                fs::read_to_string(&victim).expect("file"),
                "private",
                "{name}"
            ),
        }
        assert_eq!(visible(folder.path()), old, "{name}");
    };
    for name in [
        ".onefold",
        ".onefold/staging",
        ".onefold/runs",
        ".onefold/runs/run",
        ".onefold/runs/run/rejects",
    ] {
        refused(name, true);
    }
    for name in [
        ".onefold/lock",
        ".onefold/commit.journal",
        ".onefold/undo.journal",
        ".onefold/runs/run/rejects/report.json",
    ] {
        refused(name, false);
    }
    // A link to nothing would make a file elsewhere.
    let (folder, _) = folder();
    fs::create_dir(folder.path().join(HOME)).expect("folder");
    let nowhere = folder.path().join("nowhere");
    symlink(&nowhere, folder.path().join(HOME).join("lock")).expect("link");
    assert!(Publication::begin(folder.path(), "run").is_err());
    assert!(!nowhere.exists());
}

#[cfg(unix)]
#[test]
fn a_folder_that_becomes_a_link_is_not_followed() {
    use std::os::unix::fs::symlink;
    let (folder, _) = folder();
    let out = folder.path();
    let elsewhere = tempfile::tempdir().expect("temporary folder");
    let publication = Publication::begin(out, "run").expect("begins");
    let mut file = publication.stage(Path::new("deep/x.csv")).expect("staged");
    file.write_all(b"x").expect("written");
    file.finish().expect("finished");
    symlink(elsewhere.path(), out.join("deep")).expect("link");
    let error = publication.commit().expect_err("leads outside");
    assert_eq!(error.kind(), ErrorKind::Path);
    assert_eq!(fs::read_dir(elsewhere.path()).expect("folder").count(), 0);

    // Nor by the next run, after a death between the commit point and the renames.
    fs::remove_file(out.join("deep")).expect("link");
    let publication = Publication::begin(out, "run").expect("begins");
    let mut file = publication.stage(Path::new("deep/x.csv")).expect("staged");
    file.write_all(b"x").expect("written");
    file.finish().expect("finished");
    publication.die_at_the_commit_point();
    fs::remove_dir(out.join("deep")).expect("folder");
    symlink(elsewhere.path(), out.join("deep")).expect("link");
    let error = Publication::begin(out, "next").expect_err("leads outside");
    assert_eq!(error.kind(), ErrorKind::Path);
    assert_eq!(fs::read_dir(elsewhere.path()).expect("folder").count(), 0);
}

#[cfg(unix)]
#[test]
fn records_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _) = folder();
    let out = folder.path();
    let mode = |name: &str| {
        let found = fs::metadata(out.join(HOME).join(name)).expect(name);
        found.permissions().mode() & 0o777
    };
    let publication = stage_all(Arc::new(RealDisk), out, "one").expect("staged");
    assert_eq!(mode("staging/one"), 0o700);
    publication.commit().expect("published");
    for name in ["runs", "runs/one", "runs/one/rejects"] {
        assert_eq!(mode(name), 0o700, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn two_names_of_one_file_are_one_output() {
    use std::os::unix::fs::symlink;
    let (folder, _) = folder();
    let out = folder.path();
    fs::create_dir(out.join("k=a")).expect("folder");
    symlink(out.join("k=a"), out.join("k=b")).expect("link");
    let staged = |publication: &Publication, path: &str| {
        let mut file = publication.stage(Path::new(path)).expect("staged");
        file.write_all(path.as_bytes()).expect("written");
        file.finish().expect("finished");
    };
    let publication = Publication::begin(out, "one").expect("begins");
    staged(&publication, "k=a/x");
    staged(&publication, "k=b/x");
    let error = publication.commit().expect_err("one file");
    assert_eq!(error.kind(), ErrorKind::Path);
    let expected = "output k=b/x: it is the same file as output k=a/x";
    assert_eq!(error.to_string(), expected);
    assert!(!out.join("k=a/x").exists());

    // What goes away under another name is not the file that comes.
    fs::write(out.join("k=a/x"), "old").expect("written");
    let publication = Publication::begin(out, "two").expect("begins");
    publication.remove(Path::new("k=b/x")).expect("goes");
    staged(&publication, "k=a/x");
    publication.commit().expect("published");
    let text = fs::read_to_string(out.join("k=b/x")).expect("a file");
    assert_eq!(text, "k=a/x");
}

#[cfg(unix)]
#[test]
fn only_the_file_that_was_there_goes_away() {
    let (folder, _) = folder();
    let out = folder.path();
    let old = out.join("old.csv");
    fs::write(&old, "old").expect("written");
    let gone = || {
        let publication = Publication::begin(out, "run").expect("begins");
        publication.remove(Path::new("old.csv")).expect("goes");
        publication.die_at_the_commit_point();
    };
    gone();
    fs::write(out.join("new"), "of somebody else").expect("written");
    fs::rename(out.join("new"), &old).expect("renamed");
    drop(Publication::begin(out, "next").expect("recovers"));
    let text = fs::read_to_string(&old).expect("it stays");
    assert_eq!(text, "of somebody else");
    gone();
    drop(Publication::begin(out, "next").expect("recovers"));
    assert!(!old.exists());
    // Below a file there is nothing to remove.
    let publication = Publication::begin(out, "next").expect("begins");
    let below = Path::new("a.csv/part.parquet");
    publication.remove(below).expect("nothing is there");
    publication.commit().expect("published");
    assert!(out.join("a.csv").is_file());
}
