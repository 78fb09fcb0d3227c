//! The library that reads Parquet may panic on a file that is corrupt. That is a corrupt file, not a fault of the program.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does what may panic; `None`: it did. Nothing that it worked on is used any more.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
