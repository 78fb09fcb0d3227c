//! Rejects of a source, and the values of its accepted records that were made missing: as rows of its side tables.

use std::collections::HashMap;
use std::path::Path;

use onefold_read::{FieldError, Nulled, Reject, shown_text, shown_value};
use onefold_spec::model::Source;
use onefold_write::Publication;

use super::beside::{Beside, TOGETHER, WAITING};
use super::graph::Graph;
use crate::error::Error;
use crate::prepare::Prepared;
use crate::report::{RejectCount, RejectKind};
use crate::stored::Stored;

/// Collects the rejects of a source as rows, so that a million of them cost no million small strings.
pub(super) struct Rejects<'p> {
    table: Beside<'p>,
    source: &'p Source,
    waiting: Vec<Reject>,
    waiting_bytes: usize,
    counts: HashMap<String, (RejectCount, Vec<RejectKind>)>,
}

impl<'p> Rejects<'p> {
    /// Those of a source whose files have these fields; they are saved in the folder of the run.
    pub(super) fn new(
        source: &'p Source,
        fields: &[String],
        graph: &Graph,
        prepared: &Prepared,
        publication: &'p Publication,
    ) -> Self {
        let name = &source.name.value;
        let names = fields.iter().map(String::as_str);
        Self {
            table: Beside::new(
                onefold_read::rejects_schema(names, source.explode.is_some()),
                graph.readers(&format!("{name}.rejects")),
                prepared,
                publication,
                Path::new("rejects").join(format!("{name}.parquet")),
            ),
            source,
            waiting: Vec::new(),
            waiting_bytes: 0,
            counts: HashMap::new(),
        }
    }

    pub(super) fn take(&mut self, rejects: Vec<Reject>) -> Result<(), Error> {
        for reject in &rejects {
            match self.counts.get_mut(reject.code.as_ref()) {
                Some((count, kinds)) => {
                    count.records += 1;
                    let field = reject.errors.first().map_or("", |error| &error.column);
                    match kinds.iter_mut().find(|kind| kind.field == field) {
                        Some(kind) => kind.records += 1,
                        None => kinds.push(kind(self.source, reject)),
                    }
                }
                None => {
                    let reason = match holds_values(self.source, reject) {
                        Some(declared) => declared,
                        None => &reject.reason,
                    };
                    let count = RejectCount {
                        code: reject.code.to_string(),
                        reason: reason.to_owned(),
                        records: 1,
                    };
                    let kinds = vec![kind(self.source, reject)];
                    self.counts.insert(count.code.clone(), (count, kinds));
                }
            }
        }
        for reject in rejects {
            self.waiting_bytes += bytes(&reject);
            self.waiting.push(reject);
            if self.waiting.len() == TOGETHER || self.waiting_bytes >= WAITING {
                self.make_rows()?;
            }
        }
        Ok(())
    }

    fn make_rows(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let rows = onefold_read::rejects_batch(self.table.schema(), &self.waiting)?;
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.table.take(rows)
    }

    /// Completes the table; how many there are of each code and of each kind, the most first, and the rows for their readers.
    pub(super) fn finish(mut self) -> Result<(Counted, Stored), Error> {
        self.make_rows()?;
        let (mut counts, kinds): (Vec<RejectCount>, Vec<Vec<RejectKind>>) =
            self.counts.into_values().unzip();
        let mut kinds: Vec<RejectKind> = kinds.into_iter().flatten().collect();
        kinds.sort_by(|a, b| {
            let names = |kind: &RejectKind| (kind.field.clone(), kind.code.clone());
            let most_first = b.records.cmp(&a.records);
            most_first.then_with(|| names(a).cmp(&names(b)))
        });
        counts.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.code.cmp(&b.code)));
        Ok((Counted { counts, kinds }, self.table.finish()?))
    }
}

/// How many rejects there are.
pub(super) struct Counted {
    /// By code.
    pub(super) counts: Vec<RejectCount>,
    /// By field and code.
    pub(super) kinds: Vec<RejectKind>,
}

/// Whether the reason of a reject may hold values of its record, and what it says of all such rejects then.
fn holds_values<'s>(source: &'s Source, reject: &Reject) -> Option<&'s str> {
    let mut checks = source.checks.iter();
    match checks.find(|check| check.code == reject.code) {
        Some(check) => Some(&check.reason),
        // What the query engine says names the value.
        None => (reject.code == "expression_failed").then_some("its expression fails"),
    }
}

/// The kind of which a reject is the first.
fn kind(source: &Source, reject: &Reject) -> RejectKind {
    let error = reject.errors.first();
    let is_personal = |column: &str| {
        let mut fields = source.fields.iter().flatten();
        fields.any(|field| field.name.value == column && field.ty.is_personal())
    };
    RejectKind {
        field: error.map(|error| error.column.clone()).unwrap_or_default(),
        code: reject.code.to_string(),
        reason: match holds_values(source, reject) {
            Some(_) => shown_text(&reject.reason).into_owned(),
            None => reject.reason.clone(),
        },
        value: error.and_then(|error| {
            let value = error.value.as_deref()?;
            Some(shown_value(is_personal(&error.column), value).into_owned())
        }),
        records: 1,
        first: format!("{}:{}", reject.file, reject.line),
    }
}

/// Collects the values that `on_invalid: null` made missing, as rows.
pub(super) struct NulledValues<'p> {
    table: Beside<'p>,
    waiting: Vec<Nulled>,
    waiting_bytes: usize,
}

impl<'p> NulledValues<'p> {
    /// Those of a source; they are saved in the folder of the run.
    pub(super) fn new(
        source: &str,
        graph: &Graph,
        prepared: &Prepared,
        publication: &'p Publication,
    ) -> Self {
        Self {
            table: Beside::new(
                onefold_read::nulled_schema(),
                graph.readers(&format!("{source}.nulled")),
                prepared,
                publication,
                Path::new("nulled").join(format!("{source}.parquet")),
            ),
            waiting: Vec::new(),
            waiting_bytes: 0,
        }
    }

    pub(super) fn take(&mut self, values: Vec<Nulled>) -> Result<(), Error> {
        for value in values {
            self.waiting_bytes += error_bytes(&value.error);
            self.waiting.push(value);
            if self.waiting.len() == TOGETHER || self.waiting_bytes >= WAITING {
                self.make_rows()?;
            }
        }
        Ok(())
    }

    fn make_rows(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let rows = onefold_read::nulled_batch(self.table.schema(), &self.waiting)?;
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.table.take(rows)
    }

    /// Completes the table; the rows for their readers.
    pub(super) fn finish(mut self) -> Result<Stored, Error> {
        self.make_rows()?;
        self.table.finish()
    }
}

/// Bytes of its texts.
fn bytes(reject: &Reject) -> usize {
    let errors = reject.errors.iter().map(error_bytes);
    let fields = reject.fields.iter().flatten().map(String::len);
    reject.raw.len() + reject.reason.len() + errors.sum::<usize>() + fields.sum::<usize>()
}

fn error_bytes(error: &FieldError) -> usize {
    error.message.len() + error.value.as_ref().map_or(0, String::len)
}
