//! What a worker does: a chunk split, its broken records set aside, its columns typed.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use crossbeam_channel::Sender;

use crate::address::Address;
use crate::chunk::Chunk;
use crate::conform::{Conformed, Found, RawRows, conform};
use crate::drift;
use crate::error::{Error, Kind};
use crate::fields::Plan;
use crate::parquet;
use crate::raw::{Between, Fault, Records, Split, Splitter, Tolerated};
use crate::reject::{FieldError, Reject, capped};

use super::open::{Digest, FilePlan};

/// What the workers must know of a file.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) file_plan: Arc<FilePlan>,
    /// `None`: rows of Parquet.
    pub(super) text: Option<TextContext>,
}

#[derive(Clone)]
pub(super) struct TextContext {
    pub(super) splitter: Arc<dyn Splitter>,
    /// Line breaks before the first record.
    pub(super) lines: u64,
    pub(super) digest: Digest,
}

pub(super) enum Piece {
    Text(Chunk),
    /// `row`: rows of the file before these.
    Rows {
        batch: Option<RecordBatch>,
        places: Arc<parquet::Places>,
        row: u64,
    },
}

pub(super) struct Work {
    pub(super) number: u64,
    pub(super) file: usize,
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) context: Context,
    pub(super) piece: Piece,
}

/// A chunk, split and conformed; numbers of records and lines are relative to its start.
pub(super) struct Processed<T> {
    pub(super) records: T,
    pub(super) accepted: u64,
    pub(super) rejects: Vec<Reject>,
    pub(super) read: u64,
    pub(super) lines: u64,
    pub(super) nulled: Vec<u64>,
    pub(super) versions: Vec<u64>,
    pub(super) drift: Vec<drift::Found>,
    pub(super) tolerated: Tolerated,
    /// Where the unfinished last record starts in `text`.
    pub(super) rest: usize,
    pub(super) between: Between,
    pub(super) text: Buffer,
    /// Positions of bytes that are no UTF-8; `text` has `?` there.
    pub(super) broken: Vec<usize>,
    pub(super) bytes: u64,
}

pub(super) struct Done<T> {
    pub(super) number: u64,
    pub(super) file: usize,
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) context: Context,
    pub(super) offset: u64,
    pub(super) result: Result<Processed<T>, Error>,
    /// The chunk itself, where a value in it may stop the run.
    pub(super) text: Option<Vec<u8>>,
}

pub(super) struct Worker<'a, M> {
    pub(super) plan: &'a Plan,
    pub(super) map: &'a M,
}

impl<M> Worker<'_, M> {
    /// Works on one piece after another until there is none.
    pub(super) fn run<T>(&self, next: impl Fn() -> Option<Work>, done: Sender<Done<T>>)
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let keeps_text = self.plan.may_fail();
        while let Some(Work {
            number,
            file,
            first,
            last,
            context,
            piece,
        }) = next()
        {
            let mut offset = 0;
            let mut kept = None;
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                match (piece, &context.text) {
                    (Piece::Text(chunk), Some(TextContext { splitter, .. })) => {
                        offset = chunk.offset;
                        kept = keeps_text.then(|| chunk.text.clone());
                        self.text(
                            &**splitter,
                            &context.file_plan,
                            file,
                            chunk.text,
                            Vec::new(),
                            chunk.offset,
                            Between::Ready,
                            last,
                        )
                    }
                    (Piece::Rows { batch, places, row }, _) => {
                        self.rows(&context.file_plan, file, batch.as_ref(), &places, row)
                    }
                    (Piece::Text(_), None) => {
                        Err(Error::new(Kind::Internal, "text without a splitter"))
                    }
                }
            }))
            .unwrap_or_else(|_| Err(Error::new(Kind::Internal, "a reader panicked on its input")));
            if done
                .send(Done {
                    number,
                    file,
                    first,
                    last,
                    context,
                    offset,
                    result,
                    text: kept,
                })
                .is_err()
            {
                return;
            }
        }
    }

    /// Splits and conforms a chunk of text. `broken` are positions known to be no UTF-8.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a chunk, which two callers have in different shapes"
    )]
    pub(super) fn text<T>(
        &self,
        splitter: &dyn Splitter,
        file_plan: &FilePlan,
        file: usize,
        text: Vec<u8>,
        mut broken: Vec<usize>,
        offset: u64,
        from: Between,
        last: bool,
    ) -> Result<Processed<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let text = mended(text, &mut broken);
        let mut split = splitter.split(text.as_bytes(), from, last);
        if !broken.is_empty() {
            set_aside_broken(&mut split, &broken);
        }
        let Split {
            mut records,
            faults,
            tolerated,
            rest,
            between,
        } = split;
        for (from, to) in &file_plan.copies {
            records.copy(*from, *to);
        }
        let drift = drift_of_text(file_plan, &records, &faults, text.as_bytes());
        let spans = records.spans.clone();
        let bytes = rest as u64;
        let first = Address::of_stretch(file, offset, text.len() as u64)?;
        let address = spans
            .iter()
            .map(|(start, _)| first.plus(u64::from(*start)).packed())
            .collect();
        let accepted_or_found = records.len() as u64;
        let mut conformed = conform(
            self.plan,
            &file_plan.choice,
            RawRows::Cells { text, records },
            address,
        )?;
        let found = conformed.take_found();
        let rejecting = Rejecting {
            plan: self.plan,
            offset,
            spans: &spans,
            faults: &faults,
            text: conformed.text(),
        };
        let (rejects, counted) = rejecting.rejects(found);
        let rest_of_text = conformed.text.as_slice().get(counted.to..rest);
        let lines = counted.lines + rest_of_text.map_or(0, count_lines);
        let Conformed {
            batch,
            text,
            nulled,
            versions,
            ..
        } = conformed;
        Ok(Processed {
            accepted: batch.num_rows() as u64,
            records: (self.map)(batch),
            rejects,
            read: accepted_or_found + faults.len() as u64,
            lines,
            nulled,
            versions,
            drift,
            tolerated,
            rest,
            between,
            text,
            broken,
            bytes,
        })
    }

    fn rows<T>(
        &self,
        file_plan: &FilePlan,
        file: usize,
        batch: Option<&RecordBatch>,
        places: &parquet::Places,
        row: u64,
    ) -> Result<Processed<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let rows = batch.map_or(0, RecordBatch::num_rows);
        let columns = places.columns(batch);
        // Parquet records have no byte offset: their address is their number.
        let first = Address::of_stretch(file, row, rows as u64)?;
        let address = (0..rows as u64)
            .map(|further| first.plus(further).packed())
            .collect();
        let spans: Vec<(u32, u32)> = (0..rows as u32).map(|row| (row, row)).collect();
        let mut conformed = conform(
            self.plan,
            &file_plan.choice,
            RawRows::Columns { columns, rows },
            address,
        )?;
        let found = conformed.take_found();
        let rejecting = Rejecting {
            plan: self.plan,
            offset: 0,
            spans: &spans,
            faults: &[],
            text: conformed.text(),
        };
        let (rejects, _) = rejecting.rejects(found);
        let Conformed {
            batch,
            text,
            nulled,
            versions,
            ..
        } = conformed;
        Ok(Processed {
            accepted: batch.num_rows() as u64,
            records: (self.map)(batch),
            rejects,
            read: rows as u64,
            lines: rows as u64,
            nulled,
            versions,
            drift: drift_of_columns(file_plan, rows, 1, 0),
            tolerated: Tolerated::default(),
            rest: text.len(),
            between: Between::Ready,
            text,
            broken: Vec::new(),
            bytes: 0,
        })
    }
}

/// The drift of a chunk of text.
fn drift_of_text(
    file_plan: &FilePlan,
    records: &Records,
    faults: &[Fault],
    text: &[u8],
) -> Vec<drift::Found> {
    let Some((start, _)) = records.spans.first() else {
        return Vec::new();
    };
    if records.unknown.is_empty() {
        let start = *start as usize;
        let number = faults.partition_point(|f| f.start <= start) + 1;
        let lines = if file_plan.unknown.is_empty() {
            0
        } else {
            count_lines(&text[..start])
        };
        return drift_of_columns(file_plan, records.len(), number as u64, lines);
    }
    // In the order of the text, so that its lines are counted once.
    let (mut at, mut lines) = (0, 0);
    let found = records.unknown.columns().into_iter().map(|counted| {
        let start = records.spans[counted.row].0 as usize;
        lines += count_lines(&text[at..start]);
        at = start;
        let record = (counted.row + faults.partition_point(|f| f.start <= start) + 1) as u64;
        drift::Found {
            column: counted.column,
            records: counted.records,
            record,
            line: lines,
        }
    });
    found.collect()
}

/// The columns that all records of a file have too many: `record` and `line` are those of the first record.
fn drift_of_columns(
    file_plan: &FilePlan,
    records: usize,
    record: u64,
    line: u64,
) -> Vec<drift::Found> {
    if records == 0 {
        return Vec::new();
    }
    let columns = file_plan.unknown.iter();
    columns
        .map(|column| drift::Found {
            column: column.clone(),
            records: records as u64,
            record,
            line,
        })
        .collect()
}

/// The text with `?` where it is no UTF-8; notes the places.
fn mended(mut text: Vec<u8>, broken: &mut Vec<usize>) -> String {
    let mut from = 0;
    while let Err(error) = simdutf8::compat::from_utf8(&text[from..]) {
        let at = from + error.valid_up_to();
        let len = error.error_len().unwrap_or(text.len() - at);
        text[at..at + len].fill(b'?');
        broken.extend(at..at + len);
        from = at + len;
    }
    #[expect(
        unsafe_code,
        reason = "checking a chunk again costs as much as splitting it"
    )]
    // SAFETY: every byte was found to be part of a character, or was made `?`: a stretch that follows a broken one starts a character.
    unsafe {
        String::from_utf8_unchecked(text)
    }
}

/// Makes faults of the records that hold broken bytes.
fn set_aside_broken(split: &mut Split, broken: &[usize]) {
    let records = &mut split.records;
    let mut kept = 0;
    let mut numbers: Vec<Option<u32>> = Vec::with_capacity(records.len());
    let mut broken_at = broken.to_vec();
    broken_at.sort_unstable();
    for row in 0..records.len() {
        let (start, end) = records.spans[row];
        let first = broken_at.partition_point(|at| *at < start as usize);
        if broken_at.get(first).is_some_and(|at| *at < end as usize) {
            numbers.push(None);
            split.faults.push(Fault {
                start: start as usize,
                end: end as usize,
                code: "invalid_encoding",
                reason: "invalid encoding",
                detail: format!(
                    "byte {} of the record is not valid in the file's encoding",
                    broken_at[first] - start as usize
                ),
            });
            continue;
        }
        numbers.push(Some(kept as u32));
        records.spans[kept] = records.spans[row];
        records.cells.copy_within(
            row * records.width..(row + 1) * records.width,
            kept * records.width,
        );
        kept += 1;
    }
    records.spans.truncate(kept);
    records.cells.truncate(kept * records.width);
    records.unknown.renumber(&numbers);
    split.faults.sort_by_key(|f| f.start);
}

/// Line breaks: `\n`, `\r\n` and a lone `\r` are one each.
pub(crate) fn count_lines(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text)
        .filter(|i| text.get(i + 1) != Some(&b'\n'))
        .count();
    (feeds + returns) as u64
}

/// Makes rejects of faults and findings.
struct Rejecting<'a> {
    plan: &'a Plan,
    offset: u64,
    spans: &'a [(u32, u32)],
    faults: &'a [Fault],
    text: &'a str,
}

/// Lines before a place in a text.
#[derive(Default)]
struct Counted {
    to: usize,
    lines: u64,
}

impl Rejecting<'_> {
    /// The rejects, in order, and the lines before the last of them.
    fn rejects(&self, found: Found) -> (Vec<Reject>, Counted) {
        let mut rejects: Vec<Reject> =
            Vec::with_capacity(self.faults.len() + found.raw_fields.len());
        for (number, fault) in self.faults.iter().enumerate() {
            let before = self.spans.partition_point(|s| (s.0 as usize) < fault.start);
            let error = FieldError {
                column: String::new(),
                code: fault.code.into(),
                message: fault.detail.clone(),
                value: None,
            };
            rejects.push(self.reject(
                fault.start,
                fault.end,
                (before + number + 1) as u64,
                fault.reason.to_owned(),
                vec![error],
                vec![None; self.plan.fields.len()],
            ));
        }
        let mut findings = found.findings.into_iter().peekable();
        let mut raw_fields = found.raw_fields.into_iter();
        while let Some(first) = findings.next() {
            let row = first.row;
            let mut errors = vec![first.error];
            while let Some(also) = findings.next_if(|also| also.row == row) {
                errors.push(also.error);
            }
            let (start, end) = self.spans[row as usize];
            // A fault at the start of a record is of what should stand before it.
            let faults_before = self.faults.partition_point(|f| f.start <= start as usize);
            rejects.push(self.reject(
                start as usize,
                end as usize,
                (row as usize + faults_before + 1) as u64,
                errors[0].message.clone(),
                errors,
                raw_fields.next().unwrap_or_default(),
            ));
        }
        rejects.sort_by_key(|r| r.record);
        // In the order of the text, so that its lines are counted once.
        let mut counted = Counted::default();
        for reject in &mut rejects {
            let start = (reject.byte_offset - self.offset) as usize;
            match self.text.as_bytes().get(counted.to..start) {
                Some(between) => {
                    counted.lines += count_lines(between);
                    counted.to = start;
                    reject.line = counted.lines;
                }
                // Rows of Parquet have no text: a row is a line.
                None => reject.line = start as u64,
            }
        }
        (rejects, counted)
    }

    fn reject(
        &self,
        start: usize,
        end: usize,
        record: u64,
        reason: String,
        errors: Vec<FieldError>,
        fields: Vec<Option<String>>,
    ) -> Reject {
        // A fault may begin or end within a character.
        let raw = match self.text.get(start..end) {
            Some(raw) => capped(raw),
            None => {
                let raw = self.text.as_bytes().get(start..end);
                capped(&String::from_utf8_lossy(raw.unwrap_or_default()))
            }
        };
        Reject {
            file: Arc::from(""),
            record,
            line: 0,
            byte_offset: self.offset + start as u64,
            code: errors[0].code.clone(),
            reason,
            errors,
            raw,
            fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn mended_text_is_text(pieces in prop::collection::vec(
            prop_oneof![
                "[a-z\u{e9}\u{20ac}\u{1f600}]{0,9}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..4),
                Just(vec![0xe2, 0x82]),
                Just(vec![0xf0, 0x9f, 0x98]),
                Just(vec![0xed, 0xa0, 0x80]),
            ],
            0..12,
        )) {
            let bytes = pieces.concat();
            let mut broken = Vec::new();
            let text = mended(bytes.clone(), &mut broken);
            prop_assert!(std::str::from_utf8(text.as_bytes()).is_ok());
            prop_assert_eq!(broken.is_empty(), std::str::from_utf8(&bytes).is_ok());
            prop_assert_eq!(text.len(), bytes.len());
            for (at, (found, byte)) in text.bytes().zip(bytes).enumerate() {
                prop_assert_eq!(found, if broken.contains(&at) { b'?' } else { byte });
            }
        }
    }
}
