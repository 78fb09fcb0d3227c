//! Crashes and failures at every operation on the disk, and what is there afterwards.

mod many;
mod places;

use std::fs::{self, File};

use super::Publication;
use super::disk::{Disk, RealDisk};
use super::home::{HOME, STAGING};
use super::place::COMMIT_JOURNAL;
use crate::ErrorKind;
use crate::error::{Cause, Error};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

/// Lets `left` operations pass. A dead disk then refuses everything, as a killed process would do nothing; a failing one refuses one
/// operation and works again.
#[derive(Debug)]
struct FaultyDisk {
    left: AtomicUsize,
    dies: bool,
    hit: AtomicBool,
    synced: AtomicUsize,
    /// Files that were synced when the commit journal came.
    synced_at_commit: AtomicUsize,
}

impl FaultyDisk {
    fn new(left: usize, dies: bool) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(left),
            dies,
            hit: AtomicBool::new(false),
            synced: AtomicUsize::new(0),
            synced_at_commit: AtomicUsize::new(0),
        })
    }

    fn pass(&self) -> io::Result<()> {
        let one_less = |left: usize| left.checked_sub(1);
        let (set, fetch) = (Ordering::SeqCst, Ordering::SeqCst);
        if self.left.fetch_update(set, fetch, one_less).is_ok() {
            return Ok(());
        }
        let is_already_hit = self.hit.swap(true, Ordering::SeqCst);
        match is_already_hit && !self.dies {
            true => Ok(()),
            false => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn pass_on(&self, path: &Path) -> Result<(), Error> {
        self.pass().map_err(|error| Error::io("touch", path, error))
    }
}

impl Disk for FaultyDisk {
    fn create_dir_all(&self, path: &Path) -> Result<(), Error> {
        self.pass_on(path)?;
        RealDisk.create_dir_all(path)
    }
    fn create_private_dir(&self, path: &Path) -> Result<(), Error> {
        self.pass_on(path)?;
        RealDisk.create_private_dir(path)
    }
    fn create_new(&self, path: &Path) -> Result<File, Error> {
        self.pass_on(path)?;
        RealDisk.create_new(path)
    }
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        self.pass()?;
        RealDisk.write(file, bytes)
    }
    fn sync_file(&self, file: &File) -> io::Result<()> {
        self.pass()?;
        RealDisk.sync_file(file)?;
        self.synced.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    fn sync_dir(&self, path: &Path) -> Result<(), Error> {
        self.pass_on(path)?;
        RealDisk.sync_dir(path)
    }
    /// Fails with half the bytes written.
    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let dead = self.dies && self.hit.load(Ordering::SeqCst);
        if let Err(error) = self.pass_on(path) {
            if !dead {
                RealDisk.write_new(path, &bytes[..bytes.len() / 2])?;
            }
            return Err(error);
        }
        RealDisk.write_new(path, bytes)
    }
    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.pass_on(from)?;
        RealDisk.hard_link(from, to)
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.pass_on(to)?;
        if to.ends_with(COMMIT_JOURNAL) {
            let synced = self.synced.load(Ordering::SeqCst);
            self.synced_at_commit.store(synced, Ordering::SeqCst);
        }
        RealDisk.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> Result<(), Error> {
        self.pass_on(path)?;
        RealDisk.remove_file(path)
    }
    fn remove_dir(&self, path: &Path) -> Result<(), Error> {
        self.pass_on(path)?;
        RealDisk.remove_dir(path)
    }
    /// Dies with the folder half removed.
    fn remove_dir_all(&self, path: &Path) -> Result<(), Error> {
        let dead = self.dies && self.hit.load(Ordering::SeqCst);
        if let Err(error) = self.pass_on(path) {
            if !dead && let Some(Ok(entry)) = fs::read_dir(path).ok().and_then(|mut dir| dir.next())
            {
                drop(fs::remove_file(entry.path()));
            }
            return Err(error);
        }
        RealDisk.remove_dir_all(path)
    }
}

const NAMES: [&str; 4] = ["a.csv", "b.json", "new/deep/c.txt", "d.csv"];
/// Goes away with the first run.
const GONE: &str = "parts/day=1/part-00000.parquet";
const RECORDS: [&str; 2] = ["rejects/crm.parquet", "report.json"];

fn stage_all(disk: Arc<dyn Disk>, out: &Path, run: &str) -> Result<Publication, Error> {
    let publication = Publication::begin_on(disk, out, run)?;
    let mut files = Vec::new();
    for name in NAMES {
        files.push((name, publication.stage(Path::new(name))?));
    }
    publication.remove(Path::new(GONE))?;
    files.push((RECORDS[0], publication.stage_record(Path::new(RECORDS[0]))?));
    for (number, (name, mut file)) in files.into_iter().enumerate() {
        let text = format!("{name} of {run}");
        file.write_all(text.as_bytes()).map_err(Cause::Sink)?;
        let bytes = match number % 2 {
            0 => file.finish()?,
            _ => publication.finish_with_others(file)?,
        };
        assert_eq!(bytes, text.len() as u64);
    }
    let report = format!("{} of {run}", RECORDS[1]);
    publication.record(Path::new(RECORDS[1]), report.as_bytes())?;
    Ok(publication)
}

fn publish(disk: Arc<dyn Disk>, out: &Path, run: &str) -> Result<(), Error> {
    stage_all(disk, out, run)?.commit()
}

/// Whether a run has left its records: all of them, each whole, or none.
fn has_records(out: &Path, run: &str) -> bool {
    let folder = out.join(HOME).join("runs").join(run);
    let found = RECORDS.map(|name| fs::read_to_string(folder.join(name)).ok());
    if found.iter().all(Option::is_none) {
        return false;
    }
    let whole = RECORDS.map(|name| Some(format!("{name} of {run}")));
    assert_eq!(found, whole, "records of {run}");
    true
}

/// The folders of runs that have no record.
fn empty_runs(out: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(out.join(HOME).join("runs"));
    let folders = entries.into_iter().flatten().flatten();
    let folders = folders.map(|entry| entry.path());
    folders
        .filter(|folder| !folder.join(RECORDS[1]).exists())
        .collect()
}

/// The files that a reader sees.
fn visible(out: &Path) -> Vec<(String, String)> {
    let read = |name: &&str| {
        let text = fs::read_to_string(out.join(name)).ok()?;
        Some((name.to_string(), text))
    };
    NAMES.iter().chain([&GONE]).filter_map(read).collect()
}

fn of_run(run: &str) -> Vec<(String, String)> {
    let text = |name: &&str| (name.to_string(), format!("{name} of {run}"));
    NAMES.iter().map(text).collect()
}

/// A folder where a.csv, b.json are there from the start and the others are not.
fn folder() -> (TempDir, Vec<(String, String)>) {
    let folder = tempfile::tempdir().expect("temporary folder");
    fs::create_dir_all(folder.path().join("parts/day=1")).expect("a folder");
    for name in NAMES[..2].iter().chain([&GONE]) {
        fs::write(folder.path().join(name), format!("{name} of the user")).expect("old file");
    }
    let old = visible(folder.path());
    assert_eq!(old.len(), 3);
    (folder, old)
}

fn leftovers(out: &Path) -> Vec<String> {
    let names = |dir: PathBuf| -> Vec<String> {
        let Ok(entries) = fs::read_dir(dir) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .filter(|name| name != "lock" && name != STAGING && name != "runs")
            .collect()
    };
    let mut all = names(out.join(HOME));
    all.extend(names(out.join(HOME).join(STAGING)));
    all
}

#[test]
fn a_commit_shows_all_and_leaves_nothing() {
    let (folder, _) = folder();
    let out = folder.path();
    publish(Arc::new(RealDisk), out, "one").expect("published");
    assert_eq!(visible(out), of_run("one"));
    publish(Arc::new(RealDisk), out, "two").expect("published again");
    assert_eq!(visible(out), of_run("two"));
    assert!(has_records(out, "one") && has_records(out, "two"));
    assert_eq!(leftovers(out), Vec::<String>::new());
    assert!(!out.join("parts").exists(), "nothing is left in it");
}

#[test]
fn what_goes_away_leaves_its_neighbours() {
    let (folder, _) = folder();
    let out = folder.path();
    let neighbour = out.join("parts/day=2.txt");
    fs::write(&neighbour, "of somebody else").expect("a file");
    publish(Arc::new(RealDisk), out, "one").expect("published");
    assert!(neighbour.exists() && !out.join("parts/day=1").exists());

    let publication = Publication::begin(out, "two").expect("begins");
    let taken = publication.stage(Path::new("x/y.csv")).expect("staged");
    for path in [
        "x",
        "x/y.csv",
        "x/y.csv/z",
        "../a",
        ".onefold/lock",
        "parts",
    ] {
        let error = publication.remove(Path::new(path)).expect_err(path);
        assert_eq!(error.kind(), ErrorKind::Path, "{path}");
    }
    drop(taken);
}

#[test]
fn records_alone_are_the_account_of_a_run_that_may_not_publish() {
    let (folder, old) = folder();
    let out = folder.path();
    let publication = stage_all(Arc::new(RealDisk), out, "one").expect("staged");
    drop(publication.stage(Path::new("never.csv")).expect("staged"));
    publication.commit_records().expect("recorded");
    assert_eq!(visible(out), old);
    assert!(has_records(out, "one"));
    assert_eq!(leftovers(out), Vec::<String>::new());
}

#[test]
fn a_run_id_that_comes_again_replaces_its_records() {
    let (folder, _) = folder();
    let out = folder.path();
    publish(Arc::new(RealDisk), out, "one").expect("published");
    publish(Arc::new(RealDisk), out, "one").expect("published again");
    assert!(has_records(out, "one"));
    drop(stage_all(Arc::new(RealDisk), out, "one").expect("staged"));
    assert!(has_records(out, "one"));
}

#[test]
fn a_run_that_gives_up_leaves_no_folder() {
    let (folder, _) = folder();
    let out = folder.path();
    drop(stage_all(Arc::new(RealDisk), out, "one").expect("staged"));
    let publication = stage_all(Arc::new(RealDisk), out, "two").expect("staged");
    drop(publication.stage(Path::new("e.csv")).expect("staged"));
    publication.commit().expect_err("unfinished");
    for run in ["one", "two"] {
        assert!(!out.join(HOME).join("runs").join(run).exists(), "{run}");
    }
}

#[test]
fn a_run_that_starts_over_leaves_its_account_alone() {
    let (folder, old) = folder();
    let out = folder.path();
    let mut publication = stage_all(Arc::new(RealDisk), out, "one").expect("staged");
    let unfinished = publication.stage(Path::new("never.csv")).expect("staged");
    publication.start_over().expect("room");
    drop(unfinished);
    publication
        .record(Path::new("report.json"), b"failed")
        .expect("recorded");
    publication.commit().expect("published");
    assert_eq!(visible(out), old);
    let run = out.join(HOME).join("runs/one");
    // With its checksum.
    assert_eq!(fs::read_dir(&run).expect("folder").count(), 2);
    let report = fs::read_to_string(run.join("report.json"));
    assert_eq!(report.expect("a report"), "failed");
    assert_eq!(leftovers(out), Vec::<String>::new());
}

#[test]
fn dead_after_any_operation_the_next_start_finds_all_old_or_all_new() {
    let (mut olds, mut news) = (0, 0);
    for operations in 0.. {
        let (folder, old) = folder();
        let out = folder.path();
        let disk = FaultyDisk::new(operations, true);
        let result = publish(Arc::<FaultyDisk>::clone(&disk), out, "dead");
        if !disk.hit.load(Ordering::SeqCst) {
            result.expect("no fault");
            break;
        }
        // The next run may die as well, also while it settles the first.
        for more in [0, 1, 2, 3, 5, 8, 13] {
            drop(Publication::begin_on(
                FaultyDisk::new(more, true),
                out,
                "dead too",
            ));
        }
        let next = Publication::begin(out, "next").expect("recovers");
        let found = visible(out);
        match found {
            _ if found == old => olds += 1,
            _ if found == of_run("dead") => news += 1,
            _ => panic!("mixed after {operations} operations: {found:?}"),
        }
        let is_new = found == of_run("dead");
        if result.is_ok() {
            assert!(is_new, "reported as published");
        }
        assert_eq!(
            has_records(out, "dead"),
            is_new,
            "after {operations} operations"
        );
        drop(next);
        assert_eq!(leftovers(out), Vec::<String>::new());
        assert_eq!(empty_runs(out), Vec::<PathBuf>::new());
        publish(Arc::new(RealDisk), out, "later").expect("works again");
        assert_eq!(visible(out), of_run("later"));
    }
    assert!(olds > 20 && news > 8, "{olds} old, {news} new");
}

#[test]
fn one_failed_operation_anywhere_means_done_or_untouched() {
    let (mut done, mut untouched) = (0, 0);
    for operations in 0.. {
        let (folder, old) = folder();
        let out = folder.path();
        let disk = FaultyDisk::new(operations, false);
        let result = publish(Arc::<FaultyDisk>::clone(&disk), out, "run");
        if !disk.hit.load(Ordering::SeqCst) {
            result.expect("no fault");
            break;
        }
        match result {
            Ok(()) => {
                assert_eq!(visible(out), of_run("run"), "after {operations}");
                assert!(has_records(out, "run"), "after {operations}");
                done += 1;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                // Only a file without a second name cannot be put back, and one fault cannot cause both.
                panic!("interrupted after {operations}: {error}");
            }
            Err(error) => {
                assert!(error.is_out_of_space(), "{error}");
                assert_eq!(visible(out), old, "after {operations}: {error}");
                assert!(!has_records(out, "run"), "after {operations}: {error}");
                untouched += 1;
            }
        }
        publish(Arc::new(RealDisk), out, "later").expect("works again");
        assert_eq!(visible(out), of_run("later"));
        assert_eq!(leftovers(out), Vec::<String>::new());
    }
    assert!(
        done > 2 && untouched > 20,
        "{done} done, {untouched} untouched"
    );
}

#[test]
fn a_dropped_file_stops_the_commit() {
    let (folder, old) = folder();
    let publication = Publication::begin(folder.path(), "run").expect("begins");
    publication
        .stage(Path::new("a.csv"))
        .and_then(|file| file.finish().map(drop))
        .expect("staged");
    drop(publication.stage(Path::new("b.json")).expect("staged"));
    let error = publication.commit().expect_err("unfinished");
    assert_eq!(error.kind(), ErrorKind::Unfinished);
    assert_eq!(error.to_string(), "staged output b.json was not finished");
    assert_eq!(visible(folder.path()), old);
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
}

#[test]
fn a_second_run_is_refused_and_told_who_holds_the_folder() {
    let (folder, _) = folder();
    let first = Publication::begin(folder.path(), "one").expect("begins");
    let error = Publication::begin(folder.path(), "two").expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Locked);
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {}, started 20", std::process::id())),
        "{text}"
    );
    drop(first);
    Publication::begin(folder.path(), "two").expect("free again");
}

#[test]
fn a_damaged_journal_is_named() {
    let (folder, old) = folder();
    let home = folder.path().join(HOME);
    fs::create_dir_all(&home).expect("folder");
    fs::write(
        home.join(COMMIT_JOURNAL),
        "onefold commit 1\nrun x\nend 0\n",
    )
    .expect("journal");
    let error = Publication::begin(folder.path(), "run").expect_err("damaged");
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains(COMMIT_JOURNAL), "{error}");
    assert_eq!(visible(folder.path()), old);
}
