//! The run log: one line an event, `2024-01-15 10:30:00 - INFO - ...`, times in UTC.

use onefold_spec::Secrets;

use crate::events::RunEvent;

/// How loud a line is.
fn line(event: &RunEvent) -> Option<(&'static str, String)> {
    let info = |text: String| Some(("INFO", text));
    match event {
        RunEvent::Started { pipeline } => info(format!("Pipeline {pipeline} started")),
        RunEvent::Loaded { file, records } => info(format!("Loaded {records} records from {file}")),
        RunEvent::Drift {
            source,
            column,
            records,
            first,
        } => Some((
            "WARNING",
            format!(
                "Source {source} has the unknown column {column}: {records} records, first at {first}"
            ),
        )),
        RunEvent::Collected { records } => info(format!("Total raw records: {records}")),
        RunEvent::Duplicates { removed, .. } => info(format!("Duplicates found: {removed}")),
        RunEvent::Merged {
            record,
            into,
            reasons,
        } => Some((
            "WARNING",
            format!(
                "Record {record} merged with {into} (duplicate {})",
                reasons.join(", ")
            ),
        )),
        RunEvent::Resolved { customers } => info(format!("Final unique customers: {customers}")),
        RunEvent::Warning { message } => Some(("WARNING", message.clone())),
        RunEvent::Written { path, rows } => info(format!("Saved {rows} records to {path}")),
        RunEvent::Made { table, rows } => info(format!("Table {table} has {rows} rows")),
        RunEvent::Completed => info("Pipeline completed".to_owned()),
        RunEvent::Stopped { why } => Some(("ERROR", format!("Nothing is published: {why}"))),
        RunEvent::Reading { .. } => None,
    }
}

/// Collects the lines of a run.
#[derive(Debug, Default)]
pub(crate) struct Log {
    text: String,
    json: String,
}

impl Log {
    pub(crate) fn note(&mut self, at: jiff::Timestamp, event: &RunEvent, secrets: &Secrets) {
        let Some((level, message)) = line(event) else {
            return;
        };
        let message = secrets.hide(&message).into_owned();
        self.text += &at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        self.text += " - ";
        self.text += level;
        self.text += " - ";
        // A value with a line break in it must not look like a line of its own.
        self.text.extend(
            message
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c }),
        );
        self.text.push('\n');
        let entry = serde_json::json!({"at": at.to_string(), "level": level, "message": message});
        self.json += &entry.to_string();
        self.json.push('\n');
    }

    /// The log for people.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The log for programs: an object a line with `at`, `level` and `message`.
    pub(crate) fn json_lines(&self) -> &str {
        &self.json
    }
}
