//! A set of files as requests speak of it.

use std::time::Duration;

use crate::app::App;
use crate::failure::Failure;
use crate::link::Link;
use crate::upload::Batch;

/// Small files are looked at before a page without scripts would have to be loaded again.
pub(super) const WAIT: Duration = Duration::from_secs(2);

/// What is shown beside what is known of the set.
#[derive(Default)]
pub(super) struct Shown {
    /// The path of the source whose values are shown.
    pub(super) revealed: Option<String>,
    /// A text of the pipeline that somebody is changing.
    pub(super) text: Option<String>,
    /// The name under which it is to be saved, and why it is not.
    pub(super) name: Option<(String, Option<String>)>,
}

/// Where files that have arrived are shown.
pub(crate) fn place(id: &str) -> Link {
    Link::to(&["start"]).with("files", id)
}

/// A set by its id.
pub(super) fn batch(app: &App, id: &str) -> Result<Batch, Failure> {
    let batch = app.uploads.batch(id);
    batch.ok_or_else(|| {
        Failure::missing("these files are not there any more").hint("drop them again at Start")
    })
}
