//! Panics as errors: whatever panics inside, the caller gets an [`Error`] of kind *internal*.
//!
//! Where it panicked is known to the process's panic hook alone, which belongs to whoever owns the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// Does some work; a panic in it, on this thread or on one that it waits for, becomes an error.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Nobody looks at what the work has left half done: it is dropped.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let words = words(&*payload);
        Err(Error::internal(format!(
            "a part of onefold panicked: {words}"
        )))
    })
}

fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}
