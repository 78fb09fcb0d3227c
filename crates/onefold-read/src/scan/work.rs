//! What passes between the threads: pieces to work on, and what came of them.

use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;

use crate::chunk::Chunk;
use crate::conform::Piece;
use crate::error::Error;
use crate::form::InputPlan;
use crate::input::{Footer, Stored};
use crate::parquet;
use crate::raw::Splitter;

/// What the workers must know of an input.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) input_plan: Arc<InputPlan>,
    /// `None`: rows of Parquet.
    pub(super) text: Option<TextContext>,
}

#[derive(Clone)]
pub(super) struct TextContext {
    pub(super) splitter: Arc<dyn Splitter>,
    /// Line breaks before the first record.
    pub(super) lines: u64,
    pub(super) stored: Arc<Stored>,
    /// What is left out at its end, once that has been read.
    pub(super) footer: Option<Arc<OnceLock<Footer>>>,
}

/// RawPiece records to be worked on.
pub(super) enum RawPiece {
    Text(Chunk),
    /// `row`: rows of the input before these.
    Rows {
        batch: Option<RecordBatch>,
        places: Arc<parquet::Places>,
        row: u64,
    },
}

pub(super) struct Work {
    pub(super) number: u64,
    /// Number of the input.
    pub(super) input: usize,
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) context: Context,
    pub(super) raw: RawPiece,
    /// Stored bytes of the source read up to its end.
    pub(super) stored: u64,
}

pub(super) struct Done<T> {
    pub(super) number: u64,
    /// Number of the input.
    pub(super) input: usize,
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) context: Context,
    pub(super) offset: u64,
    pub(super) stored: u64,
    pub(super) result: Result<Piece<T>, Error>,
    /// The chunk itself, where a value in it may stop the run.
    pub(super) text: Option<Vec<u8>>,
}
