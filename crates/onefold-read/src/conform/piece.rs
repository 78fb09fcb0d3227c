//! One piece of an input, split and conformed: a chunk of text, or a batch of Parquet.
//!
//! What is counted here is relative to the piece; [`tally`](super::tally) adds pieces up in their order.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;

use super::drifting::{drift_of_columns, drift_of_text};
use super::exploded::{StoredRecords, exploded, stored_records};
use super::mended::{mended, set_aside_broken};
use super::numbers::Numbers;
use super::rejecting::Rejecting;
use super::rows::RawRows;
use super::typed::{Typed, typed};
use crate::address::Address;
use crate::between::Between;
use crate::drift;
use crate::error::Error;
use crate::form::InputPlan;
use crate::json::Explode;
use crate::lines::count_lines;
use crate::nulled::Nulled;
use crate::parquet;
use crate::plan::Plan;
use crate::raw::{ExplodedCounts, Split, Splitter, Tolerated};
use crate::reject::Reject;

/// A stretch of the text of an input.
pub(crate) struct Stretch {
    /// Number of the input among those of its source.
    pub(crate) input: usize,
    pub(crate) text: Vec<u8>,
    /// Positions in the text that are known not to be UTF-8.
    pub(crate) broken: Vec<usize>,
    /// Where the text begins in its input.
    pub(crate) offset: u64,
    /// Where the text before it ended.
    pub(crate) between: Between,
    /// Nothing follows: an unfinished record is a fault.
    pub(crate) last: bool,
}

/// A batch of the rows of an input of Parquet.
pub(crate) struct StoredRows<'a> {
    /// Number of the input among those of its source.
    pub(crate) input: usize,
    /// `None`: no rows.
    pub(crate) batch: Option<&'a RecordBatch>,
    pub(crate) places: &'a parquet::Places,
    /// Rows of the input before these.
    pub(crate) row: u64,
}

/// A piece, split and conformed; numbers of records and lines are relative to its start.
pub(crate) struct Piece<T> {
    /// The accepted records, or what was made of them.
    pub(crate) rows: T,
    pub(crate) accepted: u64,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) read: u64,
    /// What `explode` made of the records.
    pub(crate) exploded: ExplodedCounts,
    pub(crate) lines: u64,
    /// Values of accepted records that were made missing.
    pub(crate) nulled: Vec<Nulled>,
    pub(crate) versions: Vec<u64>,
    pub(crate) drift: Vec<drift::Found>,
    pub(crate) tolerated: Tolerated,
    /// Where the unfinished last record starts in `text`.
    pub(crate) rest: usize,
    pub(crate) between: Between,
    pub(crate) text: Buffer,
    /// Positions of bytes that are not UTF-8; `text` has `?` there.
    pub(crate) broken: Vec<usize>,
    pub(crate) bytes: u64,
}

impl<T> Piece<T> {
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Piece<U> {
        Piece {
            rows: map(self.rows),
            accepted: self.accepted,
            rejects: self.rejects,
            read: self.read,
            exploded: self.exploded,
            lines: self.lines,
            nulled: self.nulled,
            versions: self.versions,
            drift: self.drift,
            tolerated: self.tolerated,
            rest: self.rest,
            between: self.between,
            text: self.text,
            broken: self.broken,
            bytes: self.bytes,
        }
    }
}

/// Splits a stretch of text and conforms its records.
pub(super) fn text(
    plan: &Plan,
    splitter: &dyn Splitter,
    input_plan: &InputPlan,
    stretch: Stretch,
) -> Result<Piece<RecordBatch>, Error> {
    let Stretch {
        input,
        text,
        mut broken,
        offset,
        between,
        last,
    } = stretch;
    let text = mended(text, &mut broken);
    let mut split = splitter.split(text.as_bytes(), between, last);
    if !broken.is_empty() {
        broken.sort_unstable();
        let apart = input_plan.explode.as_ref().and_then(Explode::array_cell);
        set_aside_broken(&mut split, &broken, apart);
    }
    let Split {
        mut records,
        mut faults,
        tolerated,
        rest,
        between,
    } = split;
    for (from, to) in &input_plan.copies {
        records.copy(*from, *to);
    }
    let read = (records.len() + faults.len()) as u64;
    let broken_records = faults.len();
    let mut spans = records.spans.clone();
    let mut elements = None;
    if let Some(explode) = &input_plan.explode {
        let exploded = exploded(plan, explode, &text, (records, &mut faults), &broken);
        records = exploded.0;
        elements = Some(exploded.1);
    }
    let drift = drift_of_text(
        input_plan,
        &spans,
        &records.unknown,
        faults.get(..broken_records).unwrap_or_default(),
        text.as_bytes(),
    );
    if elements.is_some() {
        spans.clone_from(&records.spans);
    }
    let first = Address::of_stretch(input, offset, text.len() as u64)?;
    let address = spans
        .iter()
        .map(|(start, _)| first.plus(u64::from(*start)).packed())
        .collect();
    let rows = RawRows::Cells { text, records };
    let mut typed = typed(plan, &input_plan.choice, rows, address)?;
    let found = typed.take_found();
    let blanks = std::mem::take(&mut typed.blanks);
    let rejecting = Rejecting {
        plan,
        offset,
        spans: &spans,
        faults: &faults,
        numbers: match &elements {
            None => Numbers::Records {
                spans: &spans,
                faults: &faults,
            },
            Some(elements) => Numbers::Elements(elements),
        },
        text: typed.text(),
    };
    let (mut rejects, counted) = rejecting.rejects(found);
    let mut nulled = rejecting.nulled(blanks);
    if !splitter.has_offsets() {
        rejects.iter_mut().for_each(|reject| reject.byte_offset = 0);
        nulled.iter_mut().for_each(|value| value.byte_offset = 0);
    }
    let rest_of_text = typed.text.as_slice().get(counted.to..rest);
    let lines = counted.lines + rest_of_text.map_or(0, count_lines);
    let Typed {
        batch,
        text,
        versions,
        ..
    } = typed;
    Ok(Piece {
        accepted: batch.num_rows() as u64,
        rows: batch,
        exploded: elements.map(|elements| elements.counts).unwrap_or_default(),
        rejects,
        read,
        lines,
        nulled,
        versions,
        drift,
        tolerated,
        rest,
        between,
        text,
        broken,
        bytes: rest as u64,
    })
}

/// Conforms rows of Parquet.
pub(super) fn rows(
    plan: &Plan,
    input_plan: &InputPlan,
    stored: &StoredRows<'_>,
) -> Result<Piece<RecordBatch>, Error> {
    let read = stored.batch.map_or(0, RecordBatch::num_rows);
    let StoredRecords {
        columns,
        spans,
        faults,
        elements,
    } = stored_records(plan, stored.places, stored.batch);
    // Parquet records have no byte offset: their address is their number, that of all their elements.
    let first = Address::of_stretch(stored.input, stored.row, read as u64)?;
    let address = spans
        .iter()
        .map(|(row, _)| first.plus(u64::from(*row)).packed())
        .collect();
    let raw = RawRows::Columns {
        columns,
        rows: spans.len(),
    };
    let mut typed = typed(plan, &input_plan.choice, raw, address)?;
    let found = typed.take_found();
    let blanks = std::mem::take(&mut typed.blanks);
    let rejecting = Rejecting {
        plan,
        offset: 0,
        spans: &spans,
        faults: &faults,
        numbers: match &elements {
            None => Numbers::Records {
                spans: &spans,
                faults: &faults,
            },
            Some(elements) => Numbers::Elements(elements),
        },
        text: typed.text(),
    };
    let (rejects, _) = rejecting.rejects(found);
    let nulled = rejecting.nulled(blanks);
    let Typed {
        batch,
        text,
        versions,
        ..
    } = typed;
    Ok(Piece {
        accepted: batch.num_rows() as u64,
        rows: batch,
        rejects,
        read: read as u64,
        exploded: elements.map(|elements| elements.counts).unwrap_or_default(),
        lines: read as u64,
        nulled,
        versions,
        drift: drift_of_columns(input_plan, read, 1, 0),
        tolerated: Tolerated::default(),
        rest: text.len(),
        between: Between::Ready,
        text,
        broken: Vec::new(),
        bytes: 0,
    })
}
