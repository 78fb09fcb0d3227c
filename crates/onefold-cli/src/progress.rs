//! One line on the terminal that says how far a run is.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use onefold_engine::RunEvent;

/// Shows events on stderr if that is a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    doing: Mutex<String>,
}

impl Progress {
    pub(crate) fn new(visible: bool) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_draw_target(if visible {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        });
        bar.set_style(ProgressStyle::default_spinner());
        if visible && !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self {
            bar,
            doing: Mutex::new(String::new()),
        }
    }

    pub(crate) fn note(&self, event: &RunEvent) {
        let message = match event {
            RunEvent::Reading { source, records } => format!("reading {source}: {records} records"),
            RunEvent::Collected { records } => format!("resolving {records} records"),
            RunEvent::Made { table, rows } => format!("made {table}: {rows} rows"),
            RunEvent::Written { path, rows } => format!("wrote {path}: {rows} rows"),
            _ => return,
        };
        if !self.bar.is_hidden()
            && let Ok(mut doing) = self.doing.lock()
            && *doing != message
        {
            self.bar.set_message(message.clone());
            *doing = message;
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
