//! The ledger of a run: what was read, what became of the rows of each table, and what a person should know, as it happens.

use std::collections::HashMap;
use std::time::Instant;

use jiff::Timestamp;
use onefold_spec::Secrets;
use onefold_spec::model::{Pipeline, Step};

use crate::bounds;
use crate::checks::{self, is_added};
use crate::events::RunEvent;
use crate::log::Log;
use crate::report::{
    AsofReport, CheckSeverity, JoinReport, KeptReport, OutputReport, REPORT_VERSION, RejectKind,
    Removed, Report, ResolveReport, SourceReport, Status, TableReport,
};

/// What a run has to say of itself so far.
pub(crate) struct Ledger<'a> {
    clock: &'a (dyn Fn() -> Timestamp + Sync),
    listener: &'a (dyn Fn(&RunEvent) + Sync),
    started: Timestamp,
    log: Log,
    sources: Vec<Option<SourceReport>>,
    tables: Vec<TableReport>,
    outputs: Vec<Option<OutputReport>>,
    /// How many of them are published; what comes after these stays in the folder of the run.
    published: usize,
    /// Tables of rows that fail checks, with how many there are.
    failed: Vec<(String, u64)>,
    warnings: Vec<String>,
    /// By table: the page on how its records were matched.
    pages: HashMap<String, String>,
    /// The last run of the pipeline that was published.
    before: Option<Report>,
    secrets: Secrets,
}

impl<'a> Ledger<'a> {
    /// Keeps the page of a table; nothing where there is none.
    pub(crate) fn page(&mut self, table: &str, page: Option<String>) {
        self.pages.extend(page.map(|page| (table.to_owned(), page)));
    }

    /// The page of a table.
    pub(crate) fn page_of(&self, table: &str) -> Option<&str> {
        self.pages.get(table).map(String::as_str)
    }

    /// The empty ledger of a run that starts now.
    pub(crate) fn new(
        pipeline: &Pipeline,
        clock: &'a (dyn Fn() -> Timestamp + Sync),
        listener: &'a (dyn Fn(&RunEvent) + Sync),
    ) -> Self {
        Self {
            clock,
            listener,
            started: clock(),
            log: Log::default(),
            pages: HashMap::new(),
            sources: pipeline.sources.iter().map(|_| None).collect(),
            tables: Vec::new(),
            outputs: pipeline.outputs.iter().map(|_| None).collect(),
            failed: Vec::new(),
            published: pipeline.outputs.iter().filter(|o| !o.is_kept).count(),
            warnings: Vec::new(),
            before: None,
            secrets: pipeline.secrets.clone(),
        }
    }

    /// Enters the last run of the pipeline that was published.
    pub(crate) fn enter_before(&mut self, before: Option<Report>) {
        self.before = before;
    }

    /// When the run started.
    pub(crate) fn started(&self) -> Timestamp {
        self.started
    }

    /// The run log so far.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Writes an event to the log, and tells the listener.
    pub(crate) fn event(&mut self, event: RunEvent) {
        self.note(&event);
        (self.listener)(&event);
    }

    /// Writes an event to the log that the listener hears later.
    pub(crate) fn note(&mut self, event: &RunEvent) {
        self.log.note((self.clock)(), event, &self.secrets);
    }

    /// Warns the user.
    pub(crate) fn warn(&mut self, message: String) {
        self.warn_of_value(message.clone(), message);
    }

    /// Warns the user of a value of the data; whoever reads the log hears that there is one.
    pub(crate) fn warn_of_value(&mut self, message: String, for_the_log: String) {
        let hide = |text: String| self.secrets.hide(&text).into_owned();
        let (message, for_the_log) = (hide(message), hide(for_the_log));
        self.event(RunEvent::Warning {
            message: for_the_log,
        });
        self.warnings.push(message);
    }

    /// Enters a source that has been read.
    pub(crate) fn enter_source(&mut self, index: usize, source: SourceReport) {
        self.sources[index] = Some(source);
    }

    /// A source, once it has been read.
    pub(crate) fn source(&self, index: usize) -> Option<&SourceReport> {
        self.sources.get(index)?.as_ref()
    }

    /// The sources that have been read.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourceReport> {
        self.sources.iter().flatten()
    }

    /// Enters a table that has been made.
    pub(crate) fn enter_table(&mut self, name: &str, rows_out: u64, account: Account) {
        if is_added(name) {
            return self.failed.push((name.to_owned(), rows_out));
        }
        let Account {
            step,
            rows_in,
            removed,
            added,
            joins,
            asof,
            resolve,
            began,
        } = account;
        self.tables.push(TableReport {
            name: name.to_owned(),
            step: step.to_owned(),
            rows_in,
            rows_out,
            removed,
            added,
            joins,
            asof,
            resolve,
            seconds: began.elapsed().as_secs_f64(),
        });
        self.event(RunEvent::Made {
            table: name.to_owned(),
            rows: rows_out,
        });
    }

    /// Enters an output that has been written.
    pub(crate) fn enter_output(&mut self, index: usize, output: OutputReport) {
        self.outputs[index] = Some(output);
    }

    /// What keeps the run from being published, a sentence each.
    pub(crate) fn exceeded(&self, pipeline: &Pipeline) -> Vec<String> {
        let sources: Vec<&SourceReport> = self.sources().collect();
        let mut found = bounds::exceeded(pipeline, &sources, &self.tables, self.before.as_ref());
        let checks = checks::account(pipeline, &self.failed).into_iter();
        let failed = checks.filter(|c| c.rows > 0 && c.severity == CheckSeverity::Error);
        found.extend(failed.map(|check| checks::sentence(pipeline, &check)));
        found
    }

    /// The account of the run as far as it came.
    pub(crate) fn report(&self, pipeline: &Pipeline, run_id: &str, status: Status) -> Report {
        let (published, kept) = self.outputs.split_at(self.published);
        let checks = checks::account(pipeline, &self.failed);
        let warned = checks.iter();
        let warned = warned.filter(|c| c.rows > 0 && c.severity == CheckSeverity::Warn);
        let mut warnings = self.warnings.clone();
        let sources: Vec<&SourceReport> = self.sources().collect();
        let before = self.before.as_ref();
        warnings.extend(bounds::warned(pipeline, &sources, &self.tables, before));
        warnings.extend(warned.map(|check| checks::sentence(pipeline, check)));
        let report = Report {
            version: REPORT_VERSION,
            run_id: run_id.to_owned(),
            pipeline: pipeline.name.value.clone(),
            onefold: env!("CARGO_PKG_VERSION").to_owned(),
            status,
            refused: None,
            error: None,
            started: self.started.to_string(),
            seconds: 0.0,
            sources: self.sources().cloned().collect(),
            tables: self.tables.clone(),
            checks,
            outputs: published.iter().flatten().cloned().collect(),
            kept: kept
                .iter()
                .flatten()
                .map(|output| kept_report(pipeline, output))
                .collect(),
            warnings,
        };
        without_secrets(report, &self.secrets)
    }
}

/// Fields of a report whose texts are times and words of Onefold's own.
const WORDS: &[&str] = &[
    "run_id", "onefold", "status", "severity", "started", "newest", "step", "code", "decision",
    "sizes",
];

fn without_secrets(report: Report, secrets: &Secrets) -> Report {
    if secrets.is_empty() {
        return report;
    }
    // What people are shown is not in the document.
    let hide = |text: &mut String| *text = secrets.hide(text).into_owned();
    let mut shown: Vec<Vec<RejectKind>> = report.sources.iter().map(|s| s.kinds.clone()).collect();
    for kind in shown.iter_mut().flatten() {
        hide(&mut kind.reason);
        hide(&mut kind.first);
        kind.value.iter_mut().for_each(hide);
    }
    let mut document = serde_json::to_value(&report).unwrap_or_default();
    secrets.hide_in(&mut document, WORDS);
    let hidden: Result<Report, _> = serde_json::from_value(document);
    let hidden = hidden.map(|mut report| {
        for (source, kinds) in report.sources.iter_mut().zip(shown) {
            source.kinds = kinds;
        }
        report
    });
    hidden.unwrap_or_else(|_| Report {
        // What cannot be hidden is not told.
        refused: None,
        error: None,
        sources: Vec::new(),
        tables: Vec::new(),
        checks: Vec::new(),
        outputs: Vec::new(),
        kept: Vec::new(),
        warnings: Vec::new(),
        ..report
    })
}

fn kept_report(pipeline: &Pipeline, output: &OutputReport) -> KeptReport {
    let table = output.table.clone().unwrap_or_default();
    let source = pipeline.sources.iter().find(|s| s.name.value == table);
    let made = pipeline.tables.iter().find(|t| t.name.value == table);
    let key = match made.map(|made| &made.step) {
        Some(Step::Resolve(resolve)) => Some(resolve.id.name.clone()),
        _ => source.and_then(|source| Some(source.key.as_ref()?.value.clone())),
    };
    KeptReport {
        table,
        path: output.path.clone(),
        key,
        rows: output.rows,
        bytes: output.bytes,
    }
}

/// What became of the rows of a table.
pub(crate) struct Account {
    pub(crate) step: &'static str,
    pub(crate) rows_in: Option<u64>,
    pub(crate) removed: Vec<Removed>,
    pub(crate) added: Vec<Removed>,
    pub(crate) joins: Vec<JoinReport>,
    pub(crate) asof: Option<AsofReport>,
    pub(crate) resolve: Option<ResolveReport>,
    pub(crate) began: Instant,
}

impl Account {
    pub(crate) fn new(step: &'static str, rows_in: Option<u64>, began: Instant) -> Self {
        Self {
            step,
            rows_in,
            removed: Vec::new(),
            added: Vec::new(),
            joins: Vec::new(),
            asof: None,
            resolve: None,
            began,
        }
    }

    /// Enters rows that did not go on.
    pub(crate) fn remove(&mut self, reason: impl Into<String>, rows: u64) {
        note(&mut self.removed, reason, rows);
    }

    /// Enters rows that came from elsewhere.
    pub(crate) fn add(&mut self, reason: impl Into<String>, rows: u64) {
        note(&mut self.added, reason, rows);
    }
}

fn note(list: &mut Vec<Removed>, reason: impl Into<String>, rows: u64) {
    if rows > 0 {
        list.push(Removed {
            reason: reason.into(),
            rows,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use super::*;

    fn pipeline() -> Pipeline {
        let text = "pipeline: p\nsources: {s: {path: s.csv, fields: {id: text}, limits: {rejects: 1}}}\noutputs: [{table: s, path: o.csv}]\n";
        let loaded = onefold_spec::load(text, Path::new("p.yaml"), &|_| None);
        loaded.expect("a pipeline").pipeline
    }

    fn source(read: u64, rejected: u64) -> SourceReport {
        SourceReport {
            name: "s".to_owned(),
            label: "s".to_owned(),
            read,
            accepted: read - rejected,
            suppressed: 0,
            rejected,
            exploded: None,
            kinds: Vec::new(),
            rejects: Vec::new(),
            nulled: Vec::new(),
            versions: Vec::new(),
            freshness: None,
            drift: Vec::new(),
            files: Vec::new(),
            left_out: Vec::new(),
            likely_cause: None,
            seconds: 0.0,
        }
    }

    #[test]
    fn what_happens_is_told_and_kept() {
        let pipeline = pipeline();
        let heard = Mutex::new(Vec::new());
        let listener = |event: &RunEvent| heard.lock().expect("a lock").push(event.clone());
        let mut ledger = Ledger::new(&pipeline, &|| Timestamp::UNIX_EPOCH, &listener);
        ledger.warn("look".to_owned());
        let mut account = Account::new("dedupe", Some(5), Instant::now());
        account.remove("duplicate", 2);
        account.remove("where", 0);
        ledger.enter_table("t", 3, account);
        let report = ledger.report(&pipeline, "r", Status::Failed);
        assert_eq!(report.warnings, ["look"]);
        assert_eq!(report.tables[0].removed.len(), 1, "nothing is not entered");
        assert_eq!(report.imbalance(), None);
        let made = RunEvent::Made {
            table: "t".to_owned(),
            rows: 3,
        };
        assert_eq!(heard.lock().expect("a lock").last(), Some(&made));
        ledger.enter_table("u", 1, Account::new("dedupe", Some(5), Instant::now()));
        let report = ledger.report(&pipeline, "r", Status::Published);
        assert!(report.imbalance().is_some());
    }

    #[test]
    fn limits() {
        let pipeline = pipeline();
        let mut ledger = Ledger::new(&pipeline, &|| Timestamp::UNIX_EPOCH, &|_| {});
        assert!(ledger.exceeded(&pipeline).is_empty());
        ledger.enter_source(0, source(9, 1));
        assert!(ledger.exceeded(&pipeline).is_empty());
        ledger.enter_source(0, source(9, 2));
        assert_eq!(
            ledger.exceeded(&pipeline),
            ["source `s` has 2 rejects among 9 records, more than its limit of 1"]
        );
        let mut before = ledger.report(&pipeline, "r", Status::Published);
        ledger.enter_source(0, source(0, 0));
        assert!(ledger.exceeded(&pipeline).is_empty(), "the first run");
        ledger.enter_before(Some(before.clone()));
        assert_eq!(ledger.exceeded(&pipeline).len(), 1, "it had 9 records");
        before.sources[0].read = 0;
        ledger.enter_before(Some(before));
        assert!(ledger.exceeded(&pipeline).is_empty());
    }
}
