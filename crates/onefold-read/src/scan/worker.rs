//! What a worker does: one piece after another, conformed and mapped.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use crossbeam_channel::Sender;

use super::work::{Done, RawPiece, TextContext, Work};
use crate::between::Between;
use crate::conform::{Conform, Piece, StoredRows, Stretch};
use crate::error::{Error, Kind};
use crate::form::InputPlan;
use crate::raw::Splitter;

pub(super) struct Worker<'a, M> {
    pub(super) conform: &'a Conform,
    pub(super) map: &'a M,
}

impl<M> Worker<'_, M> {
    /// Works on one piece after another until there is none.
    pub(super) fn run<T>(&self, next: impl Fn() -> Option<Work>, done: Sender<Done<T>>)
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let keeps_text = self.conform.plan.may_fail();
        while let Some(Work {
            number,
            input,
            first,
            last,
            context,
            raw,
            stored,
        }) = next()
        {
            let mut offset = 0;
            let mut kept = None;
            let input_plan = &context.input_plan;
            let result = catch_unwind(AssertUnwindSafe(|| match (raw, &context.text) {
                (RawPiece::Text(chunk), Some(TextContext { splitter, .. })) => {
                    offset = chunk.offset;
                    kept = keeps_text.then(|| chunk.text.clone());
                    let stretch = Stretch {
                        input,
                        text: chunk.text,
                        broken: Vec::new(),
                        offset: chunk.offset,
                        between: Between::Ready,
                        last,
                    };
                    self.text(&**splitter, input_plan, stretch)
                }
                (RawPiece::Rows { batch, places, row }, _) => {
                    let stored = StoredRows {
                        input,
                        batch: batch.as_ref(),
                        places: &places,
                        row,
                    };
                    let piece = self.conform.stored(input_plan, &stored)?;
                    Ok(piece.map(self.map))
                }
                (RawPiece::Text(_), None) => {
                    Err(Error::new(Kind::Internal, "text without a splitter"))
                }
            }))
            .unwrap_or_else(|_| Err(Error::new(Kind::Internal, "a reader panicked on its input")));
            let done_with = Done {
                number,
                input,
                first,
                last,
                context,
                offset,
                stored,
                result,
                text: kept,
            };
            if done.send(done_with).is_err() {
                return;
            }
        }
    }

    pub(super) fn text<T>(
        &self,
        splitter: &dyn Splitter,
        input_plan: &InputPlan,
        stretch: Stretch,
    ) -> Result<Piece<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let piece = self.conform.text(splitter, input_plan, stretch)?;
        Ok(piece.map(self.map))
    }
}
