//! Pieces added up in their order: counts summed, relative numbers made absolute.

use std::sync::Arc;

use super::piece::Piece;
use crate::delimited::{Remark, shown};
use crate::drift::{Collected, Drift, Place};
use crate::form::InputPlan;
use crate::input::Footer;
use crate::plan::Plan;
use crate::raw::{ExplodedCounts, Tolerated};
use crate::remarks::Remarks;

/// What conforming came to.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    /// Records read: accepted and rejected. Where the source explodes an array: `read + added = accepted + rejected + empty`.
    pub read: u64,
    /// Elements beyond the first of each record, where the source explodes an array.
    pub added: u64,
    /// Arrays without elements, which made no row, where the source explodes an array.
    pub empty: u64,
    /// Records accepted.
    pub accepted: u64,
    /// Records rejected.
    pub rejected: u64,
    /// Line breaks passed, those of a header too. The lines of what follows count on from here.
    pub lines: u64,
    /// Values of accepted records made missing by `on_invalid: null`, by field, where there are any.
    pub nulled: Vec<(String, u64)>,
    /// Records by the version of the schema that they are of, in declared order, refused ones counted. All others are read by the
    /// source's own fields, or are too broken to be read.
    pub versions: Vec<(String, u64)>,
    /// What was found out about how the records are written that their reader should know of, for people.
    pub remarks: Vec<String>,
    /// Columns and keys that are there and that the source does not mention, in order of first appearance. Empty where no fields are
    /// declared: then nothing is unknown.
    pub drift: Vec<Drift>,
}

/// The pieces of a source so far.
pub(crate) struct Tally {
    read: u64,
    accepted: u64,
    rejected: u64,
    exploded: ExplodedCounts,
    nulled: Vec<u64>,
    versions: Vec<u64>,
    drift: Collected,
    remarks: Remarks,
    tolerated: Tolerated,
    /// Records and lines of the current input before the next piece.
    records: u64,
    lines: u64,
}

impl Tally {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            read: 0,
            accepted: 0,
            rejected: 0,
            exploded: ExplodedCounts::default(),
            nulled: vec![0; plan.fields.len()],
            versions: vec![0; plan.versions.len()],
            drift: Collected::default(),
            remarks: Remarks::default(),
            tolerated: Tolerated::default(),
            records: 0,
            lines: 0,
        }
    }

    /// The next piece is the first of another input. `lines`: line breaks before its first record.
    pub(crate) fn begin(&mut self, name: &Arc<str>, input_plan: &InputPlan, lines: u64) {
        self.records = 0;
        self.lines = lines;
        for column in &input_plan.unknown {
            let header = Place {
                file: Arc::clone(name),
                record: 0,
                line: lines.max(1),
            };
            self.drift.add(column, 0, header);
        }
        for remark in &input_plan.remarks {
            self.remarks.add(remark, name);
        }
    }

    /// Adds a piece that follows all others, and puts its rejects and its missing values into their place.
    pub(crate) fn add<T>(&mut self, name: &Arc<str>, piece: &mut Piece<T>) {
        for reject in &mut piece.rejects {
            reject.file = Arc::clone(name);
            reject.record += self.records;
            reject.line += self.lines + 1;
        }
        for found in &piece.drift {
            let first = Place {
                file: Arc::clone(name),
                record: self.records + found.record,
                line: self.lines + found.line + 1,
            };
            self.drift.add(&found.column, found.records, first);
        }
        let sum = |sums: &mut [u64], more: &[u64]| {
            sums.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
        };
        sum(&mut self.versions, &piece.versions);
        for nulled in &mut piece.nulled {
            nulled.file = Arc::clone(name);
            nulled.record += self.records;
            nulled.line += self.lines + 1;
            if let Some(values) = self.nulled.get_mut(nulled.field as usize) {
                *values += 1;
            }
        }
        self.tolerated.add(piece.tolerated);
        self.exploded.add(piece.exploded);
        self.records += piece.read;
        self.lines += piece.lines;
        self.read += piece.read;
        self.accepted += piece.accepted;
        self.rejected += piece.rejects.len() as u64;
    }

    /// The input has lines at its end that are not read.
    pub(crate) fn end(&mut self, name: &Arc<str>, footer: &Footer) {
        let remark = Remark::Footer {
            lines: footer.lines,
            first: shown(footer.first.as_bytes()),
        };
        self.remarks.add(&remark, name);
    }

    pub(crate) fn finish(self, plan: &Plan) -> Counts {
        let nulled = plan.fields.iter().zip(&self.nulled);
        let versions = plan.versions.iter().zip(&self.versions);
        Counts {
            read: self.read,
            added: self.exploded.added,
            empty: self.exploded.empty,
            accepted: self.accepted,
            rejected: self.rejected,
            lines: self.lines,
            nulled: nulled
                .filter(|(_, n)| **n > 0)
                .map(|(field, n)| (field.name.clone(), *n))
                .collect(),
            versions: versions
                .map(|(version, n)| (version.name.clone(), *n))
                .collect(),
            remarks: self.remarks.finish(self.tolerated),
            drift: self.drift.finish(),
        }
    }
}
