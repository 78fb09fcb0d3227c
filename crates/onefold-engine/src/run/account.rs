//! What became of the rows of each table.

use std::time::Instant;

use super::Run;
use crate::events::RunEvent;
use crate::report::{AsofReport, JoinReport, Removed, ResolveReport, TableReport};

impl Run<'_> {
    /// Adds a table to the report.
    pub(super) fn account(&mut self, name: &str, rows_out: u64, account: Account) {
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
        self.looked_up.remove(name);
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
}

/// What became of the rows of a table.
pub(super) struct Account {
    pub(super) step: &'static str,
    pub(super) rows_in: Option<u64>,
    pub(super) removed: Vec<Removed>,
    pub(super) added: Vec<Removed>,
    pub(super) joins: Vec<JoinReport>,
    pub(super) asof: Option<AsofReport>,
    pub(super) resolve: Option<ResolveReport>,
    pub(super) began: Instant,
}

impl Account {
    pub(super) fn new(step: &'static str, rows_in: Option<u64>, began: Instant) -> Self {
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

    pub(super) fn remove(&mut self, reason: &str, rows: u64) {
        if rows > 0 {
            self.removed.push(Removed {
                reason: reason.to_owned(),
                rows,
            });
        }
    }
}
