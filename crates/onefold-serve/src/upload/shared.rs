//! What the server and the thread that looks at files both know.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use onefold_draft::Sampled;

use super::batch::{Batch, Outcome, Stored};

/// Bytes that the samples of a set may take.
const MOST_BYTES: usize = 192 << 20;

/// Sets that are known without reading their manifests.
const KNOWN: usize = 16;

#[derive(Debug)]
pub(super) struct Shared {
    /// The folder that input paths start from.
    pub(super) base: PathBuf,
    /// The folder of the outputs.
    pub(super) results: PathBuf,
    pub(super) known: Mutex<Known>,
    /// Something has been found out.
    pub(super) changed: Condvar,
    samples: Mutex<Samples>,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    /// The one that came last first. The order stays, so that the files of one set are looked at before those of another.
    pub(super) batches: Vec<Batch>,
    pub(super) is_working: bool,
}

/// Samples of the set that was looked at last.
#[derive(Debug, Default)]
struct Samples {
    batch: String,
    of: Vec<Sampled>,
}

impl Known {
    /// Adds a set. Those that have been known for the longest time are read again when somebody asks for them.
    pub(super) fn insert(&mut self, batch: Batch) {
        self.batches.insert(0, batch);
        self.batches.truncate(KNOWN);
    }
}

impl Shared {
    pub(super) fn new(base: PathBuf, results: PathBuf) -> Self {
        Self {
            base,
            results,
            known: Mutex::default(),
            changed: Condvar::new(),
            samples: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all sets with what was found in them.
    pub(super) fn forget(&self) {
        self.lock().batches.clear();
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        *samples = Samples::default();
    }

    /// Whether an output folder of a name would meet something that is there.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        !name.is_empty() && self.results.join(name).symlink_metadata().is_ok()
    }

    /// Keeps a sample; those of another set are forgotten, and all become thinner where they take too much room.
    pub(super) fn keep(&self, batch: &str, sampled: Sampled) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.batch != batch {
            batch.clone_into(&mut samples.batch);
            samples.of.clear();
        }
        samples.of.retain(|known| known.path != sampled.path);
        samples.of.push(sampled);
        let room = MOST_BYTES / samples.of.len().max(1);
        if samples.of.iter().map(Sampled::bytes).sum::<usize>() > MOST_BYTES {
            samples.of.iter_mut().for_each(|sampled| sampled.thin(room));
        }
    }

    /// The samples of all files of a set that can be read, in their order; or else the files whose samples are not there.
    pub(super) fn samples(&self, batch: &Batch) -> Result<Vec<Sampled>, Vec<String>> {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let is_read = |file: &&Stored| file.outcome == Outcome::Read;
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for file in batch.files.iter().filter(is_read) {
            let sampled = samples.of.iter().find(|known| known.path == file.path);
            match sampled.filter(|_| samples.batch == batch.id) {
                Some(sampled) => found.push(sampled.clone()),
                None => missing.push(file.path.clone()),
            }
        }
        match missing.is_empty() {
            true => Ok(found),
            false => Err(missing),
        }
    }
}
