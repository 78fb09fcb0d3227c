//! Ten events a user, a JSON object each; 1 % to be rejected for one of four reasons, 3 % written twice, 1 % over several lines.

use std::io::Write as _;
use std::path::Path;

use super::facts::{Facts, MONTH};
use super::files::{after_start, create};
use super::random::Random;

const TYPES: &[&str] = &["login", "view", "click", "purchase", "logout"];

pub(super) fn sessions(people: u64, folder: &Path) -> anyhow::Result<Facts> {
    let mut random = Random::new(3);
    let mut out = create(folder, "events.json")?;
    let events = 10 * people;
    let (mut rejected, mut unique) = (0, 0);
    let mut active = vec![false; people as usize];
    // Events are in the order of time: two are the same only within a second.
    let (mut second, mut seen) = (0, Vec::new());
    for event in 0..events {
        if event * MONTH / events != second {
            second = event * MONTH / events;
            seen.clear();
        }
        let (user, kind) = (1 + random.below(people), random.pick(TYPES));
        let time = after_start(second as i64);
        rejected += 1;
        match random.below(400) {
            0 => writeln!(
                out,
                r#"{{"user_id": {user}, "event_time": "at {event}", "event_type": "{kind}"}}"#
            )?,
            1 => writeln!(out, r#"{{"user_id": {user}, "event_type": "{kind}"}}"#)?,
            2 => writeln!(
                out,
                r#"{{"user_id": {user}, "event_time": "{time}Z", "event_type": }}"#
            )?,
            3 => writeln!(
                out,
                r#"{{"user_id": null, "event_time": "{time}Z", "event_type": "{kind}"}}"#
            )?,
            _ => {
                rejected -= 1;
                let (gap, end) = if random.percent(1) {
                    ("\n  ", "\n")
                } else {
                    (" ", "")
                };
                for _ in 0..=u64::from(random.percent(3)) {
                    writeln!(
                        out,
                        r#"{{"user_id": {user},{gap}"event_time": "{time}Z",{gap}"event_type": "{kind}"{end}}}"#
                    )?;
                }
                active[user as usize - 1] = true;
                if !seen.contains(&(user, kind)) {
                    seen.push((user, kind));
                    unique += 1;
                }
            }
        }
    }
    out.flush()?;
    let users = active.iter().filter(|active| **active).count() as u64;
    Ok(vec![
        ("rejected", rejected),
        ("unique_events", unique),
        ("users", users),
    ])
}
