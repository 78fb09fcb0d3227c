//! The end of a run as a person reads it: a line a source, a table and a file, each with its name in front.
//!
//! ```text
//! newsletter  701 read   220 ok   481 rejected (68.6 %)
//!             481 consent: invalid boolean "ja"   first: newsletter.csv:2
//! people      831 customers from 2,500 records
//! wrote       people.csv (831 rows)
//! ```

use std::fmt::Display;
use std::path::Path;

use clap::builder::styling::{AnsiColor, Style};
use onefold_engine::{
    DriftReport, LeftOutReport, OutputReport, RejectKind, Removed, Report, SourceReport, Status,
    TableReport,
};
use onefold_spec::model::{Content, Pipeline, path_parts};

/// Unknown columns of a source that are printed; the report has all of them.
const MAX_UNKNOWN: usize = 20;

/// Names that are not read and are printed; the report has all of them.
const MAX_LEFT_OUT: usize = 5;

/// Kinds of rejects of a source that are printed; the rejects of the run have all of them.
const MAX_KINDS: usize = 20;

/// Widest column of names, and of what was wrong.
const MAX_NAME: usize = 24;
const MAX_WRONG: usize = 60;

/// Longest raw value that is printed.
const MAX_VALUE: usize = 40;

const NAME: Style = Style::new().bold();
const DONE: Style = AnsiColor::Green.on_default().bold();
const DOUBT: Style = AnsiColor::Yellow.on_default();
const ASIDE: Style = Style::new().dimmed();

/// The end of a run in words.
pub(crate) fn summary(
    report: &Report,
    pipeline: &Pipeline,
    output_dir: &Path,
    colour: bool,
) -> String {
    let mut page = Page::new(report, colour);
    let columns = Columns::of(&report.sources);
    for source in &report.sources {
        page.named(&source.name, NAME, &columns.line(source, &page.paint));
        for text in about(source, &page.paint) {
            page.under(&text);
        }
    }
    for table in &report.tables {
        page.named(&table.name, NAME, &made(table));
        for text in matched(table) {
            page.under(&text);
        }
    }
    if report.status == Status::Published {
        let outputs = report.outputs.iter();
        page.block("wrote", DONE, outputs.map(|output| wrote(output, report)));
    }
    page.block("review", DOUBT, review(report).into_iter());
    for warning in &report.warnings {
        let label = page.paint.with(DOUBT, "warning:");
        page.line(&format!("{label} {warning}"));
    }
    let asks_for_log = |content: &Content| matches!(content, Content::RunLog);
    let logged = pipeline.outputs.iter().any(|o| asks_for_log(&o.content));
    if logged && report.status == Status::Published {
        page.logged(report);
    }
    page.line(&format!(
        "Run {} took {:.2} s; its report is in {}",
        report.run_id,
        report.seconds,
        output_dir
            .join(".onefold/runs")
            .join(&report.run_id)
            .display()
    ));
    page.text
}

/// An output, with what is in it.
fn wrote(output: &OutputReport, report: &Report) -> String {
    let unit = if output.table.is_some() {
        "row"
    } else {
        "line"
    };
    let mut text = counted(output.rows, unit);
    if let Some(partitions) = output.partitions {
        text += &format!(" in {}", counted(partitions, "partition"));
    }
    if let Some(cells) = output.guarded_cells.filter(|cells| *cells > 0) {
        text += &format!(", {} guarded", counted(cells, "cell"));
    }
    let place = path_parts(&output.path);
    let outputs = report.outputs.iter();
    let of_file = outputs.filter(|other| path_parts(&other.path) == place);
    match &output.sheet {
        Some(sheet) if of_file.count() > 1 => format!("{}, sheet {sheet} ({text})", output.path),
        _ => format!("{} ({text})", output.path),
    }
}

/// How the records of a table were matched, and what became of the ids of its customers.
fn matched(table: &TableReport) -> Vec<String> {
    let mut lines = learned(table);
    if let Some(decisions) = table.resolve.as_ref().and_then(|r| r.decisions.as_ref()) {
        lines.push(format!(
            "{} applied",
            counted(decisions.applied, "decision")
        ));
    }
    if let Some(ids) = table.resolve.as_ref().and_then(|r| r.ids.as_ref()) {
        let events = [
            (ids.created, "created"),
            (ids.changed, "changed"),
            (ids.returned, "returned"),
            (ids.merged, "merged"),
            (ids.split, "split"),
            (ids.gone, "gone"),
        ];
        let happened = events.iter().filter(|(count, _)| *count > 0);
        let happened: Vec<String> = happened
            .map(|(count, event)| format!("{} {event}", grouped(*count)))
            .collect();
        lines.push(match happened.is_empty() {
            true => "ids: all as they were".to_owned(),
            false => format!("ids: {}", happened.join(", ")),
        });
    }
    lines
}

/// The model of matching by likeness, as it can be pasted into the pipeline.
fn learned(table: &TableReport) -> Vec<String> {
    let Some(model) = table.resolve.as_ref().and_then(|r| r.model.as_ref()) else {
        return Vec::new();
    };
    let mut lines: Vec<String> = model.yaml.lines().map(str::to_owned).collect();
    lines.push(format!(
        "{} compared, {} may be the same customer",
        counted(model.compared, "pair"),
        grouped(model.possible_pairs)
    ));
    let guards = model.prevented.iter();
    lines.extend(
        guards.map(|one| format!("{} prevented: {}", counted(one.merges, "merge"), one.guard)),
    );
    lines
}

/// What a person should look at although the run went through.
fn review(report: &Report) -> Vec<String> {
    let blanked = report.sources.iter().filter(|s| !s.nulled.is_empty());
    let lines = blanked.map(|source| {
        let all = source.nulled.iter().map(|field| field.values).sum();
        let fields = source.nulled.iter();
        let fields = fields.map(|field| format!("{} {}", grouped(field.values), field.field));
        let fields: Vec<String> = fields.collect();
        format!(
            "{} in {}.nulled ({})",
            counted(all, "blanked value"),
            source.name,
            fields.join(", ")
        )
    });
    lines.collect()
}

/// Lines with names in front of them.
struct Page {
    text: String,
    width: usize,
    paint: Paint,
}

impl Page {
    fn new(report: &Report, colour: bool) -> Self {
        let sources = report.sources.iter().map(|source| source.name.as_str());
        let tables = report.tables.iter().map(|table| table.name.as_str());
        let names = sources.chain(tables).chain(["review"]);
        let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
        Self {
            text: String::new(),
            width: width.min(MAX_NAME),
            paint: Paint(colour),
        }
    }

    fn line(&mut self, text: &str) {
        self.text += text.trim_end();
        self.text.push('\n');
    }

    fn named(&mut self, name: &str, style: Style, text: &str) {
        let blanks = self.width.saturating_sub(name.chars().count());
        let name = self.paint.with(style, name);
        self.line(&format!("{name}{:blanks$}  {text}", ""));
    }

    fn under(&mut self, text: &str) {
        self.line(&format!("{:1$}  {text}", "", self.width));
    }

    /// Lines of one name.
    fn block(&mut self, name: &str, style: Style, mut lines: impl Iterator<Item = String>) {
        if let Some(first) = lines.next() {
            self.named(name, style, &first);
        }
        lines.for_each(|text| self.under(&text));
    }

    /// The outputs as a run log has them, for who reads the end of a run by program.
    fn logged(&mut self, report: &Report) {
        for output in &report.outputs {
            if let Some(table) = &output.table {
                let (rows, path) = (output.rows, &output.path);
                self.line(&format!("Total {table} records: {rows}"));
                self.line(&format!("Data saved to {path} with {rows} records"));
            }
        }
    }
}

/// Whether there are colours.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        match self.0 {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

/// Widths of the numbers of all sources, so that they stand under each other.
struct Columns {
    read: usize,
    accepted: usize,
    rejected: usize,
}

impl Columns {
    fn of(sources: &[SourceReport]) -> Self {
        let width = |number: fn(&SourceReport) -> u64| {
            let widths = sources.iter().map(|source| grouped(number(source)).len());
            widths.max().unwrap_or(0)
        };
        Self {
            read: width(|source| source.read),
            accepted: width(|source| source.accepted),
            rejected: width(|source| source.rejected),
        }
    }

    fn line(&self, source: &SourceReport, paint: &Paint) -> String {
        let padded = |number: u64, width: usize| format!("{:>width$}", grouped(number));
        let read = padded(source.read, self.read);
        let accepted = padded(source.accepted, self.accepted);
        let mut line = format!("{read} read   {accepted} ok");
        if source.rejected > 0 {
            let share = share(source.rejected, source.judged());
            let rejected = padded(source.rejected, self.rejected);
            let text = format!("{rejected} rejected ({share})");
            line = format!("{line}   {}", paint.with(DOUBT, &text));
        }
        if source.suppressed > 0 {
            line = format!("{line}   {} of erased people", grouped(source.suppressed));
        }
        if let Some(exploded) = &source.exploded {
            let (added, empty) = (grouped(exploded.added), grouped(exploded.empty));
            let path = &exploded.path;
            line = format!("{line}   {added} added, {empty} without elements (explode {path})");
        }
        line
    }
}

/// `68.6 %`; a few of many are not none of them, nor are they all.
fn share(part: u64, whole: u64) -> String {
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    match percent {
        _ if part == whole => "100 %".to_owned(),
        percent if percent < 0.1 => "less than 0.1 %".to_owned(),
        percent if percent >= 99.95 => "more than 99.9 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

/// What there is to say of a source beside its counts.
fn about(source: &SourceReport, paint: &Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let shown: Vec<_> = source.kinds.iter().take(MAX_KINDS).collect();
    let wrong: Vec<String> = shown.iter().map(|kind| wrong(kind)).collect();
    let width = |of: &dyn Fn(usize) -> usize| (0..shown.len()).map(of).max().unwrap_or(0);
    let numbers = width(&|n| shown.get(n).map_or(0, |kind| grouped(kind.records).len()));
    let texts = width(&|n| wrong.get(n).map_or(0, |text| text.chars().count()));
    let texts = texts.min(MAX_WRONG);
    for (kind, wrong) in shown.iter().zip(&wrong) {
        let first = paint.with(ASIDE, &format!("first: {}", kind.first));
        let records = grouped(kind.records);
        lines.push(format!("{records:>numbers$} {wrong:texts$}   {first}"));
    }
    if let Some(more) = source.kinds.len().checked_sub(MAX_KINDS + 1) {
        let more = counted(more as u64 + 1, "more kind");
        lines.push(format!("{more} of rejects are in the rejects of the run"));
    }
    lines.extend(source.versions.iter().map(|version| {
        let records = counted(version.records, "record");
        format!("version {}: {records}", version.version)
    }));
    lines.extend(left_out(&source.left_out));
    lines.extend(source.drift.iter().take(MAX_UNKNOWN).map(unknown));
    if let Some(more) = source.drift.len().checked_sub(MAX_UNKNOWN + 1) {
        let more = counted(more as u64 + 1, "more unknown column");
        lines.push(format!("{more} in the report"));
    }
    lines
}

/// `consent: invalid boolean "ja"`.
fn wrong(kind: &RejectKind) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = kind.reason.split(|c| !is_part(c));
    let is_named =
        words.any(|word| word == kind.field) || kind.reason.ends_with(&format!(" {}", kind.field));
    let mut text = match kind.field.is_empty() || is_named {
        true => kind.reason.clone(),
        false => format!("{}: {}", kind.field, kind.reason),
    };
    let value = kind.value.as_deref().unwrap_or_default();
    if !value.is_empty() && !text.contains(value) {
        let cut: String = value.chars().take(MAX_VALUE).collect();
        let end = if cut.len() < value.len() { ".." } else { "" };
        text = format!("{text} {:?}{end}", cut);
    }
    // A line of its own must not be made of data.
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(printable).collect()
}

/// `831 customers from 2,500 records`, `12 rows from 17, 5 removed (where)`.
fn made(table: &TableReport) -> String {
    let rows = counted(table.rows_out, "row");
    let Some(rows_in) = table.rows_in else {
        return rows;
    };
    let is_merged = |removed: &&Removed| removed.reason == "merged";
    match &table.resolve {
        Some(found) if found.customers == table.rows_out => {
            let customers = counted(found.customers, "customer");
            let records = counted(found.records, "record");
            let others = table.removed.iter().filter(|removed| !is_merged(removed));
            let removed = terms(others, "removed");
            format!("{customers} from {records}{removed}")
        }
        _ => {
            let added = terms(table.added.iter(), "added");
            let removed = terms(table.removed.iter(), "removed");
            format!("{rows} from {}{added}{removed}", grouped(rows_in))
        }
    }
}

/// The terms of a ledger line beside rows in and rows out.
fn terms<'r>(rows: impl Iterator<Item = &'r Removed>, what: &str) -> String {
    rows.map(|term| format!(", {} {what} ({})", grouped(term.rows), term.reason))
        .collect()
}

/// `1 row`, `2,500 rows`.
pub(crate) fn counted(number: u64, one: impl Display) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {one}{end}", grouped(number))
}

/// `2,500`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What is beside the files of a source.
pub(crate) fn left_out(found: &[LeftOutReport]) -> impl Iterator<Item = String> {
    let named = found.iter().take(MAX_LEFT_OUT);
    let named = named.map(|one| format!("not read: {} ({})", one.name, one.why));
    let more = found.len().checked_sub(MAX_LEFT_OUT + 1);
    named.chain(more.map(|more| format!("{} not read", counted(more as u64 + 1, "more name"))))
}

/// A column that nothing in the pipeline mentions, and how to say that this is well.
fn unknown(column: &DriftReport) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let starts_plain = column.column.starts_with(char::is_alphanumeric);
    let name = match starts_plain && column.column.chars().all(is_plain) {
        true => column.column.clone(),
        // A JSON string is a YAML string, and has no line breaks.
        false => serde_json::json!(column.column).to_string(),
    };
    let records = counted(column.records, "record");
    format!(
        "unknown column {name}: {records}, first: {} (`ignore: [{name}]` silences this)",
        column.first
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        for (number, expected) in [
            (0, "0 rows"),
            (1, "1 row"),
            (999, "999 rows"),
            (2500, "2,500 rows"),
            (1_234_567, "1,234,567 rows"),
        ] {
            assert_eq!(counted(number, "row"), expected);
        }
        for (part, whole, expected) in [
            (481, 701, "68.6 %"),
            (1, 100_000, "less than 0.1 %"),
            (99_999, 100_000, "more than 99.9 %"),
            (3, 3, "100 %"),
        ] {
            assert_eq!(share(part, whole), expected);
        }
    }

    #[test]
    fn what_was_wrong_is_one_line() {
        let kind = |field: &str, reason: &str, value: Option<&str>| RejectKind {
            field: field.to_owned(),
            code: "c".to_owned(),
            reason: reason.to_owned(),
            value: value.map(str::to_owned),
            records: 1,
            first: "a.csv:2".to_owned(),
        };
        for (kind, expected) in [
            (
                kind("consent", "invalid boolean", Some("ja")),
                "consent: invalid boolean \"ja\"",
            ),
            (kind("id", "missing id", None), "missing id"),
            (kind("", "too few fields", None), "too few fields"),
            (
                kind("", "Non-positive amount (-5)", Some("-5")),
                "Non-positive amount (-5)",
            ),
            (kind("n", "x\ny", Some("a\nb")), "n: x y \"a\\nb\""),
        ] {
            assert_eq!(wrong(&kind), expected);
        }
    }
}
