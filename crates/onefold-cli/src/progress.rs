//! How far a run is: one line on a terminal, and elsewhere a plain line now and then, of a run that takes long.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use onefold_engine::RunEvent;

use crate::output::Output;
use crate::summary::{counted, grouped};

/// Seconds between two plain lines, and before the first.
const PAUSE: f64 = 10.0;

/// Seconds before which a rate says little.
const WARM: f64 = 1.0;

/// Shows events on stderr.
pub(crate) struct Progress<'a> {
    way: Way<'a>,
    began: Instant,
    watched: Mutex<Watched>,
}

enum Way<'a> {
    Silent,
    /// The line on a terminal.
    Line(ProgressBar),
    /// Plain lines.
    Lines(&'a Output),
}

/// What the events so far said.
#[derive(Default)]
struct Watched {
    /// The source that is read, and the second in which that began.
    reading: Option<(String, f64)>,
    /// The second of the last event.
    last: f64,
    /// The second from which the next plain line is due.
    due: f64,
    doing: String,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(output: &'a Output) -> Self {
        let way = match output.shows_progress() {
            false => Way::Silent,
            true if std::io::stderr().is_terminal() => Way::Line(line()),
            true => Way::Lines(output),
        };
        Self {
            way,
            began: Instant::now(),
            watched: Mutex::new(Watched {
                due: PAUSE,
                ..Watched::default()
            }),
        }
    }

    pub(crate) fn note(&self, event: &RunEvent) {
        if matches!(self.way, Way::Silent) {
            return;
        }
        let now = self.began.elapsed().as_secs_f64();
        let Ok(mut watched) = self.watched.lock() else {
            return;
        };
        let Some(message) = watched.said(event, now) else {
            return;
        };
        match &self.way {
            Way::Silent => {}
            Way::Line(line) => {
                if message != watched.doing {
                    line.set_message(message.clone());
                    watched.doing = message;
                }
            }
            Way::Lines(output) => {
                if watched.is_due(now) {
                    output.note(&message);
                }
            }
        }
    }

    pub(crate) fn finish(&self) {
        if let Way::Line(line) = &self.way {
            line.finish_and_clear();
        }
    }
}

fn line() -> ProgressBar {
    let line = ProgressBar::new_spinner();
    line.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    line.set_style(ProgressStyle::default_spinner());
    // Not where the terminal cannot move back in a line.
    if !line.is_hidden() {
        line.enable_steady_tick(Duration::from_millis(100));
    }
    line
}

impl Watched {
    /// What an event says, heard `now` seconds after the start.
    fn said(&mut self, event: &RunEvent, now: f64) -> Option<String> {
        let before = std::mem::replace(&mut self.last, now);
        Some(match event {
            RunEvent::Reading {
                source,
                records,
                bytes,
                of_bytes,
            } => {
                let began = match &self.reading {
                    Some((reading, began)) if reading == source => *began,
                    // It was being read before the first of it came.
                    _ => {
                        self.reading = Some((source.clone(), before));
                        before
                    }
                };
                let how_far = how_far(*records, *bytes, *of_bytes, now - began);
                format!("reading {source}: {how_far}")
            }
            RunEvent::Collected { records } => format!("resolving {}", counted(*records, "record")),
            RunEvent::Made { table, rows } => format!("made {table}: {}", counted(*rows, "row")),
            RunEvent::Written { path, rows } => format!("wrote {path}: {}", counted(*rows, "row")),
            _ => return None,
        })
    }

    /// Whether a plain line may come now. The next is then due after a pause.
    fn is_due(&mut self, now: f64) -> bool {
        let is_due = now >= self.due;
        if is_due {
            self.due = now + PAUSE;
        }
        is_due
    }
}

/// How far a source is after so many seconds: `42 % of 1.2 GB, 350,000 records, 70,000 a second, 7 s left`.
fn how_far(records: u64, bytes: u64, of_bytes: u64, seconds: f64) -> String {
    let mut parts = Vec::new();
    if of_bytes > 0 {
        let percent = u128::from(bytes.min(of_bytes)) * 100 / u128::from(of_bytes);
        parts.push(format!("{percent} % of {}", size(of_bytes)));
    }
    parts.push(counted(records, "record"));
    if seconds >= WARM {
        let rate = records as f64 / seconds;
        parts.push(format!("{} a second", grouped(rate as u64)));
        if bytes > 0 && bytes < of_bytes {
            let left = seconds * (of_bytes - bytes) as f64 / bytes as f64;
            parts.push(format!("{} left", duration(left.ceil() as u64)));
        }
    }
    parts.join(", ")
}

/// `12 s`, `3 min 20 s`, `2 h 05 min`.
fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// `1.2 GB`, `34 MB`, `5,000 bytes`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => counted(bytes, "byte"),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(source: &str, records: u64, bytes: u64) -> RunEvent {
        RunEvent::Reading {
            source: source.to_owned(),
            records,
            bytes,
            of_bytes: 1_000_000_000,
        }
    }

    #[test]
    fn how_far_a_source_is() {
        for (records, bytes, of_bytes, seconds, expected) in [
            (1, 0, 5000, 0.2, "0 % of 5,000 bytes, 1 record"),
            (
                350_000,
                504_000_000,
                1_200_000_000,
                5.0,
                "42 % of 1.2 GB, 350,000 records, 70,000 a second, 7 s left",
            ),
            (
                10,
                1_000_000,
                2_000_000,
                200.0,
                "50 % of 2 MB, 10 records, 0 a second, 3 min 20 s left",
            ),
            (
                10,
                1,
                3600,
                2.0,
                "0 % of 3,600 bytes, 10 records, 5 a second, 1 h 59 min left",
            ),
            // A file that grows while it is read.
            (9, 20, 10, 3.0, "100 % of 10 bytes, 9 records, 3 a second"),
            // A pipe has no size.
            (9, 20, 0, 3.0, "9 records, 3 a second"),
        ] {
            assert_eq!(how_far(records, bytes, of_bytes, seconds), expected);
        }
    }

    #[test]
    fn time_counts_for_each_source() {
        let mut watched = Watched::default();
        let mut said = |event, now| watched.said(&event, now).unwrap_or_default();
        assert_eq!(
            said(reading("crm", 100, 500_000_000), 2.0),
            "reading crm: 50 % of 1.0 GB, 100 records, 50 a second, 2 s left"
        );
        assert_eq!(
            said(reading("crm", 300, 750_000_000), 3.0),
            "reading crm: 75 % of 1.0 GB, 300 records, 100 a second, 1 s left"
        );
        assert_eq!(
            said(reading("shop", 300, 1_000_000_000), 6.0),
            "reading shop: 100 % of 1.0 GB, 300 records, 100 a second"
        );
        assert_eq!(watched.said(&RunEvent::Completed, 7.0), None);
    }

    #[test]
    fn plain_lines_come_now_and_then() {
        let mut watched = Watched {
            due: PAUSE,
            ..Watched::default()
        };
        let heard = [0.1, 9.9, 10.0, 10.1, 19.0, 35.0, 44.9, 45.0];
        let shown: Vec<f64> = heard
            .into_iter()
            .filter(|now| watched.is_due(*now))
            .collect();
        assert_eq!(shown, [10.0, 35.0, 45.0]);
    }
}
