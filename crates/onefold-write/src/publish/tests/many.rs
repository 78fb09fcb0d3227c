//! Many small files, which are synced together.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::FaultyDisk;
use crate::error::Cause;
use crate::publish::Publication;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("part={n}/x.parquet")).collect()
}

#[test]
fn many_small_files_are_all_synced_before_the_commit_point() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let disk = FaultyDisk::new(usize::MAX, false);
    let of_run = Arc::<FaultyDisk>::clone(&disk);
    let publication = Publication::begin_on(of_run, folder.path(), "run").expect("begins");
    let names = names(300);
    for name in &names {
        let mut file = publication.stage(Path::new(name)).expect("staged");
        file.write_all(name.as_bytes()).expect("written");
        let bytes = publication.finish_with_others(file).expect("finished");
        assert_eq!(bytes, name.len() as u64);
    }
    publication.commit().expect("published");
    assert_eq!(disk.synced_at_commit.load(Ordering::SeqCst), names.len());
    for name in &names {
        let text = fs::read_to_string(folder.path().join(name));
        assert_eq!(text.expect("a file"), *name);
    }
}

#[test]
fn of_many_small_files_one_that_cannot_be_synced_stops_the_commit() {
    let names = names(40);
    let mut stopped = 0;
    for operations in (0..).step_by(7) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let disk = FaultyDisk::new(operations, false);
        let publish = || {
            let disk = Arc::<FaultyDisk>::clone(&disk);
            let publication = Publication::begin_on(disk, folder.path(), "run")?;
            for name in &names {
                let mut file = publication.stage(Path::new(name))?;
                file.write_all(name.as_bytes()).map_err(Cause::Sink)?;
                publication.finish_with_others(file)?;
            }
            publication.commit()
        };
        let result = publish();
        let is_there = |name: &&String| folder.path().join(name).exists();
        let there = names.iter().filter(is_there).count();
        match result {
            Ok(()) => assert_eq!(there, names.len(), "after {operations}"),
            Err(error) => {
                assert!(error.is_out_of_space(), "{error}");
                assert_eq!(there, 0, "after {operations}: {error}");
                stopped += 1;
            }
        }
        if !disk.hit.load(Ordering::SeqCst) {
            break;
        }
    }
    assert!(stopped > 20, "{stopped}");
}
