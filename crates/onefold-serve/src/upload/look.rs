//! Looks at files, one after another, and drafts.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use onefold_draft::{Limits, Sampled, draft_as_chosen, group, sample};

use super::batch::{Batch, Drafted, Outcome, Stored};
use super::seen::Seen;
use super::shared::Shared;
use crate::private::leads_nowhere_else;

/// How much of each file is looked at: as much as `onefold init` looks at, unless it has very many columns.
const LIMITS: Limits = Limits {
    whole_bytes: 16 << 20,
    most_bytes: 1 << 30,
    most_values: 4 << 20,
    threads: 1,
};

const FAULT: &str = "this is a fault of onefold; please report it";

enum Job {
    Look { batch: String, path: String },
    Draft(Batch),
}

/// Works until nothing is left to do.
pub(super) fn all(shared: &Shared) {
    loop {
        let job = {
            let mut known = shared.lock();
            let job = known.batches.iter_mut().find_map(next);
            known.is_working = job.is_some();
            job
        };
        match job {
            Some(Job::Look { batch, path }) => look(shared, &batch, &path),
            Some(Job::Draft(batch)) => draft(shared, &batch),
            None => return shared.changed.notify_all(),
        }
        shared.changed.notify_all();
    }
}

/// What is to be done next for a set.
fn next(batch: &mut Batch) -> Option<Job> {
    let is_waiting = |file: &&mut Stored| file.outcome == Outcome::Waiting;
    if let Some(file) = batch.files.iter_mut().find(is_waiting) {
        file.outcome = Outcome::Looking;
        return Some(Job::Look {
            batch: batch.id.clone(),
            path: file.path.clone(),
        });
    }
    if !batch.is_stale {
        return None;
    }
    batch.is_stale = false;
    batch.is_drafted = true;
    Some(Job::Draft(batch.clone()))
}

fn look(shared: &Shared, batch: &str, path: &str) {
    let looked = match leads_nowhere_else(&shared.base, path) {
        Ok(()) => catch_unwind(AssertUnwindSafe(|| sample(&shared.base, path, &LIMITS))),
        Err(error) => {
            return found(
                shared,
                batch,
                path,
                Outcome::Unreadable(error.to_string(), None),
            );
        }
    };
    let outcome = match looked {
        Ok(Ok(sampled)) => {
            shared.keep(batch, sampled);
            Outcome::Read
        }
        Ok(Err(error)) => {
            let hint = error.hint_text().map(str::to_owned);
            Outcome::Unreadable(error.to_string(), hint)
        }
        Err(_) => {
            let why = format!("`{path}`: a part of onefold panicked");
            Outcome::Unreadable(why, Some(FAULT.to_owned()))
        }
    };
    found(shared, batch, path, outcome);
}

fn found(shared: &Shared, batch: &str, path: &str, outcome: Outcome) {
    let mut known = shared.lock();
    let mut batches = known.batches.iter_mut();
    let files = batches.find(|known| known.id == batch);
    let file = files.and_then(|batch| batch.files.iter_mut().find(|file| file.path == path));
    if let Some(file) = file {
        file.outcome = outcome;
    }
}

fn draft(shared: &Shared, batch: &Batch) {
    let made = match shared.samples(batch) {
        Ok(samples) => catch_unwind(AssertUnwindSafe(|| drafted(shared, batch, samples))),
        Err(missing) => {
            let mut known = shared.lock();
            if let Some(known) = known.batches.iter_mut().find(|known| known.id == batch.id) {
                // Another set was looked at meanwhile.
                let files = known.files.iter_mut();
                files
                    .filter(|file| missing.contains(&file.path))
                    .for_each(|file| file.outcome = Outcome::Waiting);
                known.is_stale = true;
                known.is_drafted = false;
            }
            return;
        }
    };
    let mut known = shared.lock();
    if let Some(known) = known.batches.iter_mut().find(|known| known.id == batch.id) {
        known.is_drafted = false;
        match made {
            Ok((sources, draft)) => (known.sources, known.draft) = (sources, draft),
            Err(_) => {
                known.draft = Some(Drafted {
                    text: String::new(),
                    found: vec![format!("a part of onefold panicked: {FAULT}")],
                    folder: String::new(),
                });
            }
        }
    }
}

fn drafted(shared: &Shared, batch: &Batch, samples: Vec<Sampled>) -> (Vec<Seen>, Option<Drafted>) {
    // A file without columns says nothing of what it could be.
    let (samples, hollow): (Vec<Sampled>, Vec<Sampled>) = group(&shared.base, samples)
        .into_iter()
        .partition(|sampled| !sampled.columns.is_empty());
    let choices: Vec<_> = samples.iter().map(|one| batch.choices(one)).collect();
    let draft = draft_as_chosen(&samples, &choices);
    let hollow_found = draft_as_chosen(&hollow, &[]);
    let pairs = samples.iter().zip(draft.sources());
    let pairs = pairs.chain(hollow.iter().zip(hollow_found.sources()));
    let sources = pairs.map(|(sampled, found)| Seen::of(sampled, &found));
    let folder = RefCell::new(String::new());
    let is_taken = |name: &str| {
        name.clone_into(&mut folder.borrow_mut());
        shared.is_taken(name)
    };
    let drafted = (!samples.is_empty()).then(|| Drafted {
        text: draft.yaml_beside(&is_taken),
        found: draft.found(),
        folder: folder.take(),
    });
    (sources.collect(), drafted)
}
