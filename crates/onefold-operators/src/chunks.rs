//! The chunks of a column laid open: a row is one load, however many chunks there are.
//!
//! Values of a fixed width become words, texts become views into the buffers of all chunks together. Texts are not copied.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, StringViewArray, StringViewBuilder, make_array,
    new_empty_array, new_null_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::compute::{concat, interleave};
use arrow::datatypes::{ArrowNativeType, DataType};
use arrow::error::ArrowError;
use onefold_rows::Place;
use onefold_rows::views::{rebase, string_array};

use crate::error::Error;
use crate::uuid;

/// The place of no row.
pub(crate) const NOWHERE: Place = Place {
    part: u32::MAX,
    row: 0,
};

/// The chunks of a column, ready to be gathered from.
pub(crate) struct Chunks {
    values: Values,
    /// By chunk; empty where nothing is null.
    nulls: Vec<Option<NullBuffer>>,
}

enum Values {
    Four(Vec<ScalarBuffer<u32>>),
    Eight(Vec<ScalarBuffer<u64>>),
    Sixteen(Vec<ScalarBuffer<u128>>),
    Texts(Texts),
    /// Texts as the numbers of UUIDs, in one piece.
    Uuids(ScalarBuffer<u128>),
    Others(Vec<ArrayRef>),
}

struct Texts {
    /// By chunk: its views, and the number of its first buffer in `buffers`.
    chunks: Vec<(ScalarBuffer<u128>, u32)>,
    buffers: Arc<[Buffer]>,
}

impl Chunks {
    pub(crate) fn new(chunks: Vec<ArrayRef>) -> Self {
        let nulls = match chunks.iter().any(|chunk| chunk.null_count() > 0) {
            true => chunks.iter().map(|chunk| chunk.nulls().cloned()).collect(),
            false => Vec::new(),
        };
        let width = chunks.first().and_then(|c| c.data_type().primitive_width());
        let values = match (chunks.first().map(|chunk| chunk.data_type()), width) {
            (Some(DataType::Utf8View), _) => Values::Texts(Texts::new(&chunks)),
            (_, Some(4)) => Values::Four(words(&chunks)),
            (_, Some(8)) => Values::Eight(words(&chunks)),
            (_, Some(16)) => Values::Sixteen(words(&chunks)),
            _ => Values::Others(chunks),
        };
        Chunks { values, nulls }
    }

    /// Keeps the texts as the numbers of their UUIDs, so that the texts can be freed.
    pub(crate) fn set_uuids(&mut self, numbers: ScalarBuffer<u128>) {
        self.values = Values::Uuids(numbers);
    }

    /// The rows at these places; `rows` has their numbers, `some_missing` says whether one of them is [`NOWHERE`].
    pub(crate) fn gather(
        &self,
        data_type: &DataType,
        rows: &[u32],
        places: &[Place],
        some_missing: bool,
    ) -> Result<ArrayRef, Error> {
        let nulls = || {
            let is_valid = |place: usize| {
                let Place { part, row } = places[place];
                part != NOWHERE.part
                    && match self.nulls.get(part as usize) {
                        Some(Some(nulls)) => nulls.is_valid(row as usize),
                        _ => true,
                    }
            };
            let needed = some_missing || !self.nulls.is_empty();
            needed.then(|| NullBuffer::new(BooleanBuffer::collect_bool(places.len(), is_valid)))
        };
        let buffer = match &self.values {
            Values::Four(chunks) => gathered(chunks, places),
            Values::Eight(chunks) => gathered(chunks, places),
            Values::Sixteen(chunks) => gathered(chunks, places),
            Values::Texts(texts) => {
                return Ok(Arc::new(texts.gather(places.iter().copied(), nulls())));
            }
            Values::Uuids(numbers) => return written(numbers, rows, nulls().as_ref()),
            Values::Others(chunks) => return others(chunks, data_type, places),
        };
        let data = ArrayData::builder(data_type.clone())
            .len(places.len())
            .add_buffer(buffer)
            .nulls(nulls());
        Ok(make_array(data.build()?))
    }
}

impl Texts {
    fn new(chunks: &[ArrayRef]) -> Self {
        let mut buffers: Vec<Buffer> = Vec::new();
        let mut last: Option<(Arc<[Buffer]>, u32)> = None;
        let mut own = |chunk: &ArrayRef| {
            let (views, of_chunk, _) = chunk.as_string_view().clone().into_parts();
            // Slices of one batch, and batches gathered from one table, share their buffers.
            let first = match &last {
                Some((known, first)) if same(known, &of_chunk) => *first,
                _ => {
                    let first = buffers.len() as u32;
                    buffers.extend(of_chunk.iter().cloned());
                    last = Some((of_chunk, first));
                    first
                }
            };
            (views, first)
        };
        let chunks = chunks.iter().map(&mut own).collect();
        Texts {
            chunks,
            buffers: buffers.into(),
        }
    }

    fn gather(
        &self,
        places: impl Iterator<Item = Place>,
        nulls: Option<NullBuffer>,
    ) -> StringViewArray {
        let view = |Place { part, row }| match self.chunks.get(part as usize) {
            Some((views, first)) => rebase(views[row as usize], *first),
            None => 0,
        };
        let views: Vec<u128> = places.map(view).collect();
        let buffers = Arc::clone(&self.buffers);
        #[expect(
            unsafe_code,
            reason = "reading every text again costs more than making its view"
        )]
        // SAFETY: a view is one of a valid array, whose buffers stand in `buffers` from number `first` on. A view of 0 is the empty text.
        unsafe {
            string_array(views.into(), buffers, nulls)
        }
    }
}

/// Whether two lists have the same buffers.
fn same(a: &Arc<[Buffer]>, b: &Arc<[Buffer]>) -> bool {
    let is_same = |(a, b): (&Buffer, &Buffer)| a.as_ptr() == b.as_ptr() && a.len() == b.len();
    Arc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(is_same))
}

/// Chunks of texts as one array. The texts stay in their buffers.
pub(crate) fn one_piece(chunks: &[ArrayRef]) -> StringViewArray {
    let texts = Texts::new(chunks);
    let parts = 0..texts.chunks.len() as u32;
    let places = parts.flat_map(|part| {
        let rows = 0..texts.chunks[part as usize].0.len() as u32;
        rows.map(move |row| Place { part, row })
    });
    texts.gather(places, nulls_of(chunks))
}

/// The nulls of all chunks together; `None` where there are none.
pub(crate) fn nulls_of(chunks: &[ArrayRef]) -> Option<NullBuffer> {
    chunks.iter().any(|chunk| chunk.null_count() > 0).then(|| {
        let of_chunk = |chunk: &ArrayRef| match chunk.nulls() {
            Some(nulls) => nulls.clone(),
            None => NullBuffer::new_valid(chunk.len()),
        };
        let nulls: Vec<NullBuffer> = chunks.iter().map(of_chunk).collect();
        nulls.iter().flatten().collect()
    })
}

/// The texts of some UUIDs in one piece. A row beyond them is null.
fn written(numbers: &[u128], rows: &[u32], nulls: Option<&NullBuffer>) -> Result<ArrayRef, Error> {
    let mut texts = StringViewBuilder::with_capacity(rows.len())
        .with_fixed_block_size((rows.len() * uuid::LEN).clamp(1, 1 << 20) as u32);
    for (place, row) in rows.iter().enumerate() {
        match numbers.get(*row as usize) {
            Some(number) if nulls.is_none_or(|nulls| nulls.is_valid(place)) => {
                let text = uuid::unpack(*number);
                let text = std::str::from_utf8(&text).map_err(ArrowError::from)?;
                texts.append_value(text);
            }
            _ => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn words<T: ArrowNativeType>(chunks: &[ArrayRef]) -> Vec<ScalarBuffer<T>> {
    let words = |chunk: &ArrayRef| {
        let data = chunk.to_data();
        ScalarBuffer::new(data.buffers()[0].clone(), data.offset(), data.len())
    };
    chunks.iter().map(words).collect()
}

fn gathered<T: ArrowNativeType>(chunks: &[ScalarBuffer<T>], places: &[Place]) -> Buffer {
    let value = |Place { part, row }: &Place| match chunks.get(*part as usize) {
        Some(values) => values[*row as usize],
        None => T::default(),
    };
    Buffer::from_vec(places.iter().map(value).collect::<Vec<T>>())
}

/// Rows of a column of any type.
fn others(chunks: &[ArrayRef], data_type: &DataType, places: &[Place]) -> Result<ArrayRef, Error> {
    let missing = new_null_array(data_type, 1);
    let mut arrays: Vec<&dyn Array> = chunks.iter().map(AsRef::as_ref).collect();
    arrays.push(missing.as_ref());
    let none = chunks.len();
    let places = places.iter();
    let places = places.map(|at| ((at.part as usize).min(none), at.row as usize));
    Ok(interleave(&arrays, &places.collect::<Vec<_>>())?)
}

/// A column in one piece. Texts stay in the buffers of their chunks.
pub(crate) fn whole(data_type: &DataType, chunks: &[ArrayRef]) -> Result<ArrayRef, Error> {
    match chunks {
        [] => Ok(new_empty_array(data_type)),
        [only] => Ok(Arc::clone(only)),
        [first, ..] if first.data_type() == &DataType::Utf8View => Ok(Arc::new(one_piece(chunks))),
        several => {
            let several: Vec<&dyn Array> = several.iter().map(|c| c.as_ref()).collect();
            Ok(concat(&several)?)
        }
    }
}
