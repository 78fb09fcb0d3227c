//! Panics as errors: whatever panics inside, the caller gets an [`Error`] of kind *internal*.
//!
//! Where it panicked is known to the process's panic hook alone, which belongs to whoever owns the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Kind};

/// Does some work; a panic in it, on this thread or on one that it waits for, becomes an error.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Nobody looks at what the work has left half done: it is dropped.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let is_of_threads = is_of_threads(&*payload);
        let words = words(&*payload);
        if is_of_threads {
            let message = format!("the system gives no more threads: {words}");
            let error = Error::new(Kind::Resources, message);
            return Err(error.hint(
                "raise the limit of processes (`ulimit -u`), or name fewer threads with --threads",
            ));
        }
        Err(Error::internal(format!(
            "a part of onefold panicked: {words}"
        )))
    })
}

/// Whether something panicked because the system gave it no thread: that is a limit of the machine, and no fault.
pub(crate) fn is_of_threads(payload: &(dyn Any + Send)) -> bool {
    let words = words(payload);
    words.contains("spawn") && words.contains("thread")
}

/// A place where a test lets a run panic; nothing in the product.
#[inline]
pub(crate) fn point(_place: &str, _name: &str) {
    #[cfg(test)]
    tests::panic_at(_place, _name);
}

fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicBool;

    use crate::report::{Report, Status};
    use crate::temporary::temporary_folder;
    use crate::{Kind, Project, RunOptions};

    static PANIC: Mutex<Option<(String, String)>> = Mutex::new(None);

    /// Panics where a test wants it.
    pub(crate) fn panic_at(place: &str, name: &str) {
        let wanted = PANIC.lock().map(|wanted| wanted.clone());
        if let Ok(Some((at, of))) = wanted
            && at == place
            && of == name
        {
            panic!("told to panic in {place} {name}");
        }
    }

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).map_or(0, |entries| entries.count())
    }

    /// Whatever part of a run panics: an error of ours in a sentence, a report that says so, and the old outputs.
    #[test]
    fn a_panic_anywhere_leaves_an_account() {
        // The names are those of no other test, which may run at the same time.
        let text = "pipeline: p\nsources: {fault_source: {path: t.csv, fields: {id: integer}}}\ntables:\n  fault_table: {from: fault_source, select: [{twice: id * 2}]}\n  fault_groups: {aggregate: {from: fault_table, by: twice, columns: {n: count(*)}}}\noutputs: [{table: fault_table, path: fault.csv}, {table: fault_groups, path: groups.csv}]\n";
        for (place, name) in [
            ("reader", "fault_source"),
            ("step", "fault_table"),
            ("step", "fault_groups"),
            ("expression", "table `fault_table`, column `twice`"),
            ("encoder", "fault.csv"),
        ] {
            let folder = temporary_folder().expect("a folder");
            let at = folder.path();
            std::fs::write(at.join("t.csv"), "id\n1\n2\n").expect("a file");
            std::fs::create_dir(at.join("out")).expect("a folder");
            std::fs::write(at.join("out/fault.csv"), "old").expect("a file");
            let project = Project::from_text(text.to_owned(), at.join("p.yaml"), &|_| None);
            let project = project.map_err(|e| e.error.to_string()).expect("a project");
            let run = || {
                project.run(&RunOptions {
                    input_dir: None,
                    // Its records are staged by then.
                    keep: crate::Keep::All,
                    state_dir: None,
                    new_ids: false,
                    output_dir: at.join("out"),
                    threads: 2,
                    clock: &|| jiff::Timestamp::UNIX_EPOCH,
                    on_event: &|_| {},
                    interrupted: &AtomicBool::new(false),
                    keep_runs: 20,
                    stdin: None,
                    memory: None,
                })
            };
            *PANIC.lock().expect("a lock") = Some((place.to_owned(), name.to_owned()));
            let error = run().expect_err(place);
            *PANIC.lock().expect("a lock") = None;
            assert_eq!(error.kind(), Kind::Internal, "{place}");
            let words = match place {
                // The reader has words of its own.
                "reader" => "panicked".to_owned(),
                _ => format!("told to panic in {place} {name}"),
            };
            assert!(error.to_string().contains(&words), "{error}");
            let read = |path: &str| std::fs::read_to_string(at.join(path)).expect("a file");
            assert_eq!(read("out/fault.csv"), "old", "{place}");
            assert_eq!(entries(&at.join("out/.onefold/staging")), 0, "{place}");
            let run_folder = "out/.onefold/runs/19700101T000000.000Z";
            let report = Report::parse(&read(&format!("{run_folder}/report.json")));
            let report = report.expect("a report");
            assert_eq!(report.status, Status::Failed, "{place}");
            assert_eq!(report.error, Some(error.to_string()), "{place}");
            let report = run().expect("the next run goes through");
            assert_eq!(report.status, Status::Published);
            assert_eq!(read("out/fault.csv"), "twice\n2\n4\n");
        }
    }
}
