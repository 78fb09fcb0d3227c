//! Panics of the process: noted where they happen, told only where they end a command.
//!
//! A library that reads damaged files may panic on one, and its caller catches that and says what is wrong with the file. So the hook
//! prints nothing. It remembers the last panic, whose place stands in no [`onefold_engine::Error`], for the one message that ends the
//! command.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

/// What a thread says that waits for others of which one panicked: that one has said more.
const OF_ANOTHER: &str = "a scoped thread panicked";

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Makes panics silent and remembers them. The process is ours to do so.
pub(crate) fn remember() {
    set_hook(Box::new(note));
}

fn note(panic: &PanicHookInfo<'_>) {
    let words = words(panic.payload()).unwrap_or_default();
    if words == OF_ANOTHER {
        return;
    }
    let mut text = match panic.location() {
        Some(place) => format!("panic at {}:{}: {words}", place.file(), place.line()),
        None => format!("panic: {words}"),
    };
    // Where RUST_BACKTRACE asks for it.
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{trace}"));
    }
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}

fn words(payload: &(dyn std::any::Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
}

/// Place and words of the last panic.
pub(crate) fn last() -> Option<String> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What `work` comes to; `None` where it panics.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    // The process ends after it: nobody sees what it left half done.
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_remembered_with_its_place() {
        let before = std::panic::take_hook();
        remember();
        let done = caught(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| panic!("the {} one", "first"));
            });
        });
        let said = last();
        set_hook(before);
        assert_eq!(done, None);
        let said = said.expect("a panic");
        assert!(
            said.starts_with("panic at crates/onefold-cli/src/panics.rs:"),
            "{said}"
        );
        assert!(said.contains(": the first one"), "{said}");
    }
}
