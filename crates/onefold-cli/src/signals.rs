//! Interrupts: the first asks the work to stop between two batches, and ends the process where it has not stopped within [`PATIENCE`] and
//! publishes nothing at that time. The second ends the process at once. The next run removes what was staged, and completes a publication
//! that was under way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// How long work may take to stop by itself, and to leave an account. Whoever waits for the process waits no longer than two seconds.
#[cfg(unix)]
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(1500);

#[cfg(unix)]
const MESSAGE: &[u8] =
    b"error: interrupted\nhint: the next run removes what this one was writing\n";

/// A flag that the first interrupt sets.
pub(crate) fn interrupted() -> io::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Handlers run in this order: at the first signal the flag is not yet set.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&interrupted))?;
        flag::register(signal, Arc::clone(&interrupted))?;
    }
    #[cfg(unix)]
    end_after_patience()?;
    Ok(interrupted)
}

/// Ends the process some time after the first signal: one call into a library may take longer than anybody waits.
#[cfg(unix)]
fn end_after_patience() -> io::Result<()> {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use signal_hook::low_level;

    let (mut told, tells) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM] {
        low_level::pipe::register(signal, tells.try_clone()?)?;
    }
    let wait = move || {
        if told.read_exact(&mut [0]).is_err() {
            return;
        }
        loop {
            let before = onefold_engine::commit_steps();
            std::thread::sleep(PATIENCE);
            let _held = onefold_engine::hold_commits();
            // What has been published since ends by itself, and says so.
            if onefold_engine::commit_steps() == before {
                let kind = onefold_engine::Kind::Interrupted;
                // Nobody has to hear it.
                drop(io::stderr().write_all(MESSAGE));
                low_level::exit(kind.exit_code().into());
            }
        }
    };
    let thread = std::thread::Builder::new().name("interrupts".to_owned());
    thread.spawn(wait).map(drop)
}
